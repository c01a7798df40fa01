//! The post-install event (Kochava, Post-Install Event Setup).
//!
//! An [`EventDraft`] goes in; a payload or the broken rules come out.

use super::validate::{Validated, Violations};
use super::{
    DataEntry, Device, ListPool, Payload, Resolved, Rule, TrackDraft, TrackPayload, Violation,
    WireOptions, is_near_standard,
};
use crate::limits::EVENT_DATA_KEYS_USUAL;
use alloc::borrow::Cow;
use alloc::vec::Vec;

/// A post-install event, before validation.
#[derive(Clone, Debug)]
pub struct EventDraft<'d, 'a> {
    /// What it has in common with an install.
    pub track: &'d TrackDraft<'d, 'a>,
    /// The name, after renaming.
    pub name: Resolved<'a, Cow<'a, str>>,
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
    pub(super) track: TrackPayload<'d, 'a>,
    pub(super) name: &'d str,
    pub(super) currency: Option<&'d str>,
    pub(super) revenue: Option<&'d str>,
    pub(super) event_data: &'d [DataEntry<'a>],
}

/// Validates a post-install event.
#[must_use]
pub fn validate_event<'d, 'a>(
    draft: &'d EventDraft<'d, 'a>,
    wire: &WireOptions,
    lists: &mut ListPool<'a>,
) -> Validated<'d, 'a> {
    let mut violations = Violations::default();
    let (app_guid, kochava_device_id) = violations.app_and_device(draft.track);
    let name = violations.event_name(&draft.name, draft.track.device);
    let track = violations.track(draft.track, app_guid, kochava_device_id, wire, lists);
    let (currency, revenue) = violations.revenue(draft);
    if draft.event_data.len() + usize::from(revenue.is_some()) > EVENT_DATA_KEYS_USUAL {
        violations.add(Rule::EventDataManyKeys, "data.event_data", None);
    }
    violations.add_refusals(&draft.notes);
    let (Some(track), Some(name), false) = (track, name, violations.has_refusals()) else {
        return violations.refuse();
    };
    violations.accept(Payload::Event(EventPayload {
        track,
        name,
        currency,
        revenue,
        event_data: &draft.event_data,
    }))
}

impl Violations {
    fn event_name<'d>(
        &mut self,
        name: &'d Resolved<'_, Cow<'_, str>>,
        device: &Device<'_>,
    ) -> Option<&'d str> {
        const FIELD: &str = "data.event_name";
        let sent = self.required(name, Rule::EventNameMissing, FIELD)?;
        if device.reveals_text(sent) {
            self.add(Rule::EventNameWithheld, FIELD, name.path());
            return None;
        }
        if is_near_standard(sent) {
            self.add(Rule::EventNameNearStandard, FIELD, name.path());
        }
        Some(sent)
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
