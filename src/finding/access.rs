//! Answers of the access analysis as outputs show them: who may do what, how it comes about, and what could
//! not be seen. The fields are a contract (`docs/access.md`): one is added, never renamed or removed.

use serde::Serialize;

use crate::analysis::access::Access;
use crate::analysis::access::action::{Action, Plane};
use crate::analysis::access::directory::Principal;
use crate::analysis::access::effective::Held;
use crate::analysis::access::grant::{Answer, Certainty, Gap, Grant, Source};
use crate::analysis::access::hierarchy::Level;
use crate::analysis::access::identity::How;
use crate::analysis::access::path::{Hop, PowerPath};
use crate::inventory::id::ResourceId;
use crate::inventory::index::{Inventory, ResourceIndex};

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AccessReport {
    /// 1.
    pub version: u8,
    /// What was asked.
    pub question: Question,
    /// Whom `who` named.
    pub principals: Vec<PrincipalRow>,
    /// Who may, and how, in order of name, certainty and scope.
    pub grants: Vec<GrantRow>,
    /// What deny assignments take away again.
    pub denied: Vec<DeniedRow>,
    /// Paths to power, in order of their start.
    pub paths: Vec<PathRow>,
    /// What was not read and may change the answer.
    pub gaps: Vec<GapRow>,
}

/// What was asked; nulls are what was not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Question {
    /// A principal, as it was written.
    pub who: Option<String>,
    /// An action.
    pub what: Option<String>,
    /// `control` or `data`.
    pub plane: Option<&'static str>,
    /// Where.
    pub on: Option<String>,
    /// Whether paths to power were asked for.
    pub paths: bool,
}

/// A principal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct PrincipalRow {
    /// Display name; the object id where it was not read.
    pub name: String,
    /// Object id.
    pub id: String,
    /// `user`, `group`, `service principal`, `managed identity`, `foreign group`, `unknown`.
    pub kind: &'static str,
    /// User principal name, or application id.
    pub login: Option<String>,
    /// `enabled`, `disabled`, `present`, `deleted`, `foreign`, `not read`.
    pub state: &'static str,
    /// Whether it is a guest.
    pub guest: bool,
    /// Resources that carry it, where it is a managed identity.
    pub carried_by: Vec<String>,
}

/// That somebody may do something, with its proof.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct GrantRow {
    /// Who.
    pub principal: PrincipalRow,
    /// `certain`, `conditional`, `unknown`.
    pub certainty: &'static str,
    /// The condition, or why it can't be told.
    pub condition: Option<String>,
    /// `permanent`, `until`, `activated`, `assigned`, `eligible`.
    pub standing: &'static str,
    /// When it ends.
    pub until: Option<String>,
    /// Where it is granted.
    pub scope: String,
    /// How wide the scope is.
    pub level: &'static str,
    /// The role's name; its id where it was not read.
    pub role: Option<String>,
    /// Id of the role definition.
    pub role_id: Option<String>,
    /// Whether the role is the tenant's own.
    pub custom: bool,
    /// Id of the role assignment.
    pub assignment: Option<String>,
    /// Permissions of a vault's access policy.
    pub access_policy: Vec<String>,
    /// Groups by which it comes, outermost first.
    pub through: Vec<PrincipalRow>,
    /// The proof as a sentence.
    pub says: String,
}

/// A deny assignment that takes something away.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct DeniedRow {
    /// Who.
    pub principal: PrincipalRow,
    /// Id of the deny assignment.
    pub deny_assignment: String,
}

/// A path to power.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PathRow {
    /// The resource it starts at.
    pub from: String,
    /// Whether it is exposed; null where that was not asked.
    pub exposed: Option<bool>,
    /// `grant roles`, `read secrets`, `run commands elsewhere`.
    pub power: &'static str,
    /// Where.
    pub at: String,
    /// `certain`, `conditional`, `unknown`.
    pub certainty: &'static str,
    /// The condition, or why it can't be told.
    pub condition: Option<String>,
    /// The steps.
    pub hops: Vec<HopRow>,
}

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HopRow {
    /// `carries`, `runs`, `takes`, `has`.
    pub kind: &'static str,
    /// Who or what does it.
    pub from: String,
    /// What is come to.
    pub to: String,
    /// The action that it takes.
    pub action: Option<&'static str>,
    /// By what right.
    pub grant: Option<GrantRow>,
    /// The step as a sentence.
    pub says: String,
}

/// Something that was not read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct GapRow {
    /// The sentence for people.
    pub reason: String,
    /// Where.
    pub scope: String,
    /// What.
    pub read: String,
}

impl From<Gap> for GapRow {
    fn from(gap: Gap) -> Self {
        Self { reason: gap.reason, scope: gap.scope, read: gap.read }
    }
}

/// The words for the side of an action.
pub fn plane(action: &Action) -> &'static str {
    match action.plane {
        Plane::Control => "control",
        Plane::Data => "data",
    }
}

/// Writes rows about an inventory.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    /// The analysis.
    pub access: &'a Access,
    /// What it was made of.
    pub inventory: &'a Inventory,
}

impl Rows<'_> {
    fn id(&self, at: ResourceIndex) -> String {
        self.inventory.get(at).id.as_str().to_owned()
    }

    /// A principal's row.
    pub fn principal(&self, id: &str) -> PrincipalRow {
        let Principal { id, kind, name, login, is_guest, presence, .. } = self.access.principal(id);
        let identity = self.access.identities.resource(&id);
        let carriers = self.access.identities.carriers(&id).iter().map(|(at, _)| self.id(*at));
        let named = identity.map(|at| self.inventory.get(at).id.name().to_owned());
        let mut carried_by: Vec<String> = carriers.collect();
        carried_by.dedup();
        PrincipalRow {
            name: name.or(named).unwrap_or_else(|| id.clone()),
            kind: kind.word(),
            login,
            state: presence.word(),
            guest: is_guest,
            carried_by,
            id,
        }
    }

    /// A grant's row.
    pub fn grant(&self, grant: &Grant) -> GrantRow {
        let principal = self.principal(&grant.holder);
        let through: Vec<PrincipalRow> = grant.through.iter().map(|group| self.principal(group)).collect();
        let by = match through.as_slice() {
            [] => String::new(),
            groups => {
                let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
                format!(" as a member of {}", names.join(", in it "))
            }
        };
        let (certainty, condition) = (grant.certainty.word(), grant.certainty.text().map(str::to_owned));
        match grant.source {
            Source::Assignment(index) => {
                let one = &self.access.assignments[index];
                let role = self.access.role(one);
                let title = role.map_or_else(|| one.role.clone(), |role| role.title.clone());
                let level = Level::of(&one.scope).word();
                let verb = if one.standing.word() == "eligible" { "may become" } else { "is" };
                let says = format!("{} {verb} {title} of {} ({level}){by}", principal.name, one.scope);
                GrantRow {
                    certainty,
                    condition,
                    standing: one.standing.word(),
                    until: one.standing.until().map(str::to_owned),
                    scope: one.scope.as_str().to_owned(),
                    level,
                    role: Some(title),
                    role_id: Some(one.role.clone()),
                    custom: role.is_some_and(|role| role.is_custom),
                    assignment: Some(self.id(one.at)),
                    access_policy: Vec::new(),
                    through,
                    says,
                    principal,
                }
            }
            Source::Policy(vault, index) => {
                let policies = self.access.vault_at(vault);
                let policy = policies.and_then(|one| one.policies.get(index));
                let permissions = policy.map(|policy| policy.permissions.clone()).unwrap_or_default();
                let says = format!("an access policy of {} names {}{by}", self.id(vault), principal.name);
                GrantRow {
                    certainty,
                    condition,
                    standing: "permanent",
                    until: None,
                    scope: self.id(vault),
                    level: Level::Resource.word(),
                    role: None,
                    role_id: None,
                    custom: false,
                    assignment: None,
                    access_policy: permissions,
                    through,
                    says,
                    principal,
                }
            }
        }
    }

    /// The rows of an answer, in order, and its gaps.
    pub fn answer(&self, answer: &Answer) -> (Vec<GrantRow>, Vec<GapRow>) {
        let mut rows: Vec<GrantRow> = answer.grants.iter().map(|grant| self.grant(grant)).collect();
        rows.sort();
        (rows, answer.gaps.iter().cloned().map(GapRow::from).collect())
    }

    /// All that a principal holds: roles at every scope, and access policies.
    pub fn held(&self, principal: &str) -> Vec<GrantRow> {
        let of = |Held { assignment, through }: Held| {
            let one = &self.access.assignments[assignment];
            let certainty = match (self.access.role(one), &one.condition) {
                (None, _) => Certainty::Unknown(format!("the role {} was not read", one.role)),
                (Some(_), Some(condition)) => Certainty::Conditional(condition.clone()),
                (Some(_), None) => Certainty::Certain,
            };
            let source = Source::Assignment(assignment);
            self.grant(&Grant { holder: principal.to_owned(), source, through, certainty })
        };
        let mut rows: Vec<GrantRow> = self.access.held_by(principal).into_iter().map(of).collect();
        rows.extend(self.access.policies_for(principal).iter().map(|grant| self.grant(grant)));
        rows.sort();
        rows
    }

    /// A path's row.
    pub fn path(&self, path: &PowerPath) -> PathRow {
        let hops = path.hops.iter().map(|hop| self.hop(hop, path)).collect();
        PathRow {
            from: self.id(path.start),
            exposed: path.exposed,
            power: path.power.words(),
            at: path.at.as_str().to_owned(),
            certainty: path.certainty.word(),
            condition: path.certainty.text().map(str::to_owned),
            hops,
        }
    }

    fn hop(&self, hop: &Hop, path: &PowerPath) -> HopRow {
        let right = |kind, grant: &Grant, action, to: String, does: &str| {
            let grant = self.grant(grant);
            let says = format!("{}, and {does} ({action})", grant.says);
            HopRow {
                kind,
                from: grant.principal.name.clone(),
                to,
                action: Some(action),
                grant: Some(grant),
                says,
            }
        };
        match hop {
            Hop::Carries { resource, how, principal } => {
                let (from, to) = (self.id(*resource), self.principal(principal).name);
                let says = match how {
                    How::System => format!("{from} has an identity of its own, {to}"),
                    How::UserAssigned(id) => format!("{from} carries the identity {id}"),
                    How::Part(part) => format!("{from} has the identity {to} in it ({part})"),
                    How::Itself => format!("{from} is the identity {to}"),
                };
                HopRow { kind: "carries", from, to, action: None, grant: None, says }
            }
            Hop::Runs { grant, action, on } => {
                let to = self.id(*on);
                right("runs", grant, action, to.clone(), &format!("so runs code on {to}"))
            }
            Hop::Takes { grant, action, identity, .. } => {
                let to = self.id(*identity);
                right("takes", grant, action, to.clone(), &format!("so can act as {to}"))
            }
            Hop::Has { grant, action } => {
                let does = format!("so can {} at {}", path.power.words(), path.at);
                right("has", grant, action, path.at.as_str().to_owned(), &does)
            }
        }
    }
}

/// Object ids that a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// These.
    Found(Vec<String>),
    /// A name that several principals have.
    Several(Vec<PrincipalRow>),
    /// Nobody among what was read.
    Nobody,
}

impl Rows<'_> {
    /// Whom a text names: an object id, a name, a user principal name, an application id, or the id of a
    /// resource that carries identities.
    pub fn named(&self, text: &str) -> Named {
        if text.starts_with('/') {
            let at = ResourceId::parse(text).and_then(|id| self.inventory.find(&id));
            let carried = at.and_then(|at| crate::analysis::access::identity::carried_by(self.inventory, at));
            let mut ids: Vec<String> =
                carried.into_iter().flatten().filter_map(|one| one.principal).collect();
            ids.dedup();
            return if ids.is_empty() { Named::Nobody } else { Named::Found(ids) };
        }
        let found: Vec<String> = self.access.directory.find(text).iter().map(|one| one.id.clone()).collect();
        match found.len() {
            1 => Named::Found(found),
            0 => {
                let id = text.trim().to_ascii_lowercase();
                match self.access.mentioned(self.inventory, &id) {
                    Some(id) => Named::Found(vec![id]),
                    None => Named::Nobody,
                }
            }
            _ => Named::Several(found.iter().map(|id| self.principal(id)).collect()),
        }
    }
}
