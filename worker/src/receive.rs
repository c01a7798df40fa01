//! Which bytes does a request bring?
//!
//! Read up to a cap and unpacked up to the same cap: the runtime unpacks nothing, and a small packed body can hold a very large one.

use crate::gzip;
use crate::limits::BODY_BYTES_MAX;
use crate::reply::{self, Reply};
use futures_util::StreamExt as _;
use worker::Request;

/// The body, unpacked; or why it is not taken.
pub(crate) async fn body(request: &mut Request) -> Result<Vec<u8>, Reply> {
    let header = |name| request.headers().get(name).ok().flatten();
    if !header("Content-Type").is_none_or(|content_type| is_json(&content_type)) {
        return Err(reply::unsupported_type());
    }
    let is_packed = match header("Content-Encoding").unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "" | "identity" => false,
        "gzip" | "x-gzip" => true,
        _ => return Err(reply::unsupported_encoding()),
    };
    let announced = header("Content-Length").and_then(|length| length.parse::<u64>().ok());
    if announced.is_some_and(|length| length > BODY_BYTES_MAX as u64) {
        return Err(reply::body_too_large());
    }
    let bytes = read(request).await?;
    if is_packed { unpack(&bytes) } else { Ok(bytes) }
}

async fn read(request: &mut Request) -> Result<Vec<u8>, Reply> {
    let mut bytes = Vec::new();
    // a request without a body has no stream
    let Ok(mut stream) = request.stream() else { return Ok(bytes) };
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| reply::body_cut())?;
        if bytes.len() + chunk.len() > BODY_BYTES_MAX {
            return Err(reply::body_too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn unpack(packed: &[u8]) -> Result<Vec<u8>, Reply> {
    gzip::unpack(packed, BODY_BYTES_MAX).map_err(|fault| match fault {
        gzip::Fault::Unreadable => reply::gzip_unreadable(),
        gzip::Fault::TooLarge => reply::body_too_large(),
    })
}

/// `application/json`, with or without parameters, and its kin (`application/vnd.x+json`).
fn is_json(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media_type == "application/json" || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}
