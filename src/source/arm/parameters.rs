//! Parameter files: the values a template is deployed with.
//! <https://learn.microsoft.com/azure/azure-resource-manager/templates/parameter-files>

use std::path::{Path, PathBuf};

use super::expression::Kind;
use super::json::{self, Json};
use super::language::Language;
use super::nested;
use super::template::{Template, Variable};
use crate::source::code::file::FileId;
use crate::source::code::resource::Unread;

/// The names a parameter file may have beside the template `<stem>.json`, in the order of preference.
pub fn beside(template: &Path) -> Vec<PathBuf> {
    let Some(stem) = template.file_stem().and_then(|stem| stem.to_str()) else { return Vec::new() };
    ["parameters", "params"]
        .iter()
        .map(|word| template.with_file_name(format!("{stem}.{word}.json")))
        .collect()
}

/// Reads a parameter file: a template whose outputs are the values.
///
/// # Errors
/// When the text is no JSON, or holds no parameters.
pub fn read(
    source: &str,
    file: FileId,
    shown: &str,
    path: &Path,
    unread: &mut Vec<Unread>,
) -> Result<Template, Unread> {
    let mut language = Language { file, source, shown, path, outer: 0, unread: Vec::new() };
    let json = language.json()?;
    // A file for the REST API or of a pipeline may be the parameters alone.
    let values = json.member("parameters").unwrap_or(&json);
    if values.members().is_none() {
        return Err(language.lost(json.start, "a parameter file holds an object 'parameters'"));
    }
    let bare = json.member("parameters").is_none();
    let values = if bare { without_schema(values) } else { values.clone() };
    let outputs = nested::values(&mut language, &values);
    unread.append(&mut language.unread);
    let outputs = outputs.into_iter().filter_map(|member| match member.name.kind {
        Kind::Text(name) => Some(Variable { name, value: member.value }),
        _ => None,
    });
    Ok(Template { outputs: outputs.collect(), ..Template::default() })
}

fn without_schema(json: &Json) -> Json {
    let members = json.members().unwrap_or_default();
    let kept = members.iter().filter(|member| member.value.members().is_some()).cloned().collect();
    Json { value: json::Value::Object(kept), start: json.start, end: json.end }
}
