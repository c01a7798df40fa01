//! kochava-edge as a Cloudflare Worker.
//!
//! The core decides; this crate provides clock, randomness, network and stores. `router` answers
//! requests, `consumer` processes batches of the queue, `retention` deletes old data.

mod access;
mod admin;
mod alerts;
mod authenticate;
mod body;
mod clock;
mod config;
mod consumer;
mod durable_objects;
mod failpoint;
mod form;
mod health;
mod http;
mod ingest;
mod inline_delivery;
mod json;
mod kochava_client;
mod large_events;
mod limits;
mod log;
mod members;
mod platform;
mod rate;
mod receive;
mod rejects;
mod reply;
mod retention;
mod route;
mod router;
mod sdk;
mod signature;
mod sorted;
mod tee;
mod waiting_syncs;
mod webhook;

use platform::Batch;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};
use worker::web_sys::{Request, Response};
use worker::{Context, Env, ScheduleContext, ScheduledEvent, event};

/// Answers one request.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    #[cfg(feature = "faults")]
    failpoint::set(&env);
    router::respond(request, &env)
        .await
        // an error of the platform may contain a part of the request
        .map_err(|_| "the platform failed".into())
}

/// Processes a batch of the queue.
// not with the crate's macro: its batch hides how often a message was delivered, and fails as a
// whole if one message cannot be read
#[wasm_bindgen(wasm_bindgen_futures = worker::wasm_bindgen_futures)]
pub async fn queue(batch: JsValue, env: Env, _context: JsValue) {
    #[cfg(feature = "faults")]
    failpoint::set(&env);
    consumer::consume(batch.unchecked_ref::<Batch>(), &env).await;
}

/// Checks the alerts every minute, and deletes data past its retention every hour.
#[event(scheduled)]
async fn scheduled(event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    if event.cron() == EVERY_MINUTE {
        alerts::check(&env).await;
    } else {
        retention::sweep(&env).await;
    }
}

/// The cron of the alerts, as wrangler.toml has it.
const EVERY_MINUTE: &str = "* * * * *";
