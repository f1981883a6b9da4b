//! What holds whatever the lists say.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{answer, id, with_properties};
use crate::analysis::exposure::address::AddressSet;

const STORAGE: &str = "Microsoft.Storage/storageAccounts";
const SITE: &str = "Microsoft.Web/sites";

fn prefixes() -> impl Strategy<Value = Vec<String>> {
    let v4 = (any::<[u8; 4]>(), 1_u8..=32).prop_map(|(base, length)| {
        let [a, b, c, d] = base;
        format!("{a}.{b}.{c}.{d}/{length}")
    });
    proptest::collection::vec(v4, 0..7)
}

fn storage(prefixes: &[String]) -> super::Service {
    let rules: Vec<Json> = prefixes.iter().map(|prefix| json!({ "value": prefix })).collect();
    let body = with_properties(
        STORAGE,
        "x",
        json!({ "networkAcls": { "defaultAction": "Deny", "ipRules": rules } }),
    );
    answer(&[body], &[], &id(STORAGE, "x"))
}

fn app(prefixes: &[String], rest: &str) -> super::Service {
    let rules: Vec<Json> = prefixes
        .iter()
        .enumerate()
        .map(|(at, prefix)| json!({ "priority": at, "action": if at % 3 == 1 { "Deny" } else { "Allow" }, "ipAddress": prefix }))
        .collect();
    let config = json!({ "ipSecurityRestrictions": rules, "ipSecurityRestrictionsDefaultAction": rest });
    let bodies = [
        with_properties(SITE, "x", json!({ "publicNetworkAccess": "Enabled" })),
        with_properties("Microsoft.Web/sites/config", "x/web", config),
    ];
    answer(&bodies, &[], &id(SITE, "x"))
}

fn set(prefixes: &[String]) -> AddressSet {
    AddressSet::union_of(
        &prefixes.iter().map(|prefix| AddressSet::parse(prefix).unwrap()).collect::<Vec<_>>(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn another_allow_rule_never_shrinks_the_sources(list in prefixes(), more in prefixes()) {
        let before = storage(&list);
        let both: Vec<String> = list.iter().chain(&more).cloned().collect();
        let after = storage(&both);
        prop_assert!(after.sources.covers(&before.sources));
        prop_assert!(after.state <= before.state, "{:?} after {:?}", after.state, before.state);
    }

    #[test]
    fn the_prefixes_are_the_sources(list in prefixes()) {
        let service = storage(&list);
        let public = AddressSet::public();
        prop_assert_eq!(set(&service.prefixes()).intersection(public), set(&list).intersection(public));
    }

    /// Against asking the rules one by one for single addresses.
    #[test]
    fn ordered_rules_agree_with_a_walk(list in prefixes(), open in any::<bool>(), probes in proptest::collection::vec(any::<u32>(), 8)) {
        let service = app(&list, if open { "Allow" } else { "Deny" });
        let edges = list.iter().flat_map(|prefix| {
            AddressSet::parse(prefix).unwrap().v4.intervals().iter().flat_map(|(low, high)| [*low, *high]).collect::<Vec<_>>()
        });
        for probe in edges.chain(probes.iter().copied()).filter(|probe| AddressSet::public().v4.contains(*probe)) {
            let first = list.iter().position(|prefix| AddressSet::parse(prefix).unwrap().v4.contains(probe));
            let expected = first.map_or(open, |at| at % 3 != 1);
            prop_assert_eq!(service.sources.v4.contains(probe), expected, "{}", probe);
        }
    }
}
