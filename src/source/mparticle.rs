//! mParticle's batches, as its webhook output sends them.
//!
//! In: the members of one event, and those of its batch beside it. Out: its kind and name. Device,
//! application and user stand once in a batch and are part of each of its events (mParticle, JSON
//! reference).

use super::detect::Shape;
use super::schema::ObjectSchema;
use super::standard::{MPARTICLE_EVENTS, MPARTICLE_KEYS};
use super::{
    Attribute, Container, Event, Holds, Kind, Place, RevenueSchema, Source, SourceSchema, View,
};
use crate::json::{Key, Slot, Value};

/// The members that are looked up in every event, in the order of their slots.
const KEYS: &[Key<'static>] = &[
    Key::of("data"),
    Key::of("device_info"),
    Key::of("application_info"),
    Key::of("user_attributes"),
    Key::of("user_identities"),
    Key::of("events"),
    Key::of("event_type"),
    Key::of("mpid"),
    Key::of("environment"),
];
const USER_IDENTITIES: Slot = Slot::nth(4);
const EVENT_TYPE: Slot = Slot::nth(6);
const MPID: Slot = Slot::nth(7);
const ENVIRONMENT: Slot = Slot::nth(8);

/// The members of `data`, whose number among the objects is 0.
const DATA_KEYS: &[Key<'static>] = &[
    Key::of("custom_attributes"),
    Key::of("product_action"),
    Key::of("event_name"),
    Key::of("screen_name"),
    Key::of("application_transition_type"),
    Key::of("is_first_run"),
    Key::of("source_message_id"),
    Key::of("event_id"),
];
const EVENT_NAME: Slot = Slot::nth(2);
const SCREEN_NAME: Slot = Slot::nth(3);
const TRANSITION: Slot = Slot::nth(4);
const IS_FIRST_RUN: Slot = Slot::nth(5);
const SOURCE_MESSAGE_ID: Slot = Slot::nth(6);
const EVENT_ID: Slot = Slot::nth(7);

/// The member of `data.product_action` that says what was done.
const ACTION: Slot = Slot::nth(0);
/// The member of `user_identities`, where those are a map.
const CUSTOMER_ID: Slot = Slot::nth(0);

/// Where mParticle's pages put each datum.
pub(super) static SCHEMA: SourceSchema = SourceSchema {
    source: Source::Mparticle,
    name: "mparticle",
    title: "mParticle",
    documented: &[
        (Attribute::OriginationIp, "ip"),
        (Attribute::Idfa, "device_info.ios_advertising_id"),
        (Attribute::Idfv, "device_info.ios_idfv"),
        (
            Attribute::Adid,
            "device_info.android_advertising_id device_info.fire_advertising_id",
        ),
        (Attribute::AndroidId, "device_info.android_uuid"),
        (Attribute::DeviceUa, "device_info.http_header_user_agent"),
        (
            Attribute::AppVersion,
            "application_info.application_version",
        ),
        (Attribute::Att, "device_info.att_authorization_status"),
        (
            Attribute::Usertime,
            "data.timestamp_unixtime_ms timestamp_unixtime_ms",
        ),
        (
            Attribute::Platform,
            "device_info.platform application_info.os",
        ),
        (Attribute::OsVersion, "device_info.os_version"),
        (Attribute::DeviceModel, "device_info.device_model"),
        // of the map, and of the list by `read`
        (Attribute::UserId, "user_identities.customer_id"),
        (Attribute::LimitAdTracking, "device_info.limit_ad_tracking"),
    ],
    revenue: RevenueSchema {
        amount: "data.product_action.total_amount",
        currency: "data.currency_code",
        refunds: &["refund"],
        ..RevenueSchema::NONE
    },
    // an Apple device's batch has the keys of the other systems too, filled with zeros
    ids_by_system: true,
    manufacturers: "device_info.device_manufacturer device_info.brand",
    standard_events: MPARTICLE_EVENTS,
    standard_keys: MPARTICLE_KEYS,
    keys: KEYS,
    holds: &[
        Holds::Object(0),
        Holds::Object(2),
        Holds::Object(3),
        Holds::UserProperties,
        Holds::Object(4),
        Holds::Elements,
    ],
    objects: &[
        ObjectSchema {
            path: "data",
            keys: DATA_KEYS,
            holds: &[Holds::Properties, Holds::Object(1)],
        },
        ObjectSchema {
            path: "data.product_action",
            keys: &[Key::of("action")],
            holds: &[],
        },
        ObjectSchema {
            path: "device_info",
            keys: &[],
            holds: &[],
        },
        ObjectSchema {
            path: "application_info",
            keys: &[],
            holds: &[],
        },
        ObjectSchema {
            path: "user_identities",
            keys: &[Key::of("customer_id")],
            holds: &[],
        },
    ],
    element_mark: EVENT_TYPE,
    name_at: "data.event_name",
    typed_by: &[("event_type", "custom_event")],
    properties: "data.custom_attributes",
    // `product_action.transaction_id`, `currency_code`
    further_properties: Some(Container::Object(0)),
    user_properties: "user_attributes",
    ids: &[
        Place::object(0, SOURCE_MESSAGE_ID),
        Place::object(0, EVENT_ID),
    ],
    devices: &[Place::root(MPID)],
    shares: Some(|key| key != "events"),
    read,
    detects,
    ..SourceSchema::PLAIN
};

/// Derives kind, name and marks. Kochava has no call for the types that are not named here:
/// sessions, crashes, messages.
fn read(event: &mut Event<'_>) {
    let of_type = *event.root.at(EVENT_TYPE);
    let is = |word: &str| of_type.is_text(word);
    let data = &event.objects[0];
    let text = |value: &Value<'_>| matches!(value, Value::String(_)) && !value.is_text("");
    let named = |value, path| (value, path);
    let (kind, (name, path)) = if is("custom_event") {
        (Kind::Event, named(*data.at(EVENT_NAME), "data.event_name"))
    } else if is("screen_view") {
        (
            Kind::Event,
            named(*data.at(SCREEN_NAME), "data.screen_name"),
        )
    } else if is("commerce_event") {
        let action = *event.objects[1].at(ACTION);
        let name = *data.at(EVENT_NAME);
        if text(&action) {
            (Kind::Event, named(action, "data.product_action.action"))
        } else {
            (Kind::Event, named(name, "data.event_name"))
        }
    } else if is("application_state_transition") {
        (
            Kind::Event,
            named(*data.at(TRANSITION), "data.application_transition_type"),
        )
    } else if is("user_attribute_change") || is("user_identity_change") || is("profile") {
        (Kind::User, named(Value::Null, "event_type"))
    } else if of_type.is_null() {
        (Kind::Event, named(Value::Null, "event_type"))
    } else {
        (Kind::Other, named(Value::Null, "event_type"))
    };
    event.view = is("screen_view").then_some(View::Screen);
    event.is_first_run = is("application_state_transition")
        && data.at(TRANSITION).is_text("application_initialized")
        && *data.at(IS_FIRST_RUN) == Value::Bool("true");
    event.kind = kind;
    event.name_path = path;
    event.name = match name {
        Value::String(text) if !name.is_text("") => Some(text),
        _ => None,
    };
    event.is_test = event.root.at(ENVIRONMENT).is_text("development");
    let identities = event.root.at(USER_IDENTITIES).elements();
    let is_customer = |identity: &Value<'_>| {
        let of_type = identity.member("identity_type");
        of_type.is_some_and(|of_type| of_type.is_text("customer_id"))
    };
    // outbound a list of objects, inbound a map (mParticle, JSON reference)
    let customer = identities.filter(is_customer).last();
    if let Some(id) = customer.and_then(|customer| customer.member("identity")) {
        event.objects[4].set(CUSTOMER_ID, id);
    }
}

/// The types of mParticle's events.
const TYPES: [&str; 17] = [
    "session_start",
    "session_end",
    "screen_view",
    "custom_event",
    "crash_report",
    "opt_out",
    "first_run",
    "push_registration",
    "application_state_transition",
    "push_message",
    "network_performance",
    "breadcrumb",
    "profile",
    "push_reaction",
    "commerce_event",
    "user_attribute_change",
    "user_identity_change",
];

/// Whether an object is a batch, by what stands beside its events or by all of these.
fn detects(shape: &Shape<'_>) -> bool {
    let is_own = |event: Value<'_>| {
        let has = |key| event.member(key).is_some_and(|value| !value.is_null());
        let of_type = event.member("event_type").unwrap_or(Value::Null);
        TYPES.iter().any(|own| of_type.is_text(own))
            && matches!(event.member("data"), Some(Value::Object(_)))
            && !has("event_properties")
            && !has("device_id")
    };
    let mut events = shape.value("events").elements();
    let has_batch = ["device_info", "application_info", "mpid", "user_identities"];
    shape.has_list("events")
        && !shape.has("event_type")
        && !shape.has("api_key")
        && (has_batch.iter().any(|key| shape.has(key))
            || (events.clone().next().is_some() && events.all(is_own)))
}
