//! The tables of `docs/reasons.md`, from the tables in the code.

use super::table;
use kochava_edge::{
    DEAD_LETTER, DEVICE_UNKNOWN, EXPIRED, FailureReason, MESSAGE_UNREADABLE, Rule, Severity, Skip,
    UNCONFIRMED, Unreadable, UnreadableReason,
};

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
    let rows = Rule::ALL[first_of_check()..].iter().map(|rule| {
        let severity = match rule.severity() {
            Severity::Refuse => "refuse",
            Severity::Warn => "warn",
        };
        vec![
            anchored(rule.code()),
            severity.into(),
            rule.sentence().into(),
            rule.source().into(),
        ]
    });
    table(&["code", "severity", "what the rule says", "source"], rows)
}

/// Reasons for which the settings leave an event out.
pub(crate) fn skipped() -> String {
    let rows = Skip::ALL.iter().map(|&skip| {
        let (by, how) = change_of(skip);
        vec![
            anchored(skip.code()),
            skip.sentence().into(),
            by.into(),
            how.into(),
        ]
    });
    table(&["code", "why", "who can change it", "how"], rows)
}

/// Who can have a skipped event sent, and how.
fn change_of(skip: Skip) -> (&'static str, &'static str) {
    match skip {
        Skip::GroupIdentify | Skip::UnsupportedType => ("nobody", "nothing to do"),
        Skip::SourceNotSelected => ("settings", "add its sender to `sources`, or leave it out"),
        Skip::IntegrationDisabled => (
            "the sender",
            "switch Kochava on in its `integrations`, or leave them out",
        ),
        Skip::ConsentDenied => (
            "the user",
            "it is sent once the user consents to one of the sender's categories",
        ),
        Skip::Disabled => ("settings", "set `enabled` to `true`"),
        Skip::EventsNotSent => ("settings", "set `events.send` to `true`"),
        Skip::UsersNotSent => ("settings", "set `users.send` to `true`"),
        Skip::UserPayloadsNotSent => ("settings", "set `users.from` to `\"both\"`"),
        Skip::TestTraffic => (
            "settings",
            "set `test_app_guid` to the App GUID of a test app",
        ),
        Skip::NotSelected => (
            "settings",
            "add its name to a block of `events.select`; `explain` names the nearest",
        ),
        Skip::DerivedRevenue => (
            "settings",
            "name it in a block of `events.select`, if the other event is not sent",
        ),
        Skip::IdentityEmpty => (
            "settings",
            "select one of its properties in `users.properties`, or its user id with `users.user_id_as`",
        ),
    }
}

/// Reasons for which an event ends as a reject although no rule refuses it.
pub(crate) fn undelivered() -> String {
    let rejected = FailureReason::Rejected { status: 400 }.code();
    let rows = [
        (
            rejected,
            "Kochava rejected the call, by its answer or by its status",
        ),
        (
            EXPIRED,
            "Kochava did not accept the event within the schedule of retries",
        ),
        (
            DEVICE_UNKNOWN,
            "no event of the identity's device was accepted within seven days (`users.hold_until_event`)",
        ),
        (
            DEAD_LETTER,
            "the message could not be processed in a hundred deliveries and reached the dead-letter queue",
        ),
        (
            UNCONFIRMED,
            "the call was sent and answered with 2xx, but not with a `success` that can be read; the event counts as unconfirmed, not as rejected",
        ),
        (
            MESSAGE_UNREADABLE,
            "the message cannot be read by this release; its bytes are kept",
        ),
    ];
    let rows = rows.map(|(code, meaning)| vec![anchored(code), meaning.into()]);
    table(&["code", "what happened"], rows.into_iter())
}

/// Reasons for which bytes are no batch.
pub(crate) fn unreadable() -> String {
    let rows = UnreadableReason::ALL.iter().map(|&reason| {
        let unreadable = Unreadable { reason, offset: 0 };
        let sentence = unreadable.to_string();
        let sentence = sentence.trim_end_matches(" (byte 0)").to_owned();
        let how = repair_of(reason);
        vec![
            format!("`{}`", unreadable.code()),
            sentence,
            "the sender".into(),
            how.into(),
        ]
    });
    table(&["code", "what is wrong", "who can mend it", "how"], rows)
}

/// What the sender of unreadable bytes can do.
fn repair_of(reason: UnreadableReason) -> &'static str {
    match reason {
        UnreadableReason::EmptyBody => "send the events in the body of the request",
        UnreadableReason::InvalidUtf8 => "write the text as UTF-8",
        UnreadableReason::InvalidJson => "send JSON; the message names the byte that is none",
        UnreadableReason::NotABatch => "send an event, a list of events or an object with a list",
        UnreadableReason::UnrecognizedFormat => {
            "use the route of its sender, or name the sender where the body is read"
        }
        UnreadableReason::TooLarge => "send fewer events at once",
    }
}

/// Rules that a plan can report: those before the first one that only `check` reports.
fn of_plan() -> impl Iterator<Item = &'static Rule> {
    Rule::ALL[..first_of_check()].iter()
}

fn first_of_check() -> usize {
    let position = Rule::ALL.iter().position(|rule| *rule == Rule::EmptyBody);
    position.expect("the table has the rule")
}

fn rules(rules: impl Iterator<Item = &'static Rule>) -> String {
    let rows = rules.map(|rule| {
        vec![
            anchored(rule.code()),
            rule.sentence().into(),
            rule.source().into(),
        ]
    });
    table(&["code", "what the rule says", "source"], rows)
}

/// A code that a link can point to.
fn anchored(code: &str) -> String {
    format!("<a id=\"{code}\"></a>`{code}`")
}
