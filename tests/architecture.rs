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
    ("key", &[]),
    ("steps", &[]),
    ("memory", &[]),
    ("time", &[]),
    ("ledger", &["key", "memory", "time"]),
    ("json", &["steps"]),
    ("path", &["json"]),
    ("event", &["json", "path"]),
    ("source", &["event", "json", "limits", "path"]),
    ("kochava", &["json", "key", "limits", "time"]),
    ("inspect", &["json", "kochava", "limits"]),
    ("trace", &["json", "kochava"]),
    ("delivery", &["json", "limits", "time"]),
    ("gate", &["delivery", "limits", "time"]),
    (
        "settings",
        &["delivery", "event", "json", "kochava", "limits", "path"],
    ),
    ("filter", &["event", "json", "settings"]),
    (
        "mapping",
        &[
            "event", "json", "kochava", "limits", "path", "settings", "steps", "time", "trace",
        ],
    ),
    ("request", &["kochava", "limits", "settings"]),
    (
        "plan",
        &[
            "event", "filter", "kochava", "mapping", "request", "settings", "source", "time",
            "trace",
        ],
    ),
    (
        "ndjson",
        &[
            "filter", "json", "kochava", "mapping", "plan", "request", "source",
        ],
    ),
    (
        "explain",
        &["json", "plan", "request", "source", "steps", "trace"],
    ),
    ("difference", &["explain", "json"]),
    ("taken", &["event", "key", "plan", "source"]),
    (
        "message",
        &["json", "key", "ledger", "limits", "source", "taken", "time"],
    ),
    (
        "reject",
        &[
            "json", "key", "kochava", "message", "ndjson", "source", "taken", "time",
        ],
    ),
    (
        "intake",
        &[
            "key", "ledger", "message", "plan", "reject", "source", "taken", "time",
        ],
    ),
    (
        "round",
        &[
            "delivery", "gate", "json", "key", "kochava", "ledger", "limits", "message", "plan",
            "reject", "request", "time",
        ],
    ),
];

/// Each module within a wing with the modules beside it that it may import. What their parent
/// declares or re-exports is free to all of them.
const SIBLINGS: &[(&str, &[&str])] = &[
    ("delivery/answer", &["retry_after"]),
    ("delivery/journey", &["answer", "backoff"]),
    ("inspect/bytes", &["place"]),
    ("inspect/call", &["keys", "place", "value"]),
    ("inspect/consent", &["keys", "place", "value"]),
    ("inspect/device", &["place", "value"]),
    (
        "inspect/envelope",
        &["call", "ids", "keys", "place", "value"],
    ),
    ("inspect/event", &["place", "value"]),
    (
        "inspect/identity",
        &["device", "ids", "keys", "place", "value"],
    ),
    ("inspect/ids", &["device", "place", "value"]),
    ("inspect/kind", &["keys", "place"]),
    (
        "inspect/track",
        &[
            "call", "consent", "device", "event", "identity", "ids", "keys", "kind", "place",
            "value",
        ],
    ),
    ("inspect/value", &["place"]),
    ("json/number", &["float", "lanes"]),
    ("json/members", &["lanes", "plain", "scan", "slots"]),
    ("json/plain", &["lanes"]),
    ("json/scan", &["lanes", "plain"]),
    ("json/write", &["number", "lanes"]),
    ("kochava/check", &["rule"]),
    ("mapping/device", &["read"]),
    ("mapping/properties", &["read"]),
    ("request/sign", &["four"]),
    ("round/close", &["open", "settlement"]),
    ("round/lane", &["open"]),
    ("round/open", &["settlement"]),
    ("settings/blocks", &["walk"]),
    ("settings/delivery", &["walk"]),
    ("settings/read", &["blocks", "delivery", "walk"]),
    ("source/read", &["amplitude"]),
];

/// Type names that stand more than once in a crate today, to be renamed.
const DUPLICATES_TODAY: &[(&str, &[&str])] = &[(
    "core",
    &[
        "Asking", "Block", "Ending", "Field", "Key", "Lanes", "Member", "Outcome", "Place",
        "Report", "Route", "Source", "Token",
    ],
)];

/// The crates, each with its folders.
const CRATES: &[(&str, &[&str])] = &[
    ("core", &["src"]),
    ("worker", &["worker/src"]),
    ("package", &["pkg/src", "pkg/seldom/src"]),
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
        let allowed = DUPLICATES_TODAY
            .iter()
            .find(|(row, _)| row == name)
            .map_or(&[][..], |(_, allowed)| *allowed);
        let twice = names_twice(&files);
        let new: Vec<_> = twice
            .iter()
            .filter(|(name, _)| !allowed.contains(&name.as_str()))
            .map(|(name, files)| format!("`{name}` stands in {}", files.join(", ")))
            .collect();
        assert_none(&new);
        for duplicate in allowed {
            assert!(
                twice.contains_key(*duplicate),
                "`{duplicate}` stands once in the {name}: take it from DUPLICATES_TODAY"
            );
        }
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
    for wing in wings {
        let is_plumbing = ["limits", "steps", "trace"].contains(&wing.as_str());
        let row = format!("//! | [`{wing}`] | ");
        assert!(
            is_plumbing || lib.text.contains(&row),
            "`{wing}` is missing in the map of the crate's documentation"
        );
    }
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
