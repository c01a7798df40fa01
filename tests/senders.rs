//! What holds of every sender, over the cases of all of them.

mod support;

use kochava_edge::{Context, Fate, Moment, Planner, ShapeCache, Source, WaitingFate, detect};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use support::generate::{config, value};
use support::guide::Guide;
use support::{case_event, case_folders, case_settings, sender_case_folders};

/// A body with its sender and what the shell knows of it.
struct Case {
    name: String,
    planner: Planner,
    body: Vec<u8>,
    source: Option<Source>,
    ip: Option<String>,
    user_agent: Option<String>,
}

impl Case {
    fn of(folder: &Path) -> Case {
        let text = |name: &str| fs::read_to_string(folder.join(name)).expect("a case has it");
        let expected: Value = serde_json::from_str(&text("expected.json")).expect("it is JSON");
        let context = &expected["context"];
        let member = |key: &str| context[key].as_str().map(str::to_owned);
        let of_folder = folder
            .parent()
            .and_then(|parent| Source::from_name(parent.file_name()?.to_str()?))
            .unwrap_or_default();
        Case {
            name: folder.display().to_string(),
            planner: support::planner(&case_settings(folder)),
            body: case_event(folder),
            source: member("source").map_or(Some(of_folder), |name| Source::from_name(&name)),
            ip: member("connectionIp"),
            user_agent: member("userAgent"),
        }
    }

    fn context(&self) -> Context<'_> {
        Context {
            source: self.source,
            received_at: Some(Moment::from_millis(1_767_225_600_000)),
            connection_ip: self.ip.as_deref(),
            user_agent: self.user_agent.as_deref(),
            ..Context::default()
        }
    }
}

fn cases() -> impl Iterator<Item = Case> {
    let folders = case_folders().into_iter().chain(sender_case_folders());
    folders.map(|folder| Case::of(&folder))
}

/// The bodies of what is sent; the code of a fate that sends nothing.
fn told(fate: &Fate) -> Vec<String> {
    match fate {
        Fate::Ready(parcel) => {
            let requests = parcel.requests.iter();
            requests.map(|request| request.body.clone()).collect()
        }
        Fate::Skipped(skip) => vec![skip.code().to_owned()],
        Fate::Refused(violations) => violations.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn an_element_that_waits_alone_is_planned_as_in_its_body() {
    let mut waiting = 0;
    for case in cases() {
        let context = case.context();
        let Ok(plan) = case.planner.plan(&case.body, &context) else {
            continue;
        };
        let mut shapes = ShapeCache::default();
        let arrivals = case
            .planner
            .decide(&case.body, &context, &mut shapes)
            .expect("a body that can be planned can be decided about");
        assert_eq!(arrivals.elements.len(), plan.fates.len(), "{}", case.name);
        for (arrival, fate) in arrivals.elements.iter().zip(&plan.fates) {
            if matches!(fate, Fate::Skipped(_)) {
                continue;
            }
            let own = std::str::from_utf8(&case.body[arrival.at.clone()]).expect("it was read");
            let text = arrival.text.as_deref().unwrap_or(own);
            let alone = case
                .planner
                .plan_waiting(
                    text,
                    arrival.source,
                    arrival.of_users,
                    false,
                    Moment::from_millis(1_767_225_600_000),
                    &mut shapes,
                )
                .unwrap_or_else(|unreadable| panic!("{}: {unreadable}\n{text}", case.name));
            assert_eq!(alone.has_id, arrival.key.is_some(), "{}\n{text}", case.name);
            assert_eq!(alone.ordering_key, arrival.ordering_key, "{}", case.name);
            let alone = match alone.fate {
                WaitingFate::Ready(calls) => {
                    calls.into_iter().map(|call| call.request.body).collect()
                }
                other => told(&other.into()),
            };
            assert_eq!(alone, told(fate), "{}\n{text}", case.name);
            waiting += 1;
        }
    }
    assert!(waiting > 300, "only {waiting} elements");
}

#[test]
fn what_was_read_before_changes_nothing() {
    let cases: Vec<_> = cases().collect();
    for case in &cases {
        let mut context = case.context();
        for source in [case.source, None] {
            context.source = source;
            let fresh = case.planner.plan(&case.body, &context);
            // shapes and senders of every other kind of body
            let mut shapes = ShapeCache::default();
            for other in cases.iter().step_by(7) {
                let _ = case.planner.plan_with(&other.body, &context, &mut shapes);
            }
            let again = case.planner.plan_with(&case.body, &context, &mut shapes);
            match (fresh, again) {
                (Ok(fresh), Ok(again)) => {
                    let told = |plan: &[Fate]| plan.iter().map(told).collect::<Vec<_>>();
                    assert_eq!(told(&fresh.fates), told(&again.fates), "{}", case.name);
                }
                (fresh, again) => {
                    assert_eq!(fresh.err(), again.err(), "{}", case.name);
                }
            }
        }
    }
}

#[test]
fn no_body_is_taken_for_another_senders() {
    let family = |source| match source {
        // an event without the columns of the export may be either's
        Source::AmplitudeHttp => Source::Amplitude,
        other => other,
    };
    let mut detected = 0;
    for case in cases() {
        let (Some(source), Some(found)) = (case.source, detect(&case.body)) else {
            continue;
        };
        assert_eq!(family(found), family(source), "{}", case.name);
        detected += 1;
    }
    assert!(detected > 250, "only {detected} bodies were recognised");
}

#[test]
fn every_sender_has_a_name_and_its_number() {
    for (number, source) in Source::ALL.iter().enumerate() {
        assert_eq!(*source as usize, number);
        assert_eq!(Source::from_name(source.name()), Some(*source));
        assert_eq!(source.schema().source, *source);
        assert_eq!(
            source.schema().holds.len().min(source.schema().keys.len()),
            source.schema().holds.len()
        );
    }
    assert_eq!(Source::from_name("Segment"), None);
}

/// The bodies of all cases, and the senders that they may come from.
static BODIES: LazyLock<Vec<serde_json::Value>> = LazyLock::new(|| {
    let folders = case_folders().into_iter().chain(sender_case_folders());
    folders
        .filter_map(|folder| serde_json::from_slice(&case_event(&folder)).ok())
        .collect()
});

/// Settings under which every sender's events can be sent.
const EVERY_SENDER: &str = r#"{
    "app_guid": "koexample", "test_app_guid": "kotest",
    "events": { "properties": "*", "user_properties": "*", "preset": "standard", "rename_properties": { "level": "name" } },
    "users": { "send": true, "from": "both", "properties": "*" },
    "mapping": { "event_name": ["name", "event"], "kochava_device_id": ["user_properties.kid", "subscriber_attributes.$kochavaDeviceId", "context.device.id", "mpid", "data.kid", "kid"],
        "origination_ip": ["ip_address", "ip", "context.ip", "subscriber_attributes.$ip", "data.ip"], "adid": ["adid", "user_properties.adid", "context.device.advertisingId", "data.gaid"] }
}"#;

static EVERY: LazyLock<Planner> = LazyLock::new(|| support::planner(EVERY_SENDER));

/// Replaces the value at the `steps`, or removes it.
fn edit(value: &mut Value, steps: &[Index], new: Option<&Value>) {
    let Some((step, rest)) = steps.split_first() else {
        *value = new.cloned().unwrap_or(Value::Null);
        return;
    };
    match value {
        Value::Object(members) if !members.is_empty() => {
            let key = members.keys().nth(step.index(members.len())).cloned();
            let key = key.expect("there are members");
            if rest.is_empty() && new.is_none() {
                members.remove(&key);
            } else {
                edit(&mut members[&key], rest, new);
            }
        }
        Value::Array(elements) if !elements.is_empty() => {
            let at = step.index(elements.len());
            edit(&mut elements[at], rest, new);
        }
        place => *place = new.cloned().unwrap_or(Value::Null),
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_edited_body_of_any_sender_keeps_the_guide_and_can_wait(
        body in any::<Index>(),
        source in proptest::option::of(any::<Index>()),
        edits in vec((vec(any::<Index>(), 1..5), proptest::option::of(value())), 0..4),
        is_of_device in any::<bool>(),
    ) {
        let mut body = BODIES[body.index(BODIES.len())].clone();
        for (steps, new) in &edits {
            let new = new.as_deref().and_then(|new| serde_json::from_str(new).ok());
            edit(&mut body, steps, new.as_ref());
        }
        let text = body.to_string();
        let received = Moment::from_millis(1_767_225_600_000);
        let context = Context {
            source: source.map(|source| Source::ALL[source.index(Source::ALL.len())]),
            received_at: Some(received),
            connection_ip: is_of_device.then_some("8.8.4.4"),
            user_agent: is_of_device.then_some("Mozilla/5.0"),
            ..Context::default()
        };
        let mut shapes = ShapeCache::default();
        let traced = EVERY.trace(text.as_bytes(), &context, &mut shapes);
        let planned = EVERY.plan_with(text.as_bytes(), &context, &mut shapes);
        let Ok(plan) = planned else {
            prop_assert_eq!(planned.err(), traced.err());
            return Ok(());
        };
        let traced: Vec<_> = traced.expect("as planned").iter().map(|(fate, _)| told(fate)).collect();
        prop_assert_eq!(plan.fates.iter().map(told).collect::<Vec<_>>(), traced);
        let guide = Guide::of(EVERY_SENDER, Some(1_767_225_600));
        for request in plan.fates.iter().flat_map(Fate::requests) {
            guide.check(request);
        }
        let arrivals = EVERY.decide(text.as_bytes(), &context, &mut shapes).expect("as planned");
        for (arrival, fate) in arrivals.elements.iter().zip(&plan.fates) {
            if matches!(fate, Fate::Skipped(_)) {
                continue;
            }
            let own = arrival.text.as_deref().unwrap_or(&text[arrival.at.clone()]);
            let alone = EVERY.plan_waiting(own, arrival.source, arrival.of_users, false, received, &mut shapes);
            let alone = alone.expect("it was an element");
            prop_assert_eq!(alone.has_id, arrival.key.is_some(), "{}", own);
            let alone = match alone.fate {
                WaitingFate::Ready(calls) => calls.into_iter().map(|call| call.request.body).collect(),
                other => told(&other.into()),
            };
            prop_assert_eq!(alone, told(fate), "{} of {}", own, text);
        }
    }
}

#[test]
fn the_same_event_has_the_same_body_from_every_sender() {
    const ADID: &str = "01234567-89ab-4def-8123-456789abcdef";
    let settings = r#"{ "app_guid": "koexample", "events": { "preset": "standard" },
        "mapping": { "kochava_device_id": ["user_properties.kid", "traits.kid", "user_attributes.kid", "data.kid", "subscriber_attributes.$kochavaDeviceId"],
            "origination_ip": ["ip_address", "ip", "context.ip", "data.ip", "subscriber_attributes.$ip"],
            "adid": ["adid", "context.device.advertisingId", "device_info.android_advertising_id", "data.adid", "subscriber_attributes.$gpsAdId"],
            "platform": ["platform", "context.device.type", "device_info.platform", "data.platform", "store"],
            "device_ua": ["user_agent", "context.userAgent", "device_info.http_header_user_agent", "data.ua", "subscriber_attributes.ua"],
            "app_version": ["version_name", "app_version", "context.app.version", "application_info.application_version", "data.version", "subscriber_attributes.version"],
            "event_name": "name" } }"#;
    let planner = support::planner(settings);
    let attribute = |value: &str| format!(r#"{{"value":"{value}"}}"#);
    let bodies = [
        (
            Source::Amplitude,
            format!(
                r#"{{"event_type":"revenue_amount","event_time":"2026-01-01 00:00:00.000000","ip_address":"203.0.113.9","platform":"Android","adid":"{ADID}","user_agent":"App","version_name":"5.2.0","event_properties":{{"$revenue":4.99,"$currency":"EUR"}},"user_properties":{{"kid":"KD-1"}}}}"#
            ),
        ),
        (
            Source::AmplitudeHttp,
            format!(
                r#"{{"event_type":"revenue_amount","time":1767225600000,"insert_id":"i","ip":"203.0.113.9","platform":"Android","adid":"{ADID}","user_agent":"App","app_version":"5.2.0","revenue":4.99,"currency":"EUR","user_properties":{{"kid":"KD-1"}}}}"#
            ),
        ),
        (
            Source::Segment,
            format!(
                r#"{{"type":"track","messageId":"m","event":"Order Completed","timestamp":"2026-01-01T00:00:00.000Z","properties":{{"revenue":4.99,"currency":"EUR"}},"context":{{"ip":"203.0.113.9","userAgent":"App","app":{{"version":"5.2.0"}},"traits":{{"kid":"KD-1"}},"device":{{"type":"android","advertisingId":"{ADID}"}}}}}}"#
            ),
        ),
        (
            Source::Rudderstack,
            format!(
                r#"{{"type":"track","messageId":"m","rudderId":"r","event":"Order Completed","originalTimestamp":"2026-01-01T00:00:00.000Z","properties":{{"revenue":4.99,"currency":"EUR"}},"context":{{"ip":"203.0.113.9","userAgent":"App","app":{{"version":"5.2.0"}},"traits":{{"kid":"KD-1"}},"device":{{"type":"android","advertisingId":"{ADID}"}}}}}}"#
            ),
        ),
        (
            Source::Mparticle,
            format!(
                r#"{{"events":[{{"event_type":"commerce_event","data":{{"timestamp_unixtime_ms":1767225600000,"product_action":{{"action":"purchase","total_amount":4.99}},"currency_code":"EUR"}}}}],"ip":"203.0.113.9","device_info":{{"platform":"Android","android_advertising_id":"{ADID}","http_header_user_agent":"App"}},"application_info":{{"application_version":"5.2.0"}},"user_attributes":{{"kid":"KD-1"}}}}"#
            ),
        ),
        (
            Source::Revenuecat,
            format!(
                r#"{{"api_version":"1.0","event":{{"type":"NON_RENEWING_PURCHASE","id":"e","event_timestamp_ms":1767225600000,"store":"PLAY_STORE","price_in_purchased_currency":4.99,"currency":"EUR","subscriber_attributes":{{"$kochavaDeviceId":{},"$ip":{},"$gpsAdId":{},"ua":{},"version":{}}}}}}}"#,
                attribute("KD-1"),
                attribute("203.0.113.9"),
                attribute(ADID),
                attribute("App"),
                attribute("5.2.0")
            ),
        ),
    ];
    let mut seen = Vec::new();
    for (source, body) in bodies {
        for named in [Some(source), None] {
            let context = Context {
                source: named,
                ..Context::default()
            };
            let plan = planner
                .plan(body.as_bytes(), &context)
                .expect("it is a body");
            let mut all: Vec<_> = plan.fates.iter().flat_map(told).collect();
            assert_eq!(all.len(), 1, "{}: {all:?}", source.name());
            let body = all.remove(0);
            seen.push((source.name(), body));
        }
    }
    for (name, body) in &seen {
        assert_eq!(*body, seen[0].1, "{name}");
    }
}

#[test]
fn every_sample_has_the_fate_that_their_page_tells() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let read = |name: &str| fs::read_to_string(samples.join(name)).expect("it is there");
    let planner = support::planner(&read("settings/every-sender.json"));
    let page = read("README.md");
    let mut senders = Vec::new();
    for row in page.lines().filter(|row| row.starts_with("| `senders/")) {
        let cells: Vec<_> = row
            .split('|')
            .map(|cell| cell.trim().trim_matches('`'))
            .collect();
        let (file, wanted) = (cells[1], cells[3].replace('`', ""));
        let source = file.split('/').nth(1).and_then(Source::from_name);
        for source in [source, None] {
            let context = Context {
                source,
                ..Context::default()
            };
            let plan = planner
                .plan(read(file).as_bytes(), &context)
                .expect("it is a body");
            let [fate] = plan.fates.as_slice() else {
                panic!("{file} has {} fates", plan.fates.len())
            };
            let found = match fate {
                Fate::Ready(parcel) => {
                    let body: Value =
                        serde_json::from_str(&parcel.requests[0].body).expect("a body");
                    let name = body["data"]["event_name"].as_str().unwrap_or("identity");
                    format!("ready: {name}")
                }
                Fate::Skipped(skip) => format!("skipped: {}", skip.code()),
                Fate::Refused(violations) => format!("refused: {}", violations[0].rule.code()),
            };
            assert_eq!(found, wanted, "{file}");
        }
        senders.extend(source);
    }
    for source in Source::ALL
        .iter()
        .filter(|source| **source != Source::Amplitude)
    {
        let count = senders.iter().filter(|sender| *sender == source).count();
        assert!(count >= 3, "{} has {count} samples", source.name());
    }
}
