//! What SDKs send: Amplitude's, Segment's and RudderStack's.
//!
//! A key in the request lets it in, and the answer is one that the SDK understands. Here alone the
//! address and the user agent of the connection are those of the device, where an event has none.

use crate::authenticate::{self, Tokens};
use crate::body;
use crate::config::{Config, Setup};
use crate::form::{self, Fields};
use crate::rate::Rates;
use crate::receive::{Guard, Inbound, receive};
use crate::reply::{self, AmplitudeDialect, Reply};
use crate::route::FormField;
use crate::tee;
use kochava_edge::{Source, body_key, detect, typed_call};
use worker::Env;
use worker::web_sys::Request;

/// Answers Amplitude's SDKs, and callers of its HTTP APIs.
pub(crate) async fn amplitude(
    request: &Request,
    field: FormField,
    setup: &Setup,
    env: &Env,
) -> Reply {
    let content_type = header(request, "Content-Type").unwrap_or_default();
    let mut dialect = AmplitudeDialect {
        is_form: form::is_form(&content_type),
        ..AmplitudeDialect::default()
    };
    let body = match body::read_any(request).await {
        Ok(body) => body,
        Err(refusal) => return reply::amplitude(refusal, &dialect),
    };
    // where everything is in the query there is no body
    dialect.is_form |= body.text().is_empty();
    dialect.payload_bytes = body.text().len();
    let fields = if dialect.is_form {
        Some(Fields::of(&content_type, body.text(), &request.url()).await)
    } else {
        None
    };
    dialect.key = match &fields {
        Some(fields) => fields.get("api_key").or_else(|| fields.get("client")),
        None => body_key(body.text(), "api_key"),
    };
    let config = match admit(setup, dialect.key.as_slice()) {
        Ok(config) => config,
        Err(refusal) => return reply::amplitude(refusal, &dialect),
    };
    let forwarded = config
        .tee
        .as_ref()
        .map(|amplitude| (amplitude, body.sent.clone()));
    let json = match fields {
        None => body.into_text(),
        Some(fields) => match fields.get(field.name) {
            Some(value) => format!("{{\"{}\":{value}}}", field.member).into_bytes(),
            None => return reply::amplitude(reply::missing_event(), &dialect),
        },
    };
    let source = Some(Source::AmplitudeHttp);
    let key = dialect.key.as_deref().unwrap_or_default();
    let stored = store(request, json, source, key, (setup, config, env)).await;
    match forwarded {
        Some((amplitude, sent)) if stored.status == 200 => {
            match tee::forward(request, &sent, amplitude).await {
                Some(answer) => reply::forwarded(answer, stored),
                None => reply::amplitude(reply::amplitude_unavailable(stored), &dialect),
            }
        }
        _ => reply::amplitude(stored, &dialect),
    }
}

/// Answers SDKs of Segment and RudderStack, and callers of their HTTP APIs: calls of a type, or
/// batches.
pub(crate) async fn segment(
    request: &Request,
    call: Option<&str>,
    setup: &Setup,
    env: &Env,
) -> Reply {
    let body = match body::read_any(request).await {
        Ok(body) => body.into_text(),
        Err(refusal) => return reply::segment(refusal),
    };
    let url = request.url();
    let query = url.split_once('?').map_or("", |(_, query)| query);
    // RudderStack's beacons have it in the query
    let keys = [
        authenticate::basic_user(header(request, "Authorization").as_deref()),
        body_key(&body, "writeKey"),
        form::query_field(query, "writeKey"),
    ];
    let keys: Vec<String> = keys.into_iter().flatten().collect();
    let config = match admit(setup, &keys) {
        Ok(config) => config,
        Err(refusal) => return reply::segment(refusal),
    };
    let source = detect(&body).filter(|source| *source == Source::Rudderstack);
    let body = match (call, core::str::from_utf8(&body)) {
        (Some(call), Ok(text)) => typed_call(call, text).into_bytes(),
        _ => body,
    };
    let source = source.or(Some(Source::Segment));
    let key = keys.first().map_or("", String::as_str);
    reply::segment(store(request, body, source, key, (setup, config, env)).await)
}

/// Checks that one of the keys is accepted and that the configuration has no faults.
fn admit<'s>(setup: &'s Setup, keys: &[String]) -> Result<&'s Config, Reply> {
    let accepted: &Tokens = &setup.sdk_keys;
    if accepted.is_empty() {
        return Err(reply::no_sdk_key_set());
    }
    if !keys.iter().any(|key| accepted.contain(key)) {
        return Err(reply::wrong_sdk_key());
    }
    setup
        .config
        .as_ref()
        .map_err(|faults| reply::misconfigured(faults))
}

/// Stores the events of a body.
async fn store(
    request: &Request,
    body: Vec<u8>,
    source: Option<Source>,
    key: &str,
    (setup, config, env): (&Setup, &Config, &Env),
) -> Reply {
    let (connection_ip, user_agent) = (
        header(request, "CF-Connecting-IP"),
        header(request, "User-Agent"),
    );
    let inbound = Inbound {
        source,
        connection_ip: connection_ip.as_deref(),
        user_agent: user_agent.as_deref(),
        guard: if setup.has_rates {
            Guard::Rates(Rates { env, key })
        } else {
            Guard::None
        },
    };
    receive(body, &inbound, setup, config, env).await
}

fn header(request: &Request, name: &str) -> Option<String> {
    request.headers().get(name).ok().flatten()
}
