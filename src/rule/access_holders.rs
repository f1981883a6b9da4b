//! Everybody who may do something to a resource, as rules count them.

use std::collections::{BTreeMap, BTreeSet};

use super::access::{Asker, Found, MOST_NAMES, action};
use super::evaluate::Fact;
use super::model_access::Asked;
use super::tri::Tri;
use crate::analysis::access::directory::{Kind, Presence};
use crate::analysis::access::grant::Grant;
use crate::analysis::access::identity::carried_by;
use crate::analysis::access::reads::DENY;
use crate::inventory::id::ResourceId;
use crate::inventory::index::ResourceIndex;
use crate::inventory::value::Value;

/// Who may do something, certainly or not.
#[derive(Debug, Default)]
struct Holders {
    /// By object id: whether, and the grants.
    found: BTreeMap<String, (Tri, Vec<Grant>)>,
    /// Whether there may be others.
    open: bool,
}

impl Asker<'_, '_> {
    pub(super) fn anyone(&self, resource: ResourceIndex, found: &mut Found) {
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
            found.gaps.push(self.evaluator.unread_at(resource, "the object id of the identity is not known"));
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
