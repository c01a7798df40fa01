//! Receives the events of a body: puts them into the queue or, without one, delivers them while
//! their sender waits.
//!
//! In: a body that was read, and what its route knows of it. Out: the counting reply, or a refusal
//! for all of the body. A [`Guard`] sees the elements before anything becomes of them.

use crate::config::{Config, Setup};
use crate::limits::{ELEMENTS_MAX, PLANNED_BYTES_MAX};
use crate::rate::Rates;
use crate::reply::{self, Reply};
use crate::signature::Signature;
use crate::{clock, ingest, inline_delivery};
use kochava_edge::{Arrivals, Context, Fate, Moment, PlanLimits, Source, Unreadable};
use worker::Env;

/// What a route knows of a body.
#[derive(Default)]
pub(crate) struct Inbound<'i> {
    /// Its sender; `None` where the shape of each element tells.
    pub(crate) source: Option<Source>,
    /// The address and the user agent of the connection, where they are the device's.
    pub(crate) connection_ip: Option<&'i str>,
    pub(crate) user_agent: Option<&'i str>,
    pub(crate) guard: Guard<'i>,
}

/// What is checked once the elements of a body are known.
#[derive(Default)]
pub(crate) enum Guard<'g> {
    #[default]
    None,
    /// A signature of the body or of its first element.
    Signature(Signature<'g>),
    /// How often a key and each device may send.
    Rates(Rates<'g>),
}

impl Guard<'_> {
    async fn refuse(&self, body: &[u8], arrivals: &Arrivals<'_>) -> Option<Reply> {
        match self {
            Guard::None => None,
            Guard::Signature(signature) => {
                let first = arrivals.elements.first();
                let first = first.and_then(|first| body.get(first.at.clone()));
                (!signature.covers(body, first)).then(reply::wrong_signature)
            }
            Guard::Rates(rates) => {
                let throttled = rates.throttled(&arrivals.elements).await;
                (!throttled.is_empty()).then(|| reply::throttled(throttled))
            }
        }
    }
}

impl<'i> Inbound<'i> {
    pub(crate) fn of(source: Option<Source>) -> Self {
        Inbound {
            source,
            ..Inbound::default()
        }
    }

    /// Returns the context of a plan that causes at most so many calls within this request.
    pub(crate) fn context(&self, requests: usize) -> Context<'i> {
        Context {
            source: self.source,
            received_at: Some(Moment::from_millis(clock::now())),
            connection_ip: self.connection_ip,
            user_agent: self.user_agent,
            limits: Some(PlanLimits {
                elements: ELEMENTS_MAX,
                requests,
                body_bytes: PLANNED_BYTES_MAX,
            }),
        }
    }
}

/// Receives the events of a body.
pub(crate) async fn receive(
    body: Vec<u8>,
    inbound: &Inbound<'_>,
    setup: &Setup,
    config: &Config,
    env: &Env,
) -> Reply {
    if setup.is_durable || !matches!(inbound.guard, Guard::None) {
        // a queued event causes no call to Kochava within this request
        let context = inbound.context(usize::MAX);
        let arrivals = match decide(&body, &context, config) {
            Ok(arrivals) => arrivals,
            Err(unreadable) => return reply::unreadable(&unreadable),
        };
        if let Some(refusal) = inbound.guard.refuse(&body, &arrivals).await {
            return refusal;
        }
        if setup.is_durable {
            return reply::ingested(&ingest::ingest(arrivals, &context, config, env).await);
        }
    }
    deliver(body, inbound, config).await
}

fn decide<'b>(
    body: &'b [u8],
    context: &Context<'_>,
    config: &Config,
) -> Result<Arrivals<'b>, Unreadable> {
    let mut shapes = config.shapes.borrow_mut();
    config.planner.decide(body, context, &mut shapes)
}

/// Delivers events while their sender waits.
async fn deliver(body: Vec<u8>, inbound: &Inbound<'_>, config: &Config) -> Reply {
    let context = inbound.context(config.subrequests_max);
    let planned = {
        let mut shapes = config.shapes.borrow_mut();
        config.planner.plan_with(&body, &context, &mut shapes)
    };
    let plan = match planned {
        Ok(plan) => plan,
        Err(unreadable) => return reply::unreadable(&unreadable),
    };
    drop(body);
    let ready = plan.fates.iter().enumerate();
    let ready = ready.filter_map(|(index, fate)| match fate {
        Fate::Ready(parcel) => Some((index, parcel)),
        Fate::Skipped(_) | Fate::Refused(_) => None,
    });
    let mut deliveries = vec![None; plan.fates.len()];
    for (index, delivered) in inline_delivery::all(ready.collect(), config).await {
        deliveries[index] = Some(delivered);
    }
    reply::delivered(&plan, &deliveries)
}
