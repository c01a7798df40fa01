//! What an operator sees of waves: what waits and for what, and which fields sent events had.

use crate::consumer::shell::SETTINGS;
use crate::{Shell, event_of};
use serde_json::{Value, json};

/// The member of the last commit, by its name; null where the commit has none.
fn committed(shell: &Shell, pointer: &str) -> Value {
    let commit = shell.commits.last().expect("there is one");
    let commit: Value = serde_json::from_str(commit).expect("it is JSON");
    commit.pointer(pointer).cloned().unwrap_or_default()
}

/// The states in which events of the last commit wait, each with its number.
fn waiting(shell: &Shell) -> Vec<(String, u64)> {
    let settled = committed(shell, "/settled");
    let settled = settled.as_array().cloned().unwrap_or_default();
    let of_settled = settled.iter().map(|message| message["waiting"].clone());
    let rows = of_settled.chain([committed(shell, "/waiting")]);
    rows.flat_map(|rows| rows.as_array().cloned().unwrap_or_default())
        .map(|row| {
            let state = row["state"].as_str().expect("a state").to_owned();
            (state, row["events"].as_u64().expect("a number"))
        })
        .collect()
}

fn several(count: usize) -> Vec<String> {
    (0..count)
        .map(|number| event_of(&format!("d{number}"), &format!("E{number}")))
        .collect()
}

#[test]
fn what_waits_says_what_the_answers_of_its_wave_say() {
    for (status, state) in [(503, "down"), (429, "slowed"), (403, "paused")] {
        let mut shell = Shell::default();
        shell.reply("", 100, status, "");
        let events = several(8);
        let events: Vec<&str> = events.iter().map(String::as_str).collect();
        shell.deliver(&events);
        assert_eq!(waiting(&shell), [(state.to_owned(), 8)], "{status}");
    }
}

#[test]
fn an_event_that_fails_alone_waits_for_its_own_next_attempt_and_the_others_do_not_wait() {
    let mut shell = Shell::default();
    shell.reply("Bad", 1, 503, "");
    shell.deliver(&[&event_of("d1", "Good"), &event_of("d2", "Bad")]);
    assert_eq!(waiting(&shell), [("queued".to_owned(), 1)]);
    shell.deliver_sent();
    assert_eq!(waiting(&shell), []);
    assert_eq!(shell.count("delivered"), 2);
}

#[test]
fn each_kind_of_sent_event_is_committed_once_with_its_number() {
    let mut shell = Shell::default();
    shell.reply("Bad", 1, 400, r#"{"success":"0"}"#);
    let events = [
        event_of("d1", "A"),
        event_of("d2", "B"),
        event_of("d3", "Bad"),
    ];
    let events: Vec<&str> = events.iter().map(String::as_str).collect();
    shell.deliver(&events);
    // iOS is platform 0; the Kochava device id is bit 0, the idfv bit 2, the address bit 8
    let fields = 1 | 1 << 2 | 1 << 8;
    assert_eq!(
        committed(&shell, "/settled/0/coverage"),
        json!([[[0, fields], 2]])
    );
    // a copy was sent before
    shell.deliver(&[events[0]]);
    assert_eq!(committed(&shell, "/settled/0/coverage"), Value::Null);
}

/// The outcomes of the last commit: event, outcome, code and how many.
fn live(shell: &Shell) -> Vec<(Value, Value, Value, u64)> {
    let live = committed(shell, "/live");
    let live = live.as_array().cloned().unwrap_or_default();
    live.into_iter()
        .map(|outcome| {
            let times = outcome["times"].as_u64().unwrap_or(1);
            let of = |name: &str| outcome[name].clone();
            (of("event"), of("outcome"), of("code"), times)
        })
        .collect()
}

fn selecting_a() -> Shell {
    Shell::with(&SETTINGS.replace(
        r#""events": {"#,
        r#""events": {"select":[{"names":["A*"]}],"#,
    ))
}

#[test]
fn what_ingest_skipped_is_told_by_name_with_the_rest_by_its_reason() {
    let mut shell = selecting_a();
    let names = ["Song", "A", "Song", "B", "C", "D", "E", "F", "E", "Song"];
    let events = names.map(|name| event_of("d1", name));
    let mut events: Vec<&str> = events.iter().map(String::as_str).collect();
    events.push(r#"{"event_type":"$groupidentify","device_id":"d1","user_id":"u"}"#);
    shell.deliver(&events);
    let skipped = |name: Value, code: &str, times| (name, json!("skipped"), json!(code), times);
    assert_eq!(
        live(&shell),
        [
            (json!("A"), json!("delivered"), Value::Null, 1),
            // without a watcher four outcomes of a wave are kept; names are in alphabetical order
            skipped(Value::Null, "group-identify", 1),
            skipped(json!("B"), "not-selected", 1),
            skipped(json!("C"), "not-selected", 1),
        ]
    );
    assert_eq!(shell.count("skipped"), 10);
}

#[test]
fn a_body_of_which_nothing_is_sent_is_told_as_well() {
    let mut shell = selecting_a();
    let events = ["S", "T", "U", "V", "W", "X"].map(|name| event_of("d1", name));
    let events: Vec<&str> = events.iter().map(String::as_str).collect();
    let messages = shell.arrive(&events);
    let text = &messages[0].text;
    assert!(
        text.contains(r#""skip:not-selected:S":1,"skip:not-selected:T":1,"skip:not-selected:U":1,"skip:not-selected:V":1,"skipped":6},"events":[]"#),
        "{text}"
    );
    // more than were counted, or of a reason that was not, was written by hand
    let forged = messages[0].changed(|message| {
        let name = "x".repeat(200);
        message.counters.count("skip:not-selected:S", 1_000);
        message.counters.count("skip:kochava-rejected:S", 1);
        message
            .counters
            .count(&["skip:not-selected:A", &name].concat(), 1);
    });
    shell.consume(&[forged]);
    let skipped = |name: Value, times| (name, json!("skipped"), json!("not-selected"), times);
    let cut = ["A", &"x".repeat(59)].concat();
    assert_eq!(
        live(&shell),
        [skipped(json!(cut), 1), skipped(json!("S"), 5)]
    );
    // names are for who watches, and no counters
    assert!(
        shell
            .counters()
            .iter()
            .all(|(name, _)| !name.starts_with("skip:"))
    );
    assert_eq!(shell.count("skipped"), 6);
}
