//! The workflow that puts a body into the queue.
//!
//! In go the planned elements of a body and the results of the shell's I/O; out come dedupe keys to
//! look up, rejects to store, messages to send, and the status of each element. The shell calls, in
//! this order: [`Ingest::new`], [`Ingest::mark_duplicates`], [`Ingest::rejects`] and
//! [`Ingest::mark_rejects_stored`], [`Ingest::pack`], and [`Ingest::mark_queued`] for each batch.
//!
//! Only an element that is durably stored, queued, delivered or skipped by the operator's choice
//! leaves the status [`IngestStatus::Pending`]; a sender of a pending one must send it again.

use crate::digest::Digest;
use crate::durable::{
    Counters, Message, PackedMessages, PlannedEvent, QueuedEvent, Reject, batches, pack,
};
use crate::plan::{Fate, Parcel};
use crate::source::Source;
use crate::time::Moment;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// A body that is put into the queue.
#[derive(Debug)]
pub struct Ingest<'b> {
    body: &'b str,
    source: Source,
    received: Moment,
    /// The digest of the current settings.
    settings: Digest,
    items: Vec<PlannedEvent>,
    statuses: Vec<IngestStatus>,
    /// The messages, each with the indexes of its elements.
    messages: Vec<(String, Vec<usize>)>,
    batches: Vec<Range<usize>>,
}

/// What became of an element of the body so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IngestStatus {
    /// Not yet safe: its sender must send it again.
    Pending,
    /// Its sender sent it before.
    Duplicate,
    /// The operator's settings skip it.
    Skipped,
    /// Stored as a reject.
    Refused,
    /// In the queue.
    Queued,
    /// Accepted by Kochava.
    Delivered,
    /// Answered by Kochava with 2xx and nothing readable.
    Unconfirmed,
}

impl<'b> Ingest<'b> {
    /// Begins with the planned elements of `body`.
    #[must_use]
    pub fn new(
        body: &'b str,
        items: Vec<PlannedEvent>,
        source: Source,
        received: Moment,
        settings: Digest,
    ) -> Self {
        let status = |planned: &PlannedEvent| match planned.fate {
            Fate::Skipped(_) => IngestStatus::Skipped,
            Fate::Ready(_) | Fate::Refused(_) => IngestStatus::Pending,
        };
        let statuses = items.iter().map(status).collect();
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

    /// Returns the dedupe keys to look up.
    #[must_use]
    pub fn dedupe_keys(&self) -> Vec<Digest> {
        let is_ready = |planned: &&PlannedEvent| matches!(planned.fate, Fate::Ready(_));
        self.items
            .iter()
            .filter(is_ready)
            .filter_map(|planned| planned.meta.dedupe)
            .collect()
    }

    /// Marks the elements whose keys were seen before. An event that stands in the body twice is a
    /// duplicate the second time.
    pub fn mark_duplicates(&mut self, mut seen: BTreeSet<Digest>) {
        for (planned, status) in self.items.iter().zip(&mut self.statuses) {
            if let (Fate::Ready(_), Some(key)) = (&planned.fate, planned.meta.dedupe)
                && !seen.insert(key)
            {
                *status = IngestStatus::Duplicate;
            }
        }
    }

    /// Returns the rejects to be stored before the sender is answered.
    #[must_use]
    pub fn rejects(&self) -> Vec<Reject> {
        self.items
            .iter()
            .filter_map(|planned| self.reject(planned))
            .collect()
    }

    fn reject(&self, planned: &PlannedEvent) -> Option<Reject> {
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
    }

    /// Marks the refused elements as stored.
    pub fn mark_rejects_stored(&mut self) {
        for (planned, status) in self.items.iter().zip(&mut self.statuses) {
            if let Fate::Refused(_) = planned.fate {
                *status = IngestStatus::Refused;
            }
        }
    }

    /// Packs the ready elements and the counters into messages. `new_rejects` are the rejects that
    /// were stored for the first time; `seed` must be unique to the call.
    pub fn pack(&mut self, seed: &str, new_rejects: &BTreeSet<Digest>) {
        let (indexes, events): (Vec<usize>, Vec<_>) = self.ready_events().unzip();
        let PackedMessages {
            mut messages,
            holds,
        } = pack(events, seed, self.received);
        let counters = self.counters(new_rejects);
        match messages.first_mut() {
            Some(first) => first.counters = counters,
            None if counters.is_empty() => {}
            None => messages.push(Message::of_counters(seed, self.received, counters)),
        }
        let holds = holds
            .into_iter()
            .map(|held| held.into_iter().map(|at| indexes[at]).collect::<Vec<_>>())
            .chain([Vec::new()]);
        self.messages = messages.iter().map(Message::text).zip(holds).collect();
        self.batches = batches(self.messages.iter().map(|(text, _)| text.len()));
    }

    /// Returns the elements that go into the queue, by index.
    fn ready_events(&self) -> impl Iterator<Item = (usize, QueuedEvent<'b>)> {
        let items = self.items.iter().zip(&self.statuses).enumerate();
        items
            .filter(|(_, (planned, status))| {
                matches!(planned.fate, Fate::Ready(_)) && **status == IngestStatus::Pending
            })
            .filter_map(|(at, (planned, _))| Some((at, self.queued_event(planned)?)))
    }

    fn queued_event(&self, planned: &PlannedEvent) -> Option<QueuedEvent<'b>> {
        QueuedEvent::new(
            &planned.meta,
            self.body,
            self.source,
            self.received,
            self.settings,
        )
    }

    /// Returns the texts of the messages, by batch: each batch is sent with one call.
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

    /// Marks the elements of a batch as queued.
    pub fn mark_queued(&mut self, batch: usize) {
        for &at in self.messages[self.batches[batch].clone()]
            .iter()
            .flat_map(|(_, holds)| holds)
        {
            self.statuses[at] = IngestStatus::Queued;
        }
    }

    /// Returns the elements that are too large for a message: they are delivered within the
    /// request, or stay with their sender.
    #[must_use]
    pub fn too_large(&self) -> Vec<(usize, &Parcel)> {
        let mut is_held = alloc::vec![false; self.items.len()];
        for &at in self.messages.iter().flat_map(|(_, holds)| holds) {
            is_held[at] = true;
        }
        let items = self.items.iter().enumerate();
        items
            .filter(|(at, _)| self.statuses[*at] == IngestStatus::Pending && !is_held[*at])
            .filter_map(|(at, planned)| match &planned.fate {
                Fate::Ready(parcel) => Some((at, parcel)),
                Fate::Skipped(_) | Fate::Refused(_) => None,
            })
            .collect()
    }

    /// Sets the status of an element that was delivered within the request.
    pub fn set_status(&mut self, at: usize, status: IngestStatus) {
        self.statuses[at] = status;
    }

    /// Returns a message that counts what was delivered within the request, until `now`; `None`
    /// where nothing was.
    #[must_use]
    pub fn inline_counters(&self, seed: &str, now: Moment) -> Option<String> {
        let latency = u64::try_from(now.millis.saturating_sub(self.received.millis)).unwrap_or(0);
        let mut counters = Counters::default();
        for status in &self.statuses {
            if matches!(status, IngestStatus::Delivered | IngestStatus::Unconfirmed) {
                counters.count_delivered(latency, false);
                let is_unconfirmed = *status == IngestStatus::Unconfirmed;
                counters.count("unconfirmed", u64::from(is_unconfirmed));
            }
        }
        if counters.is_empty() {
            return None;
        }
        Some(Message::of_counters(&[seed, "inline"].concat(), now, counters).text())
    }

    /// Returns the dedupe keys of the elements that their sender need not send again.
    #[must_use]
    pub fn accepted_keys(&self) -> Vec<Digest> {
        let is_accepted = |status| {
            matches!(
                status,
                IngestStatus::Queued | IngestStatus::Delivered | IngestStatus::Unconfirmed
            )
        };
        self.items
            .iter()
            .zip(&self.statuses)
            .filter(|(_, status)| is_accepted(**status))
            .filter_map(|(planned, _)| planned.meta.dedupe)
            .collect()
    }

    /// Returns every element's fate and status.
    pub fn statuses(&self) -> impl Iterator<Item = (&Fate, IngestStatus)> {
        self.items
            .iter()
            .zip(&self.statuses)
            .map(|(planned, &status)| (&planned.fate, status))
    }

    fn counters(&self, new_rejects: &BTreeSet<Digest>) -> Counters {
        let mut counters = Counters::default();
        for (planned, status) in self.items.iter().zip(&self.statuses) {
            match &planned.fate {
                Fate::Skipped(skip) => {
                    counters.count("skipped", 1);
                    counters.count(&["code:", skip.code()].concat(), 1);
                }
                Fate::Refused(violations) if new_rejects.contains(&planned.meta.id) => {
                    let code = violations
                        .first()
                        .map_or("refused", |violation| violation.rule.code());
                    counters.count("discarded", 1);
                    counters.count(&["code:", code].concat(), 1);
                }
                Fate::Ready(_) if *status == IngestStatus::Duplicate => {
                    counters.count("duplicates", 1);
                }
                Fate::Ready(_) | Fate::Refused(_) => {}
            }
        }
        counters
    }
}
