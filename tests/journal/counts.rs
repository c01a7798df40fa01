//! Counters by minutes and hours, and what is computed from them.

use crate::{HOUR, MINUTE, Shard, done, json, read};
use kochava_edge::{
    CommitRequest, Counters, Coverage, Journal, JournalRow, JournalState, JournalWrite, Moment,
    RetrySchedule, SettledMessage, Settlement, TimeBucket, quantile_ms,
};

#[test]
fn minutes_fold_into_hours_after_four_of_them_and_nothing_is_lost_on_the_way() {
    let mut shard = Shard::default();
    for minute in 0..60 {
        shard.now = i64::from(minute) * MINUTE;
        shard.settle(vec![done(usize::try_from(minute).expect("it is small"))]);
    }
    assert_eq!(shard.delivered(10 * MINUTE, 19 * MINUTE), 20);
    shard.now = 5 * HOUR - MINUTE;
    shard.sweep();
    assert_eq!(
        shard.delivered(10 * MINUTE, 19 * MINUTE),
        20,
        "minute accuracy for the last four hours"
    );
    shard.now = 5 * HOUR;
    shard.sweep();
    shard.restart();
    let hour = TimeBucket {
        start_minute: 490_896 * 60,
        minutes: 60,
    };
    let buckets: Vec<&String> = shard
        .rows
        .keys()
        .filter(|key| key.starts_with("bucket"))
        .collect();
    assert_eq!(buckets, [&format!("bucket {hour:?}")]);
    assert_eq!(shard.delivered(0, HOUR), 120);
    assert_eq!(shard.delivered(30 * MINUTE, HOUR), 120, "then to the hour");
    assert_eq!(shard.delivered(HOUR, 2 * HOUR), 0);
}

/// Rows are billed as they are written; `docs/delivery.md` computes what that costs.
#[test]
fn a_wave_of_which_all_is_delivered_writes_three_rows_series_and_coverage_among_them() {
    let settled = |number: usize| SettledMessage {
        delivered: vec![number as u64],
        coverage: vec![(Coverage::default(), 1)],
        ..done(number)
    };
    let request = CommitRequest {
        settled: (0..25).map(settled).collect(),
        ..CommitRequest::default()
    };
    let mut journal = Journal::default();
    let now = Moment::from_millis(HOUR);
    let (states, writes) = journal.commit(request, &RetrySchedule::default(), now, 0.5);
    assert_eq!(states.len(), 25);
    let tables: Vec<&str> = writes.iter().map(table).collect();
    assert_eq!(tables, ["buckets", "completed", "delivered"]);
    let later = Moment::from_millis(HOUR + MINUTE);
    let counters = journal.overview(Moment::from_millis(0), later).counters;
    assert!(counters.iter().any(|(name, _)| name.starts_with("cover:")));
}

fn table(write: &JournalWrite) -> &'static str {
    match write {
        JournalWrite::Row(JournalRow::Bucket(..)) => "buckets",
        JournalWrite::Row(JournalRow::Chunk(set, _)) => set.name(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_hour_of_minutes_is_folded_into_one_row() {
    let mut shard = Shard::default();
    for minute in 0..60 {
        shard.now = i64::from(minute) * MINUTE;
        shard.settle(vec![done(usize::try_from(minute).expect("it is small"))]);
    }
    let now = Moment::from_millis(shard.moment().millis + 5 * HOUR);
    let writes = shard.journal.sweep(now, 30);
    let of = |is: fn(&JournalWrite) -> bool| writes.iter().filter(|write| is(write)).count();
    assert_eq!(of(|write| matches!(write, JournalWrite::DropBucket(_))), 60);
    assert_eq!(
        of(|write| matches!(write, JournalWrite::Row(JournalRow::Bucket(..)))),
        1
    );
}

#[test]
fn counts_are_kept_ninety_days() {
    let mut shard = Shard::default();
    shard.settle(vec![done(1)]);
    shard.now = 90 * 24 * HOUR;
    shard.sweep();
    assert_eq!(shard.delivered(0, HOUR), 2);
    shard.now += HOUR;
    shard.sweep();
    shard.restart();
    assert_eq!(shard.delivered(0, HOUR), 0);
    assert!(shard.rows.is_empty(), "{:?}", shard.rows);
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
        JournalState::Busy,
        JournalState::Completed,
        JournalState::Open(read(rejected)),
    ] {
        assert_eq!(read::<JournalState>(&json(&state)), state);
    }
}
