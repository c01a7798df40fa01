//! Reads the body of a request.
//!
//! Both the body and its decompressed form are limited, and so is the work of decompressing: the
//! platform does not decompress requests, a small compressed body can expand to a very large one,
//! and a large one to nothing.

mod gzip;

use crate::http;
use crate::limits::{BODY_BYTES_MAX, GZIP_BLOCKS_MAX};
use crate::reply::{self, Reply};
use gzip::{GzipError, gunzip};
use worker::web_sys::Request;

/// The content encoding of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Identity,
    Gzip,
}

/// The body of a request.
pub(crate) struct Body {
    /// As it was sent.
    pub(crate) sent: Vec<u8>,
    /// What it is without its encoding, where it has one.
    decoded: Option<Vec<u8>>,
}

impl Body {
    pub(crate) fn text(&self) -> &[u8] {
        self.decoded.as_ref().unwrap_or(&self.sent)
    }

    pub(crate) fn into_text(self) -> Vec<u8> {
        self.decoded.unwrap_or(self.sent)
    }
}

/// Reads the body of a request, which must be JSON, and decompresses it; otherwise returns the
/// refusal.
pub(crate) async fn read(request: &Request) -> Result<Vec<u8>, Reply> {
    let content_type = request.headers().get("Content-Type").ok().flatten();
    if !content_type.is_none_or(|content_type| is_json(&content_type)) {
        return Err(reply::unsupported_type());
    }
    read_any(request).await.map(Body::into_text)
}

/// Reads the body of a request, of whatever type, and decompresses it; otherwise returns the
/// refusal.
pub(crate) async fn read_any(request: &Request) -> Result<Body, Reply> {
    let encoding = request.headers().get("Content-Encoding").ok().flatten();
    let encoding =
        encoding_of(&encoding.unwrap_or_default()).ok_or_else(reply::unsupported_encoding)?;
    let sent = http::read_request(request, BODY_BYTES_MAX)
        .await
        .map_err(|_| reply::body_cut())?
        .ok_or_else(reply::body_too_large)?;
    let decoded = match encoding {
        Encoding::Identity => None,
        Encoding::Gzip => {
            let decoded = gunzip(&sent, BODY_BYTES_MAX, GZIP_BLOCKS_MAX);
            Some(decoded.map_err(|error| match error {
                GzipError::Unreadable => reply::gzip_unreadable(),
                GzipError::TooLarge => reply::body_too_large(),
                GzipError::TooManyBlocks => reply::gzip_too_costly(),
            })?)
        }
    };
    Ok(Body { sent, decoded })
}

/// Returns the encoding that a `Content-Encoding` names, if it is supported.
fn encoding_of(name: &str) -> Option<Encoding> {
    match name.trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Some(Encoding::Identity),
        "gzip" | "x-gzip" => Some(Encoding::Gzip),
        _ => None,
    }
}

/// Returns whether a media type is JSON (`application/json`, `application/vnd.x+json`), with or
/// without parameters.
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

#[cfg(test)]
mod tests {
    use super::{Encoding, encoding_of, is_json};

    #[test]
    fn json_is_recognized_by_any_of_its_names() {
        for name in [
            "application/json",
            "APPLICATION/JSON ; charset=utf-8",
            "application/vnd.amplitude+json",
        ] {
            assert!(is_json(name), "{name}");
        }
        for name in [
            "",
            "text/plain",
            "text/x+json",
            "application/jsonp",
            "application/x-ndjson",
        ] {
            assert!(!is_json(name), "{name}");
        }
    }

    #[test]
    fn gzip_and_nothing_else_is_decompressed() {
        for (name, expected) in [
            ("", Some(Encoding::Identity)),
            ("identity", Some(Encoding::Identity)),
            (" GZIP ", Some(Encoding::Gzip)),
            ("x-gzip", Some(Encoding::Gzip)),
            ("br", None),
            ("gzip, gzip", None),
        ] {
            assert_eq!(encoding_of(name), expected, "{name}");
        }
    }
}
