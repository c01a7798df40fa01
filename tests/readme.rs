//! Does the README tell every setting, every code, every command and every route, and do its
//! examples work?

use kochava_edge::{FailureReason, Rule, Settings, Skip, Unreadable, UnreadableReason};

const README: &str = include_str!("../README.md");
const MAKEFILE: &str = include_str!("../Makefile");
const SCHEMA: &str = include_str!("../settings.schema.json");

#[test]
fn every_code_is_told_with_its_sentence() {
    for rule in Rule::ALL {
        tells(&format!("| `{}` | {} |", rule.code(), rule.sentence()));
    }
    for skip in Skip::ALL {
        tells(&format!("| `{}` | {} |", skip.code(), skip.sentence()));
    }
    for reason in [
        UnreadableReason::EmptyBody,
        UnreadableReason::InvalidUtf8,
        UnreadableReason::InvalidJson,
        UnreadableReason::NotABatch,
    ] {
        tells(&format!("`{}`", Unreadable { reason, offset: 0 }.code()));
    }
    for reason in [
        FailureReason::Rejected { status: 400 },
        FailureReason::Paused { status: 401 },
        FailureReason::Exhausted { hint: None },
    ] {
        tells(&format!("`{}`", reason.code()));
    }
}

#[test]
fn every_setting_is_told() {
    let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
    let members =
        |value: &serde_json::Value| value["properties"].as_object().cloned().unwrap_or_default();
    for (section, value) in members(&schema)
        .iter()
        .filter(|(section, _)| *section != "$schema")
    {
        let keys = if section == "app_guid" || section == "test_app_guid" {
            serde_json::Map::new()
        } else {
            members(value)
        };
        tells(&format!("`{section}"));
        for key in keys.keys().filter(|_| section != "authentication") {
            tells(&format!("`{section}.{key}`"));
        }
    }
}

#[test]
fn every_operator_is_told() {
    for operator in [
        "is",
        "is not",
        "contains",
        "does not contain",
        "exists",
        "does not exist",
        "starts with",
        "ends with",
        "greater than",
        "greater or equal",
        "less than",
        "less or equal",
        "in",
        "not in",
    ] {
        tells(&format!("`{operator}`"));
    }
}

#[test]
fn every_command_is_a_target() {
    for line in README
        .lines()
        .filter_map(|line| line.trim().strip_prefix("make "))
    {
        let target = line.split_whitespace().next().unwrap();
        assert!(MAKEFILE.contains(&format!("\n{target}:")), "make {target}");
    }
}

#[test]
fn the_example_settings_work() {
    let example = README
        .split("```json")
        .map(|block| block.split("```").next().unwrap())
        .find(|block| block.contains("\"mapping\""))
        .unwrap();
    Settings::read(example).unwrap();
}

#[track_caller]
fn tells(text: &str) {
    assert!(README.contains(text), "the README does not say {text}");
}
