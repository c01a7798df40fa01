//! What becomes of a body that is taken for good?
//!
//! The sender's way, of which the shell makes every deed and this room every decision: `open`, then
//! `recalled` with what the memory knows, the `rejects` to be stored, `pack` and a `sent` for each
//! batch. Only what is durably stored, queued, delivered or the operator's own choice
//! may be answered with yes; the rest stays with its sender.

use crate::key::Key;
use crate::ledger::Counts;
use crate::message::{Entry, Message, Packed, batches, pack};
use crate::plan::{Fate, Parcel};
use crate::reject::Reject;
use crate::source::Source;
use crate::taken::Taken;
use crate::time::Moment;
use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;

/// A body on its way into the queue.
#[derive(Debug)]
pub struct Intake<'b> {
    body: &'b str,
    source: Source,
    received: Moment,
    /// The settings of today.
    settings: Key,
    items: Vec<Taken>,
    ways: Vec<Way>,
    /// Messages, and the elements that each holds.
    messages: Vec<(String, Vec<usize>)>,
    batches: Vec<Range<usize>>,
}

/// Where an element of the body is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Still with its sender.
    Pending,
    /// Its sender sent it before.
    Duplicate,
    /// The operator does not want it.
    Skipped,
    /// Stored as a reject.
    Refused,
    /// In the queue.
    Queued,
    /// With Kochava already.
    Delivered,
    /// With Kochava, which answered nothing readable.
    Unconfirmed,
}

impl<'b> Intake<'b> {
    /// Begins with what was taken of `body`.
    #[must_use]
    pub fn open(
        body: &'b str,
        items: Vec<Taken>,
        source: Source,
        received: Moment,
        settings: Key,
    ) -> Self {
        let way = |taken: &Taken| {
            if let Fate::Skipped(_) = taken.fate {
                Way::Skipped
            } else {
                Way::Pending
            }
        };
        let ways = items.iter().map(way).collect();
        Intake {
            body,
            source,
            received,
            settings,
            items,
            ways,
            messages: Vec::new(),
            batches: Vec::new(),
        }
    }

    /// The dedupe keys that the memory must be asked for.
    #[must_use]
    pub fn to_recall(&self) -> Vec<Key> {
        let is_ready = |taken: &&Taken| matches!(taken.fate, Fate::Ready(_));
        self.items
            .iter()
            .filter(is_ready)
            .filter_map(|taken| taken.tag.dedupe)
            .collect()
    }

    /// Learns which of them are known; an event that comes twice in the body is a duplicate the
    /// second time.
    pub fn recalled(&mut self, mut seen: BTreeSet<Key>) {
        for (taken, way) in self.items.iter().zip(&mut self.ways) {
            if let (Fate::Ready(_), Some(key)) = (&taken.fate, taken.tag.dedupe)
                && !seen.insert(key)
            {
                *way = Way::Duplicate;
            }
        }
    }

    /// What must be stored before anything is answered.
    #[must_use]
    pub fn rejects(&self) -> Vec<Reject> {
        let refused = |taken: &Taken| {
            let Fate::Refused(violations) = &taken.fate else {
                return None;
            };
            let event = self.body.get(taken.tag.at.clone()).unwrap_or_default();
            Some(Reject::refused(
                &taken.tag,
                violations,
                event,
                self.source,
                self.received,
                self.settings,
            ))
        };
        self.items.iter().filter_map(refused).collect()
    }

    /// Learns that the rejects are stored, which of them for the first time.
    pub fn stored(&mut self) {
        for (taken, way) in self.items.iter().zip(&mut self.ways) {
            if let Fate::Refused(_) = taken.fate {
                *way = Way::Refused;
            }
        }
    }

    /// Packs what is ready; what is to be counted beside goes along, in a message of its own if
    /// there is none. `new_rejects` are those that were stored for the first time; `seed` is
    /// new for every call.
    pub fn pack(&mut self, seed: &str, new_rejects: &BTreeSet<Key>) {
        let is_ready = |&at: &usize| {
            matches!(self.items[at].fate, Fate::Ready(_)) && self.ways[at] == Way::Pending
        };
        let ready: Vec<usize> = (0..self.items.len()).filter(is_ready).collect();
        let entry = |&at: &usize| {
            Entry::begin(
                &self.items[at].tag,
                self.body,
                self.source,
                self.received,
                self.settings,
            )
        };
        let Packed {
            mut messages,
            holds,
        } = pack(ready.iter().map(entry).collect(), seed, self.received);
        let tally = self.tally(new_rejects);
        match messages.first_mut() {
            Some(first) => first.tally = tally,
            None if tally.is_empty() => {}
            None => messages.push(Message {
                tally,
                ..Message::of_counts(seed, self.received, &Counts::default())
            }),
        }
        let holds = holds
            .into_iter()
            .map(|held| held.into_iter().map(|at| ready[at]).collect::<Vec<_>>())
            .chain([Vec::new()]);
        self.messages = messages.iter().map(Message::text).zip(holds).collect();
        self.batches = batches(self.messages.iter().map(|(text, _)| text.len()));
    }

    /// The texts of the messages, by batches: each goes into the queue with one call.
    #[must_use]
    pub fn batches(&self) -> Vec<Vec<&str>> {
        let texts = |batch: &Range<usize>| {
            self.messages[batch.clone()]
                .iter()
                .map(|(text, _)| text.as_str())
                .collect()
        };
        self.batches.iter().map(texts).collect()
    }

    /// Learns that a batch is in the queue.
    pub fn sent(&mut self, batch: usize) {
        for &at in self.messages[self.batches[batch].clone()]
            .iter()
            .flat_map(|(_, holds)| holds)
        {
            self.ways[at] = Way::Queued;
        }
    }

    /// What no message can hold: it is delivered while the sender waits, or stays with it.
    #[must_use]
    pub fn too_large(&self) -> Vec<(usize, &Parcel)> {
        let mut is_held = alloc::vec![false; self.items.len()];
        for &at in self.messages.iter().flat_map(|(_, holds)| holds) {
            is_held[at] = true;
        }
        let rest = self
            .items
            .iter()
            .enumerate()
            .filter(|(at, _)| self.ways[*at] == Way::Pending && !is_held[*at]);
        rest.filter_map(|(at, taken)| {
            if let Fate::Ready(parcel) = &taken.fate {
                Some((at, parcel))
            } else {
                None
            }
        })
        .collect()
    }

    /// Learns where an element is that no message can hold.
    pub fn ended(&mut self, at: usize, way: Way) {
        self.ways[at] = way;
    }

    /// A message that counts what ended while the sender waited, until `now`; nothing where nothing
    /// did.
    #[must_use]
    pub fn counted_at_once(&self, seed: &str, now: Moment) -> Option<String> {
        let latency = u64::try_from(now.millis.saturating_sub(self.received.millis)).unwrap_or(0);
        let mut counts = Counts::default();
        for way in &self.ways {
            if matches!(way, Way::Delivered | Way::Unconfirmed) {
                counts.count_delivered(latency, false);
                counts.count("unconfirmed", u64::from(*way == Way::Unconfirmed));
            }
        }
        (!counts.is_empty())
            .then(|| Message::of_counts(&[seed, "at once"].concat(), now, &counts).text())
    }

    /// The dedupe keys of what its sender need not send again, for the memory.
    #[must_use]
    pub fn to_remember(&self) -> Vec<Key> {
        let is_kept = |way| matches!(way, Way::Queued | Way::Delivered | Way::Unconfirmed);
        self.items
            .iter()
            .zip(&self.ways)
            .filter(|(_, way)| is_kept(**way))
            .filter_map(|(taken, _)| taken.tag.dedupe)
            .collect()
    }

    /// Every element with its fate, and where it is now.
    pub fn ways(&self) -> impl Iterator<Item = (&Fate, Way)> {
        self.items
            .iter()
            .zip(&self.ways)
            .map(|(taken, &way)| (&taken.fate, way))
    }

    fn tally(&self, new_rejects: &BTreeSet<Key>) -> Vec<(String, u64)> {
        let mut tally: Vec<(String, u64)> = Vec::new();
        let mut count = |name: String| match tally.iter_mut().find(|(counted, _)| *counted == name)
        {
            Some((_, times)) => *times += 1,
            None => tally.push((name, 1)),
        };
        for (taken, way) in self.items.iter().zip(&self.ways) {
            match &taken.fate {
                Fate::Skipped(skip) => {
                    count("skipped".to_string());
                    count(["code:", skip.code()].concat());
                }
                Fate::Refused(violations) if new_rejects.contains(&taken.tag.id) => {
                    count("discarded".to_string());
                    count(
                        [
                            "code:",
                            violations
                                .first()
                                .map_or("refused", |violation| violation.rule.code()),
                        ]
                        .concat(),
                    );
                }
                Fate::Ready(_) if *way == Way::Duplicate => count("duplicates".to_string()),
                Fate::Ready(_) | Fate::Refused(_) => {}
            }
        }
        tally
    }
}
