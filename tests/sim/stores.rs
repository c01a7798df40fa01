//! The stores: the shards of the journal, the rejects, and the large events.

use super::evidence::Evidence;
use super::fault_plan::Store;
use super::history::SettledBy;
use super::shard::{Shard, through_protocol};
use super::world::{Effect, World};
use kochava_edge::{
    BeginAnswer, BeginRequest, CommitRequest, Counters, Digest, EventClaim, JournalState,
    LoadedEvent, Moment, Reject, RejectVersion, SettledMessage,
};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Default)]
pub(crate) struct Stores {
    pub(crate) shards: BTreeMap<u32, Shard>,
    pub(crate) evidence: Evidence,
    /// The shards that have an open breaker.
    open: BTreeSet<u32>,
    pub(crate) rejects: BTreeMap<Digest, KeptReject>,
    pub(crate) large: BTreeMap<Digest, String>,
}

/// A reject as it was stored last.
#[derive(Clone, Debug)]
pub(crate) struct KeptReject {
    pub(crate) reject: Reject,
    /// When that was.
    pub(crate) stored: Moment,
}

impl KeptReject {
    pub(crate) fn version(&self) -> RejectVersion {
        RejectVersion {
            stored: self.stored,
            id: self.reject.id,
        }
    }
}

impl Stores {
    /// Returns the sum of all counters of the journal.
    pub(crate) fn counts(&self) -> Counters {
        let mut counts = Counters::default();
        for shard in self.shards.values() {
            counts.add(&shard.counters());
        }
        counts
    }

    /// Returns how many events are said to wait.
    pub(crate) fn waiting(&self) -> u32 {
        let shards = self.shards.values();
        shards.flat_map(|shard| shard.waiting().into_values()).sum()
    }

    pub(crate) fn open_messages(&self) -> usize {
        self.shards.values().map(Shard::open_messages).sum()
    }
}

impl World {
    fn shard(&mut self, number: u32) -> &mut Shard {
        let odds = self.scenario.rates.restart;
        if self.chance_of_fault(odds) {
            self.restart(number);
        }
        self.stores.shards.entry(number).or_default()
    }

    /// Restarts the object of a shard.
    pub(crate) fn restart(&mut self, shard: u32) {
        let now = self.now;
        self.history.restarts.entry(shard).or_default().push(now);
        self.stores.shards.entry(shard).or_default().restart();
    }

    fn count_request(&mut self, effect: Effect) {
        *self.history.requests.entry(effect).or_default() += 1;
    }

    pub(crate) fn begin(&mut self, number: u32, run: u64, request: &BeginRequest) -> BeginAnswer {
        self.count_request(Effect::Begin);
        let now = self.moment();
        let request = through_protocol(request);
        let shard = self.shard(number);
        let known = shard.known(&request);
        let (answer, writes) = shard.journal().begin(&request, known, now);
        shard.write(writes);
        let answer: BeginAnswer = through_protocol(&answer);
        let at = self.now;
        let settings = self.settings.at(at).map(|current| current.digest);
        self.observe(run, &answer);
        let known = self.history.run(run);
        known.begun_at.insert(number, at);
        known.settings = settings;
        for (message, begun) in request.messages.iter().zip(&answer.messages) {
            if begun.state == JournalState::New {
                let is_claim = |claim: &EventClaim| {
                    matches!(claim, EventClaim::Claimed | EventClaim::Rejected)
                };
                let claims = begun.events.iter().map(is_claim).collect();
                known.claims.insert(message.id, claims);
            }
        }
        answer
    }

    pub(crate) fn commit(
        &mut self,
        number: u32,
        run: u64,
        request: &CommitRequest,
    ) -> Vec<JournalState> {
        self.count_request(Effect::Commit);
        let (now, jitter) = (self.moment(), self.random.fraction());
        let request: CommitRequest = through_protocol(request);
        let schedule = self.schedule();
        let is_repeated = !request.settled.is_empty();
        let shard = self.shard(number);
        let new: Vec<SettledMessage> = request
            .settled
            .iter()
            .filter(|settled| shard.journal().state(settled.id) == JournalState::New)
            .cloned()
            .collect();
        let is_repeated = is_repeated && new.is_empty();
        let (states, writes) = shard
            .journal()
            .commit(request.clone(), &schedule, now, jitter);
        shard.write(writes);
        let breakers = shard.journal().overview(now, now).breakers;
        for settled in new {
            self.record_settled(&settled, run);
        }
        // claims tell whether the commit of a wave without settled messages is repeated
        let begun_at = self.history.run(run).begun_at.get(&number).copied();
        let may_be_dropped = request.settled.is_empty()
            && begun_at.is_some_and(|at| self.history.is_restarted(number, at, self.now));
        if !is_repeated {
            self.check_evidence(number, run, &breakers, may_be_dropped);
        }
        let is_open = breakers.open().next().is_some();
        self.stores.open.remove(&number);
        self.stores.open.extend(is_open.then_some(number));
        let is_any_open = !self.stores.open.is_empty();
        self.history.record_breakers(is_any_open, self.now);
        self.observe(run, &states);
        through_protocol(&states)
    }

    /// Records what a run was answered, which tells states of an explored world apart.
    fn observe(&mut self, run: u64, answer: &impl std::fmt::Debug) {
        if self.random.is_fixed() {
            self.history.run(run).observed.push(format!("{answer:?}"));
        }
    }

    fn record_settled(&mut self, settled: &SettledMessage, run: u64) {
        let at = self.now;
        match self.history.settled.get(&settled.id) {
            // a message that is twice in one request is settled once there
            Some(before) if before.run == run => return,
            Some(before) if at - before.at < COMPLETED_DAYS => {
                self.fault(format!("{} was settled twice", settled.id));
            }
            Some(_) | None => {}
        }
        self.history.count(settled);
        self.history
            .settled
            .insert(settled.id, SettledBy { run, at });
        self.check_settled(settled, run);
        self.history.settled_rejects.extend(&settled.rejected);
    }

    pub(crate) fn complete(&mut self, number: u32, ids: &[Digest]) {
        self.count_request(Effect::Complete);
        let now = self.moment();
        let shard = self.shard(number);
        let writes = shard.journal().complete(ids, now);
        shard.write(writes);
    }

    pub(crate) fn store_rejects(&mut self, rejects: &[Reject]) {
        let now = self.now;
        for reject in rejects {
            self.check_reject(reject);
            let at = self.history.rejected_at.entry(reject.id).or_default();
            at.push(now);
            let kept = KeptReject {
                reject: reject.clone(),
                stored: self.moment(),
            };
            self.stores.rejects.insert(reject.id, kept);
        }
    }

    pub(crate) fn delete_rejects(&mut self, ids: &[Digest]) {
        for id in ids {
            self.stores.rejects.remove(id);
        }
    }

    pub(crate) fn load_large(&mut self, key: Digest) -> LoadedEvent {
        let text = self.stores.large.get(&key).cloned();
        text.map_or(LoadedEvent::Missing, LoadedEvent::Found)
    }

    /// Calls a store. The call may fail, and it may take effect although it fails.
    pub(crate) fn call<T>(&mut self, store: Store, act: impl FnOnce(&mut World) -> T) -> Option<T> {
        let number = self.next_call();
        let planned = self
            .scenario
            .fail_at
            .filter(|&(at, _)| at == number)
            .map(|(_, is_done)| is_done);
        let share = self.scenario.rates.store;
        let fails = self.scenario.is_out(store, self.now) || self.chance_of_fault(share);
        match planned {
            None if !fails => Some(act(self)),
            None if self.random.chance(0.7) => None,
            Some(false) => None,
            _ => {
                act(self);
                self.history.ambiguous += 1;
                None
            }
        }
    }
}

/// For so long a settled message is known.
const COMPLETED_DAYS: i64 = 4 * super::fault_plan::DAY;
