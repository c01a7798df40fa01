//! Reads the body of a request.
//!
//! Both the body and its decompressed form are limited: the platform does not decompress requests,
//! and a small compressed body can expand to a very large one.

use crate::http;
use crate::limits::BODY_BYTES_MAX;
use crate::reply::{self, Reply};
use flate2::read::MultiGzDecoder;
use js_sys::Uint8Array;
use std::io::Read as _;
use wasm_bindgen::JsValue;
use worker::wasm_bindgen_futures::JsFuture;
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
    let announced = header("Content-Length").and_then(|length| length.parse::<u64>().ok());
    if announced.is_some_and(|length| length > BODY_BYTES_MAX as u64) {
        return Err(reply::body_too_large());
    }
    // a body is never longer than its Content-Length
    let bytes = if announced.is_some() {
        read_whole(request).await.map_err(|_| reply::body_cut())?
    } else {
        http::read(request.body(), BODY_BYTES_MAX)
            .await
            .map_err(|_| reply::body_cut())?
            .ok_or_else(reply::body_too_large)?
    };
    match encoding {
        Encoding::Identity => Ok(bytes),
        Encoding::Gzip => gunzip(&bytes, BODY_BYTES_MAX),
    }
}

/// Decompresses all members of a gzip body, up to a number of bytes.
///
/// The platform's `DecompressionStream` is unsuitable: it decompresses everything that is written
/// before anything is read, 5 GB for five bodies of 0.8 MB, and accepts only one member.
fn gunzip(compressed: &[u8], bytes_max: usize) -> Result<Vec<u8>, Reply> {
    let mut bytes = Vec::new();
    MultiGzDecoder::new(compressed)
        // one byte above the limit shows that it is exceeded
        .take(bytes_max as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|_| reply::gzip_unreadable())?;
    if bytes.len() > bytes_max {
        return Err(reply::body_too_large());
    }
    Ok(bytes)
}

async fn read_whole(request: &Request) -> Result<Vec<u8>, JsValue> {
    let buffer = JsFuture::from(request.array_buffer()?).await?;
    Ok(Uint8Array::new(&buffer).to_vec())
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
    use super::{Encoding, encoding, gunzip, is_json};
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write as _;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn gunzipped(compressed: &[u8]) -> Result<Vec<u8>, (u16, Option<&'static str>)> {
        gunzip(compressed, 1_000).map_err(|refusal| (refusal.status, refusal.log.error))
    }

    #[test]
    fn every_member_of_a_gzip_body_is_decompressed_up_to_the_cap() {
        let members = [gzip(b"{}"), gzip(b""), gzip(&[b' '; 998])].concat();
        assert_eq!(gunzipped(&members).map(|bytes| bytes.len()), Ok(1_000));
        let too_large = Err((413, Some("body-too-large")));
        assert_eq!(gunzipped(&gzip(&[b' '; 1_001])), too_large);
        assert_eq!(gunzipped(&[members, gzip(b"1")].concat()), too_large);
        assert_eq!(gunzipped(&gzip(&vec![b' '; 10_000_000])), too_large);
    }

    #[test]
    fn what_is_no_gzip_or_breaks_off_is_unreadable() {
        let whole = gzip(b"[1,2,3]");
        let mut flipped = whole.clone();
        let last = flipped.len() - 6;
        flipped[last] ^= 1;
        let cut = |end: usize| whole[..end].to_vec();
        let followed = |bytes: &[u8]| [&whole, bytes].concat();
        for compressed in [
            Vec::new(),
            b"[1,2,3]".to_vec(),
            cut(5),
            cut(whole.len() - 1),
            flipped,
            followed(b"\0"),
            followed(&whole[..12]),
        ] {
            let expected = Err((400, Some("gzip-unreadable")));
            assert_eq!(gunzipped(&compressed), expected, "{compressed:?}");
        }
    }

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
