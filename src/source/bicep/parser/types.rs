//! Types: read for what they say of values (null allowed, secret), and to find where they end.

use super::{Parsed, Parser};
use crate::source::bicep::lexer::TokenKind;
use crate::source::bicep::syntax::{Expr, Type, TypeKind};
use crate::source::code::file::Span;

impl Parser<'_> {
    /// A type, with `a | b`.
    pub(super) fn kind(&mut self) -> Parsed<Type> {
        self.deeper(|parser| {
            let start = parser.peek().range.start;
            parser.bar();
            let first = parser.suffixed()?;
            let mut all = vec![(Vec::new(), first)];
            while parser.bar() {
                all.push((Vec::new(), parser.suffixed()?));
            }
            match all.len() {
                1 => Ok(all.remove(0).1),
                _ => Ok(parser.type_of(TypeKind::Made(all), start)),
            }
        })
    }

    fn type_of(&self, kind: TypeKind, start: usize) -> Type {
        Type { kind, span: Span::new(self.file, start..self.end) }
    }

    /// Passes `|`, which may stand on the next line.
    fn bar(&mut self) -> bool {
        let next_line = usize::from(*self.kind_at(0) == TokenKind::NewLine);
        if !self.is_at(next_line, "|") {
            return false;
        }
        self.new_lines();
        self.take();
        self.new_lines();
        true
    }

    fn suffixed(&mut self) -> Parsed<Type> {
        let start = self.peek().range.start;
        let mut of = self.simple()?;
        let mut suffixes = 0;
        loop {
            let kind = if self.eat("?") {
                TypeKind::Nullable(Box::new(of))
            } else if self.eat("!") {
                match of.kind {
                    TypeKind::Nullable(inner) => inner.kind,
                    _ => TypeKind::Made(vec![(Vec::new(), of)]),
                }
            } else if self.eat("[") {
                // `type[]`, and what lies in a type: `type[*]`, `type[0]`.
                if !self.eat("*") && *self.kind_at(0) == TokenKind::Integer {
                    self.take();
                }
                self.expect("]")?;
                TypeKind::Made(vec![(Vec::new(), of)])
            } else if self.eat(".") {
                let part = if self.eat("*") { "*".to_owned() } else { self.name("a name")?.text };
                match of.kind {
                    TypeKind::Name(mut path) => {
                        path.push(part);
                        TypeKind::Name(path)
                    }
                    _ => TypeKind::Made(vec![(Vec::new(), of)]),
                }
            } else {
                return Ok(of);
            };
            suffixes += 1;
            if suffixes > super::MAX_DEPTH {
                return Err(self.too_deep());
            }
            of = self.type_of(kind, start);
        }
    }

    fn simple(&mut self) -> Parsed<Type> {
        let start = self.peek().range.start;
        let nothing = TypeKind::Made(Vec::new());
        let kind = match self.kind_at(0) {
            TokenKind::Text(_) => {
                self.string()?;
                nothing
            }
            TokenKind::Integer => {
                self.take();
                nothing
            }
            TokenKind::Mark("-" | "!") => {
                self.take();
                return self.deeper(Self::simple);
            }
            TokenKind::Mark("(") => {
                self.take();
                self.new_lines();
                let inner = self.kind()?;
                self.new_lines();
                self.expect(")")?;
                return Ok(inner);
            }
            TokenKind::Mark("{") => TypeKind::Made(self.members("{", "}")?),
            TokenKind::Mark("[") => TypeKind::Made(self.members("[", "]")?),
            TokenKind::Identifier => {
                let name = self.name("a type")?.text;
                let mut path = vec![name];
                // `sys.resourceInput<…>`: the part behind the dot takes the arguments.
                while self.is(".") && *self.kind_at(1) == TokenKind::Identifier && path.len() < 8 {
                    self.take();
                    path.push(self.name("a name")?.text);
                }
                if self.eat("<") {
                    self.new_lines();
                    let mut arguments = Vec::new();
                    while !self.eat(">") {
                        arguments.push((Vec::new(), self.kind()?));
                        self.new_lines();
                        if !self.is(">") {
                            self.expect(",")?;
                            self.new_lines();
                        }
                    }
                    TypeKind::Made(arguments)
                } else if path == ["resource"] && matches!(self.kind_at(0), TokenKind::Text(_)) {
                    self.string()?;
                    nothing
                } else {
                    TypeKind::Name(path)
                }
            }
            _ => return Err(self.expected("a type")),
        };
        Ok(self.type_of(kind, start))
    }

    /// The types in an object type or a tuple, with their decorators.
    fn members(&mut self, open: &str, close: &str) -> Parsed<Vec<(Vec<Expr>, Type)>> {
        self.expect(open)?;
        self.new_lines();
        let mut members = Vec::new();
        while !self.eat(close) {
            let decorators = self.decorators()?;
            if open == "{" {
                match self.kind_at(0) {
                    TokenKind::Identifier | TokenKind::Mark("*") => {
                        self.take();
                    }
                    TokenKind::Text(_) => {
                        self.string()?;
                    }
                    _ => return Err(self.expected("the name of a property or '}'")),
                }
                self.expect(":")?;
            }
            members.push((decorators, self.kind()?));
            self.separator(close)?;
        }
        Ok(members)
    }
}
