//! A sender that nobody knows: its events are JSON objects, and the settings say where everything
//! lies (`mapping`, `mapping.event_name`).
//!
//! In: the members of an element. Out: an event without a name of its own, whose properties are the
//! members of the element itself.

use super::{Source, SourceSchema};

/// Nothing is documented.
pub(super) static SCHEMA: SourceSchema = SourceSchema {
    source: Source::Generic,
    name: "generic",
    title: "Any JSON",
    needs_mapping: true,
    ..SourceSchema::PLAIN
};
