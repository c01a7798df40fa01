//! Splits the keys of events into words, so that names are recognised however they are written.
//!
//! In: `clientIP`, `client_ip`, `$client-ip`. Out: `client_ip` of each.

use super::looks::NEUTRAL;
use alloc::string::String;

/// Appends the words of a key, in lower case with `_` between them and before them. A word ends at
/// what is no letter or digit, before a capital behind a small letter, and before the last capital of
/// several that a small letter follows.
pub(super) fn append_words(out: &mut String, key: &str) {
    let mut before = ' ';
    let mut is_new = true;
    let mut rest = key.chars();
    while let Some(letter) = rest.next() {
        if !letter.is_alphanumeric() {
            is_new = true;
            before = letter;
            continue;
        }
        let ends_capitals = letter.is_uppercase()
            && before.is_uppercase()
            && rest.clone().next().is_some_and(char::is_lowercase);
        let begins_capital = letter.is_uppercase() && !before.is_uppercase();
        if (is_new || ends_capitals || begins_capital) && !out.is_empty() {
            out.push('_');
        }
        is_new = false;
        out.extend(letter.to_lowercase());
        before = letter;
    }
}

/// Whether words are those of a name; a `_` of the name may be left out, none may be added, so that
/// `ad_id`, the id of an advertisement, is no `adid`.
pub(super) fn are_name(words: &str, name: &str) -> bool {
    let mut letters = words.bytes().peekable();
    for byte in name.bytes() {
        if letters.peek() == Some(&byte) {
            letters.next();
        } else if byte != b'_' {
            return false;
        }
    }
    letters.peek().is_none()
}

/// The position of the name that words are; of a list with blanks between names.
pub(super) fn position_of(words: &str, names: &str) -> Option<usize> {
    names
        .split_ascii_whitespace()
        .position(|name| are_name(words, name))
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
