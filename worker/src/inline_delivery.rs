//! Delivers parcels to Kochava while their sender waits, and posts single requests.
//!
//! [`kochava_edge::Delivery`] decides when to send, to wait and to give up; this module provides
//! clock, randomness and network. The requests of a parcel are sent one after the other, parcels
//! concurrently as far as the platform allows.

use crate::clock;
use crate::config::Config;
use crate::http;
use crate::limits::CONNECTIONS_MAX;
use futures_util::future::{Either, ready, select};
use futures_util::{StreamExt as _, pin_mut, stream};
use kochava_edge::limits::ANSWER_BYTES_MAX;
use kochava_edge::{
    Confirmation, Delivery, FailureReason, Moment, Outcome, Parcel, Request, RequestKind,
    RetryPolicy, Step,
};
use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::time::Duration;
use worker::{
    AbortController, AbortSignal, Delay, Fetch, Headers, Method, RequestInit, RequestRedirect,
    ResponseBody,
};

/// The result of one parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivered {
    /// Kochava accepted every request; the confirmation is the weakest of all.
    Accepted(Confirmation),
    /// Kochava accepted the event but not its identity. Sending both again would count the event
    /// twice.
    WithoutIdentity(Confirmation, FailureReason),
    /// Kochava did not accept the first request, or not every identity of a user.
    Failed(FailureReason),
}

/// Sends parcels; returns the result of each with its index.
pub(crate) async fn all(
    parcels: Vec<(usize, &Parcel)>,
    config: &Config,
) -> Vec<(usize, Delivered)> {
    let deliveries = Deliveries {
        policy: config.planner.settings().delivery,
        started: clock::now(),
        subrequests_left: Cell::new(config.subrequests_max),
        stopped: [Cell::new(None), Cell::new(None)],
    };
    let ended = RefCell::new(Vec::new());
    let deliver = async |at: usize| {
        let (index, parcel) = parcels[at];
        let delivered = deliveries.parcel(parcel).await;
        ended.borrow_mut().push((index, delivered));
    };
    beside(parcels.len(), &|at| Box::pin(deliver(at))).await;
    ended.into_inner()
}

/// Runs `go` for each number below `count`, concurrently as far as the platform allows.
pub(crate) async fn beside<'w>(
    count: usize,
    go: &dyn Fn(usize) -> Pin<Box<dyn Future<Output = ()> + 'w>>,
) {
    stream::iter(0..count)
        .map(go)
        .buffer_unordered(CONNECTIONS_MAX)
        .for_each(|()| ready(()))
        .await;
}

/// The state that the deliveries of one inbound request share.
struct Deliveries {
    policy: RetryPolicy,
    started: i64,
    subrequests_left: Cell<usize>,
    /// Why no more calls of a kind are sent, by kind: Kochava refuses the configuration, or its
    /// `Retry-After` exceeds the budget.
    stopped: [Cell<Option<FailureReason>>; 2],
}

impl Deliveries {
    async fn parcel(&self, parcel: &Parcel) -> Delivered {
        let mut least_sure = Confirmation::Confirmed;
        for (number, request) in parcel.requests.iter().enumerate() {
            match self.request(request).await {
                Ok(Confirmation::Confirmed) => {}
                Ok(Confirmation::Unconfirmed) => least_sure = Confirmation::Unconfirmed,
                Err(reason) if number > 0 && parcel.requests[0].kind == RequestKind::Event => {
                    return Delivered::WithoutIdentity(least_sure, reason);
                }
                Err(reason) => return Delivered::Failed(reason),
            }
        }
        Delivered::Accepted(least_sure)
    }

    async fn request(&self, request: &Request) -> Result<Confirmation, FailureReason> {
        let mut step = Delivery::start(self.policy, self.elapsed());
        loop {
            step = match step {
                Step::Send { timeout, delivery } => {
                    self.spend(request.kind)?;
                    let answer = post(request, timeout).await;
                    delivery.after(&answer.outcome(), js_sys::Math::random(), self.elapsed())
                }
                Step::Wait(wait, delivery) => {
                    Delay::from(wait).await;
                    delivery.resume(self.elapsed())
                }
                Step::Done(confirmation) => return Ok(confirmation),
                Step::GiveUp(reason) => {
                    if let FailureReason::Paused { .. }
                    | FailureReason::Exhausted { hint: Some(_) } = reason
                    {
                        self.stopped(request.kind).set(Some(reason));
                    }
                    return Err(reason);
                }
            };
        }
    }

    /// Reserves one subrequest, if one is left and its kind is not stopped.
    fn spend(&self, kind: RequestKind) -> Result<(), FailureReason> {
        if let Some(reason) = self.stopped(kind).get() {
            return Err(reason);
        }
        let left = self
            .subrequests_left
            .get()
            .checked_sub(1)
            .ok_or(FailureReason::Exhausted { hint: None })?;
        self.subrequests_left.set(left);
        Ok(())
    }

    fn stopped(&self, kind: RequestKind) -> &Cell<Option<FailureReason>> {
        match kind {
            RequestKind::Event => &self.stopped[0],
            RequestKind::Identity => &self.stopped[1],
        }
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(u64::try_from(clock::now() - self.started).unwrap_or(0))
    }
}

/// The answer to one attempt.
pub(crate) enum Answer {
    Whole {
        head: Head,
        body: Option<Vec<u8>>,
        at: Moment,
    },
    Unreachable,
    TimedOut,
}

#[derive(Clone)]
pub(crate) struct Head {
    status: u16,
    retry_after: Option<String>,
}

impl Answer {
    pub(crate) fn outcome(&self) -> Outcome<'_> {
        match self {
            Answer::Whole { head, body, at } => Outcome::Answered {
                status: head.status,
                retry_after: head.retry_after.as_deref(),
                body: body.as_deref(),
                at: *at,
            },
            Answer::Unreachable => Outcome::Unreachable,
            Answer::TimedOut => Outcome::TimedOut,
        }
    }
}

pub(crate) async fn post(request: &Request, timeout: Duration) -> Answer {
    let controller = AbortController::default();
    let signal = controller.signal();
    let head = Cell::new(None);
    let exchange = exchange(request, &signal, &head);
    let deadline = Delay::from(timeout);
    pin_mut!(exchange, deadline);
    let ended = match select(exchange, deadline).await {
        Either::Left((body, _)) => Some(body),
        Either::Right(_) => None,
    };
    if !matches!(ended, Some(Ok(Some(_)))) {
        // closes the connection, since the rest is not read
        controller.abort();
    }
    // a status is an answer, even without its body
    match (head.take(), ended) {
        (Some(head), body) => Answer::Whole {
            head,
            body: body.and_then(Result::ok).flatten(),
            at: Moment::from_millis(clock::now()),
        },
        (None, Some(_)) => Answer::Unreachable,
        (None, None) => Answer::TimedOut,
    }
}

/// Sends the request; stores the head as soon as it arrives, then reads the body up to its limit.
async fn exchange(
    request: &Request,
    signal: &AbortSignal,
    head: &Cell<Option<Head>>,
) -> worker::Result<Option<Vec<u8>>> {
    let headers = Headers::new();
    for (name, value) in &request.headers {
        headers.set(name, value)?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_headers(headers)
        .with_body(Some(request.body.as_str().into()))
        // following a redirect would send body and credentials to another host
        .with_redirect(RequestRedirect::Manual);
    let sent = worker::Request::new_with_init(&request.url, &init)?;
    let response = Fetch::Request(sent).send_with_signal(signal).await?;
    head.set(Some(Head {
        status: response.status_code(),
        retry_after: response.headers().get("Retry-After")?,
    }));
    let stream = match response.body() {
        ResponseBody::Stream(stream) => Some(stream.clone()),
        ResponseBody::Empty | ResponseBody::Body(_) => None,
    };
    Ok(http::read(stream, ANSWER_BYTES_MAX).await?)
}
