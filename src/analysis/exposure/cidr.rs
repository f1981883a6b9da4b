//! Sets of addresses as the shortest list of prefixes, for people and firewalls.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::address::AddressSet;
use super::interval::IntervalSet;

/// The shortest list of prefixes that holds every Internet address of `set` and no other one.
///
/// Addresses that the Internet doesn't route don't count: with all of the others the list is `0.0.0.0/0`,
/// and not the thirty-odd prefixes between the private blocks. Each prefix is as narrow as it can be
/// without making the list longer.
pub fn cover(set: &AddressSet) -> Vec<String> {
    cover_within(set, AddressSet::public())
}

/// The shortest list of prefixes that holds every address of `set` and no other one of `universe`.
pub fn cover_within(set: &AddressSet, universe: &AddressSet) -> Vec<String> {
    let set = set.intersection(universe);
    let mut out = Vec::new();
    let widen = |low: u32, high: u32| (u128::from(low), u128::from(high));
    let wide = |set: &IntervalSet<u32>| {
        IntervalSet::from_intervals(set.intervals().iter().map(|(low, high)| widen(*low, *high)))
    };
    for (low, length) in blocks(&wide(&set.v4), &wide(&universe.v4), 32) {
        let base = Ipv4Addr::from(u32::try_from(low).unwrap_or(u32::MAX));
        out.push(format!("{base}/{length}"));
    }
    for (low, length) in blocks(&set.v6, &universe.v6, 128) {
        out.push(format!("{}/{length}", Ipv6Addr::from(low)));
    }
    out
}

/// Prefixes as (first address, length).
fn blocks(set: &IntervalSet<u128>, universe: &IntervalSet<u128>, bits: u32) -> Vec<(u128, u32)> {
    let top = if bits == 128 { u128::MAX } else { (1 << bits) - 1 };
    if set.is_empty() {
        return Vec::new();
    }
    if set == universe {
        return vec![(0, 0)];
    }
    // Every prefix of a shortest list lies in one of the largest prefixes that hold nothing else.
    let free = IntervalSet::of(0, top).difference(&universe.difference(set));
    let mut out = Vec::new();
    for &(low, high) in free.intervals() {
        let mut from = low;
        loop {
            let size = largest(from, high, bits);
            let last = from + mask(size);
            let inside = set.intersection(&IntervalSet::of(from, last));
            if let (Some((first, _)), Some((_, end))) =
                (inside.intervals().first(), inside.intervals().last())
            {
                let span = 128 - (first ^ end).leading_zeros();
                out.push((first & !mask(span), bits - span));
            }
            if last >= high {
                break;
            }
            from = last + 1;
        }
    }
    out
}

fn mask(size: u32) -> u128 {
    if size >= 128 { u128::MAX } else { (1 << size) - 1 }
}

/// How many low bits the largest prefix has that begins at `from` and ends at or before `high`.
fn largest(from: u128, high: u128, bits: u32) -> u32 {
    let mut size = from.trailing_zeros().min(bits);
    while from.checked_add(mask(size)).is_none_or(|last| last > high) {
        size -= 1;
    }
    size
}

/// Ports as `22`, `80-443`, separated by commas; `all ports` for all of them.
pub fn ports(set: &IntervalSet<u16>) -> String {
    if set.contains_all() {
        return "all ports".to_owned();
    }
    let mut out = String::new();
    for (low, high) in set.intervals() {
        if !out.is_empty() {
            out.push_str(", ");
        }
        let _ = if low == high { write!(out, "{low}") } else { write!(out, "{low}-{high}") };
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(texts: &[&str]) -> AddressSet {
        texts.iter().fold(AddressSet::default(), |sum, text| sum.union(&AddressSet::parse(text).unwrap()))
    }

    #[test]
    fn as_short_and_as_narrow_as_can_be() {
        assert_eq!(cover(&AddressSet::everything()), ["0.0.0.0/0", "::/0"]);
        assert_eq!(cover(&set(&["0.0.0.0/1"])), ["0.0.0.0/1"]);
        assert_eq!(cover(&set(&["11.0.0.0/8"])), ["11.0.0.0/8"]);
        assert_eq!(cover(&set(&["9.0.0.0/8", "11.0.0.0/8"])), ["9.0.0.0/8", "11.0.0.0/8"]);
        assert_eq!(cover(&set(&["20.0.0.0/9", "20.128.0.0/9", "20.1.2.3"])), ["20.0.0.0/8"]);
        assert_eq!(cover(&set(&["20.1.2.3-20.1.2.6"])), ["20.1.2.3/32", "20.1.2.4/31", "20.1.2.6/32"]);
        assert_eq!(cover(&set(&["10.0.0.0/8"])), Vec::<String>::new());
        assert_eq!(cover(&set(&["2001:db8::/32", "::1"])), ["2001:db8::/32"]);
    }

    proptest! {
        #[test]
        fn holds_what_it_should_and_nothing_else(
            ranges in proptest::collection::vec((any::<u32>(), 0_u32..1 << 20), 1..6),
        ) {
            let intervals = ranges.iter().map(|(low, size)| (*low, low.saturating_add(*size)));
            let wanted = AddressSet { v4: IntervalSet::from_intervals(intervals), v6: IntervalSet::empty() };
            let listed = cover(&wanted);
            let sum = set(&listed.iter().map(String::as_str).collect::<Vec<_>>());
            let public = AddressSet::public();
            prop_assert_eq!(sum.intersection(public), wanted.intersection(public));
            // One prefix less, and something is missing.
            for left_out in 0..listed.len() {
                let rest: Vec<&str> =
                    listed.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, text)| text.as_str()).collect();
                prop_assert_ne!(set(&rest).intersection(public), wanted.intersection(public));
            }
        }
    }
}
