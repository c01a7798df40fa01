//! Segment's calls, as its webhooks and its SDKs send them.
//!
//! In: the members of a call. Out: its kind, its name, and why the sender keeps it from Kochava.
//! `track`, `screen` and `page` are events, `identify` is a user; Kochava has no counterpart of the
//! other calls (Segment, Spec: Common fields; HTTP API).

use super::detect::Shape;
use super::schema::{ConnectionPlaces, ObjectSchema};
use super::standard::{SEGMENT_EVENTS, SEGMENT_KEYS};
use super::{
    Attribute, Event, Holds, Kind, OptOut, Place, RevenueSchema, Source, SourceSchema, View,
};
use crate::json::{Key, Reader, Slot, Value};
use alloc::format;
use alloc::string::{String, ToString};

/// The members that are looked up in every call, in the order of their slots.
const KEYS: &[Key<'static>] = &[
    Key::of("properties"),
    Key::of("traits"),
    Key::of("context"),
    Key::of("batch"),
    Key::of("type"),
    Key::of("event"),
    Key::of("name"),
    Key::of("category"),
    Key::of("messageId"),
    Key::of("anonymousId"),
    Key::of("userId"),
    Key::of("integrations"),
    Key::of("channel"),
    Key::of("request_ip"),
    Key::of("rudderId"),
    Key::of("event_type"),
    Key::of("specversion"),
];
const TRAITS: Slot = Slot::nth(1);
const CONTEXT: Slot = Slot::nth(2);
const TYPE: Slot = Slot::nth(4);
const EVENT: Slot = Slot::nth(5);
const NAME: Slot = Slot::nth(6);
const CATEGORY: Slot = Slot::nth(7);
const MESSAGE_ID: Slot = Slot::nth(8);
const ANONYMOUS_ID: Slot = Slot::nth(9);
const USER_ID: Slot = Slot::nth(10);
const INTEGRATIONS: Slot = Slot::nth(11);
const CHANNEL: Slot = Slot::nth(12);
const RUDDERS: [Slot; 2] = [Slot::nth(13), Slot::nth(14)];
/// The marks of other senders' elements.
const OTHERS: [Slot; 2] = [Slot::nth(15), Slot::nth(16)];

/// The members of `context`, whose number among the objects is 0.
const CONTEXT_KEYS: &[Key<'static>] = &[
    Key::of("device"),
    Key::of("app"),
    Key::of("os"),
    Key::of("ip"),
    Key::of("userAgent"),
    Key::of("traits"),
    Key::of("consent"),
    Key::of("consentManagement"),
    Key::of("library"),
];
const IP: Slot = Slot::nth(3);
const USER_AGENT: Slot = Slot::nth(4);
const CONTEXT_TRAITS: Slot = Slot::nth(5);
const CONSENT: Slot = Slot::nth(6);
const CONSENT_MANAGEMENT: Slot = Slot::nth(7);
const LIBRARY: Slot = Slot::nth(8);

/// The calls.
const CALLS: [&str; 7] = [
    "track", "identify", "screen", "page", "group", "alias", "delete",
];

/// Where Segment's pages put each datum.
pub(super) static SCHEMA: SourceSchema = COMMON;

/// What RudderStack's schema shares.
pub(super) const COMMON: SourceSchema = SourceSchema {
    source: Source::Segment,
    name: "segment",
    title: "Segment",
    documented: &[
        // of the app's install, unlike `anonymousId`, which a log-out replaces
        (Attribute::KochavaDeviceId, "context.device.id anonymousId"),
        (Attribute::OriginationIp, "context.ip"),
        (
            Attribute::Idfa,
            "context.device.advertisingId context.device.advertising_id",
        ),
        (Attribute::Idfv, "context.device.id"),
        (
            Attribute::Adid,
            "context.device.advertisingId context.device.advertising_id",
        ),
        (Attribute::AndroidId, "context.device.id"),
        (Attribute::DeviceUa, "context.userAgent"),
        (Attribute::AppVersion, "context.app.version"),
        (
            Attribute::Att,
            "context.device.trackingStatus context.device.attTrackingStatus",
        ),
        // `timestamp` is `originalTimestamp` with the device clock's error removed (Segment, Spec)
        (
            Attribute::Usertime,
            "timestamp originalTimestamp receivedAt",
        ),
        (
            Attribute::Platform,
            "context.device.type context.os.name context.library.name",
        ),
        (Attribute::OsVersion, "context.os.version"),
        (Attribute::DeviceModel, "context.device.model"),
        (Attribute::UserId, "userId"),
    ],
    revenue: RevenueSchema {
        amount: "properties.revenue",
        currency: "properties.currency",
        refunds: &["Order Refunded"],
        ..RevenueSchema::NONE
    },
    // without the permission (Segment, Spec: Common fields)
    ad_tracking: "context.device.adTrackingEnabled",
    // "zeros mean limited ad tracking" (Segment, Kochava destination)
    limiting_zeros: "context.device.advertisingId context.device.advertising_id",
    manufacturers: "context.device.manufacturer",
    ids_by_system: true,
    platforms: &[("analytics.js", "Web")],
    installs: &["Application Installed"],
    standard_events: SEGMENT_EVENTS,
    standard_keys: SEGMENT_KEYS,
    keys: KEYS,
    holds: &[
        Holds::Properties,
        Holds::UserProperties,
        Holds::Object(0),
        Holds::Elements,
    ],
    objects: &[
        ObjectSchema {
            path: "context",
            keys: CONTEXT_KEYS,
            holds: &[Holds::Object(1), Holds::Object(2), Holds::Object(3)],
        },
        ObjectSchema {
            path: "context.device",
            keys: &[],
            holds: &[],
        },
        ObjectSchema {
            path: "context.app",
            keys: &[],
            holds: &[],
        },
        ObjectSchema {
            path: "context.os",
            keys: &[],
            holds: &[],
        },
    ],
    element_mark: TYPE,
    name_at: "event",
    typed_by: &[("type", "track")],
    properties: "properties",
    user_properties: "traits",
    ids: &[Place::root(MESSAGE_ID)],
    devices: &[Place::root(ANONYMOUS_ID), Place::root(USER_ID)],
    connection: Some(ConnectionPlaces {
        ip: Place::object(0, IP),
        user_agent: Place::object(0, USER_AGENT),
        parent: Some(CONTEXT),
    }),
    // "context" and "integrations" beside a batch hold for each of its calls (Segment, HTTP API)
    shares: Some(|key| matches!(key, "context" | "integrations")),
    merges: &[CONTEXT, INTEGRATIONS],
    read,
    confirms: |event| is_call_of(event) && !is_rudders_event(event),
    detects: |shape| is_call(shape) || (shape.has_list("batch") && !shape.has("event_type")),
    ..SourceSchema::PLAIN
};

/// Derives kind, name and opt-out; without traits of its own a call has those of its context.
fn read(event: &mut Event<'_>) {
    let of_type = *event.root.at(TYPE);
    let is = |call| of_type.is_text(call);
    event.view = match of_type {
        _ if is("screen") => Some(View::Screen),
        _ if is("page") => Some(View::Page),
        _ => None,
    };
    let names: &[(Slot, &'static str)] = if event.view.is_some() {
        &[(NAME, "name"), (CATEGORY, "category")]
    } else {
        &[(EVENT, "event")]
    };
    let text_at = |slot| match *event.root.at(slot) {
        Value::String(text) if !text.is("") => Some(text),
        _ => None,
    };
    let found = names
        .iter()
        .find_map(|(slot, path)| Some((text_at(*slot)?, *path)));
    event.name = found.map(|(name, _)| name);
    event.name_path = found.map_or(names[0].1, |(_, path)| path);
    event.kind = match of_type {
        _ if event.view.is_some() || is("track") => Kind::Event,
        _ if is("identify") => Kind::User,
        _ if is("group") => Kind::Group,
        Value::Null => Kind::Event,
        _ => Kind::Other,
    };
    event.opt_out = opt_out(event);
    let traits = *event.objects[0].at(CONTEXT_TRAITS);
    if event.root.at(TRAITS).is_null()
        && let Value::Object(text) = traits
    {
        event.read_user_properties(&mut Reader::new(text));
    }
}

/// Why a call is kept from Kochava.
fn opt_out(event: &Event<'_>) -> Option<OptOut> {
    let context = &event.objects[0];
    let shared = event.inherited.as_ref();
    let shared = shared.map_or(Value::Null, |shared| *shared.root.at(INTEGRATIONS));
    if switches_off([shared, *event.root.at(INTEGRATIONS)]) {
        Some(OptOut::Integration)
    } else if denies(*context.at(CONSENT)) || denies_all(*context.at(CONSENT_MANAGEMENT)) {
        Some(OptOut::Consent)
    } else {
        None
    }
}

/// Whether a list of integrations switches Kochava off, by its name or as one of all (Segment,
/// Filtering with the Integrations object). The name may have an addition, as `Kochava (Actions)`;
/// an object instead of `true` holds options. The second list, the call's own, comes before that of
/// its batch.
fn switches_off(lists: [Value<'_>; 2]) -> bool {
    let (mut is_all_off, mut is_own_off) = (false, None);
    for (key, value) in lists.into_iter().flat_map(Value::members) {
        let name = key.decode();
        let is_off = is_false(value);
        if name.eq_ignore_ascii_case("all") {
            is_all_off = is_off;
        } else if name
            .get(..7)
            .is_some_and(|start| start.eq_ignore_ascii_case("kochava"))
        {
            is_own_off = Some(is_off);
        }
    }
    is_own_off.unwrap_or(is_all_off)
}

/// Whether a consent object has preferences and none of them is a yes; without one, events flow
/// (Segment, Consent in Segment Connections).
fn denies(consent: Value<'_>) -> bool {
    consent
        .member("categoryPreferences")
        .filter(|preferences| matches!(preferences, Value::Object(_)))
        .is_some_and(|preferences| {
            let mut categories = preferences.members();
            categories.all(|(_, value)| is_false(value) || value.is_null())
        })
}

/// Whether consents were asked for and all of them were denied (RudderStack, Consent management).
fn denies_all(management: Value<'_>) -> bool {
    let has_any = |key| {
        let ids = management.member(key).unwrap_or(Value::Null);
        ids.elements().next().is_some()
    };
    has_any("deniedConsentIds") && !has_any("allowedConsentIds")
}

fn is_false(value: Value<'_>) -> bool {
    matches!(value, Value::Bool("false"))
        || matches!(value, Value::String(text) if text.decode().trim().eq_ignore_ascii_case("false"))
}

/// Whether an object is a call.
pub(super) fn is_call(shape: &Shape<'_>) -> bool {
    CALLS.iter().any(|call| shape.is("type", call))
        && ["messageId", "anonymousId", "userId", "context"]
            .iter()
            .any(|key| shape.has(key))
        && !shape.has("event_type")
}

/// Whether an element that was read is a call.
pub(super) fn is_call_of(event: &Event<'_>) -> bool {
    let has = |slot: &Slot| !event.root.at(*slot).is_null();
    let of_type = *event.root.at(TYPE);
    CALLS.iter().any(|call| of_type.is_text(call))
        && [MESSAGE_ID, ANONYMOUS_ID, USER_ID, CONTEXT].iter().any(has)
        && !OTHERS.iter().any(has)
}

/// Whether a call that was read is RudderStack's.
pub(super) fn is_rudders_event(event: &Event<'_>) -> bool {
    let has = |slot: &Slot| !event.root.at(*slot).is_null();
    let library = *event.objects[0].at(LIBRARY);
    is_rudders(RUDDERS.iter().any(has), has(&CHANNEL), library)
}

/// Whether a call is RudderStack's: by members that only it has, by its library, or by its channel
/// where the library is unknown.
pub(super) fn is_rudders(has_own: bool, has_channel: bool, library: Value<'_>) -> bool {
    match library.member("name") {
        Some(Value::String(name)) => {
            let name = name.decode();
            has_own || name.to_ascii_lowercase().contains("rudder")
        }
        _ => has_own || has_channel,
    }
}

/// The body of a short form, whose path names the call: `{"userId":…,"event":…}` posted to
/// `/v1/track`. A body that says its type, or that is no object, stays as it is (Segment, HTTP API).
///
/// # Example
/// ```
/// let body = kochava_edge::typed_call("track", r#"{"event":"Level Up"}"#);
/// assert_eq!(body, r#"{"type":"track","event":"Level Up"}"#);
/// ```
#[must_use]
pub fn typed_call(call: &str, body: &str) -> String {
    let object = Reader::new(body).value();
    let Ok(object @ Value::Object(text)) = object else {
        return body.to_string();
    };
    if object.member("type").is_some_and(|own| !own.is_null()) {
        return body.to_string();
    }
    let rest = text[1..].trim_start();
    let comma = if rest.starts_with('}') { "" } else { "," };
    format!("{{\"type\":\"{call}\"{comma}{rest}")
}
