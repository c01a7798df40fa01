//! Mutation tests: the invariants catch a shell with one deliberate fault.
//!
//! What cannot be spelled against the workflows is no mutant any more: settling before delivery,
//! completing before the rest is queued, remembering or storing at ingest.

use super::consumer::ConsumerShell;
use super::fault_plan::{HOUR, Scenario};
use super::random_worlds::run_within;
use kochava_edge::{
    BeginAnswer, BeginRequest, BegunMessage, CommitRequest, Digest, EventClaim, JournalState,
    Message, Permit, RoutePermit,
};

/// A shell with one deliberate fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutant {
    AckBeforeDelivery,
    SkipJournal,
    ForgetSettlement,
    AckWithoutRejects,
    AckFailedResend,
    AckEverything,
    AnswerBeforeQueue,
    IdentityFirst,
    FreshNames,
    IgnoreClaims,
    CheckWithoutClaiming,
    IgnoreDelivered,
    SkipCommit,
    ReleaseOthers,
    ForgetDelivered,
    ReportTwice,
    CountTwice,
    DropCopiesOfRejects,
    CountSkippedOfFailedBatch,
    AnswerWithoutLargeEvents,
    TakeFailedLoadForMissing,
    DeleteLargeWhenLoaded,
    KeepResolved,
    AckIncomplete,
    AckBusy,
    DeleteBeforeReplay,
}

pub(crate) const MUTANTS: [Mutant; 26] = [
    Mutant::AckBeforeDelivery,
    Mutant::SkipJournal,
    Mutant::ForgetSettlement,
    Mutant::AckWithoutRejects,
    Mutant::AckFailedResend,
    Mutant::AckEverything,
    Mutant::AnswerBeforeQueue,
    Mutant::IdentityFirst,
    Mutant::FreshNames,
    Mutant::IgnoreClaims,
    Mutant::CheckWithoutClaiming,
    Mutant::IgnoreDelivered,
    Mutant::SkipCommit,
    Mutant::ReleaseOthers,
    Mutant::ForgetDelivered,
    Mutant::ReportTwice,
    Mutant::CountTwice,
    Mutant::DropCopiesOfRejects,
    Mutant::CountSkippedOfFailedBatch,
    Mutant::AnswerWithoutLargeEvents,
    Mutant::TakeFailedLoadForMissing,
    Mutant::DeleteLargeWhenLoaded,
    Mutant::KeepResolved,
    Mutant::AckIncomplete,
    Mutant::AckBusy,
    Mutant::DeleteBeforeReplay,
];

impl ConsumerShell<'_> {
    /// Returns the journal's answer, as the mutant falsifies it.
    pub(super) fn mutated_answer(
        &self,
        shard: u32,
        request: &BeginRequest,
        answer: Option<BeginAnswer>,
    ) -> Option<BeginAnswer> {
        let (run, world) = self.run_and_world();
        let Some(mutant) = world.borrow().scenario.mutant else {
            return answer;
        };
        if mutant == Mutant::SkipJournal {
            return Some(all_new(request));
        }
        let mut answer = answer?;
        for (message, begun) in request.messages.iter().zip(&mut answer.messages) {
            match mutant {
                Mutant::IgnoreClaims | Mutant::AckBusy if begun.state == JournalState::Busy => {
                    begun.state = if mutant == Mutant::AckBusy {
                        JournalState::Completed
                    } else {
                        begun.events = vec![EventClaim::Claimed; message.events.len()];
                        JournalState::New
                    };
                }
                Mutant::ReleaseOthers if begun.state == JournalState::Busy => {
                    let release = CommitRequest {
                        released: vec![message.id],
                        ..CommitRequest::default()
                    };
                    world.borrow_mut().commit(shard, run, &release);
                }
                _ => {}
            }
            for claim in &mut begun.events {
                *claim = match (mutant, *claim) {
                    (Mutant::CheckWithoutClaiming | Mutant::IgnoreClaims, EventClaim::Busy)
                    | (Mutant::IgnoreDelivered, EventClaim::Delivered) => EventClaim::Claimed,
                    (Mutant::DropCopiesOfRejects, EventClaim::Rejected) => EventClaim::Delivered,
                    (_, claim) => claim,
                };
            }
        }
        Some(answer)
    }

    /// Returns what is recorded, as the mutant falsifies it.
    pub(super) fn mutated_commit(&self, request: &CommitRequest) -> CommitRequest {
        let mut request = request.clone();
        match self.run_and_world().1.borrow().scenario.mutant {
            Some(Mutant::ForgetDelivered) => {
                for settled in &mut request.settled {
                    settled.delivered.clear();
                }
            }
            Some(Mutant::ReportTwice) => request.reports.extend(request.reports.clone()),
            Some(Mutant::CountTwice) => {
                for settled in &mut request.settled {
                    settled.counters.add(&settled.counters.clone());
                }
            }
            _ => {}
        }
        request
    }

    /// Returns a message, with a digest of its own if the mutant gives it one.
    pub(super) fn renamed(&self, text: &str) -> String {
        let mut world = self.run_and_world().1.borrow_mut();
        match Message::read(text) {
            Ok(message) if world.has_mutant(Mutant::FreshNames) => Message {
                id: Digest::of(&["fresh", &world.random.next().to_string()]),
                ..message
            }
            .text(),
            _ => text.to_owned(),
        }
    }
}

/// Returns the answer of a journal that knows nothing.
fn all_new(request: &BeginRequest) -> BeginAnswer {
    let permit = |_| RoutePermit {
        permit: Permit::Allowed,
        breaker: kochava_edge::Breaker::default(),
    };
    BeginAnswer {
        messages: request
            .messages
            .iter()
            .map(|message| BegunMessage {
                state: JournalState::New,
                events: vec![EventClaim::Claimed; message.events.len()],
            })
            .collect(),
        routes: request.routes.iter().map(permit).collect(),
        devices: vec![false; request.devices.len()],
        links: vec![None; request.links.len()],
        is_watched: false,
    }
}

#[test]
fn every_mutant_is_caught() {
    for mutant in MUTANTS {
        // a shell that never ends is caught by the time limit
        let mutated = |seed| {
            run_within(
                Scenario {
                    mutant: Some(mutant),
                    ..Scenario::short(seed)
                },
                12 * HOUR,
            )
        };
        let sound = |seed| {
            run_within(Scenario::short(seed), 12 * HOUR)
                .faults
                .is_empty()
        };
        let caught = (0..SEEDS).find(|&seed| !mutated(seed).faults.is_empty() && sound(seed));
        println!("{mutant:?} is caught in world {caught:?}");
        assert!(
            caught.is_some(),
            "{mutant:?} was not caught in {SEEDS} worlds"
        );
    }
}

/// Most mutants are caught in the first worlds, some only where a store fails three times in a row.
const SEEDS: u64 = 1_000;
