//! Do the invariants close over weeks, with as many events as one asks for?

use super::fault_plan::{DAY, Script};
use super::random_worlds::invariants;
use std::env;
use std::time::Instant;

#[test]
fn the_books_of_a_big_world_close() {
    let number = |name| {
        env::var(name)
            .ok()
            .and_then(|text| text.parse::<u32>().ok())
    };
    let (events, seed) = (
        number("EVENTS").unwrap_or(3_000),
        u64::from(number("SEED").unwrap_or(1)),
    );
    let script = Script::vast(seed, events);
    let days = script.calm_from / DAY;
    let started = Instant::now();
    let book = invariants(script);
    let line = |name: &str, count: u64| println!("  {name:<58}{count:>12}");
    line("seed", seed);
    line("events", u64::from(events));
    for (place, count) in &book.places {
        line(&format!("  {place}"), *count as u64);
    }
    line(
        "sent twice",
        book.duplicates.values().map(|count| *count as u64).sum(),
    );
    for (why, count) in &book.duplicates {
        line(&format!("  {why}"), *count as u64);
    }
    for (name, count) in &book.figures {
        line(name, *count);
    }
    line("days of bad fault_plan", days.unsigned_abs());
    line("seconds that it took", started.elapsed().as_secs());
    assert!(
        book.faults.is_empty(),
        "{:#?}\nSEED={seed} EVENTS={events} replays it",
        book.faults
    );
}
