//! What comes after an outcome?
//!
//! A delivery is consumed by asking it and comes back only inside the next step, so that no answer
//! is counted twice.

use super::answer::{Answer, judge};
use super::backoff::delay;
use super::{FailureReason, Outcome, RetryPolicy, Step};
use core::time::Duration;

/// One request on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    policy: RetryPolicy,
    /// Attempts made, the one on its way included.
    attempts: u32,
}

impl Delivery {
    /// Begins a delivery, `elapsed` after its budget began to run.
    pub fn start(policy: RetryPolicy, elapsed: Duration) -> Step {
        Delivery {
            policy,
            attempts: 0,
        }
        .resume(elapsed)
    }

    /// Goes on after a wait that has ended.
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

    /// Takes what came of the attempt; `jitter` is a fresh random number from 0 to 1, `elapsed`
    /// counts from the beginning of the budget.
    ///
    /// # Example
    /// ```
    /// use core::time::Duration;
    /// use kochava_edge::{Delivery, Outcome, RetryPolicy, Step};
    /// let Step::Send { delivery, .. } = Delivery::start(RetryPolicy::default(), Duration::ZERO) else { unreachable!() };
    /// let step = delivery.after(&Outcome::TimedOut, 0.5, Duration::from_secs(2));
    /// assert!(matches!(step, Step::Wait(wait, _) if wait == Duration::from_millis(50)));
    /// ```
    pub fn after(self, outcome: &Outcome<'_>, jitter: f64, elapsed: Duration) -> Step {
        match judge(outcome) {
            Answer::Accepted(confirmation) => Step::Done(confirmation),
            Answer::Rejected { status } => Step::GiveUp(FailureReason::Rejected { status }),
            Answer::Paused { status } => Step::GiveUp(FailureReason::Paused { status }),
            Answer::Later { hint } => {
                let wait = delay(&self.policy, self.attempts, hint, jitter);
                let is_in_time = self.attempts < self.policy.attempts_max
                    && elapsed.saturating_add(wait) < self.policy.budget;
                if is_in_time {
                    Step::Wait(wait, self)
                } else {
                    Step::GiveUp(FailureReason::Exhausted { hint })
                }
            }
        }
    }
}
