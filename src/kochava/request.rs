//! The HTTP request of a call: method, URL, headers and body.
//!
//! A written body goes in; a [`Request`] comes out, or [`TooLarge`]. The signed bytes are the sent
//! bytes.

use super::{Endpoint, Signer, WrittenBody};
use crate::limits::REQUEST_BYTES_LIMIT;
use alloc::string::String;
use alloc::vec::Vec;

/// The kind of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RequestKind {
    /// An install.
    Install,
    /// A post-install event.
    Event,
    /// An identity.
    Identity,
}

impl RequestKind {
    /// Every kind.
    pub const ALL: [RequestKind; 3] = [
        RequestKind::Install,
        RequestKind::Event,
        RequestKind::Identity,
    ];

    /// Returns the name for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            RequestKind::Install => "install",
            RequestKind::Event => "event",
            RequestKind::Identity => "identity",
        }
    }
}

/// One HTTP request; always a `POST`.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The kind.
    pub kind: RequestKind,
    /// The URL.
    pub url: String,
    /// The headers, in order.
    pub headers: Vec<(&'static str, String)>,
    /// The body, as it is signed: ASCII, in PHP's spelling.
    pub body: String,
}

/// The error of a body that has [`REQUEST_BYTES_LIMIT`] bytes or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

impl Request {
    /// The method of every request.
    pub const METHOD: &'static str = "POST";

    /// The name of every header that a request may have.
    pub const HEADER_NAMES: [&'static str; 4] = [
        CONTENT_TYPE.0,
        USER_AGENT_HEADER,
        API_KEY_HEADER,
        TOKEN_HEADER,
    ];

    /// Creates the request of a body, which is taken out of its buffer; signed, if there is a
    /// signer.
    ///
    /// # Errors
    /// `TooLarge` for a body of 2,000,000 bytes.
    pub fn new(
        kind: RequestKind,
        written: WrittenBody<'_>,
        endpoint: &Endpoint,
        signer: Option<&Signer>,
    ) -> Result<Self, TooLarge> {
        let mut headers = Vec::with_capacity(4);
        let token = signer.map(|signer| signer.token(written.body.as_bytes()));
        let authentication = signer
            .zip(token.as_ref())
            .map(|(signer, token)| (signer.api_key(), token.as_str()));
        each_header(&written, authentication, |name, value| {
            headers.push((name, String::from(value)));
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

/// Passes the headers of a request to `each`, in order; `authentication` is the API key and the
/// token of the body.
///
/// # Errors
/// [`TooLarge`] for a body of 2,000,000 bytes.
pub(crate) fn each_header(
    written: &WrittenBody<'_>,
    authentication: Option<(&str, &str)>,
    mut each: impl FnMut(&'static str, &str),
) -> Result<(), TooLarge> {
    if written.body.len() >= REQUEST_BYTES_LIMIT {
        return Err(TooLarge);
    }
    each(CONTENT_TYPE.0, CONTENT_TYPE.1);
    if !written.has_device_ua {
        // without it Kochava would use this request's own user agent as the device's (Kochava, S2S
        // without Device UA)
        each(USER_AGENT_HEADER, "Unknown");
    }
    if let Some((api_key, token)) = authentication {
        each(API_KEY_HEADER, api_key);
        each(TOKEN_HEADER, token);
    }
    Ok(())
}

impl core::fmt::Debug for Request {
    /// Shows neither the body nor the headers, which hold personal data and credentials.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Request")
            .field("kind", &self.kind)
            .field("url", &self.url)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// The first header of every request, with its value.
pub(crate) const CONTENT_TYPE: (&str, &str) = ("Content-Type", "application/json");

/// The header of an event without a user agent of its device.
const USER_AGENT_HEADER: &str = "User-Agent";

/// The header with the API key (Kochava, Install Authentication Integration).
pub const API_KEY_HEADER: &str = "Kochava-Api-Key";

/// The header with the token (Kochava, Install Authentication Integration).
pub(crate) const TOKEN_HEADER: &str = "Kochava-Auth-Token";
