//! The log line of a request: one line of JSON, with counts and codes.
//!
//! No body, identifier, address or token, and no path, which a stranger chooses.

use crate::reply::{Counts, Reply};
use serde::Serialize;
use std::collections::BTreeMap;

/// What a line says beside route and status.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct LogFields {
    #[serde(flatten)]
    pub(crate) counts: Option<Counts>,
    /// Of a preview.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) received: Option<usize>,
    /// How often each code was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) codes: Option<BTreeMap<&'static str, usize>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<&'static str>,
    /// Of the settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) faults: Option<usize>,
}

#[derive(Serialize)]
struct RequestLine<'l> {
    route: &'static str,
    status: u16,
    #[serde(flatten)]
    fields: &'l LogFields,
}

/// Writes the line of a request to a route of this name.
pub(crate) fn line(route: &'static str, reply: &Reply) {
    let line = RequestLine {
        route,
        status: reply.status,
        fields: &reply.log,
    };
    write(&line);
}

/// Writes any line.
pub(crate) fn write(line: &impl Serialize) {
    let text = serde_json::to_string(line).expect("our lines have texts as keys");
    worker::console_log!("{text}");
}
