//! The request that closes a wave.

use super::{
    DEVICE_HOURS, INSTALL_HOURS, Journal, JournalRow, JournalSet, JournalState, JournalWrite,
    hour_of, writes_of,
};
use crate::delivery::{BreakerReport, RetrySchedule};
use crate::digest::Digest;
use crate::durable::LiveOutcome;
use crate::durable::coverage;
use crate::durable::metrics::{Counters, TimeBucket};
use crate::durable::settlement::Settlement;
use crate::durable::waiting::WaitingRow;
use crate::kochava::{Coverage, Route};
use crate::time::Moment;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What a consumer records of a wave.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CommitRequest {
    /// The messages in which anything ended or changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub settled: Vec<SettledMessage>,
    /// The other messages: the queue delivers them again as they are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub released: Vec<Digest>,
    /// The reports to the breakers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reports: Vec<(Route, BreakerReport)>,
    /// Routes whose probe was not sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unused_probes: Vec<Route>,
    /// Fingerprints of devices of which Kochava accepted an event.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<u64>,
    /// Marks of installs that Kochava accepted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub installs: Vec<u64>,
    /// Devices with the link that Kochava accepted last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<(Digest, Digest)>,
    /// What waits of the messages that are released.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<WaitingRow>,
    /// What became of events, for an operator who watches; no part of the journal.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub live: Vec<LiveOutcome>,
    /// What became of synthetic events, each by its digest, as the JSON `{"outcome":…,"code":…,"at":…,
    /// "answers":[…]}`; no part of the journal.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<(Digest, String)>,
}

/// The result of one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettledMessage {
    /// The message's digest.
    pub id: Digest,
    /// The work that remains.
    #[serde(default, skip_serializing_if = "Settlement::is_empty")]
    pub open: Settlement,
    /// The counters.
    pub counters: Counters,
    /// Fingerprints of events that Kochava accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub delivered: Vec<u64>,
    /// Fingerprints of events that are kept as rejects from now on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejected: Vec<u64>,
    /// Fingerprints of events that are no longer kept as rejects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resolved: Vec<u64>,
    /// The events that Kochava accepted, by the fields that they had.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coverage: Vec<(Coverage, u32)>,
    /// What waits of the messages that continue it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<WaitingRow>,
}

impl CommitRequest {
    /// Returns whether there is nothing to record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == CommitRequest::default()
    }
}

impl Journal {
    /// Closes a wave: settles messages, each once; releases all claims; hands the reports to the
    /// breakers. Returns the state of each settled message: for one that was settled before, the
    /// state that was recorded then. `jitter` is a fresh random number from 0 to 1.
    pub fn commit(
        &mut self,
        request: CommitRequest,
        schedule: &RetrySchedule,
        now: Moment,
        jitter: f64,
    ) -> (Vec<JournalState>, Vec<JournalWrite>) {
        let hour = hour_of(now);
        let is_repeated = self.is_repeated(&request);
        let mut writes = Vec::new();
        let settled = request.settled.iter().map(|settled| settled.id);
        self.claims
            .release(settled.chain(request.released.iter().copied()));
        self.note_released(request.waiting, hour, &mut writes);
        let mut settling = Settling::default();
        let states = request
            .settled
            .into_iter()
            .map(|settled| self.settle(settled, &mut settling, &mut writes, hour))
            .collect();
        if !settling.counters.is_empty() {
            let bucket = TimeBucket::minute(now);
            let counters = self.buckets.entry(bucket).or_default();
            counters.add(&settling.counters);
            coverage::count(counters, &settling.coverage);
            let row = JournalRow::Bucket(bucket, counters.clone());
            writes.push(JournalWrite::Row(row));
        }
        self.note_settled(settling.settled, settling.waiting, hour, &mut writes);
        let completed = self.completed.add(settling.completed, hour);
        writes.extend(writes_of(JournalSet::Completed, completed));
        let delivered = self.delivered.add(settling.delivered, hour);
        writes.extend(writes_of(JournalSet::Delivered, delivered));
        if !request.devices.is_empty() {
            writes.push(JournalWrite::Devices(request.devices, hour));
        }
        if !request.installs.is_empty() {
            let kept = hour + (INSTALL_HOURS - DEVICE_HOURS);
            writes.push(JournalWrite::Devices(request.installs, kept));
        }
        let links = request.links.into_iter();
        writes.extend(links.map(|(device, link)| JournalWrite::Link(device, link, hour)));
        // a commit whose answer was lost is repeated, and its reports count once
        if !is_repeated {
            self.report(
                &request.reports,
                &request.unused_probes,
                schedule,
                now,
                jitter,
                &mut writes,
            );
        }
        (states, writes)
    }

    /// Returns whether a commit was recorded before: its messages are settled, or where all of them
    /// wait, released.
    fn is_repeated(&self, request: &CommitRequest) -> bool {
        let CommitRequest {
            settled, released, ..
        } = request;
        if settled.is_empty() {
            !released.is_empty() && !released.iter().any(|id| self.claims.has(*id))
        } else {
            settled
                .iter()
                .all(|settled| self.state(settled.id) != JournalState::New)
        }
    }

    fn settle(
        &mut self,
        settled: SettledMessage,
        settling: &mut Settling,
        writes: &mut Vec<JournalWrite>,
        hour: u32,
    ) -> JournalState {
        let id = settled.id;
        let before = self.state(id);
        if before != JournalState::New {
            return before;
        }
        if settling.completed.contains(&id.fingerprint()) {
            return JournalState::Completed;
        }
        settling.counters.add(&settled.counters);
        settling.coverage.extend(settled.coverage);
        settling.settled.push(id);
        settling.waiting.extend(settled.waiting);
        settling.delivered.extend(settled.delivered);
        let rejected = settled.rejected.into_iter();
        writes.extend(rejected.map(|event| JournalWrite::Rejected(event, hour)));
        writes.extend(settled.resolved.into_iter().map(JournalWrite::DropRejected));
        if settled.open.is_empty() {
            settling.completed.push(id.fingerprint());
            return JournalState::Completed;
        }
        self.open.insert(id, settled.open.clone());
        let open = JournalRow::Open(id, settled.open.clone());
        writes.push(JournalWrite::Row(open));
        JournalState::Open(settled.open)
    }

    fn report(
        &mut self,
        reports: &[(Route, BreakerReport)],
        unused_probes: &[Route],
        schedule: &RetrySchedule,
        now: Moment,
        jitter: f64,
        writes: &mut Vec<JournalWrite>,
    ) {
        let before = self.breakers.clone();
        for (route, report) in reports {
            self.breakers.report(route, report, schedule, now, jitter);
        }
        for route in unused_probes {
            self.breakers.give_back_probe(route, now);
        }
        if self.breakers != before {
            let breakers = JournalRow::Breakers(self.breakers.clone());
            writes.push(JournalWrite::Row(breakers));
            let before = self.incidents.clone();
            self.incidents.update(&self.breakers, now);
            if self.incidents != before {
                let incidents = JournalRow::Incidents(self.incidents.clone());
                writes.push(JournalWrite::Row(incidents));
            }
        }
    }

    /// Notes what waits of released messages, but for those that another consumer has settled.
    fn note_released(
        &mut self,
        mut rows: Vec<WaitingRow>,
        hour: u32,
        writes: &mut Vec<JournalWrite>,
    ) {
        rows.retain(|row| self.state(row.message) == JournalState::New);
        self.write_waiting(rows, hour, writes);
    }

    /// Notes that settled messages wait no more, and what waits of the messages that continue them.
    fn note_settled(
        &mut self,
        settled: Vec<Digest>,
        rows: Vec<WaitingRow>,
        hour: u32,
        writes: &mut Vec<JournalWrite>,
    ) {
        if self.may_wait && !settled.is_empty() {
            writes.push(JournalWrite::DropWaiting(settled));
        }
        self.write_waiting(rows, hour, writes);
    }

    fn write_waiting(&mut self, rows: Vec<WaitingRow>, hour: u32, writes: &mut Vec<JournalWrite>) {
        if !rows.is_empty() {
            self.may_wait = true;
            let day = hour / 24;
            writes.push(JournalWrite::Waiting { rows, day });
        }
    }
}

/// What a commit adds.
#[derive(Default)]
struct Settling {
    counters: Counters,
    coverage: Vec<(Coverage, u32)>,
    completed: Vec<u64>,
    delivered: Vec<u64>,
    /// The messages that were settled.
    settled: Vec<Digest>,
    /// What waits of the messages that continue them.
    waiting: Vec<WaitingRow>,
}
