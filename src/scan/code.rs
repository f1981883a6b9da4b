//! What only code knows of a result: the place of the value that decides, why a value isn't known, and that
//! the fix is an edit.

use std::collections::BTreeMap;

use crate::finding::evidence::REDACTED;
use crate::finding::report::{Edit, Location, ResultRow};
use crate::finding::verdict::Verdict;
use crate::inventory::id::ResourceId;
use crate::inventory::index::{ELSEWHERE, Inventory, ResourceIndex};
use crate::rule::evaluate::Outcome;
use crate::source::code::locate::Found;
use crate::source::code::open::Code;
use crate::source::code::scope::is_segment;

/// What a rule's fix sets, by property path.
type Settings = BTreeMap<String, serde_json::Value>;

/// Places of one outcome.
pub(super) struct Places {
    own: Option<Found>,
    proof: Vec<Option<Location>>,
    edits: Vec<Edit>,
}

impl Places {
    /// Finds them.
    pub(super) fn of(code: &Code, inventory: &Inventory, outcome: &Outcome, set: &Settings) -> Self {
        let locate = |at: ResourceIndex, path: &str| {
            let resource = inventory.get(at);
            code.locate(resource.body, resource.nested_at(), path)
        };
        let fact = outcome.why.fact.as_ref();
        let (holder, path) = fact.map_or((outcome.resource, ""), |fact| (fact.resource, fact.path.as_str()));
        let steps = outcome.why.proof.iter().map(|(step, _)| locate(*step, "").map(|found| found.location));
        let edits = if outcome.verdict == Verdict::Fail {
            let resource = inventory.get(outcome.resource);
            code.edits(resource.body, resource.nested_at(), set)
        } else {
            Vec::new()
        };
        Self { own: locate(holder, path), proof: steps.collect(), edits }
    }

    /// Puts them on the outcome's row, and gives the edits that would fix it.
    pub(super) fn put_on(self, row: &mut ResultRow, inventory: &Inventory) -> Vec<Edit> {
        for text in [Some(&mut row.message), row.reason.as_mut()].into_iter().flatten() {
            *text = shortened(&with_addresses(text, inventory));
        }
        for (step, location) in row.proof.iter_mut().zip(self.proof) {
            step.says = with_addresses(&step.says, inventory);
            step.location = location;
        }
        if let Some(fix) = &mut row.fix {
            // A command would change what is deployed until the code is deployed again.
            fix.azure_cli.clear();
        }
        let Some(own) = self.own else { return self.edits };
        if own.secret && !row.value.is_null() {
            row.message = row.message.replace(&shown(&row.value), REDACTED);
            row.value = REDACTED.into();
        }
        if let (Verdict::Unknown, Some(why), Some(reason)) = (row.verdict, &own.unknown, &mut row.reason) {
            let why = format!(": it {why}");
            reason.push_str(&why);
            row.message.push_str(&why);
        }
        row.location = Some(own.location);
        self.edits
    }
}

/// Types that other code may deploy are named as far as they say something.
fn shortened(text: &str) -> String {
    let parts: Vec<&str> = text.split("; ").collect();
    let (elsewhere, rest): (Vec<&str>, Vec<&str>) =
        parts.into_iter().partition(|part| part.ends_with(ELSEWHERE));
    if elsewhere.len() < 3 {
        return text.to_owned();
    }
    // The first part of a message begins with the sentence that the reasons belong to.
    let first = elsewhere.first().and_then(|first| first.strip_suffix(ELSEWHERE)).unwrap_or_default();
    let more = format!("{first} and resources of {} more types{ELSEWHERE}", elsewhere.len() - 1);
    let all: Vec<&str> = std::iter::once(more.as_str()).chain(rest).collect();
    all.join("; ")
}

/// A value as messages show it.
fn shown(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Ids that only exist inside of a scan, replaced by what the code calls the resource.
fn with_addresses(text: &str, inventory: &Inventory) -> String {
    const START: &str = "/subscriptions/";
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(START) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let end = from.find(|c: char| c != '/' && !is_segment(c)).unwrap_or(from.len());
        // An id can end a sentence, stand in parentheses, or be followed by a rule's name.
        let ends = from[..end].char_indices().map(|(at, c)| at + c.len_utf8()).rev();
        let known = ends.map(|end| &from[..end]).find_map(|id| {
            let at = inventory.find(&ResourceId::parse(id)?)?;
            Some((id.len(), inventory.address(at)))
        });
        let (length, said) = known.unwrap_or((START.len(), START));
        out.push_str(said);
        rest = &from[length..];
    }
    out + rest
}
