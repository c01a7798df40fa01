//! The attempts at one request while its sender waits.
//!
//! A [`Delivery`] is consumed by each transition and returned only inside the next [`Step`], so
//! that no outcome is counted twice. Every delivery ends within the attempts and the budget of its
//! [`RetryPolicy`].

use super::backoff::backoff;
use super::{Answer, Confirmation, Outcome};
use crate::limits::{ATTEMPTS_DEFAULT, BUDGET_DEFAULT, DELAY_FIRST, DELAY_MAX, TIMEOUT_DEFAULT};
use core::time::Duration;

/// The limits of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts at one request, the first included.
    pub attempts_max: u32,
    /// Time from the first attempt to the last answer.
    pub budget: Duration,
    /// Time for one attempt.
    pub timeout: Duration,
    /// Upper bound of the first wait; that of each following wait is twice the one before.
    pub delay_first: Duration,
    /// Upper bound of every wait.
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

/// A request that is being delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    policy: RetryPolicy,
    /// Attempts so far, the current one included.
    attempts: u32,
}

/// The caller's next step.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Make an attempt, then go on with [`Delivery::after`].
    Send {
        /// The time after which the attempt is given up.
        timeout: Duration,
        /// The delivery.
        delivery: Delivery,
    },
    /// Wait, then go on with [`Delivery::resume`].
    Wait(Duration, Delivery),
    /// Stop: Kochava has the request.
    Done(Confirmation),
    /// Stop: Kochava does not have the request.
    GiveUp(FailureReason),
}

/// The reason why a delivery failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureReason {
    /// Kochava never accepts this request.
    Rejected {
        /// The HTTP status.
        status: u16,
    },
    /// Kochava refuses the configuration: no other request succeeds until that changes.
    Paused {
        /// The HTTP status.
        status: u16,
    },
    /// Attempts or time are used up; the request may be sent again later.
    Exhausted {
        /// The wait that Kochava asks for, if it does.
        hint: Option<Duration>,
    },
}

impl FailureReason {
    /// Returns the stable code for machines.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            FailureReason::Rejected { .. } => "kochava-rejected",
            FailureReason::Paused { .. } => "kochava-paused",
            FailureReason::Exhausted { .. } => "kochava-unavailable",
        }
    }
}

impl Delivery {
    /// Begins a delivery when `elapsed` of its budget has passed already.
    pub fn start(policy: RetryPolicy, elapsed: Duration) -> Step {
        Delivery {
            policy,
            attempts: 0,
        }
        .resume(elapsed)
    }

    /// Continues after a wait, when `elapsed` of the budget has passed.
    pub fn resume(self, elapsed: Duration) -> Step {
        let left = self.policy.budget.saturating_sub(elapsed);
        if left.is_zero() || self.attempts >= self.policy.attempts_max {
            return Step::GiveUp(FailureReason::Exhausted { hint: None });
        }
        Step::Send {
            timeout: self.policy.timeout.min(left),
            delivery: Delivery {
                attempts: self.attempts + 1,
                ..self
            },
        }
    }

    /// Continues after an attempt, when `elapsed` of the budget has passed; `jitter` is a fresh
    /// random number from 0 to 1.
    ///
    /// # Example
    /// ```
    /// use core::time::Duration;
    /// use kochava_edge::{Delivery, Outcome, RetryPolicy, Step};
    /// let step = Delivery::start(RetryPolicy::default(), Duration::ZERO);
    /// let Step::Send { delivery, .. } = step else { unreachable!() };
    /// let step = delivery.after(&Outcome::TimedOut, 0.5, Duration::from_secs(2));
    /// assert!(matches!(step, Step::Wait(wait, _) if wait == Duration::from_millis(50)));
    /// ```
    pub fn after(self, outcome: &Outcome<'_>, jitter: f64, elapsed: Duration) -> Step {
        match Answer::of(outcome) {
            Answer::Accepted(confirmation) => Step::Done(confirmation),
            Answer::Rejected { status } => Step::GiveUp(FailureReason::Rejected { status }),
            Answer::Paused { status } => Step::GiveUp(FailureReason::Paused { status }),
            Answer::Later { hint } => self.wait(hint, jitter, elapsed),
        }
    }

    /// Waits for the next attempt, if attempts and budget allow one.
    fn wait(self, hint: Option<Duration>, jitter: f64, elapsed: Duration) -> Step {
        let wait = backoff(&self.policy, self.attempts, hint, jitter);
        let is_possible = self.attempts < self.policy.attempts_max
            && elapsed.saturating_add(wait) < self.policy.budget;
        if is_possible {
            Step::Wait(wait, self)
        } else {
            Step::GiveUp(FailureReason::Exhausted { hint })
        }
    }
}
