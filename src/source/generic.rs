//! A sender that nobody knows: its events are JSON objects, and the settings say where everything
//! lies (`mapping`, `mapping.event_name`).
//!
//! In: the members of an element. Out: an event without a name of its own, whose properties are the
//! members of the element itself.

use super::{Event, Kind, RevenueSchema, Source, SourceSchema};
use crate::json::Slot;

/// Nothing is documented.
pub(super) static SCHEMA: SourceSchema = SourceSchema {
    source: Source::Generic,
    name: "generic",
    title: "Any JSON",
    documented: &[],
    needs_mapping: true,
    revenue: RevenueSchema::NONE,
    ad_tracking: "",
    limiting_zeros: "",
    manufacturers: "",
    ids_by_system: false,
    platforms: &[],
    derived_revenue: &[],
    installs: &[],
    keys: &[],
    holds: &[],
    objects: &[],
    element_mark: Slot::nth(0),
    properties: "",
    user_properties: "",
    operators: &[],
    ids: &[],
    devices: &[],
    connection: None,
    shares: None,
    merges: None,
    carries: None,
    read: |event: &mut Event<'_>| event.kind = Kind::Event,
    confirms: |_| false,
    // only the settings can say that an object is one
    detects: |_| false,
};
