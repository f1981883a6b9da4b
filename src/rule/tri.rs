//! Three-valued logic (Kleene): a part that isn't known leaves the whole unknown, unless the other parts
//! decide it.

/// True, false, or not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tri {
    /// It does not hold.
    False,
    /// It can't be told.
    Unknown,
    /// It holds.
    True,
}

impl From<bool> for Tri {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

impl std::ops::Not for Tri {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }
}

/// False when any is, else unknown when any is, else true. Stops at the first false.
pub fn all(parts: impl IntoIterator<Item = Tri>) -> Tri {
    let mut result = Tri::True;
    for part in parts {
        match part {
            Tri::False => return Tri::False,
            Tri::Unknown => result = Tri::Unknown,
            Tri::True => {}
        }
    }
    result
}

/// True when any is, else unknown when any is, else false. Stops at the first true.
pub fn any(parts: impl IntoIterator<Item = Tri>) -> Tri {
    let mut result = Tri::False;
    for part in parts {
        match part {
            Tri::True => return Tri::True,
            Tri::Unknown => result = Tri::Unknown,
            Tri::False => {}
        }
    }
    result
}

/// True when at least so many are, false when no more than fewer can be.
pub fn some(at_least: u32, parts: impl IntoIterator<Item = Tri>) -> Tri {
    let (mut yes, mut maybe) = (0_u32, 0_u32);
    for part in parts {
        match part {
            Tri::True => yes += 1,
            Tri::Unknown => maybe += 1,
            Tri::False => {}
        }
    }
    if yes >= at_least {
        Tri::True
    } else if yes + maybe >= at_least {
        Tri::Unknown
    } else {
        Tri::False
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tris() -> impl Strategy<Value = Vec<Tri>> {
        proptest::collection::vec(prop_oneof![Just(Tri::False), Just(Tri::Unknown), Just(Tri::True)], 0..5)
    }

    /// All two-valued worlds that the parts could turn out to be.
    fn worlds(parts: &[Tri]) -> Vec<Vec<bool>> {
        parts.iter().fold(vec![Vec::new()], |worlds, part| {
            let choices: &[bool] = match part {
                Tri::True => &[true],
                Tri::False => &[false],
                Tri::Unknown => &[true, false],
            };
            worlds
                .iter()
                .flat_map(|world| choices.iter().map(move |choice| [world.as_slice(), &[*choice]].concat()))
                .collect()
        })
    }

    fn verdict(outcomes: &[bool]) -> Tri {
        match (outcomes.contains(&true), outcomes.contains(&false)) {
            (true, false) => Tri::True,
            (false, true) => Tri::False,
            _ => Tri::Unknown,
        }
    }

    proptest! {
        #[test]
        fn known_only_when_every_world_agrees(parts in tris()) {
            let every: Vec<bool> = worlds(&parts).iter().map(|world| world.iter().all(|part| *part)).collect();
            prop_assert_eq!(all(parts.iter().copied()), verdict(&every));
            let some: Vec<bool> = worlds(&parts).iter().map(|world| world.iter().any(|part| *part)).collect();
            prop_assert_eq!(super::any(parts.iter().copied()), verdict(&some));
            for least in 0..=parts.len() {
                let enough: Vec<bool> = worlds(&parts)
                    .iter()
                    .map(|world| world.iter().filter(|part| **part).count() >= least)
                    .collect();
                prop_assert_eq!(super::some(least as u32, parts.iter().copied()), verdict(&enough));
            }
            let negated: Vec<Tri> = parts.iter().map(|part| !*part).collect();
            prop_assert_eq!(super::any(negated), !all(parts));
        }
    }
}
