//! Does `settings.schema.json` take exactly what the reader takes?
//!
//! The schema says in JSON Schema what `Settings::read` says in Rust; both are held together here,
//! over whole documents, over documents with one fault, and over documents with a member taken
//! away, put in or replaced.

mod support;

use jsonschema::Validator;
use kochava_edge::Settings;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use support::case_folders;
use support::choices::{FULL, faults, with};
use support::generate::{config, settings_pool};

#[test]
fn the_schema_takes_every_document_of_the_repository() {
    let cases = case_folders()
        .into_iter()
        .map(|folder| folder.join("settings.json"));
    let sample = [Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/settings/sneaker-shop.json")];
    let written: Vec<_> = cases
        .chain(sample)
        .map(|file| fs::read_to_string(file).expect("settings can be read"))
        .chain(settings_pool())
        .chain([FULL.to_owned()])
        .collect();
    for document in written {
        let document = serde_json::from_str(&document).expect("settings are JSON");
        assert!(
            SCHEMA.is_valid(&document),
            "{:?}",
            SCHEMA.iter_errors(&document).next()
        );
        assert!(Settings::read(&document.to_string()).is_ok());
    }
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    for (document, told) in faults() {
        assert!(
            !SCHEMA.is_valid(&document),
            "the schema takes {document}, but: {told}"
        );
    }
}

#[test]
fn the_schema_describes_every_property() {
    is_described("", &schema());
}

#[test]
fn every_setting_has_an_example_that_the_reader_takes() {
    let schema = schema();
    let mut count = 0;
    for (section, setting) in schema["properties"]
        .as_object()
        .expect("the schema has members")
    {
        count += take_examples(&format!("/{section}"), setting);
    }
    assert!(count >= 50, "only {count} settings have an example");
}

/// Puts the examples of a setting, and of the settings within it, into whole settings.
#[track_caller]
fn take_examples(place: &str, setting: &Value) -> usize {
    let members = setting["properties"].as_object();
    let examples = setting["examples"].as_array();
    assert!(
        members.is_some() || examples.is_some(),
        "{place} has no example"
    );
    for example in examples.into_iter().flatten() {
        let mut document: Value = serde_json::from_str(FULL).expect("it is JSON");
        let (parent, key) = place.rsplit_once('/').expect("a place has a parent");
        document
            .pointer_mut(parent)
            .expect("FULL has every section")[key] = example.clone();
        let read = Settings::read(&document.to_string());
        assert!(read.is_ok(), "{place}: {read:?}");
        assert!(
            SCHEMA.is_valid(&document),
            "{place}: the schema refuses {example}"
        );
    }
    let within = members.into_iter().flatten();
    let within = within.map(|(key, setting)| take_examples(&format!("{place}/{key}"), setting));
    usize::from(examples.is_some()) + within.sum::<usize>()
}

#[track_caller]
fn is_described(place: &str, schema: &Value) {
    if let Some(properties) = schema["properties"].as_object() {
        let repeats = properties.values().all(Value::is_boolean);
        assert!(
            repeats || schema["additionalProperties"] == false,
            "{place} takes any key"
        );
        // an alternative that repeats a property only to require it says `true`
        for (key, property) in properties.iter().filter(|(_, value)| !value.is_boolean()) {
            let is_said = |word: &str| property[word].as_str().is_some_and(|text| !text.is_empty());
            assert!(
                is_said("title") && is_said("description"),
                "{place}.{key} has no title or no description"
            );
            is_described(&format!("{place}.{key}"), property);
        }
    }
    for definition in schema["$defs"].as_object().into_iter().flatten() {
        is_described(definition.0, definition.1);
    }
    for alternative in schema["anyOf"].as_array().into_iter().flatten() {
        is_described(place, alternative);
    }
}

#[test]
fn the_schema_takes_what_the_reader_takes_wherever_one_value_is_put() {
    let full: Value = serde_json::from_str(FULL).expect("it is JSON");
    let mut places = Vec::new();
    list_places(&full, String::new(), &mut places);
    assert!(places.len() > 40, "{places:?}");
    for place in &places {
        let mut document = full.clone();
        for value in POOL {
            *document.pointer_mut(place).expect("the place was listed") =
                serde_json::from_str(value).expect("the pool is JSON");
            takes_alike(&document);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 700, ..config() })]

    #[test]
    fn the_schema_takes_what_the_reader_takes_after_any_edits(
        is_full in any::<bool>(),
        edits in prop::collection::vec((any::<Index>(), select(POOL), select(KEYS), 0_u8..4), 1..3),
    ) {
        let mut document = if is_full { serde_json::from_str(FULL).expect("it is JSON") } else { with("", "events", json!({ "select": [{ "where": [{ "property": "a", "is": "in", "value": ["x"] }] }] })) };
        for (place, value, key, deed) in edits {
            let mut places = Vec::new();
            list_places(&document, String::new(), &mut places);
            let (parent, last) = places[place.index(places.len())].rsplit_once('/').map(|(parent, last)| (parent.to_owned(), last.to_owned())).expect("a place has a parent");
            let value: Value = serde_json::from_str(value).expect("the pool is JSON");
            match (document.pointer_mut(&parent).expect("the place was listed"), deed) {
                (Value::Object(members), 0) => drop(members.remove(&unescaped(&last))),
                (Value::Object(members), 1) => drop(members.insert(key.to_owned(), value)),
                (Value::Object(members), _) => drop(members.insert(unescaped(&last), value)),
                (Value::Array(elements), 0) => drop(elements.remove(last.parse().expect("an index"))),
                (Value::Array(elements), 1) => elements.push(value),
                (Value::Array(elements), _) => elements[last.parse::<usize>().expect("an index")] = value,
                _ => {}
            }
        }
        takes_alike(&document);
    }
}

#[track_caller]
fn takes_alike(document: &Value) {
    let faults = Settings::read(&document.to_string())
        .err()
        .unwrap_or_default();
    let complaint = SCHEMA
        .iter_errors(document)
        .next()
        .map(|error| error.to_string());
    assert_eq!(
        faults.is_empty(),
        complaint.is_none(),
        "{faults:?}, {complaint:?}: {document}"
    );
}

static SCHEMA: LazyLock<Validator> =
    LazyLock::new(|| jsonschema::draft202012::new(&schema()).expect("the schema is one"));

fn schema() -> Value {
    serde_json::from_str(include_str!("../settings.schema.json")).expect("the schema is JSON")
}

fn list_places(value: &Value, at: String, places: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                list_places(
                    value,
                    format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")),
                    places,
                );
            }
        }
        Value::Array(elements) => {
            for (index, value) in elements.iter().enumerate() {
                list_places(value, format!("{at}/{index}"), places);
            }
        }
        _ => {}
    }
    if !at.is_empty() {
        places.push(at);
    }
}

fn unescaped(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// Values that fit somewhere, and values that fit nowhere.
#[rustfmt::skip]
const POOL: &[&str] = &[
    "null", "true", "0", "1", "10", "11", "2.5", "3.0", "100", "30000", "30001", "-1", "1e300", r#""""#, r#"" ""#, r#""*""#, r#""a""#, r#""a.b""#,
    r#""a..b""#, r#"".a""#, r#""a.""#, r#""/""#, r#""/a~0""#, r#""/a~2""#, r#""/a..b""#, r#""~""#, r#""a b""#, r#""caf\u00e9""#, r#""a\nb""#, r#""\u0085x""#,
    r#""5""#, r#"" -1.5e3 ""#, r#""05""#, r#""event_properties.a""#, r#""user_properties.a""#, r#""event_properties""#, r#""exists""#, r#""is""#, r#""in""#,
    r#""less than""#, r#""contains""#, r#""both""#, r#""millis""#, r#""track""#, "[]", "{}", r#"["a"]"#, r#"["*"]"#, r#"["a",5]"#, "[[]]", r#"{"ios":"a"}"#, r#"{"":"a"}"#,
    r#"{"a":"b"}"#, r#"{"0":"b"}"#, r#"{"idfa":"b"}"#, r#"{"from":"a"}"#, r#"{"names":["a"]}"#, r#"[{"where":[{"property":"a","is":"exists"}]}]"#,
    r#"{"property":"a","is":"exists"}"#, r#"{"api_key":"a","secret":"b"}"#,
];

const KEYS: &[&str] = &[
    "a",
    "0",
    "",
    "ios",
    "default",
    "send",
    "names",
    "where",
    "value",
    "is",
    "property",
    "idfa",
    "android_id",
    "from",
    "currency",
    "attempts",
];
