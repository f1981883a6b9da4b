//! How each failure shows in the coverage, and what it costs.

use std::time::{Duration, Instant};

use skytjek::inventory::coverage::CoverageState::{
    self, Complete, Denied, Failed, NotRegistered, Partial, Throttled,
};
use skytjek::source::live::LiveError;

use crate::azure::{Fault, SUBSCRIPTION, arm_id};
use crate::setting::*;

fn subscription() -> String {
    format!("/subscriptions/{SUBSCRIPTION}")
}

#[tokio::test]
async fn one_account_fails_and_the_other_is_read() {
    let on = || Fault::on("stone/blobServices");
    let action = "Microsoft.Storage/storageAccounts/blobServices/read";
    let cases: [(Fault, CoverageState, Option<u16>, Option<&str>); 12] = [
        (on().status(401), Denied, Some(401), Some("InvalidAuthenticationToken")),
        (on().denied(action), Denied, Some(403), Some("AuthorizationFailed")),
        (
            on().not_registered("Microsoft.Storage"),
            NotRegistered,
            Some(409),
            Some("MissingSubscriptionRegistration"),
        ),
        (on().status(429), Throttled, Some(429), Some("TooManyRequests")),
        (on().status(500), Failed, Some(500), Some("InternalServerError")),
        (on().status(502), Failed, Some(502), Some("InternalServerError")),
        (on().reset(), Failed, None, Some("NetworkError")),
        (on().cut_body(), Failed, None, Some("NetworkError")),
        (on().malformed(), Failed, Some(200), Some("NotJson")),
        (on().html(), Failed, Some(200), Some("NotJson")),
        (on().looping(), Failed, None, Some("PagingLoop")),
        (on().endless(), Failed, None, Some("PagingLoop")),
    ];
    for (fault, expected, status, code) in cases {
        let azure = school().serve().fault(fault).start();
        let begun = Instant::now();
        let recording = scan(&azure, &everything()).await;
        assert!(begun.elapsed() < Duration::from_secs(3), "{code:?} took {:?}", begun.elapsed());
        let found = entry(&recording, &account("stone"), BLOB);
        assert_eq!((found.state, found.status, found.code.as_deref()), (expected, status, code));
        assert_eq!(found.missing_action.is_some(), code == Some("AuthorizationFailed"), "{found:?}");
        assert_eq!(state(&recording, &account("sttwo"), BLOB), Complete, "{code:?}");
        let other = format!("{}/blobServices/default", account("sttwo"));
        assert_eq!(body(&recording, &other)["properties"]["isVersioningEnabled"], false);
    }
}

#[tokio::test]
async fn what_is_not_there_is_no_failure() {
    let azure = school().serve().fault(Fault::on("stone/blobServices").status(404)).start();
    let recording = scan(&azure, &everything()).await;
    assert_eq!(state(&recording, &account("stone"), BLOB), Complete);

    // An address that Azure doesn't know, or another's 404, is one.
    let unknown = serde_json::json!({"error": {"code": "InvalidResourceType", "message": "not found"}});
    for fault in [
        Fault::on("stone/blobServices").body(404, &unknown),
        Fault::on("stone/blobServices").body(404, &serde_json::json!({})),
    ] {
        let azure = school().serve().fault(fault).start();
        let recording = scan(&azure, &everything()).await;
        assert_eq!(state(&recording, &account("stone"), BLOB), Failed);
    }
}

#[tokio::test]
async fn a_provider_that_is_not_registered_is_left_alone() {
    let azure = school().serve().fault(Fault::on(PRICINGS).not_registered("Microsoft.Security")).start();
    let recording = scan(&azure, &everything()).await;
    assert_eq!(state(&recording, &subscription(), PRICINGS), NotRegistered);
    assert_eq!(azure.calls().of("GET", PRICINGS).len(), 1);
    assert!(azure.calls().of("POST", "register").is_empty());
}

#[tokio::test]
async fn resource_graph_fails_for_all_subscriptions_of_the_query() {
    let cases = [
        (Fault::on("ResourceGraph").status(403), Denied),
        (Fault::on("ResourceGraph").status(429).retry_after(3600), Throttled),
        (Fault::on("ResourceGraph").html(), Failed),
        (Fault::on("ResourceGraph").reset(), Failed),
        (Fault::on("ResourceGraph").looping(), Failed),
        (Fault::on("ResourceGraph").endless(), Failed),
    ];
    for (fault, expected) in cases {
        let azure = school().serve().rows(2).fault(fault).start();
        let recording = scan(&azure, &everything()).await;
        for read in ["Microsoft.ResourceGraph/resources", "Microsoft.Network/virtualNetworks/subnets"] {
            assert_eq!(state(&recording, &account("stone"), read), expected, "{read}");
        }
        // Their parents are not known, so neither are the children.
        for read in [BLOB, SETTINGS, KEYS, SECRETS, CERTIFICATES, "Microsoft.Web/sites/config"] {
            assert!(!state(&recording, &subscription(), read).is_whole(), "{read} {expected:?}");
        }
        assert_eq!(state(&recording, "/", USERS), Complete);
    }
}

#[tokio::test]
async fn half_a_table_is_partial() {
    let azure = school().serve().rows(2).fault(Fault::on("ResourceGraph").after(1).status(403)).start();
    let reads = reads(&[(STORAGE, "", &["properties"])]);
    let recording = scan(&azure, &reads).await;
    assert_eq!(recording.resources.len(), 2);
    assert_eq!(state(&recording, &subscription(), "Microsoft.ResourceGraph/resources"), Partial);
}

#[tokio::test]
async fn a_failed_detail_leaves_the_row_and_a_mark() {
    let azure =
        school().serve().fault(Fault::on("sites/intranet?").denied("Microsoft.Web/sites/read")).start();
    let recording = scan(&azure, &everything()).await;
    let found = entry(&recording, &site(), SITES);
    assert_eq!((found.state, found.missing_action.as_deref()), (Denied, Some("Microsoft.Web/sites/read")));
    assert_eq!(body(&recording, &site())["properties"]["httpsOnly"], true);
}

#[tokio::test]
async fn a_failed_list_of_parents_marks_their_children() {
    let azure = school()
        .serve()
        .fault(Fault::on("/databases?").denied("Microsoft.Sql/servers/databases/read"))
        .start();
    let encryption = "Microsoft.Sql/servers/databases/transparentDataEncryption";
    let recording = scan(&azure, &everything()).await;
    let server = arm_id("rg-school", "Microsoft.Sql/servers", "sql-school");
    assert_eq!(state(&recording, &server, encryption), Denied);
    // This one is known from its row in Resource Graph.
    assert_eq!(state(&recording, &format!("{server}/databases/pupils"), encryption), Complete);
}

#[tokio::test]
async fn microsoft_graph_fails_alone() {
    let permission = "User.Read.All";
    let azure = school().serve().fault(Fault::on("/v1.0/users").graph_denied(permission)).start();
    let recording = scan(&azure, &everything()).await;
    let found = entry(&recording, "/", USERS);
    assert_eq!((found.state, found.missing_action.as_deref()), (Denied, Some(permission)));
    assert_eq!(state(&recording, "/", "Microsoft.Graph/authorizationPolicy"), Complete);
    assert_eq!(state(&recording, &account("stone"), BLOB), Complete);
}

#[tokio::test]
async fn no_link_leads_to_another_host() {
    let azure = school().serve().start();
    azure.add_fault(Fault::on("/blobServices").next_link(&azure.foreign_link()));
    azure.add_fault(Fault::on("/v1.0/users").next_link(&azure.foreign_link()));
    azure.add_fault(Fault::on("vault.azure.net/secrets").next_link(&azure.foreign_link()));
    let recording = scan(&azure, &everything()).await;
    for (scope, read) in [(account("stone"), BLOB), ("/".to_owned(), USERS), (vault(), SECRETS)] {
        let found = entry(&recording, &scope, read);
        assert_eq!((found.state, found.code.as_deref()), (Failed, Some("ForeignHost")), "{read}");
    }
    assert!(azure.foreign_requests().is_empty());
    assert!(!ids(&recording).iter().any(|id| id.contains("forged")));
}

#[tokio::test]
async fn a_refused_token_is_replaced_everywhere() {
    let azure = school().serve().start();
    let whole = scan(&azure, &everything()).await;
    for host in ["management.azure.com", "graph.microsoft.com", "kv-school.vault.azure.net"] {
        for fault in [Fault::on(host).status(401), Fault::on(host).revoke_token()] {
            let azure = school().serve().fault(fault.times(1)).start();
            let recording = scan(&azure, &everything()).await;
            assert_eq!(format!("{recording:?}"), format!("{whole:?}"), "{host}");
        }
    }
}

#[tokio::test]
async fn retry_after_is_waited_for_unless_it_is_too_long() {
    let fault = || Fault::on("stone/blobServices").status(429);
    let azure = school().serve().fault(fault().retry_after(1).times(1)).start();
    let recording = scan(&azure, &everything()).await;
    assert_eq!(state(&recording, &account("stone"), BLOB), Complete);
    let calls = azure.calls();
    let tries = calls.of("GET", "stone/blobServices");
    assert!(tries[1].at - tries[0].at >= Duration::from_millis(950));

    let azure = school().serve().fault(fault().retry_after(3600)).start();
    let begun = Instant::now();
    let recording = scan(&azure, &everything()).await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(state(&recording, &account("stone"), BLOB), Throttled);
    assert_eq!(state(&recording, &account("sttwo"), BLOB), Complete);
}

#[tokio::test]
async fn without_a_token_nothing_is_scanned() {
    let azure = school().serve().fault(Fault::on("oauth2").status(400)).start();
    let error = try_scan(&azure, &everything()).await.unwrap_err();
    assert!(matches!(error, LiveError::Credential(_)), "{error}");
    assert_eq!(azure.calls().len(), 1);
}
