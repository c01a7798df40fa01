//! Classifies the outcome of an attempt.

use super::retry_after;
use crate::json::{Decimal, Reader, Value};
use crate::time::Moment;
use core::time::Duration;

/// The outcome of one attempt.
#[derive(Clone, Copy, Debug)]
pub enum Outcome<'a> {
    /// Kochava answered.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The `Retry-After` header.
        retry_after: Option<&'a str>,
        /// The body; `None` if it could not be read to its end.
        body: Option<&'a [u8]>,
        /// The time of the answer, for a `Retry-After` with a date.
        at: Moment,
    },
    /// There was no answer: the connection failed or broke.
    Unreachable,
    /// There was no answer in time.
    TimedOut,
}

/// The meaning of an outcome for the delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Kochava has the request.
    Accepted(Confirmation),
    /// A later attempt may succeed.
    Later {
        /// The wait that Kochava asks for, if it does.
        hint: Option<Duration>,
    },
    /// No request succeeds until the configuration changes.
    Paused {
        /// The HTTP status.
        status: u16,
    },
    /// This request never succeeds.
    Rejected {
        /// The HTTP status.
        status: u16,
    },
}

/// The certainty that Kochava accepted a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// The body of the answer confirms it.
    Confirmed,
    /// The status is 2xx, and the body has no readable `success`.
    Unconfirmed,
}

impl Answer {
    /// Classifies an outcome.
    #[must_use]
    pub fn of(outcome: &Outcome<'_>) -> Self {
        match *outcome {
            Outcome::Answered {
                status,
                retry_after,
                body,
                at,
            } => Answer::of_status(status, body, || {
                retry_after.and_then(|header| retry_after::read(header, at))
            }),
            // the request may have arrived or not: only another attempt makes sure that it is not
            // lost
            Outcome::Unreachable | Outcome::TimedOut => Answer::Later { hint: None },
        }
    }

    fn of_status(
        status: u16,
        body: Option<&[u8]>,
        hint: impl FnOnce() -> Option<Duration>,
    ) -> Self {
        match status {
            // HTTP 200 and `{"success":"1"}` (RevenueCat, Kochava integration); a false `success`
            // is a rejection even at 200
            200..=299 => match body.and_then(read_success) {
                Some(true) => Answer::Accepted(Confirmation::Confirmed),
                Some(false) => Answer::Rejected { status },
                None => Answer::Accepted(Confirmation::Unconfirmed),
            },
            // 429: "Requests sent too quickly" (Amplitude, Kochava (Post-install)); 408, 425 and
            // 5xx may be repeated (RFC 9110, 15.5.9, 15.6; RFC 8470)
            408 | 425 | 429 | 500..=599 => Answer::Later { hint: hint() },
            // a wrong key, secret or address fails for every event: no event must be lost until the
            // operator has corrected it. Kochava documents no redirect, so one means a wrong
            // address, too.
            401 | 403 | 404 | 300..=399 => Answer::Paused { status },
            _ => Answer::Rejected { status },
        }
    }
}

/// Reads `success` in a body: Kochava's own SDK accepts `"1"`, `1`, `"true"` and `true` as yes.
/// `None` if the body is not JSON, has no `success`, or one that is neither yes nor no.
fn read_success(body: &[u8]) -> Option<bool> {
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
