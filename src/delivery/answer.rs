//! Reads the outcome of an attempt: whether Kochava has the request, and if not, why.

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

/// The meaning of an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Kochava has the request.
    Accepted(Confirmation),
    /// Kochava does not have the request, or it is not known to have it.
    Failed(FailureReason),
}

/// The certainty that Kochava accepted a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// The body of the answer confirms it.
    Confirmed,
    /// The status is 2xx, and the body has no readable `success`.
    Unconfirmed,
}

/// The reason why Kochava did not accept a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureReason {
    /// Kochava never accepts this request: `success` is false, or a 4xx that is not listed below.
    Rejected {
        /// The HTTP status.
        status: u16,
    },
    /// Kochava refuses the API key, the App GUID or the address: 401, 403, 404 or a redirect.
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// Kochava asks for fewer requests: 429, or 408, 425 or 5xx with a readable `Retry-After`.
    Limited {
        /// The HTTP status.
        status: u16,
        /// The wait that Kochava asks for, if it does.
        hint: Option<Duration>,
    },
    /// A later attempt may succeed: 408, 425 or 5xx without `Retry-After`, no answer, or no attempt
    /// for want of time.
    Unavailable,
}

impl FailureReason {
    /// Returns the stable code for machines.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            FailureReason::Rejected { .. } => "kochava-rejected",
            FailureReason::Refused { .. } => "kochava-paused",
            FailureReason::Limited { .. } => "kochava-limits",
            FailureReason::Unavailable => "kochava-unavailable",
        }
    }

    /// Returns the HTTP status of Kochava's answer, where it decides.
    #[must_use]
    pub fn status(self) -> Option<u16> {
        match self {
            FailureReason::Rejected { status }
            | FailureReason::Refused { status }
            | FailureReason::Limited { status, .. } => Some(status),
            FailureReason::Unavailable => None,
        }
    }
}

impl Answer {
    /// Reads an outcome.
    ///
    /// # Example
    /// ```
    /// use kochava_edge::{Answer, FailureReason, Moment, Outcome};
    /// let outcome = Outcome::Answered {
    ///     status: 200,
    ///     retry_after: None,
    ///     body: Some(br#"{"success":"0"}"#),
    ///     at: Moment::from_millis(0),
    /// };
    /// assert_eq!(Answer::of(&outcome), Answer::Failed(FailureReason::Rejected { status: 200 }));
    /// ```
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
            Outcome::Unreachable | Outcome::TimedOut => Answer::Failed(FailureReason::Unavailable),
        }
    }

    fn of_status(
        status: u16,
        body: Option<&[u8]>,
        hint: impl FnOnce() -> Option<Duration>,
    ) -> Self {
        Answer::Failed(match status {
            // HTTP 200 and `{"success":"1"}` (RevenueCat, Kochava integration); a false `success`
            // is a rejection even at 200
            200..=299 => match body.and_then(read_success) {
                Some(true) => return Answer::Accepted(Confirmation::Confirmed),
                Some(false) => FailureReason::Rejected { status },
                None => return Answer::Accepted(Confirmation::Unconfirmed),
            },
            // 429: "Requests sent too quickly" (Amplitude, Kochava (Post-install)); 408, 425 and
            // 5xx may be repeated (RFC 9110, 15.5.9, 15.6; RFC 8470)
            408 | 425 | 429 | 500..=599 => match hint() {
                None if status != 429 => FailureReason::Unavailable,
                hint => FailureReason::Limited { status, hint },
            },
            // a wrong key, secret or address fails for every event: no event must be lost until the
            // operator has corrected it. Kochava documents no redirect, so one means a wrong
            // address, too.
            401 | 403 | 404 | 300..=399 => FailureReason::Refused { status },
            _ => FailureReason::Rejected { status },
        })
    }
}

/// Reads `success` in a body, the last one where the key stands several times.
///
/// Yes is what Kochava's own SDK accepts: `"1"`, `1`, `"true"` and `true`. No is their opposite and
/// the empty text. `None` where the body is not a JSON object, has no `success`, or one that is
/// neither yes nor no: `-1`, `2`, `"no"`, `null`, a list or an object.
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
        Value::Number(number) => {
            let is = |digit| Decimal::of(number) == Decimal::of(digit);
            is("1").then_some(true).or(is("0").then_some(false))
        }
        Value::String(text) => match text.decode().trim().to_ascii_lowercase().as_str() {
            "1" | "true" => Some(true),
            "0" | "false" | "" => Some(false),
            _ => None,
        },
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
