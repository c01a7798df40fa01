//! How does Amplitude spell it?
//!
//! The form of the Webhook destination: an event as in the Export API (55 keys, any of them `null`
//! or missing), a user as in the Identify API (Amplitude, Webhooks; Amplitude, Export API;
//! Amplitude, Identify API).

use crate::json::{Key, Members, Slot, Text, Value};
use crate::source::Path;
use crate::source::{Attribute, Event, Kind, SourceSchema};

/// Members of an event, in the order of their slots.
const KNOWN: &[Key<'static>] = &[
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
const EVENT_PROPERTIES: Slot = Slot::of_known(0);
const USER_PROPERTIES: Slot = Slot::of_known(1);
const USERS: Slot = Slot::of_known(3);
const EVENT_TYPE: Slot = Slot::of_known(4);
const USER_ID: Slot = Slot::of_known(5);
const DEVICE_ID: Slot = Slot::of_known(6);
const INSERT_ID: Slot = Slot::of_known(7);
const UUID: Slot = Slot::of_known(8);
const DEVICE_BRAND: Slot = Slot::of_known(9);
const DEVICE_MANUFACTURER: Slot = Slot::of_known(10);

/// Where Amplitude's pages put each attribute.
pub(super) static DOCUMENTED: SourceSchema = SourceSchema {
    paths,
    revenue: &[
        Path::documented("event_properties.$revenue"),
        Path::documented("event_properties.revenue"),
    ],
    currency: &[
        Path::documented("event_properties.$currency"),
        Path::documented("event_properties.currency"),
    ],
    known: KNOWN,
    holders: 4,
    name: EVENT_TYPE,
    properties: EVENT_PROPERTIES,
    user_properties: USER_PROPERTIES,
    users: USERS,
    operators: OPERATORS,
    // "same insert_id on the same device_id within 7 days" (Amplitude, HTTP V2 API); `uuid` is
    // Amplitude's own (Amplitude, Export API)
    ids: &[INSERT_ID, UUID],
    device: DEVICE_ID,
    makers: &[DEVICE_BRAND, DEVICE_MANUFACTURER],
};

/// The paths of Amplitude's export columns. Its `device_id` is none of them: on Android it is
/// random, on iOS only sometimes the IDFV (Amplitude, Instrumentation), so only the operator can
/// say what it is.
fn paths(attribute: Attribute) -> &'static [Path] {
    /// A list that lives as long as the program.
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
        // `event_time` is `client_event_time` with the device clock's error taken out (Amplitude,
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

/// Reads what the listed members of `event` say.
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
        _ if event_type.is_null() && (event.of_users || has_user()) => Kind::User,
        _ => Kind::Event,
    };
    // what the portal's "Send Test Event" fills in (Amplitude, Create an event streaming
    // integration)
    let says =
        |value, placeholder| matches!(value, Value::String(text) if Text::is(text, placeholder));
    event.is_test =
        says(event_type, "some event type") || says(*event.root.at(USER_ID), "some user id");
    if event.user_properties.has_any(OPERATORS_COUNT) {
        settle(user_properties, &mut event.user_properties);
    }
}

/// ListPool user properties as they stand afterwards: what `$set` sets, then what only `$setOnce`
/// sets; the other operators leave no value that could be known here (Amplitude, Identify API). A
/// plain map is as good as `$set`.
fn settle<'a>(object: Value<'a>, members: &mut Members<'a>) {
    let is_operator = |key: Text<'_>| OPERATORS.iter().any(|operator| key.is(operator.as_str()));
    let (set, set_once) = (*members.at(SET), *members.at(SET_ONCE));
    let plain = object.members().filter(|(key, _)| !is_operator(*key));
    members.clear();
    // of a duplicate the last one counts: the weakest comes first
    for (key, value) in set_once.members().chain(plain).chain(set.members()) {
        members.push(key, value);
    }
}

const SET: Slot = Slot::of_known(0);
const SET_ONCE: Slot = Slot::of_known(1);
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
