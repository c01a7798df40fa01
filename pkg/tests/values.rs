//! Values keep their meaning on the way to JavaScript.

use js_sys::{Array, JSON, Object, Reflect};
use kochava_edge::Rule;
use kochava_edge_npm::{Mapper, check, rules, version};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

const SETTINGS: &str = r#"{ "app_guid": "koexample", "events": { "properties": "*" },
    "mapping": { "kochava_device_id": ["old", "kd"], "origination_ip": "ip", "idfv": "idfv" } }"#;

const EVENT: &str = r#"{ "event_type": "Level Up", "platform": "iOS", "os_version": "13.1", "ip": "203.0.113.9", "kd": "KI-1", "event_properties": PROPERTIES }"#;

fn mapper() -> Mapper {
    Mapper::new(SETTINGS.to_owned()).unwrap()
}

fn event(properties: &str) -> String {
    EVENT.replace("PROPERTIES", properties)
}

/// The texts of a plan, concatenated.
fn texts_of(body: &str) -> String {
    read(
        mapper()
            .plan(body.as_bytes(), None, None, None, None)
            .unwrap(),
    )
    .1
}

/// The numbers and the text at an address, as `transfer.js` reads them.
fn read(address: u32) -> (Vec<u32>, String) {
    fn at<T>(address: u32) -> *const T {
        std::ptr::with_exposed_provenance(address as usize)
    }
    // SAFETY: the answer stays there until the next call
    unsafe {
        let [numbers, count, text, _] = at::<[u32; 4]>(address).read();
        let numbers = std::slice::from_raw_parts(at::<u32>(numbers), count as usize).to_vec();
        let bytes = std::slice::from_raw_parts(at::<u8>(text), numbers[0] as usize);
        (numbers, String::from_utf8(bytes.to_vec()).unwrap())
    }
}

const NONE: u32 = u32::MAX;

fn json(value: &JsValue) -> String {
    JSON::stringify(value).unwrap().into()
}

fn get(value: &JsValue, name: &str) -> JsValue {
    assert!(
        Reflect::has(value, &name.into()).unwrap(),
        "{name} is missing in {}",
        json(value)
    );
    Reflect::get(value, &name.into()).unwrap()
}

#[wasm_bindgen_test]
fn a_skipped_event_is_written_as_a_tag_and_two_texts() {
    let (numbers, text) = read(
        mapper()
            .plan(
                br#"{"event_type":"$groupidentify"}"#,
                None,
                None,
                None,
                None,
            )
            .unwrap(),
    );
    let [bytes, 1, code, message] = numbers[..] else {
        panic!("{numbers:?}")
    };
    assert_eq!((bytes as usize, bytes), (text.len(), code + message));
    assert!(text.starts_with("group-identify"));
}

#[wasm_bindgen_test]
fn missing_values_are_none_or_null() {
    let (numbers, text) = read(mapper().plan(b"[17]", None, None, None, None).unwrap());
    // tag, one violation: code, field, origin, message
    let [_, 2, 1, code, 0, NONE, _] = numbers[..] else {
        panic!("{numbers:?}")
    };
    assert_eq!(&text[..code as usize], "not-an-object");
    let (numbers, text) = read(
        mapper()
            .explain(event("{}").as_bytes(), None, None, None, None)
            .unwrap(),
    );
    assert!(numbers.contains(&NONE) && text.contains("kochava_device_id"));
    assert_eq!(get(&check(b"{"), "kind"), JsValue::NULL);
}

#[wasm_bindgen_test]
fn the_length_of_a_text_is_in_utf16_units() {
    let (numbers, text) = read(
        mapper()
            .explain(event("{ \"é🚀\": 1 }").as_bytes(), None, None, None, None)
            .unwrap(),
    );
    let field = "data.event_data.é🚀";
    let units = u32::try_from(field.encode_utf16().count()).unwrap();
    assert!(text.contains(field) && numbers.contains(&units) && numbers[0] as usize == text.len());
}

#[wasm_bindgen_test]
fn numbers_of_64_bits_and_more_keep_every_digit() {
    let texts = texts_of(&event(
        r#"{ "a": 9007199254740993, "b": 9223372036854775807, "c": 123456789012345678901234567890 }"#,
    ));
    assert!(
        texts.contains(
            r#""a":9007199254740993,"b":9223372036854775807,"c":"123456789012345678901234567890""#
        ),
        "{texts}"
    );
    let (numbers, explained) = read(
        mapper()
            .explain(
                event(r#"{ "a": 9007199254740993 }"#).as_bytes(),
                None,
                None,
                None,
                None,
            )
            .unwrap(),
    );
    let body = explained.find("{\"action\"").unwrap();
    let start = u32::try_from(explained.find("9007199254740993").unwrap() - body).unwrap();
    assert!(
        numbers.windows(2).any(|pair| pair == [start, start + 16]),
        "{numbers:?}"
    );
}

#[wasm_bindgen_test]
fn names_of_the_planner_are_interned() {
    let mapper = mapper();
    let (first, text) = read(
        mapper
            .explain(event(r#"{ "own": 1 }"#).as_bytes(), None, None, None, None)
            .unwrap(),
    );
    assert!(
        text.contains("data.event_data.ownevent_properties.own")
            && !text.contains("origination_ipip")
    );
    let names: Vec<_> = (0..99)
        .map(|number| mapper.interned_name(number))
        .take_while(|name| !name.is_empty())
        .collect();
    for name in [
        "data.origination_ip",
        "ip",
        "data.device_ids.idfv",
        "identifier-placeholder",
        "app_guid",
    ] {
        let is_there = names.iter().any(|known| known == name);
        assert_eq!(is_there, name != "identifier-placeholder", "{names:?}");
    }
    assert_eq!(
        read(
            mapper
                .explain(event(r#"{ "own": 1 }"#).as_bytes(), None, None, None, None)
                .unwrap()
        ),
        (first, text)
    );
}

#[wasm_bindgen_test]
fn a_lone_surrogate_is_replaced_and_a_pair_is_kept() {
    let texts = texts_of(&event(
        r#"{ "half": "a\ud83d", "whole": "\ud83d\ude80", "plain": "é" }"#,
    ));
    assert!(
        texts.contains(r#""half":"a\ufffd","whole":"\ud83d\ude80","plain":"\u00e9""#),
        "{texts}"
    );
    assert!(texts.contains("text-repaired"));
}

#[wasm_bindgen_test]
fn the_time_of_arrival_counts_in_milliseconds() {
    let late = event("{}").replace("\"kd\"", "\"time\": 1767225600000, \"kd\"");
    let codes = |received_at| {
        read(
            mapper()
                .plan(late.as_bytes(), received_at, None, None, None)
                .unwrap(),
        )
        .1
        .contains("usertime-in-future")
    };
    assert!(!codes(None));
    assert!(!codes(Some(1_767_225_600_000.0 - 86_400_000.0)));
    assert!(codes(Some(1_767_225_600_000.0 - 86_402_000.0)));
}

#[wasm_bindgen_test]
fn faults_and_unreadable_bodies_are_plain_objects() {
    let faults = Mapper::new("{}".to_owned()).err().unwrap();
    assert_eq!(
        json(&faults),
        r#"[{"path":"app_guid","code":"missing","message":"is required"},{"path":"mapping","code":"missing","message":"is required"},{"path":"mapping.kochava_device_id","code":"missing","message":"is required"},{"path":"mapping.origination_ip","code":"missing","message":"is required"},{"path":"mapping","code":"missing","message":"needs at least one of `idfa`, `idfv`, `adid` and `android_id`"}]"#
    );
    let unreadable = mapper()
        .plan("{\"ä\"".as_bytes(), None, None, None, None)
        .unwrap_err();
    assert_eq!(
        json(&unreadable),
        r#"{"code":"invalid-json","message":"the body is not JSON (byte 5)","offset":5}"#
    );
}

#[wasm_bindgen_test]
fn rules_are_objects_and_not_maps() {
    let rules = Array::from(&rules());
    assert_eq!(rules.length() as usize, Rule::ALL.len());
    assert!(
        rules.iter().all(|rule| rule.is_instance_of_object()),
        "{}",
        json(&rules)
    );
    assert_eq!(
        get(&rules.get(0), "code").as_string().unwrap(),
        "not-an-object"
    );
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
