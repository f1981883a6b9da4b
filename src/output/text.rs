//! Text from Azure on its way to people: nothing in it may steer a terminal, a page or a spreadsheet.
//!
//! Whoever may create a resource chooses its name, tags and descriptions. Hostile characters
//! (`finding::hostile`) are shown as escapes, so that a reader sees that they are there.

use std::borrow::Cow;

use crate::finding::hostile::is_hostile;

/// The text on one line with every hostile character shown: `\n`, `\u{202e}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_hostile(character) {
            match character {
                '\n' | '\r' | '\t' => shown.extend(character.escape_debug()),
                _ => shown.extend(character.escape_unicode()),
            }
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// Text over several lines, from a rule: the lines stay, everything else hostile is shown.
pub fn visible_lines(text: &str) -> String {
    let lines: Vec<_> = text.trim_end().lines().map(visible).collect();
    lines.join("\n")
}

/// The text for a place that reads Markdown and HTML: it comes out as it stands, never as markup, a
/// link or an entity.
pub fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in visible(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // Punctuation between words is left readable; at these characters all inline and block
            // markup begins, and `:`, `.` and `@` make links of bare addresses.
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '+' | '-' | '.' | '!'
            | '|' | '~' | '=' | ':' | '@' | '"' | '\'' | '$' => {
                escaped.push('\\');
                escaped.push(character);
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

/// The text as a Markdown code span: longer fences than any run of backticks in it.
pub fn markdown_code(text: &str) -> String {
    let shown = visible(text);
    let fence = "`".repeat(longest_run(&shown) + 1);
    format!("{fence} {shown} {fence}")
}

/// Length of the longest run of backticks.
pub fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or(0)
}

/// The text for a cell of a spreadsheet: never a formula. Also the full-width forms, which
/// spreadsheets take for operators in some locales.
pub fn spreadsheet(text: &str) -> Cow<'_, str> {
    // What a tab or a carriage return would start is judged before they are shown as escapes.
    let starts_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let shown = visible(text);
    if starts_formula { Cow::Owned(format!("'{shown}")) } else { shown }
}

/// The text for an attribute or the content of an XML 1.0 element.
///
/// What XML 1.0 can't hold at all (<https://www.w3.org/TR/xml/#charsets>) is shown like other hostile
/// characters.
pub fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in visible(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => escaped.extend(character.escape_unicode()),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// The text in a plain SARIF message, where `[text](target)` is a link (SARIF 2.1.0, 3.11.6).
pub fn sarif_plain(text: &str) -> String {
    visible(text).replace("](", "] (")
}

/// `1 finding`, `2 findings`.
pub fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hostile_text() -> impl Strategy<Value = String> {
        prop_oneof![any::<String>(), "[\u{0}-\u{1f}a<>&`*_\\[\\]()=+@#|!:./\u{202e}\u{200b}\u{9b} -]{0,24}",]
    }

    proptest! {
        #[test]
        fn nothing_hostile_is_left(text in hostile_text()) {
            for shown in [visible(&text).into_owned(), markdown(&text), markdown_code(&text),
                          spreadsheet(&text).into_owned(), sarif_plain(&text)] {
                prop_assert!(!shown.contains(is_hostile), "{:?}", shown);
            }
            prop_assert!(!sarif_plain(&text).contains("]("));
            let once = visible(&text);
            prop_assert_eq!(visible(&once), once.clone());
        }

        #[test]
        fn markdown_has_no_live_markup(text in hostile_text()) {
            let escaped = markdown(&text);
            prop_assert!(!escaped.contains(['<', '>']));
            // Every special character has its backslash; going over them gives the text back.
            let mut plain = String::new();
            let mut characters = escaped.chars();
            while let Some(character) = characters.next() {
                prop_assert!(!"`*_{}[]()#+.!|~=:@-\"'$".contains(character), "{}", escaped);
                plain.push(if character == '\\' { characters.next().unwrap() } else { character });
            }
            let plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
            prop_assert_eq!(plain, visible(&text).into_owned());
        }

        #[test]
        fn a_code_span_ends_where_it_should(text in hostile_text()) {
            let span = markdown_code(&text);
            let fence = span.len() - span.trim_start_matches('`').len();
            let inner = &span[fence..span.len() - fence];
            prop_assert!(inner.split(|c| c != '`').all(|run| run.len() < fence));
        }

        #[test]
        fn a_cell_is_no_formula(text in hostile_text()) {
            prop_assert!(!spreadsheet(&text).starts_with(['=', '+', '-', '@', '\t', '\r']));
        }
    }

    #[test]
    fn examples() {
        assert_eq!(visible("a\u{1b}[31m\nb\u{202e}c"), "a\\u{1b}[31m\\nb\\u{202e}c");
        assert_eq!(visible("Bøgehøj 漢字"), "Bøgehøj 漢字");
        assert_eq!(markdown("[x](http://e) <b>"), "\\[x\\]\\(http\\://e\\) &lt;b&gt;");
        assert_eq!(markdown_code("a``b"), "``` a``b ```");
        assert_eq!(spreadsheet("=1+1"), "'=1+1");
        assert_eq!(spreadsheet("\t=1"), "'\\t=1");
        assert_eq!(sarif_plain("[a](https://e)"), "[a] (https://e)");
    }
}
