//! The history of a simulation: the actions of every part and the answers to them.
//!
//! The invariants compare it with the outcome.

use super::world::Effect;
use kochava_edge::{Counters, Coverage, Digest, RequestKind, SettledMessage};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) posts: Vec<Post>,
    /// Who settled each message, and when.
    pub(crate) settled: BTreeMap<Digest, SettledBy>,
    pub(crate) runs: BTreeMap<u64, ConsumerRun>,
    pub(crate) runs_started: u64,
    pub(crate) submissions_started: u64,
    /// What was put into the queue of each event, by its number.
    pub(crate) submissions: BTreeMap<u32, Vec<Submission>>,
    /// The names under which each event was in the queue.
    pub(crate) ids: BTreeMap<u32, BTreeSet<Digest>>,
    /// What each of these names stands for, and those of its rejects.
    pub(crate) names: BTreeMap<Digest, Name>,
    /// The messages that were put into the queue as new ones.
    pub(crate) messages: BTreeSet<Digest>,
    /// The indexes of each run's calls in `posts`.
    pub(crate) posts_of_run: BTreeMap<u64, Vec<usize>>,
    posts_of_event: BTreeMap<u32, Vec<usize>>,
    /// The fingerprints of events that settlements recorded as rejected.
    pub(crate) settled_rejects: BTreeSet<u64>,
    /// Rejects that are kept of events that Kochava accepted without saying so.
    pub(crate) unconfirmed: BTreeSet<Digest>,
    /// Events that senders, the operator and others put into the queue, in messages of their own;
    /// what is left of an event that Kochava accepted is none.
    pub(crate) inputs: u64,
    /// Elements that were skipped at ingest, of bodies whose messages are all in the queue.
    pub(crate) skipped: u64,
    /// The events of each message that a submission became, in their order.
    pub(crate) event_orders: Vec<(u64, Vec<u32>)>,
    /// What the first settlement of each message counted.
    pub(crate) counted: Counters,
    /// When each shard was restarted, and lost its claims.
    pub(crate) restarts: BTreeMap<u32, Vec<i64>>,
    /// Rejects that the operator had deleted, replays included.
    pub(crate) deleted_rejects: BTreeSet<Digest>,
    /// When consumers stored each reject.
    pub(crate) rejected_at: BTreeMap<Digest, Vec<i64>>,
    pub(crate) replayed: u64,
    /// Those of them whose event Kochava accepted before.
    pub(crate) replayed_identities: u64,
    /// When a breaker was open: from, until.
    pub(crate) open_periods: Vec<(i64, i64)>,
    pub(crate) open_since: Option<i64>,
    pub(crate) trips: BTreeMap<String, u64>,
    pub(crate) crashes: BTreeMap<Effect, usize>,
    /// Calls to stores that took effect although they failed.
    pub(crate) ambiguous: usize,
    /// Messages that the queue moved to the dead-letter queue.
    pub(crate) dead: usize,
    /// Events in all messages that the queue delivered.
    pub(crate) delivered_events: u64,
    /// Requests to shards of the journal, by whom.
    pub(crate) requests: BTreeMap<Effect, u64>,
    pub(crate) faults: Vec<String>,
}

/// One call to Kochava.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    pub(crate) at: i64,
    /// When its answer came.
    pub(crate) ends: i64,
    pub(crate) kind: RequestKind,
    pub(crate) app: String,
    pub(crate) is_accepted: bool,
    pub(crate) answer: AnswerKind,
    /// Whether the answer has a readable `success`, if one is asked for.
    pub(crate) is_readable: bool,
    pub(crate) posted_for: PostedFor,
}

/// The event that a call was made for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PostedFor {
    pub(crate) number: Option<u32>,
    /// The event's name in its message.
    pub(crate) id: Digest,
    pub(crate) message: Digest,
    pub(crate) shard: u32,
    pub(crate) submission: u64,
    pub(crate) run: u64,
}

/// What the name of an event or of a reject stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name {
    pub(crate) number: Option<u32>,
    /// The name of the event.
    pub(crate) event: Digest,
}

/// What Kochava answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnswerKind {
    Accepted,
    /// A failure that may pass, or no answer.
    Failed,
    Limited,
    Refused,
    Rejected,
}

/// An event that was put into the queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Submission {
    pub(crate) id: Digest,
    pub(crate) is_replay: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct SettledBy {
    pub(crate) run: u64,
    pub(crate) at: i64,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct ConsumerRun {
    /// When each shard answered.
    pub(crate) begun_at: BTreeMap<u32, i64>,
    /// The messages, and for each event whether it was claimed for this run.
    pub(crate) claims: BTreeMap<Digest, Vec<bool>>,
    pub(crate) is_crashed: bool,
    /// Messages for which the journal did not answer.
    pub(crate) unsettled: BTreeSet<Digest>,
    /// What it was answered, where a world is explored.
    pub(crate) observed: Vec<String>,
    /// The digest of its settings.
    pub(crate) settings: Option<Digest>,
}

impl History {
    /// Adds what the first settlement of a message counts; the fields of delivered events are
    /// spelled out here, as the journal spells them.
    pub(crate) fn count(&mut self, settled: &SettledMessage) {
        self.counted.add(&settled.counters);
        for &(coverage, times) in &settled.coverage {
            let platform = ["cover:", Coverage::PLATFORMS[coverage.platform()]].concat();
            self.counted.count(&platform, u64::from(times));
            for (number, field) in Coverage::FIELDS.iter().enumerate() {
                let times = u64::from(times) * u64::from(coverage.has(number));
                self.counted.count(&format!("{platform}:{field}"), times);
            }
        }
    }

    /// Returns the calls of a run.
    pub(crate) fn posts_of(&self, run: u64) -> impl Iterator<Item = &Post> {
        let indexes = self.posts_of_run.get(&run).into_iter().flatten();
        indexes.map(|&at| &self.posts[at])
    }

    /// Returns the calls of an event.
    pub(crate) fn posts_of_event(&self, number: Option<u32>) -> impl Iterator<Item = &Post> {
        let indexes = number.and_then(|number| self.posts_of_event.get(&number));
        indexes.into_iter().flatten().map(|&at| &self.posts[at])
    }

    pub(crate) fn add_post(&mut self, post: Post) {
        let run = post.posted_for.run;
        let at = self.posts.len();
        self.posts_of_run.entry(run).or_default().push(at);
        if let Some(number) = post.posted_for.number {
            self.posts_of_event.entry(number).or_default().push(at);
        }
        self.posts.push(post);
    }

    /// Records the names of an event and of its rejects.
    pub(crate) fn add_names(&mut self, event: Digest, number: Option<u32>) {
        let hex = event.to_hex();
        let known = self.names.get(&event).map_or(event, |name| name.event);
        let name = Name {
            number,
            event: known,
        };
        for of_reject in ["identity of", "unconfirmed"] {
            self.names
                .entry(Digest::of(&[of_reject, &hex]))
                .or_insert(name);
        }
        self.names.entry(event).or_insert(name);
    }

    pub(crate) fn run(&mut self, run: u64) -> &mut ConsumerRun {
        self.runs.entry(run).or_default()
    }

    /// Returns whether the answer of a call was recorded in the journal.
    pub(crate) fn is_recorded(&self, post: &Post) -> bool {
        self.settled
            .get(&post.posted_for.message)
            .is_some_and(|settled_by| settled_by.run == post.posted_for.run)
    }

    /// Returns how long any breaker was open within this time.
    pub(crate) fn open_within(&self, from: i64, until: i64) -> i64 {
        let last = self.open_since.map(|since| (since, i64::MAX));
        self.open_periods
            .iter()
            .copied()
            .chain(last)
            .map(|(opened, closed)| (closed.min(until) - opened.max(from)).max(0))
            .sum()
    }

    /// Returns whether a shard was restarted within this time.
    pub(crate) fn is_restarted(&self, shard: u32, from: i64, until: i64) -> bool {
        let restarts = self.restarts.get(&shard).into_iter().flatten();
        restarts.into_iter().any(|at| (from..=until).contains(at))
    }

    /// Records whether any breaker is open.
    pub(crate) fn record_breakers(&mut self, is_open: bool, now: i64) {
        match (self.open_since, is_open) {
            (None, true) => self.open_since = Some(now),
            (Some(since), false) => {
                self.open_periods.push((since, now));
                self.open_since = None;
            }
            _ => {}
        }
    }
}
