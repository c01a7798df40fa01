//! Keeps identifiers out of the properties of a call.
//!
//! In: the name and the value of a selected property. Out: whether it is left out, because it holds
//! an advertising id that the user does not permit, or because `*` selected it and it is an
//! identifier.

use super::AttributePaths;
use super::property_name::PropertyName;
use crate::json::Value;
use crate::kochava::{Device, IdKind, kind_of_name};
use crate::source::Container;

/// What must not leave with the properties of one device.
pub(super) struct Guard<'d, 'a> {
    device: &'d Device<'a>,
    /// Whether the device has an id that is withheld.
    has_withheld: bool,
    paths: &'a AttributePaths,
}

impl<'d, 'a> Guard<'d, 'a> {
    pub(super) fn new(device: &'d Device<'a>, paths: &'a AttributePaths) -> Self {
        Guard {
            device,
            has_withheld: device.has_withheld(),
            paths,
        }
    }

    /// Whether a property is or contains an advertising id that the user does not permit.
    pub(super) fn withholds(&self, name: &PropertyName<'_>, value: &Value<'_>) -> bool {
        let is_withheld = |kind| self.device.withheld_kinds.include(kind);
        self.device.withheld_kinds.are_some()
            && (name.kind.is_some_and(is_withheld)
                || names_id(value, &is_withheld)
                || (self.has_withheld
                    && (self.device.reveals_text(name) || self.device.reveals(value))))
    }

    /// Whether a property has the name of an identifier, or the settings map it as one.
    pub(super) fn is_identifier(&self, container: Container, name: &PropertyName<'_>) -> bool {
        name.kind.is_some()
            || self
                .paths
                .identifiers(container)
                .iter()
                .any(|mapped| *mapped == **name)
    }

    /// Whether a nested value has a member with the name of an identifier.
    pub(super) fn contains_identifier(value: &Value<'_>) -> bool {
        names_id(value, &|_| true)
    }
}

/// Whether a nested value has a member with the name of such an identifier.
fn names_id(value: &Value<'_>, is_meant: &impl Fn(IdKind) -> bool) -> bool {
    match value {
        Value::Array(_) => value.elements().any(|inner| names_id(&inner, is_meant)),
        Value::Object(_) => value.members().any(|(key, inner)| {
            kind_of_name(&key.decode()).is_some_and(is_meant) || names_id(&inner, is_meant)
        }),
        _ => false,
    }
}
