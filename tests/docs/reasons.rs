//! The tables of `docs/reasons.md`, from the tables in the code.

use kochava_edge::delivery::Reason;
use kochava_edge::filter::Skip;
use kochava_edge::kochava::{Rule, Severity};
use kochava_edge::reject;
use kochava_edge::source::{Unreadable, UnreadableReason};

/// Rules that keep an event from being sent.
pub(crate) fn refused() -> String {
    rules(of_plan().filter(|rule| rule.severity() == Severity::Refuse))
}

/// Rules that are reported with an event that is sent.
pub(crate) fn warnings() -> String {
    rules(of_plan().filter(|rule| rule.severity() == Severity::Warn))
}

/// Rules that only `check` reports.
pub(crate) fn check() -> String {
    let mut out = String::from(
        "| code | severity | what the rule says | source |\n| --- | --- | --- | --- |\n",
    );
    for rule in &Rule::ALL[first_of_check()..] {
        let severity = match rule.severity() {
            Severity::Refuse => "refuse",
            Severity::Warn => "warn",
        };
        out += &format!(
            "| {} | {severity} | {} | {} |\n",
            anchored(rule.code()),
            rule.sentence(),
            rule.source()
        );
    }
    out
}

/// Reasons for which the settings leave an event out.
pub(crate) fn skipped() -> String {
    let rows = Skip::ALL
        .iter()
        .map(|skip| (anchored(skip.code()), skip.sentence().to_owned()));
    table("why", rows)
}

/// Reasons for which an event ends as a reject although no rule refuses it.
pub(crate) fn undelivered() -> String {
    let rejected = Reason::Rejected { status: 400 }.code();
    let rows = [
        (
            rejected,
            "Kochava rejected the call, by its answer or by its status",
        ),
        (
            reject::EXPIRED,
            "Kochava did not accept the event within the schedule of retries",
        ),
        (
            reject::DEVICE_UNKNOWN,
            "no event of the identity's device was accepted within seven days (`users.hold_until_event`)",
        ),
        (
            reject::DEAD_LETTER,
            "the message could not be processed in a hundred deliveries and reached the dead-letter queue",
        ),
        (
            reject::MESSAGE_UNREADABLE,
            "the message cannot be read by this release; its bytes are kept",
        ),
    ];
    let rows = rows.map(|(code, meaning)| (anchored(code), meaning.to_owned()));
    table("what happened", rows.into_iter())
}

/// Reasons for which bytes are no batch.
pub(crate) fn unreadable() -> String {
    let rows = UNREADABLE.iter().map(|&reason| {
        let unreadable = Unreadable { reason, offset: 0 };
        let sentence = unreadable.to_string();
        let sentence = sentence.trim_end_matches(" (byte 0)").to_owned();
        (format!("`{}`", unreadable.code()), sentence)
    });
    table("what is wrong", rows)
}

const UNREADABLE: &[UnreadableReason] = &[
    UnreadableReason::EmptyBody,
    UnreadableReason::InvalidUtf8,
    UnreadableReason::InvalidJson,
    UnreadableReason::NotABatch,
    UnreadableReason::TooLarge,
];

/// Rules that a plan can report: those before the first one that only `check` reports.
fn of_plan() -> impl Iterator<Item = &'static Rule> {
    Rule::ALL[..first_of_check()].iter()
}

fn first_of_check() -> usize {
    let position = Rule::ALL.iter().position(|rule| *rule == Rule::EmptyBody);
    position.expect("the table has the rule")
}

fn rules(rules: impl Iterator<Item = &'static Rule>) -> String {
    let mut out = String::from("| code | what the rule says | source |\n| --- | --- | --- |\n");
    for rule in rules {
        out += &format!(
            "| {} | {} | {} |\n",
            anchored(rule.code()),
            rule.sentence(),
            rule.source()
        );
    }
    out
}

fn table(heading: &str, rows: impl Iterator<Item = (String, String)>) -> String {
    let mut out = format!("| code | {heading} |\n| --- | --- |\n");
    for (code, text) in rows {
        out += &format!("| {code} | {text} |\n");
    }
    out
}

/// A code that a link can point to.
fn anchored(code: &str) -> String {
    format!("<a id=\"{code}\"></a>`{code}`")
}
