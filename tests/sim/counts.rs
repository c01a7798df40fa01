//! Checks that the journal counted everything that happened, each thing once.

use super::history::{AnswerKind, Post};
use super::invariants::Report;
use super::world::World;

/// Compares the counters with the history.
pub(crate) fn check(world: &World, report: &mut Report) {
    let counted = world.stores.counts();
    let history = &world.history;
    if counted != history.counted {
        let (journal, settled) = (&counted, &history.counted);
        report.fault(format!(
            "the journal has {journal:?}, the settlements counted {settled:?}"
        ));
    }
    let ends = ["delivered", "discarded", "expired", "duplicates", "skipped"];
    let ended: u64 = ends.iter().map(|name| counted.of(name)).sum();
    // what is left of an identity that the operator sends again is no event
    let most = history.inputs + history.skipped + history.replayed_identities;
    if !(history.inputs + history.skipped..=most).contains(&ended) {
        report.fault(format!(
            "{ended} ended, {} were put into the queue and {} skipped: {counted:?}",
            history.inputs, history.skipped
        ));
    }
    if counted.of("first-attempt") + counted.of("after-retry") != counted.of("delivered") {
        report.fault("first attempts and retries are not all that was delivered".to_owned());
    }
    let latencies = counted
        .iter()
        .filter(|(name, _)| name.starts_with("latency:"));
    if latencies.map(|(_, times)| times).sum::<u64>() != counted.of("delivered") {
        report.fault("not every delivery has its latency".to_owned());
    }
    if counted.of("replayed") != history.replayed {
        report.fault(format!(
            "replayed: {} counted, {} happened",
            counted.of("replayed"),
            history.replayed
        ));
    }
    add_figures(world, report);
}

fn add_figures(world: &World, report: &mut Report) {
    let counted = world.stores.counts();
    let history = &world.history;
    for name in [
        "delivered",
        "after-retry",
        "duplicates",
        "skipped",
        "discarded",
        "expired",
        "identities-undelivered",
        "attempts",
        "deferrals",
        "unconfirmed",
        "replayed",
    ] {
        report.add(&format!("counted: {name}"), counted.of(name));
    }
    let count = |is_counted: &dyn Fn(&Post) -> bool| {
        history.posts.iter().filter(|post| is_counted(post)).count() as u64
    };
    let of = |answer: AnswerKind| count(&|post: &Post| post.answer == answer);
    report.add("calls made", history.posts.len() as u64);
    report.add("calls that failed", of(AnswerKind::Failed));
    report.add("calls limited", of(AnswerKind::Limited));
    report.add("calls refused", of(AnswerKind::Refused));
    report.add(
        "calls in runs that were not recorded",
        count(&|post| !history.is_recorded(post)),
    );
    for (reason, trips) in &history.trips {
        report.add(&format!("breaker trips: {reason}"), *trips);
    }
    report.add("runs", history.runs_started);
    for (effect, requests) in &history.requests {
        report.add(&format!("requests to the journal: {effect:?}"), *requests);
    }
    report.add("crashes", history.crashes.values().sum::<usize>() as u64);
    report.add("dead letters", history.dead as u64);
    report.add(
        "restarts of the journal",
        history.restarts.values().map(Vec::len).sum::<usize>() as u64,
    );
}
