//! The device of a call: its app, platform, identifiers and tracking consent.
//!
//! `mapping` fills in a [`Device`] from an event; nothing in it is validated. Rules that need
//! several of its fields (is Apple's consent prompt required, is an advertising id withheld) stand
//! here, so that every call applies them alike.

use super::{IdKey, IdKind, Resolved};
use crate::json::Value;
use crate::json::steps::count;
use crate::limits::{ATT_OS_VERSION_FIRST, IDFA_OS_VERSION_FIRST};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use percent_encoding::percent_decode_str;

/// Kochava's id of an app ("App GUID"), as opposed to the id of a store or a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppGuid(pub(crate) String);

impl AppGuid {
    /// Returns the id as it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The platform of a device, as far as it decides which identifiers the device has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// iPhone and iPod.
    Ios,
    /// iPad.
    Ipados,
    /// Apple TV.
    Tvos,
    /// Apple Vision.
    Visionos,
    /// Apple Watch.
    Watchos,
    /// Mac.
    Macos,
    /// Android with Google's services.
    Android,
    /// Amazon's Fire tablets and TVs.
    Fire,
    /// Roku players and TVs.
    Roku,
    /// A browser.
    Web,
    /// Any other platform, or none in the event.
    Unknown,
}

impl Platform {
    /// Reports whether Apple makes the platform.
    #[must_use]
    pub fn is_apple(self) -> bool {
        matches!(
            self,
            Platform::Ios
                | Platform::Ipados
                | Platform::Tvos
                | Platform::Visionos
                | Platform::Watchos
                | Platform::Macos
        )
    }

    /// The system's name in `device_ver`; `None` where Kochava has no name for it.
    fn system_name(self) -> Option<&'static str> {
        match self {
            Platform::Ios => Some("iOS"),
            Platform::Ipados => Some("iPadOS"),
            Platform::Tvos => Some("tvOS"),
            Platform::Visionos => Some("visionOS"),
            Platform::Watchos => Some("watchOS"),
            Platform::Macos => Some("macOS"),
            Platform::Android | Platform::Fire => Some("Android"),
            Platform::Roku => Some("Roku"),
            Platform::Web | Platform::Unknown => None,
        }
    }
}

/// The device of a call, before validation.
#[derive(Clone, Debug)]
pub struct Device<'a> {
    /// The app on the device, if the settings name one for the platform.
    pub app_guid: Option<&'a AppGuid>,
    /// The platform.
    pub platform: Platform,
    /// The version of the system, with or without the system's name before it: `17.0`, `iOS 17.0`.
    pub os_version: Resolved<'a, Cow<'a, str>>,
    /// The model, such as `iPhone15,2`.
    pub model: Resolved<'a, Cow<'a, str>>,
    /// The Kochava device id.
    pub kochava_device_id: Resolved<'a, Cow<'a, str>>,
    /// The device ids, in the order in which they are sent.
    pub identifiers: Vec<Identifier<'a>>,
    /// The status of Apple's App Tracking Transparency.
    pub att: Resolved<'a, Att>,
    /// Whether the user limits ad tracking.
    pub limit_ad_tracking: Resolved<'a, bool>,
    /// The kinds of ids that must not be sent: [`WithheldKinds::of`] this device.
    pub withheld_kinds: WithheldKinds,
}

/// One device id.
#[derive(Clone, Debug)]
pub struct Identifier<'a> {
    /// Kochava's key for it.
    pub key: IdKey<'a>,
    /// Its value.
    pub id: Resolved<'a, Cow<'a, str>>,
    /// Whether a device of this platform has such an id.
    pub of_platform: bool,
    /// Whether the settings map it.
    pub is_mapped: bool,
}

/// Apple's App Tracking Transparency, sent as `att` and, where known, `att_detail`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Att {
    /// Whether tracking is authorized.
    pub authorized: bool,
    /// The status as Kochava spells it.
    pub detail: Option<&'static str>,
}

/// Google's consent signals.
#[derive(Clone, Debug)]
pub struct Consent<'a> {
    /// Whether the GDPR applies.
    pub gdpr_applies: Resolved<'a, bool>,
    /// The TC string of IAB Europe's Transparency and Consent Framework.
    pub tc_string: Resolved<'a, Cow<'a, str>>,
    /// Consent to sending user data to Google for advertising.
    pub ad_user_data: Resolved<'a, bool>,
    /// Consent to personalised advertising.
    pub ad_personalization: Resolved<'a, bool>,
}

/// Model, system and version, sent as `iPhone-iOS-17.0` (Kochava, S2S without Device UA).
#[derive(Clone, Copy, Debug)]
pub(super) struct DeviceVersion<'d> {
    pub(super) model: &'d str,
    pub(super) system: &'static str,
    pub(super) version: &'d str,
}

/// The kinds of ids that a device withholds.
#[derive(Clone, Copy, Debug)]
pub struct WithheldKinds {
    idfa: bool,
    /// Every other kind of advertising id.
    other_advertising: bool,
}

impl WithheldKinds {
    /// Returns the kinds that a device withholds. No advertising id goes out if the user limits ad
    /// tracking or if the flag that says so is unreadable. An IDFA, and any advertising id of an
    /// Apple system, goes out only with a known consent, unless the system is older than the
    /// question.
    pub fn of(
        platform: Platform,
        os_version: &Resolved<'_, Cow<'_, str>>,
        att: &Resolved<'_, Att>,
        limit_ad_tracking: &Resolved<'_, bool>,
    ) -> Self {
        let has_consent = match att {
            Resolved::Value(att, _) => att.authorized,
            Resolved::Unusable(..) => false,
            Resolved::Missing(_) => is_before_att(platform, os_version),
        };
        let is_limited = is_limited(limit_ad_tracking);
        WithheldKinds {
            idfa: is_limited || !has_consent,
            other_advertising: is_limited || (platform.is_apple() && !has_consent),
        }
    }

    /// Reports whether an id of this kind is withheld.
    pub fn include(self, kind: IdKind) -> bool {
        match kind {
            IdKind::Idfa => self.idfa,
            kind => self.other_advertising && kind.is_for_advertising(),
        }
    }

    /// Reports whether any kind is withheld.
    pub fn are_some(self) -> bool {
        self.idfa || self.other_advertising
    }
}

impl<'a> Device<'a> {
    /// Returns model, system and version; `None` if one of them is unknown.
    pub(super) fn version(&self) -> Option<DeviceVersion<'_>> {
        Some(DeviceVersion {
            system: self.platform.system_name()?,
            model: self.model.text()?,
            version: version_number(self.os_version.text()?),
        })
    }

    /// Returns the path of the model or the version of the system, if it contains an id that is
    /// withheld.
    pub(super) fn revealing_version_path(&self) -> Option<&'a str> {
        let reveals = |part: &&Resolved<'_, Cow<'_, str>>| {
            part.text().is_some_and(|text| self.reveals_text(text))
        };
        [&self.model, &self.os_version]
            .into_iter()
            .find(reveals)?
            .path()
    }

    /// Returns the path where the operator expects a device id of this platform: a mapped one
    /// before those that the sender documents.
    pub(super) fn first_id_path(&self) -> Option<&'a str> {
        let of_platform = || self.identifiers.iter().filter(|id| id.of_platform);
        of_platform()
            .find(|id| id.is_mapped)
            .or_else(|| of_platform().next())?
            .id
            .path()
    }

    /// Reports whether the device has an IDFA, whether it is sent or not.
    pub(super) fn has_idfa(&self) -> bool {
        let is_idfa = |id: &Identifier<'_>| id.of_platform && id.key.kind() == IdKind::Idfa;
        self.identifiers
            .iter()
            .any(|id| is_idfa(id) && id.id.value().is_some())
    }

    /// Reports whether the device has an id that is withheld.
    pub fn has_withheld(&self) -> bool {
        self.withheld().next().is_some()
    }

    /// Returns the device if it has an id that is withheld, which no text of a call may contain.
    pub(super) fn withholding(&self) -> Option<&Self> {
        self.has_withheld().then_some(self)
    }

    /// The ids that are withheld. Under a key that the platform does not have stands another id or
    /// none, which only the limit of ad tracking concerns: one path may be mapped to `idfa` and `adid`.
    fn withheld(&self) -> impl Iterator<Item = &str> {
        let is_withheld = |id: &&Identifier<'_>| {
            self.withheld_kinds.include(id.key.kind())
                && (id.of_platform || is_limited(&self.limit_ad_tracking))
        };
        let withholding = self.withheld_kinds.are_some().then_some(&self.identifiers);
        withholding
            .into_iter()
            .flatten()
            .filter(is_withheld)
            .filter_map(|id| id.id.text())
    }

    /// Reports whether a value contains a withheld id of this device, at any depth, whatever the
    /// case of its letters.
    pub fn reveals(&self, value: &Value<'_>) -> bool {
        match *value {
            Value::String(text) => self.reveals_text(&text.decode()),
            Value::Number(number) => self.reveals_text(number),
            Value::Array(_) => value.elements().any(|element| self.reveals(&element)),
            Value::Object(_) => value
                .members()
                .any(|(key, value)| self.reveals_text(&key.decode()) || self.reveals(&value)),
            Value::Null | Value::Bool(_) => false,
        }
    }

    /// Reports whether a text contains a withheld id of this device.
    pub fn reveals_text(&self, text: &str) -> bool {
        self.withheld().any(|id| contains_id(text, id))
    }

    /// Reports whether apps on this device need App Tracking Transparency. An Apple system of
    /// unknown version counts as a recent one.
    pub(super) fn requires_att(&self) -> bool {
        self.platform.is_apple() && !is_before_att(self.platform, &self.os_version)
    }
}

/// Reports whether the user limits ad tracking; an unreadable flag is no permission.
fn is_limited(limit_ad_tracking: &Resolved<'_, bool>) -> bool {
    matches!(
        limit_ad_tracking,
        Resolved::Value(true, _) | Resolved::Unusable(..)
    )
}

/// Reports whether the system is known to be older than Apple's question. Only iOS, iPadOS and tvOS
/// have such versions, and none before iOS 6 has an IDFA: a lower number is no version.
fn is_before_att(platform: Platform, os_version: &Resolved<'_, Cow<'_, str>>) -> bool {
    matches!(platform, Platform::Ios | Platform::Ipados | Platform::Tvos)
        && os_version
            .text()
            .and_then(major_version)
            .is_some_and(|major| (IDFA_OS_VERSION_FIRST..ATT_OS_VERSION_FIRST).contains(&major))
}

/// Reports whether a text contains an id, hyphens, the case of letters and URL encoding aside. A
/// short id must be the whole text.
fn contains_id(text: &str, id: &str) -> bool {
    if id.len() < 16 {
        return text.eq_ignore_ascii_case(id);
    }
    // a match begins at a digit: reading on from each hyphen of a long run would be quadratic
    let mut start = digits_of(text);
    loop {
        let mut rest = start.clone();
        let is_next = |digit: u8| {
            rest.next()
                .is_some_and(|byte| byte.eq_ignore_ascii_case(&digit))
        };
        if digits_of(id).all(is_next) {
            return true;
        }
        if start.next().is_none() {
            return false;
        }
    }
}

/// The bytes of a text, URL-decoded, without hyphens.
fn digits_of(text: &str) -> impl Iterator<Item = u8> + Clone + '_ {
    percent_decode_str(text).filter(|byte| {
        count(1);
        *byte != b'-'
    })
}

/// The first number of a version: 17 of `iOS 17.0`.
fn major_version(version: &str) -> Option<u32> {
    let version = version_number(version);
    let end = version
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(version.len());
    // `6A` is no version, and `13A344` is the build of another one
    if version[end..].starts_with(char::is_alphanumeric) {
        return None;
    }
    version[..end].parse().ok()
}

/// A version without the system's name, which some senders write before it: `iOS 17.0`.
fn version_number(version: &str) -> &str {
    version
        .find(|c: char| c.is_ascii_digit())
        .map_or(version, |digit| &version[digit..])
}
