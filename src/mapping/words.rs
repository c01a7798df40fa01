//! Recognises words in the spellings of many SDKs.
//!
//! In: a trimmed text. Out: the word as `known` names it, without regard to case, separators and the
//! name of an enum before it.

use crate::json::Decimal;

/// What `known` has for a text as a word, or for the member of an enum that the text names:
/// `authorized` of `TrackingStatus.authorized`, `.authorized` and `Status::Authorized`. A negation
/// before the last word makes it no known word.
pub(super) fn choice<T>(text: &str, known: &dyn Fn(&str) -> Option<T>) -> Option<T> {
    if let Some(found) = known(keyword(text).as_str()) {
        return Some(found);
    }
    let (path, member) = text.rsplit_once(['.', ':'])?;
    let mut segments = path.split(['.', ':']);
    let is_name = |segment: &str| {
        segment
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !segment.starts_with(|first: char| first.is_ascii_digit())
            && !["not", "non", "un", "no", "never", "isnt", "isnot", "false"]
                .iter()
                .any(|negation| segment.eq_ignore_ascii_case(negation))
    };
    if !segments.all(is_name) {
        return None;
    }
    known(keyword(member).as_str())
}

/// A word in lower case without the separators inside it, so that `not_determined`, `notDetermined`
/// and `Not Determined` are one; or one of the numbers 0 to 3 as a digit, also when written `1.0`.
/// Empty for any other text, such as one with a sign or in another script.
pub(super) fn keyword(text: &str) -> Keyword {
    let mut word = Keyword {
        letters: [0; KEYWORD_BYTES_MAX],
        length: 0,
    };
    let may_be_number = text.starts_with(|first: char| !first.is_ascii_alphabetic());
    if may_be_number && let Some(number) = Decimal::parse(text) {
        let known = ["0", "1", "2", "3"]
            .into_iter()
            .find(|digit| number == Decimal::of(digit));
        known
            .into_iter()
            .flat_map(str::bytes)
            .for_each(|digit| word.push(digit));
        return word;
    }
    let is_separator = |byte| matches!(byte, b' ' | b'_' | b'-' | b'.');
    for (at, byte) in text.bytes().enumerate() {
        if byte.is_ascii_alphanumeric() && word.length < KEYWORD_BYTES_MAX {
            word.push(byte.to_ascii_lowercase());
        } else if !is_separator(byte) || at == 0 || at + 1 == text.len() {
            word.length = 0;
            break;
        }
    }
    word
}

/// A normalised word: ASCII letters and digits.
pub(super) struct Keyword {
    letters: [u8; KEYWORD_BYTES_MAX],
    length: usize,
}

/// Longer than the longest known word, `attrackingmanagerauthorizationstatusnotdetermined`.
const KEYWORD_BYTES_MAX: usize = 64;

impl Keyword {
    fn push(&mut self, letter: u8) {
        self.letters[self.length] = letter;
        self.length += 1;
    }

    pub(super) fn as_str(&self) -> &str {
        core::str::from_utf8(&self.letters[..self.length]).expect("letters and digits are ASCII")
    }
}
