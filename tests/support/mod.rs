//! What several test files need.

#![allow(dead_code, reason = "each test file uses a part of it")]

pub(crate) mod choices;
pub(crate) mod generate;
pub(crate) mod guide;

use kochava_edge::kochava::Violation;
use kochava_edge::plan::{Context, Fate, Parcel, Plan, Planner};
use kochava_edge::request::Request;
use kochava_edge::settings::Settings;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The least that settings must say.
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
    Planner::new(Settings::read(settings).unwrap_or_else(|faults| panic!("{faults:?}\n--- in ---\n{settings}")))
}

#[track_caller]
pub(crate) fn plan(settings: &str, body: &str) -> Plan {
    planner(settings).plan(body.as_bytes(), &Context::default()).unwrap_or_else(|unreadable| panic!("{unreadable}\n--- in ---\n{body}"))
}

#[track_caller]
pub(crate) fn only_fate(settings: &str, body: &str) -> Fate {
    let [fate] = <[Fate; 1]>::try_from(plan(settings, body).fates).expect("one element has one fate");
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

/// The folders of the cases, in the order of their names.
pub(crate) fn case_folders() -> Vec<PathBuf> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut folders: Vec<_> =
        fs::read_dir(cases).expect("the cases are in the repository").map(|folder| folder.expect("a folder can be listed").path()).collect();
    folders.sort();
    folders
}

/// The requests of all fates, in order.
pub(crate) fn requests(fates: &[Fate]) -> impl Iterator<Item = &Request> {
    fates.iter().flat_map(|fate| match fate {
        Fate::Ready(parcel) => parcel.requests.as_slice(),
        Fate::Skipped(_) | Fate::Refused(_) => &[],
    })
}

/// Everything that a fate says, bodies and headers included.
pub(crate) fn spell(fate: &Fate) -> String {
    let mut text = String::new();
    let violations = match fate {
        Fate::Ready(parcel) => {
            text.push_str("ready\n");
            for request in &parcel.requests {
                writeln!(text, "{} {} {:?}\n{}", request.kind.as_str(), request.url, request.headers, request.body).expect("a String takes it");
            }
            &parcel.warnings
        }
        Fate::Skipped(skip) => return format!("skipped {}\n", skip.code()),
        Fate::Refused(violations) => violations,
    };
    for violation in violations {
        writeln!(text, "{} at {}: {violation}", violation.rule.code(), violation.field).expect("a String takes it");
    }
    text
}
