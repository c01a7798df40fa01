//! Trims texts: white space, control characters, and characters that no font shows.

use super::{Text, UnescapedChars, Value};

/// The text without blanks at both ends: white space of any script, control characters, and
/// invisible ones such as the zero-width space and the byte order mark.
#[must_use]
#[inline]
pub fn trim(text: &str) -> &str {
    match text.as_bytes() {
        [b'!'..=b'~'] | [b'!'..=b'~', .., b'!'..=b'~'] => text,
        _ => text.trim_matches(is_blank),
    }
}

fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}'
        )
}

impl Value<'_> {
    /// The value; a string without blanks at both ends.
    #[must_use]
    pub fn trimmed(self) -> Self {
        match self {
            Value::String(text) => Value::String(text.trimmed()),
            other => other,
        }
    }
}

impl Text<'_> {
    fn trimmed(self) -> Self {
        if !self.is_escaped() {
            return Text {
                raw: trim(self.raw),
                ..self
            };
        }
        let mut characters = UnescapedChars { rest: self.raw };
        let (mut start, mut end) = (None, 0);
        loop {
            let at = self.raw.len() - characters.rest.len();
            let Some(character) = characters.next() else {
                break;
            };
            if !character.is_ok_and(is_blank) {
                start = start.or(Some(at));
                end = self.raw.len() - characters.rest.len();
            }
        }
        Text {
            raw: &self.raw[start.unwrap_or(end)..end],
            ..self
        }
    }
}
