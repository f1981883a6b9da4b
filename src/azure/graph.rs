//! Microsoft Graph objects in the shape of resources, so that one index and one language serve both.

use serde::Deserialize;

use super::page::{Item, Listing, not_expected, on_one_line};
use super::rest::{Rest, path_of};
use super::rest_error::RestError;

/// What to read: a collection, or the one object of its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphRead {
    /// Type, `Microsoft.Graph/user`.
    pub kind: String,
    /// Path with query, `/v1.0/users?$top=999`.
    pub path: String,
    /// Whether the path names one object and no collection.
    pub single: bool,
    /// The property that names an object of the collection.
    pub key: &'static str,
    /// The `@odata.type` of the objects that are meant, where the collection holds others, too.
    pub only: Option<&'static str>,
    /// A part that may be refused where the rest is not.
    pub part: Option<Part>,
}

/// A part of the objects of a read that needs a permission or a licence of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The read that coverage has for it.
    pub read: &'static str,
    /// The path that leaves it out.
    pub path_without: String,
}

impl GraphRead {
    /// A collection whose objects have ids.
    pub fn list(kind: &str, path: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            path: path.to_owned(),
            single: false,
            key: "id",
            only: None,
            part: None,
        }
    }

    /// One object.
    pub fn single(kind: &str, path: &str) -> Self {
        Self { single: true, ..Self::list(kind, path) }
    }
}

/// A collection below each object of another type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphChildren {
    /// Type of the children, `Microsoft.Graph/application/owners`.
    pub kind: String,
    /// Type of the objects they belong to.
    pub parent: String,
    /// Where those are, `/v1.0/applications`.
    pub collection: &'static str,
    /// Path below one of them, with its query.
    pub path: String,
}

/// Reads it; each object becomes `{"id", "type", "name", "properties": the object as returned}`.
pub async fn objects(rest: &Rest, read: &GraphRead) -> Listing {
    let root = |name: &str| format!("/providers/{}/{}", read.kind, segment(name));
    if !read.single {
        let mut listing = rest.list_by(&read.path, read.key).await;
        if let Some(only) = read.only {
            listing.items.retain(|item| odata_type(&item.body).as_deref() == Some(only));
        }
        for item in &mut listing.items {
            *item = wrapped(&root(&item.id), &read.kind, &item.id, &item.body);
        }
        return listing;
    }
    let answer = rest.get_text(&read.path).await.and_then(|text| {
        let name = single(&read.kind, &text)?;
        Ok(wrapped(&root(&name), &read.kind, &name, &text))
    });
    match answer {
        Ok(item) => Listing { items: vec![item], pages: 1, shortfall: None },
        Err(error) => Listing::failed(error),
    }
}

/// Reads the children of the object `name`; their ids go on from its.
pub async fn children(rest: &Rest, read: &GraphChildren, name: &str) -> Listing {
    let mut listing = rest.list(&format!("{}/{}/{}", read.collection, path_of(name), read.path)).await;
    let child = read.kind.rsplit('/').next().unwrap_or_default();
    for item in &mut listing.items {
        let id = format!("{}/{child}/{}", parent_id(read, name), segment(&item.id));
        *item = wrapped(&id, &read.kind, &item.id, &item.body);
    }
    listing
}

/// The id, as a resource, of the object `name` that has the children.
pub fn parent_id(read: &GraphChildren, name: &str) -> String {
    format!("/providers/{}/{}", read.parent, segment(name))
}

/// A name as one segment of an id.
fn segment(name: &str) -> String {
    name.replace('/', "%2F")
}

#[derive(Deserialize)]
struct Typed {
    #[serde(rename = "@odata.type")]
    odata_type: Option<String>,
}

fn odata_type(body: &str) -> Option<String> {
    serde_json::from_str::<Typed>(body).ok()?.odata_type
}

#[derive(Deserialize)]
struct Identity {
    id: Option<String>,
    #[serde(rename = "@odata.context")]
    context: Option<String>,
}

/// The name of an object of which there is one: it may have no id of its own and then goes by the name
/// of its kind. Microsoft Graph says of each object what it is; an answer without that is not one,
/// however empty.
fn single(kind: &str, text: &str) -> Result<String, RestError> {
    let identity: Identity =
        serde_json::from_str(text).map_err(|error| not_expected(text, &error.to_string()))?;
    let name = kind.rsplit('/').next().unwrap_or(kind);
    match (identity.id.filter(|id| !id.is_empty()), identity.context) {
        (Some(id), _) => Ok(id),
        (None, Some(_)) => Ok(name.to_owned()),
        (None, None) => Err(not_expected(text, "there is neither id nor context in it")),
    }
}

fn wrapped(id: &str, kind: &str, name: &str, body: &str) -> Item {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let body = format!(
        r#"{{"id":{},"type":{},"name":{},"properties":{}}}"#,
        quoted(id),
        quoted(kind),
        quoted(name),
        on_one_line(body)
    );
    Item { id: id.to_owned(), body }
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
        let users = objects(&rest, &GraphRead::list("Microsoft.Graph/user", "/v1.0/x")).await;
        assert_eq!(
            users.items[0].body,
            r#"{"id":"/providers/Microsoft.Graph/user/u1","type":"Microsoft.Graph/user","name":"u1","properties":{"id":"u1","displayName":"A \"B\"", "n":1.0}}"#
        );
        let policy =
            objects(&rest, &GraphRead::single("Microsoft.Graph/authorizationPolicy", "/v1.0/x")).await;
        assert_eq!(policy.items[0].id, "/providers/Microsoft.Graph/authorizationPolicy/authorizationPolicy");
    }

    #[tokio::test]
    async fn objects_of_one_kind_are_picked_and_may_go_by_another_property() {
        let ip = "#microsoft.graph.ipNamedLocation";
        let script = Script::new(vec![
            answer(
                200,
                &[],
                &format!(
                    r#"{{"value":[{{"id":"1","@odata.type":"{ip}"}},{{"id":"2","@odata.type":"x"}},{{"id":"3"}}]}}"#
                ),
            ),
            answer(200, &[], r#"{"value":[{"tenantId":"t/1"}]}"#),
        ]);
        let rest = rest(&script);
        let list = |kind: &str| GraphRead::list(kind, "/v1.0/x");
        let picked = GraphRead { only: Some(ip), ..list("Microsoft.Graph/ipNamedLocation") };
        let ids = |listing: Listing| listing.items.into_iter().map(|item| item.id).collect::<Vec<_>>();
        assert_eq!(ids(objects(&rest, &picked).await), ["/providers/Microsoft.Graph/ipNamedLocation/1"]);
        let partner = GraphRead { key: "tenantId", ..list("Microsoft.Graph/partner") };
        assert_eq!(ids(objects(&rest, &partner).await), ["/providers/Microsoft.Graph/partner/t%2F1"]);
    }

    #[tokio::test]
    async fn children_have_ids_below_their_parents() {
        let script = Script::new(vec![answer(200, &[], r#"{"value":[{"id":"f1"}]}"#)]);
        let read = GraphChildren {
            kind: "Microsoft.Graph/domain/federationConfiguration".into(),
            parent: "Microsoft.Graph/domain".into(),
            collection: "/v1.0/domains",
            path: "federationConfiguration".into(),
        };
        let listing = children(&rest(&script), &read, "school.example").await;
        let called = "GET https://arm.example.org/v1.0/domains/school.example/federationConfiguration";
        assert!(script.sent()[0].starts_with(called), "{:?}", script.sent());
        let id = "/providers/Microsoft.Graph/domain/school.example/federationConfiguration/f1";
        assert_eq!(listing.items[0].id, id);
        let parsed = crate::inventory::id::ResourceId::parse(id).unwrap();
        assert_eq!(parsed.resource_type().as_deref(), Some(read.kind.as_str()));
        assert_eq!(parsed.parent().unwrap().as_str(), parent_id(&read, "school.example"));
    }

    #[test]
    fn an_object_without_identity_is_none() {
        let kind = "Microsoft.Graph/authorizationPolicy";
        assert!(single(kind, "{}").is_err());
        assert_eq!(single(kind, r#"{"@odata.context":"c"}"#).unwrap(), "authorizationPolicy");
    }
}
