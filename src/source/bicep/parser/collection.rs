//! Lists, loops and objects.

use super::{Parsed, Parser};
use crate::source::bicep::lexer::TokenKind;
use crate::source::bicep::syntax::{Expr, ExprKind, For, Item, Name, Object};

impl Parser<'_> {
    pub(super) fn array(&mut self) -> Parsed<Expr> {
        let start = self.peek().range.start;
        self.expect("[")?;
        self.new_lines();
        let loops = matches!(self.kind_at(1), TokenKind::Identifier | TokenKind::Mark("("));
        if loops && self.is_word_at(0, "for") {
            return self.for_loop(start);
        }
        let mut items = Vec::new();
        let mut height = 0;
        while !self.eat("]") {
            let spread = self.eat("...");
            let value = self.expression()?;
            height = height.max(value.height);
            items.push(Item { value, spread });
            self.separator("]")?;
        }
        self.expr(ExprKind::Array(items), start, height)
    }

    /// What parts elements and members: a comma, the end of a line, or both; nothing before the closing mark.
    pub(super) fn separator(&mut self, close: &str) -> Parsed<()> {
        let line = self.peek().kind == TokenKind::NewLine;
        self.new_lines();
        let comma = self.eat(",");
        self.new_lines();
        if line || comma || self.is(close) {
            Ok(())
        } else {
            Err(self.expected(&format!("a comma, the end of the line or '{close}'")))
        }
    }

    fn for_loop(&mut self, start: usize) -> Parsed<Expr> {
        self.expect_word("for")?;
        let (item, index) = if self.eat("(") {
            self.new_lines();
            let item = self.name("the name of the element")?;
            self.new_lines();
            self.expect(",")?;
            self.new_lines();
            let index = self.name("the name of the index")?;
            self.new_lines();
            self.expect(")")?;
            (item, Some(index))
        } else {
            (self.name("the name of the element")?, None)
        };
        self.expect_word("in")?;
        let over = self.expression()?;
        self.expect(":")?;
        self.new_lines();
        let body = self.body()?;
        self.new_lines();
        self.expect("]")?;
        let height = over.height.max(body.height);
        self.expr(ExprKind::For(Box::new(For { item, index, over, body })), start, height)
    }

    /// An expression, or `if (condition) …` of a resource.
    pub(super) fn body(&mut self) -> Parsed<Expr> {
        if !(self.is_word_at(0, "if") && self.is_at(1, "(")) {
            return self.expression();
        }
        self.deeper(|parser| {
            let start = parser.take().range.start;
            parser.expect("(")?;
            parser.new_lines();
            let condition = parser.expression()?;
            parser.new_lines();
            parser.expect(")")?;
            parser.new_lines();
            let body = parser.expression()?;
            let height = condition.height.max(body.height);
            parser.expr(ExprKind::If(Box::new(condition), Box::new(body)), start, height)
        })
    }

    pub(super) fn object(&mut self) -> Parsed<Expr> {
        let start = self.peek().range.start;
        self.expect("{")?;
        self.new_lines();
        let mut object = Object::default();
        let mut height = 0;
        while !self.eat("}") {
            let nested = self.is_word_at(0, "resource") && *self.kind_at(1) == TokenKind::Identifier;
            if nested || self.is("@") {
                let outer = self.symbol.take();
                let statement = self.deeper(Self::statement)?;
                self.symbol = outer;
                height = height.max(statement.height());
                object.resources.push(statement);
            } else if self.eat("...") {
                let value = self.expression()?;
                height = height.max(value.height);
                object.members.push((None, value));
            } else {
                let name = self.member_name()?;
                self.expect(":")?;
                let value = self.expression()?;
                height = height.max(value.height).max(name.height);
                object.members.push((Some(name), value));
            }
            self.separator("}")?;
        }
        self.expr(ExprKind::Object(object), start, height)
    }

    fn member_name(&mut self) -> Parsed<Expr> {
        match self.peek().kind {
            TokenKind::Identifier => {
                let Name { text, span } = self.name("a name")?;
                Ok(Expr { kind: ExprKind::Text(text), span, height: 1 })
            }
            TokenKind::Text(_) => self.string(),
            _ => Err(self.expected("the name of a property or '}'")),
        }
    }
}
