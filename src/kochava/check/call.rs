//! A call by the route of events, and the places of its fields.
//!
//! Kochava's table is flat, its samples have all but the root keys in `data`: a field is looked up
//! in `data` first, then at the root.

use super::BodyKind;
use super::findings::Findings;
use super::keys::{DATA_ORDER, is_known};
use super::object::{BodyField, Object};
use super::value::string_or_empty;
use crate::json::trim;
use crate::kochava::{Rule, decode_user_agent, is_placeholder};

/// An install, an event, an update, or an identity in the form of Kochava's SDKs.
pub(super) struct Call<'c, 'a> {
    pub(super) root: &'c Object<'a>,
    pub(super) data: Option<&'c Object<'a>>,
    pub(super) kind: BodyKind,
    /// Whether missing keys are reported.
    pub(super) is_certain: bool,
}

impl<'c, 'a> Call<'c, 'a> {
    /// Returns a field of `data` or of the root.
    #[inline(never)]
    pub(super) fn field(&self, key: &str) -> Option<BodyField<'c, 'a>> {
        self.data
            .and_then(|data| data.get(key))
            .or_else(|| self.root.get(key))
    }

    /// Returns the object where a missing field is expected: `data`, or the root of a flat body;
    /// `None` if `data` itself is missing or no object.
    #[inline(never)]
    pub(super) fn data_or_flat_root(&self) -> Option<&Object<'a>> {
        let is_flat = || {
            let mut members = self.root.members().iter();
            !self.root.has("data") && members.any(|member| is_known(self.kind, &member.key))
        };
        self.data.or_else(|| is_flat().then_some(self.root))
    }

    /// Returns the device ids, which may have the key of IdentityLink.
    pub(super) fn device_ids(&self) -> Option<BodyField<'c, 'a>> {
        self.field("device_ids").or_else(|| self.field("device_id"))
    }

    /// Adds a finding about a missing field.
    #[inline(never)]
    pub(super) fn add_missing(&self, rule: Rule, key: &str, findings: &mut Findings) {
        if self.is_certain
            && let Some(object) = self.data_or_flat_root()
        {
            findings.add_missing(rule, object, key, &DATA_ORDER);
        }
    }

    /// Reports whether the field is a string that is not empty.
    #[inline(never)]
    pub(super) fn has_text(&self, key: &str) -> bool {
        !string_or_empty(self.field(key)).is_empty()
    }

    /// Reports whether there is a user agent that is no placeholder.
    pub(super) fn has_user_agent(&self) -> bool {
        !is_placeholder(&decode_user_agent(&string_or_empty(
            self.field("device_ua"),
        )))
    }

    /// Reports whether there is a usable Kochava device id.
    pub(super) fn has_kochava_device_id(&self) -> bool {
        let id = self
            .root
            .get("kochava_device_id")
            .or_else(|| self.data?.get("kochava_device_id"));
        !is_placeholder(trim(&string_or_empty(id)))
    }
}
