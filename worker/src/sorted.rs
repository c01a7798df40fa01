//! Maps that are filled by single insertions.
//!
//! `collect` would sort first: for each type of entry that adds a sort of its own to the upload, 3 KB
//! compressed.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Returns the map of these entries; of several with one key the last one counts.
pub(crate) fn map_of<K: Ord, V>(entries: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    for (key, value) in entries {
        map.insert(key, value);
    }
    map
}

/// Returns the JSON object of these members; of several with one key the last one counts.
pub(crate) fn object_of(members: impl IntoIterator<Item = (String, Value)>) -> Value {
    let mut object = Map::new();
    for (key, value) in members {
        object.insert(key, value);
    }
    Value::Object(object)
}
