//! Checks the description of the device: IP address, user agent, `device_ver`, time.

use super::findings::Findings;
use super::json_type::JsonType;
use super::object::BodyField;
use super::value::{check_type, is_empty_string, is_hash, string};
use crate::json::{Value, trim};
use crate::kochava::{
    IdKey, Rule, decode_user_agent, is_encoded_user_agent, is_null_word, is_placeholder, is_public,
    read_address,
};
use crate::limits::{EVENT_SECOND_FIRST, EVENT_SECOND_LAST};
use alloc::borrow::Cow;

/// The operating system of the device, as far as user agent and `device_ver` tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct System {
    vendor: Option<Vendor>,
    /// The first number of the version, if the system is Apple's.
    pub(super) major: Option<u32>,
    /// Whether `device_ver` names the system; a user agent is only a hint.
    is_named: bool,
    /// Whether it is one of Apple's whose every version asks for consent: visionOS, watchOS, macOS.
    pub(super) always_asks: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Vendor {
    Apple,
    Google,
}

impl System {
    /// Reads user agent and `device_ver`; the user agent has precedence.
    pub(super) fn read(agent: &str, version: &str) -> Self {
        // PHP's `urlencode` writes a space as `+`
        let agent = decode_user_agent(agent)
            .replace('+', " ")
            .to_ascii_lowercase();
        let version = version.to_ascii_lowercase();
        let (hinted, named) = (vendor(&agent), vendor(&version));
        let vendor = hinted.or(named);
        let is_apple = vendor == Some(Vendor::Apple);
        System {
            vendor,
            major: apple_major(&agent)
                .or_else(|| apple_major(&version))
                .filter(|_| is_apple),
            is_named: hinted.is_none() && named.is_some(),
            always_asks: is_apple && (always_asks(&agent) || always_asks(&version)),
        }
    }

    pub(super) fn is_apple(self) -> bool {
        self.vendor == Some(Vendor::Apple)
    }

    /// Reports whether the system is known to be another vendor's.
    pub(super) fn is_foreign_to_apple(self) -> bool {
        self.vendor == Some(Vendor::Google)
    }

    /// Reports whether devices of this system have no id with this key. Fire tablets run Android,
    /// too.
    pub(super) fn lacks(self, key: IdKey<'_>) -> bool {
        match self.vendor {
            Some(Vendor::Apple) => matches!(key, IdKey::Adid | IdKey::FireAdid | IdKey::AndroidId),
            Some(Vendor::Google) => matches!(key, IdKey::Idfa | IdKey::Idfv),
            None => false,
        }
    }

    /// Reports the same, if `device_ver` names the system.
    pub(super) fn surely_lacks(self, key: IdKey<'_>) -> bool {
        self.is_named && self.lacks(key)
    }
}

/// Reports whether a text names a system of Apple's without versions older than the question.
fn always_asks(text: &str) -> bool {
    let has_any = |words: &[&str]| words.iter().any(|word| text.contains(word));
    has_any(&["visionos", "watchos", "macos", "macintosh"]) && apple_major(text).is_none()
}

#[inline(never)]
fn vendor(text: &str) -> Option<Vendor> {
    let has_any = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has_any(&["android", "dalvik"]) {
        Some(Vendor::Google)
    } else if has_any(&["iphone", "ipad", "ipod", "apple tv", "appletv"])
        || apple_major(text).is_some()
        || always_asks(text)
    {
        Some(Vendor::Apple)
    } else {
        None
    }
}

/// Returns the number behind the name of Apple's system: 17 of `cpu iphone os 17_0`, `ios 17.0`,
/// `iphone-ios-17.0`.
#[inline(never)]
fn apple_major(text: &str) -> Option<u32> {
    ["iphone os", "cpu os", "ios", "ipados", "tvos"]
        .into_iter()
        .find_map(|name| {
            text.match_indices(name)
                .find_map(|(at, _)| major_behind(&text[..at], &text[at + name.len()..]))
        })
}

/// Returns the number of one or two digits at the start of `after`, unless the name between
/// `before` and `after` is only a part of a word.
fn major_behind(before: &str, after: &str) -> Option<u32> {
    let digits = after.strip_prefix([' ', '/', '_', '-']).unwrap_or(after);
    let count = digits.bytes().take_while(u8::is_ascii_digit).count();
    if before.ends_with(char::is_alphanumeric) || !(1..=2).contains(&count) {
        return None;
    }
    digits[..count].parse().ok()
}

/// Checks `origination_ip`.
pub(super) fn check_address(field: &BodyField<'_, '_>, findings: &mut Findings) {
    let Some(address) = string(field, findings) else {
        return;
    };
    match read_address(&address) {
        Some(address) if is_public(address) => {}
        Some(_) => findings.add(Rule::OriginationIpNotPublic, field),
        None if is_null_word(trim(&address)) => findings.add(Rule::OriginationIpMissing, field),
        None => findings.add(Rule::OriginationIpInvalid, field),
    }
}

/// Checks `device_ua`.
pub(super) fn check_user_agent(field: &BodyField<'_, '_>, findings: &mut Findings) {
    let Some(agent) = string(field, findings) else {
        return;
    };
    let decoded = decode_user_agent(&agent);
    if agent.is_empty() {
        findings.add(Rule::DeviceUaMissing, field);
    } else if is_placeholder(&decoded) {
        findings.add(Rule::DeviceUaPlaceholder, field);
    } else if is_hash(&agent) {
        findings.add(Rule::ValueHashed, field);
    } else if !is_encoded_user_agent(&agent) {
        findings.add(Rule::DeviceUaNotEncoded, field);
    } else if decoded != agent && decode_user_agent(&decoded) != decoded {
        findings.add(Rule::DeviceUaEncodedTwice, field);
    }
}

/// Checks `device_ver`, which stands in for a user agent.
pub(super) fn check_version(field: &BodyField<'_, '_>, has_agent: bool, findings: &mut Findings) {
    let Some(version) = string(field, findings) else {
        return;
    };
    let rule = match (version.is_empty(), has_agent) {
        (true, true) => return,
        (true, false) => Rule::DeviceVerMissing,
        (false, true) => Rule::DeviceVerBesideUa,
        (false, false) if is_device_version(&version) => return,
        (false, false) => Rule::DeviceVerShape,
    };
    findings.add(rule, field);
}

/// Reports whether a text is a model, a system and a version with hyphens between them. Model and
/// version may have hyphens of their own.
fn is_device_version(text: &str) -> bool {
    let mut hyphens = text
        .match_indices('-')
        .map(|(at, _)| at)
        .filter(|at| *at > 0 && at + 1 < text.len());
    hyphens
        .next()
        .is_some_and(|first| hyphens.any(|next| next > first + 1))
}

/// Checks `usertime`. Ten digits are seconds, thirteen milliseconds (Kochava, Post-Install Event
/// Setup, samples).
pub(super) fn check_time(field: &BodyField<'_, '_>, findings: &mut Findings) {
    let digits = match field.value {
        Value::Number(number) => Cow::Borrowed(number),
        Value::String(text) => text.decode(),
        _ => {
            check_type(field, JsonType::Number, findings);
            return;
        }
    };
    if is_empty_string(field) {
        return findings.add(Rule::UsertimeMissing, field);
    }
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        match field.value {
            Value::String(_) => findings.add_mismatch(Rule::UsertimeNotEpoch, field, "a number"),
            _ => findings.add(Rule::UsertimeNotEpoch, field),
        }
        return;
    }
    if matches!(field.value, Value::String(_)) {
        findings.add_mismatch(Rule::UsertimeAsText, field, "a number");
    }
    let is_plausible = |seconds: i64| (EVENT_SECOND_FIRST..=EVENT_SECOND_LAST).contains(&seconds);
    match (digits.len(), digits.parse()) {
        (9 | 10, Ok(seconds)) if is_plausible(seconds) => {}
        (12 | 13, Ok(millis)) if is_plausible(millis.div_euclid(1_000)) => {
            findings.add(Rule::UsertimeMillis, field);
        }
        _ => findings.add(Rule::UsertimeImplausible, field),
    }
}
