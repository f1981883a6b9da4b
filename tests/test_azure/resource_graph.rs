//! Tables, order and paging of Resource Graph.

use serde_json::json;

use crate::azure::{SUBSCRIPTION, Tenant, arm_id};
use crate::client::{Client, STORAGE, body, ids, refusal, school};

#[tokio::test]
async fn resource_graph_pages_when_the_query_allows_it() {
    let other = "5ab50000-0000-4000-8000-000000000002";
    let foreign = format!("/subscriptions/{other}/resourceGroups/rg/providers/{STORAGE}/other");
    let tenant = Tenant::new().many(4, "rg", STORAGE, "st").resource(json!({"id": foreign}));
    let azure = tenant.serve().rows(2).hidden_from_resource_graph(other).start();
    let client = Client::of(&azure);
    let ask = async |query: &str, token: Option<&str>| {
        let options = token.map_or(json!({"$top": 1000}), |token| json!({"$top": 1000, "$skipToken": token}));
        body(
            client
                .query(json!({"subscriptions": [SUBSCRIPTION, other], "query": query, "options": options}))
                .await,
        )
        .await
    };
    let sorted = "resources | project id, type | order by id asc";
    let first = ask(sorted, None).await;
    assert_eq!((&first["totalRecords"], &first["resultTruncated"]), (&json!(4), &json!("true")));
    let second = ask(sorted, first["$skipToken"].as_str()).await;
    assert_eq!(second.get("$skipToken"), None);
    let mut all = ids(&first);
    all.extend(ids(&second));
    let expected: Vec<String> =
        (0..4).map(|number| arm_id("rg", STORAGE, &format!("st-00{number}"))).collect();
    assert_eq!(all, expected, "the hidden subscription is left out without a word");

    let nameless = ask("resources | project type | order by type asc", None).await;
    assert_eq!((nameless.get("$skipToken"), &nameless["resultTruncated"]), (None, &json!("true")));
    let unsorted = ask("resources | project id", None).await;
    assert_ne!(
        ids(&unsorted),
        ids(&ask("resources | project id", None).await),
        "no order, no repeatable rows"
    );
    let count = ask("resources | summarize count() by type", None).await;
    assert_eq!(count["data"], json!([{"type": "microsoft.storage/storageaccounts", "count_": 4}]));
    for query in ["resources | mv-expand x", "nothing | project id", "resources | where name ~ 'x'"] {
        let answer = client.query(json!({"query": query})).await;
        assert_eq!(refusal(answer).await, (400, "BadRequest".to_owned()), "{query}");
    }
}

#[tokio::test]
async fn containers_and_roles_are_tables() {
    let azure = school().serve().start();
    let client = Client::of(&azure);
    let ask = async |query: &str, filter: &str| {
        let options = json!({"authorizationScopeFilter": filter});
        let answer = client.query(json!({"query": query, "options": options})).await;
        ids(&body(answer).await).len()
    };
    // The root management group, the subscription, its resource group.
    assert_eq!(ask("resourcecontainers | project id | order by id asc", "AtScopeAndBelow").await, 3);
    let roles =
        "authorizationresources | where type =~ 'microsoft.authorization/roleassignments' | project id";
    assert_eq!(ask(roles, "AtScopeAndBelow").await, 1);
    assert_eq!(ask(roles, "AtScopeAboveAndBelow").await, 2);
}

#[tokio::test]
async fn types_beside_the_resources_are_tables_of_their_own() {
    let assessment = format!("{}/providers/Microsoft.Security/assessments/1", arm_id("rg", STORAGE, "st"));
    let azure = Tenant::new()
        .resource(json!({"id": assessment, "properties": {}}))
        .resource(json!({"id": format!("{assessment}/subAssessments/2"), "properties": {}}))
        .serve()
        .start();
    let client = Client::of(&azure);
    let ask = async |query: &str| ids(&body(client.query(json!({"query": query})).await).await);
    assert_eq!(ask("securityresources | project id | order by id asc").await.len(), 2);
    let kind = "Microsoft.Security/assessments";
    let of_kind = format!("securityresources | where type =~ '{kind}' | project id | order by id asc");
    assert_eq!(ask(&of_kind).await, [assessment]);
    assert!(ask("resources | project id | order by id asc").await.is_empty());
    assert!(ask("patchassessmentresources | project id | order by id asc").await.is_empty());
}
