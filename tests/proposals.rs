//! Tests `propose`: for the events of `tests/proposals/` by hand, for any event by property.
//!
//! A case names its event (`file`, `event` or `lines`), perhaps the `settings` before, and what is
//! to be proposed: for each field with a path the chosen one, the paths that are only shown
//! (`maybe`), where a value is expected that is nowhere, the mapping, and the fate under it.

mod support;

use kochava_edge::{
    APP_GUID_PLACEHOLDER, Context, Fate, Planner, ProposalError, Settings, propose,
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use support::generate::{body, config, settings_pool, value};
use support::{SETTINGS, case_event, case_folders, case_settings, sender_case_folders};

const ANY_SENDER: Context<'static> = Context {
    source: None,
    received_at: None,
    connection_ip: None,
    user_agent: None,
    is_test: false,
    limits: None,
};

fn cases() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/proposals");
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the cases are in the repository")
        .map(|entry| entry.expect("a folder can be listed").path())
        .collect();
    files.sort();
    let cases = files.iter().flat_map(|file| {
        let text = fs::read_to_string(file).expect("a case can be read");
        let cases: Vec<Value> = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        cases
    });
    cases.collect()
}

/// The events of a case as they are proposed for, and as they are planned.
fn bodies(case: &Value) -> (Vec<u8>, Vec<u8>) {
    let both = |body: Vec<u8>| (body.clone(), body);
    if let Some(file) = case["file"].as_str() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        return both(fs::read(path).expect("the sample is in the repository"));
    }
    if let Some(lines) = case["lines"].as_array() {
        let text: Vec<_> = lines.iter().map(Value::to_string).collect();
        return (
            text.join("\n").into_bytes(),
            case["lines"].to_string().into_bytes(),
        );
    }
    both(case["event"].to_string().into_bytes())
}

fn proposal_of(body: &[u8], settings: Option<&str>) -> Value {
    let proposal = propose(body, &ANY_SENDER, settings).expect("the body is a batch");
    let mut out = String::new();
    proposal.write(&mut out);
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
}

/// The fields that have a member, by setting.
fn fields_with<'p>(proposal: &'p Value, member: impl Fn(&'p Value) -> Value) -> Map<String, Value> {
    let fields = proposal["fields"].as_array().expect("fields are a list");
    let named = fields.iter().filter_map(|field| {
        let found = member(field);
        let is_empty = found.is_null() || found.as_array().is_some_and(Vec::is_empty);
        (!is_empty).then(|| (field["setting"].as_str().expect("a text").to_owned(), found))
    });
    named.collect()
}

fn uncertain(field: &Value) -> Value {
    let candidates = field["candidates"].as_array().expect("a list").iter();
    candidates
        .filter(|candidate| candidate["certain"] == json!(false))
        .map(|candidate| candidate["path"].clone())
        .collect()
}

#[test]
fn the_proposal_of_each_case_is_the_one_that_is_expected() {
    let cases = cases();
    assert!(cases.len() >= 44, "only {} cases", cases.len());
    let none = json!({});
    let or_none = |value: &Value| {
        if value.is_null() {
            none.clone()
        } else {
            value.clone()
        }
    };
    for case in &cases {
        let name = case["name"].as_str().expect("a case has a name");
        let (body, batch) = bodies(case);
        let settings = case.get("settings").map(Value::to_string);
        let proposal = proposal_of(&body, settings.as_deref());
        assert_eq!(proposal["source"], case["source"], "{name}: source");
        let sources = match &case["sources"] {
            Value::Null => json!([case["source"]]),
            sources => sources.clone(),
        };
        assert_eq!(proposal["sources"], sources, "{name}: sources");
        let chosen = fields_with(&proposal, |field| field["chosen"].clone());
        assert_eq!(Value::Object(chosen), case["chosen"], "{name}: chosen");
        let expected = fields_with(&proposal, |field| field["expected"].clone());
        assert_eq!(
            Value::Object(expected),
            or_none(&case["expected"]),
            "{name}: expected"
        );
        let maybe = fields_with(&proposal, uncertain);
        assert_eq!(
            Value::Object(maybe),
            or_none(&case["maybe"]),
            "{name}: maybe"
        );
        let proposed = &proposal["settings"];
        assert_eq!(
            or_none(&proposed["mapping"]),
            case["mapping"],
            "{name}: mapping"
        );
        if let Some(revenue) = case.get("revenue") {
            assert_eq!(proposed["events"]["revenue"], *revenue, "{name}: revenue");
        }
        if settings.is_none() {
            assert_eq!(proposed["app_guid"], json!(APP_GUID_PLACEHOLDER), "{name}");
            assert_eq!(proposed["sources"], sources, "{name}");
        }
        let read = Settings::read(&proposed.to_string());
        let read = read.unwrap_or_else(|faults| panic!("{name}: {faults:?}"));
        let plan = Planner::new(read).plan(&batch, &ANY_SENDER);
        let fates = plan.expect("the body is a batch").fates;
        assert!(!fates.is_empty(), "{name}");
        for fate in &fates {
            let fate = match fate {
                Fate::Ready(_) => "ready",
                Fate::Skipped(_) => "skipped",
                Fate::Refused(_) => "refused",
            };
            assert_eq!(fate, case["fate"].as_str().expect("a text"), "{name}");
        }
    }
}

/// Whether each event that was ready before is so under the proposal.
fn assert_keeps_ready(body: &[u8], settings: &str) -> usize {
    let before = support::planner(settings);
    let Ok(plan) = before.plan(body, &ANY_SENDER) else {
        return 0;
    };
    let proposal = proposal_of(body, Some(settings));
    let text = proposal["settings"].to_string();
    let read = Settings::read(&text).unwrap_or_else(|faults| panic!("{faults:?}: {text}"));
    let now = Planner::new(read).plan(body, &ANY_SENDER);
    let now = now.expect("what was planned is planned").fates;
    let mut ready = 0;
    for (before, now) in plan.fates.iter().zip(&now) {
        if let Fate::Ready(_) = before {
            assert!(
                matches!(now, Fate::Ready(_)),
                "{now:?} under {text}\n{}",
                String::from_utf8_lossy(body)
            );
            ready += 1;
        }
    }
    ready
}

#[test]
fn no_case_of_any_sender_is_refused_under_a_proposal_that_was_ready_before() {
    let mut ready = 0;
    for folder in case_folders().iter().chain(&sender_case_folders()) {
        ready += assert_keeps_ready(&case_event(folder), &case_settings(folder));
    }
    assert!(ready > 300, "only {ready} events were ready");
}

/// One path may hold the ids of two systems, and a withheld one must not take the other along.
#[test]
fn a_proposal_does_not_withhold_what_was_sent() {
    let settings = r#"{"app_guid":"koexample","mapping":{"kochava_device_id":"kd","origination_ip":"ip_address","adid":"a"}}"#;
    let id = "01234567-89ab-4def-8123-456789abcdef";
    let body = json!({ "event_type": "Level Up", "event_time": "2026-01-01 00:00:00.000000",
        "ip_address": "203.0.113.9", "a": id, "event_properties": { "idfa": id } });
    assert_eq!(assert_keeps_ready(body.to_string().as_bytes(), settings), 1);
}

#[test]
fn settings_that_no_mapping_mends_are_faults() {
    let given = r#"{"app_guid":"ko","enabled":"yes"}"#;
    match propose(b"{}", &ANY_SENDER, Some(given)) {
        Err(ProposalError::Settings(faults)) => assert_eq!(faults[0].path, "enabled"),
        other => panic!("{other:?}"),
    }
    match propose(b"{", &ANY_SENDER, None) {
        Err(ProposalError::Unreadable(unreadable)) => assert_eq!(unreadable.code(), "invalid-json"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn incomplete_settings_are_completed() {
    let body = br#"{"event_type":"Level Up","event_time":"2026-01-01 00:00:00.000000","ip_address":"203.0.113.9"}"#;
    let proposal = proposal_of(
        body,
        Some(r#"{"events":{"send":false},"sources":["amplitude"]}"#),
    );
    assert_eq!(
        proposal["settings"],
        json!({ "app_guid": "koexample", "events": { "send": false }, "sources": ["amplitude"], "mapping": {
            "kochava_device_id": "user_properties.kochava_device_id", "origination_ip": "ip_address", "idfv": "idfv", "adid": "adid" } })
    );
}

#[test]
fn of_several_values_a_list_is_its_elements() {
    let event = r#"{"event_type":"Level Up","event_time":"2026-01-01 00:00:00.000000","ip_address":"203.0.113.9","user_properties":{"idfv":"0DE1A0C0-1111-4222-8333-0123456789AB"}}"#;
    let wanted = proposal_of(format!("{event}\n{event}").as_bytes(), None);
    assert_eq!(
        wanted["settings"]["mapping"]["origination_ip"],
        "ip_address"
    );
    for lines in [
        format!("[{event}]\n[{event}]"),
        format!("[]\n[ {event} , {event} ]\n"),
        format!("[{event}] {event}"),
    ] {
        assert_eq!(proposal_of(lines.as_bytes(), None), wanted, "{lines}");
    }
}

#[test]
fn of_a_list_without_events_there_is_a_proposal_too() {
    let proposal = proposal_of(b"[]", None);
    assert_eq!(proposal["sources"], json!([]));
    Settings::read(&proposal["settings"].to_string()).expect("the settings are readable");
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_proposal_for_any_body_keeps_what_was_ready(body in body(), settings in prop::sample::select(settings_pool())) {
        assert_keeps_ready(body.as_bytes(), &settings);
    }

    #[test]
    fn a_proposal_is_readable_and_keeps_what_was_ready(
        members in prop::collection::vec((name(), value()), 0..12),
        has_settings in any::<bool>(),
    ) {
        let mut event = String::from(
            r#"{"event_type":"Level Up","event_time":"2026-01-01 00:00:00.000000","ip_address":"203.0.113.9",
            "user_properties":{"idfv":"11111111-2222-4333-8444-555555555555","kochava_device_id":"KI1"}"#,
        );
        for (name, value) in members {
            write!(event, ",{}:{value}", Value::from(name)).expect("a text takes any text");
        }
        event.push('}');
        if has_settings {
            assert_keeps_ready(event.as_bytes(), SETTINGS);
        } else {
            let proposal = proposal_of(event.as_bytes(), None);
            let text = proposal["settings"].to_string();
            prop_assert!(Settings::read(&text).is_ok(), "{text}");
        }
    }
}

/// Names that a proposal looks for, and others.
fn name() -> impl Strategy<Value = String> {
    let known = [
        "idfa",
        "idfv",
        "adid",
        "device_id",
        "advertising_id",
        "android_id",
        "client_ip",
        "ip",
        "platform",
        "os",
        "att_status",
        "limit_ad_tracking",
        "gdpr_applies",
        "time",
        "user_id",
        "event_properties",
        "user_properties",
        "kochava_id",
        "user_agent",
        "version",
        "a.b",
        "",
        "/",
        "~",
    ];
    prop_oneof![
        prop::sample::select(known.to_vec()).prop_map(str::to_owned),
        "[a-z_]{1,8}",
    ]
}
