//! How does a body get into the queue?
//!
//! Every decision is `kochava_edge::intake`'s; here are the deeds, in their order: what was taken
//! before is asked, rejects are stored, what is ready goes into the queue, and only then it is
//! remembered as taken.

use crate::config::Config;
use crate::durable_objects::Dedupe;
use crate::inline_delivery::{self, Delivered};
use crate::platform;
use crate::{clock, failpoint, rejects};
use kochava_edge::{
    Confirmation, Digest, Ingest, IngestStatus, Moment, Parcel, PlannedEvent, Source,
};
use std::collections::BTreeSet;
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
    let mut intake = Ingest::new(body, items, source, received, config.settings);
    let keys = intake.dedupe_keys();
    intake.mark_duplicates(Dedupe::seen(env, &keys).await);
    failpoint::at("recalled");
    let rejects = intake.rejects();
    let keep_events = config.planner.settings().rejects.keep_events;
    let new_rejects = match rejects::store(env, &rejects, false, keep_events).await {
        Ok(new_rejects) => new_rejects,
        Err(error) => {
            error.log();
            return Took {
                intake,
                at_once: Vec::new(),
            };
        }
    };
    intake.mark_rejects_stored();
    failpoint::at("stored");
    let seed = seed();
    enqueue(&mut intake, &seed, &new_rejects, env).await;
    failpoint::at("queued");
    let at_once = deliver_at_once(&mut intake, &seed, config, env).await;
    // where the memory does not answer, an event may be sent twice, but none is lost
    Dedupe::add_seen(env, &intake.accepted_keys()).await;
    failpoint::at("remembered");
    Took { intake, at_once }
}

async fn enqueue(intake: &mut Ingest<'_>, seed: &str, new_rejects: &BTreeSet<Digest>, env: &Env) {
    intake.pack(seed, new_rejects);
    let batches: Vec<Vec<String>> = intake
        .batches()
        .into_iter()
        .map(|texts| texts.into_iter().map(str::to_owned).collect())
        .collect();
    for (number, texts) in batches.iter().enumerate() {
        match platform::send(env, texts.iter().map(|text| (text.as_str(), 0))).await {
            Ok(()) => intake.mark_queued(number),
            Err(error) => error.log(),
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
                intake.set_status(at, IngestStatus::Delivered)
            }
            Delivered::Accepted(Confirmation::Unconfirmed)
            | Delivered::WithoutIdentity(Confirmation::Unconfirmed, _) => {
                intake.set_status(at, IngestStatus::Unconfirmed);
            }
            Delivered::Failed(_) => {}
        }
    }
    let now = Moment::from_millis(clock::now());
    if let Some(counters) = intake.inline_counters(seed, now)
        // a count that is lost loses no event
        && let Err(error) = platform::send(env, [(counters.as_str(), 0)]).await
    {
        error.log();
    }
    ended
}

/// A name that nobody had before.
pub(crate) fn seed() -> String {
    let word = || js_sys::Math::random().to_bits();
    format!("{} {:x}{:x}", clock::now(), word(), word())
}
