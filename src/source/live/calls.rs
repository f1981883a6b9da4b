//! Many calls at a time, with a bound, and answers in the order of the questions: what is read must
//! not depend on what came back first.

use futures::StreamExt;

use super::progress::{Progress, Stop};
use crate::azure::page::Listing;
use crate::azure::rest::Rest;
use crate::azure::rest_error::RestError;

/// What kind of answer a call expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    List,
    FirstPage,
    One,
}

/// One call to Resource Manager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Id of the scope that is asked.
    pub scope: String,
    path: String,
    shape: Shape,
    absence_is_empty: bool,
}

impl Call {
    /// A list with all its pages.
    pub fn list(scope: String, path: String) -> Self {
        Self { scope, path, shape: Shape::List, absence_is_empty: false }
    }

    /// The first page of a list.
    pub fn first_page(scope: String, path: String) -> Self {
        Self { shape: Shape::FirstPage, ..Self::list(scope, path) }
    }

    /// One object.
    pub fn one(scope: String, path: String) -> Self {
        Self { shape: Shape::One, ..Self::list(scope, path) }
    }

    /// Takes "there is no such thing" for an empty list: right for children and extensions.
    #[must_use]
    pub fn absence_is_empty(self) -> Self {
        Self { absence_is_empty: true, ..self }
    }

    async fn make(self, rest: &Rest) -> Listing {
        let listing = match self.shape {
            Shape::List => rest.list(&self.path).await,
            Shape::FirstPage => rest.first_page(&self.path).await,
            Shape::One => match rest.get(&self.path).await {
                Ok(item) => Listing { items: vec![item], pages: 1, shortfall: None },
                Err(error) => Listing::failed(error),
            },
        };
        let is_absence = self.absence_is_empty
            && listing.pages == 0
            && listing.shortfall.as_ref().is_some_and(RestError::is_absence);
        if is_absence { Listing::default() } else { listing }
    }
}

/// Makes calls.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    /// Resource Manager.
    pub rest: &'a Rest,
    /// Calls at a time.
    pub concurrency: usize,
    /// Who is told.
    pub progress: &'a dyn Progress,
    /// The wish to stop.
    pub stop: &'a Stop,
}

impl Caller<'_> {
    /// `work`, unless it is stopped.
    pub async fn guard<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.stop.unless_stopped(work).await
    }

    /// Makes all calls and returns their answers in the order of `calls`.
    pub async fn run(&self, calls: Vec<Call>) -> Vec<(Call, Listing)> {
        let rest = self.rest;
        self.run_with(calls, |call| async move { call.make(rest).await }).await
    }

    /// [`Self::run`] with questions of another kind.
    pub async fn run_with<Q, F, R>(&self, questions: Vec<Q>, ask: F) -> Vec<(Q, Listing)>
    where
        Q: Clone,
        F: Fn(Q) -> R,
        R: Future<Output = Listing>,
    {
        self.progress.total(questions.len());
        // Made before any of them is polled: a stream of closures could not be sent between threads.
        let work: Vec<_> = questions
            .iter()
            .enumerate()
            .map(|(at, question)| self.numbered(at, ask(question.clone())))
            .collect();
        let mut answers: Vec<(usize, Listing)> =
            futures::stream::iter(work).buffer_unordered(self.concurrency.max(1)).collect().await;
        answers.sort_by_key(|(at, _)| *at);
        questions.into_iter().zip(answers.into_iter().map(|(_, listing)| listing)).collect()
    }

    async fn numbered(&self, at: usize, work: impl Future<Output = Listing>) -> (usize, Listing) {
        let answer = self.stop.unless_stopped(work).await;
        self.progress.done(1);
        (at, answer.unwrap_or_else(|| Listing::failed(RestError::interrupted())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::rest::tests::rest;
    use crate::azure::testing::{Script, answer};
    use crate::source::live::progress::NoProgress;

    fn calls(count: usize) -> Vec<Call> {
        (0..count)
            .map(|number| {
                Call::list(format!("/{number}"), format!("/{number}?api-version=1")).absence_is_empty()
            })
            .collect()
    }

    #[tokio::test]
    async fn absence_is_an_empty_list_and_refusal_is_not() {
        let not_found = r#"{"error":{"code":"ResourceNotFound"}}"#;
        let script = Script::new(vec![answer(404, &[], not_found), answer(403, &[], "{}")]);
        let rest = rest(&script);
        let stop = Stop::new();
        let caller = Caller { rest: &rest, concurrency: 1, progress: &NoProgress, stop: &stop };
        let answers = caller.run(calls(2)).await;
        assert_eq!(answers[0].1.shortfall, None);
        assert_eq!(answers[1].1.shortfall.as_ref().unwrap().status, Some(403));
    }

    #[tokio::test]
    async fn nothing_is_sent_after_a_stop() {
        let script = Script::new(vec![]);
        let rest = rest(&script);
        let stop = Stop::new();
        stop.stop();
        let caller = Caller { rest: &rest, concurrency: 2, progress: &NoProgress, stop: &stop };
        let answers = caller.run(calls(3)).await;
        assert!(answers.iter().all(|(_, listing)| listing.shortfall == Some(RestError::interrupted())));
        assert!(script.sent().is_empty());
    }
}
