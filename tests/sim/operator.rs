//! The operator, who replays rejects or has them deleted.

use super::fault_plan::Store;
use super::mutants::Mutant;
use super::queue::Sent;
use super::stores::KeptReject;
use super::world::{Effect, Shared, World, effect};
use kochava_edge::{DeliveryProgress, Digest, OutboundEvent, QueuedEvent, RawEvent, batches, pack};

/// Deletes some rejects, or sends them again.
pub(crate) async fn operate(world: Shared) {
    let page = effect(&world, Effect::ReplayRead, Store::Rejects, |world| {
        let kept = world.stores.rejects.clone();
        kept.into_values()
            .filter(|_| world.random.chance(0.8))
            .collect::<Vec<_>>()
    });
    let page = page.await.unwrap_or_default();
    if world.borrow_mut().random.chance(0.2) {
        return delete(&world, &page).await;
    }
    replay(&world, &page).await;
}

async fn delete(world: &Shared, page: &[KeptReject]) {
    effect(world, Effect::ReplayDelete, Store::Rejects, |world| {
        for kept in page {
            world.delete_version(kept);
            world.history.deleted_rejects.insert(kept.reject.id);
        }
    })
    .await;
}

async fn replay(world: &Shared, page: &[KeptReject]) {
    if world.borrow().has_mutant(Mutant::DeleteBeforeReplay) {
        delete_queued(world, page).await;
    }
    let (now, submission) = {
        let mut world = world.borrow_mut();
        world.history.submissions_started += 1;
        (world.moment(), world.history.submissions_started)
    };
    let mut events = Vec::new();
    let mut sources = Vec::new();
    for kept in page {
        let Some(mut outbound) = outbound(kept) else {
            continue;
        };
        if !outbound.fits() {
            let key = Digest::of(&[
                "large replay",
                &kept.reject.id.to_hex(),
                &kept.stored.to_string(),
            ]);
            let stored = effect(world, Effect::ReplayStore, Store::LargeEvents, |world| {
                world.stores.large.insert(key, kept.reject.event.clone());
            });
            if stored.await.is_none() {
                continue;
            }
            outbound.event.event = None;
            outbound.event.stored = Some(key);
        }
        events.push(outbound);
        sources.push(kept.clone());
    }
    let packed = pack(events, &format!("replay {submission}"), now);
    for (message, holds) in packed.messages.iter().zip(&packed.holds) {
        let mut message = message.clone();
        message.counters.count("replayed", holds.len() as u64);
        let text = message.text();
        let queued: Vec<KeptReject> = holds.iter().map(|&at| sources[at].clone()).collect();
        if send(world, &[text], submission).await {
            delete_queued(world, &queued).await;
        }
    }
}

async fn send(world: &Shared, texts: &[String], submission: u64) -> bool {
    let ranges = batches(texts.iter().map(String::len));
    for range in ranges {
        let sent = effect(world, Effect::ReplaySend, Store::Queue, |world| {
            let sent: Vec<Sent<'_>> = texts[range.clone()]
                .iter()
                .map(|text| Sent {
                    text,
                    delay_s: 0,
                    submission,
                })
                .collect();
            world.send_batch(&sent);
            world.record_inputs(&texts[range.clone()], submission, true);
        });
        if sent.await.is_none() {
            return false;
        }
    }
    true
}

async fn delete_queued(world: &Shared, queued: &[KeptReject]) {
    effect(world, Effect::ReplayDelete, Store::Rejects, |world| {
        for kept in queued {
            world.delete_version(kept);
        }
    })
    .await;
}

fn outbound(kept: &KeptReject) -> Option<OutboundEvent<'_>> {
    let reject = &kept.reject;
    let event = QueuedEvent {
        id: reject.id,
        source: reject.source,
        received: reject.received,
        of_users: reject.of_users,
        settings: reject.settings,
        is_replay: true,
        progress: DeliveryProgress {
            done: reject.progress.done,
            is_unconfirmed: reject.progress.is_unconfirmed,
            ..DeliveryProgress::default()
        },
        event: Some(RawEvent::new(&reject.event)?),
        stored: None,
    };
    Some(OutboundEvent {
        event,
        ordering_key: None,
        shard: kept.shard,
    })
}

impl World {
    /// Deletes a reject if it is as it was read.
    fn delete_version(&mut self, kept: &KeptReject) {
        let id = kept.reject.id;
        let is_same = |now: &KeptReject| now.stored == kept.stored;
        if self.stores.rejects.get(&id).is_some_and(is_same) {
            self.stores.rejects.remove(&id);
        }
    }
}
