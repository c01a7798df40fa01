//! Where did each field come from, and what was tried before?
//!
//! Mapping tells a [`Recorder`] every path that it asks. The production path's recorder is `()`, which costs nothing; a [`Trace`] keeps it all.

use crate::json::Value;
use crate::kochava::Rule;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;

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

    /// Begins to listen to the element that lies `at` this place of `body`.
    fn begin(body: &[u8], at: Range<usize>) -> Self;

    /// `path` was asked for `field`, and led to `value`.
    fn asked(&mut self, field: Field<'_>, path: &str, answer: Asked, value: Option<Value<'_>>);
}

impl Recorder for () {
    const LISTENS: bool = false;

    fn begin(_: &[u8], _: Range<usize>) -> Self {}

    fn asked(&mut self, _: Field<'_>, _: &str, _: Asked, _: Option<Value<'_>>) {}
}

/// Everything that mapping asked for one event.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The addresses of the body: what was found in it is borrowed from it.
    body: Range<usize>,
    at: Range<usize>,
    questions: Vec<Question>,
}

/// One path asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Kochava's field, dotted.
    pub field: String,
    /// The path, as the settings or the sender's documentation write it; for the App GUID the setting itself.
    pub path: String,
    /// What came of it.
    pub answer: Asked,
    /// Where the value lies that it led to, in bytes from the beginning of the body.
    pub at: Option<Range<usize>>,
}

/// So many paths are asked of most events.
const USUAL: usize = 32;

impl Recorder for Trace {
    fn begin(body: &[u8], at: Range<usize>) -> Self {
        let start = body.as_ptr().addr();
        Trace { body: start..start + body.len(), at, questions: Vec::with_capacity(USUAL) }
    }

    fn asked(&mut self, field: Field<'_>, path: &str, answer: Asked, value: Option<Value<'_>>) {
        let field = if field.parent.is_empty() { field.key.to_string() } else { [field.parent, field.key].join(".") };
        let within = |place: &Range<usize>| self.body.start <= place.start && place.end <= self.body.end;
        let at = value.and_then(Value::addresses).filter(within).map(|place| place.start - self.body.start..place.end - self.body.start);
        self.questions.push(Question { field, path: path.to_string(), answer, at });
    }
}

impl Trace {
    /// Where the element lies, in bytes from the beginning of the body.
    #[must_use]
    pub fn at(&self) -> Range<usize> {
        self.at.clone()
    }

    /// Every path asked, in order.
    #[must_use]
    pub fn into_questions(self) -> Vec<Question> {
        self.questions
    }
}
