//! What exactly is sent: method, URL, headers, body?
//!
//! Enters: a body as `kochava` spells it. Leaves: a [`Request`] whose signed bytes are the sent
//! bytes.

use super::{Endpoint, Signer, WrittenBody};
use crate::limits::REQUEST_BYTES_LIMIT;
use alloc::string::String;
use alloc::vec::Vec;

/// What a request carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestKind {
    /// A post-install event.
    Event,
    /// An identity.
    Identity,
}

impl RequestKind {
    /// Its name for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            RequestKind::Event => "event",
            RequestKind::Identity => "identity",
        }
    }
}

/// One HTTP request; always a `POST`.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// What it carries.
    pub kind: RequestKind,
    /// Where it goes.
    pub url: String,
    /// Its headers, in order.
    pub headers: Vec<(&'static str, String)>,
    /// Its body: ASCII, in PHP's spelling, as signed.
    pub body: String,
}

/// A body of [`REQUEST_BYTES_LIMIT`] bytes or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

impl Request {
    /// The only method that Kochava takes.
    pub const METHOD: &'static str = "POST";

    /// The request for a body.
    ///
    /// # Errors
    /// A body of 2,000,000 bytes.
    pub fn new(
        kind: RequestKind,
        written: WrittenBody<'_>,
        endpoint: &Endpoint,
        signer: Option<&Signer>,
    ) -> Result<Self, TooLarge> {
        let mut headers = Vec::with_capacity(4);
        let proof = signer.map(|signer| (signer.api_key(), signer.token(written.body.as_bytes())));
        let proof = proof
            .as_ref()
            .map(|(api_key, token)| (*api_key, token.as_str()));
        each_header(&written, proof, |name, value| {
            headers.push((name, String::from(value)))
        })?;
        let WrittenBody { path, body, .. } = written;
        Ok(Request {
            kind,
            url: endpoint.url(path),
            headers,
            body: core::mem::take(body),
        })
    }
}

/// Gives the headers of a call to `each`, in order; what proves its sender is an API key and a
/// token.
///
/// # Errors
/// A body of 2,000,000 bytes.
pub(crate) fn each_header(
    written: &WrittenBody<'_>,
    proof: Option<(&str, &str)>,
    mut each: impl FnMut(&'static str, &str),
) -> Result<(), TooLarge> {
    if written.body.len() >= REQUEST_BYTES_LIMIT {
        return Err(TooLarge);
    }
    each(CONTENT_TYPE.0, CONTENT_TYPE.1);
    if !written.has_device_ua {
        // else Kochava would take the sender's own user agent for the device's (Kochava, S2S
        // without Device UA)
        each("User-Agent", "Unknown");
    }
    if let Some((api_key, token)) = proof {
        each(API_KEY_HEADER, api_key);
        each(TOKEN_HEADER, token);
    }
    Ok(())
}

impl core::fmt::Debug for Request {
    /// Says nothing that a log must not show.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Request")
            .field("kind", &self.kind)
            .field("url", &self.url)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// The header of every call, the first one.
pub(crate) const CONTENT_TYPE: (&str, &str) = ("Content-Type", "application/json");

/// The header that carries the API key (Kochava, Install Authentication Integration).
pub const API_KEY_HEADER: &str = "Kochava-Api-Key";

/// The header that carries the token, behind the API key's.
pub(crate) const TOKEN_HEADER: &str = "Kochava-Auth-Token";
