//! What is left to do for a message that is settled, and how is it noted?

use crate::durable::DeliveryProgress;
use crate::json::{Reader, Value, write_plain_str};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Write as _;

/// What is left to do for a settled message; empty where nothing is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Settlement {
    /// Entries to be kept as rejects.
    pub(super) rejects: Vec<RejectedEvent>,
    /// Entries to be sent again, in messages of their own.
    pub(super) rest: Vec<RemainingEvent>,
}

/// An entry that will not be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RejectedEvent {
    /// Its place in the message.
    pub(super) index: usize,
    /// TripReason.
    pub(super) code: String,
    /// Kochava's status, if it answered.
    pub(super) status: Option<u16>,
    /// What Kochava said.
    pub(super) answer: String,
    pub(super) progress: DeliveryProgress,
}

/// An entry that is still on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RemainingEvent {
    /// Its place in the message.
    pub(super) index: usize,
    /// How long it waits.
    pub(super) delay_s: u32,
    pub(super) progress: DeliveryProgress,
}

impl Settlement {
    /// Writes it, a line for each entry.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        for RemainingEvent {
            index,
            delay_s,
            progress,
        } in &self.rest
        {
            _ = writeln!(out, "rest {index} {delay_s} {}", progress.line());
        }
        for RejectedEvent {
            index,
            code,
            status,
            answer,
            progress,
        } in &self.rejects
        {
            _ = write!(
                out,
                "reject {index} {code} {} {} ",
                status.unwrap_or(0),
                progress.line()
            );
            write_plain_str(&mut out, answer);
            out.push('\n');
        }
        out
    }

    /// Reads what [`Settlement::text`] writes.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut settlement = Settlement::default();
        for line in text.lines() {
            let mut words = line.splitn(12, ' ');
            match words.next()? {
                "rest" => settlement.rest.push(RemainingEvent {
                    index: words.next()?.parse().ok()?,
                    delay_s: words.next()?.parse().ok()?,
                    progress: DeliveryProgress::read_line(&mut words)?,
                }),
                "reject" => settlement.rejects.push(RejectedEvent {
                    index: words.next()?.parse().ok()?,
                    code: words.next()?.to_string(),
                    status: Some(words.next()?.parse().ok()?).filter(|&status| status > 0),
                    progress: DeliveryProgress::read_line(&mut words)?,
                    answer: match Reader::new(words.next()?).value() {
                        Ok(Value::String(answer)) => answer.decode().into_owned(),
                        _ => return None,
                    },
                }),
                _ => return None,
            }
        }
        Some(settlement)
    }
}
