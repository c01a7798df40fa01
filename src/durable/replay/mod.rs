//! The workflow that sends rejects again.
//!
//! ```text
//! replay ─▶ Turn ─▶ Store (events too large for a message) ─▶ Send ─▶ Turn ─▶ … ─▶ Done
//! ```
//!
//! | step | effect | usual |
//! | --- | --- | --- |
//! | `Turn` | delete the rejects that were queued, and read the next page; side by side | at first without rejects to delete |
//! | `Store` | store events that are too large for a message | absent |
//! | `Send` | put messages into the queue | absent where nothing is ready, or in a dry run |
//! | `Done` | reply | |
//!
//! [`replay`] begins; each step is consumed by the result of its effect. A crash between any two
//! steps loses nothing, since a reject is deleted only when a message with it is in the queue; and
//! a replay that is repeated sends nothing twice:
//!
//! - A message's digest is that of the rejects in it, as they were stored. The same message, queued
//!   twice, is settled and counted once by the journal.
//! - An event keeps its digest, by which the journal knows it wherever it is packed.
//! - A reject is deleted only if it is as it was read: one that was rejected again meanwhile stays.
//!
//! ```compile_fail
//! # use kochava_edge::{ReplayStep, ReplayTurn};
//! fn deletes_before_it_is_queued(step: ReplayStep<'_>) -> ReplayTurn {
//!     let ReplayStep::Send(_, queueing) = step else { unreachable!() };
//!     queueing.turn() // there is no such method: the number of batches that were sent comes first
//! }
//! ```

mod plan;
mod stored_reject;

use crate::digest::Digest;
use crate::durable::{Counters, LargeEvent, Message, OutboundEvent, batches, pack};
use crate::limits::{REPLAY_EVENTS_MAX, REPLAY_PAGES_MAX};
use crate::plan::{Fate, Planner};
use crate::time::Moment;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub use stored_reject::{RejectPage, RejectPick, RejectVersion, StoredReject};

/// The next effect of a replay.
#[derive(Debug)]
#[must_use]
pub enum ReplayStep<'p> {
    /// Do both; then [`Turning::turned`].
    Turn(ReplayTurn, Turning<'p>),
    /// Store these events, all of them or none; then [`StoringReplayed::stored`].
    Store(Vec<LargeEvent<'static>>, StoringReplayed<'p>),
    /// Put these batches of messages into the queue, one after the other, up to the first that
    /// fails; then [`Queueing::sent`].
    Send(Vec<Vec<String>>, Queueing<'p>),
    /// Reply.
    Done(ReplayOutcome),
}

/// What the shell knows when a replay begins.
#[derive(Clone, Copy, Debug)]
pub struct ReplayContext<'p> {
    /// The sync whose rejects are selected; empty for the one without a name.
    pub sync: &'p str,
    /// The planner of the current settings.
    pub planner: &'p Planner,
    /// The time. What is stored later is not picked.
    pub now: Moment,
    /// Whether nothing is to be changed.
    pub is_dry: bool,
}

/// What is done in one turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayTurn {
    /// Rejects to delete, all of them or none, each only if it is still this version.
    pub delete: Vec<RejectVersion>,
    /// The next page to read.
    pub pick: Option<RejectPick>,
}

/// What was done of a [`ReplayTurn`].
#[derive(Clone, Debug, Default)]
pub struct TurnResult {
    /// Whether the rejects are deleted.
    pub are_deleted: bool,
    /// The page; `None` where none was to be read, or the store does not answer.
    pub page: Option<RejectPage>,
}

/// What a replay came to.
#[derive(Debug)]
pub struct ReplayOutcome {
    /// Every reject that was looked at.
    pub rejects: Vec<ReplayedReject>,
    /// Whether others are selected that it did not look at.
    pub has_more: bool,
    /// Whether the store failed: it may be repeated, and then goes on.
    pub has_failed: bool,
}

/// One reject, and what became of it.
#[derive(Debug)]
pub struct ReplayedReject {
    /// The reject, without its event.
    pub reject: StoredReject,
    /// Its fate under the current settings; `None` without an event that can be read.
    pub fate: Option<Fate>,
    /// What became of it.
    pub result: ReplayResult,
}

/// What became of one reject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayResult {
    /// It can be sent, in a dry run.
    Ready,
    /// It is in the queue.
    Queued,
    /// The settings leave it out.
    Skipped,
    /// It breaks rules.
    Refused,
    /// Its event is not kept.
    NotKept,
    /// Its event is no event that this release can read.
    Unreadable,
    /// The queue, or the store of large events, did not accept it.
    NotSent,
}

/// A replay whose page is being turned.
#[derive(Debug)]
pub struct Turning<'p> {
    run: Run<'p>,
    is_picking: bool,
}

/// A replay whose large events are being stored.
#[derive(Debug)]
pub struct StoringReplayed<'p> {
    run: Run<'p>,
    /// The ready events, each with the index of its reject.
    events: Vec<(usize, OutboundEvent<'static>)>,
}

/// A replay whose messages are being put into the queue.
#[derive(Debug)]
pub struct Queueing<'p> {
    run: Run<'p>,
    /// The indexes of the rejects in each batch.
    holds: Vec<Vec<usize>>,
}

#[derive(Debug)]
struct Run<'p> {
    context: ReplayContext<'p>,
    rejects: Vec<ReplayedReject>,
    events_left: usize,
    pages_left: usize,
    /// The last reject that was looked at.
    last: Option<RejectVersion>,
    has_more: bool,
    has_failed: bool,
}

/// Begins a replay of the rejects that the shell's store selects.
pub fn replay(context: ReplayContext<'_>) -> ReplayStep<'_> {
    let run = Run {
        context,
        rejects: Vec::new(),
        events_left: REPLAY_EVENTS_MAX,
        pages_left: REPLAY_PAGES_MAX,
        last: None,
        has_more: true,
        has_failed: false,
    };
    run.turn(Vec::new())
}

impl<'p> Run<'p> {
    fn turn(mut self, delete: Vec<RejectVersion>) -> ReplayStep<'p> {
        let is_picking = self.has_more && self.events_left > 0 && self.pages_left > 0;
        if !is_picking && delete.is_empty() {
            return self.done();
        }
        let pick = is_picking.then_some(RejectPick {
            after: self.last,
            until: self.context.now,
            limit: self.events_left,
        });
        self.pages_left -= usize::from(is_picking);
        let turning = Turning {
            run: self,
            is_picking,
        };
        ReplayStep::Turn(ReplayTurn { delete, pick }, turning)
    }

    fn done(self) -> ReplayStep<'p> {
        ReplayStep::Done(ReplayOutcome {
            rejects: self.rejects,
            has_more: self.has_more,
            has_failed: self.has_failed,
        })
    }

    /// Packs events that fit into messages.
    fn send(self, events: Vec<(usize, OutboundEvent<'static>)>) -> ReplayStep<'p> {
        let (indexes, events): (Vec<usize>, Vec<_>) = events.into_iter().unzip();
        if events.is_empty() {
            return self.turn(Vec::new());
        }
        let mut packed = pack(events, self.context.sync, "", self.context.now);
        let holds: Vec<Vec<usize>> = packed
            .holds
            .iter()
            .map(|held| held.iter().map(|&at| indexes[at]).collect())
            .collect();
        for (message, held) in packed.messages.iter_mut().zip(&holds) {
            message.id = self.digest_of(held);
            message.counters = Counters::default();
            message.counters.count("replayed", held.len() as u64);
        }
        let mut texts: Vec<String> = packed.messages.iter().map(Message::text).collect();
        let ranges = batches(texts.iter().map(String::len));
        let holds = ranges
            .iter()
            .map(|range| holds[range.clone()].concat())
            .collect();
        let batches = ranges
            .iter()
            .map(|range| texts.drain(..range.len()).collect())
            .collect();
        ReplayStep::Send(batches, Queueing { run: self, holds })
    }

    /// Returns the digest of a message with these rejects: the same whenever they are the same.
    fn digest_of(&self, held: &[usize]) -> Digest {
        let mut parts = Vec::with_capacity(1 + 2 * held.len());
        parts.push("replay".to_string());
        for &index in held {
            let version = self.rejects[index].reject.version;
            parts.push(version.id.to_hex());
            parts.push(version.stored.millis.to_string());
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        Digest::of(&parts)
    }
}

impl<'p> Turning<'p> {
    /// Goes on with what was done.
    pub fn turned(self, result: TurnResult) -> ReplayStep<'p> {
        let Turning {
            mut run,
            is_picking,
        } = self;
        let TurnResult { are_deleted, page } = result;
        match page {
            Some(page) if is_picking && are_deleted => run.take_page(page),
            // nothing more is sent while the store fails
            _ => {
                run.has_failed = is_picking || !are_deleted;
                run.done()
            }
        }
    }
}

impl<'p> Run<'p> {
    fn take_page(mut self, page: RejectPage) -> ReplayStep<'p> {
        self.has_more = page.has_more;
        let mut large = Vec::new();
        let mut events = Vec::new();
        for reject in page.rejects {
            self.last = Some(reject.version);
            let (replayed, outbound) = plan::plan(reject, &self.context);
            self.events_left -= usize::from(replayed.result == ReplayResult::Ready);
            if let Some(mut outbound) = outbound.filter(|_| !self.context.is_dry) {
                large.extend(set_aside(
                    &mut outbound,
                    self.context.sync,
                    replayed.reject.version,
                ));
                events.push((self.rejects.len(), outbound));
            }
            self.rejects.push(replayed);
        }
        if large.is_empty() {
            return self.send(events);
        }
        ReplayStep::Store(large, StoringReplayed { run: self, events })
    }
}

/// Takes an event that is too large for a message out of it.
fn set_aside(
    outbound: &mut OutboundEvent<'static>,
    sync: &str,
    version: RejectVersion,
) -> Option<LargeEvent<'static>> {
    if outbound.fits(sync) {
        return None;
    }
    let stored = version.stored.millis.to_string();
    let key = Digest::of(&["large reject", &version.id.to_hex(), &stored]);
    outbound.event.stored = Some(key);
    let event = outbound.event.event.take()?;
    Some(LargeEvent { key, event })
}

impl<'p> StoringReplayed<'p> {
    /// Goes on when the large events are stored, or when that failed: then they stay rejects.
    pub fn stored(self, are_stored: bool) -> ReplayStep<'p> {
        let StoringReplayed {
            mut run,
            mut events,
        } = self;
        if !are_stored {
            events.retain(|(index, outbound)| {
                let is_small = outbound.event.stored.is_none();
                if !is_small {
                    run.rejects[*index].result = ReplayResult::NotSent;
                }
                is_small
            });
        }
        run.send(events)
    }
}

impl<'p> Queueing<'p> {
    /// Goes on when the first `sent` batches are in the queue.
    pub fn sent(self, sent: usize) -> ReplayStep<'p> {
        let Queueing { mut run, holds } = self;
        let mut queued = Vec::new();
        for (number, held) in holds.iter().enumerate() {
            for &index in held {
                let replayed = &mut run.rejects[index];
                replayed.result = if number < sent {
                    queued.push(replayed.reject.version);
                    ReplayResult::Queued
                } else {
                    ReplayResult::NotSent
                };
            }
        }
        if sent < holds.len() {
            // nothing more is read for a queue that fails
            run.pages_left = 0;
        }
        run.turn(queued)
    }
}

impl ReplayResult {
    /// Returns its name in the operator's API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ReplayResult::Ready => "ready",
            ReplayResult::Queued => "queued",
            ReplayResult::Skipped => "skipped",
            ReplayResult::Refused => "refused",
            ReplayResult::NotKept => "not-kept",
            ReplayResult::Unreadable => "unreadable",
            ReplayResult::NotSent => "not-sent",
        }
    }
}
