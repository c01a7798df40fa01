//! A shell with a queue, and stores that are maps; its script says what Kochava answers and which
//! effects fail.

use crate::support::planner;
use kochava_edge::{
    ConsumerContext, ConsumerStep, Counters, Digest, Disposition, IngestContext, IngestStep,
    Journal, Message, Moment, Planner, QueueMessage, Reject, ShapeCache, SyncArrivals, WaveResult,
    consume, ingest,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub(crate) const START: i64 = 1_767_225_600_000;

pub(crate) const SETTINGS: &str = r#"{
    "app_guid": "koexample", "events": {"properties": ["n"]},
    "mapping": {"kochava_device_id": "user_properties.kochava_device_id", "origination_ip": "ip_address", "idfv": "user_properties.idfv"}
}"#;

/// An effect that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    Load,
    Begin,
    Commit,
    /// It is recorded, and its answer is lost.
    CommitAnswer,
    StoreRejects,
    DeleteResolved,
    DeleteEnded,
    Send,
    Complete,
}

/// A message in the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Queued {
    pub(crate) text: String,
    pub(crate) attempts: u32,
    pub(crate) is_dead: bool,
}

/// What Kochava answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reply {
    pub(super) status: u16,
    pub(super) retry_after: Option<&'static str>,
    pub(super) body: &'static str,
}

pub(crate) struct Shell {
    pub(crate) planner: Option<Planner>,
    pub(crate) settings: Digest,
    pub(crate) now: i64,
    /// How long a call takes.
    pub(crate) call_ms: i64,
    /// For how long calls may be made.
    pub(crate) time_ms: i64,
    pub(crate) calls_max: usize,
    pub(crate) shards: u32,
    pub(crate) journal: Journal,
    pub(crate) names_of_rejects: BTreeSet<u64>,
    pub(super) devices: BTreeSet<u64>,
    pub(super) links: BTreeMap<Digest, Digest>,
    pub(crate) rejects: BTreeMap<Digest, Reject>,
    pub(crate) large: BTreeMap<Digest, String>,
    /// What the consumer put into the queue, with its delay in seconds.
    pub(crate) sent: Vec<(String, u32)>,
    /// The effects that fail next, each as often as it is here.
    pub(crate) faults: Vec<Fault>,
    /// The effects in their order.
    pub(crate) effects: Vec<&'static str>,
    /// The first answers to calls whose body contains a text; all others are accepted.
    pub(super) replies: Vec<(&'static str, VecDeque<Reply>)>,
    /// The names of the events that were posted; `identity` for an identity.
    pub(crate) posted: Vec<String>,
    /// The commits as JSON.
    pub(crate) commits: Vec<String>,
    bodies: u32,
}

/// An event with an id, of this device.
pub(crate) fn event_of(device: &str, name: &str) -> String {
    event(device, name, &format!(r#""$insert_id":"{name}","#))
}

/// An event whose id, if it has one, is written as it stands.
pub(crate) fn event(device: &str, name: &str, id: &str) -> String {
    format!(
        r#"{{"event_type":"{name}",{id}"device_id":"{device}","platform":"iOS","user_id":"u-{device}","ip_address":"203.0.113.9","event_properties":{{"n":1}},"user_properties":{{"kochava_device_id":"KI-{device}","idfv":"11111111-2222-4333-8444-555555555555"}}}}"#
    )
}

impl Default for Shell {
    fn default() -> Self {
        Shell::with(SETTINGS)
    }
}

impl Shell {
    pub(crate) fn with(settings: &str) -> Self {
        Shell {
            planner: Some(planner(settings)),
            settings: Digest::of(&[settings]),
            now: START,
            call_ms: 0,
            time_ms: 600_000,
            calls_max: 1_000,
            shards: 1,
            journal: Journal::default(),
            names_of_rejects: BTreeSet::new(),
            devices: BTreeSet::new(),
            links: BTreeMap::new(),
            rejects: BTreeMap::new(),
            large: BTreeMap::new(),
            sent: Vec::new(),
            faults: Vec::new(),
            effects: Vec::new(),
            replies: Vec::new(),
            posted: Vec::new(),
            commits: Vec::new(),
            bodies: 0,
        }
    }

    pub(crate) fn configure(&mut self, settings: &str) {
        self.planner = Some(planner(settings));
        self.settings = Digest::of(&[settings]);
    }

    /// Has Kochava answer the next calls whose body contains `part` like this.
    pub(crate) fn reply(
        &mut self,
        part: &'static str,
        times: usize,
        status: u16,
        body: &'static str,
    ) {
        self.reply_with(part, times, status, None, body);
    }

    pub(crate) fn reply_with(
        &mut self,
        part: &'static str,
        times: usize,
        status: u16,
        retry_after: Option<&'static str>,
        body: &'static str,
    ) {
        let reply = Reply {
            status,
            retry_after,
            body,
        };
        self.replies.push((part, vec![reply; times].into()));
    }

    pub(crate) fn moment(&self) -> Moment {
        Moment::from_millis(self.now)
    }

    /// Puts a body of these events into the queue, and returns its messages.
    pub(crate) fn arrive(&mut self, events: &[&str]) -> Vec<Queued> {
        self.bodies += 1;
        let body = format!("[{}]", events.join(","));
        let planner = self.planner.as_ref().expect("the settings are well");
        let context = kochava_edge::Context {
            received_at: Some(self.moment()),
            ..kochava_edge::Context::default()
        };
        let arrivals = planner
            .decide(body.as_bytes(), &context, &mut ShapeCache::default())
            .expect("it is JSON");
        let seed = self.bodies.to_string();
        let context = IngestContext {
            received: self.moment(),
            shards: self.shards,
            seed: &seed,
            blocked: &[],
        };
        let mut step = ingest(
            vec![SyncArrivals {
                sync: "",
                settings: self.settings,
                arrivals,
            }],
            context,
        );
        let mut messages = Vec::new();
        loop {
            step = match step {
                IngestStep::Store(large, storing) => {
                    for large in large {
                        let text = large.event.as_str().to_owned();
                        self.large.insert(large.key, text);
                    }
                    storing.stored(true)
                }
                IngestStep::Send(batches, sending) => {
                    let sent = batches.len();
                    messages.extend(batches.into_iter().flatten());
                    sending.sent(sent)
                }
                IngestStep::Done(_) => break,
            };
        }
        messages.iter().map(|text| Queued::first(text)).collect()
    }

    /// Delivers one body of these events.
    pub(crate) fn deliver(&mut self, events: &[&str]) -> WaveResult {
        let messages = self.arrive(events);
        self.consume(&messages)
    }

    /// Delivers what the consumer put into the queue, when all of it is due.
    pub(crate) fn deliver_sent(&mut self) -> WaveResult {
        let sent = std::mem::take(&mut self.sent);
        let longest = sent.iter().map(|(_, delay)| *delay).max();
        self.now += i64::from(longest.unwrap_or_default()) * 1_000;
        let messages: Vec<Queued> = sent.iter().map(|(text, _)| Queued::first(text)).collect();
        self.consume(&messages)
    }

    /// Delivers what the consumer put into the queue and what it did not acknowledge, until the queue
    /// is empty.
    pub(crate) fn drain(&mut self, messages: &[Queued], result: &WaveResult) {
        let mut waiting = self.still_waiting(messages, result);
        for _ in 0..200 {
            if waiting.is_empty() {
                return;
            }
            let result = self.consume(&waiting);
            waiting = self.still_waiting(&waiting, &result);
        }
        panic!("it has no end: {waiting:?}");
    }

    /// Returns what is in the queue after a wave, when the last of it is due.
    fn still_waiting(&mut self, messages: &[Queued], result: &WaveResult) -> Vec<Queued> {
        let mut waiting = Vec::new();
        let mut longest = 0;
        for (queued, disposition) in messages.iter().zip(&result.dispositions) {
            if let Disposition::Retry(wait) = disposition {
                longest = longest.max(i64::try_from(wait.as_millis()).expect("it is hours"));
                waiting.push(Queued {
                    attempts: queued.attempts + 1,
                    ..queued.clone()
                });
            }
        }
        for (text, delay) in std::mem::take(&mut self.sent) {
            longest = longest.max(i64::from(delay) * 1_000);
            waiting.push(Queued::first(&text));
        }
        self.now += longest;
        waiting
    }

    pub(crate) fn consume(&mut self, messages: &[Queued]) -> WaveResult {
        let planner = self.planner.take();
        let queued: Vec<QueueMessage<'_>> = messages.iter().map(Queued::message).collect();
        let context = ConsumerContext {
            sync: "",
            planner: planner.as_ref(),
            settings: self.settings,
            now: self.moment(),
            deadline: Moment::from_millis(self.now + self.time_ms),
            calls_max: self.calls_max,
        };
        let mut step = consume(&queued, context);
        let result = loop {
            step = match step {
                ConsumerStep::Load(keys, next) => {
                    next.loaded(keys.iter().map(|key| self.load(*key)).collect())
                }
                ConsumerStep::Begin(requests, next) => next.begun(
                    requests
                        .iter()
                        .map(|(_, request)| self.begin(request))
                        .collect(),
                ),
                ConsumerStep::Post(posting) => self.post(posting),
                ConsumerStep::Commit(requests, next) => next.committed(
                    requests
                        .iter()
                        .map(|(_, request)| self.commit(request))
                        .collect(),
                ),
                ConsumerStep::Finish(work, next) => next.finished(&self.finish(work)),
                ConsumerStep::Complete(requests, next) => {
                    let recorded = requests.iter().map(|(_, ids)| self.complete(ids));
                    next.completed(&recorded.collect::<Vec<_>>())
                }
                ConsumerStep::Done(result) => break result,
            };
        };
        self.planner = planner;
        result
    }

    /// Everything that was counted so far.
    pub(crate) fn counters(&self) -> Counters {
        let overview = self
            .journal
            .overview(Moment::from_millis(START), self.moment());
        overview.counters
    }

    pub(crate) fn count(&self, name: &str) -> u64 {
        self.counters().of(name)
    }

    /// The only reject.
    #[track_caller]
    pub(crate) fn reject(&self) -> &Reject {
        let rejects: Vec<&Reject> = self.rejects.values().collect();
        let [reject] = rejects.as_slice() else {
            panic!("{rejects:#?}");
        };
        reject
    }
}

impl Queued {
    pub(crate) fn first(text: &str) -> Self {
        Queued {
            text: text.to_owned(),
            attempts: 1,
            is_dead: false,
        }
    }

    pub(crate) fn message(&self) -> QueueMessage<'_> {
        QueueMessage {
            text: &self.text,
            attempts: self.attempts,
            is_dead: self.is_dead,
        }
    }

    /// The message as its queue gives it up.
    pub(crate) fn dead(self) -> Self {
        Queued {
            is_dead: true,
            ..self
        }
    }

    /// The message with something changed in it.
    pub(crate) fn changed(&self, change: impl FnOnce(&mut Message<'_>)) -> Self {
        let mut message = Message::read(&self.text).expect("it is a message");
        change(&mut message);
        Queued {
            text: message.text(),
            ..self.clone()
        }
    }
}

/// Whether all messages are acknowledged.
pub(crate) fn are_acknowledged(result: &WaveResult) -> bool {
    result
        .dispositions
        .iter()
        .all(|disposition| *disposition == Disposition::Ack)
}
