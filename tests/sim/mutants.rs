//! Would the invariants notice a shell that does one thing wrong?

use super::fault_plan::{BROKEN, HOUR, Script};
use super::random_worlds::books_within;

#[test]
fn every_broken_shell_is_caught() {
    for broken in BROKEN {
        // a shell that turns in circles is caught by not coming to an end
        let invariants = |seed| {
            books_within(
                Script {
                    broken: Some(broken),
                    ..Script::random_worlds(seed)
                },
                6 * HOUR,
            )
        };
        let sound = |seed| {
            books_within(Script::random_worlds(seed), 6 * HOUR)
                .faults
                .is_empty()
        };
        let caught = (0..SEEDS).find(|&seed| !invariants(seed).faults.is_empty() && sound(seed));
        assert!(
            caught.is_some(),
            "{broken:?} was not caught in {SEEDS} worlds"
        );
    }
}

/// Most are caught in the first few, one only where the journal fails three times in a row.
const SEEDS: u64 = 500;
