//! The interpreter of [`kochava_edge::IngestStep`].

use super::fault_plan::Store;
use super::history::Submission;
use super::mutants::Mutant;
use super::queue::Sent;
use super::senders::context;
use super::world::{Effect, START, Shared, effect};
use kochava_edge::{
    IngestContext, IngestStatus, IngestStep, LargeEvent, ShapeCache, SyncArrivals, Verdict, ingest,
};
use std::cell::Cell;

/// Puts a body into the queue, and answers its sender.
pub(crate) async fn post(world: Shared, body: usize, attempt: u32) {
    let current = world.borrow().settings.at(world.borrow().now);
    let Some(current) = current else {
        return world.borrow_mut().answer(body, attempt, false, 0);
    };
    let (text, received, submission, seed, shards) = {
        let mut world = world.borrow_mut();
        world.history.submissions_started += 1;
        let seed = format!(
            "{}-{}",
            world.random.next(),
            world.history.submissions_started
        );
        (
            world.senders.text(body),
            world.moment(),
            world.history.submissions_started,
            seed,
            world.scenario.shards,
        )
    };
    let arrivals = current
        .planner
        .decide(
            text.as_bytes(),
            &context(START + world.borrow().now),
            &mut ShapeCache::default(),
        )
        .expect("senders send JSON");
    let is_skipped = |verdict: &Verdict| matches!(verdict, Verdict::Skipped(_));
    let skipped = arrivals
        .elements
        .iter()
        .filter(|arrival| is_skipped(&arrival.verdict));
    let skipped = skipped.count() as u64;
    let shell = IngestShell {
        world: &world,
        submission,
        skipped,
        is_whole: Cell::new(true),
    };
    let mut step = ingest(
        vec![SyncArrivals {
            sync: "",
            settings: current.digest,
            arrivals,
        }],
        IngestContext {
            received,
            shards,
            blocked: &[],
            seed: &seed,
        },
    );
    let ingested = loop {
        step = match step {
            IngestStep::Store(events, next) => next.stored(shell.store(&events).await),
            IngestStep::Send(batches, next) => next.sent(shell.send(&batches).await),
            IngestStep::Done(ingested) => break ingested,
        };
    };
    let is_safe = ingested
        .elements(0)
        .all(|(_, _, status)| status != IngestStatus::Pending);
    world
        .borrow_mut()
        .answer(body, attempt, is_safe, current.number);
}

struct IngestShell<'w> {
    world: &'w Shared,
    submission: u64,
    /// How many elements of the body are skipped.
    skipped: u64,
    /// Whether no event stays with its sender for want of the store of large events.
    is_whole: Cell<bool>,
}

impl IngestShell<'_> {
    async fn store(&self, events: &[LargeEvent<'_>]) -> bool {
        let stored = effect(
            self.world,
            Effect::IngestStore,
            Store::LargeEvents,
            |world| {
                for large in events {
                    let text = large.event.as_str().to_owned();
                    world.stores.large.insert(large.key, text);
                }
            },
        );
        let is_stored = stored.await.is_some() || self.has_mutant(Mutant::AnswerWithoutLargeEvents);
        self.is_whole.set(is_stored);
        is_stored
    }

    /// Returns how many batches are known to be in the queue.
    async fn send(&self, batches: &[Vec<String>]) -> usize {
        let mut arrived = 0;
        for (number, texts) in batches.iter().enumerate() {
            let is_sent = effect(self.world, Effect::IngestSend, Store::Queue, |world| {
                let sent: Vec<Sent<'_>> = texts
                    .iter()
                    .map(|text| Sent {
                        text,
                        delay_s: 0,
                        submission: self.submission,
                    })
                    .collect();
                world.send_batch(&sent);
                world.record_inputs(texts, self.submission, false);
                arrived += 1;
                if arrived == batches.len() && self.is_whole.get() {
                    world.history.skipped += self.skipped;
                }
            });
            if is_sent.await.is_none() {
                self.send_counters(batches);
                if self.has_mutant(Mutant::AnswerBeforeQueue) {
                    return batches.len();
                }
                return number;
            }
        }
        batches.len()
    }

    /// Counts what was skipped although not everything is in the queue.
    fn send_counters(&self, batches: &[Vec<String>]) {
        if self.has_mutant(Mutant::CountSkippedOfFailedBatch)
            && let Some(text) = batches.last().and_then(|texts| texts.last())
            && let Ok(message) = kochava_edge::Message::read(text)
        {
            let counters = kochava_edge::Message {
                id: kochava_edge::Digest::of(&["only counters", text]),
                events: Vec::new(),
                ..message
            };
            let text = counters.text();
            self.world.borrow_mut().send_batch(&[Sent {
                text: &text,
                delay_s: 0,
                submission: self.submission,
            }]);
        }
    }

    fn has_mutant(&self, mutant: Mutant) -> bool {
        self.world.borrow().has_mutant(mutant)
    }
}

impl super::world::World {
    /// Puts an event into the queue in a message of its own, as a body with it alone does.
    pub(crate) fn enqueue_alone(&mut self, number: u32, submission: u64) {
        let text = self.senders.event(number).text.clone();
        let current = self.settings.usual();
        let arrivals = current
            .planner
            .decide(text.as_bytes(), &context(START), &mut ShapeCache::default())
            .expect("it is JSON");
        let seed = submission.to_string();
        let step = ingest(
            vec![SyncArrivals {
                sync: "",
                settings: current.digest,
                arrivals,
            }],
            IngestContext {
                received: self.moment(),
                shards: self.scenario.shards,
                seed: &seed,
                blocked: &[],
            },
        );
        let IngestStep::Send(batches, next) = step else {
            panic!("a small event is put into the queue");
        };
        let texts = batches.concat();
        let sent: Vec<Sent<'_>> = texts
            .iter()
            .map(|text| Sent {
                text,
                delay_s: 0,
                submission,
            })
            .collect();
        self.send_batch(&sent);
        self.record_inputs(&texts, submission, false);
        let _ = next.sent(batches.len());
    }

    /// Records the events of new messages that are in the queue.
    pub(crate) fn record_inputs(&mut self, texts: &[String], submission: u64, is_replay: bool) {
        for text in texts {
            let id = kochava_edge::Message::read(text).map(|message| message.id);
            // the same message, put into the queue twice, is one
            if id.is_ok_and(|id| !self.history.messages.insert(id)) {
                continue;
            }
            let mut numbers = Vec::new();
            for event in self.events_of(text) {
                self.history.inputs += u64::from(event.done == 0);
                self.history.replayed += u64::from(is_replay);
                self.history.replayed_identities += u64::from(event.done > 0);
                let Some(number) = event.number else {
                    continue;
                };
                numbers.push(number);
                self.history.ids.entry(number).or_default().insert(event.id);
                let submissions = self.history.submissions.entry(number).or_default();
                submissions.push(Submission {
                    id: event.id,
                    is_replay,
                });
            }
            // the order of replays is not promised
            if !is_replay {
                self.history.event_orders.push((submission, numbers));
            }
        }
    }
}
