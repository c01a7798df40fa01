//! Is an event read as strictly as `serde_json` reads it, whatever was read before it?
//!
//! A planner learns which keys to expect, and reads what it expects another way. So every document
//! comes behind its like. `make oracle` has millions of them.

mod support;

use kochava_edge::{Context, Planner, Settings, ShapeCache, read_address};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::value::RawValue;
use std::net::IpAddr;
use std::sync::LazyLock;
use support::generate::{body, config, event, settings_pool};

static SETTINGS: LazyLock<Vec<Settings>> = LazyLock::new(|| {
    settings_pool()
        .iter()
        .map(|text| Settings::read(text).expect("they are sound"))
        .collect()
});

fn told(planner: &Planner, lines: &str) -> String {
    let mut out = String::new();
    planner.plan_ndjson(
        lines.as_bytes(),
        &Context::default(),
        &mut ShapeCache::default(),
        &mut out,
    );
    out
}

/// One of the few texts by which JSON becomes other JSON, or none.
fn piece() -> impl Strategy<Value = &'static str> {
    select(
        &[
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u00e9", "0", "1", "-", ".", "e", "null",
            " ", "\t", "\u{1}", "\u{1f}", "é", "", "",
        ][..],
    )
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_was_learnt_changes_nothing(events in prop::collection::vec(prop_oneof![4 => event(), 1 => body()], 1..8), at in any::<Index>(), other in piece(), which in any::<Index>()) {
        let settings = which.get(SETTINGS.as_slice());
        let mut lines: Vec<String> = events.iter().chain(&events).map(|event| event.replace(['\n', '\r'], " ")).collect();
        let spoiled = at.index(lines.len());
        lines[spoiled] = with(&lines[spoiled], at, other);
        let together = told(&Planner::new(settings.clone()), &(lines.join("\n") + "\n"));
        let apart: String = lines.iter().map(|line| told(&Planner::new(settings.clone()), &format!("{line}\n"))).collect();
        prop_assert_eq!(together, apart);
    }

    #[test]
    fn what_is_expected_is_read_as_strictly(event in event(), edits in prop::collection::vec((any::<Index>(), piece()), 1..4)) {
        let event = event.replace(['\n', '\r'], " ");
        let spoiled = edits.iter().fold(event.clone(), |text, (at, other)| with(&text, *at, other));
        let told = told(&Planner::new(SETTINGS[1].clone()), &format!("{event}\n{event}\n{spoiled}\n"));
        let is_read = !told.lines().nth(2).is_some_and(|line| line.contains("\"code\":\"invalid-json\"") || line.contains("\"code\":\"empty-body\""));
        let packed: String = spoiled.split_ascii_whitespace().collect();
        // the one leniency
        if !packed.contains(",}") && !packed.contains(",]") {
            prop_assert_eq!(is_read, serde_json::from_str::<&RawValue>(&spoiled).is_ok(), "{}", spoiled);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20 * config().cases, ..config() })]

    #[test]
    fn an_address_is_what_the_standard_library_reads(octets in prop::collection::vec("0?[0-9]{0,3}|25[0-9]|[0-9a-f]{1,2}", 1..6), mark in "[.]|:|::| ") {
        for text in [octets.join("."), octets.join(&mark), format!("{}{mark}", octets.join("."))] {
            prop_assert_eq!(read_address(&text), text.parse::<IpAddr>().ok(), "{}", text);
        }
    }
}

/// The text with `other` in the place of one character.
fn with(text: &str, at: Index, other: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let at = at.index(characters.len().max(1));
    characters
        .iter()
        .enumerate()
        .map(|(place, character)| {
            if place == at {
                other.to_owned()
            } else {
                character.to_string()
            }
        })
        .collect()
}
