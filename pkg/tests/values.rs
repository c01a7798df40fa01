//! Do values keep their meaning on their way to JavaScript?

use js_sys::{Array, JSON, Object, Reflect};
use kochava_edge_npm::{Planner, check, rules, version};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

const SETTINGS: &str = r#"{ "app_guid": "koexample", "events": { "properties": "*" },
    "mapping": { "kochava_device_id": ["old", "kd"], "origination_ip": "ip", "idfv": "idfv" } }"#;

const EVENT: &str =
    r#"{ "event_type": "Level Up", "platform": "iOS", "os_version": "13.1", "ip": "203.0.113.9", "kd": "KI-1", "event_properties": PROPERTIES }"#;

fn planner() -> Planner {
    Planner::new(SETTINGS.to_owned()).unwrap()
}

fn event(properties: &str) -> String {
    EVENT.replace("PROPERTIES", properties)
}

/// The texts, numbers and nulls of a flat plan, as JSON.
fn flat(body: &str) -> String {
    json(&planner().plan(body.as_bytes(), None).unwrap())
}

fn json(value: &JsValue) -> String {
    JSON::stringify(value).unwrap().into()
}

fn get(value: &JsValue, name: &str) -> JsValue {
    assert!(Reflect::has(value, &name.into()).unwrap(), "{name} is missing in {}", json(value));
    Reflect::get(value, &name.into()).unwrap()
}

#[wasm_bindgen_test]
fn a_skipped_event_is_three_values() {
    assert_eq!(flat(r#"{"event_type":"$groupidentify"}"#).split(',').next().unwrap(), "[1");
    assert_eq!(planner().plan(br#"{"event_type":"$groupidentify"}"#, None).unwrap().length(), 3);
}

#[wasm_bindgen_test]
fn what_is_not_there_is_null_and_never_missing() {
    let refused = planner().plan(b"[17]", None).unwrap();
    // tag, one violation: code, field, origin, message
    assert_eq!(refused.length(), 6);
    assert_eq!(refused.get(2).as_string().unwrap(), "not-an-object");
    assert!(refused.get(4).is_null());

    let explained = planner().explain(event("{}").as_bytes(), None).unwrap();
    let why: Array = explained.get(1).into();
    let fields: Array = get(&why.get(0), "fields").into();
    for field in fields.iter() {
        for name in ["request", "value"] {
            assert!(!get(&field, name).is_undefined(), "{name} of {}", json(&field));
        }
        for question in Array::from(&get(&field, "tried")).iter() {
            assert!(!get(&question, "code").is_undefined() && !get(&question, "at").is_undefined(), "{}", json(&question));
        }
    }
    let id = fields.iter().find(|field| get(field, "field").as_string().unwrap() == "kochava_device_id").unwrap();
    assert_eq!(json(&get(&id, "origin")), r#"{"kind":"paths","paths":["kd"]}"#);
    let tried: Array = get(&id, "tried").into();
    assert!(get(&tried.get(0), "at").is_null() && get(&tried.get(0), "code").is_null());
    assert_eq!(get(&check(b"{"), "kind"), JsValue::NULL);
}

#[wasm_bindgen_test]
fn numbers_of_64_bits_and_more_keep_every_digit() {
    let told = flat(&event(r#"{ "a": 9007199254740993, "b": 9223372036854775807, "c": 123456789012345678901234567890 }"#));
    assert!(told.contains(r#"\"a\":9007199254740993,\"b\":9223372036854775807,\"c\":\"123456789012345678901234567890\""#), "{told}");
    let explained = planner().explain(event(r#"{ "a": 9007199254740993 }"#).as_bytes(), None).unwrap();
    assert!(json(&explained).contains(r#""value":"9007199254740993""#));
}

#[wasm_bindgen_test]
fn half_a_surrogate_pair_and_a_whole_one_arrive() {
    let told = flat(&event(r#"{ "half": "a\ud83d", "whole": "\ud83d\ude80", "plain": "é" }"#));
    assert!(told.contains(r#"\"half\":\"a\\ufffd\",\"whole\":\"\\ud83d\\ude80\",\"plain\":\"\\u00e9\""#), "{told}");
    assert!(told.contains("text-repaired"));
}

#[wasm_bindgen_test]
fn a_time_of_arrival_is_taken_with_its_milliseconds() {
    let late = event("{}").replace("\"kd\"", "\"time\": 1767225600000, \"kd\"");
    let codes = |received_at| json(&planner().plan(late.as_bytes(), received_at).unwrap()).contains("usertime-in-future");
    assert!(!codes(None));
    assert!(!codes(Some(1_767_225_600_000.0 - 86_400_000.0)));
    assert!(codes(Some(1_767_225_600_000.0 - 86_402_000.0)));
}

#[wasm_bindgen_test]
fn faults_and_unreadable_bodies_are_plain_values() {
    let faults = Planner::new("{}".to_owned()).err().unwrap();
    assert_eq!(
        json(&faults),
        r#"[{"path":"app_guid","code":"missing","message":"is required"},{"path":"mapping","code":"missing","message":"is required"}]"#
    );
    let unreadable = planner().plan("{\"ä\"".as_bytes(), None).unwrap_err();
    assert_eq!(json(&unreadable), r#"{"code":"invalid-json","message":"the body is not JSON (byte 5)","offset":5}"#);
}

#[wasm_bindgen_test]
fn rules_are_objects_and_not_maps() {
    let rules = Array::from(&rules());
    assert!(rules.length() > 37);
    assert!(rules.iter().all(|rule| rule.is_instance_of_object()), "{}", json(&rules));
    assert_eq!(get(&rules.get(0), "code").as_string().unwrap(), "not-an-object");
    assert_eq!(version(), env!("CARGO_PKG_VERSION"));
}

trait IsObject {
    fn is_instance_of_object(&self) -> bool;
}

impl IsObject for JsValue {
    fn is_instance_of_object(&self) -> bool {
        let prototype = Object::get_prototype_of(self);
        prototype == Object::get_prototype_of(&Object::new())
    }
}
