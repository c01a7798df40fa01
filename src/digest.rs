//! A 128-bit digest that names an event, a device, a message or a link wherever it is stored.
//!
//! In: texts. Out: a [`Digest`] from which they cannot be read back.

use alloc::string::String;
use core::fmt;
use sha2::{Digest as _, Sha256};

/// The first 16 bytes of a SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest([u8; 16]);

impl Digest {
    /// The digest of these parts in this order. Each part is hashed with its length, so that
    /// `["ab", "c"]` and `["a", "bc"]` differ.
    #[must_use]
    pub fn of(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.finalize()[..16]);
        Digest(bytes)
    }

    /// Reads 32 lower-case hexadecimal digits, as [`Digest::to_hex`] writes them; `None` for any
    /// other text.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let is_lower_hex = text.len() == 32
            && text
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let number = u128::from_str_radix(text, 16)
            .ok()
            .filter(|_| is_lower_hex)?;
        Some(Digest(number.to_be_bytes()))
    }

    /// The shard that stores it, among `shards`.
    #[must_use]
    pub fn shard(self, shards: u32) -> u32 {
        let [.., a, b, c, d] = self.0;
        u32::from_be_bytes([a, b, c, d]) % shards.max(1)
    }

    /// Its first 8 bytes, which do not choose the shard. Among 800,000 stored fingerprints, one new
    /// digest in 2.3 × 10¹³ equals one of them.
    #[must_use]
    pub fn fingerprint(self) -> u64 {
        self.0[..8]
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    /// The digest as 32 lower-case hexadecimal digits.
    #[must_use]
    pub fn to_hex(self) -> String {
        const DIGITS: [char; 16] = [
            '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
        ];
        let mut hex = String::with_capacity(32);
        for byte in self.0 {
            hex.push(DIGITS[usize::from(byte >> 4)]);
            hex.push(DIGITS[usize::from(byte & 15)]);
        }
        hex
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl serde::Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_hex())
    }
}

impl<'de> serde::Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let hex = alloc::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Digest::read(&hex)
            .ok_or_else(|| serde::de::Error::custom("a digest has 32 lower-case hex digits"))
    }
}
