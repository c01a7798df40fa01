//! Where did each field come from, and what was tried before?
//!
//! Mapping tells a [`Recorder`] every path that it asks. The production path's recorder is `()`, which costs nothing; a [`Trace`] keeps it all.

use crate::kochava::Rule;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// What came of asking a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// There was nothing.
    Nothing,
    /// There was a value that cannot serve, by this rule; none where it merely is of the wrong type.
    Unusable(Option<Rule>),
    /// The value was taken.
    Taken,
}

/// The field that a path was asked for: Kochava's, dotted, in two parts so that naming it costs nothing.
#[derive(Clone, Copy, Debug)]
pub struct Field<'f> {
    /// `data.device_ids`; empty at the root.
    pub parent: &'static str,
    /// `idfa`
    pub key: &'f str,
}

/// Listens to mapping.
pub trait Recorder {
    /// Whether it is worth to prepare anything for it.
    const LISTENS: bool = true;

    /// `path` was asked for `field`.
    fn asked(&mut self, field: Field<'_>, path: &str, answer: Asked);
}

impl Recorder for () {
    const LISTENS: bool = false;

    fn asked(&mut self, _: Field<'_>, _: &str, _: Asked) {}
}

/// Everything that mapping asked for one event.
#[derive(Clone, Debug, Default)]
pub struct Trace(Vec<Question>);

/// One path asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Kochava's field, dotted.
    pub field: String,
    /// The path, as the settings or the sender's documentation write it; for the App GUID the setting itself.
    pub path: String,
    /// What came of it.
    pub answer: Asked,
}

impl Recorder for Trace {
    fn asked(&mut self, field: Field<'_>, path: &str, answer: Asked) {
        let field = if field.parent.is_empty() { field.key.to_string() } else { [field.parent, field.key].join(".") };
        self.0.push(Question { field, path: path.to_string(), answer });
    }
}

impl Trace {
    /// Every path asked, in order.
    #[must_use]
    pub fn questions(&self) -> &[Question] {
        &self.0
    }
}
