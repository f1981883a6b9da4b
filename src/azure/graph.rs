//! Microsoft Graph objects in the shape of resources, so that one index and one language serve both.

use serde::Deserialize;

use super::page::{Item, Listing, not_expected, on_one_line};
use super::rest::Rest;
use super::rest_error::RestError;

/// What to read: a collection, or the one object of its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphRead {
    /// Type, `Microsoft.Graph/users`.
    pub kind: String,
    /// Path with query, `/v1.0/users?$top=999`.
    pub path: String,
    /// Whether the path names one object and no collection.
    pub single: bool,
}

/// Reads it; each object becomes `{"id", "type", "name", "properties": the object as returned}`.
pub async fn objects(rest: &Rest, read: &GraphRead) -> Listing {
    if !read.single {
        let mut listing = rest.list(&read.path).await;
        for item in &mut listing.items {
            *item = wrapped(&read.kind, &item.id, &item.body);
        }
        return listing;
    }
    let answer = rest.get_text(&read.path).await.and_then(|text| single(&read.kind, &text));
    match answer {
        Ok(item) => Listing { items: vec![item], pages: 1, shortfall: None },
        Err(error) => Listing::failed(error),
    }
}

#[derive(Deserialize)]
struct Identity {
    id: Option<String>,
    #[serde(rename = "@odata.context")]
    context: Option<String>,
}

/// An object that may have no id of its own goes by the name of its kind. Microsoft Graph says of
/// each object what it is; an answer without that is not one, however empty.
fn single(kind: &str, text: &str) -> Result<Item, RestError> {
    let identity: Identity =
        serde_json::from_str(text).map_err(|error| not_expected(text, &error.to_string()))?;
    let name = kind.rsplit('/').next().unwrap_or(kind);
    match (identity.id.filter(|id| !id.is_empty()), identity.context) {
        (Some(id), _) => Ok(wrapped(kind, &id, text)),
        (None, Some(_)) => Ok(wrapped(kind, name, text)),
        (None, None) => Err(not_expected(text, "there is neither id nor context in it")),
    }
}

fn wrapped(kind: &str, name: &str, body: &str) -> Item {
    let id = format!("/providers/{kind}/{name}");
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let body = format!(
        r#"{{"id":{},"type":{},"name":{},"properties":{}}}"#,
        quoted(&id),
        quoted(kind),
        quoted(name),
        on_one_line(body)
    );
    Item { id, body }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::rest::tests::rest;
    use crate::azure::testing::{Script, answer};

    #[tokio::test]
    async fn objects_are_wrapped_and_kept_as_they_were() {
        let script = Script::new(vec![
            answer(200, &[], r#"{"value":[{"id":"u1","displayName":"A \"B\"", "n":1.0}]}"#),
            answer(200, &[], "{\"id\":\"authorizationPolicy\",\n\"allowInvitesFrom\":\"everyone\"}"),
        ]);
        let rest = rest(&script);
        let read = |kind: &str, single| GraphRead { kind: kind.into(), path: "/v1.0/x".into(), single };
        let users = objects(&rest, &read("Microsoft.Graph/users", false)).await;
        assert_eq!(
            users.items[0].body,
            r#"{"id":"/providers/Microsoft.Graph/users/u1","type":"Microsoft.Graph/users","name":"u1","properties":{"id":"u1","displayName":"A \"B\"", "n":1.0}}"#
        );
        let policy = objects(&rest, &read("Microsoft.Graph/authorizationPolicy", true)).await;
        assert_eq!(policy.items[0].id, "/providers/Microsoft.Graph/authorizationPolicy/authorizationPolicy");
    }

    #[test]
    fn an_object_without_identity_is_none() {
        let kind = "Microsoft.Graph/authorizationPolicy";
        assert!(single(kind, "{}").is_err());
        let named = single(kind, r#"{"@odata.context":"c"}"#).unwrap();
        assert_eq!(named.id, "/providers/Microsoft.Graph/authorizationPolicy/authorizationPolicy");
    }
}
