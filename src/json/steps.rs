//! Counts units of work, for `tests/growth.rs`, which demands that the count grows linearly with
//! the input; and the bodies that are written and signed, for `tests/once.rs`, which demands that
//! durable delivery writes and signs each once.
//!
//! Every loop whose length a sender can choose calls [`count`]. Without the feature `steps` nothing
//! is counted.

#[cfg(feature = "steps")]
use core::sync::atomic::{AtomicU64, Ordering};

#[cfg(feature = "steps")]
static COUNT: AtomicU64 = AtomicU64::new(0);

/// Bodies that were written.
#[cfg(feature = "steps")]
static WRITTEN: AtomicU64 = AtomicU64::new(0);

/// Bodies that were signed.
#[cfg(feature = "steps")]
static SIGNED: AtomicU64 = AtomicU64::new(0);

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

/// Counts a body that is written.
#[inline(always)]
pub(crate) fn count_written() {
    #[cfg(feature = "steps")]
    WRITTEN.fetch_add(1, Ordering::Relaxed);
}

/// Counts a body that is signed.
#[inline(always)]
pub(crate) fn count_signed() {
    #[cfg(feature = "steps")]
    SIGNED.fetch_add(1, Ordering::Relaxed);
}

/// Returns how many bodies were written and how many signed since the last call.
#[cfg(feature = "steps")]
#[must_use]
pub fn take_bodies() -> (u64, u64) {
    (
        WRITTEN.swap(0, Ordering::Relaxed),
        SIGNED.swap(0, Ordering::Relaxed),
    )
}
