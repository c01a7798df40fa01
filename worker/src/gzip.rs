//! What does a gzip body hold?
//!
//! The frame alone (RFC 1952), member by member; `miniz_oxide` inflates. A crate for both brings 16
//! KB of tables for the checksum, which no packing makes smaller.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

/// Why nothing is unpacked.
pub(crate) enum Fault {
    /// It is not gzip, or broke off.
    Unreadable,
    /// It holds more than the most bytes.
    TooLarge,
}

/// The bytes of all members; never many more than `bytes_max` are held.
pub(crate) fn unpack(packed: &[u8], bytes_max: usize) -> Result<Vec<u8>, Fault> {
    let checksum = Checksum::new();
    let mut unpacked = Unpacked {
        bytes: Vec::new(),
        end: 0,
    };
    let mut inflater = Box::<DecompressorOxide>::default();
    let mut rest = packed;
    loop {
        let start = unpacked.end;
        rest = behind_header(rest, &checksum).ok_or(Fault::Unreadable)?;
        rest = unpacked.inflate(&mut inflater, rest, bytes_max)?;
        rest = behind_trailer(rest, &checksum, &unpacked.bytes[start..unpacked.end])
            .ok_or(Fault::Unreadable)?;
        if rest.is_empty() {
            unpacked.bytes.truncate(unpacked.end);
            return Ok(unpacked.bytes);
        }
    }
}

/// What is unpacked up to `end`, and room behind it, which every further member uses.
struct Unpacked {
    bytes: Vec<u8>,
    end: usize,
}

impl Unpacked {
    /// Inflates one member; leaves what stands behind it.
    fn inflate<'p>(
        &mut self,
        inflater: &mut DecompressorOxide,
        mut packed: &'p [u8],
        bytes_max: usize,
    ) -> Result<&'p [u8], Fault> {
        const ROOM_MIN: usize = 16_384;
        let start = self.end;
        inflater.init();
        loop {
            let room = &mut self.bytes[start..];
            let (status, read, written) = decompress(
                inflater,
                packed,
                room,
                self.end - start,
                TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
            );
            packed = &packed[read..];
            self.end += written;
            if self.end > bytes_max {
                return Err(Fault::TooLarge);
            }
            match status {
                TINFLStatus::Done => return Ok(packed),
                // one byte too many tells that there are too many
                TINFLStatus::HasMoreOutput if self.bytes.len() <= bytes_max => {
                    self.bytes
                        .resize((self.bytes.len() * 2).max(ROOM_MIN).min(bytes_max + 1), 0);
                }
                _ => return Err(Fault::Unreadable),
            }
        }
    }
}

fn behind_header<'p>(packed: &'p [u8], checksum: &Checksum) -> Option<&'p [u8]> {
    const HAS_CHECKSUM: u8 = 1 << 1;
    const HAS_EXTRA: u8 = 1 << 2;
    const HAS_NAME: u8 = 1 << 3;
    const HAS_COMMENT: u8 = 1 << 4;
    let (fixed, mut rest) = packed.split_first_chunk::<10>()?;
    // the higher bits must not be set
    let [0x1f, 0x8b, 8, flags @ 0..=0x1f, ..] = *fixed else {
        return None;
    };
    if flags & HAS_EXTRA != 0 {
        let (length, more) = rest.split_first_chunk()?;
        rest = more.get(usize::from(u16::from_le_bytes(*length))..)?;
    }
    for has_text in [HAS_NAME, HAS_COMMENT] {
        if flags & has_text != 0 {
            rest = &rest[rest.iter().position(|&byte| byte == 0)? + 1..];
        }
    }
    if flags & HAS_CHECKSUM != 0 {
        let (sum, more) = rest.split_first_chunk::<2>()?;
        let header = &packed[..packed.len() - rest.len()];
        if !checksum.of(header).to_le_bytes().starts_with(sum) {
            return None;
        }
        rest = more;
    }
    Some(rest)
}

fn behind_trailer<'p>(packed: &'p [u8], checksum: &Checksum, bytes: &[u8]) -> Option<&'p [u8]> {
    let (sum, rest) = packed.split_first_chunk()?;
    let (length, rest) = rest.split_first_chunk()?;
    (checksum.of(bytes) == u32::from_le_bytes(*sum)
        && bytes.len() == u32::from_le_bytes(*length) as usize)
        .then_some(rest)
}

/// CRC-32; its table is made anew for each body, in no time beside the reading of one.
struct Checksum {
    table: [u32; 256],
}

impl Checksum {
    fn new() -> Self {
        let mut table = [0; 256];
        for (byte, entry) in (0_u32..).zip(&mut table) {
            *entry = (0..8).fold(byte, |sum, _| {
                if sum & 1 == 1 {
                    sum >> 1 ^ 0xedb8_8320
                } else {
                    sum >> 1
                }
            });
        }
        Checksum { table }
    }

    fn of(&self, bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |sum, &byte| {
            sum >> 8 ^ self.table[usize::from(sum.to_le_bytes()[0] ^ byte)]
        })
    }
}
