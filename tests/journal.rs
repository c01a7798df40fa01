//! The journal of a shard: claims and dedupe are decided when a wave begins, a message is settled and
//! counted once, and its stored rows restore all of it but the claims.

mod journal {
    mod claims;
    mod counts;
    mod restore;
    mod series;
    mod waiting;
}

use kochava_edge::limits::{BREAKER_FAILURES, COMPLETED_HOURS};
use kochava_edge::{
    BeginMessage, BeginRequest, BreakerReport, CommitRequest, Counters, DedupeChunk, Digest,
    EventClaim, FailureReason, Journal, JournalRow, JournalState, JournalWrite, KnownRows, Moment,
    Permit, RequestKind, RetrySchedule, Route, SettledMessage, Settlement, WaitState, WaitingSum,
};
use std::collections::BTreeMap;

const START: i64 = 1_767_225_600_000;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// A journal with its rows.
#[derive(Default)]
struct Shard {
    journal: Journal,
    /// The rows by their key.
    rows: BTreeMap<String, JournalRow>,
    rejected: BTreeMap<u64, u32>,
    /// The rows of messages that wait, with their events and the oldest arrival.
    waiting: BTreeMap<(Digest, WaitState), (u32, Moment)>,
    now: i64,
    written: usize,
}

impl Shard {
    /// Restarts the object: the journal is what its rows say.
    fn restart(&mut self) {
        self.journal = Journal::default();
        for row in self.rows.values() {
            self.journal.restore(through_json(row.clone()));
        }
        self.journal.note_waiting(self.sums());
    }

    fn write(&mut self, writes: Vec<JournalWrite>) {
        self.written += writes.len();
        for write in writes {
            match write {
                JournalWrite::Row(row) => drop(self.rows.insert(key_of(&row), row)),
                JournalWrite::DropChunk(set, number) => {
                    self.rows
                        .remove(&format!("chunk {} {number:09}", set.name()));
                }
                JournalWrite::DropOpen(id) => drop(self.rows.remove(&format!("open {id}"))),
                JournalWrite::DropBucket(bucket) => {
                    self.rows.remove(&format!("bucket {bucket:?}"));
                }
                JournalWrite::Rejected(event, hour) => drop(self.rejected.insert(event, hour)),
                JournalWrite::DropRejected(event) => drop(self.rejected.remove(&event)),
                JournalWrite::DropBefore { rejected, .. } => {
                    self.rejected.retain(|_, hour| *hour >= rejected);
                }
                JournalWrite::Waiting { rows, .. } => {
                    for row in &rows {
                        self.waiting.retain(|known, _| known.0 != row.message);
                    }
                    for row in rows {
                        self.waiting
                            .insert((row.message, row.state), (row.events, row.oldest));
                    }
                }
                JournalWrite::DropWaiting(ids) => {
                    self.waiting.retain(|(id, _), _| !ids.contains(id));
                }
                JournalWrite::Devices(..) | JournalWrite::Link(..) => {}
            }
        }
    }

    /// Returns what the rows say of messages that wait.
    fn sums(&self) -> Vec<WaitingSum> {
        let mut sums: Vec<WaitingSum> = Vec::new();
        for ((_, state), (events, oldest)) in &self.waiting {
            let events = u64::from(*events);
            match sums.iter_mut().find(|sum| sum.state == *state) {
                Some(sum) => {
                    sum.events += events;
                    sum.oldest = sum.oldest.min(*oldest);
                }
                None => sums.push(WaitingSum {
                    state: *state,
                    events,
                    oldest: *oldest,
                }),
            }
        }
        sums
    }

    fn moment(&self) -> Moment {
        Moment::from_millis(START + self.now)
    }

    /// Begins a wave with these messages, each with the numbers of its events.
    fn begin(&mut self, messages: &[(usize, &[u64])]) -> Vec<(JournalState, Vec<EventClaim>)> {
        let messages = messages.iter().map(|(name, events)| BeginMessage {
            id: id(*name),
            events: events.to_vec(),
        });
        let request = BeginRequest {
            messages: messages.collect(),
            ..BeginRequest::default()
        };
        let known = KnownRows {
            rejected: self.rejected.keys().copied().collect(),
            ..KnownRows::default()
        };
        let (answer, writes) = self.journal.begin(&request, known, self.moment());
        self.write(writes);
        let messages = answer.messages.into_iter();
        messages.map(|begun| (begun.state, begun.events)).collect()
    }

    fn commit(&mut self, request: CommitRequest) -> Vec<JournalState> {
        let (now, schedule) = (self.moment(), RetrySchedule::default());
        let (states, writes) = self.journal.commit(request, &schedule, now, 0.5);
        self.write(writes);
        states
    }

    fn settle(&mut self, settled: Vec<SettledMessage>) -> Vec<JournalState> {
        self.commit(CommitRequest {
            settled,
            ..CommitRequest::default()
        })
    }

    fn sweep(&mut self) {
        let writes = self.journal.sweep(self.moment(), 30);
        self.write(writes);
    }

    fn delivered(&self, from: i64, to: i64) -> u64 {
        let at = |time| Moment::from_millis(START + time);
        let overview = self.journal.overview(at(from), at(to));
        overview.counters.of("delivered")
    }

    fn permit(&mut self) -> Permit {
        let request = BeginRequest {
            routes: [route()].into(),
            ..BeginRequest::default()
        };
        let (answer, _) = self
            .journal
            .begin(&request, KnownRows::default(), self.moment());
        answer.routes[0].permit
    }
}

fn key_of(row: &JournalRow) -> String {
    match row {
        JournalRow::Chunk(set, chunk) => format!("chunk {} {:09}", set.name(), chunk.number),
        JournalRow::Open(id, _) => format!("open {id}"),
        JournalRow::Bucket(bucket, _) => format!("bucket {bucket:?}"),
        JournalRow::Breakers(_) => "breakers".to_owned(),
        JournalRow::Incidents(_) => "incidents".to_owned(),
    }
}

/// Returns a row as its store gives it back.
fn through_json(row: JournalRow) -> JournalRow {
    match row {
        JournalRow::Chunk(set, chunk) => {
            let bytes = chunk.bytes();
            JournalRow::Chunk(
                set,
                DedupeChunk::from_bytes(chunk.number, chunk.hour, &bytes),
            )
        }
        JournalRow::Open(id, settlement) => JournalRow::Open(id, read(&json(&settlement))),
        JournalRow::Bucket(bucket, counters) => JournalRow::Bucket(bucket, read(&json(&counters))),
        JournalRow::Breakers(breakers) => JournalRow::Breakers(read(&json(&breakers))),
        JournalRow::Incidents(incidents) => JournalRow::Incidents(read(&json(&incidents))),
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("it is written")
}

fn read<T: serde::de::DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).expect("it was written")
}

/// A settlement with one event that waits this long.
fn waiting(delay_s: u32) -> Settlement {
    read(&format!(
        r#"{{"remaining":[{{"index":0,"delay_s":{delay_s},"progress":{{}}}}]}}"#
    ))
}

fn id(name: usize) -> Digest {
    Digest::of(&[&name.to_string()])
}

fn settled(name: usize, open: Settlement) -> SettledMessage {
    let mut counters = Counters::default();
    counters.count("delivered", 2);
    SettledMessage {
        id: id(name),
        open,
        counters,
        delivered: Vec::new(),
        rejected: Vec::new(),
        resolved: Vec::new(),
        coverage: Vec::new(),
        waiting: Vec::new(),
    }
}

fn done(name: usize) -> SettledMessage {
    settled(name, Settlement::default())
}

fn route() -> Route {
    Route {
        kind: RequestKind::Event,
        app: "koexample".to_owned(),
    }
}

/// A report of so many events that Kochava refused.
fn refused(events: usize) -> CommitRequest {
    let mut report = BreakerReport::default();
    for event in 0..events as u64 {
        report.fail(event, false, FailureReason::Refused { status: 403 }, 0);
    }
    CommitRequest {
        reports: vec![(route(), report)],
        ..CommitRequest::default()
    }
}

#[test]
fn a_message_is_settled_once_and_what_was_noted_first_holds() {
    let mut shard = Shard::default();
    assert_eq!(shard.journal.state(id(1)), JournalState::New);
    let first = [JournalState::Completed, JournalState::Open(waiting(7))];
    assert_eq!(shard.settle(vec![done(1), settled(2, waiting(7))]), first);
    shard.restart();
    assert_eq!(
        shard.settle(vec![settled(1, waiting(5)), settled(2, waiting(9))]),
        first
    );
    assert_eq!(
        shard.settle(vec![done(3), done(3)]),
        [JournalState::Completed, JournalState::Completed]
    );
    assert_eq!(shard.delivered(0, 0), 6);
}

#[test]
fn a_message_is_completed_once_and_known_as_such() {
    let mut shard = Shard::default();
    shard.settle(vec![settled(1, waiting(1))]);
    for _ in 0..2 {
        let writes = shard.journal.complete(&[id(1), id(9)], shard.moment());
        shard.write(writes);
        shard.restart();
        assert_eq!(shard.journal.state(id(1)), JournalState::Completed);
    }
    assert_eq!(
        shard.journal.state(id(9)),
        JournalState::New,
        "what was never settled cannot be completed"
    );
    let now = shard.moment();
    assert_eq!(shard.journal.overview(now, now).open_messages, 0);
}

#[test]
fn a_wave_writes_two_rows_however_many_messages_it_has() {
    let mut shard = Shard::default();
    shard.begin(&[(0, &[1]), (1, &[2])]);
    assert_eq!(shard.written, 0, "claims are in memory");
    shard.settle((0..500).map(done).collect());
    assert_eq!(shard.written, 2, "the counters, and the completed messages");
}

#[test]
fn the_breakers_judge_the_reports_of_all_waves_and_survive_a_restart() {
    let mut shard = Shard::default();
    assert_eq!(shard.permit(), Permit::Allowed);
    shard.commit(refused(1));
    assert!(matches!(shard.permit(), Permit::Untried(_)));
    shard.commit(refused(BREAKER_FAILURES));
    shard.restart();
    assert!(matches!(shard.permit(), Permit::Wait(_)));
    shard.now = HOUR;
    assert_eq!(shard.permit(), Permit::Probe);
    assert!(matches!(shard.permit(), Permit::Wait(_)), "one at a time");
    let unused = CommitRequest {
        unused_probes: vec![route()],
        ..CommitRequest::default()
    };
    shard.commit(unused);
    assert_eq!(shard.permit(), Permit::Probe);
}

#[test]
fn the_report_of_a_wave_whose_messages_all_wait_counts_once_if_its_commit_is_repeated() {
    // a probe that fails doubles the wait for the next one: once, and not once for each try
    let mut waits = Vec::new();
    for tries in [1, 2, 3] {
        let mut shard = Shard::default();
        shard.commit(refused(BREAKER_FAILURES));
        shard.now = HOUR;
        let request = BeginRequest {
            messages: vec![BeginMessage {
                id: id(1),
                events: vec![9],
            }],
            routes: [route()].into(),
            ..BeginRequest::default()
        };
        let now = shard.moment();
        let (answer, _) = shard.journal.begin(&request, KnownRows::default(), now);
        assert_eq!(answer.routes[0].permit, Permit::Probe);
        let mut report = BreakerReport::default();
        report.is_probe = true;
        report.fail(9, false, FailureReason::Unavailable, 0);
        let request = CommitRequest {
            released: vec![id(1)],
            reports: vec![(route(), report)],
            ..CommitRequest::default()
        };
        for _ in 0..tries {
            shard.commit(request.clone());
        }
        waits.push(shard.permit());
    }
    assert!(matches!(waits[0], Permit::Wait(_)));
    assert_eq!(waits, [waits[0]; 3]);
}

#[test]
fn a_commit_that_is_repeated_counts_and_reports_once() {
    let mut shard = Shard::default();
    let request = CommitRequest {
        settled: vec![done(1)],
        ..refused(1)
    };
    shard.commit(request.clone());
    let now = shard.moment();
    let first = shard.journal.overview(now, now);
    for _ in 0..3 {
        shard.commit(request.clone());
    }
    assert_eq!(shard.journal.overview(now, now), first);
}

#[test]
fn completed_messages_are_dropped_after_days() {
    let mut shard = Shard::default();
    shard.settle(vec![done(1)]);
    shard.now = i64::from(COMPLETED_HOURS) * HOUR;
    shard.sweep();
    shard.restart();
    assert_eq!(shard.journal.state(id(1)), JournalState::Completed);
    shard.now += HOUR;
    shard.sweep();
    assert_eq!(shard.journal.state(id(1)), JournalState::New);
}
