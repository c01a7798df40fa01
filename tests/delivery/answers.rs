//! Every status, with every kind of body and `Retry-After`, has the meaning that is documented.

use super::timing::answer;
use kochava_edge::{Answer, Confirmation, FailureReason, Outcome};
use std::time::Duration;

#[test]
fn every_answer_is_classified() {
    for status in 100..=599 {
        for (body, success) in BODIES {
            for (header, hint) in HEADERS {
                let expected = class(status, success, hint);
                assert_eq!(
                    Answer::of(&answer(status, body, header)),
                    expected,
                    "{status} {body:?} {header:?}"
                );
            }
        }
    }
}

#[test]
fn a_missing_answer_is_retried_later() {
    for outcome in [Outcome::Unreachable, Outcome::TimedOut] {
        assert_eq!(
            Answer::of(&outcome),
            Answer::Failed(FailureReason::Unavailable)
        );
    }
}

/// The meaning of an answer: 2xx depends on `success`; after 408, 425, 429 and 5xx a later attempt
/// may succeed, and 429 or a `Retry-After` ask for fewer requests; 401, 403, 404 and redirects, of
/// which Kochava documents none, mean a wrong configuration; other statuses mean a rejection.
fn class(status: u16, success: Option<bool>, hint: Option<Duration>) -> Answer {
    let is_temporary = status / 100 == 5 || [408, 425, 429].contains(&status);
    Answer::Failed(match (status / 100, success) {
        (2, Some(true)) => return Answer::Accepted(Confirmation::Confirmed),
        (2, Some(false)) => FailureReason::Rejected { status },
        (2, None) => return Answer::Accepted(Confirmation::Unconfirmed),
        _ if is_temporary && (status == 429 || hint.is_some()) => {
            FailureReason::Limited { status, hint }
        }
        _ if is_temporary => FailureReason::Unavailable,
        (3, _) => FailureReason::Refused { status },
        _ if [401, 403, 404].contains(&status) => FailureReason::Refused { status },
        _ => FailureReason::Rejected { status },
    })
}

pub(super) type Body = Option<&'static [u8]>;

/// Bodies and their `success`; scripts.json has many more.
pub(super) const BODIES: [(Body, Option<bool>); 6] = [
    (Some(br#"{"success":"1"}"#), Some(true)),
    (Some(br#"{"success":"0","error":"bad token"}"#), Some(false)),
    (Some(br#"{"success":-1}"#), None),
    (Some(b"<html>ok</html>"), None),
    (Some(b"{\"success\":\"1\xff\"}"), None),
    (None, None),
];

/// `Retry-After` headers and their waits.
pub(super) const HEADERS: [(Option<&str>, Option<Duration>); 5] = [
    (None, None),
    (Some("120"), Some(Duration::from_mins(2))),
    (
        Some("Sun, 06 Nov 1994 08:50:37 GMT"),
        Some(Duration::from_mins(1)),
    ),
    (Some("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO)),
    (Some("soon"), None),
];
