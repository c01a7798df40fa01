//! The workflow that takes a wave of messages from the queue to Kochava.
//!
//! ```text
//! consume ─▶ Load ─▶ Begin ─▶ Post ─▶ Commit ─▶ Finish ─▶ Complete ─▶ Done
//! ```
//!
//! | step | effect | usual |
//! | --- | --- | --- |
//! | `Load` | read events that are too large for a message from their store | absent |
//! | `Begin` | ask the journal, one request for each shard | one request |
//! | `Post` | send calls to Kochava | |
//! | `Commit` | record in the journal, one request for each shard | one request |
//! | `Finish` | store rejects, delete what has ended, enqueue what remains | absent |
//! | `Complete` | record that this is done, one request for each shard | absent |
//! | `Done` | acknowledge messages or have them delivered again | |
//!
//! [`consume`] begins. Each step holds a state that the result of its effect consumes, so that no
//! step is left out, repeated or reordered. A crash between any two steps loses nothing: before
//! `Commit` a message is redelivered unchanged; afterwards the next consumer does the remaining work
//! that the journal records. Nothing is acknowledged before it is committed:
//!
//! ```compile_fail
//! # use kochava_edge::{ConsumerStep, Disposition};
//! fn acknowledges_early(step: ConsumerStep<'_>) -> Vec<Disposition> {
//!     let ConsumerStep::Commit(_, committing) = step else { unreachable!() };
//!     committing.dispositions() // there is no such method: the journal's answers come first
//! }
//! ```

mod begin;
mod calls;
mod disposition;
mod finish;
mod judge;
mod open;
mod order;
mod outgoing;
mod plan_event;
mod reject;
mod settle;
mod watch;

use crate::delivery::{Breaker, BreakerReport, FailureReason, Permit, TripReason};
use crate::digest::Digest;
use crate::durable::test_event::TestOutcome;
use crate::durable::{
    BeginRequest, CommitRequest, Counters, DeliveryProgress, Message, Settlement, WaitingEvent,
};
use crate::kochava::{Coverage, PlannedCall, RequestKind, Route};
use crate::plan::Planner;
use crate::sorted::SortedSet;
use crate::time::Moment;
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;
use litemap::LiteMap;

pub use begin::Beginning;
pub use calls::{CallTicket, OutgoingCall, Posting};
pub use disposition::{Disposition, store_wait};
pub use finish::{Completing, FinishResult, FinishWork, Finishing, WaveResult};
pub use open::{LoadedEvent, Loading, consume};
pub use outgoing::OutgoingMessage;
pub use settle::Committing;

/// The next effect of a consumer.
#[derive(Debug)]
#[must_use]
pub enum ConsumerStep<'a> {
    /// Read these events from the store of large events; then [`Loading::loaded`].
    Load(Vec<Digest>, Loading<'a>),
    /// Ask each of these shards; then [`Beginning::begun`].
    Begin(Rc<[(u32, BeginRequest)]>, Beginning<'a>),
    /// Send the calls that [`Posting::next_call`] hands out; then [`Posting::end`].
    Post(Posting<'a>),
    /// Record this in each of these shards; then [`Committing::committed`].
    Commit(Rc<[(u32, CommitRequest)]>, Committing<'a>),
    /// Do all of this; then [`Finishing::finished`].
    Finish(FinishWork, Finishing<'a>),
    /// Record in each of these shards that the remaining work of these messages is done; then
    /// [`Completing::completed`].
    Complete(Vec<(u32, Vec<Digest>)>, Completing<'a>),
    /// Acknowledge the messages, or have them delivered again.
    Done(WaveResult),
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

/// What the shell knows when a wave begins.
#[derive(Clone, Copy, Debug)]
pub struct ConsumerContext<'a> {
    /// The sync of the wave; empty for the one without a name. A message of any other waits.
    pub sync: &'a str,
    /// The planner of the current settings; `None` while they have faults, or there is no such sync. Then every message
    /// waits, and is renewed before the platform would delete it.
    pub planner: Option<&'a Planner>,
    /// The digest of the current settings.
    pub settings: Digest,
    /// The time.
    pub now: Moment,
    /// When no further call may be handed out.
    pub deadline: Moment,
    /// How many calls may be made.
    pub calls_max: usize,
}

/// The messages of a wave, and what became of them so far.
#[derive(Debug)]
struct Wave<'a> {
    context: ConsumerContext<'a>,
    messages: Vec<MessageState<'a>>,
    /// The texts of events that are too large for a message.
    large: LiteMap<Digest, String>,
    routes: LiteMap<(u32, Route), RouteState>,
    known: KnownDevices,
    accepted: LiteMap<u32, AcceptedDevices>,
    calls_left: usize,
    /// Whether the time for handing out calls is over.
    is_over: bool,
    /// Messages that were put into the queue.
    requeued: usize,
    counters: Counters,
    /// Whether an operator watches.
    is_watched: bool,
}

/// What the journal knows of the wave's devices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct KnownDevices {
    /// The fingerprints of devices of which Kochava accepted an event, and the marks of installs that
    /// it accepted.
    devices: SortedSet<u64>,
    /// The last identity link that Kochava accepted of a device.
    links: LiteMap<Digest, Digest>,
}

/// What a shard is to remember of devices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct AcceptedDevices {
    devices: SortedSet<u64>,
    installs: SortedSet<u64>,
    links: LiteMap<Digest, Digest>,
}

#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
#[derive(Debug)]
struct MessageState<'a> {
    queued: QueueMessage<'a>,
    stage: MessageStage<'a>,
    deliveries: Vec<EventDelivery>,
    /// Its text cannot be read: it has no events, and becomes a reject.
    is_unreadable: bool,
    /// The journal claimed it for this wave.
    is_claimed: bool,
    /// A store or the queue failed: the message must be redelivered unchanged.
    has_failed: bool,
    /// A copy of it was put into the queue, since it would soon be too old.
    is_requeued: bool,
}

/// How far a message has got.
#[derive(Debug)]
enum MessageStage<'a> {
    /// It is read.
    Read(Message<'a>),
    /// It is settled, perhaps by another consumer, and this work remains.
    Settled(Message<'a>, Settlement),
    /// It is completed.
    Completed,
    /// It must be redelivered; `None` where a newer release wrote it.
    Deferred(Option<Message<'a>>, Duration),
}

/// The delivery of one event of a message.
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
#[derive(Debug)]
struct EventDelivery {
    planned: PlannedDelivery,
    /// The index of the call that comes next: those before it were accepted or need not be sent.
    next_call: usize,
    progress: DeliveryProgress,
    /// Whether Kochava accepted a call of it, in this wave or before.
    is_delivered: bool,
    /// Whether a call was answered with 2xx and nothing readable in this wave.
    is_newly_unconfirmed: bool,
    /// Whether it was delivered by another copy.
    is_duplicate: bool,
    /// Whether its text is missing.
    has_no_text: bool,
    /// Whether it is kept as a reject.
    was_rejected: bool,
    received: Moment,
    outcome: Option<EventOutcome>,
    counters: Counters,
    /// Which fields it had, if Kochava accepted it in this wave.
    coverage: Option<Coverage>,
    /// Whether its progress differs from the message's.
    has_changed: bool,
    /// What is told of it where it is synthetic.
    test: Option<Box<TestOutcome>>,
}

/// What the planner made of an event; the delivery takes the calls out of the plan.
#[derive(Debug, Default)]
struct PlannedDelivery {
    calls: Vec<PlannedCall>,
    /// The plan, without its calls; `None` where the event was not planned.
    event: Option<WaitingEvent>,
}

/// How the delivery of one event ended in this wave.
#[derive(Clone, Debug, PartialEq)]
enum EventOutcome {
    /// Kochava accepted all calls, or the operator does not want them.
    Done,
    /// It will not be sent.
    Rejected {
        code: &'static str,
        status: Option<u16>,
        answer: String,
    },
    /// An attempt failed; whether the route or the event is at fault is not known yet.
    Failed {
        reason: FailureReason,
        answer: String,
        jitter: f64,
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
    Breaker(Route),
    /// Another event of its device, by its index in the message.
    Behind(usize),
    /// An accepted event of its device.
    Held,
    /// A switch of the settings.
    Switch,
    /// A copy of it that another message delivers.
    Copy,
    /// A wave that has calls and time left.
    Calls,
}

#[derive(Debug)]
struct RouteState {
    permit: Permit,
    /// The route's breaker as the wave began.
    breaker: Breaker,
    report: BreakerReport,
    /// The event that goes as the probe, by its indexes, once it is chosen.
    probe: Option<(usize, usize)>,
    /// How long everything waits.
    wait: Option<Duration>,
    /// Why its breaker is open, once the wave's own answers are judged.
    reason: Option<TripReason>,
}

impl<'a> MessageStage<'a> {
    /// Returns the message, if it can be read and is not completed.
    fn message(&self) -> Option<&Message<'a>> {
        match self {
            MessageStage::Read(message) | MessageStage::Settled(message, _) => Some(message),
            MessageStage::Deferred(message, _) => message.as_ref(),
            MessageStage::Completed => None,
        }
    }
}

impl MessageState<'_> {
    /// Returns the shard of a message that can be read.
    fn shard(&self) -> u32 {
        self.stage.message().map_or(0, |message| message.shard)
    }
}

impl EventDelivery {
    fn is_deferred(&self) -> bool {
        matches!(self.outcome, Some(EventOutcome::Deferred(_)) | None)
    }

    fn calls(&self) -> &[PlannedCall] {
        &self.planned.calls
    }

    fn next_kind(&self) -> Option<RequestKind> {
        self.next_route().map(|route| route.kind)
    }

    /// Returns the route of the next call, if there is one.
    fn next_route(&self) -> Option<&Route> {
        self.calls().get(self.next_call).map(|call| &call.route)
    }

    fn ordering_key(&self) -> Option<Digest> {
        self.planned.event.as_ref()?.ordering_key
    }

    fn has_id(&self) -> bool {
        let planned = self.planned.event.as_ref();
        planned.is_some_and(|event| event.has_id)
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
