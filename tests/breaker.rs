//! A breaker opens when it must, for as long as it must, and closes by itself.

use kochava_edge::{
    BreakerReport, BreakerResponse, Breakers, Moment, Permit, RetrySchedule, TripReason,
};
use std::time::Duration;

const ROUTE: &str = "event koexample";

/// Breakers under the default schedule, with a clock of their own.
struct Clocked {
    breakers: Breakers,
    now: i64,
}

impl Clocked {
    fn new() -> Self {
        Clocked {
            breakers: Breakers::default(),
            now: 1_767_225_600_000,
        }
    }

    fn permit(&mut self) -> Permit {
        self.breakers.permit(ROUTE, Moment::from_millis(self.now))
    }

    /// With the largest jitter, so that the steps are exact, and restored from the stored state.
    fn report(&mut self, report: BreakerReport) -> BreakerResponse {
        self.breakers = read(&json(&self.breakers));
        self.breakers.report(
            ROUTE,
            &report,
            &RetrySchedule::default(),
            Moment::from_millis(self.now),
            1.0,
        )
    }

    fn reason(&self) -> Option<TripReason> {
        self.breakers.open().next().map(|(_, open)| open.reason)
    }

    fn advance(&mut self, seconds: i64) {
        self.now += seconds * 1_000;
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("it is written")
}

fn read<T: serde::de::DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).expect("it was written")
}

const ACCEPTED: BreakerReport = BreakerReport {
    is_probe: false,
    accepted: 1,
    failures: 0,
    limited: 0,
    hint: None,
    refused: None,
    rejected: 0,
    rejection: None,
    is_mixed: false,
};
const NOTHING: BreakerReport = BreakerReport {
    accepted: 0,
    ..ACCEPTED
};
const REFUSED: BreakerReport = BreakerReport {
    refused: Some(401),
    ..NOTHING
};
const LIMITED: BreakerReport = BreakerReport {
    limited: 1,
    ..NOTHING
};
const FAILED: BreakerReport = BreakerReport {
    failures: 1,
    ..NOTHING
};

fn probe(report: BreakerReport) -> BreakerReport {
    BreakerReport {
        is_probe: true,
        ..report
    }
}

fn wait(seconds: u64) -> BreakerResponse {
    BreakerResponse {
        retries_rejected: false,
        wait: Some(Duration::from_secs(seconds)),
    }
}

#[test]
fn a_breaker_that_never_saw_trouble_is_closed_and_keeps_no_state() {
    let mut clocked = Clocked::new();
    assert_eq!(clocked.permit(), Permit::Allowed { is_clean: true });
    assert_eq!(clocked.report(ACCEPTED), BreakerResponse::default());
    assert_eq!(clocked.breakers, Breakers::default());
}

#[test]
fn a_refusal_opens_at_once_and_is_probed_at_growing_intervals() {
    let mut clocked = Clocked::new();
    assert_eq!(clocked.report(REFUSED), wait(15));
    // the steps of the default schedule: 15 s, 1 min, 5 min, 15 min, 30 min, then every hour
    for (step, next) in [
        (15_i32, 60),
        (60, 300),
        (300, 900),
        (900, 1_800),
        (1_800, 3_600),
        (3_600, 3_600),
    ] {
        assert_eq!(
            clocked.permit(),
            Permit::Wait(Duration::from_secs(step.unsigned_abs().into()))
        );
        clocked.advance(i64::from(step) - 1);
        assert_eq!(clocked.permit(), Permit::Wait(Duration::from_secs(1)));
        clocked.advance(1);
        assert_eq!(clocked.permit(), Permit::Probe);
        assert_eq!(clocked.report(probe(REFUSED)), wait(next));
    }
    assert_eq!(clocked.reason(), Some(TripReason::Refused(401)));
}

#[test]
fn one_probe_is_on_its_way_at_a_time_and_a_lost_one_is_followed_by_another() {
    let mut clocked = Clocked::new();
    clocked.report(REFUSED);
    clocked.advance(15);
    assert_eq!(clocked.permit(), Permit::Probe);
    assert_eq!(clocked.permit(), Permit::Wait(Duration::from_mins(1)));
    clocked.advance(60);
    assert_eq!(
        clocked.permit(),
        Permit::Probe,
        "the isolate that sent it is gone"
    );
}

#[test]
fn a_probe_that_succeeds_closes_it() {
    let mut clocked = Clocked::new();
    clocked.report(REFUSED);
    clocked.advance(15);
    clocked.permit();
    assert_eq!(clocked.report(probe(ACCEPTED)), BreakerResponse::default());
    assert_eq!(clocked.permit(), Permit::Allowed { is_clean: false });
}

#[test]
fn trouble_that_comes_back_at_once_keeps_the_longer_wait_until_many_calls_succeed() {
    let mut clocked = Clocked::new();
    clocked.report(LIMITED);
    clocked.advance(5);
    clocked.permit();
    clocked.report(probe(ACCEPTED));
    assert_eq!(clocked.report(LIMITED), wait(10));
    clocked.advance(10);
    clocked.permit();
    clocked.report(probe(ACCEPTED));
    clocked.report(BreakerReport {
        accepted: 50,
        ..ACCEPTED
    });
    assert_eq!(clocked.report(LIMITED), wait(5));
}

#[test]
fn a_limit_waits_as_long_as_kochava_asks_but_not_for_ever() {
    let mut clocked = Clocked::new();
    assert_eq!(
        clocked.report(BreakerReport {
            hint: Some(Duration::from_mins(2)),
            ..LIMITED
        }),
        wait(120)
    );
    let mut clocked = Clocked::new();
    assert_eq!(
        clocked.report(BreakerReport {
            hint: Some(Duration::from_hours(99)),
            ..LIMITED
        }),
        wait(3_600)
    );
}

#[test]
fn five_failures_without_an_acceptance_are_an_outage() {
    let mut clocked = Clocked::new();
    for _ in 0..4 {
        assert_eq!(clocked.report(FAILED), BreakerResponse::default());
    }
    assert_eq!(clocked.report(FAILED), wait(5));
    assert_eq!(clocked.reason(), Some(TripReason::Down));
    let mut clocked = Clocked::new();
    for _ in 0..20 {
        assert_eq!(clocked.report(FAILED), BreakerResponse::default());
        clocked.report(ACCEPTED);
    }
}

fn rejected(times: u32, answer: u64) -> BreakerReport {
    BreakerReport {
        rejected: times,
        rejection: Some((400, answer)),
        ..NOTHING
    }
}

#[test]
fn the_same_rejection_from_every_call_is_the_configurations_fault() {
    let mut clocked = Clocked::new();
    assert_eq!(clocked.report(rejected(19, 7)), BreakerResponse::default());
    let response = clocked.report(rejected(1, 7));
    assert_eq!(
        response,
        BreakerResponse {
            retries_rejected: true,
            wait: Some(Duration::from_secs(15))
        }
    );
    assert_eq!(clocked.reason(), Some(TripReason::SameAnswer(400)));
    // the same again from the probe: it says nothing about the probe's event either
    clocked.advance(15);
    clocked.permit();
    assert!(clocked.report(probe(rejected(1, 7))).retries_rejected);
    // another answer is about the event alone
    clocked.advance(60);
    clocked.permit();
    assert_eq!(
        clocked.report(probe(rejected(1, 8))),
        BreakerResponse::default()
    );
}

#[test]
fn rejections_that_differ_or_stand_among_acceptances_are_the_events_own() {
    let mut clocked = Clocked::new();
    for answer in 0..100 {
        assert_eq!(
            clocked.report(rejected(5, answer)),
            BreakerResponse::default()
        );
    }
    assert_eq!(
        clocked.report(BreakerReport {
            is_mixed: true,
            ..rejected(50, 1)
        }),
        BreakerResponse::default()
    );
    for _ in 0..100 {
        assert_eq!(clocked.report(rejected(15, 7)), BreakerResponse::default());
        assert_eq!(clocked.report(ACCEPTED), BreakerResponse::default());
    }
    assert_eq!(
        clocked.report(BreakerReport {
            accepted: 1,
            ..rejected(99, 7)
        }),
        BreakerResponse::default()
    );
}

#[test]
fn what_was_on_its_way_when_it_opened_neither_closes_it_nor_makes_the_wait_longer() {
    let mut clocked = Clocked::new();
    clocked.report(REFUSED);
    assert_eq!(clocked.report(REFUSED), wait(15));
    assert_eq!(clocked.report(FAILED), wait(15));
    clocked.report(ACCEPTED);
    assert_eq!(clocked.permit(), Permit::Wait(Duration::from_secs(15)));
    assert_eq!(clocked.reason(), Some(TripReason::Refused(401)));
}

#[test]
fn each_route_has_a_breaker_of_its_own() {
    let mut clocked = Clocked::new();
    clocked.report(REFUSED);
    assert_eq!(
        clocked
            .breakers
            .permit("identity koexample", Moment::from_millis(clocked.now)),
        Permit::Allowed { is_clean: true }
    );
    assert_eq!(
        clocked
            .breakers
            .permit("event koother", Moment::from_millis(clocked.now)),
        Permit::Allowed { is_clean: true }
    );
}

#[test]
fn permits_reports_and_responses_are_read_as_they_were_written() {
    for permit in [
        Permit::Allowed { is_clean: true },
        Permit::Allowed { is_clean: false },
        Permit::Probe,
        Permit::Wait(Duration::from_secs(7)),
    ] {
        assert_eq!(read::<Permit>(&json(&permit)), permit);
    }
    let full = BreakerReport {
        hint: Some(Duration::from_secs(9)),
        is_mixed: true,
        ..probe(rejected(3, u64::MAX))
    };
    for report in [NOTHING, ACCEPTED, REFUSED, LIMITED, FAILED, full] {
        assert_eq!(read::<BreakerReport>(&json(&report)), report);
    }
    for response in [
        BreakerResponse::default(),
        wait(5),
        BreakerResponse {
            retries_rejected: true,
            ..wait(1)
        },
    ] {
        assert_eq!(read::<BreakerResponse>(&json(&response)), response);
    }
}

#[test]
fn the_state_of_the_breakers_is_read_as_it_was_written() {
    let mut clocked = Clocked::new();
    for report in [LIMITED, REFUSED, rejected(20, u64::MAX)] {
        clocked.report(report);
        assert_eq!(read::<Breakers>(&json(&clocked.breakers)), clocked.breakers);
    }
    assert_eq!(read::<Breakers>("{}"), Breakers::default());
}
