//! Does the explanation name every field that is sent, with its value, its origin and what was
//! tried?

mod support;

use core::ops::Range;
use kochava_edge::{
    Context, ExplainedEvent, Fate, FieldExplanation, LookupResult, Planner, Rule, ShapeCache,
};
use support::planner;

const SETTINGS: &str = r#"{
    "app_guid": { "ios": "koios", "default": "koother" },
    "test_app_guid": "kotest",
    "events": { "properties": ["price", "item"] },
    "users": { "send": true, "from": "events", "properties": ["plan"] },
    "mapping": {
        "kochava_device_id": ["user_properties.kd_old", "user_properties.kd"], "origination_ip": "ip_address",
        "idfa": ["idfa", "user_properties.idfa"], "idfv": "user_properties.idfv", "att": "user_properties.att"
    }
}"#;

const EVENT: &str = r#"{
    "event_type": "Level Up", "platform": "iOS", "os_version": "18.5", "device_model": "iPhone16,1", "ip_address": "203.0.113.9", "user_id": "u-1",
    "idfa": "00000000-0000-0000-0000-000000000000",
    "event_properties": { "price": 9.90, "item": { "sku": "a/b", "tags": ["x"] } },
    "user_properties": { "kd": "KI-1", "idfa": "A1B2C3D4-0000-4000-8000-0123456789AB", "idfv": "11111111-2222-4333-8444-555555555555", "att": 3, "plan": "pro" }
}"#;

#[test]
fn a_field_says_its_value_its_origin_and_what_was_tried_before() {
    let explained = explain(EVENT);
    let idfa = field(&explained, Some(0), "data.device_ids.idfa");
    assert_eq!(
        idfa.value.as_deref(),
        Some("\"A1B2C3D4-0000-4000-8000-0123456789AB\"")
    );
    assert_eq!(idfa.origin, from(&["user_properties.idfa"]));
    let tried: Vec<_> = idfa
        .tried
        .iter()
        .map(|question| (question.path.as_str(), question.answer))
        .collect();
    assert_eq!(
        tried,
        [
            (
                "idfa",
                LookupResult::Unusable(Some(Rule::IdentifierPlaceholder))
            ),
            ("user_properties.idfa", LookupResult::Used)
        ]
    );

    let id = field(&explained, Some(0), "kochava_device_id");
    assert_eq!(id.origin, from(&["user_properties.kd"]));
    assert_eq!(id.tried[0].answer, LookupResult::Missing);
}

#[test]
fn what_stands_in_the_guide_or_the_settings_says_so() {
    let explained = explain(EVENT);
    assert_eq!(field(&explained, Some(0), "action").origin, Origin::Guide);
    assert_eq!(
        field(&explained, Some(0), "kochava_app_id").origin,
        Origin::Setting("app_guid")
    );
    assert_eq!(
        field(&explained, Some(0), "data.device_ua").origin,
        Origin::Guide
    );
    let test = explain(&EVENT.replace("u-1", "some user id"));
    assert_eq!(
        field(&test, Some(0), "kochava_app_id").origin,
        Origin::Setting("test_app_guid")
    );
}

#[test]
fn fields_made_of_several_paths_or_of_a_part_of_one_name_their_paths() {
    let explained = explain(EVENT);
    assert_eq!(
        field(&explained, Some(0), "data.device_ver")
            .value
            .as_deref(),
        Some("\"iPhone16,1-iOS-18.5\"")
    );
    assert_eq!(
        field(&explained, Some(0), "data.device_ver").origin,
        from(&["os_version", "device_model"])
    );
    assert_eq!(
        field(&explained, Some(0), "data.app_tracking_transparency.att").origin,
        from(&["user_properties.att"])
    );
    assert_eq!(
        field(
            &explained,
            Some(0),
            "data.app_tracking_transparency.att_detail"
        )
        .origin,
        from(&["user_properties.att"])
    );
    assert_eq!(
        field(&explained, Some(0), "data.event_data.price")
            .value
            .as_deref(),
        Some("9.9")
    );
    assert_eq!(
        field(&explained, Some(0), "data.event_data.price").origin,
        from(&["event_properties.price"])
    );
    assert_eq!(
        field(&explained, Some(0), "data.event_data.item.sku")
            .value
            .as_deref(),
        Some(r#""a\/b""#)
    );
    assert_eq!(
        field(&explained, Some(0), "data.event_data.item.tags.0").origin,
        from(&["event_properties.item"])
    );
}

#[test]
fn an_identity_is_explained_by_its_own_fields() {
    let explained = explain(EVENT);
    assert_eq!(
        field(&explained, Some(1), "device_id.idfv").origin,
        from(&["user_properties.idfv"])
    );
    assert_eq!(
        field(&explained, Some(1), "data.app_userid").origin,
        from(&["user_id"])
    );
    assert_eq!(
        field(&explained, Some(1), "data.plan").origin,
        from(&["user_properties.plan"])
    );
}

#[test]
fn what_was_looked_for_and_is_not_sent_is_told_without_a_value() {
    let explained = explain(EVENT);
    let adid = field(&explained, None, "data.device_ids.adid");
    assert_eq!(
        (adid.value.as_deref(), &adid.origin),
        (None, &Origin::Guide)
    );
    let withheld = explain(&EVENT.replace("\"att\": 3", "\"att\": 2"));
    assert_eq!(
        field(&withheld, None, "data.device_ids.idfa").origin,
        from(&["user_properties.idfa"])
    );
}

#[test]
fn a_refused_event_is_explained_too() {
    let explained = explain(&EVENT.replace("203.0.113.9", "10.0.0.1"));
    assert!(matches!(explained.fate, Fate::Refused(_)));
    let ip = field(&explained, None, "data.origination_ip");
    assert_eq!(
        ip.tried[0].answer,
        LookupResult::Unusable(Some(Rule::OriginationIpNotPublic))
    );
}

#[test]
fn every_field_of_every_body_has_one_explanation() {
    let explained = explain(EVENT);
    let Fate::Ready(parcel) = &explained.fate else {
        panic!("{:?}", explained.fate)
    };
    for (number, request) in parcel.requests.iter().enumerate() {
        let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
        let mut leaves = Vec::new();
        each_leaf(&body, String::new(), &mut leaves);
        let told: Vec<_> = explained
            .fields
            .iter()
            .filter(|field| field.request == Some(number))
            .collect();
        assert_eq!(told.len(), leaves.len());
        for (name, value) in leaves {
            let told = field(&explained, Some(number), &name)
                .value
                .as_deref()
                .unwrap();
            assert_eq!(
                serde_json::from_str::<serde_json::Value>(told).unwrap(),
                value,
                "{name}"
            );
        }
    }
}

#[test]
fn every_value_that_was_found_says_where_it_lies() {
    let explained = explain(EVENT);
    assert_eq!(&EVENT[explained.at.clone()], EVENT.trim());
    let places = |request, name| -> Vec<_> {
        let tried = &field(&explained, request, name).tried;
        tried
            .iter()
            .map(|question| question.at.clone().map(|at| &EVENT[at]))
            .collect()
    };
    assert_eq!(places(Some(0), "data.event_name"), [Some("\"Level Up\"")]);
    assert_eq!(
        places(Some(0), "kochava_device_id"),
        [None, Some("\"KI-1\"")]
    );
    assert_eq!(
        places(Some(0), "data.app_tracking_transparency.att"),
        [Some("3")]
    );
    assert_eq!(places(Some(0), "data.event_data.price"), [Some("9.90")]);
    assert_eq!(
        places(Some(0), "data.event_data.item.tags.0"),
        [Some("\"x\"")]
    );
    assert_eq!(places(Some(1), "data.plan"), [Some("\"pro\"")]);
    // a setting lies in no event
    assert_eq!(places(Some(0), "kochava_app_id"), [None]);
}

#[test]
fn places_count_from_the_beginning_of_the_body_in_every_kind_of_batch() {
    let event = r#"{"event_type":"Größe","ip_address":"203.0.113.9","user_properties":{"kd":"KI-1","att":true}}"#;
    for (before, between, after) in [
        ("", "", ""),
        ("\u{feff} [17, ", " ,", "]"),
        (
            " {\"api_key\":\"k\",\"events\":[",
            ",\n",
            "] , \"users\":[] }",
        ),
    ] {
        let is_batch = !between.is_empty();
        let body = if is_batch {
            format!("{before}{event}{between}{event}{after}")
        } else {
            event.to_owned()
        };
        let explained = explain_all(&planner(SETTINGS), &body);
        let events: Vec<_> = explained
            .iter()
            .filter(|explained| &body[explained.at.clone()] == event)
            .collect();
        assert_eq!(events.len(), if is_batch { 2 } else { 1 }, "{body}");
        for explained in events {
            let at = |request, name| {
                field(explained, request, name)
                    .tried
                    .iter()
                    .find_map(|question| question.at.clone())
                    .unwrap()
            };
            assert_eq!(&body[at(Some(0), "data.event_name")], "\"Größe\"");
            assert_eq!(&body[at(None, "data.app_tracking_transparency")], "true");
        }
    }
}

#[track_caller]
fn explain(event: &str) -> Explained {
    explain_all(&planner(SETTINGS), event).pop().unwrap()
}

fn explain_all(planner: &Planner, body: &str) -> Vec<Explained> {
    planner
        .explain(
            body.as_bytes(),
            &Context::default(),
            &mut ShapeCache::default(),
        )
        .unwrap()
        .into_iter()
        .map(Explained::of)
        .collect()
}

/// What is explained, kept.
struct Explained {
    fate: Fate,
    at: Range<usize>,
    fields: Vec<Told>,
}

#[derive(Debug)]
struct Told {
    request: Option<usize>,
    field: String,
    value: Option<String>,
    origin: Origin,
    tried: Vec<Lookup>,
}

#[derive(Debug, PartialEq)]
enum Origin {
    Paths(Vec<String>),
    Setting(&'static str),
    Guide,
}

#[derive(Debug)]
struct Lookup {
    path: String,
    answer: LookupResult,
    at: Option<Range<usize>>,
}

impl Explained {
    fn of(explained: ExplainedEvent<'_>) -> Self {
        let mut fields = Vec::new();
        explained.each_field(&mut |explanation| fields.push(Told::of(&explanation)));
        Explained {
            at: explained.at(),
            fate: explained.fate,
            fields,
        }
    }
}

impl Told {
    fn of(explanation: &FieldExplanation<'_>) -> Self {
        let question = |asked: &kochava_edge::Lookup<'_>| Lookup {
            path: asked.path.to_string(),
            answer: asked.answer,
            at: asked.at.clone(),
        };
        Told {
            request: explanation.sent.as_ref().map(|sent| sent.request),
            field: explanation.field.to_string(),
            value: explanation.value().map(str::to_owned),
            origin: match explanation.origin {
                kochava_edge::Origin::Paths => {
                    Origin::Paths(explanation.taken().map(ToString::to_string).collect())
                }
                kochava_edge::Origin::Setting(setting) => Origin::Setting(setting),
                kochava_edge::Origin::Guide => Origin::Guide,
            },
            tried: explanation.tried.clone().map(question).collect(),
        }
    }
}

#[track_caller]
fn field<'e>(explained: &'e Explained, request: Option<usize>, name: &str) -> &'e Told {
    let mut found = explained
        .fields
        .iter()
        .filter(|field| field.request == request && field.field == name);
    let one = found
        .next()
        .unwrap_or_else(|| panic!("{name} is not explained: {:?}", explained.fields));
    assert!(found.next().is_none(), "{name} is explained twice");
    one
}

fn from(paths: &[&str]) -> Origin {
    Origin::Paths(paths.iter().map(|path| (*path).to_owned()).collect())
}

fn each_leaf(
    value: &serde_json::Value,
    name: String,
    leaves: &mut Vec<(String, serde_json::Value)>,
) {
    match value {
        serde_json::Value::Object(members) => {
            for (key, member) in members {
                each_leaf(
                    member,
                    if name.is_empty() {
                        key.clone()
                    } else {
                        format!("{name}.{key}")
                    },
                    leaves,
                );
            }
        }
        scalar => leaves.push((name, scalar.clone())),
    }
}
