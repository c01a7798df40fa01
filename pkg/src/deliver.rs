//! Delivery of requests to Kochava through the caller's `fetch`.
//!
//! In: the requests of parcels, `fetch`, a policy and an abort signal. Out: one outcome for each
//! request. This loop obeys the parcel machine of `kochava_edge::delivery` and the stop rule of its
//! breaker; it brings the clock, randomness and `fetch`, and decides nothing itself.
//!
//! Invariant: a request is sent only after those before it in its parcel were accepted.

mod timer;
mod transport;

use crate::js_values::{JsFault, plain};
use js_sys::{Array, Function, Math, Promise, TypeError};
use kochava_edge::{
    Answer, Breaker, BreakerReport, Confirmation, FailureReason, ParcelDelivery, ParcelStep,
    RetryPolicy, TripReason,
};
use serde::Serialize;
use std::cell::{Cell, RefCell};
use std::time::Duration;
use timer::now_ms;
use transport::{HttpAnswer, OutboundRequest, Route, Transport};
use wasm_bindgen::prelude::*;

/// The deliveries of one call of `deliver`.
#[wasm_bindgen]
pub struct DeliveryRun {
    policy: RetryPolicy,
    transport: Transport,
    /// What the run saw on each route so far.
    reports: RefCell<Vec<(Route, BreakerReport)>>,
    /// Parcels begun so far.
    parcels: Cell<u64>,
}

/// The outcome of one request.
#[derive(Clone, Serialize)]
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
            reports: RefCell::default(),
            parcels: Cell::new(0),
        })
    }

    /// Sends one parcel, an event and the identities that follow it, of which the first `done`
    /// requests were accepted before, and returns an array with the outcome of each request.
    ///
    /// # Errors
    /// Requests of another shape than `parcelsOf` of `deliver.js` makes. What Kochava or the network
    /// does is an outcome.
    pub async fn parcel(&self, requests: Array, done: usize) -> Result<JsValue, JsValue> {
        let requests: Option<Vec<_>> = requests
            .iter()
            .map(|request| OutboundRequest::of(&request))
            .collect();
        let requests = requests
            .ok_or_else(|| TypeError::new("a request has no kind, url, headers or body"))?;
        Ok(plain(&self.deliver(&requests, done).await))
    }
}

impl DeliveryRun {
    async fn deliver(&self, requests: &[OutboundRequest], done: usize) -> Vec<JsDelivery> {
        let number = self.parcels.get();
        self.parcels.set(number + 1);
        let mut deliveries = vec![JsDelivery::HELD; requests.len()];
        let started_ms = now_ms();
        let elapsed = || Duration::from_secs_f64((now_ms() - started_ms).max(0.0) / 1_000.0);
        let routes: Vec<Route> = requests.iter().map(OutboundRequest::route).collect();
        let mut answer_hash = 0;
        let mut step = ParcelDelivery::start(self.policy, requests.len(), done, Duration::ZERO);
        loop {
            step = match step {
                ParcelStep::Post {
                    call,
                    timeout,
                    posted,
                } => {
                    if let Some(reason) = self.stop_reason(&routes[call]) {
                        deliveries[call].stop(reason);
                        break;
                    }
                    let attempt = self.attempt(&requests[call], &mut deliveries[call], timeout);
                    let Some(answer) = attempt.await else {
                        break;
                    };
                    if let Answer::Accepted(confirmation) = Answer::of(&answer.outcome()) {
                        self.on_route(&routes[call], |report| report.accept(confirmation));
                    }
                    answer_hash = answer.hash();
                    posted.answered(&answer.outcome(), Math::random(), elapsed())
                }
                ParcelStep::Wait(wait, waiting) => {
                    self.transport.wait(wait).await;
                    waiting.resume(elapsed())
                }
                ParcelStep::End(end) => {
                    if let Some(reason) = end.failure {
                        deliveries[end.accepted].fail(reason);
                        // a request for which no time was left says nothing about its route
                        if deliveries[end.accepted].attempts > 0 {
                            self.on_route(&routes[end.accepted], |report| {
                                report.fail(number, false, reason, answer_hash);
                            });
                        }
                    }
                    break;
                }
            };
        }
        deliveries
    }

    /// Makes one attempt; `None` if the signal aborts.
    async fn attempt(
        &self,
        request: &OutboundRequest,
        delivery: &mut JsDelivery,
        timeout: Duration,
    ) -> Option<HttpAnswer> {
        (delivery.outcome, delivery.retry_after_ms) = ("aborted", None);
        if self.transport.is_aborted() {
            return None;
        }
        delivery.attempts += 1;
        let answer = self.transport.post(request, timeout).await?;
        delivery.status = answer.status();
        match Answer::of(&answer.outcome()) {
            Answer::Accepted(confirmation) => delivery.accept(confirmation),
            Answer::Failed(reason) => delivery.fail(reason),
        }
        Some(answer)
    }

    /// Returns why nothing more is sent on a route.
    fn stop_reason(&self, route: &Route) -> Option<TripReason> {
        let reports = self.reports.borrow();
        let (_, report) = reports.iter().find(|(known, _)| known == route)?;
        Breaker::default().stop_reason(report)
    }

    /// Adds a result to the report of a route.
    fn on_route(&self, route: &Route, add: impl FnOnce(&mut BreakerReport)) {
        let mut reports = self.reports.borrow_mut();
        let known = reports.iter().position(|(known, _)| known == route);
        let at = known.unwrap_or(reports.len());
        if known.is_none() {
            reports.push((route.clone(), BreakerReport::default()));
        }
        add(&mut reports[at].1);
    }
}

impl JsDelivery {
    const HELD: JsDelivery = JsDelivery {
        outcome: "held",
        attempts: 0,
        status: None,
        retry_after_ms: None,
    };

    fn accept(&mut self, confirmation: Confirmation) {
        self.outcome = match confirmation {
            Confirmation::Confirmed => "delivered",
            Confirmation::Unconfirmed => "unconfirmed",
        };
        self.retry_after_ms = None;
    }

    fn fail(&mut self, reason: FailureReason) {
        let (outcome, hint) = match reason {
            FailureReason::Rejected { .. } => ("rejected", None),
            FailureReason::Refused { .. } => ("paused", None),
            FailureReason::Limited { hint, .. } => ("unavailable", hint),
            FailureReason::Unavailable => ("unavailable", None),
        };
        self.outcome = outcome;
        self.retry_after_ms = hint.map(|hint| hint.as_secs_f64() * 1_000.0);
    }

    /// Ends without another attempt: the outcome is that of the last attempt, or the run's.
    fn stop(&mut self, reason: TripReason) {
        if self.attempts == 0 {
            self.outcome = if reason.is_pause() {
                "paused"
            } else {
                "unavailable"
            };
        }
    }
}
