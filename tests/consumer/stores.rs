//! Whatever fails, a message is acknowledged only when its work is done, and nothing is done twice
//! that the journal knows.

use crate::consumer::shell::are_acknowledged;
use crate::{Fault, Queued, Shell, event_of};
use kochava_edge::limits::{CLAIM_LEASE, COPY_WAIT, STORE_WAIT};
use kochava_edge::{
    ConsumerContext, ConsumerStep, Disposition, Message, Moment, QueueMessage, WaveResult, consume,
    store_wait,
};
use std::collections::BTreeSet;

fn is_redelivered(result: &WaveResult) -> bool {
    matches!(result.dispositions.as_slice(), [Disposition::Retry(_)])
}

fn lapse(shell: &mut Shell) {
    shell.now += i64::try_from(CLAIM_LEASE.as_millis()).expect("it is minutes");
}

#[test]
fn where_the_journal_does_not_begin_nothing_is_sent_or_recorded() {
    let mut shell = Shell::default();
    let messages = shell.arrive(&[&event_of("d1", "View")]);
    shell.faults = vec![Fault::Begin];
    let result = shell.consume(&messages);
    assert_eq!(result.dispositions, [Disposition::Retry(STORE_WAIT)]);
    assert_eq!(shell.effects, ["begin"]);
    assert!(are_acknowledged(&shell.consume(&messages)));
    assert_eq!(shell.posted, ["View"]);
}

#[test]
fn an_answer_of_the_journal_that_leaves_an_event_out_is_none() {
    let mut shell = Shell::default();
    let messages = shell.arrive(&[&event_of("d1", "A"), &event_of("d2", "B")]);
    let planner = shell.planner.take();
    let queued: Vec<QueueMessage<'_>> = messages.iter().map(Queued::message).collect();
    let context = ConsumerContext {
        sync: "",
        planner: planner.as_ref(),
        settings: shell.settings,
        now: shell.moment(),
        deadline: Moment::from_millis(shell.now + 60_000),
        calls_max: 10,
    };
    let ConsumerStep::Begin(requests, beginning) = consume(&queued, context) else {
        panic!("the journal is asked");
    };
    let mut answer = shell.begin(&requests[0].1).expect("the journal answers");
    answer.messages[0].events.pop();
    let ConsumerStep::Post(mut posting) = beginning.begun(vec![Some(answer)]) else {
        panic!("calls follow");
    };
    for sequence in 0..posting.sequences() {
        assert!(posting.next_call(sequence, shell.moment()).is_none());
    }
    let ConsumerStep::Done(result) = posting.end(shell.moment(), 0.5) else {
        panic!("there is nothing to record");
    };
    assert_eq!(result.dispositions, [Disposition::Retry(STORE_WAIT)]);
}

#[test]
fn where_one_shard_does_not_begin_the_others_are_delivered() {
    let mut shell = Shell::default();
    shell.shards = 4;
    let names: Vec<String> = (0..12).map(|number| format!("E{number}")).collect();
    let events: Vec<String> = names.iter().map(|name| event_of(name, name)).collect();
    let events: Vec<&str> = events.iter().map(String::as_str).collect();
    let messages = shell.arrive(&events);
    let shards: BTreeSet<u32> = messages
        .iter()
        .map(|queued| Message::read(&queued.text).expect("it is one").shard)
        .collect();
    assert!(shards.len() > 1, "{shards:?}");
    shell.faults = vec![Fault::Begin];
    let result = shell.consume(&messages);
    let waiting: Vec<&Queued> = messages
        .iter()
        .zip(&result.dispositions)
        .filter(|(_, disposition)| **disposition != Disposition::Ack)
        .map(|(queued, _)| queued)
        .collect();
    assert!(!waiting.is_empty());
    for queued in &waiting {
        let message = Message::read(&queued.text).expect("it is one");
        assert_eq!(
            Some(&message.shard),
            shards.first(),
            "the first was asked first"
        );
    }
    let waiting: Vec<Queued> = waiting.into_iter().cloned().collect();
    assert!(are_acknowledged(&shell.consume(&waiting)));
    assert_eq!(shell.posted.len(), 12);
    assert_eq!(shell.posted.iter().collect::<BTreeSet<_>>().len(), 12);
}

#[test]
fn a_commit_is_tried_three_times_and_then_the_message_is_redelivered() {
    let mut shell = Shell::default();
    let messages = shell.arrive(&[&event_of("d1", "View")]);
    shell.faults = vec![Fault::Commit; 3];
    assert!(is_redelivered(&shell.consume(&messages)));
    assert_eq!(shell.effects, ["begin", "commit", "commit", "commit"]);
    assert_eq!(shell.count("delivered"), 0);
    // what was sent and could not be recorded is sent again, once the claim has lapsed
    let result = shell.consume(&messages);
    assert_eq!(result.dispositions, [Disposition::Retry(COPY_WAIT)]);
    lapse(&mut shell);
    assert!(are_acknowledged(&shell.consume(&messages)));
    assert_eq!(shell.posted, ["View", "View"]);
    assert_eq!(shell.count("delivered"), 1);
}

#[test]
fn a_commit_that_fails_twice_is_recorded_by_the_third_try() {
    let mut shell = Shell::default();
    shell.faults = vec![Fault::Commit; 2];
    assert!(are_acknowledged(&shell.deliver(&[&event_of("d1", "View")])));
    assert_eq!(shell.count("delivered"), 1);
}

#[test]
fn a_commit_whose_answer_is_lost_counts_once() {
    let mut shell = Shell::default();
    shell.reply("Bad", 1, 400, r#"{"success":"0"}"#);
    shell.faults = vec![Fault::CommitAnswer; 2];
    let events = [event_of("d1", "View"), event_of("d2", "Bad")];
    assert!(are_acknowledged(&shell.deliver(&[&events[0], &events[1]])));
    assert_eq!((shell.count("delivered"), shell.count("discarded")), (1, 1));
    assert_eq!(shell.count("attempts"), 2);
    assert_eq!(shell.rejects.len(), 1);
}

#[test]
fn where_all_answers_of_a_commit_are_lost_the_next_consumer_does_the_rest_without_sending() {
    let mut shell = Shell::default();
    shell.reply("Bad", 1, 400, r#"{"success":"0"}"#);
    shell.faults = vec![Fault::CommitAnswer; 3];
    let messages = shell.arrive(&[&event_of("d1", "View"), &event_of("d2", "Bad")]);
    assert!(is_redelivered(&shell.consume(&messages)));
    assert!(shell.rejects.is_empty());
    assert!(are_acknowledged(&shell.consume(&messages)));
    assert_eq!(shell.posted, ["View", "Bad"]);
    assert_eq!(shell.rejects.len(), 1);
    assert_eq!((shell.count("delivered"), shell.count("discarded")), (1, 1));
}

/// A message with a delivered event, a rejected one, one that waits and one whose copy resolves a
/// reject.
fn full() -> (Shell, Vec<Queued>) {
    let mut shell = Shell::default();
    shell.reply("Mended", 1, 400, r#"{"success":"0"}"#);
    shell.deliver(&[&event_of("d0", "Mended")]);
    assert_eq!(shell.rejects.len(), 1);
    shell.reply("Bad", 1, 400, r#"{"success":"0","error":"bad"}"#);
    shell.reply("Slow", 1, 503, "");
    let large = event_of("d5", "Large").replacen(
        '{',
        &format!(r#"{{"filler":"{}","#, "x".repeat(130_000)),
        1,
    );
    let events = [
        event_of("d1", "View"),
        event_of("d2", "Bad"),
        event_of("d3", "Slow"),
        event_of("d0", "Mended"),
        large,
    ];
    let events: Vec<&str> = events.iter().map(String::as_str).collect();
    let messages = shell.arrive(&events);
    assert_eq!(messages.len(), 1);
    shell.posted.clear();
    (shell, messages)
}

#[test]
fn where_a_part_of_the_rest_fails_it_is_redelivered_and_only_that_is_done() {
    for fault in [
        Fault::StoreRejects,
        Fault::DeleteResolved,
        Fault::DeleteEnded,
        Fault::Send,
        Fault::Complete,
    ] {
        for times in 1..3 {
            let (mut shell, messages) = full();
            shell.faults = vec![fault; times];
            for delivery in 0..times {
                let result = shell.consume(&messages);
                assert!(is_redelivered(&result), "{fault:?}, delivery {delivery}");
            }
            assert!(are_acknowledged(&shell.consume(&messages)), "{fault:?}");
            assert_eq!(shell.posted, ["View", "Bad", "Slow", "Mended", "Large"]);
            let reject = shell.reject();
            assert_eq!(
                (reject.name.as_deref(), reject.status),
                (Some("Bad"), Some(400))
            );
            assert!(shell.large.is_empty(), "{fault:?}");
            let delivered = (shell.count("delivered"), shell.count("discarded"));
            assert_eq!(delivered, (3, 2), "{fault:?}");
            // copies of the rest have the same id, and only one of them is delivered
            let rest: BTreeSet<String> = shell
                .sent
                .iter()
                .map(|(text, _)| Message::read(text).expect("it is one").id.to_hex())
                .collect();
            assert_eq!(rest.len(), 1, "{fault:?}");
            for (text, _) in std::mem::take(&mut shell.sent) {
                assert!(are_acknowledged(&shell.consume(&[Queued::first(&text)])));
            }
            assert_eq!(
                shell.posted.iter().filter(|name| *name == "Slow").count(),
                2
            );
            assert_eq!(shell.count("delivered"), 4);
        }
    }
}

#[test]
fn a_settled_message_is_not_acknowledged_before_it_is_complete() {
    let (mut shell, messages) = full();
    shell.consume(&messages);
    let effects = shell.effects.iter().rev().take(4).rev();
    assert_eq!(
        effects.copied().collect::<Vec<_>>(),
        ["begin", "commit", "finish", "complete"]
    );
}

#[test]
fn a_wave_of_delivered_events_makes_two_requests_to_a_shard() {
    let mut shell = Shell::default();
    let names: Vec<String> = (0..100).map(|number| format!("E{number}")).collect();
    let events: Vec<String> = names.iter().map(|name| event_of(name, name)).collect();
    let events: Vec<&str> = events.iter().map(String::as_str).collect();
    shell.deliver(&events);
    assert_eq!(shell.posted.len(), 100);
    assert_eq!(shell.effects, ["begin", "commit"]);
}

#[test]
fn what_fails_in_the_dead_letter_queue_is_renewed_in_the_other() {
    let mut shell = Shell::default();
    let message = shell.arrive(&[&event_of("d1", "View")]).remove(0).dead();
    shell.faults = vec![Fault::StoreRejects];
    assert!(are_acknowledged(&shell.consume(&[message])));
    assert!(shell.rejects.is_empty());
    assert_eq!(shell.sent.len(), 1);
    // the journal knows what remains of it
    assert!(are_acknowledged(&shell.deliver_sent()));
    assert_eq!(shell.reject().code, kochava_edge::DEAD_LETTER);
    assert_eq!((shell.posted.len(), shell.count("discarded")), (0, 1));
}

#[test]
fn the_waits_for_a_store_double_and_outlast_an_outage_of_days() {
    assert_eq!(store_wait(1), STORE_WAIT);
    assert_eq!(store_wait(2), 2 * STORE_WAIT);
    let hours: u64 = (1..=60)
        .map(|times| store_wait(times).as_secs())
        .sum::<u64>()
        / 3_600;
    assert!(hours >= 48, "{hours} h");
}

#[test]
fn a_reject_that_could_not_be_stored_is_not_stored_once_a_copy_of_its_event_was_delivered() {
    let mut shell = Shell::default();
    shell.reply("Bad", 1, 400, r#"{"success":"0"}"#);
    let bad = event_of("d1", "Bad");
    let messages = shell.arrive(&[&bad]);
    shell.faults = vec![Fault::StoreRejects];
    assert!(is_redelivered(&shell.consume(&messages)));
    assert!(are_acknowledged(&shell.deliver(&[&bad])));
    assert!(are_acknowledged(&shell.consume(&messages)));
    assert!(shell.rejects.is_empty(), "{:?}", shell.rejects);
    assert_eq!((shell.posted.len(), shell.count("delivered")), (2, 1));
}
