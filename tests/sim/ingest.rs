//! How does a sender's body get into the queue?
//!
//! The Worker's own order, each deed between two points at which the isolate may die.

use super::fault_plan::{Broken, HOUR};
use super::journal::{Cause, Stamp};
use super::queue::number_in;
use super::world::{Shared, Step, World, point, point_until};
use kochava_edge::{
    Context, Delivery, Digest, Ingest, IngestStatus, Message, Request, RequestKind, ShapeCache,
    Source,
};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

/// Takes a body for good, or leaves it with its sender.
pub(crate) async fn ingest(world: Shared, body: usize, attempt: u32) {
    let (text, planner, settings, received, journey) = {
        let mut world = world.borrow_mut();
        world.journal.journeys_begun += 1;
        (
            world.senders.text(body),
            Rc::clone(&world.planner),
            world.settings,
            world.moment(),
            world.journal.journeys_begun,
        )
    };
    let context = Context {
        source: Source::Amplitude,
        received_at: Some(received),
        limits: None,
    };
    let planned = planner
        .plan_events(text.as_bytes(), &context, &mut ShapeCache::default())
        .expect("senders send JSON");
    let numbers: Vec<Option<u32>> = planned
        .iter()
        .map(|planned| number_in(&text[planned.meta.at.clone()]))
        .collect();
    let keys: BTreeMap<u32, Digest> = planned
        .iter()
        .filter_map(|planned| {
            Some((
                number_in(&text[planned.meta.at.clone()])?,
                planned.meta.dedupe?,
            ))
        })
        .collect();
    let mut ingest = Ingest::new(&text, planned, Source::Amplitude, received, settings);
    point(&world, Step::TakePlanned).await;
    let to_look_up = ingest.dedupe_keys();
    let deduplicated = world.borrow().now;
    let (seen, silent) = world.borrow_mut().seen(&to_look_up);
    ingest.mark_duplicates(seen);
    let mut passage = Passage {
        world,
        journey,
        numbers,
        keys,
        silent,
        deduplicated,
    };
    point(&passage.world, Step::TakeRecalled).await;
    passage.remember_too_soon(&to_look_up);
    let is_yes = passage.pass(&mut ingest).await;
    passage.world.borrow_mut().answer(body, attempt, is_yes);
}

/// What is known of a body on its way.
struct Passage {
    world: Shared,
    journey: u64,
    /// The events' numbers, by their places in the body.
    numbers: Vec<Option<u32>>,
    /// The dedupe keys by the events' numbers.
    keys: BTreeMap<u32, Digest>,
    /// Those of which the memory said nothing.
    silent: BTreeSet<Digest>,
    deduplicated: i64,
}

impl Passage {
    /// Whether the sender may be answered yes.
    async fn pass(&mut self, ingest: &mut Ingest<'_>) -> bool {
        let rejects = ingest.rejects();
        let stored = self.world.borrow_mut().store(rejects);
        let lies = self.world.borrow().is_broken(Broken::AnswerWithoutRejects);
        let Some(new_rejects) = stored.or(lies.then(BTreeSet::new)) else {
            return false;
        };
        ingest.mark_rejects_stored();
        point(&self.world, Step::TakeStored).await;
        let seed = format!("{}", self.world.borrow_mut().random.next());
        self.enqueue(ingest, &seed, &new_rejects).await;
        self.deliver_at_once(ingest, &seed).await;
        self.world.borrow_mut().see(&ingest.accepted_keys());
        point(&self.world, Step::TakeRemembered).await;
        ingest
            .statuses()
            .all(|(_, way)| way != IngestStatus::Pending)
    }

    fn remember_too_soon(&self, keys: &[Digest]) {
        if self.world.borrow().is_broken(Broken::RememberBeforeQueue) {
            self.world.borrow_mut().see(keys);
        }
    }

    async fn enqueue(&self, ingest: &mut Ingest<'_>, seed: &str, new_rejects: &BTreeSet<Digest>) {
        ingest.pack(seed, new_rejects);
        let batches: Vec<Vec<String>> = ingest
            .batches()
            .into_iter()
            .map(|texts| texts.into_iter().map(str::to_owned).collect())
            .collect();
        for (number, texts) in batches.iter().enumerate() {
            let is_sent = self.send(texts).is_some();
            if is_sent || self.world.borrow().is_broken(Broken::AnswerBeforeQueue) {
                ingest.mark_queued(number);
            }
            point(&self.world, Step::TakeSent).await;
        }
    }

    fn send(&self, texts: &[String]) -> Option<()> {
        let stamp = Stamp {
            journey: self.journey,
            message: Digest::of(&[]),
        };
        let batch: Vec<(&str, u32, Stamp)> =
            texts.iter().map(|text| (text.as_str(), 0, stamp)).collect();
        let ambiguous = self.world.borrow().journal.ambiguous;
        let sent = self.world.borrow_mut().send(&batch);
        let is_there = sent.is_some() || self.world.borrow().journal.ambiguous > ambiguous;
        if is_there {
            for text in texts {
                let Ok(message) = Message::read(text) else {
                    continue;
                };
                let numbers: Vec<u32> = message
                    .events
                    .iter()
                    .filter_map(|entry| number_in(entry.event.as_str()))
                    .collect();
                for &number in &numbers {
                    self.note_journey(number);
                }
                self.world
                    .borrow_mut()
                    .journal
                    .orders
                    .push((self.journey, numbers));
            }
        }
        sent
    }

    /// Notes that an event is on its way, and why it is once more.
    fn note_journey(&self, number: u32) {
        let key = self.keys.get(&number).copied();
        let is_silent = key.is_some_and(|key| self.silent.contains(&key));
        let mut world = self.world.borrow_mut();
        let cause = world.cause(number, key, is_silent, self.deduplicated);
        if cause == Cause::None {
            world.journal.faults.push(format!(
                "event {number} is in the queue twice, though the memory knew it"
            ));
        }
        let journeys = world.journal.journeys.entry(number).or_default();
        if journeys.iter().all(|&(journey, _)| journey != self.journey) {
            journeys.push((self.journey, cause));
        }
    }

    /// Delivers what no message can hold.
    async fn deliver_at_once(&self, ingest: &mut Ingest<'_>, seed: &str) {
        let parcels: Vec<(usize, Vec<Request>)> = ingest
            .too_large()
            .into_iter()
            .map(|(at, parcel)| (at, parcel.requests.clone()))
            .collect();
        for (at, requests) in parcels {
            if self
                .deliver(&requests, self.numbers[at].unwrap_or_default())
                .await
            {
                ingest.set_status(at, IngestStatus::Delivered);
            }
        }
        let now = self.world.borrow().moment();
        if let Some(counts) = ingest.inline_counters(seed, now) {
            self.send(&[counts]);
        }
        point(&self.world, Step::TakeDelivered).await;
    }

    /// Whether Kochava took the first of them: an identity behind an event is not worth sending the
    /// event twice.
    async fn deliver(&self, requests: &[Request], number: u32) -> bool {
        for (at, request) in requests.iter().enumerate() {
            if !self.request(request, number).await {
                return at > 0 && requests[0].kind == RequestKind::Event;
            }
        }
        true
    }

    async fn request(&self, request: &Request, number: u32) -> bool {
        let started = self.world.borrow().now;
        let elapsed =
            |world: &World| Duration::from_millis(u64::try_from(world.now - started).unwrap_or(0));
        let policy = self.world.borrow().planner.settings().delivery;
        let stamp = Stamp {
            journey: self.journey,
            message: Digest::of(&[]),
        };
        let mut step = Delivery::start(policy, Duration::ZERO);
        loop {
            step = match step {
                kochava_edge::Step::Send { timeout, delivery } => {
                    self.note_journey(number);
                    let reply = self
                        .world
                        .borrow_mut()
                        .call_kochava(request, timeout, number, stamp, None);
                    point_until(&self.world, Step::TakeDelivered, reply.ends).await;
                    let mut world = self.world.borrow_mut();
                    let (at, jitter) = (world.moment(), world.random.fraction());
                    delivery.after(&reply.outcome(at), jitter, elapsed(&world))
                }
                kochava_edge::Step::Wait(wait, delivery) => {
                    let until =
                        self.world.borrow().now + i64::try_from(wait.as_millis()).unwrap_or(HOUR);
                    point_until(&self.world, Step::TakeDelivered, until).await;
                    delivery.resume(elapsed(&self.world.borrow()))
                }
                kochava_edge::Step::Done(_) => return true,
                kochava_edge::Step::GiveUp(_) => return false,
            };
        }
    }
}
