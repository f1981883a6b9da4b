//! Trying again: how long to wait, how often, and when to give up.
//!
//! The SDK's own retry honours `Retry-After` on 429 and 503 only and sleeps however long a header
//! says; so it is switched off (`RetryOptions::none()`) and this policy stands in its place.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use azure_core::error::ErrorKind;
use azure_core::http::headers::{HeaderName, Headers, RETRY_AFTER};
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{Context, Request, Url};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use tokio::sync::Semaphore;

const X_MS_RETRY_AFTER_MS: HeaderName = HeaderName::from_static("x-ms-retry-after-ms");
const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");
const QUOTA_REMAINING: HeaderName = HeaderName::from_static("x-ms-user-quota-remaining");
const QUOTA_RESETS_AFTER: HeaderName = HeaderName::from_static("x-ms-user-quota-resets-after");

/// How long to wait and when to give up. Waits grow by doubling and carry no chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Tries in all, the first included.
    pub max_tries: u32,
    /// Tries when no connection comes about: a host that doesn't exist won't appear.
    pub max_connect_tries: u32,
    /// First wait where the service names none.
    pub first_wait: Duration,
    /// A service that asks for more than this is given up at once.
    pub max_wait: Duration,
    /// All tries and waits of one request together.
    pub max_total: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_tries: 5,
            max_connect_tries: 3,
            first_wait: Duration::from_millis(500),
            max_wait: Duration::from_secs(30),
            max_total: Duration::from_secs(120),
        }
    }
}

impl RetryPolicy {
    /// The wait before try `tries + 1`; `None` to give up.
    fn wait(&self, tries: u32, asked: Option<Duration>, spent: Duration) -> Option<Duration> {
        if tries >= self.max_tries {
            return None;
        }
        let doubled = self.first_wait.saturating_mul(1 << (tries - 1).min(16));
        let wait = asked.unwrap_or_default().max(doubled.min(self.max_wait));
        (wait <= self.max_wait && spent + wait <= self.max_total).then_some(wait)
    }
}

/// Whether a status may pass when asked again.
fn is_retryable(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// The wait that the service asks for. Milliseconds are more exact, so they go first.
pub fn retry_after(headers: &Headers, now: OffsetDateTime) -> Option<Duration> {
    let text = |name: &HeaderName| headers.get_optional_str(name).map(str::trim);
    let millis =
        |name: &HeaderName| text(name).and_then(|value| value.parse().ok()).map(Duration::from_millis);
    millis(&X_MS_RETRY_AFTER_MS)
        .or_else(|| millis(&RETRY_AFTER_MS))
        .or_else(|| seconds_or_date(text(&RETRY_AFTER)?, now))
}

fn seconds_or_date(value: &str, now: OffsetDateTime) -> Option<Duration> {
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    // An HTTP date is RFC 2822 with the zone's name in place of its offset.
    let date = OffsetDateTime::parse(&value.replace("GMT", "+0000"), &Rfc2822).ok()?;
    Some(Duration::try_from(date - now).unwrap_or_default())
}

/// The pause that Resource Graph's quota headers ask for: none while there is quota left.
fn quota_pause(headers: &Headers) -> Option<Duration> {
    let remaining: u64 = headers.get_optional_str(&QUOTA_REMAINING)?.trim().parse().ok()?;
    let clock = headers.get_optional_str(&QUOTA_RESETS_AFTER)?.trim();
    let mut parts = clock.split(':');
    let mut part = || parts.next()?.parse::<f64>().ok();
    let seconds = part()? * 3600.0 + part()? * 60.0 + part()?;
    let sound = remaining == 0 && (0.0..86_400.0).contains(&seconds);
    sound.then(|| Duration::from_secs_f64(seconds))
}

/// What shares one limit: a host, and on Resource Manager the subscription and the provider.
fn bucket_name(url: &Url) -> String {
    let after = |key: &str| {
        let mut segments = url.path_segments()?.map(str::to_ascii_lowercase);
        segments.find(|segment| segment == key)?;
        segments.next()
    };
    let part = |key: &str| after(key).unwrap_or_default();
    format!("{} {} {}", url.host_str().unwrap_or_default(), part("subscriptions"), part("providers"))
}

#[derive(Debug)]
struct Bucket {
    permits: Semaphore,
    not_before: Mutex<Option<Instant>>,
}

impl Bucket {
    fn not_before(&self) -> Option<Instant> {
        *self.not_before.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pause(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut slot = self.not_before.lock().unwrap_or_else(PoisonError::into_inner);
        *slot = Some(slot.map_or(until, |old| old.max(until)));
    }
}

/// Policy that tries again, and holds back everything that shares a limit while the service asks
/// for a pause.
#[derive(Debug)]
pub struct Throttle {
    policy: RetryPolicy,
    concurrency: usize,
    buckets: Mutex<HashMap<String, Arc<Bucket>>>,
}

impl Throttle {
    /// At most `concurrency` requests at a time for each limit.
    pub fn new(policy: RetryPolicy, concurrency: usize) -> Self {
        Self { policy, concurrency: concurrency.max(1), buckets: Mutex::default() }
    }

    fn bucket(&self, url: &Url) -> Arc<Bucket> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry(bucket_name(url)).or_insert_with(|| {
            Arc::new(Bucket { permits: Semaphore::new(self.concurrency), not_before: Mutex::default() })
        });
        Arc::clone(bucket)
    }

    /// The wait that `result` asks for, `None` when it is final.
    fn next_wait(&self, result: &PolicyResult, tries: u32, spent: Duration) -> Option<Duration> {
        match result {
            Ok(response) if is_retryable(response.status().into()) => {
                let asked = retry_after(response.headers(), OffsetDateTime::now_utc());
                self.policy.wait(tries, asked, spent)
            }
            Ok(_) => None,
            Err(error) => match error.kind() {
                ErrorKind::Io => self.policy.wait(tries, None, spent),
                ErrorKind::Connection if tries < self.policy.max_connect_tries => {
                    self.policy.wait(tries, None, spent)
                }
                _ => None,
            },
        }
    }
}

#[async_trait]
impl Policy for Throttle {
    async fn send(&self, ctx: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        let Some((following, rest)) = next.split_first() else {
            return Err(azure_core::Error::with_message(
                ErrorKind::Other,
                "the pipeline ends before its transport",
            ));
        };
        let bucket = self.bucket(request.url());
        let mut spent = Duration::ZERO;
        let mut tries = 0;
        loop {
            while let Some(until) = bucket.not_before().filter(|until| *until > Instant::now()) {
                tokio::time::sleep_until(until.into()).await;
            }
            let permit = bucket.permits.acquire().await;
            tries += 1;
            let started = Instant::now();
            let result = following.send(ctx, request, rest).await;
            spent += started.elapsed();
            drop(permit);
            if let Some(pause) = result.as_ref().ok().and_then(|r| quota_pause(r.headers())) {
                bucket.pause(pause.min(self.policy.max_wait));
            }
            let Some(wait) = self.next_wait(&result, tries, spent) else {
                return result;
            };
            if matches!(&result, Ok(response) if u16::from(response.status()) == 429) {
                bucket.pause(wait);
            }
            spent += wait;
            tokio::time::sleep(wait).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::testing::{Script, answer, pipeline};
    use azure_core::http::Method;

    const NOW: OffsetDateTime = time::macros::datetime!(2026-11-24 03:00:00 UTC);

    fn headers(pairs: &[(&'static str, &'static str)]) -> Headers {
        let mut headers = Headers::new();
        for (name, value) in pairs {
            headers.insert(HeaderName::from(*name), *value);
        }
        headers
    }

    #[test]
    fn every_form_of_retry_after_is_read() {
        type Headers = &'static [(&'static str, &'static str)];
        let cases: &[(Headers, Option<u64>)] = &[
            (&[("retry-after", "7")], Some(7_000)),
            (&[("retry-after", "Tue, 24 Nov 2026 03:01:30 GMT")], Some(90_000)),
            (&[("retry-after", "Tue, 24 Nov 2026 02:00:00 GMT")], Some(0)),
            (&[("x-ms-retry-after-ms", "250"), ("retry-after", "7")], Some(250)),
            (&[("retry-after-ms", "40")], Some(40)),
            (&[("retry-after", "soon")], None),
            (&[("retry-after", "-3")], None),
            (&[], None),
        ];
        for (pairs, expected) in cases {
            let found = retry_after(&headers(pairs), NOW);
            assert_eq!(found, expected.map(Duration::from_millis), "{pairs:?}");
        }
    }

    #[test]
    fn waits_double_and_long_ones_give_up() {
        let policy = RetryPolicy::default();
        let wait = |tries, asked: Option<u64>, spent| {
            policy
                .wait(tries, asked.map(Duration::from_secs), Duration::from_secs(spent))
                .map(|wait| wait.as_millis())
        };
        assert_eq!(wait(1, None, 0), Some(500));
        assert_eq!(wait(3, None, 0), Some(2_000));
        assert_eq!(wait(1, Some(20), 0), Some(20_000));
        assert_eq!(wait(1, Some(31), 0), None);
        assert_eq!(wait(2, Some(20), 101), None);
        assert_eq!(wait(5, None, 0), None);
    }

    #[test]
    fn resource_graph_pauses_only_without_quota() {
        let pause = |remaining, after| {
            quota_pause(&headers(&[
                ("x-ms-user-quota-remaining", remaining),
                ("x-ms-user-quota-resets-after", after),
            ]))
        };
        assert_eq!(pause("0", "00:00:05"), Some(Duration::from_secs(5)));
        assert_eq!(pause("3", "00:00:05"), None);
        assert_eq!(pause("0", "later"), None);
    }

    #[test]
    fn limits_are_shared_by_subscription_and_provider() {
        let name = |text: &str| bucket_name(&Url::parse(text).unwrap());
        let one = "https://arm.example.org/subscriptions/S1/resourceGroups/a/providers/Microsoft.Web/sites/x";
        let two = "https://arm.example.org/subscriptions/s1/resourceGroups/b/providers/microsoft.web/plans/y";
        assert_eq!(name(one), name(two));
        assert_ne!(name(one), name(&one.replace("S1", "s2")));
        assert_ne!(name(one), name(&one.replace("Web", "Sql")));
    }

    #[tokio::test]
    async fn a_busy_service_is_asked_again_and_a_refusal_is_not() {
        let quick = RetryPolicy { first_wait: Duration::from_millis(1), ..RetryPolicy::default() };
        let cases: Vec<(Vec<_>, u16, usize)> = vec![
            (
                vec![
                    answer(429, &[("retry-after-ms", "5")], ""),
                    answer(502, &[], ""),
                    answer(200, &[], "{}"),
                ],
                200,
                3,
            ),
            (vec![answer(403, &[], "")], 403, 1),
            (vec![answer(429, &[("retry-after", "3600")], "")], 429, 1),
            (vec![answer(503, &[], ""); 5], 503, 5),
        ];
        for (answers, status, sent) in cases {
            let script = Script::new(answers);
            let pipeline = pipeline(&script, vec![Arc::new(Throttle::new(quick, 4))]);
            let mut request = Request::new(Url::parse("https://arm.example.org/x").unwrap(), Method::Get);
            let options = azure_core::http::PipelineSendOptions { skip_checks: true, ..Default::default() };
            let result = pipeline.send(&Context::new(), &mut request, Some(options)).await;
            assert_eq!(u16::from(result.unwrap().status()), status);
            assert_eq!(script.sent().len(), sent);
        }
    }
}
