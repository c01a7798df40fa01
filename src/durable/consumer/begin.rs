//! Takes the journal's answers: which messages and events are this wave's to deliver.

use super::order::sequences;
use super::{
    ConsumerStep, DeferReason, EventOutcome, MessageStage, Posting, RouteState, Wave,
};
use crate::delivery::{BreakerReport, Permit};
use crate::durable::{BeginAnswer, BeginRequest, BegunMessage, EventClaim, JournalState};
use crate::digest::Digest;
use crate::limits::COPY_WAIT;
use alloc::vec::Vec;

/// A wave whose journal is being asked.
#[derive(Debug)]
pub struct Beginning<'a> {
    wave: Wave<'a>,
    requests: Vec<(u32, BeginRequest)>,
}

impl<'a> Beginning<'a> {
    /// Goes on with the answer of each shard, in the order of the requests; `None` where a shard
    /// does not answer.
    pub fn begun(self, answers: Vec<Option<BeginAnswer>>) -> ConsumerStep<'a> {
        let Beginning { mut wave, requests } = self;
        for ((shard, request), answer) in requests.into_iter().zip(answers) {
            match answer.filter(|answer| answer.is_of(&request)) {
                Some(answer) => wave.take_answer(shard, request, answer),
                None => wave.defer_shard(shard),
            }
        }
        wave.post()
    }
}
