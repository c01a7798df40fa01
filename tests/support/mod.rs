//! What several test files need.

#![allow(dead_code, reason = "each test file uses a part of it")]

use kochava_edge::kochava::Violation;
use kochava_edge::plan::{Context, Fate, Parcel, Plan, Planner};
use kochava_edge::settings::Settings;

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
