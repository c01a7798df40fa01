//! `check` finds what Kochava's guide forbids in a body of any origin, and nothing in ours.
//!
//! A case is a folder named as a sentence, written by hand from the guide. White space between the
//! tokens of a `body.json` is for the reader and is removed; a `body.txt` is checked byte for byte.

mod support;

use kochava_edge::{BodyKind, CheckReport, Context, Fate, Finding, Planner, Rule, Severity, check};
use proptest::collection::vec;
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use support::generate::{body, config, settings_pool, some, text, value};
use support::{
    case_event, case_folders, case_settings, compact, expected_requests, planner, requests,
};

/// A code and a pointer.
type CodeAt = (String, String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    source: String,
    kind: Option<String>,
    violations: Vec<CodeAt>,
    warnings: Vec<CodeAt>,
}

#[test]
fn every_case_gets_its_expected_findings() {
    let mut misses = String::new();
    let folders = body_folders();
    for folder in &folders {
        let (expected, actual) = (expected(folder), check(&bytes(folder)));
        let (violations, warnings) = codes(&actual);
        let kind = actual.kind.map(BodyKind::as_str).map(str::to_owned);
        if (&kind, &violations, &warnings)
            != (&expected.kind, &expected.violations, &expected.warnings)
        {
            let name = folder.file_name().unwrap().display();
            writeln!(
                misses,
                "\n=== {name}\n--- expected\n{:?}\n{:?}\n{:?}",
                expected.kind, expected.violations, expected.warnings
            )
            .unwrap();
            writeln!(misses, "--- actual\n{kind:?}\n{violations:?}\n{warnings:?}").unwrap();
        }
    }
    assert!(misses.is_empty(), "{misses}");
    assert!(folders.len() >= 200, "only {} cases", folders.len());
}

#[test]
fn every_rule_of_check_has_a_case() {
    let of_check = support::rules_named_in(|file| file.starts_with("kochava/check"));
    let too_large: BTreeSet<_> = [Rule::RequestTooLarge].into();
    let covered: BTreeSet<_> = body_folders()
        .iter()
        .flat_map(|folder| check(&bytes(folder)).findings)
        .map(|finding| finding.rule)
        .collect();
    assert_eq!(
        of_check.difference(&covered).collect::<Vec<_>>(),
        too_large.iter().collect::<Vec<_>>()
    );
}

#[test]
fn every_case_names_its_source() {
    for folder in body_folders() {
        let source = expected(&folder).source;
        let sources = [
            "Kochava",
            "Amplitude, ",
            "RudderStack, ",
            "Segment, ",
            "mParticle, ",
            "RFC 8259, ",
            "ISO 4217",
            "Social-hub's ",
            "Tealium, ",
            "Ours: ",
        ];
        assert!(
            sources.iter().any(|name| source.starts_with(name)),
            "{}: `{source}` names no source",
            folder.display()
        );
    }
}

#[test]
fn a_body_of_two_million_bytes_is_too_large() {
    let body = |length: usize| {
        let body = CLEAN.replace(
            "Level Up",
            &"x".repeat(length - CLEAN.len() + "Level Up".len()),
        );
        assert_eq!(body.len(), length);
        body
    };
    assert_eq!(check(body(1_999_999).as_bytes()).findings, []);
    let finding = Finding {
        rule: Rule::RequestTooLarge,
        pointer: String::new(),
        mismatch: None,
    };
    assert_eq!(
        finding.to_string(),
        "request too large; it must be smaller than 2,000,000 bytes"
    );
    assert_eq!(check(body(2_000_000).as_bytes()).findings, [finding]);
}

/// Amplitude, HTTP V2 API, invalid ids; what languages and templates print for a missing value.
#[test]
fn each_spelling_of_no_value_is_told_in_every_place() {
    #[rustfmt::skip]
    let spellings = [
        "null", "NULL", "(null)", "<null>", "\"null\"", "'null'",      // JSON, Objective-C, quoted twice
        "nil", "<nil>", "Optional(nil)", "None", "(none)", "undefined",  // Swift, Go, Python, JavaScript
        "NaN", "[object Object]", "DBNull", "System.DBNull", "nullptr",  // JavaScript, .NET, C++
        "N/A", "n/a", "NA", "#N/A", "-", "--", "?", "unknown", "Unknown", "not set", "(not set)", "not_available",
        "anonymous", "unavailable", "{{id}}", "${id}", "%id%", "[ID]", "__ID__", "0", "000", "0000-0000",
    ];
    let clean = CLEAN.replace("KD-1", "KOCHAVA");
    for spelling in spellings {
        let quoted = serde_json::to_string(spelling).unwrap().replace('/', "\\/");
        let kochava_device_id = clean.replace("\"KOCHAVA\"", &quoted);
        assert_told(
            &kochava_device_id,
            "identifier-placeholder",
            "/kochava_device_id",
        );
        let agent = with_member(&clean, "device_ua", &quoted);
        assert_told(&agent, "device-ua-placeholder", "/data/device_ua");
        for key in [
            "idfa",
            "idfv",
            "adid",
            "fire_adid",
            "android_id",
            "rida",
            "custom",
            "oaid",
        ] {
            let ids = with_member(&clean, "device_ids", &format!("{{\"{key}\":{quoted}}}"));
            assert_told(
                &ids,
                "identifier-placeholder",
                &format!("/data/device_ids/{key}"),
            );
        }
        let identity = format!(
            "{{\"kochava_app_id\":\"ko\",\"device_id\":{{\"idfv\":\"11111111-2222-4333-8444-555555555555\"}},\"data\":{{\"app_userid\":{quoted}}}}}"
        );
        assert_told(&identity, "identifier-placeholder", "/data/app_userid");
    }
}

/// The body with another value of a member in `data`, which is a string or an object of one level.
fn with_member(body: &str, key: &str, value: &str) -> String {
    let mut body: Value = serde_json::from_str(body).expect("the body is JSON");
    body["data"][key] = serde_json::from_str(value).expect("the value is JSON");
    body.to_string()
}

#[track_caller]
fn assert_told(body: &str, code: &str, pointer: &str) {
    let report = check(body.as_bytes());
    let is_told = |finding: &Finding| finding.rule.code() == code && finding.pointer == pointer;
    assert!(
        report.findings.iter().any(is_told),
        "`{code}` is not told of {body}"
    );
}

#[test]
fn findings_stand_in_the_order_of_the_body() {
    let body = CLEAN
        .replace("\"KD-1\"", "null")
        .replace("203.0.113.7", "10.0.0.1")
        .replace("\"device_ver\":\"\",", "")
        .replace("Level Up", " ");
    let found: Vec<_> = check(body.as_bytes())
        .findings
        .into_iter()
        .map(|finding| (finding.rule.code(), finding.pointer))
        .collect();
    let expected = [
        ("null-value", "/kochava_device_id"),
        ("event-name-missing", "/data/event_name"),
        ("mandatory-key-missing", "/data/device_ver"),
        ("origination-ip-not-public", "/data/origination_ip"),
    ];
    assert_eq!(
        found,
        expected.map(|(code, pointer)| (code, pointer.to_owned()))
    );
}

#[test]
fn no_golden_body_of_ours_breaks_the_guide() {
    for folder in case_folders() {
        let count = assert_keeps_guide(&planner(&case_settings(&folder)), &case_event(&folder));
        assert_eq!(count, expected_requests(&folder), "{}", folder.display());
    }
}

#[test]
fn no_generated_body_of_ours_breaks_the_guide() {
    let mut count = 0;
    for generated in some(800, &body()) {
        for planner in PLANNERS.iter() {
            count += assert_keeps_guide(planner, generated.as_bytes());
        }
    }
    assert!(count >= 3_400, "only {count} bodies");
}

#[test]
fn the_findings_about_a_hostile_body_are_bounded() {
    let wide = (0..100_000)
        .map(|index| format!("\"k{}\":{index}", index % 7))
        .collect::<Vec<_>>()
        .join(",");
    let deep = format!("{}1{}", "{\"a\":".repeat(300_000), "}".repeat(300_000));
    let lists = format!("{}1{}", "[".repeat(127), "]".repeat(127));
    let long = format!(
        "\"{}\":[{}]",
        "k".repeat(900_000),
        vec![r#"{"a":1,"a":2}"#; 60_000].join(",")
    );
    for hostile in [
        format!("{{{wide}}}"),
        format!("{{\"action\":\"event\",\"data\":{{\"event_data\":{{{wide}}}}}}}"),
        deep,
        format!(
            "{{\"data\":{{\"event_data\":{{\"a\":[{}]}}}}}}",
            vec![lists.as_str(); 7_000].join(",")
        ),
        format!("{{{long}}}"),
    ] {
        let findings = check(hostile.as_bytes()).findings;
        let pointers: usize = findings.iter().map(|finding| finding.pointer.len()).sum();
        assert!(
            !findings.is_empty() && pointers <= 8 * hostile.len() + 4_096,
            "{} findings",
            findings.len()
        );
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_bytes_give_a_report(bytes in vec(any::<u8>(), 0..300)) {
        assert_sound(&bytes);
    }

    #[test]
    fn any_value_in_any_place_gives_a_report(spoiled in spoiled()) {
        assert_sound(spoiled.as_bytes());
    }

    #[test]
    fn any_json_gives_a_report(value in value()) {
        assert_sound(value.as_bytes());
    }
}

/// A clean body of any kind with some values replaced, some members removed and some added.
fn spoiled() -> impl Strategy<Value = String> {
    let clean = prop::sample::select(vec![CLEAN, INSTALL, UPDATE, IDENTITY]);
    let change = (
        any::<prop::sample::Index>(),
        prop_oneof![value(), text()],
        0_u8..4,
    );
    (clean, vec(change, 1..5)).prop_map(|(clean, changes)| {
        let mut body: Value = serde_json::from_str(clean).expect("a clean body is JSON");
        for (index, value, kind) in changes {
            let pointers = pointers_of(&body);
            let pointer = &pointers[index.index(pointers.len())];
            let (parent, key) = pointer.rsplit_once('/').unwrap_or(("", ""));
            let value = serde_json::from_str(&value).unwrap_or(Value::Null);
            match (
                kind,
                body.pointer_mut(parent).and_then(Value::as_object_mut),
            ) {
                (0, Some(parent)) => drop(parent.remove(key)),
                (1, Some(parent)) => drop(parent.insert(key.to_uppercase(), value)),
                _ => *body.pointer_mut(pointer).expect("the pointer was listed") = value,
            }
        }
        body.to_string()
    })
}

fn pointers_of(value: &Value) -> Vec<String> {
    let mut pointers = vec![String::new()];
    if let Value::Object(members) = value {
        for (key, member) in members {
            let step = format!("/{}", key.replace('~', "~0").replace('/', "~1"));
            pointers.extend(
                pointers_of(member)
                    .into_iter()
                    .map(|below| format!("{step}{below}")),
            );
        }
    }
    pointers
}

/// Asserts that the report is the same twice, and that every pointer leads to a value or to the place
/// of a missing one.
#[track_caller]
fn assert_sound(bytes: &[u8]) {
    let report = check(bytes);
    assert_eq!(report, check(bytes));
    let parsed: Option<Value> = serde_json::from_slice(bytes).ok();
    for Finding { rule, pointer, .. } in &report.findings {
        let Some(root) = &parsed else { continue };
        let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        assert!(
            root.pointer(pointer).is_some() || root.pointer(parent).is_some_and(Value::is_object),
            "{rule:?} at {pointer} in {root}"
        );
    }
    if let Some(root) = &parsed {
        assert_eq!(report.kind.is_some(), root.is_object(), "{root}");
    }
}

/// Asserts that Kochava's guide allows every body that a planner makes of an inbound body; returns
/// their number.
#[track_caller]
fn assert_keeps_guide(planner: &Planner, inbound: &[u8]) -> usize {
    let fates: Vec<Fate> = planner
        .plan(inbound, &Context::default())
        .map_or_else(|_| Vec::new(), |plan| plan.fates);
    let mut count = 0;
    for request in requests(&fates) {
        let report = check(request.body.as_bytes());
        assert_eq!(codes(&report).0, [], "{}", request.body);
        assert_eq!(
            report.kind.map(BodyKind::as_str),
            Some(request.kind.as_str()),
            "{}",
            request.body
        );
        let unexpected: Vec<_> = report
            .findings
            .iter()
            .filter(|finding| NEVER_OURS.contains(&finding.rule))
            .collect();
        assert!(unexpected.is_empty(), "{unexpected:?} in {}", request.body);
        count += 1;
    }
    count
}

/// Warnings that only a fault of the mapper can cause.
const NEVER_OURS: &[Rule] = &[
    Rule::NotPhpSpelling,
    Rule::ObjectReadsAsList,
    Rule::UnknownKey,
    Rule::FlatBody,
    Rule::UsertimeAsText,
    Rule::AttMisspelt,
    Rule::AttContradiction,
    Rule::AttDetailUnknown,
    Rule::AttStatusUnreadable,
    Rule::IdfaWithoutConsent,
    Rule::IdentifierPlaceholder,
    Rule::IdentifierShape,
    Rule::AdvertisingIdDespiteLimit,
    Rule::DeviceUaPlaceholder,
    Rule::RevenueAsText,
    Rule::LimitAdTrackingUnreadable,
    Rule::ConsentUnreadable,
    Rule::ConsentIncomplete,
    Rule::CurrencyLowerCase,
    Rule::EventDataNotScalar,
    Rule::EventDataOldStyle,
    Rule::IdentityManyPairs,
    Rule::AppVersionOtherName,
];

/// Codes and pointers of the violations, and of the warnings.
fn codes(report: &CheckReport) -> (Vec<CodeAt>, Vec<CodeAt>) {
    let of = |severity| {
        let found = report
            .findings
            .iter()
            .filter(move |finding| finding.rule.severity() == severity);
        found
            .map(|finding| (finding.rule.code().to_owned(), finding.pointer.clone()))
            .collect()
    };
    (of(Severity::Refuse), of(Severity::Warn))
}

fn body_folders() -> Vec<PathBuf> {
    let bodies = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bodies");
    let mut folders: Vec<_> = fs::read_dir(bodies)
        .expect("the bodies are in the repository")
        .map(|folder| folder.expect("a folder can be listed").path())
        .collect();
    folders.sort();
    folders
}

fn bytes(folder: &Path) -> Vec<u8> {
    fs::read(folder.join("body.txt")).unwrap_or_else(|_| {
        let body = fs::read_to_string(folder.join("body.json"))
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        compact(&body).into_bytes()
    })
}

fn expected(folder: &Path) -> Expected {
    let text = fs::read_to_string(folder.join("expected.json"))
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
}

static PLANNERS: LazyLock<Vec<Planner>> = LazyLock::new(|| {
    settings_pool()
        .iter()
        .map(|settings| planner(settings))
        .collect()
});

const CLEAN: &str = r#"{"action":"event","kochava_app_id":"koexample","kochava_device_id":"KD-1","data":{"event_name":"Level Up","usertime":1767225600,"device_ver":"","device_ua":"Dalvik%2F2.1.0%20(Linux%3B%20Android%2014)","origination_ip":"203.0.113.7","device_ids":{"adid":"01234567-89ab-4def-8123-456789abcdef"}}}"#;

const INSTALL: &str = r#"{"action":"install","kochava_app_id":"koexample","kochava_device_id":"KD-1","app_ver":"4.2.0","data":{"usertime":1767225600,"device_ver":"","device_ua":"Dalvik%2F2.1.0%20(Linux%3B%20Android%2014)","origination_ip":"203.0.113.7","device_ids":{"adid":"01234567-89ab-4def-8123-456789abcdef"},"install_referrer":{"referrer":"a"}}}"#;

const UPDATE: &str = r#"{"action":"update","kochava_app_id":"koexample","kochava_device_id":"KD-1","data":{"idfa":"A1B2C3D4-0000-4000-8000-0123456789AB"}}"#;

const IDENTITY: &str = r#"{"kochava_app_id":"koexample","device_id":{"idfv":"11111111-2222-4333-8444-555555555555"},"data":{"app_userid":"user-4711"}}"#;
