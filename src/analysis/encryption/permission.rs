//! Whether the identity of a service may still get at its key.
//!
//! Exact for vaults that decide by access policies. Where roles decide, whoever computes effective access answers
//! through [`Roles`]. Sources: <https://learn.microsoft.com/azure/key-vault/general/assign-access-policy>,
//! <https://learn.microsoft.com/azure/key-vault/general/rbac-guide>.

use super::chain::Use;
use super::consumer::Identity;
use super::key_uri::Store;
use super::stores::Link;
use crate::analysis::answer::Gap;
use crate::analysis::place::Place;
use crate::inventory::id::ResourceId;
use crate::inventory::index::{Inventory, ResourceIndex};

const IDENTITIES: &str = "Microsoft.ManagedIdentity/userAssignedIdentities";
const ASSIGNMENTS: &str = "Microsoft.Authorization/roleAssignments";
/// What a service does with a key: permission of an access policy, and the data action of roles.
const NEEDED: [(&str, &str); 3] = [
    ("get", "Microsoft.KeyVault/vaults/keys/read"),
    ("wrapKey", "Microsoft.KeyVault/vaults/keys/wrap/action"),
    ("unwrapKey", "Microsoft.KeyVault/vaults/keys/unwrap/action"),
];
/// Built-in roles with all three: Crypto Service Encryption User, Crypto User, Crypto Officer, Administrator.
/// Source: <https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/security>.
const KEY_ROLES: [&str; 4] = [
    "e147488a-f6f5-4113-8e2d-b22465e65bf6",
    "12338af0-0e69-4776-bea7-57ae8d297424",
    "14b46e9e-c2b7-41b4-b07b-48a6ebf60603",
    "00482a5a-887f-4fb3-b363-3b7fe8e74483",
];

/// What answers for roles, their groups, and deny assignments.
pub trait Roles {
    /// Whether `principal` (an object id, in lower case) may do a data action on a resource.
    ///
    /// # Errors
    /// Why that can't be told.
    fn may(&self, inventory: &Inventory, principal: &str, action: &str, on: &ResourceId)
    -> Result<bool, Gap>;
}

/// Knows the built-in roles for keys where they are assigned directly, at or above the key; anything else it
/// leaves open.
#[derive(Clone, Copy, Debug, Default)]
pub struct DirectAssignments;

impl Roles for DirectAssignments {
    fn may(
        &self,
        inventory: &Inventory,
        principal: &str,
        _action: &str,
        on: &ResourceId,
    ) -> Result<bool, Gap> {
        let grants = |at: &ResourceIndex| {
            let body = Place::of(inventory, *at);
            let text = |path: &str| body.text(path).ok().flatten();
            let role = text("properties.roleDefinitionId").and_then(|id| id.rsplit('/').next());
            let scope = match text("properties.scope") {
                Some(scope) => ResourceId::parse(scope),
                None => inventory.get(*at).id.parent(),
            };
            let reaches = scope.is_some_and(|scope| on.ancestors().any(|above| above == scope));
            reaches
                && text("properties.principalId").is_some_and(|holder| holder.eq_ignore_ascii_case(principal))
                && role.is_some_and(|role| KEY_ROLES.iter().any(|known| known.eq_ignore_ascii_case(role)))
                && matches!(body.text("properties.condition"), Ok(None))
        };
        if inventory.of_type(ASSIGNMENTS).iter().any(grants) {
            return Ok(true);
        }
        Err(Gap::note(format!(
            "roles decide in the vault of this key, and none of those for keys is assigned to {principal} directly"
        )))
    }
}

/// What an identity lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Permission {
    /// The vault.
    pub(super) at: ResourceIndex,
    principal: String,
    pub(super) missing: Vec<&'static str>,
}

impl Permission {
    pub(super) fn says(&self) -> String {
        format!("does not give {} to the identity {}", self.missing.join(", "), self.principal)
    }
}

/// What the identity of a use lacks on its key.
pub(super) fn of(inventory: &Inventory, one: &Use, roles: &dyn Roles) -> Result<Permission, Gap> {
    let store = match &one.store {
        Link::There(at) => *at,
        Link::Gone(says) => return Err(Gap::note(says.clone())),
        Link::Open(gap) => return Err(gap.clone()),
    };
    let principal = principal(inventory, one)?;
    let vault = Place::of(inventory, store);
    if !inventory.type_of(store).eq_ignore_ascii_case(Store::Vault.kind()) {
        return Err(Gap::note("a managed HSM keeps its own roles, which no list tells"));
    }
    // Vaults that don't say were made when policies were the default.
    let by_roles = vault.flag("properties.enableRbacAuthorization")?.unwrap_or(false);
    let mut missing = Vec::new();
    if by_roles {
        let name = one.key.as_ref().map_err(Clone::clone)?.name.clone();
        let on = inventory.get(store).id.child("keys", &name);
        let on = on.unwrap_or_else(|| inventory.get(store).id.clone());
        for (permission, action) in NEEDED {
            if !roles.may(inventory, &principal, action, &on)? {
                missing.push(permission);
            }
        }
    } else {
        missing = lacking(inventory, &vault, &principal)?;
    }
    Ok(Permission { at: store, principal, missing })
}

/// What the access policies of a vault leave out. A policy for a group may stand for the identity, too.
fn lacking(inventory: &Inventory, vault: &Place<'_>, principal: &str) -> Result<Vec<&'static str>, Gap> {
    let (policies, gaps) = vault.each("properties.accessPolicies[*]");
    if let Some(gap) = gaps.into_iter().next() {
        return Err(gap);
    }
    let mut missing: Vec<&'static str> = NEEDED.iter().map(|(permission, _)| *permission).collect();
    let mut others = Vec::new();
    for policy in &policies {
        let holder = policy.text("objectId")?.unwrap_or_default();
        // A compound policy counts only for an application that acts for somebody; a service acts for itself.
        if policy.text("applicationId")?.is_some() {
            continue;
        }
        let keys = policy.texts("permissions.keys")?;
        let gives = |permission: &&str| {
            keys.iter().any(|word| word.eq_ignore_ascii_case(permission) || word.eq_ignore_ascii_case("all"))
        };
        if holder.eq_ignore_ascii_case(principal) {
            missing.retain(|permission| !gives(permission));
        } else {
            others.push((holder, NEEDED.iter().map(|(word, _)| *word).filter(|word| gives(word)).count()));
        }
    }
    let may_be_group = |id: &str| !is_single(inventory, id);
    if !missing.is_empty()
        && let Some((group, _)) = others.iter().find(|(holder, count)| *count > 0 && may_be_group(holder))
    {
        return Err(Gap::note(format!(
            "an access policy of the vault is for {group}, which may be a group that the identity is in"
        )));
    }
    Ok(missing)
}

/// Whether an object id is known to be no group.
fn is_single(inventory: &Inventory, id: &str) -> bool {
    let known = ["users", "servicePrincipals"].iter().any(|kind| {
        ResourceId::parse(&format!("/providers/Microsoft.Graph/{kind}/{id}"))
            .is_some_and(|id| inventory.find(&id).is_some())
    });
    let is_identity = |at: ResourceIndex| {
        let place = Place::of(inventory, at);
        ["properties.principalId", "identity.principalId"].iter().any(|path| {
            place.text(path).ok().flatten().is_some_and(|principal| principal.eq_ignore_ascii_case(id))
        })
    };
    known
        || inventory.of_type(IDENTITIES).iter().any(|at| is_identity(*at))
        || super::consumer::with_identity()
            .any(|kind| inventory.of_type(kind).iter().any(|at| is_identity(*at)))
}

/// The object id of the identity with which a service goes to the vault, in lower case.
fn principal(inventory: &Inventory, one: &Use) -> Result<String, Gap> {
    let unnamed = || Gap::note("the service does not tell with which identity it goes to the vault");
    let consumer = one.consumer.ok_or_else(unnamed)?;
    let (holder, path) = match consumer.identity {
        Identity::Own(path) => (one.holder, path),
        Identity::Parent(path) => {
            let parent = inventory.get(one.holder).id.parent().and_then(|id| inventory.find(&id));
            (parent.ok_or_else(|| Gap::note("the resource above it was not read"))?, path)
        }
        Identity::Unnamed => return Err(unnamed()),
    };
    let body = Place::of(inventory, holder);
    let path = match path.strip_prefix('.') {
        Some(relative) => format!("{}.{relative}", one.base),
        None => path.to_owned(),
    };
    let user = if path.is_empty() { None } else { body.text(&path)? };
    let is_system =
        |text: &str| text.eq_ignore_ascii_case("SystemAssigned") || text.eq_ignore_ascii_case("None");
    if let Some(user) = user.filter(|text| !is_system(text)) {
        return assigned(inventory, &body, user);
    }
    if let Some(own) = body.text("identity.principalId")? {
        return Ok(own.to_ascii_lowercase());
    }
    // Without a system-assigned identity, a single user-assigned one is meant.
    match body.entries("identity.userAssignedIdentities")?.as_slice() {
        [(id, _)] => assigned(inventory, &body, id),
        _ => Err(unnamed()),
    }
}

/// The object id of a user-assigned identity, by its resource id or client id.
fn assigned(inventory: &Inventory, body: &Place<'_>, named: &str) -> Result<String, Gap> {
    for (id, entry) in body.entries("identity.userAssignedIdentities")? {
        let is_it = id.eq_ignore_ascii_case(named)
            || entry.text("clientId")?.is_some_and(|client| client.eq_ignore_ascii_case(named));
        if let (true, Some(principal)) = (is_it, entry.text("principalId")?) {
            return Ok(principal.to_ascii_lowercase());
        }
    }
    let by_id = ResourceId::parse(named).and_then(|id| inventory.find(&id));
    let by_client = || {
        inventory.of_type(IDENTITIES).iter().copied().find(|at| {
            let client = Place::of(inventory, *at).text("properties.clientId").ok().flatten();
            client.is_some_and(|client| client.eq_ignore_ascii_case(named))
        })
    };
    let found = by_id.or_else(by_client);
    let principal =
        found.and_then(|at| Place::of(inventory, at).text("properties.principalId").ok().flatten());
    principal
        .map(str::to_ascii_lowercase)
        .ok_or_else(|| Gap::note(format!("the identity {named} was not read")))
}
