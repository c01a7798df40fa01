//! Reads several JSON values in a row, such as lines of JSON, as one batch.

use crate::json::Reader;
use alloc::borrow::Cow;
use alloc::string::String;

/// The text as it is where it is one JSON value or none; several values as a list of them.
pub(super) fn as_batch(text: &str) -> Cow<'_, str> {
    let bare = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader::new(bare);
    let mut list = String::new();
    let mut count = 0;
    while reader.peek().is_some() {
        let start = reader.position();
        if reader.value().is_err() {
            break;
        }
        list.push(if count == 0 { '[' } else { ',' });
        list.push_str(&bare[start..reader.position()]);
        count += 1;
    }
    if count < 2 {
        return Cow::Borrowed(text);
    }
    list.push(']');
    Cow::Owned(list)
}
