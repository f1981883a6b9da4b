//! Whether the identity of a service may still get at its key.
//!
//! Exact for vaults that decide by access policies; where roles decide, effective access answers. Sources: <https://learn.microsoft.com/azure/key-vault/general/assign-access-policy>,
//! <https://learn.microsoft.com/azure/key-vault/general/rbac-guide>.

use super::chain::Use;
use super::consumer::Identity;
use super::key_uri::Store;
use super::stores::Link;
use crate::analysis::access::Access;
use crate::analysis::access::action::Action;
use crate::analysis::access::assignment::Standing;
use crate::analysis::access::grant::{Certainty, Source};
use crate::analysis::answer::Gap;
use crate::analysis::place::Place;
use crate::inventory::id::ResourceId;
use crate::inventory::index::{Inventory, ResourceIndex};

const IDENTITIES: &str = "Microsoft.ManagedIdentity/userAssignedIdentities";
/// What a service does with a key: permission of an access policy, and the data action of roles.
const NEEDED: [(&str, &str); 3] = [
    ("get", "Microsoft.KeyVault/vaults/keys/read"),
    ("wrapKey", "Microsoft.KeyVault/vaults/keys/wrap/action"),
    ("unwrapKey", "Microsoft.KeyVault/vaults/keys/unwrap/action"),
];
/// Whether an identity (an object id, in lower case) may do a data action on a key, by its roles.
fn may(
    access: &Access,
    inventory: &Inventory,
    principal: &str,
    action: &str,
    on: &ResourceId,
) -> Result<bool, Gap> {
    let answer = access.may(inventory, principal, &Action::data(action), on);
    // A service can't activate a role.
    let stands = |source: &Source| match source {
        Source::Assignment(at) => !matches!(access.assignments[*at].standing, Standing::Eligible(_)),
        Source::Policy(..) => true,
    };
    let grants: Vec<_> = answer.grants.iter().filter(|grant| stands(&grant.source)).collect();
    if grants.iter().any(|grant| grant.certainty == Certainty::Certain) {
        return Ok(true);
    }
    if let Some(grant) = grants.first() {
        let why = grant.certainty.text().unwrap_or_default();
        return Err(Gap::note(format!("whether {principal} may use the key depends on {why}")));
    }
    match answer.gaps.into_iter().next() {
        None => Ok(false),
        Some(gap) if gap.read.is_empty() => Err(Gap::note(gap.reason)),
        Some(gap) => Err(Gap { reason: gap.reason, read: Some((gap.scope, gap.read)) }),
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
pub(super) fn of(inventory: &Inventory, one: &Use, access: Option<&Access>) -> Result<Permission, Gap> {
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
        let access =
            access.ok_or_else(|| Gap::note("roles decide in the vault of this key, and were not asked"))?;
        let name = one.key.as_ref().map_err(Clone::clone)?.name.clone();
        let on = inventory.get(store).id.child("keys", &name);
        let on = on.unwrap_or_else(|| inventory.get(store).id.clone());
        for (permission, action) in NEEDED {
            if !may(access, inventory, &principal, action, &on)? {
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
    let known = ["user", "servicePrincipal"].iter().any(|kind| {
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
