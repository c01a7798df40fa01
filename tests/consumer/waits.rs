//! Points 6 and 12: no call after the deadline, and what waits is not dropped.

use crate::consumer::shell::{SETTINGS, are_acknowledged};
use crate::{Queued, Shell, event_of};
use kochava_edge::limits::WAVE_TIME_MAX;
use kochava_edge::{Disposition, Message};
use std::time::Duration;

/// Delivers five events of one device, of which the first wave sends so many.
fn deliver_five(shell: &mut Shell, is_one_device: bool) {
    let events: Vec<String> = (0..5)
        .map(|number| {
            let device = if is_one_device { 0 } else { number };
            event_of(&format!("d{device}"), &format!("E{number}"))
        })
        .collect();
    let events: Vec<&str> = events.iter().map(String::as_str).collect();
    assert!(are_acknowledged(&shell.deliver(&events)));
}

#[test]
fn no_call_is_handed_out_after_the_deadline_and_the_rest_follows_at_once() {
    for is_one_device in [true, false] {
        let mut shell = Shell::default();
        // calls begin after 0, 10 and 20 s
        (shell.call_ms, shell.time_ms) = (10_000, 25_000);
        deliver_five(&mut shell, is_one_device);
        assert_eq!(shell.posted, ["E0", "E1", "E2"]);
        let [(text, 1)] = shell.sent.as_slice() else {
            panic!("{:?}", shell.sent);
        };
        let message = Message::read(text).expect("it is a message");
        assert_eq!(message.events.len(), 2);
        assert!(
            message
                .events
                .iter()
                .all(|event| event.progress.attempts == 0)
        );
        shell.deliver_sent();
        assert_eq!(shell.posted, ["E0", "E1", "E2", "E3", "E4"]);
        assert_eq!(shell.count("delivered"), 5);
    }
}

#[test]
fn a_call_begins_before_its_deadline_and_not_at_it() {
    let mut shell = Shell::default();
    (shell.call_ms, shell.time_ms) = (10_000, 20_000);
    deliver_five(&mut shell, true);
    assert_eq!(shell.posted, ["E0", "E1"]);
}

#[test]
fn a_wave_ends_while_its_claims_hold_however_late_the_deadline_is() {
    let mut shell = Shell::default();
    shell.call_ms = i64::try_from(WAVE_TIME_MAX.as_millis()).expect("it is a minute") / 2;
    deliver_five(&mut shell, true);
    assert_eq!(shell.posted, ["E0", "E1"]);
}

#[test]
fn a_wave_whose_deadline_is_over_sends_nothing_and_waits() {
    let mut shell = Shell::default();
    shell.time_ms = 0;
    let result = shell.deliver(&[&event_of("d1", "View")]);
    let wait = Duration::from_secs(1);
    assert_eq!(result.dispositions, [Disposition::Retry(wait)]);
    assert!(shell.posted.is_empty());
}

#[test]
fn a_wave_makes_as_many_calls_as_it_may() {
    let mut shell = Shell::default();
    shell.calls_max = 3;
    deliver_five(&mut shell, false);
    assert_eq!(shell.posted, ["E0", "E1", "E2"]);
    shell.deliver_sent();
    assert_eq!(shell.posted.len(), 5);
}

/// Delivers so many events of one device, at 1.8 s each, in as many waves as that takes; returns
/// the names of the events as they were sent.
fn sent_of_one_device(events: usize) -> Vec<String> {
    let mut shell = Shell::default();
    shell.call_ms = 1_800;
    let texts: Vec<String> = (0..events)
        .map(|number| event_of("d1", &format!("E{number:03}")))
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let messages = shell.arrive(&texts);
    let result = shell.consume(&messages);
    // calls begin within 60 s: after 0, 1.8, …, 59.4 s
    assert_eq!(shell.posted.len(), 34);
    shell.drain(&messages, &result);
    assert_eq!(shell.count("delivered"), events as u64);
    shell.posted
}

#[test]
fn events_that_outlast_a_wave_are_sent_once_and_in_the_order_of_their_device() {
    // one message holds them
    let expected: Vec<String> = (0..100).map(|number| format!("E{number:03}")).collect();
    assert_eq!(sent_of_one_device(100), expected);
}

#[test]
fn five_hundred_events_of_one_device_are_each_sent_once() {
    let expected: Vec<String> = (0..500).map(|number| format!("E{number:03}")).collect();
    let mut sent = sent_of_one_device(500);
    sent.sort_unstable();
    assert_eq!(sent, expected);
}

/// An event that waits under changed settings, and what they do to it.
fn waits_under(settings: &str) -> (Shell, Vec<Queued>, Vec<Disposition>) {
    let mut shell = Shell::default();
    let messages = shell.arrive(&[&event_of("d1", "View")]);
    shell.configure(settings);
    let result = shell.consume(&messages);
    let dispositions = result.dispositions;
    (shell, messages, dispositions)
}

#[test]
fn what_waits_is_held_while_a_switch_is_off_and_sent_when_it_is_on() {
    for switched_off in [
        SETTINGS.replacen('{', r#"{"enabled":false,"#, 1),
        SETTINGS.replacen(r#""events": {"#, r#""events": {"send": false, "#, 1),
    ] {
        let (mut shell, messages, dispositions) = waits_under(&switched_off);
        assert!(
            matches!(dispositions.as_slice(), [Disposition::Retry(_)]),
            "{switched_off}"
        );
        assert!(shell.posted.is_empty() && shell.rejects.is_empty());
        shell.configure(SETTINGS);
        assert!(are_acknowledged(&shell.consume(&messages)));
        assert_eq!(shell.posted, ["View"]);
        assert_eq!((shell.count("delivered"), shell.count("skipped")), (1, 0));
    }
}

#[test]
fn what_is_held_is_renewed_before_the_platform_would_drop_it() {
    let off = SETTINGS.replacen('{', r#"{"enabled":false,"#, 1);
    let (mut shell, messages, _) = waits_under(&off);
    shell.now += 20 * 3_600_000;
    assert!(are_acknowledged(&shell.consume(&messages)));
    assert_eq!(shell.sent.len(), 1);
    shell.configure(SETTINGS);
    shell.deliver_sent();
    assert_eq!(shell.posted, ["View"]);
}

#[test]
fn a_narrower_selection_does_not_drop_what_was_selected_when_it_arrived() {
    let narrow = SETTINGS.replacen(
        r#""events": {"#,
        r#""events": {"select": [{"names": ["Other"]}], "#,
        1,
    );
    let (shell, _, dispositions) = waits_under(&narrow);
    assert_eq!(dispositions, [Disposition::Ack]);
    assert_eq!(shell.posted, ["View"]);
    assert_eq!((shell.count("delivered"), shell.count("skipped")), (1, 0));
}

#[test]
fn a_waiting_event_follows_a_corrected_app_guid() {
    let corrected = SETTINGS.replace("koexample", "kocorrected");
    let mut shell = Shell::default();
    shell.reply("koexample", 1, 503, "");
    shell.deliver(&[&event_of("d1", "View")]);
    shell.configure(&corrected);
    shell.reply("kocorrected", 1, 400, r#"{"success":"0"}"#);
    shell.deliver_sent();
    assert!(shell.reject().sent.contains("kocorrected"));
}
