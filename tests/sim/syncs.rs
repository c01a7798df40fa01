//! Two syncs in one deployment: what happens to one is nothing to the other.
//!
//! Both share senders, the queue, its batches and the store of rejects. One of them is refused for
//! a week, or has a journal that fails; the calls of the other, their times and its counts are those
//! of a deployment without it.

use super::fault_plan::{DAY, HOUR, MINUTE, SECOND, WRONG_APP, settings};
use super::queue::number_in;
use super::random::Random;
use super::shard::{Shard, through_protocol};
use super::world::START;
use kochava_edge::{
    CommitRequest, ConsumerContext, ConsumerStep, Context, Counters, Digest, Disposition,
    FinishResult, FinishWork, IngestContext, IngestStatus, IngestStep, Ingested, JournalState,
    LoadedEvent, Message, Moment, Outcome, Planner, Posting, QueueMessage, Reject, RetrySchedule,
    Settings, ShapeCache, Source, SyncArrivals, consume, ingest,
};
use std::collections::{BTreeMap, BTreeSet};

/// What is wrong with a sync, until its time is over.
#[derive(Clone, Copy, PartialEq)]
enum Trouble {
    None,
    /// Kochava answers 401 to every call.
    Refused,
    /// A third of the requests to its journal fail, some of them after they took effect.
    CrashingStore,
    /// Its settings have faults.
    Faulty,
}

struct Sync {
    name: &'static str,
    planner: Planner,
    trouble: Trouble,
    shards: BTreeMap<u32, Shard>,
    random: Random,
    /// The number of each event that Kochava accepted, and when.
    accepted: Vec<(i64, u32)>,
    refused: usize,
}

struct Deployment {
    now: i64,
    syncs: Vec<Sync>,
    queue: BTreeMap<(i64, u64), (String, u32)>,
    put: u64,
    rejects: BTreeMap<Digest, Reject>,
    bodies: u64,
    /// The bodies that stay with their sender, and when it sends them again.
    kept: Vec<(i64, String)>,
}

const TROUBLE_ENDS: i64 = 7 * DAY;
const SHARDS: u32 = 2;

impl Sync {
    fn new(name: &'static str, app: &str, trouble: Trouble) -> Self {
        let text = settings("", "").replace("koexample", app);
        let read = Settings::read(&text).unwrap_or_else(|faults| panic!("{faults:?}"));
        Sync {
            name,
            planner: Planner::new(read),
            trouble,
            shards: BTreeMap::new(),
            random: Random::new(7),
            accepted: Vec::new(),
            refused: 0,
        }
    }

    fn has(&self, trouble: Trouble, now: i64) -> bool {
        self.trouble == trouble && now < TROUBLE_ENDS
    }

    /// Asks a shard; `None` where it fails, perhaps after it took effect.
    fn ask<T>(&mut self, shard: u32, now: i64, act: impl FnOnce(&mut Shard) -> T) -> Option<T> {
        let fails = self.has(Trouble::CrashingStore, now) && self.random.chance(0.3);
        if fails && self.random.chance(0.5) {
            return None;
        }
        let shard = self.shards.entry(shard).or_default();
        let answer = act(shard);
        if fails {
            shard.restart();
        }
        (!fails).then_some(answer)
    }

    fn commit(
        &mut self,
        shard: u32,
        request: &CommitRequest,
        now: i64,
    ) -> Option<Vec<JournalState>> {
        let request: CommitRequest = through_protocol(request);
        self.ask(shard, now, |shard| {
            let at = Moment::from_millis(START + now);
            let schedule = RetrySchedule::default();
            let (states, writes) = shard.journal().commit(request, &schedule, at, 0.5);
            shard.write(writes);
            through_protocol(&states)
        })
    }

    fn post<'a>(&mut self, mut posting: Posting<'a>, now: i64) -> ConsumerStep<'a> {
        let at = Moment::from_millis(START + now);
        for sequence in 0..posting.sequences() {
            while let Some(call) = posting.next_call(sequence, at) {
                let is_refused = self.has(Trouble::Refused, now);
                let is_own = call.request.body.contains(WRONG_APP) == (self.name == "us");
                assert!(is_own, "{}: a call for the app of another sync", self.name);
                if is_refused {
                    self.refused += 1;
                } else {
                    let number = number_in(&call.request.body).expect("it has its number");
                    self.accepted.push((now, number));
                }
                let outcome = Outcome::Answered {
                    status: if is_refused { 401 } else { 200 },
                    retry_after: None,
                    body: Some(br#"{"success":"1"}"#),
                    at,
                };
                posting.answered(call.ticket, &outcome, at, 0.5);
            }
        }
        posting.end(at, 0.5)
    }

    fn counters(&self) -> Counters {
        let mut counters = Counters::default();
        for shard in self.shards.values() {
            counters.add(&shard.counters());
        }
        counters
    }
}

impl Deployment {
    fn new(syncs: Vec<Sync>) -> Self {
        Deployment {
            now: 0,
            syncs,
            queue: BTreeMap::new(),
            put: 0,
            rejects: BTreeMap::new(),
            bodies: 0,
            kept: Vec::new(),
        }
    }

    fn put(&mut self, text: String, ready: i64, attempts: u32) {
        self.put += 1;
        self.queue.insert((ready, self.put), (text, attempts));
    }

    /// A sender posts a body; where it is not safe, it posts it again after half a day.
    fn post(&mut self, body: String) {
        self.bodies += 1;
        let seed = self.bodies.to_string();
        let blocked: Vec<Option<Vec<Source>>> = self
            .syncs
            .iter()
            .filter(|sync| sync.has(Trouble::Faulty, self.now))
            .map(|_| None)
            .collect();
        let context = IngestContext {
            received: Moment::from_millis(START + self.now),
            shards: SHARDS,
            seed: &seed,
            blocked: &blocked,
        };
        let well = self
            .syncs
            .iter()
            .filter(|sync| !sync.has(Trouble::Faulty, self.now));
        let decided = well.map(|sync| SyncArrivals {
            sync: sync.name,
            settings: Digest::of(&[sync.name]),
            arrivals: sync
                .planner
                .decide(
                    body.as_bytes(),
                    &Context::default(),
                    &mut ShapeCache::default(),
                )
                .expect("senders send JSON"),
        });
        let mut step = ingest(decided.collect(), context);
        let mut texts = Vec::new();
        let ingested = loop {
            step = match step {
                IngestStep::Store(..) => panic!("every event is small"),
                IngestStep::Send(batches, sending) => {
                    assert_eq!(batches.len(), 1, "all syncs go out with one call");
                    texts.extend(batches.concat());
                    sending.sent(1)
                }
                IngestStep::Done(ingested) => break ingested,
            };
        };
        for text in texts {
            self.put(text, self.now + SECOND, 0);
        }
        if !is_safe(&ingested, self.syncs.len() - blocked.len()) {
            self.kept.push((self.now + 12 * HOUR, body));
        }
    }

    /// The queue delivers what is due: one batch, whose messages each go to the wave of their sync.
    fn pump(&mut self) {
        let due: Vec<(i64, u64)> = self
            .queue
            .range(..=(self.now, u64::MAX))
            .map(|(key, _)| *key)
            .take(100)
            .collect();
        let batch: Vec<(String, u32)> = due
            .iter()
            .filter_map(|key| self.queue.remove(key))
            .map(|(text, attempts)| (text, attempts + 1))
            .collect();
        for at in 0..self.syncs.len() {
            let name = self.syncs[at].name;
            let is_own = |text: &str| Message::sync_of(text).as_deref() == Some(name);
            let own: Vec<&(String, u32)> = batch.iter().filter(|(text, _)| is_own(text)).collect();
            self.consume(at, &own);
        }
    }

    fn consume(&mut self, at: usize, messages: &[&(String, u32)]) {
        if messages.is_empty() {
            return;
        }
        let now = self.now;
        let planner = self.syncs[at].planner.clone();
        let queued: Vec<QueueMessage<'_>> = messages
            .iter()
            .map(|(text, attempts)| QueueMessage {
                text,
                attempts: *attempts,
                is_dead: false,
            })
            .collect();
        let context = ConsumerContext {
            sync: self.syncs[at].name,
            planner: (!self.syncs[at].has(Trouble::Faulty, now)).then_some(&planner),
            settings: Digest::of(&[self.syncs[at].name]),
            now: Moment::from_millis(START + now),
            deadline: Moment::from_millis(START + now + MINUTE),
            calls_max: 1_000,
        };
        let moment = context.now;
        let mut step = consume(&queued, context);
        let result = loop {
            let sync = &mut self.syncs[at];
            step = match step {
                ConsumerStep::Load(keys, next) => {
                    next.loaded(vec![LoadedEvent::Missing; keys.len()])
                }
                ConsumerStep::Begin(requests, next) => {
                    let answers = requests.iter().map(|(shard, request)| {
                        let request = through_protocol(request);
                        sync.ask(*shard, now, |shard| {
                            let known = shard.known(&request);
                            let (answer, writes) = shard.journal().begin(&request, known, moment);
                            shard.write(writes);
                            through_protocol(&answer)
                        })
                    });
                    next.begun(answers.collect())
                }
                ConsumerStep::Post(posting) => sync.post(posting, now),
                ConsumerStep::Commit(requests, next) => {
                    let answers = requests.iter();
                    let answers = answers.map(|(shard, request)| sync.commit(*shard, request, now));
                    next.committed(answers.collect())
                }
                ConsumerStep::Finish(work, next) => next.finished(&self.finish(work)),
                ConsumerStep::Complete(requests, next) => {
                    let recorded = requests.iter().map(|(shard, ids)| {
                        let done = sync.ask(*shard, now, |shard| {
                            let writes = shard.journal().complete(ids, moment);
                            shard.write(writes);
                        });
                        done.is_some()
                    });
                    next.completed(&recorded.collect::<Vec<_>>())
                }
                ConsumerStep::Done(result) => break result,
            };
        };
        for ((text, attempts), disposition) in messages.iter().zip(&result.dispositions) {
            if let Disposition::Retry(wait) = disposition {
                let wait = i64::try_from(wait.as_millis()).expect("it is hours");
                self.put(text.clone(), now + wait, *attempts);
            }
        }
    }

    fn finish(&mut self, work: FinishWork) -> FinishResult {
        let are_sent = vec![true; work.batches.len()];
        for message in work.batches.into_iter().flatten() {
            self.put(
                message.text,
                self.now + i64::from(message.delay_s) * SECOND,
                0,
            );
        }
        self.rejects.retain(|id, _| !work.resolved.contains(id));
        let rejects = work.rejects.into_iter();
        self.rejects
            .extend(rejects.map(|reject| (reject.id, reject)));
        FinishResult {
            are_rejects_stored: true,
            are_resolved_deleted: true,
            are_ended_deleted: true,
            are_sent,
        }
    }

    /// Plays a week of traffic, and what is left of it.
    fn play(mut self) -> Self {
        let mut random = Random::new(3);
        let mut number = 0;
        let mut sent: Vec<String> = Vec::new();
        for at in (0..TROUBLE_ENDS).step_by(usize::try_from(30 * MINUTE).expect("it is short")) {
            self.play_until(at);
            let count = 1 + u32::try_from(random.below(3)).expect("it is small");
            let events: Vec<String> = (number..number + count).map(event).collect();
            number += count;
            let body = format!("[{}]", events.join(","));
            sent.push(body.clone());
            self.post(body);
            // a sender that had no answer
            if random.chance(0.1) {
                let again = sent[random.below(sent.len())].clone();
                self.post(again);
            }
        }
        self.play_until(40 * DAY);
        assert!(self.queue.is_empty() && self.kept.is_empty(), "it drains");
        self
    }

    fn play_until(&mut self, until: i64) {
        loop {
            let ready = self.queue.keys().next().map(|(ready, _)| *ready);
            let again = self.kept.iter().map(|(at, _)| *at).min();
            let Some(next) = [ready, again].into_iter().flatten().min() else {
                break;
            };
            if next > until {
                break;
            }
            self.now = self.now.max(next);
            let now = self.now;
            let due = self.kept.extract_if(.., |(at, _)| *at <= now);
            for (_, body) in due.collect::<Vec<_>>() {
                self.post(body);
            }
            self.pump();
        }
        self.now = self.now.max(until);
    }
}

fn is_safe(ingested: &Ingested, syncs: usize) -> bool {
    let is_pending = |(_, _, status)| status == IngestStatus::Pending;
    let mut all = (0..syncs).flat_map(|sync| ingested.elements(sync));
    !all.any(is_pending) && ingested.blocked().iter().all(Vec::is_empty)
}

fn event(number: u32) -> String {
    format!(
        r#"{{"event_type":"Level","$insert_id":"i{number}","device_id":"d{}","platform":"iOS","ip_address":"203.0.113.9","event_properties":{{"n":{number}}},"user_properties":{{"kochava_device_id":"KI-{}","idfv":"11111111-2222-4333-8444-555555555555"}}}}"#,
        number % 5,
        number % 5
    )
}

fn europe() -> Sync {
    Sync::new("", "koexample", Trouble::None)
}

fn america(trouble: Trouble) -> Sync {
    Sync::new("us", WRONG_APP, trouble)
}

/// Each event once, without its times.
fn numbers(sync: &Sync) -> Vec<u32> {
    let mut numbers: Vec<u32> = sync.accepted.iter().map(|(_, number)| *number).collect();
    numbers.sort_unstable();
    numbers
}

#[test]
fn the_trouble_of_one_sync_changes_nothing_for_another() {
    let alone = Deployment::new(vec![europe()]).play();
    let own = &alone.syncs[0];
    let all = numbers(own);
    assert!(all.len() > 500 && own.counters().of("duplicates") > 10);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    for trouble in [Trouble::None, Trouble::Refused, Trouble::CrashingStore] {
        let both = Deployment::new(vec![europe(), america(trouble)]).play();
        let [europe, america] = both.syncs.as_slice() else {
            panic!("there are two");
        };
        assert_eq!(europe.accepted, own.accepted, "the calls and their times");
        assert_eq!(europe.counters(), own.counters(), "the counts");
        assert!(both.rejects.is_empty());
        // and the other one loses nothing by it
        let mut delivered = numbers(america);
        if trouble == Trouble::CrashingStore {
            // what Kochava accepted before a commit failed three times is sent again
            assert!(delivered.len() > all.len());
            delivered.dedup();
        }
        assert_eq!(delivered, all);
        let counted = america.counters();
        assert_eq!(counted.of("delivered"), all.len() as u64);
        assert_eq!(counted.of("duplicates"), own.counters().of("duplicates"));
        assert_eq!(counted.of("expired") + counted.of("discarded"), 0);
        if trouble == Trouble::Refused {
            let first = america.accepted.first().map(|(at, _)| *at);
            assert!(first >= Some(TROUBLE_ENDS) && america.refused > 100);
            let last = america.accepted.last().map(|(at, _)| *at);
            assert!(last < Some(TROUBLE_ENDS + 12 * HOUR), "{last:?}");
        }
    }
}

#[test]
fn a_sync_with_faults_leaves_its_events_with_their_sender_and_duplicates_none() {
    let alone = Deployment::new(vec![europe()]).play();
    let both = Deployment::new(vec![europe(), america(Trouble::Faulty)]).play();
    let [europe, america] = both.syncs.as_slice() else {
        panic!("there are two");
    };
    // bodies that are sent again make other names, by which calls of one moment are in order
    let by_moment = |sync: &Sync| sync.accepted.iter().copied().collect::<BTreeSet<_>>();
    assert_eq!(europe.accepted.len(), alone.syncs[0].accepted.len());
    assert_eq!(
        by_moment(europe),
        by_moment(&alone.syncs[0]),
        "sent when they came first"
    );
    assert_eq!(numbers(america), numbers(europe));
    let first = america.accepted.first().map(|(at, _)| *at);
    assert!(first >= Some(TROUBLE_ENDS));
    assert!(both.rejects.is_empty());
}
