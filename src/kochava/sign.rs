//! Signs a body: how a request proves who sends it.
//!
//! `Kochava-Auth-AuthToken` is the HMAC-SHA-256, keyed with the API key, of the secret followed by the
//! SHA-1 of the body; both digests in lower-case hex (Kochava, Install Authentication Integration).

use alloc::string::String;
use core::fmt;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

/// The API key and the secret of an app with strict authentication (Kochava, Install Authentication
/// Integration).
#[derive(Clone, Debug)]
pub struct Credentials {
    /// From the dashboard, Account Options.
    pub api_key: Secret,
    /// From Kochava's client success team.
    pub secret: Secret,
}

/// A text that no log shows.
#[derive(Clone)]
pub struct Secret(pub(crate) String);

impl Secret {
    /// The text itself.
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

/// Signs bodies; what does not depend on the body is computed once.
#[derive(Clone)]
pub struct Signer {
    api_key: String,
    /// The state after the key and the secret.
    keyed: Hmac<Sha256>,
}

impl Signer {
    /// Prepares for bodies under these credentials.
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

    /// The API key, which is sent beside the token.
    #[must_use]
    pub fn api_key(&self) -> &str {
        &self.api_key
    }

    /// The token of a body: 64 lower-case hex digits.
    #[must_use]
    pub fn token(&self, body: &[u8]) -> AuthToken {
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

/// The value of `Kochava-Auth-AuthToken`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AuthToken([u8; 64]);

impl AuthToken {
    /// The digits.
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

fn hex(digest: &[u8], digits: &mut [u8]) {
    base16ct::lower::encode(digest, digits).expect("two digits for each byte");
}
