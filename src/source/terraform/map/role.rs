//! Built-in roles by name. Source: `az role definition list`, August 2026.

/// Names and ids, a role a line.
const ROLES: &str = include_str!("built-in-roles.tsv");

/// The id of the built-in role with this name.
pub fn built_in(name: &str) -> Option<&'static str> {
    ROLES
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .find(|(own, _)| own.eq_ignore_ascii_case(name))
        .map(|(_, id)| id)
}
