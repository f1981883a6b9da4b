//! Subscriptions and management groups: what is there, what is hidden, and what was asked for.

use serde_json::json;
use skytjek::inventory::coverage::CoverageState::{Complete, Denied, Failed, Partial};
use skytjek::source::live::{LiveError, Stop};

use crate::azure::{Fault, SUBSCRIPTION, Tenant, arm_id};
use crate::setting::*;

const OTHER: &str = "5ab50000-0000-4000-8000-000000000002";
const TABLE: &str = "Microsoft.ResourceGraph/resources";

fn two() -> Tenant {
    let other = format!("/subscriptions/{OTHER}/resourceGroups/rg/providers/{STORAGE}/other");
    school().resource(json!({"id": other, "properties": {}}))
}

#[tokio::test]
async fn what_resource_graph_hides_is_noticed() {
    let azure = two().serve().hidden_from_resource_graph(OTHER).start();
    let recording = scan(&azure, &everything()).await;
    let other = format!("/subscriptions/{OTHER}");
    assert_eq!(state(&recording, &other, TABLE), Partial);
    assert_eq!(state(&recording, &account("stone"), TABLE), Complete);
    assert!(!state(&recording, &other, BLOB).is_whole(), "its accounts are not known");
}

#[tokio::test]
async fn hidden_role_assignments_are_noticed_behind_inherited_ones() {
    let roles = "Microsoft.Authorization/roleAssignments";
    let hidden = format!("/subscriptions/{OTHER}/providers/{roles}/9");
    let azure = school()
        .resource(json!({"id": hidden, "properties": {}}))
        .serve()
        .page(1)
        .hidden_from_resource_graph(OTHER)
        .start();
    let recording = scan(&azure, &reads(&[(roles, "2022-04-01", &["properties"])])).await;
    let table = "Microsoft.ResourceGraph/authorizationresources";
    assert!(!state(&recording, &format!("/subscriptions/{OTHER}"), table).is_whole());
}

#[tokio::test]
async fn a_subscription_that_exists_and_can_not_be_seen_is_denied() {
    let azure = two().serve().invisible(OTHER).start();
    let recording = scan(&azure, &everything()).await;
    let other = format!("/subscriptions/{OTHER}");
    let found = entry(&recording, &other, TABLE);
    assert_eq!((found.state, found.code.as_deref()), (Denied, Some("SubscriptionNotVisible")));
    assert!(azure.calls().of("GET", OTHER).is_empty(), "it is not asked for in vain");
}

#[tokio::test]
async fn a_scan_is_narrowed_to_subscriptions_and_management_groups() {
    let group = |tenant: Tenant| {
        let chain = json!([{"name": "schools"}]);
        tenant
            .resource(json!({
                "id": "/providers/Microsoft.Management/managementGroups/schools", "properties": {"displayName": "Schools"},
            }))
            .resource(json!({
                "id": format!("/subscriptions/{OTHER}"), "displayName": "Schools 2",
                "properties": {"managementGroupAncestorsChain": chain},
            }))
    };
    let azure = group(two()).serve().start();
    let narrow = async |subscriptions: &[&str], groups: &[&str]| {
        let mut options = options(&azure);
        options.selection.subscriptions = subscriptions.iter().map(|&text| text.to_owned()).collect();
        options.selection.management_groups = groups.iter().map(|&text| text.to_owned()).collect();
        let found =
            scan_with(&azure, &options, &reads(&[(STORAGE, "", &["properties"])]), &Stop::new()).await;
        found.map(|recording| (recording.scopes, recording.resources.len()))
    };
    let other = format!("/subscriptions/{OTHER}");
    for wanted in [OTHER, other.as_str(), "schools 2"] {
        assert_eq!(narrow(&[wanted], &[]).await.unwrap(), (vec![other.clone()], 1), "{wanted}");
    }
    assert_eq!(narrow(&[], &["schools"]).await.unwrap(), (vec![other], 1));
    assert!(matches!(narrow(&["unheard of"], &[]).await, Err(LiveError::NotVisible(_))));
    assert!(matches!(narrow(&[], &["unheard"]).await, Err(LiveError::ManagementGroup { .. })));
}

#[tokio::test]
async fn a_scan_of_one_resource_group_reads_no_other_in_depth() {
    let elsewhere = arm_id("rg-other", STORAGE, "stelsewhere");
    let azure =
        school().resource(json!({"id": elsewhere, "tags": {"wave": "2"}, "properties": {}})).serve().start();
    let mut options = options(&azure);
    options.selection.resource_groups = vec!["RG-OTHER".into()];
    let recording = scan_with(&azure, &options, &everything(), &Stop::new()).await.unwrap();
    assert_eq!(recording.scopes, [format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/RG-OTHER")]);
    assert_eq!(azure.calls().of("GET", "/blobServices").len(), 1);
    assert_eq!(state(&recording, &elsewhere, BLOB), Complete);
    let unread = coverage(&recording)
        .at(&skytjek::inventory::id::ResourceId::parse(&account("stone")).unwrap(), BLOB)
        .cloned();
    assert!(
        unread.as_ref().is_none_or(|entry| !entry.state.is_whole()),
        "what was not read is not said to be: {unread:?}"
    );
}

#[tokio::test]
async fn without_subscriptions_there_is_nothing_to_scan() {
    let azure = Tenant::new().serve().start();
    let error = try_scan(&azure, &everything()).await.unwrap_err();
    assert!(matches!(error, LiveError::NoSubscriptions), "{error}");
    for fault in [Fault::on("/subscriptions?").status(403), Fault::on("/subscriptions?").html()] {
        let azure = school().serve().fault(fault).start();
        let error = try_scan(&azure, &everything()).await.unwrap_err();
        assert!(matches!(error, LiveError::Unreachable(_)), "{error}");
    }
}

#[tokio::test]
async fn half_a_list_of_subscriptions_is_said() {
    let azure = two().serve().page(1).fault(Fault::on("/subscriptions?").after(1).status(500)).start();
    let recording = scan(&azure, &everything()).await;
    assert!(!state(&recording, "/", "Microsoft.Resources/subscriptions").is_whole());
    assert_eq!(recording.scopes.len(), 1);
}

#[tokio::test]
async fn a_subscription_that_can_not_be_understood_is_not_lost() {
    let strange = |_: &crate::azure::Request, reply: &mut crate::azure::Reply| {
        let mut body: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
        for item in body["value"].as_array_mut().unwrap() {
            if item["id"].as_str().unwrap().contains(OTHER) {
                item.as_object_mut().unwrap().remove("subscriptionId");
            }
        }
        reply.body = serde_json::to_vec(&body).unwrap();
    };
    let azure = two()
        .serve()
        .fault(Fault::on("management.azure.com/subscriptions?").change(strange))
        .fault(Fault::on("managementGroups").status(403))
        .start();
    let recording = scan(&azure, &reads(&[(STORAGE, "", &["properties"])])).await;
    let read = recording.resources.iter().any(|record| record.id.contains(OTHER));
    let marked =
        recording.coverage.iter().any(|entry| entry.scope.contains(OTHER) && !entry.state.is_whole());
    assert!(read || marked, "{:#?}", recording.coverage);
}

#[tokio::test]
async fn a_type_that_no_call_reads_is_said() {
    let azure = school().serve().start();
    let strange = "Microsoft.Strange/things/parts";
    let recording = scan(&azure, &reads(&[(strange, "", &["properties"])])).await;
    assert_eq!(state(&recording, "/", strange), Failed);
}
