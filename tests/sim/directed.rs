//! Does each promise hold in a world that was made to break it?

use super::fault_plan::{
    DAY, HOUR, MINUTE, Mood, Noise, Outage, STORES, Script, Spell, Store, settings,
};
use super::journal::{Stamp, Told};
use super::random_worlds::invariants;
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

fn played(script: Script) -> Shared {
    let world = World::new(script);
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
        let script = Script {
            outages,
            is_plain: false,
            settings: with_users(""),
            ..Script::calm(11, 60)
        };
        let book = invariants(script);
        assert!(book.faults.is_empty(), "{store:?}: {:#?}", book.faults);
        assert_eq!(
            book.places.get("with its sender"),
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
        let script = Script {
            outages,
            retention,
            is_plain: false,
            settings: with_users(""),
            ..Script::calm(17, 300)
        };
        let book = invariants(script);
        assert!(book.faults.is_empty(), "{:#?}", book.faults);
        assert!(
            book.figures["counted: discarded"] > 3,
            "{:#?}",
            book.figures
        );
    }
}

#[test]
fn an_event_larger_than_a_message_is_delivered_while_its_sender_waits() {
    let world = played(Script {
        large: 3,
        ..Script::calm(12, 30)
    });
    let world = world.borrow();
    let large = world
        .senders
        .events
        .iter()
        .filter(|event| event.is_large)
        .count();
    let at_once = world
        .journal
        .posts
        .iter()
        .filter(|post| post.round.is_none())
        .count();
    assert!(
        large > 3 && at_once == large,
        "{at_once} of {large} were delivered at once"
    );
    assert!(
        world.journal.faults.is_empty(),
        "{:?}",
        world.journal.faults
    );
}

#[test]
fn a_held_identity_follows_the_first_event_of_its_device() {
    let script = Script {
        is_plain: false,
        settings: with_users(r#","hold_until_event":true"#),
        busy: 2 * DAY,
        ..Script::calm(13, 80)
    };
    let world = played(script);
    let world = world.borrow();
    let mut known: BTreeMap<usize, bool> = BTreeMap::new();
    let mut held = 0;
    for post in world.journal.posts.iter().filter(|post| post.is_accepted) {
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
fn an_identity_that_says_the_same_goes_once() {
    let script = Script {
        is_plain: false,
        wave: 1,
        busy: 6 * DAY,
        settings: with_users(""),
        ..Script::calm(14, 60)
    };
    let world = played(script);
    let world = world.borrow();
    let same = world
        .senders
        .events
        .iter()
        .filter(|event| event.device == 2 && matches!(event.plan, Expected::Ready(..)))
        .count();
    let sent = |post: &&super::journal::Post| {
        post.kind == RequestKind::Identity && world.senders.events[post.number as usize].device == 2
    };
    assert!(same > 5);
    assert_eq!(
        world.journal.posts.iter().filter(sent).count(),
        1,
        "of {same} that say the same"
    );
}

#[test]
fn of_two_copies_in_one_batch_one_is_sent() {
    let noise = Noise {
        twice: 1.0,
        ..Noise::default()
    };
    let book = invariants(Script {
        noise,
        may_tangle: true,
        wave: 25,
        calm_from: 2 * HOUR,
        ..Script::calm(15, 60)
    });
    assert!(book.faults.is_empty(), "{:#?}", book.faults);
    let others: Vec<_> = book
        .duplicates
        .keys()
        .filter(|why| *why != "two consumers had it at once")
        .collect();
    assert!(others.is_empty(), "{others:?}");
}

/// A world into whose queue this text was put by hand, after so long.
fn with_message(text: &str, until: i64) -> Shared {
    let world = World::new(Script {
        retention: DAY,
        ..Script::calm(16, 10)
    });
    world.borrow_mut().send_batch(&[(
        text,
        0,
        Stamp {
            journey: 0,
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
fn a_message_of_a_newer_release_waits_for_it_however_short_the_queue_remembers() {
    let world = with_message(r#"{"v":3,"what":"ever"}"#, 6 * DAY);
    let world = world.borrow();
    assert_eq!(
        (
            world.queue.is_empty(),
            world.journal.deleted,
            world.journal.dead
        ),
        (false, 0, 0)
    );
    assert!(world.stores.rejects.is_empty());
}

#[test]
fn deferrals_add_up_however_often_a_message_is_put_into_the_queue_anew() {
    let spells = vec![Spell {
        from: 0,
        until: 4 * DAY,
        mood: Mood::Refuses(401),
    }];
    let world = played(Script {
        spells,
        ..Script::calm(18, 12)
    });
    let mut world = world.borrow_mut();
    let counted = world.stores.counts();
    assert_eq!(counted.of("delivered"), 12);
    assert_eq!(
        counted.of("deferrals"),
        world.journal.handed - 12,
        "whenever an event is handed over, it is put off or delivered"
    );
}

#[test]
fn a_seed_says_all_of_it() {
    for seed in 0..20 {
        assert_eq!(
            format!("{:?}", invariants(Script::random_worlds(seed))),
            format!("{:?}", invariants(Script::random_worlds(seed))),
            "seed {seed}"
        );
    }
}

#[test]
fn identities_that_are_refused_alone_keep_no_event_waiting() {
    let spells = vec![Spell {
        from: 0,
        until: DAY,
        mood: Mood::RefusesIdentities,
    }];
    let script = Script {
        spells,
        devices: 1,
        body_events: 6,
        busy: MINUTE,
        settings: with_users(""),
        ..Script::calm(17, 24)
    };
    let world = played(script);
    let world = world.borrow();
    let events = world
        .journal
        .posts
        .iter()
        .filter(|post| post.kind == RequestKind::Event && post.told == Told::Accepted);
    let last = events.map(|post| post.at).max().unwrap_or_default();
    assert!(
        last < HOUR,
        "the last event came after {} minutes",
        last / MINUTE
    );
}
