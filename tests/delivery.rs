//! A delivery makes the documented attempts and waits, and always ends.
//!
//! There is no clock and no network: a script gives the outcome and the duration of each attempt,
//! and a loop over the steps runs in virtual time.

mod support;

use kochava_edge::limits::RETRY_AFTER_MAX;
use kochava_edge::{
    Answer, Confirmation, Delivery, FailureReason, Moment, Outcome, RetryPolicy, Step,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::fmt::Write as _;
use std::time::Duration;
use support::generate::config;

const OK: Outcome<'_> = answer(200, Some(br#"{"success":"1"}"#), None);

#[test]
fn an_accepted_request_is_sent_once() {
    assert_run(&[(80, OK)], "send 2000, confirmed at 80");
}

#[test]
fn an_unreadable_answer_of_2xx_is_an_unconfirmed_yes() {
    assert_run(
        &[(80, answer(204, None, None))],
        "send 2000, unconfirmed at 80",
    );
}

#[test]
fn a_temporary_failure_is_repeated_after_growing_waits() {
    let script = [
        (10, answer(503, None, None)),
        (10, Outcome::Unreachable),
        (10, OK),
    ];
    assert_run(
        &script,
        "send 2000, wait 50, send 2000, wait 100, send 2000, confirmed at 180",
    );
}

#[test]
fn a_delivery_ends_when_its_attempts_are_used_up() {
    let script = [
        (10, answer(500, None, None)),
        (10, answer(502, None, None)),
        (10, answer(429, None, None)),
        (10, OK),
    ];
    assert_run(
        &script,
        "send 2000, wait 50, send 2000, wait 100, send 2000, kochava-unavailable at 180",
    );
}

#[test]
fn the_last_attempt_has_only_the_time_that_is_left() {
    assert_run(
        &[(2_000, Outcome::TimedOut), (950, Outcome::TimedOut)],
        "send 2000, wait 50, send 950, kochava-unavailable at 3000",
    );
}

#[test]
fn a_wait_beyond_the_budget_is_not_begun() {
    assert_run(
        &[(2_000, Outcome::TimedOut), (930, Outcome::Unreachable)],
        "send 2000, wait 50, send 950, kochava-unavailable at 2980",
    );
}

#[test]
fn a_rejection_and_a_wrong_configuration_end_a_delivery() {
    assert_run(
        &[(5, answer(400, None, None)), (5, OK)],
        "send 2000, kochava-rejected 400 at 5",
    );
    assert_run(
        &[(5, answer(200, Some(br#"{"success":"0"}"#), None)), (5, OK)],
        "send 2000, kochava-rejected 200 at 5",
    );
    assert_run(
        &[(5, answer(401, None, None)), (5, OK)],
        "send 2000, kochava-paused 401 at 5",
    );
    assert_run(
        &[(5, answer(302, None, None)), (5, OK)],
        "send 2000, kochava-paused 302 at 5",
    );
}

#[test]
fn a_wait_lasts_as_long_as_retry_after_says() {
    assert_run(
        &[(10, answer(429, None, Some("1"))), (10, OK)],
        "send 2000, wait 1000, send 1990, confirmed at 1020",
    );
    // one second after the time of every answer here, 1994-11-06T08:49:37Z
    assert_run(
        &[
            (10, answer(503, None, Some("Sun, 06 Nov 1994 08:49:38 GMT"))),
            (10, OK),
        ],
        "send 2000, wait 1000, send 1990, confirmed at 1020",
    );
    assert_run(
        &[(10, answer(503, None, Some("0"))), (10, OK)],
        "send 2000, wait 50, send 2000, confirmed at 70",
    );
}

#[test]
fn a_retry_after_beyond_the_budget_ends_a_delivery_and_is_returned() {
    assert_run(
        &[(10, answer(429, None, Some("120"))), (10, OK)],
        "send 2000, kochava-unavailable, try again in 120000 at 10",
    );
}

#[test]
fn nothing_is_sent_without_time_or_attempts() {
    let exhausted = Step::GiveUp(FailureReason::Exhausted { hint: None });
    assert_eq!(
        Delivery::start(RetryPolicy::default(), Duration::from_secs(3)),
        exhausted
    );
    assert_eq!(
        Delivery::start(
            RetryPolicy {
                attempts_max: 0,
                ..RetryPolicy::default()
            },
            Duration::ZERO
        ),
        exhausted
    );
}

#[test]
fn a_batch_that_began_earlier_leaves_less_time() {
    let step = Delivery::start(RetryPolicy::default(), Duration::from_millis(2_900));
    assert!(
        matches!(step, Step::Send { timeout, .. } if timeout == Duration::from_millis(100)),
        "{step:?}"
    );
}

#[test]
fn every_answer_is_classified() {
    for status in 100..=599 {
        for (body, success) in BODIES {
            for (header, hint) in HEADERS {
                let expected = class(status, success, hint);
                assert_eq!(
                    Answer::of(&answer(status, body, header)),
                    expected,
                    "{status} {body:?} {header:?}"
                );
            }
        }
    }
}

#[test]
fn a_missing_answer_is_retried_later() {
    for outcome in [Outcome::Unreachable, Outcome::TimedOut] {
        assert_eq!(Answer::of(&outcome), Answer::Later { hint: None });
    }
}

/// The class of an answer: 2xx depends on `success`; after 408, 425, 429 and 5xx a later attempt may
/// succeed; 401, 403, 404 and redirects, of which Kochava documents none, mean a wrong configuration;
/// other statuses mean a rejection.
fn class(status: u16, success: Option<bool>, hint: Option<Duration>) -> Answer {
    match (status / 100, success) {
        (2, Some(true)) => Answer::Accepted(Confirmation::Confirmed),
        (2, Some(false)) => Answer::Rejected { status },
        (2, None) => Answer::Accepted(Confirmation::Unconfirmed),
        (5, _) => Answer::Later { hint },
        _ if [408, 425, 429].contains(&status) => Answer::Later { hint },
        (3, _) => Answer::Paused { status },
        _ if [401, 403, 404].contains(&status) => Answer::Paused { status },
        _ => Answer::Rejected { status },
    }
}

type Body = Option<&'static [u8]>;

/// Bodies and their `success`: Kochava's own SDK accepts `"1"`, `1`, `"true"` and `true` as yes.
const BODIES: [(Body, Option<bool>); 22] = [
    (Some(br#"{"success":"1"}"#), Some(true)),
    (Some(br#"{"success":1}"#), Some(true)),
    (Some(br#"{"success":"true"}"#), Some(true)),
    (Some(b" { \"success\" : true , \"x\" : [1] }\n"), Some(true)),
    (Some(b"\xef\xbb\xbf{\"success\":\"1\"}"), Some(true)),
    (Some(br#"{"s\u0075ccess":"1"}"#), Some(true)),
    (Some(br#"{"success":"0","error":"bad token"}"#), Some(false)),
    (Some(br#"{"success":0}"#), Some(false)),
    (Some(br#"{"success":0.0}"#), Some(false)),
    (Some(br#"{"success":false}"#), Some(false)),
    (Some(br#"{"success":"FALSE"}"#), Some(false)),
    (Some(br#"{"success":""}"#), Some(false)),
    (Some(br#"{"success":null}"#), None),
    (Some(br#"{"success":{}}"#), None),
    (Some(br#"{"success":"perhaps"}"#), None),
    (Some(br#"{"data":{"success":"0"}}"#), None),
    (Some(br#"{"success":"0""#), None),
    (Some(b"<html>ok</html>"), None),
    (Some(b"[]"), None),
    (Some(b""), None),
    (Some(b"\xff"), None),
    (None, None),
];

/// `Retry-After` headers and their waits.
const HEADERS: [(Option<&str>, Option<Duration>); 5] = [
    (None, None),
    (Some("120"), Some(Duration::from_mins(2))),
    (
        Some("Sun, 06 Nov 1994 08:50:37 GMT"),
        Some(Duration::from_mins(1)),
    ),
    (Some("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO)),
    (Some("soon"), None),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..config() })]

    #[test]
    fn every_delivery_ends_within_its_attempts_and_its_time(policy in policy(), script in vec((0_u64..=1_000, outcome()), 1..14), jitters in vec(jitter(), 14)) {
        let run = run(policy, &script, &jitters);
        prop_assert!(run.attempts <= policy.attempts_max, "{}", run.log);
        prop_assert!(run.elapsed <= policy.budget, "{:?} of {:?}: {}", run.elapsed, policy.budget, run.log);
    }

    #[test]
    fn no_wait_is_longer_than_the_bound_or_the_hint(policy in policy(), jitter in jitter(), hint in 0_u64..10_000, attempts in 1_usize..10) {
        let policy = RetryPolicy { attempts_max: u32::MAX, budget: Duration::MAX, ..policy };
        let header = hint.to_string();
        let mut step = Delivery::start(policy, Duration::ZERO);
        for _ in 0..attempts {
            let Step::Send { delivery, .. } = step else { panic!("{step:?}") };
            let Step::Wait(wait, waiting) = delivery.after(&answer(503, None, Some(&header)), jitter, Duration::ZERO) else { panic!("a 503 is repeated") };
            let hint = Duration::from_secs(hint).min(RETRY_AFTER_MAX);
            prop_assert!(wait >= hint && wait <= hint.max(policy.delay_max), "{:?} for the hint {:?}", wait, hint);
            step = waiting.resume(Duration::ZERO);
        }
    }

    #[test]
    fn a_retry_after_beyond_the_budget_is_returned(policy in policy(), jitter in jitter(), seconds in 31_u64..1_000_000) {
        let Step::Send { delivery, .. } = Delivery::start(policy, Duration::ZERO) else { panic!("there is time for an attempt") };
        let step = delivery.after(&answer(429, None, Some(&seconds.to_string())), jitter, Duration::ZERO);
        prop_assert_eq!(step, Step::GiveUp(FailureReason::Exhausted { hint: Some(Duration::from_secs(seconds)) }));
    }
}

/// Any policy that settings allow, with delays of any length.
fn policy() -> impl Strategy<Value = RetryPolicy> {
    let millis = |range: std::ops::Range<u64>| range.prop_map(Duration::from_millis);
    (
        1_u32..11,
        millis(100..30_001),
        millis(100..30_001),
        millis(0..5_000),
        millis(0..5_000),
    )
        .prop_map(
            |(attempts_max, budget, timeout, delay_first, delay_max)| RetryPolicy {
                attempts_max,
                budget,
                timeout,
                delay_first,
                delay_max,
            },
        )
}

fn outcome() -> impl Strategy<Value = Outcome<'static>> {
    let headers = HEADERS.map(|(header, _)| header);
    let answered = (
        100_u16..600,
        select(headers.to_vec()),
        select(BODIES.map(|(body, _)| body).to_vec()),
    );
    prop_oneof![
        4 => (select(vec![408, 429, 500, 503]), select(vec![None, Some("0"), Some("1"), Some("29")])).prop_map(|(status, header)| answer(status, None, header)),
        1 => answered.prop_map(|(status, header, body)| answer(status, body, header)),
        1 => Just(Outcome::Unreachable),
        2 => Just(Outcome::TimedOut),
    ]
}

fn jitter() -> impl Strategy<Value = f64> {
    prop_oneof![8 => 0.0..=1.0, 1 => select(vec![f64::NAN, f64::INFINITY, -1.0, 1e308, 0.0, 1.0])]
}

/// An answer at 1994-11-06T08:49:37Z.
const fn answer<'a>(
    status: u16,
    body: Option<&'a [u8]>,
    retry_after: Option<&'a str>,
) -> Outcome<'a> {
    Outcome::Answered {
        status,
        retry_after,
        body,
        at: Moment::from_millis(784_111_777_000),
    }
}

#[track_caller]
fn assert_run(script: &[(u64, Outcome<'_>)], expected: &str) {
    assert_eq!(run(RetryPolicy::default(), script, &[0.5; 3]).log, expected);
}

/// The steps of a delivery, and the time of its end.
struct Run {
    log: String,
    attempts: u32,
    elapsed: Duration,
}

/// Runs a delivery in virtual time; an attempt takes as long as the script says, but no longer than
/// its timeout.
fn run(policy: RetryPolicy, script: &[(u64, Outcome<'_>)], jitters: &[f64]) -> Run {
    let (mut elapsed, mut attempts, mut log) = (Duration::ZERO, 0, String::new());
    let mut step = Delivery::start(policy, elapsed);
    let end = loop {
        step = match step {
            Step::Send { timeout, delivery } => {
                write!(log, "send {}, ", timeout.as_millis()).expect("a String accepts all text");
                assert!(!timeout.is_zero() && timeout <= policy.timeout, "{log}");
                let at = attempts as usize;
                let (millis, outcome) = script[at % script.len()];
                let duration = if matches!(outcome, Outcome::TimedOut) {
                    timeout
                } else {
                    Duration::from_millis(millis).min(timeout)
                };
                elapsed += duration;
                attempts += 1;
                delivery.after(&outcome, jitters[at % jitters.len()], elapsed)
            }
            Step::Wait(wait, delivery) => {
                write!(log, "wait {}, ", wait.as_millis()).expect("a String accepts all text");
                elapsed += wait;
                delivery.resume(elapsed)
            }
            Step::Done(Confirmation::Confirmed) => break "confirmed".to_owned(),
            Step::Done(Confirmation::Unconfirmed) => break "unconfirmed".to_owned(),
            Step::GiveUp(
                reason @ (FailureReason::Rejected { status } | FailureReason::Paused { status }),
            ) => {
                break format!("{} {status}", reason.code());
            }
            Step::GiveUp(reason @ FailureReason::Exhausted { hint: None }) => {
                break reason.code().to_owned();
            }
            Step::GiveUp(reason @ FailureReason::Exhausted { hint: Some(hint) }) => {
                break format!("{}, try again in {}", reason.code(), hint.as_millis());
            }
        };
    };
    write!(log, "{end} at {}", elapsed.as_millis()).expect("a String accepts all text");
    Run {
        log,
        attempts,
        elapsed,
    }
}
