//! A small tenant, made in code and written as a snapshot directory.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::server::Settings;

/// The subscription that [`Tenant::vm`] and its like are in.
pub const SUBSCRIPTION: &str = "5ab50000-0000-4000-8000-000000000001";
const TENANT: &str = "7e4a0000-0000-4000-8000-00000000d1d0";

/// A tenant in the making.
#[derive(Clone, Debug)]
pub struct Tenant {
    id: String,
    scopes: Vec<String>,
    resources: Vec<Value>,
    graph: Vec<Value>,
    vault: Vec<Value>,
    coverage: Vec<Value>,
}

impl Default for Tenant {
    fn default() -> Self {
        Self::new()
    }
}

impl Tenant {
    /// An empty tenant.
    pub fn new() -> Self {
        Self {
            id: TENANT.to_owned(),
            scopes: Vec::new(),
            resources: Vec::new(),
            graph: Vec::new(),
            vault: Vec::new(),
            coverage: Vec::new(),
        }
    }

    /// A tenant with one empty subscription, [`SUBSCRIPTION`].
    pub fn with_subscription() -> Self {
        Self::new().subscription(SUBSCRIPTION)
    }

    /// Adds a subscription without anything in it; resources bring theirs with them.
    pub fn subscription(mut self, id: &str) -> Self {
        self.scopes.push(format!("/subscriptions/{id}"));
        self
    }

    /// Adds an ARM resource: the body as its GET returns it. `name` and `type` follow from the id
    /// where they are missing.
    pub fn resource(mut self, mut body: Value) -> Self {
        complete(&mut body);
        self.resources.push(body);
        self
    }

    /// Adds `count` resources of one type in the resource group `group` of [`SUBSCRIPTION`], named
    /// `{stem}-000` and on.
    pub fn many(self, count: usize, group: &str, kind: &str, stem: &str) -> Self {
        (0..count).fold(self, |tenant, number| {
            let id = arm_id(group, kind, &format!("{stem}-{number:03}"));
            tenant.resource(json!({"id": id, "location": "westeurope", "properties": {"number": number}}))
        })
    }

    /// Adds a Key Vault item in ARM's shape: `{vault id}/secrets/{name}`.
    pub fn vault_item(mut self, mut body: Value) -> Self {
        complete(&mut body);
        self.vault.push(body);
        self
    }

    /// Adds a Microsoft Graph object, as Graph returns it, of a type such as `user`.
    pub fn graph(mut self, kind: &str, object: Value) -> Self {
        let name = object["id"].as_str().or(object["tenantId"].as_str()).unwrap_or(kind).to_owned();
        let id = format!("/providers/Microsoft.Graph/{kind}/{name}");
        self.graph.push(json!({"id": id, "type": format!("Microsoft.Graph/{kind}"), "properties": object}));
        self
    }

    /// Adds an object that belongs to another: `parent` is `application/{id}`, `relation` `owners`.
    pub fn related(mut self, parent: &str, relation: &str, object: Value) -> Self {
        let kind = parent.split('/').next().unwrap();
        let id = format!("/providers/Microsoft.Graph/{parent}/{relation}/{}", object["id"].as_str().unwrap());
        self.graph.push(
            json!({"id": id, "type": format!("Microsoft.Graph/{kind}/{relation}"), "properties": object}),
        );
        self
    }

    /// Adds a line of coverage: a read that failed when the snapshot was taken.
    pub fn coverage(mut self, entry: Value) -> Self {
        self.coverage.push(entry);
        self
    }

    /// Writes the snapshot.
    pub fn write(&self, directory: &Path) {
        let files = [
            ("resources.ndjson", &self.resources),
            ("graph.ndjson", &self.graph),
            ("vault.ndjson", &self.vault),
            ("coverage.ndjson", &self.coverage),
        ];
        let mut listed = json!({});
        for (name, records) in files {
            let mut records = records.clone();
            if name != "coverage.ndjson" {
                records.sort_by_key(|record| record["id"].as_str().unwrap().to_ascii_lowercase());
            }
            let text: String = records.iter().map(|record| record.to_string() + "\n").collect();
            let digest = format!("{:x}", Sha256::digest(&text));
            listed[name] = json!({"sha256": digest, "records": records.len()});
            fs::write(directory.join(name), text).unwrap();
        }
        let manifest = json!({
            "format": "skytjek-snapshot", "version": 1, "tenant_id": self.id, "cloud": "custom",
            "taken_at": "2026-11-24T03:00:00Z", "tool_version": "0.0.0", "scopes": self.scopes, "files": listed,
        });
        fs::write(directory.join("manifest.json"), format!("{manifest:#}\n")).unwrap();
    }

    /// A server of this tenant, to be set up and started.
    pub fn serve(&self) -> Settings {
        let directory = tempfile::tempdir().unwrap();
        self.write(directory.path());
        Settings::of(directory.path())
    }
}

/// The id of a top-level resource in [`SUBSCRIPTION`].
pub fn arm_id(group: &str, kind: &str, name: &str) -> String {
    format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/providers/{kind}/{name}")
}

/// Fills in what follows from the id.
fn complete(body: &mut Value) {
    let id = body["id"].as_str().expect("a resource has an id").to_owned();
    let parsed = skytjek::inventory::id::ResourceId::parse(&id).expect("an id that Azure would give");
    if body.get("name").is_none() {
        body["name"] = json!(parsed.name());
    }
    if body.get("type").is_none()
        && let Some(kind) = parsed.resource_type()
    {
        body["type"] = json!(kind);
    }
}
