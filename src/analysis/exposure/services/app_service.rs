//! App Service and Functions with their slots, their deployment sites (SCM), App Service Environments and
//! Static Web Apps.
//!
//! A site has two endpoints: the app, and the deployment site (`#scm`), which has rules of its own unless it is
//! told to use the app's. Rules are asked by priority, the first that matches speaks; whom none speaks of is
//! let in, or kept out as soon as there is any rule, unless the default action says otherwise. A switch that
//! was never set is on until the first private endpoint. In an internal environment apps have no public
//! address; in an external one the network security group of its subnet stands before them. Sources:
//! <https://learn.microsoft.com/azure/app-service/overview-access-restrictions>,
//! <https://learn.microsoft.com/azure/app-service/app-service-ip-restrictions>,
//! <https://learn.microsoft.com/azure/app-service/environment/networking>.

use super::ask::Ask;
use super::decide::switched;
use super::ordered::{Rule, evaluate};
use super::reach::Reach;
use super::spec::{Code, SWITCH_UNTIL_ENDPOINT, Spec};
use super::subnet;
use crate::analysis::exposure::address::AddressSet;
use crate::analysis::exposure::answer::Reason;
use crate::analysis::exposure::view::look_up;
use crate::inventory::id::ResourceId;
use crate::inventory::index::ResourceIndex;
use crate::inventory::value::Value;

const SITE: &str = "Microsoft.Web/sites";
const SLOT: &str = "Microsoft.Web/sites/slots";
const SITE_CONFIG: &str = "Microsoft.Web/sites/config";
const SLOT_CONFIG: &str = "Microsoft.Web/sites/slots/config";
const ENVIRONMENT: &str = "Microsoft.Web/hostingEnvironments";
const HOSTED_BY: &str = "properties.hostingEnvironmentProfile.id";
const BALANCING: &str = "properties.internalLoadBalancingMode";
const API_VERSION: &str = "2024-04-01";
/// Priority of a rule that has none.
const LAST: f64 = 65_000.0;

const CONFIG_READS: &[&str] = &[
    "name",
    "properties.ipSecurityRestrictions[*].action",
    "properties.ipSecurityRestrictions[*].priority",
    "properties.ipSecurityRestrictions[*].ipAddress",
    "properties.ipSecurityRestrictions[*].subnetMask",
    "properties.ipSecurityRestrictions[*].tag",
    "properties.ipSecurityRestrictions[*].vnetSubnetResourceId",
    "properties.ipSecurityRestrictions[*].headers.{*}[*]",
    "properties.ipSecurityRestrictionsDefaultAction",
    "properties.scmIpSecurityRestrictions[*].action",
    "properties.scmIpSecurityRestrictions[*].priority",
    "properties.scmIpSecurityRestrictions[*].ipAddress",
    "properties.scmIpSecurityRestrictions[*].subnetMask",
    "properties.scmIpSecurityRestrictions[*].tag",
    "properties.scmIpSecurityRestrictions[*].vnetSubnetResourceId",
    "properties.scmIpSecurityRestrictions[*].headers.{*}[*]",
    "properties.scmIpSecurityRestrictionsDefaultAction",
    "properties.scmIpSecurityRestrictionsUseMain",
];
/// The same where a site carries it itself, in code.
const OWN_READS: &[&str] = &[
    HOSTED_BY,
    "properties.state",
    "properties.siteConfig.ipSecurityRestrictions[*].action",
    "properties.siteConfig.ipSecurityRestrictions[*].priority",
    "properties.siteConfig.ipSecurityRestrictions[*].ipAddress",
    "properties.siteConfig.ipSecurityRestrictions[*].subnetMask",
    "properties.siteConfig.ipSecurityRestrictions[*].tag",
    "properties.siteConfig.ipSecurityRestrictions[*].vnetSubnetResourceId",
    "properties.siteConfig.ipSecurityRestrictions[*].headers.{*}[*]",
    "properties.siteConfig.ipSecurityRestrictionsDefaultAction",
    "properties.siteConfig.scmIpSecurityRestrictions[*].action",
    "properties.siteConfig.scmIpSecurityRestrictions[*].priority",
    "properties.siteConfig.scmIpSecurityRestrictions[*].ipAddress",
    "properties.siteConfig.scmIpSecurityRestrictions[*].subnetMask",
    "properties.siteConfig.scmIpSecurityRestrictions[*].tag",
    "properties.siteConfig.scmIpSecurityRestrictions[*].vnetSubnetResourceId",
    "properties.siteConfig.scmIpSecurityRestrictions[*].headers.{*}[*]",
    "properties.siteConfig.scmIpSecurityRestrictionsDefaultAction",
    "properties.siteConfig.scmIpSecurityRestrictionsUseMain",
];
const ENVIRONMENT_READS: &[&str] = &[BALANCING, "properties.virtualNetwork.id"];

pub(super) const SPECS: &[Spec] = &[
    Spec {
        switch: Some(SWITCH_UNTIL_ENDPOINT),
        code: Code::Endpoints(site),
        more: &[
            (SITE, None, OWN_READS),
            (SITE_CONFIG, Some(API_VERSION), CONFIG_READS),
            (ENVIRONMENT, None, ENVIRONMENT_READS),
        ],
        ..Spec::of(SITE)
    },
    Spec {
        switch: Some(SWITCH_UNTIL_ENDPOINT),
        code: Code::Endpoints(site),
        more: &[(SLOT, Some(API_VERSION), OWN_READS), (SLOT_CONFIG, Some(API_VERSION), CONFIG_READS)],
        ..Spec::of(SLOT)
    },
    Spec::of("Microsoft.Web/staticSites"),
];

/// Where a site's configuration stands.
#[derive(Clone, Copy)]
struct Config {
    at: ResourceIndex,
    /// Path before the names.
    prefix: &'static str,
}

impl Config {
    fn path(self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }
}

fn site(ask: &Ask<'_>, spec: &Spec, at: ResourceIndex) -> Vec<(&'static str, Reach)> {
    ["", "#scm"]
        .map(|suffix| {
            let scm = !suffix.is_empty();
            let reach = match hosted(ask, at, scm) {
                Some(outer) if outer.is_closed() && outer.is_certain() => outer,
                Some(outer) => switched(ask, spec, at, |ask| outer.behind(restrictions(ask, at, scm))),
                None => switched(ask, spec, at, |ask| restrictions(ask, at, scm)),
            };
            (suffix, reach)
        })
        .into()
}

/// What an App Service Environment lets through to its sites; `None` for a site without one.
fn hosted(ask: &Ask<'_>, at: ResourceIndex, scm: bool) -> Option<Reach> {
    let id = match ask.text(at, HOSTED_BY) {
        Ok(None) => return None,
        Ok(Some(text)) => ResourceId::parse(&text).ok_or_else(|| ask.strange(at, HOSTED_BY)),
        Err(reason) => Err(reason),
    };
    let environment = match id.and_then(|id| look_up(ask.inventory, &id, ENVIRONMENT)) {
        Ok(environment) => environment,
        Err(reason) => return Some(Reach::doubtful(reason)),
    };
    let mode = match ask.text(environment, BALANCING) {
        Ok(mode) => mode.unwrap_or_else(|| "None".to_owned()),
        Err(reason) => return Some(Reach::doubtful(reason)),
    };
    let part = if scm { "publishing" } else { "web" };
    // "3" is how older API versions say "Web, Publishing"; the apps' front serves both at port 443.
    let internal = mode.split([',', ' ']).any(|word| word.eq_ignore_ascii_case(part) || word == "3")
        || (scm && mode.to_ascii_lowercase().contains("web"));
    if internal {
        return Some(Reach::closed(ask.step(environment, BALANCING, format!("is {mode}: it is internal"))));
    }
    Some(subnet::behind(ask, environment, "properties.virtualNetwork.id", &[80, 443]))
}

fn restrictions(ask: &Ask<'_>, at: ResourceIndex, scm: bool) -> Reach {
    let slot = ask.inventory.type_of(at).eq_ignore_ascii_case(SLOT);
    let (children, incomplete) = ask.children(at, if slot { SLOT_CONFIG } else { SITE_CONFIG });
    let web =
        children.into_iter().find(|child| ask.inventory.get(*child).id.name().eq_ignore_ascii_case("web"));
    let config = match (web, incomplete) {
        (Some(web), _) => Config { at: web, prefix: "properties." },
        (None, None) => Config { at, prefix: "properties.siteConfig." },
        // Code carries the configuration in the site itself.
        (None, Some(reason)) => match ask.find(at, "properties.siteConfig") {
            Ok(Some(_)) if !ask.lives_as_app(at) => Config { at, prefix: "properties.siteConfig." },
            _ => return Reach::doubtful(reason),
        },
    };
    let use_main = if scm {
        ask.flag(config.at, &config.path("scmIpSecurityRestrictionsUseMain"), false)
    } else {
        Ok(true)
    };
    let (list, default) = match use_main {
        Ok(true) => ("ipSecurityRestrictions", "ipSecurityRestrictionsDefaultAction"),
        Ok(false) => ("scmIpSecurityRestrictions", "scmIpSecurityRestrictionsDefaultAction"),
        Err(reason) => return Reach::doubtful(reason),
    };
    ordered(ask, config, list, default)
}

fn ordered(ask: &Ask<'_>, config: Config, list: &str, default: &str) -> Reach {
    let (path, default) = (config.path(list), config.path(default));
    let items = match ask.items(config.at, &path) {
        Ok(items) => items,
        Err(reason) => return Reach::doubtful(reason),
    };
    let mut rules: Vec<(f64, Rule)> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match rule(ask, config.at, item, &format!("{path}[{index}]")) {
            Ok(rule) => rules.push(rule),
            Err(reason) => return Reach::doubtful(reason),
        }
    }
    // Of equal priorities the list's order decides.
    rules.sort_by(|one, two| one.0.total_cmp(&two.0));
    let listed = !rules.is_empty();
    let (allowed, says) = match ask.text(config.at, &default) {
        Ok(Some(word)) if word.eq_ignore_ascii_case("Allow") => (true, "is Allow"),
        Ok(Some(word)) if word.eq_ignore_ascii_case("Deny") => (false, "is Deny"),
        Ok(None) if listed => (false, "is not set, which with a rule means Deny"),
        Ok(None) => (true, "is not set, which without a rule means Allow"),
        Ok(Some(_)) => return Reach::doubtful(ask.strange(config.at, &default)),
        Err(reason) => return Reach::doubtful(reason),
    };
    let rest = ask.step(config.at, &default, says);
    evaluate(rules.into_iter().map(|(_, rule)| rule).collect(), allowed, rest)
}

fn rule<'a>(ask: &Ask<'a>, at: ResourceIndex, item: &'a Value, path: &str) -> Result<(f64, Rule), Reason> {
    let text = |name: &str| ask.text_in(at, item, name);
    let unclear = |what: &str| Reason::new(format!("{path} of {} {what}", ask.inventory.get(at).id.name()));
    let priority = match text("priority")? {
        Some(number) => number.parse::<f64>().map_err(|_| unclear("has no number as priority"))?,
        None => LAST,
    };
    let allow = match text("action")?.map(|word| word.to_ascii_lowercase()).as_deref() {
        // A rule without an action allows.
        None | Some("allow") => true,
        Some("deny") => false,
        Some(_) => return Err(unclear("has an action that is not known")),
    };
    let headers = headers(ask, item);
    let (address, subnet) = (text("ipAddress")?, text("vnetSubnetResourceId")?);
    let (from, whom) = match (address, subnet) {
        _ if text("tag")?.is_some_and(|tag| tag.eq_ignore_ascii_case("XffProxy")) => {
            (Err(unclear("goes by the addresses that a proxy reports")), "whom a proxy reports".to_owned())
        }
        (Some(address), _) => {
            let mask = text("subnetMask")?;
            (
                sources(ask, &address, mask.as_deref())
                    .ok_or_else(|| unclear(&format!("names {address:?}, which is unknown"))),
                address,
            )
        }
        (None, Some(subnet)) => (Ok(AddressSet::default()), format!("subnet {subnet}")),
        (None, None) => (Err(unclear("names neither an address nor a subnet")), "nobody".to_owned()),
    };
    let mut says = format!("{} {whom}", if allow { "lets in" } else { "keeps out" });
    if !headers.is_empty() {
        says.push_str(&format!(" if the header {} is right", headers.join(", ")));
    }
    let step = ask.step(at, path, says);
    Ok((priority, Rule { allow, from, asks: !headers.is_empty(), step }))
}

/// Addresses, separated by commas, each with a prefix or (in old rules) the mask beside it; `Any`; a service
/// tag.
fn sources(ask: &Ask<'_>, text: &str, mask: Option<&str>) -> Option<AddressSet> {
    let mut out = AddressSet::default();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let with_mask = mask
            .filter(|_| !part.contains('/'))
            .and_then(|mask| mask.parse::<std::net::Ipv4Addr>().ok())
            .map(|mask| format!("{part}/{}", u32::from(mask).leading_ones()));
        out = out.union(&ask.sources(with_mask.as_deref().unwrap_or(part))?);
    }
    Some(out)
}

/// The names of the headers that a rule asks for.
fn headers(ask: &Ask<'_>, item: &Value) -> Vec<String> {
    let headers = ask.inventory.keys.find("headers").and_then(|key| item.member(key));
    let mut names: Vec<String> = match headers {
        Some(Value::Object(members)) => members
            .iter()
            .filter(|(_, value)| matches!(value, Value::Array(values) if !values.is_empty()))
            .map(|(key, _)| ask.inventory.keys.spelling(*key).to_owned())
            .collect(),
        _ => Vec::new(),
    };
    names.sort_unstable();
    names
}

impl Ask<'_> {
    /// Whether a site lives in Azure: then its `siteConfig` is a stub in every list.
    fn lives_as_app(&self, at: ResourceIndex) -> bool {
        self.lives(at) || matches!(self.find(at, "properties.state"), Ok(Some(_)))
    }
}
