//! What Amplitude's SDKs and its own HTTP APIs are sent: HTTP V2, Batch, Identify, Group Identify,
//! Attribution, and the forms of the SDKs before them.
//!
//! In: the members of an element. Out: its kind, name and user properties. Here, unlike in the
//! export, ids are still there, and the address may be that of the connection (Amplitude, HTTP V2
//! API). A form's fields are JSON texts; whoever reads the form puts them under `events`,
//! `identification` or `event`.

use super::amplitude::{DERIVED_REVENUE, EXPORTED, OPERATORS, resolve_operators};
use super::detect::Shape;
use super::schema::ConnectionPlaces;
use super::standard::{AMPLITUDE_EVENTS, AMPLITUDE_KEYS};
use super::{Attribute, Event, Holds, Kind, Place, RevenueSchema, Source, SourceSchema};
use crate::json::{Key, Slot, Value};
use crate::source::schema::ObjectSchema;

/// The members that are looked up in every element, in the order of their slots.
const KEYS: &[Key<'static>] = &[
    Key::of("event_properties"),
    Key::of("user_properties"),
    Key::of("api_properties"),
    Key::of("events"),
    Key::of("identification"),
    Key::of("event"),
    Key::of("event_type"),
    Key::of("user_id"),
    Key::of("device_id"),
    Key::of("insert_id"),
    Key::of("uuid"),
    Key::of("ip"),
    Key::of("user_agent"),
    Key::of("options"),
    Key::of("group_type"),
    Key::of("group_properties"),
    Key::of("$insert_id"),
    Key::of("event_time"),
    Key::of("server_upload_time"),
    Key::of("amplitude_id"),
    Key::of("client_event_time"),
    Key::of("ip_address"),
];
const USER_PROPERTIES: Slot = Slot::nth(1);
const EVENT_TYPE: Slot = Slot::nth(6);
const USER_ID: Slot = Slot::nth(7);
const DEVICE_ID: Slot = Slot::nth(8);
const INSERT_ID: Slot = Slot::nth(9);
const UUID: Slot = Slot::nth(10);
const IP: Slot = Slot::nth(11);
const USER_AGENT: Slot = Slot::nth(12);
const OPTIONS: Slot = Slot::nth(13);
const GROUP_TYPE: Slot = Slot::nth(14);
const GROUP_PROPERTIES: Slot = Slot::nth(15);
/// What only the export has.
const OF_EXPORT: [Slot; 6] = [
    Slot::nth(16),
    Slot::nth(17),
    Slot::nth(18),
    Slot::nth(19),
    Slot::nth(20),
    Slot::nth(21),
];

/// Where the pages of the HTTP APIs and the SDKs' own code put each datum.
pub(super) static SCHEMA: SourceSchema = SourceSchema {
    source: Source::AmplitudeHttp,
    name: "amplitude_http",
    title: "Amplitude, SDKs and HTTP APIs",
    documented: &[
        (Attribute::OriginationIp, "ip ip_address"),
        // `api_properties` are of the SDKs before 2020
        (Attribute::Idfa, "idfa api_properties.ios_idfa"),
        (Attribute::Idfv, "idfv api_properties.ios_idfv"),
        (Attribute::Adid, "adid api_properties.androidADID"),
        (Attribute::AndroidId, "android_id"),
        (
            Attribute::LimitAdTracking,
            "api_properties.limit_ad_tracking",
        ),
        (Attribute::DeviceUa, "user_agent"),
        // the SDKs for Kotlin and Swift write the second
        (Attribute::AppVersion, "app_version version_name"),
        (
            Attribute::Usertime,
            "time timestamp event_time client_event_time",
        ),
        (Attribute::Platform, "platform os_name"),
        (Attribute::OsVersion, "os_version"),
        (Attribute::DeviceModel, "device_model device_type"),
        (Attribute::UserId, "user_id"),
    ],
    revenue: RevenueSchema {
        amount: "event_properties.$revenue revenue event_properties.revenue",
        price: "event_properties.$price price api_properties.price",
        quantity: "event_properties.$quantity quantity api_properties.quantity",
        currency: "event_properties.$currency currency event_properties.currency",
        ..RevenueSchema::NONE
    },
    manufacturers: "device_brand device_manufacturer",
    derived_revenue: DERIVED_REVENUE,
    installs: &["[Amplitude] Application Installed"],
    standard_events: AMPLITUDE_EVENTS,
    standard_keys: AMPLITUDE_KEYS,
    keys: KEYS,
    holds: &[
        Holds::Properties,
        Holds::UserProperties,
        Holds::Object(0),
        Holds::Elements,
        Holds::UserOrList,
        Holds::ElementOrList,
    ],
    objects: &[ObjectSchema {
        path: "api_properties",
        keys: &[],
        holds: &[],
    }],
    element_mark: EVENT_TYPE,
    name_at: "event_type",
    properties: "event_properties",
    user_properties: "user_properties",
    operators: OPERATORS,
    // "same insert_id on the same device_id within 7 days" (Amplitude, HTTP V2 API); `uuid` is that
    // of the older SDKs
    ids: &[Place::root(INSERT_ID), Place::root(UUID)],
    devices: &[Place::root(DEVICE_ID)],
    connection: Some(ConnectionPlaces {
        ip: Place::root(IP),
        user_agent: Place::root(USER_AGENT),
        parent: None,
    }),
    shares: Some(|key| key == "options"),
    // the third is that of the SDKs before 2020
    sdk_keys: &[Key::of("api_key"), Key::of("writeKey"), Key::of("client")],
    read,
    confirms,
    detects,
    ..SourceSchema::PLAIN
};

/// Derives kind, name and user properties; removes ids that are too short.
fn read(event: &mut Event<'_>) {
    let event_type = *event.root.at(EVENT_TYPE);
    let user_properties = *event.root.at(USER_PROPERTIES);
    let has = |slot| !event.root.at(slot).is_null();
    let is_group = has(GROUP_TYPE) || has(GROUP_PROPERTIES);
    event.name_path = "event_type";
    event.name = if let Value::String(name) = event_type {
        Some(name)
    } else {
        None
    };
    event.kind = match event.name {
        _ if event_type.is_text("$identify") => Kind::User,
        _ if event_type.is_text("$groupidentify") => Kind::Group,
        None if is_group => Kind::Group,
        None if event.is_in_users => Kind::User,
        _ => Kind::Event,
    };
    remove_short_ids(event);
    resolve_operators(event, user_properties);
}

/// Removes ids that are shorter than `options.min_id_length`, or than five characters: Amplitude
/// takes none of them (Amplitude, HTTP V2 API, Device IDs and User IDs minimum length).
fn remove_short_ids(event: &mut Event<'_>) {
    let given = event.root.at(OPTIONS).member("min_id_length");
    let least = match given {
        Some(Value::Number(digits)) => digits.parse().unwrap_or(MIN_ID_LENGTH),
        _ => MIN_ID_LENGTH,
    };
    let mut remove = |slot| {
        let id = event.root.at(slot);
        let is_short = matches!(id, Value::String(id) if id.chars().count() < least);
        if is_short {
            event.root.set(slot, Value::Null);
        }
        is_short
    };
    remove(DEVICE_ID);
    event.has_short_user_id = remove(USER_ID);
}

/// Characters of an id where `min_id_length` does not say otherwise (Amplitude, HTTP V2 API).
const MIN_ID_LENGTH: usize = 5;

/// Whether an event has an id of these APIs, and no column of the export.
fn confirms(event: &Event<'_>) -> bool {
    let name = event.root.at(EVENT_TYPE);
    matches!(name, Value::String(_))
        && !name.is_text("$identify")
        && !name.is_text("$groupidentify")
        && !event.root.at(INSERT_ID).is_null()
        && OF_EXPORT.iter().all(|slot| event.root.at(*slot).is_null())
}

/// Whether an object is an event without columns of the export, or the body of one of the APIs.
fn detects(shape: &Shape<'_>) -> bool {
    let is_event = shape.has_text("event_type") && EXPORTED.iter().all(|key| !shape.has(key));
    let is_request = shape.has("api_key")
        && (shape.has_list("events") || shape.has_object("event") || shape.has_list("event"));
    let is_identify = shape.has_object("identification") || shape.has_list("identification");
    is_event || is_request || is_identify
}
