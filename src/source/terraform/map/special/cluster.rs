//! Kubernetes clusters and their pools.

use super::Of;
use crate::source::code::node::{Content, Node};
use crate::source::terraform::map::build::{Addition, empty, rows, write};
use crate::source::terraform::map::change::{boolean, change};
use crate::source::terraform::map::merge::merge;
use crate::source::terraform::map::pick::{argument, is_empty};
use crate::source::terraform::map::place::set;
use crate::source::terraform::map::table::{self, How};

impl Of<'_> {
    pub(super) fn cluster(&self, body: &mut Node) {
        // Since version 4 of the provider there is no other integration with Entra ID than the managed one.
        if let (true, Some(block)) = (
            self.context.version.major >= 4,
            // A plan says of a block that isn't there that there are none.
            self.argument("azure_active_directory_role_based_access_control")
                .filter(|block| !is_empty(block)),
        ) {
            write(body, "properties.aadProfile.managed", change(&How::Present("true"), block, ""));
        }
        let pool = self.argument("default_node_pool");
        let pool = pool.as_ref().and_then(|pool| pool.elements().map_or(Some(pool), <[_]>::first));
        let only = pool.and_then(|pool| argument(pool, "only_critical_addons_enabled"));
        if let Some(only) = only.filter(|only| boolean(only) == Some(true)) {
            let taint = Node::text("CriticalAddonsOnly=true:NoSchedule", only.span);
            let taints = Node::new(Content::Array(vec![taint]), only.span);
            let pool = Node::new(Content::Object(vec![("nodeTaints".to_owned(), taints)]), only.span);
            if let Some(first) = first_pool(body) {
                merge(first, pool, true);
            }
        }
    }

    pub(super) fn node_pool(&self) -> Addition {
        let mut pool = empty(self.resource);
        if let Some(name) = self.argument("name") {
            set(&mut pool, "name", name);
        }
        set(
            &mut pool,
            "mode",
            self.argument("mode").unwrap_or_else(|| Node::text("User", self.resource.block)),
        );
        let mut own = empty(self.resource);
        if let Some(kind) = table::kind(&self.resource.kind) {
            rows(&mut own, &kind.rows, self.resource, self.context, self.id);
        }
        if let Content::Object(members) = own.content {
            for (_, properties) in members {
                merge(&mut pool, properties, false);
            }
        }
        let at = self.resource.block;
        let pools = Node::new(Content::Array(vec![pool]), at);
        let properties = Node::new(Content::Object(vec![("agentPoolProfiles".to_owned(), pools)]), at);
        let cluster = argument(&self.resource.arguments, "kubernetes_cluster_id");
        Addition {
            address: format!("terraform:{}{}", self.context.prefix, self.resource.address),
            origin: self.resource.address.clone(),
            kind: self.resource.kind.clone(),
            target: cluster.and_then(|cluster| self.context.names.target_of(cluster)),
            arm: "Microsoft.ContainerService/managedClusters".to_owned(),
            body: Node::new(Content::Object(vec![("properties".to_owned(), properties)]), at),
            block: at,
            wins: false,
        }
    }
}

fn first_pool(body: &mut Node) -> Option<&mut Node> {
    let Content::Object(members) = &mut body.content else { return None };
    let (_, properties) = members.iter_mut().find(|(name, _)| name == "properties")?;
    let Content::Object(members) = &mut properties.content else { return None };
    let (_, pools) = members.iter_mut().find(|(name, _)| name == "agentPoolProfiles")?;
    let Content::Array(pools) = &mut pools.content else { return None };
    pools.first_mut()
}
