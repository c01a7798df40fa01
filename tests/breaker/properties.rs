//! Properties of a breaker under any order of permits, reports and waits.

use crate::Seen::{Confirmed, Fails, FailsAgain, ReadablyRejected, Rejected, Unconfirmed};
use crate::support::generate::config;
use crate::{Seen, json, read, report_of};
use kochava_edge::{
    Breaker, BreakerReport, BreakerResponse, FailureReason, Moment, Permit, RetrySchedule,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeSet;
use std::time::Duration;

#[derive(Clone, Debug)]
enum Act {
    Wait(u64),
    Permit,
    GiveBack,
    Report(bool, Vec<Seen>),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        2 => prop_oneof![0_u64..100_000, 0_u64..4_000_000, Just(u64::MAX / 4)].prop_map(Act::Wait),
        3 => Just(Act::Permit),
        1 => Just(Act::GiveBack),
        6 => (any::<bool>(), vec(seen(), 0..8)).prop_map(|(is_probe, seen)| Act::Report(is_probe, seen)),
        1 => (any::<bool>(), vec(Just(Unconfirmed), 0..25)).prop_map(|(is_probe, seen)| Act::Report(is_probe, seen)),
        1 => (any::<bool>(), vec((0_u64..30).prop_map(|event| Rejected(event, 7)), 0..25)).prop_map(|(is_probe, seen)| Act::Report(is_probe, seen)),
    ]
}

fn seen() -> impl Strategy<Value = Seen> {
    let event = || 0_u64..8;
    let hint = || {
        let some = prop_oneof![0_u64..10_000, Just(u64::MAX)];
        prop::option::of(some.prop_map(Duration::from_secs))
    };
    let reason = || {
        prop_oneof![
            select(vec![301, 401, 403, 404]).prop_map(|status| FailureReason::Refused { status }),
            hint().prop_map(|hint| FailureReason::Limited { status: 429, hint }),
            Just(FailureReason::Unavailable),
        ]
    };
    prop_oneof![
        2 => Just(Confirmed),
        1 => Just(Unconfirmed),
        4 => (event(), reason()).prop_map(|(event, reason)| Fails(event, reason)),
        2 => (event(), reason()).prop_map(|(event, reason)| FailsAgain(event, reason)),
        1 => (event(), 0_u64..3).prop_map(|(event, answer)| Rejected(event, answer)),
        1 => event().prop_map(ReadablyRejected),
    ]
}

/// A breaker, and what the test knows of the reports so far.
struct Watched {
    breaker: Breaker,
    now: Moment,
    /// Events that failed since the last acceptance.
    failing: BTreeSet<u64>,
}

impl Watched {
    fn is_tripped(&self) -> bool {
        self.breaker
            .open_state
            .is_some_and(|open| !open.is_suspicion)
    }

    fn report(&mut self, report: &BreakerReport, seen: &[Seen], jitter: f64) -> BreakerResponse {
        for seen in seen {
            match *seen {
                Confirmed | Unconfirmed => self.failing.clear(),
                Fails(event, _) | FailsAgain(event, _) => {
                    self.failing.insert(event);
                }
                Rejected(..) | ReadablyRejected(_) => {}
            }
        }
        self.breaker
            .report(report, &RetrySchedule::default(), self.now, jitter)
    }
}

fn later(now: Moment, wait: Duration) -> Moment {
    let millis = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
    Moment::from_millis(now.millis.saturating_add(millis))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..config() })]

    #[test]
    fn five_failing_events_trip_it_and_fewer_do_not(acts in vec(act(), 1..40), jitter in jitter()) {
        let mut watched = Watched { breaker: Breaker::default(), now: Moment::from_millis(0), failing: BTreeSet::new() };
        for act in acts {
            match act {
                Act::Wait(millis) => watched.now = later(watched.now, Duration::from_millis(millis)),
                Act::Permit => _ = watched.breaker.permit(watched.now),
                Act::GiveBack => watched.breaker.give_back_probe(watched.now),
                Act::Report(is_probe, seen) => {
                    let (was_tripped, before) = (watched.is_tripped(), watched.breaker.clone());
                    let report = report_of(is_probe, &seen);
                    let is_stopped = before.is_stopped_by(&report);
                    let response = watched.report(&report, &seen, jitter);
                    let open = watched.breaker.open_state;
                    if !was_tripped || is_probe {
                        prop_assert!(watched.failing.len() < 5 || watched.is_tripped(), "{:?}", watched.failing);
                    }
                    if !was_tripped {
                        // the rule that stops a run is the rule that trips the breaker
                        prop_assert_eq!(is_stopped, watched.is_tripped());
                    }
                    let is_plain = |seen: &Seen| !matches!(seen, Unconfirmed | Rejected(..) | ReadablyRejected(_));
                    if !was_tripped && seen.iter().all(is_plain) && watched.failing.len() < 5 {
                        prop_assert!(!watched.is_tripped());
                    }
                    // an acceptance that ends a run closes whatever it may close
                    if matches!(seen.last(), Some(Confirmed)) && (!was_tripped || is_probe) {
                        prop_assert_eq!(open, None);
                    }
                    // only an acceptance closes
                    if before.open_state.is_some() && open.is_none() {
                        let is_accepted = seen.iter().any(|seen| matches!(seen, Confirmed | Unconfirmed));
                        let is_rejected = seen.iter().all(|seen| matches!(seen, Rejected(..) | ReadablyRejected(_)));
                        prop_assert!(is_accepted || (is_probe && is_rejected));
                    }
                    if was_tripped && !is_probe {
                        prop_assert!(watched.is_tripped());
                    }
                    // who is excused waits
                    for event in 0..30 {
                        let failed = seen.iter().any(|seen| matches!(seen, Fails(at, _) | FailsAgain(at, _) | Rejected(at, _) | ReadablyRejected(at) if *at == event));
                        prop_assert!(!response.excuses(&report, event) || (failed && open.is_some()));
                    }
                    prop_assert_eq!(response.wait.is_some(), open.is_some());
                    // a suspicion is no pause for events that were never refused
                    let mut copy = watched.breaker.clone();
                    if open.is_some_and(|open| open.is_suspicion) {
                        prop_assert!(!matches!(copy.permit(watched.now), Permit::Wait(_) | Permit::Allowed));
                    }
                    prop_assert_eq!(&read::<Breaker>(&json(&watched.breaker)), &watched.breaker);
                    prop_assert_eq!(&read::<BreakerReport>(&json(&report)), &report);
                }
            }
        }
    }

    #[test]
    fn the_wait_of_a_permit_only_gets_shorter_and_ends_with_one_probe(reports in vec((any::<bool>(), vec(seen(), 1..8)), 1..10), steps in vec(1_u64..100_000, 1..10), jitter in jitter()) {
        let mut breaker = Breaker::default();
        let mut now = Moment::from_millis(0);
        for (is_probe, seen) in reports {
            breaker.report(&report_of(is_probe, &seen), &RetrySchedule::default(), now, jitter);
        }
        let wait_of = |permit| match permit {
            Permit::Wait(wait) | Permit::Untried(wait) => Some(wait),
            Permit::Probe | Permit::Allowed => None,
        };
        let Some(mut left) = wait_of(breaker.clone().permit(now)) else { return Ok(()) };
        let end = later(now, left);
        prop_assert!(left <= Duration::from_hours(1));
        for step in steps {
            now = later(now, Duration::from_millis(step));
            let Some(wait) = wait_of(breaker.clone().permit(now)) else { break };
            prop_assert!(wait <= left && now < end);
            left = wait;
        }
        prop_assert_eq!(breaker.permit(end), Permit::Probe);
        // the next probe is a minute away, unless this one is given back
        prop_assert_eq!(wait_of(breaker.permit(end)), Some(Duration::from_mins(1)));
        breaker.give_back_probe(end);
        prop_assert_eq!(breaker.permit(end), Permit::Probe);
    }
}

fn jitter() -> impl Strategy<Value = f64> {
    prop_oneof![8 => 0.0..=1.0, 1 => select(vec![f64::NAN, f64::INFINITY, -1.0, 0.0, 1.0])]
}
