//! How does a request get through?
//!
//! Nouns of a small machine: an [`Outcome`] and some jitter in, the next [`Step`] out. The shell
//! brings clock, chance and network. It never sees a payload, a URL or a clock. `journey` is the
//! machine, `answer` reads what Kochava says, `retry_after` one header, `backoff` decides how long
//! to wait while the sender does, `schedule` how long once it has gone.

mod answer;
mod attempts;
mod backoff;
mod breaker;
mod retry_after;
mod schedule;

use crate::limits::{
    ATTEMPTS_DEFAULT, BUDGET_DEFAULT, DELAY_FIRST, DELAY_MAX, PAUSE_STEPS_DEFAULT,
    SLOW_STEPS_DEFAULT, SPAN_DEFAULT, STEPS_DEFAULT, TIMEOUT_DEFAULT,
};
use crate::time::Moment;
use alloc::vec::Vec;
use core::time::Duration;

pub use answer::{Answer, judge};
pub use attempts::Delivery;
pub use breaker::{
    Breaker, BreakerReport, BreakerResponse, Breakers, OpenState, Permit, TripReason,
};

/// How much a delivery may spend. Data, not code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts at one request, the first included.
    pub attempts_max: u32,
    /// Time from the first attempt to the last answer.
    pub budget: Duration,
    /// Time for one attempt.
    pub timeout: Duration,
    /// Upper edge of the first wait.
    pub delay_first: Duration,
    /// Upper edge of every wait.
    pub delay_max: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        RetryPolicy {
            attempts_max: ATTEMPTS_DEFAULT,
            budget: BUDGET_DEFAULT,
            timeout: TIMEOUT_DEFAULT,
            delay_first: DELAY_FIRST,
            delay_max: DELAY_MAX,
        }
    }
}

/// When an event is tried again that waits in a queue. Data, not code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetrySchedule {
    /// The upper edge of the wait after the first attempt, after the second, and so on; the last
    /// one again and again until the span is used up.
    pub steps: Vec<Duration>,
    /// What the waits of an event come to before it is given up.
    pub span: Duration,
    /// How long everything waits where Kochava refuses the configuration: before the first probe,
    /// the second, and so on.
    pub pause_steps: Vec<Duration>,
    /// How long everything waits where Kochava is down or asks us to slow down.
    pub slow_steps: Vec<Duration>,
}

impl Default for RetrySchedule {
    fn default() -> Self {
        RetrySchedule {
            steps: STEPS_DEFAULT.to_vec(),
            span: SPAN_DEFAULT,
            pause_steps: PAUSE_STEPS_DEFAULT.to_vec(),
            slow_steps: SLOW_STEPS_DEFAULT.to_vec(),
        }
    }
}

/// What came of one attempt.
#[derive(Clone, Copy, Debug)]
pub enum Outcome<'a> {
    /// An answer, its body as far as it could be read.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The `Retry-After` header.
        retry_after: Option<&'a str>,
        /// The body; `None` where it could not be read to its end.
        body: Option<&'a [u8]>,
        /// When it came: a `Retry-After` may name a date.
        at: Moment,
    },
    /// No answer: the connection failed or was cut.
    Unreachable,
    /// No answer in time.
    TimedOut,
}

/// What the shell does next. There is no fifth thing.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Make an attempt, and give it up after this time.
    Send {
        /// How long to wait for the answer.
        timeout: Duration,
        /// The delivery on its way.
        delivery: Delivery,
    },
    /// Wait, then go on with [`Delivery::resume`].
    Wait(Duration, Delivery),
    /// Kochava has it.
    Done(Confirmation),
    /// It did not get through.
    GiveUp(FailureReason),
}

/// How sure it is that Kochava took a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// It said so.
    Confirmed,
    /// It answered 2xx and nothing readable.
    Unconfirmed,
}

/// TripReason a delivery ended without acceptance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureReason {
    /// Kochava will never take this request as it is.
    Rejected {
        /// The HTTP status.
        status: u16,
    },
    /// Kochava refuses everybody who is configured like this; nothing more is worth sending until
    /// that changes.
    Paused {
        /// The HTTP status.
        status: u16,
    },
    /// Attempts or time are used up; the request may be sent again later.
    Exhausted {
        /// How long Kochava wants us to wait, if it said.
        hint: Option<Duration>,
    },
}

impl FailureReason {
    /// A stable code for machines.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            FailureReason::Rejected { .. } => "kochava-rejected",
            FailureReason::Paused { .. } => "kochava-paused",
            FailureReason::Exhausted { .. } => "kochava-unavailable",
        }
    }
}
