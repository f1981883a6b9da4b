//! As much of the Kusto query language as a scanner needs; everything else is refused.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// A query, read.
#[derive(Debug, Default)]
pub struct Query {
    /// The table it starts from, lower-case.
    pub table: String,
    steps: Vec<Step>,
}

#[derive(Debug)]
enum Step {
    Where(Condition),
    Project(Vec<String>),
    Order { by: String, descending: bool },
    Limit(usize),
    Summarize { count: String, by: Vec<String> },
}

#[derive(Debug)]
enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Compare { field: String, operator: String, values: Vec<String> },
}

impl Query {
    /// Reads a query.
    pub fn parse(text: &str) -> Result<Self, String> {
        let tokens = tokens(text)?;
        let mut parts = tokens.split(|token| *token == Token::Symbol("|".into()));
        let mut query = match parts.next() {
            Some([Token::Word(table)]) => Self { table: table.to_ascii_lowercase(), steps: Vec::new() },
            _ => return Err("a query starts with a table".into()),
        };
        for part in parts {
            let mut reader = Reader { tokens: part, at: 0 };
            query.steps.push(reader.step()?);
            if reader.at < part.len() {
                return Err(format!("not understood: {:?}", &part[reader.at..]));
            }
        }
        Ok(query)
    }

    /// Whether the order of the result is determined.
    pub fn is_ordered(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Order { .. }))
    }

    /// Whether `id` is among the result's columns, without which there is no paging.
    pub fn keeps_id(&self) -> bool {
        self.steps.iter().all(|step| match step {
            Step::Project(columns) => columns.iter().any(|column| column == "id"),
            Step::Summarize { .. } => false,
            _ => true,
        })
    }

    /// Runs the query over the table's rows.
    pub fn run(&self, mut rows: Vec<Value>) -> Vec<Value> {
        for step in &self.steps {
            match step {
                Step::Where(condition) => rows.retain(|row| condition.holds(row)),
                Step::Project(columns) => rows = rows.iter().map(|row| pick(row, columns)).collect(),
                Step::Order { by, descending } => {
                    rows.sort_by_key(|row| text(row, by));
                    if *descending {
                        rows.reverse();
                    }
                }
                Step::Limit(limit) => rows.truncate(*limit),
                Step::Summarize { count, by } => rows = summarize(&rows, count, by),
            }
        }
        rows
    }
}

fn pick(row: &Value, columns: &[String]) -> Value {
    let fields =
        columns.iter().map(|column| (column.clone(), row.get(column).cloned().unwrap_or(Value::Null)));
    Value::Object(fields.collect::<Map<_, _>>())
}

fn summarize(rows: &[Value], count: &str, by: &[String]) -> Vec<Value> {
    let mut groups: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for row in rows {
        *groups.entry(by.iter().map(|column| text(row, column)).collect()).or_default() += 1;
    }
    if by.is_empty() && groups.is_empty() {
        groups.insert(Vec::new(), 0);
    }
    let row = |(values, number): (Vec<String>, usize)| {
        let mut row: Map<_, _> = by.iter().cloned().zip(values.into_iter().map(Value::String)).collect();
        row.insert(count.to_owned(), json!(number));
        Value::Object(row)
    };
    groups.into_iter().map(row).collect()
}

/// A column's text; `tags.wave` and `properties.state` reach into it.
fn text(row: &Value, path: &str) -> String {
    let found = path.split('.').try_fold(row, |value, name| value.get(name));
    match found {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

impl Condition {
    fn holds(&self, row: &Value) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(row)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(row)),
            Self::Compare { field, operator, values } => {
                let found = text(row, field);
                let folded = found.to_ascii_lowercase();
                let exact = values.contains(&found);
                let alike = values.iter().any(|value| value.eq_ignore_ascii_case(&found));
                match operator.as_str() {
                    "==" | "in" => exact,
                    "!=" | "!in" => !exact,
                    "=~" | "in~" => alike,
                    "!~" | "!in~" => !alike,
                    ">" => values.iter().all(|value| found > *value),
                    "startswith" => {
                        values.iter().any(|value| folded.starts_with(&value.to_ascii_lowercase()))
                    }
                    "!startswith" => {
                        !values.iter().any(|value| folded.starts_with(&value.to_ascii_lowercase()))
                    }
                    "has" | "contains" => {
                        values.iter().any(|value| folded.contains(&value.to_ascii_lowercase()))
                    }
                    _ => unreachable!("the reader knows its operators"),
                }
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Symbol(String),
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if first == '\'' || first == '"' {
            let end = rest[1..].find(first).ok_or("a text without end")?;
            found.push(Token::Text(rest[1..=end].to_owned()));
            end + 2
        } else if is_word(first) {
            let mut end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            if &rest[..end] == "in" && rest[end..].starts_with('~') {
                end += 1;
            }
            found.push(Token::Word(rest[..end].to_owned()));
            end
        } else {
            let known = [
                "!in~",
                "!startswith",
                "=~",
                "==",
                "!=",
                "!~",
                "!in",
                "|",
                "(",
                ")",
                ",",
                "=",
                ">",
                "[",
                "]",
            ];
            let symbol = known.iter().find(|symbol| rest.starts_with(**symbol));
            let symbol = symbol.ok_or_else(|| format!("not understood: {rest}"))?;
            found.push(Token::Symbol((*symbol).to_owned()));
            symbol.len()
        };
        rest = rest[length..].trim_start();
    }
    Ok(found)
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
}

impl Reader<'_> {
    fn take(&mut self, wanted: &str) -> bool {
        let found = match self.tokens.get(self.at) {
            Some(Token::Word(word)) => word.eq_ignore_ascii_case(wanted),
            Some(Token::Symbol(symbol)) => symbol == wanted,
            _ => false,
        };
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, wanted: &str) -> Result<(), String> {
        if self.take(wanted) {
            Ok(())
        } else {
            Err(format!("{wanted} is missing before {:?}", self.tokens.get(self.at)))
        }
    }

    fn word(&mut self) -> Result<String, String> {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) => {
                self.at += 1;
                Ok(word.clone())
            }
            other => Err(format!("a name was expected, not {other:?}")),
        }
    }

    fn text(&mut self) -> Result<String, String> {
        match self.tokens.get(self.at) {
            Some(Token::Text(text) | Token::Word(text)) => {
                self.at += 1;
                Ok(text.clone())
            }
            other => Err(format!("a value was expected, not {other:?}")),
        }
    }

    /// Values between commas; nothing at all for the empty list.
    fn separated<T>(&mut self, read: impl Fn(&mut Self) -> Result<T, String>) -> Result<Vec<T>, String> {
        let mut found = vec![read(self)?];
        while self.take(",") {
            found.push(read(self)?);
        }
        Ok(found)
    }

    fn step(&mut self) -> Result<Step, String> {
        match self.word()?.to_ascii_lowercase().as_str() {
            "where" => Ok(Step::Where(self.any()?)),
            "project" => Ok(Step::Project(self.separated(Self::word)?)),
            "order" | "sort" => {
                self.expect("by")?;
                let by = self.word()?;
                // Kusto sorts downwards unless told otherwise.
                let descending = !self.take("asc");
                self.take("desc");
                Ok(Step::Order { by, descending })
            }
            "limit" | "take" => {
                self.word()?.parse().map(Step::Limit).map_err(|_| "a number was expected".into())
            }
            "count" => Ok(Step::Summarize { count: "Count".into(), by: Vec::new() }),
            "summarize" => self.summarize(),
            other => Err(format!("the operator {other} is not known here")),
        }
    }

    fn summarize(&mut self) -> Result<Step, String> {
        let first = self.word()?;
        let count = if self.take("=") {
            self.expect("count")?;
            first
        } else if first == "count" {
            "count_".to_owned()
        } else {
            return Err(format!("the function {first} is not known here"));
        };
        self.expect("(")?;
        self.expect(")")?;
        let by = if self.take("by") { self.separated(Self::word)? } else { Vec::new() };
        Ok(Step::Summarize { count, by })
    }

    fn any(&mut self) -> Result<Condition, String> {
        let mut parts = vec![self.all()?];
        while self.take("or") {
            parts.push(self.all()?);
        }
        Ok(Condition::Any(parts))
    }

    fn all(&mut self) -> Result<Condition, String> {
        let mut parts = vec![self.comparison()?];
        while self.take("and") {
            parts.push(self.comparison()?);
        }
        Ok(Condition::All(parts))
    }

    fn comparison(&mut self) -> Result<Condition, String> {
        if self.take("(") {
            let inner = self.any()?;
            self.expect(")")?;
            return Ok(inner);
        }
        let mut field = self.word()?;
        if self.take("[") {
            field = format!("{field}.{}", self.text()?);
            self.expect("]")?;
        }
        let plain = ["=~", "==", "!~", "!=", ">", "startswith", "!startswith", "has", "contains"];
        if let Some(operator) = plain.iter().find(|operator| self.take(operator)) {
            return Ok(Condition::Compare {
                field,
                operator: (*operator).into(),
                values: vec![self.text()?],
            });
        }
        let listed = ["in~", "!in~", "in", "!in"];
        let Some(operator) = listed.iter().find(|operator| self.take(operator)) else {
            return Err(format!("an operator was expected, not {:?}", self.tokens.get(self.at)));
        };
        self.expect("(")?;
        let values = self.separated(Self::text)?;
        self.expect(")")?;
        Ok(Condition::Compare { field, operator: (*operator).into(), values })
    }
}
