//! Brings the events of a body into the queue.
//!
//! Every decision is that of [`kochava_edge::Ingest`]; here is its I/O, in order: duplicates are
//! looked up, rejects are stored, what is ready goes into the queue, and only then the dedupe store
//! remembers it.

use crate::config::Config;
use crate::durable_objects::Memory;
use crate::inline_delivery::{self, Delivered};
use crate::platform::Queue;
use crate::{clock, failpoint, rejects};
use js_sys::Reflect;
use kochava_edge::{
    Confirmation, Context, Digest, Ingest, IngestStatus, Moment, Parcel, PlannedEvent,
};
use std::collections::BTreeSet;
use wasm_bindgen::JsCast;
use worker::Env;

/// Where each event of a body is, and what became of those that no message could hold.
pub(crate) struct Ingested<'b> {
    pub(crate) ingest: Ingest<'b>,
    /// Delivered while the sender waited, by the place in the body.
    pub(crate) inline: Vec<(usize, Delivered)>,
}

/// Ingests the events that were planned of `body`.
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
    let mut ingest = Ingest::open(body, events, context.source, received, config.settings);
    let keys = ingest.to_look_up();
    ingest.deduplicated(Memory::seen(env, &keys).await);
    failpoint::at("recalled");
    let rejects = ingest.rejects();
    let Ok(new_rejects) = rejects::store(
        env,
        &rejects,
        false,
        config.planner.settings().rejects.keep_events,
    )
    .await
    else {
        return Ingested {
            ingest,
            inline: Vec::new(),
        };
    };
    ingest.stored();
    failpoint::at("stored");
    let seed = seed();
    enqueue(&mut ingest, &seed, &new_rejects, env).await;
    failpoint::at("queued");
    let inline = deliver_inline(&mut ingest, &seed, config, env).await;
    // where the dedupe store does not answer, an event may be sent twice, but none is lost
    Memory::see(env, &ingest.to_remember()).await;
    failpoint::at("remembered");
    Ingested { ingest, inline }
}

async fn enqueue(ingest: &mut Ingest<'_>, seed: &str, new_rejects: &BTreeSet<Digest>, env: &Env) {
    ingest.pack(seed, new_rejects);
    let Some(queue) = queue(env) else { return };
    let batches: Vec<Vec<String>> = ingest
        .batches()
        .into_iter()
        .map(|texts| texts.into_iter().map(str::to_owned).collect())
        .collect();
    for (number, texts) in batches.iter().enumerate() {
        if queue
            .send(texts.iter().map(|text| (text.as_str(), 0)))
            .await
            .is_ok()
        {
            ingest.sent(number);
        }
        failpoint::at("sent");
    }
}

/// Delivers what no message can hold while its sender waits.
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
                ingest.ended(at, IngestStatus::Delivered);
            }
            Delivered::Accepted(Confirmation::Unconfirmed)
            | Delivered::WithoutIdentity(Confirmation::Unconfirmed, _) => {
                ingest.ended(at, IngestStatus::Unconfirmed);
            }
            Delivered::Failed(_) => {}
        }
    }
    if let (Some(queue), Some(counts)) = (
        queue(env),
        ingest.counted_at_once(seed, Moment::from_millis(clock::now())),
    ) {
        // a count that is lost loses no event
        _ = queue.send([(counts.as_str(), 0)]).await;
    }
    ended
}

/// The queue, if it is bound.
pub(crate) fn queue(env: &Env) -> Option<Queue> {
    let queue = Reflect::get(env, &"QUEUE".into()).ok()?;
    (!queue.is_undefined()).then(|| queue.unchecked_into())
}

/// A text that no other call returns.
pub(crate) fn seed() -> String {
    let random = || js_sys::Math::random().to_bits();
    format!("{} {:x}{:x}", clock::now(), random(), random())
}
