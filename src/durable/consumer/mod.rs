//! What becomes of a batch of messages?
//!
//! The consumer's way, of which the shell makes every deed and this room every decision. One after
//! the other: [`Consumer::open`] reads the messages, `recalled` learns what the ledger knows of them,
//! `permitted` and `known` whether anything may be sent, `next` and `after` send it, `ruled`
//! learns what follows for all, `settled` that it is in the book, and `verdict` says for each
//! message whether it may leave the queue. A crash between any two of these loses nothing: up to
//! the settling the message comes again as it was, and from there on whoever gets it completes what
//! is noted.

mod begin;
mod deliver;
mod settle;
mod settlement;

use crate::delivery::{BreakerReport, Permit};
use crate::digest::Digest;
use crate::durable::Counters;
use crate::durable::{DeliveryProgress, Message};
use crate::kochava::Request;
use crate::kochava::RequestSubject;
use crate::plan::Planner;
use crate::source::ShapeCache;
use crate::time::Moment;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;
use settlement::Settlement;

pub use begin::store_wait;

/// A batch of messages on its way.
#[derive(Debug)]
pub struct Consumer<'a> {
    planner: &'a Planner,
    /// The settings of today.
    settings: Digest,
    now: Moment,
    messages: Vec<MessageState<'a>>,
    /// The deliveries of one device each, in their order.
    sequences: Vec<DeviceSequence>,
    routes: BTreeMap<String, RouteState>,
    known: KnownDevices,
    /// Calls that the invocation may still make.
    calls_left: usize,
    counts: Counters,
    shapes: ShapeCache,
}

/// A message as the queue hands it over.
#[derive(Clone, Copy, Debug)]
pub struct QueueMessage<'a> {
    /// Its text.
    pub text: &'a str,
    /// How often this copy was delivered, this time included.
    pub attempts: u32,
    /// Whether it comes from the dead-letter queue: no delivery completed it.
    pub is_dead: bool,
}

/// What is known of devices, or is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownDevices {
    /// Devices of which Kochava took an event.
    pub devices: BTreeSet<Digest>,
    /// The last link that Kochava took of a device.
    pub links: BTreeMap<Digest, Digest>,
}

/// What the shell does with a message in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// It may leave the queue.
    Ack,
    /// It comes again after this wait.
    Retry(Duration),
    /// A copy of it goes into the queue with this wait; then it may leave.
    Requeue(Duration),
}

/// A message that goes into the queue for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingMessage {
    /// The message that it comes from, by its number in the batch.
    pub from: usize,
    /// Its text.
    pub text: String,
    /// How long it waits.
    pub delay_s: u32,
}

#[derive(Debug)]
struct MessageState<'a> {
    queued: QueueMessage<'a>,
    stage: MessageStage<'a>,
    deliveries: Vec<EventDelivery>,
    /// Something could not be done for it: it must come again as it is.
    has_failed: bool,
    /// Such a one is so old that a copy of it goes into the queue.
    is_requeued: bool,
}

/// How far a message has got.
#[derive(Debug)]
enum MessageStage<'a> {
    /// It is none of ours.
    Poison,
    /// It is read.
    Read(Message<'a>),
    /// It was settled, perhaps by somebody else, and this is left to do.
    Settled(Message<'a>, Settlement),
    /// Nothing is left to do.
    Completed,
    /// It has to come again; without a message where it cannot be read.
    Deferred(Option<Message<'a>>, Duration),
}

/// One event of a message.
#[derive(Debug)]
struct EventDelivery {
    /// The calls that are still to be made, and whom they name.
    calls: Vec<(Request, RequestSubject)>,
    /// How many of them were made already.
    made: usize,
    progress: DeliveryProgress,
    /// Whether Kochava took a call of it, in this round or before.
    is_delivered: bool,
    /// What is known of its device: the same for all events of one.
    ordering_key: Option<Digest>,
    name: Option<String>,
    received: Moment,
    outcome: Option<EventOutcome>,
    counts: Counters,
    /// Whether anything about it changed that the message does not say.
    has_changed: bool,
}

/// How one event ended in this round.
#[derive(Clone, Debug, PartialEq, Eq)]
enum EventOutcome {
    /// Kochava has all of it, or the operator does not want it.
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

/// What an event waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum DeferReason {
    /// The breaker of its route.
    Breaker(String),
    /// Another event of its device, by its number in the message.
    Behind(usize),
    /// An event of its device.
    Held,
    /// An invocation with calls left.
    Calls,
}

#[derive(Debug, Default)]
struct DeviceSequence {
    /// Message and event, by their numbers.
    deliveries: Vec<(usize, usize)>,
    at: usize,
}

#[derive(Debug)]
struct RouteState {
    pass: Permit,
    report: BreakerReport,
    /// Nothing more is sent in this round.
    is_stopped: bool,
    /// How long everything waits.
    wait: Option<Duration>,
    retries_rejected: bool,
}
