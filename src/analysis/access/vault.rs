//! Key vaults: whether roles or the vault's own access policies say who gets at what is in them.
//!
//! Sources: <https://learn.microsoft.com/azure/key-vault/general/rbac-guide>,
//! <https://learn.microsoft.com/azure/key-vault/general/assign-access-policy>,
//! <https://learn.microsoft.com/azure/key-vault/general/rbac-migration>.

use super::action::{Action, Plane, covers, overlaps};
use super::body::Body;
use super::reads::VAULT;
use crate::inventory::id::ResourceId;
use crate::inventory::index::{Inventory, ResourceIndex};

/// The data action of roles that does what a permission of an access policy does: kind, permission, action
/// behind `Microsoft.KeyVault/vaults/`.
const PERMISSIONS: &[(&str, &str, &str)] = &[
    ("secrets", "get", "secrets/getSecret/action"),
    ("secrets", "list", "secrets/readMetadata/action"),
    ("secrets", "set", "secrets/setSecret/action"),
    ("secrets", "delete", "secrets/delete"),
    ("secrets", "recover", "secrets/recover/action"),
    ("secrets", "backup", "secrets/backup/action"),
    ("secrets", "restore", "secrets/restore/action"),
    ("secrets", "purge", "secrets/purge/action"),
    ("keys", "get", "keys/read"),
    ("keys", "list", "keys/read"),
    ("keys", "update", "keys/update/action"),
    ("keys", "create", "keys/create/action"),
    ("keys", "import", "keys/import/action"),
    ("keys", "delete", "keys/delete"),
    ("keys", "recover", "keys/recover/action"),
    ("keys", "backup", "keys/backup/action"),
    ("keys", "restore", "keys/restore/action"),
    ("keys", "purge", "keys/purge/action"),
    ("keys", "encrypt", "keys/encrypt/action"),
    ("keys", "decrypt", "keys/decrypt/action"),
    ("keys", "wrapkey", "keys/wrap/action"),
    ("keys", "unwrapkey", "keys/unwrap/action"),
    ("keys", "sign", "keys/sign/action"),
    ("keys", "verify", "keys/verify/action"),
    ("keys", "release", "keys/release/action"),
    ("keys", "rotate", "keys/rotate/action"),
    ("keys", "getrotationpolicy", "keyrotationpolicies/read"),
    ("keys", "setrotationpolicy", "keyrotationpolicies/write"),
    ("certificates", "get", "certificates/read"),
    ("certificates", "list", "certificates/read"),
    ("certificates", "create", "certificates/create/action"),
    ("certificates", "import", "certificates/import/action"),
    ("certificates", "update", "certificates/update/action"),
    ("certificates", "delete", "certificates/delete"),
    ("certificates", "recover", "certificates/recover/action"),
    ("certificates", "backup", "certificates/backup/action"),
    ("certificates", "restore", "certificates/restore/action"),
    ("certificates", "purge", "certificates/purge/action"),
    ("certificates", "managecontacts", "certificatecontacts/write"),
    ("certificates", "getissuers", "certificatecas/read"),
    ("certificates", "listissuers", "certificatecas/read"),
    ("certificates", "setissuers", "certificatecas/write"),
    ("certificates", "deleteissuers", "certificatecas/delete"),
    ("certificates", "manageissuers", "certificatecas/write"),
];

/// An access policy: what one principal may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Object id of the principal, in lower case.
    pub principal: String,
    /// Only when it is used through this application.
    pub application: Option<String>,
    /// Data actions, as roles name them.
    actions: Vec<String>,
    /// Permissions as the policy names them: `secrets: get`.
    pub permissions: Vec<String>,
}

impl Policy {
    /// Whether it grants an action on data.
    pub fn grants(&self, action: &Action) -> bool {
        action.plane == Plane::Data && self.actions.iter().any(|known| covers(known, &action.text))
    }
}

/// A vault, and who it lets in by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vault {
    /// Its resource.
    pub at: ResourceIndex,
    /// Its id.
    pub id: ResourceId,
    /// Whether roles decide; otherwise its policies do. `None` where it was not read.
    pub by_roles: Option<bool>,
    /// Its access policies; they mean nothing where roles decide.
    pub policies: Vec<Policy>,
}

/// The vaults, in order of their ids.
pub(super) fn read(inventory: &Inventory) -> Vec<Vault> {
    let one = |at: &ResourceIndex| {
        let body = Body::of(inventory, *at);
        // A vault that doesn't say was made when policies were the default.
        let by_roles = (!body.is_unread("properties.enableRbacAuthorization"))
            .then(|| body.flag("properties.enableRbacAuthorization").unwrap_or(false));
        let policies = body.elements("properties.accessPolicies");
        Vault {
            at: *at,
            id: inventory.get(*at).id.clone(),
            by_roles,
            policies: policies.iter().filter_map(policy).collect(),
        }
    };
    inventory.of_type(VAULT).iter().map(one).collect()
}

fn policy(body: &Body<'_>) -> Option<Policy> {
    let principal = body.text("objectId")?.to_ascii_lowercase();
    let mut permissions = Vec::new();
    let mut actions = Vec::new();
    for kind in ["keys", "secrets", "certificates"] {
        for word in body.texts(&format!("permissions.{kind}")) {
            let all = word.eq_ignore_ascii_case("all");
            let known = PERMISSIONS
                .iter()
                .filter(|(of, permission, _)| *of == kind && (all || permission.eq_ignore_ascii_case(&word)));
            actions.extend(known.map(|(.., action)| format!("{VAULT}/{action}")));
            permissions.push(format!("{kind}: {}", word.to_ascii_lowercase()));
        }
    }
    actions.sort();
    actions.dedup();
    Some(Policy { principal, application: body.owned("applicationId"), actions, permissions })
}

/// Whether a data action works on what is in vaults.
pub(super) fn concerns(action: &Action) -> bool {
    action.plane == Plane::Data && overlaps(&format!("{VAULT}/*"), &action.text)
}

/// The vault that an id names or lies in.
pub(super) fn holding(id: &ResourceId) -> Option<ResourceId> {
    id.ancestors().find(|id| id.resource_type().is_some_and(|kind| kind.eq_ignore_ascii_case(VAULT)))
}
