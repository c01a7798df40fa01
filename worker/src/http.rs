//! Reads bodies up to a limit, and builds responses.
//!
//! This crate uses the requests and responses of `web_sys`. Those of the `worker` crate read more
//! properties from the platform, 11 % of the processor time of a request with one event
//! (`make bench`, row `worker`).

use crate::reply::Reply;
use js_sys::{Reflect, Uint8Array};
use std::cell::OnceCell;
use wasm_bindgen::{JsCast as _, JsValue};
use worker::wasm_bindgen_futures::JsFuture;
use worker::web_sys::{
    Headers, ReadableStream, ReadableStreamDefaultReader, Response, ResponseInit,
};

/// Reads a stream, up to a number of bytes.
///
/// The crate's `ByteStream` is unsuitable: it treats an error with the text "Error: aborted" as the
/// end of the stream.
pub(crate) async fn read(
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
    let bytes = Uint8Array::from(reply.body.as_bytes());
    let init = if reply.status == 200 && reply.headers.is_empty() {
        COMMON.with(|common| match common.get() {
            Some(init) => Ok(init.clone()),
            None => init(reply).map(|init| common.get_or_init(|| init).clone()),
        })
    } else {
        init(reply)
    };
    Response::new_with_opt_js_u8_array_and_init(Some(&bytes), &init?)
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
