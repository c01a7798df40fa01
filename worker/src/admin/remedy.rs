//! Who can mend what a reject is about, and how.
//!
//! One table: the replies, the codes that `reason` accepts, and a table in `docs/reasons.md`.

use serde::Serialize;

/// What helps against one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Remedy {
    #[serde(skip)]
    pub(super) code: &'static str,
    by: By,
    how: &'static str,
}

/// Who can mend it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum By {
    /// The settings of this Worker.
    Settings,
    /// The app that sends the events.
    App,
    /// The tool that sends the webhooks.
    Sender,
    /// Kochava's support.
    Kochava,
    /// Nobody has to: a replay sends it again.
    Replay,
}

/// Returns what helps against a reason.
pub(super) fn remedy(code: &str) -> Option<Remedy> {
    REMEDIES.into_iter().find(|remedy| remedy.code == code)
}

/// What helps, by the code of each reason that a reject can have.
pub(super) const REMEDIES: [Remedy; 20] = [
    of(
        "not-an-object",
        By::Sender,
        "a stored event cannot be edited: have the sender send objects, as its default payload does, and delete this one",
    ),
    of(
        "unrecognized-format",
        By::Sender,
        "a stored event cannot be edited: have it posted to the route of its sender, and delete this one",
    ),
    of(
        "nested-too-deep",
        By::Sender,
        "a stored event cannot be edited: have the sender send flatter objects, and delete this one",
    ),
    of(
        "app-guid-missing",
        By::Settings,
        "add the event's platform, or `default`, to `app_guid`, then replay",
    ),
    of(
        "event-name-missing",
        By::App,
        "a stored event cannot be edited: have the app name the event, and delete this one",
    ),
    of(
        "event-name-withheld",
        By::App,
        "a stored event cannot be edited: have the app send a name without the advertising id; or rename it with `events.rename`, then replay",
    ),
    of(
        "origination-ip-missing",
        By::Settings,
        "map a field that holds the device's address, then replay; if the event has none, the app or its tool must send it",
    ),
    of(
        "origination-ip-invalid",
        By::App,
        "a stored event cannot be edited: have the app send one literal address; or map another field, then replay",
    ),
    of(
        "origination-ip-not-public",
        By::App,
        "a stored event cannot be edited: have the app send the device's public address, not that of a server; or map another field, then replay",
    ),
    of(
        "device-identity-missing",
        By::App,
        "a stored event cannot be edited: have the app send the Kochava device id or a device id; if the event has one, map it, then replay",
    ),
    of(
        "identity-device-id-missing",
        By::App,
        "a stored event cannot be edited: have the app send a device id; or set `wire.identity_route` to \"track\", then replay",
    ),
    of(
        "revenue-unreadable",
        By::App,
        "a stored event cannot be edited: have the app send the amount, or price and quantity, as numbers; or map other fields with `events.revenue`, then replay",
    ),
    of(
        "currency-unreadable",
        By::App,
        "a stored event cannot be edited: have the app send three letters (ISO 4217); or map other fields with `events.revenue`, then replay",
    ),
    of(
        "request-too-large",
        By::Settings,
        "select fewer properties, then replay",
    ),
    of(
        "kochava-rejected",
        By::Kochava,
        "the reject shows Kochava's status and answer: ask Kochava, then replay",
    ),
    of(
        "expired",
        By::Replay,
        "Kochava did not accept it in time: replay it once Kochava answers again",
    ),
    of(
        "device-unknown",
        By::Replay,
        "no event of its device was accepted: replay it once one was",
    ),
    of(
        "dead-letter",
        By::Replay,
        "no delivery of its message was completed: replay it; if it returns, report it to the maintainers",
    ),
    of(
        "message-unreadable",
        By::Settings,
        "a newer release wrote it, or it was put into the queue by hand: deploy the newer release, or delete it",
    ),
    of(
        "unconfirmed",
        By::Kochava,
        "Kochava answered 2xx, but not with a readable `success`: ask Kochava whether it counts; a replay sends it again",
    ),
];

const fn of(code: &'static str, by: By, how: &'static str) -> Remedy {
    Remedy { code, by, how }
}

#[cfg(test)]
mod tests {
    use super::{By, REMEDIES, remedy};
    use kochava_edge::{
        DEAD_LETTER, DEVICE_UNKNOWN, EXPIRED, FailureReason, MESSAGE_UNREADABLE, Rule, Severity,
        UNCONFIRMED,
    };
    use std::collections::BTreeSet;
    use std::fmt::Write as _;
    use std::path::Path;

    /// The rules that a plan can refuse an event for: those in front of the first that only `check`
    /// reports.
    fn refusing() -> impl Iterator<Item = &'static str> {
        let rules = Rule::ALL.iter();
        rules
            .take_while(|rule| **rule != Rule::EmptyBody)
            .filter(|rule| rule.severity() == Severity::Refuse)
            .map(|rule| rule.code())
    }

    #[test]
    fn every_reason_of_a_reject_has_a_remedy_and_there_are_no_others() {
        let undelivered = [
            FailureReason::Rejected { status: 400 }.code(),
            EXPIRED,
            DEVICE_UNKNOWN,
            DEAD_LETTER,
            MESSAGE_UNREADABLE,
            UNCONFIRMED,
        ];
        let expected: BTreeSet<&str> = refusing().chain(undelivered).collect();
        let actual: BTreeSet<&str> = REMEDIES.iter().map(|remedy| remedy.code).collect();
        assert_eq!(actual, expected);
        assert_eq!(remedy("not-selected"), None);
    }

    #[test]
    fn docs() {
        let mut table = "\n| code | who can mend it | how |\n| --- | --- | --- |\n".to_owned();
        for remedy in &REMEDIES {
            let by = match remedy.by {
                By::Settings => "settings",
                By::App => "the app",
                By::Sender => "the sender",
                By::Kochava => "Kochava",
                By::Replay => "a replay",
            };
            writeln!(table, "| `{}` | {by} | {} |", remedy.code, remedy.how)
                .expect("a string takes everything");
        }
        table.push('\n');
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reasons.md");
        crate::route::docs::check(&page, "remedies", &table);
    }
}
