//! From a rule file to a [`Rule`]: everything that can be wrong with a rule is found here, with the
//! place in the file, before anything is scanned.

use sha2::{Digest, Sha256};

use super::compile_condition::{Scope, Side};
use super::examples::{self, Example};
use super::model::{Control, ControlCoverage, Decision, Over, Path, Profile, Quantifier, Rule, Slot};
use super::properties::{Lookup, PropertyTable, TypeTable, nearest};
use super::yaml::{self, Data, Diagnostic, Node, Position};

/// A rule with the examples that prove it.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The rule.
    pub rule: Rule,
    /// Its examples.
    pub examples: Vec<Example>,
    /// Where its id stands in the file.
    pub id_at: Position,
}

const KEYS: [&str; 16] = [
    "id",
    "title",
    "domain",
    "severity",
    "profile",
    "resource",
    "rationale",
    "applies_when",
    "each",
    "fail_when",
    "point_at",
    "message",
    "fix",
    "controls",
    "references",
    "examples",
];
const SEVERITIES: [&str; 4] = ["critical", "high", "medium", "low"];
/// Rooms of the pack.
pub const DOMAINS: [&str; 17] = [
    "network",
    "identity",
    "encryption",
    "key-vault",
    "storage",
    "database",
    "app",
    "container",
    "compute",
    "logging",
    "defender",
    "backup",
    "governance",
    "virtual-desktop",
    "migration",
    "messaging",
    "ai",
];

/// Compiles one rule file. `file` is its path as the user sees it; the file's stem must be the id.
///
/// # Errors
/// Every complaint about the file, in the order of the file.
pub fn compile(file: &str, text: &str, table: &PropertyTable) -> Result<Compiled, Vec<Diagnostic>> {
    let node = yaml::parse(file, text).map_err(|diagnostic| vec![diagnostic])?;
    let mut compiler = Compiler::new(file, table);
    let compiled = compiler.rule(&node, text);
    let mut diagnostics = compiler.diagnostics;
    match compiled {
        Some(compiled) if diagnostics.is_empty() => Ok(compiled),
        _ => {
            diagnostics.sort();
            diagnostics.dedup();
            Err(diagnostics)
        }
    }
}

/// The state of one compilation.
pub(super) struct Compiler<'t> {
    file: String,
    table: &'t PropertyTable,
    types: Vec<TypeTable>,
    pub(super) slots: Vec<Slot>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Whether the rule fails on exposure, so that its texts may name both ends.
    pub(super) reaches: bool,
}

impl<'t> Compiler<'t> {
    fn new(file: &str, table: &'t PropertyTable) -> Self {
        Self {
            file: file.to_owned(),
            table,
            types: Vec::new(),
            slots: Vec::new(),
            diagnostics: Vec::new(),
            reaches: false,
        }
    }

    pub(super) fn complain(&mut self, at: Position, message: impl Into<String>, help: Option<String>) {
        self.diagnostics.push(Diagnostic {
            file: self.file.clone(),
            line: at.line,
            column: at.column,
            message: message.into(),
            help,
        });
    }

    /// Complains about keys that are not among `allowed`.
    pub(super) fn check_keys(&mut self, node: &Node, allowed: &[&str]) {
        for entry in node.entries() {
            if !allowed.contains(&entry.key.as_str()) {
                let help = nearest(&entry.key, allowed.iter().copied())
                    .map(|near| format!("did you mean `{near}`?"))
                    .or_else(|| Some(format!("known here: {}", allowed.join(", "))));
                self.complain(entry.at, format!("unknown key `{}`", entry.key), help);
            }
        }
    }

    pub(super) fn required<'n>(&mut self, node: &'n Node, key: &str) -> Option<&'n Node> {
        let found = node.get(key);
        if found.is_none() {
            self.complain(node.at, format!("`{key}` is missing"), None);
        }
        found
    }

    pub(super) fn text(&mut self, node: &Node) -> Option<String> {
        match &node.data {
            Data::Text(text) if !text.trim().is_empty() => Some(text.trim_end().to_owned()),
            Data::Number(_) | Data::Bool(_) => {
                self.complain(
                    node.at,
                    format!("expected text, found {}", node.kind()),
                    Some("quote it".into()),
                );
                None
            }
            _ => {
                self.complain(node.at, format!("expected text, found {}", node.kind()), None);
                None
            }
        }
    }

    /// A text, or a list of texts, exactly as they stand.
    pub(super) fn texts(&mut self, node: &Node) -> Vec<String> {
        let nodes = match &node.data {
            Data::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let mut out = Vec::new();
        for node in nodes {
            match &node.data {
                Data::Text(text) if !text.is_empty() => out.push(text.clone()),
                // Says what is wrong with it.
                _ => out.extend(self.text(node)),
            }
        }
        out
    }

    pub(super) fn one_of(&mut self, node: &Node, allowed: &[&str]) -> Option<String> {
        let text = self.text(node)?;
        if allowed.contains(&text.as_str()) {
            return Some(text);
        }
        let help = nearest(&text, allowed.iter().copied()).map_or_else(
            || format!("one of: {}", allowed.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        self.complain(node.at, format!("`{text}` is not known here"), Some(help));
        None
    }

    /// Checks a resource type against the table and returns its canonical spelling.
    pub(super) fn resource_type(&mut self, node: &Node) -> Option<String> {
        let name = self.text(node)?;
        if let Some(known) = self.types.iter().find(|table| table.name.eq_ignore_ascii_case(&name)) {
            return Some(known.name.clone());
        }
        if let Some(table) = self.table.resource_type(&name) {
            let canonical = table.name.clone();
            self.types.push(table);
            return Some(canonical);
        }
        let help = self.table.nearest_type(&name).map(|near| format!("did you mean `{near}`?"));
        self.complain(node.at, format!("resource type `{name}` does not exist"), help);
        None
    }

    pub(super) fn type_table(&self, name: &str) -> Option<&TypeTable> {
        self.types.iter().find(|table| table.name.eq_ignore_ascii_case(name))
    }

    /// Binds a name to a new slot; names of outer slots and of body members are taken.
    pub(super) fn bind(&mut self, node: Option<&Node>, at: Position, slot: Slot) -> Option<u8> {
        let name = match node {
            Some(node) => self.text(node)?,
            None => String::new(),
        };
        let taken =
            ["properties", "id", "name", "type", "location", "tags", "identity", "sku", "kind", "zones"];
        if self.slots.iter().any(|known| !name.is_empty() && known.name == name)
            || taken.contains(&name.as_str())
        {
            self.complain(
                at,
                format!("the name `{name}` is taken"),
                Some("choose another after `as`".into()),
            );
            return None;
        }
        let index = u8::try_from(self.slots.len()).ok().filter(|index| *index < super::MAX_SLOTS);
        if index.is_none() {
            let most = super::MAX_SLOTS;
            self.complain(at, format!("a rule binds at most {most} resources and elements"), None);
        }
        let index = index?;
        self.slots.push(Slot { name, ..slot });
        Some(index)
    }

    /// A path in rule spelling, checked against the table.
    pub(super) fn path(&mut self, node: &Node) -> Option<Path> {
        let text = self.text(node)?;
        self.path_text(&text, node.at)
    }

    pub(super) fn path_text(&mut self, text: &str, at: Position) -> Option<Path> {
        let mut names: Vec<String> =
            crate::inventory::path::segments(text).into_iter().map(str::to_owned).collect();
        let mut slot = 0;
        if let Some(first) = names.first()
            && let Some(bound) =
                self.slots.iter().position(|slot| !slot.name.is_empty() && slot.name == *first)
        {
            slot = bound;
            names.remove(0);
        }
        if names.iter().any(|name| name.starts_with('[') || name == "{*}") {
            self.complain(
                at,
                format!("`{text}` goes through a list"),
                Some(
                    "range over the list with `any`, `all`, `none`, `count` or `each`, and bind its elements"
                        .into(),
                ),
            );
            return None;
        }
        let index = u8::try_from(slot).ok()?;
        let slot = self.slots.get(slot)?.clone();
        let joined = crate::inventory::path::join(names.iter().map(String::as_str));
        let full = crate::inventory::path::below(&slot.prefix, &joined);
        for kind in &slot.types {
            self.check_path(kind, &full, at)?;
        }
        Some(Path { slot: index, names, ..Path::default() })
    }

    /// Complains when `path` does not exist in `kind`.
    pub(super) fn check_path(&mut self, kind: &str, path: &str, at: Position) -> Option<()> {
        if path.is_empty() {
            return Some(());
        }
        if let Some((parent, nested, child)) =
            crate::inventory::reads::NESTED.iter().find(|(parent, nested, _)| {
                parent.eq_ignore_ascii_case(kind) && crate::inventory::reads::covers(nested, path)
            })
        {
            let message = format!("`{nested}` of {parent} holds resources of their own");
            self.complain(at, message, Some(format!("range over them with `children: {child}`")));
            return None;
        }
        let table = self.type_table(kind)?;
        if let Lookup::Missing(near) = table.find(path) {
            let message = format!("{} has no property `{path}`", table.name);
            self.complain(at, message, near.map(|near| format!("did you mean `{near}`?")));
            return None;
        }
        Some(())
    }

    fn rule(&mut self, node: &Node, text: &str) -> Option<Compiled> {
        if !matches!(node.data, Data::Map(_)) {
            self.complain(node.at, format!("expected a rule, found {}", node.kind()), None);
            return None;
        }
        self.check_keys(node, &KEYS);
        let resource_types = self.resource_types(node);
        self.slots.push(Slot { name: String::new(), types: resource_types.clone(), prefix: String::new() });
        let id = self.id(node);
        let title = self.required(node, "title").and_then(|node| self.text(node));
        let domain = self.required(node, "domain").and_then(|node| self.one_of(node, &DOMAINS));
        let severity = self.required(node, "severity").and_then(|node| self.one_of(node, &SEVERITIES));
        let profile = match node.get("profile") {
            Some(inner) => self.one_of(inner, &["baseline", "strict"])?,
            None => String::new(),
        };
        let rationale = self.required(node, "rationale").and_then(|node| self.text(node));
        let applies_when = match node.get("applies_when") {
            Some(inner) => Some(self.condition(inner, Scope::Applies, Side::Fail)?),
            None => None,
        };
        let decision = self.decision(node);
        let point_at = match node.get("point_at") {
            Some(inner) => Some(self.path(inner)?),
            None => None,
        };
        let message = self.required(node, "message").and_then(|node| self.template(node));
        let fix =
            self.required(node, "fix").and_then(|node| self.fix(node, title.as_deref().unwrap_or_default()));
        let controls = node.get("controls").map_or_else(Vec::new, |node| self.controls(node));
        let references =
            self.required(node, "references").map_or_else(Vec::new, |node| self.references(node));
        let rule = Rule {
            id: id?,
            title: title?,
            domain: domain?,
            severity: severity?,
            profile: if profile == "strict" { Profile::Strict } else { Profile::Baseline },
            resource_types,
            rationale: rationale?,
            applies_when,
            decision: decision?,
            point_at,
            message: message?,
            fix: fix?,
            controls,
            references,
            slots: std::mem::take(&mut self.slots),
            digest: format!("{:x}", Sha256::digest(text.as_bytes())),
        };
        let examples =
            self.required(node, "examples").map_or_else(Vec::new, |node| examples::read(self, node, &rule));
        let id_at = node.get("id").map(|node| node.at).unwrap_or_default();
        Some(Compiled { rule, examples, id_at })
    }

    fn resource_types(&mut self, node: &Node) -> Vec<String> {
        let Some(node) = self.required(node, "resource") else {
            return Vec::new();
        };
        match &node.data {
            Data::List(items) => items.iter().filter_map(|item| self.resource_type(item)).collect(),
            _ => self.resource_type(node).into_iter().collect(),
        }
    }

    fn id(&mut self, node: &Node) -> Option<String> {
        let node = self.required(node, "id")?;
        let id = self.text(node)?;
        let kebab = id.split('-').all(|word| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        });
        if !kebab {
            self.complain(
                node.at,
                format!("`{id}` is no kebab-case id"),
                Some("use a-z, 0-9 and single dashes".into()),
            );
            return None;
        }
        let stem = std::path::Path::new(&self.file)
            .file_stem()
            .and_then(std::ffi::OsStr::to_str)
            .unwrap_or_default();
        if stem != id {
            self.complain(
                node.at,
                format!("the id `{id}` is not the file's name"),
                Some(format!("rename the file to {id}.yaml")),
            );
            return None;
        }
        Some(id)
    }

    fn decision(&mut self, node: &Node) -> Option<Decision> {
        let fail = self.required(node, "fail_when")?;
        if let Some(inner) = fail.get("nsg_inbound") {
            self.check_keys(fail, &["nsg_inbound"]);
            return self.nsg_inbound(inner).map(Decision::NsgInbound);
        }
        if let Some(inner) = fail.get("reachable") {
            self.check_keys(fail, &["reachable"]);
            if node.get("each").is_none() {
                self.reaches = true;
                return self.reachable(inner).map(Decision::Reachable);
            }
        }
        let Some(each) = node.get("each") else {
            return self.condition(fail, Scope::Decides, Side::Fail).map(Decision::Whole);
        };
        self.check_keys(each, &[super::compile_range::RANGE_KEYS, &["where", "sub_key"]].concat());
        let (over, slot) = self.over(each, Quantifier::Any, Scope::Decides, Side::Fail)?;
        let matching = match each.get("where") {
            Some(inner) => Some(self.condition(inner, Scope::Applies, Side::Fail)?),
            None => None,
        };
        let sub_key = self.required(each, "sub_key").and_then(|node| self.template(node))?;
        let fail_when = self.condition(fail, Scope::Decides, Side::Fail)?;
        if matches!(over, Over::Elements { absent: super::model::AbsentList::Holds(true), .. }) {
            self.complain(
                each.at,
                "`each` cannot fail on elements that are absent",
                Some("say `absent: empty`".into()),
            );
        }
        Some(Decision::Each { over, slot, matching, sub_key, fail_when })
    }

    /// Complains when an enum does not have the value.
    pub(super) fn check_enum(&mut self, text: &str, values: &[String], path: &str, at: Position) {
        if values.is_empty() || values.iter().any(|value| value.eq_ignore_ascii_case(text)) {
            return;
        }
        let help = nearest(text, values.iter().map(String::as_str)).map_or_else(
            || format!("one of: {}", values.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        self.complain(at, format!("`{path}` is never `{text}`"), Some(help));
    }

    fn controls(&mut self, node: &Node) -> Vec<Control> {
        let mut out = Vec::new();
        for framework in node.entries() {
            match &framework.value.data {
                Data::List(items) => {
                    for item in items {
                        let coverage = ControlCoverage::Partial;
                        out.extend(self.text(item).map(|id| Control {
                            framework: framework.key.clone(),
                            id,
                            coverage,
                        }));
                    }
                }
                Data::Map(entries) => {
                    for entry in entries {
                        let coverage =
                            match self.one_of(&entry.value, &["full", "partial", "indirect"]).as_deref() {
                                Some("full") => ControlCoverage::Full,
                                Some("indirect") => ControlCoverage::Indirect,
                                _ => ControlCoverage::Partial,
                            };
                        out.push(Control {
                            framework: framework.key.clone(),
                            id: entry.key.clone(),
                            coverage,
                        });
                    }
                }
                _ => {
                    let help = Some("a map of control id to full, partial or indirect".into());
                    self.complain(framework.value.at, "expected control ids", help);
                }
            }
        }
        out.sort_by(|one, two| (&one.framework, &one.id).cmp(&(&two.framework, &two.id)));
        out
    }

    fn references(&mut self, node: &Node) -> Vec<String> {
        let references = self.texts(node);
        if references.is_empty() || references.iter().any(|reference| !reference.starts_with("https://")) {
            self.complain(
                node.at,
                "references are https addresses of public documentation, at least one",
                None,
            );
        }
        references
    }
}
