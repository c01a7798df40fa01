//! The calls that Kochava takes, and the rules of its guide.
//!
//! A draft of a call goes in; requests with their exact bytes come out, or every rule that the
//! draft breaks. One file holds each call (`install`, `event`, `identity`): its draft, its
//! validation, and its payload, which keeps every rule of severity *refuse*. `track`, `device`,
//! `envelope` and `validate` hold what the calls share; `wire` writes the bodies; `sign` and
//! `request` complete them. `rule` is the table of rules, `check` applies them to a body of any
//! origin. Knows neither senders nor settings.

mod address;
mod check;
mod coverage;
mod device;
mod endpoint;
mod envelope;
mod event;
mod id_name;
mod identifier;
mod identity;
mod install;
mod list_pool;
mod payload;
mod placeholder;
mod request;
mod resolved;
mod rule;
mod sign;
mod standard_names;
mod subject;
mod track;
mod user_agent;
mod validate;
mod wire;
mod wire_options;

use user_agent::write_user_agent;

pub use address::{find_address, is_public, read_address};
pub use check::{BodyKind, CheckReport, Finding, TypeMismatch, check};
pub use coverage::Coverage;
pub use device::{AppGuid, Att, Consent, Device, Identifier, Platform, WithheldKinds};
pub use endpoint::{Endpoint, EndpointError};
pub use event::{EventDraft, EventPayload, validate_event};
pub use id_name::{IdKind, is_fire_adid, kind_of_name};
pub use identifier::{IdKey, KeySpelling, is_uuid};
pub use identity::{IdentityDraft, IdentityPayload, fault_of_identity, validate_identity};
pub use install::{InstallDraft, InstallPayload, validate_install};
pub(crate) use list_pool::keep_key;
pub use list_pool::{DataEntry, ListPool};
pub use payload::Payload;
pub use placeholder::{is_null_word, is_placeholder, is_uniform, means_missing};
pub(crate) use request::TOKEN_HEADER;
pub use request::{API_KEY_HEADER, Request, RequestKind, TooLarge};
pub(crate) use request::{CONTENT_TYPE, each_header};
pub use resolved::Resolved;
pub use rule::{Rule, Severity, Violation};
pub use sign::{Credentials, Secret, Signer};
pub use standard_names::{RESERVED_BITS, is_near_standard, is_reserved, standard_spelling};
pub use subject::{PlannedCall, RequestSubject, Route};
pub use track::{TrackDraft, TrackPayload};
pub use user_agent::{decode_user_agent, is_encoded_user_agent};
pub use validate::Validated;
pub use wire::{WrittenBody, write_payload};
pub use wire_options::{IdentityRoute, Nested, WireOptions};
