//! One file or several: within the reader's limits, with nothing left out.
//!
//! A result's fingerprint decides its file, so that a finding stays in its file, and with it in its
//! category, from scan to scan. Doubling the number of files moves half of the results.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::finding::report::ResultRow;

use super::{Document, Options};
use crate::output::OutputError;

/// Files at most; more would mean that a single result is too large.
const MAX_PARTS: usize = 1024;

/// Makes the documents with `make(part, rows)`, in as few parts as the limits allow.
pub(super) fn documents(
    rows: &[&ResultRow],
    options: Options<'_>,
    make: impl Fn(usize, &[&ResultRow]) -> Result<Document, OutputError>,
) -> Result<Vec<Document>, OutputError> {
    let limits = options.limits.or_else(|| options.profile.limits());
    let Some(limits) = limits else {
        return Ok(vec![make(0, rows)?]);
    };
    let mut parts = 1;
    loop {
        let may_grow = parts < MAX_PARTS;
        let buckets = spread(rows, parts);
        // One is left free for the result about coverage.
        if may_grow && buckets.iter().any(|bucket| bucket.len() >= limits.results.max(2)) {
            parts *= 2;
            continue;
        }
        let documents: Vec<Document> =
            buckets.iter().enumerate().map(|(part, rows)| make(part, rows)).collect::<Result<_, _>>()?;
        let mut too_large = false;
        for document in &documents {
            too_large |= document.results > 1 && gzip_exceeds(&document.text, limits.gzip_bytes)?;
        }
        if may_grow && too_large {
            parts *= 2;
            continue;
        }
        return Ok(documents);
    }
}

fn spread<'a>(rows: &[&'a ResultRow], parts: usize) -> Vec<Vec<&'a ResultRow>> {
    let mut buckets = vec![Vec::new(); parts];
    for row in rows {
        let digits = row.fingerprint.get(..8).unwrap_or_default();
        let number = usize::try_from(u32::from_str_radix(digits, 16).unwrap_or(0)).unwrap_or(0);
        if let Some(bucket) = buckets.get_mut(number % parts) {
            bucket.push(*row);
        }
    }
    buckets
}

/// The category of a part: the first keeps the report's own.
pub(super) fn category(base: &str, part: usize) -> String {
    match part {
        0 => base.to_owned(),
        _ => format!("{}/part-{}/", base.trim_end_matches('/'), part + 1),
    }
}

/// Compressing is asked for only where the plain text could be too large.
fn gzip_exceeds(text: &str, limit: usize) -> io::Result<bool> {
    if text.len() <= limit {
        return Ok(false);
    }
    let mut encoder = GzEncoder::new(Count(0), Compression::fast());
    encoder.write_all(text.as_bytes())?;
    Ok(encoder.finish()?.0 > limit)
}

/// Counts bytes and drops them.
struct Count(usize);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
