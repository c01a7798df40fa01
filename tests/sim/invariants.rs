//! The invariants: every event is in exactly one place, and every duplicate has an explanation.

use super::history::{AnswerKind, Post, Submission};
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
    pub(crate) figures: BTreeMap<String, u64>,
    pub(crate) faults: Vec<String>,
}

impl Report {
    pub(crate) fn fault(&mut self, fault: String) {
        if self.faults.len() < 20 {
            self.faults.push(fault);
        }
    }

    pub(crate) fn add(&mut self, name: &str, count: u64) {
        *self.figures.entry(name.to_owned()).or_default() += count;
    }
}

/// Checks the invariants in a world that has drained.
pub(crate) fn check(world: &World) -> Report {
    let mut report = Report {
        faults: world.history.faults.clone(),
        ..Report::default()
    };
    if world.senders.is_busy() || !world.queue.is_empty() || world.stores.open_messages() > 0 {
        report.fault("something is still on its way".to_owned());
    }
    if world.stores.waiting() > 0 {
        report.fault("something is said to wait, and nothing does".to_owned());
    }
    for (number, event) in (0_u32..).zip(&world.senders.events) {
        let event_check = EventCheck {
            world,
            number,
            event,
        };
        event_check.place(&mut report);
        event_check.duplicates(&mut report);
        event_check.identity(&mut report);
    }
    super::counts::check(world, &mut report);
    super::order::check(world, &mut report);
    super::schedule::check(world, &mut report);
    report
}

/// The check of one event.
struct EventCheck<'w> {
    world: &'w World,
    number: u32,
    event: &'w Event,
}

impl<'w> EventCheck<'w> {
    fn fault(&self, report: &mut Report, what: &str) {
        report.fault(format!(
            "event {} ({}): {what}",
            self.number, self.event.name
        ));
    }

    fn accepted(&self, kind: RequestKind) -> impl Iterator<Item = &'w Post> {
        let posts = self.world.history.posts_of_event(Some(self.number));
        posts.filter(move |post| post.kind == kind && post.is_accepted)
    }

    fn submissions(&self) -> &'w [Submission] {
        let submissions = self.world.history.submissions.get(&self.number);
        submissions.map_or(&[], Vec::as_slice)
    }

    /// Finds the place of the event.
    fn place(&self, report: &mut Report) {
        let history = &self.world.history;
        let ids = history.ids.get(&self.number);
        let ids: BTreeSet<_> = ids.into_iter().flatten().copied().collect();
        let is_of_event = |id| ids.contains(id) && !history.unconfirmed.contains(id);
        let is_rejected = self.world.stores.rejects.keys().any(is_of_event);
        let is_deleted = history.deleted_rejects.iter().any(is_of_event);
        let kind = self.first_kind();
        let is_accepted = kind.is_some_and(|kind| self.accepted(kind).next().is_some());
        let is_queued = !self.submissions().is_empty();
        let plan = self.event.plan(self.event.answered_under);
        let is_skipped = self.event.is_answered && matches!(plan, Expected::Skipped(_));
        let place = match kind {
            _ if is_accepted && is_rejected => {
                self.accepted_and_rejected(report, kind.unwrap_or(RequestKind::Event))
            }
            _ if is_accepted => "with Kochava",
            _ if is_rejected => "in rejects",
            _ if is_deleted => "deleted by the operator",
            _ if is_queued && self.may_be_skipped_later() => "skipped",
            _ if is_skipped => "skipped",
            _ if self.event.is_answered || is_queued => "lost",
            _ => "with its sender",
        };
        if place == "lost" {
            self.fault(report, &format!("lost; {:?}", self.submissions()));
        }
        *report.places.entry(place).or_default() += 1;
    }

    /// Finds why an event is with Kochava and in the rejects.
    fn accepted_and_rejected(&self, report: &mut Report, kind: RequestKind) -> &'static str {
        let history = &self.world.history;
        let is_ambiguous =
            |post: &Post| post.answer != AnswerKind::Accepted || !history.is_recorded(post);
        let accepted = || self.accepted(kind);
        if accepted().all(is_ambiguous) {
            return "with Kochava and in rejects: an answer was not recorded";
        }
        if self.event.key.is_none() {
            return "with Kochava and in rejects: two events without a key";
        }
        // the reject of an earlier settlement was stored late, after another copy was delivered
        let ids = history.ids.get(&self.number).into_iter().flatten();
        let stored = ids.filter_map(|id| history.rejected_at.get(id)?.last());
        let recorded = accepted().filter(|post| history.is_recorded(post));
        let first = recorded
            .map(|post| history.settled[&post.posted_for.message].at)
            .min();
        if stored.max().copied() > first {
            return "with Kochava and in rejects: the reject was stored late";
        }
        self.fault(report, "with Kochava and in rejects");
        "with Kochava and in rejects"
    }

    /// Returns whether an event that waits may be skipped: an identity that Kochava has, or one that
    /// other settings do not want.
    fn may_be_skipped_later(&self) -> bool {
        let is_identity = |plan: &Expected| {
            plan.is_identity()
                && self.event.plans().iter().any(|plan| match plan {
                    Expected::Ready(_, Some(body)) => {
                        self.world.kochava.identities.contains_key(body)
                    }
                    _ => false,
                })
        };
        self.event.plans().iter().any(is_identity)
    }

    fn first_kind(&self) -> Option<RequestKind> {
        self.event.plans().iter().find_map(|plan| match plan {
            Expected::Ready(kind, _) => Some(*kind),
            Expected::Skipped(_) | Expected::Refused => None,
        })
    }

    /// Returns whether Kochava accepted an equal identity.
    fn is_linked(&self) -> bool {
        let identity = match self.event.usual_plan() {
            Expected::Ready(_, identity) => identity.as_ref(),
            Expected::Skipped(_) | Expected::Refused => None,
        };
        identity.is_some_and(|body| self.world.kochava.identities.contains_key(body))
    }

    /// Checks that every acceptance but one has an explanation.
    fn duplicates(&self, report: &mut Report) {
        for kind in [RequestKind::Event, RequestKind::Identity] {
            let mut counting: Vec<&Post> = Vec::new();
            let mut explained: Vec<&'static str> = Vec::new();
            for post in self.accepted(kind) {
                if let Some(reason) = self.explain(post) {
                    explained.push(reason);
                    continue;
                }
                let same = counting
                    .iter()
                    .find(|before| before.posted_for.id == post.posted_for.id);
                match same.map(|before| self.explain_pair(before, post)) {
                    Some(Some(reason)) => explained.push(reason),
                    Some(None) => {
                        self.fault(report, &format!("accepted twice ({kind:?}), without an explanation: {counting:#?} {post:#?}"));
                    }
                    None if counting.is_empty() => {}
                    None => explained.push(self.explain_copy(report, post)),
                }
                counting.push(post);
            }
            if counting.is_empty() {
                explained.pop();
            }
            let name = if kind == RequestKind::Event {
                ""
            } else {
                "identity: "
            };
            for reason in explained {
                let count = report.duplicates.entry(format!("{name}{reason}"));
                *count.or_default() += 1;
            }
        }
    }

    /// Returns why an acceptance was not recorded.
    fn explain(&self, post: &Post) -> Option<&'static str> {
        let history = &self.world.history;
        if post.answer != AnswerKind::Accepted {
            return Some("Kochava's answer was lost");
        }
        if history.is_recorded(post) {
            return None;
        }
        let run = history.runs.get(&post.posted_for.run)?;
        if run.is_crashed {
            Some("the isolate died before it was recorded")
        } else if run.unsettled.contains(&post.posted_for.message) {
            Some("the journal did not answer")
        } else if self.is_claim_lost(post, i64::MAX) {
            Some("the claim was lost")
        } else {
            None
        }
    }

    /// Returns why two acceptances under one name were recorded.
    fn explain_pair(&self, before: &Post, after: &Post) -> Option<&'static str> {
        let history = &self.world.history;
        let settings = |post: &Post| history.runs.get(&post.posted_for.run)?.settings;
        let recorded = history.settled[&before.posted_for.message].at;
        if self.event.key.is_none() && before.posted_for.message != after.posted_for.message {
            // two that the journal does not tell apart by name
            return Some("an event without a key");
        }
        if after.at - recorded > DEDUPE_TIME {
            return Some("its key was forgotten");
        }
        if before.kind == RequestKind::Identity && settings(before) != settings(after) {
            return Some("the settings changed");
        }
        let events = self.accepted(RequestKind::Event);
        let is_repeated = events.filter(|post| history.is_recorded(post)).count() > 1;
        if before.kind == RequestKind::Identity && is_repeated {
            return Some("with its event");
        }
        let is_lost = self.is_claim_lost(before, after.at) || self.is_claim_lost(after, i64::MAX);
        is_lost.then_some("the claim was lost")
    }

    /// Returns whether the claim of a call's run lapsed, or was lost by a restart, before the run was
    /// recorded or another run began.
    fn is_claim_lost(&self, post: &Post, until: i64) -> bool {
        let history = &self.world.history;
        let posted_for = post.posted_for;
        let Some(&begun) = history
            .runs
            .get(&posted_for.run)
            .and_then(|run| run.begun_at.get(&posted_for.shard))
        else {
            return false;
        };
        let settled = history.settled.get(&posted_for.message);
        let ended = settled.map_or(i64::MAX, |settled| settled.at).min(until);
        history.is_restarted(posted_for.shard, begun, ended) || ended - begun > LEASE
    }

    /// Returns why an event is sent under another name.
    fn explain_copy(&self, report: &mut Report, post: &Post) -> &'static str {
        let history = &self.world.history;
        let id = post.posted_for.id;
        let replays = || self.submissions().iter().filter(|of| of.is_replay);
        let is_replay = replays().any(|of| of.id == id);
        // either may come first
        if replays().any(|of| history.unconfirmed.contains(&of.id)) {
            "the operator sent an unconfirmed event again"
        } else if is_replay && post.kind == RequestKind::Identity {
            "the operator sent it again"
        } else if self.event.key.is_none() {
            "an event without a key"
        } else {
            self.fault(report, &format!("sent under another name: {post:?}"));
            "another name"
        }
    }

    /// Checks that the identity never goes first, and ends by itself.
    fn identity(&self, report: &mut Report) {
        let Expected::Ready(RequestKind::Event, Some(_)) = self.event.usual_plan() else {
            return;
        };
        let first = |kind| self.accepted(kind).map(|post| post.ends).min();
        let (event, identity) = (first(RequestKind::Event), first(RequestKind::Identity));
        if identity.is_some_and(|identity| event.is_none_or(|event| event > identity)) {
            self.fault(report, "its identity was accepted before it");
        }
        let history = &self.world.history;
        let ids = history.ids.get(&self.number).into_iter().flatten();
        let of_identity =
            |id: &kochava_edge::Digest| kochava_edge::Digest::of(&["identity of", &id.to_hex()]);
        let names: Vec<_> = ids.flat_map(|id| [*id, of_identity(id)]).collect();
        let is_kept = names
            .iter()
            .any(|id| self.world.stores.rejects.contains_key(id));
        let is_deleted = names.iter().any(|id| history.deleted_rejects.contains(id));
        let has_ended = identity.is_some() || is_kept || is_deleted || self.is_linked();
        let was_noted = self
            .accepted(RequestKind::Event)
            .any(|post| post.answer == AnswerKind::Accepted && history.is_recorded(post));
        if was_noted && !has_ended && !self.world.settings.has_phases() {
            self.fault(report, "its identity is lost");
        }
        report.add("identities accepted", u64::from(identity.is_some()));
        report.add("identities in rejects", u64::from(is_kept));
    }
}

/// For seven days a delivered event is recognised; its hour begins up to an hour before.
const DEDUPE_TIME: i64 = (7 * 24 - 1) * super::fault_plan::HOUR;

/// What a consumer claimed is free again after it.
const LEASE: i64 = 3 * super::fault_plan::MINUTE - 1_000;
