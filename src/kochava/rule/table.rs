//! The table of rules.
//!
//! A row holds the source as its documentation, then the code, the severity, the problem, and where
//! it is known the advice or the consequence. Behind `or` stands further advice for a value that is
//! mapped by the settings. The sentence of a rule is "problem; advice"; where the path in the
//! sender's event is known, it is "problem in `path`; advice, or further advice".

use super::Severity;

rules! {
    /// Ours: an element of a batch is an event or a user; nothing else can be mapped.
    NotAnObject = "not-an-object", Refuse, "an element of the batch is not a JSON object";
    /// Ours: where the sender is to be detected, an element of a batch must have the shape of one.
    UnrecognizedFormat = "unrecognized-format", Refuse,
        "an element of the batch has the format of no known sender", "name its sender";
    /// Ours: Amplitude accepts 40 levels (HTTP V2 API); beyond 128 nothing is read.
    NestedTooDeep = "nested-too-deep", Refuse,
        "nesting deeper than 128 levels", "send a flatter object";
    /// Kochava, Post-Install Event Setup, table row `kochava_app_id`: required, the unique
    /// application ID; Kochava apps are per platform.
    AppGuidMissing = "app-guid-missing", Refuse,
        "no App GUID for the app on this platform", "Kochava needs one";
    /// Kochava, Post-Install Event Setup, table row `kochava_device_id`: may be an empty string
    /// where a device id is always sent.
    KochavaDeviceIdMissing = "kochava-device-id-missing", Warn,
        "no Kochava device id", "the install is found by device ids alone";
    /// Kochava, Post-Install Event Setup, table row `data`: `event_name` is the event's title.
    EventNameMissing = "event-name-missing", Refuse, "no event name", "Kochava needs one";
    /// Kochava, Post-Install Event Setup, iOS 14: without consent the IDFA is dropped; a name cannot
    /// be sent without the id in it.
    EventNameWithheld = "event-name-withheld", Refuse,
        "event name with an advertising id without permission to track", "send a name without it";
    /// Kochava, Post-Install Event Examples: standard events must be spelled exactly; Kochava
    /// Measurement SDKs, list of standard events.
    EventNameNearStandard = "event-name-near-standard", Warn,
        "misspelt name of a standard event", "Kochava treats it as a different event";
    /// Kochava, Post-Install Event Setup, table row `usertime`: optional, "the time the event was
    /// completed by the user in Epoch format".
    UsertimeMissing = "usertime-missing", Warn,
        "no event time", "Kochava will use the time of arrival";
    /// Kochava, Post-Install Event Setup, table row `usertime`: "in Epoch format".
    UsertimeUnreadable = "usertime-unreadable", Warn,
        "unreadable event time", "it is left out, so Kochava will use the time of arrival";
    /// Ours: the default dates of languages and databases, or a number in another unit.
    UsertimeImplausible = "usertime-implausible", Warn,
        "event time before 2000 or after 2100",
        "it is a default date or has another unit, and counts as missing";
    /// Ours: a time more than a day ahead of its arrival is a wrong clock.
    UsertimeInFuture = "usertime-in-future", Warn,
        "future event time", "it is more than a day after arrival and is left out";
    /// Kochava, S2S without Device UA: without a user agent `device_ver` is `model-OS-version`.
    DeviceVerMissing = "device-ver-missing", Warn,
        "neither a user agent nor model, system and version",
        "Kochava cannot identify the device type";
    /// Kochava, Post-Install Event Setup, table row `device_ua`: "useful when campaigns require
    /// fingerprint attribution".
    DeviceUaMissing = "device-ua-missing", Warn,
        "no user agent", "fingerprint attribution cannot work without it";
    /// Kochava, S2S without Device UA: an unknown user agent is an empty text; Amplitude, HTTP V2
    /// API, names values that stand for none.
    DeviceUaPlaceholder = "device-ua-placeholder", Warn,
        "placeholder or non-string value instead of a user agent", "it counts as missing";
    /// Kochava, Post-Install Event Setup, table row `origination_ip`: required, "the IP address of
    /// the device on install".
    OriginationIpMissing = "origination-ip-missing", Refuse,
        "no IP address", "send the device's" or "map another field";
    /// Kochava, Post-Install Event Setup, table row `origination_ip`: one IP address.
    OriginationIpInvalid = "origination-ip-invalid", Refuse,
        "invalid IP address", "send one literal IPv4 or IPv6 address";
    /// Kochava, Post-Install Event Setup, table row `origination_ip`: the address of the device,
    /// which no loopback, private or unspecified address is.
    OriginationIpNotPublic = "origination-ip-not-public", Refuse,
        "private or reserved IP address", "send the device's public one";
    /// Kochava, Post-Install Event Setup, NOTE under the table: `kochava_device_id` may be empty
    /// "as long as a device id is being sent and vice versa". The table's "at least one identifier"
    /// is read with this NOTE: one of the two must be there.
    DeviceIdentityMissing = "device-identity-missing", Refuse,
        "no identifier",
        "send a Kochava device id or at least one device id" or "map another field";
    /// Kochava, Post-Install Event Setup, table row `device_ids`: "at least one identifier"; its
    /// NOTE lets `kochava_device_id` stand in.
    DeviceIdsMissing = "device-ids-missing", Warn,
        "no device id", "the install is found by the Kochava device id alone";
    /// Kochava, IdentityLink Setup: `device_id` is required and holds device ids; the call has no
    /// place for a `kochava_device_id`.
    IdentityDeviceIdMissing = "identity-device-id-missing", Refuse,
        "no device id", "IdentityLink needs at least one" or "map another field";
    /// Kochava, IdentityLink Setup: `device_id` is required; Amplitude, Kochava (Post-install):
    /// smaller than 2MB. An event is not lost because of its identity.
    IdentityLeftOut = "identity-left-out", Warn,
        "invalid identity", "it is left out, and the event is sent without it";
    /// Kochava, Segment integration: zeros mean limited tracking; Amplitude, HTTP V2 API and SDKs,
    /// name other values that are no id or that many devices share.
    IdentifierPlaceholder = "identifier-placeholder", Warn,
        "placeholder or non-string value instead of an identifier", "it counts as missing";
    /// Kochava, Over the Top TV and Connected TV, and Post-Install Event Setup: each platform has
    /// its own identifiers.
    IdentifierWrongPlatform = "identifier-wrong-platform", Warn,
        "identifier of another platform", "it counts as missing";
    /// Apple, `advertisingIdentifier`; Google, Advertising ID; Amazon; Roku: UUIDs; Android,
    /// `ANDROID_ID`: 64 bits in hexadecimal, whose leading zeros may be cut off; Amplitude, HTTP V2
    /// API: `min_id_length`.
    IdentifierShape = "identifier-shape", Warn,
        "malformed identifier", "it counts as missing";
    /// Kochava, Post-Install Event Setup, iOS 14: without consent the IDFA is dropped. The same is
    /// done wherever ad tracking is limited, and with the same id in any other place.
    AdvertisingIdWithheld = "advertising-id-withheld", Warn,
        "advertising id without permission to track", "it is withheld";
    /// Kochava, Post-Install Event Setup, iOS 14: if the flag is missing Kochava assumes no consent
    /// and drops the IDFA.
    AttStatusMissing = "att-status-missing", Warn,
        "no App Tracking Transparency status", "Kochava assumes no consent";
    /// Kochava, Post-Install Event Setup, iOS 14: `att_detail` is authorized, denied, notDetermined
    /// or restricted.
    AttStatusUnreadable = "att-status-unreadable", Warn,
        "unknown App Tracking Transparency status", "it counts as no consent";
    /// Kochava SDK, `device_limit_tracking`: a boolean. What cannot be read is no permission.
    LimitAdTrackingUnreadable = "limit-ad-tracking-unreadable", Warn,
        "unreadable limit-ad-tracking flag", "ad tracking counts as limited; send true or false";
    /// Kochava, Google's DMA Consent Policy: `gdpr_applies`, `ad_user_data` and
    /// `ad_personalization` are 0 or 1. What cannot be read is no consent.
    ConsentUnreadable = "consent-unreadable", Warn,
        "unreadable consent flag",
        "it counts as a refusal, `gdpr_applies` as missing; send 0 or 1";
    /// Kochava, Google's DMA Consent Policy: `tc_string` is required unless both `ad_user_data` and
    /// `ad_personalization` are sent, and vice versa.
    ConsentIncomplete = "consent-incomplete", Warn,
        "incomplete consent", "it counts as missing without a TC string or both of Google's flags";
    /// Kochava, Post-Install Event Examples: `sum` is a number without a currency sign.
    RevenueUnreadable = "revenue-unreadable", Refuse,
        "unreadable revenue", "send a number without a currency sign";
    /// Kochava, Post-Install Event Setup, samples: `currency` is an ISO 4217 code.
    CurrencyUnreadable = "currency-unreadable", Refuse,
        "unreadable currency", "send a code of three letters (ISO 4217)";
    /// Kochava, Post-Install Event Setup, samples: `currency` stands beside a `sum`. A missing one
    /// is never invented.
    CurrencyMissing = "currency-missing", Warn,
        "no currency for the revenue", "Kochava counts it in the app's default currency";
    /// Kochava, Post-Install Event Examples: reserved names must not be used as keys.
    EventDataKeyRenamed = "event-data-key-renamed", Warn,
        "reserved or duplicate property name", "it is sent with the prefix `ev_`";
    /// Social-hub's Kochava adapter citing Kochava's current pages: at most 16 parameters;
    /// Kochava's examples page: as many as you like.
    EventDataManyKeys = "event-data-many-keys", Warn,
        "more than 16 keys in `event_data`", "Kochava may ignore those beyond the 16th";
    /// Social-hub's Kochava adapter citing Kochava's current pages, and Apple, `AdServices`: referrer
    /// and token are strings, the time of the click is seconds, the details are an object.
    AttributionUnreadable = "attribution-unreadable", Warn,
        "unreadable attribution of an install", "it is left out";
    /// Kochava, Install Authentication Integration: the body is hashed as PHP writes it, and PHP
    /// loses the digits of such a number.
    NumberAsText = "number-as-text", Warn,
        "number beyond 64 bits", "it is sent as a string to keep its digits";
    /// Kochava, Install Authentication Integration: the body is JSON that PHP must read; half a
    /// surrogate pair is no character.
    TextRepaired = "text-repaired", Warn, "half a surrogate pair", "it is replaced by U+FFFD";
    /// Kochava, IdentityLink Setup: values are identity strings; Kochava, Post-Install Event
    /// Examples: values are flat.
    ValueDropped = "value-dropped", Warn, "nested value", "it has no place here and is left out";
    /// Kochava, Post-Install Event Setup, table row `device_ids`: which identifiers an event has
    /// depends on its platform.
    PlatformUnknown = "platform-unknown", Warn,
        "unknown platform", "identifiers are sent as mapped, an IDFA only with consent";
    /// Amplitude, Kochava (Post-install): "Requests must be smaller than 2MB".
    RequestTooLarge = "request-too-large", Refuse,
        "request too large", "it must be smaller than 2,000,000 bytes";

    // reported only by `check`, about bodies that others wrote

    /// Kochava, Post-Install Event Setup: the payload is one JSON object.
    EmptyBody = "empty-body", Refuse, "the body is empty", "send one JSON object";
    /// RFC 8259, section 8.1: JSON text is UTF-8.
    InvalidUtf8 = "invalid-utf8", Refuse, "the body is not UTF-8";
    /// RFC 8259, section 2: the grammar of JSON; no byte order mark, no trailing comma.
    InvalidJson = "invalid-json", Refuse, "the body is not JSON";
    /// Kochava, Post-Install Event Setup, samples: one object a request; only Kochava's own SDKs
    /// post lists.
    BodyNotAnObject = "body-not-an-object", Refuse,
        "the body is not a JSON object", "send one object per request";
    /// Kochava, Post-Install Event Setup, samples: the body has Kochava's keys; URL and headers go
    /// beside it.
    RequestInsteadOfBody = "request-instead-of-body", Refuse,
        "a plan or a request instead of a request's body",
        "check the text in `body` of each request";
    /// RFC 8259, section 4: the value of a name that occurs twice is unpredictable; PHP keeps the
    /// last one.
    DuplicateKey = "duplicate-key", Refuse, "duplicate key", "send each key once";
    /// RFC 8259, section 8.2: half a surrogate pair is no character; PHP's `json_decode` fails on
    /// the whole body.
    LoneSurrogate = "lone-surrogate", Refuse,
        "half a surrogate pair", "PHP cannot read a body that contains one";
    /// Ours: PHP's `json_decode` makes no object with such a key.
    KeyWithNul = "key-with-nul", Refuse,
        "key that begins with NUL", "PHP cannot read an object that has one";
    /// Kochava, Install Authentication Integration: the body is seen to pass through PHP, whose
    /// arrays make `{}` and the names 0, 1, 2… a list.
    ObjectReadsAsList = "object-reads-as-list", Warn,
        "object that PHP may read as a list", "it is empty, or its keys are 0, 1, 2…";
    /// Kochava, Install Authentication Integration: the body is hashed as PHP writes it. Unsigned
    /// bodies may be written in any way.
    NotPhpSpelling = "not-php-spelling", Warn,
        "PHP would write the body differently", "strict authentication may fail";
    /// Kochava, Post-Install Event Setup, WARNING: a payload without every mandatory key is not
    /// tied to the install; IdentityLink Setup, table.
    MandatoryKeyMissing = "mandatory-key-missing", Refuse,
        "mandatory key missing", "send an empty string if its value is unknown";
    /// Kochava, Post-Install Event Setup: "an empty string". Versions before 2020 say "as null"
    /// beside the example `""`; this rule follows today's.
    NullValue = "null-value", Refuse, "null value",
        "leave the key out, or send an empty string where a string is expected";
    /// Kochava, Post-Install Event Setup and IdentityLink Setup, tables and samples.
    WrongType = "wrong-type", Refuse,
        "value of the wrong type", "send the type that Kochava's guide gives";
    /// Kochava, Post-Install Event Setup, Install Notification Setup and IdentityLink Setup,
    /// tables: every key that they name, and those of the SDKs.
    UnknownKey = "unknown-key", Warn, "unknown key", "Kochava's guide does not mention it";
    /// Kochava, Post-Install Event Setup: the table is flat, all samples have four keys at the root
    /// and the rest in `data`; this rule follows the samples.
    FlatBody = "flat-body", Warn,
        "key outside `data`", "Kochava's samples have only four keys at the root";
    /// Kochava, Post-Install Event Setup, samples: `action`, `kochava_app_id` and
    /// `kochava_device_id` stand at the root, in a flat body too.
    RootKeyInData = "root-key-in-data", Refuse,
        "key inside `data` that belongs at the root", "move it there";
    /// Kochava, Post-Install Event Setup and Install Notification Setup: the actions are event,
    /// install and update.
    ActionUnknown = "action-unknown", Refuse, "unknown action", "send event, install or update";
    /// Kochava, Post-Install Event Setup, table row `action`: the action as it is written there.
    ActionWrongCase = "action-wrong-case", Refuse,
        "misspelt action", "write it exactly as Kochava does";
    /// Kochava SDK, `PayloadType`: these actions are what its SDKs send, and no page offers them to
    /// servers.
    ActionSdkOnly = "action-sdk-only", Refuse,
        "action of Kochava's SDKs", "servers send event, install or update";
    /// Kochava, Post-Install Event Setup, table row `kochava_app_id`: the App GUID, not a store's
    /// or a bundle's id. Its shape is not published.
    AppGuidShape = "app-guid-shape", Warn,
        "App GUID that looks like the id of a store or a bundle",
        "copy it from Kochava's dashboard";
    /// Kochava, Post-Install Event Setup, table row `usertime`: "in Epoch format".
    UsertimeNotEpoch = "usertime-not-epoch", Refuse,
        "event time not in Epoch format", "send whole seconds since 1970";
    /// Kochava, S2S without Device UA, quotes the time; Post-Install Event Setup does not. This
    /// rule expects a number.
    UsertimeAsText = "usertime-as-text", Warn,
        "event time as a string", "most of Kochava's samples have a number";
    /// Kochava, Post-Install Event Setup, samples: ten digits, that is seconds; no page names the
    /// unit, and one vendor sends milliseconds.
    UsertimeMillis = "usertime-millis", Warn,
        "event time in milliseconds", "Kochava's samples have seconds";
    /// Kochava, Post-Install Event Setup, table row `device_ua`: "URL-encoded". All its samples are
    /// raw; this rule follows the table.
    DeviceUaNotEncoded = "device-ua-not-encoded", Warn,
        "user agent that is not URL-encoded", "Kochava's table asks for URL encoding";
    /// Kochava, Post-Install Event Setup, table row `device_ua`: "URL-encoded", that is once.
    DeviceUaEncodedTwice = "device-ua-encoded-twice", Warn,
        "user agent that looks URL-encoded twice", "encode it once";
    /// Kochava, S2S without Device UA: `model-OS-version`, for example `iPhone-iOS-17.0`.
    DeviceVerShape = "device-ver-shape", Refuse,
        "malformed `device_ver`", "without a user agent it must be model-OS-version";
    /// Kochava, Post-Install Event Setup, table row `device_ver`: empty where a user agent is sent;
    /// its oldest version wanted it always.
    DeviceVerBesideUa = "device-ver-beside-ua", Warn,
        "`device_ver` beside a user agent", "send an empty string";
    /// Kochava, Post-Install Event Setup, iOS 14: payloads must let Kochava read the version of the
    /// system.
    OsVersionUnreadable = "os-version-unreadable", Warn,
        "no version of Apple's system in user agent or `device_ver`", "Kochava reads consent by it";
    /// Kochava, IdentityLink Setup: only `device_hash_method` marks hashed ids, and events have no
    /// such key.
    ValueHashed = "value-hashed", Warn, "value that looks hashed", "send it as it is";
    /// Kochava, Post-Install Event Setup, table row `device_ids`, and samples: an object of texts;
    /// two public clients send a list.
    DeviceIdsNotAnObject = "device-ids-not-an-object", Refuse,
        "device ids that are not an object", "send an object of strings, never a list";
    /// Kochava, Post-Install Event Setup, table row `device_ids`: "at least one identifier";
    /// samples pad with empty texts.
    DeviceIdsEmpty = "device-ids-empty", Refuse,
        "empty object of device ids", "send at least one key";
    /// Kochava, Post-Install Event Setup, row `device_ids`, and IdentityLink Setup, row
    /// `device_id`.
    DeviceIdsMisnamed = "device-ids-misnamed", Refuse,
        "wrong key for device ids",
        "events and installs use `device_ids`, IdentityLink uses `device_id`";
    /// Kochava, Post-Install Event Setup and Over the Top TV and Connected TV: `idfa`, `idfv`,
    /// `adid`, `android_id`, `fire_adid`, `rida`.
    DeviceIdKeyMisspelt = "device-id-key-misspelt", Refuse,
        "misspelt key of an identifier", "Kochava spells it differently";
    /// Kochava, Post-Install Event Setup, earlier versions (`ADID`, `UDID`, `imei`, `mac`);
    /// mParticle (`faid`). This rule follows today's.
    DeviceIdKeyOutdated = "device-id-key-outdated", Warn,
        "outdated key of an identifier",
        "Kochava's current pages spell it differently or do not mention it";
    /// Kochava, Post-Install Event Setup: "or a custom variant", which Kochava provisions.
    DeviceIdKeyUnknown = "device-id-key-unknown", Warn,
        "unknown key of an identifier", "Kochava uses it only if it has provisioned the key";
    /// Kochava, Post-Install Event Setup, iOS 14: without consent the IDFA is dropped.
    IdfaWithoutConsent = "idfa-without-consent", Warn, "IDFA without consent", "Kochava drops it";
    /// Kochava SDK, `device_limit_tracking`: with it the SDK sends no advertising id; Kochava,
    /// Segment integration: zeros stand for it.
    AdvertisingIdDespiteLimit = "advertising-id-despite-limit", Warn,
        "advertising id although ad tracking is limited", "leave it out";
    /// Kochava, Post-Install Event Setup, iOS 14: `att_detail` is authorized, denied, notDetermined
    /// or restricted; mParticle writes `not_determined`.
    AttDetailUnknown = "att-detail-unknown", Warn,
        "unknown `att_detail`", "send authorized, denied, notDetermined or restricted";
    /// Kochava, Post-Install Event Setup, iOS 14: `att` is true only when tracking is authorized.
    AttContradiction = "att-contradiction", Warn,
        "`att` contradicts `att_detail`", "it must be true exactly if `att_detail` is authorized";
    /// Kochava, Post-Install Event Setup, iOS 14: an object of its own; mParticle writes
    /// `att-detail`. This rule follows Kochava.
    AttMisspelt = "att-misspelt", Warn,
        "misplaced App Tracking Transparency status",
        "send `att` and `att_detail` in `app_tracking_transparency`";
    /// Kochava SDK, `att_time` and `att_duration`: whole seconds.
    AttTimeUnreadable = "att-time-unreadable", Warn,
        "unreadable `att_time` or `att_duration`", "send whole seconds";
    /// Social-hub's Kochava adapter citing Kochava's current pages, and Kochava SDK:
    /// `referrer_click_time` is in seconds.
    ClickTimeUnreadable = "click-time-unreadable", Warn,
        "unreadable `referrer_click_time`", "send whole seconds";
    /// Kochava, Google's DMA Consent Policy: `gdpr_applies` is required if no IP address is sent.
    ConsentAppliesMissing = "consent-applies-missing", Warn,
        "no `gdpr_applies`", "consent without an IP address must say whether the GDPR applies";
    /// ISO 4217: codes are written in capitals, as in Kochava's samples.
    CurrencyLowerCase = "currency-lower-case", Warn,
        "currency in lower case", "write it in capitals";
    /// Kochava, Post-Install Event Setup, samples: `currency` stands beside `event_data`; its SDKs
    /// also know one inside. This rule follows the samples.
    CurrencyInsideEventData = "currency-inside-event-data", Warn,
        "currency only inside `event_data`", "send it beside `event_data`";
    /// Kochava, Post-Install Event Setup, samples: `sum` is a number.
    RevenueAsText = "revenue-as-text", Warn, "`sum` as a string", "Kochava's samples have a number";
    /// Kochava, Post-Install Event Setup, samples: an object; its text of 2020 and the SDK of 2014
    /// have a plain value. This rule follows the samples.
    EventDataOldStyle = "event-data-old-style", Warn,
        "single value instead of an object", "send an object in `event_data`";
    /// Social-hub's Kochava adapter citing Kochava's current pages: nested values are ignored for
    /// conversions; only `payload` may be an object.
    EventDataNotScalar = "event-data-not-scalar", Warn,
        "value of `event_data` that is not a string, number or boolean", "Kochava may ignore it";
    /// Kochava SDK, standard parameters: each has its type; Post-Install Event Examples lists the
    /// same keys. A number or a flag under a key of text is not told: it stays readable.
    EventDataOtherType = "event-data-other-type", Warn,
        "standard key of `event_data` with a value of another type",
        "Kochava's SDKs send the expected one";
    /// Kochava, Post-Install Event Examples: reserved names must not be used as keys. Its SDKs send
    /// `source` all the same; this rule follows the page.
    EventDataKeyReserved = "event-data-key-reserved", Refuse,
        "key that Kochava reserves", "rename it";
    /// Kochava, Install Notification Setup: an install has no name, no data and no currency.
    InstallHasEventKey = "install-has-event-key", Refuse,
        "key of an event in an install", "leave it out";
    /// Kochava, Install Authentication Integration, samples (`app_ver`), and Post-Install Event
    /// Setup, table (`app_version`).
    AppVersionOtherName = "app-version-other-name", Warn,
        "wrong key for the app version",
        "installs use `app_ver` at the root, events `app_version` in `data`";
    /// Social-hub's Kochava adapter citing Kochava's current pages: an update is found by its
    /// `kochava_device_id`.
    UpdateKochavaDeviceIdMissing = "update-kochava-device-id-missing", Refuse,
        "no Kochava device id", "an update needs one";
    /// Social-hub's Kochava adapter citing Kochava's current pages: an update adds an `idfa`.
    UpdateIdfaMissing = "update-idfa-missing", Refuse,
        "no IDFA", "an update needs the one that it adds";
    /// Kochava SDK, `identityLink` by the route of events; the documented one for servers is
    /// IdentityLink Setup's.
    IdentitySdkForm = "identity-sdk-form", Warn,
        "identity in the form of Kochava's SDKs", "servers use IdentityLink's own call";
    /// Kochava, IdentityLink Setup, table row `data`: names and identities.
    IdentityDataEmpty = "identity-data-empty", Refuse,
        "no identity to link", "send at least one name and value";
    /// Kochava, IdentityLink Setup: "identity string".
    IdentityValueNotText = "identity-value-not-text", Refuse,
        "identity that is empty or not a string", "send a string";
    /// Kochava SDK, `identity_link`: one name and value a payload.
    IdentityManyPairs = "identity-many-pairs", Warn,
        "more than one identity", "Kochava's SDKs link one per call";
    /// Kochava, IdentityLink Setup: in the sample of 2023, not in those of 2019 and 2025. This rule
    /// follows today's.
    DeviceHashMethod = "device-hash-method", Warn,
        "hashed device ids", "only one former version of Kochava's page mentions them";
}
