//! Answers of 2xx that say neither yes nor no are not success for ever.

use crate::{
    Clocked, Confirmed, DOWN, Fails, REFUSED, ReadablyRejected, Rejected, Seen, Unconfirmed, five,
    report_of, seconds,
};
use kochava_edge::limits::BREAKER_UNREADABLE_ANSWERS;
use kochava_edge::{Breaker, Permit, TripReason};

const TWENTY: [Seen; 20] = [Unconfirmed; 20];

#[test]
fn twenty_in_a_row_trip_it() {
    assert_eq!(BREAKER_UNREADABLE_ANSWERS, 20);
    let mut within = Clocked::new();
    let response = within.run(&TWENTY);
    assert_eq!(within.tripped(), Some(TripReason::UnreadableAnswers));
    assert_eq!(response.wait, Some(seconds(15)));
    assert!(!response.blames_route, "the events were accepted");

    let mut across = Clocked::new();
    for _ in 0..19 {
        across.run(&[Unconfirmed]);
        assert_eq!(across.permit(), Permit::Allowed);
    }
    across.run(&[Unconfirmed]);
    assert_eq!(across.permit(), Permit::Wait(seconds(15)));
}

#[test]
fn it_needs_a_person_and_has_a_code() {
    assert!(TripReason::UnreadableAnswers.is_pause());
    assert_eq!(TripReason::UnreadableAnswers.code(), "unreadable-answers");
    assert_eq!(TripReason::UnreadableAnswers.status(), None);
}

#[test]
fn a_readable_answer_starts_the_count_anew_and_a_failure_does_not() {
    for readable in [Confirmed, ReadablyRejected(1)] {
        let mut clocked = Clocked::new();
        for _ in 0..10 {
            clocked.run(&TWENTY[..19]);
            clocked.run(&[readable]);
            clocked.run(&[&TWENTY[..19], &[readable], &TWENTY[..10]].concat());
            clocked.run(&[readable]);
            assert_eq!(clocked.tripped(), None, "{readable:?}");
        }
    }
    for other in [Fails(1, DOWN), Fails(1, REFUSED), Rejected(1, 1)] {
        let mut clocked = Clocked::new();
        clocked.run(&TWENTY[..19]);
        clocked.run(&[other]);
        clocked.run(&[Unconfirmed]);
        assert_eq!(
            clocked.tripped(),
            Some(TripReason::UnreadableAnswers),
            "{other:?}"
        );
    }
}

#[test]
fn an_unreadable_probe_keeps_it_open_and_a_confirmed_one_closes_it() {
    let mut clocked = Clocked::new();
    clocked.run(&TWENTY);
    let since = clocked.open().map(|open| open.since);
    let mut wait = 15;
    for next in [60, 300, 900] {
        clocked.advance(wait);
        assert_eq!(clocked.probe(&[Unconfirmed]).wait, Some(seconds(next)));
        assert_eq!(clocked.tripped(), Some(TripReason::UnreadableAnswers));
        assert_eq!(clocked.open().map(|open| open.since), since);
        wait = next;
    }
    clocked.advance(wait);
    clocked.probe(&[Rejected(1, 8)]);
    assert_eq!(clocked.tripped(), Some(TripReason::UnreadableAnswers));
    clocked.advance(1_800);
    clocked.probe(&[Confirmed]);
    assert_eq!(clocked.permit(), Permit::Allowed);
    clocked.run(&TWENTY[..19]);
    assert_eq!(clocked.permit(), Permit::Allowed);
}

#[test]
fn a_readable_no_to_a_probe_closes_it() {
    let mut clocked = Clocked::new();
    clocked.run(&TWENTY);
    clocked.advance(15);
    clocked.probe(&[ReadablyRejected(1)]);
    assert_eq!(clocked.permit(), Permit::Allowed);
}

#[test]
fn a_breaker_that_was_open_for_another_reason_is_closed_by_an_unreadable_answer() {
    let mut clocked = Clocked::new();
    clocked.run(&five(REFUSED));
    clocked.advance(15);
    clocked.probe(&[Unconfirmed]);
    assert_eq!(clocked.permit(), Permit::Allowed);
    clocked.run(&TWENTY[..19]);
    assert_eq!(clocked.tripped(), Some(TripReason::UnreadableAnswers));
}

#[test]
fn a_run_stops_after_twenty() {
    let breaker = Breaker::default();
    assert!(!breaker.is_stopped_by(&report_of(false, &TWENTY[..19])));
    assert_eq!(
        breaker.stop_reason(&report_of(false, &TWENTY)),
        Some(TripReason::UnreadableAnswers)
    );
    let mut clocked = Clocked::new();
    clocked.run(&TWENTY[..15]);
    let breaker = clocked.breaker();
    assert!(breaker.is_stopped_by(&report_of(false, &TWENTY[..5])));
    let seen = [&[Confirmed], &TWENTY[..5]].concat();
    assert!(!breaker.is_stopped_by(&report_of(false, &seen)));
}
