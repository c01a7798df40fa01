//! What is a device id, and what only looks like one?

use super::Platform;

/// Under which key Kochava knows a device id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdKey<'a> {
    /// Apple's advertising id.
    Idfa,
    /// Apple's vendor id.
    Idfv,
    /// Google's advertising id.
    Adid,
    /// Amazon's advertising id.
    FireAdid,
    /// Android's device id.
    AndroidId,
    /// Any other key that the operator or Kochava's client success team chose.
    Custom(&'a str),
}

impl<'a> IdKey<'a> {
    /// Kochava's spelling.
    #[must_use]
    pub fn as_str(self) -> &'a str {
        match self {
            IdKey::Idfa => "idfa",
            IdKey::Idfv => "idfv",
            IdKey::Adid => "adid",
            IdKey::FireAdid => "fire_adid",
            IdKey::AndroidId => "android_id",
            IdKey::Custom(name) => name,
        }
    }

    /// The key that is sent with an empty value where only the Kochava device id is known: Kochava's samples pad with the platform's own.
    pub(super) fn padding(platform: Platform) -> Self {
        match platform {
            Platform::Ios | Platform::Ipados | Platform::Tvos => IdKey::Idfa,
            Platform::Android => IdKey::Adid,
            Platform::Fire | Platform::Roku | Platform::Web | Platform::Unknown => IdKey::Custom("custom"),
        }
    }

    /// Does it exist for advertising, so that limited tracking forbids it?
    pub(super) fn is_for_advertising(self) -> bool {
        matches!(self, IdKey::Idfa | IdKey::Adid | IdKey::FireAdid | IdKey::Custom("rida" | "oaid"))
    }

    /// Does `id` look like an id of this kind?
    pub(super) fn fits(self, id: &str) -> bool {
        match self {
            IdKey::Idfa | IdKey::Idfv | IdKey::Adid | IdKey::FireAdid => is_uuid(id),
            IdKey::AndroidId => id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
            IdKey::Custom(_) => true,
        }
    }
}

/// Is this a word that stands where an id is missing?
///
/// All zeros mean limited tracking (Segment, Kochava destination); the words are Amplitude's own list of invalid ids (HTTP V2 API).
///
/// # Example
/// ```
/// use kochava_edge::kochava::is_placeholder;
/// assert!(is_placeholder("00000000-0000-0000-0000-000000000000") && is_placeholder("Unknown") && is_placeholder(""));
/// assert!(!is_placeholder("3f0c7a52e1d94b6f"));
/// ```
#[must_use]
pub fn is_placeholder(id: &str) -> bool {
    const WORDS: [&str; 11] = ["null", "nil", "none", "n/a", "na", "undefined", "unknown", "anonymous", "(none)", "-1", "{}"];
    id.bytes().all(|byte| matches!(byte, b'0' | b'-')) || (id.len() <= 9 && WORDS.iter().any(|word| id.eq_ignore_ascii_case(word)))
}

fn is_uuid(id: &str) -> bool {
    id.len() == 36
        && id.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
