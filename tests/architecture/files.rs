//! Checks each file by itself: name, length, documentation, and what its code may contain.

use crate::{core, root_file};
use std::collections::BTreeSet;

/// Field names, paths and hosts of Kochava and of senders, with the only files whose code may contain
/// them.
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
        &["kochava/check/kind.rs", "kochava/check/envelope.rs"],
    ),
    ("/track/json", &["kochava/wire.rs"]),
    ("identityLink.php", &["kochava/wire.rs"]),
    // as the field that a violation names, too
    (
        "\"kochava_app_id\"",
        &[
            "kochava/validate.rs",
            "mapping/device.rs",
            "plan/explain.rs",
            "kochava/check/keys.rs",
            "kochava/check/envelope.rs",
            "kochava/check/identity.rs",
        ],
    ),
    (
        "gdpr_privacy_consent",
        &[
            "kochava/wire.rs",
            "kochava/event.rs",
            "mapping/fields.rs",
            "kochava/check/keys.rs",
            "kochava/check/track.rs",
        ],
    ),
    (
        "app_tracking_transparency",
        &[
            "kochava/wire.rs",
            "kochava/event.rs",
            "mapping/device.rs",
            "kochava/rule/table.rs",
            "kochava/check/keys.rs",
            "kochava/check/track.rs",
        ],
    ),
    (
        "device_limit_tracking",
        &[
            "kochava/wire.rs",
            "kochava/event.rs",
            "mapping/device.rs",
            "kochava/check/keys.rs",
            "kochava/check/track.rs",
        ],
    ),
    (
        "\"fire_adid\"",
        &[
            "kochava/identifier.rs",
            "plan/advice/candidates.rs",
            "plan/advice/looks.rs",
            "plan/advice/rules.rs",
        ],
    ),
    ("Kochava-Api-Key", &["kochava/request.rs"]),
    ("Kochava-Auth-Token", &["kochava/request.rs"]),
    ("control.kochava.com", &["kochava/endpoint.rs"]),
    (
        "event_type",
        &[
            // what a name looks like
            "plan/advice/looks.rs",
            "source/amplitude.rs",
            "source/amplitude_http.rs",
            "source/cloudevents.rs",
            "source/mparticle.rs",
            "source/revenuecat.rs",
            "source/rudderstack.rs",
            "source/segment.rs",
        ],
    ),
    (
        "\"event_properties\"",
        &[
            "source/amplitude.rs",
            "source/amplitude_http.rs",
            "source/mparticle.rs",
        ],
    ),
    (
        "ip_address",
        &[
            "plan/advice/looks.rs",
            "source/amplitude.rs",
            "source/amplitude_http.rs",
        ],
    ),
    (
        "$identify",
        &["source/amplitude.rs", "source/amplitude_http.rs"],
    ),
    ("$set", &["source/amplitude.rs"]),
];

/// Whether a module that has modules is `x/mod.rs`, not `x.rs` beside `x/`.
const IS_MOD_RS: bool = true;

const LINES_MAX: usize = 400;

/// Files of the core that are longer, with their bound.
const LONGER_FILES: &[(&str, usize)] = &[];

/// The only module with unsafe code.
const UNSAFE_MODULE: &str = "json/simd";

/// The number of limits, so that a check which finds none fails.
const LIMITS_MIN: usize = 46;

/// The number of `ALL` constants that are written by hand.
const LISTS_OF_ALL_MIN: usize = 4;

#[test]
fn every_file_has_documentation_and_is_short() {
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
            "{} has {lines} lines: remove it from LONGER_FILES",
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
fn the_core_uses_neither_a_host_nor_unwrap() {
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
            // what would hide a path from the checker
            "include!",
            "path=\"",
            "extern crate self",
            "kochava_edge::",
        ] {
            let is_allowed = word.contains("unsafe") && file.name.starts_with(UNSAFE_MODULE);
            assert!(
                is_allowed || !has_word(&code, word),
                "{}: the core may not contain `{word}`",
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
fn every_list_of_all_variants_is_complete() {
    let mut lists = 0;
    for file in core() {
        let syntax = file.syntax();
        for (owner, listed) in syntax.items.iter().filter_map(list_of_all) {
            let variants = syntax.items.iter().find_map(|item| match item {
                syn::Item::Enum(item) if item.ident == owner => Some(
                    item.variants
                        .iter()
                        .map(|variant| variant.ident.to_string())
                        .collect::<Vec<_>>(),
                ),
                _ => None,
            });
            assert_eq!(Some(listed), variants, "`ALL` in {}", file.name);
            lists += 1;
        }
    }
    assert!(lists >= LISTS_OF_ALL_MIN, "only {lists} lists were found");
}

/// The type of an `impl` with a constant `ALL`, and the variants that it lists. `Rule::ALL` is
/// generated from the table that declares the variants, and not found here.
fn list_of_all(item: &syn::Item) -> Option<(String, Vec<String>)> {
    let syn::Item::Impl(block) = item else {
        return None;
    };
    let syn::Type::Path(owner) = &*block.self_ty else {
        return None;
    };
    let all = block.items.iter().find_map(|item| match item {
        syn::ImplItem::Const(constant) if constant.ident == "ALL" => Some(&constant.expr),
        _ => None,
    })?;
    let array = match all {
        syn::Expr::Reference(reference) => &*reference.expr,
        array => array,
    };
    let syn::Expr::Array(array) = array else {
        return None;
    };
    let variant = |element: &syn::Expr| match element {
        syn::Expr::Path(path) => path.path.segments.last().map(|name| name.ident.to_string()),
        _ => None,
    };
    let variants = array.elems.iter().filter_map(variant).collect();
    Some((owner.path.get_ident()?.to_string(), variants))
}

#[test]
fn a_field_name_of_others_stands_only_in_its_files() {
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

/// Whether the code contains `word`, not as a part of a longer one.
fn has_word(code: &str, word: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    code.match_indices(word).any(|(at, _)| {
        let (before, after) = (&code[..at], &code[at + word.len()..]);
        let goes_on_before = word.starts_with(is_part) && before.ends_with(is_part);
        let goes_on_after = word.ends_with(is_part) && after.starts_with(is_part);
        !goes_on_before && !goes_on_after
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
