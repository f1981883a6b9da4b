//! Bicep's text as tokens, one at a time.
//!
//! Lazy on purpose: after a broken declaration the parser sets the lexer back to the next declaration's line, so
//! an open string or bracket costs one declaration and not the rest of the file.

use std::ops::Range;

use super::string::{self, Piece};

/// A token and the bytes it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands.
    pub range: Range<usize>,
}

/// The kinds of tokens.
#[derive(Clone, Debug, PartialEq)]
pub enum TokenKind {
    /// A name or keyword: Bicep has no reserved words.
    Identifier,
    /// Digits.
    Integer,
    /// A whole string, or the part of one up to, between or after its `${…}`.
    Text(Piece),
    /// An operator, bracket or mark, as written.
    Mark(&'static str),
    /// One or more ends of lines, with comments between them.
    NewLine,
    /// What is no Bicep; with what is wrong.
    Wrong(&'static str),
    /// The end of the file.
    End,
}

/// Longest first, so that the first that fits is the right one.
const MARKS: [&str; 35] = [
    "...", "??", "?", "::", ":", "==", "=~", "=>", "=", "!=", "!~", "!", "<=", "<", ">=", ">", "&&", "||",
    "|", "+", "-", "*", "/", "%", "@", "{", "}", "(", ")", "[", "]", ",", ".", "^", ";",
];

/// A `${` whose `}` is still to come.
#[derive(Clone, Copy, Debug)]
struct Hole {
    /// Braces opened inside of it.
    braces: usize,
    /// The string it is in.
    style: string::Style,
}

/// Gives tokens from a place on.
#[derive(Debug)]
pub struct Lexer<'a> {
    text: &'a str,
    at: usize,
    holes: Vec<Hole>,
    /// From here on no comment ends: looked for once, not once for each beginning.
    no_comment_ends_after: usize,
    /// From here on no `'''` comes.
    no_quotes_after: usize,
}

impl<'a> Lexer<'a> {
    /// Begins at the text's beginning, behind a byte order mark.
    pub fn new(text: &'a str) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, at, holes: Vec::new(), no_comment_ends_after: usize::MAX, no_quotes_after: usize::MAX }
    }

    /// Goes on at `at`, outside of any string.
    pub fn restart(&mut self, at: usize) {
        self.at = at;
        self.holes.clear();
    }

    /// The next token; [`TokenKind::End`] again and again at the end.
    pub fn token(&mut self) -> Token {
        if let Some(token) = self.blank() {
            return token;
        }
        let start = self.at;
        let kind = self.word_or_mark();
        Token { kind, range: start..self.at }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Passes spaces and comments; a token where ends of lines were passed, or a comment has no end.
    fn blank(&mut self) -> Option<Token> {
        let start = self.at;
        let mut line_ends = None;
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\u{b}', '\u{c}', '\u{a0}']).len();
            if blank > 0 {
                self.at += blank;
            } else if rest.starts_with(['\n', '\r']) {
                line_ends.get_or_insert(self.at);
                self.at += 1;
            } else if rest.starts_with("//") || rest.starts_with('#') {
                self.at += rest.find(['\n', '\r']).unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                let known = self.at >= self.no_comment_ends_after;
                let end = if known { None } else { rest.get(2..).and_then(|inner| inner.find("*/")) };
                let Some(end) = end else {
                    self.no_comment_ends_after = self.no_comment_ends_after.min(self.at);
                    let from = self.at;
                    self.at = self.text.len();
                    return Some(Token {
                        kind: TokenKind::Wrong("this comment has no end; close it with */"),
                        range: from..from + 2,
                    });
                };
                self.at += end + 4;
            } else {
                break;
            }
        }
        line_ends.map(|first| Token { kind: TokenKind::NewLine, range: first.max(start)..self.at })
    }

    fn word_or_mark(&mut self) -> TokenKind {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return TokenKind::End;
        };
        if first.is_ascii_alphabetic() || first == '_' {
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            self.at += rest.find(|c| !word(c)).unwrap_or(rest.len());
            return TokenKind::Identifier;
        }
        if first.is_ascii_digit() {
            self.at += rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            return TokenKind::Integer;
        }
        let dollars = rest.len() - rest.trim_start_matches('$').len();
        if rest.get(dollars..).is_some_and(|rest| rest.starts_with("'''")) {
            self.at += dollars + 3;
            // The line end right behind the opening quotes is not part of the text.
            let rest = self.rest();
            self.at += if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) };
            return self.string(string::Style::Lines { dollars }, true);
        }
        if first == '\'' {
            self.at += 1;
            return self.string(string::Style::Line, true);
        }
        if let Some(hole) = self.holes.last_mut() {
            match first {
                '{' => hole.braces += 1,
                '}' if hole.braces > 0 => hole.braces -= 1,
                '}' => {
                    let style = hole.style;
                    self.holes.pop();
                    self.at += 1;
                    return self.string(style, false);
                }
                _ => {}
            }
        }
        if let Some(mark) = MARKS.iter().find(|mark| rest.starts_with(**mark)) {
            self.at += mark.len();
            return TokenKind::Mark(mark);
        }
        self.at += first.len_utf8();
        TokenKind::Wrong(if first == '"' {
            "strings stand in single quotes in Bicep"
        } else {
            "this character means nothing here"
        })
    }

    /// The part of a string that begins here, behind its quote or behind the `}` of a hole.
    fn string(&mut self, style: string::Style, begins: bool) -> TokenKind {
        let many = matches!(style, string::Style::Lines { .. });
        if many && self.at >= self.no_quotes_after {
            self.at = self.text.len();
            return TokenKind::Wrong("this string has no end; close it with '''");
        }
        match string::read(self.rest(), style, begins) {
            Ok((piece, length)) => {
                self.at += length;
                if !piece.ends {
                    self.holes.push(Hole { braces: 0, style });
                }
                TokenKind::Text(piece)
            }
            Err(wrong) => {
                if many && wrong.open {
                    self.no_quotes_after = self.no_quotes_after.min(self.at);
                }
                self.at += wrong.length;
                TokenKind::Wrong(wrong.reason)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tokens in short: names and marks as written, strings by how they begin and end, `¶` for ends of lines.
    fn short(text: &str) -> String {
        let mut lexer = Lexer::new(text);
        let mut words = Vec::new();
        loop {
            let token = lexer.token();
            words.push(match &token.kind {
                TokenKind::End => return words.join(" "),
                TokenKind::NewLine => "¶".to_owned(),
                TokenKind::Wrong(_) => format!("!{}", &text[token.range]),
                TokenKind::Text(piece) => {
                    let (begin, end) =
                        (if piece.begins { "'" } else { "}" }, if piece.ends { "'" } else { "${" });
                    format!("{begin}{}{end}", piece.text)
                }
                _ => text[token.range].to_owned(),
            });
        }
    }

    #[test]
    fn text_becomes_tokens() {
        for (text, expected) in [
            ("param x string?", "param x string ?"),
            ("a ??b?.c", "a ?? b ? . c"),
            ("a=~b!~c=>d", "a =~ b !~ c => d"),
            ("a::b ? c:d", "a :: b ? c : d"),
            ("...x[?0]", "... x [ ? 0 ]"),
            ("a // b\n/* c\n*/ d", "a ¶ d"),
            ("a /* b */ c", "a c"),
            ("#disable-next-line x\nvar", "¶ var"),
            ("\u{feff}a\r\n\r\nb", "a ¶ b"),
            ("'a${b}c${{d:e}}f'", "'a${ b }c${ { d : e } }f'"),
            ("'${'${x}'}'", "'${ '${ x }' }'"),
            ("'''\na\n'b''''", "'a\n'b''"),
            ("'''a${b}'''", "'a${b}'"),
            ("$'''a${b}c'''", "'a${ b }c'"),
            ("$$'''a${b}$${c}'''", "'a${b}${ c }'"),
            ("'open\nnext", "!'open ¶ next"),
            ("a /* open", "a !/*"),
            ("\"x\"", "!\" x !\""),
            ("a § b", "a !§ b"),
        ] {
            assert_eq!(short(text), expected, "{text:?}");
        }
    }
}
