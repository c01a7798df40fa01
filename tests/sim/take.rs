//! How does a sender's body get into the queue?
//!
//! The Worker's own order, each deed between two points at which the isolate may die.

use super::journal::{Cause, Stamp};
use super::queue::number_in;
use super::weather::{Broken, HOUR};
use super::world::{Shared, Step, World, point, point_until};
use kochava_edge::delivery::{self, Delivery};
use kochava_edge::intake::{Intake, Way};
use kochava_edge::key::Key;
use kochava_edge::message::Message;
use kochava_edge::plan::Context;
use kochava_edge::request::{Request, RequestKind};
use kochava_edge::source::Source;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

/// Takes a body for good, or leaves it with its sender.
pub(crate) async fn take(world: Shared, body: usize, attempt: u32) {
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
        room: None,
    };
    let taken = planner
        .take(text.as_bytes(), &context)
        .expect("senders send JSON");
    let numbers: Vec<Option<u32>> = taken
        .iter()
        .map(|taken| number_in(&text[taken.tag.at.clone()]))
        .collect();
    let keys: BTreeMap<u32, Key> = taken
        .iter()
        .filter_map(|taken| Some((number_in(&text[taken.tag.at.clone()])?, taken.tag.dedupe?)))
        .collect();
    let mut intake = Intake::open(&text, taken, Source::Amplitude, received, settings);
    point(&world, Step::TakePlanned).await;
    let to_recall = intake.to_recall();
    let recalled = world.borrow().now;
    let (seen, silent) = world.borrow_mut().seen(&to_recall);
    intake.recalled(seen);
    let mut passage = Passage {
        world,
        journey,
        numbers,
        keys,
        silent,
        recalled,
    };
    point(&passage.world, Step::TakeRecalled).await;
    passage.remember_too_soon(&to_recall);
    let is_yes = passage.pass(&mut intake).await;
    passage.world.borrow_mut().answer(body, attempt, is_yes);
}

/// What is known of a body on its way.
struct Passage {
    world: Shared,
    journey: u64,
    /// The events' numbers, by their places in the body.
    numbers: Vec<Option<u32>>,
    /// The dedupe keys by the events' numbers.
    keys: BTreeMap<u32, Key>,
    /// Those of which the memory said nothing.
    silent: BTreeSet<Key>,
    recalled: i64,
}

impl Passage {
    /// Whether the sender may be answered yes.
    async fn pass(&mut self, intake: &mut Intake<'_>) -> bool {
        let rejects = intake.rejects();
        let stored = self.world.borrow_mut().store(rejects);
        let lies = self.world.borrow().is_broken(Broken::AnswerWithoutRejects);
        let Some(new_rejects) = stored.or(lies.then(BTreeSet::new)) else {
            return false;
        };
        intake.stored();
        point(&self.world, Step::TakeStored).await;
        let seed = format!("{}", self.world.borrow_mut().random.next());
        self.enqueue(intake, &seed, &new_rejects).await;
        self.deliver_at_once(intake, &seed).await;
        self.world.borrow_mut().see(&intake.to_remember());
        point(&self.world, Step::TakeRemembered).await;
        intake.ways().all(|(_, way)| way != Way::Pending)
    }

    fn remember_too_soon(&self, keys: &[Key]) {
        if self.world.borrow().is_broken(Broken::RememberBeforeQueue) {
            self.world.borrow_mut().see(keys);
        }
    }

    async fn enqueue(&self, intake: &mut Intake<'_>, seed: &str, new_rejects: &BTreeSet<Key>) {
        intake.pack(seed, new_rejects);
        let batches: Vec<Vec<String>> = intake
            .batches()
            .into_iter()
            .map(|texts| texts.into_iter().map(str::to_owned).collect())
            .collect();
        for (number, texts) in batches.iter().enumerate() {
            let is_sent = self.send(texts).is_some();
            if is_sent || self.world.borrow().is_broken(Broken::AnswerBeforeQueue) {
                intake.sent(number);
            }
            point(&self.world, Step::TakeSent).await;
        }
    }

    fn send(&self, texts: &[String]) -> Option<()> {
        let stamp = Stamp {
            journey: self.journey,
            message: Key::of(&[]),
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
                    .entries
                    .iter()
                    .filter_map(|entry| number_in(entry.event))
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
        let cause = world.cause(number, key, is_silent, self.recalled);
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
    async fn deliver_at_once(&self, intake: &mut Intake<'_>, seed: &str) {
        let parcels: Vec<(usize, Vec<Request>)> = intake
            .too_large()
            .into_iter()
            .map(|(at, parcel)| (at, parcel.requests.clone()))
            .collect();
        for (at, requests) in parcels {
            if self
                .deliver(&requests, self.numbers[at].unwrap_or_default())
                .await
            {
                intake.ended(at, Way::Delivered);
            }
        }
        let now = self.world.borrow().moment();
        if let Some(counts) = intake.counted_at_once(seed, now) {
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
            message: Key::of(&[]),
        };
        let mut step = Delivery::start(policy, Duration::ZERO);
        loop {
            step = match step {
                delivery::Step::Send { timeout, delivery } => {
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
                delivery::Step::Wait(wait, delivery) => {
                    let until =
                        self.world.borrow().now + i64::try_from(wait.as_millis()).unwrap_or(HOUR);
                    point_until(&self.world, Step::TakeDelivered, until).await;
                    delivery.resume(elapsed(&self.world.borrow()))
                }
                delivery::Step::Done(_) => return true,
                delivery::Step::GiveUp(_) => return false,
            };
        }
    }
}
