//! How does a request prove who sends it?
//!
//! `Kochava-Auth-Token` is the HMAC-SHA-256, keyed with the API key, of the secret followed by the SHA-1 of the body; both digests in
//! lower-case hex (Kochava, Install Authentication Integration).

use crate::settings::Credentials;
use alloc::string::String;
use core::fmt;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

/// Signs bodies; what does not depend on the body is computed once.
#[derive(Clone)]
pub struct Signer {
    api_key: String,
    /// The state behind the key and the secret.
    begun: Hmac<Sha256>,
}

impl Signer {
    /// Begins with the credentials.
    ///
    /// # Panics
    /// Never: an HMAC key may have any length.
    #[must_use]
    pub fn new(credentials: &Credentials) -> Self {
        let mut begun = Hmac::<Sha256>::new_from_slice(credentials.api_key.expose().as_bytes()).expect("an HMAC key may have any length");
        begun.update(credentials.secret.expose().as_bytes());
        Signer { api_key: String::from(credentials.api_key.expose()), begun }
    }

    /// The API key, which goes along.
    #[must_use]
    pub fn api_key(&self) -> &str {
        &self.api_key
    }

    /// The token of a body.
    #[must_use]
    pub fn token(&self, body: &[u8]) -> String {
        String::from(self.prove(body).as_str())
    }

    pub(super) fn prove(&self, body: &[u8]) -> Token {
        let mut hex_digits = [0; 40];
        write_hex(&Sha1::digest(body), &mut hex_digits);
        let mut mac = self.begun.clone();
        mac.update(&hex_digits);
        let mut token = [0; 64];
        write_hex(&mac.finalize().into_bytes(), &mut token);
        Token(token)
    }
}

/// What proves who sends a body, in 64 digits.
pub(super) struct Token([u8; 64]);

impl Token {
    pub(super) fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(…)")
    }
}

fn write_hex(bytes: &[u8], digits: &mut [u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 0xf)];
    }
}
