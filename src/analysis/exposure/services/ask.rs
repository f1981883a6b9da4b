//! Asking an inventory for what stands in a body, with all four states.

use std::cell::RefCell;

use super::perimeter::Perimeters;
use super::private_endpoint::Endpoints;
use crate::analysis::exposure::address::AddressSet;
use crate::analysis::exposure::answer::{Reason, Step};
use crate::analysis::exposure::gates::Gates;
use crate::analysis::exposure::service_tag::ServiceTags;
use crate::inventory::index::{Completeness, Inventory, ResourceIndex};
use crate::inventory::reads::{covers, not_in_rows};
use crate::inventory::value::{Key, State, Unread, Value};

/// What all families ask.
pub(super) struct Ask<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) tags: &'a ServiceTags,
    pub(super) endpoints: Endpoints,
    pub(super) perimeters: Perimeters,
    pub(super) gates: RefCell<Gates<'a>>,
}

impl<'a> Ask<'a> {
    pub(super) fn new(inventory: &'a Inventory, tags: &'a ServiceTags) -> Self {
        Self {
            inventory,
            tags,
            endpoints: Endpoints::of(inventory),
            perimeters: Perimeters::of(inventory, tags),
            gates: RefCell::new(Gates::new(inventory, tags)),
        }
    }

    /// The id as Azure spelled it.
    pub(super) fn id(&self, at: ResourceIndex) -> &'a str {
        self.inventory.get(at).id.as_str()
    }

    /// What stands at a path of a resource's body; `None` where it was read and has nothing there.
    pub(super) fn find(&self, at: ResourceIndex, path: &str) -> Result<Option<&'a Value>, Reason> {
        self.find_in(at, &self.inventory.get(at).value, path)
    }

    /// What stands at a path below a part of a resource's body.
    pub(super) fn find_in(
        &self,
        at: ResourceIndex,
        part: &'a Value,
        path: &str,
    ) -> Result<Option<&'a Value>, Reason> {
        let keys: Vec<Key> =
            path.split('.').map(|name| self.inventory.keys.find(name).unwrap_or_default()).collect();
        let kind = self.inventory.type_of(at);
        let gap = not_in_rows(kind).any(|gap| covers(gap, path));
        let missing = || Some((self.id(at).to_owned(), kind.to_owned()));
        let name = self.inventory.get(at).id.name();
        match self.inventory.state(at, part, &keys, gap) {
            State::Present(value) => Ok(Some(value)),
            State::Absent => Ok(None),
            State::Unknown => Err(Reason::new(format!("{path} of {name} is not known before deployment"))),
            State::Unreadable(Unread::SlimRow) => Err(Reason {
                text: format!("{name} was not read: its record carries no properties"),
                missing: missing(),
            }),
            State::Unreadable(Unread::NotInRow) => Err(Reason {
                text: format!("{path} of {name} was not read: lists don't carry it"),
                missing: missing(),
            }),
            State::Unreadable(Unread::Shape) => {
                Err(Reason::new(format!("{path} of {name} is of a kind that Azure doesn't document")))
            }
        }
    }

    /// Text that isn't empty.
    pub(super) fn text(&self, at: ResourceIndex, path: &str) -> Result<Option<String>, Reason> {
        Ok(self.find(at, path)?.map(shown).filter(|text| !text.is_empty()))
    }

    /// Text of a part of a body.
    pub(super) fn text_in(
        &self,
        at: ResourceIndex,
        part: &'a Value,
        path: &str,
    ) -> Result<Option<String>, Reason> {
        Ok(self.find_in(at, part, path)?.map(shown).filter(|text| !text.is_empty()))
    }

    /// true or false; what is neither is taken for not known.
    pub(super) fn flag(&self, at: ResourceIndex, path: &str, absent: bool) -> Result<bool, Reason> {
        match self.text(at, path)?.map(|text| text.to_ascii_lowercase()).as_deref() {
            None => Ok(absent),
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(_) => Err(self.strange(at, path)),
        }
    }

    /// The elements of a list; none where there is no list.
    pub(super) fn items(&self, at: ResourceIndex, path: &str) -> Result<&'a [Value], Reason> {
        match self.find(at, path)? {
            None => Ok(&[]),
            Some(Value::Array(items)) => Ok(items),
            Some(_) => Err(self.strange(at, path)),
        }
    }

    /// The reason for a value that no documentation knows.
    pub(super) fn strange(&self, at: ResourceIndex, path: &str) -> Reason {
        Reason::new(format!("{path} of {} has a value that is not known", self.inventory.get(at).id.name()))
    }

    /// Whether a resource lives in Azure, and is not only declared in code.
    pub(super) fn lives(&self, at: ResourceIndex) -> bool {
        matches!(self.find(at, "properties.provisioningState"), Ok(Some(_)))
    }

    /// The children of a resource, and why there may be more.
    pub(super) fn children(
        &self,
        at: ResourceIndex,
        kind: &'static str,
    ) -> (Vec<ResourceIndex>, Option<Reason>) {
        let all = self.inventory.children(at, kind).collect();
        let incomplete = match self.inventory.children_complete(at, kind) {
            Completeness::Complete => None,
            incomplete @ Completeness::Incomplete { .. } => Some(Reason::of(&incomplete)),
        };
        (all, incomplete)
    }

    /// A property that says something.
    pub(super) fn step(&self, at: ResourceIndex, path: &str, says: impl Into<String>) -> Step {
        Step::new(format!("{}#{path}", self.id(at)), Some(at), says)
    }

    /// A resource that says something.
    pub(super) fn resource(&self, at: ResourceIndex, says: impl Into<String>) -> Step {
        Step::new(self.id(at), Some(at), says)
    }

    /// What a text in a list of sources stands for: an address, prefix or range, everyone, or a service tag.
    /// `None` for what is none of these.
    pub(super) fn sources(&self, text: &str) -> Option<AddressSet> {
        let text = text.trim();
        if matches!(text.to_ascii_lowercase().as_str(), "*" | "any" | "internet") {
            return Some(AddressSet::everything());
        }
        AddressSet::parse(text).or_else(|| self.tags.find(text))
    }

    /// The addresses of Azure's own data centers, where every customer's machines live (IPv4).
    pub(super) fn azure(&self) -> Option<AddressSet> {
        let all = self.tags.find("AzureCloud")?;
        Some(AddressSet { v4: all.v4, ..AddressSet::default() })
    }
}

/// A scalar as text; empty for what is none.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Unknown | Value::Array(_) | Value::Object(_) => String::new(),
    }
}
