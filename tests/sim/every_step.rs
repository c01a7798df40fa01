//! Do the invariants close whichever deed is the last of an isolate, and whichever call of a store
//! fails?

use super::fault_plan::{HOUR, MINUTE, Mood, Script, Spell, settings};
use super::random_worlds::invariants;
use super::world::{World, play};

/// A small world with everything in it: identities, rejects, a spell in which calls fail.
fn small() -> Script {
    Script {
        is_plain: false,
        busy: 2 * MINUTE,
        settings: settings(
            r#""steps_s":[5,20],"span_s":30,"pause_steps_s":[5],"slow_steps_s":[2]"#,
            r#","users":{"send":true,"from":"both","properties":["n"]}"#,
        ),
        spells: vec![Spell {
            from: MINUTE,
            until: 3 * MINUTE,
            mood: Mood::Fails,
        }],
        ..Script::calm(5, 10)
    }
}

/// How many points and calls its history has when nothing goes wrong.
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
        let book = invariants(Script {
            crash_at: Some(point),
            ..small()
        });
        assert!(
            book.faults.is_empty(),
            "died at point {point}: {:#?}",
            book.faults
        );
    }
}

#[test]
fn any_call_of_a_store_may_fail_and_may_have_been_done_all_the_same() {
    let (_, calls) = history();
    assert!(calls > 50, "only {calls} calls");
    for call in 0..calls {
        for is_done in [false, true] {
            let book = invariants(Script {
                fail_at: Some((call, is_done)),
                ..small()
            });
            assert!(
                book.faults.is_empty(),
                "call {call} failed, done {is_done}: {:#?}",
                book.faults
            );
        }
    }
}

#[test]
fn a_pause_of_a_day_expires_nothing_and_spends_no_attempt() {
    for status in [401, 403, 404] {
        let spells = vec![Spell {
            from: 0,
            until: 24 * HOUR,
            mood: Mood::Refuses(status),
        }];
        let book = invariants(Script {
            spells,
            ..Script::calm(u64::from(status), 40)
        });
        assert!(book.faults.is_empty(), "{:#?}", book.faults);
        assert_eq!(book.figures["counted: expired"], 0);
        assert_eq!(book.figures["calls that failed"], 0);
        assert_eq!(
            book.figures["counted: delivered after a retry"], 0,
            "a probe is no attempt"
        );
        assert_eq!(book.figures["counted: delivered"], 40);
        // the first answer, those on their way with it, and a probe at 15 s, 1, 5, 15, 30 min and
        // each hour (less up to half of it by jitter)
        assert!(
            book.figures["calls refused"] <= 70,
            "{} calls were refused",
            book.figures["calls refused"]
        );
    }
}

#[test]
fn hours_of_429_spend_no_attempt() {
    let spells = vec![Spell {
        from: 0,
        until: 6 * HOUR,
        mood: Mood::Limits(0),
    }];
    let book = invariants(Script {
        spells,
        ..Script::calm(2, 40)
    });
    assert!(book.faults.is_empty(), "{:#?}", book.faults);
    assert_eq!(
        (
            book.figures["counted: delivered"],
            book.figures["counted: expired"],
            book.figures["counted: delivered after a retry"]
        ),
        (40, 0, 0)
    );
}

#[test]
fn an_outage_of_three_days_loses_nothing() {
    let spells = vec![Spell {
        from: 0,
        until: 72 * HOUR,
        mood: Mood::Fails,
    }];
    let book = invariants(Script {
        spells,
        ..Script::calm(3, 40)
    });
    assert!(book.faults.is_empty(), "{:#?}", book.faults);
    assert_eq!(book.places.values().sum::<usize>(), 40);
}

#[test]
fn the_same_answer_to_everything_rejects_no_more_than_it_takes_to_see_that() {
    let spells = vec![Spell {
        from: 0,
        until: 10 * HOUR,
        mood: Mood::RejectsAll,
    }];
    let book = invariants(Script {
        spells,
        ..Script::calm(4, 200)
    });
    assert!(book.faults.is_empty(), "{:#?}", book.faults);
    assert!(
        book.figures["counted: discarded"] <= 40,
        "{} were rejected",
        book.figures["counted: discarded"]
    );
}
