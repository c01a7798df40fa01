//! The queue consumer: the interpreter of [`kochava_edge::consume`].
//!
//! A batch is processed in waves. Every message is acknowledged or retried before the batch ends.

use crate::config::Setup;
use crate::durable_objects::Journal;
use crate::inline_delivery::{beside, post};
use crate::limits::{CONSUMER_MILLIS_MAX, WAVE_BYTES, WAVE_MESSAGES};
use crate::platform::{self, Batch, BatchMessage};
use crate::sorted::map_of;
use crate::{clock, failpoint, large_events, log, rejects};
use futures_util::join;
use kochava_edge::{
    ConsumerContext, ConsumerStep, Counters, Digest, Disposition, FinishResult, FinishWork, Moment,
    OutgoingMessage, Posting, QueueMessage, Rejects, WaveResult, consume as begin,
};
use serde::Serialize;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;
use worker::Env;

/// Delivers the messages of a batch.
pub(crate) async fn consume(batch: &Batch, env: &Env) {
    let setup = Setup::of(env);
    let config = setup.config.as_ref().ok();
    let deadline = Moment::from_millis(clock::now() + CONSUMER_MILLIS_MAX);
    let is_dead = batch.queue().ends_with("-dead");
    let mut calls_left = config.map_or(0, |config| config.subrequests_max);
    let mut rest = batch.list();
    while !rest.is_empty() {
        let is_over = clock::now() >= deadline.millis;
        if is_over || (config.is_some() && calls_left == 0) {
            for message in &rest {
                retry(message, Duration::from_secs(1));
            }
            return;
        }
        let texts = take_wave(rest.iter().map(BatchMessage::text));
        let after = rest.split_off(texts.len());
        let queued: Vec<QueueMessage<'_>> = rest
            .iter()
            .zip(&texts)
            .map(|(message, text)| QueueMessage {
                text,
                attempts: message.attempts(),
                is_dead,
            })
            .collect();
        let context = ConsumerContext {
            planner: config.map(|config| &config.planner),
            settings: config.map_or(Digest::of(&[]), |config| config.settings),
            now: Moment::from_millis(clock::now()),
            deadline,
            calls_max: calls_left,
        };
        let result = deliver_wave(&queued, context, &setup.rejects, env).await;
        calls_left = result.calls_left;
        conclude(&result, config.is_none(), &rest);
        rest = after;
    }
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

/// Does what the wave asks for, step by step.
async fn deliver_wave(
    queued: &[QueueMessage<'_>],
    context: ConsumerContext<'_>,
    keep: &Rejects,
    env: &Env,
) -> WaveResult {
    let mut step = begin(queued, context);
    loop {
        failpoint::at("consumer");
        step = match step {
            ConsumerStep::Load(keys, loading) => {
                loading.loaded(large_events::load(env, &keys).await)
            }
            ConsumerStep::Begin(requests, beginning) => {
                beginning.begun(Journal::begin(env, requests).await)
            }
            ConsumerStep::Post(posting) => post_all(posting).await,
            ConsumerStep::Commit(requests, committing) => {
                committing.committed(Journal::commit(env, requests).await)
            }
            ConsumerStep::Finish(work, finishing) => {
                finishing.finished(&finish(work, keep, env).await)
            }
            ConsumerStep::Complete(requests, completing) => {
                completing.completed(&Journal::complete(env, requests).await)
            }
            ConsumerStep::Done(result) => return result,
        };
    }
}

/// Sends the calls of each sequence one after the other, and sequences side by side as far as the
/// platform allows.
async fn post_all(posting: Posting<'_>) -> ConsumerStep<'_> {
    let count = posting.sequences();
    let posting = RefCell::new(posting);
    beside(count, &|sequence| {
        Box::pin(post_sequence(&posting, sequence))
    })
    .await;
    let now = Moment::from_millis(clock::now());
    posting.into_inner().end(now, js_sys::Math::random())
}

async fn post_sequence(posting: &RefCell<Posting<'_>>, sequence: usize) {
    loop {
        let now = Moment::from_millis(clock::now());
        let next = posting.borrow_mut().next_call(sequence, now);
        let Some(call) = next else {
            break;
        };
        let answer = post(&call.request, call.timeout).await;
        failpoint::at("posted");
        let now = Moment::from_millis(clock::now());
        let jitter = js_sys::Math::random();
        posting
            .borrow_mut()
            .answered(call.ticket, &answer.outcome(), now, jitter);
    }
}

/// Stores rejects, deletes what has ended, and enqueues what remains.
async fn finish(work: FinishWork, keep: &Rejects, env: &Env) -> FinishResult {
    let store = rejects::store(env, &work.rejects, &work.replaced, keep.keep_events);
    let resolve = async {
        match work.resolved.as_slice() {
            [] => Ok(()),
            ids => rejects::delete(env, ids).await,
        }
    };
    let end = async {
        match work.ended.as_slice() {
            [] => Ok(()),
            keys => large_events::delete(env, keys).await,
        }
    };
    let (stored, resolved, ended, are_sent) =
        join!(store, resolve, end, send_all(&work.batches, env));
    let is_done =
        |done: Result<(), platform::PlatformError>| done.inspect_err(|error| error.log()).is_ok();
    FinishResult {
        are_rejects_stored: is_done(stored),
        are_resolved_deleted: is_done(resolved),
        are_ended_deleted: is_done(ended),
        are_sent,
    }
}

/// Puts batches into the queue; returns whether each is there.
async fn send_all(batches: &[Vec<OutgoingMessage>], env: &Env) -> Vec<bool> {
    let mut are_sent = Vec::with_capacity(batches.len());
    for batch in batches {
        let texts = batch
            .iter()
            .map(|message| (message.text.as_str(), message.delay_s));
        let sent = platform::send(env, texts).await;
        are_sent.push(sent.inspect_err(|error| error.log()).is_ok());
    }
    are_sent
}

/// Acknowledges the messages, or has them delivered again.
fn conclude(result: &WaveResult, is_misconfigured: bool, messages: &[BatchMessage]) {
    let mut line = WaveLine {
        error: is_misconfigured.then_some("misconfigured"),
        messages: messages.len(),
        requeued: result.requeued,
        ..WaveLine::of(&result.counters)
    };
    for (message, disposition) in messages.iter().zip(&result.dispositions) {
        match disposition {
            Disposition::Ack => {
                line.acked += 1;
                // an unacknowledged message is redelivered, and the journal has it as settled
                _ = message.ack();
            }
            Disposition::Retry(wait) => {
                line.retried += 1;
                retry(message, *wait);
            }
        }
        failpoint::at("acked");
    }
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

impl<'c> WaveLine<'c> {
    fn of(counters: &'c Counters) -> Self {
        WaveLine {
            route: "queue",
            error: None,
            messages: 0,
            acked: 0,
            retried: 0,
            requeued: 0,
            counters: map_of(
                counters
                    .iter()
                    .filter(|(name, _)| !name.starts_with("latency:")),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave_of(lengths: &[usize]) -> usize {
        take_wave(lengths.iter().map(|&length| "x".repeat(length))).len()
    }

    #[test]
    fn a_wave_takes_at_least_one_message() {
        assert_eq!(wave_of(&[WAVE_BYTES * 2, 1]), 1);
        assert_eq!(wave_of(&[1, WAVE_BYTES * 2, 1]), 2);
        assert_eq!(wave_of(&[10; 101]), WAVE_MESSAGES);
        assert_eq!(wave_of(&[]), 0);
    }

    #[test]
    fn a_log_line_has_its_counters_beside_the_rest() {
        let mut counters = Counters::default();
        counters.count("code:expired", 1);
        counters.count("delivered", 3);
        counters.count("latency:150", 3);
        let line = WaveLine {
            acked: 2,
            ..WaveLine::of(&counters)
        };
        assert_eq!(
            serde_json::to_string(&line).expect("it is written"),
            r#"{"route":"queue","messages":0,"acked":2,"retried":0,"requeued":0,"code:expired":1,"delivered":3}"#
        );
    }
}
