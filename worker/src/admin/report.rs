//! The report of a replay: the result of each reject, and the difference from what was sent before.

use super::list::Skipped;
use super::remedy::{Remedy, remedy};
use super::replay::Replayed;
use crate::reply;
use kochava_edge::{Change, Fate, diff};
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The result of a replay.
#[derive(Serialize)]
pub(super) struct Report<'a> {
    dry: bool,
    found: usize,
    results: BTreeMap<&'static str, u64>,
    more: bool,
    rejects: Vec<ReportedReject<'a>>,
}

/// The result of one reject.
#[derive(Serialize)]
struct ReportedReject<'a> {
    id: &'a str,
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
    reasons: &'a RawValue,
}

/// The difference of a field from what was sent before.
#[derive(Serialize)]
struct ReportedChange {
    field: String,
    before: Option<Box<RawValue>>,
    after: Option<Box<RawValue>>,
}

impl<'a> Report<'a> {
    pub(super) fn of(all: &'a [Replayed], dry: bool, more: bool) -> Self {
        let mut results = BTreeMap::new();
        for replayed in all {
            *results.entry(replayed.result).or_default() += 1;
        }
        Report {
            dry,
            found: all.len(),
            results,
            more,
            rejects: all.iter().map(ReportedReject::of).collect(),
        }
    }
}

impl<'a> ReportedReject<'a> {
    fn of(replayed: &'a Replayed) -> Self {
        let fate = replayed.planned.as_ref();
        let calls = replayed.calls();
        let changes = calls.map(|calls| {
            let before = &replayed.row.sent;
            let changes = calls
                .iter()
                .enumerate()
                .flat_map(|(at, call)| diff(before.get(at).map_or("", String::as_str), &call.body));
            changes.map(ReportedChange::of).collect()
        });
        ReportedReject {
            id: &replayed.row.id,
            result: replayed.result,
            was: Was {
                reasons: &replayed.row.reasons,
            },
            requests: calls.and_then(reply::requests),
            changes,
            skipped: fate.and_then(Skipped::of),
            violations: fate.and_then(reply::violations),
            fix: fate.and_then(first_code).and_then(remedy),
        }
    }
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
