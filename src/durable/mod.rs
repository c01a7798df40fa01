//! The workflows of a shell that has a queue and stores.
//!
//! They decide only: the shell does the I/O and passes the results in. `ingest` puts a body into
//! the queue, `consumer` takes messages from it; `message` is the format in the queue;
//! `journal`, `dedupe` and `metrics` are the contents of the stores.

mod consumer;
mod dedupe;
mod ingest;
mod journal;
mod message;
mod metrics;
mod planned_event;
mod reject;
mod settlement;

pub use consumer::{
    Consumer, Disposition, KnownDevices, OutgoingMessage, QueueMessage, store_wait,
};
pub use dedupe::{DedupeChunk, DedupeSet};
pub use ingest::{Ingest, IngestStatus};
pub use journal::{Journal, JournalState, JournalWrite, SettledMessage};
pub use message::{
    DeliveryProgress, Message, MessageError, PackedMessages, QueuedEvent, RawEvent, batches, pack,
};
pub use metrics::{Counters, TimeBucket, quantile_ms};
pub use planned_event::{EventMeta, PlannedEvent};
pub use reject::{DEAD_LETTER, DEVICE_UNKNOWN, EXPIRED, MESSAGE_UNREADABLE, Reject};
pub use settlement::Settlement;
