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

/// Reads the body of a request and decompresses it; otherwise returns the refusal.
pub(crate) async fn read(request: &Request) -> Result<Vec<u8>, Reply> {
    let headers = request.headers();
    let header = |name| headers.get(name).ok().flatten();
    if !header("Content-Type").is_none_or(|content_type| is_json(&content_type)) {
        return Err(reply::unsupported_type());
    }
    let encoding = encoding(&header("Content-Encoding").unwrap_or_default())
        .ok_or_else(reply::unsupported_encoding)?;
    let bytes = http::read_request(request, BODY_BYTES_MAX)
        .await
        .map_err(|_| reply::body_cut())?
        .ok_or_else(reply::body_too_large)?;
    match encoding {
        Encoding::Identity => Ok(bytes),
        Encoding::Gzip => {
            gunzip(&bytes, BODY_BYTES_MAX, GZIP_BLOCKS_MAX).map_err(|error| match error {
                GzipError::Unreadable => reply::gzip_unreadable(),
                GzipError::TooLarge => reply::body_too_large(),
                GzipError::TooManyBlocks => reply::gzip_too_costly(),
            })
        }
    }
}

/// Returns the encoding that a `Content-Encoding` names, if it is supported.
fn encoding(name: &str) -> Option<Encoding> {
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
    use super::{Encoding, encoding, is_json};

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
            assert_eq!(encoding(name), expected, "{name}");
        }
    }
}
