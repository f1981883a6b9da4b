//! What rules read and the table doesn't know, said aloud.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::table::{self, Kind, Row, Stands, Step};
use crate::source::code::node::{Content, Node};
use crate::source::code::resource::CodeResource;

/// ARM types and paths that only Azure writes, or that follow from other resources. Source: the schemas of
/// Azure's REST API, newest stable versions (August 2026).
const READ_ONLY: &str = include_str!("read-only.tsv");

/// One step of a path that rules read.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Read {
    name: String,
    /// Each element of a list, or member of a map.
    each: bool,
}

/// Sets to unknown what rules read on this resource and nobody can say. Resources that were made from
/// other languages than Terraform are left alone.
pub fn complete(resource: &mut CodeResource, read_paths: &BTreeSet<String>) {
    let Some(kind) = kind_of(&resource.address).map(str::to_owned) else { return };
    // Of what is declared elsewhere only that is known which stands in its body.
    let partial = kind == "azapi_update_resource"
        || table::kind(&kind).is_some_and(|own| matches!(own.stands, Stands::Into(_)));
    if kind.starts_with("azapi_") && !partial {
        return;
    }
    let table = if partial { Arc::default() } else { table_of(&kind, &resource.kind) };
    let at = resource.block;
    for path in read_paths {
        let steps = parse(path);
        let own = steps.first().is_none_or(|step| ["id", "name", "type"].contains(&step.name.as_str()));
        if own || !partial && table.says(path, &steps) {
            continue;
        }
        let reason = if partial {
            format!("is not in this code, which has only {kind} of it")
        } else {
            format!("depends on Azure or on an argument of {kind} that is not mapped to {path}")
        };
        let doubt = Node::unknown(reason, at);
        insert(&mut resource.body, &steps, &doubt, &table, &mut Vec::new(), partial);
    }
}

/// The type of the block at an address: `azurerm_subnet` of `terraform:module.a["k"].azurerm_subnet.web[0]`.
fn kind_of(address: &str) -> Option<&str> {
    let mut rest = address.strip_prefix("terraform:")?;
    loop {
        let mut quoted = false;
        let mut escaped = false;
        let mut depth = 0_u32;
        let end = rest.find(|c| {
            match c {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                '[' if !quoted => depth += 1,
                ']' if !quoted => depth = depth.saturating_sub(1),
                '.' => return !quoted && depth == 0,
                _ => {}
            }
            false
        })?;
        let (segment, after) = rest.split_at(end);
        let word = segment.rsplit([':', '#', '/', ' ']).next().unwrap_or(segment);
        if word.starts_with("azurerm_") || word.starts_with("azapi_") {
            return Some(word);
        }
        rest = after.get(1..)?;
        if word == "module" {
            // A module's own name may look like a type.
            let skipped = rest.find(['.', '['])?;
            rest = rest.get(skipped..)?;
            rest = rest.strip_prefix('.').unwrap_or(rest);
        }
    }
}

/// Whether the table says what `path` of the ARM type comes to for a block of the type `kind`.
pub fn covers(arm_type: &str, kind: &str, path: &str) -> bool {
    table_of(kind, arm_type).says(path, &parse(path))
}

/// The paths that are known of an ARM type made by a block.
#[derive(Debug, Default)]
struct Known {
    /// Known with all below.
    paths: Vec<Vec<Read>>,
    /// Objects that are absent when their block is.
    blocks: Vec<Vec<Read>>,
    /// What was asked before.
    answers: Mutex<BTreeMap<String, bool>>,
}

impl Known {
    fn says(&self, path: &str, steps: &[Read]) -> bool {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = answers.get(path) {
            return *known;
        }
        let known = covered(self, steps);
        answers.insert(path.to_owned(), known);
        known
    }
}

/// What is known of an ARM type that a block makes; worked out once.
fn table_of(kind: &str, arm: &str) -> Arc<Known> {
    static TABLES: Mutex<BTreeMap<String, Arc<Known>>> = Mutex::new(BTreeMap::new());
    let mut tables = TABLES.lock().unwrap_or_else(PoisonError::into_inner);
    // Both come from the table, so that there are only so many of them.
    let key = format!("{kind} {}", arm.to_ascii_lowercase());
    tables.entry(key).or_insert_with(|| Arc::new(work_out(kind, arm))).clone()
}

fn work_out(kind: &str, arm: &str) -> Known {
    let mut known = Known::default();
    if let Some(own) = table::kind(kind) {
        take(&mut known, own, arm);
    }
    for other in feeding().get(&arm.to_ascii_lowercase()).into_iter().flatten() {
        take(&mut known, other, arm);
    }
    for line in READ_ONLY.lines() {
        if let Some((own, path)) = line.split_once('\t')
            && own.eq_ignore_ascii_case(arm)
        {
            known.paths.push(parse(path));
        }
    }
    known
}

/// Types of blocks that add to a resource of another block, by its ARM type in lower case.
fn feeding() -> &'static BTreeMap<String, Vec<&'static Kind>> {
    static FEEDING: OnceLock<BTreeMap<String, Vec<&'static Kind>>> = OnceLock::new();
    FEEDING.get_or_init(|| {
        let mut feeding: BTreeMap<String, Vec<&'static Kind>> = BTreeMap::new();
        for kind in table::names().filter_map(table::kind) {
            if let Stands::Into(_) = kind.stands {
                feeding.entry(kind.arm.to_ascii_lowercase()).or_default().push(kind);
            }
        }
        feeding
    })
}

fn take(known: &mut Known, kind: &'static Kind, arm: &str) {
    if kind.arm.eq_ignore_ascii_case(arm) {
        rows(known, &kind.rows, &kind.absent);
    }
    for child in &kind.children {
        let mut types = kind.arm.to_owned();
        for own in child.suffix.split('/').step_by(2) {
            types.push('/');
            types.push_str(own);
        }
        if types.eq_ignore_ascii_case(arm) {
            rows(known, &child.rows, &child.absent);
        }
    }
}

fn rows(known: &mut Known, rows: &[Row], absent: &[String]) {
    for row in rows {
        let path: Vec<Read> = row.to.iter().map(read).collect();
        if row.how == table::How::Object {
            known.blocks.push(path);
        } else {
            known.paths.push(path);
        }
    }
    known.paths.extend(absent.iter().map(|path| parse(path)));
}

fn read(step: &Step) -> Read {
    Read { name: step.name.to_ascii_lowercase(), each: step.each || step.first }
}

/// `a.b[*].c`, `a.{*}.c`, `a["b.c"].d`.
fn parse(path: &str) -> Vec<Read> {
    let mut steps: Vec<Read> = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix("[\"") {
            let (name, after) = quoted.split_once("\"]").unwrap_or((quoted, ""));
            steps.push(Read { name: name.to_ascii_lowercase(), each: false });
            rest = after.strip_prefix('.').unwrap_or(after);
            continue;
        }
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if name == "{*}" {
            if let Some(last) = steps.last_mut() {
                last.each = true;
            }
        } else if !name.is_empty() {
            steps.push(Read { name: name.to_ascii_lowercase(), each: false });
        }
        rest = match after.strip_prefix("[*]") {
            Some(after) => {
                if let Some(last) = steps.last_mut() {
                    last.each = true;
                }
                after
            }
            None => after,
        };
        rest = rest.strip_prefix('.').unwrap_or(rest);
    }
    steps
}

fn covered(known: &Known, steps: &[Read]) -> bool {
    match steps.first() {
        None => return true,
        Some(first) => match first.name.as_str() {
            "id" | "name" | "type" | "tags" | "location" | "systemdata" => return true,
            "identity" => return steps.len() <= 2,
            _ => {}
        },
    }
    known.paths.iter().chain(&known.blocks).any(|own| leads(own, steps) || leads(steps, own))
        && known.blocks.iter().all(|block| {
            // Something in a mapped block that isn't itself mapped is not.
            !(leads(block, steps) && block.len() < steps.len())
                || known.paths.iter().any(|own| leads(own, steps) || leads(steps, own))
        })
}

/// Whether `to` lies at or below `from`.
fn leads(from: &[Read], to: &[Read]) -> bool {
    from.len() <= to.len() && from.iter().zip(to).all(|(from, to)| from.name == to.name)
}

/// Puts `doubt` at the highest missing point of the path of which nothing is known.
fn insert(
    node: &mut Node,
    steps: &[Read],
    doubt: &Node,
    known: &Known,
    passed: &mut Vec<Read>,
    partial: bool,
) {
    let Some((step, rest)) = steps.split_first() else { return };
    let Content::Object(members) = &mut node.content else { return };
    passed.push(step.clone());
    let index = members
        .iter()
        .position(|(name, member)| name.eq_ignore_ascii_case(&step.name) && member.content != Content::Null);
    if let Some((_, member)) = index.and_then(|index| members.get_mut(index)) {
        match &mut member.content {
            Content::Array(elements) if step.each => {
                for element in elements {
                    insert(element, rest, doubt, known, &mut passed.clone(), partial);
                }
            }
            Content::Object(inner) if step.each => {
                for (_, element) in inner {
                    insert(element, rest, doubt, known, &mut passed.clone(), partial);
                }
            }
            _ => insert(member, rest, doubt, known, passed, partial),
        }
    } else {
        let through = known.paths.iter().any(|own| own.len() > passed.len() && leads(passed, own));
        let block = known.blocks.iter().any(|own| leads(own, passed) && own.len() == passed.len());
        let identity = passed.first().is_some_and(|first| first.name == "identity");
        if !partial && (block || identity || (through && step.each)) {
            return;
        }
        members.retain(|(name, _)| !name.eq_ignore_ascii_case(&step.name));
        // Something below is known to be absent; only the rest of the path is in doubt.
        if !partial && through && !rest.is_empty() {
            let mut inner = Node::new(Content::Object(Vec::new()), doubt.span);
            insert(&mut inner, rest, doubt, known, passed, partial);
            members.push((spelt(step), inner));
        } else {
            members.push((spelt(step), doubt.clone()));
        }
    }
}

/// Names are compared without case by what reads them.
fn spelt(step: &Read) -> String {
    step.name.clone()
}
