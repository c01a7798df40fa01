//! Under every key of Kochava's guide, `check` tells a value of another JSON type: its place, what
//! was found and what is expected.
//!
//! The tables were written by hand from Kochava's pages (Post-Install Event Setup, Install
//! Notification Setup, IdentityLink Setup, Google's DMA Consent Policy, Post-Install Event Examples)
//! and its SDKs, and use none of the core's.

use kochava_edge::{Severity, check};
use serde_json::{Value, json};

const VALUES: [(&str, &str); 8] = [
    ("null", "null"),
    ("true", "true"),
    ("false", "false"),
    ("5", "a number"),
    (r#""x""#, "a string"),
    (r#""1767225600""#, "a string"),
    (r#"["a"]"#, "a list"),
    (r#"{"a":"b"}"#, "an object"),
];

const TEXT: &str = "a string";
const NUMBER: &str = "a number";
const FLAG: &str = "true or false";
const OBJECT: &str = "an object";

/// The keys that every call by the route of events has.
const TRACK: &[(&str, &str)] = &[
    ("/action", TEXT),
    ("/kochava_app_id", TEXT),
    ("/kochava_device_id", TEXT),
    ("/data", OBJECT),
];

/// The keys of `data` that events and installs share.
const DEVICE: &[(&str, &str)] = &[
    ("/usertime", NUMBER),
    ("/app_version", TEXT),
    ("/device_ver", TEXT),
    ("/device_ua", TEXT),
    ("/origination_ip", TEXT),
    ("/device_ids", OBJECT),
    ("/device_ids/idfa", TEXT),
    ("/device_ids/idfv", TEXT),
    ("/device_ids/custom", TEXT),
    ("/app_tracking_transparency", OBJECT),
    ("/app_tracking_transparency/att", FLAG),
    ("/app_tracking_transparency/att_time", NUMBER),
    ("/app_tracking_transparency/att_duration", NUMBER),
    ("/app_tracking_transparency/att_detail", TEXT),
    ("/device_limit_tracking", FLAG),
    ("/gdpr_privacy_consent", OBJECT),
    ("/gdpr_privacy_consent/gdpr_applies", NUMBER),
    ("/gdpr_privacy_consent/tc_string", TEXT),
    ("/gdpr_privacy_consent/ad_user_data", NUMBER),
    ("/gdpr_privacy_consent/ad_personalization", NUMBER),
];

/// The keys of `data` that only events have.
const EVENT: &[(&str, &str)] = &[
    ("/event_name", TEXT),
    ("/currency", TEXT),
    ("/event_data", OBJECT),
    ("/event_data/sum", NUMBER),
    ("/event_data/price", NUMBER),
    ("/event_data/quantity", NUMBER),
    ("/event_data/duration", NUMBER),
    ("/event_data/rating_value", NUMBER),
    ("/event_data/max_rating_value", NUMBER),
    ("/event_data/spatial_x", NUMBER),
    ("/event_data/spatial_y", NUMBER),
    ("/event_data/spatial_z", NUMBER),
    ("/event_data/completed", FLAG),
    ("/event_data/background", FLAG),
    ("/event_data/payload", OBJECT),
    ("/event_data/user_id", TEXT),
    ("/event_data/user_name", TEXT),
    ("/event_data/name", TEXT),
    ("/event_data/description", TEXT),
    ("/event_data/content_id", TEXT),
    ("/event_data/content_type", TEXT),
    ("/event_data/order_id", TEXT),
    ("/event_data/receipt_id", TEXT),
    ("/event_data/currency", TEXT),
    ("/event_data/checkout_as_guest", TEXT),
    ("/event_data/referral_from", TEXT),
    ("/event_data/item_added_from", TEXT),
    ("/event_data/registration_method", TEXT),
    ("/event_data/search_term", TEXT),
    ("/event_data/results", TEXT),
    ("/event_data/level", TEXT),
    ("/event_data/score", TEXT),
    ("/event_data/success", TEXT),
    ("/event_data/validated", TEXT),
    ("/event_data/action", TEXT),
    ("/event_data/date", TEXT),
    ("/event_data/start_date", TEXT),
    ("/event_data/end_date", TEXT),
    ("/event_data/destination", TEXT),
    ("/event_data/origin", TEXT),
    ("/event_data/uri", TEXT),
    ("/event_data/ad_type", TEXT),
    ("/event_data/ad_network_name", TEXT),
    ("/event_data/placement", TEXT),
    ("/event_data/ad_mediation_name", TEXT),
    ("/event_data/ad_campaign_id", TEXT),
    ("/event_data/ad_campaign_name", TEXT),
    ("/event_data/ad_group_id", TEXT),
    ("/event_data/ad_group_name", TEXT),
    ("/event_data/ad_size", TEXT),
    ("/event_data/device_type", TEXT),
];

/// The keys of `data` that only installs have.
const INSTALL: &[(&str, &str)] = &[
    ("/ad_services_token", TEXT),
    ("/install_referrer", OBJECT),
    ("/install_referrer/referrer", TEXT),
    ("/install_referrer/referrer_click_time", NUMBER),
    ("/adservices_attribution_details", OBJECT),
    ("/adservices_attribution_details/attribution", FLAG),
    ("/adservices_attribution_details/campaignId", NUMBER),
    ("/adservices_attribution_details/adGroupId", NUMBER),
    ("/adservices_attribution_details/keywordId", NUMBER),
    ("/adservices_attribution_details/creativeSetId", NUMBER),
    ("/adservices_attribution_details/orgId", NUMBER),
    ("/adservices_attribution_details/conversionType", TEXT),
    ("/adservices_attribution_details/clickDate", TEXT),
    ("/adservices_attribution_details/countryOrRegion", TEXT),
    ("/iad_attribution_details", OBJECT),
    ("/iad_attribution_details/Version3.1", OBJECT),
    ("/iad_attribution_details/Version3.1/iad-attribution", TEXT),
    ("/iad_attribution_details/Version3.1/iad-campaign-id", TEXT),
    ("/conversion_data", OBJECT),
    ("/conversion_data/utm_source", TEXT),
    ("/conversion_data/utm_medium", TEXT),
    ("/conversion_data/utm_campaign", TEXT),
    ("/identity_link", OBJECT),
    ("/identity_link/app_userid", TEXT),
];

/// IdentityLink's own call.
const IDENTITY: &[(&str, &str)] = &[
    ("/kochava_app_id", TEXT),
    ("/device_id", OBJECT),
    ("/device_id/idfa", TEXT),
    ("/device_id/adid", TEXT),
    ("/data", OBJECT),
    ("/data/app_userid", TEXT),
    ("/data/plan", TEXT),
    ("/device_hash_method", OBJECT),
    ("/device_hash_method/idfa", TEXT),
];

#[test]
fn a_value_of_another_type_is_told_under_every_key_of_an_event() {
    assert_told(&event(), TRACK, "");
    assert_told(&event(), DEVICE, "/data");
    assert_told(&event(), EVENT, "/data");
}

#[test]
fn a_value_of_another_type_is_told_under_every_key_of_a_flat_event() {
    let mut flat = event();
    let data = flat["data"].take();
    let root = flat.as_object_mut().expect("it is an object");
    root.remove("data");
    root.extend(data.as_object().expect("data is an object").clone());
    assert_told(&flat, &TRACK[..3], "");
    assert_told(&flat, DEVICE, "");
    assert_told(&flat, EVENT, "");
}

#[test]
fn a_value_of_another_type_is_told_under_every_key_of_an_install() {
    let install = json!({ "action": "install", "kochava_app_id": "koexample", "kochava_device_id": "KD-1", "app_ver": "4.2.0", "data": {} });
    assert_told(&install, TRACK, "");
    assert_told(&install, &[("/app_ver", TEXT)], "");
    assert_told(&install, DEVICE, "/data");
    assert_told(&install, INSTALL, "/data");
}

#[test]
fn a_value_of_another_type_is_told_under_every_key_of_an_update() {
    let update = json!({ "action": "update", "kochava_app_id": "koexample", "kochava_device_id": "KD-1",
        "data": { "idfa": "A1B2C3D4-0000-4000-8000-0123456789AB" } });
    assert_told(&update, TRACK, "");
    assert_told(&update, &[("/idfa", TEXT)], "/data");
    assert_told(&update, DEVICE, "/data");
}

#[test]
fn a_value_of_another_type_is_told_under_every_key_of_an_identity() {
    let identity =
        json!({ "kochava_app_id": "koexample", "device_id": {}, "data": { "app_userid": "u-7" } });
    assert_told(&identity, IDENTITY, "");
    let by_track = json!({ "action": "identityLink", "kochava_app_id": "koexample", "kochava_device_id": "KD-1",
        "data": { "identity_link": { "app_userid": "u-7" }, "device_ids": {} } });
    assert_told(&by_track, TRACK, "");
    assert_told(
        &by_track,
        &[
            ("/identity_link", OBJECT),
            ("/identity_link/app_userid", TEXT),
            ("/device_ids", OBJECT),
            ("/device_ids/idfv", TEXT),
        ],
        "/data",
    );
}

#[test]
fn the_sentence_tells_what_was_found_and_what_is_expected() {
    for (pointer, value, sentence) in [
        (
            "/data/app_tracking_transparency/att",
            json!("true"),
            "value of the wrong type; send the type that Kochava's guide gives (found a string, expected true or false)",
        ),
        (
            "/data/event_name",
            Value::Null,
            "null value; leave the key out, or send an empty string where a string is expected (found null, expected a string)",
        ),
        (
            "/data/event_data/price",
            json!("9.99"),
            "standard key of `event_data` with a value of another type; Kochava's SDKs send the expected one (found a string, expected a number)",
        ),
        (
            "/data/device_ids",
            json!([]),
            "device ids that are not an object; send an object of strings, never a list (found a list, expected an object)",
        ),
        (
            "/data/usertime",
            json!("1767225600"),
            "event time as a string; most of Kochava's samples have a number (found a string, expected a number)",
        ),
        (
            "/data/event_data/cart",
            json!({ "n": 2 }),
            "value of `event_data` that is not a string, number or boolean; Kochava may ignore it (found an object, expected a string, number or boolean)",
        ),
    ] {
        let report = check(with(&event(), pointer, &value).to_string().as_bytes());
        let finding = report
            .findings
            .iter()
            .find(|found| found.pointer == pointer);
        assert_eq!(finding.expect(pointer).to_string(), sentence);
    }
}

#[test]
fn a_value_of_the_right_type_has_no_mismatch() {
    for body in [
        event().to_string(),
        with(&event(), "/data/app_tracking_transparency", &json!({ "att": false, "att_time": 1_767_225_000, "att_duration": 4, "att_detail": "denied" })).to_string(),
        with(&event(), "/data/gdpr_privacy_consent", &json!({ "gdpr_applies": 1, "ad_user_data": 0, "ad_personalization": 0 })).to_string(),
        with(&event(), "/data/device_limit_tracking", &json!("true")).to_string(),
        with(&event(), "/data/event_data", &json!({ "sum": 19.9, "ours": true, "price": -1e2, "payload": {} })).to_string(),
    ] {
        let report = check(body.as_bytes());
        let mismatches: Vec<_> = report.findings.iter().filter(|found| found.mismatch.is_some()).collect();
        assert!(mismatches.is_empty(), "{mismatches:?} in {body}");
    }
}

fn event() -> Value {
    json!({ "action": "event", "kochava_app_id": "koexample", "kochava_device_id": "KD-1", "data": { "event_name": "Level Up", "usertime": 1_767_225_600,
        "device_ver": "", "device_ua": "Dalvik%2F2.1.0", "origination_ip": "203.0.113.7", "device_ids": { "adid": "01234567-89ab-4def-8123-456789abcdef" } } })
}

/// `body` with a value at a pointer; objects on the way are created.
fn with(body: &Value, pointer: &str, value: &Value) -> Value {
    let mut changed = body.clone();
    let mut at = &mut changed;
    for step in pointer.split('/').skip(1) {
        if !at.is_object() {
            *at = json!({});
        }
        at = &mut at[step];
    }
    *at = value.clone();
    changed
}

#[track_caller]
fn assert_told(body: &Value, keys: &[(&str, &'static str)], parent: &str) {
    for (key, expected) in keys {
        let pointer = format!("{parent}{key}");
        for (text, found) in VALUES {
            let is_flag = ["true", "false"].contains(&found);
            // a number or a flag under a key of text of `event_data` stays readable
            let is_readable = pointer.contains("/event_data/")
                && *expected == TEXT
                && (is_flag || found == NUMBER);
            if found == *expected || (*expected == FLAG && is_flag) || is_readable {
                continue;
            }
            let value = serde_json::from_str(text).expect("it is JSON");
            let spoiled = with(body, &pointer, &value).to_string();
            let report = check(spoiled.as_bytes());
            let mut mismatches = report
                .findings
                .iter()
                .filter(|finding| finding.pointer == pointer)
                .filter_map(|finding| finding.mismatch.map(|mismatch| (finding.rule, mismatch)));
            let Some((rule, mismatch)) = mismatches.next() else {
                panic!("{text} at {pointer} is not told: {:?}", report.findings)
            };
            assert_eq!(
                (mismatch.found, mismatch.expected),
                (found, *expected),
                "{spoiled}"
            );
            assert!(
                mismatches.next().is_none(),
                "{text} at {pointer} is told twice"
            );
            // Kochava's pages contradict each other about a quoted time; keys of `event_data` are free
            let is_lenient = pointer.contains("/event_data")
                || pointer.ends_with("/usertime")
                || pointer.ends_with("/device_limit_tracking");
            assert!(
                is_lenient || rule.severity() == Severity::Refuse,
                "{rule:?} at {pointer}"
            );
        }
    }
}
