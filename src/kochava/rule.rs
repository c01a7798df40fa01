//! The table of Kochava's rules.
//!
//! A code, a severity, a sentence and a source for each. What the guide forbids is refused; what
//! only weakens attribution is sent with a warning. Where sources differ, the rule's source names
//! the one that the rule follows.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

/// What breaking a rule costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The event is not sent.
    Refuse,
    /// The event is sent, unchanged or without the faulty part, with a warning to the operator.
    Warn,
}

/// A broken rule: which, where in Kochava's body, and from where in the sender's event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule.
    pub rule: Rule,
    /// Kochava's field, dotted: `data.origination_ip`. Empty if it is the whole body.
    pub field: Cow<'static, str>,
    /// The path of the faulty value, or the path at which a value is missing, as the settings or
    /// the sender's documentation write it.
    pub origin: Option<String>,
}

impl Violation {
    /// Creates a violation of `rule` at `field`, without an origin.
    pub fn new(rule: Rule, field: impl Into<Cow<'static, str>>) -> Self {
        Violation {
            rule,
            field: field.into(),
            origin: None,
        }
    }

    /// Returns the violation with the path of the value in the sender's event.
    #[must_use]
    pub fn from_path(self, path: Option<&str>) -> Self {
        Violation {
            origin: path.map(String::from),
            ..self
        }
    }

    /// Returns the message for people in parts, so that it can be written without an allocation.
    #[must_use]
    pub fn message(&self) -> [&str; 4] {
        let sentence = self.rule.sentence();
        self.origin
            .as_deref()
            .map_or([sentence, "", "", ""], |path| {
                [sentence, " (at `", path, "`)"]
            })
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message()
            .into_iter()
            .try_for_each(|part| f.write_str(part))
    }
}

macro_rules! rules {
    ($($(#[doc = $source:literal])+ $name:ident = $code:literal, $severity:ident, $sentence:literal;)+) => {
        /// A rule for calls to Kochava. Each variant's documentation is its source.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Rule {
            $($(#[doc = $source])+ $name,)+
        }

        impl Rule {
            /// All rules, in the order of this table.
            pub const ALL: &'static [Rule] = &[$(Rule::$name,)+];

            /// Returns the stable code, for programs.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Rule::$name => $code,)+ }
            }

            /// Returns what happens if the rule is broken.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Rule::$name => Severity::$severity,)+ }
            }

            /// Returns the sentence for people.
            #[must_use]
            pub fn sentence(self) -> &'static str {
                match self { $(Rule::$name => $sentence,)+ }
            }

            /// Returns where the rule comes from: vendor, page and place.
            #[must_use]
            pub fn source(self) -> &'static str {
                match self { $(Rule::$name => const { concat!($($source,)+).trim_ascii() },)+ }
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
    AppGuidMissing = "app-guid-missing", Refuse, "no App GUID for this platform; add it, or `default`, to `app_guid`";
    /// Kochava, Post-Install Event Setup, table row `kochava_device_id`: may be an empty string where a device id is always sent.
    KochavaDeviceIdMissing = "kochava-device-id-missing", Warn, "no Kochava device id; Kochava finds the install by device ids alone";
    /// Kochava, Post-Install Event Setup, table row `data`: `event_name` is the event's title.
    EventNameMissing = "event-name-missing", Refuse, "the event has no name";
    /// Kochava, Post-Install Event Examples: standard events must be spelled exactly; Kochava Measurement SDKs, list of standard events.
    EventNameNearStandard = "event-name-near-standard", Warn, "the name differs from a standard event's only in spelling; Kochava files it as another event";
    /// Kochava, Post-Install Event Setup, table row `usertime`: optional, "the time the event was completed by the user in Epoch format".
    UsertimeMissing = "usertime-missing", Warn, "no time of the event; Kochava will use the time of arrival";
    /// Kochava, Post-Install Event Setup, table row `usertime`: "in Epoch format".
    UsertimeUnreadable = "usertime-unreadable", Warn, "the time cannot be read and is not sent";
    /// Ours: a time more than a day ahead of its arrival is a wrong clock.
    UsertimeInFuture = "usertime-in-future", Warn, "the time is more than a day in the future and is not sent";
    /// Kochava, S2S without Device UA: without a user agent `device_ver` says `model-OS-version`.
    DeviceVerMissing = "device-ver-missing", Warn, "neither a user agent nor model, system and version are known; Kochava cannot tell the kind of device";
    /// Kochava, Post-Install Event Setup, table row `device_ua`: "useful when campaigns require fingerprint attribution".
    DeviceUaMissing = "device-ua-missing", Warn, "no user agent of the device; fingerprint attribution cannot work";
    /// Kochava, Post-Install Event Setup, table row `origination_ip`: required, "the IP address of the device on install".
    OriginationIpMissing = "origination-ip-missing", Refuse, "no IP address of the device; send it, or map another field";
    /// Kochava, Post-Install Event Setup, table row `origination_ip`: one IP address.
    OriginationIpInvalid = "origination-ip-invalid", Refuse, "the IP address must be one literal IPv4 or IPv6 address";
    /// Kochava, Post-Install Event Setup, table row `origination_ip`: the address of the device, which no loopback, private or unspecified address is.
    OriginationIpNotPublic = "origination-ip-not-public", Refuse, "the IP address must be a public one";
    /// Kochava, Post-Install Event Setup, NOTE under the table: `kochava_device_id` may be empty "as long as a device id is being sent and vice versa".
    /// The table's "at least one identifier" is read with this NOTE: one of the two must be there.
    DeviceIdentityMissing = "device-identity-missing", Refuse, "no Kochava device id and no device id; send at least one of them";
    /// Kochava, Post-Install Event Setup, table row `device_ids`: "at least one identifier"; its NOTE lets `kochava_device_id` stand in.
    DeviceIdsMissing = "device-ids-missing", Warn, "no device id; Kochava finds the install by the Kochava device id alone";
    /// Kochava, IdentityLink Setup: `device_id` is required and holds device ids; the call has no place for a `kochava_device_id`.
    IdentityDeviceIdMissing = "identity-device-id-missing", Refuse, "no device id; IdentityLink needs at least one";
    /// Kochava, IdentityLink Setup: `device_id` is required; Amplitude, Kochava (Post-install): smaller than 2MB. An event must not be lost for its identity.
    IdentityLeftOut = "identity-left-out", Warn, "the identity breaks a rule of its own and is not sent; the event is";
    /// Kochava, Segment integration: zeros mean limited tracking; Amplitude, HTTP V2 API, names the other values that are no id.
    IdentifierPlaceholder = "identifier-placeholder", Warn, "the identifier is a placeholder (empty, zeros, null or the like) or not a text, and is ignored";
    /// Kochava, Over the Top TV and Connected TV, and Post-Install Event Setup: each platform has its own identifiers.
    IdentifierWrongPlatform = "identifier-wrong-platform", Warn, "the identifier belongs to another platform and is ignored";
    /// Apple, `advertisingIdentifier`; Google, Advertising ID: UUIDs; Android, `ANDROID_ID`: 16 hexadecimal digits.
    IdentifierShape = "identifier-shape", Warn, "the identifier does not have the form of its kind; Kochava will probably not match it";
    /// Kochava, Post-Install Event Setup, iOS 14: without consent the IDFA is dropped. The same is done wherever ad tracking is limited.
    AdvertisingIdWithheld = "advertising-id-withheld", Warn, "tracking is not authorized, so the advertising id is not sent";
    /// Kochava, Post-Install Event Setup, iOS 14: if the flag is missing Kochava assumes no consent and drops the IDFA.
    AttStatusMissing = "att-status-missing", Warn, "no App Tracking Transparency status; Kochava assumes no consent";
    /// Kochava, Post-Install Event Setup, iOS 14: `att_detail` is authorized, denied, notDetermined or restricted.
    AttStatusUnreadable = "att-status-unreadable", Warn, "the App Tracking Transparency status cannot be read and counts as no consent";
    /// Kochava SDK, `device_limit_tracking`: a boolean.
    LimitAdTrackingUnreadable = "limit-ad-tracking-unreadable", Warn, "the flag that limits ad tracking must be true or false; any other value is ignored";
    /// Kochava, Google's DMA Consent Policy: `gdpr_applies`, `ad_user_data` and `ad_personalization` are 0 or 1.
    ConsentUnreadable = "consent-unreadable", Warn, "a consent flag must be 0 or 1; any other value is ignored";
    /// Kochava, Google's DMA Consent Policy: `tc_string` is required unless both `ad_user_data` and `ad_personalization` are sent, and vice versa.
    ConsentIncomplete = "consent-incomplete", Warn, "consent needs a TC string or both of Google's flags; anything less is ignored";
    /// Kochava, Post-Install Event Examples: `sum` is a number without a currency sign.
    RevenueUnreadable = "revenue-unreadable", Refuse, "the amount must be a number, without a currency sign";
    /// Kochava, Post-Install Event Setup, samples: `currency` is an ISO 4217 code.
    CurrencyUnreadable = "currency-unreadable", Refuse, "the currency must be a code of three letters (ISO 4217)";
    /// Kochava, Post-Install Event Setup, samples: `currency` stands beside a `sum`. A missing one is never made up.
    CurrencyMissing = "currency-missing", Warn, "revenue without a currency; Kochava counts it in the app's default currency";
    /// Kochava, Post-Install Event Examples: reserved names must not be used as keys.
    EventDataKeyRenamed = "event-data-key-renamed", Warn, "the property's name is reserved or already used; it is sent with the prefix `ev_`";
    /// Social-hub's Kochava adapter citing Kochava's current pages: at most 16 parameters; Kochava's examples page: as many as you like.
    EventDataManyKeys = "event-data-many-keys", Warn, "Kochava may ignore keys after the 16th";
    /// Kochava, Install Authentication Integration: the body is hashed as PHP writes it, and PHP loses the digits of such a number.
    NumberAsText = "number-as-text", Warn, "the number does not fit 64 bits and is sent as text to keep its digits";
    /// Kochava, Install Authentication Integration: the body is JSON that PHP must read; half a surrogate pair is no character.
    TextRepaired = "text-repaired", Warn, "an unpaired surrogate was replaced by U+FFFD";
    /// Kochava, IdentityLink Setup: values are identity strings; Kochava, Post-Install Event Examples: values are flat.
    ValueDropped = "value-dropped", Warn, "a nested value cannot be sent here and is dropped";
    /// Kochava, Post-Install Event Setup, table row `device_ids`: which identifiers an event has depends on its platform.
    PlatformUnknown = "platform-unknown", Warn, "the platform is unknown, so every identifier is sent as mapped";
    /// Amplitude, Kochava (Post-install): "Requests must be smaller than 2MB".
    RequestTooLarge = "request-too-large", Refuse, "the request must be smaller than 2,000,000 bytes";

    // rules that only a call of another program can break: reported by `check`

    /// Kochava, Post-Install Event Setup: the payload is one JSON object.
    EmptyBody = "empty-body", Refuse, "the body is empty";
    /// RFC 8259, section 8.1: JSON text is UTF-8.
    InvalidUtf8 = "invalid-utf8", Refuse, "the body must be UTF-8";
    /// RFC 8259, section 2: what JSON is; no byte order mark, and no comma that nothing follows.
    InvalidJson = "invalid-json", Refuse, "the body must be JSON";
    /// Kochava, Post-Install Event Setup, samples: one object a request; only Kochava's own SDKs post lists.
    BodyNotAnObject = "body-not-an-object", Refuse, "the body must be one JSON object";
    /// RFC 8259, section 4: of a name that comes twice nobody knows which value is read; PHP keeps the last one.
    DuplicateKey = "duplicate-key", Refuse, "a key must not occur twice";
    /// RFC 8259, section 8.2: half a surrogate pair is no character; PHP's `json_decode` refuses the whole body for it.
    LoneSurrogate = "lone-surrogate", Refuse, "an unpaired surrogate is not a character, and PHP cannot read the body";
    /// Kochava, Install Authentication Integration: the body is seen to pass through PHP, whose arrays make `{}` and the names 0, 1, 2… a list.
    ObjectReadsAsList = "object-reads-as-list", Warn, "PHP may read an object that is empty, or has the keys 0, 1, 2…, as a list";
    /// Kochava, Install Authentication Integration: the body is hashed as PHP writes it. Unsigned bodies may be spelled in any way.
    NotPhpSpelling = "not-php-spelling", Warn, "PHP would write the body differently, so strict authentication may fail";
    /// Kochava, Post-Install Event Setup, WARNING: a payload without every mandatory key is not tied to the install; IdentityLink Setup, table.
    MandatoryKeyMissing = "mandatory-key-missing", Refuse, "a mandatory key is missing; where nothing is known, send an empty string";
    /// Kochava, Post-Install Event Setup: "an empty string". Versions before 2020 say "as null" beside the example `""`; the rule follows today's.
    NullValue = "null-value", Refuse, "null is not accepted; where nothing is known, send an empty string or leave the key out";
    /// Kochava, Post-Install Event Setup and IdentityLink Setup, tables and samples.
    WrongType = "wrong-type", Refuse, "the value does not have the type that Kochava asks for";
    /// Kochava, Post-Install Event Setup, Install Notification Setup and IdentityLink Setup, tables: every key that they name, and those of the SDKs.
    UnknownKey = "unknown-key", Warn, "Kochava's guide does not describe the key";
    /// Kochava, Post-Install Event Setup: the table is flat, all samples have four keys at the root and the rest in `data`; the rule follows the samples'.
    FlatBody = "flat-body", Warn, "all but the four root keys belong in `data`, as in Kochava's samples";
    /// Kochava, Post-Install Event Setup, samples: `action`, `kochava_app_id` and `kochava_device_id` stand at the root, in the flat reading too.
    RootKeyInData = "root-key-in-data", Refuse, "the key belongs at the root, not in `data`";
    /// Kochava, Post-Install Event Setup and Install Notification Setup: the actions are event, install and update.
    ActionUnknown = "action-unknown", Refuse, "the action must be event, install or update";
    /// Kochava, Post-Install Event Setup, table row `action`: the word as it is written there.
    ActionWrongCase = "action-wrong-case", Refuse, "the action must be written exactly as Kochava writes it";
    /// Kochava SDK, `PayloadType`: these actions are what its SDKs send, and no page offers them to servers.
    ActionSdkOnly = "action-sdk-only", Refuse, "the action is reserved for Kochava's SDKs";
    /// Kochava, Post-Install Event Setup, table row `kochava_app_id`: the App GUID, not a store's or a bundle's id. Its shape is not published.
    AppGuidShape = "app-guid-shape", Warn, "the App GUID looks like the id of a store or a bundle";
    /// Kochava, Post-Install Event Setup, table row `usertime`: "in Epoch format".
    UsertimeNotEpoch = "usertime-not-epoch", Refuse, "the time must be whole seconds since 1970";
    /// Kochava, S2S without Device UA, quotes the time; Post-Install Event Setup does not. The rule expects a number.
    UsertimeAsText = "usertime-as-text", Warn, "the time is a string; most of Kochava's samples have a number";
    /// Kochava, Post-Install Event Setup, samples: ten digits, that is seconds; no page names the unit, and one vendor sends milliseconds.
    UsertimeMillis = "usertime-millis", Warn, "the time is in milliseconds; Kochava's samples have seconds";
    /// Ours: neither as seconds nor as milliseconds is it a time between 1973 and 2286; seconds divided by a thousand end in 1970.
    UsertimeImplausible = "usertime-implausible", Warn, "the time is before 1973 or after 2286";
    /// Kochava, Post-Install Event Setup, table row `device_ua`: "URL-encoded". All its samples are raw; the rule follows the table's.
    DeviceUaNotEncoded = "device-ua-not-encoded", Warn, "the user agent is not URL-encoded, as Kochava's table asks";
    /// Kochava, Post-Install Event Setup, table row `device_ua`: "URL-encoded", which is once.
    DeviceUaEncodedTwice = "device-ua-encoded-twice", Warn, "the user agent looks URL-encoded twice";
    /// Kochava, S2S without Device UA: `model-OS-version`, for example `iPhone-iOS-17.0`.
    DeviceVerShape = "device-ver-shape", Refuse, "without a user agent `device_ver` must be model-OS-version";
    /// Kochava, Post-Install Event Setup, table row `device_ver`: empty where a user agent is sent; its oldest version wanted it always.
    DeviceVerBesideUa = "device-ver-beside-ua", Warn, "if a user agent is sent, `device_ver` should be empty";
    /// Kochava, Post-Install Event Setup, iOS 14: payloads must let Kochava read the version of the system.
    OsVersionUnreadable = "os-version-unreadable", Warn, "neither user agent nor `device_ver` tells the version of Apple's system, which decides how Kochava treats consent";
    /// Kochava, IdentityLink Setup: only `device_hash_method` announces hashed ids, and events have no such key.
    ValueHashed = "value-hashed", Warn, "the value looks hashed; Kochava wants it unhashed";
    /// Kochava, Post-Install Event Setup, table row `device_ids`, and samples: an object of texts; two public clients send a list.
    DeviceIdsNotAnObject = "device-ids-not-an-object", Refuse, "device ids must be an object of strings, never a list";
    /// Kochava, Post-Install Event Setup, table row `device_ids`: "at least one identifier"; samples pad with empty texts.
    DeviceIdsEmpty = "device-ids-empty", Refuse, "device ids must be an object with at least one key";
    /// Kochava, Post-Install Event Setup, row `device_ids`, and IdentityLink Setup, row `device_id`.
    DeviceIdsMisnamed = "device-ids-misnamed", Refuse, "events and installs have `device_ids`, IdentityLink has `device_id`";
    /// Kochava, Post-Install Event Setup and Over the Top TV and Connected TV: `idfa`, `idfv`, `adid`, `android_id`, `fire_adid`, `rida`.
    DeviceIdKeyMisspelt = "device-id-key-misspelt", Refuse, "Kochava spells the key of this identifier differently";
    /// Kochava, Post-Install Event Setup, earlier versions (`ADID`, `UDID`, `imei`, `mac`); mParticle (`faid`). The rule follows today's.
    DeviceIdKeyOutdated = "device-id-key-outdated", Warn, "Kochava's current pages spell the key of this identifier differently, or no longer name it";
    /// Kochava, Post-Install Event Setup: "or a custom variant", which Kochava provisions.
    DeviceIdKeyUnknown = "device-id-key-unknown", Warn, "Kochava finds the identifier only if it has provisioned the key";
    /// Kochava, Post-Install Event Setup, iOS 14: without consent the IDFA is dropped.
    IdfaWithoutConsent = "idfa-without-consent", Warn, "Kochava drops an IDFA that is sent without consent";
    /// Kochava, Post-Install Event Setup, iOS 14: `att_detail` is authorized, denied, notDetermined or restricted; mParticle writes `not_determined`.
    AttDetailUnknown = "att-detail-unknown", Warn, "`att_detail` must be authorized, denied, notDetermined or restricted";
    /// Kochava, Post-Install Event Setup, iOS 14: `att` is true only when tracking is authorized.
    AttContradiction = "att-contradiction", Warn, "`att` must be true when, and only when, `att_detail` is authorized";
    /// Kochava, Post-Install Event Setup, iOS 14: an object of its own; mParticle writes `att-detail`. The rule follows Kochava's.
    AttMisspelt = "att-misspelt", Warn, "the status must be in `app_tracking_transparency`, as `att` and `att_detail`";
    /// Kochava SDK, `att_time` and `att_duration`: whole seconds.
    AttTimeUnreadable = "att-time-unreadable", Warn, "`att_time` and `att_duration` must be whole seconds";
    /// Kochava, Google's DMA Consent Policy: `gdpr_applies` is required if no IP address is sent.
    ConsentAppliesMissing = "consent-applies-missing", Warn, "without an IP address, consent must say whether the GDPR applies";
    /// ISO 4217: codes are written in capitals, as in Kochava's samples.
    CurrencyLowerCase = "currency-lower-case", Warn, "the currency must be in capitals";
    /// Kochava, Post-Install Event Setup, samples: `currency` stands beside `event_data`; its SDKs also know one inside. The rule follows the samples'.
    CurrencyInsideEventData = "currency-inside-event-data", Warn, "the currency of the sum belongs beside `event_data`, not only inside it";
    /// Kochava, Post-Install Event Setup, samples: `sum` is a number.
    RevenueAsText = "revenue-as-text", Warn, "the sum is a string; Kochava's samples have a number";
    /// Kochava, Post-Install Event Setup, samples: an object; its text of 2020 and the SDK of 2014 know a plain value. The rule follows the samples'.
    EventDataOldStyle = "event-data-old-style", Warn, "`event_data` should be an object; a single value is an outdated form";
    /// Social-hub's Kochava adapter citing Kochava's current pages: nested values are ignored for conversions; only `payload` may be an object.
    EventDataNotScalar = "event-data-not-scalar", Warn, "values of `event_data` should be strings, numbers or booleans; Kochava may ignore any other";
    /// Kochava, Post-Install Event Examples: reserved names must not be used as keys. Its SDKs send `source` all the same; the rule follows the page's.
    EventDataKeyReserved = "event-data-key-reserved", Refuse, "the key is reserved by Kochava";
    /// Kochava, Install Notification Setup: an install has no name, no data and no currency.
    InstallHasEventKey = "install-has-event-key", Refuse, "an install must not have keys of an event";
    /// Kochava, Install Authentication Integration, samples (`app_ver`), and Post-Install Event Setup, table (`app_version`).
    AppVersionOtherName = "app-version-other-name", Warn, "installs have `app_ver` at the root, events `app_version` in `data`";
    /// Social-hub's Kochava adapter citing Kochava's current pages: an update is found by its `kochava_device_id`.
    UpdateKochavaDeviceIdMissing = "update-kochava-device-id-missing", Refuse, "an update needs the Kochava device id";
    /// Social-hub's Kochava adapter citing Kochava's current pages: an update adds an `idfa`.
    UpdateIdfaMissing = "update-idfa-missing", Refuse, "an update needs the IDFA that it adds";
    /// Kochava SDK, `identityLink` by the route of events; the documented one for servers is IdentityLink Setup's.
    IdentitySdkForm = "identity-sdk-form", Warn, "this is the form of Kochava's SDKs; servers use IdentityLink's own call";
    /// Kochava, IdentityLink Setup, table row `data`: names and identities.
    IdentityDataEmpty = "identity-data-empty", Refuse, "there is no identity to link";
    /// Kochava, IdentityLink Setup: "identity string".
    IdentityValueNotText = "identity-value-not-text", Refuse, "an identity must be a string that is not empty";
    /// Kochava SDK, `identity_link`: one name and value a payload.
    IdentityManyPairs = "identity-many-pairs", Warn, "Kochava's SDKs link one identity per call";
    /// Kochava, IdentityLink Setup: in the sample of 2023, not in those of 2019 and 2025. The rule follows today's.
    DeviceHashMethod = "device-hash-method", Warn, "only one former version of Kochava's page describes hashed ids";
}
