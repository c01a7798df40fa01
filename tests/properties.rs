//! Properties that hold for every input.
//!
//! `support/generate.rs` generates the inputs. `support/guide.rs`, which uses none of the core's
//! code, checks the requests against Kochava's guide; `serde_json` counts the elements.

mod support;

use kochava_edge::{Context, Fate, Moment, Plan, Planner, ShapeCache, Unreadable};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::fmt::Write as _;
use std::sync::LazyLock;
use support::generate::{body, config, event, settings_pool, sprawl, value};
use support::guide::Guide;
use support::{requests, spell};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn arbitrary_bytes_are_planned_or_unreadable(bytes in vec(any::<u8>(), 0..200)) {
        PLANNERS.iter().for_each(|planner| plan_and_trace(planner, &bytes));
    }

    #[test]
    fn a_damaged_body_is_planned_or_unreadable(body in body(), damages in vec((any::<Index>(), any::<Index>(), any::<u8>()), 1..4)) {
        let mut bytes = body.into_bytes();
        for (at, upto, byte) in damages {
            let (from, to) = (at.index(bytes.len() + 1), upto.index(bytes.len() + 1));
            if from <= to && to - from < 8 { drop(bytes.splice(from..to, [byte])) } else { bytes.truncate(from.max(1)) }
        }
        PLANNERS.iter().for_each(|planner| plan_and_trace(planner, &bytes));
    }

    #[test]
    fn plan_and_trace_give_the_same(body in body()) {
        PLANNERS.iter().for_each(|planner| plan_and_trace(planner, body.as_bytes()));
    }

    #[test]
    fn each_element_has_one_fate_with_a_reason_or_requests(body in body()) {
        for planner in PLANNERS.iter() {
            let planned = planner.plan(body.as_bytes(), &Context::default()).map(|plan| plan.fates);
            prop_assert_eq!(planned.as_ref().ok().map(Vec::len), elements_by_serde(&body));
            for fate in planned.iter().flatten() {
                match fate {
                    Fate::Ready(parcel) => prop_assert!(!parcel.requests.is_empty()),
                    Fate::Refused(violations) => prop_assert!(!violations.is_empty()),
                    Fate::Skipped(_) => {}
                }
            }
        }
    }

    #[test]
    fn every_request_follows_the_guide(body in body()) {
        for (planner, settings) in PLANNERS.iter().zip(settings_pool()) {
            for received_at in [None, Some(1_767_225_600)] {
                let guide = Guide::of(&settings, received_at);
                let context = Context { received_at: received_at.map(|second| Moment::from_millis(second * 1_000)), ..Context::default() };
                let plan = planner.plan(body.as_bytes(), &context);
                let fates = plan.map(|plan| plan.fates).unwrap_or_default();
                requests(&fates).for_each(|request| guide.check(request));
            }
        }
    }

    #[test]
    fn equal_inputs_give_equal_bytes(body in body()) {
        let context = Context { received_at: Some(Moment::from_millis(1_767_225_600_000)), ..Context::default() };
        for (planner, settings) in PLANNERS.iter().zip(settings_pool()) {
            let again = support::planner(&settings).plan(body.as_bytes(), &context);
            prop_assert_eq!(spelled(planner.plan(body.as_bytes(), &context)), spelled(again));
        }
    }

    #[test]
    fn white_space_and_trailing_commas_do_not_change_the_requests(body in body()) {
        let sprawled = format!("\u{feff}\n\t {} \r\n", sprawl(&body));
        for planner in PLANNERS.iter() {
            let Ok(plain) = spelled(planner.plan(body.as_bytes(), &Context::default())) else { continue };
            prop_assert_eq!(Ok(plain), spelled(planner.plan(sprawled.as_bytes(), &Context::default())), "{}", sprawled);
        }
    }

    #[test]
    fn a_batch_is_planned_as_its_elements_alone(events in vec(event(), 0..5)) {
        let list = events.join(",");
        for planner in PLANNERS.iter() {
            let alone: String = events.iter().flat_map(|event| fates(planner, event)).map(|fate| spell(&fate)).collect();
            for batch in [format!("[{list}]"), format!("{{\"events\":[{list}]}}")] {
                let together: String = fates(planner, &batch).iter().map(spell).collect();
                prop_assert_eq!(&together, &alone, "{}", batch);
            }
        }
    }

    #[test]
    fn a_duplicate_key_has_its_last_value_at_its_first_position(pairs in vec((0_usize..6, any::<i32>()), 1..20)) {
        const KEYS: [(&str, &str); 6] = [("a", "a"), ("b", "\\u0062"), ("a.b", "a.b"), ("é", "\\u00e9"), ("é", "é"), ("b", "b")];
        let members: Vec<_> = pairs.iter().map(|(key, value)| format!("\"{}\":{value}", KEYS[*key].1)).collect();
        let mut expected: Vec<(&str, i32)> = Vec::new();
        for (key, value) in pairs {
            match expected.iter_mut().find(|(name, _)| *name == KEYS[key].0) {
                Some(member) => member.1 = value,
                None => expected.push((KEYS[key].0, value)),
            }
        }
        let spelled: Vec<_> = expected.iter().map(|(key, value)| format!("\"{}\":{value}", key.replace('é', "\\u00e9"))).collect();
        let event = with_properties(&members.join(","));
        let body = &support::ready(&settings_pool()[4], &event).requests[0].body;
        prop_assert!(body.ends_with(&format!("\"event_data\":{{{}}}}}}}", spelled.join(","))), "{}\n{}", body, event);
    }

    #[test]
    fn deep_nesting_refuses_one_element_only(levels in 1_usize..400, is_list in any::<bool>()) {
        let (open, close) = if is_list { ("[", "]") } else { ("{\"a\":", "}") };
        let deep = format!("{}1{}", open.repeat(levels), close.repeat(levels));
        let (event, neighbour) = (with_properties(&format!("\"deep\":{deep}")), with_properties(""));
        for planner in PLANNERS.iter() {
            let codes: Vec<_> = fates(planner, &format!("[{event},{deep},{neighbour}]")).iter().map(codes).collect();
            prop_assert_eq!(codes[0] == "nested-too-deep ", levels + 2 > 128);
            prop_assert_eq!(codes[1] == "not-an-object ", is_list);
            prop_assert_eq!(codes[1] == "nested-too-deep ", !is_list && levels > 128);
            let alone: String = fates(planner, &neighbour).iter().map(self::codes).collect();
            prop_assert_eq!(&codes[2], &alone);
        }
    }
}

#[test]
fn the_generated_bodies_reach_every_outcome() {
    let bodies = support::generate::some(300, &body());
    let mut outcomes = String::new();
    for fate in PLANNERS
        .iter()
        .flat_map(|planner| bodies.iter().flat_map(|body| fates(planner, body)))
    {
        requests(std::slice::from_ref(&fate)).for_each(|request| {
            writeln!(outcomes, "{} {}", request.kind.as_str(), request.url)
                .expect("writing to a String cannot fail");
        });
        outcomes.push_str(&codes(&fate));
    }
    for outcome in OUTCOMES {
        assert!(
            outcomes.contains(outcome),
            "no generated body leads to `{outcome}`, so the properties prove nothing about it"
        );
    }
}

#[rustfmt::skip]
const OUTCOMES: &[&str] = &[
    "event https://control.kochava.com/track/json", "identity https://control.kochava.com/track/json", "identity https://control.kochava.com/v1/",
    "users-not-sent", "not-selected", "identity-empty", "test-traffic", "not-an-object", "event-name-missing", "origination-ip-invalid",
    "revenue-unreadable", "event-data-key-renamed", "number-as-text", "text-repaired", "value-dropped", "att-status-missing", "consent-unreadable",
    "identity-left-out", "advertising-id-withheld", "usertime-unreadable", "usertime-implausible", "identifier-placeholder", "identifier-wrong-platform",
];

#[test]
fn the_generators_make_json() {
    for value in support::generate::some(300, &value()) {
        assert!(serde_json::from_str::<&RawValue>(&value).is_ok(), "{value}");
    }
}

/// A planner for each of the pool's settings, in their order.
static PLANNERS: LazyLock<Vec<Planner>> = LazyLock::new(|| {
    settings_pool()
        .iter()
        .map(|settings| support::planner(settings))
        .collect()
});

fn with_properties(members: &str) -> String {
    format!(
        r#"{{"event_type":"Level Up","platform":"iOS","ip_address":"203.0.113.7","user_properties":{{"kid":"KI-1"}},"event_properties":{{{members}}}}}"#
    )
}

fn codes(fate: &Fate) -> String {
    let violations = match fate {
        Fate::Ready(parcel) => &parcel.warnings,
        Fate::Refused(violations) => violations,
        Fate::Skipped(skip) => return format!("{} ", skip.code()),
    };
    violations
        .iter()
        .flat_map(|violation| [violation.rule.code(), " "])
        .collect()
}

/// The fates of a body; none if it is unreadable.
fn fates(planner: &Planner, body: &str) -> Vec<Fate> {
    planner
        .plan(body.as_bytes(), &Context::default())
        .map_or_else(|_| Vec::new(), |plan| plan.fates)
}

fn spelled(plan: Result<Plan, Unreadable>) -> Result<String, Unreadable> {
    plan.map(|plan| plan.fates.iter().map(spell).collect())
}

/// Panics if the two differ, or if either panics.
#[track_caller]
fn plan_and_trace(planner: &Planner, bytes: &[u8]) {
    let plan = spelled(planner.plan(bytes, &Context::default()));
    let traced = planner
        .trace(bytes, &Context::default(), &mut ShapeCache::default())
        .map(|traced| traced.iter().map(|(fate, _)| spell(fate)).collect());
    assert_eq!(plan, traced, "for {:?}", String::from_utf8_lossy(bytes));
}

#[derive(Deserialize)]
struct Wrapper {
    events: Option<Box<RawValue>>,
    users: Option<Box<RawValue>>,
}

/// The number of elements that `serde_json` finds in a body; `None` if it is no batch.
fn elements_by_serde(body: &str) -> Option<usize> {
    let list = |text: &str| {
        serde_json::from_str::<Vec<Box<RawValue>>>(text)
            .ok()
            .map(|elements| elements.len())
    };
    if let Some(count) = list(body) {
        return Some(count);
    }
    let has_members =
        serde_json::from_str::<Box<RawValue>>(body).is_ok_and(|whole| whole.get().starts_with('{'));
    if !has_members {
        return None;
    }
    let Ok(wrapper) = serde_json::from_str::<Wrapper>(body) else {
        return Some(1);
    };
    let lists: Vec<_> = [wrapper.events, wrapper.users]
        .into_iter()
        .flatten()
        .filter_map(|text| list(text.get()))
        .collect();
    if lists.is_empty() {
        Some(1)
    } else {
        Some(lists.iter().sum())
    }
}
