//! From numbers to what is so.

use super::{AlertCode, AlertCondition};
use crate::delivery::Breakers;
use crate::durable::{Counters, PlatformCoverage, WaitState, WaitingSum};
use crate::kochava::{Coverage, Route};
use crate::settings::AlertThresholds;
use crate::time::Moment;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// The numbers of one sync.
#[derive(Clone, Debug)]
pub struct AlertNumbers<'n> {
    /// The sync; `None` for the unnamed one.
    pub sync: Option<&'n str>,
    /// When it wants to be told.
    pub thresholds: AlertThresholds,
    /// Its breakers.
    pub breakers: &'n Breakers<Route>,
    /// What waits, as far as consumers have seen it.
    pub waiting: &'n [WaitingSum],
    /// When the oldest message of the queue was put there, if the queue tells.
    pub queue_oldest: Option<Moment>,
    /// What was counted in the last hour.
    pub last_hour: &'n Counters,
    /// The coverage of the last hours.
    pub coverage: &'n [PlatformCoverage],
    /// The coverage of the days before.
    pub coverage_before: &'n [PlatformCoverage],
}

/// How full a store is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageUse {
    /// What it is, for a sentence.
    pub name: &'static str,
    /// Its bytes.
    pub bytes: u64,
    /// The most that it may have.
    pub bytes_max: u64,
}

/// Events of the last hour below which their share says nothing.
///
/// Ours: one of twenty is 5 percent.
const EVENTS_MIN: u64 = 20;

/// Events of a platform below which the share of those with a field says nothing.
///
/// Ours: at a hundred events a share strays by ten points at most, a third of the threshold.
const COVERAGE_EVENTS_MIN: u64 = 100;

/// The part of a store that may be used before somebody is told, in percent.
const STORAGE_PERCENT: u64 = 80;

impl StorageUse {
    /// Returns whether the store is nearly full.
    #[must_use]
    pub fn condition(&self) -> Option<AlertCondition> {
        let is_near = self.bytes.saturating_mul(100) >= self.bytes_max * STORAGE_PERCENT;
        is_near.then(|| AlertCondition {
            code: AlertCode::Storage,
            sync: None,
            text: format!(
                "{} holds {} MB of at most {} MB. Delete rejects that nobody needs, or keep them for fewer days (rejects.retention_days)",
                self.name,
                self.bytes / 1_000_000,
                self.bytes_max / 1_000_000
            ),
        })
    }
}

impl AlertNumbers<'_> {
    /// Returns everything that is so.
    #[must_use]
    pub fn conditions(&self, now: Moment) -> Vec<AlertCondition> {
        let all = [
            (AlertCode::Paused, self.paused(now)),
            (AlertCode::Rejects, self.rejects()),
            (AlertCode::Waiting, self.waiting(now)),
            (AlertCode::Coverage, self.coverage()),
            (AlertCode::DeadLetters, self.dead_letters()),
        ];
        let all = all.into_iter().filter_map(|(code, text)| {
            Some(AlertCondition {
                code,
                sync: self.sync.map(String::from),
                text: text?,
            })
        });
        all.collect()
    }

    fn paused(&self, now: Moment) -> Option<String> {
        let minutes = self.thresholds.paused_minutes?;
        let is_long = |since: Moment| is_older(since, minutes, now);
        let (route, open) = self
            .breakers
            .open()
            .find(|(_, open)| open.reason.is_pause() && is_long(open.since))?;
        let status = open
            .reason
            .status()
            .map_or(String::new(), |status| format!(" with HTTP {status}"));
        Some(format!(
            "Kochava refuses calls for the App GUID {}{status} ({}). Events wait and none is lost. Check the App GUID and the keys; GET /health has the details",
            route.app,
            open.reason.code()
        ))
    }

    fn rejects(&self) -> Option<String> {
        let percent = u64::from(self.thresholds.reject_percent?);
        let of = |name| self.last_hour.of(name);
        let failed = of("expired") + of("discarded");
        let all = of("delivered") + failed;
        if all < EVENTS_MIN || failed * 100 < all * percent {
            return None;
        }
        Some(format!(
            "{failed} of {all} events of the last hour were not delivered. GET /rejects/groups says why and who can mend it"
        ))
    }

    fn waiting(&self, now: Moment) -> Option<String> {
        let minutes = self.thresholds.waiting_minutes?;
        // what waits for its device, as the settings say, is no delay
        let late = self
            .waiting
            .iter()
            .filter(|sum| sum.state != WaitState::Held);
        let events: u64 = late.clone().map(|sum| sum.events).sum();
        let oldest = late.map(|sum| sum.oldest).chain(self.queue_oldest).min()?;
        is_older(oldest, minutes, now).then(|| {
            let age = (now.millis - oldest.millis) / 60_000;
            let known = if events > 0 {
                format!("{events} events wait")
            } else {
                String::from("Messages wait in the queue")
            };
            format!(
                "{known}, the oldest for {age} min. None is lost; GET /health says what they wait for"
            )
        })
    }

    fn coverage(&self) -> Option<String> {
        let points = u64::from(self.thresholds.coverage_drop_percent?);
        for (platform, (now, before)) in self.coverage.iter().zip(self.coverage_before).enumerate()
        {
            if now.sent < COVERAGE_EVENTS_MIN || before.sent < COVERAGE_EVENTS_MIN {
                continue;
            }
            for (field, name) in Coverage::FIELDS.iter().enumerate() {
                let share = |counted: &PlatformCoverage| counted.fields[field] * 100 / counted.sent;
                let (now, before) = (share(now), share(before));
                if before >= now + points {
                    let platform = Coverage::PLATFORMS[platform];
                    return Some(format!(
                        "{name} is in {now} % of the events of {platform} of the last 6 hours, and was in {before} % of those of the 7 days before. Look at the app's last release; GET /stats/coverage has every field"
                    ));
                }
            }
        }
        None
    }

    fn dead_letters(&self) -> Option<String> {
        let dead = self.last_hour.of("code:dead-letter");
        (dead > 0).then(|| {
            format!("{dead} events came to the dead-letter queue within the last hour and are rejects now. Replay them (reason dead-letter); if they return, report it")
        })
    }
}

/// Returns whether a moment is so many minutes ago.
fn is_older(moment: Moment, minutes: u32, now: Moment) -> bool {
    now.millis.saturating_sub(moment.millis) >= i64::from(minutes) * 60_000
}
