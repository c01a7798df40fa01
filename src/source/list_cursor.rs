//! A list of elements within a body, while it is read.
//!
//! In: the checked text of a list, or of one element that stands where a list may stand. Out: one
//! element after the other.

use super::Source;
use crate::json::{Reader, SyntaxError};

/// A list of elements, or a single one that stands where a list may stand.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says one thing of the list"
)]
pub(super) struct ListCursor<'a> {
    pub(super) reader: Reader<'a>,
    /// The text of the list or of the element.
    pub(super) text: &'a str,
    pub(super) is_list: bool,
    pub(super) is_in_users: bool,
    pub(super) is_first: bool,
    /// The sender of the elements, where it is known.
    pub(super) source: Option<Source>,
    /// Whether the elements may be wrappers themselves.
    pub(super) is_outermost: bool,
    /// Whether the members of a wrapper are part of each element.
    pub(super) is_sharing: bool,
}

impl<'a> ListCursor<'a> {
    pub(super) fn new(text: &'a str, is_in_users: bool) -> Self {
        let is_list = text.starts_with('[');
        ListCursor {
            reader: if is_list {
                Reader::inside(text)
            } else {
                Reader::new(text)
            },
            text,
            is_list,
            is_in_users,
            is_first: true,
            source: None,
            is_outermost: false,
            is_sharing: false,
        }
    }

    /// Whether there is another element.
    pub(super) fn advance(&mut self) -> Result<bool, SyntaxError> {
        let is_first = core::mem::take(&mut self.is_first);
        if self.is_list {
            self.reader.element(is_first)
        } else {
            Ok(is_first)
        }
    }
}
