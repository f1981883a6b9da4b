//! Actions of Azure's resource providers, and the patterns by which role definitions name them.

use super::role_table;

/// On which side of a service an action works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plane {
    /// The resource itself, through Resource Manager: `actions`.
    Control,
    /// What is in it: `dataActions`.
    Data,
}

/// An action that is asked for.
///
/// With a `*` it stands for all actions that the pattern matches, and is granted only where all of them are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// As it was asked for.
    pub text: String,
    /// On which side it works.
    pub plane: Plane,
}

impl Action {
    /// An action of the control plane.
    pub fn control(text: &str) -> Self {
        Self { text: text.to_owned(), plane: Plane::Control }
    }

    /// An action on data.
    pub fn data(text: &str) -> Self {
        Self { text: text.to_owned(), plane: Plane::Data }
    }

    /// An action on the side that Azure's own roles put it: data where one of them names it among its
    /// `dataActions`, else control.
    pub fn named(text: &str) -> Self {
        let plane = if role_table::is_data_action(text) { Plane::Data } else { Plane::Control };
        Self { text: text.to_owned(), plane }
    }
}

/// Whether a pattern matches an action: letter case does not count, and `*` stands for any text, also for
/// none and also across slashes. A `*` in `action` is matched by nothing but a `*` in `pattern`, so that a
/// pattern that covers another matches whatever the other does.
///
/// Source: <https://learn.microsoft.com/azure/role-based-access-control/role-definitions#actions-format>.
pub fn covers(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.as_bytes(), action.as_bytes());
    let (mut p, mut a) = (0, 0);
    // The last star, and how much of the action it has taken.
    let mut star: Option<(usize, usize)> = None;
    while a < action.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, a));
                p += 1;
            }
            Some(byte) if byte.eq_ignore_ascii_case(&action[a]) => {
                p += 1;
                a += 1;
            }
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    a = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// Whether some action is matched by both patterns.
pub fn overlaps(one: &str, two: &str) -> bool {
    let (one, two) = (one.as_bytes(), two.as_bytes());
    // reachable[j]: some text is matched by the first i bytes of `one` and the first j bytes of `two`.
    let mut row = vec![false; two.len() + 1];
    row[0] = true;
    for j in 0..two.len() {
        row[j + 1] = row[j] && two[j] == b'*';
    }
    for byte in one {
        let mut next = vec![false; two.len() + 1];
        next[0] = row[0] && *byte == b'*';
        for j in 0..two.len() {
            next[j + 1] = match (*byte, two[j]) {
                (b'*', b'*') => row[j] || row[j + 1] || next[j],
                // A star takes nothing, or the other's byte; the other's byte then is spent.
                (b'*', _) => row[j + 1] || next[j],
                (_, b'*') => next[j] || row[j + 1],
                (left, right) => row[j] && left.eq_ignore_ascii_case(&right),
            };
        }
        row = next;
    }
    row[two.len()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition, word by word: what a star may take is tried out.
    fn matches(pattern: &[char], action: &[char]) -> bool {
        match pattern.split_first() {
            None => action.is_empty(),
            Some(('*', rest)) => (0..=action.len()).any(|taken| matches(rest, &action[taken..])),
            Some((letter, rest)) => action
                .split_first()
                .is_some_and(|(first, others)| first.eq_ignore_ascii_case(letter) && matches(rest, others)),
        }
    }

    fn reference(pattern: &str, action: &str) -> bool {
        matches(&pattern.chars().collect::<Vec<_>>(), &action.chars().collect::<Vec<_>>())
    }

    fn texts(length: usize) -> Vec<String> {
        (0..=length).fold(vec![String::new()], |all, size| {
            let longest: Vec<String> = all.iter().filter(|text| text.len() + 1 == size).cloned().collect();
            let more =
                longest.iter().flat_map(|text| ['a', 'b', '/'].map(|letter| format!("{text}{letter}")));
            all.iter().cloned().chain(more.collect::<Vec<_>>()).collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn matching_is_what_the_definition_says(pattern in "[abAB/*]{0,7}", action in "[abAB/]{0,9}") {
            prop_assert_eq!(covers(&pattern, &action), reference(&pattern, &action));
        }

        #[test]
        fn a_pattern_made_from_an_action_matches_it(
            action in "[a-cA-C/]{1,12}",
            cuts in proptest::collection::vec((0_usize..12, 0_usize..12), 1..4),
        ) {
            let mut pattern = action.clone();
            for (from, to) in cuts {
                let (from, to) = (from.min(pattern.len()), to.min(pattern.len()));
                pattern.replace_range(from.min(to)..from.max(to), "*");
            }
            prop_assert!(covers(&pattern.to_uppercase(), &action), "{pattern} {action}");
        }

        #[test]
        fn what_covers_a_pattern_matches_all_that_it_matches(one in "[ab*]{0,4}", two in "[ab*]{0,4}") {
            if covers(&one, &two) {
                for text in texts(4).iter().filter(|text| covers(&two, text)) {
                    prop_assert!(covers(&one, text), "{one} {two} {text}");
                }
            }
        }

        #[test]
        fn patterns_overlap_when_a_text_is_matched_by_both(one in "[ab*]{0,4}", two in "[ab*]{0,4}") {
            let found = texts(7).iter().any(|text| covers(&one, text) && covers(&two, text));
            prop_assert_eq!(overlaps(&one, &two), found, "{} {}", one, two);
        }
    }

    #[test]
    fn a_hostile_pattern_ends() {
        let pattern = format!("{}b", "*a".repeat(2000));
        assert!(!covers(&pattern, &"a".repeat(4000)));
    }

    #[test]
    fn the_side_of_an_action_is_the_one_that_azures_roles_put_it() {
        for (action, plane) in [
            ("Microsoft.KeyVault/vaults/secrets/getSecret/action", Plane::Data),
            ("microsoft.storage/storageaccounts/blobservices/containers/BLOBS/read", Plane::Data),
            ("Microsoft.KeyVault/vaults/write", Plane::Control),
            ("Microsoft.Authorization/roleAssignments/write", Plane::Control),
            ("Microsoft.Storage/storageAccounts/listKeys/action", Plane::Control),
        ] {
            assert_eq!(Action::named(action).plane, plane, "{action}");
        }
    }
}
