//! Maps analytics events to Kochava's server-to-server calls.
//!
//! An analytics tool's events go in. For every event a [`Fate`] comes out: the exact requests that
//! Kochava gets, or the reason why there are none. The crate does no I/O and has no clock and no
//! randomness: a shell (the Worker in `worker/`, the npm package in `pkg/`) brings them and passes
//! their results in.
//!
//! ```
//! use kochava_edge::{Context, Fate, Planner, Settings};
//!
//! let settings = Settings::read(
//!     r#"{
//!         "app_guid": "koexample",
//!         "mapping": {
//!             "kochava_device_id": "user_properties.kochava_device_id",
//!             "origination_ip": "ip_address",
//!             "idfv": "user_properties.idfv"
//!         }
//!     }"#,
//! )
//! .unwrap();
//! let body = br#"{
//!     "event_type": "Level Up",
//!     "platform": "iOS",
//!     "ip_address": "203.0.113.9",
//!     "user_properties": {
//!         "kochava_device_id": "KI-1",
//!         "idfv": "11111111-2222-4333-8444-555555555555"
//!     }
//! }"#;
//! let plan = Planner::new(settings).plan(body, &Context::default()).unwrap();
//! let [Fate::Ready(parcel)] = plan.fates.as_slice() else { panic!() };
//! assert_eq!(parcel.requests[0].url, "https://control.kochava.com/track/json");
//! ```
//!
//! # Where to start
//!
//! | you want to | start at |
//! | --- | --- |
//! | plan events, one body or a file of lines | [`Planner::plan`], [`Planner::plan_ndjson`] |
//! | read an operator's settings, with every fault at once | [`Settings::read`] |
//! | see where each field came from | [`Planner::explain`], [`FieldExplanation`] |
//! | judge a Kochava body that somebody else wrote | [`check`], [`CheckReport`] |
//! | look up a rule, its severity and its source | [`Rule`], [`Violation`] |
//! | post the calls of a parcel, with retries | [`ParcelDelivery`], [`RetryPolicy`], [`Outcome`] |
//! | stop sending while Kochava is down or refuses the key | [`Breakers`], [`Permit`] |
//! | accept a body for durable delivery | [`Planner::decide`], [`ingest`], [`Message`] |
//! | work through a batch of queue messages, counted exactly once | [`consume`], [`Journal`] |
//! | keep what cannot be sent, and send it later | [`Reject`], [`Planner::plan_waiting`] |
//!
//! # What this crate does not do
//!
//! It attributes nothing, stores nothing, sends nothing and is no SDK. Whoever only wants to check
//! a Kochava body calls [`check`] and needs nothing else.
//!
//! # Invariants
//!
//! - Data is never an error: any bytes give a [`Plan`] or an [`Unreadable`], and nothing panics.
//! - A payload exists only if it keeps every rule of severity [`Severity::Refuse`].
//! - The signed bytes are the sent bytes.
//! - Equal inputs give equal bytes.
//! - Modules import downward only; `tests/architecture.rs` holds them to it.
//!
//! `docs/architecture.md` is the map of the source.

#![no_std]
#![deny(unsafe_code)]

extern crate alloc;

mod delivery;
mod digest;
mod durable;
mod json;
mod kochava;
pub mod limits;
mod mapping;
mod plan;
mod settings;
mod sorted;
mod source;
mod time;

// planning: what becomes of each event
pub use plan::{
    AuthHeaders, Change, Context, ExplainedEvent, Fate, FieldExplanation, LineForm, Origin, Parcel,
    Plan, PlanLimits, Planner, SentField, Skip, TestEvent, TriedPaths, Verdict, WaitingFate, diff,
    write_fate, write_requests, write_violations,
};

// advice: what would help an event that is not sent
pub use plan::{
    APP_GUID_PLACEHOLDER, Advice, Candidate, Proposal, ProposalError, SettingChange, propose,
    write_advice,
};

// settings: what the operator wants
pub use settings::{
    AlertThresholds, AppGuids, Block, Comparison, Condition, Events, Installs, Mapping, Operand,
    Pattern, Predicate, Rejects, Revenue, SelectedProperty, Selection, Settings, SettingsFault,
    Users, UsersFrom,
};

// senders: how an event is spelled
pub use source::{
    Attribute, Path, ShapeCache, Source, SourceSchema, Unreadable, UnreadableReason, body_key,
    detect, single_element_body, structured_cloud_event, typed_call,
};

// mapping: which part of an event fills which part of a call
pub use mapping::{FieldPath, Lookup, LookupResult, Trace};

// Kochava: calls, rules, identifiers, signing
pub use kochava::{
    API_KEY_HEADER, AppGuid, BodyKind, CheckReport, Coverage, Credentials, Endpoint, EndpointError,
    Finding, IdentityRoute, Nested, PlannedCall, Platform, Request, RequestKind, RequestSubject,
    Route, Rule, Secret, Severity, Signer, TypeMismatch, Violation, WireOptions, check,
    read_address,
};

// delivery: how the calls of a parcel get through
pub use delivery::{
    Answer, Breaker, BreakerReport, BreakerResponse, Breakers, Confirmation, FailureReason,
    OpenState, Outcome, ParcelDelivery, ParcelEnd, ParcelStep, Permit, PostedCall, RetryPolicy,
    RetrySchedule, TripReason, WaitingParcel,
};

// sets of the durable workflows
pub use sorted::SortedSet;

// durable delivery: the workflows of a shell with a queue and stores
pub use durable::{
    Alert, AlertCheck, AlertCode, AlertCondition, AlertMessage, AlertNumbers, Alerts, Arrival,
    Arrivals, BeginAnswer, BeginMessage, BeginRequest, Beginning, BegunMessage, CallTicket,
    CommitRequest, Committing, Completing, ConsumerContext, ConsumerStep, Counters, DEAD_LETTER,
    DEVICE_UNKNOWN, DedupeChunk, DedupeSet, DedupeWrite, DeliveryProgress, Disposition, EXPIRED,
    EventClaim, FinishResult, FinishWork, Finishing, Incident, Incidents, IngestContext,
    IngestStatus, IngestStep, Ingested, Journal, JournalOverview, JournalRow, JournalSet,
    JournalState, JournalSweep, JournalWrite, KnownRows, LIVE_OUTCOMES_MAX, LargeEvent,
    LiveOutcome, LiveRing, LoadedEvent, Loading, MESSAGE_UNREADABLE, Message, MessageError,
    OutboundEvent, OutgoingCall, OutgoingMessage, PackedMessages, PlatformCoverage, Posting,
    QueueMessage, QueuedEvent, Queueing, RawEvent, Reject, RejectPage, RejectPick, RejectSweep,
    RejectVersion, ReplayContext, ReplayOutcome, ReplayResult, ReplayStep, ReplayTurn,
    ReplayedReject, RetentionResult, RetentionStep, RoutePermit, Sending, Series, SeriesPoint,
    SeriesRequest, SettledMessage, Settlement, StorageUse, StoreSweep, StoredReject, StoresSwept,
    StoringLarge, StoringReplayed, SweepAnswer, SweepingJournal, SweepingStores, SyncArrivals,
    TEST_MILLIS_MAX, TimeBucket, TurnResult, Turning, UNCONFIRMED, WaitState, WaitingEvent,
    WaitingRow, WaitingSum, WaveResult, batches, consume, coverage_of, ingest, pack, quantile_ms,
    replay, retention, store_wait, test_message,
};

// JSON, digests and time
pub use digest::Digest;
pub use json::{
    Decimal, Members, Reader, Spelling, SyntaxError, Value, is_php_number, write_number,
    write_plain_str,
};
pub use time::Moment;

/// Work done since the last call; for `tests/growth.rs`.
#[cfg(feature = "steps")]
pub use json::steps::take as take_steps;

/// Bodies written and signed since the last call; for `tests/once.rs`.
#[cfg(feature = "steps")]
pub use json::steps::take_bodies;

/// This release.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
