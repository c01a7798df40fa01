//! A synthetic event goes the way of all events, and enters no number.

use crate::consumer::shell::{Queued, SETTINGS};
use crate::{Shell, event_of};
use kochava_edge::{Digest, Moment, test_message};
use serde_json::{Value, json};

fn with_test_app() -> String {
    SETTINGS.replacen('{', r#"{"test_app_guid":"kotest","#, 1)
}

/// A shell, and the message of a synthetic event in its queue.
fn sent() -> (Shell, Queued) {
    let shell = Shell::with(&with_test_app());
    let planner = shell.planner.as_ref().expect("the settings are well");
    let event = planner.test_event(Some("Night Check"), "id-1", shell.moment());
    let id = Digest::of(&["a synthetic event"]);
    let message = test_message(id, &event, "", shell.settings, shell.moment());
    let queued = Queued::first(&message.text());
    (shell, queued)
}

/// What the last commit tells of synthetic events.
fn told(shell: &Shell) -> Value {
    let commit = shell.commits.last().expect("there is one");
    let commit: Value = serde_json::from_str(commit).expect("it is JSON");
    let [told] = commit["tests"].as_array().expect("it tells one").as_slice() else {
        panic!("{commit}");
    };
    assert_eq!(told[0], Digest::of(&["a synthetic event"]).to_hex());
    let told = told[1].as_str().expect("it is a text");
    serde_json::from_str(told).expect("it is JSON")
}

fn assert_uncounted(shell: &Shell) {
    assert!(shell.counters().is_empty(), "{:?}", shell.counters());
    assert!(shell.rejects.is_empty() && shell.names_of_rejects.is_empty());
    for commit in &shell.commits {
        let commit: Value = serde_json::from_str(commit).expect("it is JSON");
        assert_eq!(commit.get("waiting"), None, "{commit}");
        for settled in commit["settled"].as_array().into_iter().flatten() {
            for name in ["waiting", "coverage", "delivered", "rejected"] {
                assert_eq!(settled.get(name), None, "{name}: {commit}");
            }
        }
    }
}

#[test]
fn what_kochava_answers_is_told_and_nothing_is_counted() {
    let (mut shell, queued) = sent();
    let result = shell.consume(std::slice::from_ref(&queued));
    assert!(result.counters.is_empty());
    assert_eq!(shell.posted, ["Night Check"]);
    let told_once = told(&shell);
    assert_eq!(told_once["outcome"], "delivered");
    assert_eq!(told_once["answers"][0]["kind"], "event");
    assert_eq!(told_once["answers"][0]["status"], 200);
    assert!(told_once["answers"][0]["body"].is_string(), "{told_once}");
    assert_uncounted(&shell);
    // the queue delivers it once more
    shell.consume(&[queued]);
    assert_eq!(shell.posted.len(), 1);
    assert_uncounted(&shell);
}

#[test]
fn an_answer_that_rejects_it_is_told_and_makes_no_reject() {
    let (mut shell, queued) = sent();
    shell.reply("Night", 1, 400, r#"{"success":"0","error":"bad app"}"#);
    shell.consume(&[queued]);
    let told = told(&shell);
    assert_eq!(told["outcome"], "rejected");
    assert_eq!(told["code"], "kochava-rejected");
    assert_eq!(
        (&told["answers"][0]["status"], &told["answers"][0]["body"]),
        (&json!(400), &json!(r#"{"success":"0","error":"bad app"}"#))
    );
    assert_uncounted(&shell);
}

#[test]
fn while_kochava_refuses_or_is_silent_it_waits_and_is_sent_when_that_is_over() {
    for (status, state) in [(403, "paused"), (503, "queued")] {
        let (mut shell, queued) = sent();
        shell.reply("Night", 1, status, "no");
        let result = shell.consume(std::slice::from_ref(&queued));
        let first = told(&shell);
        assert!(
            ["waits", "retry"].contains(&first["outcome"].as_str().expect("a text")),
            "{first}"
        );
        if first["outcome"] == "waits" {
            assert_eq!(first["code"], state, "{status}");
        }
        assert_eq!(first["answers"][0]["status"], status);
        shell.drain(&[queued], &result);
        assert_eq!(told(&shell)["outcome"], "delivered", "{status}");
        assert_uncounted(&shell);
    }
}

#[test]
fn it_is_planned_by_the_settings_of_the_moment_but_never_for_the_app_of_real_events() {
    let (mut shell, queued) = sent();
    shell.configure(SETTINGS);
    shell.consume(&[queued]);
    assert!(shell.posted.is_empty());
    let told = told(&shell);
    assert_eq!(
        (&told["outcome"], &told["code"]),
        (&json!("waits"), &json!("held"))
    );
    assert_uncounted(&shell);
}

#[test]
fn after_an_hour_it_is_given_up() {
    for (minutes, is_sent) in [(60, true), (61, false)] {
        let (mut shell, queued) = sent();
        shell.now += minutes * 60_000;
        shell.consume(&[queued]);
        assert_eq!(shell.posted.len(), usize::from(is_sent), "{minutes}");
        let told = told(&shell);
        let outcome = if is_sent { "delivered" } else { "rejected" };
        assert_eq!(told["outcome"], outcome);
        if !is_sent {
            assert_eq!(told["code"], "expired");
        }
        assert_uncounted(&shell);
    }
}

#[test]
fn the_events_beside_it_are_counted_as_ever() {
    let (mut shell, queued) = sent();
    let mut messages = shell.arrive(&[&event_of("d1", "Real")]);
    messages.push(queued);
    shell.consume(&messages);
    assert_eq!(shell.count("delivered"), 1);
    assert_eq!(shell.count("attempts"), 1);
    assert_eq!(shell.count("cover:ios"), 1);
    assert_eq!(told(&shell)["outcome"], "delivered");
    let overview = shell.journal.overview(
        Moment::from_millis(shell.now),
        Moment::from_millis(shell.now + 1),
    );
    assert_eq!(overview.known_events, 1);
}
