//! Answers a request: finds its route, authenticates it, and calls the handler of the route.

use crate::config::{Config, Setup};
use crate::limits::{ELEMENTS_MAX, PLANNED_BYTES_MAX};
use crate::reply::{self, Reply};
use crate::route::{Authentication, Endpoint, Resolved, Route, resolve};
use crate::{admin, authenticate, body, clock, health, http, ingest, inline_delivery, log};
use kochava_edge::{Context, Fate, Moment, PlanLimits, Source};
use worker::Env;
use worker::web_sys::{Request, Response};

/// Answers a request and writes its log line.
pub(crate) async fn respond(request: Request, env: &Env) -> worker::Result<Response> {
    let (method, url) = (request.method(), request.url());
    let resolved = resolve(&method, http::path(&url));
    let is_page = matches!(resolved, Resolved::Route(route, _) if route.endpoint == Endpoint::Page);
    let reply = if is_page {
        match page(&request, env).await {
            Ok(Some(page)) => return Ok(page),
            Ok(None) => reply::not_found(),
            Err(_) => reply::page_unavailable(),
        }
    } else {
        reply(&resolved, request, env).await
    };
    log::line(resolved.name(), &reply);
    Ok(http::respond(&reply)?)
}

/// Returns the requested file of the page, if it exists.
async fn page(request: &Request, env: &Env) -> worker::Result<Option<Response>> {
    let Ok(assets) = env.assets("ASSETS") else {
        return Ok(None);
    };
    let response = assets
        .fetch_request(worker::Request::from(request.clone()?))
        .await?;
    Ok((response.status_code() != 404).then(|| response.into()))
}

async fn reply(resolved: &Resolved<'_>, request: Request, env: &Env) -> Reply {
    let setup = Setup::of(env);
    let (route, id) = match resolved {
        Resolved::Route(route, id) => (*route, *id),
        Resolved::WrongMethod {
            allow,
            authentication,
        } => {
            let is_hidden =
                *authentication == Authentication::AdminToken && !is_operator(&request, setup);
            return if is_hidden {
                reply::not_found()
            } else {
                reply::wrong_method(allow.clone())
            };
        }
        Resolved::NotFound => return reply::not_found(),
    };
    if let Err(refusal) = authenticate(route, &request, setup) {
        return refusal;
    }
    match (route.endpoint, &setup.config) {
        (Endpoint::Health, _) => health(setup, env).await,
        (Endpoint::Page, _) => reply::not_found(),
        (Endpoint::Ingest(source), Ok(config)) => {
            receive(request, source, setup, config, env).await
        }
        (Endpoint::Preview(source), Ok(config)) => preview(request, source, config).await,
        (Endpoint::Ingest(_) | Endpoint::Preview(_), Err(faults)) => reply::misconfigured(faults),
        // what is stored can be seen and deleted while the settings have faults
        (
            Endpoint::Stats
            | Endpoint::ListRejects
            | Endpoint::ShowReject
            | Endpoint::DeleteRejects
            | Endpoint::ReplayRejects,
            _,
        ) => admin::answer(route, id, request, setup, env).await,
    }
}

/// Checks that a request may use its route; otherwise returns the refusal.
fn authenticate(route: &Route, request: &Request, setup: &Setup) -> Result<(), Reply> {
    match route.authentication {
        Authentication::None => Ok(()),
        // with a faulty configuration even a valid token only learns that /health has the details
        Authentication::IngestToken => {
            authenticate::check(&request.headers(), &setup.ingest_tokens)
        }
        Authentication::AdminToken if is_operator(request, setup) => Ok(()),
        Authentication::AdminToken => Err(reply::not_found()),
    }
}

/// Returns whether a request has the operator's token. It never does where delivery is not durable
/// or that token itself has a fault.
fn is_operator(request: &Request, setup: &Setup) -> bool {
    let credentials = || authenticate::Credentials::of(&request.headers());
    setup.is_durable && setup.admin_tokens.accept(&credentials())
}

/// Puts events into the queue; without one, delivers them while their sender waits.
async fn receive(
    request: Request,
    source: Source,
    setup: &Setup,
    config: &Config,
    env: &Env,
) -> Reply {
    let body = match body::read(&request).await {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    if setup.is_durable {
        // a queued event causes no call to Kochava within this request
        let context = context(source, usize::MAX);
        let planned = {
            let mut shapes = config.shapes.borrow_mut();
            config.planner.decide(&body, &context, &mut shapes)
        };
        return match planned {
            Ok(arrivals) => reply::ingested(&ingest::ingest(arrivals, &context, config, env).await),
            Err(unreadable) => reply::unreadable(&unreadable),
        };
    }
    let context = context(source, config.subrequests_max);
    let planned = {
        let mut shapes = config.shapes.borrow_mut();
        config.planner.plan_with(&body, &context, &mut shapes)
    };
    let plan = match planned {
        Ok(plan) => plan,
        Err(unreadable) => return reply::unreadable(&unreadable),
    };
    drop(body);
    let ready = plan.fates.iter().enumerate();
    let ready = ready.filter_map(|(index, fate)| match fate {
        Fate::Ready(parcel) => Some((index, parcel)),
        Fate::Skipped(_) | Fate::Refused(_) => None,
    });
    let mut deliveries = vec![None; plan.fates.len()];
    for (index, delivered) in inline_delivery::all(ready.collect(), config).await {
        deliveries[index] = Some(delivered);
    }
    reply::delivered(&plan, &deliveries)
}

/// Plans events and sends nothing.
async fn preview(request: Request, source: Source, config: &Config) -> Reply {
    let body = match body::read(&request).await {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    let mut fates = String::with_capacity(body.len());
    let context = context(source, usize::MAX);
    let mut shapes = config.shapes.borrow_mut();
    match config
        .planner
        .plan_list(&body, &context, &mut shapes, &mut fates)
    {
        Ok(count) => reply::preview(count, &fates),
        Err(unreadable) => reply::unreadable(&unreadable),
    }
}

fn context(source: Source, requests: usize) -> Context<'static> {
    Context {
        source: Some(source),
        received_at: Some(Moment::from_millis(clock::now())),
        limits: Some(PlanLimits {
            elements: ELEMENTS_MAX,
            requests,
            body_bytes: PLANNED_BYTES_MAX,
        }),
        ..Context::default()
    }
}

/// Reports the faults of the configuration and of the stores, and the open breakers.
async fn health(setup: &Setup, env: &Env) -> Reply {
    let mut faults = setup.config.as_ref().err().cloned().unwrap_or_default();
    let stores = if setup.is_durable {
        Some(health::view(setup, env).await)
    } else {
        None
    };
    faults.extend(
        stores
            .iter()
            .flat_map(|stores| stores.faults.iter().cloned()),
    );
    match (&setup.config, &stores) {
        (Ok(config), Some(stores)) if faults.is_empty() => {
            reply::delivering(&setup.bindings, &config.settings.to_hex(), stores)
        }
        (Ok(_), None) if faults.is_empty() => reply::healthy(&setup.bindings),
        _ => reply::unhealthy(&setup.bindings, &faults),
    }
}
