//! The host's clock and timers.

use js_sys::{Date, Function, Promise};
use kochava_edge::Moment;
use std::time::Duration;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(then: &Function, millis: f64) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
}

/// Returns the milliseconds since 1970.
pub(super) fn now_ms() -> f64 {
    Date::now()
}

/// Returns the current time.
pub(super) fn now() -> Moment {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "`Date.now` is a whole number far below 2^53"
    )]
    let millis = now_ms() as i64;
    Moment::from_millis(millis)
}

/// A promise that resolves without a value after a time. Dropping it cancels the timer.
pub(super) struct Timer {
    pub(super) promise: Promise,
    timer: JsValue,
}

impl Timer {
    pub(super) fn after(wait: Duration) -> Self {
        let mut timer = JsValue::UNDEFINED;
        let promise = Promise::new(&mut |resolve, _| {
            timer = set_timeout(&resolve, wait.as_secs_f64() * 1_000.0);
        });
        Timer { promise, timer }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(&self.timer);
    }
}
