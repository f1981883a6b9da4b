//! What a long acquisition says while it runs, and how it is told to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Is told how far the acquisition is. Purely for people: nothing depends on it.
pub trait Progress: Sync {
    /// A new stage begins.
    fn step(&self, text: &str);
    /// `calls` more calls are known to be needed.
    fn total(&self, calls: usize);
    /// `calls` of them are done.
    fn done(&self, calls: usize);
}

/// Says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn step(&self, _: &str) {}
    fn total(&self, _: usize) {}
    fn done(&self, _: usize) {}
}

/// A wish to stop, from Ctrl-C; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    stopped: AtomicBool,
    notify: Notify,
}

impl Stop {
    /// Nothing wishes to stop yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops: no new call is made, those under way are dropped.
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::SeqCst);
        self.0.notify.notify_waiters();
    }

    /// Whether [`Self::stop`] was called.
    pub fn is_stopped(&self) -> bool {
        self.0.stopped.load(Ordering::SeqCst)
    }

    /// Waits for [`Self::stop`].
    pub async fn stopped(&self) {
        let notified = self.0.notify.notified();
        tokio::pin!(notified);
        // Registered before the flag is looked at, so that no call in between is missed.
        notified.as_mut().enable();
        if !self.is_stopped() {
            notified.await;
        }
    }

    /// `work`'s result, or `None` when it was stopped first.
    pub async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.stopped() => None,
            result = work => Some(result),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_dropped_when_stopped() {
        let stop = Stop::new();
        assert_eq!(stop.unless_stopped(async { 1 }).await, Some(1));
        let waiting = stop.clone();
        let task = tokio::spawn(async move { waiting.unless_stopped(std::future::pending::<()>()).await });
        tokio::task::yield_now().await;
        stop.stop();
        assert_eq!(task.await.unwrap(), None);
        assert_eq!(stop.unless_stopped(async { 1 }).await, None);
    }
}
