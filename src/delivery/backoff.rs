//! How long to wait before the next attempt?

use super::RetryPolicy;
use crate::limits::RETRY_AFTER_MAX;
use core::time::Duration;

/// Full jitter below a doubling edge (AWS Architecture Blog, "Exponential Backoff And Jitter");
/// never sooner than Kochava asks for, and never later than a stranger's header may ask.
pub(super) fn delay(
    policy: &RetryPolicy,
    attempts: u32,
    hint: Option<Duration>,
    jitter: f64,
) -> Duration {
    let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
    let edge = policy
        .delay_first
        .saturating_mul(doubled)
        .min(policy.delay_max);
    // a shell that brings nonsense instead of chance waits the longest
    let jitter = if (0.0..=1.0).contains(&jitter) {
        jitter
    } else {
        1.0
    };
    edge.mul_f64(jitter)
        .max(hint.unwrap_or_default().min(RETRY_AFTER_MAX))
}
