//! Whatever Kochava answers and whichever effects fail, every event has one end, and is counted once.

use crate::consumer::shell::SETTINGS;
use crate::{Fault, Shell, event, event_of};
use proptest::collection::vec;
use proptest::prelude::*;

/// Schedules with one step and with several.
const SCHEDULES: [&str; 3] = [
    r#"{"delivery":{"steps_s":[1],"span_s":1},"#,
    r#"{"delivery":{"steps_s":[1,2],"span_s":3},"#,
    r#"{"delivery":{"steps_s":[5,20,60],"span_s":600},"#,
];

const FAULTS: [Fault; 8] = [
    Fault::Begin,
    Fault::Commit,
    Fault::CommitAnswer,
    Fault::StoreRejects,
    Fault::DeleteResolved,
    Fault::DeleteEnded,
    Fault::Send,
    Fault::Complete,
];

fn answer() -> impl Strategy<Value = (u16, Option<&'static str>, &'static str)> {
    prop_oneof![
        3 => Just((200, None, r#"{"success":"1"}"#)),
        2 => Just((503, None, "")),
        1 => Just((429, Some("7"), "")),
        1 => Just((403, None, "")),
        1 => Just((400, None, r#"{"success":"0"}"#)),
        1 => Just((200, None, "unreadable")),
    ]
}

/// The device of an event, its number, and whether it has an id.
fn arrival() -> impl Strategy<Value = (u8, u8, bool)> {
    (0_u8..4, 0_u8..6, prop::bool::weighted(0.7))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, ..ProptestConfig::default() })]

    #[test]
    fn every_event_has_one_end_and_is_counted_once(
        bodies in vec(vec(arrival(), 1..7), 1..5),
        answers in vec(answer(), 0..40),
        faults in vec(0..FAULTS.len(), 0..8),
        schedule in 0..SCHEDULES.len(),
        calls_max in prop_oneof![Just(1_000_usize), 1_usize..4],
    ) {
        let mut shell = Shell::with(&SETTINGS.replacen('{', SCHEDULES[schedule], 1));
        shell.calls_max = calls_max;
        for (status, retry_after, body) in answers {
            shell.reply_with("", 1, status, retry_after, body);
        }
        shell.faults = faults.into_iter().map(|at| FAULTS[at]).collect();
        let mut messages = Vec::new();
        let mut arrivals = 0;
        for body in &bodies {
            let events: Vec<String> = body
                .iter()
                .map(|(device, number, has_id)| {
                    let (device, name) = (format!("d{device}"), format!("E{number}"));
                    if *has_id { event_of(&device, &name) } else { event(&device, &name, "") }
                })
                .collect();
            arrivals += events.len() as u64;
            let events: Vec<&str> = events.iter().map(String::as_str).collect();
            messages.extend(shell.arrive(&events));
        }
        let result = shell.consume(&messages);
        shell.drain(&messages, &result);
        let ends = ["delivered", "duplicates", "discarded", "expired"].map(|name| shell.count(name));
        prop_assert_eq!(ends.iter().sum::<u64>(), arrivals, "{:?}", ends);
        // a reject leaves when a copy of it is delivered, and those that nobody confirmed stay
        let kept = shell.rejects.values().filter(|reject| reject.code != "unconfirmed").count() as u64;
        prop_assert!(kept <= ends[2] + ends[3]);
        // one that could not be stored at once may be stored after a copy of it was delivered
        prop_assert!(kept >= shell.names_of_rejects.len() as u64);
    }
}
