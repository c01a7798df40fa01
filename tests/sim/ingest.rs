//! The shell of [`kochava_edge::Ingest`], in the Worker's order of I/O.
//!
//! There is a crash point between any two steps.

use super::fault_plan::{HOUR, Mutant};
use super::history::{DuplicateCause, Origin};
use super::queue::number_in;
use super::world::{Shared, Step, World, crash_point, crash_point_until};
use kochava_edge::{
    Context, Digest, Ingest, IngestStatus, Message, ParcelDelivery, ParcelStep, Request,
    RequestKind, ShapeCache, Source,
};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

/// Puts a body into the queue, and answers its sender.
pub(crate) async fn ingest(world: Shared, body: usize, attempt: u32) {
    let (text, planner, settings, received, submission) = {
        let mut world = world.borrow_mut();
        world.history.submissions_started += 1;
        (
            world.senders.text(body),
            Rc::clone(&world.planner),
            world.settings,
            world.moment(),
            world.history.submissions_started,
        )
    };
    let context = Context {
        source: Source::Amplitude,
        received_at: Some(received),
        limits: None,
    };
    let items = planner
        .plan_events(text.as_bytes(), &context, &mut ShapeCache::default())
        .expect("senders send JSON");
    let numbers: Vec<Option<u32>> = items
        .iter()
        .map(|item| number_in(&text[item.meta.at.clone()]))
        .collect();
    let keys: BTreeMap<u32, Digest> = items
        .iter()
        .filter_map(|item| Some((number_in(&text[item.meta.at.clone()])?, item.meta.dedupe?)))
        .collect();
    let mut ingest = Ingest::new(&text, items, Source::Amplitude, received, settings);
    crash_point(&world, Step::IngestPlanned).await;
    let dedupe_keys = ingest.dedupe_keys();
    let looked_up_at = world.borrow().now;
    let (seen, unanswered) = world.borrow_mut().seen(&dedupe_keys);
    ingest.mark_duplicates(seen);
    let mut shell = IngestShell {
        world,
        submission,
        numbers,
        keys,
        unanswered,
        looked_up_at,
    };
    crash_point(&shell.world, Step::IngestLookedUp).await;
    shell.add_seen_too_soon(&dedupe_keys);
    let is_ok = shell.run(&mut ingest).await;
    shell.world.borrow_mut().answer(body, attempt, is_ok);
}

/// The state of a body while it is ingested.
struct IngestShell {
    world: Shared,
    submission: u64,
    /// The number of each element of the body.
    numbers: Vec<Option<u32>>,
    /// The dedupe keys by number.
    keys: BTreeMap<u32, Digest>,
    /// The dedupe keys whose shard did not answer.
    unanswered: BTreeSet<Digest>,
    looked_up_at: i64,
}

impl IngestShell {
    /// Returns whether the sender is answered 200.
    async fn run(&mut self, ingest: &mut Ingest<'_>) -> bool {
        let rejects = ingest.rejects();
        let stored = self.world.borrow_mut().store(rejects);
        let answers_anyway = self.world.borrow().has_mutant(Mutant::AnswerWithoutRejects);
        let Some(new_rejects) = stored.or(answers_anyway.then(BTreeSet::new)) else {
            return false;
        };
        ingest.mark_rejects_stored();
        crash_point(&self.world, Step::IngestStored).await;
        let seed = format!("{}", self.world.borrow_mut().random.next());
        self.enqueue(ingest, &seed, &new_rejects).await;
        self.deliver_inline(ingest, &seed).await;
        self.world.borrow_mut().add_seen(&ingest.accepted_keys());
        crash_point(&self.world, Step::IngestAddedSeen).await;
        ingest
            .statuses()
            .all(|(_, status)| status != IngestStatus::Pending)
    }

    fn add_seen_too_soon(&self, keys: &[Digest]) {
        if self.world.borrow().has_mutant(Mutant::RememberBeforeQueue) {
            self.world.borrow_mut().add_seen(keys);
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
            if is_sent || self.world.borrow().has_mutant(Mutant::AnswerBeforeQueue) {
                ingest.mark_queued(number);
            }
            crash_point(&self.world, Step::IngestSent).await;
        }
    }

    fn send(&self, texts: &[String]) -> Option<()> {
        let origin = Origin {
            submission: self.submission,
            message: Digest::of(&[]),
        };
        let batch: Vec<(&str, u32, Origin)> = texts
            .iter()
            .map(|text| (text.as_str(), 0, origin))
            .collect();
        let ambiguous = self.world.borrow().history.ambiguous;
        let sent = self.world.borrow_mut().send(&batch);
        let is_there = sent.is_some() || self.world.borrow().history.ambiguous > ambiguous;
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
                    self.record_submission(number);
                }
                self.world
                    .borrow_mut()
                    .history
                    .event_orders
                    .push((self.submission, numbers));
            }
        }
        sent
    }

    /// Records that an event is submitted, and why it is submitted once more.
    fn record_submission(&self, number: u32) {
        let key = self.keys.get(&number).copied();
        let is_unanswered = key.is_some_and(|key| self.unanswered.contains(&key));
        let mut world = self.world.borrow_mut();
        let cause = world.cause(number, key, is_unanswered, self.looked_up_at);
        if cause == DuplicateCause::None {
            world.history.faults.push(format!(
                "event {number} is in the queue twice, though its key was known"
            ));
        }
        let submissions = world.history.submissions.entry(number).or_default();
        if submissions
            .iter()
            .all(|&(submission, _)| submission != self.submission)
        {
            submissions.push((self.submission, cause));
        }
    }

    /// Delivers events that are too large for a message within the request.
    async fn deliver_inline(&self, ingest: &mut Ingest<'_>, seed: &str) {
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
        crash_point(&self.world, Step::IngestDelivered).await;
    }

    /// Returns whether the event counts as delivered: a failed identity alone does not cause the
    /// event to be sent again.
    async fn deliver(&self, requests: &[Request], number: u32) -> bool {
        let started = self.world.borrow().now;
        let elapsed =
            |world: &World| Duration::from_millis(u64::try_from(world.now - started).unwrap_or(0));
        let policy = self.world.borrow().planner.settings().delivery;
        let origin = Origin {
            submission: self.submission,
            message: Digest::of(&[]),
        };
        let mut step = ParcelDelivery::start(policy, requests.len(), 0, Duration::ZERO);
        loop {
            step = match step {
                ParcelStep::Post {
                    call,
                    timeout,
                    posted,
                } => {
                    self.record_submission(number);
                    let reply = self.world.borrow_mut().call_kochava(
                        &requests[call],
                        timeout,
                        number,
                        origin,
                        None,
                    );
                    crash_point_until(&self.world, Step::IngestDelivered, reply.ends).await;
                    let mut world = self.world.borrow_mut();
                    let (at, jitter) = (world.moment(), world.random.fraction());
                    posted.answered(&reply.outcome(at), jitter, elapsed(&world))
                }
                ParcelStep::Wait(wait, waiting) => {
                    let until =
                        self.world.borrow().now + i64::try_from(wait.as_millis()).unwrap_or(HOUR);
                    crash_point_until(&self.world, Step::IngestDelivered, until).await;
                    waiting.resume(elapsed(&self.world.borrow()))
                }
                ParcelStep::End(end) => {
                    return end.failure.is_none()
                        || (end.accepted > 0 && requests[0].kind == RequestKind::Event);
                }
            };
        }
    }
}
