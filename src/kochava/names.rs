//! Which names mean something to Kochava?

/// Names that must not be keys of `event_data` (Kochava, Post-Install Event Examples).
pub const RESERVED_KEYS: [&str; 11] = [
    "network",
    "source",
    "fb_campaign",
    "campaign",
    "site",
    "creative",
    "attribution_type",
    "integration_type",
    "integration_version",
    "cracked",
    "jailbroken",
];

/// Is `name` one of Kochava's standard events but for case and punctuation? Kochava Measurement for Flutter, list of standard events.
#[must_use]
pub fn is_near_standard(name: &str) -> bool {
    const STANDARD: [&str; 19] = [
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
    if !name.is_ascii() || name.len() > 2 * "Registration Complete".len() || STANDARD.contains(&name) {
        return false;
    }
    let count = letters(name).count();
    STANDARD.into_iter().any(|standard| standard.len() >= count && letters(standard).eq(letters(name)))
}

fn letters(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase())
}
