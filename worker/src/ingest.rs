//! How does a body get into the queue?
//!
//! Every decision is `kochava_edge::intake`'s; here are the deeds, in their order: what was taken
//! before is asked, rejects are stored, what is ready goes into the queue, and only then it is
//! remembered as taken.

use crate::config::Config;
use crate::durable_objects::Memory;
use crate::inline_delivery::{self, Delivered};
use crate::platform::Queue;
use crate::{clock, failpoint, rejects};
use js_sys::Reflect;
use kochava_edge::{
    Confirmation, Digest, Ingest, IngestStatus, Moment, Parcel, PlannedEvent, Source,
};
use std::collections::BTreeSet;
use wasm_bindgen::JsCast;
use worker::Env;

/// What was taken of a body, and what Kochava said to those of it that no message could hold.
pub(crate) struct Took<'b> {
    pub(crate) intake: Ingest<'b>,
    pub(crate) at_once: Vec<(usize, Delivered)>,
}

/// Takes what was planned of `body`; where each element is then.
pub(crate) async fn ingest<'b>(
    body: &'b str,
    items: Vec<PlannedEvent>,
    source: Source,
    received: Moment,
    config: &Config,
    env: &Env,
) -> Took<'b> {
    let mut intake = Ingest::open(body, items, source, received, config.settings);
    let to_recall = intake.to_look_up();
    intake.deduplicated(Memory::seen(env, &to_recall).await);
    failpoint::at("recalled");
    let rejects = intake.rejects();
    let Ok(new_rejects) = rejects::store(
        env,
        &rejects,
        false,
        config.planner.settings().rejects.keep_events,
    )
    .await
    else {
        return Took {
            intake,
            at_once: Vec::new(),
        };
    };
    intake.stored();
    failpoint::at("stored");
    let seed = seed();
    enqueue(&mut intake, &seed, &new_rejects, env).await;
    failpoint::at("queued");
    let at_once = deliver_at_once(&mut intake, &seed, config, env).await;
    // where the memory does not answer, an event may be sent twice, but none is lost
    Memory::see(env, &intake.to_remember()).await;
    failpoint::at("remembered");
    Took { intake, at_once }
}

async fn enqueue(intake: &mut Ingest<'_>, seed: &str, new_rejects: &BTreeSet<Digest>, env: &Env) {
    intake.pack(seed, new_rejects);
    let Some(queue) = queue(env) else { return };
    let batches: Vec<Vec<String>> = intake
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
            intake.sent(number);
        }
        failpoint::at("sent");
    }
}

/// Delivers what no message can hold while its sender waits.
async fn deliver_at_once(
    intake: &mut Ingest<'_>,
    seed: &str,
    config: &Config,
    env: &Env,
) -> Vec<(usize, Delivered)> {
    let ended = {
        let parcels: Vec<(usize, &Parcel)> = intake.too_large();
        inline_delivery::all(parcels, config).await
    };
    for &(at, delivered) in &ended {
        match delivered {
            Delivered::Accepted(Confirmation::Confirmed)
            | Delivered::WithoutIdentity(Confirmation::Confirmed, _) => {
                intake.ended(at, IngestStatus::Delivered)
            }
            Delivered::Accepted(Confirmation::Unconfirmed)
            | Delivered::WithoutIdentity(Confirmation::Unconfirmed, _) => {
                intake.ended(at, IngestStatus::Unconfirmed);
            }
            Delivered::Failed(_) => {}
        }
    }
    if let (Some(queue), Some(counts)) = (
        queue(env),
        intake.counted_at_once(seed, Moment::from_millis(clock::now())),
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

/// A name that nobody had before.
pub(crate) fn seed() -> String {
    let word = || js_sys::Math::random().to_bits();
    format!("{} {:x}{:x}", clock::now(), word(), word())
}
