//! The frameworks that rules can serve, and the ids of their controls as far as they are known: what no rule
//! assesses has to be sayable. Ids only, never a framework's text.

use std::collections::BTreeMap;

/// Framework and control, tab-separated, in the order in which controls are shown.
const TABLE: &str = include_str!("../../rules/frameworks.tsv");

/// The known control ids of each framework, in their order.
pub fn known() -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut out = BTreeMap::<_, Vec<_>>::new();
    for (framework, control) in TABLE.lines().skip(1).filter_map(|line| line.split_once('\t')) {
        out.entry(framework).or_default().push(control);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::pack::Pack;

    #[test]
    fn every_control_that_a_rule_serves_is_one_of_its_framework() {
        let known = known();
        for rule in Pack::shipped().unwrap().rules() {
            for control in &rule.controls {
                let ids = known.get(control.framework.as_str());
                let is_known = ids.is_some_and(|ids| ids.contains(&control.id.as_str()));
                assert!(is_known, "{}: {} {}", rule.id, control.framework, control.id);
            }
        }
    }

    #[test]
    fn numbers_in_ids_are_ordered_as_numbers() {
        let known = known();
        let at = |id| known["cis-azure-6.0.0"].iter().position(|known| *known == id).unwrap();
        assert!(at("9.3.2.1") < at("9.3.10") && at("5.7") < at("6.1.1.1"));
        assert_eq!(known["nis2-dk"].len(), 10);
    }
}
