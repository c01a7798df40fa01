//! Decompresses gzip by the platform's `DecompressionStream`, up to a cap.
//!
//! The platform takes one member of gzip (RFC 1952) and nothing behind it; a checksum that does not
//! fit and a stream that breaks off are errors.

use crate::http;
use futures_util::future::try_join;
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::wasm_bindgen_futures::JsFuture;
use worker::web_sys::{ReadableStream, WritableStream, WritableStreamDefaultWriter};

// web-sys has it only with the flag `web_sys_unstable_apis`, for every crate of the build
#[wasm_bindgen]
extern "C" {
    type DecompressionStream;

    #[wasm_bindgen(constructor, catch)]
    fn new(format: &str) -> Result<DecompressionStream, JsValue>;

    #[wasm_bindgen(method, getter)]
    fn readable(this: &DecompressionStream) -> ReadableStream;

    #[wasm_bindgen(method, getter)]
    fn writable(this: &DecompressionStream) -> WritableStream;
}

/// Why nothing is decompressed.
pub(super) enum GzipFault {
    /// It is not gzip, or breaks off.
    Unreadable,
    /// It holds more bytes than the cap.
    TooLarge,
}

impl From<JsValue> for GzipFault {
    fn from(_: JsValue) -> Self {
        GzipFault::Unreadable
    }
}

/// The bytes that `compressed` holds, if there are no more than so many.
pub(super) async fn gunzip(compressed: &[u8], bytes_max: usize) -> Result<Vec<u8>, GzipFault> {
    let stream = DecompressionStream::new("gzip")?;
    let writer = stream.writable().get_writer()?;
    let write = async { write(&writer, compressed).await.map_err(GzipFault::from) };
    let read = async {
        let bytes = http::read(Some(stream.readable()), bytes_max).await?;
        bytes.ok_or(GzipFault::TooLarge)
    };
    // whichever fails first ends both: what is too large is not written to its end
    let ((), bytes) = try_join(write, read).await?;
    Ok(bytes)
}

/// Writes piece by piece: the platform decompresses each at once, however much it holds.
async fn write(writer: &WritableStreamDefaultWriter, compressed: &[u8]) -> Result<(), JsValue> {
    for piece in compressed.chunks(PIECE_BYTES) {
        JsFuture::from(writer.write_with_chunk(&Uint8Array::from(piece))).await?;
    }
    JsFuture::from(writer.close()).await?;
    Ok(())
}

/// Of which gzip makes 4 MB at most (1032:1, zlib's documentation).
const PIECE_BYTES: usize = 4_096;
