//! From tokens to declarations. What can't be read costs one declaration: the parser goes on with the next.

mod collection;
mod declaration;
mod expression;
mod types;

use std::collections::VecDeque;
use std::ops::Range;

use super::lexer::{Lexer, Token, TokenKind};
use super::syntax::{Expr, ExprKind, File, Name, SyntaxError};
use crate::source::code::file::{FileId, Span};

/// Deepest nesting of brackets, objects, conditions and types.
const MAX_DEPTH: usize = 128;

/// Deepest tree: chains such as `a.b.c` and `a + b + c` nest without brackets.
const MAX_HEIGHT: u16 = 256;

/// Most declarations that may be wrong; a file with more is no Bicep.
const MAX_ERRORS: usize = 200;

/// Reads a file. It always ends: what can't be read is in [`File::errors`].
pub fn parse(text: &str, file: FileId) -> File {
    let mut parser = Parser {
        text,
        file,
        lexer: Lexer::new(text),
        ahead: VecDeque::new(),
        depth: 0,
        end: 0,
        symbol: None,
    };
    parser.file()
}

static END: Token = Token { kind: TokenKind::End, range: 0..0 };

/// What was read, or why a declaration can't be; boxed, since results are passed through many levels.
type Parsed<T> = Result<T, Box<Fault>>;

#[derive(Debug)]
struct Fault {
    range: Range<usize>,
    reason: String,
}

struct Parser<'a> {
    text: &'a str,
    file: FileId,
    lexer: Lexer<'a>,
    ahead: VecDeque<Token>,
    depth: usize,
    /// Where the last token that was taken ends.
    end: usize,
    /// Name of the declaration that is being read.
    symbol: Option<String>,
}

impl Parser<'_> {
    fn file(&mut self) -> File {
        let mut file = File::default();
        // Going back to the next declaration after an error reads text again: as much as the file has, no more.
        let mut again = 0;
        loop {
            self.new_lines();
            let start = self.peek().range.start;
            if self.peek().kind == TokenKind::End {
                return file;
            }
            self.symbol = None;
            self.depth = 0;
            let statement = self.statement().and_then(|statement| {
                self.end_of_line()?;
                Ok(statement)
            });
            match statement {
                Ok(statement) => file.statements.push(statement),
                Err(fault) => {
                    let span = Span::new(self.file, fault.range);
                    let symbol = self.symbol.take();
                    file.errors.push(SyntaxError { span, symbol, reason: fault.reason });
                    let next = next_declaration(self.text, start);
                    again += self.peek().range.end.saturating_sub(next);
                    if again > self.text.len() + 65_536 || file.errors.len() >= MAX_ERRORS {
                        let span = Span::new(self.file, next..next);
                        let reason = "too much before this can't be read; from here on the file is not read";
                        file.errors.push(SyntaxError { span, symbol: None, reason: reason.to_owned() });
                        return file;
                    }
                    self.ahead.clear();
                    self.lexer.restart(next);
                }
            }
        }
    }

    fn peek(&mut self) -> &Token {
        self.peek_at(0)
    }

    fn peek_at(&mut self, distance: usize) -> &Token {
        while self.ahead.len() <= distance {
            let token = self.lexer.token();
            self.ahead.push_back(token);
        }
        self.ahead.get(distance).unwrap_or(&END)
    }

    fn take(&mut self) -> Token {
        self.peek();
        let token = self.ahead.pop_front().unwrap_or_else(|| self.lexer.token());
        self.end = token.range.end;
        token
    }

    /// Whether the token at a distance is this mark.
    fn is_at(&mut self, distance: usize, mark: &str) -> bool {
        matches!(&self.peek_at(distance).kind, TokenKind::Mark(own) if *own == mark)
    }

    fn is(&mut self, mark: &str) -> bool {
        self.is_at(0, mark)
    }

    /// Whether the token at a distance is this word.
    fn is_word_at(&mut self, distance: usize, word: &str) -> bool {
        let token = self.peek_at(distance);
        let range = token.range.clone();
        token.kind == TokenKind::Identifier && self.text.get(range) == Some(word)
    }

    fn kind_at(&mut self, distance: usize) -> &TokenKind {
        &self.peek_at(distance).kind
    }

    fn eat(&mut self, mark: &str) -> bool {
        let there = self.is(mark);
        if there {
            self.take();
        }
        there
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let there = self.is_word_at(0, word);
        if there {
            self.take();
        }
        there
    }

    fn new_lines(&mut self) {
        while self.peek().kind == TokenKind::NewLine {
            self.take();
        }
    }

    fn expect(&mut self, mark: &str) -> Parsed<()> {
        if self.eat(mark) { Ok(()) } else { Err(self.expected(&format!("'{mark}'"))) }
    }

    fn expect_word(&mut self, word: &str) -> Parsed<()> {
        if self.eat_word(word) { Ok(()) } else { Err(self.expected(&format!("'{word}'"))) }
    }

    fn end_of_line(&mut self) -> Parsed<()> {
        match self.peek().kind {
            TokenKind::NewLine | TokenKind::End => Ok(()),
            _ => Err(self.expected("the end of the line")),
        }
    }

    fn name(&mut self, what: &str) -> Parsed<Name> {
        if self.peek().kind != TokenKind::Identifier {
            return Err(self.expected(what));
        }
        let token = self.take();
        let text = self.text.get(token.range.clone()).unwrap_or_default().to_owned();
        Ok(Name { text, span: Span::new(self.file, token.range) })
    }

    /// The fault that something else should stand here.
    #[expect(clippy::unnecessary_box_returns, reason = "faults go into `Parsed`")]
    fn expected(&mut self, what: &str) -> Box<Fault> {
        let token = self.peek().clone();
        let reason = match token.kind {
            TokenKind::Wrong(reason) => reason.to_owned(),
            TokenKind::End => format!("{what} is expected here, and the file ends"),
            TokenKind::NewLine => format!("{what} is expected here, and the line ends"),
            _ => {
                let found: String =
                    self.text.get(token.range.clone()).unwrap_or_default().chars().take(40).collect();
                format!("{what} is expected here, not {found}")
            }
        };
        let end = if token.kind == TokenKind::NewLine { token.range.start } else { token.range.end };
        Box::new(Fault { range: token.range.start..end, reason })
    }

    /// One level deeper.
    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= MAX_DEPTH {
            return Err(self.too_deep());
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    #[expect(clippy::unnecessary_box_returns, reason = "faults go into `Parsed`")]
    fn too_deep(&mut self) -> Box<Fault> {
        let range = self.peek().range.clone();
        Box::new(Fault { range, reason: "this is nested too deep to be read".to_owned() })
    }

    /// An expression from `start` to here over parts of this height.
    fn expr(&mut self, kind: ExprKind, start: usize, parts: u16) -> Parsed<Expr> {
        if parts >= MAX_HEIGHT {
            return Err(self.too_deep());
        }
        Ok(Expr { kind, span: Span::new(self.file, start..self.end), height: parts + 1 })
    }
}

/// Words that a declaration begins with.
const DECLARATIONS: [&str; 18] = [
    "param",
    "var",
    "resource",
    "module",
    "output",
    "type",
    "func",
    "import",
    "targetScope",
    "metadata",
    "extension",
    "provider",
    "using",
    "extends",
    "assert",
    "test",
    "extensionConfig",
    "baseExtension",
];

/// The first line behind the one of `start` that looks like a declaration that isn't indented.
fn next_declaration(text: &str, start: usize) -> usize {
    let mut at = start;
    for line in text.get(start..).unwrap_or_default().split_inclusive(['\n', '\r']) {
        if at > start && (line.starts_with('@') || begins_declaration(line)) {
            return at;
        }
        at += line.len();
    }
    text.len()
}

fn begins_declaration(line: &str) -> bool {
    let end = line.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(line.len());
    let (word, rest) = line.split_at(end);
    let next = rest.trim_start().chars().next();
    // `param: {` is a member of an object, `param x` a declaration.
    let follows = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '\'' | '{' | '*');
    DECLARATIONS.contains(&word)
        && (rest.starts_with([' ', '\t']) && next.is_some_and(follows)
            || word == "targetScope" && next == Some('='))
}

#[cfg(test)]
mod tests;
