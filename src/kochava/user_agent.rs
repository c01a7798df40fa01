//! How does a user agent travel?

use crate::json::{ByteReplacement, append_replaced, write_str};
use alloc::borrow::Cow;
use alloc::string::String;
use percent_encoding::percent_decode_str;

/// How each byte travels: as it is where `encodeURIComponent` leaves it, else as `%` and two
/// hexadecimal digits.
static ENCODED: [ByteReplacement; 256] = encoded();

const fn encoded() -> [ByteReplacement; 256] {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut spelled = [([0; 3], 3); 256];
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
            ([own, 0, 0], 1)
        } else {
            ([b'%', DIGITS[byte >> 4], DIGITS[byte & 15]], 3)
        };
        byte += 1;
    }
    spelled
}

/// Appends the user agent with its quotes, URL-encoded once (Kochava, Post-Install Event Setup, row
/// `device_ua`).
pub(super) fn write_user_agent(out: &mut String, agent: &str) {
    if is_encoded(agent) {
        return write_str(out, agent);
    }
    // nothing that is left of it needs an escape
    out.push('"');
    append_replaced(out, agent, &ENCODED);
    out.push('"');
}

/// Is a user agent URL-encoded, or has it nothing that needs to be?
#[must_use]
pub fn is_encoded_user_agent(agent: &str) -> bool {
    is_encoded(agent) || agent.bytes().all(|byte| ENCODED[usize::from(byte)].1 == 1)
}

/// The user agent as the device writes it; as it came where it is not encoded.
#[must_use]
pub fn decode_user_agent(agent: &str) -> Cow<'_, str> {
    if is_encoded(agent) {
        percent_decode_str(agent).decode_utf8_lossy()
    } else {
        Cow::Borrowed(agent)
    }
}

fn is_encoded(agent: &str) -> bool {
    let is_escape = |rest: &[u8]| matches!(rest, [first, second, ..] if first.is_ascii_hexdigit() && second.is_ascii_hexdigit());
    agent.bytes().all(|byte| byte != b' ')
        && agent
            .match_indices('%')
            .any(|(at, _)| is_escape(&agent.as_bytes()[at + 1..]))
}
