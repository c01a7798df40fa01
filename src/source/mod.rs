//! Reads inbound batches of each supported sender.
//!
//! In: a body's bytes. Out: its elements, one [`Event`] at a time. Bytes that are no batch are
//! [`Unreadable`]. `batch` splits a body into elements; each sender has a file with its [`SourceSchema`],
//! and nothing else knows a sender by name.

mod amplitude;
mod amplitude_http;
mod batch;
mod cloudevents;
mod detect;
mod element_reader;
mod event;
mod field_index;
mod generic;
mod list_cursor;
mod mparticle;
mod path;
mod revenuecat;
mod rudderstack;
mod schema;
mod segment;
mod shape_cache;
mod standalone;
mod standard;

use crate::json::utf8_text;
use alloc::format;
use alloc::string::String;
use core::fmt;
use core::str::Utf8Error;

pub use batch::Batch;
pub use cloudevents::structured_cloud_event;
pub use detect::{body_key, detect};
pub use event::{Carrier, ElementSyntax, Event, Kind, OptOut, View};
pub use field_index::FieldIndex;
pub use path::{Path, PathTarget, SlotPath};
pub use schema::{Attribute, Container, Holds, Place, RevenueSchema, SourceSchema};
pub use segment::typed_call;
pub use shape_cache::ShapeCache;
pub use standalone::without_sdk_keys;
pub use standard::StandardName;

/// A supported sender.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// CloudEvents 1.0, whatever they carry (CloudEvents 1.0).
    Cloudevents,
    /// RudderStack's webhooks and SDKs (RudderStack, Event specification; HTTP API).
    Rudderstack,
    /// Segment's webhooks and SDKs (Segment, Spec; HTTP API).
    Segment,
    /// mParticle's webhook output (mParticle, JSON reference).
    Mparticle,
    /// RevenueCat's webhooks (RevenueCat, Event types and fields).
    Revenuecat,
    /// Amplitude's Webhook destination, events and users (Amplitude, Webhooks).
    #[default]
    Amplitude,
    /// Amplitude's SDKs, and what its HTTP APIs are sent (Amplitude, HTTP V2 API; Identify API).
    AmplitudeHttp,
    /// A sender whose events only the settings describe.
    Generic,
}

/// The schema of each sender, in the order of their numbers.
static SCHEMAS: [&SourceSchema; Source::ALL.len()] = [
    &cloudevents::SCHEMA,
    &rudderstack::SCHEMA,
    &segment::SCHEMA,
    &mparticle::SCHEMA,
    &revenuecat::SCHEMA,
    &amplitude::SCHEMA,
    &amplitude_http::SCHEMA,
    &generic::SCHEMA,
];

impl Source {
    /// Every supported sender, in the order of their numbers, which is the order of detection.
    pub const ALL: &'static [Source] = &[
        Source::Cloudevents,
        Source::Rudderstack,
        Source::Segment,
        Source::Mparticle,
        Source::Revenuecat,
        Source::Amplitude,
        Source::AmplitudeHttp,
        Source::Generic,
    ];

    /// The stable name for machines.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.schema().name
    }

    /// What its documentation says of its format.
    #[must_use]
    pub fn schema(self) -> &'static SourceSchema {
        SCHEMAS[self as usize]
    }

    /// The sender of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|source| source.name() == name)
    }
}

/// An element of a batch.
#[derive(Debug)]
pub enum Element<'b, 'a> {
    /// An event, a user or a group.
    Event(&'b Event<'a>),
    /// A value that is no object.
    NotAnObject,
    /// Nested deeper than [`crate::limits::NESTING_LEVELS_MAX`].
    NestedTooDeep,
    /// An object that has the shape of no sender.
    Unrecognized,
}

/// A body whose only element is `element`, read as before: a user stays in a list of users.
#[must_use]
pub fn single_element_body(element: &str, is_in_users: bool) -> String {
    if is_in_users {
        format!("{{\"users\":[{element}]}}")
    } else {
        format!("[{element}]")
    }
}

/// Bytes that are no batch. Nothing of them is used.
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
    /// An object that has the shape of no sender, where the sender is to be detected.
    UnrecognizedFormat,
    /// A batch that exceeds the limits of the shell.
    TooLarge,
}

impl UnreadableReason {
    /// Every reason.
    pub const ALL: &'static [UnreadableReason] = &[
        UnreadableReason::EmptyBody,
        UnreadableReason::InvalidUtf8,
        UnreadableReason::InvalidJson,
        UnreadableReason::NotABatch,
        UnreadableReason::UnrecognizedFormat,
        UnreadableReason::TooLarge,
    ];

    /// The stable code for machines.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            UnreadableReason::EmptyBody => "empty-body",
            UnreadableReason::InvalidUtf8 => "invalid-utf8",
            UnreadableReason::InvalidJson => "invalid-json",
            UnreadableReason::NotABatch => "not-a-batch",
            UnreadableReason::UnrecognizedFormat => "unrecognized-format",
            UnreadableReason::TooLarge => "batch-too-large",
        }
    }

    /// The error of this reason at a byte offset.
    pub(crate) fn at(self, offset: usize) -> Unreadable {
        Unreadable {
            reason: self,
            offset,
        }
    }
}

impl Unreadable {
    /// The stable code of the reason, for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.reason.code()
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = match self.reason {
            UnreadableReason::EmptyBody => "the body is empty",
            UnreadableReason::InvalidUtf8 => "the body is not UTF-8",
            UnreadableReason::InvalidJson => "the body is not JSON",
            UnreadableReason::NotABatch => "the body is neither an object nor an array",
            UnreadableReason::UnrecognizedFormat => "the body has the format of no known sender",
            UnreadableReason::TooLarge => {
                "the batch exceeds the limits of one request; send smaller batches"
            }
        };
        write!(f, "{sentence} (byte {})", self.offset)
    }
}

impl core::error::Error for Unreadable {}

/// Checks that a body is UTF-8.
pub(crate) fn utf8_body(body: &[u8]) -> Result<&str, Unreadable> {
    utf8_text(body).map_err(not_utf8)
}

pub(crate) fn not_utf8(error: Utf8Error) -> Unreadable {
    UnreadableReason::InvalidUtf8.at(error.valid_up_to())
}
