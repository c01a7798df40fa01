//! How is the state of the gates written down?
//!
//! A line for each: numbers, then the route, which comes last since it may hold anything but a line's end.

use super::{Closed, Gate, Gates, Why};
use crate::time::Moment;
use alloc::string::{String, ToString};
use core::fmt::Write as _;

impl Gates {
    /// Writes it.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        for (route, gate) in &self.0 {
            let Gate { closed, level, calm, failures, same, same_answer } = gate;
            _ = write!(out, "{level} {calm} {failures} {same} {same_answer} ");
            if let Some(Closed { why, since, until, probe_until }) = closed {
                _ = write!(out, "{} {} {} {} ", word(*why), since.millis, until.millis, probe_until.millis);
            } else {
                out.push_str("open ");
            }
            out.push_str(route);
            out.push('\n');
        }
        out
    }

    /// Reads it; a line that cannot be read is an open gate.
    #[must_use]
    pub fn read(text: &str) -> Self {
        Gates(text.lines().filter_map(read_line).collect())
    }
}

fn read_line(line: &str) -> Option<(String, Gate)> {
    let mut words = line.splitn(7, ' ');
    let mut number = || words.next()?.parse::<u64>().ok();
    let mut small = || number()?.try_into().ok();
    let (level, calm, failures, same) = (small()?, small()?, small()?, small()?);
    let gate = Gate { closed: None, level, calm, failures, same, same_answer: number()? };
    let why = words.next()?;
    let rest = words.next()?;
    if why == "open" {
        return Some((rest.to_string(), gate));
    }
    let mut words = rest.splitn(4, ' ');
    let mut moment = || Some(Moment::from_millis(words.next()?.parse().ok()?));
    let (since, until, probe_until) = (moment()?, moment()?, moment()?);
    let closed = Closed { why: read_word(why)?, since, until, probe_until };
    Some((words.next()?.to_string(), Gate { closed: Some(closed), ..gate }))
}

fn word(why: Why) -> String {
    match why {
        Why::Limited => "limited".to_string(),
        Why::Down => "down".to_string(),
        Why::Refused(status) => alloc::format!("refused:{status}"),
        Why::SameAnswer(status) => alloc::format!("same:{status}"),
    }
}

fn read_word(word: &str) -> Option<Why> {
    match word.split_once(':') {
        Some(("refused", status)) => Some(Why::Refused(status.parse().ok()?)),
        Some(("same", status)) => Some(Why::SameAnswer(status.parse().ok()?)),
        None if word == "limited" => Some(Why::Limited),
        None if word == "down" => Some(Why::Down),
        _ => None,
    }
}
