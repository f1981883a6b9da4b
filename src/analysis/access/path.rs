//! Paths to power: what somebody who runs code on a resource can come to by the identities it carries.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use super::Access;
use super::action::{Action, Plane};
use super::assignment::Standing;
use super::grant::{Certainty, Grant, Source};
use super::hierarchy::{Level, Reach};
use super::identity::How;
use super::reads::{USER_ASSIGNED, VAULT};
use crate::inventory::id::ResourceId;
use crate::inventory::index::{Inventory, ResourceIndex};

/// The longest path that is followed, in hops.
pub const MAX_HOPS: usize = 4;

/// What is at the end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Power {
    /// Roles can be granted, also to oneself.
    GrantRoles,
    /// Secrets of key vaults can be read.
    ReadSecrets,
    /// Commands can be run on other machines.
    RunCommands,
}

impl Power {
    /// The words used in every output.
    pub fn words(self) -> &'static str {
        match self {
            Self::GrantRoles => "grant roles",
            Self::ReadSecrets => "read secrets",
            Self::RunCommands => "run commands elsewhere",
        }
    }
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hop {
    /// A resource carries an identity: code on it gets its tokens.
    Carries {
        /// The resource.
        resource: ResourceIndex,
        /// How it carries the identity.
        how: How,
        /// Object id of the identity.
        principal: String,
    },
    /// An identity may run commands on a resource.
    Runs {
        /// By what right.
        grant: Grant,
        /// The action.
        action: &'static str,
        /// The resource.
        on: ResourceIndex,
    },
    /// An identity may attach another one to something it controls, or let a foreign one speak for it.
    Takes {
        /// By what right.
        grant: Grant,
        /// The action.
        action: &'static str,
        /// The other identity.
        identity: ResourceIndex,
        /// Its object id.
        principal: String,
    },
    /// An identity has a power.
    Has {
        /// By what right.
        grant: Grant,
        /// The action.
        action: &'static str,
    },
}

/// A path from a resource to a power.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PowerPath {
    /// The resource it starts at.
    pub start: ResourceIndex,
    /// Whether the resource is exposed; `None` where nobody has said.
    pub exposed: Option<bool>,
    /// What is at its end.
    pub power: Power,
    /// Where the power holds.
    pub at: ResourceId,
    /// Its steps, at most [`MAX_HOPS`].
    pub hops: Vec<Hop>,
    /// How sure all of it is.
    pub certainty: Certainty,
}

const GRANT_ROLES: &[&str] = &[
    "Microsoft.Authorization/roleAssignments/write",
    "Microsoft.Authorization/roleAssignmentScheduleRequests/write",
];
const GET_SECRET: &str = "Microsoft.KeyVault/vaults/secrets/getSecret/action";
/// What lets its holder write a vault's access policies, himself into them.
const WRITE_POLICIES: &[&str] =
    &["Microsoft.KeyVault/vaults/accessPolicies/write", "Microsoft.KeyVault/vaults/write"];
/// What runs code on resources of a type.
const RUN: &[(&str, &[&str])] = &[
    (
        "Microsoft.Compute/virtualMachines",
        &[
            "Microsoft.Compute/virtualMachines/runCommand/action",
            "Microsoft.Compute/virtualMachines/runCommands/write",
            "Microsoft.Compute/virtualMachines/extensions/write",
        ],
    ),
    (
        "Microsoft.Compute/virtualMachineScaleSets",
        &[
            "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/runCommand/action",
            "Microsoft.Compute/virtualMachineScaleSets/extensions/write",
        ],
    ),
    (
        "Microsoft.HybridCompute/machines",
        &[
            "Microsoft.HybridCompute/machines/runCommands/write",
            "Microsoft.HybridCompute/machines/extensions/write",
        ],
    ),
    ("Microsoft.Web/sites", &["Microsoft.Web/sites/write", "Microsoft.Web/sites/publishxml/action"]),
    ("Microsoft.App/containerApps", &["Microsoft.App/containerApps/write"]),
    ("Microsoft.App/jobs", &["Microsoft.App/jobs/write"]),
    (
        "Microsoft.ContainerInstance/containerGroups",
        &["Microsoft.ContainerInstance/containerGroups/containers/exec/action"],
    ),
    (
        "Microsoft.ContainerService/managedClusters",
        &[
            "Microsoft.ContainerService/managedClusters/runCommand/action",
            "Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action",
        ],
    ),
    ("Microsoft.Automation/automationAccounts", &["Microsoft.Automation/automationAccounts/jobs/write"]),
    ("Microsoft.Logic/workflows", &["Microsoft.Logic/workflows/write"]),
];
const ASSIGN: &str = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action";
const FEDERATE: &str = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write";
/// What an identity is attached to by whoever may assign it.
const ATTACH_TO: &[&str] = &[
    "Microsoft.Compute/virtualMachines/write",
    "Microsoft.Compute/virtualMachineScaleSets/write",
    "Microsoft.Web/sites/write",
    "Microsoft.ContainerInstance/containerGroups/write",
    "Microsoft.App/containerApps/write",
    "Microsoft.Automation/automationAccounts/write",
    "Microsoft.Logic/workflows/write",
];

/// A power that an identity has.
#[derive(Debug)]
struct Reached {
    power: Power,
    at: ResourceId,
    hop: Hop,
    certainty: Certainty,
    /// Some of the resources it works on, enough to tell whether there is another than a given one.
    on: Vec<ResourceIndex>,
}

/// Where an identity gets from itself.
#[derive(Debug, Default)]
struct Edges {
    /// Powers.
    powers: Vec<Reached>,
    /// Other identities, with the hops to them.
    others: Vec<(String, Vec<Hop>, Certainty)>,
}

impl Edges {
    fn has(&mut self, power: Power, at: &ResourceId, hop: Hop, certainty: Certainty) {
        self.powers.push(Reached { power, at: at.clone(), hop, certainty, on: Vec::new() });
    }
}

struct Search<'a> {
    access: &'a Access,
    inventory: &'a Inventory,
    known: BTreeMap<String, Rc<Edges>>,
}

impl Access {
    /// The shortest path from each resource that carries an identity to each power it leads to. `exposed` says
    /// of a resource whether it can be reached from outside, where that is known.
    pub fn paths(
        &self,
        inventory: &Inventory,
        exposed: &dyn Fn(ResourceIndex) -> Option<bool>,
    ) -> Vec<PowerPath> {
        let mut starts: BTreeMap<ResourceIndex, Vec<(How, String)>> = BTreeMap::new();
        for (principal, carriers) in self.identities.iter() {
            for (at, how) in carriers {
                starts.entry(*at).or_default().push((how.clone(), principal.to_owned()));
            }
        }
        let mut search = Search { access: self, inventory, known: BTreeMap::new() };
        let mut paths = Vec::new();
        for (start, mut carried) in starts {
            carried.sort();
            paths.extend(search.from(start, carried, exposed(start)));
        }
        paths
    }
}

impl Search<'_> {
    fn from(
        &mut self,
        start: ResourceIndex,
        carried: Vec<(How, String)>,
        exposed: Option<bool>,
    ) -> Vec<PowerPath> {
        let mut paths: BTreeMap<(Power, ResourceId), PowerPath> = BTreeMap::new();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut waiting = VecDeque::new();
        for (how, principal) in carried {
            let hop = Hop::Carries { resource: start, how, principal: principal.clone() };
            if seen.insert(principal.clone()) {
                waiting.push_back((principal, vec![hop], Certainty::Certain));
            }
        }
        while let Some((principal, hops, certainty)) = waiting.pop_front() {
            let edges = self.edges(&principal);
            for reached in &edges.powers {
                let Reached { power, at, hop, certainty: sure, on } = reached;
                // On the start itself, whoever is there runs commands already.
                let elsewhere = *power != Power::RunCommands || on.iter().any(|on| *on != start);
                if hops.len() < MAX_HOPS && elsewhere {
                    paths.entry((*power, at.clone())).or_insert_with(|| PowerPath {
                        start,
                        exposed,
                        power: *power,
                        at: at.clone(),
                        hops: hops.iter().cloned().chain([hop.clone()]).collect(),
                        certainty: certainty.clone().and(sure.clone()),
                    });
                }
            }
            for (other, way, sure) in &edges.others {
                // A last hop has to be left for the power.
                if hops.len() + way.len() < MAX_HOPS && seen.insert(other.clone()) {
                    let hops = hops.iter().chain(way).cloned().collect();
                    waiting.push_back((other.clone(), hops, certainty.clone().and(sure.clone())));
                }
            }
        }
        paths.into_values().collect()
    }

    fn edges(&mut self, principal: &str) -> Rc<Edges> {
        if let Some(known) = self.known.get(principal) {
            return Rc::clone(known);
        }
        let edges = Rc::new(self.work_out(principal));
        self.known.insert(principal.to_owned(), Rc::clone(&edges));
        edges
    }

    fn work_out(&self, principal: &str) -> Edges {
        let mut edges = Edges::default();
        let (access, inventory) = (self.access, self.inventory);
        let mut machines: BTreeSet<ResourceIndex> = BTreeSet::new();
        let mut others: BTreeSet<String> = BTreeSet::from([principal.to_owned()]);
        let held = access.held_by(principal);
        let attaches = held.iter().any(|held| {
            ATTACH_TO
                .iter()
                .any(|action| access.granting(&Action::control(action))[held.assignment].is_some())
        });
        for held in held {
            let one = &access.assignments[held.assignment];
            if matches!(one.standing, Standing::Eligible(_)) {
                // No program activates a role.
                continue;
            }
            let right = |action: &Action, target: &ResourceId| {
                // What is not granted at the top of a scope is granted nowhere in it, vaults apart.
                if action.plane == Plane::Control && access.granting(action)[held.assignment].is_none() {
                    return None;
                }
                let certainty = access
                    .granted(one, action, target)
                    .and_then(|certainty| access.after_denies(principal, action, target, certainty))?;
                let source = Source::Assignment(held.assignment);
                let (holder, through) = (principal.to_owned(), held.through.clone());
                Some((Grant { holder, source, through, certainty: certainty.clone() }, certainty))
            };
            let first = |actions: &[&'static str], target: &ResourceId| {
                actions.iter().find_map(|action| Some((*action, right(&Action::control(action), target)?)))
            };
            if let Some((action, (grant, sure))) = first(GRANT_ROLES, &one.scope) {
                let hop = Hop::Has { grant, action };
                edges.has(Power::GrantRoles, &one.scope, hop, sure);
            }
            let vaults = self.within(&one.scope, VAULT);
            let mut vaults = vaults.iter().filter_map(|at| access.vault_at(*at));
            if vaults.clone().any(|vault| vault.by_roles != Some(false))
                && let Some((grant, sure)) = right(&Action::data(GET_SECRET), &one.scope)
            {
                let hop = Hop::Has { grant, action: GET_SECRET };
                edges.has(Power::ReadSecrets, &one.scope, hop, sure);
            } else if vaults.any(|vault| vault.by_roles == Some(false))
                && let Some((action, (grant, sure))) = first(WRITE_POLICIES, &one.scope)
            {
                let hop = Hop::Has { grant, action };
                edges.has(Power::ReadSecrets, &one.scope, hop, sure);
            }
            let mut reached: Option<Reached> = None;
            for (kind, actions) in RUN {
                let Some((action, (grant, sure))) = first(actions, &one.scope) else { continue };
                for &on in self.within(&one.scope, kind).iter() {
                    let power = reached.get_or_insert_with(|| Reached {
                        power: Power::RunCommands,
                        at: one.scope.clone(),
                        hop: Hop::Has { grant: grant.clone(), action },
                        certainty: sure.clone(),
                        on: Vec::new(),
                    });
                    if power.on.len() < 2 {
                        power.on.push(on);
                    }
                    if !machines.insert(on) {
                        continue;
                    }
                    for carried in super::identity::carried_by(inventory, on).into_iter().flatten() {
                        let Some(next) = carried.principal.filter(|next| others.insert(next.clone())) else {
                            continue;
                        };
                        let runs = Hop::Runs { grant: grant.clone(), action, on };
                        let carries =
                            Hop::Carries { resource: on, how: carried.how, principal: next.clone() };
                        edges.others.push((next, vec![runs, carries], sure.clone()));
                    }
                }
            }
            edges.powers.extend(reached);
            let near = self.within(&one.scope, USER_ASSIGNED);
            let all = access.identities.user_assigned().filter(|_| !near.is_empty());
            for (next, identity) in all {
                if near.binary_search(&identity).is_err() || others.contains(next) {
                    continue;
                }
                let id = &inventory.get(identity).id;
                let wanted: &[&'static str] = if attaches { &[ASSIGN, FEDERATE] } else { &[FEDERATE] };
                if let Some((action, (grant, sure))) = first(wanted, id) {
                    others.insert(next.to_owned());
                    let takes = Hop::Takes { grant, action, identity, principal: next.to_owned() };
                    edges.others.push((next.to_owned(), vec![takes], sure));
                }
            }
        }
        self.by_policies(principal, &mut edges);
        edges
    }

    /// The resources of a type that a scope reaches, or may reach, in order.
    fn within(&self, scope: &ResourceId, kind: &str) -> Cow<'_, [ResourceIndex]> {
        if Level::of(scope) != Level::ManagementGroup {
            return Cow::Borrowed(self.inventory.below(scope, kind));
        }
        let reaches = |at: &&ResourceIndex| {
            self.access.hierarchy.reach(scope, &self.inventory.get(**at).id) != Reach::No
        };
        self.inventory.of_type(kind).iter().filter(reaches).copied().collect()
    }

    /// Secrets that vaults let a principal read by themselves.
    fn by_policies(&self, principal: &str, edges: &mut Edges) {
        let action = Action::data(GET_SECRET);
        for grant in self.access.policies_for(principal) {
            let Source::Policy(at, index) = grant.source else { continue };
            if let Some(vault) =
                self.access.vault_at(at).filter(|vault| vault.policies[index].grants(&action))
            {
                let certainty = grant.certainty.clone();
                let hop = Hop::Has { grant, action: GET_SECRET };
                edges.has(Power::ReadSecrets, &vault.id, hop, certainty);
            }
        }
    }
}
