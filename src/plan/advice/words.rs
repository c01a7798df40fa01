//! Splits the keys of events into words, so that names are recognised however they are written.
//!
//! In: `clientIP`, `client_ip`, `$client-ip`. Out: `client_ip` of each. Letters beyond ASCII are kept
//! as they are: no name has any.

use super::looks::NEUTRAL;
use alloc::string::String;

/// Appends the words of a key, in lower case with `_` between them and before them. A word ends at
/// what is no letter or digit, before a capital behind a small letter, and before the last capital of
/// several that a small letter follows.
pub(super) fn append_words(out: &mut String, key: &str) {
    let mut before = b' ';
    let mut letters = key.chars().peekable();
    while let Some(letter) = letters.next() {
        let is_capital = letter.is_ascii_uppercase();
        let is_last_capital =
            before.is_ascii_uppercase() && letters.peek().is_some_and(char::is_ascii_lowercase);
        let begins =
            before == b' ' || (is_capital && (is_last_capital || !before.is_ascii_uppercase()));
        if letter.is_ascii() && !letter.is_ascii_alphanumeric() {
            before = b' ';
            continue;
        }
        if begins && !out.is_empty() {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
        before = u8::try_from(letter).unwrap_or(b'x');
    }
}

/// Whether words are those of a name; a `_` of the name may be left out, none may be added, so that
/// `ad_id`, the id of an advertisement, is no `adid`.
fn are_name(words: &str, name: &str) -> bool {
    let words = words.as_bytes();
    let mut at = 0;
    for byte in name.bytes() {
        if words.get(at) == Some(&byte) {
            at += 1;
        } else if byte != b'_' {
            return false;
        }
    }
    at == words.len()
}

/// The position of the name that words are; of a list with blanks between names.
pub(super) fn position_of(words: &str, names: &str) -> Option<usize> {
    position(names, &|name| are_name(words, name))
}

/// The position of the first name that `is_wanted`; of a list with blanks between names.
#[inline(never)]
pub(super) fn position(names: &str, is_wanted: &dyn Fn(&str) -> bool) -> Option<usize> {
    let mut rest = names;
    let mut place = 0;
    while !rest.is_empty() {
        let (name, others) = rest.split_once(' ').unwrap_or((rest, ""));
        if is_wanted(name) {
            return Some(place);
        }
        rest = others;
        place += 1;
    }
    None
}

/// Words without the first ones that say nothing.
pub(super) fn without_neutral(mut words: &str) -> &str {
    while let Some((first, rest)) = words.split_once('_') {
        if position_of(first, NEUTRAL).is_none() {
            break;
        }
        words = rest;
    }
    words
}
