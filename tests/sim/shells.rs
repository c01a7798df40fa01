//! Would the books notice a shell that does one thing wrong?

use super::weather::{BROKEN, HOUR, Script};
use super::wild::books_within;

#[test]
fn every_broken_shell_is_caught() {
    for broken in BROKEN {
        // a shell that turns in circles is caught by not coming to an end
        let books = |seed| {
            books_within(
                Script {
                    broken: Some(broken),
                    ..Script::wild(seed)
                },
                6 * HOUR,
            )
        };
        let sound = |seed| books_within(Script::wild(seed), 6 * HOUR).faults.is_empty();
        let caught = (0..SEEDS).find(|&seed| !books(seed).faults.is_empty() && sound(seed));
        assert!(
            caught.is_some(),
            "{broken:?} was not caught in {SEEDS} worlds"
        );
    }
}

/// Most are caught in the first few, one only where the ledger fails three times in a row.
const SEEDS: u64 = 500;
