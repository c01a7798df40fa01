//! Point 1: an event that is too large for a message has the same rights as any other.

use crate::consumer::shell::are_acknowledged;
use crate::{Fault, Queued, Shell, event, event_of};
use kochava_edge::limits::STORE_WAIT;
use kochava_edge::{
    ConsumerContext, ConsumerStep, Digest, Disposition, MESSAGE_UNREADABLE, Moment, QueueMessage,
    consume,
};

/// An event of more bytes than a message holds.
fn large(device: &str, name: &str) -> String {
    let filler = "x".repeat(130_000);
    event(
        device,
        name,
        &format!(r#""$insert_id":"{name}","filler":"{filler}","#),
    )
}

const USERS: &str = r#"{
    "app_guid": "koexample", "events": {"properties": ["n"]},
    "users": {"send": true, "from": "both", "properties": ["n"]},
    "mapping": {"kochava_device_id": "user_properties.kochava_device_id", "origination_ip": "ip_address", "idfv": "user_properties.idfv"}
}"#;

#[test]
fn a_large_event_is_delivered_and_leaves_its_store() {
    let mut shell = Shell::default();
    let messages = shell.arrive(&[&large("d1", "Large")]);
    assert_eq!(shell.large.len(), 1);
    assert!(are_acknowledged(&shell.consume(&messages)));
    assert_eq!(shell.posted, ["Large"]);
    assert!(shell.large.is_empty() && shell.rejects.is_empty());
    assert_eq!(shell.count("delivered"), 1);
}

#[test]
fn a_large_event_that_kochava_rejects_becomes_a_reject_with_its_text() {
    let mut shell = Shell::default();
    shell.reply("Large", 1, 400, r#"{"success":"0","error":"no"}"#);
    let event = large("d1", "Large");
    assert!(are_acknowledged(&shell.deliver(&[&event])));
    let reject = shell.reject();
    assert_eq!(reject.code, "kochava-rejected");
    assert_eq!((&reject.event, reject.status), (&event, Some(400)));
    assert!(shell.large.is_empty());
    assert_eq!(shell.count("discarded"), 1);
}

#[test]
fn a_large_event_that_breaks_rules_becomes_a_reject_with_its_text() {
    let mut shell = Shell::default();
    let event = large("d1", "Large").replace("203.0.113.9", "10.0.0.1");
    assert!(are_acknowledged(&shell.deliver(&[&event])));
    assert_eq!(
        (&shell.reject().event, shell.count("discarded")),
        (&event, 1)
    );
    assert!(shell.posted.is_empty() && shell.large.is_empty());
}

#[test]
fn a_refused_identity_behind_a_large_event_becomes_a_reject() {
    let mut shell = Shell::with(USERS);
    let event =
        large("d1", "Large").replacen(r#""user_properties":{"#, r#""user_properties":{"n":7,"#, 1);
    shell.reply(r#""n":"7""#, 1, 400, r#"{"success":"0"}"#);
    assert!(are_acknowledged(&shell.deliver(&[&event])));
    assert_eq!(shell.posted, ["Large", "identity"]);
    let reject = shell.reject();
    assert_eq!((reject.progress.done, &reject.event), (1, &event));
    assert!(shell.large.is_empty());
    assert_eq!(shell.count("delivered"), 1);
    assert_eq!(shell.count("identities-undelivered"), 1);
}

#[test]
fn a_large_event_does_not_overtake_an_earlier_one_of_its_device() {
    let mut shell = Shell::default();
    shell.reply("First", 1, 503, "");
    shell.deliver(&[&event_of("d1", "First"), &large("d1", "Large")]);
    assert_eq!(shell.posted, ["First"]);
    shell.deliver_sent();
    assert_eq!(shell.posted, ["First", "First", "Large"]);
    assert!(shell.large.is_empty());
}

#[test]
fn a_large_event_asks_the_breaker() {
    let mut shell = Shell::default();
    shell.reply("", 5, 401, "");
    for number in 0..5 {
        let name = format!("E{number}");
        shell.deliver(&[&event_of(&name, &name)]);
    }
    let posted = shell.posted.len();
    let result = shell.deliver(&[&large("d9", "Large")]);
    assert!(matches!(
        result.dispositions.as_slice(),
        [Disposition::Retry(_)]
    ));
    assert_eq!((shell.posted.len(), shell.large.len()), (posted, 1));
}

#[test]
fn a_copy_of_a_large_event_is_delivered_once_and_both_texts_leave() {
    let mut shell = Shell::default();
    let event = large("d1", "Large");
    shell.deliver(&[&event]);
    assert!(are_acknowledged(&shell.deliver(&[&event])));
    assert_eq!(shell.posted, ["Large"]);
    assert!(shell.large.is_empty());
    assert_eq!(
        (shell.count("delivered"), shell.count("duplicates")),
        (1, 1)
    );
}

#[test]
fn the_text_of_a_large_event_stays_while_it_waits() {
    let mut shell = Shell::default();
    shell.reply("Large", 1, 503, "");
    shell.deliver(&[&large("d1", "Large"), &event_of("d2", "View")]);
    assert_eq!(shell.large.len(), 1);
    shell.deliver_sent();
    assert_eq!(shell.posted, ["Large", "View", "Large"]);
    assert!(shell.large.is_empty());
}

#[test]
fn where_the_store_of_large_events_does_not_answer_the_message_is_redelivered() {
    let mut shell = Shell::default();
    let messages = shell.arrive(&[&large("d1", "Large")]);
    shell.faults = vec![Fault::Load];
    let result = shell.consume(&messages);
    assert!(matches!(
        result.dispositions.as_slice(),
        [Disposition::Retry(_)]
    ));
    assert_eq!(shell.effects, ["load"]);
    assert!(are_acknowledged(&shell.consume(&messages)));
    assert_eq!(shell.posted, ["Large"]);
}

#[test]
fn a_large_event_about_which_the_store_says_nothing_is_not_missing() {
    let mut shell = Shell::default();
    let messages = shell.arrive(&[&large("d1", "Large")]);
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
    let ConsumerStep::Load(_, loading) = consume(&queued, context) else {
        panic!("the store is asked");
    };
    let ConsumerStep::Done(result) = loading.loaded(Vec::new()) else {
        panic!("there is nothing to do");
    };
    assert_eq!(result.dispositions, [Disposition::Retry(STORE_WAIT)]);
}

#[test]
fn a_large_event_whose_text_is_gone_becomes_a_reject_that_says_so() {
    let mut shell = Shell::default();
    let messages = shell.arrive(&[&large("d1", "Large")]);
    shell.large.clear();
    assert!(are_acknowledged(&shell.consume(&messages)));
    assert_eq!(shell.reject().code, MESSAGE_UNREADABLE);
    assert_eq!(shell.count("discarded"), 1);
}

#[test]
fn a_large_event_of_the_dead_letter_queue_becomes_a_reject_with_its_text() {
    let mut shell = Shell::default();
    let event = large("d1", "Large");
    let message = shell.arrive(&[&event]).remove(0).dead();
    assert!(are_acknowledged(&shell.consume(&[message])));
    assert_eq!(shell.reject().event, event);
    assert!(shell.large.is_empty() && shell.posted.is_empty());
}

#[test]
fn the_reject_of_a_large_event_is_not_replaced_by_one_without_text() {
    let mut shell = Shell::default();
    shell.reply("Large", 1, 400, r#"{"success":"0"}"#);
    let event = large("d1", "Large");
    let messages = shell.arrive(&[&event]);
    shell.faults = vec![Fault::Complete];
    shell.consume(&messages);
    assert!(shell.large.is_empty(), "its text is in the reject");
    assert!(are_acknowledged(&shell.consume(&messages)));
    assert_eq!(shell.reject().event, event);
    assert_eq!(shell.reject().code, "kochava-rejected");
    let known = Digest::of(&["event", "d1", "Large"]);
    assert_eq!(shell.reject().id, known);
}
