//! Exactly which calls an acquisition makes: what the enabled rules read, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use super::arm_endpoints::{
    ChildPath, address, api_version, child_paths, detail_query, is_enumerated, is_subscription_wide,
};
use super::graph_endpoints::{Parents, graph_children, graph_read};
use crate::azure::graph::{GraphChildren, GraphRead};
use crate::azure::keyvault::VaultNeeds;
use crate::azure::vault_item::VaultItems;
use crate::inventory::reads::{
    RESOURCES, Reads, Supply, TypeReads, covers, is_read_whole, supply, table_read,
};

/// The type of subscriptions, whose ids are known before anything is listed.
pub const SUBSCRIPTIONS: &str = "Microsoft.Resources/subscriptions";
/// The type of management groups.
pub const MANAGEMENT_GROUPS: &str = "Microsoft.Management/managementGroups";
/// The type of resource groups.
pub const RESOURCE_GROUPS: &str = "Microsoft.Resources/resourceGroups";

/// Rows of a Resource Graph table: all, or those of one type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableRead {
    /// The table.
    pub table: &'static str,
    /// The type, where the table is not read whole.
    pub kind: Option<String>,
}

impl TableRead {
    /// The read that coverage has for it.
    pub fn read(&self) -> String {
        self.kind.clone().unwrap_or_else(|| table_read(self.table))
    }
}

/// Children, listed under each resource of the parent type, or of an ancestor's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildList {
    /// Type of the children.
    pub kind: String,
    /// Type of the resources under which they are listed.
    pub parent: String,
    /// Path below the parent.
    pub path: String,
    /// One object and no list.
    pub single: bool,
    /// Version to ask with.
    pub api_version: String,
}

/// An extension, listed on each resource of some types or once for a subscription; or a type that is
/// listed once for the tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopedList {
    /// Type of the extension.
    pub kind: String,
    /// Where it is read below `…/providers/`.
    pub address: String,
    /// One object and no list.
    pub single: bool,
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
    /// What is added to the address.
    pub query: String,
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

/// Child lists by depth and type, so that parents stand before their children.
type Children = BTreeMap<(usize, String), Vec<ChildList>>;

/// All calls of an acquisition, by stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Resource Graph tables.
    pub tables: BTreeSet<TableRead>,
    /// Types that come inside their parents' bodies.
    pub nested: Vec<String>,
    /// Child lists; parents stand before their children.
    pub children: Vec<ChildList>,
    /// Extensions and lists of subscriptions.
    pub scoped: Vec<ScopedList>,
    /// Lists above all subscriptions.
    pub tenant: Vec<ScopedList>,
    /// Single resources.
    pub details: Vec<Detail>,
    /// Key vault items.
    pub vaults: Vec<VaultList>,
    /// Microsoft Graph.
    pub graph: Vec<GraphRead>,
    /// Children of Microsoft Graph objects.
    pub graph_children: Vec<(GraphChildren, Parents)>,
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
                Supply::Code => {}
                Supply::Row if is_enumerated(kind) => plan.needs_table(RESOURCES),
                Supply::Row => plan.no_endpoint.push(kind.to_owned()),
                Supply::Table(table) => {
                    plan.needs_rows(table, kind);
                    plan.management_groups |= kind.eq_ignore_ascii_case(MANAGEMENT_GROUPS);
                }
                Supply::Nested(_) => {
                    plan.needs_table(RESOURCES);
                    plan.nested.push(kind.to_owned());
                }
                Supply::Child | Supply::Under(_) => {
                    plan.child(reads, kind, version.as_deref(), &mut children);
                }
                Supply::Subscription => plan.scoped(kind, version, BTreeSet::new()),
                Supply::Container => {
                    plan.needs_rows("resourcecontainers", RESOURCE_GROUPS);
                    plan.scoped(kind, version, [SUBSCRIPTIONS, RESOURCE_GROUPS].map(str::to_owned).into());
                }
                Supply::Tenant => plan.tenant(kind, version),
                Supply::Extension => plan.extension(reads, wanted, version, &mut children),
                Supply::VaultItem => plan.vault(wanted, version),
                Supply::Graph => match graph_read(wanted) {
                    Some(read) => plan.graph.push(read),
                    None => plan.no_endpoint.push(kind.to_owned()),
                },
                Supply::GraphChild => match graph_children(wanted) {
                    Some(list) => plan.graph_children.push(list),
                    None => plan.no_endpoint.push(kind.to_owned()),
                },
            }
            if matches!(supply(kind), Supply::Row | Supply::Child) && wanted.needs_detail() {
                match api_version(kind, wanted.api_version.as_deref()) {
                    Some(api_version) => {
                        let query = detail_query(wanted);
                        plan.details.push(Detail { kind: kind.to_owned(), api_version, query });
                    }
                    None => plan.no_endpoint.push(kind.to_owned()),
                }
            }
        }
        plan.children = children.into_values().flatten().collect();
        plan.graph_parents(reads);
        plan
    }

    fn needs_table(&mut self, table: &'static str) {
        self.tables.insert(TableRead { table, kind: None });
    }

    fn needs_rows(&mut self, table: &'static str, kind: &str) {
        let kind = (!is_read_whole(table)).then(|| kind.to_owned());
        self.tables.insert(TableRead { table, kind });
    }

    /// Whose children are wanted must be known, even where no rule reads it.
    fn graph_parents(&mut self, reads: &Reads) {
        let parents: BTreeSet<String> =
            self.graph_children.iter().map(|(list, _)| list.parent.clone()).collect();
        for parent in parents.into_iter().filter(|parent| reads.of(parent).is_none()) {
            self.graph.extend(graph_read(&TypeReads { name: parent, ..TypeReads::default() }));
        }
    }

    /// A child list and those of its ancestors: a database is listed before what lies in it.
    fn child(&mut self, reads: &Reads, kind: &str, version: Option<&str>, children: &mut Children) {
        let depth = kind.matches('/').count();
        let key = (depth, kind.to_ascii_lowercase());
        if children.contains_key(&key) {
            return;
        }
        let parent = match supply(kind) {
            Supply::Under(holder) => holder,
            _ => kind.rsplit_once('/').map_or(kind, |(parent, _)| parent),
        };
        let of_parent = reads.of(parent).and_then(|reads| reads.api_version.as_deref());
        // Without a version of its own, a child goes by its parent's: one provider, one set.
        let version = version.or(of_parent);
        let parent_supply = supply(parent);
        let known = match parent_supply {
            Supply::Row => is_enumerated(parent),
            Supply::Child | Supply::Under(_) | Supply::Table(_) => true,
            _ => false,
        };
        let (Some(version), true) = (version, known) else {
            self.no_endpoint.push(kind.to_owned());
            return;
        };
        match parent_supply {
            Supply::Child | Supply::Under(_) => {
                let own = api_version(parent, of_parent);
                self.child(reads, parent, own.as_deref().or(Some(version)), children);
            }
            Supply::Table(table) => self.needs_rows(table, parent),
            _ => self.needs_table(RESOURCES),
        }
        let list = |child: ChildPath| ChildList {
            kind: kind.to_owned(),
            parent: parent.to_owned(),
            path: child.path,
            single: child.single,
            api_version: version.to_owned(),
        };
        children.insert(key, child_paths(kind, reads.of(kind)).into_iter().map(list).collect());
    }

    fn extension(
        &mut self,
        reads: &Reads,
        wanted: &TypeReads,
        version: Option<String>,
        children: &mut Children,
    ) {
        if is_subscription_wide(&wanted.name) {
            return self.scoped(&wanted.name, version, BTreeSet::new());
        }
        for on in &wanted.on {
            match supply(on) {
                _ if on.eq_ignore_ascii_case(SUBSCRIPTIONS) => {}
                Supply::Row => self.needs_table(RESOURCES),
                Supply::Table(table) => self.needs_rows(table, on),
                Supply::Child | Supply::Under(_) => {
                    let given = reads.of(on).and_then(|reads| reads.api_version.as_deref());
                    let version = api_version(on, given);
                    self.child(reads, on, version.as_deref(), children);
                }
                _ => {}
            }
        }
        if wanted.on.is_empty() {
            // Nobody says on which resources.
            return self.no_endpoint.push(wanted.name.clone());
        }
        self.scoped(&wanted.name, version, wanted.on.clone());
    }

    fn scoped(&mut self, kind: &str, version: Option<String>, on: BTreeSet<String>) {
        match scoped_list(kind, version, on) {
            Some(list) => self.scoped.push(list),
            None => self.no_endpoint.push(kind.to_owned()),
        }
    }

    fn tenant(&mut self, kind: &str, version: Option<String>) {
        match scoped_list(kind, version, BTreeSet::new()) {
            Some(list) => self.tenant.push(list),
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
}

fn scoped_list(kind: &str, version: Option<String>, on: BTreeSet<String>) -> Option<ScopedList> {
    let (address, single) = address(kind);
    Some(ScopedList { kind: kind.to_owned(), address: address.to_owned(), single, on, api_version: version? })
}
