//! The calls of a plan in words: what a scan is going to ask, before it asks.

use super::plan::{Plan, ScopedList};

impl Plan {
    /// The calls in words, one a line, in the order they are made.
    pub fn calls(&self) -> Vec<String> {
        let tables = self.tables.iter().map(|read| match &read.kind {
            Some(kind) => format!("POST {} of {kind}", read.table),
            None => format!("POST {}", read.table),
        });
        let children = self
            .children
            .iter()
            .map(|list| format!("GET {{{}}}/{}?api-version={}", list.parent, list.path, list.api_version));
        let at = |on: &str, list: &ScopedList| {
            format!("GET {on}/providers/{}?api-version={}", list.address, list.api_version)
        };
        let scoped = self.scoped.iter().flat_map(|list| {
            let on = list.on.iter().map(|on| at(&format!("{{{on}}}"), list));
            let once = list.on.is_empty().then(|| at("{subscription}", list));
            once.into_iter().chain(on).collect::<Vec<_>>()
        });
        let tenant = self.tenant.iter().map(|list| at("", list));
        let details = self.details.iter().map(|detail| {
            format!("GET {{{}}}?api-version={}{}", detail.kind, detail.api_version, detail.query)
        });
        let vaults = self.vaults.iter().map(|list| format!("GET {{vaultUri}}/{}", list.items.segment()));
        let graph = self.graph.iter().map(|read| format!("GET {}", read.path));
        let graph_children = self
            .graph_children
            .iter()
            .map(|(list, whose)| format!("GET {}/{{{whose:?}}}/{}", list.collection, list.path));
        let arm = tables.chain(children).chain(scoped).chain(tenant).chain(details);
        arm.chain(vaults).chain(graph).chain(graph_children).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::keyvault::VaultNeeds;
    use crate::inventory::reads::Reads;
    use crate::source::live::plan::SUBSCRIPTIONS;

    fn reads(types: &[(&str, Option<&str>, &[&str])]) -> Reads {
        let mut reads = Reads::default();
        for (kind, version, paths) in types {
            let entry = reads.entry(kind);
            entry.api_version = version.map(str::to_owned);
            entry.paths = paths.iter().map(|path| (*path).to_owned()).collect();
        }
        reads
    }

    fn calls(types: &[(&str, Option<&str>, &[&str])]) -> Vec<String> {
        Plan::of(&reads(types)).calls()
    }

    #[test]
    fn nothing_is_read_for_no_rule() {
        assert_eq!(Plan::of(&Reads::default()), Plan::default());
    }

    #[test]
    fn rows_and_tables() {
        let types: &[(&str, Option<&str>, &[&str])] = &[
            ("Microsoft.Storage/storageAccounts", None, &[]),
            ("Microsoft.Network/virtualNetworks/subnets", None, &[]),
            ("Microsoft.Authorization/roleAssignments", None, &[]),
            ("Microsoft.Resources/resourceGroups", None, &[]),
        ];
        assert_eq!(
            calls(types),
            ["POST authorizationresources", "POST resourcecontainers", "POST resources"]
        );
        assert_eq!(Plan::of(&reads(types)).nested, ["Microsoft.Network/virtualNetworks/subnets"]);
    }

    #[test]
    fn children_bring_their_parents() {
        assert_eq!(
            calls(&[
                ("Microsoft.Sql/servers/databases/transparentDataEncryption", Some("2023-08-01"), &[]),
                ("Microsoft.Web/sites/config", None, &[]),
                ("Microsoft.Storage/storageAccounts/blobServices", Some("2024-01-01"), &[]),
            ]),
            [
                "POST resources",
                "GET {Microsoft.Sql/servers}/databases?api-version=2023-08-01",
                "GET {Microsoft.Storage/storageAccounts}/blobServices?api-version=2024-01-01",
                "GET {Microsoft.Web/sites}/config/web?api-version=2024-04-01",
                "GET {Microsoft.Sql/servers/databases}/transparentDataEncryption?api-version=2023-08-01",
            ]
        );
    }

    #[test]
    fn single_gets_only_where_a_rule_reads_what_rows_lack() {
        let site = |path| calls(&[("Microsoft.Web/sites", Some("2024-04-01"), &[path])]);
        assert_eq!(site("properties.httpsOnly"), ["POST resources"]);
        assert_eq!(
            site("properties.siteConfig.ftpsState"),
            ["POST resources", "GET {Microsoft.Web/sites}?api-version=2024-04-01"]
        );
    }

    #[test]
    fn extensions_subscriptions_vaults_and_graph() {
        let mut reads = reads(&[
            ("Microsoft.Insights/diagnosticSettings", None, &[]),
            ("Microsoft.Authorization/locks", None, &[]),
            ("Microsoft.Security/pricings", None, &[]),
            (
                "Microsoft.KeyVault/vaults/keys",
                None,
                &["properties.rotationPolicy.lifetimeActions[*].action.type"],
            ),
            ("Microsoft.Graph/domain", None, &[]),
        ]);
        reads.entry("Microsoft.Insights/diagnosticSettings").on =
            ["Microsoft.KeyVault/vaults", SUBSCRIPTIONS].map(str::to_owned).into();
        let plan = Plan::of(&reads);
        assert_eq!(
            plan.calls(),
            [
                "POST resources",
                "GET {subscription}/providers/Microsoft.Authorization/locks?api-version=2020-05-01",
                "GET {Microsoft.KeyVault/vaults}/providers/Microsoft.Insights/diagnosticSettings?api-version=2021-05-01-preview",
                "GET {Microsoft.Resources/subscriptions}/providers/Microsoft.Insights/diagnosticSettings?api-version=2021-05-01-preview",
                "GET {subscription}/providers/Microsoft.Security/pricings?api-version=2024-01-01",
                "GET {vaultUri}/keys",
                "GET /v1.0/domains",
            ]
        );
        assert_eq!(plan.vaults[0].needs, VaultNeeds { rotation_policy: true, ..VaultNeeds::default() });
    }

    #[test]
    fn a_type_without_a_call_is_named() {
        let plan = Plan::of(&reads(&[
            ("Microsoft.Strange/things/parts", None, &[]),
            ("Microsoft.Graph/unheardOf", None, &[]),
            ("Microsoft.Graph/group/unheardOf", None, &[]),
            ("Microsoft.Security/secureScores", Some("2020-01-01"), &[]),
            ("Microsoft.Security/locations/tasks", Some("2015-06-01-preview"), &[]),
            // Nobody says on which resources.
            ("Microsoft.Insights/diagnosticSettings", None, &[]),
        ]));
        assert_eq!(
            plan.no_endpoint,
            [
                "Microsoft.Graph/group/unheardOf",
                "Microsoft.Graph/unheardOf",
                "Microsoft.Insights/diagnosticSettings",
                "Microsoft.Security/locations/tasks",
                "Microsoft.Security/secureScores",
                "Microsoft.Strange/things/parts"
            ]
        );
        assert!(plan.calls().is_empty());
    }

    #[test]
    fn tables_with_too_much_in_them_are_read_by_type() {
        assert_eq!(
            calls(&[
                ("Microsoft.Security/assessments", None, &[]),
                ("Microsoft.Security/locations/alerts", None, &[]),
                ("Microsoft.Compute/virtualMachines/patchAssessmentResults", None, &[]),
                ("Microsoft.Authorization/roleDefinitions", None, &[]),
            ]),
            [
                "POST authorizationresources",
                "POST patchassessmentresources of Microsoft.Compute/virtualMachines/patchAssessmentResults",
                "POST securityresources of Microsoft.Security/assessments",
                "POST securityresources of Microsoft.Security/locations/alerts",
            ]
        );
    }

    #[test]
    fn lists_of_subscriptions_groups_ancestors_and_the_tenant() {
        let items = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems";
        assert_eq!(
            calls(&[
                (items, Some("2026-07-01"), &[]),
                ("Microsoft.Security/locations/jitNetworkAccessPolicies", None, &[]),
                ("Microsoft.Authorization/roleEligibilityScheduleInstances", Some("2024-09-01-preview"), &[]),
                ("Microsoft.Resources/deployments", Some("2025-04-01"), &[]),
                ("microsoft.aadiam/diagnosticSettings", None, &[]),
                ("Microsoft.Subscription/policies", None, &[]),
                (
                    "Microsoft.Compute/virtualMachines",
                    Some("2024-07-01"),
                    &["properties.instanceView.statuses[*].code"]
                ),
            ]),
            [
                "POST resourcecontainers",
                "POST resources",
                "GET {Microsoft.RecoveryServices/vaults}/backupProtectedItems?api-version=2026-07-01",
                "GET {subscription}/providers/Microsoft.Authorization/roleEligibilityScheduleInstances?api-version=2020-10-01",
                "GET {Microsoft.Resources/resourceGroups}/providers/Microsoft.Resources/deployments?api-version=2025-04-01",
                "GET {Microsoft.Resources/subscriptions}/providers/Microsoft.Resources/deployments?api-version=2025-04-01",
                "GET {subscription}/providers/Microsoft.Security/jitNetworkAccessPolicies?api-version=2020-01-01",
                "GET /providers/microsoft.aadiam/diagnosticSettings?api-version=2017-04-01",
                "GET /providers/Microsoft.Subscription/policies/default?api-version=2021-10-01",
                "GET {Microsoft.Compute/virtualMachines}?api-version=2024-07-01&$expand=instanceView",
            ]
        );
    }

    #[test]
    fn a_machine_is_asked_for_what_rules_read_of_it() {
        let of = |paths: &[&str]| {
            let all = calls(&[("Microsoft.Compute/virtualMachines", Some("2024-07-01"), paths)]);
            all.last().cloned().unwrap_or_default()
        };
        assert!(of(&["properties.userData"]).ends_with("&$expand=userData"));
        let both = of(&["properties.instanceView.statuses[*].code", "properties.userData"]);
        assert!(both.ends_with("&$expand=instanceView,userData"), "{both}");
        assert_eq!(of(&["properties.hardwareProfile"]), "POST resources");
    }

    #[test]
    fn children_of_directory_objects_bring_their_parents() {
        assert_eq!(
            calls(&[
                ("Microsoft.Graph/group/members", None, &[]),
                ("Microsoft.Graph/application/owners", None, &[]),
                ("Microsoft.Graph/application", None, &["properties.displayName"]),
            ]),
            [
                "GET /v1.0/applications?$select=id,displayName&$top=999",
                "GET /v1.0/groups?$select=id&$top=999",
                "GET /v1.0/applications/{All}/owners?$select=id&$top=999",
                "GET /v1.0/groups/{RoleHolders}/transitiveMembers?$select=id&$top=999",
            ]
        );
    }
}
