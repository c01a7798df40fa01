//! The hourly job that deletes data past its retention: rejects, large events, and the journal's entries.

use crate::config::Setup;
use crate::durable_objects::Journal;
use crate::platform::PlatformError;
use crate::{large_events, log, rejects};
use serde::Serialize;
use worker::Env;

/// Sweeps all stores, whatever faults the settings have. A store that fails is swept by the next
/// run.
pub(crate) async fn sweep(env: &Env) {
    let setup = Setup::of(env);
    if !setup.is_durable {
        return;
    }
    log::write(&SweepLine {
        route: "sweep",
        rejects: code(rejects::sweep(env, &setup.rejects).await),
        large_events: code(large_events::sweep(env).await),
        journal: code(Journal::sweep(env, setup.shards, setup.rejects.retention_days).await),
    });
}

/// The result for each store: `ok`, or the code of its failure.
#[derive(Serialize)]
struct SweepLine {
    route: &'static str,
    rejects: &'static str,
    large_events: &'static str,
    journal: &'static str,
}

fn code(swept: Result<(), PlatformError>) -> &'static str {
    swept.map_or_else(PlatformError::code, |()| "ok")
}
