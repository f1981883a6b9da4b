//! What there is in the test Azure: a snapshot directory, read and indexed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use skytjek::inventory::coverage::{CoverageEntry, CoverageState};
use skytjek::inventory::id::ResourceId;

/// Children that stand in their parent's body: parent type, property, child segment.
const NESTED: &[(&str, &str)] = &[
    ("microsoft.network/virtualnetworks", "subnets"),
    ("microsoft.network/virtualnetworks", "virtualNetworkPeerings"),
    ("microsoft.network/networksecuritygroups", "securityRules"),
    ("microsoft.network/networksecuritygroups", "defaultSecurityRules"),
    ("microsoft.network/routetables", "routes"),
    ("microsoft.network/loadbalancers", "inboundNatRules"),
    ("microsoft.network/loadbalancers", "backendAddressPools"),
    ("microsoft.network/loadbalancers", "frontendIPConfigurations"),
    ("microsoft.network/networkinterfaces", "ipConfigurations"),
];

/// One tenant's contents.
#[derive(Debug, Default)]
pub struct World {
    /// The tenant's id.
    pub tenant: String,
    /// ARM resources by lower-case id, in that order.
    pub resources: BTreeMap<String, Value>,
    /// Microsoft Graph objects, as Graph returns them, by lower-case type (`user`).
    pub graph: BTreeMap<String, Vec<Value>>,
    /// What belongs to such an object, by lower-case type, id and relation (`application/1/owners`).
    pub relations: BTreeMap<String, Vec<Value>>,
    /// Key Vault items in ARM's shape, by lower-case id.
    pub vault: BTreeMap<String, Value>,
    /// Reads that the snapshot says did not succeed; they fail here in the same way.
    pub lost: Vec<CoverageEntry>,
    /// Subscription ids, as spelled.
    pub subscriptions: BTreeSet<String>,
}

impl World {
    /// Reads a snapshot directory.
    pub fn load(directory: &Path) -> Self {
        let manifest: Value =
            serde_json::from_slice(&fs::read(directory.join("manifest.json")).unwrap()).unwrap();
        let mut world =
            Self { tenant: manifest["tenant_id"].as_str().unwrap().to_owned(), ..Self::default() };
        let id_of = |value: &Value| value["id"].as_str().unwrap().trim_end_matches('/').to_owned();
        for resource in lines(directory, "resources.ndjson") {
            let id = id_of(&resource);
            world.notice_subscription(&id);
            world.resources.insert(id.to_ascii_lowercase(), resource);
        }
        for item in lines(directory, "vault.ndjson") {
            world.vault.insert(id_of(&item).to_ascii_lowercase(), item);
        }
        for object in lines(directory, "graph.ndjson") {
            let id = id_of(&object);
            let segments: Vec<&str> = id.split('/').skip(3).collect();
            let raw = object.get("properties").cloned().unwrap_or(object.clone());
            match segments[..] {
                [kind, name, relation, _] => {
                    let key = format!("{kind}/{name}/{relation}").to_ascii_lowercase();
                    world.relations.entry(key).or_default().push(raw);
                }
                _ => world.graph.entry(segments[0].to_ascii_lowercase()).or_default().push(raw),
            }
        }
        for scope in manifest["scopes"].as_array().into_iter().flatten() {
            world.notice_subscription(scope.as_str().unwrap());
        }
        world.lost = lines(directory, "coverage.ndjson")
            .into_iter()
            .map(|entry| serde_json::from_value::<CoverageEntry>(entry).unwrap())
            .filter(|entry| !matches!(entry.state, CoverageState::Complete | CoverageState::Partial))
            .collect();
        world
    }

    fn notice_subscription(&mut self, id: &str) {
        if let Some(subscription) = ResourceId::parse(id).as_ref().and_then(ResourceId::subscription) {
            let known = self.subscriptions.iter().any(|known| known.eq_ignore_ascii_case(subscription));
            if !known {
                self.subscriptions.insert(subscription.to_owned());
            }
        }
    }

    /// The subscription as it is spelled, if there is one of this id.
    pub fn subscription(&self, id: &str) -> Option<&str> {
        let found = self.subscriptions.iter().find(|known| known.eq_ignore_ascii_case(id));
        found.map(String::as_str)
    }

    /// A resource, a nested child, or a Key Vault item.
    pub fn get(&self, id: &str) -> Option<Value> {
        let folded = id.to_ascii_lowercase();
        let found = self.resources.get(&folded).or_else(|| self.vault.get(&folded));
        found.cloned().or_else(|| self.nested(id, &folded))
    }

    fn nested(&self, id: &str, folded: &str) -> Option<Value> {
        let parent = ResourceId::parse(id)?.parent()?;
        let (_, segment) = folded.rsplit_once('/')?.0.rsplit_once('/')?;
        let found = self.nested_children(parent.as_str(), segment);
        found.into_iter().find(|child| child["id"].as_str().is_some_and(|id| id.eq_ignore_ascii_case(folded)))
    }

    /// The children that stand in the body of `parent` under `segment`.
    pub fn nested_children(&self, parent: &str, segment: &str) -> Vec<Value> {
        let Some(body) = self.resources.get(&parent.to_ascii_lowercase()) else {
            return Vec::new();
        };
        let kind = type_of(parent).unwrap_or_default();
        let property = NESTED
            .iter()
            .find(|(known, child)| *known == kind && child.eq_ignore_ascii_case(segment))
            .map(|(_, property)| *property);
        let children = property.and_then(|property| body["properties"][property].as_array());
        let mut children = children.cloned().unwrap_or_default();
        for child in &mut children {
            let id = format!("{parent}/{segment}/{}", child["name"].as_str().unwrap_or("unnamed"));
            if child.get("id").is_none() {
                child["id"] = json!(id);
            }
        }
        children
    }

    /// All resources below `scope` (and at it) whose type is `kind`, without letter case.
    pub fn below(&self, scope: &str, kind: &str) -> Vec<&Value> {
        let start = format!("{}/", scope.trim_end_matches('/').to_ascii_lowercase());
        let kind = kind.to_ascii_lowercase();
        self.resources
            .range(start.clone()..)
            .take_while(|(id, _)| id.starts_with(&start))
            .filter(|(id, _)| type_of(id).is_some_and(|found| found == kind))
            .map(|(_, body)| body)
            .collect()
    }

    /// Children of `parent` under `segment`: its own records, Key Vault items, and those in its body.
    pub fn children(&self, parent: &str, segment: &str) -> Vec<Value> {
        let start = format!("{parent}/{segment}/").to_ascii_lowercase();
        let mut found: BTreeMap<String, Value> = BTreeMap::new();
        for child in self.nested_children(parent, segment) {
            found.insert(child["id"].as_str().unwrap().to_ascii_lowercase(), child);
        }
        for (id, body) in self.resources.range(start.clone()..).chain(self.vault.range(start.clone()..)) {
            if id.strip_prefix(&start).is_some_and(|name| !name.contains('/')) {
                found.insert(id.clone(), body.clone());
            }
        }
        found.into_values().collect()
    }

    /// How the read of `kind` at `scope` was lost in the snapshot, if it was.
    pub fn lost(&self, scope: &str, kind: &str) -> Option<&CoverageEntry> {
        let scope = ResourceId::parse(scope)?;
        let at = |entry: &&CoverageEntry| {
            let lost = ResourceId::parse(&entry.scope);
            entry.read.eq_ignore_ascii_case(kind) && scope.ancestors().any(|above| Some(above) == lost)
        };
        self.lost.iter().find(at)
    }

    /// The vault of this name, as an ARM id.
    pub fn vault_named(&self, name: &str) -> Option<&str> {
        self.resources.iter().find_map(|(id, body)| {
            let is_vault = type_of(id).is_some_and(|kind| kind == "microsoft.keyvault/vaults");
            let same = id.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(name));
            (is_vault && same).then(|| body["id"].as_str().unwrap())
        })
    }
}

/// A resource's type, lower-case, from its id.
pub fn type_of(id: &str) -> Option<String> {
    ResourceId::parse(id)?.resource_type().map(|kind| kind.to_ascii_lowercase())
}

/// The lines of a file of the snapshot, compressed or not; none when it isn't there.
fn lines(directory: &Path, name: &str) -> Vec<Value> {
    let plain = fs::read(directory.join(name));
    let packed = || {
        let file = fs::File::open(directory.join(format!("{name}.zst"))).ok()?;
        zstd::decode_all(file).ok()
    };
    let bytes = plain.ok().or_else(packed).unwrap_or_default();
    bytes
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect()
}
