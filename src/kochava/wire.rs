//! How does Kochava spell it?
//!
//! Enters: a [`Payload`]. Leaves: the bodies, byte for byte as they are signed and sent. Root keys
//! `action`, `kochava_app_id`, `kochava_device_id` and `data`, all else in `data` (Kochava,
//! Post-Install Event Setup, samples); the eight mandatory keys always.

use super::{
    Action, ConsentPart, DataEntry, DeviceIds, EventPart, Identifier, IdentityRoute, Payload,
    WireOptions, write_user_agent,
};
use crate::json::{
    Spelling, Value, append, append_run, write_number, write_str, write_strs, write_text,
    write_value,
};
use alloc::string::String;

/// Where events go (Kochava, Post-Install Event Setup).
pub const EVENT_PATH: &str = "/track/json";

/// Where identities go (Kochava, IdentityLink Setup).
pub const IDENTITY_PATH: &str = "/v1/cpi/identityLink.php";

/// One call, spelled.
#[derive(Debug)]
pub struct WrittenBody<'w> {
    /// The path of its URL.
    pub path: &'static str,
    /// The body, ASCII; whoever keeps it may take it.
    pub body: &'w mut String,
    /// Whether the body says the device's user agent.
    pub has_device_ua: bool,
}

/// Spells a payload, each body into the room of `body`; `each` gets one call, or one for each name
/// of an identity that goes the SDK's route.
pub fn write_payload(
    payload: &Payload<'_, '_>,
    wire: &WireOptions,
    body: &mut String,
    mut each: impl FnMut(WrittenBody<'_>),
) {
    match &payload.action {
        Action::Event(event) => {
            write_event(cleared(body), payload, event, wire);
            each(WrittenBody {
                path: EVENT_PATH,
                body,
                has_device_ua: event.device_ua.is_some(),
            });
        }
        Action::Identity(data) if wire.identity_route == IdentityRoute::IdentityLink => {
            write_identity_link(cleared(body), payload, data);
            each(WrittenBody {
                path: IDENTITY_PATH,
                body,
                has_device_ua: false,
            });
        }
        Action::Identity(data) => {
            for datum in *data {
                write_identity_track(cleared(body), payload, datum);
                each(WrittenBody {
                    path: EVENT_PATH,
                    body,
                    has_device_ua: false,
                });
            }
        }
    }
}

fn cleared(body: &mut String) -> &mut String {
    body.clear();
    body.reserve(1_024);
    body
}

fn write_event(
    out: &mut String,
    payload: &Payload<'_, '_>,
    event: &EventPart<'_, '_>,
    wire: &WireOptions,
) {
    write_root(out, "{\"action\":\"event\",\"kochava_app_id\":", payload);
    append(out, "\"event_name\":");
    write_str(out, event.name);
    if let Some(moment) = event.usertime {
        append(out, ",\"usertime\":");
        push_integer(
            out,
            if wire.usertime_millis {
                moment.millis
            } else {
                moment.seconds()
            },
        );
    }
    if let Some(version) = event.app_version {
        append(out, ",\"app_version\":");
        write_str(out, version);
    }
    append(out, ",\"device_ver\":");
    match &event.device_ver {
        Some([model, system, version]) => write_strs(out, &[model, "-", system, "-", version]),
        None => append(out, "\"\""),
    }
    append(out, ",\"device_ua\":");
    let agent = event.device_ua.unwrap_or_default();
    if wire.device_ua_raw {
        write_str(out, agent);
    } else {
        write_user_agent(out, agent);
    }
    append(out, ",\"origination_ip\":");
    write_str(out, event.origination_ip);
    append(out, ",\"device_ids\":");
    write_ids(out, &payload.device_ids);
    write_privacy(out, event);
    if let Some(currency) = event.currency {
        append(out, ",\"currency\":");
        write_str(out, currency);
    }
    write_event_data(out, event, wire.values);
    append(out, "}}");
}

fn write_root(out: &mut String, begin: &str, payload: &Payload<'_, '_>) {
    append_run(out, begin);
    write_str(out, payload.app_guid.as_str());
    append(out, ",\"kochava_device_id\":");
    write_str(out, payload.kochava_device_id);
    append(out, ",\"data\":{");
}

fn write_ids(out: &mut String, ids: &DeviceIds<'_, '_>) {
    let mut separator = '{';
    let sent = ids
        .sent
        .iter()
        .map(|place| &ids.found[*place])
        .map(|Identifier { key, found, .. }| (*key, found.text().unwrap_or_default()));
    for (key, id) in sent.chain(ids.padding.map(|key| (key, ""))) {
        out.push(separator);
        write_str(out, key.as_str());
        out.push(':');
        write_str(out, id);
        separator = ',';
    }
    out.push('}');
}

fn write_privacy(out: &mut String, event: &EventPart<'_, '_>) {
    if let Some(att) = event.att {
        append(
            out,
            if att.authorized {
                ",\"app_tracking_transparency\":{\"att\":true"
            } else {
                ",\"app_tracking_transparency\":{\"att\":false"
            },
        );
        if let Some(detail) = att.detail {
            append(out, ",\"att_detail\":");
            write_str(out, detail);
        }
        out.push('}');
    }
    if let Some(is_limited) = event.limit_ad_tracking {
        append(
            out,
            if is_limited {
                ",\"device_limit_tracking\":true"
            } else {
                ",\"device_limit_tracking\":false"
            },
        );
    }
    if let Some(consent) = &event.consent {
        write_consent(out, consent);
    }
}

fn write_consent(out: &mut String, consent: &ConsentPart<'_>) {
    append(out, ",\"gdpr_privacy_consent\":");
    let mut separator = '{';
    let mut name = |out: &mut String, name: &str| {
        out.push(core::mem::replace(&mut separator, ','));
        write_str(out, name);
        out.push(':');
    };
    let bit = |flag| if flag { '1' } else { '0' };
    if let Some(flag) = consent.gdpr_applies {
        name(out, "gdpr_applies");
        out.push(bit(flag));
    }
    if let Some(tc_string) = consent.tc_string {
        name(out, "tc_string");
        write_str(out, tc_string);
    }
    if let Some(flag) = consent.ad_user_data {
        name(out, "ad_user_data");
        out.push(bit(flag));
    }
    if let Some(flag) = consent.ad_personalization {
        name(out, "ad_personalization");
        out.push(bit(flag));
    }
    out.push('}');
}

fn write_event_data(out: &mut String, event: &EventPart<'_, '_>, spelling: Spelling) {
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
    for datum in data {
        out.push(separator);
        write_str(out, &datum.key);
        out.push(':');
        write_datum_value(out, &datum.value, spelling);
        separator = ',';
    }
}

fn write_datum_value(out: &mut String, value: &Value<'_>, spelling: Spelling) {
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

/// Identity values are strings, whatever they were (Kochava, IdentityLink Setup: "identity
/// string").
fn write_identity_link(out: &mut String, payload: &Payload<'_, '_>, data: &[DataEntry<'_>]) {
    append(out, "{\"kochava_app_id\":");
    write_str(out, payload.app_guid.as_str());
    append(out, ",\"device_id\":");
    write_ids(out, &payload.device_ids);
    append(out, ",\"data\":");
    write_data(out, data, '{', Spelling::Strings);
    append(out, "}}");
}

/// The form of Kochava's own SDKs: one name a call.
fn write_identity_track(out: &mut String, payload: &Payload<'_, '_>, datum: &DataEntry<'_>) {
    write_root(
        out,
        "{\"action\":\"identityLink\",\"kochava_app_id\":",
        payload,
    );
    if !payload.device_ids.sent.is_empty() {
        append(out, "\"device_ids\":");
        write_ids(out, &payload.device_ids);
        out.push(',');
    }
    append(out, "\"identity_link\":");
    write_data(out, core::slice::from_ref(datum), '{', Spelling::Strings);
    append(out, "}}}");
}

fn push_integer(out: &mut String, integer: i64) {
    let mut digits = [b'0'; 20];
    let mut rest = integer.unsigned_abs();
    let mut first = digits.len();
    while rest > 0 || first == digits.len() {
        first -= 1;
        digits[first] += u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
    }
    append(out, if integer < 0 { "-" } else { "" });
    append_run(
        out,
        core::str::from_utf8(&digits[first..]).unwrap_or_default(),
    );
}
