//! `concat` and `format`.

use super::{Failure, Outcome, Site, known, list_of, text_of, written};
use crate::source::arm::frame::Value;
use crate::source::arm::scope_call::{GROUP_NAME, SUBSCRIPTION_ID};
use crate::source::code::node::{Content, Node};
use crate::source::code::scope::GROUP;

/// `concat`: texts one after the other, or lists.
pub(in crate::source::arm) fn concat(arguments: &[Value], site: &Site<'_>) -> Outcome {
    if arguments.iter().any(|argument| matches!(argument.content, Content::Array(_))) {
        let mut out = Vec::new();
        for argument in arguments {
            out.extend(site.copies(list_of(argument)?)?);
        }
        return site.list(out);
    }
    let mut out = String::new();
    for argument in arguments {
        append(&mut out, argument, site)?;
        site.work(out.len() / 4096)?;
    }
    site.text(out)
}

/// Adds a value's text. In an id that is written out by hand the subscription and the group of the deployment
/// are the root's.
fn append(out: &mut String, node: &Node, site: &Site<'_>) -> Result<(), Failure> {
    let own = match &node.content {
        Content::Unknown(why) if why.reason == SUBSCRIPTION_ID && out.ends_with("/subscriptions/") => {
            site.root.rsplit('/').next()
        }
        Content::Unknown(why) if why.reason == GROUP_NAME && out.ends_with("/resourceGroups/") => Some(GROUP),
        _ => None,
    };
    match own {
        Some(own) => out.push_str(own),
        None => out.push_str(&written(node)?),
    }
    if out.len() > crate::source::arm::budget::MAX_TEXT {
        return Err(Failure::reason("is a text longer than 1 MiB"));
    }
    Ok(())
}

/// `format`: .NET's composite formats, `{0}`, `{1,8}`, `{2:D3}`.
/// <https://learn.microsoft.com/dotnet/standard/base-types/composite-formatting>
pub(in crate::source::arm) fn format(arguments: &[Value], site: &Site<'_>) -> Outcome {
    let (pattern, values) = arguments.split_first().ok_or_else(|| Failure::arguments("format"))?;
    let pattern = text_of(pattern)?;
    let invalid = || Failure::reason(format!("has the format {pattern:?}, which .NET doesn't take"));
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(at) = rest.find(['{', '}']) {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        if let Some(after) = special.strip_prefix("{{").or_else(|| special.strip_prefix("}}")) {
            out.push_str(special.get(..1).unwrap_or_default());
            rest = after;
            continue;
        }
        let inside = special.strip_prefix('{').ok_or_else(invalid)?;
        let (item, after) = inside.split_once('}').ok_or_else(invalid)?;
        let (item, spec) = item.split_once(':').unwrap_or((item, ""));
        let (index, width) = item.split_once(',').unwrap_or((item, "0"));
        let value =
            index.trim().parse().ok().and_then(|index: usize| values.get(index)).ok_or_else(invalid)?;
        let width: i32 = width.trim().parse().map_err(|_| invalid())?;
        if spec.is_empty() && width == 0 {
            append(&mut out, value, site)?;
        } else {
            let text = specified(value, spec)?;
            let fill = usize::try_from(width.unsigned_abs()).unwrap_or_default().min(4096);
            out.push_str(&if width < 0 { format!("{text:<fill$}") } else { format!("{text:>fill$}") });
        }
        site.work(1 + out.len() / 4096)?;
        rest = after;
    }
    out.push_str(rest);
    site.text(out)
}

/// A value by a format of its own: whole numbers in decimal and hexadecimal digits.
fn specified(node: &Node, spec: &str) -> Result<String, Failure> {
    known(node)?;
    if spec.is_empty() {
        return written(node);
    }
    let Content::Number(number) = &node.content else {
        // .NET ignores the format of what can't be formatted.
        return written(node);
    };
    let unsupported =
        || Failure::reason(format!("is a number in the format {spec:?}, which skytjek doesn't evaluate"));
    let number = number.as_i64().ok_or_else(unsupported)?;
    let (kind, digits) = spec.split_at_checked(1).ok_or_else(unsupported)?;
    let digits: usize = if digits.is_empty() { 0 } else { digits.parse().map_err(|_| unsupported())? };
    let digits = digits.min(100);
    let sign = if number < 0 { "-" } else { "" };
    match kind {
        "d" | "D" => Ok(format!("{sign}{:0digits$}", number.unsigned_abs())),
        "x" => Ok(format!("{number:0digits$x}")),
        "X" => Ok(format!("{number:0digits$X}")),
        _ if spec.bytes().all(|byte| byte == b'0') => {
            let digits = spec.len().min(100);
            Ok(format!("{sign}{:0digits$}", number.unsigned_abs()))
        }
        _ => Err(unsupported()),
    }
}
