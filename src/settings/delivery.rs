//! `delivery` and `rejects`: attempts, waits, and what is kept of events that cannot be sent.

use super::faults::Faults;
use super::setting::Setting;
use crate::delivery::{RetryPolicy, RetrySchedule};
use crate::limits::{
    ATTEMPTS_DEFAULT, ATTEMPTS_MAX, BUDGET_DEFAULT, BUDGET_MAX, BUDGET_MIN, PAUSE_STEPS_DEFAULT,
    RETENTION_DAYS_DEFAULT, RETENTION_DAYS_MAX, SLOW_STEPS_DEFAULT, SPAN_DEFAULT, SPAN_MAX,
    STEP_MAX, STEPS_DEFAULT, STEPS_MAX, TIMEOUT_DEFAULT,
};
use alloc::borrow::Cow;
use alloc::format;
use alloc::vec::Vec;
use core::time::Duration;

/// What is kept of an event that cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejects {
    /// For how many days.
    pub retention_days: u32,
    /// Whether the event itself is kept, or only the reason.
    pub keep_events: bool,
}

impl Rejects {
    /// The longest retention: for a shell whose setting `rejects` cannot be read. Nothing is
    /// deleted earlier than the operator may have asked for.
    pub const LONGEST: Self = Rejects {
        retention_days: RETENTION_DAYS_MAX,
        keep_events: true,
    };
}

/// Reads the part of `delivery` about attempts while the sender waits, and checks the keys of both
/// parts.
pub(super) fn read_policy(faults: &mut Faults, setting: &Setting<'_, '_>) -> RetryPolicy {
    faults.object(
        setting,
        &[
            "attempts",
            "budget_ms",
            "timeout_ms",
            "steps_s",
            "span_s",
            "pause_steps_s",
            "slow_steps_s",
        ],
    );
    let mut millis = |key, default: Duration| {
        let range = whole_millis(BUDGET_MIN)..=whole_millis(BUDGET_MAX);
        let millis = faults.integer(&setting.member(key), range, whole_millis(default));
        Duration::from_millis(u64::from(millis))
    };
    RetryPolicy {
        budget: millis("budget_ms", BUDGET_DEFAULT),
        timeout: millis("timeout_ms", TIMEOUT_DEFAULT),
        attempts_max: faults.integer(
            &setting.member("attempts"),
            1..=ATTEMPTS_MAX,
            ATTEMPTS_DEFAULT,
        ),
        ..RetryPolicy::default()
    }
}

/// Reads the part of `delivery` about attempts from the queue.
pub(super) fn read_schedule(faults: &mut Faults, setting: &Setting<'_, '_>) -> RetrySchedule {
    let span = faults.integer(
        &setting.member("span_s"),
        1..=whole_seconds(SPAN_MAX),
        whole_seconds(SPAN_DEFAULT),
    );
    RetrySchedule {
        steps: read_steps(faults, &setting.member("steps_s"), &STEPS_DEFAULT),
        span: Duration::from_secs(u64::from(span)),
        pause_steps: read_steps(
            faults,
            &setting.member("pause_steps_s"),
            &PAUSE_STEPS_DEFAULT,
        ),
        slow_steps: read_steps(faults, &setting.member("slow_steps_s"), &SLOW_STEPS_DEFAULT),
    }
}

pub(super) fn read_rejects(faults: &mut Faults, setting: &Setting<'_, '_>) -> Rejects {
    faults.object(setting, &["retention_days", "keep"]);
    Rejects {
        retention_days: faults.integer(
            &setting.member("retention_days"),
            1..=RETENTION_DAYS_MAX,
            RETENTION_DAYS_DEFAULT,
        ),
        keep_events: faults.choice(
            &setting.member("keep"),
            &[("event", true), ("reason", false)],
            true,
        ),
    }
}

/// Reads a list of waits in seconds.
fn read_steps(
    faults: &mut Faults,
    setting: &Setting<'_, '_>,
    default: &[Duration],
) -> Vec<Duration> {
    let Some(elements) = faults.list(setting, false) else {
        return default.to_vec();
    };
    if elements.len() > STEPS_MAX {
        let message = format!("must have at most {STEPS_MAX} steps");
        faults.add_text(setting, "out-of-range", Cow::Owned(message));
    }
    let range = 1..=whole_seconds(STEP_MAX);
    elements
        .iter()
        .take(STEPS_MAX)
        .map(|step| Duration::from_secs(u64::from(faults.integer(step, range.clone(), 1))))
        .collect()
}

fn whole_millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).expect("every limit is below a month")
}

fn whole_seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs()).expect("every limit is below a century")
}
