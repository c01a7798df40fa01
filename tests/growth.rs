//! Checks that the work grows linearly with the input, whatever a sender sends.
//!
//! The work is counted by the feature `steps`, not timed: four times the input may need four times
//! the steps and a little more for the height of ordered maps. A quadratic loop would need sixteen
//! times as many.

use kochava_edge::{Context, Planner, Settings, ShapeCache, take_steps};

/// Settings that use every property, identities and a path of each form, so that all code runs.
const SETTINGS: &str = r#"{ "app_guid": "kotest-a1b2c3", "events": { "properties": "*", "user_properties": "*",
        "select": [{ "names": ["*a*b*", "L*"] }, { "names": ["x"], "where": [{ "property": "event_properties.a.b.c", "is": "exists" }] }] },
    "users": { "send": true, "from": "both", "properties": "*" },
    "mapping": { "kochava_device_id": "user_properties.kd", "origination_ip": "ip_address", "idfv": ["a.b.c.d", "/user_properties/deep/0/id", "idfv"],
        "custom_ids": { "rida": "groups.id" } } }"#;

/// Inputs of about `bytes` bytes: what is hostile in each, and its lines.
fn inputs(bytes: usize) -> Vec<(&'static str, String)> {
    let event = |properties: &str| {
        format!(
            r#"{{"event_type":"Level","platform":"iOS","ip_address":"203.0.113.9","user_properties":{{"kd":"K"}},"idfv":"x","event_properties":{{{properties}}}}}"#
        )
    };
    let many = |each: &dyn Fn(usize) -> String| {
        let mut list = Vec::new();
        let mut length = 0;
        while length < bytes {
            list.push(each(list.len()));
            length += list.last().map_or(0, String::len) + 1;
        }
        list.join(",")
    };
    vec![
        (
            "events",
            (0..bytes / 200)
                .map(|number| event(&format!("\"level\":{number}")) + "\n")
                .collect(),
        ),
        ("blank lines", "\n".repeat(bytes)),
        (
            "a batch",
            format!(
                "[{}]",
                many(&|number| event(&format!("\"level\":{number}")))
            ),
        ),
        (
            "elements that are no objects",
            format!("[{}]", many(&|_| "1".to_owned())),
        ),
        (
            "keys of one hash",
            event(&many(&|number| format!("\"aaaa{number:012}zzzz\":1"))),
        ),
        (
            "one key again and again",
            event(&many(&|_| "\"abcdef\":1".to_owned())),
        ),
        (
            "reserved keys, prefixed already",
            event(&many(&|number| {
                format!("\"{}source\":1", "ev_".repeat(number % 40))
            })),
        ),
        (
            "nested keys",
            event(&format!(
                "\"p\":{{{}}}",
                many(&|number| format!("\"k{number}\":{{\"a\":[1,null]}}"))
            )),
        ),
        (
            "a long array",
            event(&format!("\"p\":[{}]", many(&|_| "1".to_owned()))),
        ),
        (
            "deep nesting",
            event(&format!(
                "\"p\":{}1{}",
                "[".repeat(bytes / 2),
                "]".repeat(bytes / 2)
            )),
        ),
        (
            "deep objects",
            event(&format!(
                "\"p\":{}1{}",
                "{\"a\":".repeat(bytes / 6),
                "}".repeat(bytes / 6)
            )),
        ),
        (
            "a long key",
            event(&format!("\"{}\":{{\"a\":1,\"b\":2}}", "k".repeat(bytes))),
        ),
        (
            "a long text",
            event(&format!("\"p\":\"{}\"", "x".repeat(bytes))),
        ),
        (
            "escapes",
            event(&format!("\"p\":\"{}\"", "\\u00e9\\n".repeat(bytes / 8))),
        ),
        (
            "backslashes",
            event(&format!("\"p\":\"{}\"", "\\\\".repeat(bytes / 2))),
        ),
        (
            "a text beyond ASCII",
            event(&format!("\"p\":\"{}\"", "é".repeat(bytes / 2))),
        ),
        (
            "white space",
            event(&format!("\"p\":1{}", " ".repeat(bytes))),
        ),
        (
            "a long number",
            event(&format!("\"p\":0.{}", "1".repeat(bytes))),
        ),
        (
            "a long name",
            format!(
                r#"{{"event_type":"{}","ip_address":"203.0.113.9"}}"#,
                "ab".repeat(bytes / 2)
            ),
        ),
        (
            "unknown outer keys",
            format!(
                r#"{{"event_type":"Level",{}}}"#,
                many(&|number| format!("\"k{number}\":1"))
            ),
        ),
        (
            "hyphens beside a withheld id",
            format!(
                r#"{{"event_type":"Level","platform":"iOS","ip_address":"203.0.113.9","idfa":"A1B2C3D4-1111-4222-8333-0123456789AB","event_properties":{{"p":"A1{}","q":"{}"}}}}"#,
                "-".repeat(bytes / 2),
                "a1b2c3d4".repeat(bytes / 16)
            ),
        ),
        (
            "encoded hyphens beside a withheld id",
            format!(
                r#"{{"event_type":"Level","platform":"iOS","ip_address":"203.0.113.9","idfa":"2D1B2C3D-1111-4222-8333-0123456789AB","event_properties":{{"p":"2D{}"}}}}"#,
                "%2D".repeat(bytes / 3)
            ),
        ),
        (
            "operators",
            format!(
                r#"{{"event_type":"$identify","user_properties":{{"$set":{{{}}}}}}}"#,
                many(&|number| format!("\"k{number}\":1"))
            ),
        ),
        (
            "cut short",
            event(&many(&|number| format!("\"k{number}\":1")))[..bytes].to_owned(),
        ),
    ]
}

fn steps_of(lines: &str) -> (u64, u64) {
    let planner = Planner::new(Settings::read(SETTINGS).unwrap());
    let _ = take_steps();
    planner.plan_ndjson(
        lines.as_bytes(),
        &Context::default(),
        &mut ShapeCache::default(),
        &mut String::new(),
    );
    let of_plan = take_steps();
    // an explanation reads the bodies again
    if let Ok(explained) = planner.explain(
        lines.as_bytes(),
        &Context::default(),
        &mut ShapeCache::default(),
    ) {
        explained
            .iter()
            .for_each(|explained| explained.each_field(&mut |_| ()));
    }
    (of_plan, take_steps())
}

#[test]
fn four_times_the_input_needs_four_times_the_steps() {
    for ((what, small), (_, large)) in inputs(30_000).into_iter().zip(inputs(120_000)) {
        let ((planned, explained), (planned_large, explained_large)) =
            (steps_of(&small), steps_of(&large));
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        for (operation, few, many) in [
            ("planned", planned, planned_large),
            ("explained", explained, explained_large),
        ] {
            let times = large.len() as f64 / small.len() as f64;
            let grown = many as f64 / few.max(1) as f64;
            assert!(
                grown < times * 1.25,
                "{what}, {operation}: {times:.2} times the bytes need {grown:.2} times the steps ({few} to {many})"
            );
        }
        assert!(
            planned > 0 && planned < 60 * small.len() as u64,
            "{what}: {planned} steps for {} bytes",
            small.len()
        );
    }
}
