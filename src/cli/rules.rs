//! `skytjek rules …`: list, explain and check rules.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::terminal::{self, Failure};
use crate::finding::exit::Exit;
use crate::rule::files::{PackError, compile_all};
use crate::rule::model::Rule;
use crate::rule::pack::{Pack, full_table, load_folder, read_by, serves};
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

pub(super) fn run(command: RulesCommand) -> Result<Exit, Failure> {
    match command {
        RulesCommand::List(list) => run_list(&list),
        RulesCommand::Explain(explain) => run_explain(&explain),
        RulesCommand::Check(check) => run_check(&check),
    }
}

/// The shipped pack, with the rules of a folder added.
pub(super) fn pack(folder: Option<&PathBuf>) -> Result<Pack, Failure> {
    let shipped = Pack::shipped().map_err(|error| Failure::usage(error.to_string()))?;
    let Some(folder) = folder else { return Ok(shipped) };
    let (own, _) = load_folder(folder).map_err(|error| Failure::usage(error.to_string()))?;
    Ok(shipped.overridden_by(own))
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
    pack.retain(|rule| {
        list.domain.as_ref().is_none_or(|domain| rule.domain == *domain)
            && list.severity.as_ref().is_none_or(|severity| rule.severity == *severity)
            && list.service.as_ref().is_none_or(|service| serves(rule, service))
            && list
                .framework
                .as_ref()
                .is_none_or(|framework| rule.controls.iter().any(|control| control.framework == *framework))
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
            let coverage = format!("{:?}", control.coverage).to_lowercase();
            let _ = writeln!(out, "  {} {} ({coverage})", control.framework, control.id);
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

fn run_check(check: &Check) -> Result<Exit, Failure> {
    let table = full_table().map_err(|error| Failure::usage(error.to_string()))?;
    let compiled = match &check.dir {
        Some(folder) => load_folder(folder).map(|(_, compiled)| compiled),
        None => Pack::shipped_sources()
            .and_then(|sources| compile_all(&sources, &table).map_err(PackError::Wrong)),
    }
    .map_err(|error| Failure::usage(error.to_string()))?;
    let mut examples = 0;
    let mut surprises = Vec::new();
    for rule in &compiled {
        examples += rule.examples.len();
        surprises.extend(prove(rule, &table).into_iter().map(|surprise| {
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
