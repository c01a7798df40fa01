//! The operator's choices where Kochava's pages allow more than one form of a call.

use crate::json::Spelling;

/// The chosen form of each part of a call on which Kochava's pages leave a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WireOptions {
    /// `usertime` in milliseconds instead of seconds.
    pub usertime_millis: bool,
    /// `device_ua` as the sender wrote it instead of URL-encoded.
    pub device_ua_raw: bool,
    /// `device_ver` also beside a user agent.
    pub device_ver_model: bool,
    /// The JSON types of the values of `event_data`.
    pub values: Spelling,
    /// The treatment of nested values in `event_data`.
    pub nested: Nested,
    /// The route of identities.
    pub identity_route: IdentityRoute,
}

/// The treatment of nested values in `event_data`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nested {
    /// One entry for each leaf, with a dotted key: `item.sku`, `items.0.sku`.
    Flatten,
    /// One entry with their JSON text.
    Json,
    /// Left out, with a warning.
    Drop,
}

/// The route of identities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityRoute {
    /// The route documented for servers: one call for all names, by device id.
    IdentityLink,
    /// The route of Kochava's SDKs: one call for each name, also by Kochava device id.
    Track,
}

impl Default for WireOptions {
    fn default() -> Self {
        WireOptions {
            usertime_millis: false,
            device_ua_raw: false,
            device_ver_model: false,
            values: Spelling::Native,
            nested: Nested::Flatten,
            identity_route: IdentityRoute::IdentityLink,
        }
    }
}
