//! The work that remains for a settled message.
//!
//! The journal keeps it until it is done, as the JSON that serde derives here. A consumer that gets
//! a copy of the message meanwhile does the remaining work, and does nothing twice.

use crate::digest::Digest;
use crate::durable::DeliveryProgress;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The work that remains for a settled message; empty if it is completed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settlement {
    /// Events to be stored as rejects.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) rejected: Vec<RejectedEvent>,
    /// Events to be put into the queue again, in messages of their own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) remaining: Vec<RemainingEvent>,
    /// Rejects to be deleted: a copy of their event was delivered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) resolved: Vec<Digest>,
    /// Large events to be deleted: their delivery ended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) ended: Vec<Digest>,
    /// Large events whose texts go into the rejects above: they are deleted in the step that stores
    /// these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) replaced: Vec<Digest>,
    /// The text of the message cannot be read, and is to be stored as a reject.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub(super) is_unreadable: bool,
}

/// An event that will not be sent, or whose delivery nobody confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RejectedEvent {
    /// Its index in the message.
    pub(super) index: usize,
    /// The code of the reason.
    pub(super) code: String,
    /// Kochava's HTTP status, if it answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<u16>,
    /// The beginning of Kochava's answer.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) answer: String,
    pub(super) progress: DeliveryProgress,
}

/// An event whose delivery goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RemainingEvent {
    /// Its index in the message.
    pub(super) index: usize,
    /// How long it waits in the queue, in seconds.
    pub(super) delay_s: u32,
    pub(super) progress: DeliveryProgress,
}

impl Settlement {
    /// Returns whether no work remains.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Settlement::default()
    }
}
