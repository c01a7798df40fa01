//! Keys that are compared with a text at once.
//!
//! In: a key as it stands in a text. Out: whether another text starts with it.

use super::lane;

/// Bytes that a [`KeyToken`] has at most.
const KEY_TOKEN_MAX: usize = 32;

/// A text of at most 32 bytes, prepared for fast comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::json) struct KeyToken {
    length: usize,
    /// The text, padded with zeros.
    bytes: [[u8; 16]; 2],
    /// 0xff for each byte of the text, 0 for the padding.
    mask: [[u8; 16]; 2],
}

impl KeyToken {
    /// The token of `text`; `None` when it has more than 32 bytes.
    pub(in crate::json) fn of(text: &str) -> Option<Self> {
        let mut token = KeyToken {
            length: text.len(),
            bytes: [[0; 16]; 2],
            mask: [[0; 16]; 2],
        };
        let bytes = token.bytes.as_flattened_mut().get_mut(..text.len())?;
        bytes.copy_from_slice(text.as_bytes());
        token.mask.as_flattened_mut()[..text.len()].fill(0xff);
        Some(token)
    }

    #[inline(always)]
    pub(in crate::json) fn len(&self) -> usize {
        self.length
    }

    /// Whether `bytes` are the token and what follows it.
    #[inline(always)]
    pub(super) fn starts(&self, bytes: &[u8; KEY_TOKEN_MAX]) -> bool {
        let (Some(first), Some(second)) = (bytes.first_chunk::<16>(), bytes.last_chunk::<16>())
        else {
            return false;
        };
        lane::is_same_masked(first, &self.bytes[0], &self.mask[0])
            && (self.length <= 16 || lane::is_same_masked(second, &self.bytes[1], &self.mask[1]))
    }

    /// Whether `bytes` start with the token.
    pub(in crate::json) fn is_prefix_of(&self, bytes: &[u8]) -> bool {
        match bytes.first_chunk() {
            Some(bytes) => self.starts(bytes),
            None => bytes.starts_with(&self.bytes.as_flattened()[..self.length]),
        }
    }
}
