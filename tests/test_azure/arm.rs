//! Resources by id, lists, and what lists leave out.

use serde_json::{Value, json};

use crate::azure::{SUBSCRIPTION, Tenant, arm_id};
use crate::client::{ARM, Client, STORAGE, body, ids, school, vault_id};

#[tokio::test]
async fn arm_answers_by_id_and_by_list() {
    let azure = school().serve().start();
    let client = Client::of(&azure);
    let account = arm_id("rg-school", STORAGE, "stschool");
    let at = |path: &str| format!("{ARM}{path}?api-version=2024-01-01");
    let subscription = format!("/subscriptions/{SUBSCRIPTION}");

    let upper = client.json(&at(&account.to_uppercase())).await;
    assert_eq!(upper["id"], json!(account), "ids have no letter case");
    let network = arm_id("rg-school", "Microsoft.Network/virtualNetworks", "hub");
    let group = format!("{subscription}/resourceGroups/rg-school");
    let lists = [
        ("/subscriptions".to_owned(), vec![subscription.clone()]),
        (format!("{subscription}/resourceGroups"), vec![group.clone()]),
        (format!("{account}/blobServices"), vec![format!("{account}/blobServices/default")]),
        (format!("{network}/subnets"), vec![format!("{network}/subnets/web")]),
        (format!("{subscription}/providers/{STORAGE}"), vec![account.clone()]),
        (format!("{group}/providers/microsoft.storage/storageaccounts"), vec![account.clone()]),
        (
            format!("{subscription}/providers/Microsoft.Security/pricings"),
            vec![format!("{subscription}/providers/Microsoft.Security/pricings/KeyVaults")],
        ),
        (
            format!("{account}/providers/Microsoft.Insights/diagnosticSettings"),
            vec![format!("{account}/providers/Microsoft.Insights/diagnosticSettings/all")],
        ),
        (format!("{network}/providers/Microsoft.Insights/diagnosticSettings"), vec![]),
        (
            format!("{subscription}/providers/Microsoft.Authorization/roleAssignments"),
            vec![
                "/providers/Microsoft.Authorization/roleAssignments/root".to_owned(),
                format!("{subscription}/providers/Microsoft.Authorization/roleAssignments/1"),
            ],
        ),
        (format!("{}/keys", vault_id()), vec![format!("{}/keys/disk", vault_id())]),
    ];
    for (path, expected) in lists {
        assert_eq!(ids(&client.json(&at(&path)).await), expected, "{path}");
    }
    let refusals = [
        (format!("{ARM}{account}"), 400, "MissingApiVersionParameter"),
        (format!("{ARM}{account}?api-version=latest"), 400, "InvalidApiVersionParameter"),
        (
            at(&format!("{subscription}/providers/Microsoft.Security/securityContacts")),
            404,
            "InvalidResourceType",
        ),
        (at(&format!("{account}2")), 404, "ResourceNotFound"),
        (at(&format!("{account}2/blobServices")), 404, "ParentResourceNotFound"),
        (
            at("/subscriptions/5ab50000-0000-4000-8000-00000000ffff/resourceGroups"),
            404,
            "SubscriptionNotFound",
        ),
        (at(&format!("{subscription}/resourceGroups/none")), 404, "ResourceGroupNotFound"),
        (at(&format!("{}/certificates", vault_id())), 404, "InvalidResourceType"),
    ];
    for (url, status, code) in refusals {
        assert_eq!(client.refusal(&url).await, (status, code.to_owned()), "{url}");
    }
    let old =
        format!("{ARM}{account}/providers/Microsoft.Insights/diagnosticSettings?api-version=2016-09-01");
    assert!(ids(&client.json(&old).await).is_empty(), "this version shows one name only");
    let below = format!("/providers/Microsoft.Management/managementGroups/{}/descendants", client.tenant);
    assert_eq!(ids(&client.json(&at(&below)).await), [subscription]);
}

#[tokio::test]
async fn lists_and_rows_say_less_than_a_get() {
    let azure = school().serve().start();
    let client = Client::of(&azure);
    let site = arm_id("rg-school", "Microsoft.Web/sites", "intranet");
    let whole = client.json(&format!("{ARM}{site}?api-version=2024-04-01")).await;
    assert_eq!(whole["properties"]["siteConfig"]["ftpsState"], "FtpsOnly");
    let list =
        format!("{ARM}/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Web/sites?api-version=2024-04-01");
    let listed = client.json(&list).await["value"][0].clone();
    let query = "resources | where type =~ 'Microsoft.Web/sites' | project id, kind, type, properties | order by id asc";
    let row = body(client.query(json!({"query": query})).await).await["data"][0].clone();
    for slim in [&listed, &row] {
        assert_eq!(slim["properties"]["siteConfig"]["ftpsState"], Value::Null);
        assert_eq!(slim["properties"]["httpsOnly"], true);
    }
    assert_eq!((&row["type"], &row["kind"]), (&json!("microsoft.web/sites"), &json!("")));
    let keys = client.json(&format!("{ARM}{}/keys?api-version=2024-11-01", vault_id())).await;
    assert_eq!(keys["value"][0]["properties"], json!({"attributes": {"enabled": true}}));
}

#[tokio::test]
async fn arm_pages_with_links() {
    let azure = Tenant::new().many(5, "rg", STORAGE, "st").serve().page(2).start();
    let client = Client::of(&azure);
    let mut url = format!("{ARM}/subscriptions/{SUBSCRIPTION}/providers/{STORAGE}?api-version=2024-01-01");
    let mut sizes = Vec::new();
    loop {
        let page = client.json(&url).await;
        sizes.push(ids(&page).len());
        let Some(next) = page["nextLink"].as_str() else {
            break;
        };
        url = next.to_owned();
    }
    assert_eq!(sizes, [2, 2, 1]);
    assert_eq!(azure.calls().of("GET", STORAGE).len(), 3);
    let counts = azure.calls().counts();
    assert_eq!(counts[&format!("GET management.azure.com/subscriptions/{{}}/providers/{STORAGE}")], 3);
}

#[tokio::test]
async fn some_lists_go_deeper_or_by_another_name() {
    let vault = arm_id("rg", "Microsoft.RecoveryServices/vaults", "rsv");
    let item = format!("{vault}/backupFabrics/Azure/protectionContainers/c/protectedItems/vm");
    let subscription = format!("/subscriptions/{SUBSCRIPTION}");
    let jit = format!(
        "{subscription}/resourceGroups/rg/providers/Microsoft.Security/locations/westeurope/jitNetworkAccessPolicies/default"
    );
    let deployment =
        |scope: &str, name: &str| format!("{scope}/providers/Microsoft.Resources/deployments/{name}");
    let vm = arm_id("rg", "Microsoft.Compute/virtualMachines", "vm");
    let azure = Tenant::new()
        .resource(json!({"id": vault, "properties": {}}))
        .resource(json!({"id": item, "properties": {}}))
        .resource(json!({"id": jit, "properties": {}}))
        .resource(json!({"id": deployment(&subscription, "one"), "properties": {}}))
        .resource(
            json!({"id": deployment(&format!("{subscription}/resourceGroups/rg"), "two"), "properties": {}}),
        )
        .resource(json!({"id": vm, "properties": {"instanceView": {"statuses": []}, "userData": "eA=="}}))
        .serve()
        .start();
    let client = Client::of(&azure);
    let list = async |path: &str| ids(&client.json(&format!("{ARM}{path}?api-version=2024-01-01")).await);
    assert_eq!(list(&format!("{vault}/backupProtectedItems")).await, [item]);
    assert_eq!(
        list(&format!("{subscription}/providers/Microsoft.Security/jitNetworkAccessPolicies")).await,
        [jit]
    );
    let deployments = format!("{subscription}/providers/Microsoft.Resources/deployments");
    assert_eq!(
        list(&deployments).await,
        [deployment(&subscription, "one")],
        "those of groups are not among them"
    );
    let plain = client.json(&format!("{ARM}{vm}?api-version=2024-07-01")).await;
    assert_eq!(plain["properties"].get("instanceView"), None);
    let expanded = client.json(&format!("{ARM}{vm}?api-version=2024-07-01&$expand=instanceView")).await;
    assert!(expanded["properties"]["instanceView"].is_object());
    assert_eq!(expanded["properties"].get("userData"), None);
    let both = format!("{ARM}{vm}?api-version=2024-07-01&$expand=instanceView,userData");
    let both = client.json(&both).await;
    assert!(both["properties"]["instanceView"].is_object());
    assert_eq!(both["properties"]["userData"], "eA==");
}
