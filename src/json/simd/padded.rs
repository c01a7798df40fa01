//! Loads fewer bytes than a vector has, without reading beyond them.
//!
//! In: up to 15 bytes. Out: two numbers, padded with zeros.

/// Up to 15 bytes, padded with zeros, as two little-endian numbers.
#[inline]
pub(super) fn load_padded(bytes: &[u8]) -> [u64; 2] {
    let length = bytes.len();
    if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        // the last eight bytes overlap the first eight by `16 - length`
        let high = u64::from_le_bytes(*last) >> (8 * (16 - length) - 1) >> 1;
        return [u64::from_le_bytes(*first), high];
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        return [
            u64::from(u32::from_le_bytes(*first))
                | u64::from(u32::from_le_bytes(*last)) << (8 * (length - 4)),
            0,
        ];
    }
    [
        bytes
            .iter()
            .rev()
            .fold(0, |number, byte| number << 8 | u64::from(*byte)),
        0,
    ]
}
