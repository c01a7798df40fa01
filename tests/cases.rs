//! Plans every case in `tests/cases` and compares the plan with the expected one, which was written
//! by hand from the vendors' pages.
//!
//! A case is a folder named as a sentence, of a sender other than Amplitude's webhook in
//! `tests/senders/SENDER`: `settings.json`, `event.json` and `expected.json`, which
//! names its source. An expected body has the exact tokens that must be sent; white space between
//! tokens is not compared.

mod support;

use kochava_edge::{
    Condition, Context, Fate, Moment, Planner, Settings, Skip, Source, UnreadableReason,
};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use support::{case_folders, compact, sender_case_folders};

/// The number of cases, so that a folder that is lost is noticed.
const CASES_MIN: usize = 681;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    source: String,
    #[serde(default)]
    context: ExpectedContext,
    unreadable: Option<ExpectedUnreadable>,
    fates: Option<Vec<ExpectedFate>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ExpectedContext {
    /// The sender, or `detected`; by default Amplitude's Webhook.
    source: Option<String>,
    connection_ip: Option<String>,
    user_agent: Option<String>,
    received_at: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedUnreadable {
    code: String,
    offset: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedFate {
    fate: String,
    requests: Option<Vec<ExpectedRequest>>,
    warnings: Option<Vec<ExpectedWarning>>,
    code: Option<String>,
    violations: Option<Vec<ExpectedViolation>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedRequest {
    kind: String,
    url: String,
    headers: BTreeMap<String, String>,
    body: Box<RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedWarning {
    code: String,
    field: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedViolation {
    code: String,
    field: String,
    origin: Option<String>,
}

#[test]
fn every_case_gets_its_expected_plan() {
    let mut misses = String::new();
    let folders = all_folders();
    for folder in &folders {
        let (actual, expected) = (actual(folder), expected(folder));
        if actual != expected {
            writeln!(
                misses,
                "\n=== {}\n--- expected\n{expected}--- actual\n{actual}",
                folder.file_name().unwrap().display()
            )
            .unwrap();
        }
    }
    assert!(misses.is_empty(), "{misses}");
    assert!(
        folders.len() >= CASES_MIN,
        "only {} cases were found",
        folders.len()
    );
}

#[test]
fn every_reason_to_skip_an_event_has_a_case() {
    let fates = all_folders()
        .iter()
        .filter_map(|folder| read_expected(folder).fates)
        .flatten()
        .filter_map(|fate| fate.code)
        .collect();
    assert_covered(Skip::ALL.iter().map(|skip| skip.code()), &fates);
}

#[test]
fn every_reason_of_an_unreadable_body_has_a_case() {
    let codes = all_folders()
        .iter()
        .filter_map(|folder| read_expected(folder).unreadable)
        .map(|unreadable| unreadable.code)
        .collect();
    // a case has no limits: `tests/plan_limits.rs` tests them
    let reasons = UnreadableReason::ALL
        .iter()
        .filter(|reason| **reason != UnreadableReason::TooLarge);
    assert_covered(reasons.map(|reason| reason.code()), &codes);
}

#[test]
fn every_operator_has_a_case() {
    let mut operators = BTreeSet::new();
    for folder in case_folders() {
        let settings = serde_json::from_slice(&file(&folder, "settings.json")).unwrap();
        add_operators(&settings, &mut operators);
    }
    assert_covered(Condition::OPERATORS.into_iter(), &operators);
}

#[test]
fn every_sender_has_its_cases() {
    for source in Source::ALL {
        let folders = sender_case_folders();
        let own = folders
            .iter()
            .filter(|folder| of_prefix(folder) == Some(source.name()));
        let (count, least) = (own.count(), cases_min(*source));
        assert!(
            count >= least,
            "{} has {count} cases of {least}",
            source.name()
        );
    }
}

/// The number of cases of a sender beside those in `tests/cases`, which are Amplitude's webhook's.
fn cases_min(source: Source) -> usize {
    match source {
        Source::Amplitude => 0,
        Source::Generic => 32,
        Source::AmplitudeHttp => 44,
        Source::Rudderstack => 67,
        Source::Segment => 91,
        Source::Revenuecat => 40,
        Source::Mparticle => 52,
        Source::Cloudevents => 27,
    }
}

/// The cases of Amplitude's webhook, and those of each sender.
fn all_folders() -> Vec<PathBuf> {
    let mut folders = case_folders();
    folders.extend(sender_case_folders());
    folders
}

#[track_caller]
fn assert_covered<'w>(wanted: impl Iterator<Item = &'w str>, covered: &BTreeSet<String>) {
    let missing: Vec<_> = wanted.filter(|name| !covered.contains(*name)).collect();
    assert!(missing.is_empty(), "no case has {missing:?}");
}

/// Adds the operator of every condition at any depth.
fn add_operators(settings: &Value, operators: &mut BTreeSet<String>) {
    match settings {
        Value::Object(members) => {
            if let (Some(_), Some(Value::String(operator))) =
                (members.get("property"), members.get("is"))
            {
                operators.insert(operator.clone());
            }
            members
                .values()
                .for_each(|value| add_operators(value, operators));
        }
        Value::Array(elements) => elements
            .iter()
            .for_each(|value| add_operators(value, operators)),
        _ => {}
    }
}

fn file(folder: &Path, name: &str) -> Vec<u8> {
    fs::read(folder.join(name))
        .unwrap_or_else(|error| panic!("{}: {name}: {error}", folder.display()))
}

/// The sender whose name stands before the sentence: `segment/a-screen-is-an-event`.
fn of_prefix(folder: &Path) -> Option<&str> {
    let sender = folder.parent()?.file_name()?.to_str()?;
    Source::from_name(sender).map(Source::name)
}

fn read_expected(folder: &Path) -> Expected {
    serde_json::from_slice(&file(folder, "expected.json"))
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
}

/// The plan of a case as text.
fn actual(folder: &Path) -> String {
    let settings = String::from_utf8(file(folder, "settings.json")).expect("settings are text");
    let settings = Settings::read(&settings)
        .unwrap_or_else(|faults| panic!("{}: {faults:?}", folder.display()));
    let given = read_expected(folder).context;
    let mut context = Context {
        received_at: given.received_at.map(Moment::from_millis),
        connection_ip: given.connection_ip.as_deref(),
        user_agent: given.user_agent.as_deref(),
        ..Context::default()
    };
    if let Some(source) = given.source.as_deref().or(of_prefix(folder)) {
        context.source = Source::from_name(source);
        assert!(
            context.source.is_some() || source == "detected",
            "{}: no sender `{source}`",
            folder.display()
        );
    }
    match Planner::new(settings).plan(&file(folder, "event.json"), &context) {
        Ok(plan) => plan.fates.iter().map(actual_fate).collect(),
        Err(unreadable) => unreadable_line(unreadable.code(), unreadable.offset),
    }
}

fn actual_fate(fate: &Fate) -> String {
    match fate {
        Fate::Ready(parcel) => {
            let requests = parcel.requests.iter().map(|request| {
                let headers = request
                    .headers
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), value.clone()))
                    .collect();
                request_lines(request.kind.as_str(), &request.url, &headers, &request.body)
            });
            let warnings = parcel
                .warnings
                .iter()
                .map(|warning| warning_line(warning.rule.code(), &warning.field));
            ready_lines(requests, warnings)
        }
        Fate::Skipped(skip) => skipped_line(skip.code()),
        Fate::Refused(violations) => refused_lines(violations.iter().map(|violation| {
            let origin = violation.origin.as_deref();
            violation_line(violation.rule.code(), &violation.field, origin)
        })),
    }
}

/// The expected plan of a case as the same text.
fn expected(folder: &Path) -> String {
    let expected = read_expected(folder);
    assert!(
        expected.source.len() >= "RFC 8259".len(),
        "{}: the case must name its source",
        folder.display()
    );
    if let Some(unreadable) = expected.unreadable {
        return unreadable_line(&unreadable.code, unreadable.offset);
    }
    expected
        .fates
        .unwrap_or_else(|| panic!("{}: neither `fates` nor `unreadable`", folder.display()))
        .iter()
        .map(|fate| expected_fate(folder, fate))
        .collect()
}

fn expected_fate(folder: &Path, fate: &ExpectedFate) -> String {
    match (fate.fate.as_str(), fate) {
        (
            "ready",
            ExpectedFate {
                requests: Some(requests),
                warnings: Some(warnings),
                ..
            },
        ) => ready_lines(
            requests.iter().map(|request| {
                let body = compact(request.body.get());
                request_lines(&request.kind, &request.url, &request.headers, &body)
            }),
            warnings
                .iter()
                .map(|warning| warning_line(&warning.code, &warning.field)),
        ),
        (
            "skipped",
            ExpectedFate {
                code: Some(code), ..
            },
        ) => skipped_line(code),
        (
            "refused",
            ExpectedFate {
                violations: Some(violations),
                ..
            },
        ) => refused_lines(violations.iter().map(|violation| {
            let origin = violation.origin.as_deref();
            violation_line(&violation.code, &violation.field, origin)
        })),
        (other, _) => panic!("{}: `{other}` is no complete fate", folder.display()),
    }
}

fn unreadable_line(code: &str, offset: usize) -> String {
    format!("unreadable {code} at {offset}\n")
}

/// Warnings have no order.
fn ready_lines(
    requests: impl Iterator<Item = String>,
    warnings: impl Iterator<Item = String>,
) -> String {
    let mut warnings: Vec<_> = warnings.collect();
    warnings.sort();
    format!(
        "ready\n{}{}",
        requests.collect::<String>(),
        warnings.concat()
    )
}

fn request_lines(kind: &str, url: &str, headers: &BTreeMap<String, String>, body: &str) -> String {
    format!("  {kind} {url}\n  {headers:?}\n  {body}\n")
}

fn warning_line(code: &str, field: &str) -> String {
    format!("  warning {code} {field}\n")
}

fn skipped_line(code: &str) -> String {
    format!("skipped {code}\n")
}

fn refused_lines(violations: impl Iterator<Item = String>) -> String {
    format!("refused\n{}", violations.collect::<String>())
}

fn violation_line(code: &str, field: &str, origin: Option<&str>) -> String {
    format!("  {code} {field} {origin:?}\n")
}
