//! The workflow that takes a batch of messages from the queue to Kochava.
//!
//! In go messages, and the results of the shell's I/O; out come lookups, requests, what to store,
//! and the disposition of each message. The shell calls, in this order:
//!
//! 1. [`Consumer::open`]; [`Consumer::journal_lookup`] and, for each message,
//!    [`Consumer::handle_journal_state`]; [`Consumer::device_lookup`] and
//!    [`Consumer::handle_known_devices`];
//! 2. [`Consumer::routes`] and [`Consumer::handle_permits`];
//! 3. for each of [`Consumer::sequence_count`] sequences, [`Consumer::next_request`] and
//!    [`Consumer::handle_outcome`] until there is no request left;
//! 4. [`Consumer::breaker_reports`] and [`Consumer::handle_breaker_response`];
//! 5. [`Consumer::settle`] and [`Consumer::handle_settled`];
//! 6. [`Consumer::rejects`], [`Consumer::outgoing_messages`], [`Consumer::devices_to_remember`] and
//!    [`Consumer::messages_to_complete`];
//! 7. [`Consumer::disposition`] of each message.
//!
//! A crash between any two of these loses nothing: before it is settled a message is redelivered
//! unchanged; afterwards the next consumer does the remaining work that the journal records.

mod calls;
mod disposition;
mod open;
mod order;
mod outgoing;
mod plan_event;
mod reject;
mod report;
mod settle;

use crate::delivery::{BreakerReport, BreakerResponse, Permit};
use crate::digest::Digest;
use crate::durable::{Counters, DeliveryProgress, Message, Settlement};
use crate::kochava::{Request, RequestKind, RequestSubject};
use crate::plan::Planner;
use crate::source::ShapeCache;
use crate::time::Moment;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

pub use disposition::store_wait;

/// A batch of messages that is being processed.
#[derive(Debug)]
pub struct Consumer<'a> {
    planner: &'a Planner,
    /// The digest of the current settings.
    settings: Digest,
    now: Moment,
    messages: Vec<MessageState<'a>>,
    /// The deliveries of one device each, in their order.
    sequences: Vec<DeviceSequence>,
    routes: BTreeMap<String, RouteState>,
    known: KnownDevices,
    /// Calls that the invocation may still make.
    calls_left: usize,
    counters: Counters,
    shapes: ShapeCache,
}

/// A message as the queue delivers it.
#[derive(Clone, Copy, Debug)]
pub struct QueueMessage<'a> {
    /// Its text.
    pub text: &'a str,
    /// How often this copy was delivered, this time included.
    pub attempts: u32,
    /// Whether it comes from the dead-letter queue: the queue gave it up.
    pub is_dead: bool,
}

/// What the dedupe store knows of devices, or is to remember.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownDevices {
    /// Devices of which Kochava accepted an event.
    pub devices: BTreeSet<Digest>,
    /// The last identity link that Kochava accepted of a device.
    pub links: BTreeMap<Digest, Digest>,
}

/// How a message is returned to the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// It is acknowledged.
    Ack,
    /// The queue delivers it again after this wait.
    Retry(Duration),
    /// A copy of it was put into the queue with this wait, and it is acknowledged.
    Requeue(Duration),
}

/// A message that is put into the queue in place of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingMessage {
    /// The index of the message that it continues.
    pub from: usize,
    /// Its text.
    pub text: String,
    /// How long it waits in the queue, in seconds.
    pub delay_s: u32,
}

#[derive(Debug)]
struct MessageState<'a> {
    queued: QueueMessage<'a>,
    stage: MessageStage<'a>,
    deliveries: Vec<EventDelivery>,
    /// A store or the queue failed: the message must be redelivered unchanged.
    has_failed: bool,
    /// A failed message that is so old that a copy of it was put into the queue.
    is_requeued: bool,
}

/// How far a message has got.
#[derive(Debug)]
enum MessageStage<'a> {
    /// It cannot be read.
    Poison,
    /// It is read.
    Read(Message<'a>),
    /// It is settled, perhaps by another consumer, and this work remains.
    Settled(Message<'a>, Settlement),
    /// It is completed.
    Completed,
    /// It must be redelivered; `None` where it cannot be read.
    Deferred(Option<Message<'a>>, Duration),
}

/// The delivery of one event of a message.
#[derive(Debug)]
struct EventDelivery {
    /// All calls of the event, each with the devices and the app that it names.
    calls: Vec<(Request, RequestSubject)>,
    /// The index of the call that comes next: those before it were accepted or need not be sent.
    next_call: usize,
    progress: DeliveryProgress,
    /// Whether Kochava accepted a call of it, in this batch or before.
    is_delivered: bool,
    /// The digest of its device: events of one device keep their order.
    ordering_key: Option<Digest>,
    received: Moment,
    outcome: Option<EventOutcome>,
    counters: Counters,
    /// Whether its progress differs from the message's.
    has_changed: bool,
    /// Names it in the reports to the breakers.
    fingerprint: u64,
    /// Its progress before the call that failed in this batch.
    before_failure: Option<DeliveryProgress>,
}

/// How the delivery of one event ended in this batch.
#[derive(Clone, Debug, PartialEq, Eq)]
enum EventOutcome {
    /// Kochava accepted all calls, or the operator does not want them.
    Done,
    /// It will not be sent.
    Rejected {
        code: &'static str,
        status: Option<u16>,
        answer: String,
    },
    /// An attempt failed, and another follows.
    RetryLater(Duration),
    /// No attempt was made, or none that counts.
    Deferred(DeferReason),
}

/// What a deferred event waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum DeferReason {
    /// The breaker of this route.
    Breaker(String),
    /// Another event of its device, by its index in the message.
    Behind(usize),
    /// An accepted event of its device.
    Held,
    /// An invocation that may make more calls.
    Calls,
}

#[derive(Debug, Default)]
struct DeviceSequence {
    /// Indexes of message and event.
    deliveries: Vec<(usize, usize)>,
    position: usize,
}

#[derive(Debug)]
struct RouteState {
    permit: Permit,
    report: BreakerReport,
    /// Whether nothing more is sent in this batch.
    is_stopped: bool,
    /// How long everything waits.
    wait: Option<Duration>,
    response: BreakerResponse,
}

impl Consumer<'_> {
    /// Returns what was counted in this batch, without what another consumer counted before.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Returns how many calls may still be made.
    #[must_use]
    pub fn calls_left(&self) -> usize {
        self.calls_left
    }
}

impl<'a> MessageStage<'a> {
    /// Returns the message, if it can be read and is not completed.
    fn message(&self) -> Option<&Message<'a>> {
        match self {
            MessageStage::Read(message) | MessageStage::Settled(message, _) => Some(message),
            MessageStage::Deferred(message, _) => message.as_ref(),
            MessageStage::Poison | MessageStage::Completed => None,
        }
    }
}

impl EventDelivery {
    fn is_deferred(&self) -> bool {
        matches!(self.outcome, Some(EventOutcome::Deferred(_)) | None)
    }

    fn next_kind(&self) -> Option<RequestKind> {
        self.calls
            .get(self.next_call)
            .map(|(request, _)| request.kind)
    }

    /// Returns the name of the next call's route; empty where there is no next call.
    fn next_route(&self) -> String {
        self.calls
            .get(self.next_call)
            .map_or_else(String::new, |(request, subject)| {
                plan_event::route(request, &subject.app)
            })
    }
}

impl EventOutcome {
    fn rejected(code: &'static str, status: Option<u16>, answer: &str) -> Self {
        EventOutcome::Rejected {
            code,
            status,
            answer: String::from(answer),
        }
    }
}
