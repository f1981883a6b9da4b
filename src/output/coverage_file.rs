//! What was not read, as a file beside the evidence, so that readers of SARIF who want a file for
//! every result have one for this too.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::finding::fingerprint::hex;
use crate::finding::hostile::to_json;
use crate::finding::report::{CoverageRow, EvidenceFile, Location, Report};

use super::missing::missing;

/// The list of reads that failed.
#[derive(Clone, Debug)]
pub struct CoverageFile {
    /// Where it lies below the evidence directory; no resource's path is this short.
    pub path: &'static str,
    /// The file.
    pub file: EvidenceFile,
    /// The line where the list begins.
    pub location: Location,
}

const PATH: &str = "azure/coverage.json";

#[derive(Serialize)]
struct NotRead<'a> {
    not_read: Vec<&'a CoverageRow>,
}

/// The file of a report; `None` when everything was read.
pub fn coverage_file(report: &Report) -> serde_json::Result<Option<CoverageFile>> {
    let not_read: Vec<&CoverageRow> = missing(report).collect();
    if not_read.is_empty() {
        return Ok(None);
    }
    let text = to_json(&NotRead { not_read })?;
    let sha256 = hex(&Sha256::digest(text.as_bytes()));
    Ok(Some(CoverageFile {
        path: PATH,
        file: EvidenceFile { text, sha256, resource: "/".into() },
        // `  "not_read": [`
        location: Location { file: PATH.into(), start_line: 2, start_column: 3, end_line: 2, end_column: 16 },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::sample;

    #[test]
    fn the_location_is_the_line_of_the_list() {
        let file = coverage_file(&sample::small()).unwrap().unwrap();
        let line = file.file.text.lines().nth(1).unwrap();
        assert_eq!(&line[file.location.start_column - 1..file.location.end_column - 1], "\"not_read\": [");
        assert!(coverage_file(&sample::empty()).unwrap().is_none());
    }
}
