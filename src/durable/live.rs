//! The last outcomes, as an operator watches them: names and codes, no identifiers.
//!
//! They are in memory only. A consumer tells a few of each wave, and all of it while somebody watches;
//! what ingest skipped it tells by the messages in which that is counted. A body that ingest cannot read
//! causes no message, and is not among them.

use crate::time::Moment;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What became of one event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveOutcome {
    /// When it was committed; 0 before.
    #[serde(default)]
    pub at: Moment,
    /// The name of the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// The kind of its first call.
    pub kind: String,
    /// What became of it: `delivered`, `rejected`, `skipped`, `duplicate`, `retry` or `waits`.
    pub outcome: String,
    /// The code of the reason, or the state in which it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Kochava's HTTP status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How many events it stands for, where they are several: events that ingest skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
}

/// The last outcomes of a shard.
#[derive(Debug, Default)]
pub struct LiveRing {
    outcomes: VecDeque<LiveOutcome>,
    /// Until when somebody watches.
    watched_until: Moment,
    last: Moment,
}

/// Outcomes that are kept.
pub const LIVE_OUTCOMES_MAX: usize = 100;

/// Outcomes of a wave that are told while nobody watches.
///
/// Ours: enough to see that events go out, at a cost that is small against that of the wave.
pub(super) const LIVE_OUTCOMES_UNWATCHED: usize = 4;

/// Names of skipped events that are told of a body.
///
/// Ours: the names ride in a message of the queue, which is billed by its length.
pub(super) const SKIPPED_NAMES_MAX: usize = 4;

/// Characters of an event's name that are shown.
const NAME_CHARS_MAX: usize = 60;

/// Returns the part of an event's name that is shown.
pub(super) fn shown_name(name: &str) -> &str {
    let end = name.char_indices().nth(NAME_CHARS_MAX);
    end.map_or(name, |(end, _)| &name[..end])
}

/// Milliseconds for which one look counts as watching.
///
/// Ours: a page asks every few seconds.
const WATCH_MILLIS: i64 = 30_000;

impl LiveRing {
    /// Adds the outcomes of a commit. Those of each commit have a time of their own.
    pub fn add(&mut self, outcomes: Vec<LiveOutcome>, now: Moment) {
        if outcomes.is_empty() {
            return;
        }
        let at = Moment::from_millis(now.millis.max(self.last.millis + 1));
        self.last = at;
        for outcome in outcomes {
            if self.outcomes.len() == LIVE_OUTCOMES_MAX {
                self.outcomes.pop_front();
            }
            self.outcomes.push_back(LiveOutcome { at, ..outcome });
        }
    }

    /// Returns what was added after a moment, the oldest first, and notes that somebody watches.
    pub fn watch(&mut self, after: Moment, now: Moment) -> Vec<LiveOutcome> {
        self.watched_until = Moment::from_millis(now.millis + WATCH_MILLIS);
        let outcomes = self.outcomes.iter();
        outcomes
            .filter(|outcome| outcome.at > after)
            .cloned()
            .collect()
    }

    /// Returns whether somebody watches.
    #[must_use]
    pub fn is_watched(&self, now: Moment) -> bool {
        now < self.watched_until
    }
}
