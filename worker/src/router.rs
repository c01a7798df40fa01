//! Answers a request: finds its route, authenticates it, and calls the handler of the route.

use crate::config::Setup;
use crate::reply::{self, Reply};
use crate::route::{Authentication, Endpoint, Resolved, Route, resolve};
use crate::{admin, authenticate, health, http, log, sdk, webhook};
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

/// By which the page knows that a Worker serves it, and no static host: scripts can read this header
/// of a document and no other.
const SERVED_BY: (&str, &str) = ("Server-Timing", "kochava-edge");

/// Returns the requested file of the page, if it exists.
async fn page(request: &Request, env: &Env) -> worker::Result<Option<Response>> {
    let Ok(assets) = env.assets("ASSETS") else {
        return Ok(None);
    };
    let response = assets
        .fetch_request(worker::Request::from(request.clone()?))
        .await?;
    if response.status_code() == 404 {
        return Ok(None);
    }
    let headers = response.headers().clone();
    headers.set(SERVED_BY.0, SERVED_BY.1)?;
    Ok(Some(response.with_headers(headers).into()))
}

async fn reply(resolved: &Resolved<'_>, request: Request, env: &Env) -> Reply {
    let setup = Setup::of(env);
    let (route, id) = match resolved {
        Resolved::Route(route, id) => (*route, *id),
        Resolved::Options(route) => return options(route, &request),
        Resolved::WrongMethod {
            allow,
            authentication,
        } => {
            let is_hidden = *authentication == Authentication::AdminToken
                && !is_operator(&request, setup).await;
            return if is_hidden {
                reply::not_found()
            } else {
                reply::wrong_method(allow.clone())
            };
        }
        Resolved::NotFound => return reply::not_found(),
    };
    if let Err(refusal) = authenticate(route, &request, setup).await {
        return refusal;
    }
    match (route.endpoint, &setup.config) {
        (Endpoint::Health, _) => health(setup, env).await,
        (Endpoint::Page, _) => reply::not_found(),
        (Endpoint::Webhook(source), Ok(config)) => {
            webhook::webhook(&request, source, setup, config, env).await
        }
        (Endpoint::AmplitudeSdk(field), _) => sdk::amplitude(&request, field, setup, env).await,
        (Endpoint::SegmentSdk(call), _) => sdk::segment(&request, call, setup, env).await,
        (Endpoint::Preview, Ok(_)) => webhook::preview(&request, setup).await,
        (Endpoint::Webhook(_) | Endpoint::Preview, Err(faults)) => reply::misconfigured(faults),
        // what is stored can be seen and deleted while the settings have faults
        (
            Endpoint::Stats
            | Endpoint::Series
            | Endpoint::Coverage
            | Endpoint::Live
            | Endpoint::Alerts
            | Endpoint::ShowSettings
            | Endpoint::SendTestEvent
            | Endpoint::ShowTestEvent
            | Endpoint::GroupRejects
            | Endpoint::ListRejects
            | Endpoint::ShowReject
            | Endpoint::DeleteRejects
            | Endpoint::ReplayRejects,
            _,
        ) => admin::answer(route, id, request, setup, env).await,
    }
}

/// Checks that a request may use its route; otherwise returns the refusal.
async fn authenticate(route: &Route, request: &Request, setup: &Setup) -> Result<(), Reply> {
    match route.authentication {
        // the key of an SDK may be in the body, which its handler reads
        Authentication::None | Authentication::SdkKey => Ok(()),
        // with a faulty configuration even a valid token only learns that /health has the details
        Authentication::IngestToken => {
            authenticate::check(&request.headers(), &setup.ingest_tokens)
        }
        Authentication::AdminToken if is_operator(request, setup).await => Ok(()),
        Authentication::AdminToken => Err(reply::not_found()),
    }
}

/// Returns whether a request has the operator's token, or Cloudflare Access let it through. It never
/// is where delivery is not durable or that token itself has a fault.
async fn is_operator(request: &Request, setup: &Setup) -> bool {
    let credentials = || authenticate::Credentials::of(&request.headers());
    if !setup.is_durable {
        return false;
    }
    setup.admin_tokens.accept(&credentials())
        || match &setup.access {
            Some(access) => access.lets(request).await,
            None => false,
        }
}

/// Answers OPTIONS: a browser that asks whether a page may send, or a sender of CloudEvents that
/// asks whether it may (CloudEvents, HTTP Webhook, section 4).
fn options(route: &Route, request: &Request) -> Reply {
    match route.endpoint {
        Endpoint::Webhook(_) if request.headers().has("WebHook-Request-Origin") == Ok(true) => {
            reply::webhook_allowed()
        }
        Endpoint::Webhook(_) => reply::wrong_method("POST".to_owned()),
        _ => reply::preflight(),
    }
}

/// Reports the faults of the configuration and of the stores, and the open breakers.
async fn health(setup: &Setup, env: &Env) -> Reply {
    let mut faults = setup.faults();
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
    reply::health(setup, stores.as_deref(), &faults)
}
