//! How does Amplitude spell it?
//!
//! The form of the Webhook destination: an event as in the Export API (55 keys, any of them `null` or missing), a user as in the
//! Identify API (Amplitude, Webhooks; Amplitude, Export API; Amplitude, Identify API).

use crate::event::{Attribute, Documented, Event, Kind};
use crate::json::{Key, Members, Text, Value};
use crate::path::Path;

const EVENT_TYPE: Key<'static> = Key::of("event_type");
const USER_PROPERTIES: Key<'static> = Key::of("user_properties");
const USER_ID: Key<'static> = Key::of("user_id");
const DEVICE_ID: Key<'static> = Key::of("device_id");

/// Where Amplitude's pages put each attribute.
pub(super) static DOCUMENTED: Documented = Documented {
    paths,
    revenue: &[Path::documented("event_properties.$revenue"), Path::documented("event_properties.revenue")],
    currency: &[Path::documented("event_properties.$currency"), Path::documented("event_properties.currency")],
    name: EVENT_TYPE,
    properties: Key::of("event_properties"),
    user_properties: USER_PROPERTIES,
    // "same insert_id on the same device_id within 7 days" (Amplitude, HTTP V2 API); `uuid` is Amplitude's own (Amplitude, Export API)
    ids: &[Key::of("$insert_id"), Key::of("uuid")],
    device: DEVICE_ID,
    makers: &[Key::of("device_brand"), Key::of("device_manufacturer")],
};

/// The paths of Amplitude's export columns. Its `device_id` is none of them: on Android it is random, on iOS only sometimes the IDFV
/// (Amplitude, Instrumentation), so only the operator can say what it is.
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
        // `event_time` is `client_event_time` with the device clock's error taken out (Amplitude, Export API)
        Attribute::Usertime => documented!("event_time", "client_event_time", "time", "server_received_time"),
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
    let event_type = event.root.find(EVENT_TYPE);
    let user_properties = event.root.find(USER_PROPERTIES);
    event.name = if let Some(Value::String(name)) = event_type { Some(name) } else { None };
    let names_itself = event_type.is_some_and(|value| !value.is_null());
    let has = |key| event.root.find(key).is_some_and(|value| !value.is_null());
    let has_user = || matches!(user_properties, Some(Value::Object(_))) && (has(USER_ID) || has(DEVICE_ID));
    event.kind = match event.name {
        Some(name) if name.is("$identify") => Kind::User,
        Some(name) if name.is("$groupidentify") => Kind::Group,
        _ if !names_itself && (event.of_users || has_user()) => Kind::User,
        _ => Kind::Event,
    };
    // what the portal's "Send Test Event" fills in (Amplitude, Create an event streaming integration)
    let says = |value, placeholder| matches!(value, Some(Value::String(text)) if Text::is(text, placeholder));
    event.is_test = says(event_type, "some event type") || says(event.root.find(USER_ID), "some user id");
    settle(user_properties, &mut event.user_properties);
}

/// Lists user properties as they stand afterwards: what `$set` sets, then what only `$setOnce` sets; the other operators leave no value
/// that could be known here (Amplitude, Identify API). A plain map is as good as `$set`.
fn settle<'a>(object: Option<Value<'a>>, members: &mut Members<'a>) {
    if !OPERATORS.iter().any(|operator| members.find(*operator).is_some()) {
        return;
    }
    let is_operator = |key: Text<'_>| OPERATORS.iter().any(|operator| key.is(operator.as_str()));
    let (set, set_once) = (members.find(SET), members.find(SET_ONCE));
    let plain = object.into_iter().flat_map(Value::members).filter(|(key, _)| !is_operator(*key));
    members.clear();
    // of a duplicate the last one counts: the weakest comes first
    for (key, value) in set_once.into_iter().flat_map(Value::members).chain(plain).chain(set.into_iter().flat_map(Value::members)) {
        members.push(key, value);
    }
}

const SET: Key<'static> = Key::of("$set");
const SET_ONCE: Key<'static> = Key::of("$setOnce");

/// The operators of the Identify API, and `$clearAll` of the SDKs.
const OPERATORS: [Key<'static>; 10] = [
    SET,
    SET_ONCE,
    Key::of("$add"),
    Key::of("$append"),
    Key::of("$prepend"),
    Key::of("$unset"),
    Key::of("$preInsert"),
    Key::of("$postInsert"),
    Key::of("$remove"),
    Key::of("$clearAll"),
];
