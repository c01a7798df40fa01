//! Points 2 and 14: faulty settings, the dead-letter queue, and messages that cannot be read.

use crate::consumer::shell::are_acknowledged;
use crate::{Queued, Shell, event, event_of};
use kochava_edge::limits::{FAULTY_WAIT, NEWER_WAIT};
use kochava_edge::{DEAD_LETTER, Disposition, MESSAGE_UNREADABLE, Message, MessageError};

const HOUR: i64 = 3_600_000;

fn faulty() -> (Shell, Queued) {
    let mut shell = Shell::default();
    let message = shell.arrive(&[&event_of("d1", "View")]).remove(0);
    shell.planner = None;
    (shell, message)
}

#[test]
fn with_faulty_settings_a_message_waits_and_nothing_is_asked_planned_or_sent() {
    let (mut shell, message) = faulty();
    let result = shell.consume(&[message]);
    let [Disposition::Retry(wait)] = result.dispositions.as_slice() else {
        panic!("{result:?}");
    };
    assert!(*wait >= FAULTY_WAIT);
    assert_eq!(shell.effects, [""; 0]);
}

#[test]
fn with_faulty_settings_every_message_is_renewed_before_the_platform_would_drop_it() {
    let (_, message) = faulty();
    let tired = Queued {
        attempts: 60,
        ..message.clone()
    };
    for (hours, queued) in [(0, tired), (20, message.clone()), (0, message.dead())] {
        let (mut shell, _) = faulty();
        shell.now += hours * HOUR;
        let result = shell.consume(std::slice::from_ref(&queued));
        assert!(are_acknowledged(&result), "{queued:?}");
        assert_eq!(shell.effects, ["finish"]);
        let [(text, _)] = shell.sent.as_slice() else {
            panic!("{:?}", shell.sent);
        };
        let (copy, before) = (Message::read(text), Message::read(&queued.text));
        let (copy, before) = (copy.expect("it is one"), before.expect("it is one"));
        assert_eq!((copy.id, copy.sent), (before.id, shell.moment()));
        assert_eq!(copy.counters.of("deferrals"), u64::from(queued.attempts));
        assert_eq!(copy.events[0].event, before.events[0].event);
    }
}

#[test]
fn a_message_that_was_renewed_is_delivered_when_the_settings_are_mended() {
    let (mut shell, message) = faulty();
    shell.consume(&[message.dead()]);
    shell.configure(crate::consumer::shell::SETTINGS);
    assert!(are_acknowledged(&shell.deliver_sent()));
    assert_eq!(shell.posted, ["View"]);
}

#[test]
fn a_message_that_cannot_be_renewed_is_not_acknowledged() {
    let (mut shell, message) = faulty();
    shell.faults = vec![crate::Fault::Send; 2];
    let result = shell.consume(&[message.dead()]);
    assert!(matches!(
        result.dispositions.as_slice(),
        [Disposition::Retry(_)]
    ));
}

#[test]
fn with_faulty_settings_an_unreadable_message_is_renewed_byte_for_byte() {
    let (mut shell, _) = faulty();
    let queued = Queued::first("\u{0}no message\u{fffd}").dead();
    assert!(are_acknowledged(
        &shell.consume(std::slice::from_ref(&queued))
    ));
    assert_eq!(shell.sent[0].0, queued.text);
}

#[test]
fn a_message_of_the_dead_letter_queue_becomes_rejects_without_being_planned() {
    let mut shell = Shell::default();
    let events = [event_of("d1", "View"), event("d2", "Level Up", "")];
    let messages = shell.arrive(&[&events[0], &events[1]]);
    let dead: Vec<Queued> = messages.into_iter().map(Queued::dead).collect();
    assert!(are_acknowledged(&shell.consume(&dead)));
    assert_eq!(shell.posted, [""; 0]);
    let mut texts = Vec::new();
    for reject in shell.rejects.values() {
        assert_eq!(
            (reject.code.as_str(), reject.sent.as_str()),
            (DEAD_LETTER, "[]")
        );
        assert_eq!(reject.name, None, "only the planner reads the name");
        texts.push(reject.event.clone());
    }
    texts.sort();
    let mut expected = events.to_vec();
    expected.sort();
    assert_eq!(texts, expected);
    assert_eq!(shell.count("discarded"), 2);
}

#[test]
fn a_dead_copy_of_what_was_delivered_is_a_duplicate() {
    let mut shell = Shell::default();
    let event = event_of("d1", "View");
    shell.deliver(&[&event]);
    let copy = shell.arrive(&[&event]).remove(0).dead();
    assert!(are_acknowledged(&shell.consume(&[copy])));
    assert!(shell.rejects.is_empty());
    assert_eq!(
        (shell.count("delivered"), shell.count("duplicates")),
        (1, 1)
    );
}

#[test]
fn a_message_that_cannot_be_read_becomes_a_reject_with_its_bytes_and_is_counted_once() {
    let mut shell = Shell::default();
    let queued = Queued::first("{\"v\":2} \u{0}\u{fffd} and more");
    for _ in 0..2 {
        assert!(are_acknowledged(
            &shell.consume(std::slice::from_ref(&queued))
        ));
        let reject = shell.reject();
        assert_eq!(
            (reject.code.as_str(), reject.event.as_str()),
            (MESSAGE_UNREADABLE, queued.text.as_str())
        );
        assert_eq!(shell.count("discarded"), 1);
        assert_eq!(shell.count("code:message-unreadable"), 1);
    }
}

#[test]
fn an_unreadable_message_stays_until_its_reject_is_stored() {
    let mut shell = Shell::default();
    let queued = Queued::first("hello");
    shell.faults = vec![crate::Fault::StoreRejects];
    let result = shell.consume(std::slice::from_ref(&queued));
    assert!(matches!(
        result.dispositions.as_slice(),
        [Disposition::Retry(_)]
    ));
    assert!(are_acknowledged(&shell.consume(&[queued])));
    assert_eq!(shell.reject().event, "hello");
    assert_eq!(shell.count("discarded"), 1);
}

#[test]
fn a_message_of_a_newer_release_waits_for_it_and_is_renewed_as_it_is() {
    let mut shell = Shell::default();
    let queued = Queued::first(r#"{"v":6,"anything":[]}"#);
    assert_eq!(Message::read(&queued.text), Err(MessageError::Newer));
    let result = shell.consume(std::slice::from_ref(&queued));
    assert_eq!(result.dispositions, [Disposition::Retry(NEWER_WAIT)]);
    assert!(are_acknowledged(&shell.consume(&[queued.clone().dead()])));
    assert_eq!(shell.sent[0].0, queued.text);
    assert!(shell.rejects.is_empty());
}

#[test]
fn one_bad_message_does_not_stop_the_others_of_its_wave() {
    let mut shell = Shell::default();
    let mut messages = vec![Queued::first("hello")];
    messages.extend(shell.arrive(&[&event_of("d1", "View")]));
    messages.push(Queued::first(r#"{"v":6}"#));
    let result = shell.consume(&messages);
    assert_eq!(
        result.dispositions,
        [
            Disposition::Ack,
            Disposition::Ack,
            Disposition::Retry(NEWER_WAIT)
        ]
    );
    assert_eq!(shell.posted, ["View"]);
}

#[test]
fn a_tally_that_was_made_by_hand_counts_only_what_a_message_may_carry() {
    let mut shell = Shell::default();
    let tally = r#"{"v":3,"id":"00112233445566778899aabbccddeeff","sent":1767225600000,"counters":{"delivered":7,"attempts":9,"skipped":2},"events":[]}"#;
    for _ in 0..2 {
        assert!(are_acknowledged(&shell.consume(&[Queued::first(tally)])));
    }
    assert_eq!((shell.count("delivered"), shell.count("attempts")), (0, 0));
    assert_eq!(shell.count("skipped"), 2);
}
