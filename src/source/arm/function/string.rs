//! Text: <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-string>.
//! Positions and lengths are counted in UTF-16 code units, as .NET does.

use super::{Failure, Outcome, Site, argument, integer_of, list_of, text_of, written};
use crate::source::arm::frame::Value;
use crate::source::arm::json;
use crate::source::code::node::{Content, Node};

/// Calls a function of this family.
pub(super) fn call(name: &str, arguments: &[Value], site: &Site<'_>) -> Option<Outcome> {
    let at = |at: usize| argument(arguments, at, name);
    let outcome = match name {
        "tolower" => at(0).and_then(|node| site.text(lower(site.exact(node)?))),
        "toupper" => at(0).and_then(|node| site.text(upper(site.exact(node)?))),
        "trim" => at(0).and_then(|node| site.text(site.exact(node)?.trim())),
        "string" => at(0).and_then(|node| site.text(written(node)?)),
        "substring" => substring(arguments, site),
        "replace" => replace(arguments, site),
        "padleft" => pad_left(arguments, site),
        "split" => split(arguments, site),
        "join" => join(arguments, site),
        "startswith" => affix(name, arguments, site, |text, part| text.starts_with(part)),
        "endswith" => affix(name, arguments, site, |text, part| text.ends_with(part)),
        "like" => like(arguments, site),
        "json" => at(0).and_then(|node| parsed(text_of(node)?, site)),
        _ => return None,
    };
    Some(outcome)
}

/// Letters without regard to a language, as .NET's invariant culture: one letter for one.
fn lower(text: &str) -> String {
    text.chars().map(|c| one(c, c.to_lowercase())).collect()
}

fn upper(text: &str) -> String {
    text.chars().map(|c| one(c, c.to_uppercase())).collect()
}

fn one(original: char, mut cased: impl Iterator<Item = char>) -> char {
    match (cased.next(), cased.next()) {
        (Some(only), None) => only,
        _ => original,
    }
}

/// Length in UTF-16 code units.
pub(super) fn length(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.encode_utf16().count() }
}

/// A part by UTF-16 code units; None where it does not lie in the text.
pub(super) fn part(text: &str, start: usize, length: usize) -> Option<String> {
    if text.is_ascii() {
        return text.get(start..start.checked_add(length)?).map(str::to_owned);
    }
    let units: Vec<u16> = text.encode_utf16().collect();
    Some(String::from_utf16_lossy(units.get(start..start.checked_add(length)?)?))
}

fn position(node: &Node) -> Result<usize, Failure> {
    usize::try_from(integer_of(node)?).map_err(|_| Failure::reason("uses a negative position or length"))
}

fn substring(arguments: &[Value], site: &Site<'_>) -> Outcome {
    let text = site.exact(argument(arguments, 0, "substring")?)?;
    let start = position(argument(arguments, 1, "substring")?)?;
    let outside = || Failure::reason("takes a part that reaches beyond the text");
    let rest = length(text).checked_sub(start).ok_or_else(outside)?;
    let length = match arguments.get(2) {
        Some(node) => position(node)?,
        None => rest,
    };
    site.work(text.len() / 64)?;
    site.text(part(text, start, length).ok_or_else(outside)?)
}

fn replace(arguments: &[Value], site: &Site<'_>) -> Outcome {
    let text = site.exact(argument(arguments, 0, "replace")?)?;
    let old = site.exact(argument(arguments, 1, "replace")?)?;
    let new = site.exact(argument(arguments, 2, "replace")?)?;
    if old.is_empty() {
        return Err(Failure::reason("replaces an empty text"));
    }
    let rounds = text.matches(old).count();
    site.work(text.len() / 64)?;
    if rounds.saturating_mul(new.len()) > crate::source::arm::budget::MAX_TEXT {
        return Err(Failure::reason("is a text longer than 1 MiB"));
    }
    site.text(text.replace(old, new))
}

fn pad_left(arguments: &[Value], site: &Site<'_>) -> Outcome {
    let node = argument(arguments, 0, "padLeft")?;
    site.work(1)?;
    let text = match &node.content {
        Content::Text(_) => site.exact(node)?.to_owned(),
        _ => written(node)?,
    };
    let total = position(argument(arguments, 1, "padLeft")?)?;
    let fill = match arguments.get(2) {
        Some(node) => text_of(node)?.chars().next().unwrap_or(' '),
        None => ' ',
    };
    let missing = total.saturating_sub(length(&text));
    // 16 is the most that Resource Manager allows; far more is a mistake, not a value.
    if missing > 4096 {
        return Err(Failure::reason("is padded beyond 4,096 characters"));
    }
    let padding: String = std::iter::repeat_n(fill, missing).collect();
    site.text(padding + &text)
}

fn split(arguments: &[Value], site: &Site<'_>) -> Outcome {
    let text = text_of(argument(arguments, 0, "split")?)?;
    let delimiters = argument(arguments, 1, "split")?;
    let delimiters: Vec<&str> = match &delimiters.content {
        Content::Array(elements) => elements.iter().map(text_of).collect::<Result<_, _>>()?,
        _ => vec![text_of(delimiters)?],
    };
    let delimiters: Vec<&str> = delimiters.into_iter().filter(|delimiter| !delimiter.is_empty()).collect();
    site.work(text.len() / 16 * delimiters.len().max(1))?;
    let made_up = site.is_made_up(text);
    if made_up && delimiters != ["/"] {
        site.exact(argument(arguments, 0, "split")?)?;
    }
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let next = delimiters
            .iter()
            .filter_map(|delimiter| rest.find(delimiter).map(|at| (at, delimiter.len())))
            .min_by_key(|(at, _)| *at);
        let Some((at, length)) = next else { break };
        site.work(1 + at / 64)?;
        parts.push(rest.get(..at).unwrap_or_default());
        rest = rest.get(at + length..).unwrap_or_default();
    }
    parts.push(rest);
    let mut before = "";
    let mut nodes = Vec::with_capacity(parts.len());
    for part in parts {
        // Of an id that was made up, the names that the template gives are known.
        let scope = ["subscriptions", "resourceGroups", "managementGroups"].contains(&before);
        nodes.push(if made_up && (scope || part.starts_with('~')) {
            Node::unknown("depends on a part of an id that is known at deployment", site.span)
        } else {
            Node::text(part, site.span)
        });
        before = part;
    }
    site.budget.text(text.len());
    site.list(nodes)
}

fn join(arguments: &[Value], site: &Site<'_>) -> Outcome {
    let list = list_of(argument(arguments, 0, "join")?)?;
    let delimiter = text_of(argument(arguments, 1, "join")?)?;
    let mut out = String::new();
    for (at, element) in list.iter().enumerate() {
        if at > 0 {
            out.push_str(delimiter);
        }
        out.push_str(&written(element)?);
        if out.len() > crate::source::arm::budget::MAX_TEXT {
            return Err(Failure::reason("is a text longer than 1 MiB"));
        }
    }
    site.text(out)
}

/// `startsWith`, `endsWith`: letter case aside.
fn affix(name: &str, arguments: &[Value], site: &Site<'_>, test: fn(&str, &str) -> bool) -> Outcome {
    let text = site.exact(argument(arguments, 0, name)?)?;
    let part = site.exact(argument(arguments, 1, name)?)?;
    site.work(text.len() / 64)?;
    site.bool(test(&lower(text), &lower(part)))
}

/// `like`: a pattern in which `*` stands for anything. Whether letter case counts isn't documented: where it
/// would decide, the answer isn't known.
fn like(arguments: &[Value], site: &Site<'_>) -> Outcome {
    let text = site.exact(argument(arguments, 0, "like")?)?;
    let pattern = site.exact(argument(arguments, 1, "like")?)?;
    site.work((text.len() / 16 + 1) * (1 + pattern.matches('*').count()))?;
    let exact = fits(text, pattern);
    if exact != fits(&lower(text), &lower(pattern)) || pattern.contains('?') {
        return Err(Failure::reason(
            "depends on how like() treats letter case and '?', which isn't documented",
        ));
    }
    site.bool(exact)
}

fn fits(text: &str, pattern: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return text == pattern };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    let (middle, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*') {
        let Some((_, after)) = text.split_once(part) else { return false };
        text = after;
    }
    text.ends_with(tail)
}

/// `indexOf`, `lastIndexOf` of a text: letter case aside, -1 where it isn't.
pub(super) fn find(text: &str, part: &str, last: bool) -> i64 {
    let (text, part) = (lower(text), lower(part));
    let at = if last { text.rfind(&part) } else { text.find(&part) };
    at.and_then(|at| text.get(..at)).map_or(-1, |before| i64::try_from(length(before)).unwrap_or(-1))
}

/// The value of a JSON text.
pub(super) fn parsed(text: &str, site: &Site<'_>) -> Outcome {
    site.work(text.len() / 16)?;
    let json = json::parse(text)
        .map_err(|error| Failure::reason(format!("is read from JSON that is none: {error}")))?;
    let node = node(json, site);
    if site.budget.copy(&node) {
        Ok(std::rc::Rc::new(node))
    } else {
        Err(Failure::reason("isn't evaluated, since the template makes too many values"))
    }
}

fn node(json: json::Json, site: &Site<'_>) -> Node {
    let content = match json.value {
        json::Value::Null => Content::Null,
        json::Value::Bool(value) => Content::Bool(value),
        json::Value::Number(number) => Content::Number(number),
        json::Value::Text(text) => Content::Text(text),
        json::Value::Array(elements) => {
            Content::Array(elements.into_iter().map(|json| node(json, site)).collect())
        }
        json::Value::Object(members) => Content::Object(
            members.into_iter().map(|member| (member.name, node(member.value, site))).collect(),
        ),
    };
    Node::new(content, site.span)
}
