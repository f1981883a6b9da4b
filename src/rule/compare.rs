//! Comparing one value with what a rule names.

use super::encoded::from_base64;
use super::model::{Literal, Test};
use super::text;
use super::tri::Tri;
use crate::analysis::access::action::covers;
use crate::finding::evidence::holds_secret;
use crate::inventory::value::Value;

/// Whether `value` satisfies `test`; unknown when it is of a kind that can't be compared so. `clock` is in
/// Unix seconds.
pub fn compare(test: &Test, value: &Value, clock: i64) -> Tri {
    match test {
        Test::In(literals) => equals_any(value, literals),
        Test::NotIn(literals) => !equals_any(value, literals),
        Test::Contains(literals) => match value {
            Value::Array(items) => super::tri::any(items.iter().map(|item| equals_any(item, literals))),
            _ => Tri::Unknown,
        },
        Test::StartsWith(starts) => {
            on_text(value, |text| starts.iter().any(|start| text.starts_with(&start.to_ascii_lowercase())))
        }
        Test::EndsWith(ends) => {
            on_text(value, |text| ends.iter().any(|end| text.ends_with(&end.to_ascii_lowercase())))
        }
        Test::Includes(parts) => {
            on_text(value, |text| parts.iter().any(|part| text.contains(&part.to_ascii_lowercase())))
        }
        Test::Lists(items) => on_text(value, |text| {
            text.split([',', ';', ' '])
                .map(str::trim)
                .any(|item| items.iter().any(|known| known.eq_ignore_ascii_case(item)))
        }),
        Test::CoversAction(actions) => {
            on_text(value, |pattern| actions.iter().any(|action| covers(pattern, action)))
        }
        Test::Number(order, number) => {
            value.as_number().map_or(Tri::Unknown, |value| order.holds(&value, number).into())
        }
        Test::Length(order, length) => match value {
            Value::Array(items) => order.holds(&(items.len() as u64), length).into(),
            Value::Object(members) => order.holds(&(members.len() as u64), length).into(),
            _ => Tri::Unknown,
        },
        Test::Version(order, version) => {
            let found = match value {
                Value::Number(number) => text::version(&number.to_string()),
                _ => value.as_str().and_then(text::version),
            };
            found.map_or(Tri::Unknown, |found| order.holds(&padded(&found), &padded(version)).into())
        }
        Test::Duration(order, seconds) => value
            .as_str()
            .and_then(text::span)
            .map_or(Tri::Unknown, |found| order.holds(&found, seconds).into()),
        Test::Moment(order, seconds) => {
            let moment = match value {
                Value::Number(number) => Some(*number as i64),
                _ => value.as_str().and_then(text::moment),
            };
            moment.map_or(Tri::Unknown, |moment| order.holds(&moment, &clock.saturating_add(*seconds)).into())
        }
        Test::Secret(expected) => match value {
            Value::String(text) => (holds_secret(text) == *expected).into(),
            _ => Tri::Unknown,
        },
        Test::SecretInBase64 => {
            value.as_str().and_then(from_base64).map_or(Tri::Unknown, |inside| holds_secret(&inside).into())
        }
    }
}

/// Whether two values are the same text, without letter case, number or truth.
pub fn same(one: &Value, two: &Value) -> Tri {
    let literal = match two {
        Value::Bool(value) => Literal::Bool(*value),
        Value::Number(number) => Literal::Number(*number),
        Value::String(text) => Literal::Text(text.to_string()),
        _ => return Tri::Unknown,
    };
    equals_any(one, &[literal])
}

/// Versions of different lengths compare as if the missing parts were zero.
fn padded(version: &[u32]) -> [u32; 4] {
    let mut out = [0; 4];
    for (to, from) in out.iter_mut().zip(version) {
        *to = *from;
    }
    out
}

fn on_text(value: &Value, test: impl Fn(&str) -> bool) -> Tri {
    match value {
        Value::String(text) => test(&text.to_ascii_lowercase()).into(),
        _ => Tri::Unknown,
    }
}

fn equals_any(value: &Value, literals: &[Literal]) -> Tri {
    super::tri::any(literals.iter().map(|literal| equals(value, literal)))
}

/// Whether a value equals a literal: text without letter case, and a boolean or number also as the text
/// that some of Azure's APIs send for it.
fn equals(value: &Value, literal: &Literal) -> Tri {
    match (value, literal) {
        (Value::Bool(value), Literal::Bool(literal)) => (value == literal).into(),
        #[allow(clippy::float_cmp)]
        (Value::Number(value), Literal::Number(literal)) => (value == literal).into(),
        (Value::String(value), Literal::Text(literal)) => value.eq_ignore_ascii_case(literal).into(),
        (Value::String(value), Literal::Bool(literal)) => match value.to_ascii_lowercase().as_str() {
            "true" => (*literal).into(),
            "false" => (!*literal).into(),
            _ => Tri::Unknown,
        },
        (Value::Bool(value), Literal::Text(literal)) => match literal.to_ascii_lowercase().as_str() {
            "true" => (*value).into(),
            "false" => (!*value).into(),
            _ => Tri::Unknown,
        },
        #[allow(clippy::float_cmp)]
        (Value::String(_), Literal::Number(literal)) => {
            value.as_number().map_or(Tri::Unknown, |value| (value == *literal).into())
        }
        // A port written as a number, where the API sends text.
        (Value::Number(value), Literal::Text(literal)) => (value.to_string() == *literal).into(),
        _ => Tri::Unknown,
    }
}

/// A literal as a value, where a platform default stands in for an absent property.
pub fn value_of(literal: &Literal) -> Value {
    match literal {
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Number(value) => Value::Number(*value),
        Literal::Text(text) => Value::String(text.as_str().into()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::model::Order;
    use super::*;

    /// Character by character, the obvious way.
    fn matches_slowly(pattern: &[u8], action: &[u8]) -> bool {
        match (pattern.split_first(), action.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), _) => {
                matches_slowly(rest, action) || (!action.is_empty() && matches_slowly(pattern, &action[1..]))
            }
            (Some((one, rest)), Some((two, others))) => one == two && matches_slowly(rest, others),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn wildcards_agree_with_the_obvious_way(pattern in "[ab/*]{0,7}", action in "[ab/]{0,7}") {
            prop_assert_eq!(covers(&pattern, &action), matches_slowly(pattern.as_bytes(), action.as_bytes()));
        }
    }

    #[test]
    fn actions_of_roles() {
        let write = "microsoft.authorization/roleassignments/write";
        for pattern in ["*", "microsoft.authorization/*", "*/write", write, "microsoft.auth*/role*/write"] {
            assert!(covers(pattern, write), "{pattern}");
        }
        for pattern in ["*/read", "microsoft.authorization/roleassignments", "microsoft.compute/*", ""] {
            assert!(!covers(pattern, write), "{pattern}");
        }
    }

    fn text(text: &str) -> Value {
        Value::String(text.into())
    }

    #[test]
    fn comparisons() {
        let list = |items: &[&str]| Value::Array(items.iter().map(|item| text(item)).collect());
        let named = |text: &str| vec![Literal::Text(text.into())];
        let cases = [
            (Test::In(named("Deny")), text("deny"), Tri::True),
            (Test::NotIn(named("Deny")), text("Allow"), Tri::True),
            (Test::In(vec![Literal::Bool(false)]), text("False"), Tri::True),
            (Test::In(vec![Literal::Bool(false)]), text("maybe"), Tri::Unknown),
            (Test::In(named("Deny")), Value::Bool(true), Tri::Unknown),
            (Test::In(vec![Literal::Number(443.0)]), text("443"), Tri::True),
            (Test::Contains(named("All")), list(&["get", "all"]), Tri::True),
            (Test::Contains(named("All")), text("all"), Tri::Unknown),
            (Test::Lists(vec!["SMB2.1".into()]), text("SMB3.1.1; smb2.1"), Tri::True),
            (Test::Lists(vec!["TLSv1".into()]), text("TLSv1.2,TLSv1.3"), Tri::False),
            (Test::Version(Order::Below, vec![1, 2]), text("TLS1_1"), Tri::True),
            (Test::Version(Order::Below, vec![1, 2]), text("TLS1_3"), Tri::False),
            (Test::Version(Order::Below, vec![2]), text("2.0"), Tri::False),
            (Test::Version(Order::Below, vec![1, 2]), text("None"), Tri::Unknown),
            (Test::Number(Order::Above, 90.0), Value::Number(91.0), Tri::True),
            (Test::Length(Order::Below, 1), list(&[]), Tri::True),
            (Test::Duration(Order::Above, 7 * 86_400), text("8.00:00:00"), Tri::True),
            // Expires within 30 days of the clock, or has expired.
            (Test::Moment(Order::AtMost, 30 * 86_400), Value::Number(1_000.0 + 86_400.0), Tri::True),
            (Test::Moment(Order::AtMost, 30 * 86_400), text("2030-01-01T00:00:00Z"), Tri::False),
        ];
        for (test, value, expected) in cases {
            assert_eq!(compare(&test, &value, 1_000), expected, "{test:?} on {value:?}");
        }
    }
}
