//! Checks that the events of one device kept their order within a message.

use super::history::{AnswerKind, Post};
use super::invariants::Report;
use super::world::World;
use kochava_edge::RequestKind;
use std::collections::BTreeMap;

/// Compares the order of first acceptances with that of the message; an event that failed
/// repeatedly may be overtaken.
pub(crate) fn check(world: &World, report: &mut Report) {
    let mut posts: BTreeMap<(u64, u32), Vec<&Post>> = BTreeMap::new();
    for post in &world.history.posts {
        if let Some(number) = post.posted_for.number {
            let submission = post.posted_for.submission;
            posts.entry((submission, number)).or_default().push(post);
        }
    }
    for (submission, numbers) in &world.history.event_orders {
        let mut devices: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        for &number in numbers {
            let device = world.senders.event(number).device;
            devices.entry(device).or_default().push(number);
        }
        for numbers in devices.values() {
            check_device(&posts, *submission, numbers, report);
        }
    }
}

fn check_device(
    posts: &BTreeMap<(u64, u32), Vec<&Post>>,
    submission: u64,
    numbers: &[u32],
    report: &mut Report,
) {
    let of = |number: u32| {
        posts
            .get(&(submission, number))
            .map_or(&[][..], Vec::as_slice)
    };
    let first = |number: u32| {
        of(number)
            .iter()
            .position(|post| post.is_accepted && post.kind == RequestKind::Event)
    };
    let mut failures = 0;
    let mut latest: Option<(u32, i64)> = None;
    for &number in numbers {
        let accepted = first(number).map(|at| of(number)[at].at);
        if let (Some((before, then)), Some(at)) = (latest, accepted)
            && at < then
        {
            if failures < PASSED_AFTER {
                report.fault(format!(
                    "event {number} passed event {before} in submission {submission}"
                ));
            }
            report.add("events that passed one that failed again and again", 1);
        }
        if let Some(at) = accepted
            && latest.is_none_or(|(_, then)| at > then)
        {
            latest = Some((number, at));
        }
        failures += of(number)
            .iter()
            .filter(|post| post.answer != AnswerKind::Accepted)
            .count();
    }
}

/// Failed attempts after which later events may overtake an event.
const PASSED_AFTER: usize = 3;
