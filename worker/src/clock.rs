//! The platform's clock. It stands still between I/O and moves on after every await on it.

/// Milliseconds since the epoch.
pub(crate) fn now() -> i64 {
    i64::try_from(worker::Date::now().as_millis()).unwrap_or(i64::MAX)
}
