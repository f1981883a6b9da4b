//! Paths of properties in a resource's body.
//!
//! `properties.securityRules[3].properties.sourceAddressPrefix`: names are compared without letter
//! case, as ARM does. A key that holds a dot, a bracket or a quote is written as a JSON string in
//! brackets: `tags["cost.center"]`.

use crate::finding::hostile::push_json_string;

/// One step into a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A property of an object.
    Key(String),
    /// An element of an array, counted from 0.
    Index(usize),
}

/// Appends a property's name to a path, quoted where it needs to be.
pub fn push_key(path: &mut String, key: &str) {
    let plain = !key.is_empty() && !key.contains(['.', '[', ']', '"']);
    if plain {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(key);
    } else {
        path.push('[');
        push_json_string(path, key);
        path.push(']');
    }
}

/// Appends an element's index to a path.
pub fn push_index(path: &mut String, index: usize) {
    path.push('[');
    path.push_str(&index.to_string());
    path.push(']');
}

/// The steps of a path, as far as it is well formed: what follows a mistake is dropped, so that a
/// region lies on the part that was understood.
pub fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let parsed = match rest.strip_prefix('[') {
            Some(inner) if inner.starts_with('"') => quoted_key(inner),
            Some(inner) => index(inner),
            None => Some(plain_key(rest)),
        };
        let Some((step, after)) = parsed else { break };
        steps.push(step);
        rest = after.strip_prefix('.').unwrap_or(after);
    }
    steps
}

fn plain_key(text: &str) -> (Step, &str) {
    let end = text.find(['.', '[']).unwrap_or(text.len());
    (Step::Key(text[..end].to_owned()), &text[end..])
}

fn index(text: &str) -> Option<(Step, &str)> {
    let (digits, after) = text.split_once(']')?;
    Some((Step::Index(digits.parse().ok()?), after))
}

fn quoted_key(text: &str) -> Option<(Step, &str)> {
    let mut literals = serde_json::Deserializer::from_str(text).into_iter::<String>();
    let key = literals.next()?.ok()?;
    let after = text[literals.byte_offset()..].strip_prefix(']')?;
    Some((Step::Key(key), after))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            any::<String>().prop_map(Step::Key),
            "[a-z.\\[\\]\"]{0,6}".prop_map(Step::Key),
            any::<usize>().prop_map(Step::Index),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(expected in prop::collection::vec(step(), 0..6)) {
            let mut path = String::new();
            for step in &expected {
                match step {
                    Step::Key(key) => push_key(&mut path, key),
                    Step::Index(index) => push_index(&mut path, *index),
                }
            }
            prop_assert_eq!(steps(&path), expected);
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in any::<String>()) {
            steps(&text);
        }
    }

    #[test]
    fn examples() {
        let key = |text: &str| Step::Key(text.into());
        assert_eq!(
            steps("properties.securityRules[3].properties.access"),
            [key("properties"), key("securityRules"), Step::Index(3), key("properties"), key("access")]
        );
        assert_eq!(steps("tags[\"cost.center\"]"), [key("tags"), key("cost.center")]);
        assert_eq!(steps("properties.rules[x].name"), [key("properties"), key("rules")]);
        assert_eq!(steps(""), []);
    }
}
