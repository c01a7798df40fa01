//! One HTTP attempt through the caller's `fetch`, with its timeout and abort signal.
//!
//! In: a request. Out: what came back. The given `fetch` may throw or resolve to anything, so its
//! answers are read by reflection and not through the types of `web-sys`, which would throw at
//! what is no `Response`.

use super::timer::{Timer, now};
use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use kochava_edge::limits::ANSWER_BYTES_MAX;
use kochava_edge::{Digest, Moment, Outcome, Reader, Value};
use std::time::Duration;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, RequestInit, RequestRedirect};

/// Stands for the status of a redirect that was not followed, which browsers hide.
const REDIRECTED: u16 = 302;

/// One request, as `parcelsOf` of `deliver.js` makes it.
pub(super) struct OutboundRequest {
    kind: OutboundKind,
    url: JsValue,
    headers: Object,
    body: JsValue,
}

/// The kind of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OutboundKind {
    Install,
    Event,
    Identity,
}

/// A kind of request and the app it is for.
pub(super) type Route = (OutboundKind, String);

impl OutboundRequest {
    /// Reads a request; `None` of a value of another shape. Not with `serde`, whose errors bring the
    /// standard library's printing of floats: 6 KB of the package, compressed.
    pub(super) fn of(value: &JsValue) -> Option<Self> {
        let kind = match member(value, "kind")?.as_string()?.as_str() {
            "install" => OutboundKind::Install,
            "event" => OutboundKind::Event,
            "identity" => OutboundKind::Identity,
            _ => return None,
        };
        Some(OutboundRequest {
            kind,
            url: member(value, "url")?,
            headers: member(value, "headers")?.dyn_into().ok()?,
            body: member(value, "body")?,
        })
    }

    /// Returns the route; the app is empty where the body names none.
    pub(super) fn route(&self) -> Route {
        let body = self.body.as_string().unwrap_or_default();
        let app = Reader::new(&body)
            .value()
            .ok()
            .and_then(|body| body.members().find(|(key, _)| key.is("kochava_app_id")));
        let app = match app {
            Some((_, Value::String(app))) => app.decode().into_owned(),
            _ => String::new(),
        };
        (self.kind, app)
    }

    fn init(&self, controller: &AbortController) -> RequestInit {
        let init = RequestInit::new();
        init.set_method("POST");
        // a copy: `fetch` may change the headers of one attempt, not those of the next
        init.set_headers(&Object::assign(&Object::new(), &self.headers));
        init.set_body(&self.body);
        // a followed redirect would carry body and credentials to another host
        init.set_redirect(RequestRedirect::Manual);
        init.set_signal(Some(&controller.signal()));
        init
    }
}

/// The result of one attempt.
pub(super) enum HttpAnswer {
    /// A status came. The body is `None` if it was cut off, too late, too long or unreadable.
    Answered {
        status: u16,
        retry_after: Option<String>,
        body: Option<Vec<u8>>,
        at: Moment,
    },
    Unreachable,
    TimedOut,
}

impl HttpAnswer {
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            HttpAnswer::Answered { status, .. } => Some(*status),
            HttpAnswer::Unreachable | HttpAnswer::TimedOut => None,
        }
    }

    /// Names the answer: equal answers have equal hashes.
    pub(super) fn hash(&self) -> u64 {
        let (status, body) = match self {
            HttpAnswer::Answered { status, body, .. } => (*status, body.as_deref()),
            HttpAnswer::Unreachable | HttpAnswer::TimedOut => (0, None),
        };
        let body = String::from_utf8_lossy(body.unwrap_or_default());
        Digest::of(&[&status.to_string(), &body]).fingerprint()
    }

    pub(super) fn outcome(&self) -> Outcome<'_> {
        match self {
            HttpAnswer::Answered {
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
            HttpAnswer::Unreachable => Outcome::Unreachable,
            HttpAnswer::TimedOut => Outcome::TimedOut,
        }
    }
}

/// The caller's `fetch` and abort signal.
pub(super) struct Transport {
    fetch: Function,
    signal: JsValue,
    /// Settles without a value when the signal aborts.
    aborted: Promise,
}

impl Transport {
    pub(super) fn new(fetch: Function, signal: JsValue, aborted: Promise) -> Self {
        Transport {
            fetch,
            signal,
            aborted,
        }
    }

    pub(super) fn is_aborted(&self) -> bool {
        member(&self.signal, "aborted").is_some_and(|aborted| aborted.is_truthy())
    }

    /// Waits, at most until the signal aborts.
    pub(super) async fn wait(&self, wait: Duration) {
        let timer = Timer::after(wait);
        // it settles without a value, however it ends
        _ = self.race(&timer, &timer.promise).await;
    }

    /// Makes one attempt. Returns `None` if the signal aborted before an answer came.
    pub(super) async fn post(
        &self,
        request: &OutboundRequest,
        timeout: Duration,
    ) -> Option<HttpAnswer> {
        let Ok(controller) = AbortController::new() else {
            return Some(HttpAnswer::Unreachable);
        };
        let timer = Timer::after(timeout);
        let answer = self.exchange(request, &controller, &timer).await;
        if !matches!(answer, HttpAnswer::Answered { body: Some(_), .. }) {
            // frees the connection: the rest of the body is not read
            controller.abort();
        }
        (!self.is_aborted() || answer.status().is_some()).then_some(answer)
    }

    async fn exchange(
        &self,
        request: &OutboundRequest,
        controller: &AbortController,
        timer: &Timer,
    ) -> HttpAnswer {
        let init = request.init(controller);
        let sent = self.fetch.call2(&JsValue::UNDEFINED, &request.url, &init);
        let Ok(sent) = sent else {
            return HttpAnswer::Unreachable;
        };
        let response = match self.race(timer, &Promise::resolve(&sent)).await {
            Ok(ended) if ended.is_undefined() => return HttpAnswer::TimedOut,
            Ok(response) => response,
            Err(_) => return HttpAnswer::Unreachable,
        };
        let Some(status) = status(&response) else {
            return HttpAnswer::Unreachable;
        };
        // a status is an answer even if the body does not follow
        let body = self.body(&response, timer).await;
        HttpAnswer::Answered {
            status,
            retry_after: retry_after(&response),
            body,
            at: now(),
        }
    }

    /// Reads a body; `None` if there is none, or it is cut off, too late, longer than
    /// [`ANSWER_BYTES_MAX`] or already read.
    async fn body(&self, response: &JsValue, timer: &Timer) -> Option<Vec<u8>> {
        let reader = call(&member(response, "body")?, "getReader", &[])?;
        let mut body = Vec::new();
        while body.len() <= ANSWER_BYTES_MAX {
            let read = Promise::resolve(&call(&reader, "read", &[])?);
            // `undefined`, by which the timer or the signal ends it, has no members
            let chunk = self.race(timer, &read).await.ok()?;
            if member(&chunk, "done")?.is_truthy() {
                return Some(body);
            }
            let bytes: Uint8Array = member(&chunk, "value")?.dyn_into().ok()?;
            body.extend(bytes.to_vec());
        }
        None
    }

    /// Returns what a promise settles to; `undefined` if the timer ends or the signal aborts before.
    fn race(&self, timer: &Timer, promise: &Promise) -> JsFuture {
        Promise::race(&Array::of3(promise, &timer.promise, &self.aborted)).into()
    }
}

/// Returns the status of a response; `None` if it is no response.
fn status(response: &JsValue) -> Option<u16> {
    if member(response, "type").is_some_and(|kind| kind == "opaqueredirect") {
        return Some(REDIRECTED);
    }
    let status = member(response, "status")?.as_f64()?;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is whole and has three digits"
    )]
    let whole =
        ((200.0..600.0).contains(&status) && status.fract() == 0.0).then_some(status as u16);
    whole
}

fn retry_after(response: &JsValue) -> Option<String> {
    let headers = member(response, "headers")?;
    call(&headers, "get", &["Retry-After".into()])?.as_string()
}

/// Returns a member of any value; `None` if reading it throws.
#[inline(never)]
fn member(value: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(value, &name.into()).ok()
}

/// Calls a method of any value; `None` if there is no such method or it throws.
fn call(value: &JsValue, name: &str, arguments: &[JsValue]) -> Option<JsValue> {
    let method: Function = member(value, name)?.dyn_into().ok()?;
    method.apply(value, &arguments.iter().collect()).ok()
}
