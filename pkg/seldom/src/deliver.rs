//! How do requests get to Kochava from JavaScript?
//!
//! The loop that obeys the machine of `kochava_edge::delivery`: it brings clock, chance and the
//! given `fetch`, and decides nothing itself.

mod post;

use crate::face::Fault;
use crate::plain;
use js_sys::{Array, Function, Promise};
use kochava_edge::delivery::{Confirmation, Delivery, Policy, Reason, Step};
use post::{Answer, Door, Request, now};
use serde::Serialize;
use std::cell::Cell;
use std::time::Duration;
use wasm_bindgen::prelude::*;

/// What the deliveries of one call share.
#[wasm_bindgen]
pub struct Shift {
    policy: Policy,
    door: Door,
    /// Why nothing more of a kind is sent, by kind: Kochava refuses the configuration.
    stopped: [Cell<Option<Reason>>; 2],
}

/// What became of one request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Delivered {
    outcome: &'static str,
    attempts: u32,
    status: Option<u16>,
    retry_after_ms: Option<f64>,
}

#[wasm_bindgen]
impl Shift {
    /// `policy` is the setting `delivery` as JSON text; `aborted` settles without a value when the
    /// signal aborts.
    ///
    /// # Errors
    /// The faults of the policy, a plain array.
    #[wasm_bindgen(constructor)]
    pub fn new(
        fetch: Function,
        policy: &str,
        signal: JsValue,
        aborted: Promise,
    ) -> Result<Shift, JsValue> {
        let policy = Policy::read(policy).map_err(|faults| plain(&Fault::all(&faults)))?;
        Ok(Shift {
            policy,
            door: Door::new(fetch, signal, aborted),
            stopped: [Cell::new(None), Cell::new(None)],
        })
    }

    /// Sends one parcel, an event and the identities behind it, each request flat: see `post`.
    /// Tells what became of each, a plain array.
    ///
    /// # Errors
    /// None: what Kochava or the network does is an outcome.
    pub async fn parcel(&self, requests: Array) -> Result<JsValue, JsValue> {
        let mut delivered: Vec<Delivered> = Vec::new();
        let started = now();
        for request in requests.iter().map(Request::of) {
            // an identity never goes before its event
            let is_held =
                request.is_identity && delivered.first().is_some_and(|first| !first.is_taken());
            delivered.push(if is_held {
                Delivered::without_attempt("held")
            } else {
                self.request(&request, started).await
            });
        }
        Ok(plain(&delivered))
    }
}

impl Shift {
    async fn request(&self, request: &Request, started: f64) -> Delivered {
        let stopped = &self.stopped[usize::from(request.is_identity)];
        let elapsed = || Duration::from_secs_f64((now() - started).max(0.0) / 1_000.0);
        let mut made = Delivered::without_attempt("aborted");
        let mut step = Delivery::start(self.policy, elapsed());
        loop {
            step = match step {
                Step::Send { timeout, delivery } => {
                    if let Some(reason) = stopped.get() {
                        return made.ended(Err(reason));
                    }
                    if self.door.is_closed() {
                        return made;
                    }
                    made.attempts += 1;
                    let Some(answer) = self.door.post(request, timeout).await else {
                        return made;
                    };
                    made.status = if let Answer::Whole { status, .. } = answer {
                        Some(status)
                    } else {
                        None
                    };
                    delivery.after(&answer.outcome(), js_sys::Math::random(), elapsed())
                }
                Step::Wait(wait, delivery) => {
                    self.door.wait(wait).await;
                    delivery.resume(elapsed())
                }
                Step::Done(confirmation) => return made.ended(Ok(confirmation)),
                Step::GiveUp(reason) => {
                    if let Reason::Paused { .. } = reason {
                        stopped.set(Some(reason));
                    }
                    return made.ended(Err(reason));
                }
            };
        }
    }
}

impl Delivered {
    fn without_attempt(outcome: &'static str) -> Self {
        Delivered {
            outcome,
            attempts: 0,
            status: None,
            retry_after_ms: None,
        }
    }

    fn ended(self, end: Result<Confirmation, Reason>) -> Self {
        let (outcome, hint) = match end {
            Ok(Confirmation::Confirmed) => ("delivered", None),
            Ok(Confirmation::Unconfirmed) => ("unconfirmed", None),
            Err(Reason::Rejected { .. }) => ("rejected", None),
            Err(Reason::Paused { .. }) => ("paused", None),
            Err(Reason::Exhausted { hint }) => ("unavailable", hint),
        };
        Delivered {
            outcome,
            retry_after_ms: hint.map(|hint| hint.as_secs_f64() * 1_000.0),
            ..self
        }
    }

    fn is_taken(&self) -> bool {
        matches!(self.outcome, "delivered" | "unconfirmed")
    }
}
