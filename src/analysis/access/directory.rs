//! Principals as Microsoft Graph knows them: users, groups, service principals.
//!
//! Sources: <https://learn.microsoft.com/graph/api/resources/user>, `…/group`, `…/serviceprincipal`.

use super::reads::{GROUP, MEMBER, SERVICE_PRINCIPAL, USER};
use std::collections::BTreeMap;

use super::body::Body;
use super::grant::Gap;
use crate::inventory::id::ResourceId;
use crate::inventory::index::{Inventory, ResourceIndex};

/// What a principal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A person.
    User,
    /// A group.
    Group,
    /// An application's or a service's identity in the tenant.
    ServicePrincipal,
    /// A managed identity.
    ManagedIdentity,
    /// A group of another tenant.
    ForeignGroup,
    /// It can't be told.
    Unknown,
}

impl Kind {
    /// The word used in every output.
    pub fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::ServicePrincipal => "service principal",
            Self::ManagedIdentity => "managed identity",
            Self::ForeignGroup => "foreign group",
            Self::Unknown => "unknown",
        }
    }

    fn hinted(principal_type: Option<&str>) -> Self {
        match principal_type.map(str::to_ascii_lowercase).as_deref() {
            Some("user") => Self::User,
            Some("group") => Self::Group,
            Some("serviceprincipal") => Self::ServicePrincipal,
            Some("foreigngroup") => Self::ForeignGroup,
            _ => Self::Unknown,
        }
    }
}

/// What is known of a principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Presence {
    /// The directory has it, and it can sign in.
    Enabled,
    /// The directory has it, and it can't sign in.
    Disabled,
    /// The directory has it; whether it can sign in was not read.
    Present,
    /// The directory was read, and doesn't have it.
    Deleted,
    /// It belongs to another tenant.
    Foreign,
    /// The directory was not read.
    Unread,
}

impl Presence {
    /// The word used in every output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::Present => "present",
            Self::Deleted => "deleted",
            Self::Foreign => "foreign",
            Self::Unread => "not read",
        }
    }
}

/// A principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Object id, in lower case.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// What people call it.
    pub name: Option<String>,
    /// User principal name, or application id.
    pub login: Option<String>,
    /// Whether it is a guest of the tenant.
    pub is_guest: bool,
    /// What is known of it.
    pub presence: Presence,
    /// Its resource, where there is one.
    pub at: Option<ResourceIndex>,
}

/// The directory, as far as it was read.
#[derive(Debug, Default)]
pub struct Directory {
    principals: BTreeMap<String, Principal>,
    /// Why users, groups and service principals may be missing; nothing where all were read.
    missing: [Option<Gap>; 3],
}

impl Directory {
    pub(super) fn read(inventory: &Inventory) -> Self {
        let mut principals = BTreeMap::new();
        let root = ResourceId::tenant();
        // Members come with less than the lists that follow have.
        for kind in [MEMBER, USER, GROUP, SERVICE_PRINCIPAL] {
            for &at in inventory.of_type(kind) {
                let body = Body::of(inventory, at);
                let id = inventory.get(at).id.name().to_ascii_lowercase();
                principals.insert(id.clone(), principal(&body, at, id, kind));
            }
        }
        let missing =
            [USER, GROUP, SERVICE_PRINCIPAL].map(|kind| Gap::of(&inventory.completeness_below(&root, kind)));
        Self { principals, missing }
    }

    /// What is known of the principal with an object id; `principal_type` is what an assignment says of it.
    pub fn principal(&self, id: &str, principal_type: Option<&str>) -> Principal {
        let hinted = Kind::hinted(principal_type);
        if let Some(known) = self.principals.get(id) {
            let kind = if known.kind == Kind::Unknown { hinted } else { known.kind };
            return Principal { kind, ..known.clone() };
        }
        let read = |at: usize| self.missing[at].is_none();
        let all_read = match hinted {
            Kind::User => read(0),
            Kind::Group => read(1),
            Kind::ServicePrincipal | Kind::ManagedIdentity => read(2),
            Kind::ForeignGroup | Kind::Unknown => (0..3).all(read),
        };
        let presence = match hinted {
            Kind::ForeignGroup => Presence::Foreign,
            _ if all_read => Presence::Deleted,
            _ => Presence::Unread,
        };
        let id = id.to_owned();
        Principal { id, kind: hinted, name: None, login: None, is_guest: false, presence, at: None }
    }

    /// The object ids that a text names: an object id, a user principal name, an application id, or a display
    /// name, without letter case.
    pub fn find(&self, text: &str) -> Vec<&Principal> {
        let wanted = text.trim().to_ascii_lowercase();
        if let Some(found) = self.principals.get(&wanted) {
            return vec![found];
        }
        let same = |known: Option<&String>| {
            known.is_some_and(|known| known.to_lowercase() == text.trim().to_lowercase())
        };
        let by_login: Vec<_> = self.principals.values().filter(|one| same(one.login.as_ref())).collect();
        if by_login.is_empty() {
            return self.principals.values().filter(|one| same(one.name.as_ref())).collect();
        }
        by_login
    }

    /// What of the directory was not read.
    pub fn gaps(&self) -> impl Iterator<Item = &Gap> {
        self.missing.iter().flatten()
    }
}

fn principal(body: &Body<'_>, at: ResourceIndex, id: String, list: &str) -> Principal {
    let kind = match list {
        USER => Kind::User,
        GROUP => Kind::Group,
        SERVICE_PRINCIPAL => match body.text("properties.servicePrincipalType") {
            Some(kind) if kind.eq_ignore_ascii_case("ManagedIdentity") => Kind::ManagedIdentity,
            _ => Kind::ServicePrincipal,
        },
        _ if body.text("properties.userPrincipalName").is_some() => Kind::User,
        _ if body.text("properties.appId").is_some() => Kind::ServicePrincipal,
        _ => Kind::Unknown,
    };
    let presence = match body.flag("properties.accountEnabled") {
        _ if kind == Kind::Group => Presence::Enabled,
        Some(true) => Presence::Enabled,
        Some(false) => Presence::Disabled,
        None => Presence::Present,
    };
    let login = body.owned("properties.userPrincipalName").or_else(|| body.owned("properties.appId"));
    let is_guest = body.text("properties.userType").is_some_and(|kind| kind.eq_ignore_ascii_case("Guest"));
    Principal {
        id,
        kind,
        name: body.owned("properties.displayName"),
        login,
        is_guest,
        presence,
        at: Some(at),
    }
}
