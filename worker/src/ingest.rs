//! Puts the events of a body into the queue: the interpreter of [`kochava_edge::ingest`].

use crate::config::Config;
use crate::{clock, failpoint, large_events, platform};
use kochava_edge::{Context, IngestContext, IngestStep, Ingested, Moment, Source, SyncArrivals};
use worker::Env;

/// Ingests the elements of a body, as each sync has decided about them; `blocked` has the senders of
/// each sync with faults.
pub(crate) async fn ingest(
    syncs: Vec<SyncArrivals<'_>>,
    blocked: &[Option<Vec<Source>>],
    context: &Context<'_>,
    config: &Config,
    env: &Env,
) -> Ingested {
    let seed = seed();
    let context = IngestContext {
        received: context
            .received_at
            .unwrap_or(Moment::from_millis(clock::now())),
        shards: config.shards,
        seed: &seed,
        blocked,
    };
    let mut step = kochava_edge::ingest(syncs, context);
    loop {
        failpoint::at("ingest");
        step = match step {
            IngestStep::Store(events, storing) => {
                let stored = large_events::store(env, &events).await;
                storing.stored(stored.inspect_err(|error| error.log()).is_ok())
            }
            IngestStep::Send(batches, sending) => sending.sent(send(&batches, env).await),
            IngestStep::Done(ingested) => return ingested,
        }
    }
}

/// Puts batches into the queue up to the first that fails; returns how many there are.
pub(crate) async fn send(batches: &[Vec<String>], env: &Env) -> usize {
    for (number, texts) in batches.iter().enumerate() {
        let texts = texts.iter().map(|text| (text.as_str(), 0));
        if let Err(error) = platform::send(env, texts).await {
            error.log();
            return number;
        }
        failpoint::at("sent");
    }
    batches.len()
}

/// Returns a text that is unique to the call.
pub(crate) fn seed() -> String {
    let random = || js_sys::Math::random().to_bits();
    format!("{} {:x}{:x}", clock::now(), random(), random())
}
