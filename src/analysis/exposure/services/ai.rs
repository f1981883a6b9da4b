//! Azure AI: Cognitive Services with Azure OpenAI, AI Search, Machine Learning.
//!
//! A search service without rules lets everyone in. A project of Azure AI Foundry has no network settings of its
//! own; its hub decides. Sources:
//! <https://learn.microsoft.com/azure/ai-services/cognitive-services-virtual-networks>,
//! <https://learn.microsoft.com/azure/search/service-configure-firewall>,
//! <https://learn.microsoft.com/azure/machine-learning/how-to-configure-private-link>.

use super::ask::Ask;
use super::decide::switched;
use super::reach::Reach;
use super::spec::{Code, Filter, List, Spec};
use crate::analysis::exposure::address::AddressSet;
use crate::analysis::exposure::answer::Reason;
use crate::analysis::exposure::view::look_up;
use crate::inventory::id::ResourceId;
use crate::inventory::index::ResourceIndex;

const WORKSPACE: &str = "Microsoft.MachineLearningServices/workspaces";
const HUB: &str = "properties.hubResourceId";

pub(super) const SPECS: &[Spec] = &[
    Spec {
        filter: Filter::Action("properties.networkAcls.defaultAction"),
        lists: &[List::of("properties.networkAcls.ipRules", "value")],
        subnets: &[("properties.networkAcls.virtualNetworkRules", "id")],
        bypass: Some(("properties.networkAcls.bypass", "None")),
        ..Spec::of("Microsoft.CognitiveServices/accounts")
    },
    Spec {
        filter: Filter::OpenUntilListed,
        lists: &[List::of("properties.networkRuleSet.ipRules", "value")],
        bypass: Some(("properties.networkRuleSet.bypass", "None")),
        ..Spec::of("Microsoft.Search/searchServices")
    },
    Spec {
        code: Code::Endpoints(workspace),
        more: &[(WORKSPACE, None, &["kind", HUB])],
        ..Spec::of(WORKSPACE)
    },
    Spec::of("Microsoft.MachineLearningServices/registries"),
];

fn workspace(ask: &Ask<'_>, spec: &Spec, at: ResourceIndex) -> Vec<(&'static str, Reach)> {
    let kind = ask.text(at, "kind").unwrap_or_default().unwrap_or_default();
    if !kind.eq_ignore_ascii_case("Project") {
        return vec![("", switch_only(ask, spec, at))];
    }
    let hub = ask.text(at, HUB).and_then(|text| {
        let id = text.as_deref().and_then(ResourceId::parse);
        let missing = || Reason::new(format!("the hub of {} is not known", ask.inventory.get(at).id.name()));
        look_up(ask.inventory, &id.ok_or_else(missing)?, WORKSPACE)
    });
    let reach = match hub {
        // A hub is no project, so this goes no deeper.
        Ok(hub) => switch_only(ask, spec, hub),
        Err(reason) => Reach::doubtful(reason),
    };
    vec![("", reach)]
}

fn switch_only(ask: &Ask<'_>, spec: &Spec, at: ResourceIndex) -> Reach {
    switched(ask, spec, at, |_| {
        let mut open = Reach::default();
        open.lets_in(AddressSet::public());
        open
    })
}
