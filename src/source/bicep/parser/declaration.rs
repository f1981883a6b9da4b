//! Declarations, as a file has them at its beginning of lines, and resources as their parents nest them.

use super::{Parsed, Parser};
use crate::source::bicep::lexer::TokenKind;
use crate::source::bicep::syntax::{
    Declaration, Expr, ExprKind, Imported, Name, Statement, StatementKind, Value,
};
use crate::source::code::file::Span;

/// Most arguments of a function, as many as a template may have parameters.
const MAX_PARAMETERS: usize = 256;

impl Parser<'_> {
    /// A declaration with its decorators.
    pub(super) fn statement(&mut self) -> Parsed<Statement> {
        let decorators = self.decorators()?;
        let keyword = self.peek().range.clone();
        let kind = match self.text.get(keyword.clone()).unwrap_or_default() {
            _ if self.peek().kind != TokenKind::Identifier => None,
            "param" => Some(Self::parameter as fn(&mut Self) -> Parsed<StatementKind>),
            "var" => Some(Self::variable as _),
            "output" => Some(Self::output as _),
            "resource" => Some(Self::resource as _),
            "module" => Some(Self::module as _),
            "type" => Some(Self::type_declaration as _),
            "func" => Some(Self::function as _),
            "import" => Some(Self::import as _),
            "extension" | "provider" => Some(Self::extension as _),
            "targetScope" => Some(Self::target_scope as _),
            "using" => Some(Self::using as _),
            "extends" => Some(Self::extends as _),
            "metadata" | "assert" | "test" | "extensionConfig" => Some(Self::other as _),
            _ => None,
        };
        let Some(read) = kind else {
            return Err(self.expected("a declaration (param, var, resource, module, output …)"));
        };
        self.take();
        let kind = read(self)?;
        Ok(Statement { decorators, kind, span: Span::new(self.file, keyword.start..self.end) })
    }

    /// `@name(…)`, each on a line of its own.
    pub(super) fn decorators(&mut self) -> Parsed<Vec<Expr>> {
        let mut decorators = Vec::new();
        while self.eat("@") {
            decorators.push(self.deeper(Self::chain)?);
            self.new_lines();
        }
        Ok(decorators)
    }

    /// The name of what is declared.
    fn declared(&mut self) -> Parsed<Name> {
        let name = self.name("the name of what is declared")?;
        self.symbol = Some(name.text.clone());
        Ok(name)
    }

    fn value(&mut self) -> Parsed<Value> {
        let name = self.declared()?;
        let ends = matches!(self.peek().kind, TokenKind::NewLine | TokenKind::End);
        let kind = if ends || self.is("=") { None } else { Some(self.kind()?) };
        let value = if self.eat("=") { Some(self.expression()?) } else { None };
        Ok(Value { name, kind, value })
    }

    fn parameter(&mut self) -> Parsed<StatementKind> {
        self.value().map(StatementKind::Parameter)
    }

    fn variable(&mut self) -> Parsed<StatementKind> {
        let value = self.value()?;
        if value.value.is_none() {
            return Err(self.expected("'='"));
        }
        Ok(StatementKind::Variable(value))
    }

    fn output(&mut self) -> Parsed<StatementKind> {
        let value = self.value()?;
        if value.value.is_none() {
            return Err(self.expected("'='"));
        }
        Ok(StatementKind::Output(value))
    }

    fn type_declaration(&mut self) -> Parsed<StatementKind> {
        let name = self.declared()?;
        self.expect("=")?;
        Ok(StatementKind::Type { name, is: self.kind()? })
    }

    fn function(&mut self) -> Parsed<StatementKind> {
        let name = self.declared()?;
        let mut parameters = Vec::new();
        self.expect("(")?;
        self.new_lines();
        while !self.eat(")") {
            if parameters.len() >= MAX_PARAMETERS {
                return Err(self.expected("')'"));
            }
            parameters.push(self.name("the name of an argument")?);
            self.kind()?;
            self.new_lines();
            if !self.is(")") {
                self.expect(",")?;
                self.new_lines();
            }
        }
        self.kind()?;
        self.new_lines();
        self.expect("=>")?;
        self.new_lines();
        let body = self.expression()?;
        Ok(StatementKind::Function { name, parameters, body })
    }

    fn resource(&mut self) -> Parsed<StatementKind> {
        self.declaration("the type of the resource, as 'Microsoft.X/y@2024-01-01'")
            .map(StatementKind::Resource)
    }

    fn module(&mut self) -> Parsed<StatementKind> {
        self.declaration("the path of the module").map(StatementKind::Module)
    }

    fn declaration(&mut self, kind: &str) -> Parsed<Declaration> {
        let name = self.declared()?;
        if !matches!(self.peek().kind, TokenKind::Text(_)) {
            return Err(self.expected(kind));
        }
        let kind = self.string()?;
        let existing = self.eat_word("existing");
        self.expect("=")?;
        self.new_lines();
        let body = self.body()?;
        let inner = match &body.kind {
            ExprKind::For(each) => &each.body,
            _ => &body,
        };
        let inner = if let ExprKind::If(_, then) = &inner.kind { then } else { inner };
        if !matches!(inner.kind, ExprKind::Object(_)) {
            return Err(Box::new(super::Fault {
                range: inner.span.start as usize..inner.span.end as usize,
                reason: "'{', 'if (…) {' or '[for …: {' is expected here".to_owned(),
            }));
        }
        Ok(Declaration { name, kind, existing, body })
    }

    fn import(&mut self) -> Parsed<StatementKind> {
        let names = if self.eat("*") {
            self.expect_word("as")?;
            Imported::All(self.declared()?)
        } else if self.eat("{") {
            self.new_lines();
            let mut names = Vec::new();
            while !self.eat("}") {
                let there = match self.peek().kind {
                    // Exports of ARM templates may have names that are none in Bicep.
                    TokenKind::Text(_) => match self.string()? {
                        Expr { kind: ExprKind::Text(text), span, .. } => Name { text, span },
                        _ => return Err(self.expected("a name")),
                    },
                    _ => self.name("the name of what is imported")?,
                };
                let here =
                    if self.eat_word("as") { self.name("the name it gets here")? } else { there.clone() };
                names.push((there, here));
                self.new_lines();
                self.eat(",");
                self.new_lines();
            }
            Imported::Some(names)
        } else {
            return self.extension();
        };
        self.expect_word("from")?;
        Ok(StatementKind::Import { names, from: self.string()? })
    }

    fn extension(&mut self) -> Parsed<StatementKind> {
        let mut name = if matches!(self.peek().kind, TokenKind::Text(_)) {
            let from = self.string()?;
            Name { text: String::new(), span: from.span }
        } else {
            self.declared()?
        };
        if self.eat_word("with") {
            self.expression()?;
        }
        if self.eat_word("as") {
            name = self.declared()?;
        }
        Ok(StatementKind::Extension { name })
    }

    fn target_scope(&mut self) -> Parsed<StatementKind> {
        self.expect("=")?;
        self.expression().map(StatementKind::TargetScope)
    }

    fn using(&mut self) -> Parsed<StatementKind> {
        let path = if self.eat_word("none") { None } else { Some(self.string()?) };
        if self.eat_word("with") {
            self.expression()?;
        }
        Ok(StatementKind::Using(path))
    }

    fn extends(&mut self) -> Parsed<StatementKind> {
        self.string().map(StatementKind::Extends)
    }

    fn other(&mut self) -> Parsed<StatementKind> {
        self.declared()?;
        if matches!(self.peek().kind, TokenKind::Text(_)) {
            self.string()?;
        }
        if self.eat_word("with") || self.eat("=") {
            self.expression()?;
        }
        Ok(StatementKind::Other)
    }
}

impl Statement {
    /// The height of its tallest part.
    pub(super) fn height(&self) -> u16 {
        match &self.kind {
            StatementKind::Resource(own) | StatementKind::Module(own) => own.body.height,
            StatementKind::Parameter(own) | StatementKind::Variable(own) | StatementKind::Output(own) => {
                own.value.as_ref().map_or(0, |value| value.height)
            }
            StatementKind::Function { body, .. } => body.height,
            _ => 0,
        }
    }
}
