//! Which names mean something to Kochava?

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

/// The bits of their hashes.
pub const RESERVED_BITS: u64 = {
    let mut bits = 0;
    let mut at = 0;
    while at < RESERVED_KEYS.len() {
        bits |= RESERVED_KEYS[at].hash().bit();
        at += 1;
    }
    bits
};

/// Must `key` not be one of `event_data`?
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

/// By the first letter of standard events, a bit for each last one.
static LAST_LETTERS: [u32; 26] = {
    let mut last_letters = [0; 26];
    let mut at = 0;
    while at < STANDARD_EVENTS.len() {
        let name = STANDARD_EVENTS[at].as_bytes();
        let first = if name[0] == b'_' { name[1] } else { name[0] };
        last_letters[letter(first)] |= 1 << letter(name[name.len() - 1]);
        at += 1;
    }
    last_letters
};

/// Which letter of the alphabet is it?
const fn letter(byte: u8) -> usize {
    (byte.to_ascii_lowercase() - b'a') as usize
}

/// Is `name` one of Kochava's standard events but for case and punctuation?
#[must_use]
pub fn is_near_standard(name: &str) -> bool {
    let [first, .., last] = *name.as_bytes() else {
        return false;
    };
    let are_letters = first.is_ascii_alphabetic() && last.is_ascii_alphabetic();
    if are_letters && LAST_LETTERS[letter(first)] >> letter(last) & 1 == 0 {
        return false;
    }
    if !name.is_ascii()
        || name.len() > 2 * "Registration Complete".len()
        || STANDARD_EVENTS.contains(&name)
    {
        return false;
    }
    STANDARD_EVENTS
        .into_iter()
        .any(|standard| letters(standard).eq(letters(name)))
}

fn letters(text: &str) -> impl Iterator<Item = u8> {
    text.bytes()
        .filter(u8::is_ascii_alphanumeric)
        .map(|byte| byte.to_ascii_lowercase())
}
