//! Running the examples of rules: each is a small inventory of its own, evaluated for real.

use super::compile::Compiled;
use super::evaluate::{Evaluator, Outcome};
use super::examples::Example;
use super::pack::Pack;
use super::text::moment;
use crate::finding::verdict::Verdict;
use crate::inventory::coverage::{Coverage, CoverageEntry, CoverageState};
use crate::inventory::id::ResourceId;
use crate::inventory::index::{BodyRef, Builder};
use crate::inventory::reads::table_read;

/// The clock of examples, so that expiry dates in them stay what they are.
pub const CLOCK: &str = "2026-11-24T03:00:00Z";

/// An example that came out otherwise than its rule file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surprise {
    /// The rule.
    pub rule: String,
    /// The example.
    pub example: String,
    /// Line in the file.
    pub line: usize,
    /// What was expected and what came.
    pub text: String,
}

/// Runs all examples of a rule.
pub fn prove(compiled: &Compiled) -> Vec<Surprise> {
    let mut surprises = Vec::new();
    for example in &compiled.examples {
        let outcomes = match run(compiled, example) {
            Ok(outcomes) => outcomes,
            Err(text) => {
                surprises.push(surprise(compiled, example, text));
                continue;
            }
        };
        let verdict = worst(&outcomes);
        if verdict.word() != example.expect {
            let reasons: Vec<&str> = outcomes.iter().map(|outcome| outcome.why.text.as_str()).collect();
            let text = format!("expected {}, got {verdict} {}", example.expect, reasons.join("; "));
            surprises.push(surprise(compiled, example, text.trim_end().to_owned()));
        }
        if let Some(expected) = &example.sub_keys {
            let mut found: Vec<String> = outcomes
                .iter()
                .filter(|outcome| outcome.verdict == Verdict::Fail)
                .map(|outcome| outcome.sub_key.clone())
                .collect();
            found.sort();
            let mut expected = expected.clone();
            expected.sort();
            if found != expected {
                let text = format!("expected findings at {expected:?}, got {found:?}");
                surprises.push(surprise(compiled, example, text));
            }
        }
    }
    surprises
}

fn surprise(compiled: &Compiled, example: &Example, text: String) -> Surprise {
    Surprise { rule: compiled.rule.id.clone(), example: example.name.clone(), line: example.at.line, text }
}

/// A resource with several verdicts has the one that matters most.
fn worst(outcomes: &[Outcome]) -> Verdict {
    outcomes.iter().map(|outcome| outcome.verdict).min().unwrap_or(Verdict::NotApplicable)
}

/// Evaluates a rule on its example.
///
/// # Errors
/// When the example's bodies give no resource.
pub fn run(compiled: &Compiled, example: &Example) -> Result<Vec<Outcome>, String> {
    let pack = Pack::of_one(&compiled.rule);
    let reads = pack.reads();
    let mut builder = Builder::new(&reads);
    let nowhere = BodyRef { file: 0, offset: 0, length: 0 };
    for body in std::iter::once(&example.resource).chain(&example.with) {
        builder.add(body.to_string().as_bytes(), nowhere).map_err(|error| error.to_string())?;
    }
    let mut coverage = Coverage::default();
    for read in reads.iter() {
        coverage.add(CoverageEntry::new("/", read.name.clone(), CoverageState::Complete));
    }
    for table in ["resources", "resourcecontainers", "authorizationresources"] {
        coverage.add(CoverageEntry::new("/", table_read(table), CoverageState::Complete));
    }
    for kind in &example.unread {
        let denied = CoverageEntry {
            status: Some(403),
            code: Some("AuthorizationFailed".into()),
            ..CoverageEntry::new("/", kind.clone(), CoverageState::Denied)
        };
        coverage.add(denied);
    }
    let id = example.resource["id"].as_str().unwrap_or_default().to_owned();
    let kind = example.resource["type"].as_str().unwrap_or_default().to_owned();
    if !example.unread.iter().any(|unread| unread.eq_ignore_ascii_case(&kind)) {
        // The example's resource was read by its own GET.
        coverage.add(CoverageEntry::new(id.clone(), kind, CoverageState::Complete));
    }
    let inventory = builder.finish(coverage, &pack.joins());
    let rules = pack.link(&inventory.keys);
    let clock = moment(CLOCK).unwrap_or_default();
    let resource = ResourceId::parse(&id)
        .and_then(|id| inventory.find(&id))
        .ok_or("the example's id is no resource id")?;
    let mut outcomes = Vec::new();
    Evaluator::new(&inventory, &rules, clock).run(&mut |outcome| {
        if outcome.resource == resource {
            outcomes.push(outcome);
        }
    });
    Ok(outcomes)
}
