//! The questions: who may do something somewhere, and what a principal may do, with what was not seen.

use super::action::Action;
use super::assignment::Assignment;
use super::body::Body;
use super::directory::Kind;
use super::effective::Access;
use super::grant::{Answer, Certainty, Gap, Grant, Source};
use super::reads::{
    ACTIVE, CARRIERS, DENY, ELIGIBLE, ROLE_ASSIGNMENT, ROLE_DEFINITION, SUBSCRIPTION, USER_ASSIGNED, VAULT,
};
use super::vault::{self, Policy, Vault};
use crate::inventory::id::ResourceId;
use crate::inventory::index::{Inventory, ResourceIndex};

impl Access {
    /// Who may do something at `target`: everybody, with groups resolved. A group whose members were not read
    /// stands for them.
    pub fn who(&self, inventory: &Inventory, action: &Action, target: &ResourceId) -> Answer {
        let mut answer = self.who_of_what_was_read(action, target);
        answer.gaps.extend(self.gaps(inventory, target));
        answer.sorted()
    }

    /// As [`Self::who`], without what was not read of the assignments themselves.
    pub fn who_of_what_was_read(&self, action: &Action, target: &ResourceId) -> Answer {
        let mut answer = Answer::default();
        let vault = self.deciding_vault(action, target);
        answer.gaps.extend(vault.and_then(mode_gap));
        for index in self.reaching(target) {
            let one = &self.assignments[index];
            let Some(certainty) = self.granted(one, action, target) else { continue };
            answer.gaps.extend(self.open(one, &certainty));
            self.give(&one.principal, Source::Assignment(index), &certainty, &mut answer);
        }
        if let Some(vault) = vault.filter(|vault| vault.by_roles != Some(true)) {
            for (index, policy) in vault.policies.iter().enumerate() {
                if policy.grants(action) {
                    let source = Source::Policy(vault.at, index);
                    self.give(&policy.principal, source, &policy_certainty(vault, policy), &mut answer);
                }
            }
        }
        answer.grants = std::mem::take(&mut answer.grants)
            .into_iter()
            .filter_map(|grant| match grant.source {
                // A vault's own policies are no part of what is denied.
                Source::Policy(..) => Some(grant),
                Source::Assignment(_) => self
                    .after_denies(&grant.holder, action, target, grant.certainty.clone())
                    .map(|certainty| Grant { certainty, ..grant }),
            })
            .collect();
        answer.sorted()
    }

    /// Adds a grant to everybody who has it by a principal being named.
    fn give(&self, named: &str, source: Source, certainty: &Certainty, answer: &mut Answer) {
        let grant = |holder: &str, through: Vec<String>| Grant {
            holder: holder.to_owned(),
            source,
            through,
            certainty: certainty.clone(),
        };
        if self.principal(named).kind != Kind::Group {
            answer.grants.push(grant(named, Vec::new()));
            return;
        }
        let members = self.membership.expand(named);
        let people = members.into_iter().filter(|(member, _)| self.principal(member).kind != Kind::Group);
        answer.grants.extend(people.map(|(member, way)| grant(&member, way)));
        if let Some(gap) = self.unread_groups.get(named) {
            // Who else is in it can't be told, so the group itself stands there.
            answer.grants.push(grant(named, Vec::new()));
            answer.gaps.push(gap.clone());
        }
    }

    /// What of roles and their assignments at and above `target` was not read.
    fn gaps(&self, inventory: &Inventory, target: &ResourceId) -> Vec<Gap> {
        let below = |kind| Gap::of(&inventory.completeness_below(target, kind));
        let mut gaps: Vec<Gap> = [ROLE_ASSIGNMENT, ELIGIBLE, DENY].into_iter().filter_map(below).collect();
        gaps.extend(self.rows.iter().cloned());
        gaps.sort();
        gaps.dedup();
        gaps
    }

    /// Assignments, by their places, to groups whose members were not all read, so that anybody might have them,
    /// with why.
    pub fn open_groups(&self) -> impl Iterator<Item = (usize, &Gap)> {
        self.open
            .iter()
            .filter_map(|index| Some((*index, self.unread_groups.get(&self.assignments[*index].principal)?)))
    }

    /// How a principal may do something at `target`, in order; what could change the answer is in the gaps.
    pub fn may(
        &self,
        inventory: &Inventory,
        principal: &str,
        action: &Action,
        target: &ResourceId,
    ) -> Answer {
        let mut answer = Answer { gaps: self.gaps(inventory, target), ..Answer::default() };
        if let Some(vault) = self.deciding_vault(action, target) {
            answer.gaps.extend(mode_gap(vault));
            answer.grants = self.policies_for(principal);
            answer.grants.retain(|grant| match grant.source {
                Source::Policy(at, index) => at == vault.at && vault.policies[index].grants(action),
                Source::Assignment(_) => false,
            });
            let named = vault.policies.iter().filter(|policy| policy.grants(action));
            answer.gaps.extend(named.filter_map(|policy| self.unread_groups.get(&policy.principal)).cloned());
        }
        for held in self.held_by(principal) {
            let one = &self.assignments[held.assignment];
            let granted = self.granted(one, action, target);
            answer.gaps.extend(granted.as_ref().and_then(|certainty| self.open(one, certainty)));
            let left = granted.and_then(|certainty| self.after_denies(principal, action, target, certainty));
            answer.grants.extend(left.map(|certainty| Grant {
                holder: principal.to_owned(),
                source: Source::Assignment(held.assignment),
                through: held.through,
                certainty,
            }));
        }
        let open = self
            .open_groups()
            .filter(|(index, _)| self.granted(&self.assignments[*index], action, target).is_some());
        answer.gaps.extend(open.map(|(_, gap)| gap.clone()));
        answer.sorted()
    }

    /// Why it can't be told whether an assignment grants something: its role, or the management groups above
    /// the target, were not read.
    fn open(&self, one: &Assignment, certainty: &Certainty) -> Option<Gap> {
        let Certainty::Unknown(reason) = certainty else { return None };
        let read = if self.role(one).is_none() { ROLE_DEFINITION } else { SUBSCRIPTION };
        Some(Gap::note(reason.clone(), one.scope.as_str(), read))
    }

    /// Rows of assignments that say too little, with why.
    pub fn unread_rows(&self) -> &[Gap] {
        &self.rows
    }

    /// The access policies that name a principal or a group it is in, of vaults where they decide.
    pub fn policies_for(&self, principal: &str) -> Vec<Grant> {
        let mut grants = Vec::new();
        let mut named = |id: &str, through: &[String]| {
            for (at, index) in self.policies.get(id).into_iter().flatten() {
                let vault = &self.vaults[*at];
                if vault.by_roles != Some(true) {
                    let source = Source::Policy(vault.at, *index);
                    let certainty = policy_certainty(vault, &vault.policies[*index]);
                    let through = through.to_vec();
                    grants.push(Grant { holder: principal.to_owned(), source, through, certainty });
                }
            }
        };
        named(principal, &[]);
        for (group, way) in self.membership.above(principal) {
            named(&group, &way);
        }
        grants
    }

    /// The object id that a text is or stands for, where an assignment, a policy, a group or an identity names
    /// it: an object id, or the client id or name of a user-assigned identity.
    pub fn mentioned(&self, inventory: &Inventory, text: &str) -> Option<String> {
        let named = self.by_principal.contains_key(text)
            || self.identities.contains(text)
            || !self.membership.above(text).is_empty()
            || self.vaults.iter().any(|vault| vault.policies.iter().any(|policy| policy.principal == text));
        if named {
            return Some(text.to_owned());
        }
        let stands_for = |at: ResourceIndex| {
            let client = Body::of(inventory, at).text("properties.clientId");
            client.is_some_and(|id| id.eq_ignore_ascii_case(text))
                || inventory.get(at).id.name().eq_ignore_ascii_case(text)
        };
        let mut found = self.identities.user_assigned().filter(|(_, at)| stands_for(*at));
        match (found.next(), found.next()) {
            (Some((principal, _)), None) => Some(principal.to_owned()),
            _ => None,
        }
    }

    /// How a principal may do something, at whatever scopes its roles and access policies give.
    pub fn everywhere(&self, inventory: &Inventory, principal: &str, action: &Action) -> Answer {
        let mut answer = self.everywhere_read(principal, action);
        answer.gaps.extend(self.held_gaps(inventory, principal));
        answer.sorted()
    }

    /// As [`Self::everywhere`], without what was not read.
    pub fn everywhere_read(&self, principal: &str, action: &Action) -> Answer {
        let mut answer = Answer::default();
        let granting = self.granting(action);
        for held in self.held_by(principal) {
            let one = &self.assignments[held.assignment];
            let granted = granting[held.assignment].clone();
            let left =
                granted.and_then(|certainty| self.after_denies(principal, action, &one.scope, certainty));
            answer.grants.extend(left.map(|certainty| Grant {
                holder: principal.to_owned(),
                source: Source::Assignment(held.assignment),
                through: held.through,
                certainty,
            }));
        }
        if vault::concerns(action) {
            let grants = |grant: &Grant| match grant.source {
                Source::Policy(at, index) => {
                    let vault = self.vault_at(at);
                    vault.is_some_and(|vault| {
                        vault.policies.get(index).is_some_and(|policy| policy.grants(action))
                    })
                }
                Source::Assignment(_) => false,
            };
            answer.grants.extend(self.policies_for(principal).into_iter().filter(grants));
        }
        answer.sorted()
    }

    /// What was not read and may add to what a principal holds, or say more of it.
    pub fn held_gaps(&self, inventory: &Inventory, principal: &str) -> Vec<Gap> {
        let root = ResourceId::tenant();
        let mut gaps = self.gaps(inventory, &root);
        gaps.extend(self.unread_groups.values().cloned());
        gaps.extend(
            [ACTIVE, VAULT]
                .into_iter()
                .filter_map(|kind| Gap::of(&inventory.completeness_below(&root, kind))),
        );
        let unread = self.held_by(principal).into_iter().filter_map(|held| {
            let one = &self.assignments[held.assignment];
            let reason = format!("the role {} was not read", one.role);
            self.role(one).is_none().then(|| Gap::note(reason, one.scope.as_str(), ROLE_DEFINITION))
        });
        gaps.extend(unread);
        gaps.sort();
        gaps.dedup();
        gaps
    }

    /// What was not read and may hide paths to power.
    pub fn path_gaps(&self, inventory: &Inventory) -> Vec<Gap> {
        let root = ResourceId::tenant();
        let mut gaps = self.gaps(inventory, &root);
        gaps.extend(self.unread_groups.values().cloned());
        let types = CARRIERS.into_iter().chain([USER_ASSIGNED, VAULT]);
        gaps.extend(types.filter_map(|kind| Gap::of(&inventory.completeness_below(&root, kind))));
        gaps.sort();
        gaps.dedup();
        gaps
    }
}

fn mode_gap(vault: &Vault) -> Option<Gap> {
    let id = vault.id.as_str();
    let reason = format!("whether roles or access policies decide in {id} was not read");
    vault.by_roles.is_none().then(|| Gap::note(reason, id, VAULT))
}

fn policy_certainty(vault: &Vault, policy: &Policy) -> Certainty {
    match (&policy.application, vault.by_roles) {
        (_, None) => Certainty::Unknown("whether roles decide in the vault was not read".into()),
        (Some(application), _) => {
            Certainty::Conditional(format!("only through the application {application}"))
        }
        (None, _) => Certainty::Certain,
    }
}
