//! The result of resolving one field of a call: a value and the path in the sender's event that
//! supplied it.
//!
//! `mapping` resolves fields; validation turns what is unusable or missing into violations.

use super::Rule;
use alloc::borrow::Cow;

/// A resolved field, with the path for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved<'a, T> {
    /// A value, and its path.
    Value(T, &'a str),
    /// No path had a usable value: the rule that the first value breaks, and the path of that
    /// value.
    Unusable(Rule, &'a str),
    /// No path had a value: the first path, if there is one.
    Missing(Option<&'a str>),
}

impl<'a, T> Resolved<'a, T> {
    /// Returns the value, if there is one.
    pub fn value(&self) -> Option<&T> {
        if let Resolved::Value(value, _) = self {
            Some(value)
        } else {
            None
        }
    }

    /// Returns the path of the value or of the unusable value, or the first path.
    #[inline]
    pub fn path(&self) -> Option<&'a str> {
        match self {
            Resolved::Value(_, path) | Resolved::Unusable(_, path) => Some(path),
            Resolved::Missing(path) => *path,
        }
    }
}

impl Resolved<'_, Cow<'_, str>> {
    /// Returns the text, if there is one.
    pub(super) fn text(&self) -> Option<&str> {
        self.value().map(AsRef::as_ref)
    }
}
