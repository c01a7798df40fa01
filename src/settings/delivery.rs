//! How are choices about delivery written down?

use super::Rejects;
use super::walk::{Faults, SettingPlace};
use crate::delivery::{RetryPolicy, RetrySchedule};
use crate::limits::{
    ATTEMPTS_DEFAULT, ATTEMPTS_MAX, BUDGET_DEFAULT, BUDGET_MAX, BUDGET_MIN, PAUSE_STEPS_DEFAULT,
    RETENTION_DAYS_DEFAULT, SLOW_STEPS_DEFAULT, SPAN_DEFAULT, SPAN_MAX, STEP_MAX, STEPS_DEFAULT,
    STEPS_MAX, TIMEOUT_DEFAULT,
};
use alloc::format;
use alloc::vec::Vec;
use core::time::Duration;

/// What is spent while the sender waits; the keys of the schedule are known here, too.
pub(super) fn read_policy(faults: &mut Faults, place: &SettingPlace<'_>) -> RetryPolicy {
    faults.object(
        place,
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
        Duration::from_millis(u64::from(faults.integer(
            &place.member(key),
            range,
            whole_millis(default),
        )))
    };
    RetryPolicy {
        budget: millis("budget_ms", BUDGET_DEFAULT),
        timeout: millis("timeout_ms", TIMEOUT_DEFAULT),
        attempts_max: faults.integer(
            &place.member("attempts"),
            1..=ATTEMPTS_MAX,
            ATTEMPTS_DEFAULT,
        ),
        ..RetryPolicy::default()
    }
}

/// When an event is tried again that waits in the queue.
pub(super) fn read_schedule(faults: &mut Faults, place: &SettingPlace<'_>) -> RetrySchedule {
    let span = faults.integer(
        &place.member("span_s"),
        1..=whole_seconds(SPAN_MAX),
        whole_seconds(SPAN_DEFAULT),
    );
    RetrySchedule {
        steps: steps(faults, &place.member("steps_s"), &STEPS_DEFAULT),
        span: Duration::from_secs(u64::from(span)),
        pause_steps: steps(faults, &place.member("pause_steps_s"), &PAUSE_STEPS_DEFAULT),
        slow_steps: steps(faults, &place.member("slow_steps_s"), &SLOW_STEPS_DEFAULT),
    }
}

pub(super) fn read_rejects(faults: &mut Faults, place: &SettingPlace<'_>) -> Rejects {
    faults.object(place, &["retention_days", "keep"]);
    Rejects {
        retention_days: faults.integer(
            &place.member("retention_days"),
            1..=365,
            RETENTION_DAYS_DEFAULT,
        ),
        keep_events: faults.choice(
            &place.member("keep"),
            &[("event", true), ("reason", false)],
            true,
        ),
    }
}

/// A list of waits in seconds.
fn steps(faults: &mut Faults, place: &SettingPlace<'_>, default: &[Duration]) -> Vec<Duration> {
    let Some(elements) = faults.array(place, false) else {
        return default.to_vec();
    };
    if elements.len() > STEPS_MAX {
        faults.tell(
            place,
            "out-of-range",
            format!("must have at most {STEPS_MAX} steps"),
        );
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
