//! Points 8, 10 and 11: what is counted, kept and resolved.

use crate::consumer::shell::are_acknowledged;
use crate::{Shell, event, event_of};
use kochava_edge::limits::BREAKER_UNREADABLE_ANSWERS;
use kochava_edge::{Digest, TripReason, UNCONFIRMED};

#[test]
fn a_delivery_that_nobody_confirmed_is_kept_under_a_code_and_an_id_of_its_own() {
    for answer in [
        "",
        "<html>",
        r#"{"success":-1}"#,
        r#"{"success":"no"}"#,
        "[1]",
    ] {
        let mut shell = Shell::default();
        shell.reply("View", 1, 200, answer);
        let text = event_of("d1", "View");
        assert!(are_acknowledged(&shell.deliver(&[&text])), "{answer}");
        let reject = shell.reject();
        let id = Digest::of(&["event", "d1", "View"]);
        assert_eq!(reject.code, UNCONFIRMED);
        assert_eq!(reject.id, Digest::of(&["unconfirmed", &id.to_hex()]));
        assert_eq!(reject.event, text);
        assert!(reject.sent.contains("View"), "it can be looked at");
        assert_eq!(
            (shell.count("delivered"), shell.count("unconfirmed")),
            (1, 1)
        );
        assert_eq!(shell.count("discarded"), 0);
        assert!(shell.names_of_rejects.is_empty(), "it was delivered");
        // its copy is not sent again
        shell.deliver(&[&text]);
        assert_eq!((shell.posted.len(), shell.rejects.len()), (1, 1));
    }
}

#[test]
fn a_run_of_unreadable_answers_trips_the_breaker_and_each_event_is_kept() {
    let mut shell = Shell::default();
    shell.reply("", 100, 200, r#"{"success":-1}"#);
    let names: Vec<String> = (0..30).map(|number| format!("E{number}")).collect();
    let events: Vec<String> = names.iter().map(|name| event_of(name, name)).collect();
    let events: Vec<&str> = events.iter().map(String::as_str).collect();
    shell.deliver(&events);
    let limit = BREAKER_UNREADABLE_ANSWERS as usize;
    assert_eq!((shell.posted.len(), shell.rejects.len()), (limit, limit));
    assert_eq!(shell.count("unconfirmed"), limit as u64);
    let overview = shell.journal.overview(shell.moment(), shell.moment());
    let reasons: Vec<TripReason> = overview
        .breakers
        .open()
        .map(|(_, open)| open.reason)
        .collect();
    assert_eq!(reasons, [TripReason::UnreadableAnswers]);
}

#[test]
fn a_confirmed_delivery_leaves_nothing_behind() {
    for answer in [
        r#"{"success":"1"}"#,
        r#"{"success":1}"#,
        r#"{"success":true}"#,
    ] {
        let mut shell = Shell::default();
        shell.reply("View", 1, 200, answer);
        shell.deliver(&[&event_of("d1", "View")]);
        assert!(shell.rejects.is_empty() && shell.sent.is_empty());
        assert_eq!(
            (shell.count("delivered"), shell.count("unconfirmed")),
            (1, 0)
        );
    }
}

#[test]
fn two_equal_events_without_an_id_that_are_rejected_are_two_rejects() {
    let mut shell = Shell::default();
    shell.reply("Bad", 2, 400, r#"{"success":"0"}"#);
    let bad = event("d1", "Bad", "");
    assert!(are_acknowledged(&shell.deliver(&[&bad, &bad])));
    assert_eq!(shell.rejects.len(), 2);
    assert_eq!(shell.count("discarded"), 2);
    assert_eq!(shell.count("code:kochava-rejected"), 2);
}

#[test]
fn a_copy_of_a_rejected_event_is_delivered_and_resolves_the_reject() {
    let mut shell = Shell::default();
    shell.reply("Bad", 1, 400, r#"{"success":"0"}"#);
    let bad = event_of("d1", "Bad");
    shell.deliver(&[&bad]);
    assert_eq!((shell.rejects.len(), shell.names_of_rejects.len()), (1, 1));
    assert!(are_acknowledged(&shell.deliver(&[&bad])));
    assert!(shell.rejects.is_empty() && shell.names_of_rejects.is_empty());
    assert_eq!((shell.count("delivered"), shell.count("discarded")), (1, 1));
    shell.deliver(&[&bad]);
    assert_eq!((shell.posted.len(), shell.count("duplicates")), (2, 1));
}

#[test]
fn a_copy_of_a_rejected_event_that_is_rejected_again_is_counted_as_a_copy() {
    let mut shell = Shell::default();
    shell.reply("Bad", 2, 400, r#"{"success":"0"}"#);
    let bad = event_of("d1", "Bad");
    shell.deliver(&[&bad]);
    shell.deliver(&[&bad]);
    assert_eq!((shell.rejects.len(), shell.posted.len()), (1, 2));
    assert_eq!(
        (shell.count("discarded"), shell.count("duplicates")),
        (1, 1)
    );
}

#[test]
fn what_breaks_rules_is_stored_and_counted_by_the_consumer() {
    let mut shell = Shell::default();
    let broken = event_of("d1", "View").replace("203.0.113.9", "10.0.0.1");
    assert!(are_acknowledged(
        &shell.deliver(&[&broken, &event_of("d2", "Other")])
    ));
    assert_eq!(shell.posted, ["Other"]);
    let reject = shell.reject();
    assert_eq!(
        (&reject.event, reject.name.as_deref()),
        (&broken, Some("View"))
    );
    let code = ["code:", &reject.code].concat();
    assert_eq!((shell.count("discarded"), shell.count(&code)), (1, 1));
}

const WITH_REASON: &str = r#"{
    "app_guid": "koexample", "events": {"properties": ["n"]}, "rejects": {"keep": "reason"},
    "mapping": {"kochava_device_id": "user_properties.kochava_device_id", "origination_ip": "ip_address", "idfv": "user_properties.idfv"}
}"#;

#[test]
fn where_only_reasons_are_kept_no_answer_of_kochava_is_in_a_settlement() {
    const ANSWER: &str = r#"{"success":"0","error":"unknown device KI-d1"}"#;
    for (settings, is_kept) in [
        (WITH_REASON, false),
        (crate::consumer::shell::SETTINGS, true),
    ] {
        let mut shell = Shell::with(settings);
        shell.reply("Bad", 1, 400, ANSWER);
        shell.deliver(&[&event_of("d1", "Bad")]);
        let [commit] = shell.commits.as_slice() else {
            panic!("{:?}", shell.commits);
        };
        assert_eq!(commit.contains("unknown device"), is_kept);
        assert!(commit.contains("kochava-rejected"));
        assert_eq!(shell.reject().answer.is_empty(), !is_kept);
    }
}

#[test]
fn a_commit_names_no_devices_and_events_only_for_whoever_watches() {
    let mut shell = Shell::default();
    shell.reply("Bad", 1, 400, r#"{"success":"0"}"#);
    shell.deliver(&[&event_of("dev-77", "Bad"), &event_of("dev-78", "Good")]);
    let (record, live) = shell.commits[0]
        .split_once(r#""live":"#)
        .expect("the outcomes come last");
    for text in ["dev-7", "Bad", "Good", "203.0.113"] {
        assert!(!record.contains(text), "{text}");
    }
    let outcomes = r#"[{"at":0,"event":"Bad","kind":"event","outcome":"rejected","code":"kochava-rejected","status":400},{"at":0,"event":"Good","kind":"event","outcome":"delivered"}]}"#;
    assert_eq!(live, outcomes);
}

#[test]
fn a_refused_identity_is_counted_apart_from_its_event() {
    let users = r#"{
        "app_guid": "koexample", "events": {"properties": ["n"]},
        "users": {"send": true, "from": "both", "properties": ["n"]},
        "mapping": {"kochava_device_id": "user_properties.kochava_device_id", "origination_ip": "ip_address", "idfv": "user_properties.idfv"}
    }"#;
    let mut shell = Shell::with(users);
    shell.reply(r#""n":"7""#, 1, 400, r#"{"success":"0"}"#);
    let event = event_of("d1", "View").replacen(
        r#""user_properties":{"#,
        r#""user_properties":{"n":7,"#,
        1,
    );
    assert!(are_acknowledged(&shell.deliver(&[&event])));
    let id = Digest::of(&["event", "d1", "View"]);
    assert_eq!(
        shell.reject().id,
        Digest::of(&["identity of", &id.to_hex()])
    );
    assert_eq!(shell.count("delivered"), 1);
    assert_eq!(shell.count("identities-undelivered"), 1);
    assert_eq!(shell.count("discarded"), 0);
    assert!(shell.names_of_rejects.is_empty(), "the event was delivered");
}
