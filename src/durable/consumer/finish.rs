//! Does what remains after the commit, and ends the wave.

use super::{ConsumerStep, Disposition, MessageStage, MessageState, OutgoingMessage, Wave};
use crate::digest::Digest;
use crate::durable::{Counters, Reject, Settlement, batches};
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use litemap::LiteMap;

/// What remains after the commit. Its parts may be done side by side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FinishWork {
    /// Rejects to store, all of them or none.
    pub rejects: Vec<Reject>,
    /// Large events to delete from their store in the same step: their texts are in these rejects.
    pub replaced: Vec<Digest>,
    /// Rejects to delete: their events were delivered.
    pub resolved: Vec<Digest>,
    /// Large events to delete from their store.
    pub ended: Vec<Digest>,
    /// Messages to put into the queue, one batch with one call.
    pub batches: Vec<Vec<OutgoingMessage>>,
}

/// What was done of a [`FinishWork`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FinishResult {
    /// Whether the rejects are stored.
    pub are_rejects_stored: bool,
    /// Whether the rejects are deleted.
    pub are_resolved_deleted: bool,
    /// Whether the large events are deleted.
    pub are_ended_deleted: bool,
    /// Whether each batch is in the queue.
    pub are_sent: Vec<bool>,
}

/// A wave whose remaining work is being done.
#[derive(Debug)]
pub struct Finishing<'a> {
    wave: Box<Wave<'a>>,
    /// The messages of each batch.
    batches: Vec<Vec<usize>>,
    /// Whether the batches are copies of messages whose own work failed.
    is_last: bool,
}

/// A wave whose completion is being recorded.
#[derive(Debug)]
pub struct Completing<'a> {
    wave: Box<Wave<'a>>,
    requests: Vec<(u32, Vec<Digest>)>,
}

/// What a wave came to.
#[derive(Debug)]
pub struct WaveResult {
    /// For each message, in their order.
    pub dispositions: Vec<Disposition>,
    /// What was counted in this wave, without what another consumer counted before.
    pub counters: Counters,
    /// Messages that were put into the queue.
    pub requeued: usize,
    /// How many calls may still be made.
    pub calls_left: usize,
    /// The syncs of messages that wait, since the wave is not theirs.
    pub other_syncs: Vec<String>,
}

impl FinishWork {
    fn is_empty(&self) -> bool {
        *self == FinishWork::default()
    }
}

impl<'a> Wave<'a> {
    /// Yields the remaining work of the wave's messages.
    pub(super) fn finish(self: Box<Self>) -> ConsumerStep<'a> {
        let (batches, texts) = in_batches(self.outgoing());
        let mut work = FinishWork {
            batches: texts,
            rejects: self.rejects(),
            ..FinishWork::default()
        };
        for state in &self.messages {
            if let MessageStage::Settled(_, settlement) = &state.stage {
                work.resolved.extend(settlement.resolved.iter().copied());
                work.ended.extend(settlement.ended.iter().copied());
                work.replaced.extend(settlement.replaced.iter().copied());
            }
        }
        if work.is_empty() {
            return self.complete();
        }
        let finishing = Finishing {
            wave: self,
            batches,
            is_last: false,
        };
        ConsumerStep::Finish(work, finishing)
    }

    /// Marks the settled messages whose settlement matches as failed.
    fn fail_where(&mut self, has_work: impl Fn(&Settlement) -> bool) {
        for state in &mut self.messages {
            if let MessageStage::Settled(_, settlement) = &state.stage {
                state.has_failed |= has_work(settlement);
            }
        }
    }

    fn complete(self: Box<Self>) -> ConsumerStep<'a> {
        let mut requests: LiteMap<u32, Vec<Digest>> = LiteMap::new();
        for state in &self.messages {
            if let MessageStage::Settled(message, _) = &state.stage
                && !state.has_failed
            {
                requests.entry(message.shard).or_default().push(message.id);
            }
        }
        if requests.is_empty() {
            return self.done();
        }
        let requests: Vec<_> = requests.into_iter().collect();
        ConsumerStep::Complete(
            requests.clone(),
            Completing {
                wave: self,
                requests,
            },
        )
    }

    fn done(self) -> ConsumerStep<'a> {
        let dispositions = self.messages.iter().map(MessageState::disposition);
        ConsumerStep::Done(WaveResult {
            dispositions: dispositions.collect(),
            requeued: self.requeued,
            calls_left: self.calls_left,
            other_syncs: self.other_syncs(),
            counters: self.counters,
        })
    }

    fn other_syncs(&self) -> Vec<String> {
        let mut others: Vec<String> = Vec::new();
        for message in self
            .messages
            .iter()
            .filter_map(|state| state.stage.message())
        {
            let is_known = |sync: &String| *sync == message.sync;
            if message.sync != self.context.sync && !others.iter().any(is_known) {
                others.push(message.sync.to_string());
            }
        }
        others
    }
}

impl<'a> Finishing<'a> {
    /// Goes on with what was done. Where something failed, the message is redelivered, and the
    /// journal knows what remains.
    pub fn finished(self, result: &FinishResult) -> ConsumerStep<'a> {
        let Finishing {
            mut wave,
            batches,
            is_last,
        } = self;
        if !is_last {
            if !result.are_rejects_stored {
                wave.fail_where(|open| {
                    !open.rejected.is_empty() || !open.replaced.is_empty() || open.is_unreadable
                });
            }
            if !result.are_resolved_deleted {
                wave.fail_where(|open| !open.resolved.is_empty());
            }
            if !result.are_ended_deleted {
                wave.fail_where(|open| !open.ended.is_empty());
            }
        }
        for (number, messages) in batches.iter().enumerate() {
            let is_sent = result.are_sent.get(number).copied().unwrap_or(false);
            if is_sent {
                wave.requeued += messages.len();
            }
            for &from in messages {
                let state = &mut wave.messages[from];
                let is_copy = is_last || matches!(state.stage, MessageStage::Deferred(..));
                state.is_requeued |= is_sent && is_copy;
                state.has_failed |= !is_sent;
            }
        }
        let copies = wave.copies_of_failed();
        if is_last || copies.is_empty() {
            return wave.complete();
        }
        let (batches, texts) = in_batches(copies);
        let work = FinishWork {
            batches: texts,
            ..FinishWork::default()
        };
        let finishing = Finishing {
            wave,
            batches,
            is_last: true,
        };
        ConsumerStep::Finish(work, finishing)
    }
}

impl<'a> Completing<'a> {
    /// Goes on with what each shard recorded, in the order of the requests. Where that failed, the
    /// messages are redelivered, and the work is done again: it has the same result.
    pub fn completed(self, is_recorded: &[bool]) -> ConsumerStep<'a> {
        let Completing { mut wave, requests } = self;
        for (number, (_, ids)) in requests.iter().enumerate() {
            if is_recorded.get(number) == Some(&true) {
                continue;
            }
            for state in &mut wave.messages {
                if let MessageStage::Settled(message, _) = &state.stage {
                    state.has_failed |= ids.contains(&message.id);
                }
            }
        }
        wave.done()
    }
}

/// Groups messages into batches, each with the indexes that the messages continue.
fn in_batches(
    outgoing: Vec<(usize, OutgoingMessage)>,
) -> (Vec<Vec<usize>>, Vec<Vec<OutgoingMessage>>) {
    let ranges = batches(outgoing.iter().map(|(_, message)| message.text.len()));
    let mut rest = outgoing.into_iter();
    ranges
        .into_iter()
        .map(|range| rest.by_ref().take(range.len()).unzip())
        .unzip()
}
