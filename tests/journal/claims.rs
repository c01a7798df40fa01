//! Who may deliver what: claims of messages and events, delivered events, and names of rejects.

use crate::{HOUR, Shard, done, id};
use kochava_edge::limits::{CLAIM_LEASE, DEDUPE_HOURS};
use kochava_edge::{CommitRequest, EventClaim, JournalState, SettledMessage};

#[test]
fn a_message_that_another_wave_delivers_is_busy_until_that_is_committed() {
    let mut shard = Shard::default();
    let claimed = (JournalState::New, vec![EventClaim::Claimed]);
    let busy = (JournalState::Busy, Vec::new());
    assert_eq!(shard.begin(&[(1, &[10])]), std::slice::from_ref(&claimed));
    assert_eq!(shard.begin(&[(1, &[10])]), std::slice::from_ref(&busy));
    let released = CommitRequest {
        released: vec![id(1)],
        ..CommitRequest::default()
    };
    shard.commit(released);
    assert_eq!(shard.begin(&[(1, &[10]), (1, &[10])]), [claimed, busy]);
    shard.settle(vec![done(1)]);
    assert_eq!(shard.begin(&[(1, &[10])])[0].0, JournalState::Completed);
}

#[test]
fn an_event_is_claimed_by_one_message_at_a_time_and_once_in_it() {
    let mut shard = Shard::default();
    let begun = shard.begin(&[(1, &[10, 11, 10]), (2, &[11, 12])]);
    assert_eq!(
        begun[0].1,
        [EventClaim::Claimed, EventClaim::Claimed, EventClaim::Busy]
    );
    assert_eq!(begun[1].1, [EventClaim::Busy, EventClaim::Claimed]);
    let delivered = SettledMessage {
        delivered: vec![10, 11],
        ..done(1)
    };
    shard.settle(vec![delivered]);
    shard.restart();
    assert_eq!(
        shard.begin(&[(3, &[10, 11, 12])])[0].1,
        [
            EventClaim::Delivered,
            EventClaim::Delivered,
            EventClaim::Claimed
        ]
    );
}

#[test]
fn the_claims_of_a_consumer_that_died_lapse_and_others_stay() {
    let mut shard = Shard::default();
    let lease = i64::try_from(CLAIM_LEASE.as_millis()).expect("it is minutes");
    shard.begin(&[(1, &[10])]);
    shard.now = lease - 1;
    shard.begin(&[(2, &[20])]);
    assert_eq!(shard.begin(&[(3, &[10, 20])])[0].1, [EventClaim::Busy; 2]);
    shard.now = lease;
    assert_eq!(
        shard.begin(&[(4, &[10, 20])])[0].1,
        [EventClaim::Claimed, EventClaim::Busy]
    );
}

#[test]
fn a_commit_releases_the_events_of_its_messages_and_of_no_other() {
    let mut shard = Shard::default();
    shard.begin(&[(1, &[10]), (2, &[20])]);
    shard.settle(vec![done(1)]);
    assert_eq!(
        shard.begin(&[(3, &[10, 20])])[0].1,
        [EventClaim::Claimed, EventClaim::Busy]
    );
}

#[test]
fn a_copy_of_a_reject_may_be_sent_and_its_name_goes_with_it() {
    let mut shard = Shard::default();
    let rejected = SettledMessage {
        rejected: vec![10],
        ..done(1)
    };
    shard.settle(vec![rejected]);
    shard.restart();
    assert_eq!(shard.begin(&[(2, &[10])])[0].1, [EventClaim::Rejected]);
    let resolved = SettledMessage {
        delivered: vec![10],
        resolved: vec![10],
        ..done(2)
    };
    shard.settle(vec![resolved]);
    assert!(shard.rejected.is_empty());
    assert_eq!(shard.begin(&[(3, &[10])])[0].1, [EventClaim::Delivered]);
}

#[test]
fn names_of_rejects_are_kept_as_long_as_rejects_and_delivered_events_for_a_week() {
    let mut shard = Shard::default();
    let message = SettledMessage {
        delivered: vec![10],
        rejected: vec![11],
        ..done(1)
    };
    shard.settle(vec![message]);
    for (hours, delivered, rejected) in [
        (i64::from(DEDUPE_HOURS), true, true),
        (i64::from(DEDUPE_HOURS) + 1, false, true),
        (30 * 24, false, true),
        (30 * 24 + 1, false, false),
    ] {
        shard.now = hours * HOUR;
        shard.sweep();
        shard.restart();
        let claims = shard.begin(&[(2, &[10, 11])])[0].1.clone();
        assert_eq!(claims[0] == EventClaim::Delivered, delivered, "{hours} h");
        assert_eq!(claims[1] == EventClaim::Rejected, rejected, "{hours} h");
        shard.restart();
    }
}
