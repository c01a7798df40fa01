//! Checks that no event waited longer than the schedule, or expired before its end.

use super::fault_plan::{DAY, HOUR, MINUTE};
use super::history::Post;
use super::invariants::Report;
use super::world::World;
use kochava_edge::{Digest, RequestKind};
use std::collections::BTreeMap;
use std::time::Duration;

/// The calls of each event in each submission, by time.
type Lines<'w> = BTreeMap<(u64, u32), Vec<&'w Post>>;

/// Checks the waits between attempts, and that only events with a used-up schedule expired.
pub(crate) fn check(world: &World, report: &mut Report) {
    let mut lines = Lines::new();
    for post in &world.history.posts {
        lines
            .entry((post.origin.submission, post.number))
            .or_default()
            .push(post);
    }
    for ((submission, number), posts) in &lines {
        waits(world, *submission, *number, posts, report);
    }
    expired(world, &lines, report);
}

/// Checks that between two attempts there is at most the step of the schedule, the time for which
/// breakers were open or stores out, and the rest of a wait.
fn waits(world: &World, submission: u64, number: u32, posts: &[&Post], report: &mut Report) {
    let steps = &world.planner.settings().schedule.steps;
    let mut attempts: [usize; 2] = [0, 0];
    for pair in posts.windows(2) {
        let (before, after) = (pair[0], pair[1]);
        let of_kind = &mut attempts[usize::from(before.kind == RequestKind::Identity)];
        *of_kind += usize::from(before.answer.may_be_attempt());
        let step = steps
            .get(of_kind.saturating_sub(1))
            .or(steps.last())
            .copied()
            .unwrap_or_default();
        let step = if before.answer.may_be_attempt() {
            millis(step)
        } else {
            0
        };
        let wait = after.at - before.at;
        let out: i64 = world
            .scenario
            .outages
            .iter()
            .map(|outage| (outage.until.min(after.at) - outage.from.max(before.at)).max(0))
            .sum();
        let allowed =
            step + 2 * world.history.open_within(before.at, after.at) + 2 * out + OVERHANG;
        report
            .figures
            .entry("longest wait beyond the schedule, s")
            .and_modify(|most| *most = (*most).max(beyond(wait, step)))
            .or_default();
        // the calls of two events with the same digest cannot be distinguished
        if wait > allowed && !is_twice(world, submission, number) {
            report.fault(format!(
                "event {number} waited {} min in submission {submission}, {} were allowed",
                wait / MINUTE,
                allowed / MINUTE
            ));
        }
    }
}

fn is_twice(world: &World, submission: u64, number: u32) -> bool {
    let of_submission = world
        .history
        .event_orders
        .iter()
        .filter(|(of, _)| *of == submission);
    of_submission
        .flat_map(|(_, numbers)| numbers)
        .filter(|&&of| of == number)
        .count()
        > 1
}

fn beyond(wait: i64, step: i64) -> u64 {
    u64::try_from((wait - step) / 1_000).unwrap_or(0)
}

/// Checks that an expired event had all attempts, and waited for the whole schedule.
fn expired(world: &World, lines: &Lines<'_>, report: &mut Report) {
    let schedule = &world.planner.settings().schedule;
    let numbers: BTreeMap<Digest, (u32, bool)> = (0..)
        .zip(&world.senders.events)
        .flat_map(|(number, event)| {
            [
                (event.id, (number, event.plan.is_identity())),
                (event.identity_id(), (number, true)),
            ]
        })
        .collect();
    let kept = world
        .history
        .rejected
        .iter()
        .flat_map(|((submission, id), kept)| {
            kept.values().map(move |kept| (*submission, id, kept))
        });
    for (submission, id, kept) in kept.filter(|(.., kept)| kept.code == "expired") {
        let Some(&(number, is_identity)) = numbers.get(id) else {
            continue;
        };
        let posts = lines
            .get(&(submission, number))
            .map_or(&[][..], Vec::as_slice);
        let posts = posts
            .iter()
            .filter(|post| (post.kind == RequestKind::Identity) == is_identity);
        let failed: Vec<i64> = posts
            .filter(|post| post.answer.may_be_attempt())
            .map(|post| post.at)
            .collect();
        let lasted = failed.last().copied().unwrap_or(0) - failed.first().copied().unwrap_or(0);
        let has_all = failed.len() > schedule.steps.len()
            && kept.progress.attempts as usize > schedule.steps.len();
        let has_time = Duration::from_secs(u64::from(kept.progress.waited_s)) >= schedule.span
            && lasted + MINUTE >= millis(schedule.span);
        if !(has_all && has_time) {
            report.fault(format!(
                "event {number} expired after {} attempts and {} s: {:?}",
                failed.len(),
                lasted / 1_000,
                kept.progress
            ));
        }
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(DAY)
}

/// An event that was deferred just before the end of an outage waits an hour twice, and for others
/// of its device.
const OVERHANG: i64 = 4 * HOUR;
