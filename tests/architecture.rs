//! Holds the rules of the source that no compiler holds.
//!
//! Which module may import which, and that no type name stands twice in a crate: the tables come
//! first, the checker is in `architecture/`, its own tests in `architecture/planted.rs`. What holds
//! for each file by itself (spellings, length, limits that name their source) is in
//! `architecture/files.rs`.

mod architecture {
    mod files;
    pub(crate) mod laws;
    pub(crate) mod paths;
    mod planted;
    pub(crate) mod tree;
}

use architecture::laws::{Laws, names_twice};
use architecture::tree::{File, files_below};
use std::collections::BTreeSet;

/// Each wing with the wings that it may import, all of them further up in this table.
const WINGS: &[(&str, &[&str])] = &[
    ("limits", &[]),
    ("time", &[]),
    ("digest", &[]),
    ("json", &[]),
    ("source", &["json", "limits"]),
    ("kochava", &["json", "limits", "time", "digest"]),
    ("delivery", &["json", "limits", "time"]),
    (
        "settings",
        &["source", "kochava", "delivery", "json", "limits"],
    ),
    (
        "mapping",
        &["settings", "source", "kochava", "json", "limits", "time"],
    ),
    (
        "plan",
        &["mapping", "settings", "source", "kochava", "json", "time"],
    ),
    (
        "durable",
        &[
            "plan", "source", "kochava", "delivery", "json", "limits", "time", "digest",
        ],
    ),
];

/// Each module within a wing with the modules beside it that it may import. What their parent
/// declares or re-exports is free to all of them.
const SIBLINGS: &[(&str, &[&str])] = &[
    ("delivery/answer", &["retry_after"]),
    ("delivery/attempts", &["answer", "backoff"]),
    ("kochava/check/bytes", &["place"]),
    ("kochava/check/call", &["keys", "place", "value"]),
    ("kochava/check/consent", &["keys", "place", "value"]),
    ("kochava/check/device", &["place", "value"]),
    (
        "kochava/check/envelope",
        &["call", "ids", "keys", "place", "value"],
    ),
    ("kochava/check/event", &["place", "value"]),
    (
        "kochava/check/identity",
        &["device", "ids", "keys", "place", "value"],
    ),
    ("kochava/check/ids", &["device", "place", "value"]),
    ("kochava/check/kind", &["keys", "place"]),
    (
        "kochava/check/track",
        &[
            "call", "consent", "device", "event", "identity", "ids", "keys", "kind", "place",
            "value",
        ],
    ),
    ("kochava/check/value", &["place"]),
    ("durable/ingest", &["message"]),
    ("durable/journal", &["dedupe", "metrics", "settlement"]),
    ("durable/consumer", &["settlement"]),
    ("json/key_index", &["steps"]),
    ("json/number", &["simd"]),
    (
        "json/members",
        &["simd", "plain", "scan", "key_index", "steps"],
    ),
    ("json/plain", &["simd"]),
    ("json/scan", &["simd", "plain", "steps"]),
    ("json/simd", &["steps"]),
    ("json/write", &["number", "simd"]),
    ("kochava/validate", &["rule"]),
    ("mapping/device", &["read"]),
    ("mapping/properties", &["read"]),
    ("durable/consumer/open", &["plan_event"]),
    ("durable/consumer/outgoing", &["disposition"]),
    ("durable/consumer/settle", &["disposition"]),
    ("plan/diff", &["explain"]),
    ("plan/element", &["filter"]),
    ("plan/ndjson", &["element", "fate_json"]),
    ("settings/blocks", &["walk"]),
    ("settings/delivery", &["walk"]),
    ("settings/read", &["blocks", "delivery", "walk"]),
    ("source/batch", &["amplitude"]),
];

/// The crates, each with its folders.
const CRATES: &[(&str, &[&str])] = &[
    ("core", &["src"]),
    ("worker", &["worker/src"]),
    ("package", &["pkg/src"]),
];

const LAWS: Laws = Laws {
    wings: WINGS,
    siblings: SIBLINGS,
};

#[test]
fn modules_import_only_what_the_laws_allow() {
    assert_none(&LAWS.violations(&core()));
}

#[test]
fn the_laws_have_one_direction() {
    assert_none(&LAWS.circles());
}

#[test]
fn the_laws_grant_nothing_that_no_module_uses() {
    assert_none(&LAWS.unused(&core()));
}

#[test]
fn no_type_name_stands_twice_in_a_crate() {
    for (name, folders) in CRATES {
        let files = folders
            .iter()
            .flat_map(|folder| files_below(folder))
            .collect::<Vec<_>>();
        assert!(files.len() > 5, "{name}: no files were found");
        let twice: Vec<_> = names_twice(&files)
            .iter()
            .map(|(name, files)| format!("`{name}` stands in {}", files.join(", ")))
            .collect();
        assert_none(&twice);
    }
}

#[test]
fn the_wings_are_the_modules_of_the_crate_root() {
    let lib = root_file("lib.rs");
    let modules: BTreeSet<_> = lib
        .syntax()
        .items
        .iter()
        .filter_map(|item| match item {
            syn::Item::Mod(module) => Some(module.ident.to_string()),
            _ => None,
        })
        .collect();
    let wings: BTreeSet<_> = WINGS.iter().map(|(wing, _)| (*wing).to_owned()).collect();
    assert_eq!(modules, wings);
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Every file of the core.
fn core() -> Vec<File> {
    files_below("src")
}

/// A file of the core, by its path below `src`.
fn root_file(name: &str) -> File {
    core()
        .into_iter()
        .find(|file| file.name == name)
        .unwrap_or_else(|| panic!("src/{name} is missing"))
}
