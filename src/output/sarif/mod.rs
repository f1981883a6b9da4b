//! `-o sarif`: SARIF 2.1.0, made for its reader by profile.

mod accepted;
mod flow;
mod gaps;
mod places;
mod profile;
mod results;
mod rules;
mod run;
mod split;
mod taxonomies;
#[cfg(test)]
mod tests;

use crate::finding::baseline::Baseline;
use crate::finding::report::Report;

use self::accepted::Accepted;
use self::places::Places;
use self::results::Maker;
use self::rules::Rules;
use self::taxonomies::Taxonomies;
use super::OutputError;
use super::coverage_file::coverage_file;

pub use self::profile::{Limits, Profile};
pub use self::run::category;

/// The schema that files name; the one that readers fetch.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// Where the tool and rules without a reference of their own are documented: the package's
/// repository, or its page where `Cargo.toml` names none. Readers warn of a tool without an address.
const INFORMATION_URI: &str = match option_env!("CARGO_PKG_REPOSITORY") {
    Some(repository) if !repository.is_empty() => repository,
    _ => "https://crates.io/crates/skytjek",
};

/// How SARIF is written.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The reader.
    pub profile: Profile,
    /// Category instead of the report's own ([`category`]); ends in a slash.
    pub category: Option<&'a str>,
    /// The evidence directory as readers see it: its path relative to the repository, with `/`.
    /// Empty when it is the repository's root.
    pub evidence_prefix: &'a str,
    /// The earlier report that `results` were compared with; it also knows whether coverage was incomplete
    /// then.
    pub baseline: Option<&'a Baseline>,
    /// Limits instead of the reader's own ([`Profile::limits`]).
    pub limits: Option<Limits>,
}

impl Options<'_> {
    /// The reader's defaults.
    pub fn of(profile: Profile) -> Self {
        Self { profile, category: None, evidence_prefix: "", baseline: None, limits: None }
    }
}

/// One SARIF file.
#[derive(Clone, Debug)]
pub struct Document {
    /// `automationDetails.id`; each file of a report has its own, or one would replace the other.
    pub category: String,
    /// Results in it.
    pub results: usize,
    /// Its text.
    pub text: String,
}

/// The report as one file or, past the reader's limits, several; nothing is left out. The first file
/// has the report's category and the result about coverage.
pub fn documents(report: &Report, options: Options<'_>) -> Result<Vec<Document>, OutputError> {
    let coverage = coverage_file(report)?;
    let places = Places::new(report, coverage.as_ref(), options);
    let taxonomies = options.profile.is_record().then(|| Taxonomies::new(report));
    let rules = Rules::new(report, taxonomies.as_ref());
    let accepted = Accepted::of(report, options);
    let maker = Maker { options, places: &places, rules: &rules, taxonomies: taxonomies.as_ref(), accepted };
    let base = options.category.map_or_else(|| category(report), str::to_owned);
    let summary =
        coverage.as_ref().map(|file| gaps::summary(report, &base, file, &places, &rules, options, accepted));
    let rows: Vec<_> = report.results.iter().filter(|row| options.profile.carries(row.verdict)).collect();
    split::documents(&rows, options, |part, rows| {
        let category = split::category(&base, part);
        let first = summary.iter().filter(|_| part == 0).cloned();
        let results: Vec<_> = first.chain(rows.iter().map(|row| maker.result(row))).collect();
        let count = results.len();
        let mut sarif = run::document(report, &category, &places, &rules, taxonomies.as_ref(), options);
        if let Some(run) = sarif.runs.first_mut() {
            run.results = Some(results);
        }
        Ok(Document { category, results: count, text: crate::finding::hostile::to_json(&sarif)? })
    })
}
