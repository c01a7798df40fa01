//! What an operator sees of waves: what waits and for what, and which fields sent events had.

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
