//! Whose address can it be?

use core::net::{IpAddr, Ipv4Addr};

/// Can this be the address of a device on the Internet (IANA, IPv4 and IPv6 Special-Purpose Address
/// Registries)? The ranges for documentation pass: they mark samples, not a wrong set-up.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => is_public_v4(address),
            None => {
                !(address.is_unspecified()
                    || address.is_loopback()
                    || address.is_unique_local()
                    || address.is_unicast_link_local()
                    || address.is_multicast())
            }
        },
    }
}

/// The address that a text is, as the standard library reads it; four plain numbers by themselves,
/// since most are.
///
/// # Example
/// ```
/// use kochava_edge::read_address;
/// assert!(read_address("203.0.113.9").is_some() && read_address("2001:db8::1").is_some());
/// assert!(read_address("203.0.113.09").is_none() && read_address("203.0.113").is_none());
/// ```
#[must_use]
pub fn read_address(text: &str) -> Option<IpAddr> {
    read_v4(text.as_bytes())
        .map(IpAddr::V4)
        .or_else(|| text.parse().ok())
}

fn read_v4(text: &[u8]) -> Option<Ipv4Addr> {
    let (mut octets, mut place, mut number, mut digits) = (0, 0, 0_u32, 0);
    for byte in text {
        match byte {
            b'0'..=b'9' if digits == 0 || number > 0 => {
                number = number * 10 + u32::from(byte - b'0');
                digits += 1;
            }
            b'.' if place < 3 && digits > 0 => {
                (octets, place, number, digits) = (octets << 8 | number, place + 1, 0, 0)
            }
            _ => return None,
        }
        if number > 255 {
            return None;
        }
    }
    (digits > 0 && place == 3).then(|| Ipv4Addr::from_bits(octets << 8 | number))
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    let is_shared = first == 100 && second & 0xc0 == 64;
    !(first == 0
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || is_shared
        || address.is_multicast()
        || first >= 240)
}
