//! Checks that no event waited longer than the schedule, or expired before its end.

use super::fault_plan::{DAY, HOUR, MINUTE};
use super::history::{AnswerKind, Post};
use super::invariants::Report;
use super::world::World;
use kochava_edge::{Digest, EXPIRED, RequestKind};
use std::collections::BTreeMap;
use std::time::Duration;

/// Checks the waits between attempts, and that only events with a used-up schedule expired.
pub(crate) fn check(world: &World, report: &mut Report) {
    let mut lines: BTreeMap<(u64, Digest), Vec<&Post>> = BTreeMap::new();
    for post in &world.history.posts {
        let posted_for = post.posted_for;
        lines
            .entry((posted_for.submission, posted_for.id))
            .or_default()
            .push(post);
    }
    for posts in lines.values() {
        waits(world, posts, report);
    }
    expired(world, report);
}

/// Checks that between two attempts there is at most the step of the schedule, the time for which
/// breakers were open, stores out or settings unusual, and the rest of a wait.
fn waits(world: &World, posts: &[&Post], report: &mut Report) {
    let usual = world.settings.usual();
    let steps = &usual.planner.settings().schedule.steps;
    let mut attempts: [usize; 2] = [0, 0];
    for pair in posts.windows(2) {
        let (before, after) = (pair[0], pair[1]);
        let has_failed = !matches!(before.answer, AnswerKind::Accepted | AnswerKind::Rejected);
        let of_kind = &mut attempts[usize::from(before.kind == RequestKind::Identity)];
        *of_kind += usize::from(has_failed);
        let step = steps
            .get(of_kind.saturating_sub(1))
            .or(steps.last())
            .copied()
            .unwrap_or_default();
        let step = if has_failed { millis(step) } else { 0 };
        let wait = after.at - before.at;
        let out: i64 = world
            .scenario
            .outages
            .iter()
            .map(|outage| (outage.until.min(after.at) - outage.from.max(before.at)).max(0))
            .sum();
        let unusual = world.settings.unusual_within(before.at, after.at);
        let open = world.history.open_within(before.at, after.at);
        let allowed = step + 2 * open + 2 * out + 2 * unusual + OVERHANG;
        let beyond = u64::try_from((wait - step) / 1_000).unwrap_or(0);
        let longest = report
            .figures
            .entry("longest wait beyond the schedule, s".to_owned());
        longest
            .and_modify(|most| *most = (*most).max(beyond))
            .or_default();
        if wait > allowed {
            report.fault(format!(
                "event {:?} waited {} min, {} were allowed",
                before.posted_for.number,
                wait / MINUTE,
                allowed / MINUTE
            ));
        }
    }
}

/// Checks that an expired event had all attempts, and waited for the whole schedule.
fn expired(world: &World, report: &mut Report) {
    let usual = world.settings.usual();
    let schedule = &usual.planner.settings().schedule;
    let rejects = world.stores.rejects.values().map(|kept| &kept.reject);
    for reject in rejects.filter(|reject| reject.code == EXPIRED) {
        let name = world.history.names.get(&reject.id);
        let posts = world
            .history
            .posts_of_event(name.and_then(|name| name.number))
            .filter(|post| post.answer != AnswerKind::Accepted)
            .count();
        let attempts = reject.progress.attempts as usize;
        let has_all = attempts > schedule.steps.len() && posts >= attempts;
        let has_time = Duration::from_secs(u64::from(reject.progress.waited_s)) >= schedule.span;
        if !(has_all && has_time) {
            report.fault(format!(
                "event {name:?} expired after {posts} calls: {:?}",
                reject.progress
            ));
        }
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(DAY)
}

/// An event that was deferred just before the end of an outage waits an hour twice, and for others
/// of its device; a limit that Kochava asks for is an hour at most.
const OVERHANG: i64 = 6 * HOUR;
