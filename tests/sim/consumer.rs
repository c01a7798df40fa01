//! The interpreter of [`kochava_edge::ConsumerStep`].

use super::fault_plan::Store;
use super::history::PostedFor;
use super::kochava::Reply;
use super::mutants::Mutant;
use super::queue::{QueuedCopy, Sent, number_in};
use super::random::Random;
use super::world::{Effect, START, Shared, crash_point, crash_point_until, die, effect};
use kochava_edge::{
    BeginAnswer, BeginRequest, CommitRequest, ConsumerContext, ConsumerStep, Digest, Disposition,
    FinishResult, FinishWork, JournalState, LoadedEvent, Moment, OutgoingCall, OutgoingMessage,
    Posting, QueueMessage, RequestKind, consume,
};
use std::cell::RefCell;

/// Delivers the messages that this consumer run holds.
pub(crate) async fn consumer(world: Shared, run: u64) {
    let items: Vec<QueuedCopy> = world.borrow().queue.held(run).to_vec();
    let (current, now) = {
        let world = world.borrow();
        (world.settings.at(world.now), world.now)
    };
    let queued: Vec<QueueMessage<'_>> = items
        .iter()
        .map(|item| QueueMessage {
            text: &item.text,
            attempts: item.deliveries,
            is_dead: item.is_dead,
        })
        .collect();
    let shell = ConsumerShell {
        world: &world,
        run,
        items: &items,
        accepted: RefCell::default(),
    };
    if shell.has_mutant(Mutant::AckBeforeDelivery) {
        (0..items.len()).for_each(|at| world.borrow_mut().ack(run, at));
    }
    let is_killed =
        |item: &QueuedCopy| !item.is_dead && item.events.iter().any(|event| event.is_killer);
    if current.is_some() && items.iter().any(is_killed) {
        die(&world, Effect::Begin).await;
    }
    let usual = world.borrow().settings.usual();
    let mut step = consume(
        &queued,
        ConsumerContext {
            sync: "",
            planner: current.as_ref().map(|current| current.planner.as_ref()),
            settings: current.as_ref().unwrap_or(&usual).digest,
            now: Moment::from_millis(START + now),
            deadline: Moment::from_millis(START + now + shell.time()),
            calls_max: 10_000,
        },
    );
    let result = loop {
        step = match step {
            ConsumerStep::Load(keys, next) => next.loaded(shell.load(&keys).await),
            ConsumerStep::Begin(requests, next) => next.begun(shell.begin(&requests).await),
            ConsumerStep::Post(posting) => shell.post(posting).await,
            ConsumerStep::Commit(requests, next) => next.committed(shell.commit(&requests).await),
            ConsumerStep::Finish(work, next) => next.finished(&shell.finish(&work).await),
            ConsumerStep::Complete(requests, next) => {
                next.completed(&shell.complete(&requests).await)
            }
            ConsumerStep::Done(result) => break result,
        };
    };
    shell.acknowledge(&result.dispositions).await;
}

pub(super) struct ConsumerShell<'w> {
    world: &'w Shared,
    run: u64,
    items: &'w [QueuedCopy],
    /// The events whose first call was accepted in this run, by message and index.
    accepted: RefCell<Vec<(Digest, usize)>>,
}

impl ConsumerShell<'_> {
    fn has_mutant(&self, mutant: Mutant) -> bool {
        self.world.borrow().has_mutant(mutant)
    }

    /// Returns for how long the invocation may make calls.
    fn time(&self) -> i64 {
        let mut world = self.world.borrow_mut();
        if world.chance_of_fault(0.1) {
            world.random.between(0, 2_000)
        } else {
            14 * 60_000
        }
    }

    async fn load(&self, keys: &[Digest]) -> Vec<LoadedEvent> {
        let mut events = Vec::new();
        for &key in keys {
            let loaded = effect(self.world, Effect::Load, Store::LargeEvents, |world| {
                world.load_large(key)
            });
            let failed = if self.has_mutant(Mutant::TakeFailedLoadForMissing) {
                LoadedEvent::Missing
            } else {
                LoadedEvent::Failed
            };
            events.push(loaded.await.unwrap_or(failed));
            if self.has_mutant(Mutant::DeleteLargeWhenLoaded) {
                self.world.borrow_mut().stores.large.remove(&key);
            }
        }
        events
    }

    async fn begin(&self, requests: &[(u32, BeginRequest)]) -> Vec<Option<BeginAnswer>> {
        let mut answers = Vec::new();
        for (shard, request) in requests {
            let answer = effect(self.world, Effect::Begin, Store::Journal, |world| {
                world.begin(*shard, self.run, request)
            });
            let answer = answer.await;
            answers.push(self.mutated_answer(*shard, request, answer));
        }
        answers
    }

    /// Posts at most six calls at a time, those of a sequence one after the other.
    async fn post<'a>(&self, mut posting: Posting<'a>) -> ConsumerStep<'a> {
        let mut ready: Vec<usize> = (0..posting.sequences()).rev().collect();
        let mut flying: Vec<(usize, OutgoingCall, Reply)> = Vec::new();
        loop {
            while flying.len() < CONNECTIONS_MAX
                && let Some(sequence) = ready.pop()
            {
                let now = self.world.borrow().moment();
                if let Some(call) = posting.next_call(sequence, now) {
                    crash_point(self.world, Effect::Post).await;
                    let reply = self.call(&call);
                    flying.push((sequence, call, reply));
                }
            }
            let Some(at) = (0..flying.len()).min_by_key(|&at| flying[at].2.ends) else {
                break;
            };
            let (sequence, call, reply) = flying.swap_remove(at);
            crash_point_until(self.world, Effect::Post, reply.ends).await;
            let (now, jitter) = self.now_and_jitter();
            posting.answered(call.ticket, &reply.outcome(now), now, jitter);
            ready.push(sequence);
        }
        let (now, jitter) = self.now_and_jitter();
        posting.end(now, jitter)
    }

    fn now_and_jitter(&self) -> (Moment, f64) {
        let mut world = self.world.borrow_mut();
        (world.moment(), world.random.fraction())
    }

    fn call(&self, call: &OutgoingCall) -> Reply {
        let request = &call.request;
        let posted_for = self.posted_for(&request.body, request.kind);
        let mut world = self.world.borrow_mut();
        if world.has_mutant(Mutant::IdentityFirst) && request.kind == RequestKind::Event {
            let identity = kochava_edge::Request {
                kind: RequestKind::Identity,
                ..request.clone()
            };
            world.call_kochava(&identity, call.timeout, posted_for);
        }
        let reply = world.call_kochava(request, call.timeout, posted_for);
        if reply.is_acceptance() && request.kind == RequestKind::Event {
            let index = self.claimed(&world, posted_for.number, request.kind);
            let index = index.map(|found| found.1);
            let accepted = (posted_for.message, index.unwrap_or_default());
            self.accepted.borrow_mut().push(accepted);
        }
        reply
    }

    /// Returns the event that a call belongs to: its body has the number of the event, which one of
    /// this run's messages has and the journal claimed.
    fn posted_for(&self, body: &str, kind: RequestKind) -> PostedFor {
        let number = number_in(body);
        let world = self.world.borrow();
        let found = self.claimed(&world, number, kind);
        if found.is_none() && kind == RequestKind::Event && world.scenario.mutant.is_none() {
            drop(world);
            let what = format!("event {number:?} is sent without a claim");
            self.world.borrow_mut().fault(what);
            return self.posted_for(body, RequestKind::Identity);
        }
        let (item, index) = found.unwrap_or((&self.items[0], 0));
        PostedFor {
            number,
            id: item
                .events
                .get(index)
                .map_or(Digest::of(&[]), |event| event.id),
            message: item.message.unwrap_or(Digest::of(&[])),
            shard: item.shard,
            submission: item.submission,
            run: self.run,
        }
    }

    fn claimed(
        &self,
        world: &super::world::World,
        number: Option<u32>,
        kind: RequestKind,
    ) -> Option<(&QueuedCopy, usize)> {
        let claims = &world.history.runs.get(&self.run)?.claims;
        let accepted = self.accepted.borrow();
        let mut found: Option<(&QueuedCopy, usize)> = None;
        for item in self.items {
            let message = item.message.unwrap_or(Digest::of(&[]));
            let claimed = claims.get(&message).into_iter().flatten();
            let of_item = item.events.iter().zip(claimed).enumerate();
            for (index, (event, &is_claimed)) in of_item {
                let is_left = event.done > 0 && !event.is_replay;
                if event.number == number && (is_claimed || is_left) {
                    // of two events with one number in a message, the one that is not sent yet; an
                    // identity follows its event
                    let is_accepted = is_left || accepted.contains(&(message, index));
                    if is_accepted == (kind == RequestKind::Identity) {
                        return Some((item, index));
                    }
                    found.get_or_insert((item, index));
                }
            }
        }
        found
    }

    async fn commit(&self, requests: &[(u32, CommitRequest)]) -> Vec<Option<Vec<JournalState>>> {
        let mut answers = Vec::new();
        for (shard, request) in requests {
            let request = self.mutated_commit(request);
            if self.has_mutant(Mutant::SkipCommit) {
                answers.push(Some(pretended(&request)));
                continue;
            }
            let states = effect(self.world, Effect::Commit, Store::Journal, |world| {
                world.commit(*shard, self.run, &request)
            });
            let states = states.await;
            if states.is_none() {
                let mut world = self.world.borrow_mut();
                let unsettled = request.settled.iter().map(|settled| settled.id);
                world.history.run(self.run).unsettled.extend(unsettled);
            }
            let forgets = self.has_mutant(Mutant::ForgetSettlement);
            answers.push(states.or_else(|| forgets.then(|| pretended(&request))));
        }
        answers
    }

    /// Does the parts of the work in any order.
    async fn finish(&self, work: &FinishWork) -> FinishResult {
        let mut result = FinishResult {
            are_sent: vec![false; work.batches.len()],
            ..FinishResult::default()
        };
        let mut parts: Vec<usize> = (0..3 + work.batches.len()).collect();
        shuffle(&mut parts, &mut self.world.borrow_mut().random);
        for part in parts {
            match part {
                0 => result.are_rejects_stored = self.store_rejects(work).await,
                1 => result.are_resolved_deleted = self.delete_resolved(work).await,
                2 => result.are_ended_deleted = self.delete_ended(work).await,
                batch => result.are_sent[batch - 3] = self.send(&work.batches[batch - 3]).await,
            }
        }
        result
    }

    async fn store_rejects(&self, work: &FinishWork) -> bool {
        if work.rejects.is_empty() && work.replaced.is_empty() {
            return true;
        }
        let stored = effect(self.world, Effect::StoreRejects, Store::Rejects, |world| {
            world.store_rejects(&work.rejects);
            for key in &work.replaced {
                world.stores.large.remove(key);
            }
        });
        stored.await.is_some() || self.has_mutant(Mutant::AckWithoutRejects)
    }

    async fn delete_resolved(&self, work: &FinishWork) -> bool {
        if work.resolved.is_empty() || self.has_mutant(Mutant::KeepResolved) {
            return true;
        }
        let deleted = effect(
            self.world,
            Effect::DeleteResolved,
            Store::Rejects,
            |world| {
                world.delete_rejects(&work.resolved);
            },
        );
        deleted.await.is_some()
    }

    async fn delete_ended(&self, work: &FinishWork) -> bool {
        if work.ended.is_empty() {
            return true;
        }
        let deleted = effect(
            self.world,
            Effect::DeleteEnded,
            Store::LargeEvents,
            |world| {
                for key in &work.ended {
                    world.stores.large.remove(key);
                }
            },
        );
        deleted.await.is_some()
    }

    async fn send(&self, batch: &[OutgoingMessage]) -> bool {
        let texts: Vec<String> = batch
            .iter()
            .map(|message| self.renamed(&message.text))
            .collect();
        let sent = effect(self.world, Effect::Send, Store::Queue, |world| {
            let sent: Vec<Sent<'_>> = batch
                .iter()
                .zip(&texts)
                .map(|(message, text)| Sent {
                    text,
                    delay_s: message.delay_s,
                    submission: self.submission_of(&world.events_of(text)),
                })
                .collect();
            world.send_batch(&sent);
        });
        sent.await.is_some() || self.has_mutant(Mutant::AckFailedResend)
    }

    /// Returns the submission of the message that these events are left of.
    fn submission_of(&self, events: &[super::queue::ItemEvent]) -> u64 {
        let has_all = |item: &&QueuedCopy| {
            let has = |id: Digest| item.events.iter().any(|event| event.id == id);
            events.iter().all(|event| has(event.id))
        };
        self.items
            .iter()
            .find(has_all)
            .map_or(0, |item| item.submission)
    }

    async fn complete(&self, requests: &[(u32, Vec<Digest>)]) -> Vec<bool> {
        let mut completed = Vec::new();
        for (shard, ids) in requests {
            let is_done = effect(self.world, Effect::Complete, Store::Journal, |world| {
                world.complete(*shard, ids);
            });
            completed.push(is_done.await.is_some() || self.has_mutant(Mutant::AckIncomplete));
        }
        completed
    }

    /// Acknowledges or retries the messages.
    async fn acknowledge(&self, dispositions: &[Disposition]) {
        for (at, disposition) in dispositions.iter().enumerate() {
            crash_point(self.world, Effect::Acknowledge).await;
            let mut world = self.world.borrow_mut();
            match disposition {
                Disposition::Retry(wait) if !world.has_mutant(Mutant::AckEverything) => {
                    world.retry(self.run, at, wait.as_secs());
                }
                Disposition::Ack | Disposition::Retry(_) => world.ack(self.run, at),
            }
        }
    }

    pub(super) fn run_and_world(&self) -> (u64, &Shared) {
        (self.run, self.world)
    }
}

/// Returns what the journal would answer if it had recorded this.
fn pretended(request: &CommitRequest) -> Vec<JournalState> {
    let states = request.settled.iter().map(|settled| {
        if settled.open.is_empty() {
            JournalState::Completed
        } else {
            JournalState::Open(settled.open.clone())
        }
    });
    states.collect()
}

fn shuffle(parts: &mut [usize], random: &mut Random) {
    for at in (1..parts.len()).rev() {
        parts.swap(at, random.below(at + 1));
    }
}

/// Simultaneous connections (Cloudflare, Workers limits).
const CONNECTIONS_MAX: usize = 6;
