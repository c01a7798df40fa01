//! What time is it, and when is it later? The platform's clock stands still between I/O and moves
//! on after every await on it.

use js_sys::Promise;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use wasm_bindgen::JsCast as _;
use worker::wasm_bindgen_futures::JsFuture;
use worker::web_sys::WorkerGlobalScope;

/// Milliseconds since the epoch.
pub(crate) fn now() -> i64 {
    i64::try_from(worker::Date::now().as_millis()).unwrap_or(i64::MAX)
}

/// A wait; the platform forgets it when nobody waits any more. That of the `worker` crate wakes
/// whoever waits before it is over, and `promise` looks at once.
pub(crate) struct Wait {
    over: JsFuture,
    timer: Option<i32>,
}

impl Wait {
    /// So long, from now on.
    pub(crate) fn of(duration: Duration) -> Self {
        let millis = i32::try_from(duration.as_millis()).unwrap_or(i32::MAX);
        let mut timer = None;
        let over = Promise::new(&mut |resolve, _| {
            timer = global()
                .set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, millis)
                .ok()
        });
        Wait {
            over: JsFuture::from(over),
            timer,
        }
    }
}

impl Future for Wait {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.over).poll(context).map(drop)
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        if let Some(timer) = self.timer {
            global().clear_timeout_with_handle(timer);
        }
    }
}

fn global() -> WorkerGlobalScope {
    js_sys::global().unchecked_into()
}
