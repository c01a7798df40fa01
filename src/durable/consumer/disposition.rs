//! The disposition of each message: acknowledge, retry or requeue.

use super::{MessageStage, MessageState, Wave};
use crate::durable::Message;
use crate::limits::{
    QUEUE_AGE_MAX, QUEUE_DELAY_SECONDS_MAX, QUEUE_DELIVERIES_MAX, STORE_WAIT, STORE_WAIT_MAX,
};
use core::time::Duration;

/// How a message is returned to the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// It is acknowledged: it is settled, or a copy of it was put into the queue.
    Ack,
    /// The queue delivers it again after this wait.
    Retry(Duration),
}

impl MessageState<'_> {
    pub(super) fn disposition(&self) -> Disposition {
        match &self.stage {
            _ if self.is_requeued => Disposition::Ack,
            MessageStage::Deferred(_, wait) if !self.has_failed => Disposition::Retry(*wait),
            MessageStage::Settled(..) | MessageStage::Completed if !self.has_failed => {
                Disposition::Ack
            }
            _ => Disposition::Retry(store_wait(self.queued.attempts)),
        }
    }
}

impl Wave<'_> {
    /// Returns whether a message that waits must be put into the queue anew: the platform would
    /// soon delete it, or it came from the dead-letter queue, behind which there is no other.
    pub(super) fn must_requeue(
        &self,
        state: &MessageState<'_>,
        message: Option<&Message<'_>>,
        wait: Duration,
    ) -> bool {
        // an unreadable message has no time of sending, but each of its deliveries waited as long
        let age = message.map_or(wait.saturating_mul(state.queued.attempts), |message| {
            let millis = self.context.now.millis.saturating_sub(message.sent.millis);
            Duration::from_millis(u64::try_from(millis).unwrap_or(0))
        });
        state.queued.is_dead
            || state.queued.attempts >= QUEUE_DELIVERIES_MAX
            || age + wait > QUEUE_AGE_MAX
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
