//! Does a draft keep Kochava's rules?
//!
//! Enters: a draft. Leaves: a [`Payload`], which nothing else can make, or every rule that forbids
//! it; and the warnings, in the order of the body's keys.

use super::rule::{Rule, Severity, Violation};
use super::{
    Action, Att, Consent, ConsentPart, Device, DeviceIds, EventDraft, EventPart, Found, IdKey,
    Identifier, IdentityDraft, IdentityRoute, ListPool, Payload, Platform, Triple, WireOptions,
    is_near_standard,
};
use crate::limits::{ATT_OS_VERSION_FIRST, EVENT_DATA_KEYS_USUAL};
use alloc::borrow::Cow;
use alloc::format;
use alloc::vec::Vec;

/// What the check of one draft came to.
#[derive(Debug)]
pub struct Validated<'d, 'a> {
    /// The call, or the rules that forbid it.
    pub payload: Result<Payload<'d, 'a>, Vec<Violation>>,
    /// What was left out or weakens the call.
    pub warnings: Vec<Violation>,
}

/// Checks a post-install event.
#[must_use]
pub fn validate_event<'d, 'a>(
    draft: &'d EventDraft<'d, 'a>,
    wire: &WireOptions,
    lists: &mut ListPool<'a>,
) -> Validated<'d, 'a> {
    let mut report = Violations::default();
    let device = draft.device;
    let app_guid = report.app_guid(device.app_guid);
    if device.platform == Platform::Unknown {
        report.tell(Rule::PlatformUnknown, "", None);
    }
    let kochava_device_id = report.kochava_device_id(device, true);
    let name = report.event_name(&draft.name);
    let usertime = report
        .optional(
            &draft.usertime,
            Some(Rule::UsertimeMissing),
            "data.usertime",
        )
        .copied();
    let (device_ua, device_ver) = report.description(draft, wire);
    let origination_ip = report.required(
        &draft.origination_ip,
        Rule::OriginationIpMissing,
        "data.origination_ip",
    );
    let device_ids = report.event_device_ids(device, kochava_device_id, lists);
    let att = report.att(device);
    let limit_ad_tracking = report
        .optional(
            &device.limit_ad_tracking,
            None,
            "data.device_limit_tracking",
        )
        .copied();
    let consent = report.consent(&draft.consent);
    let (currency, revenue) = report.money(draft);
    if draft.event_data.len() + usize::from(revenue.is_some()) > EVENT_DATA_KEYS_USUAL {
        report.tell(Rule::EventDataManyKeys, "data.event_data", None);
    }
    report.take_refusals(&draft.notes);
    let (Some(app_guid), Some(name), Some(origination_ip), true) =
        (app_guid, name, origination_ip, report.violations.is_empty())
    else {
        return report.refuse();
    };
    let action = Action::Event(EventPart {
        name,
        usertime,
        app_version: draft.app_version.text(),
        device_ver,
        device_ua,
        origination_ip,
        att,
        limit_ad_tracking,
        consent,
        currency,
        revenue,
        event_data: &draft.event_data,
    });
    Validated {
        payload: Ok(Payload {
            app_guid,
            kochava_device_id,
            device_ids,
            action,
        }),
        warnings: report.warnings,
    }
}

/// Checks an identity.
#[must_use]
pub fn validate_identity<'d, 'a>(
    draft: &'d IdentityDraft<'d, 'a>,
    wire: &WireOptions,
    lists: &mut ListPool<'a>,
) -> Validated<'d, 'a> {
    let mut report = Violations::default();
    let by_track = wire.identity_route == IdentityRoute::Track;
    let field = if by_track {
        "data.device_ids"
    } else {
        "device_id"
    };
    let app_guid = report.app_guid(draft.device.app_guid);
    let kochava_device_id = report.kochava_device_id(draft.device, by_track);
    let device_ids = report.device_ids(draft.device, field, lists);
    if device_ids.sent.is_empty() && (!by_track || kochava_device_id.is_empty()) {
        report.tell(
            Rule::IdentityDeviceIdMissing,
            field,
            first_id_path(draft.device),
        );
    }
    report.take_refusals(&draft.notes);
    match app_guid {
        Some(app_guid) if report.violations.is_empty() => {
            let payload = Payload {
                app_guid,
                kochava_device_id,
                device_ids,
                action: Action::Identity(&draft.data),
            };
            Validated {
                payload: Ok(payload),
                warnings: report.warnings,
            }
        }
        _ => report.refuse(),
    }
}

#[derive(Default)]
struct Violations {
    violations: Vec<Violation>,
    warnings: Vec<Violation>,
}

impl Violations {
    fn tell(&mut self, rule: Rule, field: impl Into<Cow<'static, str>>, path: Option<&str>) {
        let told = Violation::new(rule, field).from_path(path);
        match rule.severity() {
            Severity::Refuse => self.violations.push(told),
            Severity::Warn => self.warnings.push(told),
        }
    }

    /// A value that may be missing: `missing` says what it costs, if anything.
    fn optional<'f, T>(
        &mut self,
        found: &'f Found<'_, T>,
        missing: Option<Rule>,
        field: &'static str,
    ) -> Option<&'f T> {
        match (found, missing) {
            (Found::Value(value, _), _) => return Some(value),
            (Found::Unusable(rule, path), _) => self.tell(*rule, field, Some(path)),
            (Found::Nothing(path), Some(rule)) => self.tell(rule, field, *path),
            (Found::Nothing(_), None) => {}
        }
        None
    }

    fn required<'f>(
        &mut self,
        found: &'f Found<'_, Cow<'_, str>>,
        missing: Rule,
        field: &'static str,
    ) -> Option<&'f str> {
        self.optional(found, Some(missing), field)
            .map(AsRef::as_ref)
    }

    fn app_guid<'a>(&mut self, app_guid: Option<&'a super::AppGuid>) -> Option<&'a super::AppGuid> {
        if app_guid.is_none() {
            self.tell(Rule::AppGuidMissing, "kochava_app_id", None);
        }
        app_guid
    }

    fn kochava_device_id<'d>(&mut self, device: &'d Device<'_>, is_sent: bool) -> &'d str {
        if !is_sent {
            return "";
        }
        if let Found::Unusable(_, path) = device.kochava_device_id {
            self.tell(
                Rule::KochavaDeviceIdMissing,
                "kochava_device_id",
                Some(path),
            );
        }
        self.required(
            &device.kochava_device_id,
            Rule::KochavaDeviceIdMissing,
            "kochava_device_id",
        )
        .unwrap_or_default()
    }

    fn event_name<'d>(&mut self, name: &'d Found<'_, Cow<'_, str>>) -> Option<&'d str> {
        let sent = self.required(name, Rule::EventNameMissing, "data.event_name")?;
        if is_near_standard(sent) {
            self.tell(Rule::EventNameNearStandard, "data.event_name", name.path());
        }
        Some(sent)
    }

    /// The ids that are sent, each told about if it is not or looks odd.
    fn device_ids<'d, 'a>(
        &mut self,
        device: &'d Device<'a>,
        field: &'static str,
        lists: &mut ListPool<'_>,
    ) -> DeviceIds<'d, 'a> {
        let mut sent = core::mem::take(&mut lists.sent_ids);
        for (
            place,
            Identifier {
                key,
                found,
                of_platform,
                ..
            },
        ) in device.identifiers.iter().enumerate()
        {
            let rule = match found {
                Found::Value(..) if !of_platform => Rule::IdentifierWrongPlatform,
                Found::Value(..) if is_withheld(*key, device) => Rule::AdvertisingIdWithheld,
                Found::Value(id, path) => {
                    if !key.fits(id) {
                        self.tell(
                            Rule::IdentifierShape,
                            format!("{field}.{}", key.as_str()),
                            Some(path),
                        );
                    }
                    sent.push(place);
                    continue;
                }
                Found::Unusable(rule, _) if *of_platform => *rule,
                Found::Unusable(..) | Found::Nothing(_) => continue,
            };
            self.tell(rule, format!("{field}.{}", key.as_str()), found.path());
        }
        DeviceIds {
            found: &device.identifiers,
            sent,
            padding: None,
        }
    }

    /// The user agent; and model, system and version where there is none, or the operator wants
    /// both.
    fn description<'d>(
        &mut self,
        draft: &'d EventDraft<'_, '_>,
        wire: &WireOptions,
    ) -> (Option<&'d str>, Option<Triple<'d>>) {
        let device_ua = draft.device_ua.text();
        let device_ver =
            triple(draft.device).filter(|_| device_ua.is_none() || wire.device_ver_model);
        if device_ua.is_none() {
            if device_ver.is_none() {
                self.tell(Rule::DeviceVerMissing, "data.device_ver", None);
            }
            self.tell(
                Rule::DeviceUaMissing,
                "data.device_ua",
                draft.device_ua.path(),
            );
        }
        (device_ua, device_ver)
    }

    /// The ids of an event; never an empty object, which PHP reads as a list: Kochava's samples pad
    /// with empty texts.
    fn event_device_ids<'d, 'a>(
        &mut self,
        device: &'d Device<'a>,
        kochava_device_id: &str,
        lists: &mut ListPool<'_>,
    ) -> DeviceIds<'d, 'a> {
        let mut device_ids = self.device_ids(device, "data.device_ids", lists);
        if device_ids.sent.is_empty() {
            let rule = if kochava_device_id.is_empty() {
                Rule::DeviceIdentityMissing
            } else {
                Rule::DeviceIdsMissing
            };
            self.tell(rule, "data.device_ids", first_id_path(device));
            device_ids.padding = Some(IdKey::padding(device.platform));
        }
        device_ids
    }

    /// Apple's consent block: always present from iOS 14 on, since Kochava reads its absence as a
    /// refusal of its own.
    fn att(&mut self, device: &Device<'_>) -> Option<Att> {
        if !asks_for_tracking(device) {
            return None;
        }
        let status = self.optional(
            &device.att,
            Some(Rule::AttStatusMissing),
            "data.app_tracking_transparency",
        );
        Some(status.copied().unwrap_or(Att {
            authorized: false,
            detail: None,
        }))
    }

    /// The currency and the amount; without an amount nobody asks for a currency.
    fn money<'d>(&mut self, draft: &'d EventDraft<'_, '_>) -> (Option<&'d str>, Option<&'d str>) {
        if let Found::Nothing(_) = draft.revenue {
            return (None, None);
        }
        let currency = self.required(&draft.currency, Rule::CurrencyMissing, "data.currency");
        (
            currency,
            self.optional(&draft.revenue, None, "data.event_data.sum")
                .map(AsRef::as_ref),
        )
    }

    fn consent<'d>(&mut self, consent: &'d Consent<'_>) -> Option<ConsentPart<'d>> {
        const FIELD: &str = "data.gdpr_privacy_consent";
        let part = ConsentPart {
            gdpr_applies: self.optional(&consent.gdpr_applies, None, FIELD).copied(),
            tc_string: self
                .optional(&consent.tc_string, None, FIELD)
                .map(AsRef::as_ref),
            ad_user_data: self.optional(&consent.ad_user_data, None, FIELD).copied(),
            ad_personalization: self
                .optional(&consent.ad_personalization, None, FIELD)
                .copied(),
        };
        let is_complete = part.tc_string.is_some()
            || (part.ad_user_data.is_some() && part.ad_personalization.is_some());
        let is_empty = part.gdpr_applies.is_none()
            && part.tc_string.is_none()
            && part.ad_user_data.is_none()
            && part.ad_personalization.is_none();
        if !is_complete && !is_empty {
            self.tell(Rule::ConsentIncomplete, FIELD, consent.tc_string.path());
        }
        is_complete.then_some(part)
    }

    /// Mapping stops early at properties that no request can hold.
    fn take_refusals(&mut self, notes: &[Violation]) {
        self.violations.extend(
            notes
                .iter()
                .filter(|note| note.rule.severity() == Severity::Refuse)
                .cloned(),
        );
    }

    fn refuse<'d, 'a>(self) -> Validated<'d, 'a> {
        Validated {
            payload: Err(self.violations),
            warnings: self.warnings,
        }
    }
}

/// Where the operator would first look for a device id of this platform.
fn first_id_path<'a>(device: &Device<'a>) -> Option<&'a str> {
    let of_platform = || device.identifiers.iter().filter(|id| id.of_platform);
    of_platform()
        .find(|id| id.is_mapped)
        .or_else(|| of_platform().next())?
        .found
        .path()
}

/// Must this id stay behind? The IDFA goes only with consent from iOS 14 on, and never against a
/// known refusal; no advertising id goes where the device limits ad tracking.
fn is_withheld(key: IdKey<'_>, device: &Device<'_>) -> bool {
    let is_refused = || {
        device
            .att
            .value()
            .map_or_else(|| asks_for_tracking(device), |att| !att.authorized)
    };
    let is_limited = device.limit_ad_tracking.value() == Some(&true);
    (key == IdKey::Idfa && is_refused()) || (is_limited && key.is_for_advertising())
}

/// Does this device ask for App Tracking Transparency? An Apple system of unknown version is taken
/// for a recent one.
fn asks_for_tracking(device: &Device<'_>) -> bool {
    if !device.platform.is_apple() {
        return false;
    }
    let first_number = |version: &str| {
        let end = version
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(version.len());
        version[..end].parse::<u32>().ok()
    };
    let version = device
        .os_version
        .as_deref()
        .map(version_number)
        .and_then(first_number);
    version.is_none_or(|version| version >= ATT_OS_VERSION_FIRST)
}

/// A system's version without the name that some senders write before it: `iOS 17.0`.
fn version_number(version: &str) -> &str {
    version
        .find(|c: char| c.is_ascii_digit())
        .map_or(version, |digit| &version[digit..])
}

/// Model, system and version, as Kochava reads them without a user agent (Kochava, S2S without
/// Device UA: `iPhone-iOS-17.0`).
fn triple<'d>(device: &'d Device<'_>) -> Option<Triple<'d>> {
    let system = match device.platform {
        Platform::Ios => "iOS",
        Platform::Ipados => "iPadOS",
        Platform::Tvos => "tvOS",
        Platform::Android | Platform::Fire => "Android",
        Platform::Roku => "Roku",
        Platform::Web | Platform::Unknown => return None,
    };
    Some([
        device.model.as_deref()?,
        system,
        version_number(device.os_version.as_deref()?),
    ])
}
