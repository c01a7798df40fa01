//! The identity of a user (Kochava, IdentityLink Setup).
//!
//! An [`IdentityDraft`] goes in; a payload or the broken rules come out. By the route of Kochava's
//! SDKs an identity also carries the Kochava device id.

use super::envelope::Envelope;
use super::validate::{Validated, Violations};
use super::{
    DataEntry, Device, IdentityRoute, ListPool, Payload, Rule, Violation, WireOptions,
    is_null_word, is_placeholder,
};
use crate::json::trim;
use alloc::vec::Vec;

/// An identity, before validation.
#[derive(Clone, Debug)]
pub struct IdentityDraft<'d, 'a> {
    /// The device.
    pub device: &'d Device<'a>,
    /// The names and values that identify the user; never empty.
    pub data: Vec<DataEntry<'a>>,
    /// The violations found while they were mapped.
    pub notes: Vec<Violation>,
}

/// A valid identity.
#[derive(Debug)]
pub struct IdentityPayload<'d, 'a> {
    pub(super) envelope: Envelope<'d, 'a>,
    pub(super) data: &'d [DataEntry<'a>],
}

/// Returns the rule that a value breaks as an identity: a null in some language's spelling
/// identifies nobody, and neither does a placeholder under the name of a user id.
#[must_use]
pub fn fault_of_identity(name: &str, value: &str) -> Option<Rule> {
    let letters = || name.bytes().rev().filter(u8::is_ascii_alphanumeric);
    let is_user_id = || {
        letters()
            .map(|byte| byte.to_ascii_lowercase())
            .take("userid".len())
            .eq("userid".bytes().rev())
    };
    let value = trim(value);
    (is_null_word(value) || (is_user_id() && is_placeholder(value)))
        .then_some(Rule::IdentifierPlaceholder)
}

/// Validates an identity.
#[must_use]
pub fn validate_identity<'d, 'a>(
    draft: &'d IdentityDraft<'d, 'a>,
    wire: &WireOptions,
    lists: &mut ListPool<'a>,
) -> Validated<'d, 'a> {
    let mut violations = Violations::default();
    let app_guid = violations.app_guid(draft.device.app_guid);
    let (field, kochava_device_id) = match wire.identity_route {
        IdentityRoute::Track => (
            "data.device_ids",
            violations.kochava_device_id(draft.device),
        ),
        IdentityRoute::IdentityLink => ("device_id", ""),
    };
    let device_ids = violations.device_ids(draft.device, field, lists);
    if device_ids.is_empty() && kochava_device_id.is_empty() {
        let path = draft.device.first_id_path();
        violations.add(Rule::IdentityDeviceIdMissing, field, path);
    }
    violations.add_refusals(&draft.notes);
    match app_guid {
        Some(app_guid) if !violations.has_refusals() => {
            violations.accept(Payload::Identity(IdentityPayload {
                envelope: Envelope {
                    app_guid,
                    kochava_device_id,
                    device_ids,
                },
                data: &draft.data,
            }))
        }
        _ => violations.refuse(),
    }
}
