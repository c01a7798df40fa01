//! Writes the bodies of calls, byte for byte as they are signed and sent.
//!
//! A [`Payload`] goes in; one body for each request comes out. `action`, `kochava_app_id`,
//! `kochava_device_id` and `data` stand at the root, of an install also `app_ver`, all other keys in
//! `data` (Kochava, Post-Install Event Setup, samples; Install Authentication Integration, samples);
//! the mandatory keys are always there. Bodies are ASCII, in PHP's spelling.

use super::device::DeviceVersion;
use super::envelope::{DeviceIds, Envelope};
use super::track::ConsentPayload;
use super::{
    DataEntry, EventPayload, IdentityPayload, IdentityRoute, InstallPayload, Payload, TrackPayload,
    WireOptions, write_user_agent,
};
use crate::json::steps::count_written;
use crate::json::{
    Spelling, Value, append, append_short, write_number, write_str, write_strs, write_text,
    write_value,
};
use alloc::string::String;

/// The path of installs and events (Kochava, Install Notification Setup; Post-Install Event Setup).
const TRACK_PATH: &str = "/track/json";

/// The path of identities (Kochava, IdentityLink Setup).
const IDENTITY_PATH: &str = "/v1/cpi/identityLink.php";

/// The body of one request, and what its headers depend on.
#[derive(Debug)]
pub struct WrittenBody<'w> {
    /// The path of the URL.
    pub path: &'static str,
    /// The body; a caller that keeps it may take it out of the buffer.
    pub body: &'w mut String,
    /// Whether the body contains the device's user agent.
    pub has_device_ua: bool,
    /// The name that an identity by the route of Kochava's SDKs links; else empty.
    pub identity_name: &'w str,
}

/// Writes a payload, each body into the buffer `body`, and passes each to `each`: one body, or one
/// for each name of an identity that takes the route of Kochava's SDKs.
pub fn write_payload(
    payload: &Payload<'_, '_>,
    wire: &WireOptions,
    body: &mut String,
    mut each: impl FnMut(WrittenBody<'_>),
) {
    let has_device_ua = match payload {
        Payload::Install(install) => {
            write_install(cleared(body), install, wire);
            install.track.device_ua.is_some()
        }
        Payload::Event(event) => {
            write_event(cleared(body), event, wire);
            event.track.device_ua.is_some()
        }
        Payload::Identity(identity) if wire.identity_route == IdentityRoute::IdentityLink => {
            write_identity_link(cleared(body), identity);
            return each(WrittenBody {
                path: IDENTITY_PATH,
                body,
                has_device_ua: false,
                identity_name: "",
            });
        }
        Payload::Identity(identity) => {
            for entry in identity.data {
                write_identity_track(cleared(body), &identity.envelope, entry);
                each(WrittenBody {
                    path: TRACK_PATH,
                    body,
                    has_device_ua: false,
                    identity_name: &entry.key,
                });
            }
            return;
        }
    };
    each(WrittenBody {
        path: TRACK_PATH,
        body,
        has_device_ua,
        identity_name: "",
    });
}

/// Empties a buffer and makes room for a body of usual length.
fn cleared(body: &mut String) -> &mut String {
    count_written();
    body.clear();
    body.reserve(1_024);
    body
}

fn write_event(out: &mut String, event: &EventPayload<'_, '_>, wire: &WireOptions) {
    write_root(
        out,
        "{\"action\":\"event\",\"kochava_app_id\":",
        &event.track.envelope,
    );
    append(out, "\"event_name\":");
    write_str(out, event.name);
    write_track(out, &event.track, wire);
    if let Some(currency) = event.currency {
        append(out, ",\"currency\":");
        write_str(out, currency);
    }
    write_event_data(out, event, wire.values);
    append(out, "}}");
}

/// Writes an install, with the version of the app in both places where Kochava's pages have it.
fn write_install(out: &mut String, install: &InstallPayload<'_, '_>, wire: &WireOptions) {
    let track = &install.track;
    append(out, "{\"action\":\"install\",\"kochava_app_id\":");
    write_str(out, track.envelope.app_guid.as_str());
    append(out, ",\"kochava_device_id\":");
    write_str(out, track.envelope.kochava_device_id);
    if let Some(version) = track.app_version {
        append(out, ",\"app_ver\":");
        write_str(out, version);
    }
    append(out, ",\"data\":");
    let start = out.len();
    write_track(out, track, wire);
    // the object begins in place of the comma before its first key
    out.replace_range(start..=start, "{");
    if let Some(token) = install.ad_services_token {
        append(out, ",\"ad_services_token\":");
        write_str(out, token);
    }
    if let Some(details) = install.ad_services_details {
        append(out, ",\"adservices_attribution_details\":");
        let mut separator = '{';
        for (key, value) in details.members() {
            out.push(separator);
            write_str(out, key);
            out.push(':');
            write_entry_value(out, &value, Spelling::Native);
            separator = ',';
        }
        out.push('}');
    }
    if let Some(referrer) = install.referrer {
        append(out, ",\"install_referrer\":{\"referrer\":");
        write_str(out, referrer);
        if let Some(clicked) = install.referrer_click_time {
            append(out, ",\"referrer_click_time\":");
            write_integer(out, clicked.seconds());
        }
        out.push('}');
    }
    append(out, "}}");
}

/// Writes what installs and events have in common, a comma before each key.
fn write_track(out: &mut String, track: &TrackPayload<'_, '_>, wire: &WireOptions) {
    if let Some(moment) = track.usertime {
        append(out, ",\"usertime\":");
        let usertime = if wire.usertime_millis {
            moment.millis
        } else {
            moment.seconds()
        };
        write_integer(out, usertime);
    }
    if let Some(version) = track.app_version {
        append(out, ",\"app_version\":");
        write_str(out, version);
    }
    append(out, ",\"device_ver\":");
    match &track.device_ver {
        Some(DeviceVersion {
            model,
            system,
            version,
        }) => write_strs(out, &[model, "-", system, "-", version]),
        None => append(out, "\"\""),
    }
    append(out, ",\"device_ua\":");
    let agent = track.device_ua.unwrap_or_default();
    if wire.device_ua_raw {
        write_str(out, agent);
    } else {
        write_user_agent(out, agent);
    }
    append(out, ",\"origination_ip\":");
    write_str(out, track.origination_ip);
    append(out, ",\"device_ids\":");
    write_ids(out, &track.envelope.device_ids);
    write_privacy(out, track);
}

fn write_root(out: &mut String, begin: &str, envelope: &Envelope<'_, '_>) {
    append_short(out, begin);
    write_str(out, envelope.app_guid.as_str());
    append(out, ",\"kochava_device_id\":");
    write_str(out, envelope.kochava_device_id);
    append(out, ",\"data\":{");
}

fn write_ids(out: &mut String, ids: &DeviceIds<'_, '_>) {
    let mut separator = '{';
    for (key, id) in ids.entries() {
        out.push(separator);
        write_str(out, key.as_str());
        out.push(':');
        write_str(out, id);
        separator = ',';
    }
    out.push('}');
}

fn write_privacy(out: &mut String, track: &TrackPayload<'_, '_>) {
    if let Some(att) = track.att {
        append(out, ",\"app_tracking_transparency\":{\"att\":");
        write_bool(out, att.authorized);
        if let Some(detail) = att.detail {
            append(out, ",\"att_detail\":");
            write_str(out, detail);
        }
        out.push('}');
    }
    if let Some(is_limited) = track.limit_ad_tracking {
        append(out, ",\"device_limit_tracking\":");
        write_bool(out, is_limited);
    }
    if let Some(consent) = &track.consent {
        write_consent(out, consent);
    }
}

fn write_consent(out: &mut String, consent: &ConsentPayload<'_>) {
    append(out, ",\"gdpr_privacy_consent\":");
    let mut separator = '{';
    let mut write_key = |out: &mut String, key: &str| {
        out.push(core::mem::replace(&mut separator, ','));
        write_str(out, key);
        out.push(':');
    };
    let bit = |flag| if flag { '1' } else { '0' };
    if let Some(flag) = consent.gdpr_applies {
        write_key(out, "gdpr_applies");
        out.push(bit(flag));
    }
    if let Some(tc_string) = consent.tc_string {
        write_key(out, "tc_string");
        write_str(out, tc_string);
    }
    if let Some(flag) = consent.ad_user_data {
        write_key(out, "ad_user_data");
        out.push(bit(flag));
    }
    if let Some(flag) = consent.ad_personalization {
        write_key(out, "ad_personalization");
        out.push(bit(flag));
    }
    out.push('}');
}

fn write_event_data(out: &mut String, event: &EventPayload<'_, '_>, spelling: Spelling) {
    if event.revenue.is_none() && event.event_data.is_empty() {
        return;
    }
    append(out, ",\"event_data\":");
    let mut separator = '{';
    if let Some(revenue) = event.revenue {
        append(out, "{\"sum\":");
        write_number(out, revenue, Spelling::Native);
        separator = ',';
    }
    write_data(out, event.event_data, separator, spelling);
    out.push('}');
}

fn write_data(out: &mut String, data: &[DataEntry<'_>], mut separator: char, spelling: Spelling) {
    for entry in data {
        out.push(separator);
        write_str(out, &entry.key);
        out.push(':');
        write_entry_value(out, &entry.value, spelling);
        separator = ',';
    }
}

fn write_entry_value(out: &mut String, value: &Value<'_>, spelling: Spelling) {
    match *value {
        Value::String(text) => write_text(out, text),
        Value::Object(_) | Value::Array(_) => {
            let mut text = String::new();
            write_value(&mut text, *value, Spelling::Native);
            write_str(out, &text);
        }
        _ => write_value(out, *value, spelling),
    }
}

/// Writes the documented call. Values of any type are sent as strings (Kochava, IdentityLink Setup:
/// "identity string").
fn write_identity_link(out: &mut String, identity: &IdentityPayload<'_, '_>) {
    append(out, "{\"kochava_app_id\":");
    write_str(out, identity.envelope.app_guid.as_str());
    append(out, ",\"device_id\":");
    write_ids(out, &identity.envelope.device_ids);
    append(out, ",\"data\":");
    write_data(out, identity.data, '{', Spelling::Strings);
    append(out, "}}");
}

/// Writes the call of Kochava's SDKs: one name.
fn write_identity_track(out: &mut String, envelope: &Envelope<'_, '_>, entry: &DataEntry<'_>) {
    write_root(
        out,
        "{\"action\":\"identityLink\",\"kochava_app_id\":",
        envelope,
    );
    if !envelope.device_ids.is_empty() {
        append(out, "\"device_ids\":");
        write_ids(out, &envelope.device_ids);
        out.push(',');
    }
    append(out, "\"identity_link\":");
    write_data(out, core::slice::from_ref(entry), '{', Spelling::Strings);
    append(out, "}}}");
}

fn write_bool(out: &mut String, truth: bool) {
    if truth {
        append(out, "true");
    } else {
        append(out, "false");
    }
}

fn write_integer(out: &mut String, integer: i64) {
    append_short(out, itoa::Buffer::new().format(integer));
}
