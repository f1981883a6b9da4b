//! Names, sizes, hosts and certificates that are meant to go wrong.

use std::time::{Duration, Instant};

use serde_json::json;
use skytjek::inventory::coverage::CoverageState::{Complete, Failed};
use skytjek::source::live::Stop;

use crate::azure::{Fault, SUBSCRIPTION, Tenant, arm_id};
use crate::setting::*;

#[tokio::test]
async fn children_of_strange_names_are_read() {
    let names =
        ["My Database", "100%", "50%20off", "a#b", "a?b=c", "Ops & Dev", "æøå", "a+b", "(old)", "..a"];
    let servers: Vec<String> =
        names.iter().map(|name| arm_id("rg strange", "Microsoft.Sql/servers", name)).collect();
    let tenant = servers.iter().fold(Tenant::with_subscription(), |tenant, id| {
        tenant.resource(json!({"id": id, "properties": {}})).resource(
            json!({"id": format!("{id}/firewallRules/all"), "properties": {"startIpAddress": "0.0.0.0"}}),
        )
    });
    let azure = tenant.serve().start();
    let rules = "Microsoft.Sql/servers/firewallRules";
    let recording = scan(&azure, &reads(&[(rules, "2023-08-01", &["properties"])])).await;
    for id in &servers {
        assert_eq!(
            body(&recording, &format!("{id}/firewallRules/all"))["properties"]["startIpAddress"],
            "0.0.0.0"
        );
    }
    assert!(coverage(&recording).is_complete());
}

#[tokio::test]
async fn a_name_that_climbs_is_not_followed() {
    let id = arm_id("rg", "Microsoft.Sql/servers", "..");
    let azure = Tenant::with_subscription().resource(json!({"id": id, "properties": {}})).serve().start();
    let rules = "Microsoft.Sql/servers/firewallRules";
    let recording = scan(&azure, &reads(&[(rules, "2023-08-01", &["properties"])])).await;
    assert!(azure.calls().of("GET", "firewallRules").is_empty());
    assert!(recording.coverage.iter().any(|entry| entry.read == rules && entry.state == Failed));
}

#[tokio::test]
async fn a_body_without_end_is_cut_off() {
    let azure = Tenant::new().many(200, "rg", STORAGE, "st").serve().start();
    let mut options = options(&azure);
    options.limits.max_body = 4_000;
    let recording =
        scan_with(&azure, &options, &reads(&[(STORAGE, "", &["properties"])]), &Stop::new()).await.unwrap();
    let found =
        entry(&recording, &format!("/subscriptions/{SUBSCRIPTION}"), "Microsoft.ResourceGraph/resources");
    assert_eq!((found.state, found.code.as_deref()), (Failed, Some("TooLarge")));
    assert_eq!(azure.calls().of("POST", "ResourceGraph").len(), 1, "not again");
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_given_up() {
    let pause = Duration::from_secs(2);
    let azure = school().serve().fault(Fault::on("stone/blobServices").slow(pause)).start();
    let mut options = options(&azure);
    options.limits.request_timeout = Duration::from_millis(80);
    let begun = Instant::now();
    let recording = scan_with(&azure, &options, &everything(), &Stop::new()).await.unwrap();
    assert!(begun.elapsed() < pause);
    assert_eq!(state(&recording, &account("stone"), BLOB), Failed);
    assert_eq!(state(&recording, &account("sttwo"), BLOB), Complete);
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let azure = school().serve().start();
    let link = azure.foreign_link();
    for on in ["stone/blobServices", "/v1.0/users", "vault.azure.net/certificates", "/subscriptions?"] {
        azure.clear_faults();
        azure.add_fault(Fault::on(on).before_token().status(302).header("location", &link));
        let result = try_scan(&azure, &everything()).await;
        assert!(result.is_err() || !coverage(&result.unwrap()).is_complete(), "{on}");
    }
    assert!(azure.foreign_requests().is_empty());
}

#[tokio::test]
async fn a_token_that_is_refused_for_one_service_leaves_the_others() {
    for (audience, read, scope) in
        [("graph.microsoft.com", USERS, "/".to_owned()), ("vault.azure.net", CERTIFICATES, vault())]
    {
        let refuse = Fault::when(move |request| String::from_utf8_lossy(&request.body).contains(audience));
        let azure = school().serve().fault(refuse.status(400)).start();
        let recording = scan(&azure, &everything()).await;
        let found = entry(&recording, &scope, read);
        assert_eq!((found.state, found.code.as_deref()), (Failed, Some("NoToken")), "{audience}");
        assert_eq!(state(&recording, &account("stone"), BLOB), Complete);
        let asked =
            azure.calls().of("POST", "oauth2").iter().filter(|call| call.body.contains(audience)).count();
        assert_eq!(asked, 1, "a refusal is not asked for again");
    }
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_ends_the_scan() {
    let azure = school().serve().start();
    let mut options = options(&azure);
    options.cloud.ca_file = None;
    options.retry.max_tries = 2;
    assert!(scan_with(&azure, &options, &everything(), &Stop::new()).await.is_err());
    assert!(azure.calls().is_empty(), "nothing was sent");
}

#[tokio::test]
async fn rows_that_come_twice_are_one_resource() {
    let azure = school().serve().start();
    let whole = scan(&azure, &everything()).await;
    azure.add_fault(Fault::on("ResourceGraph").change(|_, reply| {
        let mut page: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
        let rows = page["data"].as_array().unwrap();
        let upper = rows.iter().map(|row| {
            let mut row = row.clone();
            row["id"] = json!(row["id"].as_str().unwrap().to_uppercase());
            row
        });
        page["data"] = rows.iter().cloned().chain(upper).collect();
        page["totalRecords"] = json!(page["data"].as_array().unwrap().len());
        reply.body = serde_json::to_vec(&page).unwrap();
    }));
    let twice = scan(&azure, &everything()).await;
    assert_eq!(ids(&twice), ids(&whole));
}
