//! Forwards the requests of Amplitude's SDKs to Amplitude, so that their owner loses no analytics.
//!
//! In: a request whose events are safe here. Out: Amplitude's own answer, or none. The body goes on
//! byte for byte, with its encoding, and Amplitude learns the address of the device from
//! `X-Forwarded-For`, for which events with the address `$remote` are looked up there.

use crate::http;
use crate::limits::{TEE_ANSWER_BYTES_MAX, TEE_MILLIS_MAX};
use crate::reply::Reply;
use js_sys::Uint8Array;
use kochava_edge::Endpoint;
use wasm_bindgen::JsValue;
use worker::web_sys::{AbortSignal, Headers, Request};

/// The addresses of Amplitude that a tee may have (Amplitude, HTTP V2 API, "Endpoints").
pub(crate) const HOSTS: [&str; 2] = ["https://api2.amplitude.com", "https://api.eu.amplitude.com"];

/// The headers that go on to Amplitude. No cookie does, since it is that of the Worker's domain.
const FORWARDED: [&str; 7] = [
    "Accept",
    "Accept-Language",
    "Content-Encoding",
    "Content-Type",
    "Origin",
    "Referer",
    "User-Agent",
];

/// The headers of Amplitude's answer that go back.
const RETURNED: [&str; 2] = ["Content-Type", "Retry-After"];

/// Forwards a request with its body; returns Amplitude's answer, if there is one in time.
pub(crate) async fn forward(request: &Request, body: &[u8], amplitude: &Endpoint) -> Option<Reply> {
    let url = request.url();
    let url = amplitude.url(http::path_and_query(&url));
    let signal = AbortSignal::timeout_with_f64(TEE_MILLIS_MAX);
    let headers = headers(&request.headers()).ok()?;
    let response = http::send(&url, &headers, &Uint8Array::from(body), &signal)
        .await
        .ok()?;
    let status = response.status();
    // a redirect is no answer of Amplitude's
    if (300..400).contains(&status) {
        return None;
    }
    let bytes = http::read_answer(&response, TEE_ANSWER_BYTES_MAX)
        .await
        .ok()??;
    let headers = response.headers();
    let returned = RETURNED.into_iter().filter_map(|name| {
        let value = headers.get(name).ok().flatten()?;
        Some((name, value.into()))
    });
    Some(Reply {
        status,
        headers: returned.collect(),
        body: String::from_utf8_lossy(&bytes).into_owned(),
        ..Reply::default()
    })
}

fn headers(inbound: &Headers) -> Result<Headers, JsValue> {
    let headers = Headers::new()?;
    for name in FORWARDED {
        if let Some(value) = inbound.get(name)? {
            headers.set(name, &value)?;
        }
    }
    if let Some(address) = inbound.get("CF-Connecting-IP")? {
        headers.set("X-Forwarded-For", &address)?;
    }
    Ok(headers)
}
