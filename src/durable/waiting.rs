//! What waits in the queue, as far as consumers have seen it.
//!
//! Each message that waits has a row for each state of its events, kept by the store of its shard; it
//! is dropped when the message is settled. What no consumer has seen is known to the queue alone.

use crate::delivery::{Breakers, TripReason};
use crate::digest::Digest;
use crate::kochava::Route;
use crate::time::Moment;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What an event waits for, in the order in which a status is chosen: the last one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitState {
    /// Its turn: its own next attempt, or a wave with room.
    Queued,
    /// An event of its device, or a switch of the settings.
    Held,
    /// Kochava limits requests.
    Slowed,
    /// Kochava does not answer.
    Down,
    /// Kochava refuses the key or the App GUID, or all calls: a person has to act.
    Paused,
}

impl WaitState {
    /// Every state.
    pub const ALL: [Self; 5] = [
        WaitState::Queued,
        WaitState::Held,
        WaitState::Slowed,
        WaitState::Down,
        WaitState::Paused,
    ];

    /// Returns the state of what waits for a breaker that is open for this reason.
    #[must_use]
    pub fn of(reason: TripReason) -> Self {
        match reason {
            TripReason::Limited => WaitState::Slowed,
            TripReason::Down => WaitState::Down,
            TripReason::UnreadableAnswers | TripReason::SameAnswer(_) | TripReason::Refused(_) => {
                WaitState::Paused
            }
        }
    }

    /// Returns the worst state of the open breakers; `None` where all are closed.
    #[must_use]
    pub fn of_breakers(breakers: &Breakers<Route>) -> Option<Self> {
        breakers
            .open()
            .map(|(_, open)| WaitState::of(open.reason))
            .max()
    }

    /// Returns the name for machines.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            WaitState::Queued => "queued",
            WaitState::Held => "held",
            WaitState::Slowed => "slowed",
            WaitState::Down => "down",
            WaitState::Paused => "paused",
        }
    }

    /// Returns the state of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        WaitState::ALL
            .into_iter()
            .find(|state| state.name() == name)
    }
}

/// The events of a message that wait in one state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingRow {
    /// The digest of the message.
    pub message: Digest,
    /// What they wait for.
    pub state: WaitState,
    /// How many they are.
    pub events: u32,
    /// When the oldest of them arrived.
    pub oldest: Moment,
}

/// All events that wait in one state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingSum {
    /// What they wait for.
    pub state: WaitState,
    /// How many they are.
    pub events: u64,
    /// When the oldest of them arrived.
    pub oldest: Moment,
}

/// Adds an event to the rows of a message.
pub(super) fn add_event(
    rows: &mut Vec<WaitingRow>,
    message: Digest,
    state: WaitState,
    received: Moment,
) {
    let is_row = |row: &&mut WaitingRow| row.message == message && row.state == state;
    match rows.iter_mut().find(is_row) {
        Some(row) => {
            row.events += 1;
            row.oldest = row.oldest.min(received);
        }
        None => rows.push(WaitingRow {
            message,
            state,
            events: 1,
            oldest: received,
        }),
    }
}

/// Adds sums to others, state by state.
pub(super) fn add_sums(sums: &mut Vec<WaitingSum>, others: Vec<WaitingSum>) {
    for other in others {
        match sums.iter_mut().find(|sum| sum.state == other.state) {
            Some(sum) => {
                sum.events += other.events;
                sum.oldest = sum.oldest.min(other.oldest);
            }
            None => sums.push(other),
        }
    }
}

/// Returns sums as they are now: what waited for a breaker that is closed since waits for its turn.
pub(super) fn as_of_now(sums: Vec<WaitingSum>, breakers: &Breakers<Route>) -> Vec<WaitingSum> {
    let mut now = Vec::new();
    for sum in sums {
        let has_breaker = breakers
            .open()
            .any(|(_, open)| WaitState::of(open.reason) == sum.state);
        let is_of_breaker = sum.state > WaitState::Held;
        let state = if is_of_breaker && !has_breaker {
            WaitState::Queued
        } else {
            sum.state
        };
        add_sums(&mut now, [WaitingSum { state, ..sum }].into());
    }
    now
}
