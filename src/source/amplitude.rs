//! Amplitude's field names, as its Webhook destination sends them.
//!
//! In: the members of an element. Out: its kind, name and user properties. An event has the columns
//! of the Export API (55 keys, any of them `null` or missing), a user the fields of the Identify API
//! (Amplitude, Webhooks; Amplitude, Export API; Amplitude, Identify API).

use crate::json::{Key, Members, Slot, Text, Value};
use crate::source::Path;
use crate::source::{Attribute, Event, Kind, SourceSchema};

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
    Key::of("device_brand"),
    Key::of("device_manufacturer"),
];
const EVENT_PROPERTIES: Slot = Slot::nth(0);
const USER_PROPERTIES: Slot = Slot::nth(1);
const USERS: Slot = Slot::nth(3);
const EVENT_TYPE: Slot = Slot::nth(4);
const USER_ID: Slot = Slot::nth(5);
const DEVICE_ID: Slot = Slot::nth(6);
const INSERT_ID: Slot = Slot::nth(7);
const UUID: Slot = Slot::nth(8);
const DEVICE_BRAND: Slot = Slot::nth(9);
const DEVICE_MANUFACTURER: Slot = Slot::nth(10);

/// Where Amplitude's pages put each datum.
pub(super) static SCHEMA: SourceSchema = SourceSchema {
    paths,
    revenue: &[
        Path::documented("event_properties.$revenue"),
        Path::documented("event_properties.revenue"),
    ],
    // the SDKs send these two, and `$revenue` only on demand (Amplitude, Track revenue)
    price: &[Path::documented("event_properties.$price")],
    quantity: &[Path::documented("event_properties.$quantity")],
    currency: &[
        Path::documented("event_properties.$currency"),
        Path::documented("event_properties.currency"),
    ],
    // computed for every revenue event and attached to it (Amplitude, Track revenue); the names as
    // they are streamed, and as the dashboard shows them
    derived_revenue: &[
        "verified_revenue",
        "unverified_revenue",
        "[Amplitude] Revenue (Verified)",
        "[Amplitude] Revenue (Unverified)",
        "Revenue (Verified)",
        "Revenue (Unverified)",
    ],
    keys: KEYS,
    container_count: 4,
    name: EVENT_TYPE,
    properties: EVENT_PROPERTIES,
    user_properties: USER_PROPERTIES,
    users: USERS,
    operators: OPERATORS,
    // "same insert_id on the same device_id within 7 days" (Amplitude, HTTP V2 API); `uuid` is
    // Amplitude's own (Amplitude, Export API)
    ids: &[INSERT_ID, UUID],
    device: DEVICE_ID,
    manufacturers: &[DEVICE_BRAND, DEVICE_MANUFACTURER],
};

/// The columns of Amplitude's export by attribute. `device_id` is no attribute's: on Android it is
/// random, on iOS only sometimes the IDFV (Amplitude, Instrumentation), so only the operator can
/// map it.
fn paths(attribute: Attribute) -> &'static [Path] {
    /// A `'static` list of paths.
    macro_rules! documented {
        ($($path:literal),+) => {{
            static PATHS: &[Path] = &[$(Path::documented($path)),+];
            PATHS
        }};
    }
    match attribute {
        Attribute::OriginationIp => documented!("ip_address"),
        Attribute::Idfa => documented!("idfa"),
        Attribute::Idfv => documented!("idfv"),
        Attribute::Adid => documented!("adid"),
        Attribute::AndroidId => documented!("android_id"),
        Attribute::AppVersion => documented!("version_name"),
        // `event_time` is `client_event_time` with the device clock's error removed (Amplitude,
        // Export API)
        Attribute::Usertime => documented!(
            "event_time",
            "client_event_time",
            "time",
            "server_received_time"
        ),
        Attribute::Platform => documented!("platform", "os_name"),
        Attribute::OsVersion => documented!("os_version"),
        Attribute::DeviceModel => documented!("device_model", "device_type", "device_family"),
        Attribute::UserId => documented!("user_id"),
        Attribute::KochavaDeviceId
        | Attribute::DeviceUa
        | Attribute::Att
        | Attribute::LimitAdTracking
        | Attribute::GdprApplies
        | Attribute::TcString
        | Attribute::AdUserData
        | Attribute::AdPersonalization => &[],
    }
}

/// Derives the kind, name, test mark and user properties of `event` from its members.
pub(super) fn read(event: &mut Event<'_>) {
    let event_type = *event.root.at(EVENT_TYPE);
    let user_properties = *event.root.at(USER_PROPERTIES);
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
const OPERATORS: &[Key<'static>; OPERATORS_COUNT as usize] = &[
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
