//! The webhooks of senders that a token lets in.

use crate::config::{Config, Setup};
use crate::receive::{Guard, Inbound, receive};
use crate::reply::{self, Reply};
use crate::signature::Signature;
use crate::{body, form, http};
use kochava_edge::{Source, detect, structured_cloud_event};
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

/// Plans the events of a webhook and sends nothing. The sender is that of the query or else detected.
pub(crate) async fn preview(request: &Request, config: &Config) -> Reply {
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
    let mut fates = String::with_capacity(body.len());
    let context = Inbound::of(source).context(usize::MAX);
    let mut shapes = config.shapes.borrow_mut();
    match config
        .planner
        .plan_list(&body, &context, &mut shapes, &mut fates)
    {
        Ok(count) => reply::preview(count, &fates),
        Err(unreadable) => reply::unreadable(&unreadable),
    }
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
