//! What becomes of a body that is planned for good?
//!
//! The sender's way, of which the shell makes every deed and this room every decision: `open`, then
//! `deduplicated` with what the memory knows, the `rejects` to be stored, `pack` and a `sent` for each
//! batch. Only what is durably stored, queued, delivered or the operator's own choice
//! may be answered with yes; the rest stays with its sender.

use crate::digest::Digest;
use crate::durable::Counters;
use crate::durable::PlannedEvent;
use crate::durable::Reject;
use crate::durable::{Message, PackedMessages, QueuedEvent, batches, pack};
use crate::plan::{Fate, Parcel};
use crate::source::Source;
use crate::time::Moment;
use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;

/// A body on its way into the queue.
#[derive(Debug)]
pub struct Ingest<'b> {
    body: &'b str,
    source: Source,
    received: Moment,
    /// The settings of today.
    settings: Digest,
    items: Vec<PlannedEvent>,
    statuses: Vec<IngestStatus>,
    /// Messages, and the elements that each holds.
    messages: Vec<(String, Vec<usize>)>,
    batches: Vec<Range<usize>>,
}

/// Where an element of the body is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IngestStatus {
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

impl<'b> Ingest<'b> {
    /// Begins with what was planned of `body`.
    #[must_use]
    pub fn open(
        body: &'b str,
        items: Vec<PlannedEvent>,
        source: Source,
        received: Moment,
        settings: Digest,
    ) -> Self {
        let way = |planned: &PlannedEvent| {
            if let Fate::Skipped(_) = planned.fate {
                IngestStatus::Skipped
            } else {
                IngestStatus::Pending
            }
        };
        let statuses = items.iter().map(way).collect();
        Ingest {
            body,
            source,
            received,
            settings,
            items,
            statuses,
            messages: Vec::new(),
            batches: Vec::new(),
        }
    }

    /// The dedupe keys that the memory must be asked for.
    #[must_use]
    pub fn to_look_up(&self) -> Vec<Digest> {
        let is_ready = |planned: &&PlannedEvent| matches!(planned.fate, Fate::Ready(_));
        self.items
            .iter()
            .filter(is_ready)
            .filter_map(|planned| planned.meta.dedupe)
            .collect()
    }

    /// Learns which of them are known; an event that comes twice in the body is a duplicate the
    /// second time.
    pub fn deduplicated(&mut self, mut seen: BTreeSet<Digest>) {
        for (planned, way) in self.items.iter().zip(&mut self.statuses) {
            if let (Fate::Ready(_), Some(key)) = (&planned.fate, planned.meta.dedupe)
                && !seen.insert(key)
            {
                *way = IngestStatus::Duplicate;
            }
        }
    }

    /// What must be stored before anything is answered.
    #[must_use]
    pub fn rejects(&self) -> Vec<Reject> {
        let refused = |planned: &PlannedEvent| {
            let Fate::Refused(violations) = &planned.fate else {
                return None;
            };
            let event = self.body.get(planned.meta.at.clone()).unwrap_or_default();
            Some(Reject::refused(
                &planned.meta,
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
        for (planned, way) in self.items.iter().zip(&mut self.statuses) {
            if let Fate::Refused(_) = planned.fate {
                *way = IngestStatus::Refused;
            }
        }
    }

    /// Packs what is ready; what is to be counted beside goes along, in a message of its own if
    /// there is none. `new_rejects` are those that were stored for the first time; `seed` is
    /// new for every call.
    pub fn pack(&mut self, seed: &str, new_rejects: &BTreeSet<Digest>) {
        let is_ready = |&at: &usize| {
            matches!(self.items[at].fate, Fate::Ready(_))
                && self.statuses[at] == IngestStatus::Pending
        };
        let ready: Vec<usize> = (0..self.items.len()).filter(is_ready).collect();
        let entry = |&at: &usize| {
            QueuedEvent::begin(
                &self.items[at].meta,
                self.body,
                self.source,
                self.received,
                self.settings,
            )
        };
        let PackedMessages {
            mut messages,
            holds,
        } = pack(ready.iter().map(entry).collect(), seed, self.received);
        let counters = self.counters(new_rejects);
        match messages.first_mut() {
            Some(first) => first.counters = counters,
            None if counters.is_empty() => {}
            None => messages.push(Message {
                counters,
                ..Message::of_counts(seed, self.received, &Counters::default())
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
            self.statuses[at] = IngestStatus::Queued;
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
            .filter(|(at, _)| self.statuses[*at] == IngestStatus::Pending && !is_held[*at]);
        rest.filter_map(|(at, planned)| {
            if let Fate::Ready(parcel) = &planned.fate {
                Some((at, parcel))
            } else {
                None
            }
        })
        .collect()
    }

    /// Learns where an element is that no message can hold.
    pub fn ended(&mut self, at: usize, way: IngestStatus) {
        self.statuses[at] = way;
    }

    /// A message that counts what ended while the sender waited, until `now`; nothing where nothing
    /// did.
    #[must_use]
    pub fn counted_at_once(&self, seed: &str, now: Moment) -> Option<String> {
        let latency = u64::try_from(now.millis.saturating_sub(self.received.millis)).unwrap_or(0);
        let mut counts = Counters::default();
        for way in &self.statuses {
            if matches!(way, IngestStatus::Delivered | IngestStatus::Unconfirmed) {
                counts.count_delivered(latency, false);
                counts.count("unconfirmed", u64::from(*way == IngestStatus::Unconfirmed));
            }
        }
        (!counts.is_empty())
            .then(|| Message::of_counts(&[seed, "at once"].concat(), now, &counts).text())
    }

    /// The dedupe keys of what its sender need not send again, for the memory.
    #[must_use]
    pub fn to_remember(&self) -> Vec<Digest> {
        let is_kept = |way| {
            matches!(
                way,
                IngestStatus::Queued | IngestStatus::Delivered | IngestStatus::Unconfirmed
            )
        };
        self.items
            .iter()
            .zip(&self.statuses)
            .filter(|(_, way)| is_kept(**way))
            .filter_map(|(planned, _)| planned.meta.dedupe)
            .collect()
    }

    /// Every element with its fate, and where it is now.
    pub fn statuses(&self) -> impl Iterator<Item = (&Fate, IngestStatus)> {
        self.items
            .iter()
            .zip(&self.statuses)
            .map(|(planned, &way)| (&planned.fate, way))
    }

    fn counters(&self, new_rejects: &BTreeSet<Digest>) -> Vec<(String, u64)> {
        let mut counters: Vec<(String, u64)> = Vec::new();
        let mut count =
            |name: String| match counters.iter_mut().find(|(counted, _)| *counted == name) {
                Some((_, times)) => *times += 1,
                None => counters.push((name, 1)),
            };
        for (planned, way) in self.items.iter().zip(&self.statuses) {
            match &planned.fate {
                Fate::Skipped(skip) => {
                    count("skipped".to_string());
                    count(["code:", skip.code()].concat());
                }
                Fate::Refused(violations) if new_rejects.contains(&planned.meta.id) => {
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
                Fate::Ready(_) if *way == IngestStatus::Duplicate => {
                    count("duplicates".to_string())
                }
                Fate::Ready(_) | Fate::Refused(_) => {}
            }
        }
        counters
    }
}
