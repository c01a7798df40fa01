//! What is too old to be kept?

use crate::config::Config;
use crate::durable_objects::{Ledger, Memory};
use crate::{log, rejects};
use serde::Serialize;
use worker::Env;

/// Forgets it: rejects beyond their days, names beyond their hours, counts beyond theirs. What does
/// not answer is asked again in an hour.
pub(crate) async fn sweep(env: &Env) {
    let Ok(config) = Config::of(env) else { return };
    if !config.is_durable {
        return;
    }
    let days = config.planner.settings().rejects.retention_days;
    let rejects = rejects::sweep(env, days).await.is_ok();
    let (ledger, memory) = (Ledger::sweep(env).await, Memory::sweep_all(env).await);
    log::write(&SweepLine {
        route: "sweep",
        rejects,
        ledger,
        memory,
    });
}

#[derive(Serialize)]
struct SweepLine {
    route: &'static str,
    rejects: bool,
    ledger: bool,
    memory: bool,
}
