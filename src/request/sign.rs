//! How does a request prove who sends it?
//!
//! `Kochava-Auth-Token` is the HMAC-SHA-256, keyed with the API key, of the secret followed by the
//! SHA-1 of the body; both digests in lower-case hex (Kochava, Install Authentication Integration).

use super::four::{Four, Hmac as HmacOfFour, sha1 as sha1_of_four};
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
    /// The same for four at once.
    four: HmacOfFour<SHA1_DIGITS>,
}

/// Digits of a SHA-1.
const SHA1_DIGITS: usize = 40;

impl Signer {
    /// Begins with the credentials.
    ///
    /// # Panics
    /// Never: an HMAC key may have any length.
    #[must_use]
    #[inline]
    pub fn new(credentials: &Credentials) -> Self {
        let (api_key, secret) = (
            credentials.api_key.expose(),
            credentials.secret.expose().as_bytes(),
        );
        let mut begun = Hmac::<Sha256>::new_from_slice(api_key.as_bytes())
            .expect("an HMAC key may have any length");
        begun.update(secret);
        Signer {
            api_key: String::from(api_key),
            begun,
            four: HmacOfFour::new(api_key.as_bytes(), secret),
        }
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

    pub(crate) fn prove(&self, body: &[u8]) -> Token {
        let digest: [u8; 20] = Sha1::digest(body).into();
        let mut mac = self.begun.clone();
        mac.update(&digits_of::<5, SHA1_DIGITS>(words_of(digest)));
        Token(digits_of::<8, 64>(words_of(
            mac.finalize().into_bytes().into(),
        )))
    }

    /// The tokens of four bodies, in half the time.
    pub(crate) fn prove_four(&self, bodies: Four<&[u8]>) -> Four<Token> {
        self.four
            .of(sha1_of_four(bodies).map(digits_of))
            .map(|words| Token(digits_of(words)))
    }
}

/// What proves who sends a body, in 64 digits.
pub(crate) struct Token([u8; 64]);

impl Token {
    /// Digits as many as a token has, where the token is still to come.
    pub(crate) const BLANK: &str =
        "0000000000000000000000000000000000000000000000000000000000000000";

    pub(crate) fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(…)")
    }
}

/// The words of a digest, the most significant byte first.
fn words_of<const BYTES: usize, const WORDS: usize>(digest: [u8; BYTES]) -> [u32; WORDS] {
    core::array::from_fn(|at| u32::from_be_bytes(digest.as_chunks().0[at]))
}

/// Words in hex, eight digits each.
fn digits_of<const WORDS: usize, const DIGITS: usize>(words: [u32; WORDS]) -> [u8; DIGITS] {
    let mut digits = [0; DIGITS];
    digits
        .as_chunks_mut()
        .0
        .iter_mut()
        .zip(words)
        .for_each(|(eight, word)| *eight = eight_digits(word));
    digits
}

/// Spreads the halves of each byte over eight bytes, and adds to each what makes it a digit.
fn eight_digits(word: u32) -> [u8; 8] {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    let x = u64::from(word);
    let x = (x | x << 16) & 0x0000_ffff_0000_ffff;
    let x = (x | x << 8) & 0x00ff_00ff_00ff_00ff;
    let x = (x | x << 4) & (ONES * 0xf);
    // six more carry a letter's digit into the next half
    let letters = (x + ONES * 6) >> 4 & ONES;
    (x + ONES * u64::from(b'0') + letters * u64::from(b'a' - b'9' - 1)).to_be_bytes()
}
