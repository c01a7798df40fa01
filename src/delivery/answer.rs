//! What does an answer of Kochava's ask of us?

use super::{Confirmation, Outcome, retry_after};
use crate::json::{Decimal, Reader, Value};
use core::time::Duration;

/// What an answer asks of us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Kochava has it.
    Accepted(Confirmation),
    /// It may work later.
    Later {
        /// How long Kochava wants us to wait, if it said.
        hint: Option<Duration>,
    },
    /// It will not work until the configuration changes.
    Paused {
        /// The HTTP status.
        status: u16,
    },
    /// It will never work.
    Rejected {
        /// The HTTP status.
        status: u16,
    },
}

/// Reads an outcome.
#[must_use]
pub fn judge(outcome: &Outcome<'_>) -> Answer {
    let Outcome::Answered {
        status,
        retry_after,
        body,
        at,
    } = *outcome
    else {
        // no answer: it may or may not have arrived; sending again is the only way not to lose it
        return Answer::Later { hint: None };
    };
    match status {
        // HTTP 200 and `{"success":"1"}` (RevenueCat, Kochava integration); a false `success` is a
        // rejection even at 200
        200..=299 => match body.and_then(says_success) {
            Some(true) => Answer::Accepted(Confirmation::Confirmed),
            Some(false) => Answer::Rejected { status },
            None => Answer::Accepted(Confirmation::Unconfirmed),
        },
        // 429: "Requests sent too quickly" (Amplitude, Kochava (Post-install)); 408, 425 and 5xx
        // may be repeated (RFC 9110, 15.5.9, 15.6; RFC 8470)
        408 | 425 | 429 | 500..=599 => Answer::Later {
            hint: retry_after.and_then(|header| retry_after::read(header, at)),
        },
        // wrong key, wrong secret or wrong address hold for every event: the operator must act, and
        // no event must be lost until then. Kochava documents no redirect, so one means a
        // wrong address too.
        401 | 403 | 404 | 300..=399 => Answer::Paused { status },
        _ => Answer::Rejected { status },
    }
}

/// What `success` says in a body, if it can be read: Kochava's own SDK takes `"1"`, `1`, `"true"`
/// and `true` for yes.
fn says_success(body: &[u8]) -> Option<bool> {
    let text = core::str::from_utf8(body).ok()?;
    let mut reader = Reader::new(text.trim_start_matches('\u{feff}'));
    let object = reader.value().ok()?;
    reader.end().ok()?;
    let (_, success) = object
        .members()
        .filter(|(key, _)| key.is("success"))
        .last()?;
    match success {
        Value::Bool(word) => Some(word == "true"),
        Value::Number(number) => Some(Decimal::of(number) != Decimal::of("0")),
        Value::String(text) => match text.decode().trim().to_ascii_lowercase().as_str() {
            "1" | "true" => Some(true),
            "0" | "false" | "" => Some(false),
            _ => None,
        },
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
