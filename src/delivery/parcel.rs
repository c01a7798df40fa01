//! The calls of one parcel: an event, then its identities; or identities alone.
//!
//! In: the outcome of each attempt, a random number, and the time that has passed. Out: the next
//! attempt, a wait, or the end. Each state is consumed by its transition and is returned only inside
//! the next [`ParcelStep`], so that no outcome is counted twice.
//!
//! Invariants: a call is posted only after every call before it was accepted, so an identity never
//! comes before its event. No call is posted again after it was accepted. A parcel ends within the
//! attempts and the budget of its [`RetryPolicy`].

use super::backoff::backoff;
use super::{Answer, Confirmation, FailureReason, Outcome};
use crate::limits::{ATTEMPTS_DEFAULT, BUDGET_DEFAULT, DELAY_FIRST, DELAY_MAX, TIMEOUT_DEFAULT};
use core::time::Duration;

/// The limits of the delivery of a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts at each call, the first included.
    pub attempts_max: u32,
    /// Time from the first attempt at the first call to the last answer.
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

/// The delivery of a parcel. [`ParcelDelivery::start`] begins it.
#[derive(Debug, PartialEq, Eq)]
pub struct ParcelDelivery {
    policy: RetryPolicy,
    /// The number of calls.
    calls: usize,
    /// Calls that were accepted, which is the index of the current call.
    accepted: usize,
    /// Attempts at the current call so far.
    attempts: u32,
    /// The weakest confirmation so far.
    confirmation: Confirmation,
}

/// The caller's next step.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub enum ParcelStep {
    /// Post a call, then go on with [`PostedCall::answered`].
    Post {
        /// The index of the call.
        call: usize,
        /// The time after which the attempt is given up.
        timeout: Duration,
        /// The call that is on its way.
        posted: PostedCall,
    },
    /// Wait, then go on with [`WaitingParcel::resume`].
    Wait(Duration, WaitingParcel),
    /// Stop.
    End(ParcelEnd),
}

/// A parcel with a call on its way.
#[derive(Debug, PartialEq, Eq)]
pub struct PostedCall(ParcelDelivery);

/// A parcel that waits for the next attempt at a call.
#[derive(Debug, PartialEq, Eq)]
pub struct WaitingParcel {
    delivery: ParcelDelivery,
    /// Why the last attempt failed.
    failure: FailureReason,
}

/// How the delivery of a parcel ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParcelEnd {
    /// Calls that were accepted, those before this run included. If it is less than the number of
    /// calls, it is the index of the call that was not accepted; no call after that one was posted.
    pub accepted: usize,
    /// The weakest confirmation of the calls that were accepted in this run; `Confirmed` if there
    /// were none.
    pub confirmation: Confirmation,
    /// Why the next call was not accepted; `None` where every call was.
    pub failure: Option<FailureReason>,
}

impl ParcelDelivery {
    /// Begins with the first call that was not accepted: of `calls`, the first `done` were accepted
    /// before. `elapsed` of the budget has passed.
    ///
    /// # Example
    /// ```
    /// use core::time::Duration;
    /// use kochava_edge::{Outcome, ParcelDelivery, ParcelStep, RetryPolicy};
    /// let step = ParcelDelivery::start(RetryPolicy::default(), 2, 0, Duration::ZERO);
    /// let ParcelStep::Post { call: 0, posted, .. } = step else { unreachable!() };
    /// let step = posted.answered(&Outcome::TimedOut, 0.5, Duration::from_secs(2));
    /// assert!(matches!(step, ParcelStep::Wait(wait, _) if wait == Duration::from_millis(50)));
    /// ```
    ///
    /// An outcome cannot be counted twice:
    /// ```compile_fail
    /// # use core::time::Duration;
    /// # use kochava_edge::{Outcome, ParcelDelivery, ParcelStep, RetryPolicy};
    /// # let step = ParcelDelivery::start(RetryPolicy::default(), 2, 0, Duration::ZERO);
    /// # let ParcelStep::Post { posted, .. } = step else { unreachable!() };
    /// let step = posted.answered(&Outcome::TimedOut, 0.5, Duration::from_secs(1));
    /// let step = posted.answered(&Outcome::TimedOut, 0.5, Duration::from_secs(2));
    /// ```
    pub fn start(policy: RetryPolicy, calls: usize, done: usize, elapsed: Duration) -> ParcelStep {
        let delivery = ParcelDelivery {
            policy,
            calls,
            accepted: done.min(calls),
            attempts: 0,
            confirmation: Confirmation::Confirmed,
        };
        delivery.post(FailureReason::Unavailable, elapsed)
    }

    /// Posts the next call, if there is one and there is time for it. `failure` is why the parcel
    /// ends if there is no time.
    fn post(self, failure: FailureReason, elapsed: Duration) -> ParcelStep {
        if self.accepted == self.calls {
            return self.end(None);
        }
        let left = self.policy.budget.saturating_sub(elapsed);
        if left.is_zero() || self.attempts >= self.policy.attempts_max {
            return self.end(Some(failure));
        }
        ParcelStep::Post {
            call: self.accepted,
            timeout: self.policy.timeout.min(left),
            posted: PostedCall(ParcelDelivery {
                attempts: self.attempts + 1,
                ..self
            }),
        }
    }

    /// Waits for the next attempt, if attempts and budget allow one.
    fn wait(self, failure: FailureReason, jitter: f64, elapsed: Duration) -> ParcelStep {
        let hint = match failure {
            FailureReason::Limited { hint, .. } => hint,
            _ => None,
        };
        let wait = backoff(&self.policy, self.attempts, hint, jitter);
        let is_possible = self.attempts < self.policy.attempts_max
            && elapsed.saturating_add(wait) < self.policy.budget;
        if is_possible {
            let delivery = self;
            ParcelStep::Wait(wait, WaitingParcel { delivery, failure })
        } else {
            self.end(Some(failure))
        }
    }

    fn end(self, failure: Option<FailureReason>) -> ParcelStep {
        ParcelStep::End(ParcelEnd {
            accepted: self.accepted,
            confirmation: self.confirmation,
            failure,
        })
    }
}

impl PostedCall {
    /// Continues after the attempt, when `elapsed` of the budget has passed; `jitter` is a fresh
    /// random number from 0 to 1.
    pub fn answered(self, outcome: &Outcome<'_>, jitter: f64, elapsed: Duration) -> ParcelStep {
        self.judged(Answer::of(outcome), jitter, elapsed)
    }

    /// Continues like [`PostedCall::answered`] where the outcome is read already.
    pub fn judged(self, answer: Answer, jitter: f64, elapsed: Duration) -> ParcelStep {
        let delivery = self.0;
        match answer {
            Answer::Accepted(confirmation) => {
                let delivery = ParcelDelivery {
                    accepted: delivery.accepted + 1,
                    attempts: 0,
                    confirmation: delivery.confirmation.weaker(confirmation),
                    ..delivery
                };
                delivery.post(FailureReason::Unavailable, elapsed)
            }
            Answer::Failed(
                reason @ (FailureReason::Rejected { .. } | FailureReason::Refused { .. }),
            ) => delivery.end(Some(reason)),
            Answer::Failed(reason) => delivery.wait(reason, jitter, elapsed),
        }
    }
}

impl WaitingParcel {
    /// Continues after the wait, when `elapsed` of the budget has passed.
    pub fn resume(self, elapsed: Duration) -> ParcelStep {
        self.delivery.post(self.failure, elapsed)
    }
}

impl Confirmation {
    fn weaker(self, other: Confirmation) -> Confirmation {
        match (self, other) {
            (Confirmation::Confirmed, Confirmation::Confirmed) => Confirmation::Confirmed,
            _ => Confirmation::Unconfirmed,
        }
    }
}
