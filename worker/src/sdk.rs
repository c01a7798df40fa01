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
    let (Ok(reply) | Err(reply)) =
        take_upload(request, &content_type, field, setup, env, &mut dialect).await;
    reply::amplitude(reply, &dialect)
}

/// Stores the events of a request and forwards it; learns on the way how to answer it.
async fn take_upload(
    request: &Request,
    content_type: &str,
    field: FormField,
    setup: &Setup,
    env: &Env,
    dialect: &mut AmplitudeDialect,
) -> Result<Reply, Reply> {
    let body = body::read_any(request).await?;
    dialect.payload_bytes = body.text().len();
    // where everything is in the query there is no body
    dialect.is_form |= body.text().is_empty();
    let fields = if dialect.is_form {
        Some(Fields::of(content_type, body.text(), &request.url()).await)
    } else {
        None
    };
    dialect.key = match &fields {
        Some(fields) => fields.get("api_key").or_else(|| fields.get("client")),
        None => body_key(body.text(), "api_key"),
    };
    let (key, config) = admit(setup, dialect.key.as_slice())?;
    let sent = config.tee.as_ref().map(|_| body.sent.clone());
    let json = match fields {
        None => body.into_text(),
        Some(fields) => {
            let value = fields.get(field.name).ok_or_else(reply::missing_event)?;
            format!("{{\"{}\":{value}}}", field.member).into_bytes()
        }
    };
    let source = Some(Source::AmplitudeHttp);
    let stored = store(request, json, source, key, (setup, config, env)).await;
    match (&config.tee, sent) {
        (Some(amplitude), Some(sent)) if stored.status == 200 => {
            let answer = tee::forward(request, &sent, amplitude).await;
            dialect.is_forwarded = answer.is_some();
            Ok(reply::forwarded(answer, stored))
        }
        _ => Ok(stored),
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
    let (Ok(reply) | Err(reply)) = take_calls(request, call, setup, env).await;
    reply::segment(reply)
}

/// Stores the calls of a request.
async fn take_calls(
    request: &Request,
    call: Option<&str>,
    setup: &Setup,
    env: &Env,
) -> Result<Reply, Reply> {
    let body = body::read_any(request).await?.into_text();
    // beacons of RudderStack's have the key in the query
    let keys = [
        authenticate::basic_user(header(request, "Authorization").as_deref()),
        body_key(&body, "writeKey"),
        form::query_field(&request.url(), "writeKey"),
    ];
    let keys: Vec<String> = keys.into_iter().flatten().collect();
    let (key, config) = admit(setup, &keys)?;
    let source = match detect(&body) {
        Some(Source::Rudderstack) => Source::Rudderstack,
        _ => Source::Segment,
    };
    let body = match (call, core::str::from_utf8(&body)) {
        (Some(call), Ok(text)) => typed_call(call, text).into_bytes(),
        _ => body,
    };
    Ok(store(request, body, Some(source), key, (setup, config, env)).await)
}

/// Returns the key that is accepted, and the configuration, if it has no faults.
fn admit<'s, 'k>(setup: &'s Setup, keys: &'k [String]) -> Result<(&'k str, &'s Config), Reply> {
    let accepted: &Tokens = &setup.sdk_keys;
    if accepted.is_empty() {
        return Err(reply::no_sdk_key_set());
    }
    let key = keys.iter().find(|key| accepted.contain(key));
    let key = key.ok_or_else(reply::wrong_sdk_key)?;
    match &setup.config {
        Ok(config) => Ok((key, config)),
        Err(faults) => Err(reply::misconfigured(faults)),
    }
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
