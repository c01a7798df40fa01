//! Checks the invariants in thousands of small random worlds.

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
    if env::var("SHOW").is_ok() {
        println!("{:#?}", check(&world.borrow()));
        println!("{:?}", world.borrow().scenario);
    }
    if env::var("DEBUG").is_ok() {
        let world = world.borrow();
        for (k, item) in world.queue.waiting().take(5) {
            println!(
                "WAITS {k:?} deliveries {} dead {} {}",
                item.deliveries, item.is_dead, item.text
            );
        }
        for s in world.stores.shards.values() {
            println!("{}", s.state());
        }
        let n = world.history.posts.len();
        if let Some(e) = env::var("EVENT").ok().and_then(|t| t.parse::<u32>().ok()) {
            for p in world.history.posts_of_event(Some(e)) {
                println!("{p:?}");
            }
            for s in world.history.submissions.get(&e) {
                println!("{s:?}");
            }
            println!("{:?}", world.senders.event(e).name);
        }
        let _ = n;
    }
    check(&world.borrow())
}

// two halves, so that two cores share them
#[test]
fn the_invariants_hold_in_every_world() {
    match env::var("SEED").ok().and_then(|seed| seed.parse().ok()) {
        Some(seed) => check_all(seed..seed + 1),
        None => check_all(0..1_000),
    }
}

#[test]
fn the_invariants_hold_in_every_other_world() {
    check_all(1_000..2_000);
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

#[test]
#[ignore = "TEMP"]
fn survey() {
    let number = |name: &str, default: u64| {
        env::var(name)
            .ok()
            .and_then(|t| t.parse().ok())
            .unwrap_or(default)
    };
    let (from, to) = (number("FROM", 0), number("TO", 300));
    let mut kinds: std::collections::BTreeMap<String, Vec<u64>> = Default::default();
    for seed in from..to {
        let started = std::time::Instant::now();
        let result = std::panic::catch_unwind(|| run_scenario(Scenario::random(seed)));
        let faults = match result {
            Ok(report) => report.faults,
            Err(_) => vec!["PANIC".to_owned()],
        };
        if started.elapsed().as_millis() > 300 {
            println!("slow {seed} {:?}", started.elapsed());
        }
        if let Some(f) = faults.first() {
            let f = if f.starts_with("settlement") {
                f[44..].to_owned()
            } else {
                f.clone()
            };
            let key: String = f.chars().filter(|c| !c.is_ascii_digit()).take(70).collect();
            kinds.entry(key).or_default().push(seed);
        }
    }
    for (k, seeds) in kinds {
        println!("{:4} {k}  {:?}", seeds.len(), &seeds[..seeds.len().min(6)]);
    }
}
