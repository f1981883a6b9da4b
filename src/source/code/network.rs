//! Networks as the functions of infrastructure code calculate with them, IPv4 and IPv6.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network; its address has no bits outside of the prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// First address.
    pub address: u128,
    /// How many bits all its addresses share.
    pub prefix: u32,
    /// How many bits an address has: 32 or 128.
    pub width: u32,
}

impl Network {
    /// Reads `10.0.0.0/16`; bits of the address outside of the prefix are dropped.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        let (address, width) = match address.parse().ok()? {
            IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
            IpAddr::V6(address) => (address.to_bits(), 128),
        };
        let digits = !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_digit());
        let prefix = prefix.parse().ok().filter(|prefix| digits && *prefix <= width)?;
        let network = Self { address, prefix, width };
        Some(Self { address: address & network.mask(), ..network })
    }

    /// The bits that all its addresses share.
    pub fn mask(self) -> u128 {
        low_bits(self.width) & !self.hosts()
    }

    /// The bits that tell its addresses apart.
    pub fn hosts(self) -> u128 {
        low_bits(self.width - self.prefix)
    }

    /// Last address.
    pub fn last(self) -> u128 {
        self.address | self.hosts()
    }

    /// Its address, without the prefix.
    pub fn host(self) -> String {
        if self.width == 32 {
            // An address of 32 bits is in a number of 128.
            Ipv4Addr::from_bits(self.address as u32).to_string()
        } else {
            Ipv6Addr::from_bits(self.address).to_string()
        }
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.host(), self.prefix)
    }
}

/// A number of which that many low bits are set.
pub fn low_bits(count: u32) -> u128 {
    1_u128.checked_shl(count).map_or(u128::MAX, |bit| bit - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read_and_written() {
        for (text, expected) in [
            ("10.1.2.3/16", Some("10.1.0.0/16 to 10.1.255.255")),
            ("0.0.0.0/0", Some("0.0.0.0/0 to 255.255.255.255")),
            ("fd00::1/64", Some("fd00::/64 to fd00::ffff:ffff:ffff:ffff")),
            ("::/0", Some("::/0 to ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")),
            ("10.0.0.0/33", None),
            ("10.0.0.0/+8", None),
            ("10.0.0.0", None),
            ("10.0.0/8", None),
        ] {
            let shown = Network::parse(text).map(|network| {
                format!("{network} to {}", Network { address: network.last(), ..network }.host())
            });
            assert_eq!(shown.as_deref(), expected, "{text}");
        }
    }
}
