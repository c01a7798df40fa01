//! Puts the events of a body into the queue.
//!
//! [`kochava_edge::Ingest`] decides; this module does its I/O, in order: look up duplicates, store
//! rejects, enqueue the ready events, and only then add their keys to the dedupe store.

use crate::config::Config;
use crate::durable_objects::Dedupe;
use crate::inline_delivery::{self, Delivered};
use crate::platform;
use crate::{clock, failpoint, rejects};
use kochava_edge::{
    Confirmation, Context, Digest, Ingest, IngestStatus, Moment, Parcel, PlannedEvent,
};
use std::collections::BTreeSet;
use worker::Env;

/// The status of each event of a body, and the results of those that are too large for a message.
pub(crate) struct Ingested<'b> {
    pub(crate) ingest: Ingest<'b>,
    /// Events that were delivered while the sender waited, by index in the body.
    pub(crate) inline: Vec<(usize, Delivered)>,
}

/// Ingests the planned events of `body`.
pub(crate) async fn ingest<'b>(
    body: &'b str,
    events: Vec<PlannedEvent>,
    context: &Context,
    config: &Config,
    env: &Env,
) -> Ingested<'b> {
    let received = context
        .received_at
        .unwrap_or(Moment::from_millis(clock::now()));
    let mut ingest = Ingest::new(body, events, context.source, received, config.settings);
    let keys = ingest.dedupe_keys();
    ingest.mark_duplicates(Dedupe::seen(env, &keys).await);
    failpoint::at("recalled");
    let rejects = ingest.rejects();
    let keep_events = config.planner.settings().rejects.keep_events;
    let new_rejects = match rejects::store(env, &rejects, false, keep_events).await {
        Ok(new_rejects) => new_rejects,
        Err(error) => {
            error.log();
            return Ingested {
                ingest,
                inline: Vec::new(),
            };
        }
    };
    ingest.mark_rejects_stored();
    failpoint::at("stored");
    let seed = seed();
    enqueue(&mut ingest, &seed, &new_rejects, env).await;
    failpoint::at("queued");
    let inline = deliver_inline(&mut ingest, &seed, config, env).await;
    // where the dedupe store does not answer, an event may be sent twice, but none is lost
    Dedupe::add_seen(env, &ingest.accepted_keys()).await;
    failpoint::at("remembered");
    Ingested { ingest, inline }
}

async fn enqueue(ingest: &mut Ingest<'_>, seed: &str, new_rejects: &BTreeSet<Digest>, env: &Env) {
    ingest.pack(seed, new_rejects);
    let batches: Vec<Vec<String>> = ingest
        .batches()
        .into_iter()
        .map(|texts| texts.into_iter().map(str::to_owned).collect())
        .collect();
    for (number, texts) in batches.iter().enumerate() {
        match platform::send(env, texts.iter().map(|text| (text.as_str(), 0))).await {
            Ok(()) => ingest.mark_queued(number),
            Err(error) => error.log(),
        }
        failpoint::at("sent");
    }
}

/// Delivers events that are too large for a message while their sender waits.
async fn deliver_inline(
    ingest: &mut Ingest<'_>,
    seed: &str,
    config: &Config,
    env: &Env,
) -> Vec<(usize, Delivered)> {
    let ended = {
        let parcels: Vec<(usize, &Parcel)> = ingest.too_large();
        inline_delivery::all(parcels, config).await
    };
    for &(at, delivered) in &ended {
        match delivered {
            Delivered::Accepted(Confirmation::Confirmed)
            | Delivered::WithoutIdentity(Confirmation::Confirmed, _) => {
                ingest.set_status(at, IngestStatus::Delivered);
            }
            Delivered::Accepted(Confirmation::Unconfirmed)
            | Delivered::WithoutIdentity(Confirmation::Unconfirmed, _) => {
                ingest.set_status(at, IngestStatus::Unconfirmed);
            }
            Delivered::Failed(_) => {}
        }
    }
    let now = Moment::from_millis(clock::now());
    if let Some(counters) = ingest.inline_counters(seed, now)
        // losing a count loses no event
        && let Err(error) = platform::send(env, [(counters.as_str(), 0)]).await
    {
        error.log();
    }
    ended
}

/// Returns a text that is unique to the call.
pub(crate) fn seed() -> String {
    let random = || js_sys::Math::random().to_bits();
    format!("{} {:x}{:x}", clock::now(), random(), random())
}
