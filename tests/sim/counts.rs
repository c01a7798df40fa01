//! Checks that the journal counted everything that happened, each thing once.

use super::history::{AnswerKind, Post};
use super::invariants::Report;
use super::senders::Expected;
use super::world::World;
use kochava_edge::Counters;
use std::collections::BTreeMap;

/// Compares the counters with the history.
pub(crate) fn check(world: &mut World, report: &mut Report) {
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
            report.fault(format!(
                "{name}: {} counted, {} happened",
                counted.of(name),
                truth.of(name)
            ));
        }
    }
    if counted.of("first-attempt") + counted.of("after-retry") != counted.of("delivered") {
        report.fault("first attempts and retries are not all that was delivered".to_owned());
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
        report.add(figure, counted.of(name));
    }
    let posts = &world.history.posts;
    let of = |answer: AnswerKind| posts.iter().filter(|post| post.answer == answer).count() as u64;
    report.add("calls made", posts.len() as u64);
    report.add("calls that failed", of(AnswerKind::Failed));
    report.add("calls limited", of(AnswerKind::Limited));
    report.add("calls refused", of(AnswerKind::Refused));
    report.add(
        "calls in runs that were not recorded",
        posts
            .iter()
            .filter(|post| !world.history.is_recorded(post))
            .count() as u64,
    );
    report.add("pauses", world.history.pauses as u64);
    report.add("runs", world.history.runs_started);
    report.add(
        "crashes",
        world.history.crashes.values().sum::<usize>() as u64,
    );
    report.add("dead letters", world.history.dead as u64);
}

/// Returns what the journal should have counted: the calls of the runs that settled first, and the
/// counters of the messages.
fn truth(world: &World) -> Counters {
    let history = &world.history;
    let mut truth = Counters::default();
    history
        .message_counters
        .values()
        .for_each(|counters| truth.add(counters));
    let recorded = history
        .posts
        .iter()
        .filter(|post| post.run.is_some() && history.is_recorded(post));
    for post in recorded {
        truth.count("attempts", 1);
        let is_delivery = post.answer == AnswerKind::Accepted && is_first_call(world, post);
        truth.count("delivered", u64::from(is_delivery));
    }
    let mut names = BTreeMap::new();
    for event in &world.senders.events {
        names.insert(event.identity_id(), true);
        names.insert(event.id, false);
    }
    for (id, kept) in history
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
