//! How do messages get from the queue to Kochava?
//!
//! Every decision is `kochava_edge::round`'s; here are the deeds, in their order. A batch is worked
//! on in waves, each of which is written down before the next begins, so that a crash sends little
//! twice.

use crate::config::Config;
use crate::durable_objects::{Gate, Ledger, Memory, by_shard};
use crate::ingest::queue;
use crate::inline_delivery::{beside, post};
use crate::limits::{CONSUMER_MILLIS_MAX, LEDGER_SHARDS, WAVE_BYTES, WAVE_MESSAGES};
use crate::platform::{Asking, Batch, Delivery};
use crate::{clock, failpoint, log, rejects};
use kochava_edge::{
    Consumer, Digest, Disposition, JournalState, Moment, OutgoingMessage, Permit, QueueMessage,
    SettledMessage, batches, store_wait,
};
use serde::Serialize;
use std::cell::RefCell;
use std::collections::BTreeMap;
use worker::Env;

/// Takes a batch; every message of it is acknowledged or put off before it returns.
pub(crate) async fn consume(batch: &Batch, env: &Env) {
    let started = clock::now();
    let is_dead = batch.queue().ends_with("-dead");
    let mut rest = batch.deliveries();
    let Ok(config) = Config::of(env) else {
        // whatever is wrong, a person mends it: nothing is spent until then
        for delivery in &rest {
            put_off(
                delivery,
                store_wait(delivery.deliveries()).max(MISCONFIGURED_WAIT),
            );
        }
        return log::write(&ConsumerLine {
            route: "queue",
            error: Some("misconfigured"),
            messages: rest.len(),
            wave: None,
        });
    };
    let mut calls_left = config.subrequests_max;
    while !rest.is_empty() {
        if clock::now() - started > CONSUMER_MILLIS_MAX || calls_left == 0 {
            for delivery in &rest {
                put_off(delivery, std::time::Duration::from_secs(1));
            }
            return;
        }
        let after = rest.split_off(wave_length(&rest));
        wave(&rest, is_dead, config, env, &mut calls_left).await;
        rest = after;
    }
}

/// How many messages the next wave takes.
fn wave_length(deliveries: &[Delivery]) -> usize {
    let mut bytes = 0;
    let fits = deliveries
        .iter()
        .take(WAVE_MESSAGES)
        .take_while(|delivery| {
            let has_room = bytes < WAVE_BYTES;
            bytes += delivery.text().len();
            has_room
        });
    fits.count().max(1)
}

async fn wave(
    deliveries: &[Delivery],
    is_dead: bool,
    config: &Config,
    env: &Env,
    calls_left: &mut usize,
) {
    let texts: Vec<String> = deliveries.iter().map(Delivery::text).collect();
    let handed = texts
        .iter()
        .zip(deliveries)
        .map(|(text, delivery)| QueueMessage {
            text,
            attempts: delivery.deliveries(),
            is_dead,
        });
    let now = Moment::from_millis(clock::now());
    let mut round = Consumer::open(
        &handed.collect::<Vec<_>>(),
        &config.planner,
        config.settings,
        now,
        *calls_left,
    );
    recall(&mut round, env).await;
    enter(&mut round, env).await;
    failpoint::at("entered");
    let round = deliver(round).await;
    let mut round = settle(round, env).await;
    let resent = finish(&mut round, config, env).await;
    *calls_left = round.calls_left();
    conclude(&round, resent, deliveries);
}

/// What the ledger and the memory know.
async fn recall(round: &mut Consumer<'_>, env: &Env) {
    let (numbers, ids): (Vec<usize>, Vec<Digest>) = round.to_recall().into_iter().unzip();
    let mut asked = Vec::new();
    for (shard, places) in by_shard(&ids, LEDGER_SHARDS) {
        let ids: Vec<Digest> = places.iter().map(|&at| ids[at]).collect();
        asked.push((Ledger::recall(env, shard, &ids), places));
    }
    for (asking, places) in asked {
        let answer = Ledger::known(asking).await.unwrap_or_default();
        for (at, place) in places.into_iter().enumerate() {
            round.recalled(numbers[place], answer.get(at));
        }
    }
    let (devices, links) = round.to_look_up();
    if !devices.is_empty() || !links.is_empty() {
        round.known(Memory::recall(env, &devices, &links).await);
    }
}

/// Whether anything may be sent; a gate that does not answer is closed.
async fn enter(round: &mut Consumer<'_>, env: &Env) {
    let routes = round.to_permit();
    let passes = if routes.is_empty() {
        Some(Vec::new())
    } else {
        Gate::enter(env, &routes).await
    };
    let passes = passes
        .filter(|passes| passes.len() == routes.len())
        .unwrap_or_else(|| vec![Permit::Wait(store_wait(1)); routes.len()]);
    round.permitted(routes.into_iter().zip(passes));
}

/// The calls of each device one after the other, devices beside each other as far as the platform
/// lets them.
async fn deliver(round: Consumer<'_>) -> Consumer<'_> {
    let lanes = round.sequences();
    let round = RefCell::new(round);
    beside(lanes, &|lane| Box::pin(go_along(&round, lane))).await;
    round.into_inner()
}

async fn go_along(round: &RefCell<Consumer<'_>>, lane: usize) {
    loop {
        let next = round.borrow_mut().next(lane);
        let Some((request, timeout)) = next else {
            break;
        };
        let answer = post(&request, timeout).await;
        failpoint::at("posted");
        let now = Moment::from_millis(clock::now());
        round
            .borrow_mut()
            .after(lane, &answer.outcome(), now, js_sys::Math::random());
    }
}

/// What follows for all, and what is noted of each.
async fn settle<'a>(mut round: Consumer<'a>, env: &Env) -> Consumer<'a> {
    let reports = round.reports();
    if !reports.is_empty()
        && let Some(rulings) = Gate::report_all(env, &reports).await
    {
        reports
            .iter()
            .zip(rulings)
            .for_each(|((route, _), ruling)| round.ruled(route, ruling));
    }
    failpoint::at("ruled");
    let settled = round.to_settle(js_sys::Math::random());
    let ids: Vec<Digest> = settled.iter().map(|(_, settled)| settled.id).collect();
    let mut asked = Vec::new();
    for (shard, places) in by_shard(&ids, LEDGER_SHARDS) {
        let all: Vec<&SettledMessage> = places.iter().map(|&at| &settled[at].1).collect();
        asked.push((shard, Ledger::settle(env, shard, &all), all, places));
    }
    for (shard, asking, all, places) in asked {
        let answer = settled_again(asking, env, shard, &all)
            .await
            .unwrap_or_default();
        for (at, place) in places.into_iter().enumerate() {
            round.settled(settled[place].0, answer.get(at));
        }
    }
    failpoint::at("settled");
    round
}

/// Settles up to three times, since what is not noted is sent again; a message is noted once
/// however often it is told.
async fn settled_again(
    mut asking: Asking,
    env: &Env,
    shard: u32,
    settled: &[&SettledMessage],
) -> Option<Vec<JournalState>> {
    for _ in 0..2 {
        if let Some(known) = Ledger::known(asking).await {
            return Some(known);
        }
        asking = Ledger::settle(env, shard, settled);
    }
    Ledger::known(asking).await
}

/// What is left to do: rejects, what goes on in new messages, what is remembered, and that all of
/// it is done. Answers how many new messages there are.
async fn finish(round: &mut Consumer<'_>, config: &Config, env: &Env) -> usize {
    let (numbers, kept): (Vec<_>, Vec<_>) = round.rejects().into_iter().unzip();
    if rejects::store(
        env,
        &kept,
        true,
        config.planner.settings().rejects.keep_events,
    )
    .await
    .is_err()
    {
        for number in numbers {
            round.failed(number);
        }
    }
    failpoint::at("rejected");
    let resends = round.resends();
    for batch in batches(resends.iter().map(|resend| resend.text.len())) {
        let batch: &[OutgoingMessage] = &resends[batch];
        let sent = match queue(env) {
            Some(queue) => queue
                .send(
                    batch
                        .iter()
                        .map(|resend| (resend.text.as_str(), resend.delay_s)),
                )
                .await
                .is_ok(),
            None => false,
        };
        if !sent {
            for resend in batch {
                round.failed(resend.from);
            }
        }
    }
    failpoint::at("resent");
    if config.planner.settings().users.send {
        Memory::remember(env, round.remembers()).await;
    }
    let (numbers, ids): (Vec<usize>, Vec<Digest>) = round.to_complete().into_iter().unzip();
    for (shard, places) in by_shard(&ids, LEDGER_SHARDS) {
        let ids: Vec<Digest> = places.iter().map(|&at| ids[at]).collect();
        if Ledger::complete(env, shard, &ids).await.is_none() {
            for at in places {
                round.failed(numbers[at]);
            }
        }
    }
    failpoint::at("completed");
    resends.len()
}

/// Lets the messages go, or come again.
fn conclude(round: &Consumer<'_>, resent: usize, deliveries: &[Delivery]) {
    let (mut acked, mut again) = (0, 0);
    for (number, delivery) in deliveries.iter().enumerate() {
        match round.verdict(number) {
            Disposition::Ack | Disposition::Requeue(_) => {
                acked += 1;
                // what cannot be acknowledged comes again, and is known as settled then
                _ = delivery.ack();
            }
            Disposition::Retry(wait) => {
                again += 1;
                put_off(delivery, wait);
            }
        }
        failpoint::at("acked");
    }
    let counts = round.counts();
    let counts = counts
        .iter()
        .filter(|(name, _)| !name.starts_with("latency:"));
    log::write(&ConsumerLine {
        route: "queue",
        error: None,
        messages: deliveries.len(),
        wave: Some(Wave {
            acked,
            put_off: again,
            resent,
            counts: counts.collect(),
        }),
    });
}

#[derive(Serialize)]
struct ConsumerLine<'c> {
    route: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    messages: usize,
    #[serde(flatten)]
    wave: Option<Wave<'c>>,
}

/// What became of the messages, and how often what happened: counts and codes only.
#[derive(Serialize)]
struct Wave<'c> {
    acked: usize,
    put_off: usize,
    resent: usize,
    #[serde(flatten)]
    counts: BTreeMap<&'c str, u64>,
}

fn put_off(delivery: &Delivery, wait: std::time::Duration) {
    // what cannot even be put off comes again when the batch does
    _ = delivery.put_off(wait.as_secs());
}

/// What messages wait where the Worker is not set up.
const MISCONFIGURED_WAIT: std::time::Duration = std::time::Duration::from_mins(5);
