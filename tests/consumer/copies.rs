//! Point 9: copies of an event, and of a message, are delivered and counted once.

use crate::consumer::shell::are_acknowledged;
use crate::{Queued, Shell, event_of};
use kochava_edge::limits::{CLAIM_LEASE, COPY_WAIT};
use kochava_edge::{BeginMessage, BeginRequest, Disposition, Message, SettledMessage, Settlement};

/// Another consumer begins a wave with this message.
fn begin_elsewhere(shell: &mut Shell, queued: &Queued) {
    let message = Message::read(&queued.text).expect("it is a message");
    let events = message.events.iter();
    let request = BeginRequest {
        messages: vec![BeginMessage {
            id: message.id,
            events: events.map(|event| event.id.fingerprint()).collect(),
        }],
        ..BeginRequest::default()
    };
    shell.begin(&request).expect("the journal answers");
}

/// The other consumer delivered the events of the message.
fn commit_elsewhere(shell: &mut Shell, queued: &Queued) {
    let message = Message::read(&queued.text).expect("it is a message");
    let events = message.events.iter();
    let mut counters = message.counters.clone();
    counters.count("delivered", message.events.len() as u64);
    let settled = SettledMessage {
        id: message.id,
        open: Settlement::default(),
        counters,
        delivered: events.map(|event| event.id.fingerprint()).collect(),
        rejected: Vec::new(),
        resolved: Vec::new(),
        coverage: Vec::new(),
        waiting: Vec::new(),
    };
    let request = kochava_edge::CommitRequest {
        settled: vec![settled],
        ..kochava_edge::CommitRequest::default()
    };
    shell.commit(&request).expect("the journal answers");
}

#[test]
fn a_copy_waits_while_another_message_is_being_delivered_and_is_a_duplicate_afterwards() {
    let mut shell = Shell::default();
    let event = event_of("d1", "View");
    let [first, copy] = [(); 2].map(|()| shell.arrive(&[&event]).remove(0));
    begin_elsewhere(&mut shell, &first);
    let result = shell.consume(std::slice::from_ref(&copy));
    assert_eq!(result.dispositions, [Disposition::Retry(COPY_WAIT)]);
    assert_eq!(shell.posted, [""; 0]);
    commit_elsewhere(&mut shell, &first);
    let copy = Queued {
        attempts: 2,
        ..copy
    };
    assert!(are_acknowledged(&shell.consume(&[copy])));
    assert_eq!(shell.posted, [""; 0]);
    assert_eq!(
        (shell.count("delivered"), shell.count("duplicates")),
        (1, 1)
    );
}

#[test]
fn a_copy_is_sent_when_the_consumer_of_the_first_has_died() {
    let mut shell = Shell::default();
    let event = event_of("d1", "View");
    let [first, copy] = [(); 2].map(|()| shell.arrive(&[&event]).remove(0));
    begin_elsewhere(&mut shell, &first);
    shell.now += i64::try_from(CLAIM_LEASE.as_millis()).expect("it is minutes");
    assert!(are_acknowledged(&shell.consume(&[copy])));
    assert_eq!(shell.posted, ["View"]);
    assert!(are_acknowledged(&shell.consume(&[first])));
    assert_eq!(shell.posted, ["View"], "the first is the copy now");
    assert_eq!(
        (shell.count("delivered"), shell.count("duplicates")),
        (1, 1)
    );
}

#[test]
fn a_message_that_another_consumer_delivers_is_neither_sent_nor_counted_again() {
    let mut shell = Shell::default();
    let messages = shell.arrive(&[&event_of("d1", "View")]);
    begin_elsewhere(&mut shell, &messages[0]);
    let result = shell.consume(&messages);
    assert_eq!(result.dispositions, [Disposition::Retry(COPY_WAIT)]);
    commit_elsewhere(&mut shell, &messages[0]);
    assert!(are_acknowledged(&shell.consume(&messages)));
    assert_eq!(shell.posted, [""; 0]);
    assert_eq!(
        (shell.count("delivered"), shell.count("duplicates")),
        (1, 0)
    );
}

#[test]
fn two_copies_of_a_message_in_one_wave_are_sent_once() {
    let mut shell = Shell::default();
    let message = shell.arrive(&[&event_of("d1", "View")]).remove(0);
    let result = shell.consume(&[message.clone(), message.clone()]);
    let expected = [Disposition::Ack, Disposition::Retry(COPY_WAIT)];
    assert_eq!(result.dispositions, expected);
    assert!(are_acknowledged(&shell.consume(&[message])));
    assert_eq!(shell.posted, ["View"]);
    assert_eq!(
        (shell.count("delivered"), shell.count("duplicates")),
        (1, 0)
    );
}

#[test]
fn an_event_that_is_twice_in_its_message_is_sent_once() {
    let mut shell = Shell::default();
    let event = event_of("d1", "View");
    let result = shell.deliver(&[&event, &event]);
    assert!(are_acknowledged(&result));
    assert_eq!((shell.posted.len(), shell.sent.len()), (1, 1));
    assert!(are_acknowledged(&shell.deliver_sent()));
    assert_eq!((shell.posted.len(), shell.sent.len()), (1, 0));
    assert_eq!(
        (shell.count("delivered"), shell.count("duplicates")),
        (1, 1)
    );
}

#[test]
fn a_copy_in_another_message_of_the_wave_waits_and_is_a_duplicate_later() {
    let mut shell = Shell::default();
    let event = event_of("d1", "View");
    let [first, copy] = [(); 2].map(|()| shell.arrive(&[&event]).remove(0));
    let result = shell.consume(&[first, copy.clone()]);
    let expected = [Disposition::Ack, Disposition::Retry(COPY_WAIT)];
    assert_eq!(result.dispositions, expected);
    assert!(are_acknowledged(&shell.consume(&[copy])));
    assert_eq!(shell.posted, ["View"]);
    assert_eq!(
        (shell.count("delivered"), shell.count("duplicates")),
        (1, 1)
    );
}

#[test]
fn a_copy_of_an_event_that_fails_is_sent_itself() {
    let mut shell = Shell::default();
    shell.reply("Bad", 1, 400, r#"{"success":"0"}"#);
    let event = event_of("d1", "Bad");
    shell.deliver(&[&event, &event]);
    assert_eq!(shell.rejects.len(), 1);
    shell.deliver_sent();
    assert_eq!(shell.posted, ["Bad", "Bad"]);
    assert_eq!(shell.rejects.len(), 0, "its copy was delivered");
    assert_eq!((shell.count("delivered"), shell.count("discarded")), (1, 1));
}

#[test]
fn a_copy_of_an_event_that_waits_for_a_retry_is_sent_with_it_or_after_it() {
    let mut shell = Shell::default();
    shell.reply("Slow", 2, 503, "");
    let event = event_of("d1", "Slow");
    shell.deliver(&[&event, &event]);
    for _ in 0..10 {
        if shell.sent.is_empty() {
            break;
        }
        assert!(are_acknowledged(&shell.deliver_sent()));
    }
    assert!(shell.sent.is_empty());
    assert_eq!(shell.posted, ["Slow"; 3]);
    assert_eq!(
        (shell.count("delivered"), shell.count("duplicates")),
        (1, 1)
    );
}

#[test]
fn equal_events_without_an_id_are_no_copies() {
    let mut shell = Shell::default();
    let event = crate::event("d1", "View", "");
    shell.deliver(&[&event, &event]);
    shell.deliver(&[&event]);
    assert_eq!(shell.posted, ["View"; 3]);
    assert_eq!(
        (shell.count("delivered"), shell.count("duplicates")),
        (3, 0)
    );
}
