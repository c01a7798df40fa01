//! The queue consumer: it does the I/O that [`kochava_edge::Consumer`] asks for.
//!
//! A batch is processed in waves. The results of a wave are recorded before the next begins, so
//! that few events are sent twice after a crash. Every message is acknowledged or retried before
//! the batch ends.

use crate::config::Config;
use crate::durable_objects::{Breaker, Dedupe, Journal};
use crate::inline_delivery::{beside, post};
use crate::limits::{CONSUMER_MILLIS_MAX, WAVE_BYTES, WAVE_MESSAGES};
use crate::platform::{self, Batch, BatchMessage};
use crate::{clock, failpoint, log, rejects};
use kochava_edge::{
    Consumer, Digest, Disposition, Moment, OutgoingMessage, Permit, QueueMessage, SettledMessage,
    batches, store_wait,
};
use serde::Serialize;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;
use worker::Env;

/// Delivers the messages of a batch.
pub(crate) async fn consume(batch: &Batch, env: &Env) {
    let started = clock::now();
    let is_dead = batch.queue().ends_with("-dead");
    let mut rest = batch.list();
    let Ok(config) = Config::of(env) else {
        retry_misconfigured(&rest);
        return;
    };
    let mut calls_left = config.subrequests_max;
    while !rest.is_empty() {
        if clock::now() - started > CONSUMER_MILLIS_MAX || calls_left == 0 {
            for message in &rest {
                retry(message, Duration::from_secs(1));
            }
            return;
        }
        let texts = take_wave(rest.iter().map(BatchMessage::text));
        let after = rest.split_off(texts.len());
        calls_left = deliver_wave(&rest, &texts, is_dead, config, env, calls_left).await;
        rest = after;
    }
}

/// Retries all messages, unread, until the faults of the configuration are corrected.
fn retry_misconfigured(messages: &[BatchMessage]) {
    for message in messages {
        retry(
            message,
            store_wait(message.attempts()).max(MISCONFIGURED_WAIT),
        );
    }
    log::write(&WaveLine {
        error: Some("misconfigured"),
        retried: messages.len(),
        ..WaveLine::of(messages)
    });
}

/// Returns the texts of the next wave: at least one if any is left, within the limits of a wave.
fn take_wave(mut texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut wave: Vec<String> = Vec::new();
    let mut bytes = 0;
    while wave.len() < WAVE_MESSAGES
        && bytes < WAVE_BYTES
        && let Some(text) = texts.next()
    {
        bytes += text.len();
        wave.push(text);
    }
    wave
}

/// Delivers one wave; returns the number of calls that may still be made.
async fn deliver_wave(
    messages: &[BatchMessage],
    texts: &[String],
    is_dead: bool,
    config: &Config,
    env: &Env,
    calls_left: usize,
) -> usize {
    let queued: Vec<QueueMessage<'_>> = messages
        .iter()
        .zip(texts)
        .map(|(message, text)| QueueMessage {
            text,
            attempts: message.attempts(),
            is_dead,
        })
        .collect();
    let now = Moment::from_millis(clock::now());
    let mut consumer = Consumer::open(&queued, &config.planner, config.settings, now, calls_left);
    look_up(&mut consumer, env).await;
    request_permits(&mut consumer, env).await;
    failpoint::at("permitted");
    let mut consumer = send_requests(consumer).await;
    report(&mut consumer, env).await;
    failpoint::at("reported");
    settle(&mut consumer, env).await;
    failpoint::at("settled");
    let requeued = finish(&mut consumer, config, env).await;
    conclude(&consumer, requeued, messages);
    consumer.calls_left()
}

/// Looks up the messages in the journal and the devices in the dedupe store.
async fn look_up(consumer: &mut Consumer<'_>, env: &Env) {
    let (indexes, ids): (Vec<usize>, Vec<Digest>) = consumer.journal_lookup().into_iter().unzip();
    let states = Journal::look_up(env, &ids).await;
    for (index, state) in indexes.into_iter().zip(states) {
        consumer.handle_journal_state(index, state.as_ref());
    }
    let (devices, links) = consumer.device_lookup();
    if !devices.is_empty() || !links.is_empty() {
        consumer.handle_known_devices(Dedupe::known(env, &devices, &links).await);
    }
}

/// Requests permits; if the breakers do not answer, everything waits.
async fn request_permits(consumer: &mut Consumer<'_>, env: &Env) {
    let routes = consumer.routes();
    if routes.is_empty() {
        return consumer.handle_permits([]);
    }
    let permits = Breaker::permits(env, &routes).await;
    let permits = permits
        .inspect_err(|error| error.log())
        .unwrap_or_else(|_| vec![Permit::Wait(store_wait(1)); routes.len()]);
    consumer.handle_permits(routes.into_iter().zip(permits));
}

/// Sends the calls of each sequence one after the other, and sequences concurrently as far as the
/// platform allows.
async fn send_requests(consumer: Consumer<'_>) -> Consumer<'_> {
    let count = consumer.sequence_count();
    let consumer = RefCell::new(consumer);
    beside(count, &|sequence| {
        Box::pin(send_sequence(&consumer, sequence))
    })
    .await;
    consumer.into_inner()
}

async fn send_sequence(consumer: &RefCell<Consumer<'_>>, sequence: usize) {
    loop {
        let next = consumer.borrow_mut().next_request(sequence);
        let Some((request, timeout)) = next else {
            break;
        };
        let answer = post(&request, timeout).await;
        failpoint::at("posted");
        let now = Moment::from_millis(clock::now());
        let jitter = js_sys::Math::random();
        consumer
            .borrow_mut()
            .handle_outcome(sequence, &answer.outcome(), now, jitter);
    }
}

async fn report(consumer: &mut Consumer<'_>, env: &Env) {
    let reports = consumer.breaker_reports();
    if reports.is_empty() {
        return;
    }
    match Breaker::report(env, &reports).await {
        Ok(responses) => {
            for ((route, _), response) in reports.iter().zip(responses) {
                consumer.handle_breaker_response(route, response);
            }
        }
        Err(error) => error.log(),
    }
}

async fn settle(consumer: &mut Consumer<'_>, env: &Env) {
    let settled = consumer.settle(js_sys::Math::random());
    let (indexes, settled): (Vec<usize>, Vec<SettledMessage>) = settled.into_iter().unzip();
    let states = Journal::settle(env, &settled).await;
    for (index, state) in indexes.into_iter().zip(states) {
        consumer.handle_settled(index, state.as_ref());
    }
}

/// Completes the settled messages: stores rejects and enqueues what remains. Returns the number of
/// enqueued messages.
async fn finish(consumer: &mut Consumer<'_>, config: &Config, env: &Env) -> usize {
    store_rejects(consumer, config, env).await;
    failpoint::at("rejected");
    let outgoing = consumer.outgoing_messages();
    for batch in batches(outgoing.iter().map(|message| message.text.len())) {
        send_batch(consumer, &outgoing[batch], env).await;
    }
    failpoint::at("requeued");
    if config.planner.settings().users.send {
        Dedupe::add_known(env, consumer.devices_to_remember()).await;
    }
    let (indexes, ids): (Vec<usize>, Vec<Digest>) =
        consumer.messages_to_complete().into_iter().unzip();
    for place in Journal::complete(env, &ids).await {
        consumer.mark_failed(indexes[place]);
    }
    failpoint::at("completed");
    outgoing.len()
}

async fn store_rejects(consumer: &mut Consumer<'_>, config: &Config, env: &Env) {
    let (indexes, stored): (Vec<usize>, Vec<_>) = consumer.rejects().into_iter().unzip();
    let keep_events = config.planner.settings().rejects.keep_events;
    if let Err(error) = rejects::store(env, &stored, true, keep_events).await {
        error.log();
        for index in indexes {
            consumer.mark_failed(index);
        }
    }
}

async fn send_batch(consumer: &mut Consumer<'_>, batch: &[OutgoingMessage], env: &Env) {
    let texts = batch
        .iter()
        .map(|message| (message.text.as_str(), message.delay_s));
    if let Err(error) = platform::send(env, texts).await {
        error.log();
        for message in batch {
            consumer.mark_failed(message.from);
        }
    }
}

/// Acknowledges the messages, or has them delivered again.
fn conclude(consumer: &Consumer<'_>, requeued: usize, messages: &[BatchMessage]) {
    let mut line = WaveLine {
        requeued,
        ..WaveLine::of(messages)
    };
    for (index, message) in messages.iter().enumerate() {
        match consumer.disposition(index) {
            Disposition::Ack | Disposition::Requeue(_) => {
                line.acked += 1;
                // an unacknowledged message is redelivered, and the journal has it as settled
                _ = message.ack();
            }
            Disposition::Retry(wait) => {
                line.retried += 1;
                retry(message, wait);
            }
        }
        failpoint::at("acked");
    }
    let counters = consumer.counters().iter();
    line.counters = counters
        .filter(|(name, _)| !name.starts_with("latency:"))
        .collect();
    log::write(&line);
}

fn retry(message: &BatchMessage, wait: Duration) {
    // a message that is neither acknowledged nor retried is redelivered with its batch
    _ = message.retry(wait);
}

/// The log line of a wave: counts and codes only.
#[derive(Serialize)]
struct WaveLine<'c> {
    route: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    messages: usize,
    acked: usize,
    retried: usize,
    requeued: usize,
    #[serde(flatten)]
    counters: BTreeMap<&'c str, u64>,
}

impl WaveLine<'_> {
    fn of(messages: &[BatchMessage]) -> Self {
        WaveLine {
            route: "queue",
            error: None,
            messages: messages.len(),
            acked: 0,
            retried: 0,
            requeued: 0,
            counters: BTreeMap::new(),
        }
    }
}

/// How long messages wait while the configuration has faults.
const MISCONFIGURED_WAIT: Duration = Duration::from_mins(5);

#[cfg(test)]
mod tests {
    use super::*;

    fn wave_of(lengths: &[usize]) -> usize {
        take_wave(lengths.iter().map(|&length| "x".repeat(length))).len()
    }

    #[test]
    fn a_wave_ends_at_its_limits_and_takes_at_least_one_message() {
        assert_eq!(wave_of(&[WAVE_BYTES * 2, 1]), 1);
        assert_eq!(wave_of(&[1, WAVE_BYTES * 2, 1]), 2);
        assert_eq!(wave_of(&[10; 100]), WAVE_MESSAGES);
        assert_eq!(wave_of(&[]), 0);
    }

    #[test]
    fn a_log_line_has_its_counters_beside_the_rest() {
        let line = WaveLine {
            acked: 2,
            counters: BTreeMap::from([("code:expired", 1), ("delivered", 3)]),
            ..WaveLine::of(&[])
        };
        assert_eq!(
            serde_json::to_string(&line).expect("it is written"),
            r#"{"route":"queue","messages":0,"acked":2,"retried":0,"requeued":0,"code:expired":1,"delivered":3}"#
        );
    }
}
