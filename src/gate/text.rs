//! How are the state of the gates, and what is asked of them, written down?
//!
//! A line for each: numbers, then the route, which comes last since it may hold anything but a
//! line's end.

use super::{Closed, Gate, Gates, Pass, Report, Ruling, Why};
use crate::time::Moment;
use alloc::string::{String, ToString};
use core::fmt::Write as _;
use core::time::Duration;

impl Gates {
    /// Writes it.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        for (route, gate) in &self.0 {
            let Gate {
                closed,
                level,
                calm,
                failures,
                same,
                same_answer,
            } = gate;
            _ = write!(out, "{level} {calm} {failures} {same} {same_answer} ");
            if let Some(Closed {
                why,
                since,
                until,
                probe_until,
            }) = closed
            {
                _ = write!(
                    out,
                    "{} {} {} {} ",
                    word(*why),
                    since.millis,
                    until.millis,
                    probe_until.millis
                );
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
        let mut gates = Gates::default();
        for (route, gate) in text.lines().filter_map(read_line) {
            gates.0.insert(route, gate);
        }
        gates
    }
}

fn read_line(line: &str) -> Option<(String, Gate)> {
    let mut words = line.splitn(7, ' ');
    let mut number = || words.next()?.parse::<u64>().ok();
    let mut small = || number()?.try_into().ok();
    let (level, calm, failures, same) = (small()?, small()?, small()?, small()?);
    let gate = Gate {
        closed: None,
        level,
        calm,
        failures,
        same,
        same_answer: number()?,
    };
    let why = words.next()?;
    let rest = words.next()?;
    if why == "open" {
        return Some((rest.to_string(), gate));
    }
    let mut words = rest.splitn(4, ' ');
    let mut moment = || Some(Moment::from_millis(words.next()?.parse().ok()?));
    let (since, until, probe_until) = (moment()?, moment()?, moment()?);
    let closed = Closed {
        why: read_word(why)?,
        since,
        until,
        probe_until,
    };
    Some((
        words.next()?.to_string(),
        Gate {
            closed: Some(closed),
            ..gate
        },
    ))
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

impl Pass {
    /// As a line.
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Pass::Open { is_calm: true } => "calm".to_string(),
            Pass::Open { is_calm: false } => "open".to_string(),
            Pass::Probe => "probe".to_string(),
            Pass::Wait(wait) => alloc::format!("wait {}", wait.as_secs()),
        }
    }

    /// Reads what [`Pass::text`] writes.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        match line {
            "calm" => Some(Pass::Open { is_calm: true }),
            "open" => Some(Pass::Open { is_calm: false }),
            "probe" => Some(Pass::Probe),
            _ => Some(Pass::Wait(Duration::from_secs(
                line.strip_prefix("wait ")?.parse().ok()?,
            ))),
        }
    }
}

impl Report {
    /// As words of a line; a number that is not there is 0.
    #[must_use]
    pub fn text(&self) -> String {
        let Report {
            is_probe,
            accepted,
            failures,
            limited,
            hint,
            refused,
            rejected,
            rejection,
            is_mixed,
        } = self;
        let (status, answer) = rejection.unwrap_or_default();
        let hint = hint.map_or(0, |hint| hint.as_secs());
        let (probe, mixed, refused) = (
            u8::from(*is_probe),
            u8::from(*is_mixed),
            refused.unwrap_or(0),
        );
        alloc::format!(
            "{probe} {accepted} {failures} {limited} {hint} {refused} {rejected} {status} {answer} {mixed}"
        )
    }

    /// Reads what [`Report::text`] writes.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let mut number = || words.next()?.parse::<u64>().ok();
        let is_probe = number()? > 0;
        let mut small = || number()?.try_into().ok();
        let (accepted, failures, limited) = (small()?, small()?, small()?);
        let hint = Some(Duration::from_secs(number()?)).filter(|hint| !hint.is_zero());
        let refused = Some(u16::try_from(number()?).ok()?).filter(|&status| status > 0);
        let rejected = number()?.try_into().ok()?;
        let rejection =
            Some((u16::try_from(number()?).ok()?, number()?)).filter(|&(status, _)| status > 0);
        Some(Report {
            is_probe,
            accepted,
            failures,
            limited,
            hint,
            refused,
            rejected,
            rejection,
            is_mixed: number()? > 0,
        })
    }
}

impl Ruling {
    /// As a line.
    #[must_use]
    pub fn text(self) -> String {
        alloc::format!(
            "{} {}",
            u8::from(self.withholds),
            self.wait.map_or(0, |wait| wait.as_secs())
        )
    }

    /// Reads what [`Ruling::text`] writes.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        let (withholds, wait) = line.split_once(' ')?;
        let wait = Duration::from_secs(wait.parse().ok()?);
        Some(Ruling {
            withholds: withholds == "1",
            wait: Some(wait).filter(|wait| !wait.is_zero()),
        })
    }
}
