//! The platform's clock. It only advances with I/O.

/// Returns the milliseconds since the epoch.
pub(crate) fn now() -> i64 {
    i64::try_from(worker::Date::now().as_millis()).unwrap_or(i64::MAX)
}
