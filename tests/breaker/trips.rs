//! Five events that failed without an acceptance between them trip a breaker; probes close it.

use crate::{
    Clocked, Confirmed, DOWN, Fails, FailsAgain, LIMITED, REFUSED, ROUTE, Rejected, Unconfirmed,
    five, json, limited, read, report_of, seconds,
};
use kochava_edge::limits::BREAKERS_MAX;
use kochava_edge::{
    Breaker, BreakerReport, BreakerResponse, Breakers, FailureReason, Moment, Permit,
    RetrySchedule, TripReason,
};
use std::time::Duration;

#[test]
fn a_breaker_that_never_saw_trouble_is_closed_and_keeps_no_state() {
    let mut clocked = Clocked::new();
    assert_eq!(clocked.permit(), Permit::Allowed);
    let report = report_of(false, &[Confirmed, Confirmed]);
    assert_eq!(clocked.report(&report), BreakerResponse::default());
    assert_eq!(clocked.breakers, Breakers::default());
}

#[test]
fn five_events_trip_it_within_a_run_or_across_runs() {
    for reason in [REFUSED, LIMITED, DOWN] {
        let mut within = Clocked::new();
        let report = report_of(false, &five(reason));
        let response = within.report(&report);
        assert!((1..=5).all(|event| response.excuses(&report, event)));

        let mut across = Clocked::new();
        for failure in five(reason) {
            assert_eq!(across.tripped(), None);
            across.advance(1);
            across.run(&[failure]);
        }
        assert!(within.tripped().is_some(), "{reason:?}");
        assert_eq!(within.tripped(), across.tripped());
    }
}

#[test]
fn an_acceptance_between_them_starts_the_count_anew() {
    for accepted in [Confirmed, Unconfirmed] {
        let mut clocked = Clocked::new();
        for round in 0..10 {
            let four = [1, 2, 3, 4].map(|event| Fails(10 * round + event, DOWN));
            clocked.run(&four);
            assert_eq!(clocked.permit(), Permit::Allowed);
            clocked.run(&[accepted]);
        }
    }
}

#[test]
fn one_event_that_gets_no_answer_trips_nothing() {
    let mut clocked = Clocked::new();
    for _ in 0..100 {
        clocked.run(&[Fails(7, DOWN)]);
        assert_eq!(clocked.permit(), Permit::Allowed);
    }
}

#[test]
fn the_most_severe_reason_counts() {
    let refused = |status| FailureReason::Refused { status };
    for (reasons, expected, wait) in [
        ([DOWN; 5], TripReason::Down, 5),
        ([DOWN, DOWN, LIMITED, DOWN, DOWN], TripReason::Limited, 5),
        (
            [DOWN, limited(seconds(90)), DOWN, LIMITED, DOWN],
            TripReason::Limited,
            90,
        ),
        (
            [refused(403), DOWN, DOWN, DOWN, LIMITED],
            TripReason::Refused(403),
            15,
        ),
        (
            [LIMITED, LIMITED, LIMITED, LIMITED, refused(404)],
            TripReason::Refused(404),
            15,
        ),
    ] {
        let mut clocked = Clocked::new();
        for (event, reason) in (0..).zip(reasons) {
            clocked.run(&[Fails(event, reason)]);
        }
        assert_eq!(clocked.tripped(), Some(expected));
        let open = clocked.open().expect("it is open");
        let told = open.until.millis - clocked.now;
        assert_eq!(told, wait * 1_000, "{reasons:?}");
    }
}

#[test]
fn a_tripped_breaker_is_probed_at_growing_intervals() {
    let mut clocked = Clocked::new();
    clocked.run(&five(REFUSED));
    // the steps of the default schedule: 15 s, 1 min, 5 min, 15 min, 30 min, then every hour
    let mut step = 15;
    for next in [60, 300, 900, 1_800, 3_600, 3_600] {
        assert_eq!(clocked.permit(), Permit::Wait(seconds(step)));
        clocked.advance(step - 1);
        assert_eq!(clocked.permit(), Permit::Wait(seconds(1)));
        clocked.advance(1);
        let report = report_of(true, &[FailsAgain(1, REFUSED)]);
        assert_eq!(clocked.permit(), Permit::Probe);
        let response = clocked.report(&report);
        assert!(response.excuses(&report, 1), "a probe is never at fault");
        assert_eq!(response.wait, Some(seconds(next)));
        step = next;
    }
    assert_eq!(clocked.tripped(), Some(TripReason::Refused(401)));
}

#[test]
fn an_accepted_probe_closes_it_and_any_other_result_keeps_it_open() {
    for accepted in [Confirmed, Unconfirmed] {
        for reason in [REFUSED, LIMITED, DOWN] {
            let mut clocked = Clocked::new();
            clocked.run(&five(reason));
            clocked.advance(15);
            assert_eq!(clocked.probe(&[accepted]), BreakerResponse::default());
            assert_eq!(clocked.permit(), Permit::Allowed);
        }
    }
    for other in [
        Fails(9, DOWN),
        Fails(9, LIMITED),
        Fails(9, REFUSED),
        Rejected(9, 3),
    ] {
        let mut clocked = Clocked::new();
        clocked.run(&five(LIMITED));
        clocked.advance(5);
        clocked.probe(&[other]);
        assert!(matches!(clocked.permit(), Permit::Wait(_)), "{other:?}");
    }
}

#[test]
fn a_probe_that_fails_in_another_way_changes_the_reason() {
    let mut clocked = Clocked::new();
    clocked.run(&five(DOWN));
    clocked.advance(5);
    clocked.probe(&[Fails(6, FailureReason::Refused { status: 404 })]);
    assert_eq!(clocked.tripped(), Some(TripReason::Refused(404)));
    assert_eq!(clocked.permit(), Permit::Wait(seconds(60)));
    clocked.advance(60);
    clocked.probe(&[Fails(6, limited(seconds(1_000)))]);
    assert_eq!(clocked.tripped(), Some(TripReason::Limited));
    assert_eq!(clocked.permit(), Permit::Wait(seconds(1_000)));
    // a rejection says nothing about the route
    clocked.advance(1_000);
    clocked.probe(&[Rejected(8, 1)]);
    assert_eq!(clocked.tripped(), Some(TripReason::Limited));
}

#[test]
fn one_probe_is_on_its_way_at_a_time_and_a_lost_one_is_followed_by_another() {
    let mut clocked = Clocked::new();
    clocked.run(&five(REFUSED));
    clocked.advance(15);
    assert_eq!(clocked.permit(), Permit::Probe);
    assert_eq!(clocked.permit(), Permit::Wait(seconds(60)));
    clocked.advance(60);
    assert_eq!(
        clocked.permit(),
        Permit::Probe,
        "the isolate that sent it is gone"
    );
}

#[test]
fn a_probe_that_was_not_sent_is_given_back() {
    let give_back = |clocked: &mut Clocked| {
        let now = clocked.moment();
        clocked.breakers.give_back_probe(&ROUTE.to_owned(), now);
    };
    let report_nothing = |clocked: &mut Clocked| {
        let response = clocked.report(&report_of(true, &[]));
        assert!(!response.blames_route);
    };
    for return_it in [give_back, report_nothing as fn(&mut Clocked)] {
        for failures in [1, 5] {
            let mut clocked = Clocked::new();
            clocked.run(&five(REFUSED)[..failures]);
            let before = clocked.open().map(|open| (open.reason, open.since));
            return_it(&mut clocked);
            assert!(!matches!(clocked.permit(), Permit::Probe | Permit::Allowed));
            clocked.advance(15);
            assert_eq!(clocked.permit(), Permit::Probe);
            return_it(&mut clocked);
            assert_eq!(clocked.permit(), Permit::Probe);
            assert_eq!(clocked.open().map(|open| (open.reason, open.since)), before);
        }
    }
    let mut closed = Clocked::new();
    give_back(&mut closed);
    assert_eq!(closed.breakers, Breakers::default());
}

#[test]
fn what_was_on_its_way_when_it_tripped_neither_closes_it_nor_makes_the_wait_longer() {
    let mut clocked = Clocked::new();
    clocked.run(&five(LIMITED));
    clocked.advance(2);
    let report = report_of(false, &[Fails(8, DOWN), Fails(9, REFUSED)]);
    let response = clocked.report(&report);
    assert_eq!(response.wait, Some(seconds(3)));
    assert!(response.excuses(&report, 8) && response.excuses(&report, 9));
    assert_eq!(
        clocked.tripped(),
        Some(TripReason::Refused(401)),
        "an operator has to know the more severe reason"
    );
    clocked.run(&[Confirmed, Confirmed]);
    assert_eq!(clocked.permit(), Permit::Wait(seconds(3)));
    // Kochava's word counts all the same
    clocked.run(&[Fails(10, limited(seconds(77)))]);
    assert_eq!(clocked.permit(), Permit::Wait(seconds(77)));
    // the next step is the second one
    clocked.advance(77);
    assert_eq!(clocked.probe(&[Fails(9, REFUSED)]).wait, Some(seconds(60)));
}

#[test]
fn trouble_that_comes_back_at_once_keeps_the_longer_wait_until_many_calls_succeed() {
    let mut clocked = Clocked::new();
    clocked.run(&five(LIMITED));
    clocked.advance(5);
    clocked.probe(&[Confirmed]);
    assert_eq!(clocked.run(&five(LIMITED)).wait, Some(seconds(10)));
    clocked.advance(10);
    clocked.probe(&[Confirmed]);
    clocked.run(&[Confirmed; 50]);
    assert_eq!(clocked.run(&five(LIMITED)).wait, Some(seconds(5)));
}

#[test]
fn a_run_stops_where_its_breaker_would_trip() {
    let breaker = Breaker::default();
    for reason in [REFUSED, LIMITED, DOWN] {
        let all = five(reason);
        for count in 0..5 {
            assert!(!breaker.is_stopped_by(&report_of(false, &all[..count])));
        }
        assert!(breaker.is_stopped_by(&report_of(false, &all)));
        let [one, two, three, four, five] = all;
        let seen = [one, two, three, four, Confirmed, five];
        assert!(!breaker.is_stopped_by(&report_of(false, &seen)));
        assert!(!breaker.is_stopped_by(&report_of(false, &[one; 9])));
    }
    // evidence of earlier runs counts
    let mut clocked = Clocked::new();
    clocked.run(&five(REFUSED)[..3]);
    let breaker = clocked.breaker();
    assert!(!breaker.is_stopped_by(&report_of(false, &[Fails(4, DOWN)])));
    let two = [Fails(4, DOWN), Fails(5, DOWN)];
    assert!(breaker.is_stopped_by(&report_of(false, &two)));
    assert!(!breaker.is_stopped_by(&report_of(false, &[Confirmed, two[0], two[1]])));
}

#[test]
fn on_a_tripped_breaker_only_a_probe_is_sent_until_it_fails() {
    let mut clocked = Clocked::new();
    clocked.run(&five(REFUSED));
    let breaker = clocked.breaker();
    assert!(breaker.is_stopped_by(&BreakerReport::default()));
    assert!(!breaker.is_stopped_by(&report_of(true, &[])));
    assert!(!breaker.is_stopped_by(&report_of(true, &[Confirmed])));
    for failure in [Fails(1, DOWN), Rejected(1, 1)] {
        assert!(breaker.is_stopped_by(&report_of(true, &[failure])));
    }
    assert_eq!(
        breaker.stop_reason(&BreakerReport::default()),
        Some(TripReason::Refused(401))
    );
}

#[test]
fn each_route_has_a_breaker_of_its_own() {
    let mut clocked = Clocked::new();
    clocked.run(&five(REFUSED));
    for other in ["identity koexample", "event koother"] {
        let now = clocked.moment();
        assert_eq!(
            clocked.breakers.permit(&other.to_owned(), now),
            Permit::Allowed
        );
        assert_eq!(
            clocked.breakers.of_route(&other.to_owned()),
            Breaker::default()
        );
    }
}

#[test]
fn of_too_many_breakers_the_closed_ones_are_dropped() {
    let mut breakers = Breakers::<String>::default();
    let now = Moment::from_millis(0);
    let report = |breakers: &mut Breakers<String>, route: &str, seen: &[crate::Seen]| {
        let (report, schedule) = (report_of(false, seen), RetrySchedule::default());
        breakers.report(&route.to_owned(), &report, &schedule, now, 0.5);
    };
    report(&mut breakers, "open", &five(REFUSED));
    report(&mut breakers, "suspected", &[Fails(1, REFUSED)]);
    for number in 0..2 * BREAKERS_MAX {
        report(&mut breakers, &format!("event {number}"), &[Fails(1, DOWN)]);
    }
    let open: Vec<&str> = breakers.open().map(|(route, _)| route.as_str()).collect();
    assert_eq!(open, ["open", "suspected"]);
    assert!(json(&breakers).matches("event ").count() <= BREAKERS_MAX);
}

#[test]
fn permits_reports_and_responses_are_read_as_they_were_written() {
    for permit in [
        Permit::Allowed,
        Permit::Untried(seconds(7)),
        Permit::Probe,
        Permit::Wait(seconds(7)),
    ] {
        assert_eq!(read::<Permit>(&json(&permit)), permit);
    }
    let report = report_of(
        true,
        &[
            Unconfirmed,
            Rejected(u64::MAX, u64::MAX),
            Rejected(1, 2),
            Fails(u64::MAX, limited(Duration::from_millis(1_500))),
            FailsAgain(3, REFUSED),
            Fails(4, DOWN),
        ],
    );
    assert_eq!(read::<BreakerReport>(&json(&report)), report);
    assert_eq!(read::<BreakerReport>("{}"), BreakerReport::default());
    let response = Clocked::new().report(&report);
    assert_eq!(read::<BreakerResponse>(&json(&response)), response);
}

#[test]
fn the_state_of_the_breakers_is_read_as_it_was_written() {
    let mut clocked = Clocked::new();
    for seen in [Fails(u64::MAX, LIMITED), Rejected(1, u64::MAX), Unconfirmed] {
        clocked.run(&[seen]);
        assert_eq!(
            read::<Breakers<String>>(&json(&clocked.breakers)),
            clocked.breakers
        );
    }
    clocked.run(&five(REFUSED));
    assert_eq!(
        read::<Breakers<String>>(&json(&clocked.breakers)),
        clocked.breakers
    );
    assert_eq!(read::<Breakers<String>>("{}"), Breakers::default());
}
