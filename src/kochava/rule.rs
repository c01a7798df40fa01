//! Which rules does Kochava give, how grave is each, and who says so?
//!
//! One table; a code, a severity, a sentence and a source for each. What the guide forbids is refused; what only weakens attribution is
//! told and sent. Where sources differ, the rule names the reading taken.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

/// What breaking a rule costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The event is not sent.
    Refuse,
    /// The event is sent without the part at fault, or as it is; and the operator is told.
    Warn,
}

/// A broken rule: which, where in Kochava's body, and from where in the sender's event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule.
    pub rule: Rule,
    /// Kochava's field, dotted: `data.origination_ip`; empty where it is the whole body.
    pub field: Cow<'static, str>,
    /// The path, as the settings or the sender's documentation write it, of the value at fault or of the place where it was missed.
    pub origin: Option<String>,
}

impl Violation {
    /// Rule `rule` broken at `field`.
    pub fn new(rule: Rule, field: impl Into<Cow<'static, str>>) -> Self {
        Violation { rule, field: field.into(), origin: None }
    }

    /// The same, with the path that was looked at.
    #[must_use]
    pub fn from_path(self, path: Option<&str>) -> Self {
        Violation { origin: path.map(String::from), ..self }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rule.sentence())?;
        match &self.origin {
            Some(origin) => write!(f, " (taken from `{origin}`)"),
            None => Ok(()),
        }
    }
}

macro_rules! rules {
    ($($(#[doc = $source:literal])+ $name:ident = $code:literal, $severity:ident, $sentence:literal;)+) => {
        /// A rule that a call to Kochava keeps or breaks; each variant's text is its source.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Rule {
            $($(#[doc = $source])+ $name,)+
        }

        impl Rule {
            /// Every rule, in the order of this table.
            pub const ALL: &'static [Rule] = &[$(Rule::$name,)+];

            /// A stable code for machines.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Rule::$name => $code,)+ }
            }

            /// What breaking it costs.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Rule::$name => Severity::$severity,)+ }
            }

            /// What the rule wants, for people.
            #[must_use]
            pub fn sentence(self) -> &'static str {
                match self { $(Rule::$name => $sentence,)+ }
            }

            /// Who says so.
            #[must_use]
            pub fn source(self) -> &'static str {
                match self { $(Rule::$name => concat!($($source,)+).trim_ascii(),)+ }
            }
        }
    };
}

rules! {
    /// Ours: an element of a batch is an event or a user; anything else has no meaning to map.
    NotAnObject = "not-an-object", Refuse, "an element of a batch must be a JSON object";
    /// Ours: Amplitude takes 40 levels (HTTP V2 API); beyond 128 nothing is read.
    NestedTooDeep = "nested-too-deep", Refuse, "an event may nest at most 128 levels";
    /// Kochava, Post-Install Event Setup, table row `kochava_app_id`: required, the unique application ID; Kochava apps are per platform.
    AppGuidMissing = "app-guid-missing", Refuse, "Kochava needs an App GUID, and the settings have none for this platform";
    /// Kochava, Post-Install Event Setup, table row `kochava_device_id`: may be an empty string where a device id is always sent.
    KochavaDeviceIdMissing = "kochava-device-id-missing", Warn, "without a Kochava device id the install is found by device ids alone";
    /// Kochava, Post-Install Event Setup, table row `data`: `event_name` is the event's title.
    EventNameMissing = "event-name-missing", Refuse, "Kochava needs the name of the event";
    /// Kochava, Post-Install Event Examples: standard events must be spelled exactly; Kochava Measurement SDKs, list of standard events.
    EventNameNearStandard = "event-name-near-standard", Warn, "the name is a standard event's but for its spelling, so Kochava files it as another event";
    /// Kochava, Post-Install Event Setup, table row `usertime`: optional, "the time the event was completed by the user in Epoch format".
    UsertimeMissing = "usertime-missing", Warn, "without a time Kochava takes the moment of arrival";
    /// Kochava, Post-Install Event Setup, table row `usertime`: "in Epoch format".
    UsertimeUnreadable = "usertime-unreadable", Warn, "the time cannot be read and is left out";
    /// Ours: a time more than a day ahead of its arrival is a wrong clock.
    UsertimeInFuture = "usertime-in-future", Warn, "the time lies more than a day ahead and is left out";
    /// Kochava, S2S without Device UA: without a user agent `device_ver` says `model-OS-version`.
    DeviceVerMissing = "device-ver-missing", Warn, "neither a user agent nor model, system and version are known, so Kochava cannot tell the device";
    /// Kochava, Post-Install Event Setup, table row `device_ua`: "useful when campaigns require fingerprint attribution".
    DeviceUaMissing = "device-ua-missing", Warn, "without the device's user agent fingerprint attribution cannot work";
    /// Kochava, Post-Install Event Setup, table row `origination_ip`: required, "the IP address of the device on install".
    OriginationIpMissing = "origination-ip-missing", Refuse, "Kochava needs the IP address of the device";
    /// Kochava, Post-Install Event Setup, table row `origination_ip`: one IP address.
    OriginationIpInvalid = "origination-ip-invalid", Refuse, "the IP address must be one literal IPv4 or IPv6 address";
    /// Kochava, Post-Install Event Setup, table row `origination_ip`: the address of the device, which no loopback, private or unspecified address is.
    OriginationIpNotPublic = "origination-ip-not-public", Refuse, "the IP address must be a public one";
    /// Kochava, Post-Install Event Setup, NOTE under the table: `kochava_device_id` may be empty "as long as a device id is being sent and vice versa".
    /// The table's "at least one identifier" is read with this NOTE: one of the two must be there.
    DeviceIdentityMissing = "device-identity-missing", Refuse, "Kochava needs a Kochava device id or at least one device id";
    /// Kochava, Post-Install Event Setup, table row `device_ids`: "at least one identifier"; its NOTE lets `kochava_device_id` stand in.
    DeviceIdsMissing = "device-ids-missing", Warn, "without a device id the install is found by the Kochava device id alone";
    /// Kochava, IdentityLink Setup: `device_id` is required and holds device ids; the call has no place for a `kochava_device_id`.
    IdentityDeviceIdMissing = "identity-device-id-missing", Refuse, "IdentityLink needs at least one device id";
    /// Kochava, IdentityLink Setup: `device_id` is required; Amplitude, Kochava (Post-install): smaller than 2MB. An event must not be lost for its identity.
    IdentityLeftOut = "identity-left-out", Warn, "the identity breaks a rule of its own and is left out; the event is sent all the same";
    /// Kochava, Segment integration: zeros mean limited tracking; Amplitude, HTTP V2 API, names the other values that are no id.
    IdentifierPlaceholder = "identifier-placeholder", Warn, "the identifier is a placeholder (empty, zeros, null or the like) or no text, and is left out";
    /// Kochava, Over the Top TV and Connected TV, and Post-Install Event Setup: each platform has its own identifiers.
    IdentifierWrongPlatform = "identifier-wrong-platform", Warn, "the identifier belongs to another platform and is left out";
    /// Apple, `advertisingIdentifier`; Google, Advertising ID: UUIDs; Android, `ANDROID_ID`: 16 hexadecimal digits.
    IdentifierShape = "identifier-shape", Warn, "the identifier does not look like one of its kind, so Kochava will hardly match it";
    /// Kochava, Post-Install Event Setup, iOS 14: without consent the IDFA is dropped. The same is done wherever ad tracking is limited.
    AdvertisingIdWithheld = "advertising-id-withheld", Warn, "the advertising id is withheld, since tracking is not authorized";
    /// Kochava, Post-Install Event Setup, iOS 14: if the flag is missing Kochava assumes no consent and drops the IDFA.
    AttStatusMissing = "att-status-missing", Warn, "without an App Tracking Transparency status Kochava assumes no consent";
    /// Kochava, Post-Install Event Setup, iOS 14: `att_detail` is authorized, denied, notDetermined or restricted.
    AttStatusUnreadable = "att-status-unreadable", Warn, "the App Tracking Transparency status is not understood and counts as no consent";
    /// Kochava SDK, `device_limit_tracking`: a boolean.
    LimitAdTrackingUnreadable = "limit-ad-tracking-unreadable", Warn, "whether ad tracking is limited must be true or false, and is left out";
    /// Kochava, Google's DMA Consent Policy: `gdpr_applies`, `ad_user_data` and `ad_personalization` are 0 or 1.
    ConsentUnreadable = "consent-unreadable", Warn, "a consent flag must be 0 or 1, and is left out";
    /// Kochava, Google's DMA Consent Policy: `tc_string` is required unless both `ad_user_data` and `ad_personalization` are sent, and vice versa.
    ConsentIncomplete = "consent-incomplete", Warn, "consent needs a TC string or both of Google's flags, and is left out";
    /// Kochava, Post-Install Event Examples: `sum` is a number without a currency sign.
    RevenueUnreadable = "revenue-unreadable", Refuse, "revenue must be a number, without a currency sign";
    /// Kochava, Post-Install Event Setup, samples: `currency` is an ISO 4217 code.
    CurrencyUnreadable = "currency-unreadable", Refuse, "the currency must be a code of three letters (ISO 4217)";
    /// Kochava, Post-Install Event Setup, samples: `currency` stands beside a `sum`. A missing one is never made up.
    CurrencyMissing = "currency-missing", Warn, "revenue without a currency is counted in the app's default currency";
    /// Kochava, Post-Install Event Examples: reserved names must not be used as keys.
    EventDataKeyRenamed = "event-data-key-renamed", Warn, "the property's name is reserved or taken, so it is sent with the prefix `ev_`";
    /// Social-hub's Kochava adapter citing Kochava's current pages: at most 16 parameters; Kochava's examples page: as many as you like.
    EventDataManyKeys = "event-data-many-keys", Warn, "Kochava may ignore keys beyond the 16th";
    /// Kochava, Install Authentication Integration: the body is hashed as PHP writes it, and PHP loses the digits of such a number.
    NumberAsText = "number-as-text", Warn, "the number does not fit 64 bits and is sent as text to keep its digits";
    /// Kochava, Install Authentication Integration: the body is JSON that PHP must read; half a surrogate pair is no character.
    TextRepaired = "text-repaired", Warn, "half a surrogate pair was replaced by U+FFFD";
    /// Kochava, IdentityLink Setup: values are identity strings; Kochava, Post-Install Event Examples: values are flat.
    ValueDropped = "value-dropped", Warn, "a nested value has no place here and is left out";
    /// Kochava, Post-Install Event Setup, table row `device_ids`: which identifiers an event has depends on its platform.
    PlatformUnknown = "platform-unknown", Warn, "the platform is not known, so every identifier is sent as mapped";
    /// Amplitude, Kochava (Post-install): "Requests must be smaller than 2MB".
    RequestTooLarge = "request-too-large", Refuse, "the request must be smaller than 2,000,000 bytes";
}
