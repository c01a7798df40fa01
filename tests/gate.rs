//! Does a gate close when it must, for as long as it must, and open by itself?

use kochava_edge::delivery::Schedule;
use kochava_edge::gate::{Gates, Pass, Report, Ruling, Why};
use kochava_edge::time::Moment;
use std::time::Duration;

const ROUTE: &str = "event koexample";

/// Gates under the schedule that settings have by default, at a clock of their own.
struct House {
    gates: Gates,
    now: i64,
}

impl House {
    fn new() -> Self {
        House {
            gates: Gates::default(),
            now: 1_767_225_600_000,
        }
    }

    fn enter(&mut self) -> Pass {
        self.gates.enter(ROUTE, Moment::from_millis(self.now))
    }

    /// With the largest jitter, so that the steps are seen as they are.
    fn report(&mut self, report: Report) -> Ruling {
        self.gates = Gates::read(&self.gates.text());
        self.gates.report(
            ROUTE,
            &report,
            &Schedule::default(),
            Moment::from_millis(self.now),
            1.0,
        )
    }

    fn why(&self) -> Option<Why> {
        self.gates.closed().next().map(|(_, closed)| closed.why)
    }

    fn pass(&mut self, seconds: i64) {
        self.now += seconds * 1_000;
    }
}

const ACCEPTED: Report = Report {
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
const NOTHING: Report = Report {
    accepted: 0,
    ..ACCEPTED
};
const REFUSED: Report = Report {
    refused: Some(401),
    ..NOTHING
};
const LIMITED: Report = Report {
    limited: 1,
    ..NOTHING
};
const FAILED: Report = Report {
    failures: 1,
    ..NOTHING
};

fn probe(report: Report) -> Report {
    Report {
        is_probe: true,
        ..report
    }
}

fn wait(seconds: u64) -> Ruling {
    Ruling {
        withholds: false,
        wait: Some(Duration::from_secs(seconds)),
    }
}

#[test]
fn a_gate_that_never_saw_trouble_is_open_and_remembers_nothing() {
    let mut house = House::new();
    assert_eq!(house.enter(), Pass::Open { is_calm: true });
    assert_eq!(house.report(ACCEPTED), Ruling::default());
    assert_eq!(house.gates, Gates::default());
}

#[test]
fn a_refusal_closes_at_once_and_is_probed_at_growing_intervals() {
    let mut house = House::new();
    assert_eq!(house.report(REFUSED), wait(15));
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
            house.enter(),
            Pass::Wait(Duration::from_secs(step.unsigned_abs().into()))
        );
        house.pass(i64::from(step) - 1);
        assert_eq!(house.enter(), Pass::Wait(Duration::from_secs(1)));
        house.pass(1);
        assert_eq!(house.enter(), Pass::Probe);
        assert_eq!(house.report(probe(REFUSED)), wait(next));
    }
    assert_eq!(house.why(), Some(Why::Refused(401)));
}

#[test]
fn one_probe_is_out_at_a_time_and_one_that_is_lost_is_followed_by_another() {
    let mut house = House::new();
    house.report(REFUSED);
    house.pass(15);
    assert_eq!(house.enter(), Pass::Probe);
    assert_eq!(house.enter(), Pass::Wait(Duration::from_mins(1)));
    house.pass(60);
    assert_eq!(
        house.enter(),
        Pass::Probe,
        "the isolate that had it is gone"
    );
}

#[test]
fn a_probe_that_succeeds_opens_it() {
    let mut house = House::new();
    house.report(REFUSED);
    house.pass(15);
    house.enter();
    assert_eq!(house.report(probe(ACCEPTED)), Ruling::default());
    assert_eq!(house.enter(), Pass::Open { is_calm: false });
}

#[test]
fn trouble_that_comes_back_at_once_keeps_the_longer_wait_and_is_forgotten_after_many_calls() {
    let mut house = House::new();
    house.report(LIMITED);
    house.pass(5);
    house.enter();
    house.report(probe(ACCEPTED));
    assert_eq!(house.report(LIMITED), wait(10));
    house.pass(10);
    house.enter();
    house.report(probe(ACCEPTED));
    house.report(Report {
        accepted: 50,
        ..ACCEPTED
    });
    assert_eq!(house.report(LIMITED), wait(5));
}

#[test]
fn a_limit_waits_as_long_as_kochava_asks_but_not_for_ever() {
    let mut house = House::new();
    assert_eq!(
        house.report(Report {
            hint: Some(Duration::from_mins(2)),
            ..LIMITED
        }),
        wait(120)
    );
    let mut house = House::new();
    assert_eq!(
        house.report(Report {
            hint: Some(Duration::from_hours(99)),
            ..LIMITED
        }),
        wait(3_600)
    );
}

#[test]
fn five_failures_without_an_acceptance_are_an_outage() {
    let mut house = House::new();
    for _ in 0..4 {
        assert_eq!(house.report(FAILED), Ruling::default());
    }
    assert_eq!(house.report(FAILED), wait(5));
    assert_eq!(house.why(), Some(Why::Down));
    let mut house = House::new();
    for _ in 0..20 {
        assert_eq!(house.report(FAILED), Ruling::default());
        house.report(ACCEPTED);
    }
}

fn rejected(times: u32, said: u64) -> Report {
    Report {
        rejected: times,
        rejection: Some((400, said)),
        ..NOTHING
    }
}

#[test]
fn the_same_rejection_from_every_call_is_the_configurations_fault() {
    let mut house = House::new();
    assert_eq!(house.report(rejected(19, 7)), Ruling::default());
    let ruling = house.report(rejected(1, 7));
    assert_eq!(
        ruling,
        Ruling {
            withholds: true,
            wait: Some(Duration::from_secs(15))
        }
    );
    assert_eq!(house.why(), Some(Why::SameAnswer(400)));
    // the same again from the probe: it says nothing about the probe's event either
    house.pass(15);
    house.enter();
    assert!(house.report(probe(rejected(1, 7))).withholds);
    // another answer is about the event alone
    house.pass(60);
    house.enter();
    assert_eq!(house.report(probe(rejected(1, 8))), Ruling::default());
}

#[test]
fn rejections_that_differ_or_stand_among_acceptances_are_the_events_own() {
    let mut house = House::new();
    for said in 0..100 {
        assert_eq!(house.report(rejected(5, said)), Ruling::default());
    }
    assert_eq!(
        house.report(Report {
            is_mixed: true,
            ..rejected(50, 1)
        }),
        Ruling::default()
    );
    for _ in 0..100 {
        assert_eq!(house.report(rejected(15, 7)), Ruling::default());
        assert_eq!(house.report(ACCEPTED), Ruling::default());
    }
    assert_eq!(
        house.report(Report {
            accepted: 1,
            ..rejected(99, 7)
        }),
        Ruling::default()
    );
}

#[test]
fn what_was_on_its_way_when_it_closed_neither_opens_it_nor_makes_the_wait_longer() {
    let mut house = House::new();
    house.report(REFUSED);
    assert_eq!(house.report(REFUSED), wait(15));
    assert_eq!(house.report(FAILED), wait(15));
    house.report(ACCEPTED);
    assert_eq!(house.enter(), Pass::Wait(Duration::from_secs(15)));
    assert_eq!(house.why(), Some(Why::Refused(401)));
}

#[test]
fn each_route_has_a_gate_of_its_own() {
    let mut house = House::new();
    house.report(REFUSED);
    assert_eq!(
        house
            .gates
            .enter("identity koexample", Moment::from_millis(house.now)),
        Pass::Open { is_calm: true }
    );
    assert_eq!(
        house
            .gates
            .enter("event koother", Moment::from_millis(house.now)),
        Pass::Open { is_calm: true }
    );
}

#[test]
fn what_is_asked_and_answered_is_read_as_it_was_written() {
    for pass in [
        Pass::Open { is_calm: true },
        Pass::Open { is_calm: false },
        Pass::Probe,
        Pass::Wait(Duration::from_secs(7)),
    ] {
        assert_eq!(Pass::read(&pass.text()), Some(pass));
    }
    let full = Report {
        hint: Some(Duration::from_secs(9)),
        is_mixed: true,
        ..probe(rejected(3, u64::MAX))
    };
    for report in [NOTHING, ACCEPTED, REFUSED, LIMITED, FAILED, full] {
        assert_eq!(Report::read(&report.text()), Some(report));
    }
    for ruling in [
        Ruling::default(),
        wait(5),
        Ruling {
            withholds: true,
            ..wait(1)
        },
    ] {
        assert_eq!(Ruling::read(&ruling.text()), Some(ruling));
    }
    assert_eq!(
        (Pass::read(""), Report::read("1 2"), Ruling::read("x")),
        (None, None, None)
    );
}
