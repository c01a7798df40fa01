//! Checks with a counting allocator that an event allocates nothing once the planner's buffers have
//! grown, if it is sent or skipped without a warning.

use kochava_edge::{Context, Planner, Settings, ShapeCache};
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
        let (of_few, of_many) = (
            allocations(&planner, &few, &mut out),
            allocations(&planner, &many, &mut out),
        );
        assert_eq!(
            of_few, of_many,
            "5,000 events allocate {of_many} times, 10 events {of_few} times"
        );
    }
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
