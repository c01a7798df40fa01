//! IP addresses: reading them, and telling public ones from the rest.

use core::net::{IpAddr, Ipv4Addr};

/// Reports whether an address can be that of a device on the Internet (IANA, IPv4 and IPv6
/// Special-Purpose Address Registries). The ranges for documentation count as public: they mark
/// samples, not a wrong set-up.
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

/// Reads a literal address, exactly as [`IpAddr`]'s `FromStr` does.
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

/// Reads four decimal numbers, the form of most addresses.
fn read_v4(text: &[u8]) -> Option<Ipv4Addr> {
    let (mut octets, mut dots, mut octet, mut digits) = (0, 0, 0_u32, 0);
    for byte in text {
        match byte {
            // no octet has a leading zero
            b'0'..=b'9' if digits == 0 || octet > 0 => {
                octet = octet * 10 + u32::from(byte - b'0');
                digits += 1;
            }
            b'.' if dots < 3 && digits > 0 => {
                (octets, dots, octet, digits) = (octets << 8 | octet, dots + 1, 0, 0);
            }
            _ => return None,
        }
        if octet > 255 {
            return None;
        }
    }
    (digits > 0 && dots == 3).then(|| Ipv4Addr::from_bits(octets << 8 | octet))
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
