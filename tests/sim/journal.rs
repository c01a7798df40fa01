//! What was done, by whom, and what did it say?
//!
//! Facts that only the one who plays all sides can know. The invariants are made of them.

use super::world::{Step, World};
use kochava_edge::{Counters, DeliveryProgress, Digest, RequestKind};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Default)]
pub(crate) struct Journal {
    pub(crate) posts: Vec<Post>,
    /// By the message's name: who settled it, and when.
    pub(crate) settled: BTreeMap<Digest, Settling>,
    pub(crate) rounds: BTreeMap<u64, Round>,
    pub(crate) rounds_begun: u64,
    pub(crate) journeys_begun: u64,
    /// The statuses of an event into the queue, and why there is another than the first.
    pub(crate) journeys: BTreeMap<u32, Vec<(u64, Cause)>>,
    /// What messages count beside their events.
    pub(crate) tallies: BTreeMap<Digest, Counters>,
    /// Rejects that consumers stored, by journey and name, and by message.
    pub(crate) rejected: BTreeMap<(u64, Digest), BTreeMap<Digest, Rejected>>,
    /// The events of each message that a sender's body became, in their order.
    pub(crate) orders: Vec<(u64, Vec<u32>)>,
    /// When which names were known as taken, at last.
    pub(crate) known: BTreeMap<Digest, i64>,
    /// When a breaker was closed: from, until.
    pub(crate) closed: Vec<(i64, i64)>,
    pub(crate) closed_since: Option<i64>,
    pub(crate) pauses: usize,
    pub(crate) crashes: BTreeMap<Step, usize>,
    /// Calls of stores that were done although they said no.
    pub(crate) ambiguous: usize,
    /// Messages that the queue deleted, and that it took for dead.
    pub(crate) deleted: usize,
    pub(crate) dead: usize,
    /// Events in all the messages that were handed over.
    pub(crate) handed: u64,
    pub(crate) faults: Vec<String>,
}

/// Where a message comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// The number of the handler's work in which its events were taken.
    pub(crate) journey: u64,
    pub(crate) message: Digest,
}

/// One call of Kochava's.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    pub(crate) at: i64,
    pub(crate) number: u32,
    pub(crate) kind: RequestKind,
    pub(crate) stamp: Stamp,
    /// Who made it: a round; nothing where the sender waited.
    pub(crate) round: Option<u64>,
    pub(crate) is_accepted: bool,
    pub(crate) told: Told,
}

/// What Kochava says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Accepted,
    /// Something that may pass, or nothing.
    Failed,
    Limited,
    Refused,
    Rejected,
}

/// A reject that a consumer stored.
#[derive(Clone, Debug)]
pub(crate) struct Rejected {
    pub(crate) code: String,
    pub(crate) progress: DeliveryProgress,
    /// How many events of the message have its name.
    pub(crate) times: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Settling {
    pub(crate) round: u64,
    pub(crate) at: i64,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Round {
    pub(crate) recalled: i64,
    pub(crate) is_crashed: bool,
    /// Messages that it could not settle.
    pub(crate) unsettled: BTreeSet<Digest>,
}

/// Why an event is in the queue once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cause {
    First,
    /// It has no dedupe key.
    NoKey,
    /// The memory did not answer.
    MemorySilent,
    /// Its sender sent it again before it was known.
    NotRemembered,
    /// Longer ago than the memory reaches.
    Forgotten,
    /// Nothing explains it.
    None,
}

impl Journal {
    pub(crate) fn round(&mut self, round: u64) -> &mut Round {
        self.rounds.entry(round).or_default()
    }

    /// Whether what a call was told went into the book.
    pub(crate) fn is_noted(&self, post: &Post) -> bool {
        post.round.is_none_or(|round| {
            self.settled
                .get(&post.stamp.message)
                .is_some_and(|settling| settling.round == round)
        })
    }

    /// How long a breaker was closed within this time.
    pub(crate) fn closed_within(&self, from: i64, until: i64) -> i64 {
        let last = self.closed_since.map(|since| (since, i64::MAX));
        self.closed
            .iter()
            .copied()
            .chain(last)
            .map(|(closed, opened)| (opened.min(until) - closed.max(from)).max(0))
            .sum()
    }
}

impl World {
    /// Notes whether any breaker is closed.
    pub(crate) fn note_gates(&mut self, is_closed: bool, is_pause: bool) {
        match (self.journal.closed_since, is_closed) {
            (None, true) => {
                self.journal.closed_since = Some(self.now);
                self.journal.pauses += usize::from(is_pause);
            }
            (Some(since), false) => {
                self.journal.closed.push((since, self.now));
                self.journal.closed_since = None;
            }
            _ => {}
        }
    }

    /// Why a body's handler takes an event that was taken before, if it was.
    pub(crate) fn cause(
        &self,
        number: u32,
        key: Option<Digest>,
        is_memory_silent: bool,
        recalled: i64,
    ) -> Cause {
        let Some(key) = key else {
            return if self.journal.journeys.contains_key(&number) {
                Cause::NoKey
            } else {
                Cause::First
            };
        };
        let known = self.journal.known.get(&key);
        match known {
            _ if !self.journal.journeys.contains_key(&number) => Cause::First,
            _ if is_memory_silent => Cause::MemorySilent,
            None => Cause::NotRemembered,
            Some(&at) if at >= recalled => Cause::NotRemembered,
            Some(&at) if recalled - at > 7 * 24 * 3_600_000 => Cause::Forgotten,
            Some(_) => Cause::None,
        }
    }
}
