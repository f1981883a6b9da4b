//! Expressions: operators by strength, chains of accesses, literals.

use super::{Fault, Parsed, Parser};
use crate::source::bicep::lexer::TokenKind;
use crate::source::bicep::syntax::{Access, Expr, ExprKind, Operator, Part};

/// Most arguments of a lambda; the functions that take one call it with up to three.
const MAX_ARGUMENTS: usize = 16;

impl Parser<'_> {
    /// An expression, with `a ? b : c`.
    pub(super) fn expression(&mut self) -> Parsed<Expr> {
        self.deeper(|parser| {
            let condition = parser.binary(0)?;
            let next_line = usize::from(*parser.kind_at(0) == TokenKind::NewLine);
            if !parser.is_at(next_line, "?") {
                return Ok(condition);
            }
            parser.new_lines();
            parser.expect("?")?;
            parser.new_lines();
            let yes = parser.expression()?;
            parser.new_lines();
            parser.expect(":")?;
            parser.new_lines();
            let no = parser.expression()?;
            let start = condition.span.start as usize;
            let height = condition.height.max(yes.height).max(no.height);
            parser.expr(ExprKind::Choice(Box::new((condition, yes, no))), start, height)
        })
    }

    /// Operators that bind stronger than `weaker`, from the left.
    fn binary(&mut self, weaker: u8) -> Parsed<Expr> {
        let mut left = self.unary()?;
        while let Some((operator, strength)) = self.operator() {
            if strength <= weaker {
                break;
            }
            self.new_lines();
            self.take();
            self.new_lines();
            let right = self.binary(strength)?;
            let start = left.span.start as usize;
            let height = left.height.max(right.height);
            left = self.expr(ExprKind::Binary(operator, Box::new((left, right))), start, height)?;
        }
        Ok(left)
    }

    /// The operator that comes next, maybe on the next line, and how strong it binds.
    fn operator(&mut self) -> Option<(Operator, u8)> {
        let next_line = *self.kind_at(0) == TokenKind::NewLine;
        let TokenKind::Mark(mark) = *self.kind_at(usize::from(next_line)) else {
            return None;
        };
        Some(match mark {
            "*" => (Operator::Multiply, 7),
            "/" => (Operator::Divide, 7),
            "%" => (Operator::Modulo, 7),
            "+" => (Operator::Add, 6),
            // On a line of its own it is the sign of the next element.
            "-" if !next_line => (Operator::Subtract, 6),
            "<" => (Operator::Less, 5),
            "<=" => (Operator::LessOrEquals, 5),
            ">" => (Operator::Greater, 5),
            ">=" => (Operator::GreaterOrEquals, 5),
            "==" => (Operator::Equals, 4),
            "!=" => (Operator::NotEquals, 4),
            "=~" => (Operator::EqualsAnyCase, 4),
            "!~" => (Operator::NotEqualsAnyCase, 4),
            "&&" => (Operator::And, 3),
            "||" => (Operator::Or, 2),
            "??" => (Operator::Coalesce, 1),
            _ => return None,
        })
    }

    fn unary(&mut self) -> Parsed<Expr> {
        let start = self.peek().range.start;
        let make: fn(Box<Expr>) -> ExprKind = if self.eat("!") {
            ExprKind::Not
        } else if self.eat("-") {
            ExprKind::Minus
        } else {
            return self.chain();
        };
        let of = self.deeper(Self::unary)?;
        let height = of.height;
        self.expr(make(Box::new(of)), start, height)
    }

    /// Something with `.name`, `[at]`, `::name`, `!` behind it.
    pub(super) fn chain(&mut self) -> Parsed<Expr> {
        let mut of = self.primary()?;
        let start = of.span.start as usize;
        loop {
            let next_line = usize::from(*self.kind_at(0) == TokenKind::NewLine);
            let dot = self.is_at(next_line, ".");
            if dot {
                self.new_lines();
            }
            let height = of.height;
            let kind = if self.eat(".") {
                let safe = self.eat("?");
                let name = self.name("the name of a property")?;
                if self.is("(") && !safe {
                    let (arguments, tallest) = self.arguments()?;
                    let kind = ExprKind::Method(Box::new(of), name, arguments);
                    of = self.expr(kind, start, height.max(tallest))?;
                    continue;
                }
                let at = Expr { kind: ExprKind::Text(name.text), span: name.span, height: 1 };
                ExprKind::Access(Box::new(Access { of, at, safe, from_end: false }))
            } else if self.eat("[") {
                self.new_lines();
                let safe = self.eat("?");
                let from_end = self.eat("^");
                let at = self.expression()?;
                self.new_lines();
                self.expect("]")?;
                let height = height.max(at.height);
                let kind = ExprKind::Access(Box::new(Access { of, at, safe, from_end }));
                of = self.expr(kind, start, height)?;
                continue;
            } else if self.eat("::") {
                let name = self.name("the name of a nested resource")?;
                ExprKind::Nested(Box::new(of), name)
            } else if self.eat("!") {
                ExprKind::NotNull(Box::new(of))
            } else {
                return Ok(of);
            };
            of = self.expr(kind, start, height)?;
        }
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let token = self.peek().clone();
        let start = token.range.start;
        match token.kind {
            TokenKind::Integer => {
                let digits = self.text.get(token.range.clone()).unwrap_or_default();
                let Ok(number) = digits.parse() else {
                    return Err(Box::new(Fault {
                        range: token.range,
                        reason: "this number does not fit into 64 bits".to_owned(),
                    }));
                };
                self.take();
                self.expr(ExprKind::Integer(number), start, 0)
            }
            TokenKind::Text(piece) if piece.begins => self.string(),
            TokenKind::Identifier if self.is_at(1, "=>") => self.lambda(),
            TokenKind::Identifier => {
                let name = self.name("a name")?;
                if self.is("(") {
                    let (arguments, height) = self.arguments()?;
                    return self.expr(ExprKind::Call(name, arguments), start, height);
                }
                let kind = match name.text.as_str() {
                    "null" => ExprKind::Null,
                    "true" => ExprKind::Bool(true),
                    "false" => ExprKind::Bool(false),
                    _ => ExprKind::Name(name.text),
                };
                self.expr(kind, start, 0)
            }
            TokenKind::Mark("(") if self.lambda_begins() => self.lambda(),
            TokenKind::Mark("(") => {
                self.take();
                self.new_lines();
                let of = self.expression()?;
                self.new_lines();
                self.expect(")")?;
                let height = of.height;
                self.expr(ExprKind::Group(Box::new(of)), start, height)
            }
            TokenKind::Mark("{") => self.object(),
            TokenKind::Mark("[") => self.array(),
            _ => Err(self.expected("a value")),
        }
    }

    /// A string that stands next, with its holes.
    pub(super) fn string(&mut self) -> Parsed<Expr> {
        let start = self.peek().range.start;
        let mut parts = Vec::new();
        let mut height = 0;
        loop {
            let TokenKind::Text(piece) = self.peek().kind.clone() else {
                return Err(self.expected(if parts.is_empty() { "a string" } else { "'}'" }));
            };
            if piece.begins != parts.is_empty() {
                return Err(self.expected("'}'"));
            }
            self.take();
            if piece.begins && piece.ends {
                return self.expr(ExprKind::Text(piece.text), start, 0);
            }
            parts.push(Part::Text(piece.text));
            if piece.ends {
                return self.expr(ExprKind::Interpolated(parts), start, height);
            }
            self.new_lines();
            let hole = self.expression()?;
            self.new_lines();
            height = height.max(hole.height);
            parts.push(Part::Hole(hole));
        }
    }

    /// `(arguments)` and the height of the tallest.
    fn arguments(&mut self) -> Parsed<(Vec<Expr>, u16)> {
        self.expect("(")?;
        self.new_lines();
        let mut arguments = Vec::new();
        let mut height = 0;
        while !self.eat(")") {
            let argument = self.expression()?;
            height = height.max(argument.height);
            arguments.push(argument);
            self.new_lines();
            if !self.is(")") {
                self.expect(",")?;
                self.new_lines();
            }
        }
        Ok((arguments, height))
    }

    /// Whether `(a, b) =>` stands next.
    fn lambda_begins(&mut self) -> bool {
        let mut at = 1;
        loop {
            match self.kind_at(at) {
                TokenKind::Identifier | TokenKind::NewLine | TokenKind::Mark(",") => at += 1,
                TokenKind::Mark(")") => return self.is_at(at + 1, "=>"),
                _ => return false,
            }
        }
    }

    fn lambda(&mut self) -> Parsed<Expr> {
        let start = self.peek().range.start;
        let mut parameters = Vec::new();
        if self.eat("(") {
            self.new_lines();
            while !self.eat(")") {
                if parameters.len() >= MAX_ARGUMENTS {
                    return Err(self.expected("')'"));
                }
                parameters.push(self.name("the name of an argument")?);
                self.new_lines();
                if !self.is(")") {
                    self.expect(",")?;
                    self.new_lines();
                }
            }
        } else {
            parameters.push(self.name("the name of an argument")?);
        }
        self.expect("=>")?;
        self.new_lines();
        let body = self.expression()?;
        let height = body.height;
        self.expr(ExprKind::Lambda(parameters, Box::new(body)), start, height)
    }
}
