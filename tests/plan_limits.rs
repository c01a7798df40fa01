//! Does a plan stay within the limits that its shell has, however small the body that asks for more?

mod support;

use kochava_edge::{
    Context, Fate, Plan, PlanLimits, Rule, ShapeCache, Unreadable, UnreadableReason,
};
use support::planner;

const SETTINGS: &str = r#"{ "app_guid": "koexample", "events": { "properties": "*" }, "mapping": {
    "kochava_device_id": "kd", "origination_ip": "ip_address", "adid": "adid" } }"#;

const EVENT: &str = r#"{ "event_type": "Level Up", "ip_address": "203.0.113.9", "kd": "KD-1" }"#;

const WIDE: PlanLimits = PlanLimits {
    elements: usize::MAX,
    requests: usize::MAX,
    body_bytes: usize::MAX,
};

#[test]
fn a_batch_may_have_as_many_elements_as_there_is_room_for_and_none_more() {
    let limits = PlanLimits {
        elements: 3,
        ..WIDE
    };
    assert_eq!(plan("[1,{},\"x\"]", limits).unwrap().fates.len(), 3);
    assert_eq!(
        plan("[1,{},\"x\",2]", limits).unwrap_err().reason,
        UnreadableReason::TooLarge
    );
    assert_eq!(
        plan(r#"{"events":[1,2],"users":[3,4]}"#, limits)
            .unwrap_err()
            .reason,
        UnreadableReason::TooLarge
    );
}

#[test]
fn requests_are_counted_and_what_is_not_sent_is_not() {
    let limits = PlanLimits {
        requests: 2,
        ..WIDE
    };
    assert_eq!(
        plan(&format!("[{EVENT},{{}},{EVENT},7]"), limits)
            .unwrap()
            .fates
            .len(),
        4
    );
    assert_eq!(
        plan(&format!("[{EVENT},{EVENT},{EVENT}]"), limits)
            .unwrap_err()
            .reason,
        UnreadableReason::TooLarge
    );
}

#[test]
fn the_bytes_of_the_bodies_are_counted_not_those_of_the_batch() {
    let values: Vec<_> = (0..400).map(|number| format!("\"k{number}\":1")).collect();
    let event = EVENT.replacen(
        '{',
        &format!(
            "{{ \"event_properties\": {{ \"{}\": {{ {} }} }},",
            "P".repeat(4_000),
            values.join(",")
        ),
        1,
    );
    let batch = format!("[{}]", [event.as_str(); 20].join(","));
    assert!(batch.len() < 200_000);
    let error = plan(
        &batch,
        PlanLimits {
            body_bytes: 16_000_000,
            ..WIDE
        },
    )
    .unwrap_err();
    assert_eq!(error.reason, UnreadableReason::TooLarge);
    assert!((1..batch.len()).contains(&error.offset));
    assert_eq!(
        plan(
            &batch,
            PlanLimits {
                body_bytes: 40_000_000,
                ..WIDE
            }
        )
        .unwrap()
        .fates
        .len(),
        20
    );
}

#[test]
fn explaining_has_no_more_room_than_planning() {
    let context = Context {
        limits: Some(PlanLimits {
            elements: 1,
            ..WIDE
        }),
        ..Context::default()
    };
    assert_eq!(
        planner(SETTINGS)
            .explain(b"[1,2]", &context, &mut ShapeCache::default())
            .unwrap_err()
            .reason,
        UnreadableReason::TooLarge
    );
}

#[test]
fn more_names_than_any_request_holds_refuse_the_event_once() {
    let values: Vec<_> = (0..20).map(|number| format!("\"{number}\":1")).collect();
    let more: Vec<_> = (0..5)
        .map(|number| format!("\"p{number}\": {number}"))
        .collect();
    let event = EVENT.replacen(
        '{',
        &format!(
            "{{ \"event_properties\": {{ \"{}\": {{ {} }}, {} }},",
            "P".repeat(400_000),
            values.join(","),
            more.join(",")
        ),
        1,
    );
    let plan = plan(&event, WIDE).unwrap();
    let [Fate::Refused(violations)] = plan.fates.as_slice() else {
        panic!("it is refused")
    };
    assert_eq!(
        violations
            .iter()
            .map(|violation| violation.rule)
            .collect::<Vec<_>>(),
        [Rule::RequestTooLarge]
    );
}

fn plan(body: &str, limits: PlanLimits) -> Result<Plan, Unreadable> {
    planner(SETTINGS).plan(
        body.as_bytes(),
        &Context {
            limits: Some(limits),
            ..Context::default()
        },
    )
}
