//! Which settings decide whether an event breaks a rule.

use crate::kochava::{Platform, Rule, Violation};
use alloc::borrow::Cow;

/// The settings that map an id, for each kind of device.
const IDS: &str = "mapping.idfv mapping.idfa mapping.adid mapping.android_id mapping.custom_ids";
const APPLE_IDS: &str = "mapping.idfv mapping.idfa mapping.custom_ids";
const ANDROID_IDS: &str = "mapping.adid mapping.android_id mapping.custom_ids";
const OTHER_IDS: &str = "mapping.custom_ids";

/// The settings that decide about a violation, separated by blanks, the likeliest first; none where
/// only the sender or the app can help.
pub(super) fn settings_of(violation: &Violation, platform: Option<Platform>) -> Cow<'static, str> {
    let ids = match platform {
        Some(Platform::Android | Platform::Fire) => ANDROID_IDS,
        Some(Platform::Roku | Platform::Web) => OTHER_IDS,
        Some(platform) if platform.is_apple() => APPLE_IDS,
        _ => IDS,
    };
    Cow::Borrowed(match violation.rule {
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
        Rule::DeviceIdentityMissing => {
            return Cow::Owned(["mapping.kochava_device_id ", ids].concat());
        }
        Rule::DeviceIdsMissing => ids,
        Rule::IdentityDeviceIdMissing => return Cow::Owned([ids, " wire.identity_route"].concat()),
        Rule::IdentifierPlaceholder | Rule::IdentifierWrongPlatform | Rule::IdentifierShape => {
            return of_field(&violation.field);
        }
        Rule::AdvertisingIdWithheld | Rule::EventNameWithheld if ids == ANDROID_IDS => {
            "mapping.limit_ad_tracking"
        }
        Rule::AdvertisingIdWithheld | Rule::EventNameWithheld => {
            "mapping.att mapping.limit_ad_tracking"
        }
        Rule::AttStatusMissing | Rule::AttStatusUnreadable => "mapping.att",
        Rule::LimitAdTrackingUnreadable => "mapping.limit_ad_tracking",
        Rule::ConsentUnreadable | Rule::ConsentIncomplete => {
            "mapping.gdpr_applies mapping.tc_string mapping.ad_user_data \
             mapping.ad_personalization"
        }
        Rule::RevenueUnreadable => "events.revenue.from",
        Rule::CurrencyUnreadable | Rule::CurrencyMissing => "events.revenue.currency",
        Rule::EventDataKeyRenamed => "events.rename_properties",
        Rule::EventDataManyKeys => "events.properties events.user_properties",
        Rule::ValueDropped if violation.field.starts_with("data.event_data") => "wire.nested",
        Rule::ValueDropped | Rule::IdentityLeftOut => "users.properties",
        Rule::PlatformUnknown => "mapping.platform",
        Rule::AttributionUnreadable => return of_attribution(&violation.field),
        Rule::RequestTooLarge => "events.properties events.user_properties users.properties",
        _ => "",
    })
}

/// The setting that fills a field about the origin of an install.
fn of_attribution(field: &str) -> Cow<'static, str> {
    Cow::Borrowed(match field.strip_prefix("data.").unwrap_or(field) {
        "install_referrer.referrer" => "mapping.install_referrer",
        "install_referrer.referrer_click_time" => "mapping.referrer_click_time",
        "ad_services_token" => "mapping.ad_services_token",
        // or a member of it
        _ => "mapping.adservices_attribution_details",
    })
}

/// The setting that fills an identifier's field: `data.device_ids.idfa`, `kochava_device_id`.
fn of_field(field: &str) -> Cow<'static, str> {
    let (parent, key) = field.rsplit_once('.').unwrap_or(("", field));
    let is_id = matches!(parent, "data.device_ids" | "device_id");
    Cow::Borrowed(match key {
        "kochava_device_id" => "mapping.kochava_device_id",
        "idfa" if is_id => "mapping.idfa",
        "idfv" if is_id => "mapping.idfv",
        "adid" | "fire_adid" if is_id => "mapping.adid",
        "android_id" if is_id => "mapping.android_id",
        _ if is_id => return Cow::Owned(["mapping.custom_ids.", key].concat()),
        // a user's id, or a property that holds an identifier
        _ => "mapping.user_id users.properties",
    })
}
