//! Which settings decide whether an event breaks a rule.

use crate::kochava::{Platform, Rule, Violation};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

const IDS: &str = "mapping.idfv mapping.idfa mapping.adid mapping.android_id mapping.custom_ids";
const CONSENT: &str = "mapping.gdpr_applies mapping.tc_string mapping.ad_user_data \
                       mapping.ad_personalization";

/// The settings that decide about a violation, the likeliest first; none where only the sender or
/// the app can help.
pub(super) fn settings_of(violation: &Violation, platform: Option<Platform>) -> Vec<String> {
    let settings = match violation.rule {
        Rule::AppGuidMissing => "app_guid",
        Rule::UnrecognizedFormat | Rule::EventNameMissing => "mapping.event_name",
        Rule::KochavaDeviceIdMissing => "mapping.kochava_device_id",
        Rule::EventNameNearStandard => "events.rename",
        Rule::UsertimeMissing
        | Rule::UsertimeUnreadable
        | Rule::UsertimeImplausible
        | Rule::UsertimeInFuture => "mapping.usertime",
        Rule::DeviceVerMissing => {
            "mapping.device_ua mapping.device_model mapping.os_version mapping.platform"
        }
        Rule::DeviceUaMissing | Rule::DeviceUaPlaceholder => "mapping.device_ua",
        Rule::OriginationIpMissing | Rule::OriginationIpInvalid | Rule::OriginationIpNotPublic => {
            "mapping.origination_ip"
        }
        Rule::DeviceIdentityMissing => return identifiers("mapping.kochava_device_id", platform),
        Rule::DeviceIdsMissing => return identifiers("", platform),
        Rule::IdentityDeviceIdMissing => {
            let mut settings = identifiers("", platform);
            settings.push("wire.identity_route".to_string());
            return settings;
        }
        Rule::IdentityLeftOut => "users.properties",
        Rule::IdentifierPlaceholder | Rule::IdentifierWrongPlatform | Rule::IdentifierShape => {
            return of_field(&violation.field);
        }
        Rule::AdvertisingIdWithheld => match platform {
            Some(Platform::Android | Platform::Fire | Platform::Roku) => {
                "mapping.limit_ad_tracking"
            }
            _ => "mapping.att mapping.limit_ad_tracking",
        },
        Rule::AttStatusMissing | Rule::AttStatusUnreadable => "mapping.att",
        Rule::LimitAdTrackingUnreadable => "mapping.limit_ad_tracking",
        Rule::ConsentUnreadable | Rule::ConsentIncomplete => CONSENT,
        Rule::RevenueUnreadable => "events.revenue.from",
        Rule::CurrencyUnreadable | Rule::CurrencyMissing => "events.revenue.currency",
        Rule::EventDataKeyRenamed => "events.rename_properties",
        Rule::EventDataManyKeys => "events.properties events.user_properties",
        Rule::ValueDropped if violation.field.starts_with("data.event_data") => "wire.nested",
        Rule::ValueDropped => "users.properties",
        Rule::PlatformUnknown => "mapping.platform",
        Rule::RequestTooLarge => "events.properties events.user_properties users.properties",
        _ => "",
    };
    settings
        .split_ascii_whitespace()
        .map(String::from)
        .collect()
}

/// Every setting that maps an id which devices of this platform have.
fn identifiers(first: &str, platform: Option<Platform>) -> Vec<String> {
    let own = match platform {
        Some(Platform::Android | Platform::Fire) => {
            "mapping.adid mapping.android_id mapping.custom_ids"
        }
        Some(platform) if platform.is_apple() => "mapping.idfv mapping.idfa mapping.custom_ids",
        Some(Platform::Roku | Platform::Web) => "mapping.custom_ids",
        _ => IDS,
    };
    let all = first.split_ascii_whitespace();
    all.chain(own.split_ascii_whitespace())
        .map(String::from)
        .collect()
}

/// The setting that fills an identifier's field: `data.device_ids.idfa`, `kochava_device_id`.
fn of_field(field: &str) -> Vec<String> {
    let key = field.rsplit_once('.').map_or(field, |(_, key)| key);
    let setting = match key {
        "" | "device_ids" | "device_id" => return identifiers("", None),
        "kochava_device_id" | "idfa" | "idfv" | "adid" | "android_id" => "mapping.",
        "fire_adid" => return Vec::from(["mapping.adid".to_string()]),
        _ if field.starts_with("data.device_ids.") || field.starts_with("device_id.") => {
            "mapping.custom_ids."
        }
        // a property that holds an identifier or a user's id
        _ => {
            return Vec::from([
                "mapping.user_id".to_string(),
                "users.properties".to_string(),
            ]);
        }
    };
    Vec::from([[setting, key].concat()])
}
