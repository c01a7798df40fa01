//! What comes back from one attempt?
//!
//! The only file that touches the platform: `fetch`, timers and the clock.

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use kochava_edge::delivery::Outcome;
use kochava_edge::limits::ANSWER_BYTES_MAX;
use kochava_edge::time::Moment;
use std::time::Duration;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortController;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(then: &Function, millis: f64) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
}

/// One request: `[isIdentity, url, method, headers, body]`, as `face.js` lays it flat.
pub(super) struct Request {
    pub(super) is_identity: bool,
    url: JsValue,
    method: JsValue,
    headers: JsValue,
    body: JsValue,
}

impl Request {
    pub(super) fn of(flat: JsValue) -> Self {
        let flat: Array = flat.unchecked_into();
        Request {
            is_identity: flat.get(0).is_truthy(),
            url: flat.get(1),
            method: flat.get(2),
            headers: flat.get(3),
            body: flat.get(4),
        }
    }
}

/// What came back.
pub(super) enum Answer {
    Whole {
        status: u16,
        retry_after: Option<String>,
        body: Option<Vec<u8>>,
        at: Moment,
    },
    Unreachable,
    TimedOut,
}

impl Answer {
    pub(super) fn outcome(&self) -> Outcome<'_> {
        match self {
            Answer::Whole {
                status,
                retry_after,
                body,
                at,
            } => Outcome::Answered {
                status: *status,
                retry_after: retry_after.as_deref(),
                body: body.as_deref(),
                at: *at,
            },
            Answer::Unreachable => Outcome::Unreachable,
            Answer::TimedOut => Outcome::TimedOut,
        }
    }
}

/// Milliseconds since 1970.
pub(super) fn now() -> f64 {
    js_sys::Date::now()
}

/// The way out, until the caller closes it.
pub(super) struct Door {
    fetch: Function,
    signal: JsValue,
    /// Settles when the signal aborts.
    aborted: Promise,
}

/// A time after which something happens, unless it is dropped before.
struct Timer {
    promise: Promise,
    timer: JsValue,
}

impl Timer {
    fn after(wait: Duration) -> Self {
        let mut timer = JsValue::UNDEFINED;
        let promise = Promise::new(&mut |resolve, _| {
            timer = set_timeout(&resolve, wait.as_secs_f64() * 1_000.0)
        });
        Timer { promise, timer }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(&self.timer);
    }
}

/// What a promise came to before the deadline.
enum Ended {
    Value(JsValue),
    Failed,
    /// By the deadline, or by the caller.
    Stopped,
}

impl Door {
    pub(super) fn new(fetch: Function, signal: JsValue, aborted: Promise) -> Self {
        Door {
            fetch,
            signal,
            aborted,
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        get(&self.signal, "aborted").is_some_and(|aborted| aborted.is_truthy())
    }

    /// Waits, but no longer than the caller does.
    pub(super) async fn wait(&self, wait: Duration) {
        let timer = Timer::after(wait);
        self.before(&timer, timer.promise.clone()).await;
    }

    /// Makes one attempt; nothing if the caller closed the door meanwhile.
    pub(super) async fn post(&self, request: &Request, timeout: Duration) -> Option<Answer> {
        let Ok(controller) = AbortController::new() else {
            return Some(Answer::Unreachable);
        };
        let timer = Timer::after(timeout);
        let answer = self.exchange(request, &controller, &timer).await;
        if !matches!(answer, Answer::Whole { body: Some(_), .. }) {
            // nobody will read the rest
            controller.abort();
        }
        (!self.is_closed() || matches!(answer, Answer::Whole { .. })).then_some(answer)
    }

    async fn exchange(
        &self,
        request: &Request,
        controller: &AbortController,
        timer: &Timer,
    ) -> Answer {
        let sent = init(request, controller)
            .and_then(|init| self.fetch.call2(&JsValue::UNDEFINED, &request.url, &init));
        let Ok(sent) = sent else {
            return Answer::Unreachable;
        };
        let response = match self.before(timer, Promise::resolve(&sent)).await {
            Ended::Value(response) => response,
            Ended::Failed => return Answer::Unreachable,
            Ended::Stopped => return Answer::TimedOut,
        };
        let Some(status) = status(&response) else {
            return Answer::Unreachable;
        };
        let retry_after = get(&response, "headers").and_then(|headers| {
            call(&headers, "get", &["Retry-After".into()])
                .ok()?
                .as_string()
        });
        // a status that came is an answer, even if its body does not follow
        let body = self.body(&response, timer).await;
        Answer::Whole {
            status,
            retry_after,
            body,
            at: Moment::from_millis(whole(now())),
        }
    }

    /// The body; nothing where there is none, or it is cut, late, beyond its cap, or read by
    /// somebody else already.
    async fn body(&self, response: &JsValue, timer: &Timer) -> Option<Vec<u8>> {
        let reader = call(&get(response, "body")?, "getReader", &[]).ok()?;
        let mut body = Vec::new();
        while body.len() <= ANSWER_BYTES_MAX {
            let read = Promise::resolve(&call(&reader, "read", &[]).ok()?);
            let Ended::Value(chunk) = self.before(timer, read).await else {
                return None;
            };
            if get(&chunk, "done")?.is_truthy() {
                return Some(body);
            }
            body.extend(
                get(&chunk, "value")?
                    .dyn_into::<Uint8Array>()
                    .ok()?
                    .to_vec(),
            );
        }
        None
    }

    /// What `promise` comes to, if it does so before the timer's end and while the caller waits;
    /// those two end without a value.
    async fn before(&self, timer: &Timer, promise: Promise) -> Ended {
        let race = Promise::race(&Array::of3(&promise, &timer.promise, &self.aborted));
        match JsFuture::from(race).await {
            Ok(value) if value.is_undefined() => Ended::Stopped,
            Ok(value) => Ended::Value(value),
            Err(_) => Ended::Failed,
        }
    }
}

const REDIRECTED: u16 = 302;

/// The status of an answer; nothing of what is none. The given `fetch` may resolve to anything.
fn status(response: &JsValue) -> Option<u16> {
    // a browser hides the status of a redirect that was not followed
    if get(response, "type").is_some_and(|kind| kind == "opaqueredirect") {
        return Some(REDIRECTED);
    }
    let status = get(response, "status")?.as_f64()?;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is whole and has three digits"
    )]
    let whole =
        ((200.0..600.0).contains(&status) && status.fract() == 0.0).then_some(status as u16);
    whole
}

/// A member, of whatever it is; nothing where asking for it throws.
fn get(value: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(value, &name.into()).ok()
}

fn call(value: &JsValue, name: &str, arguments: &[JsValue]) -> Result<JsValue, JsValue> {
    let method: Function = Reflect::get(value, &name.into())?.dyn_into()?;
    method.apply(value, &arguments.iter().collect())
}

fn init(request: &Request, controller: &AbortController) -> Result<Object, JsValue> {
    let init = Object::new();
    let set = |name: &str, value: &JsValue| Reflect::set(&init, &name.into(), value);
    set("method", &request.method)?;
    // each attempt has headers of its own, whatever `fetch` does to them
    set(
        "headers",
        &Object::assign(&Object::new(), request.headers.unchecked_ref()),
    )?;
    set("body", &request.body)?;
    // a followed redirect would carry body and credentials to a stranger
    set("redirect", &JsValue::from_str("manual"))?;
    set("signal", &controller.signal())?;
    Ok(init)
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "a clock's milliseconds are whole and far below 2^53"
)]
fn whole(millis: f64) -> i64 {
    millis as i64
}
