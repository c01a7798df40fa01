//! Waits between attempts: exponential backoff with jitter.

use super::RetryPolicy;
use crate::limits::RETRY_AFTER_MAX;
use core::time::Duration;

/// Returns the wait after so many attempts: full jitter below a doubling bound (AWS Architecture
/// Blog, "Exponential Backoff And Jitter"), but at least the `hint` of Kochava, of which no more
/// than [`RETRY_AFTER_MAX`] counts.
pub(super) fn backoff(
    policy: &RetryPolicy,
    attempts: u32,
    hint: Option<Duration>,
    jitter: f64,
) -> Duration {
    let factor = 2_u32.saturating_pow(attempts.saturating_sub(1));
    let bound = policy
        .delay_first
        .saturating_mul(factor)
        .min(policy.delay_max);
    bound
        .mul_f64(valid_jitter(jitter))
        .max(hint.unwrap_or_default().min(RETRY_AFTER_MAX))
}

/// Returns the jitter, or 1 (the longest wait) if it is not a number from 0 to 1.
pub(super) fn valid_jitter(jitter: f64) -> f64 {
    if (0.0..=1.0).contains(&jitter) {
        jitter
    } else {
        1.0
    }
}
