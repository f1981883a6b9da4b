//! Sets of numbers as sorted, disjoint, inclusive intervals: addresses and ports.

use smallvec::{SmallVec, smallvec};

/// Nearly all sets are a prefix, a port, or everything but one of these: two intervals, kept without
/// allocating.
type Intervals<T> = SmallVec<[(T, T); 2]>;

/// A number that intervals are made of.
pub trait Point: Copy + Ord {
    /// The number after this one; `None` at the top.
    fn after(self) -> Option<Self>;
    /// The number before this one; `None` at the bottom.
    fn before(self) -> Option<Self>;
}

macro_rules! points {
    ($($number:ty),*) => {$(
        impl Point for $number {
            fn after(self) -> Option<Self> {
                self.checked_add(1)
            }
            fn before(self) -> Option<Self> {
                self.checked_sub(1)
            }
        }
    )*};
}
points!(u8, u16, u32, u128);

/// A set of numbers. Two sets with the same members are equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct IntervalSet<T> {
    intervals: Intervals<T>,
}

impl<T: Point> IntervalSet<T> {
    /// The set without members.
    pub fn empty() -> Self {
        Self { intervals: SmallVec::new() }
    }

    /// The numbers from `low` to `high`, both in it; empty when `low` is above `high`.
    pub fn of(low: T, high: T) -> Self {
        Self { intervals: if low <= high { smallvec![(low, high)] } else { SmallVec::new() } }
    }

    /// The union of inclusive intervals, in any order.
    pub fn from_intervals(intervals: impl IntoIterator<Item = (T, T)>) -> Self {
        let mut all: Intervals<T> = intervals.into_iter().filter(|(low, high)| low <= high).collect();
        if all.len() < 2 {
            return Self { intervals: all };
        }
        all.sort_unstable();
        let mut merged: Intervals<T> = SmallVec::new();
        for (low, high) in all {
            match merged.last_mut() {
                // Touching intervals become one, so that equal sets have equal lists.
                Some(last) if last.1.after().is_none_or(|after| low <= after) => last.1 = last.1.max(high),
                _ => merged.push((low, high)),
            }
        }
        Self { intervals: merged }
    }

    /// The intervals, in order, none touching another.
    pub fn intervals(&self) -> &[(T, T)] {
        &self.intervals
    }

    /// Whether there is no member.
    pub fn is_empty(&self) -> bool {
        self.intervals.is_empty()
    }

    /// Whether every number is a member.
    pub fn contains_all(&self) -> bool {
        matches!(self.intervals.as_slice(), [(low, high)] if low.before().is_none() && high.after().is_none())
    }

    /// Whether both have a member in common.
    pub fn meets(&self, other: &Self) -> bool {
        let (short, long) =
            if self.intervals.len() < other.intervals.len() { (self, other) } else { (other, self) };
        short.intervals.iter().any(|(low, high)| {
            let at = long.intervals.partition_point(|(_, end)| end < low);
            long.intervals.get(at).is_some_and(|(start, _)| start <= high)
        })
    }

    /// Whether every member of `other` is one of this set.
    pub fn covers(&self, other: &Self) -> bool {
        other.intervals.iter().all(|(low, high)| {
            let at = self.intervals.partition_point(|(_, end)| end < low);
            self.intervals.get(at).is_some_and(|(start, end)| start <= low && high <= end)
        })
    }

    /// Whether `point` is a member.
    pub fn contains(&self, point: T) -> bool {
        let at = self.intervals.partition_point(|(_, high)| *high < point);
        self.intervals.get(at).is_some_and(|(low, _)| *low <= point)
    }

    /// Members of either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        if self.is_empty() || other.contains_all() {
            return other.clone();
        }
        if other.is_empty() || self.contains_all() {
            return self.clone();
        }
        Self::from_intervals(self.intervals.iter().chain(&other.intervals).copied())
    }

    /// Members of both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        if self.contains_all() {
            return other.clone();
        }
        if other.contains_all() {
            return self.clone();
        }
        let (mut left, mut right) = (self.intervals.iter().peekable(), other.intervals.iter().peekable());
        let mut out = SmallVec::new();
        while let (Some(one), Some(two)) = (left.peek(), right.peek()) {
            let (low, high) = (one.0.max(two.0), one.1.min(two.1));
            if low <= high {
                out.push((low, high));
            }
            if one.1 < two.1 {
                left.next();
            } else {
                right.next();
            }
        }
        Self { intervals: out }
    }

    /// Members of this set that are not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let mut out = SmallVec::new();
        for &(low, high) in &self.intervals {
            let mut from = Some(low);
            let start = other.intervals.partition_point(|(_, end)| *end < low);
            for &(cut_low, cut_high) in &other.intervals[start..] {
                let Some(here) = from else { break };
                if cut_low > high {
                    break;
                }
                if let Some(before) = cut_low.before().filter(|before| here <= *before) {
                    out.push((here, before));
                }
                from = cut_high.after().filter(|after| *after <= high);
            }
            out.extend(from.map(|here| (here, high)));
        }
        Self { intervals: out }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sets() -> impl Strategy<Value = IntervalSet<u8>> {
        proptest::collection::vec((any::<u8>(), any::<u8>()), 0..6).prop_map(IntervalSet::from_intervals)
    }

    fn members(set: &IntervalSet<u8>) -> Vec<u8> {
        (0..=u8::MAX)
            .filter(|point| set.intervals.iter().any(|(low, high)| low <= point && point <= high))
            .collect()
    }

    proptest! {
        #[test]
        fn the_algebra_agrees_with_counting_members(one in sets(), two in sets()) {
            let (left, right) = (members(&one), members(&two));
            let of = |keep: &dyn Fn(&u8) -> bool| (0..=u8::MAX).filter(|point| keep(point)).collect::<Vec<_>>();
            prop_assert_eq!(members(&one.union(&two)), of(&|point| left.contains(point) || right.contains(point)));
            prop_assert_eq!(members(&one.intersection(&two)), of(&|point| left.contains(point) && right.contains(point)));
            prop_assert_eq!(members(&one.difference(&two)), of(&|point| left.contains(point) && !right.contains(point)));
            prop_assert!((0..=u8::MAX).all(|point| one.contains(point) == left.contains(&point)));
            prop_assert_eq!(one.meets(&two), left.iter().any(|point| right.contains(point)));
            prop_assert_eq!(one.covers(&two), right.iter().all(|point| left.contains(point)));
            prop_assert_eq!(one.contains_all(), left.len() == 256);
        }

        #[test]
        fn equal_members_mean_equal_sets(one in sets(), two in sets()) {
            prop_assert_eq!(one.union(&two), two.union(&one));
            prop_assert_eq!(one.difference(&two).union(&one.intersection(&two)), one);
        }
    }
}
