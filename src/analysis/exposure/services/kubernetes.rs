//! API servers of Azure Kubernetes Service. What runs in a cluster is reached by its load balancers, which are
//! judged as interfaces are.
//!
//! A private cluster's API server has an address in the cluster's network only, whatever its name resolves
//! from. A public one without a list answers everyone; `0.0.0.0/32` in the list stands for nobody but the
//! cluster's own way out. Sources: <https://learn.microsoft.com/azure/aks/api-server-authorized-ip-ranges>,
//! <https://learn.microsoft.com/azure/aks/private-clusters>.

use super::ask::Ask;
use super::decide::rules;
use super::reach::Reach;
use super::spec::{Code, Filter, List, Spec};
use crate::inventory::index::ResourceIndex;

const CLUSTER: &str = "Microsoft.ContainerService/managedClusters";
const PRIVATE: &str = "properties.apiServerAccessProfile.enablePrivateCluster";
const PUBLIC_NAME: &str = "properties.apiServerAccessProfile.enablePrivateClusterPublicFQDN";

const RANGES: Spec = Spec {
    switch: None,
    filter: Filter::OpenUntilListed,
    lists: &[List::of("properties.apiServerAccessProfile.authorizedIPRanges", "")],
    ..Spec::of(CLUSTER)
};

pub(super) const SPECS: &[Spec] =
    &[Spec { code: Code::Firewall(cluster), more: &[(CLUSTER, None, &[PRIVATE, PUBLIC_NAME])], ..RANGES }];

fn cluster(ask: &Ask<'_>, at: ResourceIndex) -> Reach {
    match ask.flag(at, PRIVATE, false) {
        Ok(true) => {
            let mut closed = Reach::closed(ask.step(at, PRIVATE, "is true"));
            if ask.flag(at, PUBLIC_NAME, false) == Ok(true) {
                closed.says(ask.step(
                    at,
                    PUBLIC_NAME,
                    "is true: its private address stands in the public DNS",
                ));
            }
            closed
        }
        Ok(false) => rules(ask, &RANGES, at).after(ask.step(at, PRIVATE, "is not true")),
        Err(reason) => rules(ask, &RANGES, at).in_doubt(reason),
    }
}
