//! How does a user agent travel?

use crate::json::{append, write_str};
use alloc::borrow::Cow;
use alloc::string::String;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What `encodeURIComponent` leaves is left.
const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'!').remove(b'~').remove(b'*').remove(b'\'').remove(b'(').remove(b')');

/// Appends the user agent with its quotes, URL-encoded once (Kochava, Post-Install Event Setup, row `device_ua`).
pub(super) fn write_user_agent(out: &mut String, agent: &str) {
    if is_encoded(agent) {
        return write_str(out, agent);
    }
    // nothing that is left of it needs an escape
    out.push('"');
    utf8_percent_encode(agent, ENCODED).for_each(|piece| append(out, piece));
    out.push('"');
}

/// Is a user agent URL-encoded, or has it nothing that needs to be?
#[must_use]
pub fn is_encoded_user_agent(agent: &str) -> bool {
    is_encoded(agent) || !utf8_percent_encode(agent, ENCODED).any(|piece| piece.starts_with('%'))
}

/// The user agent as the device writes it; as it came where it is not encoded.
#[must_use]
pub fn decode_user_agent(agent: &str) -> Cow<'_, str> {
    if is_encoded(agent) { percent_decode_str(agent).decode_utf8_lossy() } else { Cow::Borrowed(agent) }
}

fn is_encoded(agent: &str) -> bool {
    let is_escape = |rest: &[u8]| matches!(rest, [first, second, ..] if first.is_ascii_hexdigit() && second.is_ascii_hexdigit());
    !agent.contains(' ') && agent.match_indices('%').any(|(at, _)| is_escape(&agent.as_bytes()[at + 1..]))
}
