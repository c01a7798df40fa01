//! Delivers parcels to Kochava while their sender waits.
//!
//! [`kochava_edge::ParcelDelivery`] decides when to send, to wait and to give up; this module provides
//! clock, randomness and network. The requests of a parcel are sent one after the other, parcels
//! concurrently as far as the platform allows.

use crate::clock;
use crate::kochava_client::KochavaClient;
use futures_util::future::ready;
use futures_util::{StreamExt as _, stream};
use kochava_edge::{
    Breaker, BreakerReport, Confirmation, FailureReason, Moment, Parcel, ParcelDelivery,
    ParcelStep, RequestKind, RetryPolicy, TripReason,
};
use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::time::Duration;
use worker::Delay;

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

/// Sends parcels with at most so many calls, and so many at the same time: those with an install before
/// all others and identities of users after them, since Kochava must know a device first. Returns the
/// result of each with its index.
pub(crate) async fn all(
    parcels: Vec<(usize, &Parcel)>,
    policy: RetryPolicy,
    calls_max: usize,
    connections: usize,
) -> Vec<(usize, Delivered)> {
    let deliveries = Deliveries {
        policy,
        started: clock::now(),
        subrequests_left: Cell::new(calls_max),
        client: KochavaClient::default(),
        reports: RefCell::default(),
    };
    let ended = RefCell::new(Vec::new());
    let deliver = async |(index, parcel): (usize, &Parcel)| {
        let delivered = deliveries.parcel(index, parcel).await;
        ended.borrow_mut().push((index, delivered));
    };
    for kind in RequestKind::ALL {
        let is_of_kind = |(_, parcel): &&(usize, &Parcel)| parcel.requests[0].kind == kind;
        let group: Vec<_> = parcels.iter().filter(is_of_kind).collect();
        beside(group.len(), connections, &|at| {
            Box::pin(deliver(*group[at]))
        })
        .await;
    }
    ended.into_inner()
}

/// Runs `go` for each number below `count`, so many at the same time.
pub(crate) async fn beside<'w>(
    count: usize,
    at_once: usize,
    go: &dyn Fn(usize) -> Pin<Box<dyn Future<Output = ()> + 'w>>,
) {
    stream::iter(0..count)
        .map(go)
        .buffer_unordered(at_once)
        .for_each(|()| ready(()))
        .await;
}

/// The state that the deliveries of one inbound request share.
struct Deliveries {
    policy: RetryPolicy,
    started: i64,
    subrequests_left: Cell<usize>,
    client: KochavaClient,
    /// What was seen of each kind of call so far.
    reports: RefCell<[BreakerReport; RequestKind::ALL.len()]>,
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
                    let request = &parcel.requests[call];
                    let answer = self.client.post(request, timeout, now()).await;
                    let answer = kochava_edge::Answer::of(&answer.outcome(now()));
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
        if accepted > 0 && parcel.requests[0].kind != RequestKind::Identity {
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

fn now() -> Moment {
    Moment::from_millis(clock::now())
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
        RequestKind::Install => 0,
        RequestKind::Event => 1,
        RequestKind::Identity => 2,
    }
}
