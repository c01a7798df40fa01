//! Reads what an install tells of its origin, where the settings map it.
//!
//! In: the paths of an event. Out: the values, or the rule that one of them breaks. No sender
//! documents a place for them.

use super::read::{Reading, label, moment};
use super::{DATA, FieldReader, REFERRER, TrackDraft};
use crate::json::Value;
use crate::kochava::{InstallDraft, Rule};
use crate::source::Attribute;
use crate::time::Moment;
use alloc::borrow::Cow;

/// Completes the draft of an install; `received_at` is when the event arrived, if the shell knows.
pub(super) fn install<'d, 'a>(
    track_draft: &'d TrackDraft<'d, 'a>,
    reader: &mut FieldReader<'_, 'a, '_>,
    received_at: Option<Moment>,
) -> InstallDraft<'d, 'a> {
    InstallDraft {
        track: track_draft,
        ad_services_token: reader.text(
            DATA.of("ad_services_token"),
            Attribute::AdServicesToken,
            text,
        ),
        ad_services_details: reader.attribute(
            DATA.of("adservices_attribution_details"),
            Attribute::AdServicesDetails,
            object,
        ),
        referrer: reader.text(REFERRER.of("referrer"), Attribute::InstallReferrer, text),
        referrer_click_time: reader.attribute(
            REFERRER.of("referrer_click_time"),
            Attribute::ReferrerClickTime,
            |value| click_time(value, received_at),
        ),
    }
}

/// A text, trimmed; nothing if it says that there is none. One that was cut within a character is
/// another referrer or token than the one that was given.
pub(super) fn text<'a>(value: &Value<'a>) -> Reading<Cow<'a, str>> {
    match value {
        Value::String(text) if !text.has_lone_surrogate() => label(value),
        _ => Reading::Unusable(Rule::AttributionUnreadable),
    }
}

pub(super) fn object<'a>(value: &Value<'a>) -> Reading<Value<'a>> {
    match value {
        Value::Object(_) => Reading::Value(*value),
        _ => Reading::Unusable(Rule::AttributionUnreadable),
    }
}

/// The moment of a click; a zero says that there was none (Google, Play Install Referrer).
pub(super) fn click_time(value: &Value<'_>, received_at: Option<Moment>) -> Reading<Moment> {
    match moment(value, received_at) {
        Reading::Unusable(_) if matches!(value, Value::Number("0")) || value.is_text("0") => {
            Reading::Nothing
        }
        Reading::Unusable(_) => Reading::Unusable(Rule::AttributionUnreadable),
        other => other,
    }
}
