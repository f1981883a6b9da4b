//! Logic apps (Consumption): the addresses that may call their triggers. Those of the Standard tier are apps.
//!
//! Without a list everyone may call who has the address; an empty list is for other logic apps only. A workflow
//! without a trigger that can be called takes no calls. Source:
//! <https://learn.microsoft.com/azure/logic-apps/logic-apps-securing-a-logic-app>.

use super::ask::Ask;
use super::decide::listed;
use super::reach::Reach;
use super::spec::{Code, List, Spec};
use crate::analysis::exposure::address::AddressSet;
use crate::inventory::index::ResourceIndex;
use crate::inventory::value::Value;

const WORKFLOW: &str = "Microsoft.Logic/workflows";
const TRIGGERS: &str = "properties.definition.triggers";
const CALLERS: List = List::of("properties.accessControl.triggers.allowedCallerIpAddresses", "addressRange");
/// Types of triggers that wait for a call.
const CALLED: [&str; 2] = ["Request", "HttpWebhook"];

pub(super) const SPECS: &[Spec] = &[Spec {
    switch: None,
    lists: &[CALLERS],
    code: Code::Firewall(workflow),
    more: &[(WORKFLOW, None, &["properties.state", "properties.definition.triggers.{*}.type"])],
    ..Spec::of(WORKFLOW)
}];

fn workflow(ask: &Ask<'_>, at: ResourceIndex) -> Reach {
    match ask.text(at, "properties.state") {
        Ok(Some(state)) if state.eq_ignore_ascii_case("Disabled") => {
            return Reach::closed(ask.step(at, "properties.state", "is Disabled: it refuses all calls"));
        }
        Ok(_) => {}
        Err(reason) => return Reach::doubtful(reason),
    }
    match called(ask, at) {
        Some(true) => {}
        Some(false) => return Reach::closed(ask.step(at, TRIGGERS, "hold none that can be called")),
        None => return allowed(ask, at).in_doubt(ask.strange(at, TRIGGERS)),
    }
    allowed(ask, at)
}

/// Whether a trigger waits for calls; `None` where the triggers are not known.
fn called(ask: &Ask<'_>, at: ResourceIndex) -> Option<bool> {
    let Ok(Some(Value::Object(triggers))) = ask.find(at, TRIGGERS) else { return None };
    let mut unclear = false;
    for (_, trigger) in triggers {
        match ask.text_in(at, trigger, "type") {
            Ok(Some(kind)) if CALLED.iter().any(|known| known.eq_ignore_ascii_case(&kind)) => {
                return Some(true);
            }
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => unclear = true,
        }
    }
    (!unclear).then_some(false)
}

fn allowed(ask: &Ask<'_>, at: ResourceIndex) -> Reach {
    let mut reach = Reach::default();
    match ask.find(at, CALLERS.path) {
        Ok(None) => {
            reach.says(ask.step(at, CALLERS.path, "is not set, which lets everyone in who has the address"));
            reach.lets_in(AddressSet::public());
        }
        Ok(Some(_)) => {
            if !listed(ask, at, &CALLERS, &mut reach) && reach.is_certain() {
                reach.says(ask.step(at, CALLERS.path, "is empty, which lets in other logic apps only"));
            }
        }
        Err(reason) => reach.may_let_in(AddressSet::public(), reason),
    }
    reach
}
