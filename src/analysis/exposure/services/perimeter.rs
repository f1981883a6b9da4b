//! Network security perimeters: who is in one, whether it is enforced, whom its profile lets in.
//!
//! In the mode Enforced only the perimeter's rules count, in Learning (Transition) they come on top of the
//! service's own, and with the switch off or at `SecuredByPerimeter` nothing but them is asked. Source:
//! <https://learn.microsoft.com/azure/private-link/network-security-perimeter-transition>.

use std::collections::BTreeMap;

use super::reach::Reach;
use crate::analysis::exposure::address::AddressSet;
use crate::analysis::exposure::answer::{Reason, Step};
use crate::analysis::exposure::service_tag::ServiceTags;
use crate::analysis::exposure::view::{Reference, View, unread};
use crate::inventory::id::ResourceId;
use crate::inventory::index::{Completeness, Inventory, ResourceIndex};

pub(super) const PERIMETER: &str = "Microsoft.Network/networkSecurityPerimeters";
pub(super) const ASSOCIATION: &str = "Microsoft.Network/networkSecurityPerimeters/resourceAssociations";
pub(super) const PROFILE: &str = "Microsoft.Network/networkSecurityPerimeters/profiles";
pub(super) const RULE: &str = "Microsoft.Network/networkSecurityPerimeters/profiles/accessRules";
/// A version that knows all of it.
pub(super) const API_VERSION: &str = "2025-09-01";

/// What is read of an association, and of a rule.
pub(super) const READS: [(&str, &[&str]); 4] = [
    (PERIMETER, &[]),
    (ASSOCIATION, &["properties.privateLinkResource.id", "properties.profile.id", "properties.accessMode"]),
    (PROFILE, &[]),
    (
        RULE,
        &[
            "properties.direction",
            "properties.addressPrefixes[*]",
            "properties.serviceTags[*]",
            "properties.subscriptions[*].id",
            "properties.networkSecurityPerimeters[*].id",
        ],
    ),
];

/// How an association works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Only the perimeter's rules count.
    Enforced,
    /// They come on top of the service's own.
    Learning,
    /// A mode that isn't known.
    Unclear,
}

/// The perimeter of one service.
#[derive(Clone)]
pub(super) struct Member {
    pub(super) mode: Mode,
    /// Whom the perimeter lets in.
    pub(super) reach: Reach,
}

/// All perimeters.
pub(super) struct Perimeters {
    members: BTreeMap<String, Member>,
    /// Why the members of a perimeter that exists are not all known.
    unread: Option<Reason>,
    /// Why there may be perimeters that were not seen.
    unseen: Option<Reason>,
}

impl Perimeters {
    pub(super) fn of(inventory: &Inventory, tags: &ServiceTags) -> Self {
        let mut members = BTreeMap::new();
        let mut gap = None;
        for &at in inventory.of_type(PERIMETER) {
            if let incomplete @ Completeness::Incomplete { .. } = inventory.children_complete(at, ASSOCIATION)
            {
                gap.get_or_insert_with(|| Reason::of(&incomplete).about(inventory.get(at).id.name()));
            }
        }
        for &at in inventory.of_type(ASSOCIATION) {
            if let Some(reason) = unread(inventory, at) {
                gap.get_or_insert(reason);
            }
            let body = View::of(inventory, at).at("properties");
            if let Some(target) = body.at("privateLinkResource.id").reference().folded() {
                members.entry(target).or_insert_with(|| member(inventory, tags, at));
            }
        }
        let unseen = match inventory.completeness_below(&ResourceId::tenant(), PERIMETER) {
            Completeness::Complete => None,
            incomplete @ Completeness::Incomplete { .. } => Some(Reason::of(&incomplete)),
        };
        Self { members, unread: gap, unseen }
    }

    /// The perimeter of a service; an error where one that exists may have it. That there may be perimeters
    /// which nobody saw counts only where `expected`: something says that there is one.
    pub(super) fn find(&self, id: &ResourceId, expected: bool) -> Result<Option<&Member>, Reason> {
        match (self.members.get(&id.folded()), &self.unread, &self.unseen) {
            (Some(member), ..) => Ok(Some(member)),
            (None, Some(reason), _) => Err(reason.clone()),
            (None, None, Some(reason)) if expected => Err(reason.clone()),
            (None, None, _) => Ok(None),
        }
    }
}

fn member(inventory: &Inventory, tags: &ServiceTags, at: ResourceIndex) -> Member {
    let body = View::of(inventory, at).at("properties");
    let id = inventory.get(at).id.as_str();
    // Learning is the default.
    let word = body.at("accessMode").text().unwrap_or("Learning");
    let mode = match word.to_ascii_lowercase().as_str() {
        "enforced" => Mode::Enforced,
        "learning" | "transition" | "audit" => Mode::Learning,
        _ => Mode::Unclear,
    };
    let says = match mode {
        Mode::Enforced => "puts it behind the perimeter, whose rules alone count (Enforced)".to_owned(),
        Mode::Learning => format!("puts it behind the perimeter, whose rules only add to its own ({word})"),
        Mode::Unclear => format!("puts it behind the perimeter in the mode {word}"),
    };
    let mut reach = Reach::default();
    reach.says(Step::new(id, Some(at), says));
    match body.at("profile.id").reference() {
        Reference::Id(profile) => rules(inventory, tags, &profile, &mut reach),
        Reference::None | Reference::Unknown => {
            let text = format!("the profile of {} is not known", inventory.get(at).id.name());
            reach.may_let_in(AddressSet::public(), Reason::new(text));
        }
    }
    Member { mode, reach }
}

fn rules(inventory: &Inventory, tags: &ServiceTags, profile: &ResourceId, reach: &mut Reach) {
    let Some(at) = inventory.find(profile) else {
        let reason = match inventory.completeness(profile, PROFILE) {
            Completeness::Complete => Reason::new(format!("{profile} is named, but was not found")),
            incomplete @ Completeness::Incomplete { .. } => Reason::of(&incomplete).about(profile.name()),
        };
        reach.may_let_in(AddressSet::public(), reason);
        return;
    };
    if let incomplete @ Completeness::Incomplete { .. } = inventory.children_complete(at, RULE) {
        reach.may_let_in(AddressSet::public(), Reason::of(&incomplete).about(profile.name()));
    }
    for rule in inventory.children(at, RULE) {
        if let Some(reason) = unread(inventory, rule) {
            reach.may_let_in(AddressSet::public(), reason);
            continue;
        }
        let body = View::of(inventory, rule).at("properties");
        // A rule without a direction can't be made; taken for inbound, it hides nothing.
        if body.at("direction").text().is_some_and(|word| word.eq_ignore_ascii_case("Outbound")) {
            continue;
        }
        let resource = inventory.get(rule);
        let mut names = Vec::new();
        for text in body.at("addressPrefixes").texts().chain(body.at("serviceTags").texts()) {
            names.push(text);
            if let Some(set) = AddressSet::parse(text).or_else(|| tags.find(text)) {
                reach.lets_in(&set);
            } else {
                let text = format!("access rule {} names {text:?}, which is unknown", resource.id.name());
                reach.may_let_in(AddressSet::public(), Reason::new(text));
            }
        }
        let ids = body.at("subscriptions").items().chain(body.at("networkSecurityPerimeters").items());
        names.extend(ids.filter_map(|item| item.at("id").text()));
        if !names.is_empty() {
            let says = format!("lets in {}", names.join(", "));
            reach.says(Step::new(resource.id.as_str(), Some(rule), says));
        }
    }
}
