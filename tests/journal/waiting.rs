//! What waits, as far as consumers have seen it.

use crate::{HOUR, MINUTE, START, Shard, done, id, refused, settled, waiting};
use kochava_edge::limits::BREAKER_FAILURES;
use kochava_edge::{
    CommitRequest, JournalState, Moment, SettledMessage, WaitState, WaitingRow, WaitingSum,
};

fn at(time: i64) -> Moment {
    Moment::from_millis(START + time)
}

fn row(name: usize, state: WaitState, events: u32, oldest: i64) -> WaitingRow {
    WaitingRow {
        message: id(name),
        state,
        events,
        oldest: at(oldest),
    }
}

fn released(names: &[usize], rows: &[WaitingRow]) -> CommitRequest {
    CommitRequest {
        released: names.iter().map(|name| id(*name)).collect(),
        waiting: rows.to_vec(),
        ..CommitRequest::default()
    }
}

/// Returns the state, number and oldest arrival of what waits, as an operator sees it.
fn seen(shard: &mut Shard) -> Vec<(WaitState, u64, i64)> {
    let sums = shard.sums();
    let seen = shard.journal.note_waiting(sums).into_iter();
    let mut seen: Vec<_> = seen
        .map(|sum: WaitingSum| (sum.state, sum.events, sum.oldest.millis - START))
        .collect();
    seen.sort_unstable();
    seen
}

#[test]
fn a_message_waits_until_it_is_settled_and_is_counted_once_however_often_it_is_deferred() {
    let mut shard = Shard::default();
    for _ in 0..3 {
        shard.begin(&[(1, &[1]), (2, &[2])]);
        let rows = [
            row(1, WaitState::Held, 1, MINUTE),
            row(2, WaitState::Queued, 2, 0),
        ];
        shard.commit(released(&[1, 2], &rows));
        let expected = [(WaitState::Queued, 2, 0), (WaitState::Held, 1, MINUTE)];
        assert_eq!(seen(&mut shard), expected);
        shard.restart();
    }
    shard.begin(&[(2, &[2])]);
    shard.settle(vec![done(2)]);
    assert_eq!(seen(&mut shard), [(WaitState::Held, 1, MINUTE)]);
    shard.settle(vec![done(1)]);
    assert_eq!(seen(&mut shard), []);
}

#[test]
fn a_message_that_is_deferred_for_another_reason_waits_for_that_alone() {
    let mut shard = Shard::default();
    shard.begin(&[(1, &[1])]);
    shard.commit(released(
        &[1],
        &[
            row(1, WaitState::Held, 2, 0),
            row(1, WaitState::Queued, 1, 0),
        ],
    ));
    shard.begin(&[(1, &[1])]);
    shard.commit(released(&[1], &[row(1, WaitState::Held, 1, 0)]));
    assert_eq!(seen(&mut shard), [(WaitState::Held, 1, 0)]);
}

#[test]
fn what_is_left_of_a_message_waits_in_those_that_continue_it() {
    let mut shard = Shard::default();
    let rest = SettledMessage {
        waiting: vec![row(7, WaitState::Queued, 1, 0)],
        ..settled(1, waiting(5))
    };
    shard.settle(vec![rest.clone()]);
    assert_eq!(seen(&mut shard), [(WaitState::Queued, 1, 0)]);
    shard.settle(vec![done(7)]);
    assert_eq!(seen(&mut shard), []);
    // a copy of the first message is settled late: what it says is not noted
    let states = shard.settle(vec![rest]);
    assert!(matches!(states[0], JournalState::Open(_)));
    assert_eq!(seen(&mut shard), []);
}

#[test]
fn a_release_that_is_repeated_after_another_consumer_settled_the_message_is_not_noted() {
    let mut shard = Shard::default();
    shard.begin(&[(1, &[1])]);
    let release = released(&[1], &[row(1, WaitState::Queued, 1, 0)]);
    shard.commit(release.clone());
    shard.begin(&[(1, &[1])]);
    shard.settle(vec![done(1)]);
    shard.commit(release);
    assert_eq!(seen(&mut shard), []);
}

#[test]
fn what_waits_for_a_breaker_that_is_closed_since_waits_for_its_turn() {
    let mut shard = Shard::default();
    shard.begin(&[(1, &[1])]);
    let release = released(&[1], &[row(1, WaitState::Paused, 1, 0)]);
    shard.commit(CommitRequest {
        reports: refused(BREAKER_FAILURES).reports,
        ..release
    });
    assert_eq!(seen(&mut shard), [(WaitState::Paused, 1, 0)]);
    let sums = shard.sums();
    let mut closed = kochava_edge::Journal::default();
    assert_eq!(closed.note_waiting(sums)[0].state, WaitState::Queued);
}

#[test]
fn nothing_is_written_about_waiting_while_nothing_waits() {
    let mut shard = Shard::default();
    shard.settle((0..50).map(done).collect());
    assert_eq!(shard.written, 2, "the counters, and the completed messages");
    shard.now = HOUR;
    shard.begin(&[(100, &[1])]);
    shard.commit(released(&[100], &[row(100, WaitState::Queued, 1, 0)]));
    assert_eq!(shard.written, 3);
    shard.begin(&[(100, &[1])]);
    shard.settle(vec![done(100)]);
    assert_eq!(shard.written, 6, "the row is dropped, too");
    seen(&mut shard);
    shard.settle(vec![done(101)]);
    assert_eq!(
        shard.written, 8,
        "what was seen to be empty is not cleared again"
    );
}
