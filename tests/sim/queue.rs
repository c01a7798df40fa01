//! The platform's queue.
//!
//! It delivers at least once, after at least the requested delay, in any order. After a number of
//! deliveries a message moves to the dead-letter queue, and one that is too old is deleted without
//! notice (Cloudflare, Queues limits).

use super::fault_plan::{MINUTE, SECOND};
use super::random::Random;
use super::world::{Due, World};
use kochava_edge::{Digest, Message, RawEvent};
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
    /// The messages that were delivered twice: the platform does that rarely, not again and again,
    /// otherwise a day of deferrals would multiply a message without end.
    duplicated: BTreeSet<Option<Digest>>,
}

/// A text on its way into the queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent<'t> {
    pub(crate) text: &'t str,
    pub(crate) delay_s: u32,
    /// The number of the run that submitted its events.
    pub(crate) submission: u64,
}

/// A copy of a message.
#[derive(Clone, Debug)]
pub(crate) struct QueuedCopy {
    pub(crate) text: Rc<str>,
    /// How often it was delivered.
    pub(crate) deliveries: u32,
    pub(crate) is_dead: bool,
    pub(crate) submission: u64,
    /// The message's digest; `None` where the text is none.
    pub(crate) message: Option<Digest>,
    pub(crate) shard: u32,
    pub(crate) events: Rc<[ItemEvent]>,
    sent: i64,
    is_settled: bool,
}

/// An event of a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ItemEvent {
    /// The number that identifies it in the simulation.
    pub(crate) number: Option<u32>,
    pub(crate) id: Digest,
    /// Calls of it that Kochava accepted.
    pub(crate) done: u32,
    pub(crate) is_replay: bool,
    /// Whether it kills the isolate that plans it.
    pub(crate) is_killer: bool,
}

impl Queue {
    pub(crate) fn new(retention: i64) -> Self {
        Queue {
            waiting: BTreeMap::new(),
            held: BTreeMap::new(),
            retention,
            number: 0,
            next_pump: i64::MAX,
            duplicated: BTreeSet::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.held.is_empty()
    }

    pub(crate) fn held(&self, run: u64) -> &[QueuedCopy] {
        self.held.get(&run).map_or(&[], Vec::as_slice)
    }

    /// Returns the messages that wait, in the order in which they are due.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = (&(i64, u64), &QueuedCopy)> {
        self.waiting.iter()
    }

    fn put(&mut self, ready: i64, item: QueuedCopy) {
        self.number += 1;
        self.waiting.insert((ready, self.number), item);
    }

    /// Takes some of the messages that are due, in any order, and deletes those that are too old.
    fn take(&mut self, now: i64, random: &mut Random, most: usize) -> (Vec<QueuedCopy>, usize) {
        let mut keys: Vec<(i64, u64)> = self
            .waiting
            .range(..=(now, u64::MAX))
            .map(|(key, _)| *key)
            .take(SEEN_AT_ONCE)
            .collect();
        let (mut items, mut deleted): (Vec<QueuedCopy>, usize) = (Vec::new(), 0);
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
            if is_alike {
                items.extend(self.waiting.remove(&key));
            }
        }
        (items, deleted)
    }
}

impl World {
    /// Returns the events of a message's text.
    pub(crate) fn events_of(&self, text: &str) -> Vec<ItemEvent> {
        let Ok(message) = Message::read(text) else {
            return Vec::new();
        };
        let of_event = |event: &kochava_edge::QueuedEvent<'_>| {
            let stored = event.stored.and_then(|key| self.stores.large.get(&key));
            let text = event.event.as_ref().map(RawEvent::as_str);
            let text = text.or(stored.map(String::as_str)).unwrap_or_default();
            let known = self.history.names.get(&event.id);
            ItemEvent {
                number: number_in(text).or_else(|| known.and_then(|name| name.number)),
                id: event.id,
                done: event.progress.done,
                is_replay: event.is_replay,
                is_killer: text.contains("\"event_type\":\"Kill\""),
            }
        };
        message.events.iter().map(of_event).collect()
    }

    /// Sends texts to the queue with one call, and checks the platform's limits.
    pub(crate) fn send_batch(&mut self, sent: &[Sent<'_>]) {
        let bytes: usize = sent.iter().map(|sent| sent.text.len() + METADATA).sum();
        self.limit(
            sent.len() <= 100 && bytes <= 256_000,
            "a batch is too large",
        );
        for &Sent {
            text,
            delay_s,
            submission,
        } in sent
        {
            self.limit(text.len() + METADATA <= 128_000, "a message is too large");
            self.limit(delay_s <= 86_400, "a delay is too long");
            let message = Message::read(text).ok();
            let events: Rc<[ItemEvent]> = self.events_of(text).into();
            let shard = message.as_ref().map_or(0, |message| message.shard);
            for event in events.iter() {
                self.history.add_names(event.id, event.number);
            }
            let spread = self.random.between(0, 2 * SECOND);
            let ready = self.now + i64::from(delay_s) * SECOND + spread;
            let item = QueuedCopy {
                text: text.into(),
                deliveries: 0,
                is_dead: false,
                submission,
                message: message.map(|message| message.id),
                shard,
                events,
                sent: self.now,
                is_settled: false,
            };
            self.queue.put(ready, item);
            self.pump_at(ready);
        }
    }

    /// Puts what is no message, what a newer release wrote, and what was made by hand into the queue.
    pub(crate) fn put_strange_messages(&mut self) {
        let made_by_hand =
            r#"{"v":1,"id":"by hand","received":1767225600000,"event":{"event_type":"Level Up"}}"#;
        let tally = r#"{"v":3,"id":"00112233445566778899aabbccddeeff","sent":1767225600000,"counters":{"delivered":7,"discarded":1000000,"attempts":9,"latency:25":3},"events":[]}"#;
        for text in ["hello", "", made_by_hand, tally] {
            self.send_batch(&[Sent {
                text,
                delay_s: 0,
                submission: 0,
            }]);
            // a text that is no message counts as one event
            self.history.inputs += u64::from(text.len() < 10 || text == made_by_hand);
        }
    }

    /// Starts a consumer run with these messages that wait, by their keys; returns its number.
    pub(crate) fn begin_run(&mut self, keys: &[(i64, u64)]) -> u64 {
        let items = keys
            .iter()
            .filter_map(|key| self.queue.waiting.remove(key))
            .collect();
        self.hold(items)
    }

    fn hold(&mut self, mut items: Vec<QueuedCopy>) -> u64 {
        for item in &mut items {
            item.deliveries += 1;
            self.history.delivered_events += item.events.len() as u64;
        }
        self.history.runs_started += 1;
        self.queue.held.insert(self.history.runs_started, items);
        self.history.runs_started
    }

    /// Puts another copy of a message that waits into the queue.
    pub(crate) fn copy_waiting(&mut self, key: (i64, u64)) {
        if let Some(item) = self.queue.waiting.get(&key).cloned() {
            self.queue.put(key.0, item);
        }
    }

    fn limit(&mut self, holds: bool, what: &str) {
        if !holds {
            self.fault(what.to_owned());
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
            let (items, deleted) = self.queue.take(self.now, &mut self.random, most);
            self.limit(
                deleted == 0,
                "the queue deleted a message, which was too old",
            );
            if items.is_empty() {
                break;
            }
            for item in &items {
                let share = self.scenario.rates.twice;
                if self.chance_of_fault(share) && self.queue.duplicated.insert(item.message) {
                    let again = self.now + self.random.between(0, MINUTE);
                    let copy = QueuedCopy {
                        deliveries: item.deliveries + 1,
                        ..item.clone()
                    };
                    self.queue.put(again, copy);
                }
            }
            runs.push(self.hold(items));
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
