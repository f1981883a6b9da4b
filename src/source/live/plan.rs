//! Exactly which calls an acquisition makes: what the enabled rules read, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use super::endpoints::{api_version, child_path, graph_read, is_enumerated, is_subscription_wide};
use crate::azure::graph::GraphRead;
use crate::azure::keyvault::VaultNeeds;
use crate::azure::vault_item::VaultItems;
use crate::inventory::reads::{RESOURCES, Reads, Supply, TypeReads, covers, supply};

/// The type of subscriptions, whose ids are known before anything is listed.
pub const SUBSCRIPTIONS: &str = "Microsoft.Resources/subscriptions";
/// The type of management groups.
pub const MANAGEMENT_GROUPS: &str = "Microsoft.Management/managementGroups";

/// Children, listed under each resource of the parent type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildList {
    /// Type of the children.
    pub kind: String,
    /// Type of their parents.
    pub parent: String,
    /// Path below the parent.
    pub path: String,
    /// One object and no list.
    pub single: bool,
    /// Version to ask with.
    pub api_version: String,
}

/// An extension, listed on each resource of some types or once for a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopedList {
    /// Type of the extension.
    pub kind: String,
    /// Types on whose resources it is listed; empty for once per subscription.
    pub on: BTreeSet<String>,
    /// Version to ask with.
    pub api_version: String,
}

/// Resources whose own GET says more than their row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// Their type.
    pub kind: String,
    /// Version to ask with.
    pub api_version: String,
}

/// Items of each key vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultList {
    /// Which items.
    pub items: VaultItems,
    /// What is needed beyond their list.
    pub needs: VaultNeeds,
    /// Version to ask Resource Manager with, when the vault itself refuses.
    pub api_version: String,
}

/// All calls of an acquisition, by stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Resource Graph tables.
    pub tables: BTreeSet<String>,
    /// Types that come inside their parents' bodies.
    pub nested: Vec<String>,
    /// Child lists; parents stand before their children.
    pub children: Vec<ChildList>,
    /// Extensions and lists of subscriptions.
    pub scoped: Vec<ScopedList>,
    /// Single resources.
    pub details: Vec<Detail>,
    /// Key vault items.
    pub vaults: Vec<VaultList>,
    /// Microsoft Graph.
    pub graph: Vec<GraphRead>,
    /// Management groups as resources.
    pub management_groups: bool,
    /// Types that no call is known for.
    pub no_endpoint: Vec<String>,
}

impl Plan {
    /// The calls that `reads` needs.
    pub fn of(reads: &Reads) -> Self {
        let mut plan = Self::default();
        let mut children = BTreeMap::new();
        for wanted in reads.iter() {
            let kind = wanted.name.as_str();
            let version = api_version(kind, wanted.api_version.as_deref());
            match supply(kind) {
                Supply::Row if is_enumerated(kind) => plan.needs_table(RESOURCES),
                Supply::Row => plan.no_endpoint.push(kind.to_owned()),
                Supply::Table(table) => {
                    plan.needs_table(table);
                    plan.management_groups |= kind.eq_ignore_ascii_case(MANAGEMENT_GROUPS);
                }
                Supply::Nested(_) => {
                    plan.needs_table(RESOURCES);
                    plan.nested.push(kind.to_owned());
                }
                Supply::Child => plan.child(reads, kind, version.as_deref(), &mut children),
                Supply::Subscription => plan.scoped(kind, version, BTreeSet::new()),
                Supply::Extension => plan.extension(reads, wanted, version, &mut children),
                Supply::VaultItem => plan.vault(wanted, version),
                Supply::Graph => match graph_read(wanted) {
                    Some(read) => plan.graph.push(read),
                    None => plan.no_endpoint.push(kind.to_owned()),
                },
            }
            if matches!(supply(kind), Supply::Row | Supply::Child) && wanted.needs_detail() {
                match api_version(kind, wanted.api_version.as_deref()) {
                    Some(api_version) => plan.details.push(Detail { kind: kind.to_owned(), api_version }),
                    None => plan.no_endpoint.push(kind.to_owned()),
                }
            }
        }
        plan.children = children.into_values().collect();
        plan
    }

    fn needs_table(&mut self, table: &str) {
        self.tables.insert(table.to_owned());
    }

    /// A child list and those of its ancestors: a database is listed before what lies in it.
    fn child(
        &mut self,
        reads: &Reads,
        kind: &str,
        version: Option<&str>,
        children: &mut BTreeMap<(usize, String), ChildList>,
    ) {
        let depth = kind.matches('/').count();
        let key = (depth, kind.to_ascii_lowercase());
        if children.contains_key(&key) {
            return;
        }
        let Some((parent, _)) = kind.rsplit_once('/') else {
            return;
        };
        let of_parent = reads.of(parent).and_then(|reads| reads.api_version.as_deref());
        // Without a version of its own, a child goes by its parent's: one provider, one set.
        let version = version.or(of_parent);
        let parent_supply = supply(parent);
        let known = match parent_supply {
            Supply::Row => is_enumerated(parent),
            Supply::Child | Supply::Table(_) => true,
            _ => false,
        };
        let (Some(version), true) = (version, known) else {
            self.no_endpoint.push(kind.to_owned());
            return;
        };
        match parent_supply {
            Supply::Child => {
                let own = api_version(parent, of_parent);
                self.child(reads, parent, own.as_deref().or(Some(version)), children);
            }
            Supply::Table(table) => self.needs_table(table),
            _ => self.needs_table(RESOURCES),
        }
        let (path, single) = child_path(kind);
        let list = ChildList {
            kind: kind.to_owned(),
            parent: parent.to_owned(),
            path,
            single,
            api_version: version.to_owned(),
        };
        children.insert(key, list);
    }

    fn extension(
        &mut self,
        reads: &Reads,
        wanted: &TypeReads,
        version: Option<String>,
        children: &mut BTreeMap<(usize, String), ChildList>,
    ) {
        if is_subscription_wide(&wanted.name) {
            return self.scoped(&wanted.name, version, BTreeSet::new());
        }
        for on in &wanted.on {
            match supply(on) {
                _ if on.eq_ignore_ascii_case(SUBSCRIPTIONS) => {}
                Supply::Row => self.needs_table(RESOURCES),
                Supply::Table(table) => self.needs_table(table),
                Supply::Child => {
                    let given = reads.of(on).and_then(|reads| reads.api_version.as_deref());
                    let version = api_version(on, given);
                    self.child(reads, on, version.as_deref(), children);
                }
                _ => {}
            }
        }
        if !wanted.on.is_empty() {
            self.scoped(&wanted.name, version, wanted.on.clone());
        }
    }

    fn scoped(&mut self, kind: &str, version: Option<String>, on: BTreeSet<String>) {
        match version {
            Some(api_version) => self.scoped.push(ScopedList { kind: kind.to_owned(), on, api_version }),
            None => self.no_endpoint.push(kind.to_owned()),
        }
    }

    fn vault(&mut self, wanted: &TypeReads, version: Option<String>) {
        let items = VaultItems::ALL
            .into_iter()
            .find(|items| items.resource_type().eq_ignore_ascii_case(&wanted.name));
        let Some(items) = items else {
            return self.no_endpoint.push(wanted.name.clone());
        };
        self.needs_table(RESOURCES);
        let reads = |prefix: &str| wanted.paths.iter().any(|path| covers(prefix, path));
        self.vaults.push(VaultList {
            items,
            needs: VaultNeeds {
                rotation_policy: reads("properties.rotationPolicy"),
                key_facts: items == VaultItems::Keys
                    && ["kty", "keySize", "curveName", "keyOps", "keyUriWithVersion"]
                        .iter()
                        .any(|name| reads(&format!("properties.{name}"))),
                certificate_policy: reads("properties.policy"),
            },
            api_version: version.unwrap_or_default(),
        });
    }

    /// The calls in words, one a line, in the order they are made.
    pub fn calls(&self) -> Vec<String> {
        let tables = self.tables.iter().map(|table| format!("POST {table}"));
        let children = self
            .children
            .iter()
            .map(|list| format!("GET {{{}}}/{}?api-version={}", list.parent, list.path, list.api_version));
        let scoped = self.scoped.iter().flat_map(|list| {
            let on: Vec<&str> = if list.on.is_empty() {
                vec!["subscription"]
            } else {
                list.on.iter().map(String::as_str).collect()
            };
            on.into_iter()
                .map(|on| format!("GET {{{on}}}/providers/{}?api-version={}", list.kind, list.api_version))
                .collect::<Vec<_>>()
        });
        let details = self
            .details
            .iter()
            .map(|detail| format!("GET {{{}}}?api-version={}", detail.kind, detail.api_version));
        let vaults = self.vaults.iter().map(|list| format!("GET {{vaultUri}}/{}", list.items.segment()));
        let graph = self.graph.iter().map(|read| format!("GET {}", read.path));
        tables.chain(children).chain(scoped).chain(details).chain(vaults).chain(graph).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(types: &[(&str, Option<&str>, &[&str])]) -> Reads {
        let mut reads = Reads::default();
        for (kind, version, paths) in types {
            let entry = reads.entry(kind);
            entry.api_version = version.map(str::to_owned);
            entry.paths = paths.iter().map(|path| (*path).to_owned()).collect();
        }
        reads
    }

    fn calls(types: &[(&str, Option<&str>, &[&str])]) -> Vec<String> {
        Plan::of(&reads(types)).calls()
    }

    #[test]
    fn nothing_is_read_for_no_rule() {
        assert_eq!(Plan::of(&Reads::default()), Plan::default());
    }

    #[test]
    fn rows_and_tables() {
        let types: &[(&str, Option<&str>, &[&str])] = &[
            ("Microsoft.Storage/storageAccounts", None, &[]),
            ("Microsoft.Network/virtualNetworks/subnets", None, &[]),
            ("Microsoft.Authorization/roleAssignments", None, &[]),
            ("Microsoft.Resources/resourceGroups", None, &[]),
        ];
        assert_eq!(
            calls(types),
            ["POST authorizationresources", "POST resourcecontainers", "POST resources"]
        );
        assert_eq!(Plan::of(&reads(types)).nested, ["Microsoft.Network/virtualNetworks/subnets"]);
    }

    #[test]
    fn children_bring_their_parents() {
        assert_eq!(
            calls(&[
                ("Microsoft.Sql/servers/databases/transparentDataEncryption", Some("2023-08-01"), &[]),
                ("Microsoft.Web/sites/config", None, &[]),
                ("Microsoft.Storage/storageAccounts/blobServices", Some("2024-01-01"), &[]),
            ]),
            [
                "POST resources",
                "GET {Microsoft.Sql/servers}/databases?api-version=2023-08-01",
                "GET {Microsoft.Storage/storageAccounts}/blobServices?api-version=2024-01-01",
                "GET {Microsoft.Web/sites}/config/web?api-version=2024-04-01",
                "GET {Microsoft.Sql/servers/databases}/transparentDataEncryption?api-version=2023-08-01",
            ]
        );
    }

    #[test]
    fn single_gets_only_where_a_rule_reads_what_rows_lack() {
        let site = |path| calls(&[("Microsoft.Web/sites", Some("2024-04-01"), &[path])]);
        assert_eq!(site("properties.httpsOnly"), ["POST resources"]);
        assert_eq!(
            site("properties.siteConfig.ftpsState"),
            ["POST resources", "GET {Microsoft.Web/sites}?api-version=2024-04-01"]
        );
    }

    #[test]
    fn extensions_subscriptions_vaults_and_graph() {
        let mut reads = reads(&[
            ("Microsoft.Insights/diagnosticSettings", None, &[]),
            ("Microsoft.Authorization/locks", None, &[]),
            ("Microsoft.Security/pricings", None, &[]),
            (
                "Microsoft.KeyVault/vaults/keys",
                None,
                &["properties.rotationPolicy.lifetimeActions[*].action.type"],
            ),
            ("Microsoft.Graph/domains", None, &[]),
        ]);
        reads.entry("Microsoft.Insights/diagnosticSettings").on =
            ["Microsoft.KeyVault/vaults", SUBSCRIPTIONS].map(str::to_owned).into();
        let plan = Plan::of(&reads);
        assert_eq!(
            plan.calls(),
            [
                "POST resources",
                "GET {subscription}/providers/Microsoft.Authorization/locks?api-version=2020-05-01",
                "GET {Microsoft.KeyVault/vaults}/providers/Microsoft.Insights/diagnosticSettings?api-version=2021-05-01-preview",
                "GET {Microsoft.Resources/subscriptions}/providers/Microsoft.Insights/diagnosticSettings?api-version=2021-05-01-preview",
                "GET {subscription}/providers/Microsoft.Security/pricings?api-version=2024-01-01",
                "GET {vaultUri}/keys",
                "GET /v1.0/domains",
            ]
        );
        assert_eq!(plan.vaults[0].needs, VaultNeeds { rotation_policy: true, ..VaultNeeds::default() });
    }

    #[test]
    fn a_type_without_a_call_is_named() {
        let plan = Plan::of(&reads(&[
            ("Microsoft.Strange/things/parts", None, &[]),
            ("Microsoft.Graph/unheardOf", None, &[]),
            ("Microsoft.Security/assessments", Some("2021-06-01"), &[]),
            ("Microsoft.Security/locations/jitNetworkAccessPolicies", Some("2020-01-01"), &[]),
        ]));
        assert_eq!(
            plan.no_endpoint,
            [
                "Microsoft.Graph/unheardOf",
                "Microsoft.Security/assessments",
                "Microsoft.Security/locations/jitNetworkAccessPolicies",
                "Microsoft.Strange/things/parts"
            ]
        );
        assert!(plan.calls().is_empty());
    }
}
