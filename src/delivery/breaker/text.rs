//! How are the state of the breakers, and what is asked of them, written down?
//!
//! A line for each: numbers, then the route, which comes last since it may hold anything but a
//! line's end.

use super::{Breaker, BreakerReport, BreakerResponse, Breakers, OpenState, Permit, TripReason};
use crate::time::Moment;
use alloc::string::{String, ToString};
use core::fmt::Write as _;
use core::time::Duration;

impl Breakers {
    /// Writes it.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        for (route, breaker) in &self.0 {
            let Breaker {
                open_state,
                level,
                successes,
                failures,
                same,
                same_answer,
            } = breaker;
            _ = write!(out, "{level} {successes} {failures} {same} {same_answer} ");
            if let Some(OpenState {
                reason,
                since,
                until,
                probe_until,
            }) = open_state
            {
                _ = write!(
                    out,
                    "{} {} {} {} ",
                    word(*reason),
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

    /// Reads it; a line that cannot be read is an open breaker.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut breakers = Breakers::default();
        for (route, breaker) in text.lines().filter_map(read_line) {
            breakers.0.insert(route, breaker);
        }
        breakers
    }
}

fn read_line(line: &str) -> Option<(String, Breaker)> {
    let mut words = line.splitn(7, ' ');
    let mut number = || words.next()?.parse::<u64>().ok();
    let mut small = || number()?.try_into().ok();
    let (level, successes, failures, same) = (small()?, small()?, small()?, small()?);
    let breaker = Breaker {
        open_state: None,
        level,
        successes,
        failures,
        same,
        same_answer: number()?,
    };
    let reason = words.next()?;
    let rest = words.next()?;
    if reason == "open" {
        return Some((rest.to_string(), breaker));
    }
    let mut words = rest.splitn(4, ' ');
    let mut moment = || Some(Moment::from_millis(words.next()?.parse().ok()?));
    let (since, until, probe_until) = (moment()?, moment()?, moment()?);
    let open_state = OpenState {
        reason: read_word(reason)?,
        since,
        until,
        probe_until,
    };
    Some((
        words.next()?.to_string(),
        Breaker {
            open_state: Some(open_state),
            ..breaker
        },
    ))
}

fn word(reason: TripReason) -> String {
    match reason {
        TripReason::Limited => "limited".to_string(),
        TripReason::Down => "down".to_string(),
        TripReason::Refused(status) => alloc::format!("refused:{status}"),
        TripReason::SameAnswer(status) => alloc::format!("same:{status}"),
    }
}

fn read_word(word: &str) -> Option<TripReason> {
    match word.split_once(':') {
        Some(("refused", status)) => Some(TripReason::Refused(status.parse().ok()?)),
        Some(("same", status)) => Some(TripReason::SameAnswer(status.parse().ok()?)),
        None if word == "limited" => Some(TripReason::Limited),
        None if word == "down" => Some(TripReason::Down),
        _ => None,
    }
}

impl Permit {
    /// As a line.
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Permit::Allowed { is_clean: true } => "successes".to_string(),
            Permit::Allowed { is_clean: false } => "open".to_string(),
            Permit::Probe => "probe".to_string(),
            Permit::Wait(wait) => alloc::format!("wait {}", wait.as_secs()),
        }
    }

    /// Reads what [`Permit::text`] writes.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        match line {
            "successes" => Some(Permit::Allowed { is_clean: true }),
            "open" => Some(Permit::Allowed { is_clean: false }),
            "probe" => Some(Permit::Probe),
            _ => Some(Permit::Wait(Duration::from_secs(
                line.strip_prefix("wait ")?.parse().ok()?,
            ))),
        }
    }
}

impl BreakerReport {
    /// As words of a line; a number that is not there is 0.
    #[must_use]
    pub fn text(&self) -> String {
        let BreakerReport {
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

    /// Reads what [`BreakerReport::text`] writes.
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
        Some(BreakerReport {
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

impl BreakerResponse {
    /// As a line.
    #[must_use]
    pub fn text(self) -> String {
        alloc::format!(
            "{} {}",
            u8::from(self.retries_rejected),
            self.wait.map_or(0, |wait| wait.as_secs())
        )
    }

    /// Reads what [`BreakerResponse::text`] writes.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        let (retries_rejected, wait) = line.split_once(' ')?;
        let wait = Duration::from_secs(wait.parse().ok()?);
        Some(BreakerResponse {
            retries_rejected: retries_rejected == "1",
            wait: Some(wait).filter(|wait| !wait.is_zero()),
        })
    }
}
