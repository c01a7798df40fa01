//! Signs bodies for apps with strict authentication.
//!
//! Credentials and the bytes of a body go in; a token comes out.
//! The token is the HMAC-SHA-256, keyed with the API key, of the secret followed by the SHA-1 of
//! the body; both digests are lower-case hex (Kochava, Install Authentication Integration).

use crate::json::steps::count_signed;
use alloc::string::String;
use core::fmt;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

/// The API key and the secret of an app with strict authentication (Kochava, Install Authentication
/// Integration).
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The API key, from the dashboard, Account Options.
    pub api_key: Secret,
    /// The secret, from Kochava's client success team.
    pub secret: Secret,
}

/// A text that its `Debug` output does not show.
#[derive(Clone)]
pub struct Secret(pub(crate) String);

impl Secret {
    /// Returns the text.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Signs bodies under one pair of credentials, with all that does not depend on the body computed
/// once.
#[derive(Clone)]
pub struct Signer {
    api_key: String,
    /// The state of the HMAC after the key and the secret.
    keyed: Hmac<Sha256>,
}

impl Signer {
    /// Creates a signer.
    ///
    /// # Panics
    /// Never: an HMAC key may have any length.
    #[must_use]
    pub fn new(credentials: &Credentials) -> Self {
        let api_key = credentials.api_key.expose();
        let mut keyed = Hmac::<Sha256>::new_from_slice(api_key.as_bytes())
            .expect("an HMAC key may have any length");
        keyed.update(credentials.secret.expose().as_bytes());
        Signer {
            api_key: String::from(api_key),
            keyed,
        }
    }

    /// Returns the API key, which is sent beside the token.
    #[must_use]
    pub fn api_key(&self) -> &str {
        &self.api_key
    }

    /// Returns the token of a body.
    #[must_use]
    pub fn token(&self, body: &[u8]) -> AuthToken {
        count_signed();
        let mut sha1_digits = [0; 40];
        hex(&Sha1::digest(body), &mut sha1_digits);
        let mut mac = self.keyed.clone();
        mac.update(&sha1_digits);
        let mut digits = [0; 64];
        hex(&mac.finalize().into_bytes(), &mut digits);
        AuthToken(digits)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(…)")
    }
}

/// A token: 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AuthToken([u8; 64]);

impl AuthToken {
    /// Returns the digits.
    ///
    /// # Panics
    /// Never: hex digits are ASCII.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).expect("hex digits are ASCII")
    }
}

impl fmt::Debug for AuthToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthToken(…)")
    }
}

/// Writes a digest as hex digits, two for each byte.
fn hex(digest: &[u8], digits: &mut [u8]) {
    base16ct::lower::encode(digest, digits).expect("two digits for each byte");
}
