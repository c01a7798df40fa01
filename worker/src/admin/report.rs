//! The report of a replay: the result of each reject, and the difference from what was sent before.

use super::list::Skipped;
use super::remedy::{Remedy, remedy};
use crate::config::sync::listed;
use crate::reply;
use kochava_edge::{Change, Fate, ReplayOutcome, ReplayedReject, Request, diff};
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The result of a replay.
#[derive(Serialize)]
pub(super) struct Report<'a> {
    dry: bool,
    found: usize,
    results: BTreeMap<&'static str, usize>,
    more: bool,
    /// The syncs with faults, whose rejects were not looked at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    misconfigured: Vec<&'a str>,
    rejects: Vec<ReportedReject<'a>>,
}

/// The result of one reject.
#[derive(Serialize)]
struct ReportedReject<'a> {
    id: String,
    sync: Option<&'a str>,
    result: &'static str,
    was: Was<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requests: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<ReportedChange>>,
    #[serde(flatten)]
    skipped: Option<Skipped>,
    #[serde(skip_serializing_if = "Option::is_none")]
    violations: Option<Box<RawValue>>,
    /// Who can mend a reject that is still refused, and how.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<Remedy>,
}

#[derive(Serialize)]
struct Was<'a> {
    reasons: Option<&'a RawValue>,
}

/// The difference of a field from what was sent before.
#[derive(Serialize)]
struct ReportedChange {
    field: String,
    before: Option<Box<RawValue>>,
    after: Option<Box<RawValue>>,
}

impl<'a> Report<'a> {
    /// Reports what a replay came to for each sync, by its name.
    pub(super) fn of(
        outcomes: &'a [(&str, ReplayOutcome)],
        misconfigured: Vec<&'a str>,
        dry: bool,
    ) -> Self {
        let mut results = BTreeMap::new();
        let mut rejects = Vec::new();
        for (name, outcome) in outcomes {
            for replayed in &outcome.rejects {
                *results.entry(replayed.result.name()).or_default() += 1;
                rejects.push(ReportedReject::of(listed(name), replayed));
            }
        }
        Report {
            dry,
            found: rejects.len(),
            results,
            more: outcomes.iter().any(|(_, outcome)| outcome.has_more),
            misconfigured,
            rejects,
        }
    }
}

impl<'a> ReportedReject<'a> {
    fn of(sync: Option<&'a str>, replayed: &'a ReplayedReject) -> Self {
        let (reject, fate) = (&replayed.reject, replayed.fate.as_ref());
        let calls = fate.and_then(|fate| open_calls(fate, reject.progress.done));
        let changes = calls.map(|calls| {
            let before = &reject.sent;
            let changes = calls
                .iter()
                .enumerate()
                .flat_map(|(at, call)| diff(before.get(at).map_or("", String::as_str), &call.body));
            changes.map(ReportedChange::of).collect()
        });
        ReportedReject {
            id: reject.version.id.to_hex(),
            sync,
            result: replayed.result.name(),
            was: Was {
                reasons: serde_json::from_str(&reject.reasons).ok(),
            },
            requests: calls.and_then(reply::requests),
            changes,
            skipped: fate.and_then(Skipped::of),
            violations: fate.and_then(reply::violations),
            fix: fate.and_then(first_code).and_then(remedy),
        }
    }
}

/// Returns the calls of a ready event that Kochava has not accepted.
fn open_calls(fate: &Fate, done: u32) -> Option<&[Request]> {
    let Fate::Ready(parcel) = fate else {
        return None;
    };
    let done = usize::try_from(done).unwrap_or(usize::MAX);
    Some(&parcel.requests[done.min(parcel.requests.len())..])
}

/// Returns the code of the first rule that a refused event breaks.
fn first_code(fate: &Fate) -> Option<&'static str> {
    let Fate::Refused(violations) = fate else {
        return None;
    };
    violations.first().map(|violation| violation.rule.code())
}

impl ReportedChange {
    fn of(change: Change) -> Self {
        let raw = |json: Option<String>| json.and_then(|json| RawValue::from_string(json).ok());
        ReportedChange {
            field: change.field,
            before: raw(change.before),
            after: raw(change.after),
        }
    }
}
