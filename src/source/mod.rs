//! Who may send to us, and what is a batch that cannot be read?
//!
//! Nouns; the acts are behind: `read` splits a body into elements, each sender's file knows its
//! spellings.

mod amplitude;
mod batch;
mod event;
mod path;

use alloc::format;
use alloc::string::String;
use core::fmt;

pub use batch::{Batch, ShapeCache};
pub(crate) use batch::{not_utf8, read_text};
pub use event::{Attribute, Event, FieldIndex, Kind, SourceSchema};
pub use path::{Container, Path, PathTarget, SlotPath};

/// A sender whose spellings we know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// Amplitude's Webhook destination, events and users (Amplitude, Webhooks).
    #[default]
    Amplitude,
}

impl Source {
    /// Its name for machines.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Source::Amplitude => "amplitude",
        }
    }

    /// Its own fields.
    #[must_use]
    pub fn schema(self) -> &'static SourceSchema {
        match self {
            Source::Amplitude => &amplitude::DOCUMENTED,
        }
    }

    /// The sender of this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        [Source::Amplitude]
            .into_iter()
            .find(|source| source.name() == name)
    }
}

/// An element of a batch, read as far as it can be.
#[derive(Debug)]
pub enum Element<'b, 'a> {
    /// An event, a user or a group.
    Event(&'b Event<'a>),
    /// Not even an object.
    NotAnObject,
    /// Nested deeper than [`crate::limits::NESTING_LEVELS_MAX`].
    NestedTooDeep,
}

/// An element of a batch as a body of its own that reads as it did.
#[must_use]
pub fn alone(element: &str, of_users: bool) -> String {
    if of_users {
        format!("{{\"users\":[{element}]}}")
    } else {
        format!("[{element}]")
    }
}

/// Why bytes are no batch at all: nothing of them was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// What is wrong.
    pub reason: UnreadableReason,
    /// Where reading stopped, in bytes from the beginning of the body.
    pub offset: usize,
}

/// What makes a body unreadable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnreadableReason {
    /// Nothing but white space.
    EmptyBody,
    /// Bytes that are not UTF-8.
    InvalidUtf8,
    /// Text that is not JSON.
    InvalidJson,
    /// JSON, but neither an object nor an array.
    NotABatch,
    /// A batch, but a larger one than the shell takes at once.
    TooLarge,
}

impl Unreadable {
    /// A stable code for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.reason {
            UnreadableReason::EmptyBody => "empty-body",
            UnreadableReason::InvalidUtf8 => "invalid-utf8",
            UnreadableReason::InvalidJson => "invalid-json",
            UnreadableReason::NotABatch => "not-a-batch",
            UnreadableReason::TooLarge => "batch-too-large",
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = match self.reason {
            UnreadableReason::EmptyBody => "the body is empty",
            UnreadableReason::InvalidUtf8 => "the body is not UTF-8",
            UnreadableReason::InvalidJson => "the body is not JSON",
            UnreadableReason::NotABatch => "the body is neither an object nor an array",
            UnreadableReason::TooLarge => {
                "the batch is larger than what is taken at once: send smaller ones"
            }
        };
        write!(f, "{sentence} (byte {})", self.offset)
    }
}

impl core::error::Error for Unreadable {}
