//! Converts one JSON value for one field of a draft.
//!
//! In: a value that is not `null`. Out: what the field needs, nothing (the value means that there is
//! none), or the rule that the value breaks.

use crate::json::{Decimal, Spelling, Value, is_php_number, write_number};
use crate::kochava::{Att, Platform, Rule, is_placeholder, is_public, read_address};
use crate::limits::{EVENT_SECOND_FIRST, EVENT_SECOND_LAST, FUTURE_SECONDS_MAX};
use crate::time::Moment;
use alloc::borrow::{Cow, ToOwned};
use alloc::string::String;

/// The result of converting a value.
pub(super) enum Reading<T> {
    Value(T),
    Nothing,
    Unusable(Rule),
}

/// A text or a number, trimmed.
pub(super) fn label<'a>(value: &Value<'a>) -> Reading<Cow<'a, str>> {
    match text(value) {
        Some(text) if !means_absent(&text) => Reading::Value(text),
        _ => Reading::Nothing,
    }
}

/// A device id, trimmed; its case is kept, since Kochava matches it exactly.
pub(super) fn identifier<'a>(value: &Value<'a>) -> Reading<Cow<'a, str>> {
    match text(value) {
        Some(id) if !is_placeholder(&id) => Reading::Value(id),
        _ => Reading::Unusable(Rule::IdentifierPlaceholder),
    }
}

/// A user id as it came, not trimmed.
pub(super) fn user_id<'a>(value: &Value<'a>) -> Reading<Value<'a>> {
    match identifier(value) {
        Reading::Value(_) => Reading::Value(*value),
        Reading::Nothing => Reading::Nothing,
        Reading::Unusable(rule) => Reading::Unusable(rule),
    }
}

/// A literal public IP address.
pub(super) fn ip<'a>(value: &Value<'a>) -> Reading<Cow<'a, str>> {
    let Value::String(_) = value else {
        return Reading::Unusable(Rule::OriginationIpInvalid);
    };
    match text(value) {
        Some(text) if !means_absent(&text) => match read_address(&text) {
            Some(address) if is_public(address) => Reading::Value(text),
            Some(_) => Reading::Unusable(Rule::OriginationIpNotPublic),
            None => Reading::Unusable(Rule::OriginationIpInvalid),
        },
        _ => Reading::Nothing,
    }
}

/// The moment of an event, in any spelling that [`Moment::parse`] knows, numbers also with an
/// exponent. Default dates, which lie before 2000 or after every arrival, are no moments of events.
pub(super) fn moment(value: &Value<'_>, received_at: Option<Moment>) -> Reading<Moment> {
    let Some(text) = text(value) else {
        return Reading::Unusable(Rule::UsertimeUnreadable);
    };
    if means_absent(&text) {
        return Reading::Nothing;
    }
    match Moment::parse(&text).or_else(|| moment_of_exponent(&text)) {
        Some(moment) => plausible(moment, received_at),
        None if is_before_epochs(&text) => Reading::Unusable(Rule::UsertimeImplausible),
        None => Reading::Unusable(Rule::UsertimeUnreadable),
    }
}

fn plausible(moment: Moment, received_at: Option<Moment>) -> Reading<Moment> {
    let seconds = moment.seconds();
    let is_in_future = |now: Moment| seconds > now.seconds() + FUTURE_SECONDS_MAX;
    if received_at.is_some_and(is_in_future) {
        Reading::Unusable(Rule::UsertimeInFuture)
    } else if seconds < EVENT_SECOND_FIRST || (received_at.is_none() && seconds > EVENT_SECOND_LAST)
    {
        Reading::Unusable(Rule::UsertimeImplausible)
    } else {
        Reading::Value(moment)
    }
}

/// The moment of a number with an exponent, such as `1.7672256E12`, as Java prints a double.
fn moment_of_exponent(text: &str) -> Option<Moment> {
    if !text.contains(['e', 'E']) || Decimal::parse(text).is_none() {
        return None;
    }
    let mut digits = String::new();
    write_number(&mut digits, text, Spelling::Native);
    Moment::parse(&digits)
}

/// Whether a text is a number too small for an epoch of any unit, such as 0, -1 or -62135596800:
/// seconds have at least nine digits from 1973 on.
fn is_before_epochs(text: &str) -> bool {
    Decimal::parse(text).is_some_and(|number| number < Decimal::of("100000000"))
}

/// The flag that the user limits ad tracking.
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
    match keyword(&text).as_str() {
        "true" | "1" | "yes" | "y" | "on" => Reading::Value(true),
        "false" | "0" | "no" | "n" | "off" => Reading::Value(false),
        _ if means_absent(&text) => Reading::Nothing,
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
    let word = keyword(&text);
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
        _ if means_absent(&text) => Reading::Nothing,
        _ => Reading::Unusable(Rule::AttStatusUnreadable),
    }
}

/// A platform by any of its usual names; an unknown name counts as none.
pub(super) fn platform(value: &Value<'_>) -> Reading<Platform> {
    let Value::String(text) = value else {
        return Reading::Nothing;
    };
    let name = text.decode();
    Reading::Value(match name.as_ref() {
        // the spellings of Amplitude's SDKs
        "iOS" => Platform::Ios,
        "Android" => Platform::Android,
        "Web" => Platform::Web,
        name => return platform_named(&keyword(trim(name))),
    })
}

fn platform_named(word: &Keyword) -> Reading<Platform> {
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

/// An amount: a number, or text that is one.
pub(super) fn revenue<'a>(value: &Value<'a>) -> Reading<Cow<'a, str>> {
    match text(value) {
        Some(text) if means_absent(&text) => Reading::Nothing,
        Some(text) if Decimal::parse(&text).is_some() && is_php_number(&text) => {
            Reading::Value(text)
        }
        _ => Reading::Unusable(Rule::RevenueUnreadable),
    }
}

/// A currency code of three letters, converted to capitals.
pub(super) fn currency<'a>(value: &Value<'a>) -> Reading<Cow<'a, str>> {
    match (value, text(value)) {
        (_, Some(text)) if means_absent(&text) => Reading::Nothing,
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

/// The text of a string or a number, trimmed; `None` of other types and of a string with a lone
/// surrogate.
fn text<'a>(value: &Value<'a>) -> Option<Cow<'a, str>> {
    if let Value::String(text) = value
        && let Some(plain) = text.unescaped()
    {
        return Some(Cow::Borrowed(trim(plain)));
    }
    other_text(value)
}

// out of line: inlined into every field's look-up it costs `plan` 5 %
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

/// `str::trim`, with a fast path for visible ASCII at both ends.
pub(super) fn trim(text: &str) -> &str {
    match text.as_bytes() {
        [b'!'..=b'~'] | [b'!'..=b'~', .., b'!'..=b'~'] => text,
        _ => text.trim(),
    }
}

/// Whether a text is what templates and SDKs write for a missing value (Amplitude, Webhooks: missing
/// values become empty strings).
fn means_absent(text: &str) -> bool {
    text.is_empty()
        || ["null", "undefined", "(none)"]
            .iter()
            .any(|word| text.eq_ignore_ascii_case(word))
}

/// A word in lower case without the separators inside it, so that `not_determined`, `notDetermined`
/// and `Not Determined` are one; or one of the numbers 0 to 3 as a digit, also when written `1.0`.
/// Empty for any other text, such as one with a sign or in another script.
fn keyword(text: &str) -> Keyword {
    let mut word = Keyword {
        letters: [0; KEYWORD_BYTES_MAX],
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
        if byte.is_ascii_alphanumeric() && word.length < KEYWORD_BYTES_MAX {
            word.push(byte.to_ascii_lowercase());
        } else if !is_separator(byte) || at == 0 || at + 1 == text.len() {
            word.length = 0;
            break;
        }
    }
    word
}

/// A normalised word: ASCII letters and digits.
struct Keyword {
    letters: [u8; KEYWORD_BYTES_MAX],
    length: usize,
}

/// Longer than the longest known word, `attrackingmanagerauthorizationstatusnotdetermined`.
const KEYWORD_BYTES_MAX: usize = 64;

impl Keyword {
    fn push(&mut self, letter: u8) {
        self.letters[self.length] = letter;
        self.length += 1;
    }

    fn as_str(&self) -> &str {
        core::str::from_utf8(&self.letters[..self.length]).expect("letters and digits are ASCII")
    }
}
