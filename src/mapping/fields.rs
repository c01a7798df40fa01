//! The names of the fields that paths are looked up for.

use super::FieldPath;
use alloc::borrow::Cow;

/// A field of a body that paths are looked up for.
#[derive(Clone, Copy)]
pub(super) struct FieldKey<'a> {
    parent: Parent,
    key: &'a str,
}

impl<'a> FieldKey<'a> {
    pub(super) fn name(self) -> FieldPath<'a> {
        self.parent.name(Cow::Borrowed(self.key))
    }
}

/// An object of a body, by its dotted name.
#[derive(Clone, Copy)]
pub(super) struct Parent(&'static str);

impl Parent {
    pub(super) fn of(self, key: &str) -> FieldKey<'_> {
        FieldKey { parent: self, key }
    }

    pub(super) fn name(self, key: Cow<'_, str>) -> FieldPath<'_> {
        FieldPath::new(self.0, key)
    }
}

pub(super) const ROOT: Parent = Parent("");
pub(super) const DATA: Parent = Parent("data");
pub(super) const DEVICE_IDS: Parent = Parent("data.device_ids");
pub(super) const EVENT_DATA: Parent = Parent("data.event_data");
pub(super) const CONSENT: Parent = Parent("data.gdpr_privacy_consent");
pub(super) const REFERRER: Parent = Parent("data.install_referrer");
/// The parent of an identity's `data`, which has the same name as an event's.
pub(super) const IDENTITY: Parent = Parent("identity");
