//! The hourly job that deletes what is past its retention: the interpreter of
//! [`kochava_edge::retention`]. It runs whatever faults the settings have.

use crate::config::Setup;
use crate::config::sync::listed;
use crate::durable_objects::Journal;
use crate::platform::PlatformError;
use crate::rejects::SweepScope;
use crate::{clock, failpoint, large_events, log, rejects};
use futures_util::join;
use kochava_edge::{
    Moment, Rejects, RetentionResult, RetentionStep, StoreSweep, StoresSwept, SweepAnswer,
    retention,
};
use serde::Serialize;
use worker::Env;

/// Sweeps all stores.
pub(crate) async fn sweep(env: &Env) {
    let setup = Setup::of(env);
    if !setup.is_durable {
        return;
    }
    for sync in &setup.syncs {
        sweep_sync(Some(&sync.name), sync.rejects, setup, env).await;
    }
    // of syncs that were taken away: what was to be kept is unknown
    sweep_sync(None, Rejects::LONGEST, setup, env).await;
}

/// Sweeps what belongs to a sync, or to none that there is.
async fn sweep_sync(sync: Option<&str>, keep: Rejects, setup: &Setup, env: &Env) {
    let names = setup.syncs.iter().map(|sync| sync.name.as_str());
    let scope = match sync {
        Some(name) => SweepScope::Of(name),
        None => SweepScope::OfOthers(names.collect()),
    };
    let mut step = retention(keep, Moment::from_millis(clock::now()));
    loop {
        failpoint::at("retention");
        step = match step {
            RetentionStep::Stores(sweep, sweeping) => {
                sweeping.swept(sweep_stores(&scope, &sweep, env).await)
            }
            RetentionStep::Journal(sweep, sweeping) => {
                let swept = match sync {
                    Some(name) => Journal::sweep(env, name, setup.shards, sweep.rejects_days).await,
                    // their names are unknown
                    None => Ok(()),
                };
                sweeping.swept(swept.is_ok())
            }
            RetentionStep::Done(_) if sync.is_none() => return,
            RetentionStep::Done(result) => {
                return log::write(&SweepLine {
                    sync: sync.and_then(listed),
                    ..SweepLine::of(result)
                });
            }
        };
    }
}

/// Sweeps the stores in the database, side by side.
async fn sweep_stores(scope: &SweepScope<'_>, sweep: &StoreSweep, env: &Env) -> StoresSwept {
    let answer = |swept: Result<SweepAnswer, PlatformError>| swept.unwrap_or(SweepAnswer::Failed);
    let rejects = async {
        match &sweep.rejects {
            Some(old) => Some(answer(
                rejects::sweep(env, scope, old, sweep.rows_max).await,
            )),
            None => None,
        }
    };
    let large_events = async {
        match sweep.large_events {
            Some(before) => Some(answer(
                large_events::sweep(env, before, sweep.rows_max).await,
            )),
            None => None,
        }
    };
    let (rejects, large_events) = join!(rejects, large_events);
    StoresSwept {
        rejects,
        large_events,
    }
}

/// The result for each store: `ok`, `more` where the next run goes on, or the code of its failure.
#[derive(Serialize)]
struct SweepLine<'s> {
    route: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sync: Option<&'s str>,
    rejects: &'static str,
    large_events: &'static str,
    journal: &'static str,
}

impl SweepLine<'_> {
    fn of(result: RetentionResult) -> Self {
        let database = |answer| match answer {
            SweepAnswer::Done => "ok",
            SweepAnswer::More => "more",
            SweepAnswer::Failed => PlatformError::Database.code(),
        };
        SweepLine {
            route: "sweep",
            sync: None,
            rejects: database(result.rejects),
            large_events: database(result.large_events),
            journal: if result.is_journal_swept {
                "ok"
            } else {
                PlatformError::Journal.code()
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{RetentionResult, SweepAnswer, SweepLine};

    #[test]
    fn a_log_line_has_the_result_of_each_store() {
        let result = RetentionResult {
            rejects: SweepAnswer::More,
            large_events: SweepAnswer::Failed,
            is_journal_swept: true,
        };
        assert_eq!(
            serde_json::to_string(&SweepLine::of(result)).expect("it is written"),
            r#"{"route":"sweep","rejects":"more","large_events":"d1-failed","journal":"ok"}"#
        );
    }
}
