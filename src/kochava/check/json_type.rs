//! The JSON types that Kochava's guide gives for the keys of nested objects.
//!
//! The keys of the root and of `data` have checks of their own, which know their type.

use crate::json::Value;

/// The type that the guide gives for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::kochava) enum JsonType {
    Boolean,
    Number,
    Object,
    String,
}

use JsonType::{Boolean, Number, Object as AnObject, String};

impl JsonType {
    pub(in crate::kochava) fn fits(self, value: Value<'_>) -> bool {
        matches!(
            (self, value),
            (Boolean, Value::Bool(_))
                | (Number, Value::Number(_))
                | (AnObject, Value::Object(_))
                | (String, Value::String(_))
        )
    }

    /// Returns the type with its article, for a sentence.
    pub(super) fn expected(self) -> &'static str {
        match self {
            Boolean => "true or false",
            Number => "a number",
            AnObject => "an object",
            String => "a string",
        }
    }
}

/// Returns the type of a value with its article, for a sentence.
pub(super) fn type_of(value: Value<'_>) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool("true") => "true",
        Value::Bool(_) => "false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Keys of an object, each with its type.
pub(in crate::kochava) type KeyTypes = &'static [(&'static str, JsonType)];

/// Kochava, Post-Install Event Setup, iOS 14: `app_tracking_transparency`.
pub(super) const ATT: KeyTypes = &[
    ("att", Boolean),
    ("att_time", Number),
    ("att_duration", Number),
    ("att_detail", String),
];

/// Kochava, Google's DMA Consent Policy: `gdpr_privacy_consent`.
pub(super) const GOOGLE_CONSENT: KeyTypes = &[
    ("gdpr_applies", Number),
    ("tc_string", String),
    ("ad_user_data", Number),
    ("ad_personalization", Number),
];

/// Social-hub's Kochava adapter citing Kochava's current pages, and Kochava SDK: `install_referrer`.
pub(super) const INSTALL_REFERRER: KeyTypes =
    &[("referrer", String), ("referrer_click_time", Number)];

/// Apple, `AdServices`, attribution payload, which Kochava takes as `adservices_attribution_details`.
pub(in crate::kochava) const AD_SERVICES: KeyTypes = &[
    ("attribution", Boolean),
    ("orgId", Number),
    ("campaignId", Number),
    ("conversionType", String),
    ("clickDate", String),
    ("adGroupId", Number),
    ("countryOrRegion", String),
    ("keywordId", Number),
    ("adId", Number),
    ("creativeSetId", Number),
];

/// Kochava, Segment and kfapi: `conversion_data`.
pub(super) const CONVERSION_DATA: KeyTypes = &[
    ("utm_source", String),
    ("utm_medium", String),
    ("utm_campaign", String),
];

/// Kochava SDK, standard parameters, and Post-Install Event Examples, raw keys of `event_data`.
/// `sum` has a check of its own.
pub(super) const EVENT_DATA: KeyTypes = &[
    ("action", String),
    ("ad_campaign_id", String),
    ("ad_campaign_name", String),
    ("ad_group_id", String),
    ("ad_group_name", String),
    ("ad_mediation_name", String),
    ("ad_network_name", String),
    ("ad_size", String),
    ("ad_type", String),
    ("background", Boolean),
    ("checkout_as_guest", String),
    ("completed", Boolean),
    ("content_id", String),
    ("content_type", String),
    ("currency", String),
    ("date", String),
    ("description", String),
    ("destination", String),
    ("device_type", String),
    ("duration", Number),
    ("end_date", String),
    ("item_added_from", String),
    ("level", String),
    ("max_rating_value", Number),
    ("name", String),
    ("order_id", String),
    ("origin", String),
    ("payload", AnObject),
    ("placement", String),
    ("price", Number),
    ("quantity", Number),
    ("rating_value", Number),
    ("receipt_id", String),
    ("referral_from", String),
    ("registration_method", String),
    ("results", String),
    ("score", String),
    ("search_term", String),
    ("spatial_x", Number),
    ("spatial_y", Number),
    ("spatial_z", Number),
    ("start_date", String),
    ("success", String),
    ("uri", String),
    ("user_id", String),
    ("user_name", String),
    ("validated", String),
];

/// Returns the type of a key.
pub(super) fn of(key: &str, types: KeyTypes) -> Option<JsonType> {
    let known = types.iter().find(|(name, _)| *name == key);
    known.map(|(_, json_type)| *json_type)
}
