//! Tests `Planner::advise`: the setting that decides, the paths that look right, and the change that
//! would have an event sent.

mod support;

use kochava_edge::{Advice, Context, Fate, Planner, Rule, Skip};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::planner;

const MAPPING: &str = r#""mapping":{"kochava_device_id":"user_properties.kd","origination_ip":"ip_address","idfv":"user_properties.idfv","att":"user_properties.att"}"#;

fn settings(further: &str) -> String {
    format!(r#"{{"app_guid":{{"ios":"koios"}},{MAPPING}{further}}}"#)
}

/// An event of Amplitude's that is ready without a warning, with these members instead.
fn event(members: Value) -> Value {
    let mut event = json!({
        "event_type": "Level Up", "event_time": "2026-01-01 00:00:00.000000", "$insert_id": "i-1", "platform": "iOS", "os_version": "18.5",
        "device_model": "iPhone16,1", "ip_address": "203.0.113.9",
        "user_properties": { "kd": "KI-1", "idfv": "11111111-2222-4333-8444-555555555555", "att": "denied" },
    });
    let Value::Object(members) = members else {
        panic!("{members}");
    };
    for (key, value) in members {
        event[key] = value;
    }
    event
}

fn advice_of(planner: &Planner, event: &Value) -> (Fate, Vec<Advice>) {
    let body = event.to_string();
    let context = Context::default();
    let mut fates = planner
        .plan(body.as_bytes(), &context)
        .expect("a batch")
        .fates;
    let advice = planner.advise(body.as_bytes(), &context, &mut fates.iter());
    let mut advice = advice.expect("a batch");
    assert_eq!((fates.len(), advice.len()), (1, 1));
    (fates.remove(0), advice.remove(0))
}

/// The advice about a rule or a skip with this code.
#[track_caller]
fn about(further: &str, members: Value, code: &str) -> Advice {
    let (fate, advice) = advice_of(&planner(&settings(further)), &event(members));
    let found = advice.into_iter().find(|advice| advice.code == code);
    found.unwrap_or_else(|| panic!("no `{code}` in {fate:?}"))
}

/// Path and settings of each candidate.
fn paths(advice: &Advice) -> Vec<(&str, &str, bool)> {
    let candidates = advice.candidates.iter();
    candidates
        .map(|found| (found.setting(), found.path.as_str(), found.is_certain()))
        .collect()
}

fn patch(advice: &Advice) -> Vec<(&str, Value)> {
    let changes = advice.patch.iter();
    changes
        .map(|change| {
            let value = serde_json::from_str(&change.value).expect("a value is JSON");
            (change.path.as_str(), value)
        })
        .collect()
}

#[test]
fn a_missing_address_has_its_setting_and_the_paths_that_look_right() {
    let members = json!({ "ip_address": null, "client_ip": "203.0.113.7", "server_ip": "203.0.113.8", "event_properties": { "ip": "10.0.0.1" } });
    let advice = about("", members, "origination-ip-missing");
    assert_eq!(advice.settings, "mapping.origination_ip");
    assert_eq!(
        paths(&advice),
        [("mapping.origination_ip", "client_ip", true)]
    );
    assert_eq!(advice.candidates[0].value, ["ip_address", "client_ip"]);
    assert_eq!(advice.candidates[0].why().concat(), "a public IP address");
    assert_eq!(advice.candidates[0].kind(), "ip");
}

#[test]
fn a_missing_identifier_names_every_setting_that_would_do_on_its_system() {
    let members = json!({ "user_properties": { "ids": { "vendorId": "11111111-2222-4333-8444-555555555555" } } });
    let advice = about("", members, "device-identity-missing");
    assert_eq!(
        advice.settings,
        "mapping.kochava_device_id mapping.idfv mapping.idfa mapping.custom_ids"
    );
    assert_eq!(
        paths(&advice),
        [("mapping.idfv", "user_properties.ids.vendorId", true)]
    );
}

#[test]
fn a_uuid_under_the_name_of_an_advertising_id_is_one() {
    let guids = r#","test_app_guid":null"#;
    let mut event = event(
        json!({ "platform": "Android", "user_properties": { "gps_adid": "01234567-89ab-4def-8123-456789abcdef", "adid_old": "x" } }),
    );
    event["user_properties"]["kd"] = json!("KA-1");
    let settings = settings(guids).replace(r#""ios""#, r#""android""#);
    let (_, advice) = advice_of(&planner(&settings), &event);
    let ids = advice
        .iter()
        .find(|advice| advice.code == "device-ids-missing");
    let ids = ids.expect("the event has no mapped id");
    assert_eq!(
        ids.settings,
        "mapping.adid mapping.android_id mapping.custom_ids"
    );
    assert_eq!(
        paths(ids),
        [("mapping.adid", "user_properties.gps_adid", true)]
    );
}

#[test]
fn the_setting_of_an_unusable_identifier_is_its_own() {
    let members =
        json!({ "user_properties": { "kd": "KI-1", "idfv": "no-uuid", "att": "denied" } });
    let advice = about("", members, "identifier-shape");
    assert_eq!(advice.settings, "mapping.idfv");
}

#[test]
fn a_name_of_the_senders_is_not_mapped() {
    let advice = about("", json!({ "event_type": "" }), "event-name-missing");
    assert_eq!(advice.settings, "");
    assert!(advice.candidates.is_empty() && advice.patch.is_empty());
}

#[test]
fn a_nearly_standard_name_is_renamed_beside_the_other_names() {
    let further = r#","events":{"rename":{"a.b":"c"}}"#;
    let advice = about(
        further,
        json!({ "event_type": "add_to_cart" }),
        "event-name-near-standard",
    );
    assert_eq!(
        patch(&advice),
        [(
            "events.rename",
            json!({ "a.b": "c", "add_to_cart": "Add to Cart" })
        )]
    );
}

#[test]
fn a_skip_names_its_setting_and_what_would_send_the_event() {
    let not_selected = |select: &str| {
        let further = format!(r#","events":{{"select":{select}}}"#);
        let advice = about(&further, json!({}), "not-selected");
        assert_eq!(advice.settings, "events.select");
        let patch: Vec<_> = patch(&advice)
            .into_iter()
            .map(|(path, value)| (path.to_owned(), value))
            .collect();
        (advice.block, patch)
    };
    // a block with names alone takes one more
    assert_eq!(
        not_selected(r#"[{"names":["Order *","Search"]}]"#),
        (
            Some(0),
            vec![("events.select[0].names[2]".to_owned(), json!("Level Up"))]
        )
    );
    // a block whose condition fails comes nearest; the event gets one of its own
    assert_eq!(
        not_selected(
            r#"[{"names":["Level *"],"where":[{"property":"event_properties.level","is":"exists"}]}]"#
        ),
        (
            Some(0),
            vec![(
                "events.select[1]".to_owned(),
                json!({ "names": ["Level Up"] })
            )]
        )
    );
    let one = |further: &str, code: &str| about(further, json!({}), code);
    let disabled = one(r#","enabled":false"#, "disabled");
    assert_eq!(
        (&*disabled.settings, patch(&disabled)),
        ("enabled", vec![("enabled", json!(true))])
    );
    let unsent = one(r#","events":{"send":false}"#, "events-not-sent");
    assert_eq!(patch(&unsent), [("events.send", json!(true))]);
    let other = one(r#","sources":["segment"]"#, "source-not-selected");
    assert_eq!(patch(&other), [("sources[1]", json!("amplitude"))]);
    let test = one(
        r#","test":[{"names":["No"]},{"names":["Level Up"]}]"#,
        "test-traffic",
    );
    assert_eq!(
        (&*test.settings, test.block, test.patch.len()),
        ("test_app_guid", Some(1), 0)
    );
    let derived = about(
        "",
        json!({ "event_type": "unverified_revenue" }),
        "derived-revenue",
    );
    assert_eq!(
        patch(&derived),
        [(
            "events.select",
            json!([{ "names": ["*"] }, { "names": ["unverified_revenue"] }])
        )]
    );
    let group = about(
        "",
        json!({ "event_type": "$groupidentify" }),
        "group-identify",
    );
    assert_eq!((&*group.settings, group.patch.len()), ("", 0));
}

/// Rules of which no setting decides: the sender or the app must change.
const OF_NO_SETTING: [Rule; 4] = [
    Rule::NotAnObject,
    Rule::NestedTooDeep,
    Rule::NumberAsText,
    Rule::TextRepaired,
];

/// Skips of which no setting decides.
const SKIPS_OF_NO_SETTING: [Skip; 4] = [
    Skip::GroupIdentify,
    Skip::UnsupportedType,
    Skip::IntegrationDisabled,
    Skip::ConsentDenied,
];

/// Every rule and every skip that the cases of all senders meet has its setting, a path that the
/// schema of the settings knows.
#[test]
fn every_reason_that_is_met_has_a_setting_of_the_schema() {
    let schema: Value =
        serde_json::from_str(include_str!("../settings.schema.json")).expect("JSON");
    let knows = |setting: &str| {
        let mut place = &schema;
        setting.split('.').all(|key| {
            if place.get("properties").is_none() {
                // an object with names of its own, or one of several shapes
                let any = place["anyOf"].as_array().into_iter().flatten();
                let object = any.clone().find(|shape| shape.get("properties").is_some());
                match object {
                    Some(object) => place = object,
                    None => return place.get("additionalProperties").is_some(),
                }
            }
            place = &place["properties"][key];
            !place.is_null()
        })
    };
    let none: BTreeSet<&str> = OF_NO_SETTING
        .iter()
        .map(|rule| rule.code())
        .chain(SKIPS_OF_NO_SETTING.iter().map(|skip| skip.code()))
        .collect();
    let mut met = BTreeSet::new();
    for folder in support::case_folders() {
        let planner = planner(&support::case_settings(&folder));
        let body = support::case_event(&folder);
        let context = Context::default();
        let Ok(plan) = planner.plan(&body, &context) else {
            continue;
        };
        let advice = planner.advise(&body, &context, &mut plan.fates.iter());
        for (fate, advice) in plan.fates.iter().zip(advice.expect("a batch")) {
            let codes: Vec<&str> = match fate {
                Fate::Ready(parcel) => parcel.warnings.iter().map(|it| it.rule.code()).collect(),
                Fate::Refused(rules) => rules.iter().map(|it| it.rule.code()).collect(),
                Fate::Skipped(skip) => vec![skip.code()],
            };
            assert_eq!(codes, advice.iter().map(|it| it.code).collect::<Vec<_>>());
            for advice in &advice {
                met.insert(advice.code);
                let own_name = advice.code == "event-name-missing";
                let is_none = none.contains(advice.code) || own_name;
                assert_eq!(advice.settings.is_empty(), is_none, "{}", advice.code);
                for setting in advice.settings.split(' ').filter(|it| !it.is_empty()) {
                    assert!(knows(setting), "{}: `{setting}`", advice.code);
                }
            }
        }
    }
    assert!(
        met.len() >= 40,
        "only {} codes were met: {met:?}",
        met.len()
    );
}
