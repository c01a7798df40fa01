//! The journal settles and counts every message once, and its stored form restores it whole.

use kochava_edge::{
    Counters, DedupeChunk, DedupeSet, Digest, Journal, JournalState, JournalWrite, Moment,
    SettledMessage, Settlement, TimeBucket, quantile_ms,
};
use std::collections::BTreeMap;

const START: i64 = 1_767_225_600_000;
const HOUR: i64 = 3_600_000;

/// A journal that is restored from its stored form before each call.
#[derive(Default)]
struct Shard {
    chunks: BTreeMap<u32, (u32, Vec<u8>)>,
    open: BTreeMap<Digest, String>,
    buckets: BTreeMap<TimeBucket, String>,
    now: i64,
    rows: usize,
}

impl Shard {
    fn read(&self) -> Journal {
        let chunks = self
            .chunks
            .iter()
            .map(|(number, (hour, bytes))| DedupeChunk::from_bytes(*number, *hour, bytes))
            .collect();
        let open = self.open.iter().map(|(id, json)| (*id, read(json)));
        let buckets = self
            .buckets
            .iter()
            .map(|(bucket, json)| (*bucket, read(json)));
        Journal::open(DedupeSet::open(chunks, 1_000), open, buckets)
    }

    fn write(&mut self, writes: Vec<JournalWrite>) {
        self.rows += writes.len();
        for write in writes {
            match write {
                JournalWrite::Chunk(chunk) => drop(
                    self.chunks
                        .insert(chunk.number, (chunk.hour, chunk.bytes())),
                ),
                JournalWrite::DropChunk(number) => drop(self.chunks.remove(&number)),
                JournalWrite::Open(id, settlement) => drop(self.open.insert(id, json(&settlement))),
                JournalWrite::DropOpen(id) => drop(self.open.remove(&id)),
                JournalWrite::Bucket(bucket, counters) => {
                    drop(self.buckets.insert(bucket, json(&counters)));
                }
                JournalWrite::DropBucket(bucket) => drop(self.buckets.remove(&bucket)),
            }
        }
    }

    fn settle(&mut self, settled: Vec<SettledMessage>) -> Vec<JournalState> {
        let (known, writes) = self.read().settle(settled, self.moment());
        self.write(writes);
        known
    }

    fn sweep(&mut self) {
        let writes = self.read().sweep(self.moment());
        self.write(writes);
    }

    fn moment(&self) -> Moment {
        Moment::from_millis(START + self.now)
    }

    fn delivered(&self, from: i64, to: i64) -> u64 {
        self.read()
            .counters(
                Moment::from_millis(START + from),
                Moment::from_millis(START + to),
            )
            .of("delivered")
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
    }
}

#[test]
fn a_message_is_settled_once_and_what_was_noted_first_holds() {
    let mut shard = Shard::default();
    assert_eq!(shard.read().state(id(1)), JournalState::New);
    assert_eq!(
        shard.settle(vec![
            settled(1, Settlement::default()),
            settled(2, waiting(7))
        ]),
        [JournalState::Completed, JournalState::Open(waiting(7))]
    );
    assert_eq!(
        shard.settle(vec![settled(1, waiting(5)), settled(2, waiting(9))]),
        [JournalState::Completed, JournalState::Open(waiting(7))]
    );
    assert_eq!(
        shard.settle(vec![
            settled(3, Settlement::default()),
            settled(3, Settlement::default())
        ]),
        [JournalState::Completed, JournalState::Completed]
    );
    assert_eq!(shard.delivered(0, 0), 6);
}

#[test]
fn a_message_is_completed_once_and_known_as_such() {
    let mut shard = Shard::default();
    shard.settle(vec![settled(1, waiting(1))]);
    assert_eq!(shard.read().open_count(), 1);
    for _ in 0..2 {
        let writes = shard.read().complete(&[id(1), id(9)], shard.moment());
        shard.write(writes);
        assert_eq!(shard.read().state(id(1)), JournalState::Completed);
    }
    assert_eq!(
        shard.read().state(id(9)),
        JournalState::New,
        "what was never settled cannot be completed"
    );
    assert_eq!(shard.read().open_count(), 0);
}

#[test]
fn a_group_of_messages_writes_two_rows_however_many_they_are() {
    let mut shard = Shard::default();
    shard.settle(
        (0..500)
            .map(|name| settled(name, Settlement::default()))
            .collect(),
    );
    assert_eq!(shard.rows, 2);
}

#[test]
fn minutes_fold_into_hours_after_four_of_them_and_nothing_is_lost_on_the_way() {
    let mut shard = Shard::default();
    for minute in 0..60 {
        shard.now = minute * 60_000;
        shard.settle(vec![settled(
            usize::try_from(minute).expect("it is small"),
            Settlement::default(),
        )]);
    }
    assert_eq!(shard.delivered(10 * 60_000, 19 * 60_000), 20);
    shard.now = 5 * HOUR - 60_000;
    shard.sweep();
    assert_eq!(
        shard.buckets.len(),
        60,
        "minute accuracy for the last four hours"
    );
    shard.now = 5 * HOUR;
    shard.sweep();
    let hour = TimeBucket {
        start_minute: 490_896 * 60,
        minutes: 60,
    };
    assert_eq!(shard.buckets.keys().collect::<Vec<_>>(), [&hour]);
    assert_eq!(shard.delivered(0, HOUR), 120);
    assert_eq!(shard.delivered(30 * 60_000, HOUR), 120, "then to the hour");
    assert_eq!(shard.delivered(HOUR, 2 * HOUR), 0);
}

#[test]
fn counts_are_kept_ninety_days() {
    let mut shard = Shard::default();
    shard.settle(vec![settled(1, Settlement::default())]);
    shard.now = 90 * 24 * HOUR;
    shard.sweep();
    assert_eq!(shard.delivered(0, HOUR), 2);
    shard.now += HOUR;
    shard.sweep();
    assert!(shard.buckets.is_empty());
}

#[test]
fn completed_messages_are_dropped_after_days_and_the_oldest_where_there_are_too_many() {
    let mut shard = Shard::default();
    shard.settle(vec![settled(1, Settlement::default())]);
    shard.now = 96 * HOUR;
    shard.sweep();
    assert_eq!(shard.read().state(id(1)), JournalState::Completed);
    shard.now += HOUR;
    shard.sweep();
    assert_eq!(shard.read().state(id(1)), JournalState::New);
    let mut set = DedupeSet::open(Vec::new(), 100);
    for hour in 0..10 {
        set.add((0..20).map(|key| u64::from(hour) * 100 + key), hour);
    }
    assert_eq!(
        set.drop_before(0),
        [0, 1, 2, 3, 4],
        "a hundred keys are left"
    );
    assert!(!set.has(405) && set.has(505));
}

#[test]
fn a_dedupe_set_has_what_was_added_and_nothing_else() {
    let mut set = DedupeSet::open(Vec::new(), 100_000);
    let rows = set.add((0..10_000).map(|key| key * 7), 5).len();
    assert_eq!(rows, 3, "4,096 keys share a row");
    assert!(
        (0..10_000).all(|key| set.has(key * 7))
            && (0..60_000)
                .filter(|key| key % 7 != 0)
                .all(|key| !set.has(key))
    );
    assert_eq!(
        set.add([0, 7, 14], 6),
        Vec::<&DedupeChunk>::new(),
        "what is known is not written again"
    );
    let chunk = set.add([1], 6)[0].clone();
    assert_eq!(
        DedupeChunk::from_bytes(chunk.number, chunk.hour, &chunk.bytes()),
        chunk
    );
}

#[test]
fn the_95th_percentile_is_the_upper_edge_of_its_class() {
    let mut counts = Counters::default();
    assert_eq!(quantile_ms(&counts, 95), None);
    (1..=100).for_each(|_| counts.count_delivered(40, false));
    assert_eq!(quantile_ms(&counts, 95), Some(50));
    (1..=5).for_each(|_| counts.count_delivered(2_500, true));
    assert_eq!(quantile_ms(&counts, 95), Some(50), "100 of 105 are 95.2 %");
    counts.count_delivered(2_500, true);
    assert_eq!(quantile_ms(&counts, 95), Some(3_000));
    assert_eq!(
        (
            counts.of("delivered"),
            counts.of("first-attempt"),
            counts.of("after-retry")
        ),
        (106, 100, 6)
    );
    for latency in [0, 25, 26, u64::MAX] {
        counts.count_delivered(latency, false);
    }
    assert_eq!(
        (
            counts.of("latency:25"),
            counts.of("latency:50"),
            counts.of("latency:longer")
        ),
        (2, 101, 1)
    );
}

#[test]
fn counters_and_states_are_read_as_they_were_written() {
    let mut counters = Counters::default();
    counters.count("code:not-selected", 3);
    counters.count("delivered", u64::MAX);
    counters.count("never", 0);
    assert_eq!(
        json(&counters),
        format!(r#"{{"code:not-selected":3,"delivered":{}}}"#, u64::MAX)
    );
    assert_eq!(read::<Counters>(&json(&counters)), counters);
    let rejected = r#"{"rejected":[{"index":1,"code":"kochava-rejected","status":400,"answer":"\"no\"\n","progress":{"done":1}}],"remaining":[{"index":0,"delay_s":7,"progress":{"attempts":2,"waited_s":9}}]}"#;
    assert_eq!(json(&read::<Settlement>(rejected)), rejected);
    for state in [
        JournalState::New,
        JournalState::Completed,
        JournalState::Open(read(rejected)),
    ] {
        assert_eq!(read::<JournalState>(&json(&state)), state);
    }
}
