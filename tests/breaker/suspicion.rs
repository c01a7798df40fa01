//! One bad event never stops the rest: until five events failed, those that never failed pass.

use crate::{
    Clocked, Confirmed, DOWN, Fails, FailsAgain, LIMITED, REFUSED, Rejected, Unconfirmed, five,
    limited, report_of, seconds,
};
use kochava_edge::{BreakerResponse, FailureReason, Permit, TripReason};
use std::time::Duration;

#[test]
fn one_refused_event_waits_and_those_that_were_never_refused_pass() {
    let mut clocked = Clocked::new();
    let report = report_of(false, &[Fails(7, REFUSED)]);
    let response = clocked.report(&report);
    assert!(response.blames_route && response.excuses(&report, 7));
    assert_eq!(response.wait, Some(seconds(15)));
    assert_eq!(clocked.permit(), Permit::Untried(seconds(15)));
    let open = clocked.open().expect("it is listed with the open ones");
    assert!(open.is_suspicion);
    assert_eq!(open.reason, TripReason::Refused(401));
    assert_eq!(open.since, clocked.moment());
    clocked.advance(14);
    assert_eq!(clocked.permit(), Permit::Untried(seconds(1)));
}

#[test]
fn a_limited_event_waits_as_long_as_kochava_asks_but_not_for_ever() {
    for (reason, wait) in [
        (LIMITED, 5),
        (limited(Duration::from_secs(1)), 5),
        (limited(Duration::from_mins(2)), 120),
        (limited(Duration::from_hours(99)), 3_600),
        (limited(Duration::MAX), 3_600),
    ] {
        let mut clocked = Clocked::new();
        clocked.run(&[Fails(7, reason)]);
        assert_eq!(
            clocked.permit(),
            Permit::Untried(seconds(wait)),
            "{reason:?}"
        );
        assert_eq!(
            clocked.open().map(|open| open.reason),
            Some(TripReason::Limited)
        );
    }
}

#[test]
fn an_event_without_an_answer_is_no_suspicion() {
    let mut clocked = Clocked::new();
    let report = report_of(false, &[Fails(7, DOWN)]);
    let response = clocked.report(&report);
    assert_eq!(response, BreakerResponse::default());
    assert!(!response.excuses(&report, 7));
    assert_eq!(clocked.permit(), Permit::Allowed);
}

#[test]
fn any_acceptance_ends_a_suspicion() {
    for seen in [Confirmed, Unconfirmed] {
        for is_probe in [false, true] {
            let mut clocked = Clocked::new();
            clocked.run(&[Fails(7, REFUSED)]);
            let response = clocked.report(&report_of(is_probe, &[seen]));
            assert_eq!(response, BreakerResponse::default());
            assert_eq!(clocked.permit(), Permit::Allowed);
        }
    }
}

#[test]
fn a_rejection_does_not_end_a_suspicion() {
    let mut clocked = Clocked::new();
    clocked.run(&[Fails(7, REFUSED)]);
    let report = report_of(false, &[Rejected(8, 1)]);
    let response = clocked.report(&report);
    assert_eq!(clocked.permit(), Permit::Untried(seconds(15)));
    assert!(!response.excuses(&report, 8), "the rejection is its own");
}

#[test]
fn alone_a_refused_event_is_probed_at_growing_intervals_and_is_never_blamed() {
    let mut clocked = Clocked::new();
    clocked.run(&[Fails(7, REFUSED)]);
    let mut wait = 15;
    // the steps of the default schedule: 15 s, 1 min, 5 min, 15 min, 30 min, then every hour
    for next in [60, 300, 900, 1_800, 3_600, 3_600, 3_600, 3_600] {
        assert_eq!(clocked.permit(), Permit::Untried(seconds(wait)));
        clocked.advance(wait);
        let report = report_of(true, &[FailsAgain(7, REFUSED)]);
        assert_eq!(clocked.permit(), Permit::Probe);
        let response = clocked.report(&report);
        assert!(response.excuses(&report, 7));
        assert_eq!(response.wait, Some(seconds(next)));
        assert!(clocked.open().is_some_and(|open| open.is_suspicion));
        wait = next;
    }
}

#[test]
fn while_a_probe_is_on_its_way_those_that_were_never_refused_pass() {
    let mut clocked = Clocked::new();
    clocked.run(&[Fails(7, REFUSED)]);
    clocked.advance(15);
    assert_eq!(clocked.permit(), Permit::Probe);
    assert_eq!(clocked.permit(), Permit::Untried(seconds(60)));
}

#[test]
fn further_events_change_the_reason_only_to_a_more_severe_one_and_the_wait_only_by_kochavas_word() {
    let mut clocked = Clocked::new();
    clocked.run(&[Fails(1, LIMITED)]);
    clocked.advance(3);
    clocked.run(&[Fails(2, REFUSED)]);
    assert_eq!(
        clocked.open().map(|open| open.reason),
        Some(TripReason::Refused(401))
    );
    assert_eq!(clocked.permit(), Permit::Untried(seconds(2)));
    clocked.run(&[Fails(3, limited(seconds(30)))]);
    assert_eq!(
        clocked.open().map(|open| open.reason),
        Some(TripReason::Refused(401))
    );
    assert_eq!(clocked.permit(), Permit::Untried(seconds(30)));
}

#[test]
fn the_fifth_event_turns_a_suspicion_into_a_trip() {
    let mut clocked = Clocked::new();
    let since = clocked.moment();
    for event in [1, 2, 3, 4] {
        clocked.run(&[Fails(event, REFUSED)]);
        clocked.advance(1);
        let left = seconds(15 - event);
        assert_eq!(clocked.permit(), Permit::Untried(left));
    }
    let response = clocked.run(&[Fails(5, REFUSED)]);
    assert_eq!(response.wait, Some(seconds(15)));
    assert_eq!(clocked.permit(), Permit::Wait(seconds(15)));
    assert_eq!(clocked.open().map(|open| open.since), Some(since));
    assert_eq!(clocked.tripped(), Some(TripReason::Refused(401)));
}

#[test]
fn one_event_that_fails_five_times_is_one_event() {
    let mut clocked = Clocked::new();
    for _ in 0..20 {
        clocked.run(&[Fails(7, REFUSED), Fails(8, LIMITED), Fails(8, REFUSED)]);
        assert!(clocked.open().is_some_and(|open| open.is_suspicion));
    }
}

#[test]
fn an_event_that_fails_again_although_others_were_accepted_is_at_fault_itself() {
    for reason in [REFUSED, LIMITED, DOWN, limited(seconds(3_000))] {
        let mut clocked = Clocked::new();
        let report = report_of(false, &[FailsAgain(7, reason)]);
        let response = clocked.report(&report);
        assert_eq!(response, BreakerResponse::default());
        assert!(!response.excuses(&report, 7));
        assert_eq!(clocked.permit(), Permit::Allowed);
    }
}

#[test]
fn an_event_at_fault_is_not_excused_beside_another_that_is() {
    let mut clocked = Clocked::new();
    let seen = [FailsAgain(7, limited(seconds(3_000))), Fails(8, LIMITED)];
    let report = report_of(false, &seen);
    let response = clocked.report(&report);
    assert!(response.excuses(&report, 8) && !response.excuses(&report, 7));
    assert_eq!(
        clocked.permit(),
        Permit::Untried(seconds(5)),
        "the wait is that of the suspected one"
    );
}

#[test]
fn events_at_fault_count_among_the_five() {
    let mut clocked = Clocked::new();
    let four = [1, 2, 3, 4].map(|event| FailsAgain(event, REFUSED));
    clocked.run(&four);
    assert_eq!(clocked.permit(), Permit::Allowed);
    let report = report_of(false, &[Fails(5, DOWN)]);
    let response = clocked.report(&report);
    assert_eq!(clocked.tripped(), Some(TripReason::Refused(401)));
    assert!(response.excuses(&report, 5));

    // those at fault alone trip it as well, and are still not excused
    let mut clocked = Clocked::new();
    let all = [1, 2, 3, 4, 5].map(|event| FailsAgain(event, REFUSED));
    let report = report_of(false, &all);
    let response = clocked.report(&report);
    assert_eq!(clocked.tripped(), Some(TripReason::Refused(401)));
    assert!((1..=5).all(|event| !response.excuses(&report, event)));
}

#[test]
fn what_failed_before_an_acceptance_of_the_same_run_is_no_evidence() {
    let mut clocked = Clocked::new();
    let [one, two, three, four, five] = five(REFUSED);
    let report = report_of(false, &[one, two, three, four, Confirmed, five]);
    let response = clocked.report(&report);
    assert!(clocked.open().is_some_and(|open| open.is_suspicion));
    assert!(response.excuses(&report, 5));
    assert!((1..=4).all(|event| !response.excuses(&report, event)));
}

#[test]
fn a_suspicion_begins_with_the_first_step_whatever_happened_before() {
    // a long suspicion, and a long time tripped
    for failures in [1, 5] {
        let mut clocked = Clocked::new();
        clocked.run(&five(REFUSED)[..failures]);
        for _ in 0..6 {
            clocked.advance(3_600);
            clocked.probe(&[FailsAgain(1, REFUSED)]);
        }
        clocked.advance(3_600);
        clocked.probe(&[Confirmed]);
        clocked.run(&[Fails(9, REFUSED)]);
        assert_eq!(clocked.permit(), Permit::Untried(seconds(15)));
    }
}

#[test]
fn suspicions_that_end_do_not_make_the_next_trip_longer() {
    let mut clocked = Clocked::new();
    for event in 0..40 {
        clocked.run(&[Fails(100 + event, REFUSED)]);
        clocked.run(&[Confirmed]);
    }
    clocked.run(&five(REFUSED));
    assert_eq!(clocked.permit(), Permit::Wait(seconds(15)));
}

#[test]
fn four_events_that_always_fail_beside_ordinary_traffic_never_stop_it_and_spend_their_attempts() {
    let reasons = [
        REFUSED,
        LIMITED,
        limited(seconds(600)),
        FailureReason::Refused { status: 404 },
    ];
    let mut clocked = Clocked::new();
    let mut was_refused = [false; 4];
    let mut attempts = [0; 4];
    for wave in 0..200 {
        clocked.advance(1);
        // one loner among eight others, at another place in each wave
        let loner = wave % 4;
        let event = [0, 1, 2, 3][loner];
        let is_sent = match clocked.permit() {
            Permit::Allowed => true,
            Permit::Untried(_) => !was_refused[loner],
            Permit::Probe | Permit::Wait(_) => panic!("ordinary traffic waits in wave {wave}"),
        };
        let mut seen = vec![Confirmed; 8];
        if is_sent {
            let failure = if was_refused[loner] {
                FailsAgain(event, reasons[loner])
            } else {
                Fails(event, reasons[loner])
            };
            seen.insert(wave % 9, failure);
        }
        let report = report_of(false, &seen);
        let response = clocked.report(&report);
        if is_sent && response.excuses(&report, event) {
            was_refused[loner] = true;
        } else if is_sent {
            attempts[loner] += 1;
        }
    }
    assert!(
        attempts.iter().all(|&attempts| attempts >= 40),
        "{attempts:?}"
    );
}
