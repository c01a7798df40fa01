//! The queue consumer: the interpreter of [`kochava_edge::consume`].
//!
//! A batch is processed in waves, each of messages of one sync. Every message is acknowledged or retried before the batch ends.

use crate::config::Setup;
use crate::config::sync::{ReadySync, listed};
use crate::durable_objects::Journal;
use crate::inline_delivery::beside;
use crate::kochava_client::KochavaClient;
use crate::limits::{
    CONNECTIONS_MAX, CONSUMER_MILLIS_MAX, SYNC_MILLIS_MAX, WAVE_BYTES, WAVE_MESSAGES,
};
use crate::platform::{self, Batch, BatchMessage};
use crate::{clock, failpoint, large_events, log, rejects, waiting_syncs};
use futures_util::join;
use kochava_edge::{
    ConsumerContext, ConsumerStep, Counters, Digest, Disposition, FinishResult, FinishWork,
    Message, Moment, OutgoingMessage, Posting, QueueMessage, Rejects, WaveResult, consume as begin,
};
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::time::Duration;
use worker::Env;

/// Delivers the messages of a batch: those of one sync in waves, those of several side by side, each
/// with a share of the calls, of the connections and, where there are several syncs, of the time.
pub(crate) async fn consume(batch: &Batch, env: &Env) {
    let setup = Setup::of(env);
    let parts = by_sync(batch.list(), setup);
    let sending = parts
        .iter()
        .filter(|part| part.sync.is_some())
        .count()
        .max(1);
    let has_names = setup.has_names();
    let millis = if has_names {
        SYNC_MILLIS_MAX
    } else {
        CONSUMER_MILLIS_MAX
    };
    let calls = setup
        .config
        .as_ref()
        .map_or(0, |config| config.subrequests_max);
    let shared = Shared {
        setup,
        env,
        deadline: Moment::from_millis(clock::now() + millis),
        is_dead: batch.queue().ends_with("-dead"),
        calls_max: calls.div_ceil(sending),
        connections: (CONNECTIONS_MAX / sending).max(1),
    };
    let count = parts.len();
    let parts: Vec<_> = parts
        .into_iter()
        .map(|part| Cell::new(Some(part)))
        .collect();
    let consume = async |number: usize| {
        if let Some(part) = parts[number].take() {
            shared.consume(part).await;
        }
    };
    beside(count, count, &|number| Box::pin(consume(number))).await;
}

/// The messages of a batch that belong to one sync.
struct Part<'s> {
    name: Cow<'s, str>,
    /// Its settings; `None` where they have faults, or there are none.
    sync: Option<&'s ReadySync>,
    messages: Vec<BatchMessage>,
}

/// Splits a batch by sync. What is no message is the first sync's that has no faults.
fn by_sync(messages: Vec<BatchMessage>, setup: &Setup) -> Vec<Part<'_>> {
    let ready = |name: &str| {
        let is_whole = setup.config.is_ok();
        let mut ready = setup.ready().filter(|_| is_whole);
        ready.find(|sync| sync.name == name)
    };
    let part = |name: Cow<'static, str>, messages| Part {
        sync: ready(&name),
        name,
        messages,
    };
    if !setup.has_names() {
        return vec![part("".into(), messages)];
    }
    let mut parts: Vec<Part<'_>> = Vec::new();
    for message in messages {
        let name = sync_of(&message).unwrap_or_else(|| {
            let first = setup.ready().next();
            first.map_or_else(String::new, |sync| sync.name.clone())
        });
        match parts.iter_mut().find(|part| part.name == name) {
            Some(part) => part.messages.push(message),
            None => parts.push(part(name.into(), vec![message])),
        }
    }
    parts
}

/// Returns the sync of a message; `None` of what is no message. The whole text is read only where its
/// beginning does not tell.
fn sync_of(message: &BatchMessage) -> Option<String> {
    let start = message.start();
    match start.as_deref().and_then(Message::sync_at_start) {
        Some(name) => Some(name.to_owned()),
        None => Message::sync_of(&message.text()).map(Cow::into_owned),
    }
}

/// What the parts of a batch share.
struct Shared<'s> {
    setup: &'s Setup,
    env: &'s Env,
    deadline: Moment,
    is_dead: bool,
    /// The calls to Kochava that each part may make.
    calls_max: usize,
    connections: usize,
}

impl Shared<'_> {
    /// Delivers the messages of one sync.
    async fn consume(&self, mut part: Part<'_>) {
        let mut calls_left = self.calls_max;
        let mut rest = std::mem::take(&mut part.messages);
        let sync = self.setup.sync(&part.name);
        if sync.is_none() {
            waiting_syncs::note(self.env, &part.name).await;
        }
        let keep = sync.map_or(Rejects::LONGEST, |sync| sync.rejects);
        while !rest.is_empty() {
            let is_over = clock::now() >= self.deadline.millis;
            if is_over || (part.sync.is_some() && calls_left == 0) {
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
                    is_dead: self.is_dead,
                })
                .collect();
            let context = ConsumerContext {
                sync: &part.name,
                planner: part.sync.map(|sync| &sync.planner),
                settings: part.sync.map_or(Digest::of(&[]), |sync| sync.settings),
                now: Moment::from_millis(clock::now()),
                deadline: self.deadline,
                calls_max: calls_left,
            };
            let result = self.deliver_wave(&queued, context, &keep).await;
            calls_left = result.calls_left;
            for sync in &result.other_syncs {
                waiting_syncs::note(self.env, sync).await;
            }
            conclude(&result, &part, &rest);
            rest = after;
        }
    }

    /// Does what the wave asks for, step by step.
    async fn deliver_wave(
        &self,
        queued: &[QueueMessage<'_>],
        context: ConsumerContext<'_>,
        keep: &Rejects,
    ) -> WaveResult {
        let (env, sync) = (self.env, context.sync);
        let mut step = begin(queued, context);
        loop {
            failpoint::at("consumer");
            step = match step {
                ConsumerStep::Load(keys, loading) => {
                    loading.loaded(large_events::load(env, &keys).await)
                }
                ConsumerStep::Begin(requests, beginning) => {
                    beginning.begun(Journal::begin(env, sync, &requests).await)
                }
                ConsumerStep::Post(posting) => post_all(posting, self.connections).await,
                ConsumerStep::Commit(requests, committing) => {
                    committing.committed(Journal::commit(env, sync, &requests).await)
                }
                ConsumerStep::Finish(work, finishing) => {
                    finishing.finished(&finish(work, keep, env).await)
                }
                ConsumerStep::Complete(requests, completing) => {
                    completing.completed(&Journal::complete(env, sync, requests).await)
                }
                ConsumerStep::Done(result) => return result,
            };
        }
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

/// Sends the calls of each sequence one after the other, and sequences side by side as far as the
/// platform allows.
async fn post_all(posting: Posting<'_>, connections: usize) -> ConsumerStep<'_> {
    let count = posting.sequences();
    let posting = RefCell::new(posting);
    let client = KochavaClient::default();
    beside(count, connections, &|sequence| {
        Box::pin(post_sequence(&posting, sequence, &client))
    })
    .await;
    let now = Moment::from_millis(clock::now());
    posting.into_inner().end(now, js_sys::Math::random())
}

async fn post_sequence(posting: &RefCell<Posting<'_>>, sequence: usize, client: &KochavaClient) {
    let mut now = Moment::from_millis(clock::now());
    loop {
        let next = posting.borrow_mut().next_call(sequence, now);
        let Some(call) = next else {
            break;
        };
        let answer = client.post(&call.request, call.timeout, now).await;
        failpoint::at("posted");
        now = Moment::from_millis(clock::now());
        let jitter = js_sys::Math::random();
        posting
            .borrow_mut()
            .answered(call.ticket, &answer.outcome(now), now, jitter);
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
fn conclude(result: &WaveResult, part: &Part<'_>, messages: &[BatchMessage]) {
    let mut line = WaveLine {
        sync: listed(&part.name),
        error: part.sync.is_none().then_some("misconfigured"),
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
    sync: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    messages: usize,
    acked: usize,
    retried: usize,
    requeued: usize,
    #[serde(flatten)]
    counters: LoggedCounters<'c>,
}

impl<'c> WaveLine<'c> {
    fn of(counters: &'c Counters) -> Self {
        WaveLine {
            route: "queue",
            sync: None,
            error: None,
            messages: 0,
            acked: 0,
            retried: 0,
            requeued: 0,
            counters: LoggedCounters(counters),
        }
    }
}

/// The counters of a wave but those of latencies.
struct LoggedCounters<'c>(&'c Counters);

impl Serialize for LoggedCounters<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let counters = self.0.iter();
        serializer.collect_map(counters.filter(|(name, _)| !name.starts_with("latency:")))
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
