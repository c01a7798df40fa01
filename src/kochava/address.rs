//! Whose address can it be?

use core::net::{IpAddr, Ipv4Addr};

/// Can this be the address of a device on the Internet (IANA, IPv4 and IPv6 Special-Purpose Address Registries)? The ranges for
/// documentation pass: they mark samples, not a wrong set-up.
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

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    let is_shared = first == 100 && second & 0xc0 == 64;
    !(first == 0 || address.is_loopback() || address.is_private() || address.is_link_local() || is_shared || address.is_multicast() || first >= 240)
}
