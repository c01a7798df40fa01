//! How does Amplitude spell it?
//!
//! The form of the Webhook destination: an event as in the Export API (55 keys, any of them `null` or missing), a user as in the
//! Identify API (Amplitude, Webhooks; Amplitude, Export API; Amplitude, Identify API).

use crate::event::{Attribute, Documented, Event, Kind};
use crate::json::{Members, Text, Value};
use crate::path::Path;

/// Where Amplitude's pages put each attribute.
pub(super) static DOCUMENTED: Documented = Documented {
    paths,
    revenue: &[Path::documented("event_properties.$revenue"), Path::documented("event_properties.revenue")],
    currency: &[Path::documented("event_properties.$currency"), Path::documented("event_properties.currency")],
    name: "event_type",
    properties: "event_properties",
    user_properties: "user_properties",
    // "same insert_id on the same device_id within 7 days" (Amplitude, HTTP V2 API); `uuid` is Amplitude's own (Amplitude, Export API)
    ids: &["$insert_id", "uuid"],
    device: "device_id",
    makers: &["device_brand", "device_manufacturer"],
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
    event.name = match event.root.get("event_type") {
        Some(Value::String(name)) => Some(name),
        _ => None,
    };
    let names_itself = event.root.get("event_type").is_some_and(|value| !value.is_null());
    let has = |key| event.root.get(key).is_some_and(|value| !value.is_null());
    let has_user = matches!(event.root.get("user_properties"), Some(Value::Object(_))) && (has("user_id") || has("device_id"));
    event.kind = match event.name {
        Some(name) if name.is("$identify") => Kind::User,
        Some(name) if name.is("$groupidentify") => Kind::Group,
        _ if !names_itself && (event.of_users || has_user) => Kind::User,
        _ => Kind::Event,
    };
    list(event.root.get("event_properties"), &mut event.properties);
    list_effective(event.root.get("user_properties"), &mut event.user_properties);
    let says = |key, placeholder| matches!(event.root.get(key), Some(Value::String(text)) if text.is(placeholder));
    // what the portal's "Send Test Event" fills in (Amplitude, Create an event streaming integration)
    event.is_test = says("event_type", "some event type") || says("user_id", "some user id");
}

fn list<'a>(object: Option<Value<'a>>, members: &mut Members<'a>) {
    members.clear();
    for (key, value) in object.into_iter().flat_map(Value::members) {
        members.push(key, value);
    }
}

/// Lists user properties as they stand afterwards: what `$set` sets, then what only `$setOnce` sets; the other operators leave no value
/// that could be known here (Amplitude, Identify API). A plain map is as good as `$set`.
fn list_effective<'a>(object: Option<Value<'a>>, members: &mut Members<'a>) {
    list(object, members);
    let is_operator = |key: Text<'_>| OPERATORS.iter().any(|operator| key.is(operator));
    if !members.iter().any(|(key, _)| is_operator(key)) {
        return;
    }
    let (set, set_once) = (members.get("$set"), members.get("$setOnce"));
    let plain = object.into_iter().flat_map(Value::members).filter(|(key, _)| !is_operator(*key));
    members.clear();
    // of a duplicate the last one counts: the weakest comes first
    for (key, value) in set_once.into_iter().flat_map(Value::members).chain(plain).chain(set.into_iter().flat_map(Value::members)) {
        members.push(key, value);
    }
}

/// The operators of the Identify API, and `$clearAll` of the SDKs.
const OPERATORS: [&str; 10] = ["$set", "$setOnce", "$add", "$append", "$prepend", "$unset", "$preInsert", "$postInsert", "$remove", "$clearAll"];
