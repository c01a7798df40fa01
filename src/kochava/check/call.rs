//! Where does each field of this call stand?
//!
//! Kochava's table is flat, its samples have all but four keys in `data`: a field is looked for in
//! `data` first, then at the root.

use super::BodyKind;
use super::keys::{DATA_ORDER, belongs};
use super::place::{BodyField, Findings, Object};
use super::value::said;
use crate::kochava::{Rule, is_placeholder};

/// An install, an event or an update; or an identity by their route.
pub(super) struct Call<'c, 'a> {
    pub(super) root: &'c Object<'a>,
    pub(super) data: Option<&'c Object<'a>>,
    pub(super) kind: BodyKind,
    /// May it be asked for what such a call needs?
    pub(super) is_sure: bool,
}

impl<'a> Call<'_, 'a> {
    /// A field of `data`, where it stands.
    pub(super) fn field(&self, key: &str) -> Option<BodyField<'a>> {
        self.data
            .and_then(|data| data.get(key))
            .or_else(|| self.root.get(key))
    }

    /// Where a missing field should be: in `data`, or at the root of a flat body; nowhere if `data`
    /// itself is at fault.
    pub(super) fn home(&self) -> Option<&Object<'a>> {
        let is_flat = || {
            !self.root.has("data")
                && self
                    .root
                    .members()
                    .iter()
                    .any(|member| belongs(self.kind, &member.key))
        };
        self.data.or_else(|| is_flat().then_some(self.root))
    }

    /// The ids, under the name of IdentityLink too.
    pub(super) fn device_ids(&self) -> Option<BodyField<'a>> {
        self.field("device_ids").or_else(|| self.field("device_id"))
    }

    pub(super) fn missing(&self, rule: Rule, key: &str, report: &mut Findings) {
        if let Some(home) = self.home()
            && self.is_sure
        {
            report.tell_missing(rule, home, key, &DATA_ORDER);
        }
    }

    /// Has it a Kochava device id that says something?
    pub(super) fn has_kochava_device_id(&self) -> bool {
        let id = self
            .root
            .get("kochava_device_id")
            .or_else(|| self.data?.get("kochava_device_id"));
        !is_placeholder(said(id).trim())
    }
}
