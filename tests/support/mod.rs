//! Helpers of several test files.

#![allow(dead_code, reason = "each test file uses a part of it")]

pub(crate) mod choices;
pub(crate) mod generate;
pub(crate) mod guide;

use kochava_edge::{Context, Fate, Parcel, Plan, Planner, Request, Rule, Settings, Violation};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The smallest settings that map every device id.
pub(crate) const SETTINGS: &str = r#"{
    "app_guid": "koexample",
    "mapping": {
        "kochava_device_id": "user_properties.kochava_device_id", "origination_ip": "ip_address",
        "idfa": "user_properties.idfa", "idfv": "user_properties.idfv",
        "adid": "user_properties.adid", "android_id": "user_properties.android_id",
        "att": "user_properties.att", "device_ua": "user_properties.ua"
    }
}"#;

#[track_caller]
pub(crate) fn planner(settings: &str) -> Planner {
    Planner::new(
        Settings::read(settings)
            .unwrap_or_else(|faults| panic!("{faults:?}\n--- in ---\n{settings}")),
    )
}

#[track_caller]
pub(crate) fn plan(settings: &str, body: &str) -> Plan {
    planner(settings)
        .plan(body.as_bytes(), &Context::default())
        .unwrap_or_else(|unreadable| panic!("{unreadable}\n--- in ---\n{body}"))
}

#[track_caller]
pub(crate) fn only_fate(settings: &str, body: &str) -> Fate {
    let [fate] =
        <[Fate; 1]>::try_from(plan(settings, body).fates).expect("one element has one fate");
    fate
}

#[track_caller]
pub(crate) fn ready(settings: &str, body: &str) -> Parcel {
    match only_fate(settings, body) {
        Fate::Ready(parcel) => parcel,
        other => panic!("{other:?}\n--- for ---\n{body}"),
    }
}

#[track_caller]
pub(crate) fn refused(settings: &str, body: &str) -> Vec<Violation> {
    match only_fate(settings, body) {
        Fate::Refused(violations) => violations,
        other => panic!("{other:?}\n--- for ---\n{body}"),
    }
}

/// The folders of `tests/cases`, sorted by name.
pub(crate) fn case_folders() -> Vec<PathBuf> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut folders: Vec<_> = fs::read_dir(cases)
        .expect("the cases are in the repository")
        .map(|folder| folder.expect("a folder can be listed").path())
        .collect();
    folders.sort();
    folders
}

/// The folders of `tests/senders`, by sender and name.
pub(crate) fn sender_case_folders() -> Vec<PathBuf> {
    let senders = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/senders");
    let list = |folder: PathBuf| {
        fs::read_dir(folder)
            .expect("the cases are in the repository")
            .map(|entry| entry.expect("a folder can be listed").path())
    };
    let mut folders: Vec<_> = list(senders).flat_map(list).collect();
    folders.sort();
    folders
}

/// The rules that the core's files name, the table of rules itself aside; only files whose path is
/// wanted are read.
pub(crate) fn rules_named_in(is_wanted: impl Fn(&Path) -> bool) -> BTreeSet<Rule> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![source.clone()];
    let mut text = String::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder can be listed") {
            let path = entry.expect("an entry can be read").path();
            let name = path.strip_prefix(&source).expect("it lies below");
            if path.is_dir() {
                folders.push(path);
            } else if !name.starts_with("kochava/rule") && is_wanted(name) {
                text += &fs::read_to_string(&path).expect("source is text");
            }
        }
    }
    let words: BTreeSet<_> = text
        .split("Rule::")
        .skip(1)
        .map(|rest| {
            rest.split(|c: char| !c.is_alphanumeric())
                .next()
                .unwrap_or_default()
        })
        .collect();
    Rule::ALL
        .iter()
        .copied()
        .filter(|rule| words.contains(format!("{rule:?}").as_str()))
        .collect()
}

/// The settings of a case.
pub(crate) fn case_settings(folder: &Path) -> String {
    fs::read_to_string(folder.join("settings.json")).expect("a case has settings")
}

/// The inbound body of a case.
pub(crate) fn case_event(folder: &Path) -> Vec<u8> {
    fs::read(folder.join("event.json")).expect("a case has an event")
}

/// The number of requests that a case expects.
pub(crate) fn expected_requests(folder: &Path) -> usize {
    let text = fs::read(folder.join("expected.json")).expect("a case has an expectation");
    let expected: serde_json::Value =
        serde_json::from_slice(&text).expect("an expectation is JSON");
    let fates = expected["fates"].as_array().into_iter().flatten();
    fates
        .filter_map(|fate| Some(fate["requests"].as_array()?.len()))
        .sum()
}

/// The requests of all fates, in order.
pub(crate) fn requests(fates: &[Fate]) -> impl Iterator<Item = &Request> {
    fates.iter().flat_map(|fate| match fate {
        Fate::Ready(parcel) => parcel.requests.as_slice(),
        Fate::Skipped(_) | Fate::Refused(_) => &[],
    })
}

/// Removes the white space between tokens and keeps every token as it is.
pub(crate) fn compact(json: &str) -> String {
    let mut in_string = false;
    let mut is_escaped = false;
    json.chars()
        .filter(|&character| {
            let was_in_string = in_string;
            if in_string && !is_escaped && character == '"' {
                in_string = false;
            } else if !in_string && character == '"' {
                in_string = true;
            }
            is_escaped = was_in_string && character == '\\' && !is_escaped;
            was_in_string || !character.is_whitespace()
        })
        .collect()
}

/// A fate as text, bodies and headers included.
pub(crate) fn spell(fate: &Fate) -> String {
    let mut text = String::new();
    let violations = match fate {
        Fate::Ready(parcel) => {
            text.push_str("ready\n");
            for request in &parcel.requests {
                writeln!(
                    text,
                    "{} {} {:?}\n{}",
                    request.kind.as_str(),
                    request.url,
                    request.headers,
                    request.body
                )
                .expect("writing to a String cannot fail");
            }
            &parcel.warnings
        }
        Fate::Skipped(skip) => return format!("skipped {}\n", skip.code()),
        Fate::Refused(violations) => violations,
    };
    for violation in violations {
        writeln!(
            text,
            "{} at {}: {violation}",
            violation.rule.code(),
            violation.field
        )
        .expect("writing to a String cannot fail");
    }
    text
}
