//! Sends requests to Kochava.
//!
//! In: a [`Request`] of the core and the time for it. Out: an [`Answer`], which is a status with a body, or
//! the reason why there is none.

use crate::http::{self, PostAnswer};
use js_sys::JsString;
use kochava_edge::limits::ANSWER_BYTES_MAX;
use kochava_edge::{Moment, Outcome, Request};
use std::cell::RefCell;
use std::time::Duration;
use wasm_bindgen::JsValue;
use worker::web_sys::{AbortSignal, Headers};

/// The answer to one attempt.
pub(crate) enum Answer {
    /// A status, with the body where it could be read and is not too long.
    Whole {
        status: u16,
        retry_after: Option<String>,
        body: Option<Vec<u8>>,
    },
    Unreachable,
    TimedOut,
}

impl Answer {
    /// Returns the outcome that it is at this moment.
    pub(crate) fn outcome(&self, at: Moment) -> Outcome<'_> {
        match self {
            Answer::Whole {
                status,
                retry_after,
                body,
            } => Outcome::Answered {
                status: *status,
                retry_after: retry_after.as_deref(),
                body: body.as_deref(),
                at,
            },
            Answer::Unreachable => Outcome::Unreachable,
            Answer::TimedOut => Outcome::TimedOut,
        }
    }
}

/// Sends requests, and keeps what one has in common with the next.
#[derive(Default)]
pub(crate) struct KochavaClient {
    head: RefCell<Option<Head>>,
    timer: RefCell<Option<Timer>>,
}

/// Address and headers of a request.
struct Head {
    url: String,
    headers: Vec<(&'static str, String)>,
    platform_url: JsString,
    platform_headers: Headers,
}

/// The timeout of calls that begin shortly one after the other.
struct Timer {
    timeout: Duration,
    started: Moment,
    signal: AbortSignal,
}

/// The part of a timeout within which other calls may begin on the same timer.
///
/// Ours: a timer for each call takes a twentieth of a call's processor time, and 3 % of a timeout do not
/// decide whether Kochava answers.
const TIMER_SHARE: u32 = 32;

impl KochavaClient {
    /// Sends a request. Nothing of it goes on after `timeout`; it may be given up a [`TIMER_SHARE`] of
    /// that earlier.
    pub(crate) async fn post(&self, request: &Request, timeout: Duration, now: Moment) -> Answer {
        let signal = self.signal(timeout, now);
        let Ok(answer) = self.send_for_text(request, &signal).await else {
            return if signal.aborted() {
                Answer::TimedOut
            } else {
                Answer::Unreachable
            };
        };
        match answer {
            PostAnswer::Text(text) => Answer::Whole {
                status: 200,
                retry_after: None,
                body: text.map(String::into_bytes),
            },
            // a status is an answer, even without its body
            PostAnswer::Response(response) => Answer::Whole {
                status: response.status(),
                retry_after: if response.ok() {
                    None
                } else {
                    response.headers().get("Retry-After").ok().flatten()
                },
                body: http::read_answer(&response, ANSWER_BYTES_MAX)
                    .await
                    .ok()
                    .flatten(),
            },
        }
    }

    async fn send_for_text(
        &self,
        request: &Request,
        signal: &AbortSignal,
    ) -> Result<PostAnswer, JsValue> {
        let bytes_max = u32::try_from(ANSWER_BYTES_MAX).unwrap_or(u32::MAX);
        let answer = {
            let mut kept = self.head.borrow_mut();
            let head = match &mut *kept {
                Some(head) if head.is_of(request) => head,
                other => other.insert(Head::of(request)?),
            };
            http::send_for_text(
                &head.platform_url,
                &head.platform_headers,
                &request.body,
                signal,
                bytes_max,
            )
        };
        answer.await
    }

    /// Returns the signal that ends a call.
    fn signal(&self, timeout: Duration, now: Moment) -> AbortSignal {
        let mut timer = self.timer.borrow_mut();
        match timer.as_ref() {
            Some(timer) if timer.is_for(timeout, now) => timer.signal.clone(),
            _ => {
                let signal = AbortSignal::timeout_with_f64(timeout.as_secs_f64() * 1_000.0);
                *timer = Some(Timer {
                    timeout,
                    started: now,
                    signal: signal.clone(),
                });
                signal
            }
        }
    }
}

impl Head {
    fn of(request: &Request) -> Result<Self, JsValue> {
        let platform_headers = Headers::new()?;
        for (name, value) in &request.headers {
            platform_headers.set(name, value)?;
        }
        Ok(Head {
            url: request.url.clone(),
            headers: request.headers.clone(),
            platform_url: request.url.as_str().into(),
            platform_headers,
        })
    }

    fn is_of(&self, request: &Request) -> bool {
        self.url == request.url && self.headers == request.headers
    }
}

impl Timer {
    fn is_for(&self, timeout: Duration, now: Moment) -> bool {
        let since = u64::try_from(now.millis - self.started.millis).map(Duration::from_millis);
        self.timeout == timeout && since.is_ok_and(|since| since < timeout / TIMER_SHARE)
    }
}
