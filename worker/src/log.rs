//! The log line of a request: one line of JSON, with counts and codes.
//!
//! It contains no body, identifier, address or token, and no path, since any client can choose one.

use crate::reply::{Counts, Reply};
use serde::Serialize;
use std::collections::BTreeMap;

/// The fields of a log line besides route and status.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct LogFields {
    #[serde(flatten)]
    pub(crate) counts: Option<Counts>,
    /// The counts of each sync, where syncs have names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) syncs: Option<BTreeMap<String, Counts>>,
    /// The number of events in a preview.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) received: Option<usize>,
    /// The number of events by code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) codes: Option<BTreeMap<&'static str, usize>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<&'static str>,
    /// The number of faults in the configuration.
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

/// Writes the log line of a request.
pub(crate) fn line(route: &'static str, reply: &Reply) {
    let line = RequestLine {
        route,
        status: reply.status,
        fields: &reply.log,
    };
    write(&line);
}

/// Writes a log line as JSON.
pub(crate) fn write(line: &impl Serialize) {
    let text = serde_json::to_string(line).expect("our lines have texts as keys");
    worker::console_log!("{text}");
}
