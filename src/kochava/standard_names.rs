//! The names that Kochava reserves: keys of `event_data`, and standard events.

use crate::json::Key;

/// Names that must not be keys of `event_data` (Kochava, Post-Install Event Examples).
const RESERVED_KEYS: [Key<'static>; 11] = [
    Key::of("network"),
    Key::of("source"),
    Key::of("fb_campaign"),
    Key::of("campaign"),
    Key::of("site"),
    Key::of("creative"),
    Key::of("attribution_type"),
    Key::of("integration_type"),
    Key::of("integration_version"),
    Key::of("cracked"),
    Key::of("jailbroken"),
];

/// The bits of the hashes of the reserved keys: a key whose bit is not among them is not reserved.
pub const RESERVED_BITS: u64 = {
    let mut bits = 0;
    let mut at = 0;
    while at < RESERVED_KEYS.len() {
        bits |= RESERVED_KEYS[at].hash().bit();
        at += 1;
    }
    bits
};

/// Reports whether `key` must not be a key of `event_data`.
#[must_use]
pub fn is_reserved(key: Key<'_>) -> bool {
    RESERVED_KEYS.contains(&key)
}

/// Kochava's standard events (Kochava Measurement for Flutter, list of standard events).
const STANDARD_EVENTS: [&str; 19] = [
    "Achievement",
    "Add to Cart",
    "Add to Wish List",
    "Checkout Start",
    "Level Complete",
    "Purchase",
    "Rating",
    "Registration Complete",
    "Search",
    "Tutorial Complete",
    "View",
    "Ad View",
    "Ad Click",
    "Push Received",
    "Push Opened",
    "Consent Granted",
    "_Deeplink",
    "Start Trial",
    "Subscribe",
];

/// For each first letter of a standard event, the last letters that occur with it, one bit each:
/// most names are dismissed by their two ends.
static LAST_LETTERS: [u32; 26] = {
    let mut last_letters = [0; 26];
    let mut at = 0;
    while at < STANDARD_EVENTS.len() {
        let name = STANDARD_EVENTS[at].as_bytes();
        let first = if name[0] == b'_' { name[1] } else { name[0] };
        last_letters[letter_index(first)] |= 1 << letter_index(name[name.len() - 1]);
        at += 1;
    }
    last_letters
};

/// The index of an ASCII letter in the alphabet.
const fn letter_index(byte: u8) -> usize {
    (byte.to_ascii_lowercase() - b'a') as usize
}

/// Reports whether `name` differs from a standard event only in case, spaces and punctuation:
/// `add_to_cart`, but not `Add to Cart` itself.
#[must_use]
pub fn is_near_standard(name: &str) -> bool {
    let [first, .., last] = *name.as_bytes() else {
        return false;
    };
    let are_letters = first.is_ascii_alphabetic() && last.is_ascii_alphabetic();
    if are_letters && LAST_LETTERS[letter_index(first)] >> letter_index(last) & 1 == 0 {
        return false;
    }
    if !name.is_ascii()
        || name.len() > 2 * "Registration Complete".len()
        || STANDARD_EVENTS.contains(&name)
    {
        return false;
    }
    standard_spelling(name).is_some()
}

/// The standard event whose name has the letters and digits of this one.
#[must_use]
pub fn standard_spelling(name: &str) -> Option<&'static str> {
    STANDARD_EVENTS
        .into_iter()
        .find(|standard| letters(standard).eq(letters(name)))
}

/// The letters and digits of a name, in lower case.
fn letters(name: &str) -> impl Iterator<Item = u8> {
    name.bytes()
        .filter(u8::is_ascii_alphanumeric)
        .map(|byte| byte.to_ascii_lowercase())
}
