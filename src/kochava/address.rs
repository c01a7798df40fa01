//! IP addresses: finding them in what senders write, reading them, and telling public ones from the
//! rest.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Finds the address in what a sender writes for one, and returns its literal: the first of a list
/// (`203.0.113.9, 198.51.100.7`), without a port (`203.0.113.9:443`, `[2001:db8::1]:443`), quotes,
/// a zone (`%eth0`), or the length of a network of one address (`/32`).
#[must_use]
pub fn find_address(text: &str) -> Option<(&str, IpAddr)> {
    if let Some(address) = read_address(text) {
        return Some((text, address));
    }
    let first = text
        .split([',', ';', ' ', '\t'])
        .map(|element| element.trim_matches('"'))
        .find(|element| !element.is_empty())?;
    let literal = if let Some(bracketed) = first.strip_prefix('[') {
        let (inner, rest) = bracketed.split_once(']')?;
        (rest.is_empty() || is_port(rest.strip_prefix(':')?)).then_some(inner)?
    } else {
        match first.split_once(':') {
            Some((host, port)) if host.contains('.') && is_port(port) => host,
            _ => first,
        }
    };
    let (literal, width) = literal.split_once('/').unwrap_or((literal, ""));
    let literal = literal
        .split_once('%')
        .map_or(literal, |(address, _)| address);
    let address = read_address(literal)?;
    let is_one_address = match address {
        IpAddr::V4(_) => matches!(width, "" | "32"),
        IpAddr::V6(_) => matches!(width, "" | "128"),
    };
    is_one_address.then_some((literal, address))
}

fn is_port(digits: &str) -> bool {
    !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && digits.parse::<u16>().is_ok()
}

/// Reports whether an address can be that of a device on the Internet (IANA, IPv4 and IPv6
/// Special-Purpose Address Registries). The ranges for documentation count as public: they mark
/// samples, not a wrong set-up. An IPv6 address that embeds an IPv4 address is public if that is.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match embedded_v4(address) {
            Some(address) => is_public_v4(address),
            None => is_public_v6(address),
        },
    }
}

/// The IPv4 address that an IPv6 address stands for: mapped (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC
/// 3056), or that of a Teredo client (RFC 4380).
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let bits = address.to_bits();
    #[expect(clippy::cast_possible_truncation, reason = "32 bits are cut out")]
    let v4_at = |shift: u32| Ipv4Addr::from_bits((bits >> shift) as u32);
    match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, _, _] => Some(v4_at(0)),
        [0x2002, ..] => Some(v4_at(80)),
        [0x2001, 0, ..] => Some(Ipv4Addr::from_bits(!v4_at(0).to_bits())),
        _ => address.to_ipv4_mapped(),
    }
}

/// All global unicast addresses lie in `2000::/3`; of those the range for benchmarks and the first
/// ORCHIDs (RFC 5180, RFC 4843) and the former 6bone (RFC 3701) are no device's.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, third, ..] = address.segments();
    let is_special = (first == 0x2001 && second == 2 && third == 0)
        || (first == 0x2001 && second & 0xfff0 == 0x10)
        || first == 0x3ffe;
    first & 0xe000 == 0x2000 && !is_special
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
    let [first, second, third, _] = address.octets();
    let is_shared = first == 100 && second & 0xc0 == 64;
    let is_benchmark = first == 198 && second & 0xfe == 18;
    // 192.0.0.0/24 (RFC 6890), and the former relays of 6to4 (RFC 7526)
    let is_protocols =
        (first, second, third) == (192, 0, 0) || (first, second, third) == (192, 88, 99);
    !(first == 0
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || is_shared
        || is_benchmark
        || is_protocols
        || address.is_multicast()
        || first >= 240)
}
