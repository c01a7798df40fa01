//! Fuzzes planning with arbitrary bodies.
//!
//! The body's length selects the settings and the sender, so that every JSON file is a seed. Checked is what is
//! cheap to know of any input: nothing panics, `trace` plans as `plan` does, every text that waits
//! can be planned alone, and every body that is sent is ASCII, small enough, and JSON to our own
//! reader.

#![no_main]

use kochava_edge::{Context, Fate, Moment, Planner, Reader, Settings, ShapeCache, Source};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

fuzz_target!(|body: &[u8]| {
    let planner = &PLANNERS[body.len() % PLANNERS.len()];
    let context = Context {
        // the last one of these is the sender that the body's shape shows
        source: Source::ALL.get(body.len() / PLANNERS.len() % (Source::ALL.len() + 1)).copied(),
        connection_ip: Some("8.8.4.4"),
        user_agent: Some("Mozilla/5.0"),
        ..Context::default()
    };
    let planned = planner.plan(body, &context);
    let traced = planner.trace(body, &context, &mut ShapeCache::default());
    let (Ok(plan), Ok(traced)) = (&planned, &traced) else {
        assert_eq!(planned.err(), traced.err());
        return;
    };
    assert_eq!(plan.fates.len(), traced.len());
    let arrivals = planner
        .decide(body, &context, &mut ShapeCache::default())
        .expect("as planned");
    assert_eq!(plan.fates.len(), arrivals.elements.len());
    for arrival in arrivals.elements {
        let Some(text) = arrival.text else { continue };
        // what waits is strict JSON, and one element
        let now = Moment::from_millis(1_767_225_600_000);
        let shapes = &mut ShapeCache::default();
        let alone = planner.plan_waiting(&text, arrival.source, arrival.of_users, false, now, shapes);
        assert!(alone.is_ok(), "{text}");
    }
    for (fate, (traced, _)) in plan.fates.iter().zip(traced) {
        match (fate, traced) {
            (Fate::Ready(parcel), Fate::Ready(traced)) => {
                assert!(
                    parcel.requests == traced.requests
                        && parcel.warnings == traced.warnings
                        && !parcel.requests.is_empty()
                );
                parcel
                    .requests
                    .iter()
                    .for_each(|request| is_a_body(&request.body));
            }
            (Fate::Refused(violations), Fate::Refused(traced)) => {
                assert!(violations == traced && !violations.is_empty())
            }
            (Fate::Skipped(skip), Fate::Skipped(traced)) => assert_eq!(skip, traced),
            other => panic!("{other:?}"),
        }
    }
});

fn is_a_body(body: &str) {
    assert!(
        body.len() < 2_000_000 && body.bytes().all(|byte| (0x20..0x80).contains(&byte)),
        "{body}"
    );
    let mut reader = Reader::new(body);
    assert!(
        reader
            .value()
            .is_ok_and(|value| value.members().count() >= 3)
            && reader.end().is_ok(),
        "{body}"
    );
}

static PLANNERS: LazyLock<Vec<Planner>> = LazyLock::new(|| {
    let all = r#""properties": "*", "user_properties": "*""#;
    let signed = r#""authentication": { "api_key": "test-api-key", "secret": "test-secret" }"#;
    let further = [
        format!(r#""events": {{ {all} }}"#),
        format!(r#""events": {{ {all} }}, "wire": {{ "nested": "json", "usertime": "millis", "device_ver": "model" }}, {signed}"#),
        format!(r#""events": {{ {all} }}, "wire": {{ "nested": "drop", "values": "strings", "device_ua": "raw" }}, "test_app_guid": "kotest""#),
        r#""users": { "send": true, "from": "both", "properties": "*" }"#.to_owned(),
        r#""users": { "send": true, "from": "both", "properties": ["plan"] }, "wire": { "identity_route": "track" }"#.to_owned(),
        r#""events": { "select": [{ "names": ["*e*l*"], "where": [{ "property": "event_properties.price", "is": "greater than", "value": 1 }] }, { "where":
            [{ "property": "user_properties.plan", "is": "contains", "value": "o" }] }], "properties": ["price", "cart.0.sku"], "rename": { "View": "Seen" } }"#
            .to_owned(),
    ];
    let planner = |further: &String| {
        Planner::new(
            Settings::read(&format!("{{ {BASE}, {further} }}")).expect("the settings are sound"),
        )
    };
    further.iter().map(planner).collect()
});

const BASE: &str = r#""app_guid": { "ios": "koios", "default": "koother" }, "mapping": { "kochava_device_id": "user_properties.kochava_device_id",
    "origination_ip": "ip_address", "idfa": ["idfa", "user_properties.idfa"], "idfv": "user_properties.idfv", "adid": ["adid", "user_properties.adid"],
    "android_id": "user_properties.android_id", "device_ua": "user_properties.user_agent", "att": "user_properties.att_status",
    "limit_ad_tracking": "user_properties.limit_ad_tracking", "tc_string": "/user_properties/tc_string", "gdpr_applies": "user_properties.gdpr_applies",
    "custom_ids": { "rida": "user_properties.rida" } }"#;
