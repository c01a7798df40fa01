//! Receives the events of a body: puts them into the queue or, without one, delivers them while
//! their sender waits.
//!
//! In: a body that was read, and what its route knows of it. Out: the counting reply, or a refusal
//! for all of the body. A [`Guard`] sees the elements before anything becomes of them.

use crate::config::sync::{FaultySync, ReadySync};
use crate::config::{Config, Setup};
use crate::inline_delivery::beside;
use crate::limits::{CONNECTIONS_MAX, ELEMENTS_MAX, PLANNED_BYTES_MAX};
use crate::rate::Rates;
use crate::reply::{self, Reply, SyncNames};
use crate::signature::Signature;
use crate::{clock, ingest, inline_delivery};
use kochava_edge::{
    Arrivals, Context, Fate, Moment, PlanLimits, Source, SyncArrivals, Unreadable, UnreadableReason,
};
use std::cell::RefCell;
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
            is_test: false,
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
        let decided = match decide(&body, &context, setup) {
            Ok(decided) => decided,
            Err(unreadable) => return refuse_unreadable(&unreadable, setup),
        };
        if let Some(first) = decided.first()
            && let Some(refusal) = inbound.guard.refuse(&body, &first.arrivals).await
        {
            return refusal;
        }
        if setup.is_durable {
            let names = SyncNames {
                ready: decided.iter().map(|sync| sync.sync).collect(),
                blocked: blocked(setup).map(|(name, _)| name).collect(),
                are_shown: setup.has_names(),
            };
            let sources: Vec<_> = blocked(setup)
                .map(|(_, faulty)| faulty.sources.clone())
                .collect();
            let ingested = ingest::ingest(decided, &sources, &context, config, env).await;
            return reply::ingested(&ingested, &names);
        }
    }
    deliver(body, inbound, setup, config).await
}

/// The syncs that decide, as each has decided about every element of a body.
///
/// A body has the shape of no sender for a sync that takes no events of unknown senders, and may
/// have for another.
fn decide<'b>(
    body: &'b [u8],
    context: &Context<'_>,
    setup: &'b Setup,
) -> Result<Vec<SyncArrivals<'b>>, Unreadable> {
    of_each(setup.ready(), |sync| {
        let mut shapes = sync.shapes.borrow_mut();
        let arrivals = sync.planner.decide(body, context, &mut shapes)?;
        Ok(SyncArrivals {
            sync: &sync.name,
            settings: sync.settings,
            arrivals,
        })
    })
}

/// Reads a body for each of these syncs; fails where none can read it.
fn of_each<'s, T>(
    syncs: impl Iterator<Item = &'s ReadySync>,
    read: impl Fn(&'s ReadySync) -> Result<T, Unreadable>,
) -> Result<Vec<T>, Unreadable> {
    let (mut all, mut unreadable) = (Vec::new(), None);
    for sync in syncs {
        match read(sync) {
            Ok(read) => all.push(read),
            Err(fault) if fault.reason == UnreadableReason::UnrecognizedFormat => {
                unreadable.get_or_insert(fault);
            }
            Err(fault) => return Err(fault),
        }
    }
    match unreadable {
        Some(fault) if all.is_empty() => Err(fault),
        _ => Ok(all),
    }
}

/// Refuses a body that no sync can read. What has the shape of no known sender may have one for a sync
/// with faults: it stays with its sender.
fn refuse_unreadable(unreadable: &Unreadable, setup: &Setup) -> Reply {
    let is_shapeless = unreadable.reason == UnreadableReason::UnrecognizedFormat;
    if is_shapeless && blocked(setup).next().is_some() {
        return reply::misconfigured(&setup.faults());
    }
    reply::unreadable(unreadable)
}

/// Returns the syncs with faults whose events stay with their sender.
fn blocked(setup: &Setup) -> impl Iterator<Item = (&str, &FaultySync)> {
    setup.syncs.iter().filter_map(|sync| {
        let faulty = sync.ready.as_ref().err()?;
        (!faulty.is_disabled).then_some((sync.name.as_str(), faulty))
    })
}

/// Delivers events while their sender waits.
async fn deliver(body: Vec<u8>, inbound: &Inbound<'_>, setup: &Setup, config: &Config) -> Reply {
    let count = setup.ready().count().max(1);
    let budget = config.subrequests_max.div_ceil(count);
    let context = inbound.context(budget);
    if let Some(refusal) = refuse_blocked(&body, &context, setup) {
        return refusal;
    }
    let planned = of_each(setup.ready(), |sync| {
        let mut shapes = sync.shapes.borrow_mut();
        let plan = sync.planner.plan_with(&body, &context, &mut shapes)?;
        Ok((sync, plan))
    });
    let plans = match planned {
        Ok(plans) => plans,
        Err(unreadable) => return reply::unreadable(&unreadable),
    };
    drop(body);
    let connections = (CONNECTIONS_MAX / count).max(1);
    let all: Vec<_> = plans.iter().map(|_| RefCell::default()).collect();
    let deliver = async |number: usize| {
        let (sync, plan) = &plans[number];
        let ready = plan.fates.iter().enumerate();
        let ready = ready.filter_map(|(index, fate)| match fate {
            Fate::Ready(parcel) => Some((index, parcel)),
            Fate::Skipped(_) | Fate::Refused(_) => None,
        });
        let policy = sync.planner.settings().delivery;
        let mut deliveries = vec![None; plan.fates.len()];
        for (index, delivered) in
            inline_delivery::all(ready.collect(), policy, budget, connections).await
        {
            deliveries[index] = Some(delivered);
        }
        all[number].replace(deliveries);
    };
    beside(plans.len(), plans.len(), &|number| {
        Box::pin(deliver(number))
    })
    .await;
    let syncs = plans.iter().zip(all);
    let syncs: Vec<_> = syncs
        .map(|((sync, plan), deliveries)| (sync.name.as_str(), plan, deliveries.into_inner()))
        .collect();
    reply::delivered(&syncs, setup.has_names())
}

/// Refuses a body of which a sync with faults may want an event: without a queue nothing would tell,
/// when it comes again, what the other syncs have sent of it.
fn refuse_blocked(body: &[u8], context: &Context<'_>, setup: &Setup) -> Option<Reply> {
    blocked(setup).next()?;
    let decided = match decide(body, context, setup) {
        Ok(decided) => decided,
        Err(unreadable) => return Some(refuse_unreadable(&unreadable, setup)),
    };
    let arrivals = &decided.first()?.arrivals.elements;
    let is_wanted = |(_, faulty): (&str, &FaultySync)| {
        let sources = faulty.sources.as_deref();
        arrivals.iter().any(|arrival| arrival.may_be_of(sources))
    };
    let is_wanted = blocked(setup).any(is_wanted);
    is_wanted.then(|| reply::misconfigured(&setup.faults()))
}
