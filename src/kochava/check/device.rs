//! Is the device described so that Kochava can tell it: address, user agent, system, time?

use super::place::{BodyField, Findings};
use super::value::{is_digest, text};
use crate::json::Value;
use crate::kochava::{IdKey, Rule, decode_user_agent, is_encoded_user_agent, is_public};
use alloc::borrow::Cow;
use core::net::IpAddr;

/// Whose system runs the device, as far as user agent or `device_ver` tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct System {
    maker: Option<Maker>,
    /// The first number of its version.
    pub(super) major: Option<u32>,
    /// Does `device_ver` say so, which names the system? A user agent is only a hint at it.
    is_named: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Maker {
    Apple,
    Google,
}

impl System {
    /// Reads what describes the device; the user agent first.
    pub(super) fn read(agent: &str, version: &str) -> Self {
        // PHP's `urlencode` writes a blank as `+`
        let agent = decode_user_agent(agent)
            .replace('+', " ")
            .to_ascii_lowercase();
        let version = version.to_ascii_lowercase();
        let (hinted, named) = (maker(&agent), maker(&version));
        let maker = hinted.or(named);
        let is_apple = maker == Some(Maker::Apple);
        System {
            maker,
            major: apple_major(&agent)
                .or_else(|| apple_major(&version))
                .filter(|_| is_apple),
            is_named: hinted.is_none() && named.is_some(),
        }
    }

    pub(super) fn is_apple(self) -> bool {
        self.maker == Some(Maker::Apple)
    }

    /// Is it known to be somebody else's than Apple's?
    pub(super) fn is_foreign_to_apple(self) -> bool {
        self.maker == Some(Maker::Google)
    }

    /// Can a device of this system not have such an id? Fire tablets run Android too.
    pub(super) fn lacks(self, key: IdKey<'_>) -> bool {
        match self.maker {
            Some(Maker::Apple) => matches!(key, IdKey::Adid | IdKey::FireAdid | IdKey::AndroidId),
            Some(Maker::Google) => matches!(key, IdKey::Idfa | IdKey::Idfv),
            None => false,
        }
    }

    /// Is such an id none at all on this system, beyond doubt?
    pub(super) fn surely_lacks(self, key: IdKey<'_>) -> bool {
        self.is_named && self.lacks(key)
    }
}

fn maker(text: &str) -> Option<Maker> {
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if says(&["android", "dalvik"]) {
        Some(Maker::Google)
    } else if says(&["iphone", "ipad", "ipod", "apple tv", "appletv"])
        || apple_major(text).is_some()
    {
        Some(Maker::Apple)
    } else {
        None
    }
}

/// The number behind the name of Apple's system: `CPU iPhone OS 17_0`, `iOS 17.0`,
/// `iPhone-iOS-17.0`.
fn apple_major(text: &str) -> Option<u32> {
    ["iphone os", "cpu os", "ios", "ipados", "tvos"]
        .into_iter()
        .find_map(|name| {
            text.match_indices(name).find_map(|(at, _)| {
                let is_word = !text[..at].ends_with(|before: char| before.is_alphanumeric());
                let rest = &text[at + name.len()..];
                let rest = rest.strip_prefix([' ', '/', '_', '-']).unwrap_or(rest);
                let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                if is_word && (1..=2).contains(&digits) {
                    rest[..digits].parse().ok()
                } else {
                    None
                }
            })
        })
}

pub(super) fn address(field: &BodyField<'_>, report: &mut Findings) {
    let Some(text) = text(field, report) else {
        return;
    };
    match text.parse::<IpAddr>() {
        Ok(address) if is_public(address) => {}
        Ok(_) => report.tell(Rule::OriginationIpNotPublic, field),
        Err(_) if text.trim().is_empty() => report.tell(Rule::OriginationIpMissing, field),
        Err(_) => report.tell(Rule::OriginationIpInvalid, field),
    }
}

pub(super) fn user_agent(field: &BodyField<'_>, report: &mut Findings) {
    let Some(agent) = text(field, report) else {
        return;
    };
    let once = decode_user_agent(&agent);
    if agent.is_empty() {
        report.tell(Rule::DeviceUaMissing, field);
    } else if is_digest(&agent) {
        report.tell(Rule::ValueHashed, field);
    } else if !is_encoded_user_agent(&agent) {
        report.tell(Rule::DeviceUaNotEncoded, field);
    } else if once != agent && decode_user_agent(&once) != once {
        report.tell(Rule::DeviceUaEncodedTwice, field);
    }
}

/// Judges `device_ver` beside the user agent that it may stand in for.
pub(super) fn version(field: &BodyField<'_>, has_agent: bool, report: &mut Findings) {
    let Some(version) = text(field, report) else {
        return;
    };
    let rule = match (version.is_empty(), has_agent) {
        (true, true) => return,
        (true, false) => Rule::DeviceVerMissing,
        (false, true) => Rule::DeviceVerBesideUa,
        (false, false) if is_triple(&version) => return,
        (false, false) => Rule::DeviceVerShape,
    };
    report.tell(rule, field);
}

/// Are there a model, a system and a version, with hyphens between? A model or a version may have
/// hyphens of its own.
fn is_triple(version: &str) -> bool {
    let mut hyphens = version
        .match_indices('-')
        .map(|(at, _)| at)
        .filter(|at| *at > 0 && at + 1 < version.len());
    hyphens
        .next()
        .is_some_and(|first| hyphens.any(|next| next > first + 1))
}

/// Judges a time since 1970. Ten digits are seconds, thirteen milliseconds (Kochava, Post-Install
/// Event Setup, samples).
pub(super) fn time(field: &BodyField<'_>, report: &mut Findings) {
    let digits = match field.value {
        Value::Number(number) => Cow::Borrowed(number),
        Value::String(text) if text.is("") => return report.tell(Rule::UsertimeMissing, field),
        Value::String(text) => text.decode(),
        Value::Null => return report.tell(Rule::NullValue, field),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            return report.tell(Rule::WrongType, field);
        }
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return report.tell(Rule::UsertimeNotEpoch, field);
    }
    if matches!(field.value, Value::String(_)) {
        report.tell(Rule::UsertimeAsText, field);
    }
    match digits.len() {
        9 | 10 => {}
        12 | 13 => report.tell(Rule::UsertimeMillis, field),
        _ => report.tell(Rule::UsertimeImplausible, field),
    }
}
