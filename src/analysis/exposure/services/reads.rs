//! Everything that the services' families read.

use super::spec::{Code, Filter, Spec};
use super::{FAMILIES, perimeter, private_endpoint};
use crate::inventory::reads::Reads;

/// Adds what the analysis of platform services reads.
pub fn reads(reads: &mut Reads) {
    for spec in FAMILIES.iter().copied().flatten() {
        of(spec, reads);
    }
    add(reads, private_endpoint::ENDPOINT, private_endpoint::READS);
    for (kind, paths) in perimeter::READS {
        add(reads, kind, paths.iter().copied());
        if kind != perimeter::PERIMETER {
            version(reads, kind, perimeter::API_VERSION);
        }
    }
}

fn of(spec: &Spec, reads: &mut Reads) {
    let kind = spec.kind;
    add(reads, kind, private_endpoint::CONNECTION_READS);
    add(reads, kind, ["properties.provisioningState"]);
    add(reads, kind, spec.switch.map(|switch| switch.path));
    add(reads, kind, spec.inside.iter().copied());
    if let Filter::Action(path) = spec.filter {
        add(reads, kind, [path]);
    }
    for list in spec.lists {
        element(reads, kind, list.path, list.field);
    }
    for (path, id) in spec.subnets.iter().chain(spec.instances.iter()) {
        element(reads, kind, path, id);
    }
    add(reads, kind, spec.bypass.map(|(path, _)| path));
    add(reads, kind, spec.behind.map(|(path, _)| path));
    for ranges in spec.ranges {
        add(reads, ranges.kind, [ranges.first, ranges.last]);
        version(reads, ranges.kind, ranges.api_version);
        add(reads, kind, ranges.needs);
    }
    for (child, api_version, path) in spec.subnet_children {
        add(reads, child, [*path]);
        version(reads, child, api_version);
    }
    if !matches!(spec.code, Code::None) {
        for (kind, api_version, paths) in spec.more {
            add(reads, kind, paths.iter().copied());
            if let Some(api_version) = api_version {
                version(reads, kind, api_version);
            }
        }
    }
}

fn element(reads: &mut Reads, kind: &str, path: &str, field: &str) {
    let path = if field.is_empty() { format!("{path}[*]") } else { format!("{path}[*].{field}") };
    reads.entry(kind).paths.insert(path);
}

fn add<'p>(reads: &mut Reads, kind: &str, paths: impl IntoIterator<Item = &'p str>) {
    reads.entry(kind).paths.extend(paths.into_iter().map(str::to_owned));
}

fn version(reads: &mut Reads, kind: &str, api_version: &str) {
    reads.entry(kind).api_version.get_or_insert_with(|| api_version.to_owned());
}
