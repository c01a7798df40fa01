//! What is a device id, and what only looks like one?

use super::Platform;
use crate::json::hex_digits;

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

    /// The key of this spelling.
    #[must_use]
    pub fn named(name: &'a str) -> Self {
        let own = [
            IdKey::Idfa,
            IdKey::Idfv,
            IdKey::Adid,
            IdKey::FireAdid,
            IdKey::AndroidId,
        ];
        own.into_iter()
            .find(|key| key.as_str() == name)
            .unwrap_or(IdKey::Custom(name))
    }

    /// How well this spelling is known.
    #[must_use]
    pub fn spelling(self) -> KeySpelling {
        match self {
            IdKey::Custom(name) => custom_spelling(name),
            _ => KeySpelling::Known,
        }
    }

    /// The key that is sent with an empty value where only the Kochava device id is known:
    /// Kochava's samples pad with the platform's own.
    pub(super) fn padding(platform: Platform) -> Self {
        match platform {
            Platform::Ios | Platform::Ipados | Platform::Tvos => IdKey::Idfa,
            Platform::Android => IdKey::Adid,
            Platform::Fire | Platform::Roku | Platform::Web | Platform::Unknown => {
                IdKey::Custom("custom")
            }
        }
    }

    /// Does it exist for advertising, so that limited tracking forbids it?
    pub(super) fn is_for_advertising(self) -> bool {
        matches!(
            self,
            IdKey::Idfa | IdKey::Adid | IdKey::FireAdid | IdKey::Custom("rida" | "oaid")
        )
    }

    /// Does `id` look like an id of this kind?
    #[must_use]
    pub fn fits(self, id: &str) -> bool {
        match self {
            IdKey::Idfa | IdKey::Idfv | IdKey::Adid | IdKey::FireAdid => is_uuid(id),
            IdKey::AndroidId => {
                <&[u8; 16]>::try_from(id.as_bytes()).is_ok_and(|id| hex_digits(id) == u16::MAX)
            }
            IdKey::Custom(_) => true,
        }
    }
}

/// How well Kochava's pages know the spelling of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySpelling {
    /// They name it.
    Known,
    /// Older pages or a single vendor's write it so.
    Outdated,
    /// They spell it otherwise.
    Wrong,
    /// They do not name it; Kochava may have provisioned it for this app.
    Unknown,
}

/// Roku's ids, the literal `custom` and what Kochava's own SDKs send are known. The oldest page and
/// Tealium write `ADID`, the page of 2020 `UDID`, mParticle `faid`; `imei` and `mac` are gone from
/// the table since its fourth version. `gaid` is a name of other vendors.
fn custom_spelling(name: &str) -> KeySpelling {
    const KNOWN: [&str; 7] = ["rida", "udid", "openudid", "custom", "oaid", "asid", "cgid"];
    const OTHERS: [&str; 9] = [
        "gaid",
        "aaid",
        "gpsadid",
        "advertisingid",
        "googleadid",
        "amazonadid",
        "idvf",
        "ifa",
        "ifv",
    ];
    if KNOWN.contains(&name) {
        return KeySpelling::Known;
    }
    if ["ADID", "UDID", "faid", "imei", "mac"].contains(&name) {
        return KeySpelling::Outdated;
    }
    let letters = || {
        name.bytes()
            .filter(u8::is_ascii_alphanumeric)
            .map(|byte| byte.to_ascii_lowercase())
    };
    let own = [
        IdKey::Idfa,
        IdKey::Idfv,
        IdKey::Adid,
        IdKey::FireAdid,
        IdKey::AndroidId,
    ]
    .map(IdKey::as_str);
    let is_respelled = own
        .into_iter()
        .chain(KNOWN)
        .any(|known| letters().eq(known.bytes().filter(u8::is_ascii_alphanumeric)));
    let is_anothers = OTHERS.into_iter().any(|other| letters().eq(other.bytes()));
    if is_respelled || is_anothers {
        KeySpelling::Wrong
    } else {
        KeySpelling::Unknown
    }
}

/// Is this a word that stands where an id is missing?
///
/// All zeros mean limited tracking (Segment, Kochava destination); the words are Amplitude's own
/// list of invalid ids (HTTP V2 API).
///
#[must_use]
pub fn is_placeholder(id: &str) -> bool {
    const WORDS: [&str; 11] = [
        "null",
        "nil",
        "none",
        "n/a",
        "na",
        "undefined",
        "unknown",
        "anonymous",
        "(none)",
        "-1",
        "{}",
    ];
    id.bytes().all(|byte| matches!(byte, b'0' | b'-'))
        || (id.len() <= 9 && WORDS.iter().any(|word| id.eq_ignore_ascii_case(word)))
}

/// Five groups of hexadecimal digits with hyphens between them (RFC 9562, section 4).
fn is_uuid(id: &str) -> bool {
    const HYPHENS: u64 = 1 << 8 | 1 << 13 | 1 << 18 | 1 << 23;
    let Ok(id) = <&[u8; 36]>::try_from(id.as_bytes()) else {
        return false;
    };
    let (Some(begin), Some(middle), Some(end)) =
        (id.first_chunk(), id[16..].first_chunk(), id.last_chunk())
    else {
        return false;
    };
    let digits = u64::from(hex_digits(begin))
        | u64::from(hex_digits(middle)) << 16
        | u64::from(hex_digits(end)) << 20;
    digits == ((1 << 36) - 1) ^ HYPHENS && [8, 13, 18, 23].iter().all(|at| id[*at] == b'-')
}
