//! How much is looked at?
//!
//! Counted wherever a loop's length is a sender's choice, and only with the feature `steps`:
//! `tests/growth.rs` holds the count to the length of the input.

#[cfg(feature = "steps")]
use core::sync::atomic::{AtomicU64, Ordering};

#[cfg(feature = "steps")]
static COUNT: AtomicU64 = AtomicU64::new(0);

/// Counts so many steps.
#[inline(always)]
pub(crate) fn count(steps: usize) {
    #[cfg(feature = "steps")]
    COUNT.fetch_add(steps as u64, Ordering::Relaxed);
    #[cfg(not(feature = "steps"))]
    let _ = steps;
}

/// How many there were since it was last asked.
#[cfg(feature = "steps")]
#[must_use]
pub fn take() -> u64 {
    COUNT.swap(0, Ordering::Relaxed)
}
