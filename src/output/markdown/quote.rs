//! Text from Azure and from code on its way into a comment: it can't become markup, a link, a mention
//! or a reference to an issue.
//!
//! Backslashes are not enough there: hosts look for `@names`, `#numbers`, commits and addresses in the
//! page after Markdown is gone, everywhere but in code. So text is code, unless it is plainly prose.

use std::borrow::Cow;

use crate::output::text::{longest_run, markdown_code, visible, visible_lines};

/// Text as a code span, at most `most` characters of it.
pub(super) fn code(text: &str, most: usize) -> String {
    let shown = cut(visible(text), most);
    if shown.trim().is_empty() {
        return String::new();
    }
    markdown_code(&shown)
}

/// What [`code`] and [`prose`] made, for a cell of a table, where a bar ends the cell even in code.
///
/// `\|` is a bar there. Behind a backslash that would be an escaped backslash and the end of the cell,
/// so such a bar is shown like a hostile character.
pub(super) fn cell(quoted: &str) -> String {
    let mut cell = String::with_capacity(quoted.len() + 8);
    for character in quoted.chars() {
        match character {
            '|' if cell.ends_with('\\') => cell.push_str("u{7c}"),
            '|' => cell.push_str("\\|"),
            _ => cell.push(character),
        }
    }
    cell
}

/// A sentence: as it stands where no part of it can mean anything to a host, else as code.
pub(super) fn prose(text: &str, most: usize) -> String {
    let shown = cut(visible(text), most);
    if is_plain(&shown) { shown.into_owned() } else { code(&shown, usize::MAX) }
}

/// Letters, digits and the punctuation of sentences, without what hosts make links of: commits, issues
/// of other kinds, bare addresses.
fn is_plain(text: &str) -> bool {
    let is_harmless = |character: char| character.is_alphanumeric() || " ,.;?'()/-".contains(character);
    let folded = text.to_lowercase();
    text.chars().all(is_harmless)
        && !folded.contains("www.")
        && !folded.contains("gh-")
        && !folded
            .split(|character: char| !character.is_ascii_hexdigit())
            .any(|run| run.len() >= 7 && run.contains(|digit: char| digit.is_ascii_digit()))
        // At the beginning of an item these would be a list.
        && !text.starts_with(['-', ' '])
        && !text.starts_with(|first: char| first.is_ascii_digit())
}

/// Text in an HTML element, where Markdown reads nothing; as code, so that hosts read nothing either.
pub(super) fn html(text: &str, most: usize) -> String {
    let shown = cut(visible(text), most);
    let escaped =
        shown.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    format!("<code>{escaped}</code>")
}

/// Lines as a block of code in a language.
pub(super) fn fenced(language: &str, text: &str) -> String {
    let text = visible_lines(text);
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    format!("{fence}{language}\n{text}\n{fence}")
}

/// At most `most` characters, and a mark where there were more.
fn cut(text: Cow<'_, str>, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((at, _)) => Cow::Owned(format!("{}...", text.get(..at).unwrap_or_default())),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_stay_sentences_and_everything_else_is_code() {
        for plain in ["kv-payroll has no purge protection", "Bøgehøj's vault (old) is open, see docs"] {
            assert_eq!(prose(plain, 200), plain);
        }
        for live in [
            "ask @octocat",
            "see #12",
            "see GH-12",
            "in %1 and %v2",
            "in 1234567",
            "a0b1c2d is bad",
            "www.evil.example",
            "https://evil.example",
            "a_b_",
            "*a*",
            "<b>",
            "a | b",
            "&lt;",
            ":tada:",
            "- item",
            "1. item",
            "$x$",
        ] {
            let shown = prose(live, 200);
            assert!(shown.starts_with("` ") && shown.ends_with(" `"), "{shown}");
        }
    }

    #[test]
    fn code_stays_in_its_fence_and_in_its_cell() {
        let cases = [
            ("a", "` a `"),
            ("a`b", "`` a`b ``"),
            ("``", "``` `` ```"),
            ("a|b", "` a\\|b `"),
            ("a\\|b", "` a\\u{7c}b `"),
            ("a||b", "` a\\|\\|b `"),
            ("a\\\\|b", "` a\\\\u{7c}b `"),
            ("a\n| b |", "` a\\n\\| b \\| `"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(cell(&code(text, 100)), expected, "{text:?}");
        }
        assert_eq!(code("a|b", 100), "` a|b `");
        assert_eq!(code("abcdef", 3), "` abc... `");
        assert_eq!(html("<img src=x>&\u{202e}", 100), "<code>&lt;img src=x&gt;&amp;\\u{202e}</code>");
        assert_eq!(fenced("sh", "a\n````\n\u{1b}b\n"), "`````sh\na\n````\n\\u{1b}b\n`````");
    }
}
