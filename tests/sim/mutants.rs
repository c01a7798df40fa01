//! Mutation tests: the invariants catch a shell with one deliberate fault.

use super::fault_plan::{HOUR, MUTANTS, Scenario};
use super::random_worlds::run_within;

#[test]
fn every_mutant_is_caught() {
    for mutant in MUTANTS {
        // a shell that never ends is caught by the time limit
        let mutated = |seed| {
            run_within(
                Scenario {
                    mutant: Some(mutant),
                    ..Scenario::random(seed)
                },
                6 * HOUR,
            )
        };
        let sound = |seed| {
            run_within(Scenario::random(seed), 6 * HOUR)
                .faults
                .is_empty()
        };
        let caught = (0..SEEDS).find(|&seed| !mutated(seed).faults.is_empty() && sound(seed));
        assert!(
            caught.is_some(),
            "{mutant:?} was not caught in {SEEDS} worlds"
        );
    }
}

/// Most mutants are caught in the first worlds, one only where the journal fails three times in a
/// row.
const SEEDS: u64 = 500;
