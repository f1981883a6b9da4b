//! `run.taxonomies`: one per framework, with the controls that rules serve. Ids only, never a
//! framework's text.

use std::collections::{BTreeMap, BTreeSet};

use serde_sarif::sarif::{
    MultiformatMessageString, ReportingDescriptor, ReportingDescriptorReference, ToolComponent,
    ToolComponentReference,
};

use crate::finding::report::Report;

/// Control ids by framework, as results and rules carry them.
type Controls = BTreeMap<String, Vec<String>>;

/// The frameworks of a report and their controls.
pub(super) struct Taxonomies {
    frameworks: BTreeMap<String, (i64, BTreeSet<String>)>,
}

impl Taxonomies {
    pub(super) fn new(report: &Report) -> Self {
        let mut frameworks: BTreeMap<String, (i64, BTreeSet<String>)> = BTreeMap::new();
        let of_rules = report.rules.iter().map(|rule| &rule.controls);
        let of_results = report.results.iter().map(|row| &*row.controls);
        for (framework, ids) in of_rules.chain(of_results).flatten() {
            let (_, known) = frameworks.entry(framework.clone()).or_default();
            known.extend(ids.iter().filter(|id| !known.contains(*id)).cloned().collect::<Vec<_>>());
        }
        for ((position, _), at) in frameworks.values_mut().zip(0..) {
            *position = at;
        }
        Self { frameworks }
    }

    /// Framework, its position in `run.taxonomies`, and control id, of each control.
    pub(super) fn of<'a>(&'a self, controls: &'a Controls) -> impl Iterator<Item = (&'a str, i64, &'a str)> {
        controls.iter().flat_map(move |(framework, ids)| {
            let position = self.frameworks.get(framework).map_or(0, |(position, _)| *position);
            ids.iter().map(move |id| (framework.as_str(), position, id.as_str()))
        })
    }

    /// What a result says of its controls.
    pub(super) fn references(&self, controls: &Controls) -> Vec<ReportingDescriptorReference> {
        self.of(controls)
            .map(|(framework, position, id)| {
                let component = ToolComponentReference::builder().name(framework).index(position).build();
                ReportingDescriptorReference::builder().id(id).tool_component(component).build()
            })
            .collect()
    }

    pub(super) fn components(&self) -> Vec<ToolComponent> {
        self.frameworks
            .iter()
            .map(|(name, (_, ids))| {
                let about = format!("Controls of {name} that the rules serve.");
                let taxa = ids.iter().map(|id| ReportingDescriptor::builder().id(id.clone()).build());
                ToolComponent::builder()
                    .name(name.clone())
                    .short_description(MultiformatMessageString::builder().text(about).build())
                    .is_comprehensive(false)
                    .taxa(taxa.collect::<Vec<_>>())
                    .build()
            })
            .collect()
    }

    pub(super) fn supported(&self) -> Vec<ToolComponentReference> {
        self.frameworks
            .iter()
            .map(|(name, (position, _))| {
                ToolComponentReference::builder().name(name.clone()).index(*position).build()
            })
            .collect()
    }
}
