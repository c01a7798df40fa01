//! Reads several JSON values in a row, such as lines of JSON, as one batch.

use crate::json::Reader;
use alloc::borrow::Cow;
use alloc::string::String;

/// The text as it is where it is one JSON value or none; several values as a list of them, in which a
/// list among them is its elements.
pub(super) fn as_batch(text: &str) -> Cow<'_, str> {
    let bare = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader::new(bare);
    let mut list = String::from("[");
    let mut count = 0;
    while reader.peek().is_some() {
        let start = reader.position();
        if reader.value().is_err() {
            break;
        }
        let value = &bare[start..reader.position()];
        let elements = value
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .map_or(value, str::trim);
        if !elements.is_empty() {
            if list.len() > 1 {
                list.push(',');
            }
            list.push_str(elements);
        }
        count += 1;
    }
    if count < 2 {
        return Cow::Borrowed(text);
    }
    list.push(']');
    Cow::Owned(list)
}
