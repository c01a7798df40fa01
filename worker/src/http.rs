//! How are requests and responses read and made?
//!
//! By the platform's own types: those of `worker` bring along every property of Cloudflare's,
//! streams of Rust's own and an error for each kind of trouble, a tenth of the upload.

use crate::platform::PlatformError;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use worker::wasm_bindgen_futures::JsFuture;
use worker::web_sys::{
    Headers, ReadableStream, ReadableStreamDefaultReader, Request, Response, ResponseInit,
};

/// A header of a request.
pub(crate) fn header(headers: &Headers, name: &str) -> Option<String> {
    headers.get(name).ok().flatten()
}

/// The path of a URL, as it is spelled.
pub(crate) fn path(url: &str) -> &str {
    let from_host = url.split_once("://").map_or(url, |(_, rest)| rest);
    let end = from_host.find(['?', '#']).unwrap_or(from_host.len());
    from_host[..end]
        .find('/')
        .map_or("/", |start| &from_host[start..end])
}

/// The bytes of a body, if it has no more than so many.
pub(crate) async fn read(
    stream: Option<ReadableStream>,
    bytes_max: usize,
) -> Result<Option<Vec<u8>>, PlatformError> {
    let mut bytes = Vec::new();
    let Some(stream) = stream else {
        return Ok(Some(bytes));
    };
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    loop {
        let chunk = JsFuture::from(reader.read())
            .await
            .map_err(|_| PlatformError::Body)?;
        if Reflect::get(&chunk, &"done".into())?.is_truthy() {
            return Ok(Some(bytes));
        }
        let chunk: Uint8Array = Reflect::get(&chunk, &"value".into())?.unchecked_into();
        if bytes.len() + chunk.length() as usize > bytes_max {
            // nobody will read the rest, nor hear of what becomes of it
            drop(JsFuture::from(reader.cancel()));
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk.to_vec());
    }
}

/// The bytes of a body whose length is announced: no request is longer than it says.
pub(crate) async fn read_whole(request: &Request) -> Result<Vec<u8>, PlatformError> {
    let buffer = JsFuture::from(request.array_buffer()?)
        .await
        .map_err(|_| PlatformError::Body)?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

/// What goes along with a response.
pub(crate) fn init(status: u16, headers: &[(&str, &str)]) -> Result<ResponseInit, JsValue> {
    let told = Headers::new()?;
    for (name, value) in headers {
        told.set(name, value)?;
    }
    let init = ResponseInit::new();
    init.set_status(status);
    init.set_headers(&told);
    Ok(init)
}

/// A response of text.
pub(crate) fn respond(init: &ResponseInit, text: &str) -> Result<Response, JsValue> {
    Response::new_with_opt_js_u8_array_and_init(Some(&Uint8Array::from(text.as_bytes())), init)
}
