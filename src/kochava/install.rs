//! The install of an app (Kochava, Install Notification Setup).
//!
//! An [`InstallDraft`] goes in; a payload or the broken rules come out. An install has no name, no
//! data and no currency; what tells where the user came from goes out where the settings map it.

use super::check::{AD_SERVICES, JsonType};
use super::validate::{Validated, Violations};
use super::{Device, ListPool, Payload, Resolved, Rule, TrackDraft, TrackPayload, WireOptions};
use crate::json::Value;
use crate::time::Moment;
use alloc::borrow::Cow;
use alloc::format;

/// An install, before validation.
#[derive(Clone, Debug)]
pub struct InstallDraft<'d, 'a> {
    /// What it has in common with an event.
    pub track: &'d TrackDraft<'d, 'a>,
    /// The referrer that the store tells the app.
    pub referrer: Resolved<'a, Cow<'a, str>>,
    /// When the user clicked what led to the store.
    pub referrer_click_time: Resolved<'a, Moment>,
    /// The token of Apple's `AdServices`.
    pub ad_services_token: Resolved<'a, Cow<'a, str>>,
    /// The object that Apple returns for such a token.
    pub ad_services_details: Resolved<'a, Value<'a>>,
}

/// A valid install.
#[derive(Debug)]
pub struct InstallPayload<'d, 'a> {
    pub(super) track: TrackPayload<'d, 'a>,
    pub(super) referrer: Option<&'d str>,
    pub(super) referrer_click_time: Option<Moment>,
    pub(super) ad_services_token: Option<&'d str>,
    pub(super) ad_services_details: Option<AdServicesDetails<'a>>,
}

/// An object of Apple's of which at least one member can be sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct AdServicesDetails<'a>(Value<'a>);

impl<'a> AdServicesDetails<'a> {
    /// Returns the members that are sent, each once: those of Apple's payload that have its type.
    pub(super) fn members(self) -> impl Iterator<Item = (&'static str, Value<'a>)> {
        AD_SERVICES.iter().filter_map(move |&(key, json_type)| {
            let value = self.0.member(key)?;
            is_sent(json_type, value).then_some((key, value))
        })
    }
}

/// Reports whether a member has the type that Apple gives it; its numbers are ids, which PHP keeps as
/// integers of 64 bits.
fn is_sent(json_type: JsonType, value: Value<'_>) -> bool {
    match value {
        Value::Number(id) => json_type.fits(value) && id.parse::<i64>().is_ok_and(|id| id >= 0),
        _ => json_type.fits(value),
    }
}

/// Validates an install.
#[must_use]
pub fn validate_install<'d, 'a>(
    draft: &'d InstallDraft<'d, 'a>,
    wire: &WireOptions,
    lists: &mut ListPool<'a>,
) -> Validated<'d, 'a> {
    let mut violations = Violations::default();
    let (app_guid, kochava_device_id) = violations.app_and_device(draft.track);
    let track = violations.track(draft.track, app_guid, kochava_device_id, wire, lists);
    let device = draft.track.device;
    let withholding = device.withholding();
    let ad_services_token = violations.permitted(
        withholding,
        &draft.ad_services_token,
        "data.ad_services_token",
    );
    let ad_services_details = violations.ad_services_details(device, &draft.ad_services_details);
    let referrer = violations.permitted(
        withholding,
        &draft.referrer,
        "data.install_referrer.referrer",
    );
    let referrer_click_time = violations
        .optional(
            &draft.referrer_click_time,
            None,
            "data.install_referrer.referrer_click_time",
        )
        .copied();
    let (Some(track), false) = (track, violations.has_refusals()) else {
        return violations.refuse();
    };
    violations.accept(Payload::Install(InstallPayload {
        track,
        referrer,
        referrer_click_time,
        ad_services_token,
        ad_services_details,
    }))
}

impl Violations {
    /// Returns Apple's object; adds a violation for each member of it that is left out because of
    /// its type, and for an object of which nothing is sent.
    fn ad_services_details<'a>(
        &mut self,
        device: &Device<'_>,
        details: &Resolved<'a, Value<'a>>,
    ) -> Option<AdServicesDetails<'a>> {
        const FIELD: &str = "data.adservices_attribution_details";
        let value = *self.optional(details, None, FIELD)?;
        if device.reveals(&value) {
            self.add(Rule::AdvertisingIdWithheld, FIELD, details.path());
            return None;
        }
        for &(key, json_type) in AD_SERVICES {
            let member = value.member(key).filter(|member| !member.is_null());
            if member.is_some_and(|member| !is_sent(json_type, member)) {
                let field = format!("{FIELD}.{key}");
                self.add(Rule::AttributionUnreadable, field, details.path());
            }
        }
        let sent = AdServicesDetails(value);
        if sent.members().next().is_none() {
            self.add(Rule::AttributionUnreadable, FIELD, details.path());
            return None;
        }
        Some(sent)
    }
}
