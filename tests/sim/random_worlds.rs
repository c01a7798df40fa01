//! Checks the invariants in a hundred small random worlds, or as many as `WORLDS` says.

use super::fault_plan::{DAY, Scenario};
use super::invariants::{Report, check};
use super::world::{World, play};
use std::env;
use std::ops::Range;

/// Runs a world to its end, and checks the invariants.
pub(crate) fn run_scenario(scenario: Scenario) -> Report {
    run_within(scenario, 40 * DAY)
}

/// Does the same, with this much time to drain once there are no more faults.
pub(crate) fn run_within(scenario: Scenario, rest: i64) -> Report {
    let limit = scenario.faults_until.max(scenario.busy) + rest;
    let world = World::new(scenario);
    play(&world, limit);
    check(&world.borrow())
}

// two halves, so that two cores share them
#[test]
fn the_invariants_hold_in_every_world() {
    match env::var("SEED").ok().and_then(|seed| seed.parse().ok()) {
        Some(seed) => check_all(seed..seed + 1),
        None => check_all(0..worlds()),
    }
}

#[test]
fn the_invariants_hold_in_every_other_world() {
    check_all(worlds()..2 * worlds());
}

fn check_all(seeds: Range<u64>) {
    for seed in seeds {
        let scenario = Scenario::random(seed);
        let description = format!("{scenario:?}");
        let report = run_scenario(scenario);
        let faults = report.faults.join("\n  ");
        assert!(
            report.faults.is_empty(),
            "\n  {faults}\n{report:#?}\n{description}\nSEED={seed} replays it: SEED={seed} cargo test --test sim every_world"
        );
    }
}

/// How many worlds each half has.
fn worlds() -> u64 {
    let worlds = env::var("WORLDS").ok().and_then(|text| text.parse().ok());
    worlds.unwrap_or(50)
}
