//! What does Kochava take?
//!
//! Nouns: the parts of a call, still doubtful in an [`EventDraft`], beyond doubt in a [`Payload`].
//! Behind this door: `rule` is the table of rules, `check` turns one into the other, `wire` knows
//! Kochava's spellings; the others know what a single value must be. Knows neither senders nor
//! settings.

mod address;
mod check;
mod endpoint;
mod identifier;
mod request;
mod rule;
mod sign;
mod standard_names;
mod subject;
mod user_agent;
mod validate;
mod wire;

use crate::json::{Spelling, Value};
use crate::time::Moment;
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use user_agent::write_user_agent;

pub use address::{is_public, read_address};
pub use check::{BodyKind, CheckReport, Finding, check};
pub use endpoint::{Endpoint, NotAnEndpoint};
pub use identifier::{IdKey, KeySpelling, is_placeholder};
pub use request::{API_KEY_HEADER, Request, RequestKind, TooLarge};
pub(crate) use request::{CONTENT_TYPE, each_header};
pub use rule::{Rule, Severity, Violation};
pub use sign::{Credentials, Secret, Signer};
pub use standard_names::{RESERVED_BITS, is_near_standard, is_reserved};
pub use subject::{RequestSubject, read_subject};
pub use user_agent::{decode_user_agent, is_encoded_user_agent};
pub use validate::{validate_event, validate_identity};
pub use wire::{WrittenBody, write_payload};

/// Kochava's id of an app ("App GUID"), not a store's or a bundle's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppGuid(pub(crate) String);

impl AppGuid {
    /// The id as it is sent.
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
    /// Android with Google's services.
    Android,
    /// Amazon's Fire tablets and TVs.
    Fire,
    /// Roku players and TVs.
    Roku,
    /// A browser.
    Web,
    /// None that is known here.
    Unknown,
}

impl Platform {
    /// Does Apple make it?
    #[must_use]
    pub fn is_apple(self) -> bool {
        matches!(self, Platform::Ios | Platform::Ipados | Platform::Tvos)
    }
}

/// What was found for a field, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<'a, T> {
    /// A value, from this path.
    Value(T, &'a str),
    /// No path had a usable value; this rule is broken by the first one that had any.
    Unusable(Rule, &'a str),
    /// No path had a value; the first one asked.
    Nothing(Option<&'a str>),
}

impl<'a, T> Found<'a, T> {
    /// The value, if there is one.
    pub fn value(&self) -> Option<&T> {
        if let Found::Value(value, _) = self {
            Some(value)
        } else {
            None
        }
    }

    /// The path of the value, of what was unusable, or the first one asked.
    pub fn path(&self) -> Option<&'a str> {
        match self {
            Found::Value(_, path) | Found::Unusable(_, path) => Some(path),
            Found::Nothing(path) => *path,
        }
    }
}

impl Found<'_, Cow<'_, str>> {
    /// The text, if there is one.
    fn text(&self) -> Option<&str> {
        self.value().map(AsRef::as_ref)
    }
}

/// One device id that was looked for.
#[derive(Clone, Debug)]
pub struct Identifier<'a> {
    /// Under which key Kochava knows it.
    pub key: IdKey<'a>,
    /// What was found.
    pub found: Found<'a, Cow<'a, str>>,
    /// Whether a device of this platform has such an id.
    pub of_platform: bool,
    /// Whether the operator says where it lies.
    pub is_mapped: bool,
}

/// The device of a call, not yet checked.
#[derive(Clone, Debug)]
pub struct Device<'a> {
    /// The app on it, if the settings have one for its platform.
    pub app_guid: Option<&'a AppGuid>,
    /// Its platform.
    pub platform: Platform,
    /// Its system's version; Apple's first number decides about consent.
    pub os_version: Option<Cow<'a, str>>,
    /// Its model.
    pub model: Option<Cow<'a, str>>,
    /// The Kochava device id.
    pub kochava_device_id: Found<'a, Cow<'a, str>>,
    /// The device ids, in the order in which they are sent.
    pub identifiers: Vec<Identifier<'a>>,
    /// Apple's App Tracking Transparency.
    pub att: Found<'a, Att>,
    /// Whether ad tracking is limited.
    pub limit_ad_tracking: Found<'a, bool>,
}

/// Apple's App Tracking Transparency: `att` and, where known, `att_detail`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Att {
    /// True only when tracking is authorized.
    pub authorized: bool,
    /// Kochava's word for the status.
    pub detail: Option<&'static str>,
}

/// Google's consent as Kochava takes it.
#[derive(Clone, Debug)]
pub struct Consent<'a> {
    /// Whether the GDPR applies.
    pub gdpr_applies: Found<'a, bool>,
    /// IAB's TC string.
    pub tc_string: Found<'a, Cow<'a, str>>,
    /// Consent to sending user data for advertising.
    pub ad_user_data: Found<'a, bool>,
    /// Consent to personalised advertising.
    pub ad_personalization: Found<'a, bool>,
}

/// One key of `event_data`, or one name of an identity.
#[derive(Clone, Debug)]
pub struct DataEntry<'a> {
    /// Its name as sent.
    pub key: Cow<'a, str>,
    /// Its value; an object or an array is sent as JSON text.
    pub value: Value<'a>,
}

/// Room for the lists that one call after the other is made of: empty between two of them.
#[derive(Debug, Default)]
pub struct ListPool<'a> {
    pub(crate) identifiers: Vec<Identifier<'a>>,
    pub(crate) data: Vec<DataEntry<'a>>,
    sent_ids: Vec<usize>,
}

impl<'a> ListPool<'a> {
    /// Takes back the lists of a device.
    pub fn return_device(&mut self, device: Device<'a>) {
        self.identifiers = device.identifiers;
        self.identifiers.clear();
    }

    /// Takes back the list of a call's properties.
    pub fn return_data(&mut self, data: Vec<DataEntry<'a>>) {
        self.data = data;
        self.data.clear();
    }

    /// Takes back the list of a call.
    pub fn return_payload(&mut self, payload: Payload<'_, 'a>) {
        self.sent_ids = payload.device_ids.sent;
        self.sent_ids.clear();
    }
}

/// A post-install event, not yet checked.
#[derive(Clone, Debug)]
pub struct EventDraft<'d, 'a> {
    /// The device.
    pub device: &'d Device<'a>,
    /// The name, renamed if the operator wants it so.
    pub name: Found<'a, Cow<'a, str>>,
    /// When it happened.
    pub usertime: Found<'a, Moment>,
    /// The app's version.
    pub app_version: Found<'a, Cow<'a, str>>,
    /// The device's user agent.
    pub device_ua: Found<'a, Cow<'a, str>>,
    /// The device's address.
    pub origination_ip: Found<'a, Cow<'a, str>>,
    /// Consent, where the sender carries any.
    pub consent: Consent<'a>,
    /// Revenue, by its number's text.
    pub revenue: Found<'a, Cow<'a, str>>,
    /// Revenue's currency.
    pub currency: Found<'a, Cow<'a, str>>,
    /// The selected properties.
    pub event_data: Vec<DataEntry<'a>>,
    /// What mapping had to tell about the properties.
    pub notes: Vec<Violation>,
}

/// An identity, not yet checked.
#[derive(Clone, Debug)]
pub struct IdentityDraft<'d, 'a> {
    /// The device.
    pub device: &'d Device<'a>,
    /// The names and values that identify the user; never empty.
    pub data: Vec<DataEntry<'a>>,
    /// What mapping had to tell about them.
    pub notes: Vec<Violation>,
}

/// A call that keeps every rule, lent by its draft. Only `check` makes one.
#[derive(Debug)]
pub struct Payload<'d, 'a> {
    app_guid: &'a AppGuid,
    kochava_device_id: &'d str,
    device_ids: DeviceIds<'d, 'a>,
    action: Action<'d, 'a>,
}

#[allow(
    clippy::large_enum_variant,
    reason = "on 64 bits; one lives at a time, on the stack; a box would cost every event an allocation"
)]
#[derive(Debug)]
enum Action<'d, 'a> {
    Event(EventPart<'d, 'a>),
    Identity(&'d [DataEntry<'a>]),
}

/// The device ids that are sent: some of those that were found, or one empty text.
#[derive(Debug)]
struct DeviceIds<'d, 'a> {
    found: &'d [Identifier<'a>],
    sent: Vec<usize>,
    padding: Option<IdKey<'static>>,
}

#[derive(Debug)]
struct EventPart<'d, 'a> {
    name: &'d str,
    usertime: Option<Moment>,
    app_version: Option<&'d str>,
    device_ver: Option<Triple<'d>>,
    device_ua: Option<&'d str>,
    origination_ip: &'d str,
    att: Option<Att>,
    limit_ad_tracking: Option<bool>,
    consent: Option<ConsentPart<'d>>,
    currency: Option<&'d str>,
    revenue: Option<&'d str>,
    event_data: &'d [DataEntry<'a>],
}

/// Model, system and version.
type Triple<'d> = [&'d str; 3];

#[derive(Debug)]
struct ConsentPart<'d> {
    gdpr_applies: Option<bool>,
    tc_string: Option<&'d str>,
    ad_user_data: Option<bool>,
    ad_personalization: Option<bool>,
}

/// Which spelling is taken where Kochava's sources leave a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WireOptions {
    /// `usertime` in milliseconds instead of seconds.
    pub usertime_millis: bool,
    /// `device_ua` as it came instead of URL-encoded.
    pub device_ua_raw: bool,
    /// `device_ver` also beside a user agent.
    pub device_ver_model: bool,
    /// How the values of `event_data` are spelled.
    pub values: Spelling,
    /// What becomes of nested values.
    pub nested: Nested,
    /// By which route identities go.
    pub identity_route: IdentityRoute,
}

/// What becomes of nested values in `event_data`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nested {
    /// Dotted keys: `item.sku`, `items.0.sku`.
    Flatten,
    /// Their JSON text.
    Json,
    /// Left out, and told.
    Drop,
}

/// By which route identities go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityRoute {
    /// The documented one: one call with every name, by device id.
    IdentityLink,
    /// The SDK's own: one call a name, also by Kochava device id.
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
