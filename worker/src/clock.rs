//! The platform's clock. It only advances with I/O.

/// Returns the milliseconds since the epoch.
pub(crate) fn now() -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a whole number of milliseconds below 2^53"
    )]
    let millis = js_sys::Date::now() as i64;
    millis
}
