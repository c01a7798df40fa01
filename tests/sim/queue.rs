//! The platform's queue.
//!
//! It delivers at least once, after at least the requested delay, in any order. After a number of
//! deliveries a message moves to the dead-letter queue, and one that is too old is deleted without
//! notice (Cloudflare, Queues limits).

use super::fault_plan::{MINUTE, SECOND};
use super::history::Origin;
use super::random::Random;
use super::world::{Due, World};
use kochava_edge::Message;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

#[derive(Debug)]
pub(crate) struct Queue {
    waiting: BTreeMap<(i64, u64), QueuedCopy>,
    /// The messages that each consumer run holds.
    held: BTreeMap<u64, Vec<QueuedCopy>>,
    retention: i64,
    number: u64,
    next_pump: i64,
}

/// A copy of a message.
#[derive(Clone, Debug)]
pub(crate) struct QueuedCopy {
    pub(crate) text: Rc<str>,
    /// How often it was delivered.
    pub(crate) deliveries: u32,
    pub(crate) is_dead: bool,
    pub(crate) origin: Origin,
    /// The numbers of its events.
    pub(crate) numbers: Rc<[u32]>,
    /// Those of which Kochava accepted a call.
    pub(crate) begun: Rc<[u32]>,
    sent: i64,
    is_settled: bool,
    /// The platform delivers a message twice rarely, not again and again: otherwise a day of
    /// deferrals would multiply the message without end.
    was_duplicated: bool,
}

impl QueuedCopy {
    fn new(text: Rc<str>, origin: Origin, sent: i64) -> Self {
        let none: Rc<[u32]> = Rc::new([]);
        let (numbers, begun) = (Rc::clone(&none), none);
        QueuedCopy {
            text,
            deliveries: 0,
            is_dead: false,
            origin,
            numbers,
            begun,
            sent,
            is_settled: false,
            was_duplicated: false,
        }
    }
}

impl Queue {
    pub(crate) fn new(retention: i64) -> Self {
        Queue {
            waiting: BTreeMap::new(),
            held: BTreeMap::new(),
            retention,
            number: 0,
            next_pump: i64::MAX,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.held.is_empty()
    }

    pub(crate) fn held(&self, run: u64) -> &[QueuedCopy] {
        self.held.get(&run).map_or(&[], Vec::as_slice)
    }

    fn put(&mut self, ready: i64, item: QueuedCopy) {
        self.number += 1;
        self.waiting.insert((ready, self.number), item);
    }

    /// Takes some of the messages that are due, in any order, and deletes those that are too old.
    /// An event is not delivered to two runs, since Kochava's answers could not be attributed then.
    fn take(
        &mut self,
        now: i64,
        random: &mut Random,
        most: usize,
        may_repeat_events: bool,
    ) -> (Vec<QueuedCopy>, usize) {
        let mut keys: Vec<(i64, u64)> = self
            .waiting
            .range(..=(now, u64::MAX))
            .map(|(key, _)| *key)
            .take(SEEN_AT_ONCE)
            .collect();
        let (mut items, mut deleted): (Vec<QueuedCopy>, usize) = (Vec::new(), 0);
        let mut seen: BTreeSet<u32> = BTreeSet::new();
        while items.len() < most && !keys.is_empty() {
            let key = keys.swap_remove(random.below(keys.len()));
            let item = &self.waiting[&key];
            if item.sent < now - self.retention {
                self.waiting.remove(&key);
                deleted += 1;
                continue;
            }
            let is_alike = items
                .first()
                .is_none_or(|first| first.is_dead == item.is_dead);
            if is_alike
                && (may_repeat_events || item.numbers.iter().all(|number| !seen.contains(number)))
            {
                seen.extend(item.numbers.iter().copied());
                items.extend(self.waiting.remove(&key));
            }
        }
        (items, deleted)
    }
}

impl World {
    /// Sends texts to the queue with one call, and checks the platform's limits.
    pub(crate) fn send_batch(&mut self, texts: &[(&str, u32, Origin)]) {
        let bytes: usize = texts.iter().map(|(text, ..)| text.len() + METADATA).sum();
        self.limit(
            texts.len() <= 100 && bytes <= 256_000,
            "a batch is too large",
        );
        for &(text, delay_s, origin) in texts {
            self.limit(text.len() + METADATA <= 128_000, "a message is too large");
            self.limit(delay_s <= 86_400, "a delay is too long");
            let message = Message::read(text);
            let entries = message
                .iter()
                .flat_map(|message| &message.events)
                .filter_map(|entry| Some((number_in(entry.event.as_str())?, entry.progress.done)));
            let begun: Vec<u32> = entries
                .clone()
                .filter(|(_, done)| *done > 0)
                .map(|(number, _)| number)
                .collect();
            let numbers: Vec<u32> = entries.map(|(number, _)| number).collect();
            let origin = Origin {
                message: message
                    .as_ref()
                    .map_or(origin.message, |message| message.id),
                ..origin
            };
            if let Ok(message) = &message {
                self.history
                    .message_counters
                    .entry(message.id)
                    .or_insert_with(|| message.counters.clone());
            }
            let ready = self.now + i64::from(delay_s) * SECOND + self.random.between(0, 2 * SECOND);
            let (numbers, begun) = (numbers.into(), begun.into());
            let item = QueuedCopy {
                numbers,
                begun,
                ..QueuedCopy::new(text.into(), origin, self.now)
            };
            self.queue.put(ready, item);
            self.pump_at(ready);
        }
    }

    fn limit(&mut self, holds: bool, what: &str) {
        if !holds {
            self.history.faults.push(what.to_owned());
        }
    }

    fn pump_at(&mut self, at: i64) {
        if at < self.queue.next_pump {
            self.queue.next_pump = at;
            self.due(at, Due::Pump);
        }
    }

    /// Starts as many consumer runs as the concurrency allows.
    pub(crate) fn pump(&mut self) -> Vec<u64> {
        self.queue.next_pump = i64::MAX;
        let mut runs = Vec::new();
        while self.queue.held.len() < CONSUMERS {
            let most = 1 + self.random.below(self.scenario.wave);
            let may_repeat_events = self.scenario.may_repeat_events;
            let (mut items, deleted) =
                self.queue
                    .take(self.now, &mut self.random, most, may_repeat_events);
            self.history.deleted += deleted;
            if items.is_empty() {
                break;
            }
            for item in &mut items {
                item.deliveries += 1;
                self.history.delivered_events += item.numbers.len() as u64;
                let share = self.scenario.rates.twice;
                if !item.was_duplicated && self.chance_of_fault(share) {
                    item.was_duplicated = true;
                    let again = self.now + self.random.between(0, MINUTE);
                    self.queue.put(again, item.clone());
                }
            }
            self.history.runs_started += 1;
            self.queue.held.insert(self.history.runs_started, items);
            runs.push(self.history.runs_started);
        }
        self.pump_next();
        runs
    }

    fn pump_next(&mut self) {
        if self.queue.held.len() < CONSUMERS
            && let Some((ready, _)) = self.queue.waiting.keys().next().copied()
        {
            // a wave waits for its batch to fill
            self.pump_at(ready.max(self.now + SECOND));
        }
    }

    /// Acknowledges a message, unless the acknowledgement is lost.
    pub(crate) fn ack(&mut self, run: u64, at: usize) {
        let share = self.scenario.rates.lost_ack;
        if !self.chance_of_fault(share)
            && let Some(items) = self.queue.held.get_mut(&run)
        {
            items[at].is_settled = true;
        }
    }

    /// Retries a message after so many seconds, or moves it to the dead-letter queue.
    pub(crate) fn retry(&mut self, run: u64, at: usize, delay_s: u64) {
        let delay = i64::try_from(delay_s).unwrap_or(i64::MAX / 2_000);
        self.limit(delay <= 86_400, "a delay is too long");
        if let Some(items) = self.queue.held.get_mut(&run) {
            items[at].is_settled = true;
            let item = QueuedCopy {
                is_settled: false,
                ..items[at].clone()
            };
            self.put_back(item, delay * SECOND);
        }
    }

    fn put_back(&mut self, item: QueuedCopy, delay: i64) {
        let is_spent = item.deliveries > RETRIES_MAX;
        self.limit(!(is_spent && item.is_dead), "a dead letter dies again");
        let item = if is_spent {
            QueuedCopy {
                deliveries: 0,
                is_dead: true,
                sent: self.now,
                ..item
            }
        } else {
            item
        };
        self.history.dead += usize::from(is_spent);
        let ready = self.now + delay;
        self.queue.put(ready, item);
        self.pump_at(ready);
    }

    /// Ends a consumer run: what it neither acknowledged nor retried comes again.
    pub(crate) fn ended(&mut self, run: u64, is_dead: bool) {
        if is_dead {
            self.history.run(run).is_crashed = true;
        }
        for item in self.queue.held.remove(&run).unwrap_or_default() {
            if !item.is_settled {
                let delay = self.random.between(SECOND, MINUTE);
                self.put_back(item, delay);
            }
        }
        self.pump_next();
    }
}

/// Returns the number that identifies an event of the simulation.
pub(crate) fn number_in(text: &str) -> Option<u32> {
    let at = text.find("\"n\":")? + 4;
    let digits = text[at..].trim_start_matches('"');
    digits[..digits
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(digits.len())]
        .parse()
        .ok()
}

/// Bytes that the platform adds to a message, at most.
const METADATA: usize = 100;

/// `max_retries`.
const RETRIES_MAX: u32 = 100;

/// `max_concurrency`.
const CONSUMERS: usize = 5;

/// How many messages the platform chooses from.
const SEEN_AT_ONCE: usize = 60;
