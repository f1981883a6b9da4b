//! What a rule file asks of the encryption chain and of the origin of machines.

use super::compile::Compiler;
use super::compile_condition::{Scope, Side};
use super::model::{Condition, KeyOf, KeyQuestion};
use super::yaml::{Data, Node};
use crate::analysis::encryption::consumer;
use crate::analysis::encryption::key_state::KeyState;
use crate::analysis::migration::strength::Strength;

const KEYS: [&str; 2] = ["Microsoft.KeyVault/vaults/keys", "Microsoft.KeyVault/managedHSMs/keys"];
const VAULTS: [&str; 2] = ["Microsoft.KeyVault/vaults", "Microsoft.KeyVault/managedHSMs"];
const MACHINES: [&str; 1] = ["Microsoft.Compute/virtualMachines"];
const STATES: [(&str, KeyState); 10] = [
    ("used", KeyState::Used),
    ("missing", KeyState::Missing),
    ("disabled", KeyState::Disabled),
    ("expired", KeyState::Expired),
    ("not_yet_valid", KeyState::NotYetValid),
    ("unrotated", KeyState::Unrotated),
    ("rotates", KeyState::Rotates),
    ("pinned", KeyState::Pinned),
    ("vault_without_purge_protection", KeyState::StoreWithoutPurgeProtection),
    ("identity_without_permission", KeyState::IdentityWithoutPermission),
];

impl Compiler<'_> {
    /// `some_of: { at_least: 2, conditions: […] }`.
    pub(super) fn some_of(&mut self, node: &Node, scope: Scope, side: Side) -> Option<Condition> {
        self.check_keys(node, &["at_least", "conditions"]);
        let (_, number) = self.ordered_number(node)?;
        let parts = self.required(node, "conditions").and_then(|node| self.conditions(node, scope, side))?;
        let most = parts.len();
        if number < 1.0 || number > most as f64 {
            self.complain(node.at, format!("`at_least` is a number from 1 to {most} here"), None);
            return None;
        }
        Some(Condition::SomeOf { at_least: number as u32, parts })
    }

    /// `key: { of: consumer, state: […], with: … }`.
    pub(super) fn key(&mut self, node: &Node) -> Option<KeyQuestion> {
        self.check_keys(node, &["of", "state", "with"]);
        let of_node = self.required(node, "of")?;
        let of = match self.text(of_node)?.as_str() {
            "consumer" => {
                let known: Vec<&str> = consumer::kinds().collect();
                self.only_for(of_node, &known, "names no key of its owner's that is known")?;
                KeyOf::Consumer
            }
            "key" => {
                self.only_for(of_node, &KEYS, "is no key")?;
                KeyOf::Key
            }
            "vault" => {
                self.only_for(of_node, &VAULTS, "holds no keys")?;
                KeyOf::Vault
            }
            _ => KeyOf::Path(self.path(of_node)?),
        };
        let any = self.required(node, "state").and_then(|node| self.key_states(node))?;
        let all = match node.get("with") {
            Some(node) => self.key_states(node)?,
            None => Vec::new(),
        };
        let asks_identity = any.iter().chain(&all).any(|state| *state == KeyState::IdentityWithoutPermission);
        if asks_identity && matches!(of, KeyOf::Path(_)) {
            let help = Some("use `of: consumer`".into());
            self.complain(node.at, "whose identity uses the key is known of consumers only", help);
            return None;
        }
        Some(KeyQuestion { of, any, all })
    }

    /// `migrated: { at_least: medium }`.
    pub(super) fn migrated(&mut self, node: &Node) -> Option<Strength> {
        self.check_keys(node, &["at_least"]);
        self.only_for(node, &MACHINES, "is no virtual machine")?;
        let word = self.required(node, "at_least")?;
        Some(match self.one_of(word, &["strong", "medium", "weak"])?.as_str() {
            "strong" => Strength::Strong,
            "medium" => Strength::Medium,
            _ => Strength::Weak,
        })
    }

    /// Complains when the rule looks at a type that the question makes no sense for.
    fn only_for(&mut self, node: &Node, known: &[&str], what: &str) -> Option<()> {
        let types = self.slots.first().map(|slot| slot.types.clone()).unwrap_or_default();
        let wrong = types.iter().find(|kind| !known.iter().any(|known| known.eq_ignore_ascii_case(kind)));
        if let Some(kind) = wrong {
            let help = (known.len() < 4).then(|| format!("resource: {}", known.join(" or ")));
            self.complain(node.at, format!("{kind} {what}"), help);
            return None;
        }
        Some(())
    }

    fn key_states(&mut self, node: &Node) -> Option<Vec<KeyState>> {
        let nodes = match &node.data {
            Data::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        if nodes.is_empty() {
            self.complain(node.at, "an empty list of states decides nothing", None);
            return None;
        }
        let states: Vec<_> = nodes.iter().map(|node| self.key_state(node)).collect();
        states.into_iter().collect()
    }

    fn key_state(&mut self, node: &Node) -> Option<KeyState> {
        if let Data::Map(_) = node.data {
            self.check_keys(node, &["expires_within"]);
            let inner = self.required(node, "expires_within")?;
            let text = self.text(inner)?;
            let span = super::text::span(&text).filter(|seconds| *seconds > 0);
            if span.is_none() {
                let help = Some("60d, 12h or 30m".into());
                self.complain(inner.at, format!("`{text}` is no span of time"), help);
            }
            return span.map(KeyState::ExpiresWithin);
        }
        let mut words: Vec<&str> = STATES.iter().map(|(word, _)| *word).collect();
        words.push("expires_within: 60d");
        let word = self.one_of(node, &words)?;
        let found = STATES.iter().find(|(known, _)| *known == word).map(|(_, state)| *state);
        if found.is_none() {
            self.complain(
                node.at,
                "`expires_within` is written as a map",
                Some("{ expires_within: 60d }".into()),
            );
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::super::compile::compile;
    use super::super::pack::full_table;
    use super::super::properties::Lookup;
    use super::*;
    use crate::analysis::migration::source_types;
    use crate::inventory::reads::Reads;

    #[test]
    fn every_path_that_the_analyses_read_exists() {
        let table = full_table().unwrap();
        let mut reads = Reads::default();
        crate::analysis::encryption::reads(&mut reads);
        crate::analysis::migration::reads(&mut reads);
        for wanted in reads.iter() {
            let known = table.resource_type(&wanted.name);
            let known = known.unwrap_or_else(|| panic!("{} is no type", wanted.name));
            assert!(!known.api_version.is_empty(), "{}", wanted.name);
            for path in &wanted.paths {
                // What tells the kinds of these details apart is in the table, but not as a path.
                let found =
                    path.ends_with(".instanceType") || !matches!(known.find(path), Lookup::Missing(_));
                assert!(found, "{} has no {path}", wanted.name);
            }
        }
        assert!(source_types::READS.iter().all(|(kind, _)| source_types::KINDS.contains(kind)));
        for kind in consumer::all_kinds() {
            assert!(reads.of(kind).is_some(), "{kind}");
        }
    }

    fn complaints(resource: &str, condition: &str) -> Vec<String> {
        let text = format!(
            "id: test\ntitle: T\ndomain: encryption\nseverity: low\nresource: {resource}\nrationale: R\nfail_when:\n  {condition}\nmessage: m\nfix: {{ summary: s, azure_cli: az }}\nreferences: [https://example.org]\nexamples: []\n"
        );
        let diagnostics = compile("test.yaml", &text, &full_table().unwrap()).unwrap_err();
        let own = diagnostics.into_iter().filter(|one| one.line == 8);
        own.map(|one| format!("{} {}", one.message, one.help.unwrap_or_default()).trim().to_owned()).collect()
    }

    #[test]
    fn questions_that_make_no_sense_do_not_load() {
        const SET: &str = "Microsoft.Compute/diskEncryptionSets";
        let cases = [
            (SET, "key: { of: consumer, state: missing }", ""),
            (SET, "key: { of: consumer, state: [missing, { expires_within: 60d }], with: pinned }", ""),
            (SET, "key: { of: properties.activeKey.keyUrl, state: used }", ""),
            (SET, "key: { of: key, state: used }", "Microsoft.Compute/diskEncryptionSets is no key"),
            (SET, "key: { of: vault, state: used }", "holds no keys"),
            (SET, "key: { of: consumer, state: expried }", "did you mean `expired`?"),
            (SET, "key: { of: consumer, state: { expires_within: soon } }", "`soon` is no span of time"),
            (SET, "key: { of: consumer, state: { expires_within: 0d } }", "is no span of time"),
            (SET, "key: { of: consumer, state: [] }", "an empty list of states"),
            (SET, "key: { of: consumer }", "`state` is missing"),
            (SET, "key: { of: properties.activKey.keyUrl, state: used }", "did you mean"),
            (
                SET,
                "key: { of: properties.activeKey.keyUrl, state: identity_without_permission }",
                "of consumers only",
            ),
            ("Microsoft.Network/virtualNetworks", "key: { of: consumer, state: used }", "names no key"),
            (SET, "migrated: { at_least: medium }", "is no virtual machine"),
            (
                "Microsoft.Compute/virtualMachines",
                "migrated: { at_least: sure }",
                "one of: strong, medium, weak",
            ),
            (
                SET,
                "some_of: { at_least: 2, conditions: [{ path: id, exists: true }] }",
                "a number from 1 to 1",
            ),
        ];
        for (resource, condition, expected) in cases {
            let found = complaints(resource, condition);
            match expected {
                "" => assert_eq!(found, Vec::<String>::new(), "{condition}"),
                expected => {
                    assert!(found.iter().any(|text| text.contains(expected)), "{condition}: {found:?}");
                }
            }
        }
    }
}
