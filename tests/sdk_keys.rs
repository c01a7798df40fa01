//! The key with which an SDK opens the door goes no further: into no message, no reject and no call.

mod support;

use kochava_edge::{Context, Fate, ShapeCache, Source};
use std::iter::repeat_n;

const SETTINGS: &str = r#"{ "app_guid": "koexample",
    "events": { "properties": ["*", "api_key", "writeKey", "client"] },
    "mapping": { "event_name": "name", "kochava_device_id": ["kid", "user_properties.kid", "/api_key", "writeKey"],
        "origination_ip": ["ip", "ip_address", "context.ip"], "adid": ["adid", "/writeKey"] } }"#;

/// The texts that wait for the elements of a body.
fn waiting(body: &str, source: Option<Source>) -> Vec<String> {
    let planner = support::planner(SETTINGS);
    let context = Context {
        source,
        connection_ip: Some("203.0.113.9"),
        ..Context::default()
    };
    let plan = planner.plan(body.as_bytes(), &context).expect("a body");
    for request in plan.fates.iter().flat_map(Fate::requests) {
        assert!(!request.body.contains("k-secret"), "{}", request.body);
    }
    let arrivals = planner
        .decide(body.as_bytes(), &context, &mut ShapeCache::default())
        .expect("a body");
    let texts = arrivals.elements.into_iter().map(|arrival| {
        let own = &body[arrival.at.clone()];
        arrival.text.unwrap_or_else(|| own.to_owned())
    });
    texts.collect()
}

#[track_caller]
fn assert_waiting(source: impl Into<Option<Source>>, body: &str, wanted: &[&str]) {
    assert_eq!(waiting(body, source.into()), wanted, "{body}");
}

#[test]
fn a_single_element_waits_without_it() {
    // Segment, HTTP API: "writeKey" may stand in the body of a call
    for source in [Some(Source::Segment), Some(Source::Rudderstack), None] {
        assert_waiting(
            source,
            r#"{"writeKey":"k-secret","type":"track","messageId":"m","event":"A","context":{"ip":"192.0.2.1"}}"#,
            &[r#"{"type":"track","messageId":"m","event":"A","context":{"ip":"192.0.2.1"}}"#],
        );
    }
    // Amplitude, HTTP V2 API: "api_key" stands beside the events, and in an event that is sent alone
    for source in [Some(Source::Amplitude), Some(Source::AmplitudeHttp), None] {
        assert_waiting(
            source,
            r#"{ "event_type": "A", "insert_id": "i", "ip": "192.0.2.1", "api_key": "k-secret" }"#,
            &[r#"{"event_type":"A","insert_id":"i","ip":"192.0.2.1"}"#],
        );
    }
    assert_waiting(
        Source::AmplitudeHttp,
        r#"{"client":"k-secret","event_type":"A","insert_id":"i","ip":"192.0.2.1"}"#,
        &[r#"{"event_type":"A","insert_id":"i","ip":"192.0.2.1"}"#],
    );
    for source in [
        Source::Generic,
        Source::Mparticle,
        Source::Revenuecat,
        Source::Cloudevents,
    ] {
        assert_waiting(
            source,
            r#"{"name":"A","api_key":"k-secret","writeKey":"k-secret"}"#,
            &[r#"{"name":"A"}"#],
        );
    }
}

#[test]
fn a_key_that_is_escaped_or_occurs_twice_is_found() {
    assert_waiting(
        Source::Segment,
        r#"{"type":"track","write\u004bey":"k-secret","event":"A","context":{"ip":"192.0.2.1"},"writeKey":"k-secret"}"#,
        &[r#"{"type":"track","event":"A","context":{"ip":"192.0.2.1"}}"#],
    );
    // a key of no type that an SDK sends
    assert_waiting(
        Source::Generic,
        r#"{"name":"A","api_key":{"value":["k-secret"]}}"#,
        &[r#"{"name":"A"}"#],
    );
}

#[test]
fn elements_of_a_list_wait_without_it() {
    // analytics.js writes `writeKey` into each call of a batch, too (Segment, analytics-next)
    assert_waiting(
        Source::Segment,
        r#"{"writeKey":"k-secret","batch":[{"type":"track","event":"A","writeKey":"k-secret","context":{"ip":"192.0.2.1"}},{"type":"track","event":"B","context":{"ip":"192.0.2.1"}}]}"#,
        &[
            r#"{"type":"track","event":"A","context":{"ip":"192.0.2.1"}}"#,
            r#"{"type":"track","event":"B","context":{"ip":"192.0.2.1"}}"#,
        ],
    );
    assert_waiting(
        Source::AmplitudeHttp,
        r#"[{"event_type":"A","api_key":"k-secret","ip":"192.0.2.1"}]"#,
        &[r#"{"event_type":"A","ip":"192.0.2.1"}"#],
    );
    // all members of mParticle's batch but its events are part of each event
    assert_waiting(
        Source::Mparticle,
        r#"{"api_key":"k-secret","ip":"192.0.2.1","events":[{"event_type":"custom_event","data":{"event_name":"A"}}]}"#,
        &[r#"{"event_type":"custom_event","data":{"event_name":"A"},"ip":"192.0.2.1"}"#],
    );
}

#[test]
fn what_an_envelope_carries_waits_without_it() {
    for source in [Some(Source::Cloudevents), None] {
        assert_waiting(
            source,
            r#"{"specversion":"1.0","id":"c","source":"s","type":"t","data":{"type":"track","writeKey":"k-secret","messageId":"m","event":"A","context":{"ip":"192.0.2.1"}}}"#,
            &[
                r#"{"specversion":"1.0","id":"c","source":"s","type":"t","data":{"type":"track","messageId":"m","event":"A","context":{"ip":"192.0.2.1"}}}"#,
            ],
        );
    }
}

#[test]
fn what_cannot_be_read_becomes_a_reject_without_it() {
    let deep: String = repeat_n('[', 200).chain(repeat_n(']', 200)).collect();
    assert_waiting(
        Source::AmplitudeHttp,
        &format!(
            r#"[{{"event_type":"A","api_key":"k-secret","event_properties":{{"a":{deep}}}}}]"#
        ),
        &[&format!(
            r#"{{"event_type":"A","event_properties":{{"a":{deep}}}}}"#
        )],
    );
    assert_waiting(
        Source::Cloudevents,
        &format!(
            r#"[{{"specversion":"1.0","id":"c","source":"s","type":"t","data":{{"event_type":"A","api_key":"k-secret","x":{deep}}}}}]"#
        ),
        &[&format!(
            r#"{{"specversion":"1.0","id":"c","source":"s","type":"t","data":{{"event_type":"A","x":{deep}}}}}"#
        )],
    );
    let planner = support::planner(
        r#"{ "app_guid": "koexample", "mapping": { "kochava_device_id": "k", "origination_ip": "i", "adid": "a" } }"#,
    );
    let context = Context {
        source: None,
        ..Context::default()
    };
    let body = r#"[{"writeKey":"k-secret","event":"A","client":"iPhone"}]"#;
    let arrivals = planner
        .decide(body.as_bytes(), &context, &mut ShapeCache::default())
        .expect("a body");
    let text = arrivals.elements[0].text.as_deref();
    assert_eq!(text, Some(r#"{"event":"A","client":"iPhone"}"#));
}

#[test]
fn a_text_that_nests_deep_is_written_once() {
    let deep: String = repeat_n('[', 400_000)
        .chain(repeat_n(']', 400_000))
        .collect();
    let body = format!(r#"[{{"event_type":"A","event_properties":{{"a":{deep}}},}}]"#);
    let texts = waiting(&body, Some(Source::Amplitude));
    assert_eq!(
        texts[0],
        format!(r#"{{"event_type":"A","event_properties":{{"a":{deep}}}}}"#)
    );
}

#[test]
fn a_member_named_like_a_key_of_another_sender_stays() {
    let body = r#"{"name":"A","client":{"name":"x"},"properties":{"api_key":"x"}}"#;
    assert_waiting(Source::Generic, body, &[body]);
}
