//! `skytjek rules permissions`: what the rules read, what allows it, and what can't be known without.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use clap::Args;

use super::args::PackArgs;
use super::terminal::{self, Failure};
use crate::finding::exit::Exit;
use crate::inventory::reads::{Reads, Supply, supply};
use crate::rule::pack::{Pack, read_by};
use crate::rule::profile::Choice;
use crate::source::live::permissions::{Access, Api, least_permission};

/// Says, in Markdown, which role or permission feeds which rules.
#[derive(Debug, Args)]
pub(super) struct Permissions {
    #[command(flatten)]
    rules: PackArgs,
}

pub(super) fn run(command: &Permissions) -> Result<Exit, Failure> {
    let pack = command.rules.pack(Choice::Strict)?;
    terminal::print(page(&pack).as_bytes())
}

/// One call, and the rules that need it.
#[derive(Debug, Default)]
struct Need {
    kinds: BTreeSet<String>,
    rules: BTreeSet<String>,
    licences: BTreeSet<&'static str>,
}

/// By API and call.
type Calls = BTreeMap<(Api, String), Need>;

/// What is needed, by permission, and the types that no call is known for.
fn needs(pack: &Pack) -> (BTreeMap<String, Calls>, BTreeSet<String>) {
    let mut needs: BTreeMap<String, Calls> = BTreeMap::new();
    let mut nobody = BTreeSet::new();
    for rule in pack.rules() {
        let mut reads = Reads::default();
        read_by(rule, &mut reads);
        // What only code has needs no permission.
        for reads in reads.iter().filter(|reads| supply(&reads.name) != Supply::Code) {
            let Some(Access { api, call, permission, licence }) = least_permission(&reads.name) else {
                nobody.insert(reads.name.clone());
                continue;
            };
            let need = needs.entry(permission).or_default().entry((api, call)).or_default();
            need.kinds.insert(reads.name.clone());
            need.rules.insert(rule.id.clone());
            need.licences.extend(licence);
        }
    }
    (needs, nobody)
}

fn page(pack: &Pack) -> String {
    let (needs, nobody) = needs(pack);
    let mut out = String::new();
    for (permission, calls) in &needs {
        let rules: BTreeSet<&String> = calls.values().flat_map(|need| &need.rules).collect();
        let _ = writeln!(
            out,
            "### {permission}\n\nWithout it {} of {} rules can't be decided.\n",
            rules.len(),
            pack.rules().len()
        );
        let _ = writeln!(out, "| API | what is read | feeds |\n|---|---|---|");
        for ((api, call), need) in calls {
            let licence =
                need.licences.iter().fold(String::new(), |all, one| format!("{all}; the tenant needs {one}"));
            // Reader feeds nearly all.
            let named = if rules.len() * 2 > pack.rules().len() { 6 } else { usize::MAX };
            let _ = writeln!(out, "| {} | `{call}`{licence} | {} |", name(*api), feeds(need, named));
        }
        out.push('\n');
    }
    if !nobody.is_empty() {
        let kinds: Vec<String> = nobody.iter().map(|kind| format!("`{kind}`")).collect();
        let _ = writeln!(out, "### No call is known\n\nA live scan can't read {}.", kinds.join(", "));
    }
    out
}

fn name(api: Api) -> &'static str {
    match api {
        Api::ResourceGraph => "Resource Graph",
        Api::ResourceManager => "Resource Manager",
        Api::MicrosoftGraph => "Microsoft Graph",
        Api::KeyVault => "Key Vault",
    }
}

/// The rules, or how many there are of them when there are more than `named`.
fn feeds(need: &Need, named: usize) -> String {
    if need.rules.len() <= named {
        return need.rules.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    }
    let types = match need.kinds.len() {
        1 => String::new(),
        count => format!(" on {count} types"),
    };
    format!("{} rules{types}", need.rules.len())
}
