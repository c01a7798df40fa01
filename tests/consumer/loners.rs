//! Point 3: one bad event never stops the rest, and probes prefer another event.

use crate::consumer::shell::are_acknowledged;
use crate::{Queued, Shell, event_of};
use kochava_edge::{Disposition, EXPIRED, Permit};
use std::collections::BTreeMap;
use std::time::Duration;

const HOUR: i64 = 3_600_000;

/// Delivers a loner until its end, with an ordinary event in each wave; returns the hours that it
/// took.
fn live_with_a_loner(status: u16, retry_after: Option<&'static str>, loner_is_first: bool) -> i64 {
    let mut shell = Shell::default();
    shell.reply_with("Loner", 10_000, status, retry_after, "");
    let loner = shell.arrive(&[&event_of("d0", "Loner")]).remove(0);
    let start = shell.now;
    // due messages with the loner, by their time
    let mut due: BTreeMap<i64, Queued> = [(shell.now, loner)].into();
    let mut ordinary = 0;
    while let Some((at, queued)) = due.pop_first() {
        assert!(ordinary < 300, "the loner has no end");
        shell.now = shell.now.max(at);
        ordinary += 1;
        let name = format!("E{ordinary}");
        let mut messages = shell.arrive(&[&event_of(&name, &name)]);
        let place = usize::from(!loner_is_first);
        messages.insert(place, queued.clone());
        let result = shell.consume(&messages);
        let ordinary_is = result.dispositions[1 - place];
        assert_eq!(
            ordinary_is,
            Disposition::Ack,
            "status {status}, event {ordinary}"
        );
        for (text, delay) in std::mem::take(&mut shell.sent) {
            due.insert(shell.now + i64::from(delay) * 1_000, Queued::first(&text));
        }
        if let Disposition::Retry(wait) = result.dispositions[place] {
            let wait = i64::try_from(wait.as_millis()).expect("it is hours");
            let again = Queued {
                attempts: queued.attempts + 1,
                ..queued
            };
            due.insert(shell.now + wait, again);
        }
    }
    assert_eq!(
        shell.count("delivered"),
        ordinary,
        "all others are accepted"
    );
    assert_eq!(shell.count("expired"), 1);
    let reject = shell.reject();
    assert_eq!(
        (reject.code.as_str(), reject.status),
        (EXPIRED, Some(status))
    );
    (shell.now - start) / HOUR
}

#[test]
fn a_loner_spends_its_attempts_while_others_are_accepted_and_ends_as_a_reject() {
    for (status, retry_after) in [
        (403, None),
        (404, None),
        (429, None),
        (429, Some("30")),
        (503, Some("60")),
        (503, Some("999999")),
        (301, None),
    ] {
        for is_first in [false, true] {
            // the schedule spans 27 hours
            let hours = live_with_a_loner(status, retry_after, is_first);
            assert!((10..80).contains(&hours), "{status}: {hours} h");
        }
    }
}

#[test]
fn events_that_fail_with_nothing_accepted_between_are_not_at_fault() {
    let mut shell = Shell::default();
    shell.reply("", 100, 403, "");
    let names: Vec<String> = (0..8).map(|number| format!("E{number}")).collect();
    let events: Vec<String> = names.iter().map(|name| event_of(name, name)).collect();
    let events: Vec<&str> = events.iter().map(String::as_str).collect();
    shell.deliver(&events);
    assert_eq!(
        shell.posted.len(),
        5,
        "the fifth trips the breaker of the run"
    );
    assert!(shell.rejects.is_empty());
    let text = &shell.sent[0].0;
    let message = kochava_edge::Message::read(text).expect("it is a message");
    assert!(
        message
            .events
            .iter()
            .all(|event| event.progress.attempts == 0)
    );
    // while it is open nothing is sent
    shell.deliver(&[&event_of("d9", "Other")]);
    assert_eq!(shell.posted.len(), 5);
}

/// Trips the breaker with five events, and waits until a probe may go.
fn tripped() -> Shell {
    let mut shell = Shell::default();
    shell.reply("E", 5, 503, "");
    for number in 0..5 {
        let name = format!("E{number}");
        shell.deliver(&[&event_of(&name, &name)]);
    }
    shell.now += HOUR;
    shell.posted.clear();
    shell
}

#[test]
fn a_probe_is_one_call_and_prefers_an_event_that_was_never_refused() {
    let mut shell = tripped();
    let refused = shell.arrive(&[&event_of("d1", "Refused")]).remove(0);
    let refused = refused.changed(|message| message.events[0].progress.refusals = 1);
    let mut messages = vec![refused];
    messages.extend(shell.arrive(&[&event_of("d2", "Untried")]));
    messages.extend(shell.arrive(&[&event_of("d3", "Next")]));
    let result = shell.consume(&messages);
    assert_eq!(shell.posted, ["Untried"]);
    assert!(matches!(
        result.dispositions.as_slice(),
        [
            Disposition::Retry(_),
            Disposition::Ack,
            Disposition::Retry(_)
        ]
    ));
}

#[test]
fn a_probe_that_is_accepted_lets_everything_through_in_the_next_wave() {
    let mut shell = tripped();
    shell.deliver(&[&event_of("d1", "Probe")]);
    shell.deliver(&[&event_of("d2", "A"), &event_of("d3", "B")]);
    assert_eq!(shell.posted, ["Probe", "A", "B"]);
}

#[test]
fn a_refused_event_goes_as_the_probe_where_there_is_no_other() {
    let mut shell = tripped();
    let refused = shell.arrive(&[&event_of("d1", "Refused")]).remove(0);
    let refused = refused.changed(|message| message.events[0].progress.refusals = 1);
    assert!(are_acknowledged(&shell.consume(&[refused])));
    assert_eq!(shell.posted, ["Refused"]);
}

#[test]
fn a_permit_for_a_probe_that_was_not_used_is_given_back() {
    let mut shell = tripped();
    shell.calls_max = 0;
    shell.deliver(&[&event_of("d1", "Probe")]);
    assert!(shell.posted.is_empty());
    shell.calls_max = 1;
    shell.deliver(&[&event_of("d2", "Probe")]);
    assert_eq!(shell.posted, ["Probe"]);
}

#[test]
fn a_failed_event_holds_back_its_device_and_nobody_else() {
    let mut shell = Shell::default();
    shell.reply("First", 1, 503, "");
    let events = [
        event_of("d1", "First"),
        event_of("d1", "Second"),
        event_of("d2", "Other"),
    ];
    shell.deliver(&[&events[0], &events[1], &events[2]]);
    assert_eq!(shell.posted, ["First", "Other"]);
    shell.deliver_sent();
    assert_eq!(shell.posted, ["First", "Other", "First", "Second"]);
}

#[test]
fn an_event_behind_one_whose_attempts_are_used_up_is_sent() {
    let short = crate::consumer::shell::SETTINGS.replacen(
        '{',
        r#"{"delivery":{"steps_s":[1],"span_s":1},"#,
        1,
    );
    let mut shell = Shell::with(&short);
    shell.reply("First", 2, 503, "");
    shell.deliver(&[
        &event_of("d1", "First"),
        &event_of("d1", "Second"),
        &event_of("d2", "Other"),
    ]);
    assert_eq!(shell.posted, ["First", "Other"]);
    // beside another event that is accepted, so that the failure is not blamed on the route
    let mut messages = vec![Queued::first(&shell.sent.remove(0).0)];
    messages.extend(shell.arrive(&[&event_of("d3", "Next")]));
    shell.now += 1_000;
    assert!(are_acknowledged(&shell.consume(&messages)));
    assert_eq!(shell.reject().code, EXPIRED);
    assert!(are_acknowledged(&shell.deliver_sent()));
    assert_eq!(shell.posted[4..], ["Second"], "{:?}", shell.posted);
    assert_eq!((shell.count("delivered"), shell.count("expired")), (3, 1));
}

#[test]
fn the_wait_of_an_open_breaker_is_that_of_what_it_holds_back() {
    let mut shell = tripped();
    shell.now -= HOUR;
    let request = kochava_edge::BeginRequest {
        routes: [kochava_edge::Route {
            kind: kochava_edge::RequestKind::Event,
            app: "koexample".to_owned(),
        }]
        .into(),
        ..kochava_edge::BeginRequest::default()
    };
    let answer = shell.begin(&request).expect("the journal answers");
    let Permit::Wait(wait) = answer.routes[0].permit else {
        panic!("{answer:?}");
    };
    let result = shell.deliver(&[&event_of("d1", "View")]);
    let [Disposition::Retry(waits)] = result.dispositions.as_slice() else {
        panic!("{result:?}");
    };
    // from one to two times the breaker's; whole seconds
    assert!(*waits + Duration::from_secs(1) >= wait && *waits <= 2 * wait);
}
