//! Subscriptions, resource groups, vaults and the tenant: lists beside Resource Graph's rows, and rows of
//! its other tables.

use serde_json::json;
use skytjek::inventory::coverage::CoverageState::{Complete, Denied, NotRegistered, Partial, Throttled};
use skytjek::inventory::id::ResourceId;
use skytjek::inventory::index::{BodyRef, Builder, Completeness};

use crate::azure::{Fault, Tenant};
use crate::setting::{body, coverage, entry, options, scan, scan_with, state};
use crate::wide::{
    AADIAM, ALERTS, DEPLOYMENTS, JIT, MIGRATED, PROTECTED, STORAGE_DEFENDER, account, machine,
    protected_item, recovery, subscription, town, town_reads, wanted,
};
use skytjek::source::live::Stop;

#[tokio::test]
async fn everything_is_read_and_said_to_be() {
    let azure = town().serve().start();
    let recording = scan(&azure, &town_reads()).await;
    let unread: Vec<_> = recording.coverage.iter().filter(|entry| !entry.state.is_whole()).collect();
    assert!(unread.is_empty(), "{unread:#?}");
    let ids: Vec<String> = recording.resources.iter().map(|record| record.id.to_ascii_lowercase()).collect();
    for id in azure.world().resources.keys() {
        assert!(ids.contains(id), "{id} is missing");
    }
    assert_eq!(
        body(&recording, &machine())["properties"]["instanceView"]["statuses"][0]["code"],
        "PowerState/running"
    );
    assert_eq!(body(&recording, &machine())["properties"]["userData"], "eA==");
}

#[tokio::test]
async fn only_the_wanted_types_of_a_table_are_read() {
    let azure = town().serve().start();
    let recording = scan(&azure, &wanted(&["Microsoft.Security/assessments"])).await;
    assert_eq!(recording.resources.len(), 1);
    assert_eq!(state(&recording, &account(), "Microsoft.Security/assessments"), Complete);
    let alerts = coverage(&recording);
    let scope = ResourceId::parse(&subscription()).unwrap();
    assert!(alerts.at(&scope, ALERTS).is_none(), "nothing is said of types that nobody asked for");
    assert!(alerts.at(&scope, "Microsoft.ResourceGraph/securityresources").is_none());
}

#[tokio::test]
async fn an_empty_table_is_proved_empty_or_doubted() {
    let sub = subscription();
    let kinds = [
        "Microsoft.Security/assessments",
        ALERTS,
        "Microsoft.Security/attackPaths",
        "Microsoft.PolicyInsights/policyStates",
    ];
    // Nothing there, and the other calls agree: Defender may be off.
    let azure = Tenant::with_subscription().serve().start();
    let recording = scan(&azure, &wanted(&kinds)).await;
    for kind in kinds {
        assert_eq!(state(&recording, &sub, kind), Complete, "{kind}");
    }
    // Resource Graph hides the subscription, Resource Manager doesn't.
    let id = crate::azure::SUBSCRIPTION;
    let azure = town()
        .subscription("5ab50000-0000-4000-8000-000000000002")
        .serve()
        .hidden_from_resource_graph(id)
        .start();
    let recording = scan(&azure, &wanted(&kinds)).await;
    for kind in [kinds[0], kinds[1], kinds[3]] {
        let found = entry(&recording, &sub, kind);
        assert_eq!((found.state, found.code.as_deref()), (Partial, Some("NotInResourceGraph")), "{kind}");
    }
    // The identity may not look.
    let azure = Tenant::with_subscription()
        .serve()
        .fault(Fault::on("Microsoft.Security/pricings").denied("Microsoft.Security/pricings/read"))
        .fault(Fault::on("Microsoft.Security/alerts").not_registered("Microsoft.Security"))
        .start();
    let recording = scan(&azure, &wanted(&kinds)).await;
    let paths = entry(&recording, &sub, "Microsoft.Security/attackPaths");
    assert_eq!(
        (paths.state, paths.missing_action.as_deref()),
        (Denied, Some("Microsoft.Security/pricings/read"))
    );
    assert_eq!(state(&recording, &sub, ALERTS), NotRegistered);
}

#[tokio::test]
async fn lists_of_a_subscription_have_each_their_own_answer() {
    let eligible = "Microsoft.Authorization/roleEligibilityScheduleInstances";
    let unlicensed = json!({"error": {
        "code": "AadPremiumLicenseRequired",
        "message": "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.",
    }});
    let azure = town()
        .serve()
        .fault(Fault::on(eligible).body(400, &unlicensed))
        .fault(
            Fault::on("jitNetworkAccessPolicies")
                .denied("Microsoft.Security/locations/jitNetworkAccessPolicies/read"),
        )
        .start();
    let recording = scan(&azure, &town_reads()).await;
    let found = entry(&recording, &subscription(), eligible);
    assert_eq!(found.state, Denied);
    assert!(found.reason().contains("no licence"), "{}", found.reason());
    assert_eq!(state(&recording, &machine(), JIT), Denied);
    assert_eq!(
        state(&recording, &subscription(), "Microsoft.Authorization/roleAssignmentScheduleInstances"),
        Complete
    );
    // Assignments from above are among a subscription's own.
    let above = "/providers/Microsoft.Management/managementGroups/town/providers/Microsoft.Authorization/policyAssignments/inherited";
    assert_eq!(body(&recording, above)["id"], above);
}

#[tokio::test]
async fn items_that_a_vault_protects_are_listed_under_the_vault() {
    let azure = town().resource(json!({"id": recovery("other"), "properties": {}})).serve().start();
    let recording = scan(&azure, &wanted(&[PROTECTED, MIGRATED])).await;
    assert_eq!(azure.calls().of("GET", "/backupProtectedItems").len(), 2, "once for each vault");
    assert!(azure.calls().of("GET", "/protectionContainers").is_empty());
    assert_eq!(state(&recording, &machine(), PROTECTED), Complete);

    let mut reads = wanted(&[PROTECTED]);
    reads.entry("Microsoft.RecoveryServices/vaults");
    let mut builder = Builder::new(&reads);
    for record in &recording.resources {
        builder.add(record.body.as_bytes(), BodyRef { file: 0, offset: 0, length: 0 }).unwrap();
    }
    let inventory = builder.finish(coverage(&recording), &[]);
    let items_of = |vault: &str| {
        let at = inventory.find(&ResourceId::parse(&recovery(vault)).unwrap()).unwrap();
        let items: Vec<_> = inventory
            .children(at, PROTECTED)
            .map(|item| inventory.get(item).id.as_str().to_owned())
            .collect();
        (items, inventory.children_complete(at, PROTECTED) == Completeness::Complete)
    };
    assert_eq!(items_of("rsv"), (vec![protected_item("rsv")], true));
    assert_eq!(items_of("other"), (vec![], true));
}

#[tokio::test]
async fn one_closed_vault_leaves_it_open_which_machines_are_protected() {
    let azure = town()
        .resource(json!({"id": recovery("other"), "properties": {}}))
        .serve()
        .fault(
            Fault::on("vaults/other/backupProtectedItems")
                .denied("Microsoft.RecoveryServices/Vaults/backupProtectedItems/read"),
        )
        .start();
    let recording = scan(&azure, &wanted(&[PROTECTED])).await;
    let machine = entry(&recording, &machine(), PROTECTED);
    assert_eq!((machine.state, machine.status), (Denied, Some(403)), "it may be protected there");
    assert_eq!(state(&recording, &recovery("rsv"), PROTECTED), Complete);
}

#[tokio::test]
async fn deployments_are_listed_in_each_scope_and_never_passed_over() {
    let group = format!("{}/resourceGroups/rg-town", subscription());
    let azure = town().serve().start();
    let recording = scan(&azure, &wanted(&[DEPLOYMENTS])).await;
    for scope in [&subscription(), &group] {
        assert_eq!(state(&recording, scope, DEPLOYMENTS), Complete);
    }
    let names: Vec<&str> = recording
        .resources
        .iter()
        .filter(|record| record.id.contains("deployments"))
        .map(|record| record.id.rsplit('/').next().unwrap())
        .collect();
    assert_eq!(names, ["at-subscription", "in-group"]);

    // One group refuses: not all deployments of the subscription are known.
    let deployments = "rg-town/providers/Microsoft.Resources/deployments";
    let azure = town().serve().fault(Fault::on(deployments).status(429).retry_after(3600)).start();
    let recording = scan(&azure, &wanted(&[DEPLOYMENTS])).await;
    for scope in [&subscription(), &group] {
        assert_eq!(state(&recording, scope, DEPLOYMENTS), Throttled);
    }
    let other = format!("{}/resourceGroups/rg-backup", subscription());
    assert_eq!(state(&recording, &other, DEPLOYMENTS), Complete);

    // Which groups there are is not known.
    let azure = town().serve().fault(Fault::on("Microsoft.ResourceGraph").denied("x/read")).start();
    let recording = scan(&azure, &wanted(&[DEPLOYMENTS])).await;
    assert_eq!(state(&recording, &group, DEPLOYMENTS), Denied);

    // A scan of one group lists that one.
    let azure = town().serve().start();
    let mut options = options(&azure);
    options.selection.resource_groups = vec!["rg-town".into()];
    let recording = scan_with(&azure, &options, &wanted(&[DEPLOYMENTS]), &Stop::new()).await.unwrap();
    assert_eq!(state(&recording, &group, DEPLOYMENTS), Complete);
    assert_eq!(azure.calls().of("GET", "Microsoft.Resources/deployments").len(), 1);
}

#[tokio::test]
async fn what_belongs_to_the_tenant_is_asked_once_and_may_be_refused_alone() {
    let azure = town()
        .subscription("5ab50000-0000-4000-8000-000000000002")
        .serve()
        .fault(Fault::on(AADIAM).denied("microsoft.aadiam/diagnosticSettings/read"))
        .start();
    let recording = scan(&azure, &town_reads()).await;
    let found = entry(&recording, "/", AADIAM);
    assert_eq!(found.state, Denied);
    assert_eq!(found.missing_action.as_deref(), Some("microsoft.aadiam/diagnosticSettings/read"));
    assert_eq!(azure.calls().of("GET", AADIAM).len(), 1);
    assert_eq!(state(&recording, "/", "Microsoft.Subscription/policies"), Complete);
    assert_eq!(body(&recording, "/providers/Microsoft.Subscription/policies/default")["name"], "default");
}

#[tokio::test]
async fn settings_on_a_resource_are_one_object_each() {
    let azure = town().serve().start();
    let recording = scan(&azure, &town_reads()).await;
    let setting = format!("{}/providers/{STORAGE_DEFENDER}/current", account());
    assert_eq!(body(&recording, &setting)["id"], setting);
    assert_eq!(azure.calls().of("GET", "defenderForStorageSettings/current").len(), 1);

    let azure = town()
        .serve()
        .fault(Fault::on(STORAGE_DEFENDER).denied("Microsoft.Security/defenderForStorageSettings/read"))
        .start();
    let recording = scan(&azure, &town_reads()).await;
    assert_eq!(state(&recording, &account(), STORAGE_DEFENDER), Denied);
}

#[tokio::test]
async fn two_objects_of_one_type_are_both_read_or_missed() {
    let site = crate::azure::arm_id("rg-town", "Microsoft.Web/sites", "portal");
    let config = "Microsoft.Web/sites/config";
    let mut reads = wanted(&[config]);
    reads.entry(config).paths =
        ["properties.ftpsState", "properties.platform.enabled"].map(str::to_owned).into();
    let with = |name: &str| format!("{site}/config/{name}");
    let tenant = Tenant::with_subscription()
        .resource(json!({"id": site, "properties": {}}))
        .resource(json!({"id": with("web"), "properties": {"ftpsState": "Disabled"}}))
        .resource(json!({"id": with("authsettingsV2"), "properties": {"platform": {"enabled": true}}}));
    let azure = tenant.serve().start();
    let recording = scan(&azure, &reads).await;
    assert_eq!(body(&recording, &with("authsettingsV2"))["properties"]["platform"]["enabled"], true);
    assert_eq!(state(&recording, &subscription(), config), Complete);
    for lost in ["config/web", "config/authsettingsV2"] {
        let azure = tenant.serve().fault(Fault::on(lost).denied("Microsoft.Web/sites/config/Read")).start();
        let recording = scan(&azure, &reads).await;
        assert_eq!(state(&recording, &site, config), Denied, "{lost}");
        let whole = coverage(&recording).at(&ResourceId::parse(&subscription()).unwrap(), config).cloned();
        assert!(whole.is_none_or(|entry| !entry.state.is_whole()), "{lost}");
    }
}
