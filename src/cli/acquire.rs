//! A live acquisition at a terminal: progress while it runs, and Ctrl-C that ends it cleanly.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use time::OffsetDateTime;

use super::args::LiveArgs;
use super::terminal::{self, Failure};
use crate::inventory::reads::Reads;
use crate::scan::timestamp;
use crate::source::live::{self, LiveError, Progress, Selection, Stop};
use crate::source::recording::Recording;

/// Shows how far an acquisition is, on standard error; gone when it is done.
struct Bar {
    bar: ProgressBar,
}

impl Bar {
    fn new(quiet: bool) -> Self {
        if quiet {
            return Self { bar: ProgressBar::hidden() };
        }
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {pos}/{len} calls") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar }
    }
}

impl Progress for Bar {
    fn step(&self, text: &str) {
        self.bar.set_message(text.to_owned());
    }

    fn total(&self, calls: usize) {
        self.bar.inc_length(calls as u64);
    }

    fn done(&self, calls: usize) {
        self.bar.inc(calls as u64);
    }
}

/// Reads live Azure; returns the recording with the Resource Manager's address.
pub(super) fn acquire(
    live: &LiveArgs,
    selection: Selection,
    reads: &Reads,
    now: OffsetDateTime,
    quiet: bool,
) -> Result<(Recording, String), Failure> {
    let options = live.options(selection, timestamp(now))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::nothing(format!("could not start the network runtime: {error}")))?;
    let bar = Bar::new(quiet);
    let stop = Stop::new();
    let recorded = runtime.block_on(async {
        let interrupted = stop.clone();
        let watch = tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                terminal::say("stopping: what was read so far is kept, the rest is marked as not read");
                interrupted.stop();
            }
        });
        let recorded = live::record(&options, reads, &bar, &stop).await;
        watch.abort();
        recorded
    });
    bar.bar.finish_and_clear();
    // Calls that a stop left behind are not waited for.
    runtime.shutdown_background();
    let resource_manager = options.cloud.resource_manager.to_string();
    recorded.map(|recording| (recording, resource_manager)).map_err(|error| nothing_seen(&error))
}

fn nothing_seen(error: &LiveError) -> Failure {
    Failure::nothing(format!("nothing could be scanned.\n{error}"))
}
