//! Texts that stand for a missing value.
//!
//! A trimmed text goes in; whether it is a value comes out. The words are those that languages,
//! templates and SDKs print where there is nothing (Amplitude, HTTP V2 API, invalid ids; Amplitude,
//! Webhooks, missing values), without regard to case, brackets, quotes and separators: `(null)`,
//! `<nil>`, `N/A` and `not_available` are `null`, `nil`, `na` and `notavailable`.

use super::is_uuid;

/// Reports whether a text is the null of some language or template: `null`, `(null)`, `<null>`,
/// `nil`, `None`, `undefined`, `Optional(nil)`, `DBNull`, or nothing at all.
#[must_use]
pub fn is_null_word(text: &str) -> bool {
    // most texts are times and numbers
    !text.starts_with(|first: char| first.is_ascii_digit())
        && (text.is_empty() || Word::of(text).is_some_and(|word| word.is_null()))
}

/// Reports whether a text says that a value is missing: a null, or a word such as `unknown`, `N/A`,
/// `-` and `NaN`.
#[must_use]
pub fn means_missing(text: &str) -> bool {
    !text.contains(char::is_alphanumeric)
        || Word::of(text).is_some_and(|word| word.is_null() || word.means_unknown())
        || text == MINUS_ONE
}

/// Reports whether a text cannot be the id of one device or user: it says that the id is missing,
/// it consists of zeros (Segment, Kochava destination: limited tracking), every device of a kind
/// has it, or it is the unfilled place of a template, such as `{{user_id}}`.
#[must_use]
pub fn is_placeholder(id: &str) -> bool {
    let is_digit_zero = |character: char| character == '0' || !character.is_alphanumeric();
    id.chars().all(is_digit_zero)
        || Word::of(id)
            .is_some_and(|word| word.is_null() || word.means_unknown() || word.is_shared_id())
        || id == MINUS_ONE
        || is_shared_number(id)
        || is_shared_digest(id)
        || (matches!(id.len(), 16 | 32 | 36) && is_uniform(id))
        || is_unfilled(id)
}

/// Reports whether an id repeats one hexadecimal digit, such as the largest UUID (RFC 9562, section
/// 5.10).
#[must_use]
pub fn is_uniform(id: &str) -> bool {
    let first = id.as_bytes().first().copied().unwrap_or_default();
    first.is_ascii_hexdigit()
        && id
            .bytes()
            .all(|byte| byte == b'-' || byte.eq_ignore_ascii_case(&first))
}

/// Reports whether a whole series of devices has an id (Amplitude, HTTP V2 API and Android SDK), or
/// it is the MAC address that systems report in place of the real one.
fn is_shared_number(id: &str) -> bool {
    const NUMBERS: [&str; 3] = ["9774d56d682e549c", "lmy47d", "020000000000"];
    let letters = || id.bytes().filter(u8::is_ascii_alphanumeric);
    let is_this = |known: &&str| {
        let lower = letters().map(|byte| byte.to_ascii_lowercase());
        lower.eq(known.bytes())
    };
    id.len() <= TEXT_BYTES_MAX && NUMBERS.iter().any(is_this) && id.is_ascii()
}

/// Reports whether an id is one of the MD5 digests of an address that all devices have in common
/// (Amplitude, iOS and Swift SDK, `isValidDeviceId`).
fn is_shared_digest(id: &str) -> bool {
    const DIGESTS: [&str; 2] = [
        "e3f5536a141811db40efd6400f1d0a4e",
        "04bab7ee75b9a58d39b8dc54e8851084",
    ];
    id.len() == 32 && DIGESTS.iter().any(|known| id.eq_ignore_ascii_case(known))
}

/// Reports whether a text is the place of a template that was not filled, or what a language prints
/// for an object: `{{idfa}}`, `${idfa}`, `%idfa%`, `[IDFA]`, `__IDFA__`, `[object Object]`,
/// `Optional("…")`. A UUID in brackets is an id: .NET prints it so.
fn is_unfilled(text: &str) -> bool {
    const WRAPPERS: [&str; 4] = ["Optional(", "Optional[", "Some(", "Instance of "];
    let inner = match text.as_bytes() {
        [b'(', .., b')']
        | [b'<', .., b'>']
        | [b'[', .., b']']
        | [b'{', .., b'}']
        | [b'%', .., b'%'] => &text[1..text.len() - 1],
        [b'$' | b'#' | b'@' | b'%', b'{', .., b'}'] | [b'_', b'_', .., b'_', b'_'] => return true,
        // the first bytes are compared before, since the rest is compared by a call
        [first, ..] => {
            let begins = |wrapper: &&str| {
                wrapper.as_bytes().first() == Some(first) && text.starts_with(*wrapper)
            };
            return WRAPPERS.iter().any(begins);
        }
        [] => return false,
    };
    // an address of mail may stand in angle brackets, and a user agent may be one comment
    !is_uuid(inner) && !inner.contains(['@', ';', '/'])
}

/// What SDKs and spreadsheets write for an unknown number.
const MINUS_ONE: &str = "-1";

/// The letters of a short text, in lower case.
struct Word {
    letters: [u8; WORD_BYTES_MAX],
    length: usize,
}

/// Letters of the longest word, `objectundefined`, and room for a few more.
const WORD_BYTES_MAX: usize = 20;

/// Bytes of the longest text that is compared with the words.
const TEXT_BYTES_MAX: usize = 28;

impl Word {
    /// The word that a text consists of, separators, brackets and quotes aside; `None` for a text
    /// with any other character: most ids, versions and models have a digit near their beginning.
    fn of(text: &str) -> Option<Self> {
        if text.len() > TEXT_BYTES_MAX {
            return None;
        }
        let mut word = Word {
            letters: [0; WORD_BYTES_MAX],
            length: 0,
        };
        for byte in text.bytes() {
            if byte.is_ascii_alphabetic() {
                *word.letters.get_mut(word.length)? = byte.to_ascii_lowercase();
                word.length += 1;
            } else if !byte.is_ascii_punctuation() && byte != b' ' {
                return None;
            }
        }
        Some(word)
    }

    #[inline]
    fn letters(&self) -> &[u8] {
        &self.letters[..self.length]
    }

    /// C and JavaScript, Swift and Go, Python, Swift's and Java's optionals, .NET, Visual Basic, C++.
    fn is_null(&self) -> bool {
        matches!(
            self.letters(),
            b"null"
                | b"nil"
                | b"none"
                | b"undefined"
                | b"optionalnil"
                | b"optionalnone"
                | b"optionalempty"
                | b"dbnull"
                | b"systemdbnull"
                | b"nothing"
                | b"nullptr"
        )
    }

    /// What people, spreadsheets and SDKs write for an unknown value.
    fn means_unknown(&self) -> bool {
        matches!(
            self.letters(),
            b"" | b"na"
                | b"nan"
                | b"unknown"
                | b"anonymous"
                | b"notavailable"
                | b"notset"
                | b"notprovided"
                | b"notapplicable"
                | b"unset"
                | b"unavailable"
                | b"empty"
                | b"missing"
                | b"redacted"
                | b"private"
                | b"objectobject"
                | b"objectnull"
                | b"objectundefined"
                | b"systemobject"
                | b"systemstring"
        )
    }

    /// Ids that whole series of devices have (Amplitude, HTTP V2 API and Android SDK), and booleans.
    fn is_shared_id(&self) -> bool {
        matches!(self.letters(), b"deface" | b"android" | b"true" | b"false")
    }
}
