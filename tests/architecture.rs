//! Checks the source itself: which module may import which, and that type names are unique.
//!
//! The tables below are the rules. `architecture/laws.rs` checks them on the paths that
//! `architecture/paths.rs` finds in the tokens of every file, and `architecture/planted.rs` tests
//! the checker with small crates that break a rule. `architecture/files.rs` checks each file by
//! itself.

mod architecture {
    mod files;
    pub(crate) mod laws;
    pub(crate) mod paths;
    mod planted;
    pub(crate) mod tree;
}

use architecture::laws::{Laws, duplicate_names};
use architecture::tree::{File, files_below};
use std::collections::BTreeSet;

/// Each wing (a module at the crate root) with the wings that it may import, all of which stand above
/// it in this table.
const WINGS: &[(&str, &[&str])] = &[
    ("limits", &[]),
    ("time", &[]),
    ("digest", &[]),
    ("sorted", &[]),
    ("json", &[]),
    ("source", &["json", "limits"]),
    ("kochava", &["json", "limits", "time", "digest", "sorted"]),
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
        &[
            "mapping", "settings", "source", "kochava", "json", "time", "digest", "sorted",
        ],
    ),
    (
        "durable",
        &[
            "plan", "settings", "source", "kochava", "delivery", "json", "limits", "time",
            "digest", "sorted",
        ],
    ),
];

/// Each module within a wing with the sibling modules that it may import. Every module may import
/// what its parent declares or re-exports.
const SIBLINGS: &[(&str, &[&str])] = &[
    ("delivery/answer", &["retry_after"]),
    ("delivery/breaker", &["report", "schedule", "trip_reason"]),
    ("delivery/breakers", &["breaker"]),
    ("delivery/parcel", &["backoff"]),
    ("delivery/report", &["trip_reason"]),
    ("delivery/schedule", &["backoff"]),
    (
        "kochava/check/body",
        &[
            "findings",
            "identity",
            "keys",
            "kind",
            "object",
            "php_spelling",
            "track",
        ],
    ),
    (
        "kochava/check/call",
        &["findings", "keys", "object", "value"],
    ),
    (
        "kochava/check/consent",
        &["findings", "json_type", "keys", "object", "value"],
    ),
    (
        "kochava/check/device",
        &["findings", "json_type", "object", "value"],
    ),
    (
        "kochava/check/envelope",
        &["call", "findings", "identifiers", "keys", "object", "value"],
    ),
    (
        "kochava/check/event",
        &["findings", "json_type", "object", "value"],
    ),
    ("kochava/check/findings", &["json_type", "object"]),
    (
        "kochava/check/identifiers",
        &["device", "findings", "json_type", "object", "value"],
    ),
    (
        "kochava/check/identity",
        &[
            "device",
            "findings",
            "identifiers",
            "json_type",
            "keys",
            "object",
            "value",
        ],
    ),
    ("kochava/check/kind", &["keys", "object"]),
    ("kochava/check/php_spelling", &["findings", "object"]),
    (
        "kochava/check/track",
        &[
            "call",
            "consent",
            "device",
            "event",
            "findings",
            "identifiers",
            "identity",
            "json_type",
            "keys",
            "kind",
            "object",
            "value",
        ],
    ),
    ("kochava/check/value", &["findings", "json_type", "object"]),
    ("durable/ingest", &["message"]),
    ("durable/replay", &["message"]),
    (
        "durable/journal",
        &["coverage", "dedupe", "metrics", "settlement", "waiting"],
    ),
    (
        "durable/consumer",
        &["coverage", "live", "settlement", "test_event", "waiting"],
    ),
    ("durable/coverage", &["metrics"]),
    ("durable/metrics", &["live"]),
    ("durable/waiting_event", &["arrival"]),
    ("json/expected", &["key_index", "simd", "steps"]),
    ("json/key_index", &["steps"]),
    ("json/number", &["float", "simd"]),
    (
        "json/members",
        &["expected", "key_index", "plain", "scan", "simd", "steps"],
    ),
    ("json/plain", &["simd"]),
    ("json/scan", &["open_containers", "plain", "simd", "steps"]),
    ("json/simd", &["steps"]),
    ("json/simd/key_token", &["swar", "wasm"]),
    ("json/simd/unread", &["swar", "wasm"]),
    ("json/write", &["number", "simd"]),
    ("kochava/event", &["validate"]),
    ("kochava/identity", &["envelope", "validate"]),
    ("kochava/install", &["check", "validate"]),
    ("kochava/payload", &["envelope"]),
    ("kochava/track", &["device", "envelope", "validate"]),
    ("kochava/validate", &["envelope"]),
    ("kochava/wire", &["device", "envelope", "track"]),
    ("mapping/attribution", &["read"]),
    ("mapping/data_list", &["guard", "property_name", "read"]),
    ("mapping/device", &["read"]),
    ("mapping/field_reader", &["read"]),
    ("mapping/fit", &["attribution", "read"]),
    ("mapping/guard", &["property_name"]),
    (
        "mapping/properties",
        &["data_list", "guard", "property_name", "read"],
    ),
    ("mapping/read", &["words"]),
    ("mapping/revenue", &["read"]),
    ("durable/consumer/calls", &["order"]),
    ("durable/consumer/open", &["plan_event"]),
    ("durable/consumer/outgoing", &["disposition", "watch"]),
    ("durable/consumer/settle", &["disposition"]),
    ("durable/consumer/watch", &["disposition"]),
    ("plan/advice", &["filter"]),
    ("plan/advice/candidates", &["leaves", "looks", "words"]),
    ("plan/advice/words", &["looks"]),
    ("plan/calls", &["element", "filter"]),
    ("plan/diff", &["leaves"]),
    ("plan/element", &["filter"]),
    ("plan/explain", &["leaves", "lookup_index"]),
    ("plan/ndjson", &["element", "fate_json"]),
    ("plan/test_event", &["filter"]),
    ("settings/alerts", &["faults", "setting"]),
    ("plan/proposal", &["advice"]),
    ("plan/proposal/text", &["gather"]),
    ("settings/app_guids", &["faults", "setting"]),
    ("settings/authentication", &["faults", "setting"]),
    ("settings/blocks", &["faults", "setting"]),
    ("settings/delivery", &["faults", "setting"]),
    ("settings/events", &["blocks", "faults", "setting"]),
    ("settings/faults", &["setting"]),
    ("settings/installs", &["blocks", "faults", "setting"]),
    ("settings/mapping", &["faults", "setting"]),
    ("settings/sources", &["faults", "setting"]),
    ("settings/users", &["events", "faults", "setting"]),
    ("settings/wire", &["faults", "setting"]),
    ("source/amplitude", &["detect", "standard"]),
    (
        "source/amplitude_http",
        &["amplitude", "detect", "schema", "standard"],
    ),
    (
        "source/batch",
        &["detect", "element_reader", "list_cursor", "shape_cache"],
    ),
    ("source/cloudevents", &["detect"]),
    ("source/element_reader", &["list_cursor"]),
    ("source/mparticle", &["detect", "schema", "standard"]),
    ("source/revenuecat", &["detect", "standard"]),
    ("source/rudderstack", &["detect", "segment"]),
    ("source/schema", &["detect"]),
    ("source/segment", &["detect", "schema", "standard"]),
];

/// The crates, each with its folder and the number of files that it has at least.
const CRATES: &[(&str, &str, usize)] = &[
    ("core", "src", 85),
    ("worker", "worker/src", 25),
    ("package", "pkg/src", 8),
];

const LAWS: Laws = Laws {
    wings: WINGS,
    siblings: SIBLINGS,
};

#[test]
fn modules_import_only_what_the_tables_allow() {
    assert_none(&LAWS.violations(&core()));
}

#[test]
fn the_tables_allow_no_cycle() {
    assert_none(&LAWS.cycles());
}

#[test]
fn the_tables_allow_nothing_that_no_module_imports() {
    assert_none(&LAWS.unused(&core()));
}

#[test]
fn type_names_are_unique_within_a_crate() {
    for (name, folder, files_min) in CRATES {
        let files = files_below(folder);
        assert!(
            files.len() >= *files_min,
            "{name}: only {} files were found",
            files.len()
        );
        let duplicates: Vec<_> = duplicate_names(&files)
            .iter()
            .map(|(name, files)| format!("`{name}` is declared in {}", files.join(", ")))
            .collect();
        assert_none(&duplicates);
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
