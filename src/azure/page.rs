//! Pages of JSON lists. Elements stay the text that Azure sent: numbers, key order and spelling are
//! evidence.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::rest_error::{RestError, RestErrorKind};

/// One element of a list: its `id` and its body, on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The `id` of the element.
    pub id: String,
    /// The body as sent, without line breaks.
    pub body: String,
}

/// What a list gave: all of it, or what came before `shortfall`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// In the order they came.
    pub items: Vec<Item>,
    /// Pages that were read.
    pub pages: usize,
    /// Why it is not all.
    pub shortfall: Option<RestError>,
}

impl Listing {
    /// Nothing but a failure.
    pub fn failed(error: RestError) -> Self {
        Self { shortfall: Some(error), ..Self::default() }
    }
}

/// One page.
#[derive(Debug, Default)]
pub struct Page {
    /// Its elements.
    pub items: Vec<Item>,
    /// Elements that carry no usable `id`.
    pub nameless: usize,
    /// Where the next page is.
    pub next: Option<String>,
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    value: Option<Vec<&'a RawValue>>,
    #[serde(rename = "nextLink")]
    next_link: Option<String>,
    #[serde(rename = "@odata.nextLink")]
    odata_next_link: Option<String>,
}

#[derive(Deserialize)]
struct Named {
    id: Option<String>,
}

/// The text of a JSON value on one line. Line breaks can't stand inside a JSON string, so taking
/// them out changes no value.
pub fn on_one_line(text: &str) -> String {
    text.trim().replace(['\r', '\n'], "")
}

/// `body` without a byte order mark, as text.
pub fn text_of(body: &[u8]) -> Result<&str, RestError> {
    let text = std::str::from_utf8(body)
        .map_err(|_| RestError::not_json(Some(200), "the answer is not UTF-8 text"))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Says what came instead of the JSON that was asked for.
pub fn not_expected(text: &str, problem: &str) -> RestError {
    let start = text.trim_start();
    let is_html = start.get(..1) == Some("<");
    let seen = if is_html {
        "the answer is HTML, not JSON; a proxy or a sign-in page may have sent it".to_owned()
    } else if start.is_empty() {
        "the answer is empty".to_owned()
    } else {
        format!("the answer is not the JSON that was asked for: {problem}")
    };
    RestError::not_json(Some(200), seen)
}

/// Takes `elements` apart into items; counts those without an id.
pub fn items_of<'a>(elements: impl IntoIterator<Item = &'a RawValue>) -> (Vec<Item>, usize) {
    items_by(elements, "id")
}

/// [`items_of`] for objects that another property than `id` names.
fn items_by<'a>(elements: impl IntoIterator<Item = &'a RawValue>, key: &str) -> (Vec<Item>, usize) {
    let mut nameless = 0;
    let mut items = Vec::new();
    for element in elements {
        let text = element.get();
        let name = if key == "id" {
            serde_json::from_str::<Named>(text).ok().and_then(|named| named.id)
        } else {
            let object = serde_json::from_str::<serde_json::Value>(text).ok();
            object.and_then(|object| object[key].as_str().map(str::to_owned))
        };
        match name.filter(|name| !name.is_empty()) {
            Some(id) => items.push(Item { id, body: on_one_line(text) }),
            None => nameless += 1,
        }
    }
    (items, nameless)
}

impl Page {
    /// Reads `{"value": […], "nextLink": …}`, or a bare array as a few providers send it.
    pub fn parse(body: &[u8]) -> Result<Self, RestError> {
        Self::parse_by(body, "id")
    }

    /// [`Self::parse`] for elements that the property `key` names.
    pub fn parse_by(body: &[u8], key: &str) -> Result<Self, RestError> {
        let text = text_of(body)?;
        let wrong = |error: serde_json::Error| not_expected(text, &error.to_string());
        let (elements, next) = if text.trim_start().starts_with('[') {
            (serde_json::from_str::<Vec<&RawValue>>(text).map_err(wrong)?, None)
        } else {
            let wire: Wire<'_> = serde_json::from_str(text).map_err(wrong)?;
            let elements = wire.value.ok_or_else(|| not_expected(text, "there is no list in it"))?;
            (elements, wire.next_link.or(wire.odata_next_link))
        };
        let (items, nameless) = items_by(elements, key);
        Ok(Self { items, nameless, next: next.filter(|link| !link.is_empty()) })
    }
}

/// The ids of a list so far; tells pages that go on from pages that go round.
///
/// A link may lead to the same page under ever new names, so links alone don't show it.
#[derive(Debug, Default)]
pub struct Progress(HashSet<String>);

impl Progress {
    /// Whether a page with these ids leads on: one of them is new, or it is empty, as some lists
    /// send pages between others.
    pub fn leads_on<'a>(&mut self, ids: impl IntoIterator<Item = &'a str>) -> bool {
        let (mut count, before) = (0, self.0.len());
        for id in ids {
            count += 1;
            self.0.insert(id.to_ascii_lowercase());
        }
        count == 0 || self.0.len() > before
    }
}

/// The shortfall of a list with elements that can't be told apart.
pub fn nameless(count: usize) -> Option<RestError> {
    (count > 0).then(|| {
        RestError::ours(
            RestErrorKind::Incomplete,
            "NoId",
            format!("{count} elements of the list carry no id"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_keep_their_text() {
        let body = "\u{feff}{\"value\": [ {\"id\": \"/a\",\n  \"n\": 1.50, \"big\": 12345678901234567890123, \"s\":\"\\u00e6\\n\"}, {\"name\":\"x\"}],\n\"nextLink\": \"\"}";
        let page = Page::parse(body.as_bytes()).unwrap();
        assert_eq!(
            page.items,
            [Item {
                id: "/a".into(),
                body:
                    "{\"id\": \"/a\",  \"n\": 1.50, \"big\": 12345678901234567890123, \"s\":\"\\u00e6\\n\"}"
                        .into()
            }]
        );
        assert_eq!((page.nameless, page.next), (1, None));
    }

    #[test]
    fn elements_may_go_by_another_property() {
        let body = br#"{"value":[{"tenantId":"t"},{"id":"x"}]}"#;
        let page = Page::parse_by(body, "tenantId").unwrap();
        assert_eq!((page.items[0].id.as_str(), page.items.len(), page.nameless), ("t", 1, 1));
    }

    #[test]
    fn links_of_both_services_and_bare_arrays() {
        let next = |body: &str| Page::parse(body.as_bytes()).unwrap().next;
        assert_eq!(next(r#"{"value":[],"nextLink":"/a?b"}"#).as_deref(), Some("/a?b"));
        assert_eq!(next(r#"{"value":[],"@odata.nextLink":"c"}"#).as_deref(), Some("c"));
        assert_eq!(next(r#"[{"id":"/a"}]"#), None);
    }

    #[test]
    fn a_page_without_anything_new_leads_nowhere() {
        let mut progress = Progress::default();
        let pages: [(&[&str], bool); 5] = [
            (&["/a", "/b"], true),
            (&[], true),
            (&["/B", "/c"], true),
            (&["/A", "/C"], false),
            (&["/d"], true),
        ];
        for (ids, expected) in pages {
            assert_eq!(progress.leads_on(ids.iter().copied()), expected, "{ids:?}");
        }
    }

    #[test]
    fn what_is_no_list_is_an_error() {
        for (body, part) in [
            ("<html>sign in</html>", "HTML"),
            ("", "empty"),
            ("{\"value\":[{\"id\":", "not the JSON"),
            ("{\"error\":{}}", "no list"),
            ("{\"value\":{}}", "not the JSON"),
        ] {
            let error = Page::parse(body.as_bytes()).unwrap_err();
            assert_eq!(error.kind, RestErrorKind::NotJson);
            assert!(error.message.contains(part), "{body}: {}", error.message);
        }
        assert!(Page::parse(b"\xff\xfe").is_err());
    }
}
