//! Bodies that look like another sender's, and wrappers of wrappers: who sent what is told by the
//! order of the rules of detection, and never by a property's name.

mod support;

use kochava_edge::{Context, Fate, Planner, ShapeCache, Source, detect};
use std::iter::repeat_n;

/// Settings that take every sender, and name nothing but what every event needs.
const SETTINGS: &str = r#"{ "app_guid": "koexample",
    "mapping": { "kochava_device_id": "kid", "origination_ip": "ip", "adid": "adid" } }"#;

/// What each element of a body is taken for, and the code of its fate.
fn elements(planner: &Planner, body: &str, source: Option<Source>) -> Vec<(Source, String)> {
    let context = Context {
        source,
        ..Context::default()
    };
    let mut shapes = ShapeCache::default();
    let plan = planner.plan_with(body.as_bytes(), &context, &mut shapes);
    let plan = plan.unwrap_or_else(|unreadable| panic!("{unreadable}: {body}"));
    let arrivals = planner
        .decide(body.as_bytes(), &context, &mut shapes)
        .expect("as planned");
    assert_eq!(plan.fates.len(), arrivals.elements.len(), "{body}");
    let codes = plan.fates.iter().map(|fate| match fate {
        Fate::Ready(_) => "ready",
        Fate::Skipped(skip) => skip.code(),
        Fate::Refused(violations) => violations[0].rule.code(),
    });
    let sources = arrivals.elements.iter().map(|arrival| arrival.source);
    sources.zip(codes.map(str::to_owned)).collect()
}

#[test]
fn names_of_properties_tell_nothing() {
    let rows = [
        // Segment, whose properties are named like Amplitude's columns
        (
            r#"{"type":"track","messageId":"m","event":"A","properties":{"event_type":"x","$insert_id":"i","event_time":"2026-01-01","amplitude_id":1,"events":[{"event_type":"x"}]}}"#,
            Source::Segment,
        ),
        // a webhook of RevenueCat's in properties of Segment's
        (
            r#"{"type":"track","userId":"u","event":"A","properties":{"api_version":"1.0","event":{"type":"RENEWAL","id":"e","app_user_id":"u"}}}"#,
            Source::Segment,
        ),
        // a call of Segment's among the properties of Amplitude's
        (
            r#"{"event_type":"A","event_time":"2026-01-01 00:00:00","event_properties":{"type":"track","messageId":"m","batch":[{}]}}"#,
            Source::Amplitude,
        ),
        (
            r#"{"event_type":"A","time":1,"insert_id":"i","event_properties":{"specversion":"1.0","type":"t","source":"s"}}"#,
            Source::AmplitudeHttp,
        ),
        // RudderStack's members within the traits
        (
            r#"{"type":"identify","userId":"u","traits":{"rudderId":"r","channel":"mobile","request_ip":"192.0.2.1"}}"#,
            Source::Segment,
        ),
        // an attribute of RevenueCat's with the name of Amplitude's column
        (
            r#"{"api_version":"1.0","event":{"type":"TEST","id":"e","subscriber_attributes":{"event_type":{"value":"x"}}}}"#,
            Source::Revenuecat,
        ),
        // mParticle without `mpid` or a device: its types alone tell
        (
            r#"{"events":[{"event_type":"custom_event","data":{"event_name":"A"}}]}"#,
            Source::Mparticle,
        ),
        // Amplitude's export has an object `data`, too
        (
            r#"{"events":[{"event_type":"custom_event","data":{},"device_id":"d","event_properties":{}}]}"#,
            Source::Amplitude,
        ),
        (
            r#"{"events":[{"event_type":"Level Up","data":{"path":"/x"}}]}"#,
            Source::Amplitude,
        ),
        // null counts as absent
        (
            r#"{"event_type":"A","specversion":null,"type":"track","messageId":"m","event_time":"2026-01-01","batch":null}"#,
            Source::Amplitude,
        ),
        (
            r#"{"type":"track","messageId":"m","event":"A","event_type":null,"events":null}"#,
            Source::Segment,
        ),
        // of a duplicate key the last value counts
        (
            r#"{"event_type":"A","event_type":null,"type":"alias","type":"track","messageId":"m","event":"A"}"#,
            Source::Segment,
        ),
        (
            r#"{"type":"track","messageId":"m","type":"t","source":"s","specversion":"1.0"}"#,
            Source::Cloudevents,
        ),
    ];
    let planner = support::planner(SETTINGS);
    for (body, source) in rows {
        assert_eq!(detect(body.as_bytes()), Some(source), "{body}");
        for body in [body.to_owned(), format!("[{body}]")] {
            let found = elements(&planner, &body, None);
            assert_eq!(found.len(), 1, "{body}");
            assert_eq!(found[0].0, source, "{body}");
        }
    }
}

#[test]
fn the_first_object_of_a_list_tells_and_nothing_behind_it_is_read() {
    let event = r#"{"event_type":"A","event_time":"2026-01-01 00:00:00.000000"}"#;
    let other = r#"{"type":"track","event":"A","messageId":"m","userId":"u"}"#;
    for (body, expected) in [
        (format!(" [ {event}, {other} ]"), Some(Source::Amplitude)),
        (format!("[1, [{other}], {event}]"), Some(Source::Amplitude)),
        (format!("[{event}, {other}"), Some(Source::Amplitude)),
        (format!("[{event} nul"), Some(Source::Amplitude)),
        (format!("[nul, {event}]"), None),
        (format!("[{},{event}", &event[1..]), None),
        (format!("[{{}}, {event}]"), None),
        ("[]".to_owned(), None),
        ("[1, 2]".to_owned(), None),
        ("[".to_owned(), None),
    ] {
        assert_eq!(detect(body.as_bytes()), expected, "{body}");
    }
}

#[test]
fn nothing_that_tells_no_sender_is_taken_for_one() {
    let rows = [
        "{}",
        r#"{"type":"track"}"#,
        r#"{"type":"track","event":"A","properties":{"messageId":"m"}}"#,
        r#"{"type":"purchase","messageId":"m"}"#,
        r#"{"type":7,"userId":"u"}"#,
        r#"{"event":{"type":"RENEWAL","id":"e"}}"#,
        r#"{"api_version":"1.0","event":"RENEWAL"}"#,
        r#"{"api_version":"1.0","event":{}}"#,
        r#"{"specversion":"1.0","type":"t"}"#,
        r#"{"event_type":7,"event_time":"2026-01-01"}"#,
        r#"{"events":{}}"#,
        r#"{"user_properties":{}}"#,
        r#"{"batch":{}}"#,
        r#"{"mpid":1}"#,
        r#"{"EVENT_TYPE":"A","event_time":"2026-01-01"}"#,
    ];
    let planner = support::planner(SETTINGS);
    for body in rows {
        assert_eq!(detect(body.as_bytes()), None, "{body}");
        let context = Context {
            source: None,
            ..Context::default()
        };
        let alone = planner.plan(body.as_bytes(), &context);
        assert_eq!(
            alone.err().map(|it| it.code()),
            Some("unrecognized-format"),
            "{body}"
        );
        let found = elements(&planner, &format!("[{body}]"), None);
        assert_eq!(found[0].1, "unrecognized-format", "{body}");
    }
}

#[test]
fn each_element_of_a_list_tells_its_own_sender() {
    let segment = r#"{"type":"alias","messageId":"m"}"#;
    let rudder = r#"{"type":"alias","messageId":"m","rudderId":"r"}"#;
    let amplitude = r#"{"event_type":"$groupidentify","event_time":"2026-01-01"}"#;
    let sdk = r#"{"event_type":"A","insert_id":"i"}"#;
    let cat = r#"{"api_version":"1.0","event":{"type":"TEST","id":"e"}}"#;
    let mparticle = r#"{"mpid":1,"events":[{"event_type":"session_end","data":{}},{"event_type":"crash_report","data":{}}]}"#;
    let cloud = r#"{"specversion":"1.0","id":"c","source":"s","type":"t"}"#;
    let wanted = [
        (Source::Segment, "unsupported-type"),
        (Source::Amplitude, "group-identify"),
        (Source::Rudderstack, "unsupported-type"),
        (Source::Revenuecat, "test-traffic"),
        (Source::Mparticle, "unsupported-type"),
        (Source::Mparticle, "unsupported-type"),
        (Source::Cloudevents, "origination-ip-missing"),
        (Source::AmplitudeHttp, "origination-ip-missing"),
        (Source::Segment, "unsupported-type"),
    ]
    .map(|(source, code)| (source, code.to_owned()));
    let planner = support::planner(SETTINGS);
    let all = [
        segment, amplitude, rudder, cat, mparticle, cloud, sdk, segment,
    ];
    let body = format!("[{}]", all.join(","));
    assert_eq!(elements(&planner, &body, None), wanted);
    // an unknown neighbour, an empty list and a wrapper without elements change nothing
    let body = format!(
        r#"[{{}},{},{{"batch":[]}},{{"users":[]}}]"#,
        all.join(r",7,{},[],")
    );
    let known: Vec<_> = elements(&planner, &body, None)
        .into_iter()
        .filter(|(_, code)| !["unrecognized-format", "not-an-object"].contains(&code.as_str()))
        .collect();
    assert_eq!(known, wanted);
}

#[test]
fn a_wrapper_within_a_wrapper_is_an_element() {
    let planner = support::planner(SETTINGS);
    let call = r#"{"type":"alias","messageId":"m"}"#;
    let rows: [(&str, usize); 6] = [
        // a batch of a batch: the inner one is a call without a type, an event without a name
        (&format!(r#"{{"batch":[{{"batch":[{call},{call}]}}]}}"#), 1),
        (&format!(r#"[{{"batch":[{call},{call}]}},{call}]"#), 3),
        (
            r#"{"events":[{"events":[{"event_type":"A"}]}],"users":[{"users":[]}]}"#,
            2,
        ),
        (r#"{"events":[[{"event_type":"A"}]]}"#, 1),
        (
            &format!(
                r#"{{"specversion":"1.0","id":"c","source":"s","type":"t","data":[{call},[{call}]]}}"#
            ),
            2,
        ),
        // an envelope of an envelope is an event of the outer one
        (
            r#"{"specversion":"1.0","id":"c","source":"s","type":"t","data":{"specversion":"1.0","id":"d","source":"s","type":"u","data":{}}}"#,
            1,
        ),
    ];
    for (body, count) in rows {
        assert_eq!(elements(&planner, body, None).len(), count, "{body}");
    }
}

#[test]
fn wrappers_of_any_depth_neither_fail_nor_take_long() {
    let planner = support::planner(SETTINGS);
    for (open, close) in [
        (r#"{"batch":["#, "]}"),
        (r#"{"events":["#, "]}"),
        (r#"{"api_version":"1.0","event":"#, "}"),
        (
            r#"{"specversion":"1.0","source":"s","type":"t","data":"#,
            "}",
        ),
        ("[", "]"),
        (r#"{"identification":["#, "]}"),
    ] {
        let body: String = repeat_n(open, 20_000)
            .chain(["{}"])
            .chain(repeat_n(close, 20_000))
            .collect();
        for source in Source::ALL.iter().copied().map(Some).chain([None]) {
            let context = Context {
                source,
                ..Context::default()
            };
            let _ = detect(body.as_bytes());
            let plan = planner.plan(body.as_bytes(), &context);
            match plan {
                Ok(plan) => assert!(plan.fates.len() <= 1, "{open}"),
                Err(fault) => assert_eq!(fault.code(), "unrecognized-format", "{open}"),
            }
            let mut shapes = ShapeCache::default();
            let _ = planner.decide(body.as_bytes(), &context, &mut shapes);
        }
    }
}

#[test]
fn a_sender_that_is_named_reads_any_object_without_a_panic() {
    let bodies = [
        "{}",
        "[{}]",
        r#"{"event":null,"events":null,"batch":null,"data":null}"#,
        r#"{"event":{},"events":{},"batch":{},"data":{},"context":{},"traits":[]}"#,
        r#"{"events":[null,7,"x",[],{}],"batch":[null,7,"x",[],{}],"users":[null]}"#,
        r#"{"type":{},"event_type":[],"name":7,"user_identities":[7,{},{"identity_type":"customer_id"}]}"#,
        r#"{"context":"x","integrations":7,"consent":[],"properties":"y"}"#,
        r#"{"data":{"product_action":[],"custom_attributes":7},"product_action":{"action":{}}}"#,
        r#"{"type":"track","context":{"device":[],"consent":{"categoryPreferences":[]},"consentManagement":7}}"#,
        r#"{"subscriber_attributes":{"$ip":[],"$idfa":{"value":{}},"x":7}}"#,
        r#"{"options":[],"event_type":"A","user_id":{},"device_id":7}"#,
    ];
    let planner = support::planner(SETTINGS);
    for body in bodies {
        for source in Source::ALL {
            elements(&planner, body, Some(*source));
        }
    }
}
