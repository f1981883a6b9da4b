//! Why a rule fails or can't be decided: the property that decides, the resources it rests on, and the
//! reads that are missing.

use super::evaluate::{Evaluator, Fact, Why};
use super::fill::{Values, shell_word};
use super::frame::{Bound, Frame, Step, Target};
use super::model::{Absent, AbsentList, Condition, Over, Path, Quantifier, ReachableFrom};
use super::pack::Linked;
use super::tri::Tri;
use crate::inventory::index::{Completeness, ResourceIndex};
use crate::inventory::path::{below, join, push};
use crate::inventory::reads::NESTED;
use crate::inventory::value::{State, Unread, Value};

const OUTSIDE: &str = "it lies in no resource group or subscription";

impl<'a> Evaluator<'a> {
    /// The evidence of a condition that holds. `element` is the slot of the element that fails.
    pub(super) fn why_fails(
        &self,
        linked: &'a Linked,
        condition: &'a Condition,
        element: Option<u8>,
        frame: &mut Frame<'a>,
    ) -> Why {
        let mut facts = Vec::new();
        let mut proof = Vec::new();
        self.trace(condition, true, frame, &mut facts, &mut proof);
        let resource = frame[0].map(|bound| bound.resource);
        let holder = element.and_then(|slot| frame[usize::from(slot)]);
        let chosen = match &linked.rule.point_at {
            Some(path) => self.fact(path, frame),
            None => facts
                .iter()
                .find(|fact| holder.is_none_or(|holder| holder.resource == fact.resource))
                .filter(|fact| element.is_some() || Some(fact.resource) == resource)
                .cloned(),
        };
        // Without a property of its own that decides, the child's or other resource's does.
        let chosen = chosen
            .or_else(|| holder.map(|bound| self.bound_fact(&bound, frame)))
            .or_else(|| facts.into_iter().next());
        let sub_key = match &linked.rule.decision {
            super::model::Decision::Each { sub_key, .. } => self.fill(sub_key, frame, None),
            _ => String::new(),
        };
        if let Some(holder) = holder
            && Some(holder.resource) != resource
            && chosen.as_ref().is_none_or(|fact| fact.resource != holder.resource)
        {
            proof.insert(0, (holder.resource, "the element that fails".into()));
        }
        // What the finding itself points at needs no step of its own.
        proof.retain(|(step, _)| {
            chosen.as_ref().is_none_or(|fact| fact.resource != *step) || Some(*step) == resource
        });
        proof.dedup();
        self.fill_why(linked, chosen, &sub_key, proof, frame)
    }

    /// Fills the rule's message and command for one finding.
    pub(super) fn fill_why(
        &self,
        linked: &'a Linked,
        fact: Option<Fact>,
        sub_key: &str,
        proof: Vec<(ResourceIndex, String)>,
        frame: &Frame<'a>,
    ) -> Why {
        let value = fact.as_ref().map(|fact| self.show_fact(fact));
        let values = Values { value, sub_key, ends: None };
        let rule = &linked.rule;
        let text = self.fill(&rule.message, frame, Some(&values));
        let azure_cli = self.fill_with(&rule.fix.azure_cli, frame, Some(&values), shell_word);
        Why { fact, proof, text, azure_cli, missing: Vec::new() }
    }

    /// The reasons why conditions can't be decided.
    pub(super) fn why_unknown(&self, conditions: &[&'a Condition], frame: &mut Frame<'a>) -> Why {
        let mut why = Why::default();
        for condition in conditions {
            self.gaps(condition, frame, &mut why);
        }
        why.missing.sort();
        why.missing.dedup();
        why
    }

    /// Why a list that `each` ranges over can't be told.
    pub(super) fn why_list_unknown(&self, over: &'a Over, frame: &Frame<'a>) -> Why {
        let mut why = Why::default();
        self.list_gap(over, frame, &mut why);
        why
    }

    /// Collects what makes `condition` come out as `wanted`.
    fn trace(
        &self,
        condition: &'a Condition,
        wanted: bool,
        frame: &mut Frame<'a>,
        facts: &mut Vec<Fact>,
        proof: &mut Vec<(ResourceIndex, String)>,
    ) {
        let target = Tri::from(wanted);
        match condition {
            Condition::All(parts) | Condition::Any(parts) => {
                let every = matches!(condition, Condition::All(_)) == wanted;
                for part in parts {
                    if self.holds(part, frame) == target {
                        self.trace(part, wanted, frame, facts, proof);
                        if !every {
                            return;
                        }
                    }
                }
            }
            Condition::Not(inner) => self.trace(inner, !wanted, frame, facts, proof),
            Condition::Compare { path, .. }
            | Condition::Same { path, .. }
            | Condition::Exists { path, .. } => {
                if let Some(fact) = self.fact(path, frame) {
                    if path.slot != 0 && frame[0].map(|bound| bound.resource) != Some(fact.resource) {
                        let says = format!("{} is {}", fact.path, self.show(&fact.value));
                        proof.push((fact.resource, says));
                    }
                    facts.push(fact);
                }
            }
            Condition::Quantified { quantifier, over, slot, matching } => {
                let seeks = match quantifier {
                    Quantifier::Any | Quantifier::None | Quantifier::Count(..) => true,
                    Quantifier::All => false,
                };
                let shown = match quantifier {
                    Quantifier::Any | Quantifier::Count(..) => wanted,
                    Quantifier::None | Quantifier::All => !wanted,
                };
                let mut found = false;
                if shown {
                    let (elements, _) = self.elements(over, frame);
                    for element in elements {
                        frame[usize::from(*slot)] = Some(element);
                        if self.holds(matching, frame) != Tri::from(seeks) {
                            continue;
                        }
                        found = true;
                        let before = facts.len();
                        self.trace(matching, seeks, frame, facts, proof);
                        if facts.len() == before {
                            facts.push(self.bound_fact(&element, frame));
                        }
                        if !matches!(quantifier, Quantifier::Count(..)) {
                            break;
                        }
                    }
                }
                if !found {
                    self.trace_emptiness(over, frame, facts, proof);
                }
            }
            Condition::Since(_) | Condition::Unknown(_) => {}
            Condition::Access(test) => {
                let found = self.access_test(test, frame);
                facts.extend(found.fact);
                proof.extend(found.proof);
            }
            Condition::Reachable(asked) if wanted => self.trace_reachable(asked, frame, facts, proof),
            Condition::Reachable(asked) => {
                let bound = frame[usize::from(asked.slot)];
                let says = match asked.from {
                    ReachableFrom::Networks => "lets in so no more than one network",
                    _ => "can't be reached so from the Internet",
                };
                proof.extend(bound.map(|bound| (bound.resource, says.into())));
            }
            Condition::Key(asked) => {
                if wanted {
                    self.trace_keys(asked, frame, facts, proof);
                }
            }
            Condition::Migrated(_) => {
                if wanted {
                    self.trace_migration(frame, facts, proof);
                }
            }
            Condition::SomeOf { parts, .. } => {
                for part in parts {
                    if self.holds(part, frame) == target {
                        self.trace(part, wanted, frame, facts, proof);
                    }
                }
            }
            Condition::Lookup { path, ancestor, resource_type, slot, matching, .. } => {
                if !path.names.is_empty() {
                    facts.extend(self.fact(path, frame));
                }
                match self.target(path, *ancestor, resource_type, frame) {
                    Target::Found(resource) => {
                        let value = &self.inventory.get(resource).value;
                        frame[usize::from(*slot)] = Some(Bound { resource, value, step: Step::Resource });
                        let before = proof.len();
                        self.trace(matching, wanted, frame, facts, proof);
                        if proof.len() == before {
                            proof.push((resource, format!("is the {resource_type} it names")));
                        }
                    }
                    Target::Missing => {
                        if let Some(bound) = frame[usize::from(path.slot)] {
                            proof.push((bound.resource, "names a resource that does not exist".into()));
                        }
                    }
                    Target::Absent | Target::Unread(_) | Target::Unknown => {}
                }
            }
            Condition::Addresses { over, slot, first, last, .. } => {
                let mut widest: Option<(u64, Fact)> = None;
                let elements = over.as_ref().map(|over| self.elements(over, frame).0);
                let mut weigh = |evaluator: &Self, frame: &Frame<'a>| {
                    let weight =
                        evaluator.address_range(first, last.as_ref(), frame).map(|set| set.public_weight());
                    if let (Some(weight), Some(fact)) = (weight, evaluator.fact(first, frame))
                        && widest.as_ref().is_none_or(|(known, _)| weight > *known)
                    {
                        widest = Some((weight, fact));
                    }
                };
                match elements {
                    None => weigh(self, frame),
                    Some(elements) => {
                        for element in elements {
                            frame[usize::from(*slot)] = Some(element);
                            weigh(self, frame);
                        }
                    }
                }
                facts.extend(widest.map(|(_, fact)| fact));
            }
        }
    }

    fn trace_emptiness(
        &self,
        over: &'a Over,
        frame: &Frame<'a>,
        facts: &mut Vec<Fact>,
        proof: &mut Vec<(ResourceIndex, String)>,
    ) {
        let (slot, says) = match over {
            Over::Elements { path, .. } => {
                facts.extend(self.fact(path, frame));
                return;
            }
            Over::Children { slot, resource_type } => {
                (slot, format!("has no {resource_type} that would satisfy this"))
            }
            Over::Referrers { slot, resource_type, .. } => {
                (slot, format!("no {resource_type} that refers to it would satisfy this"))
            }
            Over::Matches { to, resource_type, .. } => {
                let path = self.path_of(to, frame);
                (&to.slot, format!("no {resource_type} with its {path} would satisfy this"))
            }
            Over::Resources { slot, resource_type, .. } => {
                (slot, format!("there is no {resource_type} that would satisfy this"))
            }
        };
        if let Some(bound) = frame[usize::from(*slot)] {
            proof.push((bound.resource, says));
        }
    }

    fn gaps(&self, condition: &'a Condition, frame: &mut Frame<'a>, why: &mut Why) {
        if self.holds(condition, frame) != Tri::Unknown {
            return;
        }
        match condition {
            Condition::All(parts) | Condition::Any(parts) | Condition::SomeOf { parts, .. } => {
                for part in parts {
                    self.gaps(part, frame, why);
                }
            }
            Condition::Not(inner) => self.gaps(inner, frame, why),
            Condition::Compare { path, absent, .. } => match self.state(path, frame) {
                State::Absent if *absent == Absent::Unknown => {
                    let path = self.path_of(path, frame);
                    note(why, &format!("Azure returned no {path}, and its default can't be told from here"));
                }
                State::Present(value) => {
                    let text = format!(
                        "{} is {}, which this rule does not know",
                        self.path_of(path, frame),
                        self.show(value)
                    );
                    note(why, &text);
                }
                state => self.state_gap(&state, path, frame, why),
            },
            Condition::Exists { path, .. } => {
                let state = self.state(path, frame);
                self.state_gap(&state, path, frame, why);
            }
            Condition::Quantified { over, slot, matching, .. } => {
                let (elements, rest) = self.elements(over, frame);
                for element in elements {
                    frame[usize::from(*slot)] = Some(element);
                    self.gaps(matching, frame, why);
                }
                if rest == Tri::Unknown {
                    self.list_gap(over, frame, why);
                }
            }
            Condition::Key(asked) => self.key_gaps(asked, frame, why),
            Condition::Migrated(least) => self.migration_gaps(*least, frame, why),
            // The clock is always known.
            Condition::Since(_) => {}
            Condition::Unknown(reason) => note(why, reason),
            Condition::Same { path, other, .. } => {
                for path in [path, other] {
                    match self.state(path, frame) {
                        State::Absent => {
                            let shown = self.path_of(path, frame);
                            note(why, &format!("Azure returned no {shown}"));
                        }
                        State::Present(_) => {}
                        state => self.state_gap(&state, path, frame, why),
                    }
                }
            }
            Condition::Access(test) => {
                for gap in self.access_test(test, frame).gaps {
                    note(why, &gap.reason);
                    if !gap.read.is_empty() {
                        why.missing.push((gap.scope, gap.read));
                    }
                }
            }
            Condition::Reachable(asked) => {
                let doubted = self.why_not_known(asked, frame);
                note(why, &doubted.text);
                why.missing.extend(doubted.missing);
            }
            Condition::Lookup { path, ancestor, resource_type, slot, matching, .. } => {
                match self.target(path, *ancestor, resource_type, frame) {
                    Target::Found(resource) => {
                        let value = &self.inventory.get(resource).value;
                        frame[usize::from(*slot)] = Some(Bound { resource, value, step: Step::Resource });
                        self.gaps(matching, frame, why);
                    }
                    Target::Unread(incomplete) => note_incomplete(&incomplete, why),
                    Target::Missing => note(why, &format!("the {resource_type} it names does not exist")),
                    Target::Absent if path.names.is_empty() => {
                        note(why, &format!("there is no {resource_type} above it"));
                    }
                    Target::Absent => note(why, &format!("{} is not set", self.path_of(path, frame))),
                    Target::Unknown => {
                        let state = self.state(path, frame);
                        self.state_gap(&state, path, frame, why);
                    }
                }
            }
            Condition::Addresses { over, first, .. } => match over {
                Some(over) if self.elements(over, frame).1 == Tri::Unknown => self.list_gap(over, frame, why),
                _ => note(why, &format!("an address at {} can't be understood", self.path_of(first, frame))),
            },
        }
    }

    fn list_gap(&self, over: &'a Over, frame: &Frame<'a>, why: &mut Why) {
        match over {
            Over::Elements { path, absent } => match self.state(path, frame) {
                State::Absent if *absent == AbsentList::Unknown => {
                    note(why, &format!("Azure returned no {}", self.path_of(path, frame)));
                }
                State::Present(_) => note(why, &format!("{} is no list", self.path_of(path, frame))),
                state => self.state_gap(&state, path, frame, why),
            },
            Over::Children { slot, resource_type } => {
                if let Some(parent) = frame[usize::from(*slot)] {
                    note_incomplete(&self.inventory.children_complete(parent.resource, resource_type), why);
                }
            }
            Over::Referrers { slot, resource_type, path } => {
                if let Some(target) = frame[usize::from(*slot)] {
                    note_incomplete(&self.referrers_complete(&target, resource_type, path), why);
                }
            }
            Over::Matches { to, resource_type, path, within } => {
                match (self.join_text(to, frame), self.scope(to.slot, *within, frame)) {
                    (Err(()), _) => self.state_gap(&self.state(to, frame), to, frame, why),
                    (Ok(_), None) => note(why, OUTSIDE),
                    (Ok(_), Some(scope)) => {
                        note_incomplete(&self.matches_complete(&scope, resource_type, path), why);
                    }
                }
            }
            Over::Resources { slot, resource_type, within } => match self.scope(*slot, *within, frame) {
                None => note(why, OUTSIDE),
                Some(scope) => {
                    note_incomplete(&self.inventory.completeness_below(&scope, resource_type), why);
                }
            },
        }
    }

    fn state_gap(&self, state: &State<'a>, path: &Path, frame: &Frame<'a>, why: &mut Why) {
        let shown = self.path_of(path, frame);
        let unread = match state {
            State::Unreadable(unread) => *unread,
            State::Unknown => {
                note(why, &format!("{shown} is not known before deployment"));
                why.fact = why.fact.take().or_else(|| self.fact(path, frame));
                return;
            }
            _ => return,
        };
        let own_read = frame[usize::from(path.slot)]
            .and_then(|bound| self.inventory.part_completeness(bound.resource, &path.names.join(".")));
        if let (Unread::NotInRow, Some(incomplete)) = (unread, own_read) {
            return note_incomplete(&incomplete, why);
        }
        let reason = match unread {
            Unread::SlimRow => format!("{shown} was not read: the record carries no properties"),
            Unread::NotInRow => {
                format!("{shown} was not read: lists don't carry it, only the resource's own GET")
            }
            Unread::Shape => format!("{shown} could not be read: another kind of value stands on the way"),
        };
        note(why, &reason);
        if let Some(bound) = frame[usize::from(path.slot)]
            && unread != Unread::Shape
        {
            let id = &self.inventory.get(bound.resource).id;
            let kind = self.inventory.type_of(bound.resource);
            let read = match self.inventory.completeness(id, kind) {
                Completeness::Incomplete { scope, read, .. } => (scope, read),
                Completeness::Complete => (id.as_str().to_owned(), kind.to_owned()),
            };
            why.missing.push(read);
        }
    }

    pub(super) fn fact(&self, path: &Path, frame: &Frame<'a>) -> Option<Fact> {
        let bound = frame[usize::from(path.slot)]?;
        let value = match self.state(path, frame) {
            State::Present(value) => value.clone(),
            _ => Value::Null,
        };
        Some(Fact { resource: bound.resource, path: self.path_of(path, frame), value })
    }

    pub(super) fn bound_fact(&self, bound: &Bound<'a>, frame: &Frame<'a>) -> Fact {
        let value = match bound.value {
            scalar @ (Value::Bool(_) | Value::Number(_) | Value::String(_)) => scalar.clone(),
            _ => Value::Null,
        };
        Fact { resource: bound.resource, path: self.bound_path(bound, frame), value }
    }

    /// The full path of a bound value in its resource's body.
    pub(super) fn bound_path(&self, bound: &Bound<'a>, frame: &Frame<'a>) -> String {
        match bound.step {
            Step::Resource => String::new(),
            Step::Element(path, at) => {
                let mut text = self.path_of(path, frame);
                push(&mut text, &format!("[{at}]"));
                text
            }
            Step::Entry(path, key) => {
                let mut text = self.path_of(path, frame);
                push(&mut text, self.inventory.keys.spelling(key));
                text
            }
        }
    }

    /// A rule's path with the indexes it has in this resource.
    pub(super) fn path_of(&self, path: &Path, frame: &Frame<'a>) -> String {
        let prefix =
            frame[usize::from(path.slot)].map(|bound| self.bound_path(&bound, frame)).unwrap_or_default();
        below(&prefix, &join(path.names.iter().map(String::as_str)))
    }

    /// Where a path of a nested child stands in its parent's body.
    pub(super) fn path_in_parent(&self, child: ResourceIndex, path: &str) -> String {
        match self.inventory.get(child).nested_at() {
            Some((nested, at)) => below(&format!("{}[{at}]", NESTED[nested].1), path),
            None => path.to_owned(),
        }
    }
}

/// Notes a set that may not be whole: the reason, and the read that is missing.
pub(super) fn note_incomplete(complete: &Completeness, why: &mut Why) {
    if let Completeness::Incomplete { reason, scope, read } = complete {
        note(why, reason);
        why.missing.push((scope.clone(), read.clone()));
    }
}

/// Adds a reason, once.
pub(super) fn note(why: &mut Why, reason: &str) {
    if why.text.contains(reason) {
        return;
    }
    if !why.text.is_empty() {
        why.text.push_str("; ");
    }
    why.text.push_str(reason);
}
