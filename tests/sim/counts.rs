//! Do the ledgers count what happened, each thing once?

use super::invariants::Book;
use super::journal::{Post, Told};
use super::senders::Expected;
use super::world::World;
use kochava_edge::Counters;
use std::collections::BTreeMap;

/// Compares what was counted with what is known.
pub(crate) fn check(world: &mut World, book: &mut Book) {
    let counted = world.stores.counts();
    let truth = truth(world);
    for name in [
        "delivered",
        "attempts",
        "expired",
        "discarded",
        "identities-undelivered",
    ] {
        if counted.of(name) != truth.of(name) {
            book.fault(format!(
                "{name}: {} counted, {} happened",
                counted.of(name),
                truth.of(name)
            ));
        }
    }
    if counted.of("first-attempt") + counted.of("after-retry") != counted.of("delivered") {
        book.fault("first attempts and retries are not all that was delivered".to_owned());
    }
    for (name, figure) in [
        ("delivered", "counted: delivered"),
        ("after-retry", "counted: delivered after a retry"),
        ("duplicates", "counted: duplicates of senders"),
        ("skipped", "counted: skipped"),
        ("discarded", "counted: discarded"),
        ("expired", "counted: expired"),
        ("identities-undelivered", "counted: identities undelivered"),
        ("attempts", "counted: calls"),
        ("deferrals", "counted: deferrals"),
        ("unconfirmed", "counted: unconfirmed"),
    ] {
        book.add(figure, counted.of(name));
    }
    let posts = &world.journal.posts;
    let of = |told: Told| posts.iter().filter(|post| post.told == told).count() as u64;
    book.add("calls made", posts.len() as u64);
    book.add("calls that failed", of(Told::Failed));
    book.add("calls limited", of(Told::Limited));
    book.add("calls refused", of(Told::Refused));
    book.add(
        "calls in rounds that were not noted",
        posts
            .iter()
            .filter(|post| !world.journal.is_noted(post))
            .count() as u64,
    );
    book.add("pauses", world.journal.pauses as u64);
    book.add("rounds", world.journal.rounds_begun);
    book.add(
        "crashes",
        world.journal.crashes.values().sum::<usize>() as u64,
    );
    book.add("dead letters", world.journal.dead as u64);
}

/// What the ledgers should have counted, from what rounds did that were the first to settle, and
/// what messages counted beside.
fn truth(world: &World) -> Counters {
    let journal = &world.journal;
    let mut truth = Counters::default();
    journal
        .tallies
        .values()
        .for_each(|counters| truth.add(counters));
    let noted = journal
        .posts
        .iter()
        .filter(|post| post.round.is_some() && journal.is_noted(post));
    for post in noted {
        truth.count("attempts", 1);
        let is_delivery = post.told == Told::Accepted && is_first_call(world, post);
        truth.count("delivered", u64::from(is_delivery));
    }
    let mut names = BTreeMap::new();
    for event in &world.senders.events {
        names.insert(event.identity_id(), true);
        names.insert(event.id, false);
    }
    for (id, kept) in journal
        .rejected
        .iter()
        .flat_map(|((_, id), kept)| kept.values().map(move |kept| (id, kept)))
    {
        match names.get(id) {
            Some(true) => truth.count("identities-undelivered", kept.times),
            Some(false) if kept.code == "expired" => truth.count("expired", kept.times),
            Some(false) => truth.count("discarded", kept.times),
            None => {}
        }
    }
    truth
}

fn is_first_call(world: &World, post: &Post) -> bool {
    matches!(&world.senders.events[post.number as usize].plan, Expected::Ready(kind, _) if *kind == post.kind)
}
