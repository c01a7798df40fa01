//! The waits and timeouts of a parcel are the documented ones, and every parcel ends.

use super::answers::{BODIES, HEADERS};
use crate::support::generate::config;
use kochava_edge::limits::RETRY_AFTER_MAX;
use kochava_edge::{
    Answer, Confirmation, FailureReason, Moment, Outcome, ParcelDelivery, ParcelEnd, ParcelStep,
    RetryPolicy,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::fmt::Write as _;
use std::time::Duration;

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
        "send 2000, wait 50, send 2000, wait 100, send 2000, kochava-limits at 180",
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
        "send 2000, kochava-limits, try again in 120000 at 10",
    );
}

#[test]
fn nothing_is_sent_without_time_or_attempts() {
    let nothing = ParcelStep::End(ParcelEnd {
        accepted: 1,
        confirmation: Confirmation::Confirmed,
        failure: Some(FailureReason::Unavailable),
    });
    assert_eq!(
        ParcelDelivery::start(RetryPolicy::default(), 3, 1, Duration::from_secs(3)),
        nothing
    );
    let no_attempts = RetryPolicy {
        attempts_max: 0,
        ..RetryPolicy::default()
    };
    assert_eq!(
        ParcelDelivery::start(no_attempts, 3, 1, Duration::ZERO),
        nothing
    );
}

#[test]
fn a_parcel_of_which_every_call_was_accepted_before_has_ended() {
    for (calls, done) in [(0, 0), (2, 2), (2, 3)] {
        let end = ParcelEnd {
            accepted: calls,
            confirmation: Confirmation::Confirmed,
            failure: None,
        };
        assert_eq!(
            ParcelDelivery::start(RetryPolicy::default(), calls, done, Duration::ZERO),
            ParcelStep::End(end)
        );
    }
}

#[test]
fn a_parcel_goes_on_with_the_call_after_those_that_were_accepted() {
    let step = ParcelDelivery::start(RetryPolicy::default(), 3, 1, Duration::ZERO);
    let ParcelStep::Post {
        call: 1, posted, ..
    } = step
    else {
        panic!("{step:?}");
    };
    let step = posted.answered(&answer(204, None, None), 0.5, Duration::from_millis(10));
    let ParcelStep::Post {
        call: 2, posted, ..
    } = step
    else {
        panic!("{step:?}");
    };
    let end = ParcelEnd {
        accepted: 3,
        confirmation: Confirmation::Unconfirmed,
        failure: None,
    };
    assert_eq!(
        posted.answered(&OK, 0.5, Duration::from_millis(20)),
        ParcelStep::End(end)
    );
}

#[test]
fn the_calls_of_a_parcel_share_one_budget() {
    let step = ParcelDelivery::start(RetryPolicy::default(), 2, 0, Duration::ZERO);
    let ParcelStep::Post { posted, .. } = step else {
        panic!("{step:?}");
    };
    let ParcelStep::Post {
        call: 1, timeout, ..
    } = posted.answered(&OK, 0.5, Duration::from_millis(2_900))
    else {
        panic!("the identity follows");
    };
    assert_eq!(timeout, Duration::from_millis(100));
}

#[test]
fn a_wait_that_lasts_beyond_the_budget_ends_with_the_last_answer() {
    let step = ParcelDelivery::start(RetryPolicy::default(), 1, 0, Duration::ZERO);
    let ParcelStep::Post { posted, .. } = step else {
        panic!("{step:?}");
    };
    let limited = answer(429, None, Some("1"));
    let ParcelStep::Wait(_, waiting) = posted.answered(&limited, 0.5, Duration::ZERO) else {
        panic!("a 429 is repeated");
    };
    let ParcelStep::End(end) = waiting.resume(Duration::from_secs(4)) else {
        panic!("there is no time");
    };
    let hint = Some(Duration::from_secs(1));
    let failure = FailureReason::Limited { status: 429, hint };
    assert_eq!(end.failure, Some(failure));
}

#[test]
fn a_batch_that_began_earlier_leaves_less_time() {
    let step = ParcelDelivery::start(RetryPolicy::default(), 1, 0, Duration::from_millis(2_900));
    assert!(
        matches!(step, ParcelStep::Post { timeout, .. } if timeout == Duration::from_millis(100)),
        "{step:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..config() })]

    #[test]
    fn every_delivery_ends_within_its_attempts_and_its_time(policy in policy(), script in vec((0_u64..=1_000, outcome()), 1..14), jitters in vec(jitter(), 14)) {
        let run = run(policy, &script, &jitters);
        prop_assert!(run.posts.len() <= policy.attempts_max as usize, "{}", run.log);
        prop_assert!(run.elapsed <= policy.budget, "{:?} of {:?}: {}", run.elapsed, policy.budget, run.log);
    }

    #[test]
    fn no_wait_is_longer_than_the_bound_or_the_hint(policy in policy(), jitter in jitter(), hint in 0_u64..10_000, attempts in 1_usize..10) {
        let policy = RetryPolicy { attempts_max: u32::MAX, budget: Duration::MAX, ..policy };
        let header = hint.to_string();
        let mut step = ParcelDelivery::start(policy, 1, 0, Duration::ZERO);
        for _ in 0..attempts {
            let ParcelStep::Post { posted, .. } = step else { panic!("{step:?}") };
            let ParcelStep::Wait(wait, waiting) = posted.answered(&answer(503, None, Some(&header)), jitter, Duration::ZERO) else { panic!("a 503 is repeated") };
            let hint = Duration::from_secs(hint).min(RETRY_AFTER_MAX);
            prop_assert!(wait >= hint && wait <= hint.max(policy.delay_max), "{:?} for the hint {:?}", wait, hint);
            step = waiting.resume(Duration::ZERO);
        }
    }

    #[test]
    fn a_retry_after_beyond_the_budget_is_returned(policy in policy(), jitter in jitter(), seconds in 31_u64..1_000_000) {
        let ParcelStep::Post { posted, .. } = ParcelDelivery::start(policy, 1, 0, Duration::ZERO) else { panic!("there is time for an attempt") };
        let step = posted.answered(&answer(429, None, Some(&seconds.to_string())), jitter, Duration::ZERO);
        let failure = FailureReason::Limited { status: 429, hint: Some(Duration::from_secs(seconds)) };
        prop_assert_eq!(step, ParcelStep::End(ParcelEnd { accepted: 0, confirmation: Confirmation::Confirmed, failure: Some(failure) }));
    }

    #[test]
    fn calls_are_posted_in_order_each_after_the_one_before_was_accepted(policy in policy(), calls in 0_usize..6, done in 0_usize..7, script in vec((0_u64..=400, outcome()), 1..20), jitters in vec(jitter(), 7)) {
        let run = run_parcel(policy, calls, done, &script, &jitters);
        let mut accepted = done.min(calls);
        for (call, answer) in &run.posts {
            prop_assert_eq!(*call, accepted, "{}", run.log);
            accepted += usize::from(matches!(answer, Answer::Accepted(_)));
        }
        prop_assert_eq!(run.end.accepted, accepted, "{}", run.log);
        prop_assert_eq!(run.end.failure.is_none(), accepted == calls, "{}", run.log);
        let unconfirmed = run.posts.iter().any(|(_, answer)| *answer == Answer::Accepted(Confirmation::Unconfirmed));
        prop_assert_eq!(run.end.confirmation == Confirmation::Unconfirmed, unconfirmed, "{}", run.log);
        prop_assert!(run.elapsed <= policy.budget, "{}", run.log);
        for call in 0..calls {
            let attempts = run.posts.iter().filter(|(posted, _)| *posted == call).count();
            prop_assert!(attempts <= policy.attempts_max as usize, "{}", run.log);
        }
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
pub(super) const fn answer<'a>(
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
    /// Each call that was posted, and the answer.
    posts: Vec<(usize, Answer)>,
    end: ParcelEnd,
    elapsed: Duration,
}

/// Runs a parcel of one call.
fn run(policy: RetryPolicy, script: &[(u64, Outcome<'_>)], jitters: &[f64]) -> Run {
    run_parcel(policy, 1, 0, script, jitters)
}

/// Runs a delivery in virtual time; an attempt takes as long as the script says, but no longer than
/// its timeout.
fn run_parcel(
    policy: RetryPolicy,
    calls: usize,
    done: usize,
    script: &[(u64, Outcome<'_>)],
    jitters: &[f64],
) -> Run {
    let (mut elapsed, mut posts, mut log) = (Duration::ZERO, Vec::new(), String::new());
    let mut step = ParcelDelivery::start(policy, calls, done, elapsed);
    let end = loop {
        step = match step {
            ParcelStep::Post {
                call,
                timeout,
                posted,
            } => {
                write!(log, "send {}, ", timeout.as_millis()).expect("a String accepts all text");
                assert!(!timeout.is_zero() && timeout <= policy.timeout, "{log}");
                let at = posts.len();
                let (millis, outcome) = script[at % script.len()];
                elapsed += if matches!(outcome, Outcome::TimedOut) {
                    timeout
                } else {
                    Duration::from_millis(millis).min(timeout)
                };
                posts.push((call, Answer::of(&outcome)));
                posted.answered(&outcome, jitters[at % jitters.len()], elapsed)
            }
            ParcelStep::Wait(wait, waiting) => {
                write!(log, "wait {}, ", wait.as_millis()).expect("a String accepts all text");
                elapsed += wait;
                waiting.resume(elapsed)
            }
            ParcelStep::End(end) => break end,
        };
    };
    let told = match (end.failure, end.confirmation) {
        (None, Confirmation::Confirmed) => "confirmed".to_owned(),
        (None, Confirmation::Unconfirmed) => "unconfirmed".to_owned(),
        (Some(reason), _) => match reason {
            FailureReason::Rejected { status } | FailureReason::Refused { status } => {
                format!("{} {status}", reason.code())
            }
            FailureReason::Limited {
                hint: Some(hint), ..
            } => format!("{}, try again in {}", reason.code(), hint.as_millis()),
            FailureReason::Limited { hint: None, .. } | FailureReason::Unavailable => {
                reason.code().to_owned()
            }
        },
    };
    write!(log, "{told} at {}", elapsed.as_millis()).expect("a String accepts all text");
    Run {
        log,
        posts,
        end,
        elapsed,
    }
}
