//! The signature of Segment's Webhook destinations.
//!
//! `X-Signature` is the HMAC-SHA1 of the JSON text of an event in hex digits; of a batch, which is a
//! bare array, it covers the first event alone (Segment, Webhooks (Actions) destination). So it adds
//! to the ingest token and does not replace it.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

/// The signature of a request, and the secret that it was made with.
pub(crate) struct Signature<'s> {
    pub(crate) secret: &'s str,
    /// The header `X-Signature`; a request without it is refused like one with a wrong one.
    pub(crate) given: Option<String>,
}

impl Signature<'_> {
    /// Returns whether it is that of the body, or of the first element of the body.
    pub(crate) fn covers(&self, body: &[u8], first: Option<&[u8]>) -> bool {
        let Some(given) = self.given.as_deref().and_then(from_hex) else {
            return false;
        };
        [Some(body), first].into_iter().flatten().any(|signed| {
            let mac = Hmac::<Sha1>::new_from_slice(self.secret.as_bytes());
            let mac = mac
                .expect("a key of any length will do")
                .chain_update(signed);
            // compares in constant time
            mac.verify_slice(&given).is_ok()
        })
    }
}

/// Reads bytes from hex digits.
fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim().as_bytes().chunks(2);
    digits
        .map(|pair| {
            let pair = core::str::from_utf8(pair).ok()?;
            let is_hex = pair.len() == 2 && pair.bytes().all(|digit| digit.is_ascii_hexdigit());
            is_hex.then(|| u8::from_str_radix(pair, 16).ok()).flatten()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Signature;

    /// RFC 2202, section 3, test case 2.
    const SECRET: &str = "Jefe";
    const SIGNED: &[u8] = b"what do ya want for nothing?";
    const GIVEN: &str = "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";

    fn covers(given: Option<&str>, body: &[u8], first: Option<&[u8]>) -> bool {
        let given = given.map(str::to_owned);
        let secret = SECRET;
        Signature { secret, given }.covers(body, first)
    }

    #[test]
    fn a_signature_covers_the_body_or_its_first_element() {
        assert!(covers(Some(GIVEN), SIGNED, None));
        assert!(covers(Some(&GIVEN.to_uppercase()), SIGNED, None));
        assert!(covers(Some(GIVEN), b"[what do ya", Some(SIGNED)));
        assert!(!covers(Some(GIVEN), b"[what do ya", Some(b"want")));
    }

    #[test]
    fn a_signature_that_is_missing_cut_or_no_hex_covers_nothing() {
        let others = [
            None,
            Some(""),
            Some(&GIVEN[1..]),
            Some(&GIVEN[2..]),
            Some("+f"),
            Some("é"),
        ];
        for given in others {
            assert!(!covers(given, SIGNED, Some(SIGNED)), "{given:?}");
        }
    }
}
