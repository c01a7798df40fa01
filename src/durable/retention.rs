//! The workflow that deletes what is past its retention.
//!
//! ```text
//! retention ─▶ Stores ─▶ Stores … ─▶ Journal ─▶ Done
//! ```
//!
//! `Stores` deletes from the stores of rejects and of large events, side by side, some rows at a
//! time, until nothing is left or the run is long enough. Then `Journal` drops old counters, keys
//! and names of rejects in every shard. The journal keeps the name of a reject as long as the reject
//! is kept, since by it a replay knows what was delivered meanwhile: where rejects could not be
//! deleted, no name is dropped either.
//!
//! ```compile_fail
//! # use kochava_edge::{JournalSweep, RetentionStep};
//! fn forgets_the_names_first(step: RetentionStep) -> JournalSweep {
//!     let RetentionStep::Stores(_, sweeping) = step else { unreachable!() };
//!     sweeping.journal() // there is no such method: the answers of the stores come first
//! }
//! ```

use crate::limits::{LARGE_EVENT_DAYS, SWEEP_ROUNDS_MAX, SWEEP_ROWS_MAX};
use crate::settings::Rejects;
use crate::time::Moment;

/// The next effect of a sweep.
#[derive(Debug)]
#[must_use]
pub enum RetentionStep {
    /// Sweep the stores, side by side; then [`SweepingStores::swept`].
    Stores(StoreSweep, SweepingStores),
    /// Sweep every shard of the journal; then [`SweepingJournal::swept`].
    Journal(JournalSweep, SweepingJournal),
    /// Log it.
    Done(RetentionResult),
}

/// What is deleted from the stores, at most [`StoreSweep::rows_max`] rows of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreSweep {
    /// Rejects; `None` where that is done.
    pub rejects: Option<RejectSweep>,
    /// Large events that were not used since; `None` where that is done.
    pub large_events: Option<Moment>,
    /// How many rows of each kind at most.
    pub rows_max: usize,
}

/// What is deleted from the store of rejects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RejectSweep {
    /// Rejects that were last stored before.
    pub before: Moment,
    /// Whether the events and answers of all other rejects are deleted, too: they were kept when
    /// the settings said so.
    pub strips_events: bool,
}

/// What is dropped from each shard of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalSweep {
    /// Names of rejects that are older than these days.
    pub rejects_days: u32,
}

/// What a store answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SweepAnswer {
    /// Nothing is left to delete.
    Done,
    /// As many rows as allowed were deleted: there may be more.
    More,
    /// It does not answer.
    Failed,
}

/// What the stores answered; `None` where nothing was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoresSwept {
    /// The store of rejects.
    pub rejects: Option<SweepAnswer>,
    /// The store of large events.
    pub large_events: Option<SweepAnswer>,
}

/// What a sweep came to. A store that failed, or has more to delete, is swept by the next run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetentionResult {
    /// The store of rejects.
    pub rejects: SweepAnswer,
    /// The store of large events.
    pub large_events: SweepAnswer,
    /// Whether every shard of the journal answered.
    pub is_journal_swept: bool,
}

/// A sweep that waits for the stores.
#[derive(Debug)]
pub struct SweepingStores {
    keep: Rejects,
    now: Moment,
    rejects: SweepAnswer,
    large_events: SweepAnswer,
    rounds_left: usize,
}

/// A sweep that waits for the journal.
#[derive(Debug)]
pub struct SweepingJournal {
    stores: SweepingStores,
}

/// Begins a sweep at `now`, with what is kept of rejects.
pub fn retention(keep: Rejects, now: Moment) -> RetentionStep {
    let stores = SweepingStores {
        keep,
        now,
        rejects: SweepAnswer::More,
        large_events: SweepAnswer::More,
        rounds_left: SWEEP_ROUNDS_MAX,
    };
    stores.step()
}

impl SweepingStores {
    /// Goes on with the answers of the stores.
    pub fn swept(mut self, swept: StoresSwept) -> RetentionStep {
        // a store that was asked and gave no answer has failed
        for (answer, given) in [
            (&mut self.rejects, swept.rejects),
            (&mut self.large_events, swept.large_events),
        ] {
            if *answer == SweepAnswer::More {
                *answer = given.unwrap_or(SweepAnswer::Failed);
            }
        }
        self.step()
    }

    fn step(mut self) -> RetentionStep {
        let has_more = [self.rejects, self.large_events].contains(&SweepAnswer::More);
        if !has_more || self.rounds_left == 0 {
            return self.journal();
        }
        self.rounds_left -= 1;
        let sweep = StoreSweep {
            rejects: (self.rejects == SweepAnswer::More).then(|| RejectSweep {
                before: days_before(self.now, self.keep.retention_days),
                strips_events: !self.keep.keep_events,
            }),
            large_events: (self.large_events == SweepAnswer::More)
                .then(|| days_before(self.now, LARGE_EVENT_DAYS)),
            rows_max: SWEEP_ROWS_MAX,
        };
        RetentionStep::Stores(sweep, self)
    }

    fn journal(self) -> RetentionStep {
        let keep = match self.rejects {
            SweepAnswer::Done => self.keep,
            SweepAnswer::More | SweepAnswer::Failed => Rejects::LONGEST,
        };
        let sweep = JournalSweep {
            rejects_days: keep.retention_days,
        };
        RetentionStep::Journal(sweep, SweepingJournal { stores: self })
    }
}

impl SweepingJournal {
    /// Goes on when the journal is swept, or when that failed.
    pub fn swept(self, is_swept: bool) -> RetentionStep {
        RetentionStep::Done(RetentionResult {
            rejects: self.stores.rejects,
            large_events: self.stores.large_events,
            is_journal_swept: is_swept,
        })
    }
}

fn days_before(now: Moment, days: u32) -> Moment {
    Moment::from_millis(now.millis - i64::from(days) * 86_400_000)
}
