//! What has been read so far: records by id, coverage by scope and read.

use std::collections::{BTreeMap, BTreeSet};

use crate::azure::page::{Item, Listing};
use crate::azure::rest_error::RestError;
use crate::inventory::coverage::{Coverage, CoverageEntry, CoverageState};
use crate::inventory::id::ResourceId;
use crate::source::recording::Record;

/// How much a body says; more overrules less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// A row of Resource Graph.
    Row,
    /// An element of a list.
    Listed,
    /// The resource's own GET.
    Detail,
}

/// How the list of one parent ended: the parent's id, and what was wrong.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Id of the resource or scope that was asked.
    pub parent: String,
    /// `None` when all of it was read.
    pub problem: Option<CoverageEntry>,
}

/// Records and coverage in the making.
#[derive(Debug, Default)]
pub struct Gathered {
    records: BTreeMap<String, (Rank, Record)>,
    by_type: BTreeMap<String, BTreeSet<String>>,
    coverage: Coverage,
}

impl Gathered {
    /// Keeps `item` unless a body that says more, or as much and came before, is there.
    pub fn keep(&mut self, rank: Rank, item: Item) -> bool {
        let Some(id) = ResourceId::parse(&item.id) else {
            return false;
        };
        let key = id.folded();
        if self.records.get(&key).is_some_and(|(known, _)| *known >= rank) {
            return true;
        }
        if let Some(kind) = id.resource_type() {
            let ids = self.by_type.entry(kind.to_ascii_lowercase()).or_default();
            ids.insert(key.clone());
        }
        let record = Record { id: item.id, body: item.body };
        self.records.insert(key, (rank, record));
        true
    }

    /// Keeps all of a listing; ids that are none make it incomplete.
    pub fn keep_all(&mut self, rank: Rank, listing: &mut Listing) {
        for item in std::mem::take(&mut listing.items) {
            let id = item.id.clone();
            if !self.keep(rank, item) {
                let code = "BadId";
                let error = RestError::ours(
                    crate::azure::rest_error::RestErrorKind::Incomplete,
                    code,
                    format!("an element's id is none: {id}"),
                );
                listing.shortfall.get_or_insert(error);
            }
        }
    }

    /// The record with this id.
    pub fn record(&self, id: &ResourceId) -> Option<&Record> {
        self.records.get(&id.folded()).map(|(_, record)| record)
    }

    /// Ids of all records of a type, in order.
    pub fn ids_of(&self, kind: &str) -> Vec<ResourceId> {
        self.by_type
            .get(&kind.to_ascii_lowercase())
            .into_iter()
            .flatten()
            .filter_map(|key| self.records.get(key))
            .filter_map(|(_, record)| ResourceId::parse(&record.id))
            .collect()
    }

    /// The coverage so far.
    pub fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// Adds coverage.
    pub fn cover(&mut self, entry: CoverageEntry) {
        self.coverage.add(entry);
    }

    /// Adds the coverage of `read` for one subscription, from the lists of its parents there.
    ///
    /// When `whole` says that all parents are known, and each was read, one entry for the
    /// subscription says it all; otherwise each parent gets its own.
    pub fn settle(&mut self, subscription: &str, read: &str, whole: bool, outcomes: &[Outcome]) {
        if whole && outcomes.iter().all(|outcome| outcome.problem.is_none()) {
            self.cover(CoverageEntry::new(subscription, read, CoverageState::Complete));
            return;
        }
        for outcome in outcomes {
            self.cover(
                outcome
                    .problem
                    .clone()
                    .unwrap_or_else(|| CoverageEntry::new(&outcome.parent, read, CoverageState::Complete)),
            );
        }
    }

    /// Records in order of their ids, and coverage in order of scope and read.
    pub fn into_parts(self) -> (Vec<Record>, Vec<CoverageEntry>) {
        let records = self.records.into_values().map(|(_, record)| record).collect();
        (records, self.coverage.iter().cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: &str = "Microsoft.Storage/storageAccounts/blobServices";
    const SUB: &str = "/subscriptions/s";

    fn item(id: &str, body: &str) -> Item {
        Item { id: id.into(), body: body.into() }
    }

    #[test]
    fn the_body_that_says_more_stays() {
        let mut gathered = Gathered::default();
        let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/x";
        assert!(gathered.keep(Rank::Detail, item(id, "detail")));
        assert!(gathered.keep(Rank::Row, item(&id.to_uppercase(), "row")));
        assert!(!gathered.keep(Rank::Row, item("no id", "x")));
        assert_eq!(gathered.ids_of("microsoft.web/SITES").len(), 1);
        let (records, _) = gathered.into_parts();
        assert_eq!(records[0].body, "detail");
    }

    #[test]
    fn one_entry_when_all_is_read_else_one_for_each_parent() {
        let outcome = |name: &str, state: Option<CoverageState>| {
            let parent = format!("{SUB}/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/{name}");
            Outcome { problem: state.map(|state| CoverageEntry::new(&parent, READ, state)), parent }
        };
        let entries = |whole, outcomes: &[Outcome]| {
            let mut gathered = Gathered::default();
            gathered.settle(SUB, READ, whole, outcomes);
            let (_, coverage) = gathered.into_parts();
            let words = coverage
                .into_iter()
                .map(|entry| (entry.scope.rsplit('/').next().unwrap().to_owned(), entry.state.word()));
            words.collect::<Vec<_>>()
        };
        let fine = [outcome("a", None), outcome("b", None)];
        let mixed = [outcome("a", None), outcome("b", Some(CoverageState::Denied))];
        assert_eq!(entries(true, &fine), [("s".into(), "complete")]);
        assert_eq!(entries(true, &[]), [("s".into(), "complete")]);
        assert_eq!(entries(false, &[]), []);
        let each = [("a".to_owned(), "complete"), ("b".to_owned(), "denied")];
        assert_eq!(entries(true, &mixed), each);
    }
}
