//! Answers to what rules ask of who may do what, with what they rest on.

use std::rc::Rc;

use super::evaluate::{Evaluator, Fact};
use super::frame::Frame;
use super::model::Absent;
use super::model_access::{AccessOf, AccessTest, Asked, Breadth};
use super::tri::Tri;
use crate::analysis::access::Access;
use crate::analysis::access::action::Action;
use crate::analysis::access::assignment::Standing;
use crate::analysis::access::grant::{Certainty, Gap, Grant, Source};
use crate::analysis::access::hierarchy::Level;
use crate::analysis::access::identity::{Carried, How, carried_by};
use crate::analysis::access::reads::{ELIGIBLE, ROLE_ASSIGNMENT};
use crate::finding::access::Rows;
use crate::inventory::id::ResourceId;
use crate::inventory::index::ResourceIndex;
use crate::inventory::path::push;
use crate::inventory::value::{State, Value};

/// Longest list of names in a finding's value.
pub(super) const MOST_NAMES: usize = 5;

/// What an answer rests on.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) holds: Tri,
    pub(super) fact: Option<Fact>,
    pub(super) proof: Vec<(ResourceIndex, String)>,
    /// What was not read; says something where the answer is open.
    pub(super) gaps: Vec<Gap>,
}

impl<'a> Evaluator<'a> {
    pub(super) fn access(&self) -> Rc<Access> {
        Rc::clone(self.access.get_or_init(|| Rc::new(Access::read(self.inventory))))
    }

    pub(super) fn access_test(&self, test: &'a AccessTest, frame: &Frame<'a>) -> Found {
        let access = self.access();
        let asker = Asker { access: &access, evaluator: self, test };
        let mut found = Found { holds: Tri::Unknown, fact: None, proof: Vec::new(), gaps: Vec::new() };
        let Some(bound) = frame[0] else { return found };
        match &test.of {
            AccessOf::Anyone => asker.anyone(bound.resource, &mut found),
            AccessOf::Identity => match carried_by(self.inventory, bound.resource) {
                Some(carried) => asker.principals(bound.resource, &carried, frame, &mut found),
                None => found
                    .gaps
                    .push(self.unread_at(bound.resource, "which identities it carries was not read")),
            },
            AccessOf::Principal(path) => match self.state(path, frame) {
                State::Present(Value::String(id)) => {
                    let principal = Some(id.trim().to_ascii_lowercase());
                    asker.principals(
                        bound.resource,
                        &[Carried { principal, how: How::Itself }],
                        frame,
                        &mut found,
                    );
                    found.fact = self.fact(path, frame);
                }
                _ => found
                    .gaps
                    .push(self.unread_at(bound.resource, "the object id of the principal is not known")),
            },
        }
        found.gaps.sort();
        found.gaps.dedup();
        found
    }

    pub(super) fn unread_at(&self, at: ResourceIndex, reason: &str) -> Gap {
        let scope = self.inventory.get(at).id.as_str().to_owned();
        Gap { reason: reason.to_owned(), scope, read: self.inventory.type_of(at).to_owned() }
    }
}

/// A question about one resource.
pub(super) struct Asker<'t, 'a> {
    pub(super) access: &'t Access,
    pub(super) evaluator: &'t Evaluator<'a>,
    pub(super) test: &'a AccessTest,
}

impl<'a> Asker<'_, 'a> {
    pub(super) fn counts(&self, certainty: &Certainty) -> Tri {
        match (certainty, &self.test.conditional) {
            (Certainty::Certain, _) => Tri::True,
            (Certainty::Conditional(_), Absent::Holds(holds)) => (*holds).into(),
            _ => Tri::Unknown,
        }
    }

    /// Whether a grant is of a kind that is asked for.
    pub(super) fn concerns(&self, grant: &Grant) -> bool {
        let Source::Assignment(index) = grant.source else { return true };
        self.test.eligible || !matches!(self.access.assignments[index].standing, Standing::Eligible(_))
    }

    /// What of the assignments themselves was not read.
    pub(super) fn unread(&self, target: &ResourceId, found: &mut Found) -> bool {
        let inventory = self.evaluator.inventory;
        let kinds: &[&str] =
            if self.test.eligible { &[ROLE_ASSIGNMENT, ELIGIBLE] } else { &[ROLE_ASSIGNMENT] };
        let before = found.gaps.len();
        found
            .gaps
            .extend(kinds.iter().filter_map(|kind| Gap::of(&inventory.completeness_below(target, kind))));
        let rows = self.access.unread_rows().iter();
        found.gaps.extend(rows.filter(|gap| self.test.eligible || gap.read != ELIGIBLE).cloned());
        found.gaps.len() > before
    }

    fn principals(&self, resource: ResourceIndex, carried: &[Carried], frame: &Frame<'a>, found: &mut Found) {
        let mut holds = Tri::False;
        let mut open = false;
        for one in carried {
            let Some(principal) = &one.principal else {
                let text = "the object id of an identity that it carries is not known";
                found.gaps.push(self.evaluator.unread_at(resource, text));
                open = true;
                continue;
            };
            let (may, grants) = self.principal(principal, frame, found);
            if may == Tri::True && holds != Tri::True {
                holds = Tri::True;
                found.fact = Some(Self::identity_fact(resource, one, principal));
                self.prove(&grants, found);
            } else if may == Tri::Unknown {
                open = true;
            }
        }
        if !carried.is_empty() && self.unread(&ResourceId::tenant(), found) {
            open = true;
        }
        found.holds = if holds == Tri::False && open { Tri::Unknown } else { holds };
    }

    /// Whether a principal may what is asked, wide enough.
    fn principal(&self, principal: &str, frame: &Frame<'a>, found: &mut Found) -> (Tri, Vec<Grant>) {
        let mut used = Vec::new();
        let mut answers = Vec::new();
        for asked in &self.test.grants {
            let action = action(asked);
            let mut may = Tri::False;
            let answer = self.access.everywhere_read(principal, &action);
            for grant in answer.grants.into_iter().filter(|grant| self.concerns(grant)) {
                if !self.is_wide_enough(&grant, frame) {
                    continue;
                }
                let counts = self.counts(&grant.certainty);
                if let (Tri::Unknown, Some(text)) = (counts, grant.certainty.text()) {
                    let scope = self.scope(&grant).as_str().to_owned();
                    let read =
                        if matches!(grant.certainty, Certainty::Unknown(_)) { ROLE_ASSIGNMENT } else { "" };
                    let reason = match &grant.certainty {
                        Certainty::Conditional(_) => {
                            format!("a role at {scope} depends on a condition: {text}")
                        }
                        _ => text.to_owned(),
                    };
                    found.gaps.push(Gap { reason, scope, read: read.to_owned() });
                }
                may = super::tri::any([may, counts]);
                if counts == Tri::True {
                    used.push(grant);
                }
            }
            if may != Tri::True {
                let granting = self.access.granting(&action);
                let open = self.access.open_groups().find(|(index, _)| {
                    let one = &self.access.assignments[*index];
                    granting[*index].is_some()
                        && Level::of(&one.scope) >= level(self.test.at)
                        && !self.is_inside(&one.scope, frame)
                        && (self.test.eligible || !matches!(one.standing, Standing::Eligible(_)))
                });
                if let Some((_, gap)) = open {
                    found.gaps.push(gap.clone());
                    may = Tri::Unknown;
                }
            }
            answers.push(may);
        }
        let holds = if self.test.every { super::tri::all(answers) } else { super::tri::any(answers) };
        (holds, used)
    }

    pub(super) fn scope(&self, grant: &Grant) -> ResourceId {
        match grant.source {
            Source::Assignment(index) => self.access.assignments[index].scope.clone(),
            Source::Policy(vault, _) => self.evaluator.inventory.get(vault).id.clone(),
        }
    }

    fn is_wide_enough(&self, grant: &Grant, frame: &Frame<'a>) -> bool {
        let scope = self.scope(grant);
        Level::of(&scope) >= level(self.test.at) && !self.is_inside(&scope, frame)
    }

    /// Whether a scope lies in the resource group that does not count.
    fn is_inside(&self, scope: &ResourceId, frame: &Frame<'a>) -> bool {
        let Some(path) = &self.test.outside else { return false };
        let State::Present(Value::String(group)) = self.evaluator.state(path, frame) else { return false };
        let own = frame[0].map(|bound| &self.evaluator.inventory.get(bound.resource).id);
        let same = |one: Option<&str>, two: Option<&str>| {
            one.zip(two).is_some_and(|(one, two)| one.eq_ignore_ascii_case(two))
        };
        let name = group.rsplit('/').next();
        same(scope.resource_group(), name)
            && same(scope.subscription(), own.and_then(ResourceId::subscription))
    }

    pub(super) fn rows(&self) -> Rows<'_> {
        Rows { access: self.access, inventory: self.evaluator.inventory }
    }

    pub(super) fn prove(&self, grants: &[Grant], found: &mut Found) {
        for grant in grants.iter().take(MOST_NAMES) {
            let row = self.rows().grant(grant);
            for group in &grant.through {
                let at = self.access.principal(group).at;
                found.proof.extend(at.map(|at| (at, "is the group by which it comes".to_owned())));
            }
            let at = match grant.source {
                Source::Assignment(index) => self.access.assignments[index].at,
                Source::Policy(vault, _) => vault,
            };
            found.proof.push((at, row.says));
        }
    }

    fn identity_fact(resource: ResourceIndex, carried: &Carried, principal: &str) -> Fact {
        let mut path = String::new();
        let names: Vec<&str> = match &carried.how {
            How::System => vec!["identity", "principalId"],
            How::UserAssigned(id) => vec!["identity", "userAssignedIdentities", id],
            How::Itself => vec!["properties", "principalId"],
            How::Part(part) => vec!["properties", "identityProfile", part, "objectId"],
        };
        names.into_iter().for_each(|name| push(&mut path, name));
        Fact { resource, path, value: Value::String(principal.into()) }
    }
}

pub(super) fn action(asked: &Asked) -> Action {
    if asked.data { Action::data(&asked.action) } else { Action::control(&asked.action) }
}

fn level(breadth: Breadth) -> Level {
    match breadth {
        Breadth::Resource => Level::Resource,
        Breadth::ResourceGroup => Level::ResourceGroup,
        Breadth::Subscription => Level::Subscription,
        Breadth::ManagementGroup => Level::ManagementGroup,
    }
}
