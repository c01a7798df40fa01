//! The disposition of each message: acknowledge, retry or requeue.

use super::{Consumer, Disposition, KnownDevices, MessageStage, MessageState};
use crate::digest::Digest;
use crate::durable::Message;
use crate::limits::{
    QUEUE_AGE_MAX, QUEUE_DELAY_SECONDS_MAX, QUEUE_DELIVERIES_MAX, STORE_WAIT, STORE_WAIT_MAX,
};
use alloc::vec::Vec;
use core::time::Duration;

impl Consumer<'_> {
    /// Returns the devices and links to remember: what was accepted in this batch, and what was
    /// known before.
    #[must_use]
    pub fn devices_to_remember(&self) -> &KnownDevices {
        &self.known
    }

    /// Records that a store or the queue failed for a message: it is redelivered, and the remaining
    /// work is done then.
    pub fn mark_failed(&mut self, index: usize) {
        let state = &mut self.messages[index];
        (state.has_failed, state.is_requeued) = (true, false);
    }

    /// Returns the messages that the journal must record as completed, by index and digest.
    #[must_use]
    pub fn messages_to_complete(&self) -> Vec<(usize, Digest)> {
        let messages = self.messages.iter().enumerate();
        messages
            .filter(|(_, state)| !state.has_failed)
            .filter_map(|(index, state)| match &state.stage {
                MessageStage::Settled(message, _) => Some((index, message.id)),
                _ => None,
            })
            .collect()
    }

    /// Returns the disposition of a message. The copy for [`Disposition::Requeue`] is one of the
    /// [`Consumer::outgoing_messages`].
    #[must_use]
    pub fn disposition(&self, index: usize) -> Disposition {
        let state = &self.messages[index];
        match &state.stage {
            _ if state.is_requeued => Disposition::Requeue(store_wait(state.queued.attempts)),
            _ if state.has_failed => Disposition::Retry(store_wait(state.queued.attempts)),
            MessageStage::Poison | MessageStage::Settled(..) | MessageStage::Completed => {
                Disposition::Ack
            }
            MessageStage::Deferred(message, wait)
                if self.must_requeue(state, message.as_ref(), *wait) =>
            {
                Disposition::Requeue(*wait)
            }
            MessageStage::Deferred(_, wait) => Disposition::Retry(*wait),
            MessageStage::Read(_) => Disposition::Retry(store_wait(state.queued.attempts)),
        }
    }

    /// Returns whether the platform would soon delete the message or move it to the dead-letter
    /// queue.
    pub(super) fn must_requeue(
        &self,
        state: &MessageState<'_>,
        message: Option<&Message<'_>>,
        wait: Duration,
    ) -> bool {
        // an unreadable message has no time of sending, but each of its deliveries waited as long
        let age = message.map_or(wait.saturating_mul(state.queued.attempts), |message| {
            let millis = self.now.millis.saturating_sub(message.sent.millis);
            Duration::from_millis(u64::try_from(millis).unwrap_or(0))
        });
        state.queued.attempts >= QUEUE_DELIVERIES_MAX || age + wait > QUEUE_AGE_MAX
    }
}

/// Returns how long a message waits for a store that does not answer, by how often it was
/// delivered: longer each time, so that its deliveries outlast an outage of days.
#[must_use]
pub fn store_wait(deliveries: u32) -> Duration {
    STORE_WAIT
        .saturating_mul(2_u32.saturating_pow(deliveries.saturating_sub(1)))
        .min(STORE_WAIT_MAX)
}

/// Returns a wait in whole seconds, within the queue's limits.
pub(super) fn seconds(wait: Duration) -> u32 {
    u32::try_from(wait.as_secs())
        .unwrap_or(u32::MAX)
        .clamp(1, QUEUE_DELAY_SECONDS_MAX)
}
