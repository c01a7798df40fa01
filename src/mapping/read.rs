//! Converts one JSON value for one field of a draft.
//!
//! In: a value that is not `null`. Out: what the field needs, nothing (the value means that there is
//! none), or the rule that the value breaks.

use super::words::{Keyword, choice, keyword};
use crate::json::{Decimal, Spelling, Value, spells_php_number, trim, write_number};
use crate::kochava::{
    Att, IdKey, Platform, Rule, decode_user_agent, find_address, is_null_word, is_placeholder,
    is_public, means_missing,
};
use crate::limits::{EVENT_SECOND_FIRST, EVENT_SECOND_LAST, FUTURE_SECONDS_MAX};
use crate::time::Moment;
use alloc::borrow::{Cow, ToOwned};
use alloc::string::{String, ToString};
use core::net::IpAddr;

/// The result of converting a value.
pub(super) enum Reading<T> {
    Value(T),
    Nothing,
    Unusable(Rule),
}

/// A text or a number, trimmed; nothing if it says that the value is missing.
pub(super) fn label<'a>(value: &Value<'a>) -> Reading<Cow<'a, str>> {
    match text(value) {
        Some(text) if !means_missing(&text) => Reading::Value(text),
        _ => Reading::Nothing,
    }
}

/// As [`label`], with U+FFFD in the place of half a character.
pub(super) fn repaired_label<'a>(value: &Value<'a>) -> Reading<Cow<'a, str>> {
    match *value {
        Value::String(text) if text.has_lone_surrogate() => {
            Reading::Value(Cow::Owned(trim(&text.decode()).to_owned()))
        }
        _ => label(value),
    }
}

/// A device id of this key, trimmed; its case is kept, since Kochava matches it exactly.
pub(super) fn device_id<'a>(key: IdKey<'_>, value: &Value<'a>) -> Reading<Cow<'a, str>> {
    let Some(id) = text(value) else {
        return Reading::Unusable(Rule::IdentifierPlaceholder);
    };
    match key.fault_of(&id) {
        None => Reading::Value(id),
        Some(rule) => Reading::Unusable(rule),
    }
}

/// A Kochava device id, trimmed.
pub(super) fn kochava_device_id<'a>(value: &Value<'a>) -> Reading<Cow<'a, str>> {
    match text(value) {
        Some(id) if !is_placeholder(&id) => Reading::Value(id),
        _ => Reading::Unusable(Rule::IdentifierPlaceholder),
    }
}

/// A user id, trimmed: a text or a number.
pub(super) fn user_id<'a>(value: &Value<'a>) -> Reading<Value<'a>> {
    let is_id = match *value {
        Value::Number(number) => !is_placeholder(&number_as_sent(number)),
        Value::String(_) => text(value).is_some_and(|id| !is_placeholder(&id)),
        _ => false,
    };
    if is_id {
        Reading::Value(value.trimmed())
    } else {
        Reading::Unusable(Rule::IdentifierPlaceholder)
    }
}

/// The text of a number as it is sent: `1e-400` is `0`.
pub(super) fn number_as_sent(number: &str) -> Cow<'_, str> {
    let is_integer = |byte: u8| byte.is_ascii_digit() || byte == b'-';
    if number.bytes().all(is_integer) {
        return Cow::Borrowed(number);
    }
    let mut spelled = String::new();
    write_number(&mut spelled, number, Spelling::Native);
    Cow::Owned(spelled)
}

/// The user agent of a device, trimmed. It may be URL-encoded already.
pub(super) fn user_agent<'a>(value: &Value<'a>) -> Reading<Cow<'a, str>> {
    match (value, text(value)) {
        (Value::String(_), Some(agent)) if agent.is_empty() => Reading::Nothing,
        (Value::String(_), Some(agent)) if !is_placeholder(&decode_user_agent(&agent)) => {
            Reading::Value(agent)
        }
        _ => Reading::Unusable(Rule::DeviceUaPlaceholder),
    }
}

/// A public IP address as one literal; an IPv4-mapped one as IPv4. Of a list the first.
pub(super) fn ip<'a>(value: &Value<'a>) -> Reading<Cow<'a, str>> {
    if let Value::Array(_) = value {
        return value.elements().find(|element| !element.is_null()).map_or(
            Reading::Nothing,
            |first| match first {
                Value::Array(_) => Reading::Unusable(Rule::OriginationIpInvalid),
                first => ip(&first),
            },
        );
    }
    let Value::String(_) = value else {
        return Reading::Unusable(Rule::OriginationIpInvalid);
    };
    match text(value) {
        Some(text) if is_null_word(&text) => Reading::Nothing,
        Some(Cow::Borrowed(text)) => address(text).map_or_else(Reading::Unusable, Reading::Value),
        Some(Cow::Owned(text)) => match address(&text) {
            Ok(literal) => Reading::Value(Cow::Owned(literal.into_owned())),
            Err(rule) => Reading::Unusable(rule),
        },
        None => Reading::Nothing,
    }
}

/// The literal of the address in a text.
fn address(text: &str) -> Result<Cow<'_, str>, Rule> {
    match find_address(text) {
        Some((literal, address)) if is_public(address) => Ok(match address {
            IpAddr::V6(long) if long.to_ipv4_mapped().is_some() => match literal.rsplit_once(':') {
                Some((_, short)) if short.contains('.') => Cow::Borrowed(short),
                _ => Cow::Owned(address.to_canonical().to_string()),
            },
            _ => Cow::Borrowed(literal),
        }),
        Some(_) => Err(Rule::OriginationIpNotPublic),
        None => Err(Rule::OriginationIpInvalid),
    }
}

/// The moment of an event, in any spelling that [`Moment::parse`] knows, numbers also with an
/// exponent. Default dates, which lie before 2000 or after every arrival, are no moments of events.
pub(super) fn moment(value: &Value<'_>, received_at: Option<Moment>) -> Reading<Moment> {
    let Some(text) = text(value) else {
        return Reading::Unusable(Rule::UsertimeUnreadable);
    };
    if is_null_word(&text) {
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

/// What a value says about ad tracking.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LimitWord {
    /// That it is limited.
    Limited,
    /// That it is allowed.
    Allowed,
    /// As an advertising id that consists of zeros, that it is limited; as any other, nothing.
    Zeros,
}

/// Whether the user limits ad tracking.
pub(super) fn limit_ad_tracking(value: &Value<'_>, word: LimitWord) -> Reading<bool> {
    if word == LimitWord::Zeros {
        let is_zero =
            |text: &str| text.contains('0') && text.bytes().all(|byte| matches!(byte, b'0' | b'-'));
        return match text(value) {
            Some(text) if is_zero(&text) => Reading::Value(true),
            _ => Reading::Nothing,
        };
    }
    match flag(value, Rule::LimitAdTrackingUnreadable, |_| None) {
        Reading::Value(says) => Reading::Value(says == (word == LimitWord::Limited)),
        other => other,
    }
}

/// Whether the GDPR applies.
pub(super) fn gdpr_applies(value: &Value<'_>) -> Reading<bool> {
    flag(value, Rule::ConsentUnreadable, |_| None)
}

/// One of Google's consent flags, as a flag or in Google's words (Google, Consent mode): `granted`,
/// `DENIED`, `ConsentStatus.GRANTED`.
pub(super) fn consent(value: &Value<'_>) -> Reading<bool> {
    flag(value, Rule::ConsentUnreadable, |word| match word {
        "granted" => Some(true),
        "denied" => Some(false),
        _ => None,
    })
}

/// A flag: a boolean, a number, or a word for one of them; `further` knows more words.
#[inline(never)]
fn flag(value: &Value<'_>, rule: Rule, further: fn(&str) -> Option<bool>) -> Reading<bool> {
    if let Value::Bool(word) = value {
        return Reading::Value(*word == "true");
    }
    let Some(text) = text(value) else {
        return Reading::Unusable(rule);
    };
    if is_null_word(&text) {
        return Reading::Nothing;
    }
    let known = choice(&text, &|word| match word {
        "true" | "1" | "yes" | "y" | "on" => Some(true),
        "false" | "0" | "no" | "n" | "off" => Some(false),
        word => further(word),
    });
    known.map_or(Reading::Unusable(rule), Reading::Value)
}

/// Apple's `ATTrackingManager.AuthorizationStatus`, by name or number, or as a plain yes or no, in
/// the words of common SDKs: Expo and React Native Permissions write `granted`, `undetermined` and
/// `blocked`, Flutter `TrackingStatus.authorized`, and most of them `unavailable` where the system
/// has no such status.
pub(super) fn att(value: &Value<'_>) -> Reading<Att> {
    let status = |authorized, detail| Some(Reading::Value(Att { authorized, detail }));
    match value {
        Value::Bool("true") => {
            return Reading::Value(Att {
                authorized: true,
                detail: Some("authorized"),
            });
        }
        Value::Bool(_) => {
            return Reading::Value(Att {
                authorized: false,
                detail: None,
            });
        }
        _ => {}
    }
    let Some(text) = text(value) else {
        return Reading::Unusable(Rule::AttStatusUnreadable);
    };
    if is_null_word(&text) {
        return Reading::Nothing;
    }
    // Swift prints the enum as `ATTrackingManagerAuthorizationStatus(rawValue: 3)`
    let text = text
        .strip_suffix(')')
        .and_then(|text| text.split_once("(rawValue: "))
        .map_or(&*text, |(_, number)| number);
    choice(text, &|word| match word
        .strip_prefix("attrackingmanagerauthorizationstatus")
        .unwrap_or(word)
    {
        "authorized" | "authorised" | "granted" | "3" | "true" | "yes" => {
            status(true, Some("authorized"))
        }
        "denied" | "blocked" | "permanentlydenied" | "2" => status(false, Some("denied")),
        "restricted" | "1" => status(false, Some("restricted")),
        "notdetermined" | "undetermined" | "0" => status(false, Some("notDetermined")),
        "notauthorized" | "notauthorised" | "unauthorized" | "unauthorised" | "notgranted"
        | "false" | "no" => status(false, None),
        "unavailable" | "notavailable" | "notsupported" | "unsupported" => Some(Reading::Nothing),
        _ => None,
    })
    .unwrap_or(Reading::Unusable(Rule::AttStatusUnreadable))
}

/// A platform by any of its usual names, or by a word of the sender's that stands beside one in
/// `words`; an unknown name counts as none.
pub(super) fn platform(value: &Value<'_>, words: &[(&str, &str)]) -> Reading<Platform> {
    let Value::String(text) = value else {
        return Reading::Nothing;
    };
    let name = text.decode();
    let usual = words.iter().find(|(word, _)| *word == name);
    Reading::Value(match usual.map_or(name.as_ref(), |(_, usual)| usual) {
        // the spellings of Amplitude's SDKs
        "iOS" => Platform::Ios,
        "Android" => Platform::Android,
        "Web" => Platform::Web,
        name => return platform_named(&keyword(trim(name))),
    })
}

fn platform_named(word: &Keyword) -> Reading<Platform> {
    // some senders write the version behind the name: `iOS 17.2`
    let name = word
        .as_str()
        .trim_end_matches(|last: char| last.is_ascii_digit());
    Reading::Value(match name {
        "ios" | "iphone" | "iphoneos" | "ipod" | "ipodtouch" => Platform::Ios,
        "ipados" | "ipad" => Platform::Ipados,
        "tvos" | "appletv" | "appletvos" => Platform::Tvos,
        "visionos" | "xros" | "applevision" | "applevisionpro" => Platform::Visionos,
        "watchos" | "applewatch" => Platform::Watchos,
        "macos" | "macosx" | "osx" | "mac" | "macintosh" | "maccatalyst" => Platform::Macos,
        "android" => Platform::Android,
        "fire" | "fireos" | "firetv" | "amazon" | "kindle" => Platform::Fire,
        "roku" | "rokuos" => Platform::Roku,
        "web" | "javascript" | "browser" => Platform::Web,
        _ => return Reading::Nothing,
    })
}

/// An amount: a number, or text that is one.
pub(super) fn amount<'a>(value: &Value<'a>) -> Reading<Cow<'a, str>> {
    match text(value) {
        Some(text) if is_null_word(&text) => Reading::Nothing,
        Some(text) if spells_php_number(&text) => Reading::Value(text),
        _ => Reading::Unusable(Rule::RevenueUnreadable),
    }
}

/// A currency code of three letters, converted to capitals.
pub(super) fn currency<'a>(value: &Value<'a>) -> Reading<Cow<'a, str>> {
    match (value, text(value)) {
        (_, Some(text)) if means_missing(&text) && !text.contains(is_currency_sign) => {
            Reading::Nothing
        }
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

/// Whether a character is a currency's sign: `$`, those of Latin-1, and the block of Unicode.
fn is_currency_sign(character: char) -> bool {
    matches!(character, '$' | '\u{a2}'..='\u{a5}' | '\u{20a0}'..='\u{20cf}')
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
