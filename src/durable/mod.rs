//! The workflows of a shell that has a queue and stores.
//!
//! Decisions only: the shell does the I/O and passes the results in.

mod consumer;
mod dedupe;
mod ingest;
mod journal;
mod message;
mod metrics;
mod planned_event;
mod reject;

pub use consumer::{
    Consumer, Disposition, KnownDevices, OutgoingMessage, QueueMessage, store_wait,
};
pub use dedupe::{DedupeChunk, DedupeSet};
pub use ingest::{Ingest, IngestStatus};
pub use journal::{Journal, JournalState, JournalWrite, SettledMessage};
pub use message::{
    DeliveryProgress, Message, MessageError, PackedMessages, QueuedEvent, batches, pack,
};
pub use metrics::{Counters, TimeBucket, quantile_ms};
pub use planned_event::{EventMeta, PlannedEvent};
pub use reject::{DEAD_LETTER, DEVICE_UNKNOWN, EXPIRED, MESSAGE_UNREADABLE, Reject};
