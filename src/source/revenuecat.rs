//! RevenueCat's webhooks.
//!
//! In: the members of the object `event`, which the body wraps. Out: an event named by its type;
//! the attributes of the subscriber are the user's properties, each without its time of change
//! (RevenueCat, Event types and fields; Kochava integration).

use super::detect::Shape;
use super::standard::{REVENUECAT_EVENTS, REVENUECAT_KEYS};
use super::{Attribute, Event, Holds, Kind, Place, RevenueSchema, Source, SourceSchema};
use crate::json::{Key, Slot, Value};

/// The members that are looked up in every event, in the order of their slots.
const KEYS: &[Key<'static>] = &[
    Key::of("subscriber_attributes"),
    Key::of("event"),
    Key::of("type"),
    Key::of("id"),
    Key::of("app_user_id"),
    Key::of("original_app_user_id"),
    Key::of("environment"),
];
const ATTRIBUTES: Slot = Slot::nth(0);
const TYPE: Slot = Slot::nth(2);
const ID: Slot = Slot::nth(3);
const APP_USER_ID: Slot = Slot::nth(4);
const ORIGINAL_APP_USER_ID: Slot = Slot::nth(5);
const ENVIRONMENT: Slot = Slot::nth(6);

/// The member of an attribute beside the time of its change.
const VALUE: &str = "value";

/// Where RevenueCat's pages put each datum.
pub(super) static SCHEMA: SourceSchema = SourceSchema {
    source: Source::Revenuecat,
    name: "revenuecat",
    title: "RevenueCat",
    documented: &[
        (
            Attribute::KochavaDeviceId,
            "subscriber_attributes.$kochavaDeviceId",
        ),
        (Attribute::OriginationIp, "subscriber_attributes.$ip"),
        (Attribute::Idfa, "subscriber_attributes.$idfa"),
        (Attribute::Idfv, "subscriber_attributes.$idfv"),
        // `$androidId` is deprecated and documented as the advertising id: it is no `android_id`
        (
            Attribute::Adid,
            "subscriber_attributes.$gpsAdId subscriber_attributes.$amazonAdId",
        ),
        (Attribute::Att, "subscriber_attributes.$attConsentStatus"),
        (Attribute::Usertime, "event_timestamp_ms purchased_at_ms"),
        (Attribute::Platform, "store"),
        (Attribute::UserId, "app_user_id"),
    ],
    revenue: RevenueSchema {
        amount: "price_in_purchased_currency",
        // "the USD price of the transaction" (RevenueCat, Event types and fields)
        dollars: "price",
        currency: "currency",
        ..RevenueSchema::NONE
    },
    platforms: &[
        ("APP_STORE", "iOS"),
        ("MAC_APP_STORE", "macOS"),
        ("PLAY_STORE", "Android"),
        ("AMAZON", "Fire"),
        ("ROKU", "Roku"),
        ("STRIPE", "Web"),
        ("RC_BILLING", "Web"),
        ("PADDLE", "Web"),
    ],
    standard_events: REVENUECAT_EVENTS,
    standard_keys: REVENUECAT_KEYS,
    wrapped_in: "event",
    value_member: VALUE,
    keys: KEYS,
    holds: &[Holds::UserProperties, Holds::ElementOrList],
    element_mark: TYPE,
    name_at: "type",
    user_properties: "subscriber_attributes",
    // the same on every attempt (RevenueCat, Webhooks)
    ids: &[Place::root(ID)],
    devices: &[Place::root(ORIGINAL_APP_USER_ID), Place::root(APP_USER_ID)],
    read,
    detects,
    ..SourceSchema::PLAIN
};

/// Derives name and test mark, and takes each attribute's value out of its object.
fn read(event: &mut Event<'_>) {
    let text = |slot: Slot| match *event.root.at(slot) {
        Value::String(text) => Some(text),
        _ => None,
    };
    let is = |slot, word: &str| event.root.at(slot).is_text(word);
    event.kind = Kind::Event;
    event.name_path = "type";
    event.name = text(TYPE);
    event.is_test = is(TYPE, "TEST") || is(ENVIRONMENT, "SANDBOX");
    let attributes = *event.root.at(ATTRIBUTES);
    event.user_properties.clear();
    for (name, attribute) in attributes.members() {
        let value = match attribute {
            Value::Object(_) => attribute.member(VALUE).unwrap_or(Value::Null),
            plain => plain,
        };
        event.user_properties.push(name, value);
    }
}

/// Whether an object wraps an event of this API's.
fn detects(shape: &Shape<'_>) -> bool {
    let event = shape.value("event");
    let has = |key| event.member(key).is_some_and(|value| !value.is_null());
    shape.has("api_version")
        && !shape.has("event_type")
        && has("type")
        && (has("app_user_id") || has("id"))
}
