//! kochava-edge as a Cloudflare Worker: route, authenticate, plan, send, reply, one log line.
//!
//! No rule about events stands here; the core decides, and this shell brings clock, chance and network.

mod authenticate;
mod clock;
mod config;
mod limits;
mod log;
mod object;
mod receive;
mod reply;
mod route;
mod send;

use config::Config;
use kochava_edge::plan::{Context as PlanContext, Room};
use kochava_edge::time::Moment;
use limits::{ELEMENTS_MAX, PLANNED_BYTES_MAX};
use reply::Reply;
use route::{Route, route};
use worker::{Context, Env, Request, Response, Result, event};

/// Answers one request.
#[event(fetch)]
async fn fetch(mut request: Request, env: Env, _context: Context) -> Result<Response> {
    let route = route(&request.method(), &request.path());
    if let Route::Page = route
        && let Ok(assets) = env.assets("ASSETS")
    {
        let page = assets.fetch_request(request.clone()?).await?;
        if page.status_code() != 404 {
            return Ok(page);
        }
    }
    let reply = match Config::of(&env) {
        Ok(config) => answer(route, &mut request, config).await,
        Err(faults) => match route {
            Route::Health => reply::unhealthy(&config::bindings(&env), faults),
            Route::Ingest(_) | Route::Preview(_) => {
                // without a whole configuration even a right token is told nothing but where to look
                authenticate::check(&request, &authenticate::tokens(&env)).err().unwrap_or_else(|| reply::misconfigured(faults))
            }
            Route::WrongMethod { allow } => reply::wrong_method(allow),
            Route::Page | Route::NotFound => reply::not_found(),
        },
    };
    log::line(route, &reply);
    reply.into_response()
}

async fn answer(route: Route, request: &mut Request, config: &Config) -> Reply {
    let (source, is_dry) = match route {
        Route::Ingest(source) => (source, false),
        Route::Preview(source) => (source, true),
        Route::Health => return reply::healthy(&config.bindings),
        Route::WrongMethod { allow } => return reply::wrong_method(allow),
        Route::Page | Route::NotFound => return reply::not_found(),
    };
    if let Err(refusal) = authenticate::check(request, &config.tokens) {
        return refusal;
    }
    let body = match receive::body(request).await {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    let room = Room { elements: ELEMENTS_MAX, requests: if is_dry { usize::MAX } else { config.subrequests_max }, body_bytes: PLANNED_BYTES_MAX };
    let context = PlanContext { source, received_at: Some(Moment::from_millis(clock::now())), room: Some(room) };
    let plan = match config.planner.plan(&body, &context) {
        Ok(plan) => plan,
        Err(unreadable) => return reply::unreadable(&unreadable),
    };
    drop(body);
    if is_dry {
        return reply::preview(&plan);
    }
    let deliveries = send::all(&plan, config).await;
    reply::delivered(&plan, &deliveries)
}
