//! The expression language inside of ARM templates' texts: `[concat(parameters('a'), '-x')]`.
//! <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-expressions>

use super::expression::{Expression, Kind};
use super::json;
use crate::source::code::file::{FileId, Span};

/// Deepest nesting of calls and accesses that is read.
const MAX_DEPTH: usize = 96;
/// Longest chain of accesses: `a().b.c[0]`.
const MAX_CHAIN: usize = 24;

/// Where an expression could not be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misunderstood {
    /// Byte in the file.
    pub at: usize,
    /// Why, for people.
    pub reason: String,
}

/// A text of a template: what it says, or the expression in it. `token` is how the file writes it, with
/// quotes, from `start` on; `outer` is how many nested templates of outer scope are around it.
///
/// # Errors
/// When it is an expression that can't be understood.
pub fn text(
    text: &str,
    token: &str,
    start: usize,
    file: FileId,
    outer: usize,
) -> Result<Expression, Misunderstood> {
    let whole = Span::new(file, start..start + token.len());
    if !(text.starts_with('[') && text.ends_with(']')) || text.len() < 2 {
        return Ok(Expression { kind: Kind::Text(text.to_owned()), span: whole });
    }
    // `[[…]` is the text `[…]`, which a nested deployment around it evaluates in turn.
    let brackets = text.bytes().take_while(|byte| *byte == b'[').count();
    let escapes = brackets - 1;
    if escapes > outer {
        let unescaped = text.get(1..).unwrap_or_default().to_owned();
        return Ok(Expression { kind: Kind::Text(unescaped), span: whole });
    }
    let places = if token.contains('\\') {
        Places::Table(json::offsets(token, start))
    } else {
        Places::Shift(start + 1)
    };
    let mut parser = Parser { text, at: brackets, end: text.len() - 1, places, file };
    let mut expression = parser.expression(0)?;
    parser.blank();
    if parser.at < parser.end {
        return Err(parser.error("expected the end of the expression"));
    }
    // Unknown results show the whole expression, literals their own token.
    if !matches!(expression.kind, Kind::Text(_) | Kind::Number(_)) {
        expression.span = parser.span(0, text.len());
    }
    if escapes > 0 {
        let span = expression.span;
        return Ok(Expression { kind: Kind::Inner(Box::new(expression)), span });
    }
    Ok(expression)
}

enum Places {
    Shift(usize),
    Table(Vec<usize>),
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    end: usize,
    places: Places,
    file: FileId,
}

impl Parser<'_> {
    fn place(&self, at: usize) -> usize {
        match &self.places {
            Places::Shift(by) => at + by,
            Places::Table(table) => table.get(at).or(table.last()).copied().unwrap_or_default(),
        }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, self.place(start)..self.place(end))
    }

    fn error(&self, expected: &str) -> Misunderstood {
        let found = self.rest().chars().next().map_or("its end".to_owned(), |c| format!("{c:?}"));
        Misunderstood { at: self.place(self.at), reason: format!("{expected}, found {found}") }
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..self.end).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.rest().as_bytes().first().copied()
    }

    fn blank(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn take(&mut self, byte: u8) -> bool {
        self.blank();
        let there = self.peek() == Some(byte);
        if there {
            self.at += 1;
        }
        there
    }

    fn expression(&mut self, depth: usize) -> Result<Expression, Misunderstood> {
        if depth > MAX_DEPTH {
            return Err(self.error("the expression is nested too deeply"));
        }
        self.blank();
        let start = self.at;
        let mut expression = match self.peek() {
            Some(b'\'') => self.literal()?,
            Some(b'-' | b'+' | b'0'..=b'9') => self.number()?,
            Some(byte) if is_name_start(byte) => self.call(depth)?,
            _ => return Err(self.error("expected a function, a text in single quotes, or a number")),
        };
        for steps in 0usize.. {
            if steps > MAX_CHAIN {
                return Err(self.error("the expression is nested too deeply"));
            }
            self.blank();
            let (at, safe) = match self.peek() {
                Some(b'.') => {
                    self.at += 1;
                    let safe = self.take(b'?');
                    self.blank();
                    let from = self.at;
                    let name = self.name();
                    if name.is_empty() {
                        return Err(self.error("expected the name of a property"));
                    }
                    (Expression { kind: Kind::Text(name), span: self.span(from, self.at) }, safe)
                }
                Some(b'[') => {
                    self.at += 1;
                    let safe = self.take(b'?');
                    let at = self.expression(depth + 1)?;
                    if !self.take(b']') {
                        return Err(self.error("expected ']'"));
                    }
                    (at, safe)
                }
                _ => return Ok(expression),
            };
            let kind = Kind::Access { of: Box::new(expression), at: Box::new(at), safe };
            expression = Expression { kind, span: self.span(start, self.at) };
        }
        Ok(expression)
    }

    fn name(&mut self) -> String {
        let rest = self.rest();
        let length = rest.bytes().take_while(|byte| is_name_start(*byte) || byte.is_ascii_digit()).count();
        let name = rest.get(..length).unwrap_or_default().to_owned();
        self.at += length;
        name
    }

    fn literal(&mut self) -> Result<Expression, Misunderstood> {
        let start = self.at;
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = self.rest();
            let Some(quote) = rest.find('\'') else {
                self.at = start;
                return Err(self.error("this text is not closed by a single quote"));
            };
            out.push_str(rest.get(..quote).unwrap_or_default());
            let doubled = rest.as_bytes().get(quote + 1) == Some(&b'\'');
            self.at += quote + 1 + usize::from(doubled);
            if !doubled {
                return Ok(Expression { kind: Kind::Text(out), span: self.span(start, self.at) });
            }
            out.push('\'');
        }
    }

    fn number(&mut self) -> Result<Expression, Misunderstood> {
        let start = self.at;
        let rest = self.rest();
        let length = rest
            .bytes()
            .enumerate()
            .take_while(|(at, byte)| {
                byte.is_ascii_digit() || *byte == b'.' || (*at == 0 && matches!(byte, b'-' | b'+'))
            })
            .count();
        let word = rest.get(..length).unwrap_or_default();
        let Ok(number) = serde_json::from_str(word.trim_start_matches('+')) else {
            return Err(self.error("expected a number"));
        };
        self.at += length;
        Ok(Expression { kind: Kind::Number(number), span: self.span(start, self.at) })
    }

    fn call(&mut self, depth: usize) -> Result<Expression, Misunderstood> {
        let start = self.at;
        let mut name = self.name();
        let mut namespace = None;
        if self.peek() == Some(b'.') {
            self.at += 1;
            namespace = Some(std::mem::replace(&mut name, self.name()));
        }
        if !self.take(b'(') {
            return Err(self.error(&format!("expected '(' after '{name}'")));
        }
        let mut arguments = Vec::new();
        if !self.take(b')') {
            loop {
                arguments.push(self.expression(depth + 1)?);
                if self.take(b')') {
                    break;
                }
                if !self.take(b',') {
                    return Err(self.error("expected ',' or ')'"));
                }
            }
        }
        Ok(Expression { kind: form(namespace, name, arguments), span: self.span(start, self.at) })
    }
}

fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte == b'$'
}

/// A call, or what a call of this name stands for.
fn form(namespace: Option<String>, name: String, mut arguments: Vec<Expression>) -> Kind {
    if namespace.is_none() && name.eq_ignore_ascii_case("lambda") {
        let names = arguments.iter().map_while(|argument| match &argument.kind {
            Kind::Text(name) => Some(name.clone()),
            _ => None,
        });
        let parameters: Vec<String> = names.take(arguments.len().saturating_sub(1)).collect();
        if parameters.len() + 1 == arguments.len()
            && let Some(body) = arguments.pop()
        {
            return Kind::Lambda { parameters, body: Box::new(body) };
        }
    }
    if namespace.is_none()
        && name.eq_ignore_ascii_case("lambdaVariables")
        && let [Expression { kind: Kind::Text(local), .. }] = arguments.as_slice()
    {
        return Kind::Local(local.clone());
    }
    Kind::Call { namespace, name, arguments }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How the parsed expression reads, and the text at its parts.
    fn shown(expression: &Expression, source: &str) -> String {
        let at = &source[expression.span.start as usize..expression.span.end as usize];
        match &expression.kind {
            Kind::Text(text) => format!("{text:?}@{at}"),
            Kind::Number(number) => format!("{number}@{at}"),
            Kind::Call { namespace, name, arguments } => {
                let inner: Vec<_> = arguments.iter().map(|argument| shown(argument, source)).collect();
                let namespace = namespace.as_ref().map(|name| format!("{name}:")).unwrap_or_default();
                format!("{namespace}{name}({})", inner.join(" "))
            }
            Kind::Access { of, at, safe } => {
                format!("{}{}{}", shown(of, source), if *safe { "?" } else { "." }, shown(at, source))
            }
            Kind::Lambda { parameters, body } => format!("{}=>{}", parameters.join(","), shown(body, source)),
            Kind::Local(name) => format!("${name}"),
            other => format!("{other:?}"),
        }
    }

    fn parse(token: &str) -> Result<Expression, Misunderstood> {
        let json = json::parse(token).unwrap();
        text(json.as_str().unwrap(), token, 0, FileId(0), 0)
    }

    #[test]
    fn expressions_have_the_places_of_their_parts() {
        for (token, expected) in [
            (r#""plain""#, r#""plain"@"plain""#),
            (r#""[[not('x')]""#, r#""[not('x')]"@"[[not('x')]""#),
            (r#""[not closed""#, r#""[not closed"@"[not closed""#),
            (r#""[ concat( 'it''s' , -1)]""#, r#"concat("it's"@'it''s' -1@-1)"#),
            (r#""[a.b('x').c[0].?d[?'e']]""#, r#"a:b("x"@'x')."c"@c.0@0?"d"@d?"e"@'e'"#),
            (r#""[map(x(), lambda('i', lambdaVariables('i').n))]""#, r#"map(x() i=>$i."n"@n)"#),
            (r#""[f('a\"b\u00e6', 'c')]""#, r#"f("a\"bæ"@'a\"b\u00e6' "c"@'c')"#),
        ] {
            assert_eq!(shown(&parse(token).unwrap(), token), expected, "{token}");
        }
        let token = r#""[f('\\')]""#;
        let whole = parse(token).unwrap().span;
        assert_eq!(&token[whole.start as usize..whole.end as usize], r"[f('\\')]");
    }

    #[test]
    fn what_is_wrong_is_said_at_its_place() {
        for (token, at, reason) in [
            (r#""[f(1 2)]""#, 6, "expected ',' or ')', found '2'"),
            (r#""[f('\u0041)]""#, 4, "this text is not closed by a single quote, found '\\''"),
            (r#""[f]""#, 3, "expected '(' after 'f', found its end"),
            (r#""[]""#, 2, "expected a function, a text in single quotes, or a number, found its end"),
            (r#""[f() g()]""#, 6, "expected the end of the expression, found 'g'"),
        ] {
            assert_eq!(parse(token).unwrap_err(), Misunderstood { at, reason: reason.to_owned() }, "{token}");
        }
        let deep = format!("\"[{}1{}]\"", "f(".repeat(5000), ")".repeat(5000));
        assert!(parse(&deep).unwrap_err().reason.contains("too deeply"));
    }
}
