//! Files that code reads: below the boundary only, relative to the root module's folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use regex::Regex;

use super::{Body, Call, Needs, hash};
use crate::source::code::base64;
use crate::source::code::read::ReadError;
use crate::source::terraform::budget::Failure;
use crate::source::terraform::evaluate::Scope;
use crate::source::terraform::syntax::hcl;
use crate::source::terraform::value::{Outcome, Value};

/// Most files that `fileset` looks at.
const MAX_FILES: usize = 10_000;
/// Deepest folder that `fileset` looks into.
const MAX_DEPTH: usize = 32;

pub(super) fn find(name: &str) -> Option<(Needs, Body)> {
    let (needs, body): (Needs, Body) = match name {
        "file" => (Needs::All, |call| {
            let text = read(call)?;
            Ok(Value::text(text.as_ref(), call.span))
        }),
        "filebase64" => (Needs::All, |call| {
            let text = read(call)?;
            Ok(Value::text(base64::encode(text.as_bytes()), call.span))
        }),
        "filemd5" | "filesha1" | "filesha256" | "filesha512" | "filebase64sha256" | "filebase64sha512" => {
            (Needs::All, |call| {
                let text = read(call)?;
                let name = call.name.strip_prefix("file").unwrap_or_default();
                match hash::hashed(name, text.as_bytes()) {
                    Some(hash) => Ok(Value::text(hash, call.span)),
                    None => call.unknown("depends on a hash that is not evaluated"),
                }
            })
        }
        "fileexists" => (Needs::All, exists),
        "fileset" => (Needs::All, set),
        "templatefile" => (Needs::Shape, |call| {
            let text = read(call)?;
            filled(call, &text)
        }),
        "templatestring" => (Needs::Shape, |call| {
            let text = call.text(0)?;
            filled(call, &text)
        }),
        "basename" => (Needs::All, |call| {
            let text = call.text(0)?;
            let trimmed = text.trim_end_matches('/');
            call.done_text(trimmed.rsplit('/').next().unwrap_or_default())
        }),
        "dirname" => (Needs::All, |call| {
            let text = call.text(0)?;
            let folder = match text.rsplit_once('/') {
                Some(("", _)) => "/",
                Some((folder, _)) => folder,
                None => ".",
            };
            call.done_text(folder)
        }),
        "abspath" => (Needs::All, |call| call.unknown("depends on where Terraform is run")),
        "pathexpand" => (Needs::All, |call| {
            let text = call.text(0)?;
            if text.starts_with('~') {
                call.unknown("depends on who runs Terraform")
            } else {
                call.done_text(text)
            }
        }),
        _ => return None,
    };
    Some((needs, body))
}

fn path(call: &Call<'_, '_, '_>) -> Result<PathBuf, Failure> {
    Ok(call.evaluator.root.join(&*call.text(0)?))
}

fn read(call: &Call<'_, '_, '_>) -> Result<Arc<str>, Failure> {
    let text = call.evaluator.reader.read(&path(call)?).map_err(|error| {
        let reason = format!("'{}' is not read: {error}", call.text(0).unwrap_or_default());
        // A file that is there for Terraform but not for us is no error of the code.
        if matches!(error, ReadError::Io(_)) { Failure::new(reason) } else { Failure::bound(reason) }
    })?;
    call.evaluator.budget.charge(100)?;
    call.evaluator.budget.charge_text(text.len())?;
    Ok(text)
}

fn exists(call: &Call<'_, '_, '_>) -> Outcome {
    match call.evaluator.reader.resolve(&path(call)?) {
        Ok(path) => call.done_bool(path.is_file()),
        Err(ReadError::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => call.done_bool(false),
        Err(error) => call.unknown(format!("depends on a file that is not read: {error}")),
    }
}

/// A template with the names of the second argument.
fn filled(call: &Call<'_, '_, '_>, text: &str) -> Outcome {
    call.evaluator.budget.charge(100 + text.len() as u64 / 4)?;
    let names: BTreeMap<Rc<str>, Value> = call.members(1)?.clone();
    let parts = hcl::parse_text(text, call.span).map_err(|error| Failure::new(error.reason))?;
    let scope = Scope { bindings: None, template: Some(&names), ..*call.scope };
    call.evaluator.template(&parts, call.span, &scope)
}

/// Names of files below a folder that match a pattern.
fn set(call: &Call<'_, '_, '_>) -> Outcome {
    let folder = match call.evaluator.reader.resolve(&path(call)?) {
        Ok(folder) => folder,
        Err(ReadError::Io(_)) => return Value::set(Vec::new(), call.span),
        Err(error) => return call.unknown(format!("depends on files that are not read: {error}")),
    };
    let pattern = glob(&call.text(1)?)?;
    let mut names = Vec::new();
    walk(&folder, "", 0, &mut names).map_err(|error| match error {
        Some(error) => Failure::bound(format!("files are not read: {error}")),
        None => Failure::bound(format!("there are more than {MAX_FILES} files, or they lie too deep")),
    })?;
    call.evaluator.budget.charge(names.len() as u64)?;
    names.retain(|name| pattern.is_match(name));
    names.sort();
    Value::set(names.into_iter().map(|name| Value::text(name, call.span)).collect(), call.span)
}

fn walk(
    folder: &Path,
    prefix: &str,
    depth: usize,
    names: &mut Vec<String>,
) -> Result<(), Option<std::io::Error>> {
    if depth > MAX_DEPTH {
        return Err(None);
    }
    for entry in std::fs::read_dir(folder).map_err(Some)? {
        let entry = entry.map_err(Some)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let name = format!("{prefix}{name}");
        let kind = entry.file_type().map_err(Some)?;
        if kind.is_dir() {
            walk(&entry.path(), &format!("{name}/"), depth + 1, names)?;
        } else if kind.is_file() {
            if names.len() >= MAX_FILES {
                return Err(None);
            }
            names.push(name);
        }
    }
    Ok(())
}

/// `*`, `**`, `?`, `{a,b}` and `[a-z]` as a regular expression.
fn glob(pattern: &str) -> Result<Regex, Failure> {
    let broken = || Failure::new("the pattern is not understood");
    let mut written = String::from("^");
    let mut chars = pattern.chars().peekable();
    let mut alternatives = 0_u32;
    while let Some(c) = chars.next() {
        match c {
            '*' if chars.next_if_eq(&'*').is_some() => {
                written.push_str(if chars.next_if_eq(&'/').is_some() { "(?:[^/]+/)*" } else { ".*" });
            }
            '*' => written.push_str("[^/]*"),
            '?' => written.push_str("[^/]"),
            '{' => {
                alternatives += 1;
                written.push_str("(?:");
            }
            '}' if alternatives > 0 => {
                alternatives -= 1;
                written.push(')');
            }
            ',' if alternatives > 0 => written.push('|'),
            '[' => {
                written.push('[');
                for c in chars.by_ref() {
                    if matches!(c, '\\' | '[' | '&' | '~') {
                        written.push('\\');
                    }
                    written.push(c);
                    if c == ']' {
                        break;
                    }
                }
            }
            '\\' => written.push_str(&regex::escape(&chars.next().ok_or_else(broken)?.to_string())),
            c => written.push_str(&regex::escape(&c.to_string())),
        }
    }
    written.push('$');
    regex::RegexBuilder::new(&written).size_limit(1 << 20).build().map_err(|_| broken())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_files() {
        for (pattern, name, yes) in [
            ("*.json", "a.json", true),
            ("*.json", "x/a.json", false),
            ("**/*.json", "a.json", true),
            ("**/*.json", "x/y/a.json", true),
            ("x/*.{yml,yaml}", "x/a.yaml", true),
            ("[ab]?.tf", "b1.tf", true),
            ("[ab]?.tf", "c1.tf", false),
            ("a+b", "aab", false),
        ] {
            assert_eq!(glob(pattern).unwrap().is_match(name), yes, "{pattern} {name}");
        }
    }
}
