//! Plays `scripts.json` against the parcel machine and the breaker's stop rule: with one attempt at
//! each call, as the consumer makes in a wave, and with the attempts of the setting `delivery`.

use kochava_edge::{
    Answer, Breaker, BreakerReport, Confirmation, Digest, FailureReason, Moment, Outcome,
    ParcelDelivery, ParcelStep, RetryPolicy, TripReason,
};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const TABLE: &str = include_str!("scripts.json");

#[derive(Deserialize)]
struct Table {
    sources: BTreeMap<String, String>,
    scripts: Vec<Script>,
    bodies: Vec<(String, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Script {
    name: String,
    source: String,
    #[serde(default = "once")]
    rounds: usize,
    parcels: Vec<Row>,
    posts: Option<usize>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    calls: String,
    #[serde(default = "once")]
    times: usize,
    #[serde(default)]
    app: String,
    outcome: Option<String>,
    retrying: Option<String>,
    once: Option<String>,
}

fn once() -> usize {
    1
}

/// One call of a parcel: its kind and the answers to its attempts.
struct Call {
    kind: String,
    answers: Vec<String>,
}

/// What became of a call.
#[derive(Clone)]
struct CallResult {
    outcome: &'static str,
    attempts: usize,
    retry_after_s: Option<u64>,
}

#[test]
fn every_script_has_its_outcomes_with_one_attempt() {
    let policy = RetryPolicy {
        attempts_max: 1,
        ..RetryPolicy::default()
    };
    for script in table().scripts {
        play(&script, policy, |row| row.once.as_ref());
    }
}

#[test]
fn every_script_has_its_outcomes_with_retries() {
    for script in table().scripts {
        play(&script, RetryPolicy::default(), |row| row.retrying.as_ref());
    }
}

#[test]
fn every_body_of_a_200_is_read_as_the_table_says() {
    for (body, expected) in table().bodies {
        let answer = Answer::of(&answered(200, None, Some(body.as_bytes())));
        assert_eq!(word(answer), expected, "{body}");
    }
}

#[test]
fn every_script_is_complete_and_has_a_source() {
    let table = table();
    let mut names = BTreeSet::new();
    for script in &table.scripts {
        assert!(names.insert(&script.name), "{} twice", script.name);
        assert!(
            table.sources.contains_key(&script.source),
            "{}",
            script.name
        );
        for row in &script.parcels {
            let (both, each) = (row.outcome.is_some(), row.once.is_some());
            assert!(
                both != each && each == row.retrying.is_some(),
                "{}",
                script.name
            );
        }
    }
    let used: BTreeSet<&String> = table.scripts.iter().map(|script| &script.source).collect();
    assert_eq!(used, table.sources.keys().collect());
    assert!(names.len() >= 26 && table.bodies.len() >= 50);
}

fn table() -> Table {
    serde_json::from_str(TABLE).expect("scripts.json is a table")
}

fn play<'s>(
    script: &'s Script,
    policy: RetryPolicy,
    expected: impl Fn(&'s Row) -> Option<&'s String>,
) {
    let rows = std::iter::repeat_n(&script.parcels, script.rounds).flatten();
    let parcels: Vec<&Row> = rows
        .flat_map(|row| std::iter::repeat_n(row, row.times))
        .collect();
    let mut reports: BTreeMap<(String, &str), BreakerReport> = BTreeMap::new();
    let mut posts = 0;
    for (number, row) in (0..).zip(parcels) {
        let calls = calls_of(&row.calls);
        let results = deliver(&calls, &row.app, policy, number, &mut reports);
        posts += results.iter().map(|result| result.attempts).sum::<usize>();
        let expected = row.outcome.as_ref().or(expected(row)).expect("an outcome");
        let expected: Vec<&str> = expected.split(", ").collect();
        assert_eq!(
            expected.len(),
            calls.len(),
            "{}: {}",
            script.name,
            row.calls
        );
        for (result, expected) in results.iter().zip(expected) {
            let told = told(result);
            assert!(
                expected
                    .split(" | ")
                    .any(|expected| matches(&told, expected)),
                "{}: parcel {number}, {}: {told} and not {expected}",
                script.name,
                row.calls
            );
        }
    }
    if let Some(expected) = script.posts {
        assert_eq!(posts, expected, "{}: posts", script.name);
    }
}

/// Delivers one parcel after those before it in the run.
fn deliver<'r>(
    calls: &[Call],
    app: &'r str,
    policy: RetryPolicy,
    number: u64,
    reports: &mut BTreeMap<(String, &'r str), BreakerReport>,
) -> Vec<CallResult> {
    let held = CallResult {
        outcome: "held",
        attempts: 0,
        retry_after_s: None,
    };
    let mut results = vec![held; calls.len()];
    let (mut elapsed, mut hash) = (Duration::ZERO, 0);
    let mut step = ParcelDelivery::start(policy, calls.len(), 0, elapsed);
    loop {
        step = match step {
            ParcelStep::Post {
                call,
                timeout,
                posted,
            } => {
                let (result, posting) = (&mut results[call], &calls[call]);
                let report = reports.entry((posting.kind.clone(), app)).or_default();
                if let Some(reason) = Breaker::default().stop_reason(report) {
                    if result.attempts == 0 {
                        result.outcome = stopped(reason);
                    }
                    return results;
                }
                let at = result.attempts.min(posting.answers.len() - 1);
                result.attempts += 1;
                let (outcome, duration) = outcome_of(&posting.answers[at], timeout);
                elapsed += duration;
                hash = Digest::of(&[&posting.answers[at]]).fingerprint();
                let answer = Answer::of(&outcome);
                result.outcome = word(answer);
                if let Answer::Accepted(confirmation) = answer {
                    report.accept(confirmation);
                }
                posted.answered(&outcome, 0.5, elapsed)
            }
            ParcelStep::Wait(wait, waiting) => {
                elapsed += wait;
                waiting.resume(elapsed)
            }
            ParcelStep::End(end) => {
                let accepted = results
                    .iter()
                    .filter(|result| ["delivered", "unconfirmed"].contains(&result.outcome))
                    .count();
                assert_eq!(end.accepted, accepted);
                if let Some(reason) = end.failure {
                    let (result, failed) = (&mut results[accepted], &calls[accepted]);
                    result.outcome = word(Answer::Failed(reason));
                    if let FailureReason::Limited { hint, .. } = reason {
                        result.retry_after_s = hint.map(|hint| hint.as_secs());
                    }
                    let report = reports.entry((failed.kind.clone(), app)).or_default();
                    report.fail(number, false, reason, hash);
                }
                return results;
            }
        }
    }
}

/// Reads `event: 503, yes; identity: yes`.
fn calls_of(text: &str) -> Vec<Call> {
    let calls = text.split("; ").map(|call| {
        let (kind, answers) = call.split_once(": ").expect("a kind and its answers");
        assert!(["event", "identity"].contains(&kind), "{text}");
        Call {
            kind: kind.to_owned(),
            answers: answers.split(", ").map(str::to_owned).collect(),
        }
    });
    calls.collect()
}

/// Returns the outcome of an attempt, and how long it takes.
fn outcome_of(answer: &str, timeout: Duration) -> (Outcome<'_>, Duration) {
    let body = |body: &'static str| answered(200, None, Some(body.as_bytes()));
    let outcome = match answer {
        "yes" => body(r#"{"success":"1"}"#),
        "no" => body(r#"{"success":"0"}"#),
        "unreadable" => body("<html>"),
        "empty" => answered(204, None, None),
        "unreachable" => Outcome::Unreachable,
        "timeout" => return (Outcome::TimedOut, timeout),
        status => {
            let (status, after) = match status.split_once('+') {
                Some((status, after)) => (status, Some(after)),
                None => (status, None),
            };
            answered(status.parse().expect("a status"), after, None)
        }
    };
    (outcome, Duration::from_millis(10))
}

fn answered<'a>(status: u16, retry_after: Option<&'a str>, body: Option<&'a [u8]>) -> Outcome<'a> {
    Outcome::Answered {
        status,
        retry_after,
        body,
        at: Moment::from_millis(784_111_777_000),
    }
}

fn word(answer: Answer) -> &'static str {
    match answer {
        Answer::Accepted(Confirmation::Confirmed) => "delivered",
        Answer::Accepted(Confirmation::Unconfirmed) => "unconfirmed",
        Answer::Failed(FailureReason::Rejected { .. }) => "rejected",
        Answer::Failed(FailureReason::Refused { .. }) => "paused",
        Answer::Failed(FailureReason::Limited { .. } | FailureReason::Unavailable) => "unavailable",
    }
}

fn stopped(reason: TripReason) -> &'static str {
    if reason.is_pause() {
        "paused"
    } else {
        "unavailable"
    }
}

fn told(result: &CallResult) -> String {
    let after = result.retry_after_s.map(|seconds| format!(" +{seconds}"));
    let after = after.unwrap_or_default();
    format!("{} {}{after}", result.outcome, result.attempts)
}

/// Without a number of attempts the outcome alone is compared.
fn matches(told: &str, expected: &str) -> bool {
    told == expected || (!expected.contains(' ') && told.split(' ').next() == Some(expected))
}
