//! Holds the rules of the source that no compiler holds.
//!
//! Which module may import which, which type names are taken, where a spelling may stand, how long
//! a file may be, and that every limit names its source. The tables come first; the checker is in
//! `architecture/`, with its own tests in `architecture/planted.rs`.

mod architecture {
    pub mod laws;
    pub mod paths;
    mod planted;
    pub mod tree;
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

/// Spellings of Kochava and of senders, and the only files whose code may contain them.
const SPELLINGS: &[(&str, &[&str])] = &[
    // as a body contains it, with its quotes
    ("\\\"kochava_app_id", &["kochava/wire.rs"]),
    ("\\\"kochava_device_id", &["kochava/wire.rs"]),
    ("\\\"origination_ip", &["kochava/wire.rs"]),
    ("\\\"device_ids", &["kochava/wire.rs"]),
    ("\\\"device_id\\\"", &["kochava/wire.rs"]),
    ("\\\"event_data", &["kochava/wire.rs"]),
    ("\\\"identity_link", &["kochava/wire.rs"]),
    ("\\\"sum", &["kochava/wire.rs"]),
    (
        "\"identityLink\"",
        &["inspect/kind.rs", "inspect/envelope.rs"],
    ),
    ("/track/json", &["kochava/wire.rs"]),
    ("identityLink.php", &["kochava/wire.rs"]),
    // as the field that a violation names, too
    (
        "\"kochava_app_id\"",
        &[
            "kochava/check.rs",
            "kochava/read.rs",
            "mapping/device.rs",
            "explain.rs",
            "inspect/keys.rs",
            "inspect/envelope.rs",
            "inspect/identity.rs",
        ],
    ),
    (
        "gdpr_privacy_consent",
        &[
            "kochava/wire.rs",
            "kochava/check.rs",
            "mapping.rs",
            "inspect/keys.rs",
            "inspect/track.rs",
        ],
    ),
    (
        "app_tracking_transparency",
        &[
            "kochava/wire.rs",
            "kochava/check.rs",
            "mapping/device.rs",
            "kochava/rule.rs",
            "inspect/keys.rs",
            "inspect/track.rs",
        ],
    ),
    (
        "device_limit_tracking",
        &[
            "kochava/wire.rs",
            "kochava/check.rs",
            "mapping/device.rs",
            "inspect/keys.rs",
            "inspect/track.rs",
        ],
    ),
    ("\"fire_adid\"", &["kochava/identifier.rs"]),
    ("Kochava-Api-Key", &["request.rs"]),
    ("Kochava-Auth-Token", &["request.rs"]),
    ("control.kochava.com", &["request/endpoint.rs"]),
    ("event_type", &["source/amplitude.rs"]),
    ("\"event_properties\"", &["source/amplitude.rs"]),
    ("ip_address", &["source/amplitude.rs"]),
    ("$identify", &["source/amplitude.rs"]),
    ("$set", &["source/amplitude.rs"]),
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

/// Whether a module with modules below it is `x/mod.rs`; else `x.rs` beside `x/`. Never both.
const IS_MOD_RS: bool = false;

const LINES_MAX: usize = 400;

/// Files of the core that are longer today, with their bound.
const LONGER_FILES: &[(&str, usize)] = &[
    ("explain.rs", 410),
    ("json/scan.rs", 410),
    ("kochava/check.rs", 450),
    ("mapping/properties.rs", 420),
    ("plan.rs", 430),
    ("round/close.rs", 535),
    ("settings/read.rs", 460),
];

/// The only place of unsafe code.
const UNSAFE_MODULE: &str = "json/lanes";

/// How many limits there are at least, so that a test which finds none fails.
const LIMITS_MIN: usize = 45;

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

#[test]
fn every_file_says_what_it_is_for_and_is_short() {
    for file in core() {
        assert!(
            file.text.starts_with("//! "),
            "{} does not start with its documentation",
            file.name
        );
        let lines = file.text.lines().count();
        let longer = LONGER_FILES.iter().find(|(name, _)| *name == file.name);
        let max = longer.map_or(LINES_MAX, |(_, max)| *max);
        assert!(
            lines <= max,
            "{} has {lines} lines, {max} at most",
            file.name
        );
        assert!(
            longer.is_none() || lines > LINES_MAX,
            "{} has {lines} lines: take it from LONGER_FILES",
            file.name
        );
    }
    for (name, _) in LONGER_FILES {
        root_file(name);
    }
}

#[test]
fn every_file_is_named_after_what_it_holds() {
    let files = core();
    for file in &files {
        let vague = [
            "util", "helper", "common", "misc", "manager", "types", "service", "handler",
        ];
        for word in vague {
            assert!(
                !file.name.contains(word),
                "{}: `{word}` names nothing",
                file.name
            );
        }
        let stem = file.name.trim_end_matches(".rs");
        let has_modules = files
            .iter()
            .any(|other| other.name.starts_with(&format!("{stem}/")));
        assert!(
            if IS_MOD_RS {
                !has_modules
            } else {
                !stem.ends_with("/mod")
            },
            "{}: the other style of module is in use here",
            file.name
        );
    }
}

#[test]
fn the_core_has_no_host() {
    let lib = root_file("lib.rs").code();
    assert!(lib.contains("#![no_std]") && lib.contains("#![deny(unsafe_code)]"));
    for file in core() {
        let code = file.code();
        for word in [
            "std::",
            "unsafe",
            "allow(unsafe_code)",
            "extern\"",
            "println!",
            "dbg!",
            "todo!",
            "unimplemented!",
            ".unwrap()",
            // what hides a path from the laws
            "include!",
            "path=\"",
            "extern crate self",
            "kochava_edge::",
        ] {
            let is_allowed = word.contains("unsafe") && file.name.starts_with(UNSAFE_MODULE);
            assert!(
                is_allowed || !has_word(&code, word),
                "{}: `{word}` may not stand in the core",
                file.name
            );
        }
    }
}

#[test]
fn every_limit_names_its_source() {
    let limits = root_file("limits.rs").syntax();
    let mut count = 0;
    for item in &limits.items {
        let syn::Item::Const(constant) = item else {
            continue;
        };
        if !matches!(constant.vis, syn::Visibility::Public(_)) {
            continue;
        }
        let docs: Vec<_> = constant.attrs.iter().filter_map(doc_line).collect();
        let says = |start: &str| {
            docs.iter().any(|line| {
                line.strip_prefix(start)
                    .is_some_and(|why| why.trim().len() > 20)
            })
        };
        assert!(
            says(" Source: ") != says(" Ours: "),
            "`{}` needs either a line `Source: …` or a line `Ours: …`",
            constant.ident
        );
        count += 1;
    }
    assert!(count >= LIMITS_MIN, "only {count} limits were found");
}

#[test]
fn a_foreign_spelling_stands_only_in_its_files() {
    let code: Vec<_> = core()
        .iter()
        .map(|file| (file.name.clone(), file.code()))
        .collect();
    for (spelling, allowed) in SPELLINGS {
        let found: BTreeSet<_> = code
            .iter()
            .filter(|(_, code)| code.contains(spelling))
            .map(|(name, _)| name.as_str())
            .collect();
        let allowed = allowed.iter().copied().collect();
        assert_eq!(found, allowed, "files that contain `{spelling}`");
    }
}

/// Whether `word` stands in the code, not as a part of a longer one.
fn has_word(code: &str, word: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    code.match_indices(word).any(|(at, _)| {
        let (before, after) = (&code[..at], &code[at + word.len()..]);
        !(word.starts_with(is_part) && before.ends_with(is_part))
            && !(word.ends_with(is_part) && after.starts_with(is_part))
    })
}

fn doc_line(attribute: &syn::Attribute) -> Option<String> {
    let syn::Meta::NameValue(pair) = &attribute.meta else {
        return None;
    };
    match &pair.value {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) if pair.path.is_ident("doc") => Some(text.value()),
        _ => None,
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
