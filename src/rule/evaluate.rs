//! Evaluating rules over an inventory, in three-valued logic.
//!
//! The first pass only decides; why a rule fails, or can't be decided, is worked out in a second pass
//! over the few pairs that need it (`explain.rs`).

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::LazyLock;

use super::compare::{compare, same, value_of};
use super::explain::note_incomplete;
use super::frame::{Bound, Frame, Step, Target};
use super::model::{
    Absent, AbsentList, Condition, Decision, NsgInbound, NsgPorts, NsgSource, Over, Path, Quantifier,
};
use super::pack::Linked;
use super::tri::{self, Tri};
use crate::analysis::access::Access;
use crate::analysis::encryption::Encryption;
use crate::analysis::exposure::address::AddressSet;
use crate::analysis::exposure::interval::IntervalSet;
use crate::analysis::exposure::nsg;
use crate::analysis::exposure::security_rule::{TCP, UDP};
use crate::analysis::exposure::service_tag::ServiceTags;
use crate::analysis::exposure::solve::Exposure;
use crate::analysis::migration::Migration;
use crate::finding::verdict::Verdict;
use crate::inventory::index::{Inventory, ResourceIndex};
use crate::inventory::value::{State, Value};

/// What one rule says of one resource or element.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Index of the rule in the pack.
    pub rule: usize,
    /// The resource.
    pub resource: ResourceIndex,
    /// What it says.
    pub verdict: Verdict,
    /// Names the element; empty for the whole resource.
    pub sub_key: String,
    /// Why; set for `fail` and `unknown`.
    pub why: Why,
}

/// Why a verdict is what it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Why {
    /// The deciding property.
    pub fact: Option<Fact>,
    /// Other resources that the verdict rests on.
    pub proof: Vec<(ResourceIndex, String)>,
    /// For `fail`: the message. For `unknown`: the reason.
    pub text: String,
    /// The fix's command, filled in.
    pub azure_cli: String,
    /// Reads that are missing, as (scope, read).
    pub missing: Vec<(String, String)>,
}

/// A property and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// The resource whose body holds it.
    pub resource: ResourceIndex,
    /// Its path in that body, with indexes.
    pub path: String,
    /// Its value; null when it is absent.
    pub value: Value,
}

/// Evaluates a pack over an inventory.
pub struct Evaluator<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) rules: &'a [Linked],
    /// The scan's clock, in Unix seconds.
    pub(super) clock: i64,
    /// The network security group that was asked last; the next rule asks the same one.
    group: RefCell<Option<(ResourceIndex, Rc<nsg::Group>)>>,
    /// Who may do what; worked out when the first rule asks.
    pub(super) access: OnceCell<Rc<Access>>,
    /// What is reached, for each way of asking; worked out when the first rule asks so.
    pub(super) exposure: [OnceCell<Exposure>; 3],
    pub(super) service_tags: &'a ServiceTags,
    /// Keys and who uses them, once a rule has asked.
    pub(super) encryption: OnceCell<Encryption>,
    /// Where machines came from, once a rule has asked.
    pub(super) migration: OnceCell<Migration>,
}

impl<'a> Evaluator<'a> {
    /// An evaluator with the scan's clock in Unix seconds.
    pub fn new(inventory: &'a Inventory, rules: &'a [Linked], clock: i64) -> Self {
        static SHIPPED: LazyLock<ServiceTags> = LazyLock::new(ServiceTags::default);
        Self {
            inventory,
            rules,
            clock,
            group: RefCell::default(),
            access: OnceCell::new(),
            exposure: Default::default(),
            encryption: OnceCell::new(),
            migration: OnceCell::new(),
            service_tags: &SHIPPED,
        }
    }

    /// The same with newer service tags than the shipped ones.
    #[must_use]
    pub fn with_service_tags(self, service_tags: &'a ServiceTags) -> Self {
        Self { service_tags, ..self }
    }

    /// Gives `sink` every verdict, resource by resource: a resource's values are near each other, and what
    /// several rules ask of it is worked out once.
    pub fn run(&self, sink: &mut dyn FnMut(Outcome)) {
        let mut by_type: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, linked) in self.rules.iter().enumerate() {
            for kind in &linked.rule.resource_types {
                by_type.entry(kind.to_ascii_lowercase()).or_default().push(index);
            }
        }
        for (kind, rules) in by_type {
            for &resource in self.inventory.of_type(&kind) {
                for &rule in &rules {
                    self.one(rule, resource, sink);
                }
            }
        }
    }

    fn one(&self, index: usize, resource: ResourceIndex, sink: &mut dyn FnMut(Outcome)) {
        let linked = &self.rules[index];
        let mut frame: Frame<'a> = [None; super::MAX_SLOTS as usize];
        frame[0] = Some(Bound { resource, value: &self.inventory.get(resource).value, step: Step::Resource });
        let mut give = |verdict, sub_key: String, why: Why| {
            sink(Outcome { rule: index, resource, verdict, sub_key, why });
        };
        let applies = match &linked.rule.applies_when {
            Some(condition) => (self.holds(condition, &mut frame), Some(condition)),
            None => (Tri::True, None),
        };
        match applies {
            (Tri::False, _) => give(Verdict::NotApplicable, String::new(), Why::default()),
            (Tri::Unknown, Some(condition)) => {
                let mut clean = true;
                self.decide(linked, resource, &mut frame, &mut |verdict, _, _| {
                    clean &= verdict == Verdict::Pass;
                });
                // What would pass if the rule applied is clean either way.
                if clean {
                    return give(Verdict::Pass, String::new(), Why::default());
                }
                let why = self.why_unknown(&[condition], &mut frame);
                give(Verdict::Unknown, String::new(), why);
            }
            _ => self.decide(linked, resource, &mut frame, &mut give),
        }
    }

    /// Gives the verdicts of a rule that applies.
    fn decide(
        &self,
        linked: &'a Linked,
        resource: ResourceIndex,
        frame: &mut Frame<'a>,
        give: &mut dyn FnMut(Verdict, String, Why),
    ) {
        match &linked.rule.decision {
            Decision::Whole(condition) => match self.holds(condition, frame) {
                Tri::True => {
                    give(Verdict::Fail, String::new(), self.why_fails(linked, condition, None, frame));
                }
                Tri::False => give(Verdict::Pass, String::new(), Why::default()),
                Tri::Unknown => give(Verdict::Unknown, String::new(), self.why_unknown(&[condition], frame)),
            },
            Decision::Each { .. } => self.each(linked, frame, give),
            Decision::NsgInbound(_) => self.nsg(linked, resource, frame, give),
            Decision::Reachable(asked) => self.reachable(linked, asked, resource, frame, give),
        }
    }

    fn each(&self, linked: &'a Linked, frame: &mut Frame<'a>, give: &mut dyn FnMut(Verdict, String, Why)) {
        let Decision::Each { over, slot, matching, sub_key, fail_when } = &linked.rule.decision else {
            return;
        };
        let mut clean = true;
        let (elements, rest) = self.elements(over, frame);
        for element in elements {
            frame[usize::from(*slot)] = Some(element);
            let concerned = matching.as_ref().map_or(Tri::True, |matching| self.holds(matching, frame));
            // An element that may not be concerned and wouldn't fail is clean either way.
            let verdict = tri::all([concerned, self.holds(fail_when, frame)]);
            if verdict == Tri::False {
                continue;
            }
            clean = false;
            let key = self.fill(sub_key, frame, None);
            if verdict == Tri::True {
                let why = self.why_fails(linked, fail_when, Some(*slot), frame);
                give(Verdict::Fail, key, why);
            } else {
                let parts: Vec<&Condition> = matching.iter().chain([fail_when]).collect();
                let why = self.why_unknown(&parts, frame);
                give(Verdict::Unknown, key, why);
            }
        }
        frame[usize::from(*slot)] = None;
        match rest {
            Tri::Unknown => {
                let why = self.why_list_unknown(over, frame);
                give(Verdict::Unknown, String::new(), why);
            }
            _ if clean => give(Verdict::Pass, String::new(), Why::default()),
            _ => {}
        }
    }

    fn nsg(
        &self,
        linked: &'a Linked,
        group: ResourceIndex,
        frame: &mut Frame<'a>,
        give: &mut dyn FnMut(Verdict, String, Why),
    ) {
        let Some(question) = &linked.question else { return };
        let answer = self.group(group).inbound(question);
        for opening in &answer.openings {
            let rule = self.inventory.get(opening.rule);
            let sub_key = rule.id.name().to_owned();
            let fact = Fact {
                resource: group,
                path: self.path_in_parent(opening.rule, &opening.path),
                value: Value::String(opening.value.as_str().into()),
            };
            let fact = if rule.nested_at().is_some() {
                fact
            } else {
                Fact { resource: opening.rule, path: opening.path.clone(), ..fact }
            };
            let why = self.fill_why(linked, Some(fact), &sub_key, Vec::new(), frame);
            give(Verdict::Fail, sub_key, why);
        }
        match answer.unknown {
            Some(nsg::Undecided::Reason(reason)) => {
                give(Verdict::Unknown, String::new(), Why { text: reason, ..Why::default() });
            }
            Some(nsg::Undecided::Unread(incomplete)) => {
                let mut why = Why::default();
                note_incomplete(&incomplete, &mut why);
                give(Verdict::Unknown, String::new(), why);
            }
            None if answer.openings.is_empty() => give(Verdict::Pass, String::new(), Why::default()),
            None => {}
        }
    }

    fn group(&self, at: ResourceIndex) -> Rc<nsg::Group> {
        let mut last = self.group.borrow_mut();
        match last.as_ref() {
            Some((known, group)) if *known == at => Rc::clone(group),
            _ => {
                let group = Rc::new(nsg::Group::read(self.inventory, at));
                *last = Some((at, Rc::clone(&group)));
                group
            }
        }
    }

    /// Whether a condition holds. Slots bound inside of it are left bound; nobody reads them afterwards.
    pub(super) fn holds(&self, condition: &'a Condition, frame: &mut Frame<'a>) -> Tri {
        match condition {
            Condition::All(parts) => tri::all(parts.iter().map(|part| self.holds(part, frame))),
            Condition::Any(parts) => tri::any(parts.iter().map(|part| self.holds(part, frame))),
            Condition::Not(inner) => !self.holds(inner, frame),
            Condition::Compare { path, absent, test } => match self.state(path, frame) {
                State::Present(value) => compare(test, value, self.clock),
                State::Absent => match absent {
                    Absent::Is(literal) => compare(test, &value_of(literal), self.clock),
                    Absent::Holds(holds) => (*holds).into(),
                    Absent::Unknown => Tri::Unknown,
                },
                State::Unknown | State::Unreadable(_) => Tri::Unknown,
            },
            Condition::Exists { path, exists } => match self.state(path, frame) {
                State::Present(_) => (*exists).into(),
                State::Absent => (!*exists).into(),
                State::Unknown | State::Unreadable(_) => Tri::Unknown,
            },
            Condition::Quantified { quantifier, over, slot, matching } => {
                self.quantified(*quantifier, over, *slot, matching, frame)
            }
            Condition::Unknown(_) => Tri::Unknown,
            Condition::Same { path, other, absent } => {
                match (self.state(path, frame), self.state(other, frame)) {
                    (State::Present(one), State::Present(two)) => same(one, two),
                    (State::Absent, State::Absent | State::Present(_))
                    | (State::Present(_), State::Absent) => of_absent(absent),
                    _ => Tri::Unknown,
                }
            }
            Condition::Access(test) => self.access_test(test, frame).holds,
            Condition::Reachable(asked) => self.is_reachable(asked, frame),
            Condition::Since(moment) => (self.clock >= *moment).into(),
            Condition::Key(asked) => self.keys_hold(asked, frame),
            Condition::Migrated(least) => self.migrated(*least, frame),
            Condition::SomeOf { at_least, parts } => {
                tri::some(*at_least, parts.iter().map(|part| self.holds(part, frame)))
            }
            Condition::Lookup { path, ancestor, absent, resource_type, missing, slot, matching } => {
                match self.target(path, *ancestor, resource_type, frame) {
                    Target::Found(resource) => {
                        let value = &self.inventory.get(resource).value;
                        frame[usize::from(*slot)] = Some(Bound { resource, value, step: Step::Resource });
                        self.holds(matching, frame)
                    }
                    Target::Absent => of_absent(absent),
                    Target::Missing => of_absent(missing),
                    Target::Unread(_) | Target::Unknown => Tri::Unknown,
                }
            }
            Condition::Addresses { over, slot, first, last, wider_than } => {
                self.addresses(over.as_ref(), *slot, first, last.as_ref(), *wider_than, frame)
            }
        }
    }

    fn quantified(
        &self,
        quantifier: Quantifier,
        over: &'a Over,
        slot: u8,
        matching: &'a Condition,
        frame: &mut Frame<'a>,
    ) -> Tri {
        if let Over::Elements { path, absent: AbsentList::Holds(holds) } = over
            && matches!(self.state(path, frame), State::Absent)
        {
            return (*holds).into();
        }
        let (elements, rest) = self.elements(over, frame);
        let (mut yes, mut maybe) = (0_u32, u32::from(rest == Tri::Unknown));
        let mut all = Tri::True;
        for element in elements {
            frame[usize::from(slot)] = Some(element);
            let holds = self.holds(matching, frame);
            match holds {
                Tri::True => yes += 1,
                Tri::Unknown => maybe += 1,
                Tri::False => {}
            }
            all = tri::all([all, holds]);
            match quantifier {
                Quantifier::Any if yes > 0 => return Tri::True,
                Quantifier::None if yes > 0 => return Tri::False,
                Quantifier::All if all == Tri::False => return Tri::False,
                _ => {}
            }
        }
        match quantifier {
            Quantifier::Any => {
                if maybe > 0 {
                    Tri::Unknown
                } else {
                    Tri::False
                }
            }
            Quantifier::None => {
                if maybe > 0 {
                    Tri::Unknown
                } else {
                    Tri::True
                }
            }
            Quantifier::All => {
                if rest == Tri::Unknown {
                    Tri::Unknown
                } else {
                    all
                }
            }
            Quantifier::Count(order, number) => {
                // Those that may be there are unbounded when a list wasn't read to its end.
                let most = if rest == Tri::Unknown { u32::MAX } else { yes + maybe };
                match (order.holds(&yes, &number), order.holds(&most, &number)) {
                    (one, two) if one == two => one.into(),
                    _ => Tri::Unknown,
                }
            }
        }
    }

    fn addresses(
        &self,
        over: Option<&'a Over>,
        slot: u8,
        first: &Path,
        last: Option<&Path>,
        wider_than: u8,
        frame: &mut Frame<'a>,
    ) -> Tri {
        let (elements, rest) = match over {
            Some(over) => self.elements(over, frame),
            None => (Vec::new(), Tri::False),
        };
        let mut sum = AddressSet::default();
        let mut maybe = rest == Tri::Unknown;
        let mut take = |set: Option<AddressSet>| match set {
            Some(set) => sum = sum.union(&set),
            None => maybe = true,
        };
        if over.is_none() {
            take(self.address_range(first, last, frame));
        }
        for element in elements {
            frame[usize::from(slot)] = Some(element);
            take(self.address_range(first, last, frame));
        }
        match (sum.is_wider_than(wider_than), maybe) {
            (true, _) => Tri::True,
            (false, true) => Tri::Unknown,
            (false, false) => Tri::False,
        }
    }

    /// The addresses of one element; an absent value is no address.
    pub(super) fn address_range(
        &self,
        first: &Path,
        last: Option<&Path>,
        frame: &Frame<'a>,
    ) -> Option<AddressSet> {
        let text = |path: &Path| match self.state(path, frame) {
            State::Present(Value::String(text)) => Some(Some(text.as_str())),
            State::Absent => Some(None),
            _ => None,
        };
        let Some(start) = text(first)? else {
            return Some(AddressSet::default());
        };
        match last.map(text) {
            Some(Some(Some(end))) => AddressSet::range(start.parse().ok()?, end.parse().ok()?),
            None | Some(Some(None)) => AddressSet::parse(start),
            Some(None) => None,
        }
    }
}

fn of_absent(absent: &Absent) -> Tri {
    match absent {
        Absent::Holds(holds) => (*holds).into(),
        Absent::Is(_) | Absent::Unknown => Tri::Unknown,
    }
}

/// The analysis' question that a rule asks.
pub(super) fn question(asked: &NsgInbound) -> nsg::Question {
    let ranges = |ranges: &[(u16, u16)]| IntervalSet::from_intervals(ranges.iter().copied());
    let every = IntervalSet::of(0, u16::MAX);
    let (ports, more_than) = match &asked.to {
        NsgPorts::Any(ports) => (ranges(ports), 0),
        NsgPorts::Except(ports) => (every.difference(&ranges(ports)), 0),
        NsgPorts::MoreThan(number) => (every, *number),
    };
    let protocols = asked.protocols.iter().map(|protocol| {
        let number = if protocol.eq_ignore_ascii_case("udp") { UDP } else { TCP };
        (number, number)
    });
    nsg::Question {
        from: match &asked.from {
            NsgSource::Internet => nsg::From::Internet,
            NsgSource::BroadPrefixes => nsg::From::BroadPrefixes,
            NsgSource::ServiceTags(tags) => {
                nsg::From::ServiceTags(tags.iter().map(|tag| tag.to_ascii_lowercase()).collect())
            }
        },
        protocols: IntervalSet::from_intervals(protocols),
        ports,
        more_than,
    }
}
