//! The operator, who replays rejects or has them deleted, and the hourly sweep: the interpreters of
//! [`kochava_edge::ReplayStep`] and of [`kochava_edge::RetentionStep`].

use super::fault_plan::Store;
use super::mutants::Mutant;
use super::queue::Sent;
use super::stores::KeptReject;
use super::world::{Effect, Shared, World, effect};
use kochava_edge::{
    LargeEvent, RejectPage, RejectPick, RejectVersion, ReplayContext, ReplayStep, RetentionStep,
    StoreSweep, StoredReject, StoresSwept, SweepAnswer, TurnResult, replay, retention,
};

/// Deletes rejects, or sends them again.
pub(crate) async fn operate(world: Shared) {
    let current = world.borrow().settings.at(world.borrow().now);
    let Some(current) = current else {
        return;
    };
    if world.borrow_mut().random.chance(0.2) {
        return delete_all(&world).await;
    }
    let submission = {
        let mut world = world.borrow_mut();
        world.history.submissions_started += 1;
        world.history.submissions_started
    };
    let shell = OperatorShell {
        world: &world,
        submission,
    };
    let now = world.borrow().moment();
    let mut step = replay(ReplayContext {
        sync: "",
        planner: &current.planner,
        now,
        is_dry: false,
    });
    loop {
        step = match step {
            ReplayStep::Turn(turn, next) => {
                let are_deleted = shell.delete(&turn.delete).await;
                let page = match turn.pick {
                    Some(pick) => shell.read(pick).await,
                    None => None,
                };
                next.turned(TurnResult { are_deleted, page })
            }
            ReplayStep::Store(events, next) => next.stored(shell.store(&events).await),
            ReplayStep::Send(batches, next) => next.sent(shell.send(&batches).await),
            ReplayStep::Done(_) => return,
        };
    }
}

async fn delete_all(world: &Shared) {
    effect(world, Effect::ReplayDelete, Store::Rejects, |world| {
        let ids: Vec<_> = world.stores.rejects.keys().copied().collect();
        world.delete_rejects(&ids);
        world.history.deleted_rejects.extend(ids);
    })
    .await;
}

struct OperatorShell<'w> {
    world: &'w Shared,
    submission: u64,
}

impl OperatorShell<'_> {
    async fn delete(&self, versions: &[RejectVersion]) -> bool {
        if versions.is_empty() {
            return true;
        }
        let deleted = effect(self.world, Effect::ReplayDelete, Store::Rejects, |world| {
            world.delete_versions(versions);
        });
        deleted.await.is_some()
    }

    async fn read(&self, pick: RejectPick) -> Option<RejectPage> {
        let page = effect(self.world, Effect::ReplayRead, Store::Rejects, |world| {
            let mut rejects: Vec<StoredReject> =
                world.stores.rejects.values().map(stored).collect();
            rejects.retain(|reject| {
                pick.after.is_none_or(|after| reject.version > after)
                    && reject.version.stored <= pick.until
            });
            rejects.sort_by_key(|reject| reject.version);
            let has_more = rejects.len() > pick.limit;
            rejects.truncate(pick.limit);
            RejectPage { rejects, has_more }
        });
        let page = page.await?;
        if self.world.borrow().has_mutant(Mutant::DeleteBeforeReplay) {
            let versions: Vec<_> = page.rejects.iter().map(|reject| reject.version).collect();
            self.delete(&versions).await;
        }
        Some(page)
    }

    async fn store(&self, events: &[LargeEvent<'_>]) -> bool {
        let stored = effect(
            self.world,
            Effect::ReplayStore,
            Store::LargeEvents,
            |world| {
                for large in events {
                    let text = large.event.as_str().to_owned();
                    world.stores.large.insert(large.key, text);
                }
            },
        );
        stored.await.is_some()
    }

    async fn send(&self, batches: &[Vec<String>]) -> usize {
        for (number, texts) in batches.iter().enumerate() {
            let sent = effect(self.world, Effect::ReplaySend, Store::Queue, |world| {
                let sent: Vec<Sent<'_>> = texts
                    .iter()
                    .map(|text| Sent {
                        text,
                        delay_s: 0,
                        submission: self.submission,
                    })
                    .collect();
                world.send_batch(&sent);
                world.record_inputs(texts, self.submission, true);
            });
            if sent.await.is_none() {
                return number;
            }
        }
        batches.len()
    }
}

fn stored(kept: &KeptReject) -> StoredReject {
    let reject = &kept.reject;
    StoredReject {
        version: kept.version(),
        received: reject.received,
        source: Some(reject.source),
        of_users: reject.of_users,
        shard: reject.shard,
        settings: reject.settings,
        progress: reject.progress,
        reasons: reject.reasons.clone(),
        sent: Vec::new(),
        event: Some(reject.event.clone()),
    }
}

impl World {
    /// Deletes rejects that are as they were read.
    fn delete_versions(&mut self, versions: &[RejectVersion]) {
        for version in versions {
            let kept = self.stores.rejects.get(&version.id);
            if kept.is_some_and(|kept| kept.version() == *version) {
                self.stores.rejects.remove(&version.id);
            }
        }
    }

    /// Drops what is past its retention.
    pub(crate) fn sweep_stores(&mut self) {
        let now = self.moment();
        let current = self.settings.at(self.now);
        let current = current.unwrap_or_else(|| self.settings.usual());
        let mut step = retention(current.planner.settings().rejects, now);
        loop {
            step = match step {
                RetentionStep::Stores(sweep, next) => next.swept(self.sweep_rejects(&sweep)),
                RetentionStep::Journal(sweep, next) => {
                    for shard in self.stores.shards.values_mut() {
                        let writes = shard.journal().sweep(now, sweep.rejects_days);
                        shard.write(writes);
                    }
                    next.swept(true)
                }
                RetentionStep::Done(_) => return,
            };
        }
    }

    fn sweep_rejects(&mut self, sweep: &StoreSweep) -> StoresSwept {
        if let Some(rejects) = sweep.rejects {
            let old: Vec<_> = self
                .stores
                .rejects
                .values()
                .filter(|kept| kept.version().stored < rejects.before)
                .map(|kept| kept.reject.id)
                .collect();
            self.delete_rejects(&old);
            self.history.deleted_rejects.extend(old);
        }
        StoresSwept {
            rejects: sweep.rejects.map(|_| SweepAnswer::Done),
            large_events: sweep.large_events.map(|_| SweepAnswer::Done),
        }
    }
}
