//! Messages, commands and sub keys of rule files: text with placeholders.

use super::compile::Compiler;
use super::model::{Part, Template};
use super::yaml::{Node, Position};

impl Compiler<'_> {
    /// Text with `{placeholders}`.
    pub(super) fn template(&mut self, node: &Node) -> Option<Template> {
        let text = self.text(node)?;
        let mut parts = Vec::new();
        let mut rest = text.as_str();
        let mut plain = String::new();
        while let Some(open) = rest.find(['{', '}']) {
            plain.push_str(&rest[..open]);
            let after = &rest[open + 1..];
            // Doubled braces stand for themselves.
            if let Some(next) = after.strip_prefix(&rest[open..=open]) {
                plain.push_str(&rest[open..=open]);
                rest = next;
                continue;
            }
            if rest[open..].starts_with('}') {
                self.complain(node.at, "a `}` without its `{`", Some("write `}}` for a brace".into()));
                return None;
            }
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            let Some(close) = after.find('}') else {
                self.complain(node.at, "a `{` without its `}`", Some("write `{{` for a brace".into()));
                return None;
            };
            parts.push(self.placeholder(&after[..close], node.at)?);
            rest = &after[close + 1..];
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Some(Template { parts })
    }

    fn placeholder(&mut self, word: &str, at: Position) -> Option<Part> {
        let (owner, last) = word.rsplit_once('.').unwrap_or(("", word));
        let slot = self
            .slots
            .iter()
            .position(|slot| slot.name == owner && slot.prefix.is_empty())
            .and_then(|slot| u8::try_from(slot).ok());
        let envelope = |slot| {
            Some(match last {
                "id" => Part::Id(slot),
                "name" => Part::Name(slot),
                "type" => Part::Type(slot),
                "location" => Part::Location(slot),
                "resource_group" => Part::ResourceGroup(slot),
                "subscription" => Part::Subscription(slot),
                "parent" => Part::Parent(slot),
                _ => return None,
            })
        };
        match word {
            "value" => return Some(Part::Value),
            "sub_key" => return Some(Part::SubKey),
            "port" if self.reaches => return Some(Part::Port),
            "public_port" if self.reaches => return Some(Part::PublicPort),
            "opened_by" if self.reaches => return Some(Part::OpenedBy),
            "public_address" if self.reaches => return Some(Part::PublicAddress),
            _ => {}
        }
        if let Some(part) = slot.and_then(envelope) {
            return Some(part);
        }
        let before = self.diagnostics.len();
        let path = self.path_text(word, at);
        if path.is_none() && self.diagnostics.len() == before {
            self.complain(at, format!("`{{{word}}}` is no placeholder"), None);
        }
        path.map(Part::Property)
    }
}
