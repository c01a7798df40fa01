//! When is an event tried again that did not get through, and when is it given up?

use super::RetrySchedule;
use core::time::Duration;

impl RetrySchedule {
    /// How long to wait after so many attempts, of which the waits so far came to `waited`; nothing
    /// where both the steps and the span are used up. Full jitter, since many events fail at
    /// the same moment (AWS Architecture Blog, "Exponential Backoff And Jitter"); whole seconds,
    /// since queues count in them.
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
        let used_up = usize::try_from(attempts).is_ok_and(|attempts| attempts > self.steps.len());
        if used_up && waited >= self.span {
            return None;
        }
        step(&self.steps, attempts.saturating_sub(1))
            .map(|edge| whole_seconds(edge.mul_f64(sane(jitter))))
    }

    /// Until when a gate stays closed that was found closed `times` before: the step, less up to
    /// half of it, so that isolates do not come back all at once.
    #[must_use]
    pub fn while_open(steps: &[Duration], times: u32, jitter: f64) -> Duration {
        step(steps, times).map_or(Duration::from_secs(1), |edge| {
            whole_seconds(edge.mul_f64(0.5 + sane(jitter) / 2.0))
        })
    }
}

/// The step of this number, the last one again and again.
fn step(steps: &[Duration], number: u32) -> Option<Duration> {
    let at = usize::try_from(number).unwrap_or(usize::MAX);
    steps.get(at).or(steps.last()).copied()
}

/// A shell that brings nonsense instead of chance waits the longest.
fn sane(jitter: f64) -> f64 {
    if (0.0..=1.0).contains(&jitter) {
        jitter
    } else {
        1.0
    }
}

/// A second at least.
fn whole_seconds(wait: Duration) -> Duration {
    Duration::from_secs(
        wait.as_secs()
            .saturating_add(u64::from(wait.subsec_millis() > 0))
            .max(1),
    )
}
