//! A scan that is stopped says what it did not read.

use std::time::{Duration, Instant};

use skytjek::source::live::{LiveError, Stop};

use crate::azure::Fault;
use crate::setting::*;

#[tokio::test]
async fn what_was_not_read_before_a_stop_is_marked() {
    let azure = school().serve().start();
    let whole = scan(&azure, &everything()).await;
    drop(azure);
    let mut marked = 0;
    for milliseconds in [20, 60, 100, 140, 180, 240] {
        let azure = school().serve().fault(Fault::on("").slow(Duration::from_millis(15))).start();
        let stop = Stop::new();
        let timer = stop.clone();
        let clock = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            timer.stop();
        });
        let begun = Instant::now();
        let result = scan_with(&azure, &options(&azure), &everything(), &stop).await;
        clock.abort();
        assert!(begun.elapsed() < Duration::from_millis(milliseconds + 1500));
        let recording = match result {
            Ok(recording) => recording,
            Err(LiveError::Interrupted) => continue,
            Err(error) => panic!("{error}"),
        };
        crate::nothing_lost::check(&whole, &recording, &format!("stopped after {milliseconds} ms"));
        let interrupted =
            recording.coverage.iter().filter(|entry| entry.code.as_deref() == Some("Interrupted"));
        marked += interrupted.count();
    }
    assert!(marked > 0, "at least one scan was stopped half way");
}
