//! The accounts at each settlement of a message: what its counters say, and what happened.

use super::history::{AnswerKind, Post};
use super::queue::{ItemEvent, QueuedCopy};
use super::senders::Expected;
use super::world::World;
use kochava_edge::limits::MESSAGE_BYTES_MAX;
use kochava_edge::{
    Counters, Digest, MESSAGE_UNREADABLE, Message, Reject, SettledMessage, UNCONFIRMED,
};
use serde_json::Value;
use std::collections::BTreeSet;

impl World {
    /// Checks what the first settlement of a message says, by the calls of its run.
    pub(crate) fn check_settled(&mut self, settled: &SettledMessage, run: u64) {
        let item = self
            .queue
            .held(run)
            .iter()
            .find(|item| item.message == Some(settled.id))
            .cloned();
        let faults = match item {
            Some(item) => self.faults_of(settled, &item, run),
            None if settled.counters.of("discarded") == 1 => Vec::new(),
            None => vec!["no message of the run".to_owned()],
        };
        for fault in faults {
            self.fault(format!("settlement {}: {fault}", settled.id));
        }
    }

    fn faults_of(&self, settled: &SettledMessage, item: &QueuedCopy, run: u64) -> Vec<String> {
        let message = Message::read(&item.text).expect("it has a digest");
        let counted = Counted {
            all: &settled.counters,
            carried: &message.counters,
        };
        let posts: Vec<&Post> = self
            .history
            .posts_of(run)
            .filter(|post| post.posted_for.message == settled.id)
            .collect();
        let (ended, replayed) = ended(settled, item);
        let mut faults = Vec::new();
        let mut expect = |what: &str, says: u64, from: u64, to: u64| {
            if !(from..=to).contains(&says) {
                faults.push(format!(
                    "{what}: {says}, {from} to {to} happened ({:?}, {posts:#?})",
                    settled.counters
                ));
            }
        };
        let ends = ["delivered", "discarded", "expired", "duplicates", "skipped"];
        let sum = ends.iter().map(|name| counted.of(name)).sum();
        expect("ends", sum, ended, ended + replayed);
        let calls = posts.len() as u64;
        expect("attempts", counted.of("attempts"), calls, calls);
        let delivered = delivered(item, &posts);
        expect("delivered", counted.of("delivered"), delivered, delivered);
        let may_repeat = self.may_be_duplicates(item, &posts);
        expect("duplicates", counted.of("duplicates"), 0, may_repeat);
        let unconfirmed = posts.iter().filter(|post| !post.is_readable).count() as u64;
        expect("unconfirmed", counted.of("unconfirmed"), 0, unconfirmed);
        let kept = json(settled)["open"]["rejected"]
            .as_array()
            .map_or(0, Vec::len) as u64;
        let rejected = [
            "discarded",
            "expired",
            "identities-undelivered",
            "unconfirmed",
        ];
        let rejected = rejected.iter().map(|name| counted.of(name)).sum();
        expect(
            "rejects",
            kept,
            rejected,
            rejected + counted.of("duplicates"),
        );
        faults
    }

    /// Returns how many events of a message may be duplicates: those that Kochava accepted before,
    /// and those that are kept as rejects and cannot be sent again.
    fn may_be_duplicates(&self, item: &QueuedCopy, posts: &[&Post]) -> u64 {
        let current = self.settings.at(self.now);
        let may_be = |event: &&ItemEvent| {
            let event_name = self.history.names[&event.id].event;
            let is_same = |id: Digest| {
                id == event.id || (event.is_replay && self.history.names[&id].event == event_name)
            };
            let accepted = self.history.posts_of_event(event.number).any(|post| {
                post.answer == AnswerKind::Accepted
                    && is_same(post.posted_for.id)
                    && self.history.is_recorded(post)
            });
            let was_rejected = self
                .history
                .settled_rejects
                .contains(&event.id.fingerprint());
            let is_tried = posts.iter().any(|post| post.posted_for.id == event.id);
            if event.number.is_none() {
                return true;
            }
            let is_ready = current
                .as_ref()
                .zip(event.number)
                .is_some_and(|(current, number)| {
                    let plan = self.senders.event(number).plan(current.number);
                    // a held identity is rejected without a call, too
                    !matches!(plan, Expected::Refused) && !plan.is_identity()
                });
            // the reject of a large event takes its text away from other copies
            let may_lack_text = event
                .number
                .is_some_and(|number| self.senders.event(number).text.len() > MESSAGE_BYTES_MAX);
            let is_kept = is_tried || item.is_dead || !is_ready || may_lack_text;
            accepted || (was_rejected && is_kept)
        };
        item.events.iter().filter(may_be).count() as u64
    }

    /// Checks that a reject has the whole event.
    pub(crate) fn check_reject(&mut self, reject: &Reject) {
        let name = self.history.names.get(&reject.id);
        let number = name.and_then(|name| name.number);
        let is_whole =
            number.is_none_or(|number| *reject.event == *self.senders.event(number).text);
        if !is_whole || (number.is_some() && reject.code == MESSAGE_UNREADABLE) {
            let text: String = reject.event.chars().take(80).collect();
            self.fault(format!("a reject ({}) has only {text:?}", reject.code));
        }
        if reject.code == UNCONFIRMED {
            self.history.unconfirmed.insert(reject.id);
        }
    }
}

struct Counted<'c> {
    all: &'c Counters,
    /// What the message carried.
    carried: &'c Counters,
}

impl Counted<'_> {
    fn of(&self, name: &str) -> u64 {
        self.all.of(name) - self.carried.of(name)
    }
}

/// Returns how many events of a message ended that were not accepted before, and how many replays of
/// identities it has.
fn ended(settled: &SettledMessage, item: &QueuedCopy) -> (u64, u64) {
    let settled = json(settled);
    let remaining = settled["open"]["remaining"].as_array();
    let left: BTreeSet<u64> = remaining
        .into_iter()
        .flatten()
        .filter(|event| event["progress"]["done"].as_u64().unwrap_or(0) == 0)
        .filter_map(|event| event["index"].as_u64())
        .collect();
    let fresh = (0..)
        .zip(item.events.iter())
        .filter(|(_, event)| event.done == 0);
    let ended = fresh.filter(|(index, _)| !left.contains(index)).count() as u64;
    let is_identity = |event: &&ItemEvent| event.done > 0 && event.is_replay;
    (ended, item.events.iter().filter(is_identity).count() as u64)
}

/// Returns how many of the events of a message Kochava accepted in these calls, and not before.
fn delivered(item: &QueuedCopy, posts: &[&Post]) -> u64 {
    let accepted: BTreeSet<Digest> = posts
        .iter()
        .filter(|post| post.answer == AnswerKind::Accepted)
        .map(|post| post.posted_for.id)
        .collect();
    // what is left of an event has the name of its copies
    let is_left = |id| {
        item.events
            .iter()
            .any(|event| event.done > 0 && event.id == id)
    };
    let is_new =
        |event: &&ItemEvent| event.done == 0 && accepted.contains(&event.id) && !is_left(event.id);
    let names: BTreeSet<Digest> = item
        .events
        .iter()
        .filter(is_new)
        .map(|event| event.id)
        .collect();
    names.len() as u64
}

fn json(settled: &SettledMessage) -> Value {
    serde_json::to_value(settled).expect("it is written")
}
