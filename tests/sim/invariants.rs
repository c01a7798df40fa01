//! The invariants: every event is in exactly one place, and every duplicate has an explanation.

use super::history::{AnswerKind, DuplicateCause, Post};
use super::senders::{Event, Expected};
use super::world::World;
use kochava_edge::RequestKind;
use std::collections::{BTreeMap, BTreeSet};

/// The result of a run.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// How many events are in each place.
    pub(crate) places: BTreeMap<&'static str, usize>,
    /// Acceptances beyond the first, by explanation.
    pub(crate) duplicates: BTreeMap<String, usize>,
    pub(crate) figures: BTreeMap<&'static str, u64>,
    pub(crate) faults: Vec<String>,
}

impl Report {
    pub(crate) fn fault(&mut self, fault: String) {
        if self.faults.len() < 20 {
            self.faults.push(fault);
        }
    }

    pub(crate) fn add(&mut self, name: &'static str, count: u64) {
        *self.figures.entry(name).or_default() += count;
    }
}

/// The calls of one event, by time.
#[derive(Default)]
struct Calls<'j> {
    posts: Vec<&'j Post>,
}

impl Calls<'_> {
    fn accepted(&self, kind: RequestKind) -> impl Iterator<Item = &Post> {
        self.posts
            .iter()
            .copied()
            .filter(move |post| post.kind == kind && post.is_accepted)
    }
}

/// Checks the invariants in a world that has drained.
pub(crate) fn check(world: &mut World) -> Report {
    let mut report = Report {
        faults: world.history.faults.clone(),
        ..Report::default()
    };
    if world.senders.is_busy() || !world.queue.is_empty() || world.stores.open_count() > 0 {
        report.fault("something is still on its way".to_owned());
    }
    let mut calls: BTreeMap<u32, Calls<'_>> = BTreeMap::new();
    for post in &world.history.posts {
        calls.entry(post.number).or_default().posts.push(post);
    }
    let copies = copies(world);
    let none = Calls::default();
    for (number, event) in (0_u32..).zip(&world.senders.events) {
        let calls = calls.get(&number).unwrap_or(&none);
        let event_check = EventCheck {
            world,
            number,
            event,
            calls,
            copies: &copies,
        };
        event_check.place(&mut report);
        event_check.submissions(&mut report);
        event_check.duplicates(&mut report);
        event_check.identity(&mut report);
    }
    super::counts::check(world, &mut report);
    super::order::check(world, &mut report);
    super::schedule::check(world, &mut report);
    report
}

/// Returns how often each event is in the messages of a submission.
fn copies(world: &World) -> BTreeMap<(u64, u32), u64> {
    let mut copies = BTreeMap::new();
    for (submission, numbers) in &world.history.event_orders {
        for &number in numbers {
            *copies.entry((*submission, number)).or_default() += 1;
        }
    }
    copies
}

/// The check of one event.
struct EventCheck<'w> {
    world: &'w World,
    number: u32,
    event: &'w Event,
    calls: &'w Calls<'w>,
    copies: &'w BTreeMap<(u64, u32), u64>,
}

impl EventCheck<'_> {
    fn fault(&self, report: &mut Report, what: &str) {
        report.fault(format!("event {}: {what}", self.number));
    }

    /// Finds the place of the event.
    fn place(&self, report: &mut Report) {
        let is_rejected = self.world.stores.rejects.contains_key(&self.event.id);
        let is_accepted = self
            .first_kind()
            .is_some_and(|kind| self.calls.accepted(kind).next().is_some());
        let submissions = self
            .world
            .history
            .submissions
            .get(&self.number)
            .into_iter()
            .flatten();
        let has_submission = submissions
            .into_iter()
            .any(|&(submission, _)| self.copies.contains_key(&(submission, self.number)));
        let place = match &self.event.plan {
            Expected::Skipped if is_rejected || !self.calls.posts.is_empty() => "wrong",
            Expected::Skipped => "skipped",
            Expected::Refused if !self.calls.posts.is_empty() => "wrong",
            Expected::Refused | Expected::Ready(..) if is_rejected && !is_accepted => "in rejects",
            Expected::Ready(..) if is_accepted && !is_rejected => "with Kochava",
            Expected::Ready(..) if is_accepted => "with Kochava and in rejects, ambiguous",
            Expected::Ready(RequestKind::Identity, _) if has_submission && self.is_linked() => {
                "skipped"
            }
            Expected::Refused | Expected::Ready(..) if self.event.is_answered || has_submission => {
                "lost"
            }
            Expected::Refused | Expected::Ready(..) => "with its sender",
        };
        if matches!(place, "lost" | "wrong") {
            self.fault(report, place);
        }
        *report.places.entry(place).or_default() += 1;
    }

    fn first_kind(&self) -> Option<RequestKind> {
        if let Expected::Ready(kind, _) = self.event.plan {
            Some(kind)
        } else {
            None
        }
    }

    /// Returns whether Kochava accepted an equal identity.
    fn is_linked(&self) -> bool {
        self.event
            .identity()
            .is_some_and(|body| self.world.kochava.identities.contains_key(body))
    }

    /// Checks that every copy of the event in the queue ended once.
    fn submissions(&self, report: &mut Report) {
        let Some(kind) = self.first_kind() else {
            return;
        };
        let history = &self.world.history;
        for &(submission, _) in history.submissions.get(&self.number).into_iter().flatten() {
            let of_submission = |post: &&Post| post.origin.submission == submission;
            let recorded =
                |post: &&Post| post.answer == AnswerKind::Accepted && history.is_recorded(post);
            let accepted = self
                .calls
                .accepted(kind)
                .filter(of_submission)
                .filter(recorded)
                .count() as u64;
            let rejected = history
                .rejected
                .get(&(submission, self.event.id))
                .into_iter()
                .flat_map(BTreeMap::values)
                .map(|kept| kept.times);
            let ended = accepted + rejected.sum::<u64>();
            let copies = self.copies.get(&(submission, self.number)).copied();
            let is_skipped = kind == RequestKind::Identity && self.is_linked();
            match copies {
                None if ended <= 1 => {}
                Some(copies) if ended == copies || (ended < copies && is_skipped) => {}
                _ => self.fault(report, &format!("ended {ended} times ({accepted} with Kochava) of {copies:?} in submission {submission}")),
            }
        }
    }

    /// Checks that every acceptance but one has an explanation.
    fn duplicates(&self, report: &mut Report) {
        for kind in [RequestKind::Event, RequestKind::Identity] {
            let mut recorded = BTreeSet::new();
            let mut explained = Vec::new();
            for post in self.calls.accepted(kind) {
                match self.explain(post) {
                    Some(reason) => explained.push(reason.to_owned()),
                    None if recorded.insert(post.origin.submission) => {
                        explained.push(String::new());
                    }
                    None => match self.copies.get(&(post.origin.submission, self.number)) {
                        Some(&copies) if copies > 1 => {
                            explained.push("twice in its body, without a dedupe key".to_owned());
                        }
                        _ if self.may_be_same_link(kind) => {
                            explained.push("the same identity".to_owned());
                        }
                        _ => self.fault(
                            report,
                            &format!("accepted twice ({kind:?}), without an explanation"),
                        ),
                    },
                }
            }
            // an acceptance without an explanation is the one that counts, or another submission's
            explained.sort_unstable();
            let reasons = explained.into_iter().skip(1).map(|reason| {
                if reason.is_empty() {
                    self.another_submission()
                } else {
                    reason
                }
            });
            let name = if kind == RequestKind::Event {
                ""
            } else {
                "identity: "
            };
            reasons.for_each(|reason| {
                *report
                    .duplicates
                    .entry(format!("{name}{reason}"))
                    .or_default() += 1;
            });
        }
    }

    /// Returns why an acceptance was not recorded.
    fn explain(&self, post: &Post) -> Option<&'static str> {
        let history = &self.world.history;
        if post.answer != AnswerKind::Accepted {
            return Some("Kochava's answer was ambiguous");
        }
        if history.is_recorded(post) {
            return None;
        }
        let run = history.runs.get(&post.run?)?;
        let is_later = history
            .settled
            .get(&post.origin.message)
            .is_some_and(|settled_by| settled_by.at >= run.looked_up_at);
        if run.is_crashed {
            Some("the isolate died before it was recorded")
        } else if run.unsettled.contains(&post.origin.message) {
            Some("the journal did not answer")
        } else if is_later {
            Some("two consumers had it at once")
        } else {
            None
        }
    }

    /// Returns whether a call may belong to another event with an equal identity, since the identity
    /// has no number.
    fn may_be_same_link(&self, kind: RequestKind) -> bool {
        kind == RequestKind::Identity
            && self
                .event
                .identity()
                .is_some_and(|body| super::queue::number_in(body).is_none())
    }

    fn another_submission(&self) -> String {
        let submissions = self
            .world
            .history
            .submissions
            .get(&self.number)
            .into_iter()
            .flatten();
        let cause = submissions
            .map(|&(_, cause)| cause)
            .find(|&cause| cause != DuplicateCause::First);
        let reason = match cause {
            Some(DuplicateCause::NoKey) => "sent again, without a dedupe key",
            Some(DuplicateCause::DedupeUnavailable) => {
                "sent again, the dedupe store did not answer"
            }
            Some(DuplicateCause::NotYetSeen) => "sent again before it was known",
            Some(DuplicateCause::Expired) => "sent again after a week",
            Some(DuplicateCause::First | DuplicateCause::None) | None => "unexplained",
        };
        reason.to_owned()
    }

    /// Checks that the identity never goes first, and ends by itself.
    fn identity(&self, report: &mut Report) {
        let Expected::Ready(RequestKind::Event, Some(_)) = self.event.plan else {
            return;
        };
        let first = |kind| self.calls.accepted(kind).map(|post| post.at).next();
        let (event, identity) = (first(RequestKind::Event), first(RequestKind::Identity));
        if identity.is_some_and(|identity| event.is_none_or(|event| event > identity))
            && !self.may_be_same_link(RequestKind::Identity)
        {
            self.fault(report, "its identity was accepted before it");
        }
        let is_rejected = self
            .world
            .stores
            .rejects
            .contains_key(&self.event.identity_id());
        let has_ended =
            identity.is_some() || is_rejected || self.is_linked() || self.event.is_large;
        let was_noted = self.calls.accepted(RequestKind::Event).any(|post| {
            post.answer == AnswerKind::Accepted && self.world.history.is_recorded(post)
        });
        if was_noted && !has_ended {
            self.fault(report, "its identity is lost");
        }
        report.add("identities accepted", u64::from(identity.is_some()));
        report.add("identities in rejects", u64::from(is_rejected));
    }
}
