//! `skytjek rules docs`: a page for each rule and an index, in Markdown, from nothing but the rule files.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::compile::Compiled;
use super::files::Source;
use super::model::{Profile, Rule};
use super::pack::read_by;
use crate::inventory::reads::Reads;

/// The first line of every page; a file that begins so may be replaced or removed.
pub const MARK: &str = "<!-- Written by `skytjek rules docs`; change the rule file instead. -->";

const SEVERITIES: [&str; 4] = ["critical", "high", "medium", "low"];

/// All pages by file name, the index (`README.md`) included.
pub fn pages(compiled: &[Compiled], sources: &[Source]) -> BTreeMap<String, String> {
    let by_id: BTreeMap<&str, &str> = sources
        .iter()
        .filter_map(|(path, text)| {
            Some((path.rsplit(['/', '\\']).next()?.strip_suffix(".yaml")?, text.as_str()))
        })
        .collect();
    let mut out = BTreeMap::new();
    for one in compiled {
        let source = by_id.get(one.rule.id.as_str()).copied().unwrap_or_default();
        out.insert(format!("{}.md", one.rule.id), page(one, source));
    }
    let mut rules: Vec<&Rule> = compiled.iter().map(|one| &one.rule).collect();
    rules.sort_by(|one, two| one.id.cmp(&two.id));
    out.insert("README.md".to_owned(), index(&rules));
    out.insert("by-service.md".to_owned(), by_service(&rules));
    out.insert("by-severity.md".to_owned(), by_severity(&rules));
    out.insert("by-framework.md".to_owned(), by_framework(&rules));
    out
}

fn page(compiled: &Compiled, source: &str) -> String {
    let rule = &compiled.rule;
    let mut out = format!("{MARK}\n# {}\n\n{}\n\n", rule.id, rule.title);
    let _ = writeln!(out, "| | |\n|---|---|");
    let _ = writeln!(out, "| Severity | {} |", rule.severity);
    let _ = writeln!(out, "| Profile | {} |", rule.profile.word());
    let _ = writeln!(out, "| Domain | {} |", rule.domain);
    let types: Vec<String> = rule.resource_types.iter().map(|kind| format!("`{kind}`")).collect();
    let _ = writeln!(out, "| Looks at | {} |", types.join(", "));
    let _ = writeln!(out, "\n## Why it matters\n\n{}", rule.rationale.trim());
    let _ = writeln!(
        out,
        "\n## When it fails\n\n```yaml\n{}```",
        parts(source, &["applies_when", "each", "fail_when"])
    );
    let _ = writeln!(out, "\n## How to fix it\n\n{}\n", rule.fix.summary);
    let _ = writeln!(out, "```sh\n{}\n```", rule.fix.azure_cli);
    if !rule.fix.set.is_empty() {
        let _ = writeln!(out, "\nIn Bicep:\n\n```bicep\n{}```", bicep(&rule.fix.set));
    }
    if !rule.controls.is_empty() {
        let _ = writeln!(out, "\n## Controls\n\n| framework | control | this rule proves |\n|---|---|---|");
        for control in &rule.controls {
            let proves = match control.coverage.word() {
                "full" => "all of it",
                "partial" => "a part",
                _ => "it indirectly",
            };
            let _ = writeln!(out, "| {} | {} | {proves} |", control.framework, control.id);
        }
    }
    let _ = writeln!(out, "\n## What it reads\n");
    let mut reads = Reads::default();
    read_by(rule, &mut reads);
    for reads in reads.iter() {
        let paths: Vec<String> = reads.paths.iter().map(|path| format!("`{path}`")).collect();
        let _ = writeln!(
            out,
            "- `{}`{}{}",
            reads.name,
            if paths.is_empty() { "" } else { ": " },
            paths.join(", ")
        );
    }
    let _ = writeln!(out, "\n## Cases it is tested with\n");
    for example in &compiled.examples {
        let _ = writeln!(out, "- {}: {}", example.expect.replace('_', " "), example.name);
    }
    let _ = writeln!(out, "\n## More\n");
    for reference in &rule.references {
        let _ = writeln!(out, "- <{reference}>");
    }
    let _ = writeln!(out, "- [the rule file](../../rules/{}/{}.yaml)", rule.domain, rule.id);
    out
}

/// The top-level entries of a rule file with these keys, as they stand, without comments before them.
fn parts(source: &str, keys: &[&str]) -> String {
    let mut out = String::new();
    let mut inside = false;
    for line in source.lines() {
        let is_entry = line.starts_with(|c: char| c.is_ascii_alphabetic());
        if is_entry || line.starts_with('#') {
            inside = is_entry && line.split(':').next().is_some_and(|key| keys.contains(&key));
        }
        if inside && !line.trim().is_empty() {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// Nested properties as Bicep writes them.
fn bicep(set: &[(String, String)]) -> String {
    let mut tree = serde_json::Map::new();
    for (path, text) in set {
        let names: Vec<&str> = crate::inventory::path::segments(path);
        place(&mut tree, &names, serde_json::from_str(text).unwrap_or_default());
    }
    let mut out = String::new();
    for (name, value) in &tree {
        let _ = writeln!(out, "{}: {}", bicep_name(name), bicep_value(value, 0));
    }
    out
}

fn place(tree: &mut serde_json::Map<String, serde_json::Value>, names: &[&str], value: serde_json::Value) {
    match names {
        [] => {}
        [last] => {
            tree.insert((*last).to_owned(), value);
        }
        [first, rest @ ..] => {
            let next = tree.entry((*first).to_owned()).or_insert_with(|| serde_json::json!({}));
            if let Some(next) = next.as_object_mut() {
                place(next, rest, value);
            }
        }
    }
}

fn bicep_name(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain { name.to_owned() } else { format!("'{}'", name.replace('\'', "\\'")) }
}

fn bicep_value(value: &serde_json::Value, depth: usize) -> String {
    let blanks = "  ".repeat(depth + 1);
    let end = "  ".repeat(depth);
    match value {
        serde_json::Value::String(text) => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
        serde_json::Value::Array(items) if items.is_empty() => "[]".to_owned(),
        serde_json::Value::Array(items) => {
            let items: Vec<String> =
                items.iter().map(|item| format!("{blanks}{}\n", bicep_value(item, depth + 1))).collect();
            format!("[\n{}{end}]", items.concat())
        }
        serde_json::Value::Object(members) if members.is_empty() => "{}".to_owned(),
        serde_json::Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .map(|(name, value)| {
                    format!("{blanks}{}: {}\n", bicep_name(name), bicep_value(value, depth + 1))
                })
                .collect();
            format!("{{\n{}{end}}}", members.concat())
        }
        other => other.to_string(),
    }
}

fn index(rules: &[&Rule]) -> String {
    let strict = rules.iter().filter(|rule| rule.profile == Profile::Strict).count();
    let mut out = format!(
        "{MARK}\n# Rules\n\n{} rules, {strict} of them only in the strict profile. \
         Also [by service](by-service.md), [by severity](by-severity.md) and [by framework](by-framework.md).\n",
        rules.len()
    );
    let domains: BTreeSet<&str> = rules.iter().map(|rule| rule.domain.as_str()).collect();
    for domain in domains {
        let of_domain: Vec<&Rule> = rules.iter().filter(|rule| rule.domain == domain).copied().collect();
        let _ = writeln!(
            out,
            "\n## {domain} ({})\n\n| rule | severity | what is right |\n|---|---|---|",
            of_domain.len()
        );
        for rule in of_domain {
            let strict = if rule.profile == Profile::Strict { ", strict" } else { "" };
            let _ = writeln!(out, "| {} | {}{strict} | {} |", link(rule), rule.severity, rule.title);
        }
    }
    out
}

fn link(rule: &Rule) -> String {
    format!("[{0}]({0}.md)", rule.id)
}

fn by_service(rules: &[&Rule]) -> String {
    let mut types: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    for rule in rules {
        for kind in &rule.resource_types {
            types.entry(kind).or_default().push(rule);
        }
    }
    listing("Rules by service", types.iter().map(|(kind, rules)| (format!("`{kind}`"), rules.clone())))
}

fn by_severity(rules: &[&Rule]) -> String {
    let of = |severity: &str| rules.iter().filter(|rule| rule.severity == severity).copied().collect();
    listing("Rules by severity", SEVERITIES.into_iter().map(|severity| (severity.to_owned(), of(severity))))
}

fn listing<'a>(title: &str, groups: impl Iterator<Item = (String, Vec<&'a Rule>)>) -> String {
    let mut out = format!("{MARK}\n# {title}\n");
    for (name, rules) in groups {
        let _ = writeln!(out, "\n## {name} ({})\n", rules.len());
        for rule in rules {
            let _ = writeln!(out, "- {}: {}", link(rule), rule.title);
        }
    }
    out
}

fn by_framework(rules: &[&Rule]) -> String {
    let known = super::framework::known();
    let mut out = format!(
        "{MARK}\n# Rules by framework\n\nIds only. A rule proves a control fully, in part (p), or only hints at it (i). \
         Controls without a rule are not assessed.\n"
    );
    for (framework, ids) in known {
        let serving = |id: &str| {
            let mut links = Vec::new();
            for rule in rules {
                for control in &rule.controls {
                    if control.framework == framework && control.id == id {
                        let mark = match control.coverage.word() {
                            "full" => "",
                            "partial" => " (p)",
                            _ => " (i)",
                        };
                        links.push(format!("{}{mark}", link(rule)));
                    }
                }
            }
            links
        };
        let rows: Vec<(&str, Vec<String>)> = ids.iter().map(|id| (*id, serving(id))).collect();
        let served = rows.iter().filter(|(_, links)| !links.is_empty()).count();
        let _ = writeln!(
            out,
            "\n## {framework}: {served} of {} controls\n\n| control | rules |\n|---|---|",
            rows.len()
        );
        for (id, links) in rows {
            let _ = writeln!(out, "| {id} | {} |", links.join(", "));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_fix_sets_is_written_as_bicep() {
        let set = [
            ("properties.networkAcls.defaultAction".to_owned(), "\"Deny\"".to_owned()),
            ("properties.networkAcls.ipRules".to_owned(), "[]".to_owned()),
            ("tags.a-b".to_owned(), "\"it's\"".to_owned()),
        ];
        insta::assert_snapshot!(bicep(&set), @r"
        properties: {
          networkAcls: {
            defaultAction: 'Deny'
            ipRules: []
          }
        }
        tags: {
          'a-b': 'it\'s'
        }
        ");
    }

    #[test]
    fn the_deciding_part_of_a_rule_file_stands_as_it_is_written() {
        let source = "id: x\n# why\nfail_when:\n  path: a # default\n\n  equals: 1\nmessage: fail_when: no\n";
        assert_eq!(
            parts(source, &["applies_when", "fail_when"]),
            "fail_when:\n  path: a # default\n  equals: 1\n"
        );
    }
}
