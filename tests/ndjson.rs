//! Does every line get the line that its fate is?

mod support;

use kochava_edge::{Context, LineForm, ShapeCache};
use serde_json::{Value, json};
use std::fs;
use support::planner;

const SETTINGS: &str = r#"{
    "app_guid": "koexample",
    "events": { "select": [ { "names": ["Level Up"] } ] },
    "users": { "send": true, "from": "both" },
    "mapping": { "kochava_device_id": "kd", "origination_ip": "ip_address", "idfv": "user_properties.größe" }
}"#;

const READY: &str = r#"{"event_type":"Level Up","platform":"iOS","os_version":"13.1","time":1767225600000,"kd":"KI-1","ip_address":"203.0.113.9","user_id":"u/1","user_properties":{"größe":"11111111-2222-4333-8444-555555555555"}}"#;

#[test]
fn a_ready_event_is_a_line_of_requests_and_warnings() {
    let fate = only(READY);
    assert_eq!(fate["fate"], "ready");
    let [event, identity] = fate["requests"].as_array().unwrap().as_slice() else {
        panic!("{fate}")
    };
    assert_eq!(event["kind"], "event");
    assert_eq!(event["method"], "POST");
    assert_eq!(event["url"], "https://control.kochava.com/track/json");
    assert_eq!(
        event["headers"],
        json!({ "Content-Type": "application/json", "User-Agent": "Unknown" })
    );
    assert!(event["body"].as_str().unwrap().starts_with(
        r#"{"action":"event","kochava_app_id":"koexample","kochava_device_id":"KI-1","data":{"event_name":"Level Up","usertime":1767225600,"#
    ));
    assert_eq!(
        identity["body"],
        r#"{"kochava_app_id":"koexample","device_id":{"idfv":"11111111-2222-4333-8444-555555555555"},"data":{"app_userid":"u\/1"}}"#
    );
    let codes: Vec<_> = fate["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| warning["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["device-ver-missing", "device-ua-missing"]);
}

#[test]
fn a_line_has_no_more_escapes_than_json_asks_for() {
    let has_idfa = READY.replace(
        r#""kd""#,
        r#""idfa":"A1B2C3D4-0000-4000-8000-0123456789AB","kd""#,
    );
    let line = lines(&has_idfa.replace("11111111", "x"))[0].clone();
    // what a JavaScript `JSON.stringify` of the same fate would write: slashes and letters beyond
    // ASCII as they are
    assert!(
        line.contains(r#""url":"https://control.kochava.com/track/json""#),
        "{line}"
    );
    assert!(
        line.contains(r#""origin":"user_properties.größe""#),
        "{line}"
    );
    assert!(
        line.contains(r#"\"data\":{\"app_userid\":\"u\\/1\"}"#),
        "{line}"
    );
}

#[test]
fn skipped_and_refused_events_say_why() {
    let skipped = only(&READY.replace("Level Up", "Level Down"));
    assert_eq!(
        skipped,
        json!({ "fate": "skipped", "code": "not-selected", "message": "it matches no block of `events.select`" })
    );
    let refused = only(&READY.replace("203.0.113.9", "10.0.0.1"));
    assert_eq!(
        refused,
        json!({ "fate": "refused", "violations": [ {
            "code": "origination-ip-not-public", "field": "data.origination_ip", "origin": "ip_address",
            "message": "private or reserved IP address in `ip_address`; send the device's public one" } ] })
    );
}

#[test]
fn every_line_keeps_its_place_whatever_the_others_are() {
    let told = lines(&format!("{READY}\r\n\n{{\n{READY}"));
    let codes: Vec<_> = told
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["violations"][0]["code"].clone())
        .collect();
    assert_eq!(
        codes,
        [
            Value::Null,
            "empty-body".into(),
            "invalid-json".into(),
            Value::Null
        ]
    );
    assert_eq!(told[0], told[3]);
    assert!(lines("").is_empty());
    let broken = String::from_utf8(told_of(b"\"\xff\"\n")).unwrap();
    assert!(
        broken.starts_with(
            r#"{"fate":"refused","violations":[{"code":"invalid-utf8","field":"","origin":null,"#
        ),
        "{broken}"
    );
}

#[test]
fn a_line_that_is_a_batch_gets_its_plan() {
    let alone = lines(READY)[0].clone();
    assert_eq!(lines(&format!("[{READY}]"))[0], alone);
    assert_eq!(
        lines(&format!("[{READY},{READY}]"))[0],
        format!("{{\"fates\":[{alone},{alone}]}}")
    );
    assert_eq!(lines("[]")[0], r#"{"fates":[]}"#);
}

#[test]
fn lines_are_what_one_would_get_for_each_alone() {
    for folder in support::case_folders() {
        let read =
            |name| String::from_utf8_lossy(&fs::read(folder.join(name)).unwrap()).into_owned();
        let (planner, event) = (
            planner(&read("settings.json")),
            read("event.json").replace(['\n', '\r'], " "),
        );
        let told = |lines: &str| {
            let mut out = String::new();
            planner.plan_ndjson(
                lines.as_bytes(),
                &Context::default(),
                &mut ShapeCache::default(),
                &mut out,
            );
            out
        };
        assert_eq!(
            told(&format!("{event}\n").repeat(7)),
            told(&format!("{event}\n")).repeat(7),
            "{}",
            folder.display()
        );
    }
}

/// Keys at the place where the line before had them are compared and not parsed, and their values are read
/// by a loop of their own.
#[test]
fn a_line_is_read_as_if_it_were_the_first_wherever_it_differs_from_the_line_before() {
    let everything = SETTINGS.replace(
        r#""events": {"#,
        r#""events": { "properties": "*", "user_properties": "*","#,
    );
    let line = READY.replace(
        r#""user_id""#,
        r#""event_properties":{"a":null,"price":12.5,"text":"longer than one step of a vector is","b":true},"user_id""#,
    );
    let other_lines = (0..line.len())
        .filter(|at| line.is_char_boundary(*at))
        .flat_map(|at| {
            let (before, behind) = line.split_at(at);
            let rest = behind
                .chars()
                .next()
                .map_or("", |first| &behind[first.len_utf8()..]);
            let replaced = [
                "", "\"", "\\", ",", ":", "{", "}", "]", " ", "0", "1", ".", "n", "\u{1}", "ü",
                "\\u00fc",
            ]
            .map(|with| format!("{before}{with}{rest}"));
            let added = [
                "{}",
                "[]",
                "null",
                "-1e5",
                ",",
                "1{",
                "\"kd\":null,",
                "\"user_properties\":null,",
            ]
            .map(|with| format!("{before}{with}{behind}"));
            replaced.into_iter().chain(added).chain([before.to_owned()])
        });
    let other_lines: Vec<String> = other_lines.filter(|other| !other.is_empty()).collect();
    for settings in [SETTINGS, &everything] {
        let planner = planner(settings);
        let told = |lines: &str| {
            let mut out = String::new();
            let shapes = &mut ShapeCache::default();
            planner.plan_ndjson(lines.as_bytes(), &Context::default(), shapes, &mut out);
            out
        };
        let usual = told(&line);
        assert!(usual.starts_with(r#"{"fate":"ready""#), "{usual}");
        for other in &other_lines {
            assert_eq!(
                told(&format!("{line}\n{line}\n{other}\n{line}")),
                [&usual, &usual, &told(other), &usual]
                    .map(String::as_str)
                    .concat(),
                "{other}"
            );
        }
    }
}

#[test]
fn each_token_stands_in_its_own_line_whatever_the_lines_around_it_are() {
    let signed = SETTINGS.replacen(
        '{',
        r#"{ "authentication": { "api_key": "a-key", "secret": "a-secret" },"#,
        1,
    );
    let planner = planner(&signed);
    let told = |lines: &str| {
        let mut out = String::new();
        planner.plan_ndjson(
            lines.as_bytes(),
            &Context::default(),
            &mut ShapeCache::default(),
            &mut out,
        );
        out
    };
    let other = |level: usize| READY.replace("u/1", &"u".repeat(level));
    let refused = READY.replace("203.0.113.9", "10.0.0.1");
    // a line may turn out to be no JSON behind elements that were planned, or to hold several
    let kinds = [
        READY.to_owned(),
        other(70),
        refused,
        format!("[{READY},{{"),
        format!("[{READY},{},{READY}]", other(3)),
        "[]".to_owned(),
        other(1),
    ];
    for first in 0..kinds.len() {
        for step in 1..kinds.len() {
            let lines: Vec<_> = (0..11)
                .map(|number| kinds[(first + number * step) % kinds.len()].as_str())
                .collect();
            let alone: String = lines.iter().map(|line| told(line)).collect();
            assert_eq!(told(&lines.join("\n")), alone, "{first} {step}");
        }
    }
    assert!(
        !told(READY).contains(&"0".repeat(64)),
        "no token is left blank"
    );
}

#[test]
fn a_line_may_tell_name_and_bytes_beside_the_fate_and_only_the_kinds_of_requests() {
    let told = |form, input: &str| {
        let mut out = String::new();
        planner(SETTINGS).plan_lines(
            input.as_bytes(),
            form,
            &Context::default(),
            &mut ShapeCache::default(),
            &mut out,
        );
        out
    };
    let whole = &lines(READY)[0];
    let fate: Value = serde_json::from_str(whole).unwrap();
    let bodies = fate["requests"].as_array().unwrap().iter();
    let bytes: usize = bodies.map(|one| one["body"].as_str().unwrap().len()).sum();
    let (_, warnings) = whole.split_once("\"warnings\":").unwrap();
    let name = json_member(READY, "event_type");
    assert_eq!(
        told(LineForm::Named, READY),
        format!("[{name},{whole},{bytes}]\n")
    );
    assert_eq!(
        told(LineForm::Brief, READY),
        format!(
            "[{name},{{\"fate\":\"ready\",\"requests\":[{{\"kind\":\"event\"}},{{\"kind\":\"identity\"}}],\"warnings\":{warnings},{bytes}]\n"
        )
    );
    let group = r#"{"event_type":"$groupidentify"}"#;
    let skipped = &lines(group)[0];
    let unnamed = r#"{"event_type":null}"#;
    let without_name = &lines(unnamed)[0];
    let unreadable = &lines("{")[0];
    for form in [LineForm::Named, LineForm::Brief] {
        assert_eq!(
            told(form, &format!("[{group},{unnamed},1]\n[]\n{{\n")),
            format!(
                "{{\"fates\":[[\"$groupidentify\",{skipped},0],[null,{without_name},0],[null,{},0]]}}\n{{\"fates\":[]}}\n{unreadable}\n",
                lines("[1]")[0]
            )
        );
    }
    assert_eq!(told(LineForm::Fate, READY), format!("{whole}\n"));
}

/// A member of an object, as JSON.
fn json_member(object: &str, key: &str) -> String {
    serde_json::from_str::<Value>(object).unwrap()[key].to_string()
}

#[track_caller]
fn only(line: &str) -> Value {
    let lines = lines(line);
    assert_eq!(lines.len(), 1);
    serde_json::from_str(&lines[0]).unwrap()
}

fn lines(input: &str) -> Vec<String> {
    String::from_utf8(told_of(input.as_bytes()))
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

fn told_of(input: &[u8]) -> Vec<u8> {
    let mut out = String::new();
    planner(SETTINGS).plan_ndjson(
        input,
        &Context::default(),
        &mut ShapeCache::default(),
        &mut out,
    );
    out.into_bytes()
}
