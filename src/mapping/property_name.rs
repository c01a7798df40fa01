//! The name of a property, and what such a name identifies, which several rules ask about.

use crate::kochava::{IdKind, kind_of_name};
use alloc::borrow::Cow;
use core::ops::Deref;

/// The name of a property.
#[derive(Clone)]
pub(super) struct PropertyName<'a> {
    pub(super) text: Cow<'a, str>,
    /// What a property of this name identifies.
    pub(super) kind: Option<IdKind>,
}

impl<'a> PropertyName<'a> {
    pub(super) fn of(text: Cow<'a, str>) -> Self {
        let kind = kind_of_name(&text);
        PropertyName { text, kind }
    }
}

impl Deref for PropertyName<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}
