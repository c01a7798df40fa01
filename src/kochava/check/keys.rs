//! The keys that Kochava's guide has, their places, and their order.
//!
//! From the tables and samples of Post-Install Event Setup, Install Notification Setup and
//! IdentityLink Setup.

use super::BodyKind;

/// The keys at the root, in the order of the samples.
pub(super) const ROOT_ORDER: [&str; 5] = [
    "action",
    "kochava_app_id",
    "kochava_device_id",
    "app_ver",
    "data",
];

/// The keys that only an event has.
pub(super) const EVENT_KEYS: [&str; 4] = ["event_name", "event_data", "event_value", "currency"];

/// The keys that only an install has.
pub(super) const INSTALL_KEYS: [&str; 5] = [
    "ad_services_token",
    "adservices_attribution_details",
    "iad_attribution_details",
    "install_referrer",
    "conversion_data",
];

/// The keys of `data`, in the order of the table.
pub(super) const DATA_ORDER: [&str; 12] = [
    "event_name",
    "usertime",
    "app_version",
    "device_ver",
    "device_ua",
    "origination_ip",
    "device_ids",
    "app_tracking_transparency",
    "device_limit_tracking",
    "gdpr_privacy_consent",
    "currency",
    "event_data",
];

/// Keys of `data` that Kochava's SDKs and another vendor send; they are harmless.
const SDK_KEYS: [&str; 6] = [
    "app_name",
    "app_short_string",
    "app_limit_tracking",
    "locale",
    "os_version",
    "screen_dpi",
];

/// The keys of `app_tracking_transparency`.
pub(super) const ATT_ORDER: [&str; 4] = ["att", "att_time", "att_duration", "att_detail"];

/// The keys of `gdpr_privacy_consent`.
pub(super) const CONSENT_ORDER: [&str; 4] = [
    "gdpr_applies",
    "tc_string",
    "ad_user_data",
    "ad_personalization",
];

/// The keys of an identity.
pub(super) const IDENTITY_ORDER: [&str; 4] =
    ["kochava_app_id", "device_id", "device_hash_method", "data"];

/// Reports whether the guide knows a key in the `data` of a call of this kind. The keys of events
/// count as known in an install, too, where another rule forbids them.
pub(super) fn is_known(kind: BodyKind, key: &str) -> bool {
    let is_events = is_among(&EVENT_KEYS, key);
    let is_of_kind = match kind {
        BodyKind::Event => is_events,
        BodyKind::Install => is_events || is_among(&INSTALL_KEYS, key) || key == "identity_link",
        BodyKind::Update => key == "idfa",
        BodyKind::Identity => key == "identity_link",
    };
    is_of_kind
        || is_among(&SDK_KEYS, key)
        || is_att_key(key)
        || (is_among(&DATA_ORDER, key) && !is_events)
}

/// Reports whether a list has a key; compiled once, not for each of the lists.
#[inline(never)]
pub(super) fn is_among(keys: &[&str], key: &str) -> bool {
    keys.contains(&key)
}

/// Reports whether the guide knows a key in the `data` of a call of any kind.
pub(super) fn is_known_anywhere(key: &str) -> bool {
    BodyKind::ALL.into_iter().any(|kind| is_known(kind, key))
}

/// Reports whether a key belongs into `app_tracking_transparency`; mParticle documents
/// `att-detail`.
pub(super) fn is_att_key(key: &str) -> bool {
    is_among(&ATT_ORDER, key) || key == "att-detail"
}
