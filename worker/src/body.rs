//! Which bytes does a request bring?
//!
//! Read up to a cap and unpacked up to the same cap: the runtime unpacks nothing, and a small
//! packed body can hold a very large one.

use crate::limits::BODY_BYTES_MAX;
use crate::reply::{self, Reply};
use crate::{gzip, http};
use worker::web_sys::{Headers, Request};

/// The body of a request with these headers, unpacked; or why it is not taken.
pub(crate) async fn read(request: &Request, headers: &Headers) -> Result<Vec<u8>, Reply> {
    let header = |name| http::header(headers, name);
    if !header("Content-Type").is_none_or(|content_type| is_json(&content_type)) {
        return Err(reply::unsupported_type());
    }
    let is_packed = match header("Content-Encoding")
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
        .as_str()
    {
        "" | "identity" => false,
        "gzip" | "x-gzip" => true,
        _ => return Err(reply::unsupported_encoding()),
    };
    let announced = header("Content-Length").and_then(|length| length.parse::<u64>().ok());
    if announced.is_some_and(|length| length > BODY_BYTES_MAX as u64) {
        return Err(reply::body_too_large());
    }
    let read = if announced.is_some() {
        http::read_whole(request).await.map(Some)
    } else {
        http::read(request.body(), BODY_BYTES_MAX).await
    };
    let bytes = read
        .map_err(|_| reply::body_cut())?
        .ok_or_else(reply::body_too_large)?;
    if is_packed { unpack(&bytes) } else { Ok(bytes) }
}

fn unpack(packed: &[u8]) -> Result<Vec<u8>, Reply> {
    gzip::unpack(packed, BODY_BYTES_MAX).map_err(|fault| match fault {
        gzip::Fault::Unreadable => reply::gzip_unreadable(),
        gzip::Fault::TooLarge => reply::body_too_large(),
    })
}

/// `application/json`, with or without parameters, and its kin (`application/vnd.x+json`).
fn is_json(content_type: &str) -> bool {
    let media_type = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    media_type == "application/json"
        || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}
