//! What the slots of a rule are bound to while it is evaluated, and how values are read through them.

use super::evaluate::Evaluator;
use super::model::{AbsentList, Over, Path, Within};
use super::tri::Tri;
use crate::inventory::id::ResourceId;
use crate::inventory::index::{Completeness, ResourceIndex};
use crate::inventory::value::{Key, State, Value};

const SUBSCRIPTIONS: &str = "Microsoft.Resources/subscriptions";
const RESOURCE_GROUPS: &str = "Microsoft.Resources/resourceGroups";

/// What a slot is bound to while a rule is evaluated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound<'a> {
    pub(super) resource: ResourceIndex,
    pub(super) value: &'a Value,
    pub(super) step: Step<'a>,
}

/// How a slot's value was reached, so that its path can be written when somebody asks.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<'a> {
    /// It is the resource itself.
    Resource,
    /// An element of the list at a path.
    Element(&'a Path, usize),
    /// An entry of the map at a path.
    Entry(&'a Path, Key),
}

/// The slots of a rule.
pub(super) type Frame<'a> = [Option<Bound<'a>>; super::MAX_SLOTS as usize];

/// What an id leads to.
pub(super) enum Target {
    /// The resource.
    Found(ResourceIndex),
    /// No id stands there.
    Absent,
    /// There is no such resource.
    Missing,
    /// It was not read.
    Unread(Completeness),
    /// The value is not known.
    Unknown,
}

impl<'a> Evaluator<'a> {
    /// The elements that are known, and `Unknown` when there may be more.
    pub(super) fn elements(&self, over: &'a Over, frame: &Frame<'a>) -> (Vec<Bound<'a>>, Tri) {
        match over {
            Over::Elements { path, absent } => {
                let Some(from) = frame[usize::from(path.slot)] else {
                    return (Vec::new(), Tri::Unknown);
                };
                let resource = from.resource;
                match self.state(path, frame) {
                    State::Present(Value::Array(items)) => {
                        let elements = items.iter().enumerate().map(|(at, value)| Bound {
                            resource,
                            value,
                            step: Step::Element(path, at),
                        });
                        (elements.collect(), Tri::False)
                    }
                    State::Present(Value::Object(members)) => {
                        let entries = members.iter().map(|(key, value)| Bound {
                            resource,
                            value,
                            step: Step::Entry(path, *key),
                        });
                        (entries.collect(), Tri::False)
                    }
                    State::Absent if *absent != AbsentList::Unknown => (Vec::new(), Tri::False),
                    _ => (Vec::new(), Tri::Unknown),
                }
            }
            Over::Children { slot, resource_type } => {
                let Some(parent) = frame[usize::from(*slot)] else {
                    return (Vec::new(), Tri::Unknown);
                };
                let children =
                    self.inventory.children(parent.resource, resource_type).map(|at| self.bound(at));
                let complete = self.inventory.children_complete(parent.resource, resource_type);
                (children.collect(), rest(&complete))
            }
            Over::Referrers { slot, resource_type, path } => {
                let Some(target) = frame[usize::from(*slot)] else {
                    return (Vec::new(), Tri::Unknown);
                };
                let referrers =
                    self.inventory.referrers(target.resource, resource_type, path).map(|at| self.bound(at));
                (referrers.collect(), rest(&self.referrers_complete(&target, resource_type, path)))
            }
            Over::Resources { slot, resource_type, within } => match self.scope(*slot, *within, frame) {
                Some(scope) => {
                    let found = self.inventory.below(&scope, resource_type).iter();
                    let complete = self.inventory.completeness_below(&scope, resource_type);
                    (found.map(|at| self.bound(*at)).collect(), rest(&complete))
                }
                None => (Vec::new(), Tri::Unknown),
            },
            Over::Matches { to, resource_type, path, within } => {
                let Some(scope) = self.scope(to.slot, *within, frame) else {
                    return (Vec::new(), Tri::Unknown);
                };
                let text = match self.join_text(to, frame) {
                    Ok(Some(text)) => text,
                    Ok(None) => return (Vec::new(), Tri::False),
                    Err(()) => return (Vec::new(), Tri::Unknown),
                };
                let near = self.inventory.below(&scope, resource_type);
                let found = self.inventory.holders(&text, resource_type, path).iter();
                let found = found.filter(|at| near.binary_search(at).is_ok()).map(|at| self.bound(*at));
                (found.collect(), rest(&self.matches_complete(&scope, resource_type, path)))
            }
        }
    }

    /// Whether all resources of a type that may refer to a bound one are known.
    pub(super) fn referrers_complete(&self, target: &Bound<'a>, kind: &str, path: &str) -> Completeness {
        match self.inventory.join_complete(&ResourceId::tenant(), kind, path) {
            Completeness::Complete => {
                self.inventory.completeness(&self.inventory.get(target.resource).id, kind)
            }
            incomplete @ Completeness::Incomplete { .. } => incomplete,
        }
    }

    /// Whether all resources of a type below a scope, and what they hold at `path`, are known.
    pub(super) fn matches_complete(&self, scope: &ResourceId, kind: &str, path: &str) -> Completeness {
        match self.inventory.join_complete(scope, kind, path) {
            Completeness::Complete => self.inventory.completeness_below(scope, kind),
            incomplete @ Completeness::Incomplete { .. } => incomplete,
        }
    }

    /// The scope that a range near a bound resource looks at.
    pub(super) fn scope(&self, slot: u8, within: Within, frame: &Frame<'a>) -> Option<ResourceId> {
        let bound = frame[usize::from(slot)]?;
        let id = &self.inventory.get(bound.resource).id;
        let kind = match within {
            Within::Tenant => return Some(ResourceId::tenant()),
            Within::Subscription => SUBSCRIPTIONS,
            Within::ResourceGroup => RESOURCE_GROUPS,
        };
        above(id, kind)
    }

    /// What joins compare: `Ok(None)` where the value is absent.
    pub(super) fn join_text(&self, path: &Path, frame: &Frame<'a>) -> Result<Option<String>, ()> {
        match self.state(path, frame) {
            State::Present(Value::String(text)) => Ok(Some(text.to_string())),
            State::Present(Value::Number(number)) => Ok(Some(number.to_string())),
            State::Absent => Ok(None),
            _ => Err(()),
        }
    }

    pub(super) fn bound(&self, resource: ResourceIndex) -> Bound<'a> {
        Bound { resource, value: &self.inventory.get(resource).value, step: Step::Resource }
    }

    /// The state of the value at a path.
    pub(super) fn state(&self, path: &Path, frame: &Frame<'a>) -> State<'a> {
        match frame[usize::from(path.slot)] {
            Some(bound) => self.inventory.state(bound.resource, bound.value, &path.keys, path.gap),
            None => State::Unknown,
        }
    }

    /// The resource whose id stands at a path.
    pub(super) fn target(
        &self,
        path: &Path,
        ancestor: bool,
        resource_type: &str,
        frame: &Frame<'a>,
    ) -> Target {
        if let (true, Some(Bound { resource, step: Step::Resource, .. })) =
            (path.names.is_empty(), frame[usize::from(path.slot)])
        {
            return self.ancestor(&self.inventory.get(resource).id, resource_type);
        }
        let text = match self.state(path, frame) {
            State::Present(Value::String(text)) if !text.is_empty() => text,
            State::Present(Value::String(_)) | State::Absent => return Target::Absent,
            _ => return Target::Unknown,
        };
        let Some(id) = ResourceId::parse(text) else {
            return Target::Unknown;
        };
        if ancestor {
            return self.ancestor(&id, resource_type);
        }
        if let Some(found) = self.inventory.find(&id) {
            return Target::Found(found);
        }
        // Built-in role definitions are named with the scope of whoever asks; they live at `/`.
        let root = ResourceId::tenant().child(&format!("providers/{resource_type}"), id.name());
        if let Some(found) = root.and_then(|root| self.inventory.find(&root)) {
            return Target::Found(found);
        }
        self.missing(&id, resource_type)
    }

    /// The resource of a type at or above an id.
    fn ancestor(&self, id: &ResourceId, resource_type: &str) -> Target {
        let Some(id) = above(id, resource_type) else {
            return Target::Absent;
        };
        match self.inventory.find(&id) {
            Some(found) => Target::Found(found),
            None => self.missing(&id, resource_type),
        }
    }

    fn missing(&self, id: &ResourceId, resource_type: &str) -> Target {
        match self.inventory.completeness(id, resource_type) {
            Completeness::Complete => Target::Missing,
            incomplete @ Completeness::Incomplete { .. } => Target::Unread(incomplete),
        }
    }
}

/// The id of a type at or above `id`.
fn above(id: &ResourceId, kind: &str) -> Option<ResourceId> {
    id.ancestors().find(|id| id.resource_type().is_some_and(|own| own.eq_ignore_ascii_case(kind)))
}

pub(super) fn rest(complete: &Completeness) -> Tri {
    match complete {
        Completeness::Complete => Tri::False,
        Completeness::Incomplete { .. } => Tri::Unknown,
    }
}
