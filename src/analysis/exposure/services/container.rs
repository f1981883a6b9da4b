//! Container Apps with their environments, and Container Instances.
//!
//! An app answers the Internet if its ingress is external and its environment is not internal. Its rules are
//! all of one kind: those that allow keep everyone else out, those that deny let everyone else in. Network
//! security groups don't stand before the public endpoint. A container group with a public address has no
//! filter at all. Sources: <https://learn.microsoft.com/azure/container-apps/networking>,
//! <https://learn.microsoft.com/azure/container-apps/ip-restrictions>,
//! <https://learn.microsoft.com/azure/container-instances/container-instances-virtual-network-concepts>.

use super::ask::Ask;
use super::decide::switched;
use super::ordered::{Rule, evaluate};
use super::reach::Reach;
use super::spec::{Code, Spec};
use crate::analysis::exposure::address::AddressSet;
use crate::analysis::exposure::answer::Reason;
use crate::analysis::exposure::view::look_up;
use crate::inventory::id::ResourceId;
use crate::inventory::index::ResourceIndex;

const APP: &str = "Microsoft.App/containerApps";
const ENVIRONMENT: &str = "Microsoft.App/managedEnvironments";
const GROUP: &str = "Microsoft.ContainerInstance/containerGroups";
const INGRESS: &str = "properties.configuration.ingress";
const EXTERNAL: &str = "properties.configuration.ingress.external";
const PORTS: &str = "properties.configuration.ingress.additionalPortMappings";
const RULES: &str = "properties.configuration.ingress.ipSecurityRestrictions";
const INTERNAL: &str = "properties.vnetConfiguration.internal";
const KIND: &str = "properties.ipAddress.type";

pub(super) const SPECS: &[Spec] = &[
    Spec {
        code: Code::Endpoints(environment),
        more: &[(ENVIRONMENT, None, &[INTERNAL])],
        ..Spec::of(ENVIRONMENT)
    },
    Spec {
        switch: None,
        code: Code::Endpoints(app),
        more: &[(
            APP,
            None,
            &[
                EXTERNAL,
                "properties.configuration.ingress.targetPort",
                "properties.configuration.ingress.additionalPortMappings[*].external",
                "properties.configuration.ingress.ipSecurityRestrictions[*].action",
                "properties.configuration.ingress.ipSecurityRestrictions[*].ipAddressRange",
                "properties.environmentId",
                "properties.managedEnvironmentId",
            ],
        )],
        ..Spec::of(APP)
    },
    Spec {
        switch: None,
        code: Code::Firewall(group),
        more: &[(GROUP, None, &[KIND, "properties.ipAddress.ip"])],
        ..Spec::of(GROUP)
    },
];

const ENVIRONMENT_SWITCH: Spec = Spec::of(ENVIRONMENT);

fn environment(ask: &Ask<'_>, _: &Spec, at: ResourceIndex) -> Vec<(&'static str, Reach)> {
    vec![("", outer(ask, at))]
}

/// What an environment lets through to its apps.
fn outer(ask: &Ask<'_>, at: ResourceIndex) -> Reach {
    match ask.flag(at, INTERNAL, false) {
        Ok(true) => return Reach::closed(ask.step(at, INTERNAL, "is true: it is internal")),
        Ok(false) => {}
        Err(reason) => return Reach::doubtful(reason),
    }
    switched(ask, &ENVIRONMENT_SWITCH, at, |_| {
        let mut open = Reach::default();
        open.lets_in(AddressSet::public());
        open
    })
}

fn app(ask: &Ask<'_>, _: &Spec, at: ResourceIndex) -> Vec<(&'static str, Reach)> {
    vec![("", app_reach(ask, at))]
}

fn app_reach(ask: &Ask<'_>, at: ResourceIndex) -> Reach {
    match ask.find(at, INGRESS) {
        Ok(None) => return Reach::closed(ask.step(at, INGRESS, "is not set: it takes no calls")),
        Ok(Some(_)) => {}
        Err(reason) => return Reach::doubtful(reason),
    }
    let external = ask.flag(at, EXTERNAL, false);
    let mapped = ask.items(at, PORTS).and_then(|items| {
        let mut any = false;
        for item in items {
            any |= ask.text_in(at, item, "external")?.is_some_and(|text| text == "true");
        }
        Ok(any)
    });
    match (external, mapped) {
        (Ok(true), _) | (_, Ok(true)) => {}
        (Ok(false), Ok(false)) => {
            return Reach::closed(ask.step(at, EXTERNAL, "is not true: only its environment reaches it"));
        }
        (Err(reason), _) | (_, Err(reason)) => return Reach::doubtful(reason),
    }
    let outer = match environment_of(ask, at) {
        Ok(environment) => outer(ask, environment),
        Err(reason) => Reach::doubtful(reason),
    };
    if outer.is_closed() && outer.is_certain() {
        return outer;
    }
    outer.behind(restrictions(ask, at))
}

fn environment_of(ask: &Ask<'_>, at: ResourceIndex) -> Result<ResourceIndex, Reason> {
    let text = match ask.text(at, "properties.environmentId")? {
        Some(text) => Some(text),
        // What older API versions call it.
        None => ask.text(at, "properties.managedEnvironmentId")?,
    };
    let id = text.as_deref().and_then(ResourceId::parse);
    let missing =
        || Reason::new(format!("the environment of {} is not known", ask.inventory.get(at).id.name()));
    look_up(ask.inventory, &id.ok_or_else(missing)?, ENVIRONMENT)
}

fn restrictions(ask: &Ask<'_>, at: ResourceIndex) -> Reach {
    let items = match ask.items(at, RULES) {
        Ok(items) => items,
        Err(reason) => return Reach::doubtful(reason),
    };
    let mut rules = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let path = format!("{RULES}[{index}]");
        let parts = ask
            .text_in(at, item, "action")
            .and_then(|action| Ok((action, ask.text_in(at, item, "ipAddressRange")?.unwrap_or_default())));
        let (action, range) = match parts {
            Ok(parts) => parts,
            Err(reason) => return Reach::doubtful(reason),
        };
        let allow = match action.map(|word| word.to_ascii_lowercase()).as_deref() {
            Some("allow") => true,
            Some("deny") => false,
            _ => return Reach::doubtful(Reason::new(format!("{path} has an action that is not known"))),
        };
        let from = ask
            .sources(&range)
            .ok_or_else(|| Reason::new(format!("{path} names {range:?}, which is unknown")));
        let says = format!("{} {range}", if allow { "lets in" } else { "keeps out" });
        rules.push(Rule { allow, from, asks: false, step: ask.step(at, &path, says) });
    }
    let rest_allowed = !rules.iter().any(|rule| rule.allow);
    // All are of one kind, so that their order doesn't matter; what denies goes first, where code mixes them.
    rules.sort_by_key(|rule| rule.allow);
    let says = if rest_allowed { "lets in everyone else" } else { "keeps out everyone else" };
    evaluate(rules, rest_allowed, ask.step(at, RULES, says))
}

fn group(ask: &Ask<'_>, at: ResourceIndex) -> Reach {
    match ask.find(at, "properties.ipAddress") {
        Ok(None) => {
            return Reach::closed(ask.step(at, "properties.ipAddress", "is not set: it answers nobody"));
        }
        Ok(Some(_)) => {}
        Err(reason) => return Reach::doubtful(reason),
    }
    match ask.text(at, KIND) {
        Ok(Some(kind)) if kind.eq_ignore_ascii_case("Private") => {
            Reach::closed(ask.step(at, KIND, "is Private"))
        }
        Ok(Some(kind)) if kind.eq_ignore_ascii_case("Public") => {
            let mut open = Reach::default();
            open.says(ask.step(at, KIND, "is Public, and nothing filters it"));
            open.lets_in(AddressSet::public());
            open
        }
        Ok(_) => Reach::doubtful(ask.strange(at, KIND)),
        Err(reason) => Reach::doubtful(reason),
    }
}
