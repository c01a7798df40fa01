//! kochava-edge as a Cloudflare Worker: route, authenticate, plan, send, reply, one log line.
//!
//! No rule about events stands here; the core decides, and this shell brings clock, chance and
//! network.

mod admin;
mod authenticate;
mod body;
mod clock;
mod config;
mod consumer;
mod durable_objects;
mod executor;
mod failpoint;
mod gzip;
mod ingest;
mod inline_delivery;
mod limits;
mod log;
mod object;
mod platform;
mod rejects;
mod reply;
mod retention;
mod route;

mod http;

use config::Config;
use durable_objects::Breaker;
use js_sys::{Promise, Reflect};
use kochava_edge::{Context as PlanContext, Fate, Moment, PlanLimits, SettingsFault};
use limits::{ELEMENTS_MAX, PLANNED_BYTES_MAX};
use platform::{Assets, Batch, PlatformError};
use reply::Reply;
use route::{Route, route};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};
use worker::Env;
use worker::web_sys::{Request, Response};

/// Answers one request.
#[wasm_bindgen]
pub fn fetch(request: Request, env: Env, _context: JsValue) -> Promise {
    #[cfg(feature = "faults")]
    failpoint::set(&env);
    executor::of(async move {
        if let Ok(response) = response(&request, &env).await {
            return Ok(response);
        }
        worker::console_error!("the platform failed");
        http::respond(&http::init(500, &[])?, "INTERNAL SERVER ERROR")
    })
}

async fn response(request: &Request, env: &Env) -> Result<Response, PlatformError> {
    let route = route(&request.method(), http::path(&request.url()));
    if let Route::Page = route
        && let Some(assets) = Reflect::get(env, &"ASSETS".into())
            .ok()
            .filter(|assets| !assets.is_undefined())
    {
        let page = assets
            .unchecked_ref::<Assets>()
            .page(&request.clone()?)
            .await?;
        if page.status() != 404 {
            return Ok(page);
        }
    }
    let reply = match Config::of(env) {
        Ok(config) => answer(route, request, config, env).await,
        Err(faults) => match route {
            Route::Health => reply::unhealthy(&config::bindings(env), faults),
            Route::Ingest(_) | Route::Preview(_) => {
                // without a whole configuration even a right token is told nothing but where to
                // look
                authenticate::check(&request.headers(), &authenticate::tokens(env))
                    .err()
                    .unwrap_or_else(|| reply::misconfigured(faults))
            }
            Route::WrongMethod { allow } => reply::wrong_method(allow),
            Route::Admin(_) | Route::Page | Route::NotFound => reply::not_found(),
        },
    };
    log::line(route, &reply);
    Ok(reply.into_response()?)
}

/// Takes a batch of the queue. Not by the crate's macro: a failure there ends the whole instance,
/// and every other request in it.
#[wasm_bindgen(wasm_bindgen_futures = worker::wasm_bindgen_futures)]
pub async fn queue(batch: JsValue, env: Env, _context: JsValue) {
    #[cfg(feature = "faults")]
    failpoint::set(&env);
    consumer::consume(batch.unchecked_ref::<Batch>(), &env).await;
}

/// Forgets what is too old.
#[wasm_bindgen(wasm_bindgen_futures = worker::wasm_bindgen_futures)]
pub async fn scheduled(_event: JsValue, env: Env, _context: JsValue) {
    retention::sweep(&env).await;
}

async fn answer(route: Route, request: &Request, config: &Config, env: &Env) -> Reply {
    let (source, is_dry) = match route {
        Route::Ingest(source) => (source, false),
        Route::Preview(source) => (source, true),
        Route::Health => return health(config, env).await,
        Route::Admin(question) => return admin::answer(question, request, config, env).await,
        Route::WrongMethod { allow } => return reply::wrong_method(allow),
        Route::Page | Route::NotFound => return reply::not_found(),
    };
    let headers = request.headers();
    if let Err(refusal) = authenticate::check(&headers, &config.tokens) {
        return refusal;
    }
    let body = match body::read(request, &headers).await {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    let received = Moment::from_millis(clock::now());
    // what goes into the queue makes no call before it is answered
    let requests = if is_dry || config.is_durable {
        usize::MAX
    } else {
        config.subrequests_max
    };
    let room = PlanLimits {
        elements: ELEMENTS_MAX,
        requests,
        body_bytes: PLANNED_BYTES_MAX,
    };
    let context = PlanContext {
        source,
        received_at: Some(received),
        limits: Some(room),
    };
    if config.is_durable && !is_dry {
        // not within the `match`, which would hold the borrow while others want it
        let planned = config
            .planner
            .plan_events(&body, &context, &mut config.shapes.borrow_mut());
        return match planned {
            // what was planned is UTF-8
            Ok(items) => reply::taken(
                &ingest::ingest(
                    &String::from_utf8_lossy(&body),
                    items,
                    source,
                    received,
                    config,
                    env,
                )
                .await,
            ),
            Err(unreadable) => reply::unreadable(&unreadable),
        };
    }
    if is_dry {
        let mut fates = String::with_capacity(body.len());
        return match config.planner.plan_list(
            &body,
            &context,
            &mut config.shapes.borrow_mut(),
            &mut fates,
        ) {
            Ok(count) => reply::preview(count, &fates),
            Err(unreadable) => reply::unreadable(&unreadable),
        };
    }
    let plan = match config.planner.plan(&body, &context) {
        Ok(plan) => plan,
        Err(unreadable) => return reply::unreadable(&unreadable),
    };
    drop(body);
    let ready = plan.fates.iter().enumerate().filter_map(|(index, fate)| {
        if let Fate::Ready(parcel) = fate {
            Some((index, parcel))
        } else {
            None
        }
    });
    let mut deliveries = vec![None; plan.fates.len()];
    for (index, delivered) in inline_delivery::all(ready.collect(), config).await {
        deliveries[index] = Some(delivered);
    }
    reply::delivered(&plan, &deliveries)
}

/// Whether everything is set up, the stores of a durable delivery included.
async fn health(config: &Config, env: &Env) -> Reply {
    if !config.is_durable {
        return reply::healthy(&config.bindings);
    }
    let fault = |path: &str, message: &'static str| SettingsFault {
        path: path.to_owned(),
        code: "unreachable",
        message: message.into(),
    };
    let gates = Breaker::state(env).await;
    let mut faults = Vec::new();
    if rejects::check(env).await.is_err() {
        faults.push(fault("DB", "does not answer, or its migrations are not applied: `npx wrangler d1 migrations apply DB --remote`"));
    }
    if gates.is_err() {
        faults.push(fault("BREAKER", "does not answer"));
    }
    match gates {
        Ok(gates) if faults.is_empty() => {
            reply::delivering(&config.bindings, &config.settings.to_hex(), &gates)
        }
        _ => reply::unhealthy(&config.bindings, &faults),
    }
}
