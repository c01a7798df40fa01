//! Checks the invariants for a crash at every crash point, and for a failure of every call to a
//! store.

use super::fault_plan::{Episode, HOUR, KochavaMode, MINUTE, Scenario, always, settings};
use super::random_worlds::run_scenario;
use super::world::{World, play};

/// Returns a small world with identities, rejects, and an episode in which calls fail.
fn small() -> Scenario {
    Scenario {
        is_plain: false,
        busy: 2 * MINUTE,
        phases: always(settings(
            r#""steps_s":[5,20],"span_s":30,"pause_steps_s":[5],"slow_steps_s":[2]"#,
            r#","users":{"send":true,"from":"both","properties":["n"]}"#,
        )),
        episodes: vec![Episode {
            from: MINUTE,
            until: 3 * MINUTE,
            mode: KochavaMode::Fails,
        }],
        ..Scenario::faultless(5, 10)
    }
}

/// Returns the number of crash points and store calls in its history without faults.
fn history() -> (usize, usize) {
    let world = World::new(small());
    play(&world, 10 * 24 * HOUR);
    let world = world.borrow();
    (world.points(), world.calls())
}

#[test]
fn an_isolate_may_die_at_any_point() {
    let (points, _) = history();
    assert!(points > 100, "only {points} points");
    for point in 0..points {
        let report = run_scenario(Scenario {
            crash_at: Some(point),
            ..small()
        });
        assert!(
            report.faults.is_empty(),
            "died at point {point}: {:#?}",
            report.faults
        );
    }
}

#[test]
fn any_call_of_a_store_may_fail_and_take_effect_all_the_same() {
    let (_, calls) = history();
    assert!(calls > 50, "only {calls} calls");
    for call in 0..calls {
        for is_done in [false, true] {
            let report = run_scenario(Scenario {
                fail_at: Some((call, is_done)),
                ..small()
            });
            assert!(
                report.faults.is_empty(),
                "call {call} failed, done {is_done}: {:#?}",
                report.faults
            );
        }
    }
}

#[test]
fn a_pause_of_a_day_expires_nothing_and_spends_no_attempt() {
    for status in [401, 403, 404] {
        let episodes = vec![Episode {
            from: 0,
            until: 24 * HOUR,
            mode: KochavaMode::Refuses(status),
        }];
        let report = run_scenario(Scenario {
            episodes,
            ..Scenario::faultless(u64::from(status), 40)
        });
        assert!(report.faults.is_empty(), "{:#?}", report.faults);
        assert_eq!(report.figures["counted: expired"], 0);
        assert_eq!(report.figures["calls that failed"], 0);
        assert_eq!(
            report.figures["counted: after-retry"], 0,
            "a probe is no attempt"
        );
        assert_eq!(report.figures["counted: delivered"], 40);
        // the first answer, those of the same moment, and a probe at 15 s, 1, 5, 15, 30 min and
        // each hour (less up to half of it by jitter)
        assert!(
            report.figures["calls refused"] <= 70,
            "{} calls were refused",
            report.figures["calls refused"]
        );
    }
}

#[test]
fn hours_of_429_spend_no_attempt() {
    let episodes = vec![Episode {
        from: 0,
        until: 6 * HOUR,
        mode: KochavaMode::Limits(0),
    }];
    let report = run_scenario(Scenario {
        episodes,
        ..Scenario::faultless(2, 40)
    });
    assert!(report.faults.is_empty(), "{:#?}", report.faults);
    assert_eq!(
        (
            report.figures["counted: delivered"],
            report.figures["counted: expired"],
            report.figures["counted: after-retry"]
        ),
        (40, 0, 0)
    );
}

#[test]
fn an_outage_of_three_days_loses_nothing() {
    let episodes = vec![Episode {
        from: 0,
        until: 72 * HOUR,
        mode: KochavaMode::Fails,
    }];
    let report = run_scenario(Scenario {
        episodes,
        ..Scenario::faultless(3, 40)
    });
    assert!(report.faults.is_empty(), "{:#?}", report.faults);
    assert_eq!(report.places.values().sum::<usize>(), 40);
}
