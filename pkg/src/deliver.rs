//! Delivery of requests to Kochava through the caller's `fetch`.
//!
//! In: the requests of parcels, `fetch`, a policy and an abort signal. Out: one outcome for each
//! request. This loop obeys the state machine of `kochava_edge::delivery`; it brings the clock,
//! randomness and `fetch`, and decides nothing itself.
//!
//! Invariant: an identity is sent only after its event was accepted.

mod timer;
mod transport;

use crate::js_values::{JsFault, plain};
use js_sys::{Function, Math, Promise};
use kochava_edge::{Confirmation, Delivery, FailureReason, RetryPolicy, Step};
use serde::Serialize;
use serde_wasm_bindgen::from_value;
use std::cell::Cell;
use std::time::Duration;
use timer::now_ms;
use transport::{OutboundRequest, RequestKind, Transport};
use wasm_bindgen::prelude::*;

/// The deliveries of one call of `deliver`.
#[wasm_bindgen]
pub struct DeliveryRun {
    policy: RetryPolicy,
    transport: Transport,
    /// Why no more requests of a kind are sent, by kind: Kochava refuses the configuration.
    stopped: [Cell<Option<FailureReason>>; 2],
}

/// The outcome of one request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsDelivery {
    outcome: &'static str,
    attempts: u32,
    status: Option<u16>,
    retry_after_ms: Option<f64>,
}

#[wasm_bindgen]
impl DeliveryRun {
    /// Prepares a run. `policy` is the setting `delivery` as JSON text; `aborted` settles without
    /// a value when `signal` aborts.
    ///
    /// # Errors
    /// The faults of the policy, as a plain array.
    #[wasm_bindgen(constructor)]
    pub fn new(
        fetch: Function,
        policy: &str,
        signal: JsValue,
        aborted: Promise,
    ) -> Result<DeliveryRun, JsValue> {
        let policy = RetryPolicy::read(policy).map_err(|faults| plain(&JsFault::all(&faults)))?;
        Ok(DeliveryRun {
            policy,
            transport: Transport::new(fetch, signal, aborted),
            stopped: [Cell::new(None), Cell::new(None)],
        })
    }

    /// Sends one parcel, an event and the identities that follow it, and returns an array with the
    /// outcome of each request.
    ///
    /// # Errors
    /// Requests of another shape than `parcelsOf` of `api.js` makes. What Kochava or the network
    /// does is an outcome.
    pub async fn parcel(&self, requests: JsValue) -> Result<JsValue, JsValue> {
        let requests: Vec<OutboundRequest> = from_value(requests)?;
        let mut deliveries: Vec<JsDelivery> = Vec::with_capacity(requests.len());
        let started_ms = now_ms();
        for request in &requests {
            let is_held = request.kind == RequestKind::Identity
                && deliveries.first().is_some_and(|first| !first.is_accepted());
            deliveries.push(if is_held {
                JsDelivery::without_attempt("held")
            } else {
                self.request(request, started_ms).await
            });
        }
        Ok(plain(&deliveries))
    }
}

impl DeliveryRun {
    async fn request(&self, request: &OutboundRequest, started_ms: f64) -> JsDelivery {
        let stopped = &self.stopped[request.kind as usize];
        let elapsed = || Duration::from_secs_f64((now_ms() - started_ms).max(0.0) / 1_000.0);
        let mut made = JsDelivery::without_attempt("aborted");
        let mut step = Delivery::start(self.policy, elapsed());
        loop {
            step = match step {
                Step::Send { timeout, delivery } => {
                    if let Some(reason) = stopped.get() {
                        return made.ended(Err(reason));
                    }
                    if self.transport.is_aborted() {
                        return made;
                    }
                    made.attempts += 1;
                    let Some(answer) = self.transport.post(request, timeout).await else {
                        return made;
                    };
                    made.status = answer.status();
                    delivery.after(&answer.outcome(), Math::random(), elapsed())
                }
                Step::Wait(wait, delivery) => {
                    self.transport.wait(wait).await;
                    delivery.resume(elapsed())
                }
                Step::Done(confirmation) => return made.ended(Ok(confirmation)),
                Step::GiveUp(reason) => {
                    if let FailureReason::Paused { .. } = reason {
                        stopped.set(Some(reason));
                    }
                    return made.ended(Err(reason));
                }
            };
        }
    }
}

impl JsDelivery {
    fn without_attempt(outcome: &'static str) -> Self {
        JsDelivery {
            outcome,
            attempts: 0,
            status: None,
            retry_after_ms: None,
        }
    }

    fn ended(self, end: Result<Confirmation, FailureReason>) -> Self {
        let (outcome, hint) = match end {
            Ok(Confirmation::Confirmed) => ("delivered", None),
            Ok(Confirmation::Unconfirmed) => ("unconfirmed", None),
            Err(FailureReason::Rejected { .. }) => ("rejected", None),
            Err(FailureReason::Paused { .. }) => ("paused", None),
            Err(FailureReason::Exhausted { hint }) => ("unavailable", hint),
        };
        JsDelivery {
            outcome,
            retry_after_ms: hint.map(|hint| hint.as_secs_f64() * 1_000.0),
            ..self
        }
    }

    fn is_accepted(&self) -> bool {
        matches!(self.outcome, "delivered" | "unconfirmed")
    }
}
