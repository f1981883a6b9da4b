//! `skytjek rules …`: list, explain and check rules.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::permissions::{self, Permissions};
use super::terminal::{self, Failure};
use crate::finding::exit::Exit;
use crate::output::write;
use crate::rule::compile::Compiled;
use crate::rule::files::{PackError, Source, compile_all, read_folder};
use crate::rule::model::Rule;
use crate::rule::pack::{Pack, full_table, load_folder, read_by, serves};
use crate::rule::pages;
use crate::rule::profile::Choice;
use crate::rule::properties::nearest;
use crate::rule::prove::prove;

#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// List rules
    List(List),
    /// Explain a rule: what, why, how to fix, which controls, what it reads
    Explain(Explain),
    /// Check rule files and run their examples
    Check(Check),
    /// Write a page for each rule, and an index, in Markdown
    Docs(Docs),
    /// Say which role or permission feeds which rules, in Markdown
    Permissions(Permissions),
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// table or json
    #[arg(short, long, default_value = "table", value_parser = ["table", "json"])]
    output: String,
    /// Only rules of this domain (network, identity, encryption, …)
    #[arg(long)]
    domain: Option<String>,
    /// Only rules of this severity
    #[arg(long)]
    severity: Option<String>,
    /// Only rules on this service or type (storage, Microsoft.KeyVault, Microsoft.Sql/servers)
    #[arg(long)]
    service: Option<String>,
    /// Only rules that serve this framework (cis-azure-6.0.0)
    #[arg(long)]
    framework: Option<String>,
    /// Only rules of this profile: baseline, strict (all) or a framework [default: strict]
    #[arg(long)]
    profile: Option<String>,
    /// A folder of rules, beside or instead of the shipped ones
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The rule's id
    id: String,
    /// A folder of rules, beside or instead of the shipped ones
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Check {
    /// A folder of rules; without one, the shipped rules are checked
    dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Docs {
    /// Directory to write; pages in it that no rule stands behind any more are removed
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// A folder of rules instead of the shipped ones
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
}

pub(super) fn run(command: RulesCommand) -> Result<Exit, Failure> {
    match command {
        RulesCommand::List(list) => run_list(&list),
        RulesCommand::Explain(explain) => run_explain(&explain),
        RulesCommand::Check(check) => run_check(&check),
        RulesCommand::Docs(docs) => run_docs(&docs),
        RulesCommand::Permissions(command) => permissions::run(&command),
    }
}

/// The shipped pack, with the rules of a folder added.
pub(super) fn pack(folder: Option<&PathBuf>) -> Result<Pack, Failure> {
    let shipped = Pack::shipped().map_err(|error| Failure::usage(error.to_string()))?;
    let Some(folder) = folder else { return Ok(shipped) };
    let (own, _) = load_folder(folder).map_err(|error| Failure::usage(error.to_string()))?;
    Ok(shipped.overridden_by(own))
}

/// The profile with a name.
pub(super) fn profile(name: &str, pack: &Pack) -> Result<Choice, Failure> {
    Choice::parse(name, pack).map_err(|known| {
        Failure::usage(format!("there is no profile or framework `{name}`; there are: {}", known.join(", ")))
    })
}

fn framework(name: &str, pack: &Pack) -> Result<Choice, Failure> {
    match profile(name, pack)? {
        framework @ Choice::Framework(_) => Ok(framework),
        Choice::Baseline | Choice::Strict => {
            Err(Failure::usage(format!("`{name}` is a profile; say --profile {name}")))
        }
    }
}

/// The rule with an id.
pub(super) fn find<'p>(pack: &'p Pack, id: &str) -> Result<&'p Rule, Failure> {
    pack.rules().iter().find(|rule| rule.id == id).ok_or_else(|| {
        let hint = nearest(id, pack.rules().iter().map(|rule| rule.id.as_str())).map_or_else(
            || "`skytjek rules list` shows all".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        Failure::usage(format!("there is no rule `{id}`; {hint}"))
    })
}

#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    title: &'a str,
    domain: &'a str,
    severity: &'a str,
    profile: &'static str,
    resource_types: &'a [String],
    controls: std::collections::BTreeMap<&'a str, Vec<&'a str>>,
}

fn run_list(list: &List) -> Result<Exit, Failure> {
    let mut pack = pack(list.rules.as_ref())?;
    let all = pack.rules().to_vec();
    let known = |get: fn(&Rule) -> &str, wanted: Option<&String>, what: &str| match wanted {
        Some(wanted) if !all.iter().any(|rule| get(rule) == wanted) => {
            let mut values: Vec<&str> = all.iter().map(get).collect();
            values.sort_unstable();
            values.dedup();
            Err(Failure::usage(format!(
                "no rule has the {what} `{wanted}`; there are: {}",
                values.join(", ")
            )))
        }
        _ => Ok(()),
    };
    known(|rule| &rule.domain, list.domain.as_ref(), "domain")?;
    known(|rule| &rule.severity, list.severity.as_ref(), "severity")?;
    let framework = list.framework.as_deref().map(|name| framework(name, &pack)).transpose()?;
    let chosen = list.profile.as_deref().map(|name| profile(name, &pack)).transpose()?;
    pack.retain(|rule| {
        list.domain.as_ref().is_none_or(|domain| rule.domain == *domain)
            && list.severity.as_ref().is_none_or(|severity| rule.severity == *severity)
            && list.service.as_ref().is_none_or(|service| serves(rule, service))
            && framework.as_ref().is_none_or(|framework| framework.covers(rule))
            && chosen.as_ref().is_none_or(|chosen| chosen.covers(rule))
    });
    if list.output == "json" {
        let listed: Vec<Listed<'_>> = pack
            .rules()
            .iter()
            .map(|rule| {
                let mut controls = std::collections::BTreeMap::<&str, Vec<&str>>::new();
                for control in &rule.controls {
                    controls.entry(&control.framework).or_default().push(&control.id);
                }
                Listed {
                    id: &rule.id,
                    title: &rule.title,
                    domain: &rule.domain,
                    severity: &rule.severity,
                    profile: rule.profile.word(),
                    resource_types: &rule.resource_types,
                    controls,
                }
            })
            .collect();
        let mut text = serde_json::to_string_pretty(&listed).map_err(Failure::output)?;
        text.push('\n');
        return terminal::print(text.as_bytes());
    }
    let mut text = String::new();
    for rule in pack.rules() {
        let _ =
            writeln!(text, "{:<8} {:<10} {}\n{:19} {}", rule.severity, rule.domain, rule.id, "", rule.title);
    }
    let _ = writeln!(text, "{} rules", pack.rules().len());
    terminal::print(text.as_bytes())
}

fn run_explain(explain: &Explain) -> Result<Exit, Failure> {
    let pack = pack(explain.rules.as_ref())?;
    let rule = find(&pack, &explain.id)?;
    terminal::print(explanation(rule).as_bytes())
}

fn explanation(rule: &Rule) -> String {
    let mut out = format!("{}\n{}\n\n", rule.id, rule.title);
    let _ = writeln!(out, "Severity  {}", rule.severity);
    let _ = writeln!(out, "Profile   {}", rule.profile.word());
    let _ = writeln!(out, "Domain    {}", rule.domain);
    let _ = writeln!(out, "Looks at  {}", rule.resource_types.join(", "));
    let _ = writeln!(out, "\nWhy\n{}", indented(&rule.rationale));
    let _ = writeln!(out, "How to fix\n  {}\n", rule.fix.summary);
    let _ = writeln!(out, "{}", indented(&rule.fix.azure_cli.to_string()));
    for (path, value) in &rule.fix.set {
        let _ = writeln!(out, "  set {path} to {value}");
    }
    if !rule.controls.is_empty() {
        let _ = writeln!(out, "Controls");
        for control in &rule.controls {
            let _ = writeln!(out, "  {} {} ({})", control.framework, control.id, control.coverage.word());
        }
        out.push('\n');
    }
    let _ = writeln!(out, "Reads");
    let mut reads = crate::inventory::reads::Reads::default();
    read_by(rule, &mut reads);
    for reads in reads.iter() {
        let _ = writeln!(out, "  {}", reads.name);
        for path in &reads.paths {
            let _ = writeln!(out, "    {path}");
        }
    }
    let _ = writeln!(out, "\nMore");
    for reference in &rule.references {
        let _ = writeln!(out, "  {reference}");
    }
    out
}

fn indented(text: &str) -> String {
    text.lines().fold(String::new(), |mut out, line| {
        let _ = writeln!(out, "  {line}");
        out
    })
}

/// The rules of a folder, or the shipped ones, with their examples and files.
fn compiled(folder: Option<&PathBuf>) -> Result<(Vec<Compiled>, Vec<Source>), Failure> {
    let all = || {
        let sources = Pack::shipped_sources()?;
        let compiled = compile_all(&sources, &full_table()?).map_err(PackError::Wrong)?;
        Ok((compiled, sources))
    };
    let read = match folder {
        Some(folder) => load_folder(folder).and_then(|(_, compiled)| Ok((compiled, read_folder(folder)?))),
        None => all(),
    };
    read.map_err(|error| Failure::usage(error.to_string()))
}

fn run_docs(docs: &Docs) -> Result<Exit, Failure> {
    let (compiled, sources) = compiled(docs.rules.as_ref())?;
    let pages = pages::pages(&compiled, &sources);
    for (name, text) in &pages {
        let path = docs.out.join(name);
        if fs::read_to_string(&path).is_ok_and(|old| old == *text) {
            continue;
        }
        write::page(&path, text)?;
    }
    // Pages of earlier runs that no rule stands behind any more.
    for entry in fs::read_dir(&docs.out).map_err(Failure::output)? {
        let path = entry.map_err(Failure::output)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_page = fs::read_to_string(&path).is_ok_and(|old| old.starts_with(pages::MARK));
        if is_page && !pages.contains_key(&name) {
            fs::remove_file(&path).map_err(Failure::output)?;
        }
    }
    terminal::say(&format!("{} pages written to {}", pages.len(), docs.out.display()));
    Ok(Exit::Clean)
}

fn run_check(check: &Check) -> Result<Exit, Failure> {
    let (compiled, _) = compiled(check.dir.as_ref())?;
    let mut examples = 0;
    let mut surprises = Vec::new();
    for rule in &compiled {
        examples += rule.examples.len();
        surprises.extend(prove(rule).into_iter().map(|surprise| {
            format!(
                "{}, example \"{}\" (line {}): {}",
                surprise.rule, surprise.example, surprise.line, surprise.text
            )
        }));
    }
    if !surprises.is_empty() {
        let count = surprises.len();
        return Err(Failure::usage(format!(
            "{}\n{count} of {examples} examples came out otherwise",
            surprises.join("\n")
        )));
    }
    terminal::print(format!("{} rules checked, {examples} examples as expected\n", compiled.len()).as_bytes())
}
