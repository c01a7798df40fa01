//! The keys of device ids, and the shapes of their values.

use super::{IdKind, Platform, Rule, is_placeholder, is_uniform, kind_of_name};
use crate::json::hex_digit_mask;

/// Kochava's key of a device id.
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
    /// Any other key, by its spelling.
    Custom(&'a str),
}

impl<'a> IdKey<'a> {
    /// The keys that are not custom.
    const NAMED: [IdKey<'static>; 5] = [
        IdKey::Idfa,
        IdKey::Idfv,
        IdKey::Adid,
        IdKey::FireAdid,
        IdKey::AndroidId,
    ];

    /// Returns Kochava's spelling.
    #[must_use]
    #[inline]
    pub const fn as_str(self) -> &'a str {
        match self {
            IdKey::Idfa => "idfa",
            IdKey::Idfv => "idfv",
            IdKey::Adid => "adid",
            IdKey::FireAdid => "fire_adid",
            IdKey::AndroidId => "android_id",
            IdKey::Custom(name) => name,
        }
    }

    /// Returns the key of a spelling.
    #[must_use]
    pub fn named(name: &'a str) -> Self {
        IdKey::NAMED
            .into_iter()
            .find(|key| key.as_str() == name)
            .unwrap_or(IdKey::Custom(name))
    }

    /// Classifies the spelling by Kochava's pages.
    #[must_use]
    pub fn spelling(self) -> KeySpelling {
        match self {
            IdKey::Custom(name) => custom_spelling(name),
            _ => KeySpelling::Known,
        }
    }

    /// Returns the key that is sent with an empty string if only the Kochava device id is known:
    /// Kochava's samples have that of the platform's advertising id.
    pub(super) fn empty_key(platform: Platform) -> Self {
        match platform {
            platform if platform.is_apple() => IdKey::Idfa,
            Platform::Android => IdKey::Adid,
            _ => IdKey::Custom("custom"),
        }
    }

    /// Returns what the id identifies. A custom key is judged by its name, however it is spelled.
    pub(super) fn kind(self) -> IdKind {
        match self {
            IdKey::Idfa => IdKind::Idfa,
            IdKey::Idfv => IdKind::Idfv,
            IdKey::Adid => IdKind::Adid,
            IdKey::FireAdid => IdKind::FireAdid,
            IdKey::AndroidId => IdKind::AndroidId,
            IdKey::Custom(name) => kind_of_name(name).unwrap_or(IdKind::Other),
        }
    }

    /// Returns the rule that a trimmed, non-empty text breaks as an id of this key:
    /// [`Rule::IdentifierPlaceholder`], or [`Rule::IdentifierShape`] if it cannot be an id of its
    /// kind. `idfa`, `idfv`, `adid`, `fire_adid` and `rida` are UUIDs; an `android_id` has 8 to 16
    /// hexadecimal digits, since leading zeros may be cut off; any other id has any shape.
    #[must_use]
    pub fn fault_of(self, id: &str) -> Option<Rule> {
        let has_shape = match self.kind() {
            IdKind::Idfa | IdKind::Idfv | IdKind::Adid | IdKind::FireAdid | IdKind::Rida => {
                is_uuid(id)
            }
            IdKind::AndroidId => is_android_id(id),
            IdKind::Oaid | IdKind::Advertising | IdKind::Other => {
                return is_placeholder(id).then_some(Rule::IdentifierPlaceholder);
            }
        };
        if has_shape {
            let is_shared = is_uniform(id) || id.eq_ignore_ascii_case(SHARED_ANDROID_ID);
            is_shared.then_some(Rule::IdentifierPlaceholder)
        } else if is_placeholder(id) {
            Some(Rule::IdentifierPlaceholder)
        } else {
            Some(Rule::IdentifierShape)
        }
    }
}

/// The `android_id` that many devices of Android 2.2 and emulators have in common (Android, issue
/// 10603; Amplitude, Android SDK).
const SHARED_ANDROID_ID: &str = "9774d56d682e549c";

/// The standing of a key's spelling in Kochava's pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySpelling {
    /// The current pages use it.
    Known,
    /// Only older pages or a single vendor use it.
    Outdated,
    /// The current pages spell it differently.
    Wrong,
    /// No page mentions it; Kochava may have provisioned it for the app.
    Unknown,
}

/// Classifies a spelling that is not one of [`IdKey`]'s own.
fn custom_spelling(name: &str) -> KeySpelling {
    /// Roku's id, the literal `custom`, and what Kochava's own SDKs send.
    const KNOWN: [&str; 7] = ["rida", "udid", "openudid", "custom", "oaid", "asid", "cgid"];
    /// Kochava's oldest page and Tealium write `ADID`, Kochava's page of 2020 `UDID`, mParticle
    /// `faid`; the table lost `imei` and `mac` in its fourth version.
    const OUTDATED: [&str; 5] = ["ADID", "UDID", "faid", "imei", "mac"];
    /// Names of other vendors.
    const FOREIGN: [&str; 9] = [
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
    if OUTDATED.contains(&name) {
        return KeySpelling::Outdated;
    }
    let is_same = |other: &str| letters(name).eq(letters(other));
    let mut misspelt = IdKey::NAMED
        .map(IdKey::as_str)
        .into_iter()
        .chain(KNOWN)
        .chain(FOREIGN);
    if misspelt.any(is_same) {
        KeySpelling::Wrong
    } else {
        KeySpelling::Unknown
    }
}

/// The letters and digits of a key, in lower case.
fn letters(key: &str) -> impl Iterator<Item = u8> {
    key.bytes()
        .filter(u8::is_ascii_alphanumeric)
        .map(|byte| byte.to_ascii_lowercase())
}

/// Reports whether a text is five groups of hexadecimal digits with hyphens between them (RFC 9562,
/// section 4).
#[must_use]
pub fn is_uuid(id: &str) -> bool {
    const HYPHENS: [usize; 4] = [8, 13, 18, 23];
    const HYPHEN_BITS: u64 = 1 << 8 | 1 << 13 | 1 << 18 | 1 << 23;
    const ALL_BITS: u64 = (1 << 36) - 1;
    let Ok(id) = <&[u8; 36]>::try_from(id.as_bytes()) else {
        return false;
    };
    let (Some(begin), Some(middle), Some(end)) =
        (id.first_chunk(), id[16..].first_chunk(), id.last_chunk())
    else {
        return false;
    };
    let digits = u64::from(hex_digit_mask(begin))
        | u64::from(hex_digit_mask(middle)) << 16
        | u64::from(hex_digit_mask(end)) << 20;
    digits == ALL_BITS ^ HYPHEN_BITS && HYPHENS.iter().all(|at| id[*at] == b'-')
}

/// Reports whether a text has 8 to 16 hexadecimal digits (Android, `Settings.Secure.ANDROID_ID`: a
/// 64-bit number in hexadecimal).
fn is_android_id(id: &str) -> bool {
    match <&[u8; 16]>::try_from(id.as_bytes()) {
        Ok(id) => hex_digit_mask(id) == u16::MAX,
        Err(_) => (8..16).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
    }
}
