//! Filling messages and commands with what was found.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::evaluate::{Evaluator, Fact};
use super::frame::Frame;
use super::model::{Part, Template};
use crate::inventory::id::ResourceId;
use crate::inventory::index::{Inventory, ResourceIndex};
use crate::inventory::value::{State, Value};

/// What templates may name beside resources and properties.
pub(super) struct Values<'v> {
    pub(super) value: Option<String>,
    pub(super) sub_key: &'v str,
    pub(super) ends: Option<Ends>,
}

/// Both ends of a way from the Internet.
pub(super) struct Ends {
    pub(super) port: String,
    pub(super) public_port: String,
    pub(super) public_address: String,
    pub(super) opened_by: String,
}

impl<'a> Evaluator<'a> {
    /// The value of a property for people; Key Vault's dates are written as dates.
    pub(super) fn show_fact(&self, fact: &Fact) -> String {
        let is_date = ["exp", "nbf", "created", "updated"].iter().any(|name| {
            fact.path.rsplit_once("attributes.").is_some_and(|(_, last)| last.eq_ignore_ascii_case(name))
        });
        match &fact.value {
            Value::Number(seconds) if is_date => OffsetDateTime::from_unix_timestamp(*seconds as i64)
                .ok()
                .and_then(|moment| moment.format(&Rfc3339).ok())
                .unwrap_or_else(|| self.show(&fact.value)),
            value => self.show(value),
        }
    }

    /// A value for people.
    pub(super) fn show(&self, value: &Value) -> String {
        match value {
            Value::Null => "not set".into(),
            Value::Unknown => "not known".into(),
            Value::Bool(value) => value.to_string(),
            Value::Number(value) => value.to_string(),
            Value::String(text) => text.to_string(),
            Value::Array(items) => {
                let shown: Vec<String> = items.iter().map(|item| self.show(item)).collect();
                format!("[{}]", shown.join(", "))
            }
            Value::Object(members) => {
                let shown: Vec<String> = members
                    .iter()
                    .map(|(key, value)| {
                        format!("{}: {}", self.inventory.keys.spelling(*key), self.show(value))
                    })
                    .collect();
                format!("{{{}}}", shown.join(", "))
            }
        }
    }

    /// Fills a template with text as it stands.
    pub(super) fn fill(&self, template: &Template, frame: &Frame<'a>, values: Option<&Values<'_>>) -> String {
        self.fill_with(template, frame, values, str::to_owned)
    }

    pub(super) fn fill_with(
        &self,
        template: &Template,
        frame: &Frame<'a>,
        values: Option<&Values<'_>>,
        quote: fn(&str) -> String,
    ) -> String {
        let mut out = String::new();
        let id = |slot: &u8| frame[usize::from(*slot)].map(|bound| &self.inventory.get(bound.resource).id);
        let of = |slot: &u8, get: fn(&ResourceId) -> &str| id(slot).map(get).unwrap_or_default().to_owned();
        let own = |slot: &u8, get: fn(&Inventory, ResourceIndex) -> &str| {
            let bound = frame[usize::from(*slot)];
            bound.map(|bound| get(self.inventory, bound.resource)).unwrap_or_default().to_owned()
        };
        for part in &template.parts {
            let text = match part {
                Part::Text(text) => {
                    out.push_str(text);
                    continue;
                }
                Part::Id(slot) => own(slot, Inventory::address),
                Part::Name(slot) => own(slot, Inventory::name),
                Part::ResourceGroup(slot) => of(slot, |id| id.resource_group().unwrap_or_default()),
                Part::Subscription(slot) => of(slot, |id| id.subscription().unwrap_or_default()),
                Part::Parent(slot) => id(slot)
                    .and_then(ResourceId::parent)
                    .map(|parent| parent.name().to_owned())
                    .unwrap_or_default(),
                Part::Type(slot) => frame[usize::from(*slot)]
                    .map(|bound| self.inventory.type_of(bound.resource).to_owned())
                    .unwrap_or_default(),
                Part::Location(slot) => frame[usize::from(*slot)]
                    .map(|bound| self.inventory.location_of(bound.resource).to_owned())
                    .unwrap_or_default(),
                Part::Value => {
                    values.and_then(|values| values.value.clone()).unwrap_or_else(|| "not set".into())
                }
                Part::SubKey => values.map(|values| values.sub_key.to_owned()).unwrap_or_default(),
                Part::Port | Part::PublicPort | Part::PublicAddress | Part::OpenedBy => {
                    let ends = values.and_then(|values| values.ends.as_ref());
                    let of = |ends: &Ends| match part {
                        Part::Port => ends.port.clone(),
                        Part::PublicPort => ends.public_port.clone(),
                        Part::PublicAddress => ends.public_address.clone(),
                        _ => ends.opened_by.clone(),
                    };
                    ends.map(of).unwrap_or_default()
                }
                Part::Property(path) => match self.state(path, frame) {
                    State::Present(value) => self.show(value),
                    _ => "not set".into(),
                },
            };
            out.push_str(&quote(&text));
        }
        out
    }
}

/// A word for a POSIX shell: as it stands where that is safe, else in single quotes. Names in Azure are
/// chosen by others; a command that is pasted must not run what a name says.
pub(super) fn shell_word(text: &str) -> String {
    let safe = |symbol: char| symbol.is_ascii_alphanumeric() || "-_./:@=+,".contains(symbol);
    if !text.is_empty() && text.chars().all(safe) {
        return text.to_owned();
    }
    let clean: String = text.chars().filter(|symbol| !symbol.is_control()).collect();
    format!("'{}'", clean.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_stays_one_word_of_a_command() {
        assert_eq!(shell_word("rg-school_1"), "rg-school_1");
        assert_eq!(shell_word("a; rm -rf ~"), "'a; rm -rf ~'");
        assert_eq!(shell_word("a'$(id)\n`x`"), "'a'\\''$(id)`x`'");
        assert_eq!(shell_word(""), "''");
    }
}
