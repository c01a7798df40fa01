//! Does the sender know the token?
//!
//! Asked before anything of the body is looked at; closed where no token is set. Amplitude signs
//! nothing: a shared secret in a header is the whole story (Amplitude, Webhooks).

use crate::http;
use crate::reply::{self, Reply};
use js_sys::Reflect;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use worker::Env;
use worker::web_sys::Headers;

/// A token by its digest: of equal length whatever the token, so that comparing tells nothing.
pub(crate) type TokenDigest = [u8; 32];

/// The tokens that are valid now: the present one, and the next one during a rotation.
pub(crate) fn tokens(env: &Env) -> Vec<TokenDigest> {
    // the next one counts beside the present one alone: while that is forgotten, everything stays
    // closed
    token(env, "INGEST_TOKEN")
        .into_iter()
        .flat_map(|present| [Some(present), token(env, "INGEST_TOKEN_NEXT")])
        .flatten()
        .collect()
}

/// The token that a secret says, if it is set.
pub(crate) fn token(env: &Env, name: &str) -> Option<TokenDigest> {
    // a secret that was piped in ends with a newline; no header can
    let token = Reflect::get(env, &name.into())
        .ok()
        .and_then(|secret| secret.as_string())
        .map(|secret| secret.trim().to_owned())
        .filter(|token| !token.is_empty());
    token.map(|token| Sha256::digest(token).into())
}

/// Lets a request in, or says why not.
pub(crate) fn check(headers: &Headers, tokens: &[TokenDigest]) -> Result<(), Reply> {
    if tokens.is_empty() {
        return Err(reply::no_token_set());
    }
    if knows(headers, tokens) {
        Ok(())
    } else {
        Err(reply::unauthorized())
    }
}

/// Whether a request with these headers presents one of these tokens.
pub(crate) fn knows(headers: &Headers, tokens: &[TokenDigest]) -> bool {
    presented(headers).iter().any(|presented| {
        let digest: TokenDigest = Sha256::digest(presented).into();
        // every token is compared, whichever fits
        tokens
            .iter()
            .fold(subtle::Choice::from(0), |known, token| {
                known | token.ct_eq(&digest)
            })
            .into()
    })
}

/// What the sender presents: `Authorization: Bearer`, Basic's password, `X-Api-Key`.
fn presented(headers: &Headers) -> Vec<String> {
    let header = |name| http::header(headers, name);
    let authorization = header("Authorization").and_then(|header| {
        let (scheme, credentials) = header.split_once(' ')?;
        match scheme.to_ascii_lowercase().as_str() {
            "bearer" => Some(credentials.trim().to_owned()),
            "basic" => basic_password(credentials.trim()),
            _ => None,
        }
    });
    authorization
        .into_iter()
        .chain(header("X-Api-Key"))
        .collect()
}

/// The password of `user:password` in base64 (RFC 7617); the user does not matter.
fn basic_password(credentials: &str) -> Option<String> {
    let decoded = String::from_utf8(base64(credentials.as_bytes())?).ok()?;
    decoded
        .split_once(':')
        .map(|(_, password)| password.to_owned())
}

/// What base64 says, with its padding and nothing else (RFC 4648, section 4).
fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let unpadded = text
        .strip_suffix(b"==")
        .or_else(|| text.strip_suffix(b"="))
        .unwrap_or(text);
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let (mut bits, mut count) = (0_u32, 0);
    for &letter in unpadded {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count).to_le_bytes()[0]);
            bits &= (1 << count) - 1;
        }
    }
    // bits that make no byte must not be set
    (bits == 0).then_some(bytes)
}
