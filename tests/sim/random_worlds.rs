//! Do the invariants close in thousands of small worlds?

use super::fault_plan::{DAY, Script};
use super::invariants::{Book, close};
use super::world::{World, play};
use std::env;
use std::ops::Range;

/// Plays a world to its end, and closes its invariants.
pub(crate) fn invariants(script: Script) -> Book {
    books_within(script, 40 * DAY)
}

/// The same, with so long for what is left when the fault_plan has cleared.
pub(crate) fn books_within(script: Script, rest: i64) -> Book {
    let limit = script.calm_from.max(script.busy) + rest;
    let world = World::new(script);
    play(&world, limit);
    close(&mut world.borrow_mut())
}

// two halves, since two cores are to be had
#[test]
fn the_books_close_in_every_world() {
    match env::var("SEED").ok().and_then(|seed| seed.parse().ok()) {
        Some(seed) => close_all(seed..seed + 1),
        None => close_all(0..1_000),
    }
}

#[test]
fn the_books_close_in_every_other_world() {
    close_all(1_000..2_000);
}

fn close_all(seeds: Range<u64>) {
    for seed in seeds {
        let script = Script::random_worlds(seed);
        let told = format!("{script:?}");
        let book = invariants(script);
        let faults = book.faults.join("\n  ");
        assert!(
            book.faults.is_empty(),
            "\n  {faults}\n{book:#?}\n{told}\nSEED={seed} replays it: SEED={seed} cargo test --test sim every_world"
        );
    }
}
