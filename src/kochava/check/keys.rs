//! Which keys does Kochava know, where, and in which order?
//!
//! Post-Install Event Setup, Install Notification Setup, IdentityLink Setup: tables and samples.

use super::BodyKind;

/// The keys at the root, in the order of the samples.
pub(super) const ROOT_ORDER: [&str; 5] = [
    "action",
    "kochava_app_id",
    "kochava_device_id",
    "app_ver",
    "data",
];

/// What only an event says.
pub(super) const EVENT_KEYS: [&str; 4] = ["event_name", "event_data", "event_value", "currency"];

/// What only an install says.
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

/// What Kochava's SDKs say beside it, and another vendor after them: harmless.
const SDK_KEYS: [&str; 6] = [
    "app_name",
    "app_short_string",
    "app_limit_tracking",
    "locale",
    "os_version",
    "screen_dpi",
];

/// The keys of Apple's block.
pub(super) const ATT_ORDER: [&str; 4] = ["att", "att_time", "att_duration", "att_detail"];

/// The keys of an identity.
pub(super) const IDENTITY_ORDER: [&str; 4] =
    ["kochava_app_id", "device_id", "device_hash_method", "data"];

/// Does the guide know this key in the `data` of such a call? What only events say is known to an
/// install too: there it is forbidden.
pub(super) fn belongs(kind: BodyKind, key: &str) -> bool {
    let is_of_kind = match kind {
        BodyKind::Event => EVENT_KEYS.contains(&key),
        BodyKind::Install => {
            EVENT_KEYS.contains(&key) || INSTALL_KEYS.contains(&key) || key == "identity_link"
        }
        BodyKind::Update => key == "idfa",
        BodyKind::Identity => key == "identity_link",
    };
    is_of_kind
        || SDK_KEYS.contains(&key)
        || is_stray_att(key)
        || (DATA_ORDER.contains(&key) && !EVENT_KEYS.contains(&key))
}

/// Does any call have this key in `data`?
pub(super) fn belongs_to_any(key: &str) -> bool {
    [
        BodyKind::Event,
        BodyKind::Install,
        BodyKind::Update,
        BodyKind::Identity,
    ]
    .into_iter()
    .any(|kind| belongs(kind, key))
}

/// Is this Apple's status, standing where it is not looked for (mParticle documents `att-detail`)?
pub(super) fn is_stray_att(key: &str) -> bool {
    ATT_ORDER.contains(&key) || key == "att-detail"
}
