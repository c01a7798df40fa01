//! Decompresses gzip (RFC 1952), up to a number of bytes and of deflate blocks.
//!
//! The number of blocks is limited, since an empty one takes ten bits and the time to build its
//! tables: five megabytes of them would take seconds, and come to nothing. `flate2` does not say
//! where a block ends; `miniz_oxide`, on which it is built, does. The platform's
//! `DecompressionStream` is unsuitable: it decompresses everything that is written before anything
//! is read, 5 GB for five bodies of 0.8 MB, and accepts only one member.

use crc::{CRC_32_ISO_HDLC, Crc, Table};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{
    TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};
use std::sync::LazyLock;

/// Why a body is not decompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GzipError {
    /// It is not gzip, is incomplete, or its checksum is wrong.
    Unreadable,
    /// It has more bytes than allowed.
    TooLarge,
    /// It has more blocks than allowed.
    TooManyBlocks,
}

/// Decompresses all members of a gzip body.
pub(super) fn gunzip(
    compressed: &[u8],
    bytes_max: usize,
    blocks_max: usize,
) -> Result<Vec<u8>, GzipError> {
    let mut inflater = Inflater {
        state: Box::default(),
        // text is compressed to about a quarter
        bytes: vec![0; (compressed.len() * 4).min(bytes_max) + 1],
        written: 0,
        bytes_max,
        blocks_left: blocks_max,
    };
    let mut rest = compressed;
    loop {
        rest = inflater.member(rest)?;
        if rest.is_empty() {
            inflater.bytes.truncate(inflater.written);
            return Ok(inflater.bytes);
        }
    }
}

/// Decompresses one member after the other.
struct Inflater {
    state: Box<DecompressorOxide>,
    /// Longer than what is written, so that there is room.
    bytes: Vec<u8>,
    written: usize,
    bytes_max: usize,
    blocks_left: usize,
}

impl Inflater {
    /// Decompresses a member, and returns what follows it.
    fn member<'c>(&mut self, compressed: &'c [u8]) -> Result<&'c [u8], GzipError> {
        let start = self.written;
        let rest = self.deflated(after_header(compressed).ok_or(GzipError::Unreadable)?)?;
        let member = &self.bytes[start..self.written];
        let (trailer, rest) = rest.split_first_chunk::<8>().ok_or(GzipError::Unreadable)?;
        let length = u32::try_from(member.len()).map_err(|_| GzipError::TooLarge)?;
        let expected = u64::from(length) << 32 | u64::from(crc_32(member));
        if u64::from_le_bytes(*trailer) != expected {
            return Err(GzipError::Unreadable);
        }
        Ok(rest)
    }

    /// Decompresses a deflate stream (RFC 1951), and returns what follows it.
    fn deflated<'c>(&mut self, compressed: &'c [u8]) -> Result<&'c [u8], GzipError> {
        self.state.init();
        let (start, mut rest) = (self.written, compressed);
        loop {
            // a distance cannot reach behind the start of the member
            let (status, read, written) = decompress(
                &mut self.state,
                rest,
                &mut self.bytes[start..],
                self.written - start,
                FLAGS,
            );
            rest = &rest[read..];
            self.written += written;
            if self.written > self.bytes_max {
                return Err(GzipError::TooLarge);
            }
            match status {
                TINFLStatus::Done => {
                    self.count_block()?;
                    return Ok(rest);
                }
                TINFLStatus::BlockBoundary => self.count_block()?,
                TINFLStatus::HasMoreOutput => {
                    let length = (self.bytes.len() * 2).min(self.bytes_max + 1);
                    self.bytes.resize(length, 0);
                }
                _ => return Err(GzipError::Unreadable),
            }
        }
    }

    fn count_block(&mut self) -> Result<(), GzipError> {
        let left = self.blocks_left.checked_sub(1);
        self.blocks_left = left.ok_or(GzipError::TooManyBlocks)?;
        Ok(())
    }
}

/// Returns what follows the header of a member (RFC 1952, section 2.3), if it is valid.
fn after_header(bytes: &[u8]) -> Option<&[u8]> {
    let &[0x1f, 0x8b, 8, flags, _, _, _, _, _, _, ref after @ ..] = bytes else {
        return None;
    };
    if flags & RESERVED != 0 {
        return None;
    }
    let mut rest = after;
    if flags & EXTRA != 0 {
        let (length, after) = rest.split_first_chunk::<2>()?;
        rest = after.get(usize::from(u16::from_le_bytes(*length))..)?;
    }
    for text in [NAME, COMMENT] {
        if flags & text != 0 {
            let end = rest.iter().position(|&byte| byte == 0)?;
            rest = &rest[end + 1..];
        }
    }
    if flags & CHECKSUM != 0 {
        let (checksum, after) = rest.split_first_chunk::<2>()?;
        let header = &bytes[..bytes.len() - rest.len()];
        let expected = crc_32(header) & 0xffff;
        if u32::from(u16::from_le_bytes(*checksum)) != expected {
            return None;
        }
        rest = after;
    }
    Some(rest)
}

/// Returns the CRC-32 of bytes (RFC 1952, section 8). The table is computed at the first use: it would be 16 KB of the
/// upload that nothing compresses.
fn crc_32(bytes: &[u8]) -> u32 {
    static CRC_32: LazyLock<Crc<u32, Table<16>>> =
        LazyLock::new(|| Crc::<u32, Table<16>>::new(&CRC_32_ISO_HDLC));
    CRC_32.checksum(bytes)
}

const FLAGS: u32 = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF | TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY;

// bits of the header's flags
const CHECKSUM: u8 = 2;
const EXTRA: u8 = 4;
const NAME: u8 = 8;
const COMMENT: u8 = 16;
const RESERVED: u8 = 0xe0;

#[cfg(test)]
mod tests {
    use super::{GzipError, gunzip};
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write as _;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn gunzipped(compressed: &[u8]) -> Result<Vec<u8>, GzipError> {
        gunzip(compressed, 1_000, 100)
    }

    /// Puts `blocks`, a deflate stream up to its last block, in front of those of `text`.
    fn with_blocks(blocks: &[u8], text: &[u8]) -> Vec<u8> {
        let packed = gzip(text);
        [&packed[..10], blocks, &packed[10..]].concat()
    }

    #[test]
    fn every_member_is_decompressed_up_to_the_cap() {
        let members = [gzip(b"{}"), gzip(b""), gzip(&[b' '; 998])].concat();
        assert_eq!(gunzipped(&members).map(|bytes| bytes.len()), Ok(1_000));
        for too_large in [
            gzip(&[b' '; 1_001]),
            [members, gzip(b"1")].concat(),
            gzip(&vec![b' '; 10_000_000]),
        ] {
            assert_eq!(gunzipped(&too_large), Err(GzipError::TooLarge));
        }
    }

    #[test]
    fn what_was_compressed_by_another_program_is_restored() {
        let text: Vec<u8> = (0..300_000_u32)
            .flat_map(|number| (number.wrapping_mul(2_654_435_761) >> 7).to_le_bytes())
            .collect();
        for level in 0..=9 {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::new(level));
            encoder.write_all(&text).unwrap();
            let packed = encoder.finish().unwrap();
            assert!(
                gunzip(&packed, text.len(), 1_000).unwrap() == text,
                "{level}"
            );
        }
    }

    #[test]
    fn blocks_are_counted_across_members_however_small_they_are() {
        // RFC 1951, section 3.2.4: not the last, stored, padding, length 0 and its complement
        let stored = [0, 0, 0, 0xff, 0xff];
        assert_eq!(
            gunzipped(&with_blocks(&stored.repeat(99), b"x")),
            Ok(b"x".to_vec())
        );
        // section 3.2.6: not the last, fixed codes, the seven zeros of an end of block: 10 bits;
        // four of them are five bytes
        let fixed = [
            0b0000_0010,
            0b0000_1000,
            0b0010_0000,
            0b1000_0000,
            0b0000_0000,
        ];
        assert_eq!(
            gunzipped(&with_blocks(&fixed.repeat(24), b"x")),
            Ok(b"x".to_vec())
        );
        for too_many in [
            with_blocks(&stored.repeat(100), b"x"),
            with_blocks(&fixed.repeat(25), b"x"),
            gzip(b"").repeat(101),
        ] {
            assert_eq!(gunzipped(&too_many), Err(GzipError::TooManyBlocks));
        }
    }

    #[test]
    fn what_is_no_gzip_or_breaks_off_is_unreadable() {
        let whole = gzip(b"[1,2,3]");
        let mut flipped = whole.clone();
        let last = flipped.len() - 6;
        flipped[last] ^= 1;
        let cut = |end: usize| whole[..end].to_vec();
        let followed = |bytes: &[u8]| [&whole, bytes].concat();
        for compressed in [
            Vec::new(),
            b"[1,2,3]".to_vec(),
            cut(5),
            cut(12),
            cut(whole.len() - 9),
            cut(whole.len() - 1),
            flipped,
            followed(b"\0"),
            followed(&whole[..12]),
        ] {
            let expected = Err(GzipError::Unreadable);
            assert_eq!(gunzipped(&compressed), expected, "{compressed:?}");
        }
    }

    #[test]
    fn a_distance_does_not_reach_into_the_member_before() {
        // fixed codes, the last block: length 3 (0000001), distance 1 (00000), end (0000000)
        let deflated = [0b0000_0011, 0b0000_0010, 0b0000_0000];
        let member = |data: &[u8]| {
            let trailer = [super::crc_32(data).to_le_bytes(), 3_u32.to_le_bytes()].concat();
            [&gzip(b"")[..10], &deflated, &trailer].concat()
        };
        let reaching = [gzip(b"a"), member(b"aaa")].concat();
        assert_eq!(gunzipped(&reaching), Err(GzipError::Unreadable));
    }
}
