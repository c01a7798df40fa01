//! Failpoints: places at which an isolate may die, in test builds only (feature `faults`).
//!
//! An isolate that dies between any two steps of the delivery must lose nothing.

/// Traps with the probability that [`set`] was called with.
#[cfg(feature = "faults")]
pub(crate) fn at(_name: &str) {
    let odds = ODDS.with(std::cell::Cell::get);
    if js_sys::Math::random() < odds {
        core::arch::wasm32::unreachable();
    }
}

/// Does nothing: a deployed build has no failpoints.
#[cfg(not(feature = "faults"))]
pub(crate) fn at(_name: &str) {}

/// Reads the probability from the variable `FAULT_ODDS`.
#[cfg(feature = "faults")]
pub(crate) fn set(env: &worker::Env) {
    let odds = env
        .var("FAULT_ODDS")
        .ok()
        .and_then(|odds| odds.to_string().parse().ok())
        .unwrap_or(0.0);
    ODDS.with(|set| set.set(odds));
}

#[cfg(feature = "faults")]
thread_local! {
    static ODDS: std::cell::Cell<f64> = const { std::cell::Cell::new(0.0) };
}
