//! How a rule file says to fix a finding.

use super::compile::Compiler;
use super::model::FixTemplate;
use super::properties::Lookup;
use super::yaml::{self, Data, Node};

impl Compiler<'_> {
    /// A fix; without a sentence of its own, the rule's title says what is to be reached.
    pub(super) fn fix(&mut self, node: &Node, title: &str) -> Option<FixTemplate> {
        self.check_keys(node, &["summary", "azure_cli", "set"]);
        let summary = match node.get("summary") {
            Some(summary) => self.text(summary)?,
            None => format!("See to it that this holds: {title}."),
        };
        let azure_cli = self.required(node, "azure_cli").and_then(|node| self.template(node))?;
        let mut set = Vec::new();
        for entry in node.get("set").map_or(&[][..], Node::entries) {
            let path = self.path_text(&entry.key, entry.at)?;
            if path.slot != 0 {
                self.complain(entry.at, "only properties of the resource itself can be set", None);
                continue;
            }
            let kinds = self.slots[0].types.clone();
            for kind in &kinds {
                self.check_settable(kind, &entry.key, entry);
            }
            set.push((entry.key.clone(), entry.value.to_json().to_string()));
        }
        Some(FixTemplate { summary, azure_cli, set })
    }

    fn check_settable(&mut self, kind: &str, path: &str, entry: &yaml::Entry) {
        let Some(Lookup::Known(property)) = self.type_table(kind).map(|table| table.find(path)) else {
            return;
        };
        let (read_only, values) = (property.read_only, property.values.clone());
        if read_only {
            self.complain(entry.at, format!("`{path}` is set by Azure alone"), None);
        }
        if let Data::Text(text) = &entry.value.data {
            self.check_enum(text, &values, path, entry.value.at);
        }
    }
}
