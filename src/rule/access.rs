//! Answers to what rules ask of who may do what, with what they rest on.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::evaluate::{Evaluator, Fact};
use super::frame::Frame;
use super::model::Absent;
use super::model_access::{AccessOf, AccessTest, Asked, Breadth};
use super::tri::Tri;
use crate::analysis::access::Access;
use crate::analysis::access::action::Action;
use crate::analysis::access::assignment::Standing;
use crate::analysis::access::directory::{Kind, Presence};
use crate::analysis::access::grant::{Certainty, Gap, Grant, Source};
use crate::analysis::access::hierarchy::Level;
use crate::analysis::access::identity::{Carried, How, carried_by};
use crate::analysis::access::reads::{DENY, ELIGIBLE, ROLE_ASSIGNMENT};
use crate::finding::access::Rows;
use crate::inventory::id::ResourceId;
use crate::inventory::index::ResourceIndex;
use crate::inventory::path::push;
use crate::inventory::value::{State, Value};

/// Longest list of names in a finding's value.
const MOST_NAMES: usize = 5;

/// What an answer rests on.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) holds: Tri,
    pub(super) fact: Option<Fact>,
    pub(super) proof: Vec<(ResourceIndex, String)>,
    /// What was not read; says something where the answer is open.
    pub(super) gaps: Vec<Gap>,
}

/// Who may do something, certainly or not.
#[derive(Debug, Default)]
struct Holders {
    /// By object id: whether, and the grants.
    found: BTreeMap<String, (Tri, Vec<Grant>)>,
    /// Whether there may be others.
    open: bool,
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
                None => {
                    found.gaps.push(self.unread(bound.resource, "which identities it carries was not read"))
                }
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
                _ => found.gaps.push(self.unread(bound.resource, "the object id of the principal is not known")),
            },
        }
        found.gaps.sort();
        found.gaps.dedup();
        found
    }

    fn unread(&self, at: ResourceIndex, reason: &str) -> Gap {
        let scope = self.inventory.get(at).id.as_str().to_owned();
        Gap { reason: reason.to_owned(), scope, read: self.inventory.type_of(at).to_owned() }
    }
}

struct Asker<'t, 'a> {
    access: &'t Access,
    evaluator: &'t Evaluator<'a>,
    test: &'a AccessTest,
}

impl<'a> Asker<'_, 'a> {
    fn counts(&self, certainty: &Certainty) -> Tri {
        match (certainty, &self.test.conditional) {
            (Certainty::Certain, _) => Tri::True,
            (Certainty::Conditional(_), Absent::Holds(holds)) => (*holds).into(),
            _ => Tri::Unknown,
        }
    }

    /// Whether a grant is of a kind that is asked for.
    fn concerns(&self, grant: &Grant) -> bool {
        let Source::Assignment(index) = grant.source else { return true };
        self.test.eligible || !matches!(self.access.assignments[index].standing, Standing::Eligible(_))
    }

    /// What of the assignments themselves was not read.
    fn unread(&self, target: &ResourceId, found: &mut Found) -> bool {
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
                found.gaps.push(self.evaluator.unread(resource, text));
                open = true;
                continue;
            };
            let (may, grants) = self.principal(principal, frame, found);
            if may == Tri::True && holds != Tri::True {
                holds = Tri::True;
                found.fact = Some(self.identity_fact(resource, one, principal));
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
                for (one, gap) in self.access.open_groups() {
                    let grants = self.access.granted(one, &action, &one.scope).is_some();
                    let wide =
                        Level::of(&one.scope) >= level(self.test.at) && !self.is_inside(&one.scope, frame);
                    if grants
                        && wide
                        && (self.test.eligible || !matches!(one.standing, Standing::Eligible(_)))
                    {
                        found.gaps.push(gap.clone());
                        may = Tri::Unknown;
                    }
                }
            }
            answers.push(may);
        }
        let holds = if self.test.every { super::tri::all(answers) } else { super::tri::any(answers) };
        (holds, used)
    }

    fn scope(&self, grant: &Grant) -> ResourceId {
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

    fn anyone(&self, resource: ResourceIndex, found: &mut Found) {
        let target = self.evaluator.inventory.get(resource).id.clone();
        let mut holders = self.holders(&self.test.grants, self.test.every, &target, found);
        if self.unread(&target, found) {
            holders.open = true;
        }
        if !self.test.lacking.is_empty() {
            let others = self.holders(&self.test.lacking, false, &target, found);
            for (holder, (may, _)) in &mut holders.found {
                let has = others.found.get(holder).map_or(Tri::False, |(has, _)| *has);
                let has = if has == Tri::False && others.open { Tri::Unknown } else { has };
                *may = super::tri::all([*may, !has]);
            }
        }
        if !self.test.borrows.is_empty() {
            self.borrow(resource, &mut holders, found);
        }
        let number = |wanted: Tri| holders.found.values().filter(|(may, _)| *may == wanted).count() as u32;
        let (yes, maybe) = (number(Tri::True), number(Tri::Unknown));
        let most = if holders.open { u32::MAX } else { yes + maybe };
        let (order, limit) = &self.test.count;
        found.holds = match (order.holds(&yes, limit), order.holds(&most, limit)) {
            (one, two) if one == two => one.into(),
            _ => Tri::Unknown,
        };
        let counted = holders.found.into_iter().filter(|(_, (may, _))| *may == Tri::True);
        let mut names = Vec::new();
        let mut grants = Vec::new();
        for (holder, (_, own)) in counted {
            names.push(self.rows().principal(&holder).name);
            grants.extend(own.into_iter().next());
        }
        self.prove(&grants, found);
        let value = match names.len() {
            0 => Value::Null,
            count if count > MOST_NAMES => {
                let more = count - MOST_NAMES;
                Value::String(format!("{} and {more} more", names[..MOST_NAMES].join(", ")).into())
            }
            _ => Value::String(names.join(", ").into()),
        };
        found.fact = Some(Fact { resource, path: String::new(), value });
    }

    /// Who may do any, or every, one of some actions at `target`, without those who can't sign in.
    fn holders(&self, asked: &[Asked], every: bool, target: &ResourceId, found: &mut Found) -> Holders {
        let mut all: Option<Holders> = None;
        for asked in asked {
            let mut one = Holders::default();
            let answer = self.access.who_of_what_was_read(&action(asked), target);
            for grant in answer.grants.into_iter().filter(|grant| self.concerns(grant)) {
                let principal = self.access.principal(&grant.holder);
                match principal.presence {
                    Presence::Disabled | Presence::Deleted => continue,
                    // A group stands for members that were not read.
                    _ if principal.kind == Kind::Group => {
                        one.open = true;
                        continue;
                    }
                    _ => {}
                }
                let mut counts = self.counts(&grant.certainty);
                if principal.kind == Kind::User
                    && principal.presence != Presence::Enabled
                    && counts == Tri::True
                {
                    // Somebody who may have been disabled.
                    counts = Tri::Unknown;
                    found.gaps.extend(self.access.directory.gaps().cloned());
                }
                let entry = one.found.entry(grant.holder.clone()).or_insert((Tri::False, Vec::new()));
                entry.0 = super::tri::any([entry.0, counts]);
                if counts == Tri::True {
                    entry.1.push(grant);
                }
            }
            found.gaps.extend(answer.gaps.into_iter().filter(|gap| gap.read != DENY));
            all = Some(match all {
                None => one,
                Some(all) => all.with(one, every),
            });
        }
        all.unwrap_or_default()
    }

    /// Leaves those who gain something by the identity that the resource is: what it may do somewhere where they
    /// may not.
    fn borrow(&self, resource: ResourceIndex, holders: &mut Holders, found: &mut Found) {
        let carried = carried_by(self.evaluator.inventory, resource);
        let mut gains: BTreeMap<String, Tri> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let known = carried.iter().flatten().filter_map(|one| one.principal.as_ref());
        for identity in known {
            for asked in &self.test.borrows {
                let action = action(asked);
                for grant in self.access.everywhere_read(identity, &action).grants {
                    let counts = self.counts(&grant.certainty);
                    let scope = self.scope(&grant);
                    if counts == Tri::False
                        || !self.concerns(&grant)
                        || !seen.insert((action.text.clone(), scope.folded()))
                    {
                        continue;
                    }
                    self.prove(std::slice::from_ref(&grant), found);
                    let own = self.holders(std::slice::from_ref(asked), false, &scope, found);
                    for holder in holders.found.keys() {
                        let has = own.found.get(holder).map_or(Tri::False, |(has, _)| *has);
                        let has = if has == Tri::False && own.open { Tri::Unknown } else { has };
                        let gain = super::tri::all([counts, !has]);
                        let entry = gains.entry(holder.clone()).or_insert(Tri::False);
                        *entry = super::tri::any([*entry, gain]);
                    }
                }
            }
            holders.found.remove(identity);
        }
        if carried.is_none() || carried.iter().flatten().any(|one| one.principal.is_none()) {
            found.gaps.push(self.evaluator.unread(resource, "the object id of the identity is not known"));
            for (may, _) in holders.found.values_mut() {
                *may = super::tri::all([*may, Tri::Unknown]);
            }
            return;
        }
        if seen.is_empty() {
            // The identity may nothing that anybody would want, as far as is known.
            let open = self.unread(&ResourceId::tenant(), found);
            holders.open &= open;
        }
        for (holder, (may, _)) in &mut holders.found {
            *may = super::tri::all([*may, gains.get(holder).copied().unwrap_or(Tri::False)]);
        }
    }

    fn rows(&self) -> Rows<'_> {
        Rows { access: self.access, inventory: self.evaluator.inventory }
    }

    fn prove(&self, grants: &[Grant], found: &mut Found) {
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

    fn identity_fact(&self, resource: ResourceIndex, carried: &Carried, principal: &str) -> Fact {
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

impl Holders {
    fn with(mut self, other: Self, every: bool) -> Self {
        self.open = if every { self.open && other.open } else { self.open || other.open };
        let holders: BTreeSet<String> = self.found.keys().chain(other.found.keys()).cloned().collect();
        let mut other = other.found;
        for holder in holders {
            let (mine, mut grants) = self.found.remove(&holder).unwrap_or((Tri::False, Vec::new()));
            let (theirs, more) = other.remove(&holder).unwrap_or((Tri::False, Vec::new()));
            grants.extend(more);
            let both = [mine, theirs];
            let holds = if every { super::tri::all(both) } else { super::tri::any(both) };
            self.found.insert(holder, (holds, grants));
        }
        self
    }
}

fn action(asked: &Asked) -> Action {
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
