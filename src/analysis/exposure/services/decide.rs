//! From a type's entry in the table to the answer for one resource of it.

use super::answer::Service;
use super::ask::{Ask, shown};
use super::perimeter::Mode;
use super::reach::Reach;
use super::spec::{Absent, Code, Filter, List, Ranges, Spec};
use crate::analysis::exposure::address::AddressSet;
use crate::analysis::exposure::answer::{Reason, Step};
use crate::inventory::index::ResourceIndex;
use crate::inventory::value::Value;

/// How a switch stands.
pub(super) enum Position {
    On,
    Off,
    Perimeter,
    Unclear(Reason),
}

/// The answers for one resource: one for each of its endpoints.
pub(super) fn services(ask: &Ask<'_>, spec: &Spec, at: ResourceIndex) -> Vec<Service> {
    let endpoints = match spec.code {
        Code::Endpoints(code) => code(ask, spec, at),
        Code::None | Code::Firewall(_) => vec![("", by_table(ask, spec, at))],
    };
    let (leading, _) = ask.private_endpoints(at);
    let finish = |(suffix, mut reach): (&'static str, Reach)| {
        leading.iter().cloned().for_each(|step| reach.says(step));
        reach.finish(format!("{}{suffix}", ask.id(at)), at)
    };
    endpoints.into_iter().map(finish).collect()
}

/// What a resource's own switch and firewall let in, and its perimeter.
pub(super) fn by_table(ask: &Ask<'_>, spec: &Spec, at: ResourceIndex) -> Reach {
    switched(ask, spec, at, |ask| firewall(ask, spec, at))
}

/// What the firewall `own` lets in, behind the switch and the perimeter.
pub(super) fn switched(
    ask: &Ask<'_>,
    spec: &Spec,
    at: ResourceIndex,
    own: impl FnOnce(&Ask<'_>) -> Reach,
) -> Reach {
    for path in spec.inside {
        match ask.text(at, path) {
            Ok(None) => {}
            Ok(Some(_)) => return Reach::closed(ask.step(at, path, "puts it inside of a virtual network")),
            Err(reason) => return own(ask).in_doubt(reason),
        }
    }
    let (position, step) = position(ask, spec, at);
    let expected = matches!(position, Position::Perimeter);
    let member = match ask.perimeters.find(&ask.inventory.get(at).id, expected) {
        Ok(member) => member,
        Err(reason) => {
            let mut reach = behind_switch(ask, position, step, own);
            reach = reach.in_doubt(reason.clone());
            reach.may_let_in(AddressSet::public(), reason);
            return reach;
        }
    };
    let Some(member) = member else {
        return behind_switch(ask, position, step, own);
    };
    match member.mode {
        Mode::Enforced => member.reach.clone(),
        Mode::Learning => behind_switch(ask, position, step, own).beside(member.reach.clone()),
        Mode::Unclear => {
            let reason = Reason::new("the mode of its perimeter is not known");
            behind_switch(ask, position, step, own).beside(member.reach.clone()).in_doubt(reason)
        }
    }
}

fn behind_switch(
    ask: &Ask<'_>,
    position: Position,
    step: Option<Step>,
    own: impl FnOnce(&Ask<'_>) -> Reach,
) -> Reach {
    match (position, step) {
        (Position::Off | Position::Perimeter, Some(step)) => Reach::closed(step),
        (Position::Unclear(reason), _) => own(ask).in_doubt(reason),
        (_, Some(step)) => own(ask).after(step),
        (_, None) => own(ask),
    }
}

/// How the switch of a resource stands, and what it says.
pub(super) fn position(ask: &Ask<'_>, spec: &Spec, at: ResourceIndex) -> (Position, Option<Step>) {
    let Some(switch) = spec.switch else { return (Position::On, None) };
    let path = switch.path;
    let text = match ask.text(at, path) {
        Ok(text) => text,
        Err(reason) => return (Position::Unclear(reason), None),
    };
    if let Some(text) = text {
        let position = match text.to_ascii_lowercase().as_str() {
            "enabled" | "true" | "notspecified" => Position::On,
            "disabled" | "false" => Position::Off,
            "securedbyperimeter" => Position::Perimeter,
            _ => Position::Unclear(ask.strange(at, path)),
        };
        return (position, Some(ask.step(at, path, format!("is {text}"))));
    }
    let unset = |says: &str| Some(ask.step(at, path, says));
    match switch.absent {
        Absent::On => (Position::On, unset("is not set, which means Enabled")),
        Absent::Off => (Position::Off, unset("is not set, which means off")),
        Absent::Unknown => {
            let text =
                format!("{path} of {} is not set, and Azure doesn't document what that means", ask.id(at));
            (Position::Unclear(Reason::new(text)), None)
        }
        Absent::OnUntilEndpoint => match ask.private_endpoints(at) {
            (found, _) if !found.is_empty() => {
                (Position::Off, unset("is not set, and with a private endpoint that means Disabled"))
            }
            (_, None) => {
                (Position::On, unset("is not set, and without a private endpoint that means Enabled"))
            }
            (_, Some(reason)) => (Position::Unclear(reason.about("private endpoints")), None),
        },
    }
}

/// What the firewall of a resource lets in while its switch is on.
pub(super) fn firewall(ask: &Ask<'_>, spec: &Spec, at: ResourceIndex) -> Reach {
    let own = match spec.code {
        Code::Firewall(code) => code(ask, at),
        Code::None | Code::Endpoints(_) => rules(ask, spec, at),
    };
    match spec.behind {
        Some((path, port)) => own.behind(super::subnet::behind(ask, at, path, &[port])),
        None => own,
    }
}

/// What default action and lists let in.
pub(super) fn rules(ask: &Ask<'_>, spec: &Spec, at: ResourceIndex) -> Reach {
    let mut reach = Reach::default();
    if let Filter::Action(path) = spec.filter {
        match ask.text(at, path) {
            Ok(Some(text)) if text.eq_ignore_ascii_case("Deny") => reach.says(ask.step(at, path, "is Deny")),
            Ok(Some(text)) if text.eq_ignore_ascii_case("Allow") => {
                reach.says(ask.step(at, path, "is Allow"));
                reach.lets_in(AddressSet::public());
                return reach;
            }
            Ok(None) => {
                reach.says(ask.step(at, path, "is not set, which means Allow"));
                reach.lets_in(AddressSet::public());
                return reach;
            }
            Ok(Some(_)) => reach.may_let_in(AddressSet::public(), ask.strange(at, path)),
            Err(reason) => reach.may_let_in(AddressSet::public(), reason),
        }
    }
    let mut anything_listed = false;
    for list in spec.lists {
        anything_listed |= listed(ask, at, list, &mut reach);
    }
    for ranges in spec.ranges {
        // Where that can't be told, they may be asked.
        let asked = |path| match ask.text(at, path) {
            Ok(text) => text.is_some_and(|text| text.eq_ignore_ascii_case("Enabled")),
            Err(_) => true,
        };
        if !ranges.needs.is_none_or(asked) {
            continue;
        }
        anything_listed |= in_children(ask, at, ranges, &mut reach);
    }
    subnets(ask, spec, at, &mut reach);
    exceptions(ask, spec, at, &mut reach);
    let open = match spec.filter {
        Filter::None => true,
        Filter::OpenUntilListed => !anything_listed && reach.is_certain(),
        Filter::Action(_) | Filter::Listed => false,
    };
    if open {
        if matches!(spec.filter, Filter::OpenUntilListed) {
            let place = spec.lists.first().map(|list| list.path);
            let step = match (place, spec.ranges.first()) {
                (Some(path), _) => ask.step(at, path, "is empty, which lets everyone in"),
                (None, Some(ranges)) => {
                    let kind = ranges.kind.rsplit('/').next().unwrap_or(ranges.kind);
                    ask.resource(at, format!("has no {kind}, which lets everyone in"))
                }
                (None, None) => ask.resource(at, "has no list"),
            };
            reach.says(step);
        }
        reach.lets_in(AddressSet::public());
    }
    reach
}

/// Adds the sources of a list; says whether it has any element.
pub(super) fn listed(ask: &Ask<'_>, at: ResourceIndex, list: &List, reach: &mut Reach) -> bool {
    let items = match ask.items(at, list.path) {
        Ok(items) => items,
        Err(reason) => {
            reach.may_let_in(AddressSet::public(), reason);
            return false;
        }
    };
    for (index, item) in items.iter().enumerate() {
        let path = if list.field.is_empty() {
            format!("{}[{index}]", list.path)
        } else {
            format!("{}[{index}].{}", list.path, list.field)
        };
        let text = match element(ask, at, item, list.field) {
            Ok(text) => text,
            Err(reason) => {
                reach.may_let_in(AddressSet::public(), reason);
                continue;
            }
        };
        one(ask, ask.step(at, &path, ""), &text, list.mark, reach);
    }
    !items.is_empty()
}

fn element<'a>(ask: &Ask<'a>, at: ResourceIndex, item: &'a Value, field: &str) -> Result<String, Reason> {
    let text = match item {
        Value::Unknown => {
            return Err(Reason::new(format!(
                "a source in a list of {} is not known before deployment",
                ask.id(at)
            )));
        }
        item if field.is_empty() => Some(shown(item)),
        item => ask.text_in(at, item, field)?,
    };
    Ok(text.unwrap_or_default())
}

/// Adds one source of a list. `step` names the place.
pub(super) fn one(ask: &Ask<'_>, step: Step, text: &str, mark: bool, reach: &mut Reach) {
    if mark && matches!(text, "0.0.0.0" | "0.0.0.0/32") {
        all_of_azure(ask, step, reach);
        return;
    }
    if let Some(set) = ask.sources(text) {
        reach.lets_in(&set);
        reach.says(Step { says: format!("lets in {text}"), ..step });
    } else {
        let text = format!("{} is {text:?}, which is no address, prefix or known service tag", step.id);
        reach.may_let_in(AddressSet::public(), Reason::new(text));
    }
}

fn all_of_azure(ask: &Ask<'_>, step: Step, reach: &mut Reach) {
    match ask.azure() {
        Some(azure) => {
            reach.lets_in(&azure);
            let says = "lets in all of Azure: the machines of every customer (0.0.0.0)".to_owned();
            reach.says(Step { says, ..step });
        }
        None => {
            reach.may_let_in(
                AddressSet::public(),
                Reason::new("the addresses of Azure are not in the service tags"),
            );
        }
    }
}

/// Adds the sources of children with a first and a last address; says whether there is any.
fn in_children(ask: &Ask<'_>, at: ResourceIndex, ranges: &Ranges, reach: &mut Reach) -> bool {
    let (children, incomplete) = ask.children(at, ranges.kind);
    if let Some(reason) = incomplete {
        reach.may_let_in(AddressSet::public(), reason);
    }
    for &child in &children {
        let name = ask.inventory.get(child).id.name();
        let ends = ask.text(child, ranges.first).and_then(|first| Ok((first, ask.text(child, ranges.last)?)));
        let (first, last) = match ends {
            Ok(ends) => ends,
            Err(reason) => {
                reach.may_let_in(AddressSet::public(), reason);
                continue;
            }
        };
        let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
        if ranges.mark && first == "0.0.0.0" && last == "0.0.0.0" {
            all_of_azure(ask, ask.resource(child, ""), reach);
            continue;
        }
        let set =
            first.parse().ok().zip(last.parse().ok()).and_then(|(low, high)| AddressSet::range(low, high));
        if let Some(set) = set {
            reach.lets_in(&set);
            reach.says(ask.resource(child, format!("lets in {first} to {last}")));
        } else {
            let text = format!("firewall rule {name} goes from {first:?} to {last:?}, which is no range");
            reach.may_let_in(AddressSet::public(), Reason::new(text));
        }
    }
    !children.is_empty()
}

/// Subnets that are let in: no addresses of the Internet, but part of the answer.
fn subnets(ask: &Ask<'_>, spec: &Spec, at: ResourceIndex, reach: &mut Reach) {
    for (path, id) in spec.subnets {
        match ask.items(at, path) {
            Ok(items) => {
                for (index, item) in items.iter().enumerate() {
                    if let Ok(Some(subnet)) = ask.text_in(at, item, id) {
                        let path = format!("{path}[{index}]");
                        reach.says(ask.step(at, &path, format!("lets in subnet {subnet}")));
                    }
                }
            }
            Err(reason) => reach.doubt(reason),
        }
    }
    for (kind, _, path) in spec.subnet_children {
        // Which subnets there are changes nothing for the Internet, so unread ones leave the answer as it is.
        for child in ask.children(at, kind).0 {
            if let Ok(Some(subnet)) = ask.text(child, path) {
                reach.says(ask.resource(child, format!("lets in subnet {subnet}")));
            }
        }
    }
}

/// Azure's own services and named resources, wherever they are.
fn exceptions(ask: &Ask<'_>, spec: &Spec, at: ResourceIndex, reach: &mut Reach) {
    if let Some((path, absent)) = spec.bypass {
        let text = match ask.text(at, path) {
            Ok(text) => text.unwrap_or_else(|| absent.to_owned()),
            Err(_) => absent.to_owned(),
        };
        let none = matches!(text.to_ascii_lowercase().as_str(), "none" | "false");
        if !none {
            reach.says(ask.step(at, path, format!("lets in Azure's own services ({text})")));
        }
    }
    if let Some((path, field)) = spec.instances {
        for (index, item) in ask.items(at, path).unwrap_or_default().iter().enumerate() {
            if let Ok(text) = element(ask, at, item, field) {
                let path = format!("{path}[{index}]");
                reach.says(ask.step(at, &path, format!("lets in the resource {text}")));
            }
        }
    }
}
