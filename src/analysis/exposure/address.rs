//! Sets of IPv4 and IPv6 addresses, and what "public" means.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use super::interval::IntervalSet;

/// A set of addresses of both families.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct AddressSet {
    /// IPv4 addresses as numbers.
    pub v4: IntervalSet<u32>,
    /// IPv6 addresses as numbers.
    pub v6: IntervalSet<u128>,
}

/// IPv4 that the Internet does not route: RFC 6890 special-purpose blocks, with 100.64.0.0/10 (carrier
/// NAT), multicast and the reserved top. Source: IANA IPv4 Special-Purpose Address Registry.
const PRIVATE_V4: [(Ipv4Addr, u8); 14] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// The part of IPv6 that is assigned for global use. Source: IANA IPv6 Global Unicast registry.
const GLOBAL_V6: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

impl AddressSet {
    /// Every address.
    pub fn everything() -> Self {
        Self { v4: IntervalSet::of(0, u32::MAX), v6: IntervalSet::of(0, u128::MAX) }
    }

    /// The addresses that the Internet routes.
    pub fn public() -> &'static Self {
        static PUBLIC: LazyLock<AddressSet> = LazyLock::new(|| {
            let blocks = PRIVATE_V4.iter().map(|(base, length)| v4_block(*base, *length));
            let (low, high) = v6_block(GLOBAL_V6.0, GLOBAL_V6.1);
            AddressSet {
                v4: IntervalSet::of(0, u32::MAX).difference(&IntervalSet::from_intervals(blocks)),
                v6: IntervalSet::of(low, high),
            }
        });
        &PUBLIC
    }

    /// The addresses that the Internet does not route.
    pub fn private() -> &'static Self {
        static PRIVATE: LazyLock<AddressSet> =
            LazyLock::new(|| AddressSet::everything().difference(AddressSet::public()));
        &PRIVATE
    }

    /// The addresses from `first` to `last`; `None` when they are of two families or out of order.
    pub fn range(first: IpAddr, last: IpAddr) -> Option<Self> {
        match (first, last) {
            (IpAddr::V4(first), IpAddr::V4(last)) if first <= last => {
                Some(Self { v4: IntervalSet::of(first.into(), last.into()), v6: IntervalSet::empty() })
            }
            (IpAddr::V6(first), IpAddr::V6(last)) if first <= last => {
                Some(Self { v4: IntervalSet::empty(), v6: IntervalSet::of(first.into(), last.into()) })
            }
            _ => None,
        }
    }

    /// An address, a prefix (`10.0.0.0/8`; host bits may be set, as Azure tolerates them), or a range
    /// (`10.0.0.1-10.0.0.9`). `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some((first, last)) = text.split_once('-') {
            return Self::range(first.trim().parse().ok()?, last.trim().parse().ok()?);
        }
        let Some((base, length)) = text.split_once('/') else {
            let address = text.parse().ok()?;
            return Self::range(address, address);
        };
        let length: u8 = length.trim().parse().ok()?;
        match base.trim().parse().ok()? {
            IpAddr::V4(base) if length <= 32 => {
                let (low, high) = v4_block(base, length);
                Some(Self { v4: IntervalSet::of(low, high), v6: IntervalSet::empty() })
            }
            IpAddr::V6(base) if length <= 128 => {
                let (low, high) = v6_block(base, length);
                Some(Self { v4: IntervalSet::empty(), v6: IntervalSet::of(low, high) })
            }
            _ => None,
        }
    }

    /// Whether an address is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.v4.contains(address.into()),
            IpAddr::V6(address) => self.v6.contains(address.into()),
        }
    }

    /// Whether both have an address in common.
    pub fn meets(&self, other: &Self) -> bool {
        self.v4.meets(&other.v4) || self.v6.meets(&other.v6)
    }

    /// Whether every address of `other` is in it.
    pub fn covers(&self, other: &Self) -> bool {
        self.v4.covers(&other.v4) && self.v6.covers(&other.v6)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    /// Addresses in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self { v4: self.v4.union(&other.v4), v6: self.v6.union(&other.v6) }
    }

    /// Addresses in any of many sets.
    pub fn union_of(sets: &[Self]) -> Self {
        Self {
            v4: IntervalSet::from_intervals(sets.iter().flat_map(|set| set.v4.intervals()).copied()),
            v6: IntervalSet::from_intervals(sets.iter().flat_map(|set| set.v6.intervals()).copied()),
        }
    }

    /// Addresses in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self { v4: self.v4.intersection(&other.v4), v6: self.v6.intersection(&other.v6) }
    }

    /// Addresses of this set that are not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        Self { v4: self.v4.difference(&other.v4), v6: self.v6.difference(&other.v6) }
    }

    /// Its IPv4 and its IPv6 part.
    pub fn by_family(&self) -> (Self, Self) {
        let v4 = Self { v4: self.v4.clone(), v6: IntervalSet::empty() };
        (v4, Self { v4: IntervalSet::empty(), v6: self.v6.clone() })
    }

    /// How much of the public space is in it, each family on its own scale of 2^32.
    ///
    /// IPv6 is measured in 2^93ths of its 2^125 global addresses, so that a `/3 + n` weighs what an
    /// IPv4 `/n` does.
    pub fn public_weight(&self) -> u64 {
        let public = self.intersection(Self::public());
        let v4: u64 = public.v4.intervals().iter().map(|(low, high)| u64::from(high - low) + 1).sum();
        let v6: u128 = public.v6.intervals().iter().map(|(low, high)| ((high - low) >> 93) + 1).sum();
        v4.max(if public.v6.is_empty() { 0 } else { u64::try_from(v6).unwrap_or(u64::MAX) })
    }

    /// Whether it covers more public addresses than one IPv4 prefix of this length.
    pub fn is_wider_than(&self, length: u8) -> bool {
        self.public_weight() > 1 << (32 - u32::from(length.min(32)))
    }

    /// Whether it holds more addresses, public and private, than one IPv4 prefix of this length, or more than
    /// one IPv6 subnet (`/64`).
    pub fn holds_more_than(&self, length: u8) -> bool {
        let v4: u64 = self.v4.intervals().iter().map(|(low, high)| u64::from(high - low) + 1).sum();
        let v6 = self.v6.intervals().iter().fold(0u128, |sum, (low, high)| sum.saturating_add(high - low));
        v4 > 1 << (32 - u32::from(length.min(32))) || v6 >= 1 << 64
    }
}

fn v4_block(base: Ipv4Addr, length: u8) -> (u32, u32) {
    let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
    let low = u32::from(base) & mask;
    (low, low | !mask)
}

fn v6_block(base: Ipv6Addr, length: u8) -> (u128, u128) {
    let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
    let low = u128::from(base) & mask;
    (low, low | !mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_addresses_and_ranges() {
        let set = |text| AddressSet::parse(text).unwrap();
        assert_eq!(set("10.0.0.7/8"), set("10.0.0.0-10.255.255.255"));
        assert_eq!(set("0.0.0.0/1").union(&set("128.0.0.0/1")), set("0.0.0.0/0"));
        assert_eq!(set("::/0").v6, AddressSet::everything().v6);
        assert_eq!(set("1.2.3.4"), set("1.2.3.4/32"));
        for text in
            ["", "Internet", "10.0.0.0/33", "::/129", "1.2.3", "10.0.0.9-10.0.0.1", "10.0.0.1-::1", "/8"]
        {
            assert_eq!(AddressSet::parse(text), None, "{text}");
        }
    }

    #[test]
    fn wide_means_wide_in_public_space() {
        let cases = [
            ("0.0.0.0/0", 1, true),
            ("10.0.0.0/8", 24, false),
            ("20.0.0.0/8", 8, false),
            ("20.0.0.0/7", 8, true),
            ("::/0", 3, true),
            ("2001:db8::/32", 8, false),
            ("20.1.2.3/32", 32, false),
        ];
        for (text, length, expected) in cases {
            assert_eq!(AddressSet::parse(text).unwrap().is_wider_than(length), expected, "{text}");
        }
    }

    #[test]
    fn private_addresses_count_where_all_do() {
        let cases = [
            ("10.0.0.0/24", false),
            ("10.0.0.0/23", true),
            ("10.0.0.0-10.0.1.0", true),
            ("20.1.2.3/32", false),
            ("0.0.0.0/0", true),
            ("fd00::/64", false),
            ("fd00::/63", true),
            ("::/0", true),
        ];
        for (text, expected) in cases {
            assert_eq!(AddressSet::parse(text).unwrap().holds_more_than(24), expected, "{text}");
        }
    }
}
