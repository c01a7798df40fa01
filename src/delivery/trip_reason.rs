//! Why a circuit breaker is open.

use serde::{Deserialize, Serialize};

/// Why a breaker is open, in the order of severity: of several reasons the last one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TripReason {
    /// No call gets through.
    Down,
    /// Kochava asks for fewer requests.
    Limited,
    /// Every call is answered 2xx with a body that says neither yes nor no: it may not be Kochava
    /// that answers.
    UnreadableAnswers,
    /// Kochava rejects every call with the same answer, which has this status.
    SameAnswer(u16),
    /// Kochava refuses the API key, the App GUID or the address, with this status.
    Refused(u16),
}

impl TripReason {
    /// Returns whether a person has to act before calls get through again.
    #[must_use]
    pub fn is_pause(self) -> bool {
        match self {
            TripReason::Refused(_) | TripReason::SameAnswer(_) | TripReason::UnreadableAnswers => {
                true
            }
            TripReason::Limited | TripReason::Down => false,
        }
    }

    /// Returns a stable code for machines.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            TripReason::Limited => "kochava-limits",
            TripReason::Down => "kochava-unavailable",
            TripReason::Refused(_) => "kochava-paused",
            TripReason::SameAnswer(_) => "kochava-rejects-all",
            TripReason::UnreadableAnswers => "unreadable-answers",
        }
    }

    /// Returns the HTTP status of the answers that opened the breaker; `None` where they had none
    /// in common.
    #[must_use]
    pub fn status(self) -> Option<u16> {
        match self {
            TripReason::Refused(status) | TripReason::SameAnswer(status) => Some(status),
            TripReason::Limited | TripReason::Down | TripReason::UnreadableAnswers => None,
        }
    }
}
