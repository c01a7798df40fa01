//! Worlds that each aim at one invariant.

use super::fault_plan::{
    DAY, Episode, FaultRates, HOUR, KochavaMode, MINUTE, Outage, STORES, Scenario, Store, settings,
};
use super::history::{AnswerKind, Origin};
use super::random_worlds::run_scenario;
use super::senders::Expected;
use super::world::{Shared, World, play};
use kochava_edge::{Digest, RequestKind};
use std::collections::BTreeMap;

/// Users with identities of their own, and these further choices.
fn with_users(further: &str) -> String {
    settings(
        "",
        &format!(r#","users":{{"send":true,"from":"both","properties":["n"]{further}}}"#),
    )
}

fn played(scenario: Scenario) -> Shared {
    let world = World::new(scenario);
    play(&world, 40 * DAY);
    world
}

#[test]
fn each_store_may_be_out_for_an_hour() {
    for store in STORES {
        let outages = vec![Outage {
            from: 0,
            until: HOUR,
            store,
        }];
        let scenario = Scenario {
            outages,
            is_plain: false,
            settings: with_users(""),
            ..Scenario::faultless(11, 60)
        };
        let report = run_scenario(scenario);
        assert!(report.faults.is_empty(), "{store:?}: {:#?}", report.faults);
        assert_eq!(
            report.places.get("with its sender"),
            None,
            "{store:?}: senders try for four hours"
        );
    }
}

#[test]
fn a_database_that_is_out_for_longer_than_the_queue_keeps_messages_loses_no_reject() {
    for retention in [DAY, 4 * DAY] {
        let outages = vec![Outage {
            from: 0,
            until: 6 * DAY,
            store: Store::Database,
        }];
        let scenario = Scenario {
            outages,
            retention,
            is_plain: false,
            settings: with_users(""),
            ..Scenario::faultless(17, 300)
        };
        let report = run_scenario(scenario);
        assert!(report.faults.is_empty(), "{:#?}", report.faults);
        assert!(
            report.figures["counted: discarded"] > 3,
            "{:#?}",
            report.figures
        );
    }
}

#[test]
fn an_event_larger_than_a_message_is_delivered_within_the_request() {
    let world = played(Scenario {
        large: 3,
        ..Scenario::faultless(12, 30)
    });
    let world = world.borrow();
    let large = world
        .senders
        .events
        .iter()
        .filter(|event| event.is_large)
        .count();
    let at_once = world
        .history
        .posts
        .iter()
        .filter(|post| post.run.is_none())
        .count();
    assert!(
        large > 3 && at_once == large,
        "{at_once} of {large} were delivered at once"
    );
    assert!(
        world.history.faults.is_empty(),
        "{:?}",
        world.history.faults
    );
}

#[test]
fn a_held_identity_follows_the_first_event_of_its_device() {
    let scenario = Scenario {
        is_plain: false,
        settings: with_users(r#","hold_until_event":true"#),
        busy: 2 * DAY,
        ..Scenario::faultless(13, 80)
    };
    let world = played(scenario);
    let world = world.borrow();
    let mut known: BTreeMap<usize, bool> = BTreeMap::new();
    let mut held = 0;
    for post in world.history.posts.iter().filter(|post| post.is_accepted) {
        let event = &world.senders.events[post.number as usize];
        if post.kind == RequestKind::Event {
            known.insert(event.device, true);
        }
        held += usize::from(event.plan.is_identity());
        assert!(
            known.contains_key(&event.device),
            "an identity of device {} came first",
            event.device
        );
    }
    assert!(held > 3, "{held} identities without an event of their own");
}

#[test]
fn an_unchanged_identity_is_sent_once() {
    let scenario = Scenario {
        is_plain: false,
        wave: 1,
        busy: 6 * DAY,
        settings: with_users(""),
        ..Scenario::faultless(14, 60)
    };
    let world = played(scenario);
    let world = world.borrow();
    let same = world
        .senders
        .events
        .iter()
        .filter(|event| event.device == 2 && matches!(event.plan, Expected::Ready(..)))
        .count();
    let sent = |post: &&super::history::Post| {
        post.kind == RequestKind::Identity && world.senders.events[post.number as usize].device == 2
    };
    assert!(same > 5);
    assert_eq!(
        world.history.posts.iter().filter(sent).count(),
        1,
        "of {same} that say the same"
    );
}

#[test]
fn of_two_copies_in_one_batch_one_is_sent() {
    let rates = FaultRates {
        twice: 1.0,
        ..FaultRates::default()
    };
    let report = run_scenario(Scenario {
        rates,
        may_repeat_events: true,
        wave: 25,
        faults_until: 2 * HOUR,
        ..Scenario::faultless(15, 60)
    });
    assert!(report.faults.is_empty(), "{:#?}", report.faults);
    let others: Vec<_> = report
        .duplicates
        .keys()
        .filter(|why| *why != "two consumers had it at once")
        .collect();
    assert!(others.is_empty(), "{others:?}");
}

/// Returns a world whose queue starts with this text.
fn with_message(text: &str, until: i64) -> Shared {
    let world = World::new(Scenario {
        retention: DAY,
        ..Scenario::faultless(16, 10)
    });
    world.borrow_mut().send_batch(&[(
        text,
        0,
        Origin {
            submission: 0,
            message: Digest::of(&[text]),
        },
    )]);
    play(&world, until);
    world
}

#[test]
fn a_message_that_no_release_can_read_is_a_reject_with_its_bytes() {
    let world = with_message("hello", 40 * DAY);
    let world = world.borrow();
    let kept: Vec<_> = world
        .stores
        .rejects
        .values()
        .map(|(reject, _)| (reject.code.as_str(), reject.event.as_str()))
        .collect();
    assert_eq!(kept, [("message-unreadable", "hello")]);
    assert!(world.queue.is_empty());
}

#[test]
fn a_message_of_a_newer_release_waits_for_it_however_short_the_retention() {
    let world = with_message(r#"{"v":3,"what":"ever"}"#, 6 * DAY);
    let world = world.borrow();
    assert_eq!(
        (
            world.queue.is_empty(),
            world.history.deleted,
            world.history.dead
        ),
        (false, 0, 0)
    );
    assert!(world.stores.rejects.is_empty());
}

#[test]
fn deferrals_add_up_however_often_a_message_is_requeued() {
    let episodes = vec![Episode {
        from: 0,
        until: 4 * DAY,
        mode: KochavaMode::Refuses(401),
    }];
    let world = played(Scenario {
        episodes,
        ..Scenario::faultless(18, 12)
    });
    let mut world = world.borrow_mut();
    let counted = world.stores.counts();
    assert_eq!(counted.of("delivered"), 12);
    assert_eq!(
        counted.of("deferrals"),
        world.history.delivered_events - 12,
        "every delivery of an event by the queue ends in a deferral or in its acceptance"
    );
}

#[test]
fn a_seed_determines_the_whole_run() {
    for seed in 0..20 {
        assert_eq!(
            format!("{:?}", run_scenario(Scenario::random(seed))),
            format!("{:?}", run_scenario(Scenario::random(seed))),
            "seed {seed}"
        );
    }
}

#[test]
fn identities_that_are_refused_alone_keep_no_event_waiting() {
    let episodes = vec![Episode {
        from: 0,
        until: DAY,
        mode: KochavaMode::RefusesIdentities,
    }];
    let scenario = Scenario {
        episodes,
        devices: 1,
        body_events: 6,
        busy: MINUTE,
        settings: with_users(""),
        ..Scenario::faultless(17, 24)
    };
    let world = played(scenario);
    let world = world.borrow();
    let events = world
        .history
        .posts
        .iter()
        .filter(|post| post.kind == RequestKind::Event && post.answer == AnswerKind::Accepted);
    let last = events.map(|post| post.at).max().unwrap_or_default();
    assert!(
        last < HOUR,
        "the last event came after {} minutes",
        last / MINUTE
    );
}
