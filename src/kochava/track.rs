//! What an install and a post-install event have in common: the device, its description, its address,
//! the time, and consent (Kochava, Post-Install Event Setup; Install Notification Setup).
//!
//! A [`TrackDraft`] goes in; a payload or the broken rules come out. `event` and `install` add their
//! own parts.

use super::device::DeviceVersion;
use super::envelope::{DeviceIds, Envelope};
use super::validate::Violations;
use super::{
    AppGuid, Att, Consent, Device, IdKey, IdKind, ListPool, Platform, Resolved, Rule, WireOptions,
};
use crate::time::Moment;
use alloc::borrow::Cow;

/// The part of a call by `/track/json` that describes device and time, before validation.
#[derive(Clone, Debug)]
pub struct TrackDraft<'d, 'a> {
    /// The device.
    pub device: &'d Device<'a>,
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
}

/// The valid part of a call by `/track/json` that describes device and time.
#[derive(Debug)]
pub struct TrackPayload<'d, 'a> {
    pub(super) envelope: Envelope<'d, 'a>,
    pub(super) usertime: Option<Moment>,
    pub(super) app_version: Option<&'d str>,
    pub(super) device_ver: Option<DeviceVersion<'d>>,
    pub(super) device_ua: Option<&'d str>,
    pub(super) origination_ip: &'d str,
    pub(super) att: Option<Att>,
    pub(super) limit_ad_tracking: Option<bool>,
    pub(super) consent: Option<ConsentPayload<'d>>,
}

/// Google's consent signals as they are sent: with a TC string or both of Google's flags.
#[derive(Debug)]
pub(super) struct ConsentPayload<'d> {
    pub(super) gdpr_applies: Option<bool>,
    pub(super) tc_string: Option<&'d str>,
    pub(super) ad_user_data: Option<bool>,
    pub(super) ad_personalization: Option<bool>,
}

impl Violations {
    /// Returns the app, and the Kochava device id, which is empty if there is none.
    pub(super) fn app_and_device<'d, 'a>(
        &mut self,
        draft: &'d TrackDraft<'d, 'a>,
    ) -> (Option<&'a AppGuid>, &'d str) {
        let app_guid = self.app_guid(draft.device.app_guid);
        if draft.device.platform == Platform::Unknown {
            self.add(Rule::PlatformUnknown, "", None);
        }
        (app_guid, self.kochava_device_id(draft.device))
    }

    /// Validates everything behind app and device; `None` if a mandatory part is missing.
    pub(super) fn track<'d, 'a>(
        &mut self,
        draft: &'d TrackDraft<'d, 'a>,
        app_guid: Option<&'a AppGuid>,
        kochava_device_id: &'d str,
        wire: &WireOptions,
        lists: &mut ListPool<'a>,
    ) -> Option<TrackPayload<'d, 'a>> {
        let device = draft.device;
        let withholding = device.withholding();
        let usertime = self.usertime(draft);
        let app_version = self.permitted(withholding, &draft.app_version, "data.app_version");
        if app_version.is_some()
            && let Resolved::Value(Cow::Owned(text), path) = &draft.app_version
            && text.contains(char::REPLACEMENT_CHARACTER)
        {
            self.add(Rule::TextRepaired, "data.app_version", Some(path));
        }
        let (device_ua, device_ver) = self.device_description(draft, withholding, wire);
        let origination_ip = self.origination_ip(draft);
        let device_ids = self.track_device_ids(device, kochava_device_id, lists);
        let att = self.att(device, &device_ids);
        let limit_ad_tracking = self.limit_ad_tracking(device);
        let consent = self.consent(&draft.consent, withholding);
        Some(TrackPayload {
            envelope: Envelope {
                app_guid: app_guid?,
                kochava_device_id,
                device_ids,
            },
            usertime,
            app_version,
            device_ver,
            device_ua,
            origination_ip: origination_ip?,
            att,
            limit_ad_tracking,
            consent,
        })
    }

    fn usertime(&mut self, draft: &TrackDraft<'_, '_>) -> Option<Moment> {
        self.optional(
            &draft.usertime,
            Some(Rule::UsertimeMissing),
            "data.usertime",
        )
        .copied()
    }

    /// Returns the user agent; and model, system and version if there is no user agent or the
    /// operator wants both. `withholding` is the device if it withholds an id.
    fn device_description<'d>(
        &mut self,
        draft: &'d TrackDraft<'_, '_>,
        withholding: Option<&Device<'_>>,
        wire: &WireOptions,
    ) -> (Option<&'d str>, Option<DeviceVersion<'d>>) {
        let is_permitted = |agent: &&str| withholding.is_none_or(|it| !it.reveals_text(agent));
        let device_ua = draft.device_ua.text().filter(is_permitted);
        let mut device_ver = draft
            .device
            .version()
            .filter(|_| device_ua.is_none() || wire.device_ver_model);
        let revealing = withholding
            .filter(|_| device_ver.is_some())
            .and_then(Device::revealing_version_path);
        if revealing.is_some() {
            self.add(Rule::AdvertisingIdWithheld, "data.device_ver", revealing);
            device_ver = None;
        }
        if device_ua.is_none() {
            if device_ver.is_none() {
                self.add(Rule::DeviceVerMissing, "data.device_ver", None);
            }
            let path = draft.device_ua.path();
            self.add(Rule::DeviceUaMissing, "data.device_ua", path);
            self.permitted(withholding, &draft.device_ua, "data.device_ua");
        }
        (device_ua, device_ver)
    }

    fn origination_ip<'d>(&mut self, draft: &'d TrackDraft<'_, '_>) -> Option<&'d str> {
        self.required(
            &draft.origination_ip,
            Rule::OriginationIpMissing,
            "data.origination_ip",
        )
    }

    /// Selects the ids. The object is never empty, since PHP would read it as a list:
    /// Kochava's samples have one key with an empty string there.
    fn track_device_ids<'d, 'a>(
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
    #[inline]
    fn flag(
        &mut self,
        flag: &Resolved<'_, bool>,
        strict: bool,
        field: &'static str,
    ) -> Option<bool> {
        let known = self.optional(flag, None, field).copied();
        known.or(matches!(flag, Resolved::Unusable(..)).then_some(strict))
    }

    fn consent<'d>(
        &mut self,
        consent: &'d Consent<'_>,
        withholding: Option<&Device<'_>>,
    ) -> Option<ConsentPayload<'d>> {
        const FIELD: &str = "data.gdpr_privacy_consent";
        let gdpr_applies = self.optional(&consent.gdpr_applies, None, FIELD).copied();
        let tc_string = self.permitted(withholding, &consent.tc_string, FIELD);
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
}
