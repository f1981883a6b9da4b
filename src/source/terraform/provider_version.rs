//! Which major version of `azurerm` the code is for: defaults differ between them.

use std::path::Path;

use super::library::Library;
use super::load::Loader;
use super::resource::ProviderVersion;
use super::syntax::{Kind, hcl};

/// The newest major version that is known, <https://registry.terraform.io/providers/hashicorp/azurerm>.
pub const NEWEST: u32 = 4;

/// A version, and whether it is a lower or upper bound is up to who holds it.
type Version = [u32; 3];

/// What the lock file says, else the newest that all modules' requirements allow, else the newest known.
pub fn decide(root: &Path, library: &Library, loader: &mut Loader<'_>) -> ProviderVersion {
    if let Some(version) = locked(root, loader).as_deref().and_then(of_lock) {
        return version;
    }
    let mut said: Vec<&str> =
        library.modules.iter().flat_map(|module| &module.required).map(String::as_str).collect();
    said.sort_unstable();
    said.dedup();
    if said.is_empty() {
        return ProviderVersion { major: NEWEST, why: "assumed, nothing says".to_owned() };
    }
    let words = said.join(", ");
    match allowed(&said) {
        Some(major) => ProviderVersion { major, why: format!("required_providers: {words}") },
        None => ProviderVersion {
            major: NEWEST,
            why: format!("assumed, as no version satisfies required_providers: {words}"),
        },
    }
}

/// What the lock file says, else the newest that the plan's constraint allows, else the newest known.
pub fn of_plan(locked: Option<&str>, constraint: Option<&str>) -> ProviderVersion {
    if let Some(version) = locked.and_then(of_lock) {
        return version;
    }
    let Some(constraint) = constraint else {
        return ProviderVersion { major: NEWEST, why: "assumed, nothing says".to_owned() };
    };
    match allowed(&[constraint]) {
        Some(major) => {
            ProviderVersion { major, why: format!("version_constraint in the plan: {constraint}") }
        }
        None => ProviderVersion { major: NEWEST, why: format!("assumed, as {constraint} is not understood") },
    }
}

/// What a version in a lock file decides.
fn of_lock(version: &str) -> Option<ProviderVersion> {
    let ([major, ..], _) = parse(version)?;
    Some(ProviderVersion { major, why: format!(".terraform.lock.hcl: {version}") })
}

/// The version in the lock file, which isn't part of the configuration.
pub fn locked(root: &Path, loader: &mut Loader<'_>) -> Option<String> {
    let path = root.join(".terraform.lock.hcl");
    if !path.is_file() {
        return None;
    }
    let body = loader.body(&path, hcl::parse)?;
    body.blocks("provider")
        .filter(|block| {
            block.labels.iter().any(|label| label.to_ascii_lowercase().ends_with("/hashicorp/azurerm"))
        })
        .find_map(|block| match &block.body.attribute("version")?.kind {
            Kind::Text(version) => Some(version.clone()),
            _ => None,
        })
}

/// The highest major version that satisfies all constraints; of those beyond the newest known the lowest.
fn allowed(constraints: &[&str]) -> Option<u32> {
    let (mut from, mut below): (Version, Version) = ([0; 3], [u32::MAX; 3]);
    for part in constraints.iter().flat_map(|constraint| constraint.split(',')) {
        let (low, high) = interval(part.trim())?;
        from = from.max(low);
        below = below.min(high);
    }
    if from >= below {
        return None;
    }
    // The last version below `below`: of the major before it when that is a whole major.
    let last = if below[1] == 0 && below[2] == 0 { below[0].saturating_sub(1) } else { below[0] };
    Some(last.min(NEWEST).max(from[0]))
}

/// Versions that one constraint allows: from the first up to, not including, the second.
fn interval(constraint: &str) -> Option<(Version, Version)> {
    const NONE: Version = [0; 3];
    const ALL: Version = [u32::MAX; 3];
    let digits = constraint.find(|c: char| c.is_ascii_digit() || c == 'v')?;
    let (operator, version) = constraint.split_at(digits);
    let (version, parts) = parse(version)?;
    let [major, minor, patch] = version;
    let next = [major, minor, patch.saturating_add(1)];
    Some(match operator.trim() {
        "" | "=" => (version, next),
        ">=" => (version, ALL),
        ">" => (next, ALL),
        "<" => (NONE, version),
        "<=" => (NONE, next),
        "!=" => (NONE, ALL),
        "~>" if parts <= 2 => (version, [major.saturating_add(1), 0, 0]),
        "~>" => (version, [major, minor.saturating_add(1), 0]),
        _ => return None,
    })
}

/// A version and how many of its parts are written. What follows a `-` doesn't decide a major.
fn parse(text: &str) -> Option<(Version, usize)> {
    let text = text.trim().trim_start_matches('v');
    let text = text.split(['-', '+']).next().unwrap_or_default();
    let mut version = [0; 3];
    let mut parts = 0;
    for (own, part) in version.iter_mut().zip(text.split('.')) {
        *own = part.parse().ok()?;
        parts += 1;
    }
    Some((version, parts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::code::file::Files;
    use crate::source::code::read::Reader;

    #[test]
    fn the_highest_major_that_is_allowed() {
        for (constraints, major) in [
            (&["~> 3.0"][..], Some(3)),
            (&["~> 3.75.1"], Some(3)),
            (&["=2.99.0"], Some(2)),
            (&["3.1.0"], Some(3)),
            (&[">= 3.0"], Some(4)),
            (&[">= 3.0, < 4.0"], Some(3)),
            (&[">= 3.0, < 4.0.1"], Some(4)),
            (&["~>4.0", ">= 3.0"], Some(4)),
            (&[">= 3.11, != 3.12", "< 4"], Some(3)),
            (&[">= 5.0"], Some(5)),
            (&["~> 2"], Some(2)),
            (&["<= 3.116.0"], Some(3)),
            (&["~> 3.0", "~> 4.0"], None),
            (&["newest"], None),
        ] {
            assert_eq!(allowed(constraints), major, "{constraints:?}");
        }
    }

    #[test]
    fn a_plans_constraint_gives_a_major() {
        for (constraint, major) in [
            ("~> 3.0", Some(3)),
            ("~> 2.99.1", Some(2)),
            ("4.14.0", Some(4)),
            ("= 3.1", Some(3)),
            (">= 3.0", Some(4)),
            (">= 3.0, < 4.0.0", Some(3)),
            (">= 2.40, < 3.5", Some(3)),
            (">= 5.0", Some(5)),
            ("< 3.0, >= 4.0", None),
            ("something", None),
        ] {
            assert_eq!(allowed(&[constraint]), major, "{constraint}");
        }
        assert_eq!(of_plan(Some("3.117.0"), Some("~> 4.0")).major, 3);
        let assumed = ProviderVersion { major: NEWEST, why: "assumed, nothing says".into() };
        assert_eq!(of_plan(None, None), assumed);
    }

    #[test]
    fn the_lock_file_names_azurerms_version() {
        for (provider, version) in [("azurerm", Some("3.117.0")), ("random", None)] {
            let folder = tempfile::tempdir().unwrap();
            let lock = format!(
                "provider \"registry.terraform.io/hashicorp/{provider}\" {{\n  version     = \"3.117.0\"\n}}\n"
            );
            std::fs::write(folder.path().join(".terraform.lock.hcl"), lock).unwrap();
            let reader = Reader::new(folder.path()).unwrap();
            let root = reader.boundary().to_path_buf();
            let (files, unread) = (Files::default(), Vec::new());
            let mut loader = Loader { reader: &reader, root: root.clone(), shown: "", files, unread };
            assert_eq!(locked(&root, &mut loader).as_deref(), version, "{provider}");
        }
    }
}
