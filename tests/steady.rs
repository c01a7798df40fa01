//! Checks with a counting allocator that an event allocates nothing once the planner's buffers have
//! grown, if it is sent or skipped without a warning: of any sender, but for what a test here names.

mod support;

use kochava_edge::{Context, Planner, Settings, ShapeCache, Source};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fmt::Write as _;

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is forwarded to the system's allocator
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: by the caller's contract
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: by the caller's contract
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: by the caller's contract
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn planner(further: &str) -> Planner {
    let settings = format!(
        r#"{{ "app_guid": "kotest-a1b2c3", "events": {{ "properties": ["level", "name", "price"], "user_properties": ["plan"], "rename": {{ "Order Completed": "Purchase" }},
            "select": [{{ "names": ["Level *", "Order *"], "where": [
                {{ "property": "event_properties.price", "is": "in", "value": ["12.50", 7, true] }},
                {{ "property": "user_properties.plan", "is": "not in", "value": ["free", 0, false] }}] }}] }},
        "mapping": {{ "kochava_device_id": "user_properties.kd", "origination_ip": "ip_address", "idfv": ["idfv", "user_properties.idfv"],
            "adid": "user_properties.adid", "device_ua": "user_properties.ua", "att": "user_properties.att" }}{further} }}"#
    );
    Planner::new(Settings::read(&settings).unwrap())
}

fn line(number: usize) -> String {
    let name = ["Level Up", "Order Completed", "Screen Opened"][number % 3];
    let second = number % 60;
    let time = match number % 4 {
        0 => format!(r#""2026-01-12 09:14:{second:02}.412000""#),
        1 => format!("17682092{second:02}"),
        2 => format!("17682092{second:02}412"),
        _ => format!(r#""2026-01-12T09:{second:02}Z""#),
    };
    format!(
        r#"{{"event_type":"{name}","event_time":{time},"platform":"iOS","os_version":"18.5","device_model":"iPhone15,2","ip_address":"203.0.113.{}",
"version_name":"5.2.0","event_properties":{{"level":{number},"name":"summer trail","price":12.5,"$price":"19.99","$quantity":3,"$currency":"USD"}},"user_properties":{{"kd":"KI-{number}","plan":"plus",
"idfv":"11111111-2222-4333-8444-{number:012}","ua":"SneakerShop/5.2.0 (iPhone; iOS 18.5)","att":"authorized"}}}}"#,
        number % 250
    )
    .replace('\n', "")
}

fn lines(count: usize) -> String {
    (0..count).fold(String::new(), |mut lines, number| {
        writeln!(lines, "{}", line(number)).unwrap();
        lines
    })
}

fn allocations(planner: &Planner, lines: &str, out: &mut String) -> usize {
    out.clear();
    let before = ALLOCATIONS.get();
    planner.plan_ndjson(
        lines.as_bytes(),
        &Context::default(),
        &mut ShapeCache::default(),
        out,
    );
    ALLOCATIONS.get() - before
}

/// Checks that many lines, which the planner has seen before, allocate no more than ten.
fn assert_steady(planner: &Planner, few: &str, many: &str, out: &mut String) {
    let of_few = allocations(planner, few, out);
    let of_many = allocations(planner, many, out);
    let count = many.lines().count();
    assert_eq!(
        of_few, of_many,
        "{count} events allocate {of_many} times, 10 events {of_few} times"
    );
}

#[test]
fn an_event_allocates_nothing_once_buffers_have_grown() {
    for further in [
        "",
        r#", "authentication": { "api_key": "key", "secret": "secret" }"#,
    ] {
        let planner = planner(further);
        let (few, many) = (lines(10), lines(5_000));
        let mut out = String::with_capacity(2 * many.len());
        allocations(&planner, &many, &mut out);
        assert!(
            out.contains("\"fate\":\"ready\"")
                && out.contains("\\\"sum\\\":59.97")
                && out.contains("not-selected")
                && !out.contains("\"warnings\":[{"),
            "{}",
            &out[..1_000]
        );
        assert_steady(&planner, &few, &many, &mut out);
    }
}

#[test]
fn keys_of_nested_properties_are_written_into_texts_that_are_there() {
    let planner = planner(r#", "wire": { "nested": "flatten" }"#);
    let nested = |count| {
        lines(count).replace(
            r#""name":"summer trail""#,
            r#""name":{"first":{"second":"summer"},"list":["trail",7]}"#,
        )
    };
    let (few, many) = (nested(10), nested(1_000));
    let mut out = String::with_capacity(2 * many.len());
    allocations(&planner, &many, &mut out);
    assert!(
        out.contains(r#"\"name.first.second\":\"summer\""#) && out.contains(r#"\"name.list.1\":7"#),
        "{}",
        &out[..1_000]
    );
    assert_steady(&planner, &few, &many, &mut out);
}

#[test]
fn a_warning_allocates_only_its_texts() {
    let planner = planner("");
    let warned = lines(300)
        .replace("\"plan\":\"plus\"", "\"plan\":\"plus\",\"x\":1")
        .replace("SneakerShop/5.2.0 (iPhone; iOS 18.5)", "");
    let mut out = String::with_capacity(4 * warned.len());
    allocations(&planner, &warned, &mut out);
    let warnings = out.matches("\"code\":\"device-ua-missing\"").count();
    assert_eq!(warnings, 200);
    let each = allocations(&planner, &warned, &mut out) / warnings;
    assert!(each <= 4, "a warning allocates {each} times");
}

/// Settings under which an event of every sender is sent with properties and revenue.
const OF_EVERY_SENDER: &str = r#"{ "app_guid": "kotest-a1b2c3",
    "events": { "preset": "standard", "properties": ["level", "product_action.transaction_id"], "rename_properties": { "level": "score" } },
    "mapping": { "event_name": "name", "usertime": ["at", "time", "timestamp", "originalTimestamp", "event_timestamp_ms", "event_time", "data.timestamp_unixtime_ms"], "kochava_device_id": ["kid", "user_properties.kid", "user_attributes.kid", "context.device.id", "data.kid",
            "event.subscriber_attributes.$kochavaDeviceId"],
        "origination_ip": ["ip", "ip_address", "context.ip", "data.ip", "subscriber_attributes.$ip"],
        "adid": ["adid", "context.device.advertisingId", "device_info.android_advertising_id", "data.adid", "subscriber_attributes.$gpsAdId"],
        "platform": ["platform", "context.device.type", "device_info.platform", "data.platform", "store"],
        "device_ua": ["ua", "context.userAgent", "device_info.http_header_user_agent", "data.ua", "subscriber_attributes.ua"],
        "app_version": ["version", "context.app.version", "application_info.application_version", "data.version", "subscriber_attributes.version"] } }"#;

/// A line of a sender, with one event.
fn line_of(source: Source, number: usize) -> String {
    let device = r#""platform":"Android","adid":"01234567-89ab-4def-8123-456789abcdef","ua":"App","version":"5.2.0""#;
    let context = r#"{"ip":"203.0.113.9","userAgent":"App","app":{"version":"5.2.0"},"device":{"id":"3f1c0a9be27d5486","type":"android","advertisingId":"01234567-89ab-4def-8123-456789abcdef","adTrackingEnabled":true}}"#;
    match source {
        Source::Cloudevents => format!(
            r#"{{"specversion":"1.0","id":"{number}","source":"shop","type":"Level Up","time":"2026-01-01T00:00:00Z","data":{{"ip":"203.0.113.9","kid":"KD-1",{device},"level":{number}}}}}"#
        ),
        Source::Segment => format!(
            r#"{{"type":"track","messageId":"{number}","event":"Order Completed","timestamp":"2026-01-01T00:00:00.000Z","properties":{{"level":{number},"revenue":4.99,"currency":"EUR"}},"context":{context}}}"#
        ),
        Source::Rudderstack => format!(
            r#"{{"type":"track","messageId":"{number}","rudderId":"r","event":"Order Completed","originalTimestamp":"2026-01-01T00:00:00.000Z","properties":{{"level":{number},"revenue":4.99,"currency":"EUR"}},"context":{context}}}"#
        ),
        Source::Mparticle => format!(
            r#"{{"event_type":"commerce_event","data":{{"timestamp_unixtime_ms":1767225600000,"source_message_id":"{number}","product_action":{{"action":"purchase","transaction_id":"t-{number}","total_amount":4.99}},"currency_code":"EUR","custom_attributes":{{"level":{number}}}}},"ip":"203.0.113.9","mpid":7346244611012968789,"device_info":{{"platform":"Android","android_advertising_id":"01234567-89ab-4def-8123-456789abcdef","http_header_user_agent":"App"}},"application_info":{{"application_version":"5.2.0"}},"user_attributes":{{"kid":"KD-1"}}}}"#
        ),
        Source::Revenuecat => format!(
            r#"{{"api_version":"1.0","event":{{"type":"NON_RENEWING_PURCHASE","id":"{number}","app_user_id":"u","event_timestamp_ms":1767225600000,"store":"PLAY_STORE","price_in_purchased_currency":4.99,"currency":"EUR","level":{number},"subscriber_attributes":{{"$kochavaDeviceId":{{"value":"KD-1"}},"$ip":{{"value":"203.0.113.9"}},"$gpsAdId":{{"value":"01234567-89ab-4def-8123-456789abcdef"}},"ua":{{"value":"App"}},"version":{{"value":"5.2.0"}}}}}}}}"#
        ),
        Source::Amplitude => format!(
            r#"{{"event_type":"revenue_amount","event_time":"2026-01-01 00:00:00.000000","$insert_id":"{number}","ip_address":"203.0.113.9",{device},"event_properties":{{"$revenue":4.99,"$currency":"EUR","level":{number}}},"user_properties":{{"kid":"KD-1"}}}}"#
        ),
        Source::AmplitudeHttp => format!(
            r#"{{"event_type":"revenue_amount","time":1767225600000,"insert_id":"{number}","ip":"203.0.113.9",{device},"revenue":4.99,"currency":"EUR","event_properties":{{"level":{number}}},"user_properties":{{"kid":"KD-1"}}}}"#
        ),
        Source::Generic => format!(
            r#"{{"name":"Level Up","ip":"203.0.113.9","kid":"KD-1","at":1767225600,{device},"level":{number}}}"#
        ),
    }
}

/// How often each further event allocates, if the second text has a thousand more than the first.
fn each_allocates(settings: &str, context: &Context<'_>, [few, many]: [&str; 2]) -> usize {
    let planner = support::planner(settings);
    let mut out = String::with_capacity(4 * many.len() + 1_000_000);
    let mut shapes = ShapeCache::default();
    let mut count = |lines: &str| {
        out.clear();
        let before = ALLOCATIONS.get();
        planner.plan_ndjson(lines.as_bytes(), context, &mut shapes, &mut out);
        let count = ALLOCATIONS.get() - before;
        assert!(
            out.contains("\"fate\":\"ready\"") && !out.contains("\"warnings\":[{"),
            "{out}"
        );
        (count, out.matches("\"fate\":\"ready\"").count())
    };
    count(many);
    let ((few, sent_of_few), (many, sent)) = (count(few), count(many));
    assert_eq!(sent - sent_of_few, 1_000);
    let more = many.saturating_sub(few);
    // a list that doubles a few times more is no matter
    assert!(more % 1_000 < 20, "{few} of a few, {many} of many");
    more / 1_000
}

/// So many events of a sender, one a line.
fn lines_of(source: Source, count: usize) -> String {
    let lines = (0..count).map(|number| line_of(source, 1_000 + number) + "\n");
    lines.collect()
}

fn context_of(source: Option<Source>) -> Context<'static> {
    Context {
        source,
        ..Context::default()
    }
}

#[test]
fn an_event_of_any_sender_allocates_nothing_but_for_detection() {
    for source in Source::ALL {
        let (few, many) = (lines_of(*source, 10), lines_of(*source, 1_010));
        let each = |source| each_allocates(OF_EVERY_SENDER, &context_of(source), [&few, &many]);
        // to detect what it carries, the members of an envelope's data are listed
        let named = if *source == Source::Cloudevents { 2 } else { 0 };
        assert_eq!(each(Some(*source)), named, "{}", source.name());
        // the members are listed where they do not confirm that the sender is that of the last event
        let detected = match source {
            Source::Cloudevents => 2,
            Source::Generic => 3,
            Source::Mparticle => 4,
            Source::Revenuecat => 1,
            _ => 0,
        };
        assert!(each(None) <= detected, "{}", source.name());
    }
}

#[test]
fn an_event_of_a_wrapper_allocates_nothing() {
    let wrapper = |source, before: &str, list: &str, count: usize| {
        let events = lines_of(source, count).trim_end().replace('\n', ",");
        format!("{{{before}\"{list}\":[{events}]}}\n")
    };
    let shared = r#""context":{"locale":"en"},"integrations":{"All":true},"#;
    for (source, before, list) in [
        (Source::Segment, shared, "batch"),
        (Source::Rudderstack, shared, "batch"),
        (
            Source::Mparticle,
            r#""environment":"production","#,
            "events",
        ),
        (Source::Amplitude, "", "events"),
        (
            Source::AmplitudeHttp,
            r#""api_key":"k","options":{"min_id_length":1},"#,
            "events",
        ),
    ] {
        let [few, many] = [10, 1_010].map(|count| wrapper(source, before, list, count));
        let each = each_allocates(OF_EVERY_SENDER, &context_of(Some(source)), [&few, &many]);
        assert_eq!(each, 0, "{}", source.name());
    }
}

#[test]
fn what_is_composed_for_an_event_allocates_once() {
    // the name of a view; neither a negative amount nor the key of an SDK
    let view = |line: String| {
        line.replace("\"track\"", "\"screen\"").replace(
            "\"event\":\"Order Completed\"",
            "\"writeKey\":\"k\",\"name\":\"Home\"",
        )
    };
    let texts = [10, 1_010].map(|count| view(lines_of(Source::Segment, count)));
    let context = context_of(Some(Source::Segment));
    assert_eq!(
        each_allocates(OF_EVERY_SENDER, &context, [&texts[0], &texts[1]]),
        1
    );
    let texts = texts.map(|text| {
        text.replace("\"screen\"", "\"track\"")
            .replace("\"name\":\"Home\"", "\"event\":\"Order Refunded\"")
    });
    assert_eq!(
        each_allocates(OF_EVERY_SENDER, &context, [&texts[0], &texts[1]]),
        0
    );
}
