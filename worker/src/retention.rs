//! The hourly job that deletes what is past its retention: the interpreter of
//! [`kochava_edge::retention`]. It runs whatever faults the settings have.

use crate::config::Setup;
use crate::durable_objects::Journal;
use crate::platform::PlatformError;
use crate::{clock, failpoint, large_events, log, rejects};
use futures_util::join;
use kochava_edge::{
    Moment, RetentionResult, RetentionStep, StoreSweep, StoresSwept, SweepAnswer, retention,
};
use serde::Serialize;
use worker::Env;

/// Sweeps all stores.
pub(crate) async fn sweep(env: &Env) {
    let setup = Setup::of(env);
    if !setup.is_durable {
        return;
    }
    let mut step = retention(setup.rejects, Moment::from_millis(clock::now()));
    loop {
        failpoint::at("retention");
        step = match step {
            RetentionStep::Stores(sweep, sweeping) => {
                sweeping.swept(sweep_stores(&sweep, env).await)
            }
            RetentionStep::Journal(sweep, sweeping) => {
                let swept = Journal::sweep(env, setup.shards, sweep.rejects_days).await;
                sweeping.swept(swept.is_ok())
            }
            RetentionStep::Done(result) => return log::write(&SweepLine::of(result)),
        };
    }
}

/// Sweeps the stores in the database, side by side.
async fn sweep_stores(sweep: &StoreSweep, env: &Env) -> StoresSwept {
    let answer = |swept: Result<SweepAnswer, PlatformError>| swept.unwrap_or(SweepAnswer::Failed);
    let rejects = async {
        match &sweep.rejects {
            Some(old) => Some(answer(rejects::sweep(env, old, sweep.rows_max).await)),
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
struct SweepLine {
    route: &'static str,
    rejects: &'static str,
    large_events: &'static str,
    journal: &'static str,
}

impl SweepLine {
    fn of(result: RetentionResult) -> Self {
        let database = |answer| match answer {
            SweepAnswer::Done => "ok",
            SweepAnswer::More => "more",
            SweepAnswer::Failed => PlatformError::Database.code(),
        };
        SweepLine {
            route: "sweep",
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
