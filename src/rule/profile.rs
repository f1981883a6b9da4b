//! Which rules run: those that every tenant should satisfy, all of them, or those that serve a framework.

use std::collections::BTreeSet;

use super::framework;
use super::model::{Profile, Rule};
use super::pack::Pack;

/// A choice of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// What every tenant should fix.
    Baseline,
    /// Everything.
    Strict,
    /// The rules that serve a framework, strict ones included.
    Framework(String),
}

impl Choice {
    /// What `name` means for a pack.
    ///
    /// # Errors
    /// The names there are, when it is none of them.
    pub fn parse(name: &str, pack: &Pack) -> Result<Self, Vec<String>> {
        match name.to_ascii_lowercase().as_str() {
            "baseline" => Ok(Self::Baseline),
            "strict" => Ok(Self::Strict),
            name => {
                let known = frameworks(pack);
                match known.get(name) {
                    Some(framework) => Ok(Self::Framework(framework.clone())),
                    None => Err(["baseline", "strict"].map(str::to_owned).into_iter().chain(known).collect()),
                }
            }
        }
    }

    /// Whether a rule belongs to it.
    pub fn covers(&self, rule: &Rule) -> bool {
        match self {
            Self::Baseline => rule.profile == Profile::Baseline,
            Self::Strict => true,
            Self::Framework(name) => rule.controls.iter().any(|control| control.framework == *name),
        }
    }
}

/// All frameworks whose controls are known, or which rules of the pack name.
pub fn frameworks(pack: &Pack) -> BTreeSet<String> {
    framework::known().into_keys().map(str::to_owned).chain(served(pack)).collect()
}

/// The frameworks that rules of the pack serve.
pub fn served(pack: &Pack) -> BTreeSet<String> {
    pack.rules().iter().flat_map(|rule| &rule.controls).map(|control| control.framework.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_go_by_their_names() {
        let pack = Pack::shipped().unwrap();
        assert_eq!(Choice::parse("Baseline", &pack), Ok(Choice::Baseline));
        assert_eq!(Choice::parse("nis2-dk", &pack), Ok(Choice::Framework("nis2-dk".into())));
        let names = Choice::parse("cis", &pack).unwrap_err();
        assert!(names.starts_with(&["baseline".into(), "strict".into()]));
        assert!(names.contains(&"cis-azure-6.0.0".to_owned()));
    }

    #[test]
    fn strict_is_more_than_baseline_and_a_framework_goes_across() {
        let pack = Pack::shipped().unwrap();
        let count = |choice: Choice| pack.rules().iter().filter(|rule| choice.covers(rule)).count();
        assert_eq!(count(Choice::Strict), pack.rules().len());
        assert!(count(Choice::Baseline) < count(Choice::Strict));
        assert!(count(Choice::Framework("cis-azure-6.0.0".into())) > 30);
        assert_eq!(count(Choice::Framework("none".into())), 0);
    }
}
