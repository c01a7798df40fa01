//! Takes the journal's answers: which messages and events are this wave's to deliver.

use super::{
    ConsumerStep, DeferReason, EventDelivery, EventOutcome, MessageStage, MessageState, Posting,
    RouteState, Wave,
};
use crate::delivery::BreakerReport;
use crate::durable::{
    BeginAnswer, BeginRequest, BegunMessage, Counters, EventClaim, JournalState, QueuedEvent,
    Settlement,
};
use crate::limits::COPY_WAIT;
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;

/// A wave whose journal is being asked.
#[derive(Debug)]
pub struct Beginning<'a> {
    wave: Box<Wave<'a>>,
    requests: Rc<[(u32, BeginRequest)]>,
}

impl<'a> Beginning<'a> {
    pub(super) fn new(wave: Box<Wave<'a>>, requests: Rc<[(u32, BeginRequest)]>) -> Self {
        Beginning { wave, requests }
    }

    /// Goes on with the answer of each shard, in the order of the requests; `None` where a shard
    /// does not answer: its messages are redelivered.
    pub fn begun(self, answers: Vec<Option<BeginAnswer>>) -> ConsumerStep<'a> {
        let Beginning { mut wave, requests } = self;
        let mut answers = answers.into_iter();
        for (shard, request) in requests.iter() {
            let answer = answers.next().flatten();
            match answer.filter(|answer| answer.is_of(request)) {
                Some(answer) => wave.take_answer(*shard, request, answer),
                None => wave.defer_shard(*shard),
            }
        }
        ConsumerStep::Post(Posting::begin(wave))
    }
}

impl Wave<'_> {
    fn defer_shard(&mut self, shard: u32) {
        for state in &mut self.messages {
            if matches!(state.stage, MessageStage::Read(_)) && state.shard() == shard {
                state.defer_for_store();
            }
        }
    }

    fn take_answer(&mut self, shard: u32, request: &BeginRequest, answer: BeginAnswer) {
        let is_of_shard = |index: &usize| {
            let state = &self.messages[*index];
            matches!(state.stage, MessageStage::Read(_)) && state.shard() == shard
        };
        let asked: Vec<usize> = (0..self.messages.len()).filter(is_of_shard).collect();
        for (index, begun) in asked.into_iter().zip(answer.messages) {
            self.take_message(index, begun);
        }
        for (route, permit) in request.routes.iter().zip(answer.routes) {
            let state = RouteState {
                permit: permit.permit,
                breaker: permit.breaker,
                report: BreakerReport::default(),
                probe: None,
                wait: None,
                reason: None,
            };
            self.routes.insert((shard, route.clone()), state);
        }
        self.is_watched |= answer.is_watched;
        let devices = request.devices.iter().zip(answer.devices);
        let known = devices.filter_map(|(device, is_known)| is_known.then_some(*device));
        self.known.devices.extend(known);
        let links = request.links.iter().zip(answer.links);
        let known = links.filter_map(|(device, link)| Some((*device, link?)));
        for (device, link) in known {
            self.known.links.insert(device, link);
        }
    }

    fn take_message(&mut self, index: usize, begun: BegunMessage) {
        let state = &mut self.messages[index];
        match begun.state {
            JournalState::New => state.is_claimed = true,
            JournalState::Busy => return state.defer(COPY_WAIT),
            JournalState::Completed => {
                state.stage = MessageStage::Completed;
                return;
            }
            JournalState::Open(settlement) => {
                for (delivery, claim) in state.deliveries.iter_mut().zip(begun.events) {
                    delivery.is_duplicate = claim == EventClaim::Delivered;
                }
                return state.take_settlement(settlement);
            }
        }
        let MessageStage::Read(message) = &state.stage else {
            return;
        };
        let events = message.events.iter().zip(&mut state.deliveries);
        for ((event, delivery), claim) in events.zip(begun.events) {
            delivery.take_claim(event, claim);
        }
    }
}

impl MessageState<'_> {
    /// Goes on with the work that remains for a message that is read.
    pub(super) fn take_settlement(&mut self, settlement: Settlement) {
        if let MessageStage::Read(message) =
            core::mem::replace(&mut self.stage, MessageStage::Completed)
        {
            self.stage = MessageStage::Settled(message, settlement);
        }
    }
}

impl EventDelivery {
    fn end_as_duplicate(&mut self) {
        self.is_duplicate = true;
        self.counters = Counters::default();
        self.counters.count("duplicates", 1);
        self.outcome = Some(EventOutcome::Done);
    }

    fn take_claim(&mut self, event: &QueuedEvent<'_>, claim: EventClaim) {
        // only its identities are left: the event itself was delivered by this message
        if event.progress.done > 0 && !event.is_replay {
            return;
        }
        match claim {
            EventClaim::Claimed => {}
            // another copy became a reject, and took the text with it
            EventClaim::Rejected if self.has_no_text => self.end_as_duplicate(),
            EventClaim::Rejected => self.was_rejected = true,
            EventClaim::Busy => {
                self.outcome = Some(EventOutcome::Deferred(DeferReason::Copy));
            }
            EventClaim::Delivered => self.end_as_duplicate(),
        }
    }
}
