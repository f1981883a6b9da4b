//! `tool.driver.rules`: what each rule checks, why and how it is fixed.

use std::collections::BTreeMap;

use serde_json::json;
use serde_sarif::sarif::{
    MultiformatMessageString, PropertyBag, ReportingConfiguration, ReportingDescriptor,
    ReportingDescriptorReference, ReportingDescriptorRelationship, ToolComponentReference,
};

use crate::finding::report::{COVERAGE_RULE, Report, RuleFacts};
use crate::finding::verdict::Severity;

use super::INFORMATION_URI;
use super::taxonomies::Taxonomies;
use crate::output::text::{visible, visible_lines};

/// GitHub shows ten tags of a rule.
const MAX_TAGS: usize = 10;

/// The rules of a run and the position of each.
pub(super) struct Rules {
    pub(super) descriptors: Vec<ReportingDescriptor>,
    positions: BTreeMap<String, i64>,
}

impl Rules {
    pub(super) fn new(report: &Report, taxonomies: Option<&Taxonomies>) -> Self {
        let mut descriptors: Vec<ReportingDescriptor> =
            report.rules.iter().map(|rule| descriptor(rule, taxonomies)).collect();
        descriptors.push(coverage_rule());
        // A result whose rule the report doesn't describe would be refused.
        let known: std::collections::BTreeSet<&str> =
            report.rules.iter().map(|rule| rule.id.as_str()).collect();
        let mut missing = BTreeMap::new();
        for row in report.results.iter().filter(|row| !known.contains(row.rule.as_str())) {
            missing.entry(row.rule.as_str()).or_insert(row);
        }
        for row in missing.into_values() {
            let facts = RuleFacts {
                id: row.rule.clone(),
                title: row.title.to_string(),
                domain: String::new(),
                severity: row.severity,
                resource_types: Vec::new(),
                rationale: String::new(),
                fix_summary: String::new(),
                fix_azure_cli: String::new(),
                controls: (*row.controls).clone(),
                references: Vec::new(),
            };
            descriptors.push(descriptor(&facts, taxonomies));
        }
        descriptors.sort_by(|one, two| one.id.cmp(&two.id));
        let positions = descriptors.iter().map(|rule| rule.id.clone()).zip(0..).collect();
        Self { descriptors, positions }
    }

    pub(super) fn position(&self, id: &str) -> Option<i64> {
        self.positions.get(id).copied()
    }
}

fn descriptor(rule: &RuleFacts, taxonomies: Option<&Taxonomies>) -> ReportingDescriptor {
    let title = sentence(&visible(&rule.title));
    let rationale = visible_lines(&rule.rationale);
    let full = description(if rationale.is_empty() { &title } else { &rationale });
    let (text, markdown) = help(rule, &title, &rationale);
    let mut descriptor = ReportingDescriptor::builder()
        .id(rule.id.clone())
        .name(pascal_case(&rule.id))
        .short_description(plain(title))
        .full_description(plain(full))
        .help(MultiformatMessageString::builder().text(text).markdown(markdown).build())
        .help_uri(help_uri(rule))
        .default_configuration(ReportingConfiguration::builder().level(level(rule.severity)).build())
        .properties(properties(rule.severity, tags(rule)))
        .build();
    let relationships = taxonomies.map(|taxonomies| relationships(rule, taxonomies));
    descriptor.relationships = relationships.filter(|all| !all.is_empty());
    descriptor
}

/// GitHub takes 1,024 characters; the help has the rest.
const MAX_DESCRIPTION: usize = 1_000;

/// Whole sentences as far as there is room.
fn description(text: &str) -> String {
    let Some((end, _)) = text.char_indices().nth(MAX_DESCRIPTION) else {
        return sentence(text);
    };
    let head = &text[..end];
    let stop = head.rfind(". ").or_else(|| head.rfind(".\n"));
    match stop {
        Some(at) => head[..=at].to_owned(),
        None => format!("{head}..."),
    }
}

fn relationships(rule: &RuleFacts, taxonomies: &Taxonomies) -> Vec<ReportingDescriptorRelationship> {
    taxonomies
        .of(&rule.controls)
        .map(|(framework, position, control)| {
            let component = ToolComponentReference::builder().name(framework).index(position).build();
            let target =
                ReportingDescriptorReference::builder().id(control).tool_component(component).build();
            ReportingDescriptorRelationship::builder()
                .target(target)
                .kinds(vec!["relevant".to_owned()])
                .build()
        })
        .collect()
}

fn coverage_rule() -> ReportingDescriptor {
    let text = "Some reads were refused or failed, so resources may be insecure without a finding. The run's \
                notifications and the file that this result points into name each read, the HTTP status and \
                the permission that is missing.\n\nHow to fix it: grant the scanning identity the missing \
                permissions (the roles Reader, Security Reader and Key Vault Reader cover most), then scan again.";
    ReportingDescriptor::builder()
        .id(COVERAGE_RULE)
        .name(pascal_case(COVERAGE_RULE))
        .short_description(plain("Not everything that was asked for could be read.".to_owned()))
        .full_description(plain(
            "A scan that could not read everything can't say that what it did not see is secure.".to_owned(),
        ))
        .help(MultiformatMessageString::builder().text(text).markdown(text).build())
        .help_uri(INFORMATION_URI)
        .default_configuration(ReportingConfiguration::builder().level(level(Severity::Medium)).build())
        .properties(properties(Severity::Medium, vec!["security".into(), "azure".into(), "coverage".into()]))
        .build()
}

fn plain(text: String) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(text).build()
}

/// Rationale, fix and references, for readers of text and of Markdown.
fn help(rule: &RuleFacts, title: &str, rationale: &str) -> (String, String) {
    let mut text = vec![if rationale.is_empty() { title.to_owned() } else { rationale.to_owned() }];
    let mut markdown = vec![format!("**{title}**")];
    if !rationale.is_empty() {
        markdown.push(rationale.to_owned());
    }
    if !rule.fix_summary.is_empty() {
        let summary = visible_lines(&rule.fix_summary);
        text.push(format!("How to fix it: {summary}"));
        markdown.push(format!("### How to fix it\n\n{summary}"));
    }
    if !rule.fix_azure_cli.is_empty() {
        let command = visible_lines(&rule.fix_azure_cli);
        text.push(command.clone());
        markdown.push(format!("```azurecli\n{command}\n```"));
    }
    if !rule.controls.is_empty() {
        let controls: Vec<String> =
            rule.controls.iter().map(|(framework, ids)| format!("{framework}: {}", ids.join(", "))).collect();
        text.push(format!("Controls: {}", controls.join("; ")));
        markdown.push(format!("### Controls\n\n- {}", controls.join("\n- ")));
    }
    if !rule.references.is_empty() {
        text.push(rule.references.join("\n"));
        let links: Vec<String> = rule.references.iter().map(|uri| format!("- <{}>", visible(uri))).collect();
        markdown.push(format!("### References\n\n{}", links.join("\n")));
    }
    (text.join("\n\n"), markdown.join("\n\n"))
}

fn help_uri(rule: &RuleFacts) -> String {
    let web = |uri: &&String| {
        uri.starts_with("https://")
            && uri.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"\\^`{|}".contains(&byte))
    };
    rule.references.iter().find(web).map_or_else(|| INFORMATION_URI.to_owned(), Clone::clone)
}

/// `security` makes GitHub read the severity; then the domain, the types and the controls, as far as
/// there is room.
fn tags(rule: &RuleFacts) -> Vec<String> {
    let fixed = ["security".to_owned(), "azure".to_owned(), rule.domain.clone()];
    let controls = rule
        .controls
        .iter()
        .flat_map(|(framework, ids)| ids.iter().map(move |id| format!("{framework}/{id}")));
    let mut tags: Vec<String> = Vec::with_capacity(MAX_TAGS);
    for tag in fixed.into_iter().chain(controls) {
        if !tag.is_empty() && !tags.contains(&tag) && tags.len() < MAX_TAGS {
            tags.push(visible(&tag).into_owned());
        }
    }
    tags
}

fn properties(severity: Severity, tags: Vec<String>) -> PropertyBag {
    let score = match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.5",
    };
    let problem = match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "recommendation",
    };
    PropertyBag::builder()
        .tags(tags)
        .additional_properties([
            ("security-severity".to_owned(), json!(score)),
            // A verdict follows from a value that was read; what was not read is no finding.
            ("precision".to_owned(), json!("very-high")),
            ("problem.severity".to_owned(), json!(problem)),
        ])
        .build()
}

/// The SARIF level of a failing result.
pub(super) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

/// `nsg-rdp-from-internet` → `NsgRdpFromInternet`.
pub(super) fn pascal_case(id: &str) -> String {
    let words = id.split(|c: char| !c.is_ascii_alphanumeric());
    words
        .flat_map(|word| word.chars().enumerate())
        .map(|(at, c)| if at == 0 { c.to_ascii_uppercase() } else { c })
        .collect()
}

/// Text that ends like a sentence, as SARIF's readers expect of messages.
pub(super) fn sentence(text: &str) -> String {
    let text = text.trim_end();
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}
