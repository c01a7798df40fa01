//! The set of seen keys: what was added is known until it is forgotten, hour by hour, and its stored
//! rows restore it.

use kochava_edge::{DedupeChunk, DedupeSet, DedupeWrite, Digest};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// The fingerprint of an event, as it is in the set.
fn key(number: u64) -> u64 {
    Digest::of(&["event", &number.to_string()]).fingerprint()
}

/// The stored rows of a set.
#[derive(Clone, Debug, Default)]
struct Rows(BTreeMap<u32, (u32, Vec<u8>)>);

impl Rows {
    fn write(&mut self, writes: Vec<DedupeWrite>) {
        for write in writes {
            match write {
                DedupeWrite::Chunk(chunk) => {
                    self.0.insert(chunk.number, (chunk.hour, chunk.bytes()));
                }
                DedupeWrite::Drop(number) => drop(self.0.remove(&number)),
            }
        }
    }

    fn restored(&self, keys_max: usize) -> DedupeSet {
        let mut set = DedupeSet::new(keys_max);
        for (&number, (hour, bytes)) in &self.0 {
            set.restore(DedupeChunk::from_bytes(number, *hour, bytes));
        }
        set
    }
}

#[test]
fn it_has_what_was_added_and_nothing_else() {
    let mut set = DedupeSet::new(100_000);
    let rows = set.add((0..10_000).map(key), 5).len();
    assert_eq!(rows, 10, "1,024 keys share a row");
    assert_eq!(set.len(), 10_000);
    assert!((0..10_000).all(|number| set.has(key(number))));
    assert!((10_000..60_000).all(|number| !set.has(key(number))));
    assert_eq!(
        set.add([key(0), key(7)], 6),
        [],
        "what is known is not written again"
    );
}

#[test]
fn a_chunk_is_read_as_it_was_written() {
    let mut set = DedupeSet::new(100);
    let writes = set.add([1, u64::MAX, key(3)], 9);
    let [DedupeWrite::Chunk(chunk)] = writes.as_slice() else {
        panic!("{writes:?}");
    };
    assert_eq!(chunk.hour, 9);
    assert_eq!(chunk.bytes()[..9], [0, 0, 0, 0, 0, 0, 0, 1, 0xFF]);
    assert_eq!(
        &DedupeChunk::from_bytes(chunk.number, chunk.hour, &chunk.bytes()),
        chunk
    );
}

#[test]
fn whole_hours_are_forgotten_and_their_rows_dropped() {
    let (mut set, mut rows) = (DedupeSet::new(100_000), Rows::default());
    for hour in 0..10 {
        let keys = (0..100).map(|number| key(u64::from(hour) * 100 + number));
        rows.write(set.add(keys, hour));
    }
    rows.write(set.forget_before(7));
    assert_eq!((set.len(), rows.0.len()), (300, 3));
    assert!((0..700).all(|number| !set.has(key(number))));
    assert!((700..1_000).all(|number| set.has(key(number))));
}

#[test]
fn where_there_are_too_many_the_oldest_hours_are_forgotten_first() {
    let (mut set, mut rows) = (DedupeSet::new(5_000), Rows::default());
    for hour in 0..8 {
        assert_eq!(set.is_full(), hour >= 4, "hour {hour}");
        let keys = (0..1_000).map(|number| key(u64::from(hour) * 1_000 + number));
        rows.write(set.add(keys, hour));
    }
    assert_eq!((set.len(), rows.0.len()), (5_000, 5));
    assert!((0..3_000).all(|number| !set.has(key(number))));
    assert!((3_000..8_000).all(|number| set.has(key(number))));
}

#[test]
fn a_key_that_was_forgotten_can_be_added_again() {
    let (mut set, mut rows) = (DedupeSet::new(100), Rows::default());
    rows.write(set.add([key(1)], 3));
    rows.write(set.forget_before(4));
    assert!(set.is_empty() && rows.0.is_empty());
    rows.write(set.add([key(1)], 4));
    assert!(set.has(key(1)) && rows.restored(100).has(key(1)));
}

#[derive(Clone, Debug)]
enum Action {
    /// Keys are added an hour later or in the same one.
    Add(Vec<u64>, bool),
    /// The hours before the last so many are forgotten.
    Forget(u32),
    Restore,
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        4 => (vec(0_u64..3_000, 0..900), any::<bool>()).prop_map(|(keys, later)| Action::Add(keys, later)),
        1 => (0_u32..6).prop_map(Action::Forget),
        1 => Just(Action::Restore),
    ]
}

const KEYS_MAX: usize = 2_500;

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// The plain twin is a map from each key to its hour.
    #[test]
    fn it_is_a_map_of_keys_and_hours_that_survives_its_store(actions in vec(action(), 1..25), first in 0_u32..5_000) {
        let (mut set, mut rows) = (DedupeSet::new(KEYS_MAX), Rows::default());
        let mut plain: BTreeMap<u64, u32> = BTreeMap::new();
        let mut hour = first;
        for action in actions {
            match action {
                Action::Add(keys, is_later) => {
                    hour += u32::from(is_later);
                    rows.write(set.add(keys.iter().copied().map(key), hour));
                    for number in keys {
                        plain.entry(key(number)).or_insert(hour);
                    }
                    while plain.len() > KEYS_MAX {
                        let oldest = *plain.values().min().expect("it is not empty");
                        plain.retain(|_, of| *of != oldest);
                    }
                }
                Action::Forget(hours) => {
                    let before = hour.saturating_sub(hours);
                    rows.write(set.forget_before(before));
                    plain.retain(|_, of| *of >= before);
                }
                Action::Restore => set = rows.restored(KEYS_MAX),
            }
            prop_assert_eq!(set.len(), plain.len());
            for number in 0..3_000 {
                prop_assert_eq!(set.has(key(number)), plain.contains_key(&key(number)));
            }
        }
    }
}
