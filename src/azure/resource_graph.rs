//! Azure Resource Graph: whole tables, page by page, with proof that nothing is missing.

use std::collections::HashSet;

use azure_core::http::headers::HeaderName;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::page::{Listing, Progress, items_of, nameless, not_expected, text_of};
use super::rest::Rest;
use super::rest_error::{RestError, RestErrorKind};

/// Subscriptions in one query.
pub const BATCH: usize = 100;

const PATH: &str = "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01";
const ROWS_A_PAGE: u32 = 1_000;
const MAX_PAGES: usize = 10_000;
const LIMIT_HIT: HeaderName = HeaderName::from_static("x-ms-tenant-subscription-limit-hit");

/// The query that reads `table`, or its rows of one type. Without `id` among the columns there is no
/// token for the next page, and without an order the pages overlap.
pub fn query_of(table: &str, kind: Option<&str>) -> String {
    let columns = match table {
        "resources" => {
            "id, name, type, location, tags, kind, sku, identity, zones, plan, managedBy, extendedLocation, properties"
        }
        "resourcecontainers" => "id, name, type, location, tags, managedBy, properties",
        "authorizationresources" => "id, name, type, properties",
        _ => "id, name, type, location, tags, properties",
    };
    let of_kind =
        kind.map_or_else(String::new, |kind| format!(" | where type =~ '{}'", kind.replace('\'', "")));
    format!("{table}{of_kind} | project {columns} | order by id asc")
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(rename = "totalRecords")]
    total_records: Option<u64>,
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
    /// Text or bool, by version.
    #[serde(rename = "resultTruncated")]
    result_truncated: Option<serde_json::Value>,
    #[serde(rename = "$skipToken")]
    skip_token: Option<String>,
}

struct Rows {
    listing: Listing,
    without_id: usize,
    seen_tokens: HashSet<String>,
    progress: Progress,
}

impl Rows {
    /// Takes one page in. `Ok(Some(token))` to go on, `Ok(None)` at the end.
    fn take(&mut self, body: &[u8], limit_hit: bool) -> Result<Option<String>, RestError> {
        let text = text_of(body)?;
        let wire: Wire<'_> =
            serde_json::from_str(text).map_err(|error| not_expected(text, &error.to_string()))?;
        let (items, without_id) = items_of(wire.data);
        if !self.progress.leads_on(items.iter().map(|item| item.id.as_str())) {
            return Err(RestError::paging_loop());
        }
        self.listing.pages += 1;
        self.listing.items.extend(items);
        self.without_id += without_id;
        if let Some(token) = wire.skip_token.filter(|token| !token.is_empty()) {
            if !self.seen_tokens.insert(token.clone()) || self.listing.pages >= MAX_PAGES {
                return Err(RestError::paging_loop());
            }
            return Ok(Some(token));
        }
        let short =
            |code: &str, message: String| Err(RestError::ours(RestErrorKind::Incomplete, code, message));
        let truncated =
            wire.result_truncated.is_some_and(|flag| flag == json!(true) || flag == json!("true"));
        if truncated {
            return short(
                "ResultTruncated",
                "Resource Graph cut the result off and gave no token for the rest".into(),
            );
        }
        if limit_hit {
            return short(
                "SubscriptionLimitHit",
                "the tenant has more subscriptions than Resource Graph searches at once".into(),
            );
        }
        let read = (self.listing.items.len() + self.without_id) as u64;
        match wire.total_records {
            Some(total) if total != read => {
                short("CountMismatch", format!("Resource Graph counts {total} rows and returned {read}"))
            }
            _ => nameless(self.without_id).map_or(Ok(None), Err),
        }
    }
}

/// All rows of `table`, or those of the type `kind`, in `subscriptions` (at most [`BATCH`] of them).
pub async fn rows(rest: &Rest, table: &str, kind: Option<&str>, subscriptions: &[String]) -> Listing {
    let mut rows = Rows {
        listing: Listing::default(),
        without_id: 0,
        seen_tokens: HashSet::new(),
        progress: Progress::default(),
    };
    let mut skip_token: Option<String> = None;
    loop {
        let mut options = json!({"resultFormat": "objectArray", "$top": ROWS_A_PAGE});
        if let Some(token) = &skip_token {
            options["$skipToken"] = json!(token);
        }
        if table == "authorizationresources" {
            // Assignments of management groups above hold in the subscriptions too.
            options["authorizationScopeFilter"] = json!("AtScopeAboveAndBelow");
        }
        let body =
            json!({"query": query_of(table, kind), "subscriptions": subscriptions, "options": options});
        let step = match rest.post_query(PATH, body.to_string()).await {
            Ok(answer) => {
                let limit_hit = answer
                    .headers
                    .get_optional_str(&LIMIT_HIT)
                    .is_some_and(|value| value.eq_ignore_ascii_case("true"));
                rows.take(&answer.body, limit_hit)
            }
            Err(error) => Err(error),
        };
        match step {
            Ok(Some(token)) => skip_token = Some(token),
            Ok(None) => return rows.listing,
            Err(error) => {
                rows.listing.shortfall = Some(error);
                return rows.listing;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::rest::tests::rest;
    use crate::azure::testing::{Script, answer};

    async fn read(pages: &[&str]) -> (usize, Option<String>, Vec<String>) {
        let script = Script::new(pages.iter().map(|body| answer(200, &[], body)).collect());
        let listing = rows(&rest(&script), "resources", None, &["s".into()]).await;
        (listing.items.len(), listing.shortfall.and_then(|error| error.code), script.sent())
    }

    #[test]
    fn rows_of_one_type_are_asked_for() {
        assert_eq!(
            query_of("securityresources", Some("Microsoft.Security/assessments")),
            "securityresources | where type =~ 'Microsoft.Security/assessments' | project id, name, type, location, tags, properties | order by id asc"
        );
    }

    #[tokio::test]
    async fn tokens_are_followed_and_rows_counted() {
        let (rows, code, sent) = read(&[
            r#"{"totalRecords":2,"data":[{"id":"/1"}],"resultTruncated":"true","$skipToken":"t"}"#,
            r#"{"totalRecords":2,"data":[{"id":"/2"}],"resultTruncated":"false"}"#,
        ])
        .await;
        assert_eq!((rows, code, sent.len()), (2, None, 2));
        assert!(
            sent[0].starts_with("POST https://arm.example.org/providers/Microsoft.ResourceGraph/resources?")
        );
    }

    #[tokio::test]
    async fn whatever_is_missing_is_said() {
        for (pages, expected) in [
            (vec![r#"{"totalRecords":9,"data":[{"id":"/1"}],"resultTruncated":"true"}"#], "ResultTruncated"),
            (vec![r#"{"totalRecords":9,"data":[{"id":"/1"}]}"#], "CountMismatch"),
            (
                vec![
                    r#"{"totalRecords":9,"data":[{"id":"/1"}],"$skipToken":"t"}"#,
                    r#"{"totalRecords":9,"data":[{"id":"/1"}],"$skipToken":"t"}"#,
                ],
                "PagingLoop",
            ),
            (vec![r#"{"totalRecords":1,"data":[{"name":"x"}]}"#], "NoId"),
            (vec![r#"{"data":{"columns":[],"rows":[]}}"#], "NotJson"),
        ] {
            assert_eq!(read(&pages).await.1.as_deref(), Some(expected));
        }
    }
}
