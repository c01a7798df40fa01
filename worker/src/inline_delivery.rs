//! Delivers parcels to Kochava while their sender waits, and posts single requests.
//!
//! [`kochava_edge::ParcelDelivery`] decides when to send, to wait and to give up; this module provides
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
    Breaker, BreakerReport, Confirmation, FailureReason, Moment, Outcome, Parcel, ParcelDelivery,
    ParcelStep, Request, RequestKind, RetryPolicy, TripReason,
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
        reports: RefCell::default(),
    };
    let ended = RefCell::new(Vec::new());
    let deliver = async |at: usize| {
        let (index, parcel) = parcels[at];
        let delivered = deliveries.parcel(index, parcel).await;
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
    /// What was seen of each kind of call so far.
    reports: RefCell<[BreakerReport; 2]>,
}

impl Deliveries {
    async fn parcel(&self, number: usize, parcel: &Parcel) -> Delivered {
        let mut posts = 0;
        let calls = parcel.requests.len();
        let mut confirmed = Confirmation::Confirmed;
        // of the call that comes next
        let mut last_failure = None;
        let mut step = ParcelDelivery::start(self.policy, calls, 0, self.elapsed());
        let (accepted, reason) = loop {
            step = match step {
                ParcelStep::Post {
                    call,
                    timeout,
                    posted,
                } => {
                    let kind = parcel.requests[call].kind;
                    if let Some(reason) = self.stop_reason(kind) {
                        break (call, last_failure.unwrap_or(untried(reason)));
                    }
                    if !self.spend() {
                        break (call, last_failure.unwrap_or(FailureReason::Unavailable));
                    }
                    posts += 1;
                    let answer = post(&parcel.requests[call], timeout).await;
                    let answer = kochava_edge::Answer::of(&answer.outcome());
                    match answer {
                        kochava_edge::Answer::Accepted(confirmation) => {
                            self.on_kind(kind, |report| report.accept(confirmation));
                            last_failure = None;
                            if confirmation == Confirmation::Unconfirmed {
                                confirmed = confirmation;
                            }
                        }
                        kochava_edge::Answer::Failed(reason) => last_failure = Some(reason),
                    }
                    posted.judged(answer, js_sys::Math::random(), self.elapsed())
                }
                ParcelStep::Wait(wait, waiting) => {
                    Delay::from(wait).await;
                    waiting.resume(self.elapsed())
                }
                ParcelStep::End(end) => {
                    let Some(reason) = end.failure else {
                        return Delivered::Accepted(end.confirmation);
                    };
                    if posts > end.accepted {
                        let kind = parcel.requests[end.accepted].kind;
                        self.on_kind(kind, |report| report.fail(number as u64, false, reason, 0));
                    }
                    break (end.accepted, reason);
                }
            };
        };
        if accepted > 0 && parcel.requests[0].kind == RequestKind::Event {
            Delivered::WithoutIdentity(confirmed, reason)
        } else {
            Delivered::Failed(reason)
        }
    }

    /// Returns why nothing more is sent of a kind.
    fn stop_reason(&self, kind: RequestKind) -> Option<TripReason> {
        Breaker::default().stop_reason(&self.reports.borrow()[index_of(kind)])
    }

    fn on_kind(&self, kind: RequestKind, add: impl FnOnce(&mut BreakerReport)) {
        add(&mut self.reports.borrow_mut()[index_of(kind)]);
    }

    /// Reserves one subrequest, if one is left.
    fn spend(&self) -> bool {
        let left = self.subrequests_left.get().checked_sub(1);
        self.subrequests_left.set(left.unwrap_or(0));
        left.is_some()
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(u64::try_from(clock::now() - self.started).unwrap_or(0))
    }
}

/// Returns the reason for a call that is not tried after what others met.
fn untried(reason: TripReason) -> FailureReason {
    match reason.status() {
        _ if !reason.is_pause() => FailureReason::Unavailable,
        // what answers without a readable `success` answers 2xx
        status => FailureReason::Refused {
            status: status.unwrap_or(200),
        },
    }
}

fn index_of(kind: RequestKind) -> usize {
    match kind {
        RequestKind::Event => 0,
        RequestKind::Identity => 1,
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
