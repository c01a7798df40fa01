//! The history of a simulation: the actions of every part and the answers to them.
//!
//! The invariants compare it with the outcome.

use super::world::{Step, World};
use kochava_edge::{Counters, DeliveryProgress, Digest, RequestKind};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) posts: Vec<Post>,
    /// Who settled each message, and when.
    pub(crate) settled: BTreeMap<Digest, SettledBy>,
    pub(crate) runs: BTreeMap<u64, ConsumerRun>,
    pub(crate) runs_started: u64,
    pub(crate) submissions_started: u64,
    /// The submissions of each event, by its number: each with the reason why the event was
    /// submitted once more.
    pub(crate) submissions: BTreeMap<u32, Vec<(u64, DuplicateCause)>>,
    /// The counters of each message.
    pub(crate) message_counters: BTreeMap<Digest, Counters>,
    /// Rejects that consumers stored, by submission and digest, then by message.
    pub(crate) rejected: BTreeMap<(u64, Digest), BTreeMap<Digest, Rejected>>,
    /// The events of each message that a submission became, in their order.
    pub(crate) event_orders: Vec<(u64, Vec<u32>)>,
    /// When each dedupe key was first added to the dedupe store.
    pub(crate) seen_since: BTreeMap<Digest, i64>,
    /// When a breaker was open: from, until.
    pub(crate) open_periods: Vec<(i64, i64)>,
    pub(crate) open_since: Option<i64>,
    pub(crate) pauses: usize,
    pub(crate) crashes: BTreeMap<Step, usize>,
    /// Calls to stores that took effect although they failed.
    pub(crate) ambiguous: usize,
    /// Messages that the queue deleted.
    pub(crate) deleted: usize,
    /// Messages that the queue moved to the dead-letter queue.
    pub(crate) dead: usize,
    /// Events in all messages that the queue delivered.
    pub(crate) delivered_events: u64,
    pub(crate) faults: Vec<String>,
}

/// Where the events of a message come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The number of the ingest run that submitted them.
    pub(crate) submission: u64,
    pub(crate) message: Digest,
}

/// One call to Kochava.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    pub(crate) at: i64,
    pub(crate) number: u32,
    pub(crate) kind: RequestKind,
    pub(crate) origin: Origin,
    /// The consumer run that made it; `None` for delivery within the request.
    pub(crate) run: Option<u64>,
    pub(crate) is_accepted: bool,
    pub(crate) answer: AnswerKind,
}

/// What Kochava answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnswerKind {
    Accepted,
    /// A failure that may pass, or no answer.
    Failed,
    Limited,
    Refused,
    Rejected,
}

impl AnswerKind {
    /// Returns whether an attempt may have been spent by it: it is, where the failure is not blamed
    /// on the route.
    pub(crate) fn may_be_attempt(self) -> bool {
        matches!(
            self,
            AnswerKind::Failed | AnswerKind::Limited | AnswerKind::Refused
        )
    }
}

/// A reject that a consumer stored.
#[derive(Clone, Debug)]
pub(crate) struct Rejected {
    pub(crate) code: String,
    pub(crate) progress: DeliveryProgress,
    /// How many events of the message have its digest.
    pub(crate) times: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct SettledBy {
    pub(crate) run: u64,
    pub(crate) at: i64,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct ConsumerRun {
    pub(crate) looked_up_at: i64,
    pub(crate) is_crashed: bool,
    /// Messages for which the journal did not answer.
    pub(crate) unsettled: BTreeSet<Digest>,
}

/// Why an event was submitted once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DuplicateCause {
    First,
    /// It has no dedupe key.
    NoKey,
    /// The dedupe store did not answer.
    DedupeUnavailable,
    /// Its sender sent it again before its key was added.
    NotYetSeen,
    /// Its key was past its retention.
    Expired,
    /// Nothing explains it.
    None,
}

impl History {
    pub(crate) fn run(&mut self, run: u64) -> &mut ConsumerRun {
        self.runs.entry(run).or_default()
    }

    /// Returns whether the answer of a call was recorded in the journal.
    pub(crate) fn is_recorded(&self, post: &Post) -> bool {
        post.run.is_none_or(|run| {
            self.settled
                .get(&post.origin.message)
                .is_some_and(|settled_by| settled_by.run == run)
        })
    }

    /// Returns how long any breaker was open within this time.
    pub(crate) fn open_within(&self, from: i64, until: i64) -> i64 {
        let last = self.open_since.map(|since| (since, i64::MAX));
        self.open_periods
            .iter()
            .copied()
            .chain(last)
            .map(|(opened, closed)| (closed.min(until) - opened.max(from)).max(0))
            .sum()
    }
}

impl World {
    /// Records whether any breaker is open.
    pub(crate) fn record_breakers(&mut self, is_open: bool, is_pause: bool) {
        match (self.history.open_since, is_open) {
            (None, true) => {
                self.history.open_since = Some(self.now);
                self.history.pauses += usize::from(is_pause);
            }
            (Some(since), false) => {
                self.history.open_periods.push((since, self.now));
                self.history.open_since = None;
            }
            _ => {}
        }
    }

    /// Returns why an ingest run submits an event that was submitted before, if it was.
    pub(crate) fn cause(
        &self,
        number: u32,
        key: Option<Digest>,
        is_dedupe_unavailable: bool,
        looked_up_at: i64,
    ) -> DuplicateCause {
        let Some(key) = key else {
            return if self.history.submissions.contains_key(&number) {
                DuplicateCause::NoKey
            } else {
                DuplicateCause::First
            };
        };
        let known = self.history.seen_since.get(&key);
        match known {
            _ if !self.history.submissions.contains_key(&number) => DuplicateCause::First,
            _ if is_dedupe_unavailable => DuplicateCause::DedupeUnavailable,
            None => DuplicateCause::NotYetSeen,
            Some(&at) if at >= looked_up_at => DuplicateCause::NotYetSeen,
            Some(&at) if looked_up_at - at > 7 * 24 * 3_600_000 => DuplicateCause::Expired,
            Some(_) => DuplicateCause::None,
        }
    }
}
