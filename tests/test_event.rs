//! The synthetic event: what is made of the settings of each sender, and what is kept of its way.

use kochava_edge::{
    Context, Digest, Fate, Moment, Planner, RawEvent, RequestKind, Settings, Source, test_message,
};
use serde_json::{Value, json};

/// 2026-01-01T00:00:00.123Z.
const NOW: Moment = Moment::from_millis(1_767_225_600_123);

/// Where the settings of these tests say that everything lies.
fn mapping() -> Value {
    json!({
        "kochava_device_id": "user_properties.kochava_device_id",
        "origination_ip": "ip_address",
        "idfv": "user_properties.idfv"
    })
}

fn settings(over: &Value) -> Value {
    let mut settings = json!({
        "app_guid": "koreal", "test_app_guid": "kotest", "mapping": mapping()
    });
    for (key, value) in over.as_object().expect("it is an object") {
        settings[key] = value.clone();
    }
    settings
}

fn planner(over: &Value) -> Planner {
    let settings = settings(over).to_string();
    Planner::new(Settings::read(&settings).unwrap_or_else(|faults| panic!("{faults:?}")))
}

/// The event that is made, and its fate as test traffic.
fn made(planner: &Planner, name: Option<&str>) -> (Source, Value, Fate) {
    let event = planner.test_event(name, "id-1", NOW);
    let json = serde_json::from_str(&event.text).expect("it is JSON");
    (event.source, json, planner.plan_test_event(&event, NOW))
}

/// The body of the only request.
fn body(fate: &Fate) -> Value {
    let [request] = fate.requests() else {
        panic!("{fate:?}");
    };
    assert_eq!(request.kind, RequestKind::Event);
    serde_json::from_str(&request.body).expect("it is JSON")
}

#[test]
fn values_lie_where_the_mapping_reads_them_and_all_of_them_arrive_at_the_app_for_tests() {
    let (source, event, fate) = made(&planner(&json!({})), None);
    assert_eq!(source, Source::Amplitude);
    assert_eq!(event["event_type"], "Kochava Edge Test");
    assert_eq!(event["$insert_id"], "id-1");
    assert_eq!(event["ip_address"], "192.0.2.1");
    assert_eq!(
        event["user_properties"],
        json!({
            "kochava_device_id": "7e57de1c-e7e5-47e5-8e57-7e57de1ce001",
            "idfv": "7e57de1c-e7e5-47e5-8e57-7e57de1ce001"
        })
    );
    let body = body(&fate);
    assert_eq!(body["kochava_app_id"], "kotest");
    assert_eq!(
        body["kochava_device_id"],
        "7e57de1c-e7e5-47e5-8e57-7e57de1ce001"
    );
    let data = &body["data"];
    assert_eq!(data["event_name"], "Kochava Edge Test");
    assert_eq!(data["origination_ip"], "192.0.2.1");
    assert_eq!(data["usertime"], 1_767_225_600);
    assert_eq!(data["app_version"], "1.0");
    assert_eq!(
        data["device_ids"]["idfv"],
        "7e57de1c-e7e5-47e5-8e57-7e57de1ce001"
    );
}

#[test]
fn every_sender_has_one_that_its_sync_sends() {
    for source in Source::ALL {
        let own = match source {
            // of which nothing is documented
            Source::Generic => json!({ "event_name": "what", "usertime": "when" }),
            _ => json!({}),
        };
        let mut all = mapping();
        for (key, value) in own.as_object().expect("it is an object") {
            all[key] = value.clone();
        }
        let planner = planner(&json!({ "sources": [source.name()], "mapping": all }));
        let (made_as, event, fate) = made(&planner, None);
        assert_eq!(made_as, *source);
        let body = body(&fate);
        assert_eq!(body["kochava_app_id"], "kotest", "{event}");
        assert_eq!(body["data"]["event_name"], "Kochava Edge Test", "{event}");
        assert_eq!(body["data"]["usertime"], 1_767_225_600, "{event}");
    }
}

/// Segment, RudderStack, mParticle and RevenueCat document where ids and address lie.
#[test]
fn without_a_mapping_values_lie_where_the_sender_documents_them() {
    for (source, ip) in [
        ("segment", "/context/ip"),
        ("rudderstack", "/context/ip"),
        ("revenuecat", "/subscriber_attributes/$ip"),
    ] {
        let planner = planner(&json!({ "sources": [source], "mapping": {} }));
        let (_, event, fate) = made(&planner, None);
        assert_eq!(event.pointer(ip), Some(&json!("192.0.2.1")), "{event}");
        assert_eq!(body(&fate)["kochava_app_id"], "kotest", "{event}");
    }
}

#[test]
fn the_platform_is_one_with_an_app_for_tests_whose_ids_are_read() {
    for (apps, ids, platform) in [
        (json!("kotest"), json!({ "idfv": "v" }), "ios"),
        (json!("kotest"), json!({ "adid": "a" }), "android"),
        (
            json!({ "android": "kotest" }),
            json!({ "adid": "a", "idfv": "v" }),
            "android",
        ),
        (
            json!({ "ios": "kotest", "web": "koweb" }),
            json!({ "idfa": "a" }),
            "ios",
        ),
    ] {
        let mut mapping = json!({ "kochava_device_id": "kid", "origination_ip": "ip" });
        for (key, value) in ids.as_object().expect("it is an object") {
            mapping[key] = value.clone();
        }
        let planner = planner(&json!({ "test_app_guid": apps, "mapping": mapping }));
        let (_, event, fate) = made(&planner, None);
        assert_eq!(event["platform"], platform, "{event}");
        assert_eq!(body(&fate)["kochava_app_id"], "kotest", "{event}");
    }
}

#[test]
fn a_name_that_is_selected_is_taken_with_what_its_block_asks_for() {
    let select = json!([{
        "names": ["Purchase*Done", "Other"],
        "where": [
            { "property": "event_properties.plan", "is": "in", "value": ["pro", "team"] },
            { "property": "/event_properties/a.b", "is": "exists" },
            { "property": "event_properties.level", "is": "greater than", "value": 7.5 },
            { "property": "event_properties.debt", "is": "less than", "value": -3 },
            { "property": "event_properties.score", "is": "less or equal", "value": 12 },
            { "property": "event_properties.low", "is": "greater or equal", "value": -2 },
            { "property": "event_properties.is_paid", "is": "is", "value": true },
            { "property": "event_properties.seats", "is": "is", "value": 5 },
            { "property": "event_properties.url", "is": "starts with", "value": "https://" },
            { "property": "event_properties.debug", "is": "does not exist" },
            { "property": "event_properties.country", "is": "is not", "value": "DE" }
        ]
    }, { "names": ["Login"] }]);
    let planner = planner(&json!({ "events": { "select": select } }));
    let (_, event, fate) = made(&planner, None);
    assert_eq!(event["event_type"], "PurchaseKochava Edge TestDone");
    assert_eq!(event["event_properties"]["plan"], "pro");
    assert_eq!(event["event_properties"]["a.b"], "1");
    assert!(event["event_properties"].get("debug").is_none());
    assert_eq!(
        body(&fate)["data"]["event_name"],
        "PurchaseKochava Edge TestDone",
        "{event}"
    );
    // the block of the name that the operator says
    let (_, event, fate) = made(&planner, Some("Login"));
    assert!(event.get("event_properties").is_none(), "{event}");
    assert_eq!(body(&fate)["data"]["event_name"], "Login");
    // what is not selected is told, and not sent
    let (_, _, fate) = made(&planner, Some("Kochava Edge Test"));
    assert!(
        matches!(&fate, Fate::Skipped(skip) if skip.code() == "not-selected"),
        "{fate:?}"
    );
}

#[test]
fn what_the_settings_do_not_send_or_no_rule_lets_through_is_told_with_its_reason() {
    let skip = |over| match made(&planner(&over), None).2 {
        Fate::Skipped(skip) => skip.code(),
        fate => panic!("{fate:?}"),
    };
    assert_eq!(skip(json!({ "enabled": false })), "disabled");
    assert_eq!(
        skip(json!({ "events": { "send": false } })),
        "events-not-sent"
    );
    assert_eq!(skip(json!({ "test_app_guid": null })), "test-traffic");
    // `web` has an App GUID for tests and `ios` has none; but only the IDFV is mapped
    let over = json!({ "test_app_guid": { "web": "koweb" }, "app_guid": "koreal" });
    let (_, event, _) = made(&planner(&over), None);
    assert_eq!(event["platform"], "web");
}

/// No rule of the settings for test traffic is needed, and none that says otherwise counts.
#[test]
fn it_never_goes_to_the_app_of_real_traffic() {
    let planner = planner(&json!({ "test": [] }));
    let event = planner.test_event(None, "id-1", NOW);
    let plan = |is_test| {
        let context = Context {
            is_test,
            ..Context::default()
        };
        let plan = planner.plan(event.text.as_bytes(), &context);
        body(&plan.expect("it is a body").fates[0])["kochava_app_id"].clone()
    };
    assert_eq!(plan(true), "kotest");
    assert_eq!(plan(false), "koreal");
}

#[test]
fn its_message_is_of_the_first_shard_and_marked() {
    let event = planner(&json!({})).test_event(Some("Mine"), "id-1", NOW);
    let id = Digest::of(&["test"]);
    let message = test_message(id, &event, "us", Digest::of(&["settings"]), NOW);
    assert_eq!((message.shard, &*message.sync), (0, "us"));
    let [queued] = message.events.as_slice() else {
        panic!("{message:?}");
    };
    assert!(queued.is_test && !queued.is_replay);
    assert_eq!((queued.id, queued.received), (id, NOW));
    assert_eq!(
        queued.event.as_ref().map(RawEvent::as_str),
        Some(&*event.text)
    );
}
