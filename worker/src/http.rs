//! Reads bodies up to a limit, and builds responses.
//!
//! This crate uses the requests and responses of `web_sys`. Those of the `worker` crate read more
//! properties from the platform, 11 % of the processor time of a request with one event
//! (`make bench`, row `ingest-1`).

use crate::reply::Reply;
use js_sys::{Array, JsString, Promise, Reflect, Uint8Array};
use std::cell::OnceCell;
use wasm_bindgen::prelude::*;
use worker::wasm_bindgen_futures::JsFuture;
use worker::web_sys::{
    AbortSignal, Headers, ReadableStream, ReadableStreamDefaultReader, Request, Response,
    ResponseInit,
};

/// Returns the path of a request's URL, which the platform has normalized.
pub(crate) fn path(url: &str) -> &str {
    let path = path_and_query(url);
    &path[..path.find('?').unwrap_or(path.len())]
}

/// Returns the path of a request's URL with its query.
pub(crate) fn path_and_query(url: &str) -> &str {
    let url = &url[..url.find('#').unwrap_or(url.len())];
    let behind_scheme = url.find("://").map_or(0, |at| at + "://".len());
    let start = url[behind_scheme..].find('/');
    start.map_or("/", |at| &url[behind_scheme + at..])
}

/// Returns the names, in lower case, and the values of headers.
pub(crate) fn pairs(headers: &Headers) -> Vec<(String, String)> {
    let text = |pair: &Array, index| pair.get(index).as_string();
    let pairs = headers.entries().into_iter().flatten();
    pairs
        .filter_map(|pair| {
            let pair: Array = pair.unchecked_into();
            Some((text(&pair, 0)?, text(&pair, 1)?))
        })
        .collect()
}

#[wasm_bindgen(module = "/http.mjs")]
extern "C" {
    fn post(url: &JsString, headers: &Headers, body: &JsValue, signal: &AbortSignal) -> Promise;

    #[wasm_bindgen(js_name = postForText)]
    fn post_for_text(
        url: &JsString,
        headers: &Headers,
        body: &str,
        signal: &AbortSignal,
        bytes_max: u32,
    ) -> Promise;
}

/// Posts a body; returns the answer as soon as its head arrives. A redirect is not followed.
pub(crate) async fn send(
    url: &str,
    headers: &Headers,
    body: &JsValue,
    signal: &AbortSignal,
) -> Result<Response, JsValue> {
    let response = JsFuture::from(post(&url.into(), headers, body, signal)).await?;
    Ok(response.unchecked_into())
}

/// An answer to [`send_for_text`].
pub(crate) enum PostAnswer {
    /// Of status 200 with a length that is known and no longer than wanted; `None` where it cannot be
    /// read to its end.
    Text(Option<String>),
    /// Any other, whose body is not read.
    Response(Response),
}

/// Posts a body, like [`send`], and reads an answer that is short.
pub(crate) fn send_for_text(
    url: &JsString,
    headers: &Headers,
    body: &str,
    signal: &AbortSignal,
    bytes_max: u32,
) -> impl Future<Output = Result<PostAnswer, JsValue>> + use<> {
    let answer = JsFuture::from(post_for_text(url, headers, body, signal, bytes_max));
    async {
        let answer = answer.await?;
        Ok(match answer.as_string() {
            Some(text) => PostAnswer::Text(Some(text)),
            None if answer.is_null() => PostAnswer::Text(None),
            None => PostAnswer::Response(answer.unchecked_into()),
        })
    }
}

/// Reads the body of a request, up to a number of bytes; `None` where it has more.
pub(crate) async fn read_request(
    request: &Request,
    bytes_max: usize,
) -> Result<Option<Vec<u8>>, JsValue> {
    match length(&request.headers()) {
        Some(length) if length > bytes_max as u64 => Ok(None),
        Some(_) => Ok(Some(bytes(request.array_buffer()?).await?)),
        None => read_stream(request.body(), bytes_max).await,
    }
}

/// Reads the body of an answer, up to a number of bytes; `None` where it has more.
pub(crate) async fn read_answer(
    answer: &Response,
    bytes_max: usize,
) -> Result<Option<Vec<u8>>, JsValue> {
    let headers = answer.headers();
    // the platform decompresses answers, so that the length of a compressed one means nothing
    let is_compressed = headers.has("Content-Encoding").unwrap_or(true);
    match length(&headers) {
        // read at once, which costs less than a stream, and as text, which costs less than a buffer
        Some(length) if length <= bytes_max as u64 && !is_compressed => {
            let text = JsFuture::from(answer.text()?).await?.as_string();
            Ok(text.map(String::into_bytes))
        }
        _ => read_stream(answer.body(), bytes_max).await,
    }
}

async fn bytes(buffer: Promise) -> Result<Vec<u8>, JsValue> {
    Ok(Uint8Array::new(&JsFuture::from(buffer).await?).to_vec())
}

/// Returns the length of a body that cannot be longer than its `Content-Length`. Beside chunked
/// transfer a `Content-Length` means nothing (RFC 9112, section 6.3).
fn length(headers: &Headers) -> Option<u64> {
    let length = headers.get("Content-Length").ok().flatten()?.parse().ok()?;
    let is_chunked = headers.has("Transfer-Encoding").unwrap_or(true);
    (!is_chunked).then_some(length)
}

/// Reads a stream, up to a number of bytes.
///
/// The crate's `ByteStream` is unsuitable: it treats an error with the text "Error: aborted" as the
/// end of the stream.
async fn read_stream(
    stream: Option<ReadableStream>,
    bytes_max: usize,
) -> Result<Option<Vec<u8>>, JsValue> {
    let mut bytes = Vec::new();
    let Some(stream) = stream else {
        return Ok(Some(bytes));
    };
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    loop {
        let chunk = JsFuture::from(reader.read()).await?;
        if Reflect::get(&chunk, &"done".into())?.is_truthy() {
            return Ok(Some(bytes));
        }
        let chunk: Uint8Array = Reflect::get(&chunk, &"value".into())?.unchecked_into();
        if bytes.len() + chunk.length() as usize > bytes_max {
            // the rest is not needed, so an error of the cancellation is ignored
            drop(JsFuture::from(reader.cancel()));
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk.to_vec());
    }
}

/// Builds the response of a reply.
pub(crate) fn respond(reply: &Reply) -> Result<Response, JsValue> {
    thread_local! {
        /// The headers of a success without its own headers, built once per isolate.
        static COMMON: OnceCell<ResponseInit> = const { OnceCell::new() };
    }
    let init = if reply.status == 200 && reply.headers.is_empty() {
        COMMON.with(|common| match common.get() {
            Some(init) => Ok(init.clone()),
            None => init(reply).map(|init| common.get_or_init(|| init).clone()),
        })
    } else {
        init(reply)
    };
    // a status of 204 allows no body, not even an empty one
    let bytes = (!reply.body.is_empty()).then(|| Uint8Array::from(reply.body.as_bytes()));
    Response::new_with_opt_js_u8_array_and_init(bytes.as_ref(), &init?)
}

/// Builds the status and headers of a response.
fn init(reply: &Reply) -> Result<ResponseInit, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in COMMON_HEADERS {
        headers.set(name, value)?;
    }
    for (name, value) in &reply.headers {
        headers.set(name, value)?;
    }
    let init = ResponseInit::new();
    init.set_status(reply.status);
    init.set_headers(&headers);
    Ok(init)
}

const COMMON_HEADERS: [(&str, &str); 3] = [
    ("Content-Type", "application/json; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
];

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn a_path_ends_at_the_query() {
        for (url, expected) in [
            ("https://edge.example.com/amplitude", "/amplitude"),
            (
                "http://127.0.0.1:8787/rejects/a%2Fb?dry=1/2#x",
                "/rejects/a%2Fb",
            ),
            ("https://edge.example.com/?a=/b", "/"),
            (
                "https://user:p%40ss@edge.example.com:8443/v1/track",
                "/v1/track",
            ),
            ("https://edge.example.com", "/"),
        ] {
            assert_eq!(path(url), expected, "{url}");
        }
    }
}
