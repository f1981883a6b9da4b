//! What a read-only scanner must never do.

use reqwest::Method;

use crate::azure::{SUBSCRIPTION, arm_id};
use crate::client::{ARM, Client, STORAGE, VAULT, school};

#[tokio::test]
async fn what_a_reader_must_never_do_is_written_down() {
    let azure = school().serve().start();
    let client = Client::of(&azure);
    let account = arm_id("rg-school", STORAGE, "stschool");
    let cases = [
        (Method::PUT, ARM, format!("{ARM}{account}?api-version=1"), "can change"),
        (Method::DELETE, ARM, format!("{ARM}{account}?api-version=1"), "can change"),
        (Method::HEAD, ARM, format!("{ARM}{account}?api-version=1"), "can change"),
        (Method::POST, ARM, format!("{ARM}{account}/listKeys?api-version=1"), "can change"),
        (Method::GET, ARM, format!("{ARM}{account}/listKeys?api-version=1"), "returns keys"),
        (Method::GET, ARM, format!("{ARM}{account}/config/authsettings/list?api-version=1"), "returns keys"),
        (
            Method::POST,
            ARM,
            format!("{ARM}/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Web/register?api-version=1"),
            "can change",
        ),
        (
            Method::GET,
            VAULT,
            "https://kv-school.vault.azure.net/secrets/db?api-version=2025-07-01".into(),
            "secret",
        ),
        (
            Method::GET,
            VAULT,
            "https://kv-school.vault.azure.net/secrets/db/v1?api-version=2025-07-01".into(),
            "secret",
        ),
        (Method::GET, ARM, "https://login.microsoftonline.com/x".into(), "token endpoint"),
    ];
    for (method, audience, url, what) in cases {
        let token = client.token(audience).await;
        let answer = client.http.request(method, &url).bearer_auth(token).send().await.unwrap();
        assert_eq!(answer.status(), 403, "{url}");
        let found = azure.take_violations();
        assert!(found.first().is_some_and(|violation| violation.what.contains(what)), "{url}: {found:?}");
    }
    let versions = "https://kv-school.vault.azure.net/secrets/db/versions?api-version=2025-07-01";
    assert_eq!(client.get(versions).await.status(), 200, "a list of versions has no values");
}

#[tokio::test]
async fn a_violation_fails_the_test_that_made_it() {
    for foreign in [false, true] {
        let azure = school().serve().start();
        let client = Client::of(&azure);
        let url = if foreign { azure.foreign_link() } else { format!("{ARM}/x?api-version=1") };
        client.http.put(url).send().await.unwrap();
        let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(azure)));
        let message = *dropped.unwrap_err().downcast::<String>().unwrap();
        assert!(message.contains(if foreign { "evil.example.net" } else { "can change" }), "{message}");
    }
}
