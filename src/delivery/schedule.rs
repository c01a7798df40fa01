//! The schedule of an event that waits in a queue for its next attempt.

use super::backoff::valid_jitter;
use crate::limits::{PAUSE_STEPS_DEFAULT, SLOW_STEPS_DEFAULT, SPAN_DEFAULT, STEPS_DEFAULT};
use alloc::vec::Vec;
use core::time::Duration;

/// The waits between the attempts at an event, and the end of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetrySchedule {
    /// The upper bound of the wait after the first attempt, after the second, and so on; the last
    /// one repeats until the span is used up.
    pub steps: Vec<Duration>,
    /// The sum of the waits of an event after which it is given up.
    pub span: Duration,
    /// The time for which a breaker stays open if Kochava refuses the configuration: before the
    /// first probe, before the second, and so on; the last one repeats.
    pub pause_steps: Vec<Duration>,
    /// The same if Kochava is down or limits the rate.
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

impl RetrySchedule {
    /// Returns the wait after so many attempts, when the earlier waits add up to `waited`; `None`
    /// if both the steps and the span are used up.
    ///
    /// The wait has full jitter, since many events fail at the same moment (AWS Architecture Blog,
    /// "Exponential Backoff And Jitter"), and whole seconds, the unit of queues.
    ///
    /// # Example
    /// ```
    /// use core::time::Duration;
    /// use kochava_edge::RetrySchedule;
    /// let schedule = RetrySchedule::default();
    /// assert_eq!(schedule.after(1, Duration::ZERO, 1.0), Some(Duration::from_secs(7)));
    /// assert_eq!(schedule.after(3, Duration::ZERO, 0.5), Some(Duration::from_secs(150)));
    /// assert_eq!(schedule.after(8, Duration::from_hours(27), 0.5), None);
    /// ```
    #[must_use]
    pub fn after(&self, attempts: u32, waited: Duration, jitter: f64) -> Option<Duration> {
        let are_steps_used_up =
            usize::try_from(attempts).is_ok_and(|attempts| attempts > self.steps.len());
        if are_steps_used_up && waited >= self.span {
            return None;
        }
        step(&self.steps, attempts.saturating_sub(1))
            .map(|bound| whole_seconds(bound.mul_f64(valid_jitter(jitter))))
    }

    /// Returns the step of this number with equal jitter: between half of it and all of it, so that
    /// isolates do not come back at the same moment. One second if there are no steps.
    #[must_use]
    pub fn equal_jitter(steps: &[Duration], number: u32, jitter: f64) -> Duration {
        step(steps, number).map_or(Duration::from_secs(1), |bound| {
            whole_seconds(bound.mul_f64(0.5 + valid_jitter(jitter) / 2.0))
        })
    }
}

/// Returns the step of this number, which starts at 0; the last step repeats.
fn step(steps: &[Duration], number: u32) -> Option<Duration> {
    let index = usize::try_from(number).unwrap_or(usize::MAX);
    steps.get(index).or(steps.last()).copied()
}

/// Rounds up to whole seconds, one at least.
fn whole_seconds(wait: Duration) -> Duration {
    Duration::from_secs(
        wait.as_secs()
            .saturating_add(u64::from(wait.subsec_millis() > 0))
            .max(1),
    )
}
