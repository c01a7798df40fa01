//! The shell of [`kochava_edge::Consumer`], in the Worker's order of I/O.
//!
//! There is a crash point between any two steps.

use super::fault_plan::Mutant;
use super::history::{Origin, Rejected};
use super::kochava::Reply;
use super::queue::{QueuedCopy, number_in};
use super::stores::{JOURNAL_SHARDS, by_shard};
use super::world::{Shared, Step, crash_point, crash_point_until};
use kochava_edge::{
    Consumer, Digest, Disposition, JournalState, Message, Permit, QueueMessage, Request,
    RequestKind, SettledMessage, batches, store_wait,
};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

/// Delivers the messages that this consumer run holds.
pub(crate) async fn consumer(world: Shared, number: u64) {
    let items: Vec<QueuedCopy> = world.borrow().queue.held(number).to_vec();
    let (planner, settings, now) = {
        let world = world.borrow();
        (Rc::clone(&world.planner), world.settings, world.moment())
    };
    let queued: Vec<QueueMessage<'_>> = items
        .iter()
        .map(|item| QueueMessage {
            text: &item.text,
            attempts: item.deliveries,
            is_dead: item.is_dead,
        })
        .collect();
    let mut consumer = Consumer::open(&queued, &planner, settings, now, 10_000);
    let shell = ConsumerShell {
        world: &world,
        number,
        items: &items,
    };
    if world.borrow().has_mutant(Mutant::AckBeforeDelivery) {
        (0..items.len()).for_each(|at| world.borrow_mut().ack(number, at));
    }
    crash_point(&world, Step::ConsumerOpened).await;
    shell.look_up(&mut consumer).await;
    shell.request_permits(&mut consumer).await;
    if world.borrow().has_mutant(Mutant::SettleBeforeDelivery) {
        shell.settle(&mut consumer).await;
    }
    shell.send_requests(&mut consumer).await;
    shell.report(&mut consumer).await;
    shell.settle(&mut consumer).await;
    shell.finish(&mut consumer).await;
    shell.conclude(&consumer).await;
}

struct ConsumerShell<'w> {
    world: &'w Shared,
    number: u64,
    items: &'w [QueuedCopy],
}

impl ConsumerShell<'_> {
    /// Looks up the messages in the journal, then the devices in the dedupe store.
    async fn look_up(&self, consumer: &mut Consumer<'_>) {
        {
            let mut world = self.world.borrow_mut();
            world.history.run(self.number).looked_up_at = world.now;
        }
        for (shard, looked_up) in by_shard(
            consumer
                .journal_lookup()
                .into_iter()
                .map(|(number, id)| (id, (number, id))),
            JOURNAL_SHARDS,
        ) {
            let ids: Vec<Digest> = looked_up.iter().map(|(_, id)| *id).collect();
            let mut known = self.world.borrow_mut().look_up(shard, &ids);
            if self.world.borrow().skips_journal() {
                known = Some(vec![JournalState::New; ids.len()]);
            }
            for (at, (number, _)) in looked_up.into_iter().enumerate() {
                consumer.handle_journal_state(number, known.as_ref().map(|known| &known[at]));
            }
        }
        crash_point(self.world, Step::ConsumerLookedUp).await;
        let (devices, links) = consumer.device_lookup();
        if !devices.is_empty() || !links.is_empty() {
            let known = self.world.borrow_mut().known(&devices, &links);
            consumer.handle_known_devices(known);
            crash_point(self.world, Step::ConsumerKnewDevices).await;
        }
    }

    async fn request_permits(&self, consumer: &mut Consumer<'_>) {
        let routes = consumer.routes();
        let permits = if routes.is_empty() {
            Some(Vec::new())
        } else {
            self.world.borrow_mut().permits(&routes)
        };
        let permits = permits.unwrap_or_else(|| vec![Permit::Wait(store_wait(1)); routes.len()]);
        consumer.handle_permits(routes.into_iter().zip(permits));
        crash_point(self.world, Step::ConsumerPermitted).await;
    }

    /// Sends at most six calls at a time, those of a sequence one after the other.
    async fn send_requests(&self, consumer: &mut Consumer<'_>) {
        let mut ready: Vec<usize> = (0..consumer.sequence_count()).rev().collect();
        let mut flying: Vec<(usize, Reply)> = Vec::new();
        let mut events: BTreeMap<usize, u32> = BTreeMap::new();
        let mut named: BTreeSet<u32> = BTreeSet::new();
        loop {
            while flying.len() < CONNECTIONS_MAX
                && let Some(sequence) = ready.pop()
            {
                let Some((request, timeout)) = consumer.next_request(sequence) else {
                    continue;
                };
                let number = self.number_of(&request, events.get(&sequence).copied(), &named);
                if request.kind == RequestKind::Identity {
                    named.insert(number);
                }
                let reply = self.post(&request, timeout, number);
                events.remove(&sequence);
                events.extend(
                    (request.kind == RequestKind::Event && reply.is_acceptance())
                        .then_some((sequence, number)),
                );
                flying.push((sequence, reply));
            }
            let Some(at) = (0..flying.len()).min_by_key(|&at| flying[at].1.ends) else {
                break;
            };
            let (sequence, reply) = flying.swap_remove(at);
            crash_point_until(self.world, Step::ConsumerPosted, reply.ends).await;
            let (now, jitter) = {
                let mut world = self.world.borrow_mut();
                (world.moment(), world.random.fraction())
            };
            consumer.handle_outcome(sequence, &reply.outcome(now), now, jitter);
            ready.push(sequence);
        }
    }

    fn post(&self, request: &Request, timeout: Duration, number: u32) -> Reply {
        let item = self
            .items
            .iter()
            .find(|item| item.numbers.contains(&number));
        let origin = item.map_or(
            Origin {
                submission: 0,
                message: Digest::of(&[]),
            },
            |item| item.origin,
        );
        let mut world = self.world.borrow_mut();
        if world.has_mutant(Mutant::IdentityFirst) && request.kind == RequestKind::Event {
            let identity = Request {
                kind: RequestKind::Identity,
                ..request.clone()
            };
            world.call_kochava(&identity, timeout, number, origin, Some(self.number));
        }
        world.call_kochava(request, timeout, number, origin, Some(self.number))
    }

    /// Returns the event that a call belongs to: the body contains its number, or it is the event
    /// that was accepted before on the sequence, or the first one with an equal identity.
    fn number_of(&self, request: &Request, before: Option<u32>, named: &BTreeSet<u32>) -> u32 {
        if let Some(number) = number_in(&request.body) {
            return number;
        }
        let world = self.world.borrow();
        let event = |number: u32| &world.senders.events[number as usize];
        let has_equal_identity = |number: &u32| event(*number).identity() == Some(&request.body);
        let is_next = |item: &QueuedCopy, number: u32| {
            event(number).plan.is_identity() || item.begun.contains(&number)
        };
        let of_item = |item: &'_ QueuedCopy| {
            item.numbers
                .iter()
                .copied()
                .filter(|&number| is_next(item, number))
                .collect::<Vec<_>>()
        };
        let mut candidates = self
            .items
            .iter()
            .flat_map(of_item)
            .filter(|number| !named.contains(number));
        before
            .filter(has_equal_identity)
            .or_else(|| candidates.find(has_equal_identity))
            .unwrap_or_default()
    }

    /// Reports to the breakers.
    async fn report(&self, consumer: &mut Consumer<'_>) {
        let reports = consumer.breaker_reports();
        if !reports.is_empty()
            && let Some(responses) = self.world.borrow_mut().report(&reports)
        {
            reports
                .iter()
                .zip(responses)
                .for_each(|((route, _), response)| {
                    consumer.handle_breaker_response(route, response);
                });
        }
        crash_point(self.world, Step::ConsumerReported).await;
    }

    async fn settle(&self, consumer: &mut Consumer<'_>) {
        let jitter = self.world.borrow_mut().random.fraction();
        let settled = consumer
            .settle(jitter)
            .into_iter()
            .map(|(number, settled)| (settled.id, (number, settled)));
        for (shard, settled) in by_shard(settled, JOURNAL_SHARDS) {
            let (numbers, settled): (Vec<usize>, Vec<SettledMessage>) = settled.into_iter().unzip();
            let known = self.settle_again(shard, &settled);
            for (at, number) in numbers.into_iter().enumerate() {
                consumer.handle_settled(number, known.as_ref().map(|known| &known[at]));
            }
        }
        crash_point(self.world, Step::ConsumerSettled).await;
    }

    /// Tries to settle up to three times, since an unrecorded result is sent again.
    fn settle_again(&self, shard: u32, settled: &[SettledMessage]) -> Option<Vec<JournalState>> {
        let pretended = |settled: &SettledMessage| {
            if settled.open.is_empty() {
                JournalState::Completed
            } else {
                JournalState::Open(settled.open.clone())
            }
        };
        let mut world = self.world.borrow_mut();
        if world.skips_journal() {
            return Some(settled.iter().map(pretended).collect());
        }
        let known = (0..3).find_map(|_| world.settle(shard, self.number, settled));
        let forgets = world.has_mutant(Mutant::ForgetSettlement);
        known.or_else(|| forgets.then(|| settled.iter().map(pretended).collect()))
    }

    /// Completes the settled messages.
    async fn finish(&self, consumer: &mut Consumer<'_>) {
        self.store(consumer);
        crash_point(self.world, Step::ConsumerRejected).await;
        if self.world.borrow().has_mutant(Mutant::CompleteBeforeResend) {
            self.complete(consumer);
            crash_point(self.world, Step::ConsumerCompleted).await;
        }
        self.send_outgoing(consumer);
        crash_point(self.world, Step::ConsumerRequeued).await;
        self.world
            .borrow_mut()
            .add_known(consumer.devices_to_remember());
        crash_point(self.world, Step::ConsumerAddedKnown).await;
        self.complete(consumer);
        crash_point(self.world, Step::ConsumerCompleted).await;
    }

    fn store(&self, consumer: &mut Consumer<'_>) {
        let (numbers, rejects): (Vec<usize>, Vec<_>) = consumer.rejects().into_iter().unzip();
        let mut world = self.world.borrow_mut();
        let mut kept: BTreeMap<(usize, Digest), Rejected> = BTreeMap::new();
        for (&number, reject) in numbers.iter().zip(&rejects) {
            let new = || Rejected {
                code: reject.code.clone(),
                progress: reject.progress,
                times: 0,
            };
            kept.entry((number, reject.id)).or_insert_with(new).times += 1;
        }
        if world.store(rejects).is_some() {
            for ((number, id), kept) in kept {
                let Origin {
                    submission,
                    message,
                } = self.items[number].origin;
                world
                    .history
                    .rejected
                    .entry((submission, id))
                    .or_default()
                    .insert(message, kept);
            }
        } else if !world.has_mutant(Mutant::AckWithoutRejects) {
            for number in numbers {
                consumer.mark_failed(number);
            }
        }
    }

    fn send_outgoing(&self, consumer: &mut Consumer<'_>) {
        let outgoing = consumer.outgoing_messages();
        let mut world = self.world.borrow_mut();
        for batch in batches(outgoing.iter().map(|message| message.text.len())) {
            let batch = &outgoing[batch];
            let fresh = world
                .has_mutant(Mutant::FreshNames)
                .then(|| world.random.next());
            let renamed: Vec<String> = batch
                .iter()
                .map(|message| rename(&message.text, fresh))
                .collect();
            let texts = batch.iter().zip(&renamed).map(|(message, text)| {
                (
                    text.as_str(),
                    message.delay_s,
                    self.items[message.from].origin,
                )
            });
            let is_sent = world.send(&texts.collect::<Vec<_>>()).is_some();
            if !is_sent && !world.has_mutant(Mutant::AckFailedResend) {
                for message in batch {
                    consumer.mark_failed(message.from);
                }
            }
        }
    }

    fn complete(&self, consumer: &mut Consumer<'_>) {
        for (shard, done) in by_shard(
            consumer
                .messages_to_complete()
                .into_iter()
                .map(|(number, id)| (id, (number, id))),
            JOURNAL_SHARDS,
        ) {
            let ids: Vec<Digest> = done.iter().map(|(_, id)| *id).collect();
            if self.world.borrow_mut().complete(shard, &ids).is_none() {
                for (number, _) in done {
                    consumer.mark_failed(number);
                }
            }
        }
    }

    /// Acknowledges or retries the messages.
    async fn conclude(&self, consumer: &Consumer<'_>) {
        for at in 0..self.items.len() {
            let disposition = match consumer.disposition(at) {
                _ if self.world.borrow().has_mutant(Mutant::AckWithoutVerdict) => Disposition::Ack,
                disposition => disposition,
            };
            match disposition {
                Disposition::Ack | Disposition::Requeue(_) => {
                    self.world.borrow_mut().ack(self.number, at);
                }
                Disposition::Retry(wait) => {
                    self.world
                        .borrow_mut()
                        .retry(self.number, at, wait.as_secs());
                }
            }
            crash_point(self.world, Step::ConsumerAcked).await;
        }
    }
}

/// Returns the message with a digest of its own, if a seed for one is given.
fn rename(text: &str, name: Option<u64>) -> String {
    match (name, Message::read(text)) {
        (Some(name), Ok(message)) => Message {
            id: Digest::of(&["fresh", &name.to_string(), &message.id.to_hex()]),
            ..message
        }
        .text(),
        _ => text.to_owned(),
    }
}

/// Simultaneous connections (Cloudflare, Workers limits).
const CONNECTIONS_MAX: usize = 6;
