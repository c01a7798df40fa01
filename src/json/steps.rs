//! Counts units of work, for `tests/growth.rs`, which demands that the count grows linearly with
//! the input.
//!
//! Every loop whose length a sender can choose calls [`count`]. Without the feature `steps` nothing
//! is counted.

#[cfg(feature = "steps")]
use core::sync::atomic::{AtomicU64, Ordering};

#[cfg(feature = "steps")]
static COUNT: AtomicU64 = AtomicU64::new(0);

/// Adds `steps` to the count.
#[inline(always)]
pub(crate) fn count(steps: usize) {
    #[cfg(feature = "steps")]
    COUNT.fetch_add(steps as u64, Ordering::Relaxed);
    #[cfg(not(feature = "steps"))]
    let _ = steps;
}

/// Returns the count and sets it to zero.
#[cfg(feature = "steps")]
#[must_use]
pub fn take() -> u64 {
    COUNT.swap(0, Ordering::Relaxed)
}
