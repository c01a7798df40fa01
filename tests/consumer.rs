//! The consumer: hand-written scripts of Kochava's answers and of what the shell does, one wave after
//! the other.

mod support;

use kochava_edge::limits::{
    BREAKER_FAILURES, BREAKER_UNREADABLE_ANSWERS, COPY_WAIT, FAULTY_WAIT, QUEUE_AGE_MAX,
    QUEUE_DELIVERIES_MAX, WAVE_TIME_MAX,
};
use kochava_edge::{
    BeginAnswer, ConsumerContext, ConsumerStep, Context, Counters, Digest, Disposition,
    FinishResult, IngestContext, IngestStep, Journal, JournalState, JournalWrite, KnownRows,
    LoadedEvent, Message, Moment, Outcome, Planner, QueueMessage, QueuedEvent, Reject,
    RetrySchedule, ShapeCache, Source, TripReason, consume, ingest,
};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use support::planner;

const START: i64 = 1_767_225_600_000;

const SETTINGS: &str = r#"{"app_guid":"koexample","delivery":{"steps_s":[10,20],"span_s":30},"mapping":{"kochava_device_id":"user_properties.kd","origination_ip":"ip_address","idfv":"user_properties.idfv"}}"#;

const YES: (u16, &str) = (200, r#"{"success":"1"}"#);

/// An event, by its name, its device and its id, if it has one.
fn event(name: &str, device: &str, id: Option<&str>) -> String {
    let id = id.map_or(String::new(), |id| format!(r#""$insert_id":"{id}","#));
    format!(
        r#"{{"event_type":"{name}",{id}"device_id":"{device}","platform":"iOS","ip_address":"203.0.113.9","user_properties":{{"kd":"K-{device}","idfv":"11111111-2222-4333-8444-555555555555"}}}}"#
    )
}

/// The shell: its stores, and what Kochava received.
struct Shell {
    planner: Option<Planner>,
    journal: Journal,
    /// Names of rejects in the journal's store.
    names: BTreeSet<u64>,
    rejects: BTreeMap<Digest, Reject>,
    large: BTreeMap<Digest, String>,
    /// The bodies that Kochava received.
    calls: Vec<String>,
    /// What was put into the queue: text and delay in seconds.
    queued: Vec<(String, u32)>,
    /// The time, in milliseconds since the start.
    now: i64,
    /// How long a call lasts, in milliseconds.
    call_lasts: i64,
    /// Requests to the journal.
    requests: usize,
    bodies: usize,
}

/// What a wave came to.
struct Wave {
    dispositions: Vec<Disposition>,
    counters: Counters,
}

impl Shell {
    fn new(settings: &str) -> Self {
        Shell {
            planner: Some(planner(settings)),
            journal: Journal::default(),
            names: BTreeSet::new(),
            rejects: BTreeMap::new(),
            large: BTreeMap::new(),
            calls: Vec::new(),
            queued: Vec::new(),
            now: 0,
            call_lasts: 100,
            requests: 0,
            bodies: 0,
        }
    }

    fn moment(&self) -> Moment {
        Moment::from_millis(START + self.now)
    }

    fn with(&mut self, settings: &str) {
        self.planner = Some(planner(settings));
    }

    /// Returns the messages of a body of these events.
    fn messages(&mut self, events: &[String]) -> Vec<String> {
        self.bodies += 1;
        let body = format!("[{}]", events.join(","));
        let planner = self.planner.as_ref().expect("settings without faults");
        let arrivals = planner
            .decide(
                body.as_bytes(),
                &Context::default(),
                &mut ShapeCache::default(),
            )
            .expect("it is a batch");
        let seed = self.bodies.to_string();
        let context = IngestContext {
            source: Source::Amplitude,
            received: self.moment(),
            settings: Digest::of(&["settings"]),
            shards: 1,
            seed: &seed,
        };
        let mut step = ingest(&body, arrivals, context);
        let mut messages = Vec::new();
        loop {
            step = match step {
                IngestStep::Store(events, storing) => {
                    let texts = events.iter();
                    self.large
                        .extend(texts.map(|large| (large.key, large.event.as_str().to_owned())));
                    storing.stored(true)
                }
                IngestStep::Send(batches, sending) => {
                    messages.extend(batches.concat());
                    sending.sent(batches.len())
                }
                IngestStep::Done(_) => return messages,
            };
        }
    }

    /// Delivers messages once; Kochava answers each call by its body.
    fn wave(&mut self, texts: &[String], answer: impl Fn(&str) -> (u16, &'static str)) -> Wave {
        let queued: Vec<QueueMessage<'_>> = texts.iter().map(|text| first(text)).collect();
        self.deliver(&queued, answer)
    }

    fn deliver(
        &mut self,
        queued: &[QueueMessage<'_>],
        answer: impl Fn(&str) -> (u16, &'static str),
    ) -> Wave {
        let planner = self.planner.take();
        let context = ConsumerContext {
            planner: planner.as_ref(),
            settings: Digest::of(&["settings"]),
            now: self.moment(),
            deadline: Moment::from_millis(START + self.now + 14 * 60_000),
            calls_max: 1_000,
        };
        let mut step = consume(queued, context);
        let result = loop {
            step = match step {
                ConsumerStep::Load(keys, loading) => {
                    let found = keys.iter().map(|key| match self.large.get(key) {
                        Some(text) => LoadedEvent::Found(text.clone()),
                        None => LoadedEvent::Missing,
                    });
                    loading.loaded(found.collect())
                }
                ConsumerStep::Begin(requests, beginning) => {
                    let mut answers = Vec::new();
                    for (_, request) in &requests {
                        answers.push(Some(self.begin(request)));
                    }
                    beginning.begun(answers)
                }
                ConsumerStep::Post(mut posting) => {
                    for sequence in 0..posting.sequences() {
                        while let Some(call) = posting.next_call(sequence, self.moment()) {
                            let (status, body) = answer(&call.request.body);
                            self.calls.push(call.request.body);
                            self.now += self.call_lasts;
                            let outcome = Outcome::Answered {
                                status,
                                retry_after: None,
                                body: Some(body.as_bytes()),
                                at: self.moment(),
                            };
                            posting.answered(call.ticket, &outcome, self.moment(), 1.0);
                        }
                    }
                    posting.end(self.moment(), 1.0)
                }
                ConsumerStep::Commit(requests, committing) => {
                    let mut answers = Vec::new();
                    for (_, request) in requests {
                        self.requests += 1;
                        let schedule = RetrySchedule::default();
                        let now = self.moment();
                        let (states, writes) = self.journal.commit(request, &schedule, now, 1.0);
                        self.write(writes);
                        answers.push(Some(states));
                    }
                    committing.committed(answers)
                }
                ConsumerStep::Finish(work, finishing) => {
                    for reject in work.rejects {
                        self.rejects.insert(reject.id, reject);
                    }
                    for id in work.resolved {
                        self.rejects.remove(&id);
                    }
                    for key in work.ended {
                        self.large.remove(&key);
                    }
                    let result = FinishResult {
                        are_rejects_stored: true,
                        are_resolved_deleted: true,
                        are_ended_deleted: true,
                        are_sent: vec![true; work.batches.len()],
                    };
                    let messages = work.batches.into_iter().flatten();
                    self.queued
                        .extend(messages.map(|message| (message.text, message.delay_s)));
                    finishing.finished(&result)
                }
                ConsumerStep::Complete(requests, completing) => {
                    for (_, ids) in &requests {
                        self.requests += 1;
                        let writes = self.journal.complete(ids, self.moment());
                        self.write(writes);
                    }
                    completing.completed(&vec![true; requests.len()])
                }
                ConsumerStep::Done(result) => break result,
            };
        };
        self.planner = planner;
        Wave {
            dispositions: result.dispositions,
            counters: result.counters,
        }
    }

    fn begin(&mut self, request: &kochava_edge::BeginRequest) -> BeginAnswer {
        self.requests += 1;
        let known = KnownRows {
            devices: vec![false; request.devices.len()],
            links: vec![None; request.links.len()],
            rejected: self.names.iter().copied().collect(),
        };
        let (answer, writes) = self.journal.begin(request, known, self.moment());
        self.write(writes);
        answer
    }

    fn write(&mut self, writes: Vec<JournalWrite>) {
        for write in writes {
            match write {
                JournalWrite::Rejected(event, _) => drop(self.names.insert(event)),
                JournalWrite::DropRejected(event) => drop(self.names.remove(&event)),
                _ => {}
            }
        }
    }

    /// Goes on with what was put into the queue, each time when the last of it is due, until it is
    /// empty.
    fn drain(&mut self, answer: impl Fn(&str) -> (u16, &'static str)) {
        for _ in 0..200 {
            let queued = std::mem::take(&mut self.queued);
            let Some(wait) = queued.iter().map(|(_, delay_s)| *delay_s).max() else {
                return;
            };
            self.now += i64::from(wait) * 1_000;
            let texts: Vec<String> = queued.into_iter().map(|(text, _)| text).collect();
            let wave = self.wave(&texts, &answer);
            self.retry(texts, &wave);
        }
        panic!("it does not end: {:?}", self.queued);
    }

    /// Puts back what a wave did not acknowledge.
    fn retry(&mut self, texts: Vec<String>, wave: &Wave) {
        for (text, disposition) in texts.into_iter().zip(&wave.dispositions) {
            if let Disposition::Retry(wait) = disposition {
                let delay_s = u32::try_from(wait.as_secs()).expect("it is hours");
                self.queued.push((text, delay_s));
            }
        }
    }

    fn counted(&self, name: &str) -> u64 {
        let (from, to) = (Moment::from_millis(START), self.moment());
        self.journal.overview(from, to).counters.of(name)
    }

    fn open_reason(&self) -> Option<TripReason> {
        let now = self.moment();
        let overview = self.journal.overview(now, now);
        overview.breakers.open().map(|(_, open)| open.reason).next()
    }

    fn codes(&self) -> Vec<&str> {
        let rejects = self.rejects.values();
        rejects.map(|reject| reject.code.as_str()).collect()
    }
}

fn first(text: &str) -> QueueMessage<'_> {
    QueueMessage {
        text,
        attempts: 1,
        is_dead: false,
    }
}

/// Kochava's answer to events of this name, and its yes to all others.
fn only(name: &'static str, answer: (u16, &'static str)) -> impl Fn(&str) -> (u16, &'static str) {
    let wanted = format!("\"event_name\":\"{name}\"");
    move |body: &str| if body.contains(&wanted) { answer } else { YES }
}

#[test]
fn an_ordinary_wave_makes_two_requests_to_its_shard_and_leaves_nothing_to_do() {
    let mut shell = Shell::new(SETTINGS);
    let mut messages = Vec::new();
    for number in 0..30 {
        let device = format!("d{number}");
        messages.extend(shell.messages(&[event("Level", &device, Some("1"))]));
    }
    assert_eq!(shell.requests, 0, "ingest asks no object");
    let wave = shell.wave(&messages, |_| YES);
    assert_eq!((shell.requests, shell.calls.len()), (2, 30));
    assert!(wave.dispositions.iter().all(|end| *end == Disposition::Ack));
    assert_eq!(wave.counters.of("delivered"), 30);
    assert!(shell.queued.is_empty());
}

#[test]
fn a_large_event_that_kochava_rejects_is_kept_whole_and_counted() {
    let mut shell = Shell::new(SETTINGS);
    let filling = format!(r#"{{"filling":"{}","#, "x".repeat(130_000));
    let large = event("Bad", "a", Some("1")).replacen('{', &filling, 1);
    let small = event("Level", "a", Some("2"));
    let messages = shell.messages(&[large.clone(), small, large.clone()]);
    let no = (400, r#"{"error":"no"}"#);
    shell.wave(&messages, only("Bad", no));
    shell.drain(only("Bad", no));
    assert!(shell.calls[0].contains("Bad"), "it is not overtaken");
    let kept: Vec<&Reject> = shell.rejects.values().collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(
        (kept[0].code.as_str(), kept[0].event == large),
        ("kochava-rejected", true)
    );
    assert_eq!(shell.counted("discarded"), 1);
    assert_eq!(shell.counted("duplicates"), 1, "its copy is one");
    // what Kochava accepts leaves the store of large events
    let accepted = large.replace("\"1\"", "\"3\"").replace("Bad", "Level");
    let before = shell.large.len();
    let messages = shell.messages(&[accepted]);
    assert_eq!(shell.large.len(), before + 1);
    shell.wave(&messages, |_| YES);
    assert_eq!(shell.large.len(), before);
}

#[test]
fn a_message_waits_while_settings_are_faulty_and_is_renewed_before_it_is_too_old() {
    let mut shell = Shell::new(SETTINGS);
    let messages = shell.messages(&[event("Level", "a", Some("1"))]);
    shell.planner = None;
    let wave = shell.wave(&messages, |_| unreachable!("nothing is sent"));
    assert_eq!(wave.dispositions, [Disposition::Retry(FAULTY_WAIT)]);
    assert!(shell.queued.is_empty());
    for (age, attempts, is_dead) in [
        (QUEUE_AGE_MAX, 3, false),
        (Duration::ZERO, QUEUE_DELIVERIES_MAX, false),
        (Duration::ZERO, 1, true),
    ] {
        shell.now = i64::try_from(age.as_millis()).expect("it is hours");
        let old = QueueMessage {
            attempts,
            is_dead,
            ..first(&messages[0])
        };
        let wave = shell.deliver(&[old], |_| unreachable!("nothing is sent"));
        assert_eq!(wave.dispositions, [Disposition::Ack]);
        let (copy, _) = shell.queued.pop().expect("a copy of it is in the queue");
        let (copy, message) = (Message::read(&copy), Message::read(&messages[0]));
        let (copy, message) = (copy.expect("it is one"), message.expect("it is one"));
        assert_eq!((copy.id, copy.sent), (message.id, shell.moment()));
        assert_eq!(copy.counters.of("deferrals"), u64::from(attempts));
    }
    shell.with(SETTINGS);
    shell.wave(&messages, |_| YES);
    assert_eq!(shell.counted("delivered"), 1);
}

#[test]
fn a_dead_letter_is_kept_without_being_planned() {
    let mut shell = Shell::new(SETTINGS);
    let sent = event("Level", "a", Some("1"));
    let messages = shell.messages(std::slice::from_ref(&sent));
    let dead = QueueMessage {
        is_dead: true,
        ..first(&messages[0])
    };
    shell.deliver(&[dead], |_| unreachable!("nothing is sent"));
    let kept: Vec<(&str, &str)> = shell
        .rejects
        .values()
        .map(|reject| (reject.code.as_str(), reject.event.as_str()))
        .collect();
    assert_eq!(kept, [("dead-letter", sent.as_str())]);
}

#[test]
fn a_loner_of_any_status_spends_its_attempts_while_others_are_accepted() {
    for (status, body) in [(403, ""), (404, ""), (429, ""), (500, ""), (503, "<html>")] {
        let mut shell = Shell::new(SETTINGS);
        let messages = shell.messages(&[event("Bad", "bad", Some("1"))]);
        shell.wave(&messages, only("Bad", (status, body)));
        for number in 0..40 {
            let ordinary = shell.messages(&[event("Level", &number.to_string(), Some("1"))]);
            shell.wave(&ordinary, |_| YES);
            let queued = std::mem::take(&mut shell.queued);
            let wait = queued
                .iter()
                .map(|(_, delay_s)| *delay_s)
                .max()
                .unwrap_or(10);
            shell.now += i64::from(wait) * 1_000;
            let texts: Vec<String> = queued.into_iter().map(|(text, _)| text).collect();
            shell.wave(&texts, only("Bad", (status, body)));
        }
        assert_eq!(shell.counted("delivered"), 40, "{status}: none waited");
        assert_eq!(shell.codes(), ["expired"], "{status}");
    }
}

#[test]
fn what_is_refused_alone_waits_and_spends_nothing_until_the_route_works() {
    let mut shell = Shell::new(SETTINGS);
    let events: Vec<String> = (0..BREAKER_FAILURES + 3)
        .map(|number| event("Level", &number.to_string(), Some("1")))
        .collect();
    let messages = shell.messages(&events);
    shell.wave(&messages, |_| (403, ""));
    assert_eq!(
        shell.calls.len(),
        BREAKER_FAILURES,
        "then nothing more is sent"
    );
    assert_eq!(shell.open_reason(), Some(TripReason::Refused(403)));
    let rest = Message::read(&shell.queued[0].0).expect("it is a message");
    let spent = |event: &QueuedEvent<'_>| event.progress.attempts;
    assert!(rest.events.iter().all(|event| spent(event) == 0));
    shell.drain(|_| YES);
    assert_eq!(shell.counted("delivered"), events.len() as u64);
    assert_eq!(shell.counted("after-retry"), 0);
}

#[test]
fn a_probe_stays_one_although_others_wait_for_it() {
    let mut shell = Shell::new(SETTINGS);
    let events: Vec<String> = (0..8)
        .map(|number| event("Level", &number.to_string(), Some("1")))
        .collect();
    let messages = shell.messages(&events);
    shell.wave(&messages, |_| (403, ""));
    shell.now += 24 * 3_600_000;
    let rest = shell.queued.remove(0).0;
    let before = shell.calls.len();
    shell.wave(&[rest], |_| YES);
    assert_eq!(shell.calls.len(), before + 1, "one at a time");
    assert_eq!(
        shell.open_reason(),
        None,
        "its acceptance closes the breaker"
    );
}

#[test]
fn a_wave_ends_in_time_and_what_is_left_waits() {
    let mut shell = Shell::new(SETTINGS);
    shell.call_lasts = 1_800;
    let events: Vec<String> = (0..500)
        .map(|number| event("Level", "one", Some(&number.to_string())))
        .collect();
    let messages = shell.messages(&events);
    let wave = shell.wave(&messages, |_| YES);
    let limit = i64::try_from(WAVE_TIME_MAX.as_millis()).expect("it is a minute");
    assert!(shell.now <= limit + 1_800, "it took {} ms", shell.now);
    let sent = shell.calls.len();
    assert!((30..=34).contains(&sent), "{sent} were sent");
    assert_eq!(wave.counters.of("delivered"), sent as u64);
    shell.retry(messages, &wave);
    shell.drain(|_| YES);
    assert_eq!(shell.calls.len(), 500, "each is sent once");
    assert_eq!(shell.counted("delivered"), 500);
}

#[test]
fn a_run_of_unreadable_answers_trips_the_breaker_and_is_kept() {
    let mut shell = Shell::new(SETTINGS);
    let limit = BREAKER_UNREADABLE_ANSWERS as usize;
    let events: Vec<String> = (0..limit + 10)
        .map(|number| event("Level", &number.to_string(), Some("1")))
        .collect();
    let messages = shell.messages(&events);
    shell.wave(&messages, |_| (200, r#"{"success":-1}"#));
    assert_eq!(shell.calls.len(), limit);
    assert_eq!(shell.open_reason(), Some(TripReason::UnreadableAnswers));
    assert_eq!(shell.counted("unconfirmed"), limit as u64);
    assert_eq!(shell.codes(), vec!["unconfirmed"; limit]);
}

#[test]
fn one_event_in_two_messages_is_delivered_once_and_the_other_is_a_duplicate() {
    let mut shell = Shell::new(SETTINGS);
    let copy = event("Level", "a", Some("1"));
    let mut messages = shell.messages(std::slice::from_ref(&copy));
    messages.extend(shell.messages(std::slice::from_ref(&copy)));
    messages.extend(shell.messages(&[copy.clone(), copy]));
    shell.wave(&messages, |_| YES);
    assert_eq!(shell.calls.len(), 1);
    assert!(
        shell
            .queued
            .iter()
            .all(|(_, delay_s)| u64::from(*delay_s) <= COPY_WAIT.as_secs())
    );
    let waves = shell.wave(&messages, |_| YES);
    assert!(waves.counters.of("delivered") == 0);
    shell.drain(|_| YES);
    assert_eq!((shell.calls.len(), shell.counted("delivered")), (1, 1));
    assert_eq!(shell.counted("duplicates"), 3);
}

#[test]
fn a_copy_never_makes_an_event_vanish_that_may_still_fail() {
    let mut shell = Shell::new(SETTINGS);
    let copy = event("Level", "a", Some("1"));
    let one = shell.messages(std::slice::from_ref(&copy));
    let two = shell.messages(std::slice::from_ref(&copy));
    let both = [one, two].concat();
    // the first is rejected, while the second waits; then the second is accepted
    let wave = shell.wave(&both, |_| (400, r#"{"error":"no"}"#));
    assert_eq!(wave.dispositions[1], Disposition::Retry(COPY_WAIT));
    assert_eq!(shell.codes(), ["kochava-rejected"]);
    shell.wave(&both, |_| YES);
    assert!(shell.rejects.is_empty(), "its reject is deleted");
    assert_eq!(shell.counted("delivered"), 1);
}

#[test]
fn two_equal_events_without_an_id_that_are_rejected_are_two_rejects() {
    let mut shell = Shell::new(SETTINGS);
    let twice = event("Bad", "a", None);
    let messages = shell.messages(&[twice.clone(), twice]);
    shell.wave(&messages, |_| (400, r#"{"error":"no"}"#));
    assert_eq!((shell.rejects.len(), shell.counted("discarded")), (2, 2));
}

#[test]
fn keeping_only_reasons_leaves_no_answer_in_the_journal() {
    let keeps = |keep: &str| {
        let rejects = format!(r#"{{"rejects":{{"keep":"{keep}"}},"#);
        let mut shell = Shell::new(&SETTINGS.replacen('{', &rejects, 1));
        let messages = shell.messages(&[event("Bad", "a", Some("1"))]);
        let planner = shell.planner.take();
        let context = ConsumerContext {
            planner: planner.as_ref(),
            settings: Digest::of(&["settings"]),
            now: shell.moment(),
            deadline: Moment::from_millis(i64::MAX),
            calls_max: 9,
        };
        let queued: Vec<QueueMessage<'_>> = messages.iter().map(|text| first(text)).collect();
        let mut step = consume(&queued, context);
        loop {
            step = match step {
                ConsumerStep::Begin(requests, beginning) => {
                    let answer = shell.begin(&requests[0].1);
                    beginning.begun(vec![Some(answer)])
                }
                ConsumerStep::Post(mut posting) => {
                    let call = posting.next_call(0, shell.moment()).expect("there is one");
                    let outcome = Outcome::Answered {
                        status: 400,
                        retry_after: None,
                        body: Some(br#"{"error":"of K-a"}"#),
                        at: shell.moment(),
                    };
                    posting.answered(call.ticket, &outcome, shell.moment(), 0.5);
                    posting.end(shell.moment(), 0.5)
                }
                ConsumerStep::Commit(requests, _) => {
                    let settled = serde_json::to_string(&requests[0].1.settled);
                    return settled.expect("it is written");
                }
                other => panic!("{other:?}"),
            };
        }
    };
    assert!(keeps("event").contains("of K-a"));
    let settled = keeps("reason");
    assert!(
        !settled.contains("K-a") && settled.contains("kochava-rejected"),
        "{settled}"
    );
}

#[test]
fn what_waits_is_held_while_disabled_and_not_dropped_by_a_narrower_selection() {
    let mut shell = Shell::new(SETTINGS);
    let messages = shell.messages(&[event("Level", "a", Some("1"))]);
    shell.with(&SETTINGS.replacen('{', r#"{"enabled":false,"#, 1));
    let wave = shell.wave(&messages, |_| unreachable!("nothing is sent"));
    assert!(matches!(wave.dispositions[..], [Disposition::Retry(_)]));
    assert!(wave.counters.is_empty());
    let narrow = r#"{"events":{"select":[{"names":["Other"]}]},"#;
    shell.with(&SETTINGS.replacen('{', narrow, 1));
    shell.wave(&messages, |_| YES);
    assert_eq!(shell.counted("delivered"), 1);
}

#[test]
fn a_message_that_cannot_be_read_is_kept_with_its_bytes_and_counted_once() {
    let mut shell = Shell::new(SETTINGS);
    let texts = ["hello".to_owned(), "\u{0}{".to_owned(), "hello".to_owned()];
    for _ in 0..2 {
        shell.wave(&texts, |_| unreachable!("nothing is sent"));
    }
    let kept: BTreeSet<&str> = shell
        .rejects
        .values()
        .map(|reject| reject.event.as_str())
        .collect();
    assert_eq!(kept, BTreeSet::from(["hello", "\u{0}{"]));
    assert_eq!(shell.counted("discarded"), 2);
}

#[test]
fn a_tally_that_was_made_by_hand_counts_only_what_a_message_may_carry() {
    let mut shell = Shell::new(SETTINGS);
    let tally = r#"{"v":3,"id":"00112233445566778899aabbccddeeff","sent":1767225600000,"counters":{"delivered":7,"attempts":9,"skipped":2},"events":[]}"#;
    shell.wave(&[tally.to_owned()], |_| unreachable!("nothing is sent"));
    assert_eq!(
        (shell.counted("delivered"), shell.counted("attempts")),
        (0, 0)
    );
    assert_eq!(shell.counted("skipped"), 2);
}

#[test]
fn what_a_dead_consumer_recorded_is_finished_by_the_next_and_sent_by_none() {
    let mut shell = Shell::new(SETTINGS);
    let messages = shell.messages(&[event("Bad", "a", Some("1")), event("Level", "b", Some("2"))]);
    shell.wave(&messages, |_| (500, ""));
    let id = Message::read(&messages[0]).expect("it is one").id;
    assert_eq!(shell.journal.state(id), JournalState::Completed);
    let (calls, queued) = (shell.calls.len(), shell.queued.clone());
    // the message is delivered again, since its acknowledgement was lost
    let wave = shell.wave(&messages, |_| unreachable!("nothing is sent"));
    assert_eq!(wave.dispositions, [Disposition::Ack]);
    assert_eq!((shell.calls.len(), shell.queued.clone()), (calls, queued));
}
