//! The protocols that reach machines in virtual networks.

use super::interval::IntervalSet;
use super::security_rule::{TCP, UDP};

/// A protocol that Azure's virtual networks carry to a machine: TCP, UDP, ICMP, ESP and AH, and no others.
///
/// Source: <https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq>, "What protocols can I use
/// in virtual networks?".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// Transmission Control Protocol.
    Tcp,
    /// User Datagram Protocol.
    Udp,
    /// Internet Control Message Protocol, of IPv4 and IPv6.
    Icmp,
    /// Encapsulating Security Payload of IPsec.
    Esp,
    /// Authentication Header of IPsec.
    Ah,
}

impl Protocol {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Tcp, Self::Udp, Self::Icmp, Self::Esp, Self::Ah];

    /// The word that Azure and every output use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tcp => "Tcp",
            Self::Udp => "Udp",
            Self::Icmp => "Icmp",
            Self::Esp => "Esp",
            Self::Ah => "Ah",
        }
    }

    /// The protocol of a word, without letter case.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.word().eq_ignore_ascii_case(word))
    }

    /// Whether its packets go to a port.
    pub fn has_ports(self) -> bool {
        matches!(self, Self::Tcp | Self::Udp)
    }

    /// Whether it is among these IANA numbers.
    pub(super) fn is_in(self, numbers: &IntervalSet<u8>) -> bool {
        match self {
            Self::Tcp => numbers.contains(TCP),
            Self::Udp => numbers.contains(UDP),
            Self::Icmp => numbers.contains(1) || numbers.contains(58),
            Self::Esp => numbers.contains(50),
            Self::Ah => numbers.contains(51),
        }
    }
}
