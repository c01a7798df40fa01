//! Tells whether a value can fill a field, for proposals of paths.
//!
//! In: a value of an event and a field that a setting maps. Out: whether the mapping would read it
//! as a value of the field's kind, so that what cannot be sent is never proposed: a placeholder, an
//! id of zeros, a private address.

use super::attribution;
use super::read::{self, Reading};
use crate::json::Value;
use crate::kochava::{IdKey, Platform};
use crate::source::Attribute;

/// A field that a setting maps to paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MappedField {
    /// A key of `mapping`.
    Attribute(Attribute),
    /// A key of `mapping.custom_ids`.
    CustomId(&'static str),
    /// `mapping.event_name`.
    EventName,
    /// `events.revenue.from`.
    Amount,
    /// `events.revenue.currency`.
    Currency,
}

/// A sender's own words for a platform, each with the usual one.
type PlatformWords = [(&'static str, &'static str)];

/// Longest name of an event that is proposed, in bytes: a text beyond it is prose.
const NAME_BYTES_MAX: usize = 100;

/// Whether a value can fill a field.
#[must_use]
pub fn fits(field: MappedField, value: &Value<'_>, words: &PlatformWords) -> bool {
    let is_id = |key| is_value(&read::device_id(key, value));
    match field {
        MappedField::CustomId(name) => is_id(IdKey::named(name)),
        MappedField::EventName => is_name(value),
        MappedField::Amount => is_value(&read::amount(value)),
        MappedField::Currency => is_value(&read::currency(value)),
        MappedField::Attribute(attribute) => match attribute {
            Attribute::KochavaDeviceId => is_value(&read::kochava_device_id(value)),
            Attribute::OriginationIp => is_value(&read::ip(value)),
            Attribute::Idfa => is_id(IdKey::Idfa),
            Attribute::Idfv => is_id(IdKey::Idfv),
            Attribute::Adid => is_id(IdKey::Adid),
            Attribute::AndroidId => is_id(IdKey::AndroidId),
            Attribute::DeviceUa => is_value(&read::user_agent(value)),
            Attribute::Att => is_value(&read::att(value)),
            Attribute::Usertime => is_value(&read::moment(value, None)),
            Attribute::Platform => platform_of(value, words).is_some(),
            Attribute::UserId => is_value(&read::user_id(value)),
            Attribute::LimitAdTracking => {
                is_value(&read::limit_ad_tracking(value, read::LimitWord::Limited))
            }
            Attribute::GdprApplies => is_value(&read::gdpr_applies(value)),
            Attribute::AdUserData | Attribute::AdPersonalization => is_value(&read::consent(value)),
            Attribute::TcString => is_tc_string(value),
            Attribute::AppVersion | Attribute::OsVersion => has_digit(value),
            Attribute::DeviceModel => is_value(&read::label(value)),
            Attribute::InstallReferrer | Attribute::AdServicesToken => {
                is_value(&attribution::text(value))
            }
            Attribute::AdServicesDetails => is_value(&attribution::object(value)),
            Attribute::ReferrerClickTime => is_value(&attribution::click_time(value, None)),
        },
    }
}

/// The platform that a value names.
#[must_use]
pub fn platform_of(value: &Value<'_>, words: &PlatformWords) -> Option<Platform> {
    match read::platform(value, words) {
        Reading::Value(platform) => Some(platform),
        Reading::Nothing | Reading::Unusable(_) => None,
    }
}

fn is_value<T>(reading: &Reading<T>) -> bool {
    matches!(reading, Reading::Value(_))
}

/// Whether a value is a short text that is neither a time, an address nor an id.
fn is_name(value: &Value<'_>) -> bool {
    let Value::String(_) = value else {
        return false;
    };
    let Reading::Value(name) = read::label(value) else {
        return false;
    };
    name.len() <= NAME_BYTES_MAX
        && name.contains(char::is_alphabetic)
        && !name.contains("://")
        && !is_value(&read::device_id(IdKey::Idfv, value))
        && !is_value(&read::moment(value, None))
}

/// Whether a value is a version: a text or a number with a digit in it.
fn has_digit(value: &Value<'_>) -> bool {
    match read::label(value) {
        Reading::Value(text) => text.len() <= 40 && text.bytes().any(|byte| byte.is_ascii_digit()),
        Reading::Nothing | Reading::Unusable(_) => false,
    }
}

/// Whether a value is a TC string: segments of base64url, the first of which begins with the version
/// in six bits, `C` for 2 (IAB Europe, TC string format).
fn is_tc_string(value: &Value<'_>) -> bool {
    match read::label(value) {
        Reading::Value(text) => {
            text.len() >= 20
                && text.starts_with('C')
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        }
        Reading::Nothing | Reading::Unusable(_) => false,
    }
}
