//! The post-install event (Kochava, Post-Install Event Setup).
//!
//! An [`EventDraft`] goes in; a payload or the broken rules come out.

use super::device::DeviceVersion;
use super::envelope::{DeviceIds, Envelope};
use super::validate::{Validated, Violations};
use super::{
    Att, Consent, DataEntry, Device, IdKey, IdKind, ListPool, Platform, Resolved, Rule, Violation,
    WireOptions, is_near_standard,
};
use crate::limits::EVENT_DATA_KEYS_USUAL;
use crate::time::Moment;
use alloc::borrow::Cow;
use alloc::vec::Vec;

/// A post-install event, before validation.
#[derive(Clone, Debug)]
pub struct EventDraft<'d, 'a> {
    /// The device.
    pub device: &'d Device<'a>,
    /// The name, after renaming.
    pub name: Resolved<'a, Cow<'a, str>>,
    /// The time of the event.
    pub usertime: Resolved<'a, Moment>,
    /// The version of the app.
    pub app_version: Resolved<'a, Cow<'a, str>>,
    /// The user agent of the device.
    pub device_ua: Resolved<'a, Cow<'a, str>>,
    /// The IP address of the device.
    pub origination_ip: Resolved<'a, Cow<'a, str>>,
    /// Google's consent signals.
    pub consent: Consent<'a>,
    /// The revenue, as the text of a number.
    pub revenue: Resolved<'a, Cow<'a, str>>,
    /// The currency of the revenue.
    pub currency: Resolved<'a, Cow<'a, str>>,
    /// The selected properties.
    pub event_data: Vec<DataEntry<'a>>,
    /// The violations found while the properties were mapped.
    pub notes: Vec<Violation>,
}

/// A valid post-install event.
#[derive(Debug)]
pub struct EventPayload<'d, 'a> {
    pub(super) envelope: Envelope<'d, 'a>,
    pub(super) name: &'d str,
    pub(super) usertime: Option<Moment>,
    pub(super) app_version: Option<&'d str>,
    pub(super) device_ver: Option<DeviceVersion<'d>>,
    pub(super) device_ua: Option<&'d str>,
    pub(super) origination_ip: &'d str,
    pub(super) att: Option<Att>,
    pub(super) limit_ad_tracking: Option<bool>,
    pub(super) consent: Option<ConsentPayload<'d>>,
    pub(super) currency: Option<&'d str>,
    pub(super) revenue: Option<&'d str>,
    pub(super) event_data: &'d [DataEntry<'a>],
}

/// Google's consent signals as they are sent: with a TC string or both of Google's flags.
#[derive(Debug)]
pub(super) struct ConsentPayload<'d> {
    pub(super) gdpr_applies: Option<bool>,
    pub(super) tc_string: Option<&'d str>,
    pub(super) ad_user_data: Option<bool>,
    pub(super) ad_personalization: Option<bool>,
}

/// Validates a post-install event.
#[must_use]
pub fn validate_event<'d, 'a>(
    draft: &'d EventDraft<'d, 'a>,
    wire: &WireOptions,
    lists: &mut ListPool<'a>,
) -> Validated<EventPayload<'d, 'a>> {
    let mut violations = Violations::default();
    let device = draft.device;
    let app_guid = violations.app_guid(device.app_guid);
    if device.platform == Platform::Unknown {
        violations.add(Rule::PlatformUnknown, "", None);
    }
    let kochava_device_id = violations.kochava_device_id(device);
    let name = violations.event_name(&draft.name);
    let usertime = violations.usertime(draft);
    let (device_ua, device_ver) = violations.device_description(draft, wire);
    let origination_ip = violations.origination_ip(draft);
    let device_ids = violations.event_device_ids(device, kochava_device_id, lists);
    let att = violations.att(device, &device_ids);
    let limit_ad_tracking = violations.limit_ad_tracking(device);
    let consent = violations.consent(&draft.consent);
    let (currency, revenue) = violations.revenue(draft);
    if draft.event_data.len() + usize::from(revenue.is_some()) > EVENT_DATA_KEYS_USUAL {
        violations.add(Rule::EventDataManyKeys, "data.event_data", None);
    }
    violations.add_refusals(&draft.notes);
    let (Some(app_guid), Some(name), Some(origination_ip), false) =
        (app_guid, name, origination_ip, violations.has_refusals())
    else {
        return violations.refuse();
    };
    violations.accept(EventPayload {
        envelope: Envelope {
            app_guid,
            kochava_device_id,
            device_ids,
        },
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
    })
}

impl Violations {
    fn event_name<'d>(&mut self, name: &'d Resolved<'_, Cow<'_, str>>) -> Option<&'d str> {
        const FIELD: &str = "data.event_name";
        let sent = self.required(name, Rule::EventNameMissing, FIELD)?;
        if is_near_standard(sent) {
            self.add(Rule::EventNameNearStandard, FIELD, name.path());
        }
        Some(sent)
    }

    fn usertime(&mut self, draft: &EventDraft<'_, '_>) -> Option<Moment> {
        self.optional(
            &draft.usertime,
            Some(Rule::UsertimeMissing),
            "data.usertime",
        )
        .copied()
    }

    /// Returns the user agent; and model, system and version if there is no user agent or the
    /// operator wants both.
    fn device_description<'d>(
        &mut self,
        draft: &'d EventDraft<'_, '_>,
        wire: &WireOptions,
    ) -> (Option<&'d str>, Option<DeviceVersion<'d>>) {
        let device_ua = draft.device_ua.text();
        let device_ver = draft
            .device
            .version()
            .filter(|_| device_ua.is_none() || wire.device_ver_model);
        if device_ua.is_none() {
            if device_ver.is_none() {
                self.add(Rule::DeviceVerMissing, "data.device_ver", None);
            }
            let path = draft.device_ua.path();
            self.add(Rule::DeviceUaMissing, "data.device_ua", path);
            self.optional(&draft.device_ua, None, "data.device_ua");
        }
        (device_ua, device_ver)
    }

    fn origination_ip<'d>(&mut self, draft: &'d EventDraft<'_, '_>) -> Option<&'d str> {
        self.required(
            &draft.origination_ip,
            Rule::OriginationIpMissing,
            "data.origination_ip",
        )
    }

    /// Selects the ids of an event. The object is never empty, since PHP would read it as a list:
    /// Kochava's samples have one key with an empty string there.
    fn event_device_ids<'d, 'a>(
        &mut self,
        device: &'d Device<'a>,
        kochava_device_id: &str,
        lists: &mut ListPool<'_>,
    ) -> DeviceIds<'d, 'a> {
        const FIELD: &str = "data.device_ids";
        let mut device_ids = self.device_ids(device, FIELD, lists);
        if device_ids.is_empty() {
            let rule = if kochava_device_id.is_empty() {
                Rule::DeviceIdentityMissing
            } else {
                Rule::DeviceIdsMissing
            };
            self.add(rule, FIELD, device.first_id_path());
            device_ids.empty_key = Some(IdKey::empty_key(device.platform));
        }
        device_ids
    }

    /// Returns Apple's consent block: always one from iOS 14 on, since Kochava treats its absence
    /// as a refusal; on any other system if an IDFA is sent and its status is known.
    fn att(&mut self, device: &Device<'_>, device_ids: &DeviceIds<'_, '_>) -> Option<Att> {
        const FIELD: &str = "data.app_tracking_transparency";
        if !device.requires_att() {
            if !device.has_idfa() {
                return None;
            }
            // an unreadable status is why the IDFA is withheld
            let status = self.optional(&device.att, None, FIELD).copied()?;
            let mut keys = device_ids.entries().map(|(key, _)| key);
            return keys.any(|key| key.kind() == IdKind::Idfa).then_some(status);
        }
        let status = self.optional(&device.att, Some(Rule::AttStatusMissing), FIELD);
        Some(status.copied().unwrap_or(Att {
            authorized: false,
            detail: None,
        }))
    }

    /// Returns whether ad tracking is limited; an unreadable flag is no permission.
    fn limit_ad_tracking(&mut self, device: &Device<'_>) -> Option<bool> {
        self.flag(
            &device.limit_ad_tracking,
            true,
            "data.device_limit_tracking",
        )
    }

    /// Returns a flag; `strict` stands for an unreadable one.
    fn flag(
        &mut self,
        flag: &Resolved<'_, bool>,
        strict: bool,
        field: &'static str,
    ) -> Option<bool> {
        let known = self.optional(flag, None, field).copied();
        known.or(matches!(flag, Resolved::Unusable(..)).then_some(strict))
    }

    fn consent<'d>(&mut self, consent: &'d Consent<'_>) -> Option<ConsentPayload<'d>> {
        const FIELD: &str = "data.gdpr_privacy_consent";
        let gdpr_applies = self.optional(&consent.gdpr_applies, None, FIELD).copied();
        let tc_string = self
            .optional(&consent.tc_string, None, FIELD)
            .map(AsRef::as_ref);
        let ad_user_data = self.flag(&consent.ad_user_data, false, FIELD);
        let ad_personalization = self.flag(&consent.ad_personalization, false, FIELD);
        let has_both_flags = ad_user_data.is_some() && ad_personalization.is_some();
        let has_any = [gdpr_applies, ad_user_data, ad_personalization]
            .iter()
            .any(Option::is_some);
        let is_complete = tc_string.is_some() || has_both_flags;
        if has_any && !is_complete {
            self.add(Rule::ConsentIncomplete, FIELD, consent.tc_string.path());
        }
        is_complete.then_some(ConsentPayload {
            gdpr_applies,
            tc_string,
            ad_user_data,
            ad_personalization,
        })
    }

    /// Returns currency and amount. A currency without an amount is ignored, with all its faults.
    fn revenue<'d>(&mut self, draft: &'d EventDraft<'_, '_>) -> (Option<&'d str>, Option<&'d str>) {
        if let Resolved::Missing(_) = draft.revenue {
            return (None, None);
        }
        let currency = self.required(&draft.currency, Rule::CurrencyMissing, "data.currency");
        let amount = self.optional(&draft.revenue, None, "data.event_data.sum");
        (currency, amount.map(AsRef::as_ref))
    }
}
