//! Conditions of assignments: what can be told of them for an action, without a request.
//!
//! A condition mostly says "not this action, or the attributes fit". Which action is asked for is known, what
//! the request's and the resource's attributes will be is not; where they matter, the answer is open.
//!
//! Source: <https://learn.microsoft.com/azure/role-based-access-control/conditions-format>.

use super::action::{Action, covers, overlaps};

/// How deep parentheses are followed; what lies deeper is open.
const MAX_DEPTH: usize = 64;

/// Whether a condition lets an action through: `None` where that depends on attributes, or the text can't be
/// understood.
pub fn allows(text: &str, action: &Action) -> Option<bool> {
    let tokens = tokens(text);
    let mut parser = Parser { tokens: &tokens, at: 0, action };
    let value = parser.any(0)?;
    (parser.at == tokens.len()).then_some(value).flatten()
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'t> {
    Open,
    Close,
    Not,
    And,
    Or,
    Word(&'t str),
    /// What stands between braces.
    Braces(&'t str),
    /// Text in quotes, or an attribute's name in brackets.
    Other,
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let until = |end: &str| rest[1..].find(end).map_or(rest.len(), |at| at + 1 + end.len());
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '!' => (Token::Not, 1),
            '\'' | '"' => (Token::Other, until(&first.to_string())),
            '[' => (Token::Other, until("]")),
            '{' => {
                let end = until("}");
                (Token::Braces(rest[1..end].trim_end_matches('}')), end)
            }
            _ if rest.starts_with("&&") => (Token::And, 2),
            _ if rest.starts_with("||") => (Token::Or, 2),
            _ => {
                let ends = |letter: char| letter.is_whitespace() || "()!'\"[{&|".contains(letter);
                let length = rest
                    .find(ends)
                    .filter(|at| *at > 0)
                    .unwrap_or_else(|| if ends(first) { first.len_utf8() } else { rest.len() });
                let word = &rest[..length];
                let token = match word.to_ascii_uppercase().as_str() {
                    "AND" => Token::And,
                    "OR" => Token::Or,
                    "NOT" => Token::Not,
                    _ => Token::Word(word),
                };
                (token, length)
            }
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    tokens
}

struct Parser<'t> {
    tokens: &'t [Token<'t>],
    at: usize,
    action: &'t Action,
}

/// Known, or open. The outer `Option` of the parser says whether there was an expression at all.
type Truth = Option<bool>;

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<Token<'t>> {
        self.tokens.get(self.at).copied()
    }

    fn take(&mut self, token: Token<'_>) -> bool {
        let found = self.peek() == Some(token);
        self.at += usize::from(found);
        found
    }

    fn any(&mut self, depth: usize) -> Option<Truth> {
        let mut value = self.all(depth)?;
        while self.take(Token::Or) {
            let next = self.all(depth)?;
            value = match (value, next) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            };
        }
        Some(value)
    }

    fn all(&mut self, depth: usize) -> Option<Truth> {
        let mut value = self.one(depth)?;
        while self.take(Token::And) {
            let next = self.one(depth)?;
            value = match (value, next) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
        }
        Some(value)
    }

    fn one(&mut self, depth: usize) -> Option<Truth> {
        if depth > MAX_DEPTH {
            return None;
        }
        if self.take(Token::Not) {
            return self.one(depth + 1).map(|value| value.map(|value| !value));
        }
        if self.take(Token::Open) {
            let value = self.any(depth + 1)?;
            return self.take(Token::Close).then_some(value);
        }
        if let (Some(Token::Word(word)), Some(Token::Braces(list))) =
            (self.peek(), self.tokens.get(self.at + 1).copied())
            && word.eq_ignore_ascii_case("ActionMatches")
        {
            self.at += 2;
            return Some(self.matches(list));
        }
        self.comparison()
    }

    /// Whether the action is one of those that the condition names.
    fn matches(&self, list: &str) -> Truth {
        let patterns = list.split(',').map(|item| item.trim().trim_matches(['\'', '"']));
        let mut value = Some(false);
        for pattern in patterns.filter(|pattern| !pattern.is_empty()) {
            if covers(pattern, &self.action.text) {
                return Some(true);
            }
            if overlaps(pattern, &self.action.text) {
                value = None;
            }
        }
        value
    }

    /// A comparison of attributes, or a suboperation: open. Ends before the next connective.
    fn comparison(&mut self) -> Option<Truth> {
        let from = self.at;
        while let Some(token) = self.peek() {
            match token {
                Token::Word(_) | Token::Braces(_) | Token::Other => self.at += 1,
                Token::Open | Token::Close | Token::Not | Token::And | Token::Or => break,
            }
        }
        (self.at > from).then_some(None)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ASSIGN: &str = "Microsoft.Authorization/roleAssignments/write";
    const BLOB: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";

    #[test]
    fn what_a_condition_says_of_an_action() {
        let delegation = "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR \
            (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] \
            ForAnyOfAnyValues:GuidEquals {b24988ac-6180-42a0-ab88-20f7382dd24c})) AND \
            ((!(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'})) OR \
            (@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] \
            ForAnyOfAnyValues:GuidEquals{b24988ac-6180-42a0-ab88-20f7382dd24c}))";
        let listing = format!(
            "((!(ActionMatches{{'{BLOB}'}} AND NOT SubOperationMatches{{'Blob.List'}})) OR \
             (@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'a (b) OR c'))"
        );
        let cases: [(&str, &str, Option<bool>); 13] = [
            (delegation, ASSIGN, None),
            (delegation, "Microsoft.Compute/virtualMachines/write", Some(true)),
            (delegation, "microsoft.authorization/ROLEASSIGNMENTS/delete", None),
            (delegation, "*/write", None),
            (delegation, "Microsoft.Compute/*", Some(true)),
            (&listing, BLOB, None),
            (&listing, "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write", Some(true)),
            ("!(ActionMatches{'Microsoft.Storage/*'})", BLOB, Some(false)),
            ("!(ActionMatches{'Microsoft.Storage/*'}) && @Request[x] boolequals true", BLOB, Some(false)),
            ("!(ActionMatches{'Microsoft.Storage/*'}) || @Request[x] boolequals true", ASSIGN, Some(true)),
            ("@Resource[HasObotoken] boolequals true", ASSIGN, None),
            ("((broken", ASSIGN, None),
            ("", ASSIGN, None),
        ];
        for (text, action, expected) in cases {
            assert_eq!(allows(text, &Action::control(action)), expected, "{action}: {text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        assert_eq!(allows(&"(".repeat(100_000), &Action::control(ASSIGN)), None);
        assert_eq!(allows(&"!".repeat(100_000), &Action::control(ASSIGN)), None);
    }

    proptest! {
        #[test]
        fn any_text_is_understood_or_open(text in "([()!{}'\\[\\]æ&| ]|AND|OR|NOT|ActionMatches|@R){0,24}") {
            let _ = allows(&text, &Action::control(ASSIGN));
        }
    }
}
