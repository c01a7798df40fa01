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

/// The bits of their prints.
pub const RESERVED_BITS: u64 = {
    let mut bits = 0;
    let mut at = 0;
    while at < RESERVED_KEYS.len() {
        bits |= RESERVED_KEYS[at].print().bit();
        at += 1;
    }
    bits
};

/// Must `key` not be one of `event_data`?
#[must_use]
pub fn is_reserved(key: Key<'_>) -> bool {
    RESERVED_KEYS.contains(&key)
}

/// Is `name` one of Kochava's standard events but for case and punctuation? Kochava Measurement for Flutter, list of standard events.
#[must_use]
pub fn is_near_standard(name: &str) -> bool {
    const STANDARD: [Key<'static>; 19] = [
        Key::of("Achievement"),
        Key::of("Add to Cart"),
        Key::of("Add to Wish List"),
        Key::of("Checkout Start"),
        Key::of("Level Complete"),
        Key::of("Purchase"),
        Key::of("Rating"),
        Key::of("Registration Complete"),
        Key::of("Search"),
        Key::of("Tutorial Complete"),
        Key::of("View"),
        Key::of("Ad View"),
        Key::of("Ad Click"),
        Key::of("Push Received"),
        Key::of("Push Opened"),
        Key::of("Consent Granted"),
        Key::of("_Deeplink"),
        Key::of("Start Trial"),
        Key::of("Subscribe"),
    ];
    if !name.is_ascii() || name.len() > 2 * "Registration Complete".len() || STANDARD.contains(&Key::of(name)) {
        return false;
    }
    let count = letters(name).count();
    STANDARD.into_iter().map(Key::as_str).any(|standard| standard.len() >= count && letters(standard).eq(letters(name)))
}

fn letters(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase())
}
