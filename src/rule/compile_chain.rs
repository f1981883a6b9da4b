//! What a rule file asks of the encryption chain and of the origin of machines.

use super::compile::Compiler;
use super::compile_condition::{Scope, Side};
use super::model::{Condition, KeyOf, KeyQuestion, KeyState, Strength};
use super::yaml::{Data, Node};
use crate::analysis::encryption::consumer;

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
    ("vault_without_purge_protection", KeyState::VaultWithoutPurgeProtection),
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
