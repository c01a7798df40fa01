//! The sorted set, the one sort, and maps as JSON objects behave as those of the standard library.

extern crate alloc;

#[path = "../src/sorted.rs"]
mod sorted;

use litemap::LiteMap;
use proptest::collection::vec;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use sorted::{SortedSet, sorted_indices};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn a_set_has_each_element_once_in_order() {
    let mut set = SortedSet::from([3, 1, 2, 3, 1]);
    assert_eq!(set.iter().copied().collect::<Vec<_>>(), [1, 2, 3]);
    set.insert(2);
    set.extend([0, 4, 4]);
    assert_eq!((set.len(), set.is_empty()), (5, false));
    assert!(set.contains(&0) && set.contains(&4) && !set.contains(&5));
    assert_eq!((&set).into_iter().sum::<i32>(), 10);
    assert_eq!(set.into_vec(), [0, 1, 2, 3, 4]);
    let empty = SortedSet::<u8>::default();
    assert!(empty.is_empty() && !empty.contains(&0));
}

proptest! {
    #[test]
    fn a_set_is_that_of_the_standard_library(elements in vec(any::<u8>(), 0..300)) {
        let set: SortedSet<u8> = elements.iter().copied().collect();
        let model: BTreeSet<u8> = elements.into_iter().collect();
        prop_assert!(set.iter().eq(&model));
        let json = serde_json::to_string(&set).unwrap();
        prop_assert_eq!(&json, &serde_json::to_string(&model).unwrap());
        prop_assert_eq!(serde_json::from_str::<SortedSet<u8>>(&json).unwrap(), set);
    }

    #[test]
    fn the_sort_is_stable(keys in vec(0..5_u8, 0..60)) {
        let mut model: Vec<usize> = (0..keys.len()).collect();
        model.sort_by_key(|&place| keys[place]);
        let indices = sorted_indices(keys.len(), &|one, other| keys[one].cmp(&keys[other]));
        prop_assert_eq!(indices, model);
    }

    #[test]
    fn a_map_is_an_object_with_its_keys_in_order(entries in vec((".{0,3}", any::<u8>()), 0..20)) {
        let map = Held { map: entries.iter().cloned().collect() };
        let model: BTreeMap<String, u8> = entries.into_iter().collect();
        let json = serde_json::to_string(&map).unwrap();
        let of_model = serde_json::to_string(&model).unwrap();
        prop_assert_eq!(&json, &format!("{{\"map\":{of_model}}}"));
        prop_assert_eq!(serde_json::from_str::<Held>(&json).unwrap(), map);
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Held {
    #[serde(with = "sorted::as_object")]
    map: LiteMap<String, u8>,
}

#[test]
fn a_map_without_entries_is_an_object_and_the_last_of_a_key_twice_counts() {
    let empty = Held {
        map: LiteMap::new(),
    };
    assert_eq!(serde_json::to_string(&empty).unwrap(), r#"{"map":{}}"#);
    let read = |json| serde_json::from_str::<Held>(json).map(|held| held.map);
    assert!(read(r#"{"map":{}}"#).unwrap().is_empty());
    let twice = read(r#"{"map":{"b":1,"a":2,"b":3}}"#).unwrap();
    let entries: Vec<_> = twice
        .iter()
        .map(|(key, value)| (key.as_str(), *value))
        .collect();
    assert_eq!(entries, [("a", 2), ("b", 3)]);
    let fault = read(r#"{"map":[]}"#).unwrap_err().to_string();
    assert!(fault.contains("expected an object"), "{fault}");
}
