//! How is one value read for one field?
//!
//! A reader takes a JSON value and gives what the field wants, nothing, or the rule that the value
//! breaks.

use crate::json::{Decimal, Spelling, Value, is_php_number, write_number};
use crate::kochava::{Att, Platform, Rule, is_placeholder, is_public, read_address};
use crate::limits::FUTURE_SECONDS_MAX;
use crate::time::Moment;
use alloc::borrow::{Cow, ToOwned};
use alloc::string::String;

/// What reading a value came to.
pub(super) enum Reading<T> {
    Value(T),
    Nothing,
    Unusable(Rule),
}

/// Any text or number that says something, trimmed.
pub(super) fn word<'a>(value: &Value<'a>) -> Reading<Cow<'a, str>> {
    match text(value) {
        Some(text) if !says_nothing(&text) => Reading::Value(text),
        _ => Reading::Nothing,
    }
}

/// A device id: never re-cased, never hashed.
pub(super) fn identifier<'a>(value: &Value<'a>) -> Reading<Cow<'a, str>> {
    match text(value) {
        Some(id) if !is_placeholder(&id) => Reading::Value(id),
        _ => Reading::Unusable(Rule::IdentifierPlaceholder),
    }
}

/// A user id, as it came.
pub(super) fn user_id<'a>(value: &Value<'a>) -> Reading<Value<'a>> {
    match identifier(value) {
        Reading::Value(_) => Reading::Value(*value),
        Reading::Nothing => Reading::Nothing,
        Reading::Unusable(rule) => Reading::Unusable(rule),
    }
}

/// A literal address that the Internet routes.
pub(super) fn ip<'a>(value: &Value<'a>) -> Reading<Cow<'a, str>> {
    let Value::String(_) = value else {
        return Reading::Unusable(Rule::OriginationIpInvalid);
    };
    match text(value) {
        Some(text) if !says_nothing(&text) => match read_address(&text) {
            Some(address) if is_public(address) => Reading::Value(text),
            Some(_) => Reading::Unusable(Rule::OriginationIpNotPublic),
            None => Reading::Unusable(Rule::OriginationIpInvalid),
        },
        _ => Reading::Nothing,
    }
}

/// A moment in any spelling that [`Moment::parse`] knows.
pub(super) fn moment(value: &Value<'_>, received_at: Option<Moment>) -> Reading<Moment> {
    let text = match value {
        Value::Number(number) => {
            let mut spelled = String::new();
            write_number(&mut spelled, number, Spelling::Native);
            Some(Cow::Owned(spelled))
        }
        _ => text(value),
    };
    match text {
        Some(text) if says_nothing(&text) => Reading::Nothing,
        Some(text) => match Moment::parse(&text) {
            Some(moment)
                if received_at
                    .is_some_and(|now| moment.seconds() > now.seconds() + FUTURE_SECONDS_MAX) =>
            {
                Reading::Unusable(Rule::UsertimeInFuture)
            }
            // before 1970 no phone could send an event
            Some(moment) if moment.millis >= 0 => Reading::Value(moment),
            Some(_) | None => Reading::Unusable(Rule::UsertimeUnreadable),
        },
        None => Reading::Unusable(Rule::UsertimeUnreadable),
    }
}

/// Whether ad tracking is limited.
pub(super) fn limit_ad_tracking(value: &Value<'_>) -> Reading<bool> {
    flag(value, Rule::LimitAdTrackingUnreadable)
}

/// One of Google's consent flags.
pub(super) fn consent(value: &Value<'_>) -> Reading<bool> {
    flag(value, Rule::ConsentUnreadable)
}

fn flag(value: &Value<'_>, rule: Rule) -> Reading<bool> {
    if let Value::Bool(word) = value {
        return Reading::Value(*word == "true");
    }
    let Some(text) = text(value) else {
        return Reading::Unusable(rule);
    };
    match key_word(&text).as_str() {
        "true" | "1" | "yes" | "y" | "on" => Reading::Value(true),
        "false" | "0" | "no" | "n" | "off" => Reading::Value(false),
        _ if says_nothing(&text) => Reading::Nothing,
        _ => Reading::Unusable(rule),
    }
}

/// Apple's `ATTrackingManager.AuthorizationStatus`, by name or number, or as a plain yes or no.
pub(super) fn att(value: &Value<'_>) -> Reading<Att> {
    let status = |authorized, detail| Reading::Value(Att { authorized, detail });
    match value {
        Value::Bool("true") => return status(true, Some("authorized")),
        Value::Bool(_) => return status(false, None),
        _ => {}
    }
    let Some(text) = text(value) else {
        return Reading::Unusable(Rule::AttStatusUnreadable);
    };
    let word = key_word(&text);
    let word = word.as_str();
    match word
        .strip_prefix("attrackingmanagerauthorizationstatus")
        .unwrap_or(word)
    {
        "authorized" | "authorised" | "3" | "true" | "yes" => status(true, Some("authorized")),
        "denied" | "2" => status(false, Some("denied")),
        "restricted" | "1" => status(false, Some("restricted")),
        "notdetermined" | "undetermined" | "0" => status(false, Some("notDetermined")),
        "notauthorized" | "notauthorised" | "unauthorized" | "unauthorised" | "false" | "no" => {
            status(false, None)
        }
        _ if says_nothing(&text) => Reading::Nothing,
        _ => Reading::Unusable(Rule::AttStatusUnreadable),
    }
}

/// A platform by any of its usual names; what is not known says nothing.
pub(super) fn platform(value: &Value<'_>) -> Reading<Platform> {
    let Value::String(text) = value else {
        return Reading::Nothing;
    };
    let name = text.decode();
    Reading::Value(match name.as_ref() {
        // as SDKs write it
        "iOS" => Platform::Ios,
        "Android" => Platform::Android,
        "Web" => Platform::Web,
        name => return platform_named(&key_word(trim(name))),
    })
}

fn platform_named(word: &Word) -> Reading<Platform> {
    Reading::Value(match word.as_str() {
        "ios" | "iphone" | "iphoneos" => Platform::Ios,
        "ipados" | "ipad" => Platform::Ipados,
        "tvos" | "appletv" => Platform::Tvos,
        "android" => Platform::Android,
        "fire" | "fireos" | "firetv" | "amazon" | "kindle" => Platform::Fire,
        "roku" | "rokuos" => Platform::Roku,
        "web" | "javascript" | "browser" => Platform::Web,
        _ => return Reading::Nothing,
    })
}

/// An amount: a number, or text that is one. An empty text is no amount at all.
pub(super) fn revenue<'a>(value: &Value<'a>) -> Reading<Cow<'a, str>> {
    match text(value) {
        Some(text) if says_nothing(&text) => Reading::Nothing,
        Some(text) if Decimal::parse(&text).is_some() && is_php_number(&text) => {
            Reading::Value(text)
        }
        _ => Reading::Unusable(Rule::RevenueUnreadable),
    }
}

/// A currency of three letters, in capitals.
pub(super) fn currency<'a>(value: &Value<'a>) -> Reading<Cow<'a, str>> {
    match (value, text(value)) {
        (_, Some(text)) if says_nothing(&text) => Reading::Nothing,
        (Value::String(_), Some(text))
            if text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic()) =>
        {
            let is_capital = text.bytes().all(|byte| byte.is_ascii_uppercase());
            Reading::Value(if is_capital {
                text
            } else {
                Cow::Owned(text.to_ascii_uppercase())
            })
        }
        _ => Reading::Unusable(Rule::CurrencyUnreadable),
    }
}

/// The text of a string or a number, trimmed; none of a string with half a character in it.
fn text<'a>(value: &Value<'a>) -> Option<Cow<'a, str>> {
    if let Value::String(text) = value
        && let Some(plain) = text.unescaped()
    {
        return Some(Cow::Borrowed(trim(plain)));
    }
    other_text(value)
}

#[inline(never)]
fn other_text<'a>(value: &Value<'a>) -> Option<Cow<'a, str>> {
    match *value {
        Value::String(text) if text.has_lone_surrogate() => None,
        Value::Number(number) => Some(Cow::Borrowed(number)),
        Value::String(text) => Some(match text.decode() {
            Cow::Borrowed(text) => Cow::Borrowed(trim(text)),
            Cow::Owned(text) => Cow::Owned(trim(&text).to_owned()),
        }),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// `str::trim`, quick where there is nothing to trim.
pub(super) fn trim(text: &str) -> &str {
    match text.as_bytes() {
        [b'!'..=b'~'] | [b'!'..=b'~', .., b'!'..=b'~'] => text,
        _ => text.trim(),
    }
}

/// What templates and SDKs write where they have no value (Amplitude, Webhooks: missing values come
/// out as empty strings).
fn says_nothing(text: &str) -> bool {
    text.is_empty()
        || ["null", "undefined", "(none)"]
            .iter()
            .any(|word| text.eq_ignore_ascii_case(word))
}

/// A word in lower case without the separators inside it, so that `not_determined`, `notDetermined`
/// and `Not Determined` are one; a number without a needless fraction. Whatever has a sign, another
/// mark or another script in it is no word that is known here: empty.
fn key_word(text: &str) -> Word {
    let mut word = Word {
        letters: [0; WORD_MAX],
        length: 0,
    };
    let may_be_number = text.starts_with(|first: char| !first.is_ascii_alphabetic());
    if may_be_number && let Some(number) = Decimal::parse(text) {
        let known = ["0", "1", "2", "3"]
            .into_iter()
            .find(|digit| number == Decimal::of(digit));
        known
            .into_iter()
            .flat_map(str::bytes)
            .for_each(|digit| word.push(digit));
        return word;
    }
    let is_separator = |byte| matches!(byte, b' ' | b'_' | b'-' | b'.');
    for (at, byte) in text.bytes().enumerate() {
        if byte.is_ascii_alphanumeric() && word.length < WORD_MAX {
            word.push(byte.to_ascii_lowercase());
        } else if !is_separator(byte) || at == 0 || at + 1 == text.len() {
            word.length = 0;
            break;
        }
    }
    word
}

/// Letters and digits.
struct Word {
    letters: [u8; WORD_MAX],
    length: usize,
}

/// More than the longest word that is known here.
const WORD_MAX: usize = 64;

impl Word {
    fn push(&mut self, letter: u8) {
        self.letters[self.length] = letter;
        self.length += 1;
    }

    fn as_str(&self) -> &str {
        core::str::from_utf8(&self.letters[..self.length]).unwrap_or_default()
    }
}
