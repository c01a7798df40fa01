//! How does work become a promise?
//!
//! Each step is taken as soon as it can be. The crate's own executor asks the platform for a turn
//! (`queueMicrotask`) before the first one and after every wait: for a request that waits for
//! nothing but its body that was a tenth of its time.

use js_sys::{Function, Promise};
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use wasm_bindgen::JsValue;
use worker::send::SendWrapper;
use worker::web_sys::Response;

/// A promise of what `work` comes to, which begins at once.
pub(crate) fn of(work: impl Future<Output = Result<Response, JsValue>> + 'static) -> Promise {
    let mut work: Option<Work> = Some(Box::pin(work));
    Promise::new(&mut |resolve, reject| {
        let step = Step {
            work: RefCell::new(work.take()),
            is_due: Cell::new(false),
            resolve,
            reject,
        };
        Arc::new(Task(SendWrapper::new(step))).wake();
    })
}

type Work = Pin<Box<dyn Future<Output = Result<Response, JsValue>>>>;

/// Workers have one thread: what is woken is never sent to another.
struct Task(SendWrapper<Step>);

struct Step {
    /// Until it is done.
    work: RefCell<Option<Work>>,
    /// Whether it was woken while it took a step.
    is_due: Cell<bool>,
    resolve: Function,
    reject: Function,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        let step = &*self.0;
        let Ok(mut work) = step.work.try_borrow_mut() else {
            return step.is_due.set(true);
        };
        let waker = Waker::from(Arc::clone(&self));
        while let Some(future) = work.as_mut() {
            step.is_due.set(false);
            if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                *work = None;
                let (settle, value) = done.map_or_else(
                    |error| (&step.reject, error),
                    |response| (&step.resolve, response.into()),
                );
                // a promise takes whatever it is given
                _ = settle.call1(&JsValue::UNDEFINED, &value);
            } else if !step.is_due.get() {
                return;
            }
        }
    }
}
