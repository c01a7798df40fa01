//! Amplitude's field names, as its Webhook destination sends them.
//!
//! In: the members of an element. Out: its kind, name and user properties. An event has the columns
//! of the Export API (55 keys, any of them `null` or missing), a user the fields of the Identify API
//! (Amplitude, Webhooks; Amplitude, Export API; Amplitude, Identify API).

use super::detect::Shape;
use super::standard::{AMPLITUDE_EVENTS, AMPLITUDE_KEYS};
use super::{Attribute, Event, Holds, Kind, Place, RevenueSchema, Source, SourceSchema};
use crate::json::{Key, Members, Slot, Text, Value};

/// The members that are looked up in every element, in the order of their slots.
const KEYS: &[Key<'static>] = &[
    Key::of("event_properties"),
    Key::of("user_properties"),
    Key::of("events"),
    Key::of("users"),
    Key::of("event_type"),
    Key::of("user_id"),
    Key::of("device_id"),
    Key::of("$insert_id"),
    Key::of("uuid"),
    Key::of("event_time"),
];
const USER_PROPERTIES: Slot = Slot::nth(1);
const EVENT_TYPE: Slot = Slot::nth(4);
const USER_ID: Slot = Slot::nth(5);
const DEVICE_ID: Slot = Slot::nth(6);
const INSERT_ID: Slot = Slot::nth(7);
const UUID: Slot = Slot::nth(8);
const EVENT_TIME: Slot = Slot::nth(9);

/// Where Amplitude's pages put each datum. `device_id` is no attribute's: on Android it is random, on
/// iOS only sometimes the IDFV (Amplitude, Instrumentation), so only the operator can map it.
pub(super) static SCHEMA: SourceSchema = SourceSchema {
    source: Source::Amplitude,
    name: "amplitude",
    title: "Amplitude, Webhook",
    documented: &[
        (Attribute::OriginationIp, "ip_address"),
        (Attribute::Idfa, "idfa"),
        (Attribute::Idfv, "idfv"),
        (Attribute::Adid, "adid"),
        (Attribute::AndroidId, "android_id"),
        (Attribute::AppVersion, "version_name"),
        // `event_time` is `client_event_time` with the device clock's error removed (Amplitude,
        // Export API)
        (
            Attribute::Usertime,
            "event_time client_event_time time server_received_time",
        ),
        (Attribute::Platform, "platform os_name"),
        (Attribute::OsVersion, "os_version"),
        (
            Attribute::DeviceModel,
            "device_model device_type device_family",
        ),
        (Attribute::UserId, "user_id"),
    ],
    // ids are usually wiped (Amplitude, Missing mobile attribution events), and Amplitude's own
    // destination demands the mapping (Amplitude, Kochava (Post-install), step 10)
    needs_mapping: true,
    revenue: RevenueSchema {
        amount: "event_properties.$revenue event_properties.revenue",
        // the SDKs send these two, and `$revenue` only on demand (Amplitude, Track revenue)
        price: "event_properties.$price",
        quantity: "event_properties.$quantity",
        currency: "event_properties.$currency event_properties.currency",
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
        Holds::Elements,
        Holds::Users,
    ],
    element_mark: EVENT_TYPE,
    name_at: "event_type",
    properties: "event_properties",
    user_properties: "user_properties",
    operators: OPERATORS,
    // "same insert_id on the same device_id within 7 days" (Amplitude, HTTP V2 API); `uuid` is
    // Amplitude's own (Amplitude, Export API)
    ids: &[Place::root(INSERT_ID), Place::root(UUID)],
    devices: &[Place::root(DEVICE_ID)],
    read,
    confirms,
    detects,
    ..SourceSchema::PLAIN
};

/// Computed for every revenue event and attached to it (Amplitude, Track revenue); the names as they
/// are streamed, and as the dashboard shows them.
pub(super) const DERIVED_REVENUE: &[&str] = &[
    "verified_revenue",
    "unverified_revenue",
    "[Amplitude] Revenue (Verified)",
    "[Amplitude] Revenue (Unverified)",
    "Revenue (Verified)",
    "Revenue (Unverified)",
];

/// The columns that only Amplitude's servers add to an event (Amplitude, Export API).
pub(super) const EXPORTED: [&str; 5] = [
    "ip_address",
    "$insert_id",
    "event_time",
    "server_upload_time",
    "amplitude_id",
];

/// Whether an event has a column of the export.
fn confirms(event: &Event<'_>) -> bool {
    matches!(event.root.at(EVENT_TYPE), Value::String(_))
        && [INSERT_ID, EVENT_TIME]
            .iter()
            .any(|slot| !event.root.at(*slot).is_null())
}

/// Whether an object is an event of the export, an identify, a user, or a wrapper of some.
fn detects(shape: &Shape<'_>) -> bool {
    if shape.has_text("event_type") {
        return EXPORTED.iter().any(|key| shape.has(key))
            || (shape.has("uuid") && shape.has("client_event_time"))
            || shape.is("event_type", "$identify")
            || shape.is("event_type", "$groupidentify");
    }
    let is_wrapper = shape.has_list("events") || shape.has_list("users");
    let is_user =
        shape.has_object("user_properties") && (shape.has("user_id") || shape.has("device_id"));
    !shape.has("event_type") && !shape.has("api_key") && (is_wrapper || is_user)
}

/// Derives the kind, name, test mark and user properties of `event` from its members.
fn read(event: &mut Event<'_>) {
    let event_type = *event.root.at(EVENT_TYPE);
    let user_properties = *event.root.at(USER_PROPERTIES);
    event.name_path = "event_type";
    event.name = if let Value::String(name) = event_type {
        Some(name)
    } else {
        None
    };
    let has = |slot| !event.root.at(slot).is_null();
    let has_user =
        || matches!(user_properties, Value::Object(_)) && (has(USER_ID) || has(DEVICE_ID));
    event.kind = match event.name {
        Some(name) if name.is("$identify") => Kind::User,
        Some(name) if name.is("$groupidentify") => Kind::Group,
        _ if event_type.is_null() && (event.is_in_users || has_user()) => Kind::User,
        _ => Kind::Event,
    };
    // what the portal's "Send Test Event" fills in (Amplitude, Create an event streaming
    // integration)
    let is_text =
        |value, placeholder| matches!(value, Value::String(text) if Text::is(text, placeholder));
    event.is_test =
        is_text(event_type, "some event type") || is_text(*event.root.at(USER_ID), "some user id");
    resolve_operators(event, user_properties);
}

/// Applies the operators among the user's properties, where there are some.
pub(super) fn resolve_operators<'a>(event: &mut Event<'a>, user_properties: Value<'a>) {
    if event.user_properties.has_any_of_first(OPERATORS_COUNT) {
        apply_operators(user_properties, &mut event.user_properties);
    }
}

/// Replaces the operators in `members` by the properties that they leave: those of `$set` and plain
/// ones, then those that only `$setOnce` sets. The other operators' results depend on the stored
/// value, which is unknown here (Amplitude, Identify API).
fn apply_operators<'a>(object: Value<'a>, members: &mut Members<'a>) {
    let is_operator = |key: Text<'_>| OPERATORS.iter().any(|operator| key.is(operator.as_str()));
    let (set, set_once) = (*members.at(SET), *members.at(SET_ONCE));
    let plain = object.members().filter(|(key, _)| !is_operator(*key));
    members.clear();
    // of a duplicate key the last value counts: the weakest comes first
    for (key, value) in set_once.members().chain(plain).chain(set.members()) {
        members.push(key, value);
    }
}

const SET: Slot = Slot::nth(0);
const SET_ONCE: Slot = Slot::nth(1);
const OPERATORS_COUNT: u16 = 10;

/// The operators of the Identify API, and `$clearAll` of the SDKs, in the order of their slots.
pub(super) const OPERATORS: &[Key<'static>; OPERATORS_COUNT as usize] = &[
    Key::of("$set"),
    Key::of("$setOnce"),
    Key::of("$add"),
    Key::of("$append"),
    Key::of("$prepend"),
    Key::of("$unset"),
    Key::of("$preInsert"),
    Key::of("$postInsert"),
    Key::of("$remove"),
    Key::of("$clearAll"),
];
