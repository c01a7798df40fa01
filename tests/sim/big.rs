//! Runs a world of weeks with any number of events, and prints what became of them.

use super::fault_plan::{DAY, Scenario};
use super::random_worlds::run_scenario;
use std::env;
use std::time::Instant;

#[test]
fn the_invariants_hold_in_a_big_world() {
    let number = |name| {
        env::var(name)
            .ok()
            .and_then(|text| text.parse::<u32>().ok())
    };
    let (events, seed) = (
        number("EVENTS").unwrap_or(2_000),
        u64::from(number("SEED").unwrap_or(1)),
    );
    let scenario = Scenario::of_weeks(seed, events);
    let days = scenario.faults_until / DAY;
    let started = Instant::now();
    let report = run_scenario(scenario);
    let line = |name: &str, count: u64| println!("  {name:<58}{count:>12}");
    line("seed", seed);
    line("events", u64::from(events));
    for (place, count) in &report.places {
        line(&format!("  {place}"), *count as u64);
    }
    line(
        "sent twice",
        report.duplicates.values().map(|count| *count as u64).sum(),
    );
    for (why, count) in &report.duplicates {
        line(&format!("  {why}"), *count as u64);
    }
    for (name, count) in &report.figures {
        line(name, *count);
    }
    line("days with faults", days.unsigned_abs());
    line("seconds that it took", started.elapsed().as_secs());
    assert!(
        report.faults.is_empty(),
        "{:#?}\nSEED={seed} EVENTS={events} replays it",
        report.faults
    );
}
