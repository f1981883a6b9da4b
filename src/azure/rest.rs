//! Reading one service over its pipeline: single objects, lists with their pages, and the Resource
//! Graph query. There is no other verb.

use std::collections::HashSet;
use std::sync::Arc;

use azure_core::http::headers::{ACCEPT, CONTENT_TYPE, HeaderName, Headers};
use azure_core::http::policies::Policy;
use azure_core::http::{
    ClientOptions, Context, Method, Pipeline, PipelineSendOptions, Request, RetryOptions, Transport, Url,
};

use super::page::{Item, Listing, Page, Progress, items_of, nameless, not_expected, on_one_line, text_of};
use super::policy::HostPin;
use super::rest_error::{RestError, RestErrorKind};
use super::throttle::Throttle;

/// A list that is longer has no end.
const MAX_PAGES: usize = 5_000;

/// One service: Resource Manager or Microsoft Graph.
#[derive(Clone, Debug)]
pub struct Rest {
    pipeline: Pipeline,
    base: Url,
    pin: HostPin,
}

/// An answer with status 200.
#[derive(Debug)]
pub struct Answer {
    /// Headers.
    pub headers: Headers,
    /// Body.
    pub body: Vec<u8>,
}

impl Rest {
    /// The service at `base`; `authorize` puts the token on.
    pub fn new(
        base: &Url,
        authorize: impl Policy + 'static,
        transport: Transport,
        throttle: Arc<Throttle>,
    ) -> Self {
        let pin = HostPin::origin(base);
        let options = ClientOptions {
            retry: RetryOptions::none(),
            transport: Some(transport),
            ..ClientOptions::default()
        };
        let per_call: Vec<Arc<dyn Policy>> = vec![Arc::new(pin.clone()), throttle];
        let pipeline = Pipeline::new(
            option_env!("CARGO_PKG_NAME"),
            option_env!("CARGO_PKG_VERSION"),
            options,
            per_call,
            vec![Arc::new(authorize)],
            None,
        );
        Self { pipeline, base: base.clone(), pin }
    }

    /// The object at `path` (with its query), as it was sent, on one line.
    pub async fn get(&self, path: &str) -> Result<Item, RestError> {
        let answer = self.send(Request::new(self.url(path)?, Method::Get)).await?;
        let text = text_of(&answer.body)?;
        let element: &serde_json::value::RawValue =
            serde_json::from_str(text).map_err(|error| not_expected(text, &error.to_string()))?;
        let (mut items, _) = items_of([element]);
        items.pop().ok_or_else(|| not_expected(text, "there is no id in it"))
    }

    /// The object at `path`, as text on one line, with or without an id.
    pub async fn get_text(&self, path: &str) -> Result<String, RestError> {
        let answer = self.send(Request::new(self.url(path)?, Method::Get)).await?;
        let text = text_of(&answer.body)?;
        if !text.trim_start().starts_with('{') {
            return Err(not_expected(text, "it is not an object"));
        }
        serde_json::from_str::<&serde_json::value::RawValue>(text)
            .map_err(|error| not_expected(text, &error.to_string()))?;
        Ok(on_one_line(text))
    }

    /// The list at `path` with all its pages.
    pub async fn list(&self, path: &str) -> Listing {
        self.pages(path, usize::MAX, "id").await
    }

    /// [`Self::list`] of objects that the property `key` names.
    pub async fn list_by(&self, path: &str, key: &str) -> Listing {
        self.pages(path, usize::MAX, key).await
    }

    /// The list at `path` up to its first page that isn't empty: a list may begin with empty ones.
    pub async fn first_page(&self, path: &str) -> Listing {
        self.pages(path, 1, "id").await
    }

    async fn pages(&self, path: &str, wanted: usize, key: &str) -> Listing {
        let mut listing = Listing::default();
        let mut seen = HashSet::new();
        let mut progress = Progress::default();
        let mut without_id = 0;
        let mut next = self.url(path);
        listing.shortfall = loop {
            let url = match next {
                Ok(url) => url,
                Err(error) => break Some(error),
            };
            if !seen.insert(url.to_string()) || listing.pages >= MAX_PAGES {
                break Some(RestError::paging_loop());
            }
            let answer = self.send(Request::new(url.clone(), Method::Get)).await;
            let page = match answer.and_then(|answer| Page::parse_by(&answer.body, key)) {
                Ok(page) => page,
                Err(error) => break Some(error),
            };
            if !progress.leads_on(page.items.iter().map(|item| item.id.as_str())) {
                break Some(RestError::paging_loop());
            }
            listing.pages += 1;
            listing.items.extend(page.items);
            without_id += page.nameless;
            match page.next {
                Some(link) if listing.pages < wanted || listing.items.is_empty() => {
                    next = self.follow(&url, &link);
                }
                _ => break nameless(without_id),
            }
        };
        listing
    }

    /// The Resource Graph query: a POST that only reads.
    pub async fn post_query(&self, path: &str, body: String) -> Result<Answer, RestError> {
        let mut request = Request::new(self.url(path)?, Method::Post);
        request.insert_header(CONTENT_TYPE, "application/json");
        request.set_body(body);
        self.send(request).await
    }

    /// The address of `path` on this service. A path comes from resource ids, so it must not climb.
    fn url(&self, path: &str) -> Result<Url, RestError> {
        let bad = || RestError::ours(RestErrorKind::Http, "BadPath", format!("not a path: {path}"));
        let route = path.split('?').next().unwrap_or_default();
        let climbs = route.split('/').any(|segment| {
            let plain = segment.to_ascii_lowercase().replace("%2e", ".");
            plain == "." || plain == ".."
        });
        if !path.starts_with('/') || path.starts_with("//") || climbs {
            return Err(bad());
        }
        self.base.join(path).map_err(|_| bad())
    }

    /// Where `link` on the page at `from` leads; only to this service.
    fn follow(&self, from: &Url, link: &str) -> Result<Url, RestError> {
        let url = from.join(link).map_err(|error| {
            RestError::ours(
                RestErrorKind::Http,
                "BadNextLink",
                format!("the link to the next page is no address ({error})"),
            )
        })?;
        self.pin.check(&url).map_err(|refused| {
            RestError::ours(RestErrorKind::ForeignHost, "ForeignHost", refused.to_string())
        })?;
        Ok(url)
    }

    async fn send(&self, mut request: Request) -> Result<Answer, RestError> {
        request.insert_header(ACCEPT, "application/json");
        // Graph serves scanners after people when it must choose.
        request.insert_header(HeaderName::from_static("x-ms-throttle-priority"), "low");
        let options = PipelineSendOptions { skip_checks: true, ..PipelineSendOptions::default() };
        let response = self
            .pipeline
            .send(&Context::new(), &mut request, Some(options))
            .await
            .map_err(|error| RestError::from_sdk(&error))?;
        let (status, headers, body) = response.deconstruct();
        match u16::from(status) {
            200 => Ok(Answer { headers, body: body.as_ref().to_vec() }),
            other => Err(RestError::from_answer(other, &headers, body.as_ref())),
        }
    }
}

/// `id` as the path of an address: what would end or change the path is encoded.
pub fn path_of(id: &str) -> String {
    let mut path = String::with_capacity(id.len());
    for c in id.chars() {
        match c {
            '%' => path.push_str("%25"),
            '?' => path.push_str("%3F"),
            '#' => path.push_str("%23"),
            '\\' => path.push_str("%5C"),
            c => path.push(c),
        }
    }
    path
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::azure::credential::Credential;
    use crate::azure::policy::Bearer;
    use crate::azure::testing::{Counting, Script, answer};
    use crate::azure::throttle::RetryPolicy;
    use std::time::Duration;

    pub(crate) fn rest(script: &Arc<Script>) -> Rest {
        let quick = RetryPolicy { first_wait: Duration::from_millis(1), ..RetryPolicy::default() };
        let credential = Arc::new(Credential::fixed(Arc::new(Counting::default())));
        let transport: Arc<dyn Policy> = script.clone();
        Rest::new(
            &Url::parse("https://arm.example.org").unwrap(),
            Bearer::new(credential, "scope".into()),
            Transport::with_policy(transport),
            Arc::new(Throttle::new(quick, 4)),
        )
    }

    fn page(id: &str, next: &str) -> (u16, Vec<(&'static str, &'static str)>, String) {
        answer(200, &[], &format!(r#"{{"value":[{{"id":"{id}"}}],"nextLink":"{next}"}}"#))
    }

    async fn listing(
        answers: Vec<crate::azure::testing::Answer>,
    ) -> (Vec<String>, Option<RestErrorKind>, usize) {
        let script = Script::new(answers);
        let listing = rest(&script).list("/subscriptions?api-version=1").await;
        (
            listing.items.into_iter().map(|item| item.id).collect(),
            listing.shortfall.map(|error| error.kind),
            script.sent().len(),
        )
    }

    #[tokio::test]
    async fn pages_are_followed_to_the_end() {
        let (ids, shortfall, sent) = listing(vec![
            page("/1", "https://arm.example.org/subscriptions?page=2"),
            page("/2", "?page=3"),
            page("/3", ""),
        ])
        .await;
        assert_eq!(ids, ["/1", "/2", "/3"]);
        assert_eq!((shortfall, sent), (None, 3));
    }

    #[tokio::test]
    async fn the_first_page_is_the_first_with_something_in_it() {
        let empty = |next: &str| answer(200, &[], &format!(r#"{{"value":[],"nextLink":"{next}"}}"#));
        let script = Script::new(vec![empty("?page=2"), page("/1", "?page=3"), page("/2", "")]);
        let listing = rest(&script).first_page("/subscriptions?api-version=1").await;
        assert_eq!((listing.items.len(), listing.pages, listing.shortfall), (1, 2, None));
    }

    #[tokio::test]
    async fn a_foreign_or_circular_link_ends_the_list() {
        for (link, kind) in [
            ("https://evil.example.net/x", RestErrorKind::ForeignHost),
            ("http://arm.example.org/x", RestErrorKind::ForeignHost),
            ("//evil.example.net/x", RestErrorKind::ForeignHost),
            ("?api-version=1", RestErrorKind::Loop),
        ] {
            let (ids, shortfall, sent) = listing(vec![page("/1", link)]).await;
            assert_eq!((ids.len(), shortfall, sent), (1, Some(kind), 1), "{link}");
        }
    }

    #[tokio::test]
    async fn half_a_list_keeps_what_came_before() {
        let (ids, shortfall, _) = listing(vec![page("/1", "?page=2"), answer(403, &[], "")]).await;
        assert_eq!(ids, ["/1"]);
        assert_eq!(shortfall, Some(RestErrorKind::Denied));
        let (_, shortfall, _) = listing(vec![answer(200, &[], "<html>")]).await;
        assert_eq!(shortfall, Some(RestErrorKind::NotJson));
    }

    #[tokio::test]
    async fn a_path_can_not_climb_or_leave() {
        let script = Script::new(vec![]);
        let rest = rest(&script);
        for path in ["/a/../b", "/a/%2e%2E/b", "//evil.example.net/", "a", "/a/./b?x=1"] {
            assert_eq!(rest.get(path).await.unwrap_err().code.as_deref(), Some("BadPath"));
        }
        assert!(script.sent().is_empty());
        assert_eq!(path_of("/a b/c?d#e%2F\\f"), "/a b/c%3Fd%23e%252F%5Cf");
    }
}
