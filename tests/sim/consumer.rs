//! How does a batch of messages get from the queue to Kochava?
//!
//! The Worker's own order, each deed between two points at which the isolate may die.

use super::fault_plan::Broken;
use super::journal::{Rejected, Stamp};
use super::kochava::Reply;
use super::queue::{Item, number_in};
use super::stores::{LEDGERS, by_shard};
use super::world::{Shared, Step, point, point_until};
use kochava_edge::{
    Consumer, Digest, Disposition, JournalState, Message, Permit, QueueMessage, Request,
    RequestKind, SettledMessage, batches, store_wait,
};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

/// Works on the messages that this consumer holds.
pub(crate) async fn consumer(world: Shared, number: u64) {
    let items: Vec<Item> = world.borrow().queue.held(number).to_vec();
    let (planner, settings, now) = {
        let world = world.borrow();
        (Rc::clone(&world.planner), world.settings, world.moment())
    };
    let handed: Vec<QueueMessage<'_>> = items
        .iter()
        .map(|item| QueueMessage {
            text: &item.text,
            attempts: item.deliveries,
            is_dead: item.is_dead,
        })
        .collect();
    let mut consumer = Consumer::open(&handed, &planner, settings, now, 10_000);
    let work = Work {
        world: &world,
        number,
        items: &items,
    };
    if world.borrow().is_broken(Broken::AckBeforeDelivery) {
        (0..items.len()).for_each(|at| world.borrow_mut().ack(number, at));
    }
    point(&world, Step::RoundOpened).await;
    work.recall(&mut consumer).await;
    work.enter(&mut consumer).await;
    if world.borrow().is_broken(Broken::SettleBeforeDelivery) {
        work.settle(&mut consumer).await;
    }
    work.deliver(&mut consumer).await;
    work.rule(&mut consumer).await;
    work.settle(&mut consumer).await;
    work.finish(&mut consumer).await;
    work.conclude(&consumer).await;
}

struct Work<'w> {
    world: &'w Shared,
    number: u64,
    items: &'w [Item],
}

impl Work<'_> {
    /// What the journal knows, then what the memory knows.
    async fn recall(&self, consumer: &mut Consumer<'_>) {
        {
            let mut world = self.world.borrow_mut();
            world.journal.round(self.number).recalled = world.now;
        }
        for (shard, asked) in by_shard(
            consumer
                .journal_lookup()
                .into_iter()
                .map(|(number, id)| (id, (number, id))),
            LEDGERS,
        ) {
            let ids: Vec<Digest> = asked.iter().map(|(_, id)| *id).collect();
            let mut known = self.world.borrow_mut().recall(shard, &ids);
            if self.world.borrow().pretends() {
                known = Some(vec![JournalState::New; ids.len()]);
            }
            for (at, (number, _)) in asked.into_iter().enumerate() {
                consumer.handle_journal_state(number, known.as_ref().map(|known| &known[at]));
            }
        }
        point(self.world, Step::RoundRecalled).await;
        let (devices, links) = consumer.device_lookup();
        if !devices.is_empty() || !links.is_empty() {
            let known = self.world.borrow_mut().known(&devices, &links);
            consumer.handle_known_devices(known);
            point(self.world, Step::RoundRemembered).await;
        }
    }

    async fn enter(&self, consumer: &mut Consumer<'_>) {
        let routes = consumer.routes();
        let passes = if routes.is_empty() {
            Some(Vec::new())
        } else {
            self.world.borrow_mut().enter(&routes)
        };
        let passes = passes.unwrap_or_else(|| vec![Permit::Wait(store_wait(1)); routes.len()]);
        consumer.handle_permits(routes.into_iter().zip(passes));
        point(self.world, Step::RoundEntered).await;
    }

    /// At most six calls at a time, those of a sequence one after the other.
    async fn deliver(&self, consumer: &mut Consumer<'_>) {
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
                    (request.kind == RequestKind::Event && reply.is_yes())
                        .then_some((sequence, number)),
                );
                flying.push((sequence, reply));
            }
            let Some(at) = (0..flying.len()).min_by_key(|&at| flying[at].1.ends) else {
                break;
            };
            let (sequence, reply) = flying.swap_remove(at);
            point_until(self.world, Step::RoundPosted, reply.ends).await;
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
        let stamp = item.map_or(
            Stamp {
                journey: 0,
                message: Digest::of(&[]),
            },
            |item| item.stamp,
        );
        let mut world = self.world.borrow_mut();
        if world.is_broken(Broken::IdentityFirst) && request.kind == RequestKind::Event {
            let identity = Request {
                kind: RequestKind::Identity,
                ..request.clone()
            };
            world.call_kochava(&identity, timeout, number, stamp, Some(self.number));
        }
        world.call_kochava(request, timeout, number, stamp, Some(self.number))
    }

    /// Which event a call belongs to: it says so, or the event that was taken before it on its sequence
    /// does, or it is the first that says the same.
    fn number_of(&self, request: &Request, before: Option<u32>, named: &BTreeSet<u32>) -> u32 {
        if let Some(number) = number_in(&request.body) {
            return number;
        }
        let world = self.world.borrow();
        let event = |number: u32| &world.senders.events[number as usize];
        let says_it = |number: &u32| event(*number).identity() == Some(&request.body);
        let is_next = |item: &Item, number: u32| {
            event(number).plan.is_identity() || item.begun.contains(&number)
        };
        let of_item = |item: &'_ Item| {
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
            .filter(says_it)
            .or_else(|| candidates.find(says_it))
            .unwrap_or_default()
    }

    /// What follows for all from what was sent.
    async fn rule(&self, consumer: &mut Consumer<'_>) {
        let reports = consumer.breaker_reports();
        if !reports.is_empty()
            && let Some(rulings) = self.world.borrow_mut().report(&reports)
        {
            reports
                .iter()
                .zip(rulings)
                .for_each(|((route, _), response)| {
                    consumer.handle_breaker_response(route, response)
                });
        }
        point(self.world, Step::RoundRuled).await;
    }

    async fn settle(&self, consumer: &mut Consumer<'_>) {
        let jitter = self.world.borrow_mut().random.fraction();
        let settled = consumer
            .settle(jitter)
            .into_iter()
            .map(|(number, settled)| (settled.id, (number, settled)));
        for (shard, settled) in by_shard(settled, LEDGERS) {
            let (numbers, settled): (Vec<usize>, Vec<SettledMessage>) = settled.into_iter().unzip();
            let known = self.settle_again(shard, &settled);
            for (at, number) in numbers.into_iter().enumerate() {
                consumer.handle_settled(number, known.as_ref().map(|known| &known[at]));
            }
        }
        point(self.world, Step::RoundSettled).await;
    }

    /// Up to three times, since what is not noted is sent again.
    fn settle_again(&self, shard: u32, settled: &[SettledMessage]) -> Option<Vec<JournalState>> {
        let pretended = |settled: &SettledMessage| {
            if settled.open.is_empty() {
                JournalState::Completed
            } else {
                JournalState::Open(settled.open.clone())
            }
        };
        let mut world = self.world.borrow_mut();
        if world.pretends() {
            return Some(settled.iter().map(pretended).collect());
        }
        let known = (0..3).find_map(|_| world.settle(shard, self.number, settled));
        let forgets = world.is_broken(Broken::ForgetSettlement);
        known.or_else(|| forgets.then(|| settled.iter().map(pretended).collect()))
    }

    /// What is left to do.
    async fn finish(&self, consumer: &mut Consumer<'_>) {
        self.store(consumer);
        point(self.world, Step::RoundRejected).await;
        if self.world.borrow().is_broken(Broken::CompleteBeforeResend) {
            self.complete(consumer);
            point(self.world, Step::RoundCompleted).await;
        }
        self.resend(consumer);
        point(self.world, Step::RoundResent).await;
        self.world
            .borrow_mut()
            .remember(consumer.devices_to_remember());
        point(self.world, Step::RoundNoted).await;
        self.complete(consumer);
        point(self.world, Step::RoundCompleted).await;
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
                let Stamp { journey, message } = self.items[number].stamp;
                world
                    .journal
                    .rejected
                    .entry((journey, id))
                    .or_default()
                    .insert(message, kept);
            }
        } else if !world.is_broken(Broken::AckWithoutRejects) {
            for number in numbers {
                consumer.mark_failed(number);
            }
        }
    }

    fn resend(&self, consumer: &mut Consumer<'_>) {
        let resends = consumer.outgoing_messages();
        let mut world = self.world.borrow_mut();
        for batch in batches(resends.iter().map(|resend| resend.text.len())) {
            let batch = &resends[batch];
            let fresh = world
                .is_broken(Broken::FreshNames)
                .then(|| world.random.next());
            let renamed: Vec<String> = batch
                .iter()
                .map(|resend| rename(&resend.text, fresh))
                .collect();
            let texts = batch.iter().zip(&renamed).map(|(resend, text)| {
                (text.as_str(), resend.delay_s, self.items[resend.from].stamp)
            });
            let is_sent = world.send(&texts.collect::<Vec<_>>()).is_some();
            if !is_sent && !world.is_broken(Broken::AckFailedResend) {
                for resend in batch {
                    consumer.mark_failed(resend.from);
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
            LEDGERS,
        ) {
            let ids: Vec<Digest> = done.iter().map(|(_, id)| *id).collect();
            if self.world.borrow_mut().complete(shard, &ids).is_none() {
                for (number, _) in done {
                    consumer.mark_failed(number);
                }
            }
        }
    }

    /// Lets the messages go, or come again.
    async fn conclude(&self, consumer: &Consumer<'_>) {
        for at in 0..self.items.len() {
            let verdict = match consumer.disposition(at) {
                _ if self.world.borrow().is_broken(Broken::AckWithoutVerdict) => Disposition::Ack,
                verdict => verdict,
            };
            match verdict {
                Disposition::Ack | Disposition::Requeue(_) => {
                    self.world.borrow_mut().ack(self.number, at)
                }
                Disposition::Retry(wait) => {
                    self.world
                        .borrow_mut()
                        .retry(self.number, at, wait.as_secs())
                }
            }
            point(self.world, Step::RoundAcked).await;
        }
    }
}

/// The text under a name of its own, if one is given.
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

/// Connections that wait for an answer at a time (Cloudflare, Workers limits).
const CONNECTIONS_MAX: usize = 6;
