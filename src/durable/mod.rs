//! The workflows of a shell that has a queue and stores.
//!
//! Each is a state machine that yields effects and is resumed with their results; the shell does
//! the I/O and knows no order. `ingest` puts a body into the queue, `consumer` takes messages from
//! it, `replay` puts rejects into it again, and `retention` deletes what is old. `message` is the
//! format in the queue; `journal` is what consumers agree about, with `dedupe`, `metrics`,
//! `coverage`, `waiting` and `settlement` as its parts; `live` are the last outcomes, `alerts` what an operator is told; `reject` is what is kept of an event that cannot be sent; `test_event` follows a synthetic event.

mod alerts;
mod arrival;
mod consumer;
mod coverage;
mod dedupe;
mod ingest;
mod journal;
mod live;
mod message;
mod metrics;
mod reject;
mod replay;
mod retention;
mod settlement;
mod test_event;
mod waiting;
mod waiting_event;

pub use alerts::{
    Alert, AlertCheck, AlertCode, AlertCondition, AlertMessage, AlertNumbers, Alerts, StorageUse,
};
pub use arrival::{Arrival, Arrivals};
pub use consumer::{
    Beginning, CallTicket, Committing, Completing, ConsumerContext, ConsumerStep, Disposition,
    FinishResult, FinishWork, Finishing, LoadedEvent, Loading, OutgoingCall, OutgoingMessage,
    Posting, QueueMessage, WaveResult, consume, store_wait,
};
pub use coverage::{PlatformCoverage, coverage_of};
pub use dedupe::{DedupeChunk, DedupeSet, DedupeWrite};
pub use ingest::{
    IngestContext, IngestStatus, IngestStep, Ingested, LargeEvent, Sending, StoringLarge,
    SyncArrivals, ingest,
};
pub use journal::{
    BeginAnswer, BeginMessage, BeginRequest, BegunMessage, CommitRequest, EventClaim, Incident,
    Incidents, Journal, JournalOverview, JournalRow, JournalSet, JournalState, JournalWrite,
    KnownRows, RoutePermit, Series, SeriesPoint, SeriesRequest, SettledMessage,
};
pub use live::{LIVE_OUTCOMES_MAX, LiveOutcome, LiveRing};
pub use message::{
    DeliveryProgress, Message, MessageError, OutboundEvent, PackedMessages, QueuedEvent, RawEvent,
    batches, pack,
};
pub use metrics::{Counters, TimeBucket, quantile_ms};
pub use reject::{DEAD_LETTER, DEVICE_UNKNOWN, EXPIRED, MESSAGE_UNREADABLE, Reject, UNCONFIRMED};
pub use replay::{
    Queueing, RejectPage, RejectPick, RejectVersion, ReplayContext, ReplayOutcome, ReplayResult,
    ReplayStep, ReplayTurn, ReplayedReject, StoredReject, StoringReplayed, TurnResult, Turning,
    replay,
};
pub use retention::{
    JournalSweep, RejectSweep, RetentionResult, RetentionStep, StoreSweep, StoresSwept,
    SweepAnswer, SweepingJournal, SweepingStores, retention,
};
pub use settlement::Settlement;
pub use test_event::{TEST_MILLIS_MAX, test_message};
pub use waiting::{WaitState, WaitingRow, WaitingSum};
pub use waiting_event::WaitingEvent;
