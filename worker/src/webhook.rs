//! The webhooks of senders that a token lets in.

use crate::config::sync::{DEFAULT, ReadySync, shown};
use crate::config::{Config, Setup};
use crate::receive::{Guard, Inbound, receive};
use crate::reply::{self, Reply};
use crate::signature::Signature;
use crate::{body, form, http};
use kochava_edge::{Context, Source, Unreadable, detect, structured_cloud_event};
use worker::Env;
use worker::web_sys::Request;

/// Receives the events of a webhook.
pub(crate) async fn webhook(
    request: &Request,
    source: Option<Source>,
    setup: &Setup,
    config: &Config,
    env: &Env,
) -> Reply {
    let body = match body::read(request).await {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    let body = match source {
        None | Some(Source::Cloudevents) => structured(request, body),
        Some(_) => body,
    };
    let inbound = Inbound {
        guard: guard(request, source, setup),
        ..Inbound::of(source)
    };
    let reply = receive(body, &inbound, setup, config, env).await;
    match source {
        Some(Source::Cloudevents) => reply::cloud_events(reply),
        _ => reply,
    }
}

/// Returns an event of CloudEvents in binary mode, whose attributes are headers, in its structured form;
/// any other body as it is.
fn structured(request: &Request, body: Vec<u8>) -> Vec<u8> {
    let headers = request.headers();
    if headers.has("ce-specversion") != Ok(true) {
        return body;
    }
    let pairs: Vec<(String, String)> = http::pairs(&headers);
    let pairs = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    match String::from_utf8(body) {
        Ok(text) => structured_cloud_event(pairs, &text).into_bytes(),
        Err(error) => error.into_bytes(),
    }
}

/// Plans the events of a webhook and sends nothing. The sender is that of the query or else detected;
/// the plan is that of the sync that the query names, or of every sync.
pub(crate) async fn preview(request: &Request, setup: &Setup) -> Reply {
    let named = form::query_field(&request.url(), "source");
    let source = match named.as_deref().map(Source::from_name) {
        Some(None) => return reply::unknown_source(),
        Some(source) => source,
        None => None,
    };
    let body = match body::read(request).await {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    let source = source.or_else(|| webhook_of(&body));
    let context = Inbound::of(source).context(usize::MAX);
    let named = form::query_field(&request.url(), "sync");
    if let Some(name) = named.as_deref() {
        let sync = setup.sync(if name == DEFAULT { "" } else { name });
        return match sync.map(|sync| &sync.ready) {
            None => reply::unknown_sync(setup),
            Some(Err(faulty)) => reply::misconfigured(&faulty.faults),
            Some(Ok(sync)) => preview_of(sync, &body, &context),
        };
    }
    if !setup.has_names() {
        let sync = setup.ready().next();
        return sync.map_or_else(reply::not_found, |sync| preview_of(sync, &body, &context));
    }
    let plans = setup.ready().map(|sync| {
        let planned = plan(sync, &body, &context);
        (shown(&sync.name), planned)
    });
    reply::previews(plans.collect())
}

/// Plans the events of a body for one sync.
fn preview_of(sync: &ReadySync, body: &[u8], context: &Context<'_>) -> Reply {
    match plan(sync, body, context) {
        Ok((count, fates)) => reply::preview(count, fates),
        Err(unreadable) => reply::unreadable(&unreadable),
    }
}

/// Returns the number of events, and their fates as a JSON list.
fn plan(
    sync: &ReadySync,
    body: &[u8],
    context: &Context<'_>,
) -> Result<(usize, String), Unreadable> {
    let mut fates = String::with_capacity(body.len());
    let mut shapes = sync.shapes.borrow_mut();
    let planned = sync
        .planner
        .plan_list(body, context, &mut shapes, &mut fates);
    Ok((planned?, fates))
}

/// Returns the sender whose webhook a body is. What looks like a request to Amplitude's HTTP API is
/// taken for its webhook, since that alone is planned without the connection's address.
fn webhook_of(body: &[u8]) -> Option<Source> {
    match detect(body) {
        None | Some(Source::AmplitudeHttp) => Some(Source::Amplitude),
        detected => detected,
    }
}

/// Returns what a webhook must have beside its token.
fn guard<'s>(request: &Request, source: Option<Source>, setup: &'s Setup) -> Guard<'s> {
    match &setup.segment_secret {
        Some(secret) if source == Some(Source::Segment) => Guard::Signature(Signature {
            secret,
            given: request.headers().get("X-Signature").ok().flatten(),
        }),
        _ => Guard::None,
    }
}
