//! SignalR and Web PubSub.
//!
//! Which kinds of requests the public side takes is one list, which addresses may come is another. Kinds are
//! not told apart here: whoever may send any of them gets through. Source:
//! <https://learn.microsoft.com/azure/azure-signalr/howto-network-access-control>.

use super::ask::{Ask, shown};
use super::ordered::{Rule, evaluate};
use super::reach::Reach;
use super::spec::{Code, Spec};
use crate::analysis::exposure::address::AddressSet;
use crate::analysis::exposure::answer::Reason;
use crate::inventory::index::ResourceIndex;

const SIGNALR: &str = "Microsoft.SignalRService/signalR";
const PUBSUB: &str = "Microsoft.SignalRService/webPubSub";
const ACTION: &str = "properties.networkACLs.defaultAction";
const ALLOWED: &str = "properties.networkACLs.publicNetwork.allow";
const DENIED: &str = "properties.networkACLs.publicNetwork.deny";
const ADDRESSES: &str = "properties.networkACLs.ipRules";
const READS: &[&str] = &[
    ACTION,
    "properties.networkACLs.publicNetwork.allow[*]",
    "properties.networkACLs.publicNetwork.deny[*]",
    "properties.networkACLs.ipRules[*].value",
    "properties.networkACLs.ipRules[*].action",
];
/// Kinds of requests.
const KINDS: [&str; 4] = ["clientconnection", "serverconnection", "restapi", "trace"];

pub(super) const SPECS: &[Spec] = &[
    Spec { code: Code::Firewall(firewall), more: &[(SIGNALR, None, READS)], ..Spec::of(SIGNALR) },
    Spec { code: Code::Firewall(firewall), more: &[(PUBSUB, None, READS)], ..Spec::of(PUBSUB) },
];

fn firewall(ask: &Ask<'_>, at: ResourceIndex) -> Reach {
    match inner(ask, at) {
        Ok(reach) => reach,
        Err(reason) => Reach::doubtful(reason),
    }
}

fn inner(ask: &Ask<'_>, at: ResourceIndex) -> Result<Reach, Reason> {
    let (open, word) = match ask.text(at, ACTION)? {
        // What was never set lets everyone in.
        None => (true, "is not set, which means Allow"),
        Some(word) if word.eq_ignore_ascii_case("Allow") => (true, "is Allow"),
        Some(word) if word.eq_ignore_ascii_case("Deny") => (false, "is Deny"),
        Some(_) => return Err(ask.strange(at, ACTION)),
    };
    let kinds = |path: &str| -> Result<Vec<String>, Reason> {
        Ok(ask.items(at, path)?.iter().map(|item| shown(item).to_ascii_lowercase()).collect())
    };
    let (allowed, denied) = (kinds(ALLOWED)?, kinds(DENIED)?);
    // An explicit list goes before the default; what is in both is denied.
    let takes = |kind: &&str| {
        let named = |list: &[String]| list.iter().any(|word| word == *kind);
        !named(&denied) && (named(&allowed) || (open && allowed.is_empty()))
    };
    let mut reach = Reach::default();
    reach.says(ask.step(at, ACTION, word));
    if !KINDS.iter().any(takes) {
        let path = if denied.is_empty() { ALLOWED } else { DENIED };
        reach.says(ask.step(at, path, "leaves the public network no kind of request"));
        return Ok(reach);
    }
    let mut rules = Vec::new();
    for (index, item) in ask.items(at, ADDRESSES)?.iter().enumerate() {
        let path = format!("{ADDRESSES}[{index}]");
        let value = ask.text_in(at, item, "value")?.unwrap_or_default();
        let action = ask.text_in(at, item, "action")?.unwrap_or_default();
        let allow = match action.to_ascii_lowercase().as_str() {
            "allow" => true,
            "deny" => false,
            _ => return Err(Reason::new(format!("{path} has an action that is not known"))),
        };
        let from = ask
            .sources(&value)
            .ok_or_else(|| Reason::new(format!("{path} names {value:?}, which is unknown")));
        let says = format!("{} {value}", if allow { "lets in" } else { "keeps out" });
        rules.push(Rule { allow, from, asks: false, step: ask.step(at, &path, says) });
    }
    if rules.is_empty() {
        reach.says(ask.step(at, ALLOWED, "lets everyone in, by the kinds of requests it takes"));
        reach.lets_in(AddressSet::public());
        return Ok(reach);
    }
    let says = if open { "lets in whom no rule names" } else { "keeps out whom no rule names" };
    Ok(reach.beside(evaluate(rules, open, ask.step(at, ACTION, says))))
}
