//! `alerts`: when an operator is told.

use super::faults::Faults;
use super::setting::Setting;
use core::ops::RangeInclusive;

/// The thresholds of alerts; `None`: that alert is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertThresholds {
    /// Minutes for which Kochava refuses calls.
    pub paused_minutes: Option<u32>,
    /// The share of the last hour's events that were not delivered, in percent.
    pub reject_percent: Option<u32>,
    /// Minutes for which the oldest event waits.
    pub waiting_minutes: Option<u32>,
    /// How far the share of events with a field fell, in percentage points.
    pub coverage_drop_percent: Option<u32>,
}

pub(super) fn read(faults: &mut Faults, setting: &Setting<'_, '_>) -> AlertThresholds {
    const MINUTES: RangeInclusive<u32> = 1..=10_080;
    const PERCENT: RangeInclusive<u32> = 1..=100;
    let keys = [
        "paused_minutes",
        "reject_percent",
        "waiting_minutes",
        "coverage_drop_percent",
    ];
    faults.object(setting, &keys);
    let mut threshold = |key: &str, range, default| {
        let threshold = setting.member(key);
        (!threshold.is_null()).then(|| faults.integer(&threshold, range, default))
    };
    AlertThresholds {
        paused_minutes: threshold(keys[0], MINUTES, 5),
        reject_percent: threshold(keys[1], PERCENT, 5),
        waiting_minutes: threshold(keys[2], MINUTES, 60),
        coverage_drop_percent: threshold(keys[3], PERCENT, 30),
    }
}
