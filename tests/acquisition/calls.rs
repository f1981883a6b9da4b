//! Which calls a scan makes: what the rules need, once, and nothing else.

use std::collections::BTreeMap;

use skytjek::inventory::reads::Reads;

use crate::azure::{Calls, Tenant};
use crate::setting::*;

/// Calls that every scan makes: a token, the subscriptions, what the management groups know of them.
const ALWAYS: [&str; 4] = [
    "GET management.azure.com/providers/Microsoft.Management/managementGroups",
    "GET management.azure.com/providers/Microsoft.Management/managementGroups/{}/descendants",
    "GET management.azure.com/subscriptions",
    "POST login.microsoftonline.com/{}/oauth2/v2.0/token",
];

/// The calls besides [`ALWAYS`], with their counts.
fn others(calls: &Calls) -> Vec<(String, usize)> {
    let mut counts = calls.counts();
    for call in ALWAYS {
        let count = counts.remove(call);
        assert!(count.is_some(), "{call} is missing");
    }
    counts.into_iter().collect()
}

fn expected(calls: &[(&str, usize)]) -> Vec<(String, usize)> {
    let calls: BTreeMap<String, usize> = calls
        .iter()
        .map(|(call, count)| {
            let (method, path) = call.split_once(' ').unwrap();
            (format!("{method} management.azure.com{path}"), *count)
        })
        .collect();
    calls.into_iter().collect()
}

const RESOURCE_GRAPH: (&str, usize) = ("POST /providers/Microsoft.ResourceGraph/resources", 1);

#[tokio::test]
async fn everything_is_read_and_said_to_be() {
    let azure = school().serve().start();
    let recording = scan(&azure, &everything()).await;
    let short = |id: &&str| id.rsplit("/providers/").next().unwrap().to_owned();
    let mut found: Vec<String> = ids(&recording).iter().map(short).collect();
    found.sort();
    let mut wanted: Vec<String> = azure
        .world()
        .resources
        .values()
        .map(|body| body["id"].clone())
        .collect::<Vec<_>>()
        .iter()
        .chain(azure.world().vault.values().map(|body| &body["id"]))
        .map(|id| short(&id.as_str().unwrap()))
        .collect();
    wanted.extend(
        [
            "Microsoft.Graph/user/u1",
            "Microsoft.Graph/user/u2",
            "Microsoft.Graph/authorizationPolicy/authorizationPolicy",
        ]
        .map(str::to_owned),
    );
    for id in &wanted {
        assert!(found.contains(id), "{id} is missing");
    }
    let incomplete: Vec<_> = recording.coverage.iter().filter(|entry| !entry.state.is_whole()).collect();
    assert!(incomplete.is_empty(), "{incomplete:#?}");
    for read in everything().iter() {
        let table = skytjek::inventory::reads::table_read("resources");
        let at = |name: &str| {
            coverage(&recording)
                .at(&skytjek::inventory::id::ResourceId::parse(&vault()).unwrap(), name)
                .is_some()
        };
        assert!(at(&read.name) || at(&table), "nothing speaks for {}", read.name);
    }
    assert_eq!(
        body(&recording, &site())["properties"]["siteConfig"]["ftpsState"],
        "FtpsOnly",
        "the GET's body"
    );
    assert_eq!(recording.tenant_id.as_deref(), Some(azure.world().tenant.as_str()));
}

#[tokio::test]
async fn two_scans_are_equal() {
    let azure = school().serve().page(1).rows(2).start();
    let first = scan(&azure, &everything()).await;
    let second = scan(&azure, &everything()).await;
    assert_eq!(format!("{first:#?}"), format!("{second:#?}"));
    let sorted = first
        .resources
        .windows(2)
        .all(|pair| pair[0].id.to_ascii_lowercase() < pair[1].id.to_ascii_lowercase());
    assert!(sorted, "records are in the order of their ids, once each");
}

#[tokio::test]
async fn no_rule_no_call() {
    let azure = school().serve().start();
    scan(&azure, &Reads::default()).await;
    assert_eq!(others(&azure.calls()), []);
}

#[tokio::test]
async fn rows_need_no_call_of_their_own() {
    let azure = Tenant::new().many(30, "rg", STORAGE, "st").serve().start();
    let recording = scan(&azure, &reads(&[(STORAGE, "2024-01-01", &["properties.number"])])).await;
    assert_eq!(recording.resources.len(), 30);
    assert_eq!(others(&azure.calls()), expected(&[RESOURCE_GRAPH]));
}

#[tokio::test]
async fn a_resource_is_read_by_itself_only_for_what_rows_lack() {
    let own = "GET /subscriptions/{}/resourceGroups/{}/providers/Microsoft.Web/sites/{}";
    let cases: [(&str, &[(&str, usize)]); 2] = [
        ("properties.httpsOnly", &[RESOURCE_GRAPH]),
        ("properties.siteConfig.ftpsState", &[(own, 1), RESOURCE_GRAPH]),
    ];
    for (path, calls) in cases {
        let azure = school().serve().start();
        scan(&azure, &reads(&[(SITES, "2024-04-01", &[path])])).await;
        assert_eq!(others(&azure.calls()), expected(calls), "{path}");
    }
}

#[tokio::test]
async fn children_and_extensions_are_listed_once_for_each_parent() {
    let azure = school().serve().start();
    let wanted = reads(&[
        (BLOB, "2024-01-01", &["properties"]),
        ("Microsoft.Web/sites/config", "2024-04-01", &["properties"]),
        ("Microsoft.Sql/servers/databases/transparentDataEncryption", "2023-08-01", &["properties"]),
        (SETTINGS, "", &["properties.logs"]),
        (PRICINGS, "", &["properties.pricingTier"]),
        ("Microsoft.Network/virtualNetworks/subnets", "2024-05-01", &["properties"]),
    ]);
    scan(&azure, &wanted).await;
    let group = "GET /subscriptions/{}/resourceGroups/{}/providers";
    let lists = [
        (format!("{group}/Microsoft.KeyVault/vaults/{{}}/providers/{SETTINGS}"), 1),
        (format!("{group}/Microsoft.Sql/servers/{{}}/databases"), 1),
        (format!("{group}/Microsoft.Sql/servers/{{}}/databases/{{}}/transparentDataEncryption"), 1),
        (format!("{group}/Microsoft.Storage/storageAccounts/{{}}/blobServices"), 2),
        (format!("{group}/Microsoft.Web/sites/{{}}/config/{{}}"), 1),
        ("GET /subscriptions/{}/providers/Microsoft.Security/pricings".to_owned(), 1),
    ];
    let mut lists: Vec<(&str, usize)> = lists.iter().map(|(call, count)| (call.as_str(), *count)).collect();
    lists.push(RESOURCE_GRAPH);
    assert_eq!(others(&azure.calls()), expected(&lists));
}

#[tokio::test]
async fn each_service_gets_one_token_of_its_own() {
    let azure = school().serve().start();
    scan(&azure, &everything()).await;
    let calls = azure.calls();
    let mut audiences: Vec<&str> = calls
        .of("POST", "oauth2")
        .iter()
        .map(|call| call.body.split("scope=").nth(1).unwrap().split('&').next().unwrap())
        .collect();
    audiences.sort_unstable();
    let scope = |host: &str| format!("https%3A%2F%2F{host}%2F.default");
    let wanted = ["graph.microsoft.com", "management.azure.com", "vault.azure.net"].map(scope);
    assert_eq!(audiences, wanted);
}

#[tokio::test]
async fn an_empty_subscription_is_proved_empty() {
    let azure = Tenant::with_subscription().serve().start();
    let recording = scan(&azure, &reads(&[(STORAGE, "", &["properties"])])).await;
    assert!(recording.resources.is_empty());
    assert!(coverage(&recording).is_complete());
    assert_eq!(azure.calls().of("GET", "/resources?").len(), 1, "Resource Manager confirms it");
}
