//! Does the isolate die here?
//!
//! Only in a build for tests, with the feature `faults`: an isolate that dies between any two deeds
//! of the delivery must lose nothing.

/// A place where an isolate may die: with the probability that the test build is told.
#[cfg(feature = "faults")]
pub(crate) fn at(_place: &str) {
    let deadly = ODDS.with(|odds| odds.get());
    if js_sys::Math::random() < deadly {
        core::arch::wasm32::unreachable();
    }
}

/// Nothing: what is deployed has no such place.
#[cfg(not(feature = "faults"))]
pub(crate) fn at(_: &str) {}

/// Takes the odds from the variable `FAULT_ODDS`.
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
