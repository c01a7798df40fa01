//! Does a draft keep Kochava's rules?
//!
//! Enters: a draft. Leaves: a [`Payload`], which nothing else can make, or every rule that forbids it; and the warnings, in the order of
//! the body's keys.

use super::rule::{Rule, Severity, Violation};
use super::{
    Action, Att, Consent, ConsentPart, Device, EventDraft, EventPart, Found, IdKey, Identifier, IdentityDraft, IdentityRoute, Lists, Payload, Platform,
    Triple, Wire, is_near_standard,
};
use crate::limits::{ATT_OS_VERSION_FIRST, EVENT_DATA_KEYS_USUAL};
use alloc::borrow::{Cow, ToOwned};
use alloc::format;
use alloc::vec::Vec;

/// What the check of one draft came to.
#[derive(Clone, Debug)]
pub struct Checked<'a> {
    /// The call, or the rules that forbid it.
    pub payload: Result<Payload<'a>, Vec<Violation>>,
    /// What was left out or weakens the call.
    pub warnings: Vec<Violation>,
    /// What mapping told about the properties.
    pub notes: Vec<Violation>,
}

/// Checks a post-install event.
#[must_use]
pub fn check_event<'a>(draft: EventDraft<'_, 'a>, wire: &Wire, lists: &mut Lists<'a>) -> Checked<'a> {
    let mut report = Report::default();
    let app_guid = report.app_guid(draft.device.app_guid);
    if draft.device.platform == Platform::Unknown {
        report.tell(Rule::PlatformUnknown, "", None);
    }
    let kochava_device_id = report.kochava_device_id(draft.device, true);
    let name = report.event_name(&draft.name);
    let usertime = report.optional(&draft.usertime, Some(Rule::UsertimeMissing), "data.usertime").copied();
    let (device_ua, device_ver) = report.description(&draft, wire);
    let origination_ip = report.required(&draft.origination_ip, Rule::OriginationIpMissing, "data.origination_ip").cloned();
    let device_ids = report.event_device_ids(draft.device, &kochava_device_id, lists);
    let att = report.att(draft.device);
    let limit_ad_tracking = report.optional(&draft.device.limit_ad_tracking, None, "data.device_limit_tracking").copied();
    let consent = report.consent(&draft.consent);
    let (currency, revenue) = report.money(&draft);
    if draft.event_data.len() + usize::from(revenue.is_some()) > EVENT_DATA_KEYS_USUAL {
        report.tell(Rule::EventDataManyKeys, "data.event_data", None);
    }
    report.conclude(draft.notes, || {
        Some(Payload {
            app_guid: app_guid?,
            kochava_device_id,
            device_ids,
            action: Action::Event(EventPart {
                name: name?,
                usertime,
                app_version: draft.app_version.value().cloned(),
                device_ver,
                device_ua,
                origination_ip: origination_ip?,
                att,
                limit_ad_tracking,
                consent,
                currency,
                revenue,
                event_data: draft.event_data,
            }),
        })
    })
}

/// Checks an identity.
#[must_use]
pub fn check_identity<'a>(draft: IdentityDraft<'_, 'a>, wire: &Wire, lists: &mut Lists<'a>) -> Checked<'a> {
    let mut report = Report::default();
    let by_track = wire.identity_route == IdentityRoute::Track;
    let field = if by_track { "data.device_ids" } else { "device_id" };
    let app_guid = report.app_guid(draft.device.app_guid);
    let kochava_device_id = report.kochava_device_id(draft.device, by_track);
    let device_ids = report.device_ids(draft.device, field, lists);
    if device_ids.is_empty() && (!by_track || kochava_device_id.is_empty()) {
        report.tell(Rule::IdentityDeviceIdMissing, field, first_id_path(draft.device));
    }
    report.conclude(draft.notes, || Some(Payload { app_guid: app_guid?, kochava_device_id, device_ids, action: Action::Identity(draft.data) }))
}

#[derive(Default)]
struct Report {
    violations: Vec<Violation>,
    warnings: Vec<Violation>,
}

impl Report {
    fn tell(&mut self, rule: Rule, field: impl Into<Cow<'static, str>>, path: Option<&str>) {
        let told = Violation::new(rule, field).from_path(path);
        match rule.severity() {
            Severity::Refuse => self.violations.push(told),
            Severity::Warn => self.warnings.push(told),
        }
    }

    /// A value that may be missing: `missing` says what it costs, if anything.
    fn optional<'f, T>(&mut self, found: &'f Found<'_, T>, missing: Option<Rule>, field: &'static str) -> Option<&'f T> {
        match (found, missing) {
            (Found::Value(value, _), _) => return Some(value),
            (Found::Unusable(rule, path), _) => self.tell(*rule, field, Some(path)),
            (Found::Nothing(path), Some(rule)) => self.tell(rule, field, *path),
            (Found::Nothing(_), None) => {}
        }
        None
    }

    fn required<'f, T>(&mut self, found: &'f Found<'_, T>, missing: Rule, field: &'static str) -> Option<&'f T> {
        self.optional(found, Some(missing), field)
    }

    fn app_guid<'a>(&mut self, app_guid: Option<&'a super::AppGuid>) -> Option<&'a super::AppGuid> {
        if app_guid.is_none() {
            self.tell(Rule::AppGuidMissing, "kochava_app_id", None);
        }
        app_guid
    }

    fn kochava_device_id<'a>(&mut self, device: &Device<'a>, is_sent: bool) -> Cow<'a, str> {
        if !is_sent {
            return Cow::Borrowed("");
        }
        if let Found::Unusable(_, path) = device.kochava_device_id {
            self.tell(Rule::KochavaDeviceIdMissing, "kochava_device_id", Some(path));
        }
        self.optional(&device.kochava_device_id, Some(Rule::KochavaDeviceIdMissing), "kochava_device_id").cloned().unwrap_or_default()
    }

    fn event_name<'a>(&mut self, name: &Found<'a, Cow<'a, str>>) -> Option<Cow<'a, str>> {
        let sent = self.required(name, Rule::EventNameMissing, "data.event_name")?;
        if is_near_standard(sent) {
            self.tell(Rule::EventNameNearStandard, "data.event_name", name.path());
        }
        Some(sent.clone())
    }

    /// The ids that are sent, each told about if it is not or looks odd.
    fn device_ids<'a>(&mut self, device: &Device<'a>, field: &'static str, lists: &mut Lists<'a>) -> Vec<(IdKey<'a>, Cow<'a, str>)> {
        let mut sent = core::mem::take(&mut lists.device_ids);
        for Identifier { key, found, of_platform, .. } in &device.identifiers {
            let rule = match found {
                Found::Value(..) if !of_platform => Rule::IdentifierWrongPlatform,
                Found::Value(..) if is_withheld(*key, device) => Rule::AdvertisingIdWithheld,
                Found::Value(id, path) => {
                    if !key.fits(id) {
                        self.tell(Rule::IdentifierShape, format!("{field}.{}", key.as_str()), Some(path));
                    }
                    sent.push((*key, id.clone()));
                    continue;
                }
                Found::Unusable(rule, _) if *of_platform => *rule,
                Found::Unusable(..) | Found::Nothing(_) => continue,
            };
            self.tell(rule, format!("{field}.{}", key.as_str()), found.path());
        }
        sent
    }

    /// The user agent; and model, system and version where there is none, or the operator wants both.
    fn description<'a>(&mut self, draft: &EventDraft<'_, 'a>, wire: &Wire) -> (Option<Cow<'a, str>>, Option<Triple<'a>>) {
        let device_ua = draft.device_ua.value().cloned();
        let device_ver = triple(draft.device).filter(|_| device_ua.is_none() || wire.device_ver_model);
        if device_ua.is_none() {
            if device_ver.is_none() {
                self.tell(Rule::DeviceVerMissing, "data.device_ver", None);
            }
            self.tell(Rule::DeviceUaMissing, "data.device_ua", draft.device_ua.path());
        }
        (device_ua, device_ver)
    }

    /// The ids of an event; never an empty object, which PHP reads as a list: Kochava's samples pad with empty texts.
    fn event_device_ids<'a>(&mut self, device: &Device<'a>, kochava_device_id: &str, lists: &mut Lists<'a>) -> Vec<(IdKey<'a>, Cow<'a, str>)> {
        let mut device_ids = self.device_ids(device, "data.device_ids", lists);
        if device_ids.is_empty() {
            let rule = if kochava_device_id.is_empty() { Rule::DeviceIdentityMissing } else { Rule::DeviceIdsMissing };
            self.tell(rule, "data.device_ids", first_id_path(device));
            device_ids.push((IdKey::padding(device.platform), Cow::Borrowed("")));
        }
        device_ids
    }

    /// Apple's consent block: always present from iOS 14 on, since Kochava reads its absence as a refusal of its own.
    fn att(&mut self, device: &Device<'_>) -> Option<Att> {
        if !asks_for_tracking(device) {
            return None;
        }
        let status = self.optional(&device.att, Some(Rule::AttStatusMissing), "data.app_tracking_transparency");
        Some(status.copied().unwrap_or(Att { authorized: false, detail: None }))
    }

    /// The currency and the amount; without an amount nobody asks for a currency.
    fn money<'a>(&mut self, draft: &EventDraft<'_, 'a>) -> (Option<Cow<'a, str>>, Option<Cow<'a, str>>) {
        if let Found::Nothing(_) = draft.revenue {
            return (None, None);
        }
        let currency = self.optional(&draft.currency, Some(Rule::CurrencyMissing), "data.currency").cloned();
        (currency, self.optional(&draft.revenue, None, "data.event_data.sum").cloned())
    }

    fn consent<'a>(&mut self, consent: &Consent<'a>) -> Option<ConsentPart<'a>> {
        const FIELD: &str = "data.gdpr_privacy_consent";
        let part = ConsentPart {
            gdpr_applies: self.optional(&consent.gdpr_applies, None, FIELD).copied(),
            tc_string: self.optional(&consent.tc_string, None, FIELD).cloned(),
            ad_user_data: self.optional(&consent.ad_user_data, None, FIELD).copied(),
            ad_personalization: self.optional(&consent.ad_personalization, None, FIELD).copied(),
        };
        let is_complete = part.tc_string.is_some() || (part.ad_user_data.is_some() && part.ad_personalization.is_some());
        let is_empty = part.gdpr_applies.is_none() && part.tc_string.is_none() && part.ad_user_data.is_none() && part.ad_personalization.is_none();
        if !is_complete && !is_empty {
            self.tell(Rule::ConsentIncomplete, FIELD, consent.tc_string.path());
        }
        is_complete.then_some(part)
    }

    fn conclude<'a>(mut self, mut notes: Vec<Violation>, payload: impl FnOnce() -> Option<Payload<'a>>) -> Checked<'a> {
        // mapping stops early at properties that no request can hold
        self.violations.extend(notes.extract_if(.., |note| note.rule.severity() == Severity::Refuse));
        let payload = match payload() {
            Some(payload) if self.violations.is_empty() => Ok(payload),
            _ => Err(self.violations),
        };
        Checked { payload, warnings: self.warnings, notes }
    }
}

/// Where the operator would first look for a device id of this platform.
fn first_id_path<'a>(device: &Device<'a>) -> Option<&'a str> {
    let of_platform = || device.identifiers.iter().filter(|id| id.of_platform);
    of_platform().find(|id| id.is_mapped).or_else(|| of_platform().next())?.found.path()
}

/// Must this id stay behind? The IDFA goes only with consent from iOS 14 on, and never against a known refusal; no advertising id goes
/// where the device limits ad tracking.
fn is_withheld(key: IdKey<'_>, device: &Device<'_>) -> bool {
    let refused = match device.att.value() {
        Some(att) => !att.authorized,
        None => asks_for_tracking(device),
    };
    let is_limited = device.limit_ad_tracking.value() == Some(&true);
    (key == IdKey::Idfa && refused) || (key.is_for_advertising() && is_limited)
}

/// Does this device ask for App Tracking Transparency? An Apple system of unknown version is taken for a recent one.
fn asks_for_tracking(device: &Device<'_>) -> bool {
    let first_number = |version: &str| {
        let end = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
        version[..end].parse::<u32>().ok()
    };
    let version = device.os_version.as_deref().map(version_number).and_then(first_number);
    device.platform.is_apple() && version.is_none_or(|version| version >= ATT_OS_VERSION_FIRST)
}

/// A system's version without the name that some senders write before it: `iOS 17.0`.
fn version_number(version: &str) -> &str {
    version.find(|c: char| c.is_ascii_digit()).map_or(version, |digit| &version[digit..])
}

/// Model, system and version, as Kochava reads them without a user agent (Kochava, S2S without Device UA: `iPhone-iOS-17.0`).
fn triple<'a>(device: &Device<'a>) -> Option<Triple<'a>> {
    let system = match device.platform {
        Platform::Ios => "iOS",
        Platform::Ipados => "iPadOS",
        Platform::Tvos => "tvOS",
        Platform::Android | Platform::Fire => "Android",
        Platform::Roku => "Roku",
        Platform::Web | Platform::Unknown => return None,
    };
    let version = match device.os_version.clone()? {
        Cow::Borrowed(version) => Cow::Borrowed(version_number(version)),
        Cow::Owned(version) => Cow::Owned(version_number(&version).to_owned()),
    };
    Some((device.model.clone()?, system, version))
}
