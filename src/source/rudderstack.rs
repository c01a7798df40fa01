//! RudderStack's calls, which are Segment's with a few members of their own.
//!
//! In: the members of a call. Out: as for Segment. The address may stand in `request_ip`, which
//! RudderStack's servers add, and a status of App Tracking Transparency is a number (RudderStack,
//! Event specification; Kochava destination).

use super::detect::Shape;
use super::segment::{COMMON, is_call, is_call_of, is_rudders, is_rudders_event};
use super::{Attribute, Source, SourceSchema};
use crate::json::Value;

/// Where RudderStack's pages put each datum.
pub(super) static SCHEMA: SourceSchema = SourceSchema {
    source: Source::Rudderstack,
    name: "rudderstack",
    title: "RudderStack",
    documented: &[
        (Attribute::KochavaDeviceId, "context.device.id anonymousId"),
        (Attribute::OriginationIp, "context.ip request_ip"),
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
        // its own destination sends the build number, which is not the version that people see
        (Attribute::AppVersion, "context.app.version"),
        (
            Attribute::Att,
            "context.device.attTrackingStatus context.device.trackingStatus",
        ),
        (
            Attribute::Usertime,
            "timestamp originalTimestamp receivedAt",
        ),
        (
            Attribute::Platform,
            "context.os.name context.device.type context.library.name",
        ),
        (Attribute::OsVersion, "context.os.version"),
        (Attribute::DeviceModel, "context.device.model"),
        (Attribute::UserId, "userId"),
    ],
    platforms: &[("RudderLabs JavaScript SDK", "Web")],
    confirms: |event| is_call_of(event) && is_rudders_event(event),
    detects,
    ..COMMON
};

/// Whether an object is a call of RudderStack's, or a batch whose first call is.
fn detects(shape: &Shape<'_>) -> bool {
    let is_own = |call: &Shape<'_>| {
        is_rudders(
            call.has("request_ip") || call.has("rudderId"),
            call.has("channel"),
            library(call).or(library(shape)).unwrap_or(Value::Null),
        )
    };
    if is_call(shape) {
        return is_own(shape);
    }
    let mut calls = shape.value("batch").elements();
    let first = calls.find(|call| matches!(call, Value::Object(_)));
    !shape.has("event_type") && first.is_some_and(|first| is_own(&Shape::of(first)))
}

/// What made a call.
fn library<'a>(shape: &Shape<'a>) -> Option<Value<'a>> {
    shape.value("context").member("library")
}
