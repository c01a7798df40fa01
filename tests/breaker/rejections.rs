//! The same rejection from twenty calls in a row is the configuration's fault.

use crate::{Clocked, Confirmed, Fails, REFUSED, Rejected, Seen, Unconfirmed, report_of, seconds};
use kochava_edge::limits::BREAKER_SAME_ANSWERS;
use kochava_edge::{Breaker, BreakerResponse, Permit, TripReason};

/// As many events are rejected with the same answer, the first of them with this number.
fn rejected(first: u64, count: u32, answer: u64) -> Vec<Seen> {
    (first..first + u64::from(count))
        .map(|event| Rejected(event, answer))
        .collect()
}

#[test]
fn twenty_equal_rejections_in_a_row_trip_it_and_the_last_of_them_are_excused() {
    let mut clocked = Clocked::new();
    let count = BREAKER_SAME_ANSWERS - 1;
    assert_eq!(
        clocked.run(&rejected(0, count, 7)),
        BreakerResponse::default()
    );
    let report = report_of(false, &rejected(100, 1, 7));
    let response = clocked.report(&report);
    assert_eq!(response.wait, Some(seconds(15)));
    assert!(response.excuses(&report, 100));
    assert_eq!(clocked.tripped(), Some(TripReason::SameAnswer(400)));

    let mut clocked = Clocked::new();
    let report = report_of(false, &rejected(0, 20, 7));
    let response = clocked.report(&report);
    assert!((0..20).all(|event| response.excuses(&report, event)));
    assert!(!response.excuses(&report, 20));
}

#[test]
fn the_same_rejection_of_a_probe_keeps_it_open_and_is_excused() {
    let mut clocked = Clocked::new();
    clocked.run(&rejected(0, 20, 7));
    clocked.advance(15);
    let report = report_of(true, &rejected(0, 1, 7));
    clocked.permit();
    let response = clocked.report(&report);
    assert!(response.excuses(&report, 0));
    assert_eq!(response.wait, Some(seconds(60)));
}

#[test]
fn another_rejection_of_a_probe_is_its_events_own_and_closes_it() {
    let mut clocked = Clocked::new();
    clocked.run(&rejected(0, 20, 7));
    clocked.advance(15);
    let report = report_of(true, &rejected(0, 1, 8));
    clocked.permit();
    let response = clocked.report(&report);
    assert!(!response.excuses(&report, 0));
    assert_eq!(clocked.permit(), Permit::Allowed);
}

#[test]
fn rejections_that_were_on_their_way_when_it_tripped_are_excused() {
    let mut clocked = Clocked::new();
    clocked.run(&rejected(0, 20, 7));
    let report = report_of(false, &rejected(30, 5, 7));
    let response = clocked.report(&report);
    assert!((30..35).all(|event| response.excuses(&report, event)));
    assert_eq!(response.wait, Some(seconds(15)));
}

#[test]
fn rejections_that_differ_or_stand_among_acceptances_are_the_events_own() {
    let mut clocked = Clocked::new();
    for answer in 0..100 {
        clocked.run(&rejected(0, 5, answer));
        clocked.run(&[rejected(0, 19, 200), rejected(50, 1, 201)].concat());
        assert_eq!(clocked.tripped(), None);
    }
    for accepted in [Confirmed, Unconfirmed] {
        let mut clocked = Clocked::new();
        for _ in 0..5 {
            clocked.run(&rejected(0, 19, 7));
            clocked.run(&[accepted]);
            clocked.run(&[rejected(0, 19, 7), vec![accepted], rejected(0, 19, 7)].concat());
            assert_eq!(clocked.tripped(), None);
            clocked.run(&[Confirmed]);
        }
    }
}

#[test]
fn another_answer_between_equal_ones_starts_the_count_anew() {
    let mut clocked = Clocked::new();
    for _ in 0..5 {
        clocked.run(&rejected(0, 19, 7));
        clocked.run(&[rejected(0, 1, 8), rejected(0, 1, 7)].concat());
        assert_eq!(clocked.tripped(), None);
        clocked.run(&rejected(0, 1, 9));
    }
}

#[test]
fn rejections_after_an_acceptance_of_the_same_run_are_counted_and_those_before_it_are_not() {
    let mut clocked = Clocked::new();
    let seen = [rejected(0, 5, 7), vec![Confirmed], rejected(50, 20, 7)].concat();
    let report = report_of(false, &seen);
    let response = clocked.report(&report);
    assert_eq!(clocked.tripped(), Some(TripReason::SameAnswer(400)));
    assert!((50..70).all(|event| response.excuses(&report, event)));
    assert!((0..5).all(|event| !response.excuses(&report, event)));
}

#[test]
fn a_run_of_equal_rejections_stops_after_twenty() {
    let breaker = Breaker::default();
    assert!(!breaker.is_stopped_by(&report_of(false, &rejected(0, 19, 7))));
    assert!(breaker.is_stopped_by(&report_of(false, &rejected(0, 20, 7))));
    let mut clocked = Clocked::new();
    clocked.run(&rejected(0, 15, 7));
    let breaker = clocked.breaker();
    assert!(breaker.is_stopped_by(&report_of(false, &rejected(15, 5, 7))));
    assert!(!breaker.is_stopped_by(&report_of(false, &rejected(15, 5, 8))));
}

#[test]
fn a_refused_event_among_rejected_ones_does_not_excuse_them() {
    let mut clocked = Clocked::new();
    let seen = [vec![Fails(99, REFUSED)], rejected(0, 5, 7)].concat();
    let report = report_of(false, &seen);
    let response = clocked.report(&report);
    assert!(response.excuses(&report, 99));
    assert!((0..5).all(|event| !response.excuses(&report, event)));
}
