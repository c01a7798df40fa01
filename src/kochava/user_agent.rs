//! URL encoding of user agents.
//!
//! A user agent that a sender has already encoded is sent as it is, so that none is encoded twice.

use crate::json::{ByteReplacement, append_replaced, write_str};
use alloc::borrow::Cow;
use alloc::string::String;
use percent_encoding::percent_decode_str;

/// The encoding of each byte: the byte itself where `encodeURIComponent` leaves it, otherwise `%`
/// and two hexadecimal digits.
static ENCODED: [ByteReplacement; 256] = encoded();

const fn encoded() -> [ByteReplacement; 256] {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut spelled = [[0; 4]; 256];
    let mut byte = 0;
    while byte < 256 {
        #[allow(clippy::cast_possible_truncation, reason = "below 256")]
        let own = byte as u8;
        let is_left = own.is_ascii_alphanumeric()
            || matches!(
                own,
                b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')'
            );
        spelled[byte] = if is_left {
            [own, 0, 0, 1]
        } else {
            [b'%', DIGITS[byte >> 4], DIGITS[byte & 15], 3]
        };
        byte += 1;
    }
    spelled
}

/// Appends a user agent as a JSON string, URL-encoded once (Kochava, Post-Install Event Setup, row
/// `device_ua`).
pub(super) fn write_user_agent(out: &mut String, agent: &str) {
    if is_encoded(agent) {
        return write_str(out, agent);
    }
    // an encoded text has no character that JSON escapes
    out.push('"');
    append_replaced(out, agent, &ENCODED);
    out.push('"');
}

/// Reports whether a user agent is URL-encoded or has no character that encoding would change.
#[must_use]
pub fn is_encoded_user_agent(agent: &str) -> bool {
    is_encoded(agent) || agent.bytes().all(|byte| ENCODED[usize::from(byte)][3] == 1)
}

/// Returns the user agent as the device writes it; an unencoded one is returned unchanged.
#[must_use]
pub fn decode_user_agent(agent: &str) -> Cow<'_, str> {
    if is_encoded(agent) {
        percent_decode_str(agent).decode_utf8_lossy()
    } else {
        Cow::Borrowed(agent)
    }
}

/// Reports whether a text has an escape and no space.
fn is_encoded(agent: &str) -> bool {
    let is_escape = |window: &[u8]| {
        window[0] == b'%' && window[1].is_ascii_hexdigit() && window[2].is_ascii_hexdigit()
    };
    !agent.as_bytes().contains(&b' ') && agent.as_bytes().windows(3).any(is_escape)
}
