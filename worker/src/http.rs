//! Reads bodies up to a cap, and makes responses.

use crate::reply::Reply;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use worker::wasm_bindgen_futures::JsFuture;
use worker::web_sys::{ReadableStream, ReadableStreamDefaultReader};
use worker::{Headers, Response};

/// The bytes of a stream, if there are no more than so many.
///
/// Not by the crate's `ByteStream`: it takes an error of the text "Error: aborted" for the end of
/// the stream.
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
            // the rest is not read, and it does not matter how that ends
            drop(JsFuture::from(reader.cancel()));
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk.to_vec());
    }
}

/// The response of a reply.
pub(crate) fn respond(reply: Reply) -> worker::Result<Response> {
    let headers = Headers::new();
    for (name, value) in COMMON_HEADERS {
        headers.set(name, value)?;
    }
    for (name, value) in &reply.headers {
        headers.set(name, value)?;
    }
    Ok(Response::from_bytes(reply.body.into_bytes())?
        .with_status(reply.status)
        .with_headers(headers))
}

const COMMON_HEADERS: [(&str, &str); 3] = [
    ("Content-Type", "application/json; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
];
