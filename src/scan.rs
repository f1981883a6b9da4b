//! The whole way in one readable function: source → inventory → rules → report.

mod code;
pub mod fix;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::analysis::exposure::address::AddressSet;
use crate::analysis::exposure::interval::IntervalSet;
use crate::analysis::exposure::service_tag::ServiceTags;
use crate::analysis::exposure::services;
use crate::analysis::exposure::services::answer::ServiceState;
use crate::analysis::exposure::solve::{Exposure, INTERFACES};
use crate::analysis::migration::origin::Origin;
use crate::analysis::migration::wave::Wave;
use crate::analysis::migration::{self, Migration, wave};
use crate::finding::baseline::Baseline;
use crate::finding::compliance::{self, FrameworkRow, Standing};
use crate::finding::evidence::Evidence;
use crate::finding::exit::Exit;
use crate::finding::exposure::{ExposureReport, InterfaceRow, ServiceRow};
use crate::finding::migration::{Judged, MigrationReport, report as said_of_machines};
use crate::finding::report::{
    CoverageRow, CoverageSummary, Edit, EvidenceFile, Location, PackFacts, Report, ResultRow, ScanFacts,
    SeverityCounts, SourceText, Summary, Tool, VerdictCounts,
};
use crate::finding::result::{RuleShare, body_of, resource_facts, row, rule_facts, severity};
use crate::finding::suppression::SuppressionState;
use crate::finding::verdict::{Severity, Verdict};
use crate::inventory::coverage::{Coverage, CoverageState};
use crate::inventory::id::ResourceId;
use crate::inventory::index::{BodyRef, Completeness, Inventory, ResourceIndex};
use crate::inventory::reads::{RESOURCES, Reads, Supply, supply, table_read};
use crate::rule::evaluate::{Evaluator, Outcome};
use crate::rule::framework;
use crate::rule::model::Rule;
use crate::rule::pack::Pack;
use crate::source::code::open::Code;
use crate::source::live::Selection;
use crate::source::opened::{Source, SourceError};

/// Version of the program, and of the pack in it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Reads that verdicts lack, as (scope, read), and how many verdicts lack them.
type Missing = BTreeMap<(String, String), usize>;

/// Why nothing could be scanned.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The source can't be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A body can't be read again for its evidence.
    #[error("a resource's body could not be read again: {0}")]
    Body(#[from] std::io::Error),
}

/// What is to be said, and when a run fails.
#[derive(Clone, Debug)]
pub struct Options {
    /// The scan's clock; without one, the snapshot's, else the time of day.
    pub clock: Option<OffsetDateTime>,
    /// Findings from this severity on fail the run; `None` never fails it.
    pub fail_on: Option<Severity>,
    /// Whether it is all right that something could not be seen.
    pub allow_incomplete: bool,
    /// Whether the report carries passing and not applicable results, too.
    pub all_verdicts: bool,
    /// Whether the report carries evidence files and locations in them.
    pub evidence: bool,
    /// What narrows the results.
    pub selection: Selection,
    /// Frameworks whose controls are reported.
    pub frameworks: Vec<String>,
    /// The results of an earlier report; what failed there doesn't fail the run.
    pub baseline: Option<Baseline>,
    /// Only resources of code that these files declare or decide, by their real paths.
    pub changed: Option<BTreeSet<PathBuf>>,
    /// What service tags mean in security rules.
    pub service_tags: ServiceTags,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: None,
            fail_on: Some(Severity::High),
            allow_incomplete: false,
            all_verdicts: false,
            evidence: false,
            selection: Selection::default(),
            frameworks: Vec::new(),
            baseline: None,
            changed: None,
            service_tags: ServiceTags::default(),
        }
    }
}

/// Reads a source, evaluates the pack over it, and says what was found and what could not be seen.
///
/// # Errors
/// When nothing could be seen.
pub fn scan(source: &Source, pack: &Pack, options: &Options) -> Result<Report, ScanError> {
    let inventory = source.inventory(&pack.reads(), &pack.joins())?;
    let clock = source.clock(options.clock);
    let rules = pack.link(&inventory.keys);

    let mut counts = VerdictCounts::default();
    let mut findings = SeverityCounts::default();
    let mut missing = Missing::new();
    let mut kept = Vec::new();
    let mut by_rule = vec![VerdictCounts::default(); pack.rules().len()];
    let mut selected = Selected::new(source, &inventory, &options.selection);
    selected.touched =
        options.changed.as_ref().zip(source.code()).map(|(changed, code)| code.touched(changed));
    let evaluator = Evaluator::new(&inventory, &rules, clock.unix_timestamp());
    evaluator.with_service_tags(&options.service_tags).run(&mut |outcome| {
        if !selected.covers(outcome.resource) {
            return;
        }
        count(&outcome, severity(&pack.rules()[outcome.rule]), &mut counts, &mut findings);
        *by_rule[outcome.rule].of(outcome.verdict) += 1;
        for read in &outcome.why.missing {
            *missing.entry(read.clone()).or_insert(0) += 1;
        }
        if options.all_verdicts || matches!(outcome.verdict, Verdict::Fail | Verdict::Unknown) {
            kept.push(outcome);
        }
    });
    never_read(source, pack, &inventory, &mut missing);
    if let Some(error) = selected.failed {
        return Err(error.into());
    }

    let (mut evidence, mut edits) = (BTreeMap::new(), BTreeMap::new());
    let mut results = rows(kept, source, pack, &inventory, options.evidence, &mut evidence, &mut edits)?;
    results.sort_by_cached_key(|row| {
        (
            row.severity,
            row.rule.clone(),
            row.resource.id.to_ascii_lowercase(),
            row.sub_key.clone(),
            row.verdict,
        )
    });
    let ran: BTreeSet<&str> = pack.rules().iter().map(|rule| rule.id.as_str()).collect();
    let mut suppressions = source.suppressions().apply(&mut results, clock);
    // Whether a comment is of use is not known where its rule did not run.
    suppressions.retain(|note| {
        note.state != SuppressionState::Unused || note.rule.as_deref().is_some_and(|rule| ran.contains(rule))
    });
    let baseline = options.baseline.as_ref().map(|baseline| baseline.apply(&mut results, &ran));
    let suppressed = |row: &&ResultRow| row.suppression.is_some();
    let unchanged = |row: &&ResultRow| {
        row.verdict == Verdict::Fail && row.suppression.is_none() && !row.is_open_finding()
    };
    let coverage = coverage_rows(source, &inventory.coverage, &missing);
    let complete = coverage.iter().all(|row| row.state.is_whole());
    let exit = exit(&results, complete, options);
    Ok(Report {
        version: 1,
        tool: Tool {
            name: "skytjek".to_owned(),
            version: VERSION.to_owned(),
            pack: PackFacts { version: VERSION.to_owned(), digest: pack.digest(), rules: pack.rules().len() },
        },
        scan: ScanFacts {
            clock: timestamp(clock),
            source: source.facts(),
            tenant_id: source.snapshot().and_then(|snapshot| snapshot.manifest.tenant_id.clone()),
            scopes: scopes(source, &inventory),
        },
        summary: Summary {
            resources: inventory.len(),
            verdicts: counts,
            findings,
            suppressed: results.iter().filter(suppressed).count(),
            unchanged: results.iter().filter(unchanged).count(),
            coverage: if complete { CoverageSummary::Complete } else { CoverageSummary::Incomplete },
            exit_code: exit.code(),
        },
        coverage,
        results,
        compliance: compliance(pack, &inventory, &by_rule, &options.frameworks),
        baseline,
        suppressions,
        rules: pack.rules().iter().map(rule_facts).collect(),
        evidence,
        sources: sources(source),
        edits,
    })
}

/// The files of code that locations point into.
fn sources(source: &Source) -> BTreeMap<String, SourceText> {
    let files = source.code().into_iter().flat_map(Code::files);
    files.map(|file| (file.path.clone(), SourceText { text: Arc::clone(&file.text) })).collect()
}

/// What is asked of the exposure of a source.
#[derive(Clone, Debug, Default)]
pub struct ExposureOptions {
    /// Only these sources.
    pub from: Option<AddressSet>,
    /// Only these ports at the interface.
    pub ports: Option<IntervalSet<u16>>,
    /// What narrows the interfaces.
    pub selection: Selection,
    /// The same in words.
    pub question: String,
}

/// Reads a source, and says of every interface what the Internet reaches, and of every platform service whom
/// it answers.
///
/// # Errors
/// When nothing could be seen.
pub fn exposure(
    source: &Source,
    tags: &ServiceTags,
    options: &ExposureOptions,
) -> Result<ExposureReport, ScanError> {
    let reads = Pack::default().reads_with_exposure();
    let inventory = source.inventory(&reads, &[])?;
    let answers = Exposure::of(&inventory, tags);
    let mut selected = Selected::new(source, &inventory, &options.selection);
    let mut complete = INTERFACES.iter().all(|kind| {
        !source.is_recording()
            || inventory.completeness_below(&ResourceId::tenant(), kind) == Completeness::Complete
    });
    let mut interfaces = Vec::new();
    for interface in &answers.interfaces {
        let at = interface.machine_at.unwrap_or(interface.resource);
        if !selected.covers(interface.resource) && !selected.covers(at) {
            continue;
        }
        let narrowed = interface.narrowed(options.from.as_ref(), options.ports.as_ref());
        complete &= narrowed.doubts.is_empty();
        interfaces.push(InterfaceRow::of(&narrowed));
    }
    complete &= !source.is_recording() || services::complete(&inventory);
    let mut service_rows = Vec::new();
    for service in services::services(&inventory, tags) {
        if !selected.covers(service.resource) {
            continue;
        }
        let narrowed = options.from.as_ref().map_or_else(|| service.clone(), |from| service.narrowed(from));
        complete &= narrowed.state != ServiceState::Unknown;
        service_rows.push(ServiceRow::of(&narrowed));
    }
    if let Some(error) = selected.failed {
        return Err(error.into());
    }
    let question = options.question.clone();
    Ok(ExposureReport { version: 1, interfaces, services: service_rows, complete, question })
}

/// Reads a source for where its machines came from, what each lacks, and what migrations left behind.
///
/// # Errors
/// When nothing could be seen.
pub fn migration(
    source: &Source,
    pack: &Pack,
    waves: &[Wave],
    options: &Options,
) -> Result<MigrationReport, ScanError> {
    let inventory = source.inventory(&migration_reads(pack, waves), &pack.joins())?;
    let clock = source.clock(options.clock);
    let rules = pack.link(&inventory.keys);
    let mut judged = Judged::default();
    let mut selected = Selected::new(source, &inventory, &options.selection);
    let evaluator = Evaluator::new(&inventory, &rules, clock.unix_timestamp());
    evaluator.with_service_tags(&options.service_tags).run(&mut |outcome| {
        if selected.covers(outcome.resource) {
            judged.add(outcome, pack, &inventory);
        }
    });
    let found = Migration::read(&inventory);
    let origins: Vec<&Origin> =
        found.machines.iter().filter(|origin| selected.covers(origin.machine)).collect();
    if let Some(error) = selected.failed {
        return Err(error.into());
    }
    let facts = ScanFacts {
        clock: timestamp(clock),
        source: source.facts(),
        tenant_id: source.snapshot().and_then(|snapshot| snapshot.manifest.tenant_id.clone()),
        scopes: scopes(source, &inventory),
    };
    Ok(said_of_machines(&inventory, &origins, waves, judged, facts))
}

/// What [`migration`] reads.
pub fn migration_reads(pack: &Pack, waves: &[Wave]) -> Reads {
    let mut reads = pack.reads();
    migration::reads(&mut reads);
    wave::reads(waves, &mut reads);
    reads
}

/// Types that rules look at but that the recording never asked for: without a resource there is no verdict,
/// and silence would look like a pass. A file is what it is; nobody promised more.
fn never_read(source: &Source, pack: &Pack, inventory: &Inventory, missing: &mut Missing) {
    if !source.is_recording() {
        return;
    }
    for kind in pack.rules().iter().flat_map(|rule| &rule.resource_types) {
        let asked = |read: &str| inventory.coverage.of_read(read).next().is_some();
        let parents = kind.rsplit_once('/').map_or(0, |(parent, _)| inventory.of_type(parent).len());
        let unread = match supply(kind) {
            Supply::Code => false,
            Supply::Row | Supply::Nested(_) => !asked(kind) && !asked(&table_read(RESOURCES)),
            Supply::Table(table) => !asked(kind) && !asked(&table_read(table)),
            Supply::Subscription
            | Supply::Container
            | Supply::Tenant
            | Supply::Extension
            | Supply::Graph
            | Supply::GraphChild => !asked(kind),
            Supply::Under(holder) => !asked(kind) && !inventory.of_type(holder).is_empty(),
            Supply::Child | Supply::VaultItem => !asked(kind) && parents > 0,
        };
        if unread && inventory.of_type(kind).is_empty() {
            missing.entry(("/".to_owned(), kind.clone())).or_insert(0);
        }
    }
}

/// What the rules say of the controls of frameworks.
fn compliance(
    pack: &Pack,
    inventory: &Inventory,
    by_rule: &[VerdictCounts],
    frameworks: &[String],
) -> Vec<FrameworkRow> {
    if frameworks.is_empty() {
        return Vec::new();
    }
    let saw_all = |rule: &Rule| {
        rule.resource_types
            .iter()
            .all(|kind| inventory.completeness_below(&ResourceId::tenant(), kind) == Completeness::Complete)
    };
    let standings: Vec<(&Rule, Standing)> = pack
        .rules()
        .iter()
        .zip(by_rule)
        .filter(|(rule, _)| rule.controls.iter().any(|control| frameworks.contains(&control.framework)))
        .map(|(rule, verdicts)| (rule, Standing { verdicts: *verdicts, saw_all: saw_all(rule) }))
        .collect();
    let known = framework::known();
    let ids = |name: &str| known.get(name).map_or(&[][..], Vec::as_slice);
    frameworks.iter().map(|name| compliance::framework(name, ids(name), &standings)).collect()
}

/// A moment as reports and snapshots write it: RFC 3339 in UTC, whole seconds.
pub fn timestamp(moment: OffsetDateTime) -> String {
    let whole = moment.to_offset(time::UtcOffset::UTC).replace_nanosecond(0).unwrap_or(moment);
    // Years that RFC 3339 can't write can't be parsed from a command line either.
    whole.format(&Rfc3339).unwrap_or_default()
}

fn count(outcome: &Outcome, severity: Severity, counts: &mut VerdictCounts, findings: &mut SeverityCounts) {
    *counts.of(outcome.verdict) += 1;
    if outcome.verdict == Verdict::Fail {
        let of_severity = match severity {
            Severity::Critical => &mut findings.critical,
            Severity::High => &mut findings.high,
            Severity::Medium => &mut findings.medium,
            Severity::Low => &mut findings.low,
        };
        *of_severity += 1;
    }
}

/// Rows for outcomes; those of one resource share one reading of its body.
fn rows(
    mut outcomes: Vec<Outcome>,
    source: &Source,
    pack: &Pack,
    inventory: &Inventory,
    wants_evidence: bool,
    evidence: &mut BTreeMap<String, EvidenceFile>,
    edits: &mut BTreeMap<String, Vec<Edit>>,
) -> Result<Vec<ResultRow>, ScanError> {
    let read = |at: BodyRef| source.body(at);
    let mut located = Located { source, inventory, evidence: BTreeMap::new() };
    outcomes.sort_by_key(|outcome| outcome.resource);
    let mut facts = None;
    let shares: Vec<RuleShare> = pack.rules().iter().map(RuleShare::of).collect();
    let mut results = Vec::with_capacity(outcomes.len());
    for outcome in outcomes {
        let at = outcome.resource;
        let known = match facts.take() {
            Some((resource, known)) if resource == at => known,
            _ => Arc::new(resource_facts(inventory, at, &body_of(inventory, at, &read)?)),
        };
        let location = if wants_evidence && source.code().is_none() { located.find(&outcome)? } else { None };
        facts = Some((at, Arc::clone(&known)));
        let rule = outcome.rule;
        let set = &shares[rule].set;
        let places = source.code().map(|code| code::Places::of(code, inventory, &outcome, set));
        let mut row = row(&pack.rules()[rule], &shares[rule], outcome, known, inventory, location);
        if let Some(places) = places {
            let own = places.put_on(&mut row, inventory);
            if !own.is_empty() {
                edits.insert(row.fingerprint.clone(), own);
            }
        }
        results.push(row);
    }
    evidence.extend(located.into_files());
    Ok(results)
}

/// Evidence of the resources that results point at, each made once.
struct Located<'a> {
    source: &'a Source,
    inventory: &'a Inventory,
    evidence: BTreeMap<ResourceIndex, Option<Evidence>>,
}

impl Located<'_> {
    /// Where an outcome's property stands in the evidence; the evidence of its proof is made, too.
    fn find(&mut self, outcome: &Outcome) -> Result<Option<Location>, ScanError> {
        let fact = outcome.why.fact.as_ref();
        let (holder, path) = fact.map_or((outcome.resource, ""), |fact| (fact.resource, fact.path.as_str()));
        for (step, _) in &outcome.why.proof {
            self.of(*step)?;
        }
        Ok(self.of(holder)?.map(|evidence| evidence.locate(path)))
    }

    fn of(&mut self, at: ResourceIndex) -> Result<Option<&Evidence>, ScanError> {
        if !self.evidence.contains_key(&at) {
            let body = body_of(self.inventory, at, &|at| self.source.body(at))?;
            self.evidence.insert(at, Evidence::of(&self.inventory.get(at).id, &body).ok());
        }
        Ok(self.evidence.get(&at).and_then(Option::as_ref))
    }

    fn into_files(self) -> impl Iterator<Item = (String, EvidenceFile)> {
        self.evidence.into_values().flatten().map(Evidence::into_file)
    }
}

/// The coverage of the source, and the reads that a verdict lacked but that nobody ever made.
fn coverage_rows(source: &Source, coverage: &Coverage, missing: &Missing) -> Vec<CoverageRow> {
    let mut affected: BTreeMap<(String, String), usize> = BTreeMap::new();
    for ((scope, read), count) in missing {
        *affected.entry((scope.to_ascii_lowercase(), read.to_ascii_lowercase())).or_insert(0) += count;
    }
    let mut rows: Vec<CoverageRow> = coverage
        .iter()
        .map(|entry| CoverageRow {
            scope: entry.scope.clone(),
            read: entry.read.clone(),
            state: entry.state,
            status: entry.status,
            code: entry.code.clone(),
            missing_action: entry.missing_action.clone(),
            affected: affected
                .remove(&(entry.scope.to_ascii_lowercase(), entry.read.to_ascii_lowercase()))
                .unwrap_or(0),
            message: entry.message.clone(),
        })
        .collect();
    // Nobody read these: one row for each read, for the whole source where that is a file.
    let mut never: BTreeMap<(String, String), usize> = BTreeMap::new();
    // What other code or people deploy is no gap of the code that was read; verdicts say it.
    let missing = missing.iter().filter(|_| source.code().is_none());
    for ((scope, read), count) in missing {
        if !affected.contains_key(&(scope.to_ascii_lowercase(), read.to_ascii_lowercase())) {
            continue;
        }
        let scope = match source {
            Source::Export(_, location) => location.clone(),
            _ => scope.clone(),
        };
        *never.entry((scope, read.clone())).or_insert(0) += count;
    }
    let (code, says) = match source {
        Source::Export(..) => ("NotInFile", "is not in the file"),
        _ => ("NotRead", "was not read when the recording was made"),
    };
    rows.extend(never.into_iter().map(|((scope, read), affected)| CoverageRow {
        message: Some(format!("{read} {says}")),
        scope,
        read,
        state: CoverageState::Partial,
        status: None,
        code: Some(code.to_owned()),
        missing_action: None,
        affected,
    }));
    rows.sort_by_cached_key(|row| (row.scope.to_ascii_lowercase(), row.read.to_ascii_lowercase()));
    rows
}

fn exit(results: &[ResultRow], complete: bool, options: &Options) -> Exit {
    let gate = |severity: Severity| options.fail_on.is_some_and(|least| severity <= least);
    if results.iter().any(|row| row.is_open_finding() && gate(row.severity)) {
        Exit::Findings
    } else if complete || options.allow_incomplete {
        Exit::Clean
    } else {
        Exit::Incomplete
    }
}

/// The scopes that were scanned: the recording's, or the subscriptions that a file's resources lie in.
fn scopes(source: &Source, inventory: &Inventory) -> Vec<String> {
    if let Some(snapshot) = source.snapshot() {
        return snapshot.manifest.scopes.clone();
    }
    if source.code().is_some() {
        return Vec::new();
    }
    let found: BTreeSet<String> = inventory
        .all()
        .filter_map(|at| inventory.get(at).id.subscription())
        .map(|subscription| format!("/subscriptions/{}", subscription.to_ascii_lowercase()))
        .collect();
    found.into_iter().collect()
}

/// Which resources the results are narrowed to.
struct Selected<'a> {
    source: &'a Source,
    inventory: &'a Inventory,
    selection: &'a Selection,
    /// Of code, the resources that changed files declare or decide.
    touched: Option<BTreeSet<u64>>,
    known: BTreeMap<ResourceIndex, bool>,
    failed: Option<std::io::Error>,
}

impl<'a> Selected<'a> {
    fn new(source: &'a Source, inventory: &'a Inventory, selection: &'a Selection) -> Self {
        Self { source, inventory, selection, touched: None, known: BTreeMap::new(), failed: None }
    }

    fn covers(&mut self, at: ResourceIndex) -> bool {
        let id = &self.inventory.get(at).id;
        if let Some(code) = self.source.code() {
            let body = self.inventory.get(at).body;
            let is_touched = |touched: &BTreeSet<u64>| touched.contains(&body.offset);
            if !code.is_judged(body) || !self.touched.as_ref().is_none_or(is_touched) {
                return false;
            }
        }
        let in_subscription = self.source.snapshot().is_some_and(|_| matches!(self.source, Source::Live(..)))
            || self.selection.subscriptions.is_empty()
            || id.subscription().is_some_and(|subscription| {
                self.selection.subscriptions.iter().any(|wanted| {
                    wanted.trim_start_matches("/subscriptions/").eq_ignore_ascii_case(subscription)
                })
            });
        if !in_subscription || !self.selection.covers_group(id) {
            return false;
        }
        if self.selection.tags.is_empty() {
            return true;
        }
        if let Some(known) = self.known.get(&at) {
            return *known;
        }
        // A child goes by the tags of the resource it lies in.
        let covered = id.ancestors().filter_map(|id| self.inventory.find(&id)).any(|holder| {
            let body = body_of(self.inventory, holder, &|at| self.source.body(at));
            match body {
                Ok(body) => self.selection.covers_tags(&String::from_utf8_lossy(&body)),
                Err(error) => {
                    self.failed = Some(error);
                    false
                }
            }
        });
        self.known.insert(at, covered);
        covered
    }
}
