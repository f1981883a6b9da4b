//! The provider's major version that a plan was made with.

use crate::source::terraform::resource::ProviderVersion;

/// The newest major version that is known, <https://registry.terraform.io/providers/hashicorp/azurerm>.
pub const NEWEST: u32 = 4;

/// From the lock file's version, else from the constraint in the plan.
pub fn decide(locked: Option<&str>, constraint: Option<&str>) -> ProviderVersion {
    if let Some(version) = locked
        && let Some(major) = version.split('.').next().and_then(|major| major.parse().ok())
    {
        return ProviderVersion { major, why: format!(".terraform.lock.hcl: {version}") };
    }
    let Some(constraint) = constraint else {
        return ProviderVersion { major: NEWEST, why: "assumed, nothing says".to_owned() };
    };
    match highest(constraint) {
        Some(major) => {
            ProviderVersion { major, why: format!("version_constraint in the plan: {constraint}") }
        }
        None => ProviderVersion { major: NEWEST, why: format!("assumed, as {constraint} is not understood") },
    }
}

/// The highest major version that a constraint allows, of those beyond the newest known the lowest.
/// <https://developer.hashicorp.com/terraform/language/expressions/version-constraints>
fn highest(constraint: &str) -> Option<u32> {
    let (mut from, mut to) = (0_u32, u32::MAX);
    for part in constraint.split(',').map(str::trim) {
        let digits = part.find(|c: char| c.is_ascii_digit())?;
        let (operator, version) = part.split_at(digits);
        let mut numbers = version.split(['.', '-']);
        let major: u32 = numbers.next()?.parse().ok()?;
        let whole = numbers.all(|number| number.parse() == Ok(0_u32));
        match operator.trim() {
            "" | "=" | "~>" => {
                from = from.max(major);
                to = to.min(major);
            }
            ">=" | ">" => from = from.max(major),
            "<" if whole => to = to.min(major.checked_sub(1)?),
            "<" | "<=" => to = to.min(major),
            "!=" => {}
            _ => return None,
        }
    }
    (from <= to).then(|| to.min(NEWEST).max(from))
}

/// The version in a `.terraform.lock.hcl`.
pub fn locked(text: &str) -> Option<&str> {
    let (_, block) = text.split_once("/hashicorp/azurerm\"")?;
    let line = block.lines().find(|line| line.trim_start().starts_with("version"))?;
    line.split('"').nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_give_a_major() {
        for (constraint, major) in [
            ("~> 3.0", Some(3)),
            ("~> 2.99.1", Some(2)),
            ("4.14.0", Some(4)),
            ("= 3.1", Some(3)),
            (">= 3.0", Some(4)),
            (">= 3.0, < 4.0.0", Some(3)),
            (">= 2.40, < 3.5", Some(3)),
            (">= 5.0", Some(5)),
            ("< 3.0, >= 4.0", None),
            ("something", None),
        ] {
            assert_eq!(highest(constraint), major, "{constraint}");
        }
    }

    #[test]
    fn the_lock_file_decides() {
        let lock = "provider \"registry.terraform.io/hashicorp/azurerm\" {\n  version     = \"3.117.0\"\n}\n";
        assert_eq!(locked(lock), Some("3.117.0"));
        assert_eq!(decide(locked(lock), Some("~> 4.0")).major, 3);
        assert_eq!(
            locked("provider \"registry.terraform.io/hashicorp/random\" {\n  version = \"3.1\"\n}\n"),
            None
        );
        let assumed = ProviderVersion { major: NEWEST, why: "assumed, nothing says".into() };
        assert_eq!(decide(None, None), assumed);
    }
}
