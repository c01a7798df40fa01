//! What is a thing called, whatever its length, in sixteen bytes?
//!
//! Names of events, devices, messages and links wherever they are remembered: nothing of what they
//! were made of can be read from them.

use alloc::string::String;
use core::fmt;
use sha2::{Digest as _, Sha256};

/// The first sixteen bytes of a SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest([u8; 16]);

impl Digest {
    /// The name of these parts in this order; where one ends and the next begins counts.
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

    /// Reads what `Display` writes.
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

    /// Which of so many shards remembers it.
    #[must_use]
    pub fn shard(self, shards: u32) -> u32 {
        let [.., a, b, c, d] = self.0;
        u32::from_be_bytes([a, b, c, d]) % shards.max(1)
    }

    /// Eight bytes of it, apart from those that choose the shard: among 800,000 of them, one name
    /// in 23 million millions is taken for another.
    #[must_use]
    pub fn fingerprint(self) -> u64 {
        self.0[..8]
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    /// As text of 32 digits.
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
