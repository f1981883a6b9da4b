//! Locations: a file and a region for every reader, and the resource's id.

use std::collections::BTreeMap;

use serde_sarif::sarif::{
    ArtifactContent, ArtifactLocation, Location, LogicalLocation, Message, PhysicalLocation, Region,
};

use crate::finding::evidence::file_path;
use crate::finding::report::{self, EvidenceFile, ProofStep, Report, ResultRow};
use crate::inventory::id::ResourceId;

use super::Options;
use crate::output::coverage_file::CoverageFile;
use crate::output::text::{sarif_plain, visible};

/// Lines before and after a region that its context shows.
const CONTEXT: usize = 3;
/// A line longer than this in bytes is no snippet for a reader.
const MAX_SNIPPET: usize = 4_000;

/// Everything that locations are made from.
pub(super) struct Places<'a> {
    report: &'a Report,
    coverage: Option<&'a CoverageFile>,
    options: Options<'a>,
    /// Position of each file in `run.artifacts`.
    artifacts: BTreeMap<&'a str, i64>,
}

impl<'a> Places<'a> {
    pub(super) fn new(report: &'a Report, coverage: Option<&'a CoverageFile>, options: Options<'a>) -> Self {
        let mut places = Self { report, coverage, options, artifacts: BTreeMap::new() };
        if options.profile.is_record() {
            let paths: Vec<&str> = places.files().map(|(path, _)| path).collect();
            places.artifacts = paths.into_iter().zip(0..).collect();
        }
        places
    }

    /// Files that locations point into, in the order of `run.artifacts`.
    pub(super) fn files(&self) -> impl Iterator<Item = (&'a str, &'a EvidenceFile)> + use<'a> {
        let coverage = self.coverage.map(|file| (file.path, &file.file));
        let evidence = self.report.evidence.iter().map(|(path, file)| (path.as_str(), file));
        coverage.into_iter().chain(evidence)
    }

    /// A file's address for readers.
    ///
    /// An evidence file's name on disk is percent-encoded already, so its `%` is encoded once more.
    pub(super) fn artifact_location(&self, file: &str) -> ArtifactLocation {
        let is_evidence = self.evidence(file).is_some();
        let mut uri = String::new();
        if is_evidence && !self.options.evidence_prefix.is_empty() {
            push_uri_path(&mut uri, self.options.evidence_prefix.trim_end_matches('/'));
            uri.push('/');
        }
        push_uri_path(&mut uri, file);
        let mut location = ArtifactLocation::builder().uri(uri).build();
        location.index = self.artifacts.get(file).copied();
        location
    }

    fn evidence(&self, file: &str) -> Option<&'a EvidenceFile> {
        let coverage = self.coverage.filter(|coverage| coverage.path == file);
        coverage.map(|coverage| &coverage.file).or_else(|| self.report.evidence.get(file))
    }

    /// The text of a file that locations point into: evidence, or code.
    fn text_of(&self, file: &str) -> Option<&'a str> {
        let code = || self.report.sources.get(file).map(|source| &*source.text);
        self.evidence(file).map(|found| found.text.as_str()).or_else(code)
    }

    /// Where a result is: exactly one physical location, and the resource's id.
    pub(super) fn of_result(&self, row: &ResultRow) -> Location {
        Location::builder()
            .physical_location(self.physical(&own_place(row)))
            .logical_locations(vec![resource(&row.resource.id, &row.resource.name)])
            .build()
    }

    /// Where the summary of what was not seen is.
    pub(super) fn of_coverage(&self, file: &CoverageFile) -> Location {
        Location::builder().physical_location(self.physical(&file.location)).build()
    }

    /// The resources that a verdict rests on, in the order of the argument.
    pub(super) fn of_proof(&self, row: &ResultRow) -> Option<Vec<Location>> {
        let steps = row.proof.iter().zip(1..);
        let related: Vec<Location> = steps.map(|(step, id)| self.of_step(row, step, id)).collect();
        (!related.is_empty()).then_some(related)
    }

    fn of_step(&self, row: &ResultRow, step: &ProofStep, id: i64) -> Location {
        let mut location = Self::said(step);
        location.id = Some(id);
        let place = self.place_of(row, step);
        // GitHub takes no location without a file: the finding's own stands in.
        let place = if self.options.profile.is_record() { place } else { place.or(Some(own_place(row))) };
        location.physical_location = place.map(|place| self.physical(&place));
        location
    }

    /// A step of a code flow, which readers walk from file to file: the finding's own stands in for one that
    /// isn't there.
    pub(super) fn in_flow(&self, row: &ResultRow, step: &ProofStep) -> Location {
        let mut location = Self::said(step);
        let place = self.place_of(row, step).unwrap_or_else(|| own_place(row));
        location.physical_location = Some(self.physical(&place));
        location
    }

    fn said(step: &ProofStep) -> Location {
        let name = step.resource.rsplit('/').next().unwrap_or_default();
        Location::builder()
            .message(Message::builder().text(sarif_plain(&step.says)).build())
            .logical_locations(vec![resource(&step.resource, name)])
            .build()
    }

    /// Where a step's resource is shown.
    fn place_of(&self, row: &ResultRow, step: &ProofStep) -> Option<report::Location> {
        if step.location.is_some() {
            return step.location.clone();
        }
        if step.resource.eq_ignore_ascii_case(&row.resource.id) {
            return row.location.clone();
        }
        let own = evidence_path(&step.resource);
        self.text_of(&own).is_some().then(|| first_line(own))
    }

    fn physical(&self, place: &report::Location) -> PhysicalLocation {
        let lines: Option<Vec<&str>> = self.text_of(&place.file).map(|text| {
            let from = place.start_line.saturating_sub(1 + CONTEXT);
            let to = place.end_line + CONTEXT;
            text.lines().take(to).skip(from).collect()
        });
        let height = 1 + place.end_line.saturating_sub(place.start_line);
        let number = |value: usize| i64::try_from(value).unwrap_or(i64::MAX);
        let mut region = Region::builder()
            .start_line(number(place.start_line))
            .start_column(number(place.start_column))
            .end_line(number(place.end_line))
            .end_column(number(place.end_column))
            .build();
        let mut physical =
            PhysicalLocation::builder().artifact_location(self.artifact_location(&place.file)).build();
        if let Some(lines) = lines {
            let above = (place.start_line.saturating_sub(1)).min(CONTEXT);
            let inner = lines.get(above..(above + height).min(lines.len()));
            region.snippet = inner.and_then(|inner| snippet(inner, place));
            // A context has to show more than the region does.
            if self.options.profile.is_record() && lines.len() > height {
                let first = place.start_line - above;
                let mut context = Region::builder()
                    .start_line(number(first))
                    .end_line(number(first + lines.len() - 1))
                    .build();
                context.snippet = content(&lines.join("\n"));
                physical.context_region = Some(context);
            }
        }
        physical.region = Some(region);
        physical
    }
}

/// The region's own text.
fn snippet(lines: &[&str], place: &report::Location) -> Option<ArtifactContent> {
    let last = lines.len().checked_sub(1)?;
    let parts: Vec<String> = lines
        .iter()
        .enumerate()
        .map(|(at, line)| {
            let from = if at == 0 { place.start_column.saturating_sub(1) } else { 0 };
            let to = if at == last { place.end_column.saturating_sub(1) } else { usize::MAX };
            let units: Vec<u16> = line.encode_utf16().take(to).skip(from).collect();
            String::from_utf16_lossy(&units)
        })
        .collect();
    content(&parts.join("\n"))
}

fn content(text: &str) -> Option<ArtifactContent> {
    let text = visible_source(text);
    (text.len() <= MAX_SNIPPET).then(|| ArtifactContent::builder().text(text).build())
}

/// Lines stay lines; evidence has no other hostile character, source code may.
fn visible_source(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(visible).collect();
    lines.join("\n")
}

fn own_place(row: &ResultRow) -> report::Location {
    row.location.clone().unwrap_or_else(|| first_line(evidence_path(&row.resource.id)))
}

fn evidence_path(resource: &str) -> String {
    file_path(&ResourceId::parse(resource).unwrap_or_else(ResourceId::tenant))
}

fn first_line(file: String) -> report::Location {
    report::Location { file, start_line: 1, start_column: 1, end_line: 1, end_column: 2 }
}

/// A resource as a logical location.
pub(super) fn resource(id: &str, name: &str) -> LogicalLocation {
    LogicalLocation::builder().fully_qualified_name(visible(id)).name(visible(name)).kind("resource").build()
}

/// A file as a relative URI reference.
pub(super) fn uri(file: &str) -> String {
    let mut uri = String::new();
    push_uri_path(&mut uri, file);
    uri
}

/// A path as a relative URI reference (RFC 3986): `/` stays, everything else that is not unreserved
/// is percent-encoded.
fn push_uri_path(uri: &mut String, path: &str) {
    use std::fmt::Write as _;
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            // Writing to a String can't fail.
            _ => drop(write!(uri, "%{byte:02X}")),
        }
    }
}
