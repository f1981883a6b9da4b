//! Just enough of Rust's syntax to tell which modules a file names: comments, literals and test code
//! are blanked, what remains is cut into words, and paths are put together again from those.

/// A source file in two forms of the same length, so that an offset means the same in both. Test code
/// (`#[cfg(test)]` items) is blanked in both.
pub struct Source {
    /// Path from the repository's root, with `/`.
    pub file: String,
    /// Modules from the crate's root to this file: `src/finding/report.rs` is `finding`, `report`.
    pub module: Vec<String>,
    /// Without comments; string literals are there.
    pub code: String,
    /// Modules that are declared in this file for tests only (`#[cfg(test)] mod tests;`).
    pub test_modules: Vec<Vec<String>>,
    /// Without comments and literals.
    bare: String,
    /// Offsets of line breaks.
    breaks: Vec<usize>,
}

/// A path as the code names it, groups unfolded: `use a::{b, c::d}` is two of them.
#[derive(Debug, PartialEq, Eq)]
pub struct NamedPath {
    /// Its segments as written; `*` for a glob.
    pub segments: Vec<String>,
    /// The name after `as`.
    pub alias: Option<String>,
    /// Module in which it stands, inline modules included.
    pub module: Vec<String>,
    /// Line, from 1.
    pub line: usize,
}

/// A word, number, `::` or single punctuation character.
#[derive(Clone, Copy, Debug)]
pub struct Token<'a> {
    /// What is written.
    pub text: &'a str,
    /// Offset of its first byte.
    pub start: usize,
}

impl Token<'_> {
    fn is_word(&self) -> bool {
        self.text.starts_with(|first: char| first.is_alphabetic() || first == '_')
    }

    fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

impl Source {
    /// Reads a file's text; `file` is its path from the repository's root.
    pub fn new(file: &str, text: &str) -> Self {
        let (mut code, mut bare) = without_comments_and_literals(text);
        let module = module_of(file);
        let (spans, names) = test_items(&tokens(&bare), bare.len());
        for (start, end) in spans {
            code = blanked(&code, start, end);
            bare = blanked(&bare, start, end);
        }
        let test_modules = names.into_iter().map(|name| child(&module, &name)).collect();
        Self {
            file: file.to_owned(),
            module,
            code,
            test_modules,
            breaks: bare.match_indices('\n').map(|(at, _)| at).collect(),
            bare,
        }
    }

    /// The line of an offset, from 1.
    pub fn line(&self, offset: usize) -> usize {
        self.breaks.partition_point(|line_break| *line_break < offset) + 1
    }

    /// Words, numbers and punctuation of everything but comments, literals and tests.
    pub fn tokens(&self) -> Vec<Token<'_>> {
        tokens(&self.bare)
    }

    /// Names of modules declared or written inline, with their lines.
    pub fn declared_modules(&self) -> Vec<(String, usize)> {
        self.tokens()
            .windows(3)
            .filter(|it| it[0].text == "mod" && it[1].is_word() && matches!(it[2].text, ";" | "{"))
            .map(|it| (it[1].text.to_owned(), self.line(it[1].start)))
            .collect()
    }

    /// Every path that the file names, in `use` declarations and elsewhere.
    pub fn paths(&self) -> Vec<NamedPath> {
        let tokens = self.tokens();
        let mut found = Vec::new();
        let mut module = self.module.clone();
        // Depth of braces at which each inline module began.
        let mut inline = Vec::new();
        let mut depth = 0_usize;
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            match token.text {
                "{" => depth += 1,
                "}" => {
                    depth = depth.saturating_sub(1);
                    if inline.last() == Some(&depth) {
                        inline.pop();
                        module.pop();
                    }
                }
                "mod" if tokens.get(at + 2).is_some_and(|next| next.text == "{") => {
                    module.push(tokens[at + 1].text.to_owned());
                    inline.push(depth);
                    depth += 1;
                    at += 3;
                    continue;
                }
                _ if token.is_word() && !continues_a_path(&tokens, at) => {
                    let mut trees = Vec::new();
                    let next = path_tree(&tokens, at, &[], &mut trees);
                    found.extend(trees.into_iter().map(|(segments, alias)| NamedPath {
                        segments,
                        alias,
                        module: module.clone(),
                        line: self.line(token.start),
                    }));
                    at = next;
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
        found
    }
}

impl NamedPath {
    /// The path from the crate's root, or `None` when it begins in another crate or at a local name.
    pub fn in_crate(&self) -> Option<Vec<String>> {
        let mut base = self.module.clone();
        let mut rest = self.segments.as_slice();
        match rest.first()?.as_str() {
            "crate" => base.clear(),
            // The binary names the library by its name.
            "skytjek" if rest.len() > 1 => base.clear(),
            "self" => {}
            "super" => {
                while let Some((first, more)) = rest.split_first() {
                    if first != "super" {
                        break;
                    }
                    base.pop();
                    rest = more;
                }
                base.extend_from_slice(rest);
                return Some(base);
            }
            // In the root module itself, a path can begin with a module's name.
            _ if base.is_empty() => return Some(rest.to_vec()),
            _ => return None,
        }
        base.extend_from_slice(&rest[1..]);
        Some(base)
    }
}

/// `src/finding/report.rs` → `finding`, `report`; `mod.rs`, `lib.rs` and `main.rs` add nothing.
fn module_of(file: &str) -> Vec<String> {
    let inner = file.strip_prefix("src/").unwrap_or(file);
    let mut module: Vec<String> = inner.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        module.pop();
    }
    module
}

fn child(module: &[String], name: &str) -> Vec<String> {
    let mut path = module.to_vec();
    path.push(name.to_owned());
    path
}

/// Spaces instead of everything between two offsets but line breaks.
fn blanked(text: &str, start: usize, end: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    blank(&mut bytes, start, end);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn blank(bytes: &mut [u8], start: usize, end: usize) {
    for byte in &mut bytes[start..end] {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

/// The text without comments, and without comments and literals.
fn without_comments_and_literals(text: &str) -> (String, String) {
    let mut code = text.as_bytes().to_vec();
    let mut bare = code.clone();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let mut next = at + rest.chars().next().map_or(1, char::len_utf8);
        if rest.starts_with("//") {
            next = at + rest.find('\n').unwrap_or(rest.len());
            blank(&mut code, at, next);
            blank(&mut bare, at, next);
        } else if rest.starts_with("/*") {
            next = at + block_comment(rest);
            blank(&mut code, at, next);
            blank(&mut bare, at, next);
        } else if let Some(length) = literal(rest) {
            next = at + length;
            blank(&mut bare, at, next);
        } else {
            // A whole word at once: the `r` of `for "` begins no raw string.
            let word = rest.find(|part: char| !part.is_alphanumeric() && part != '_').unwrap_or(rest.len());
            next = next.max(at + word);
        }
        at = next;
    }
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (text(code), text(bare))
}

/// Length of the block comment that `text` begins with; they nest.
fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

/// Length of the string or character literal that `text` begins with. A lifetime is none.
fn literal(text: &str) -> Option<usize> {
    let prefix = ["br", "cr", "r", "b", "c", ""]
        .into_iter()
        .find(|prefix| text.strip_prefix(prefix).is_some_and(|body| body.starts_with(['"', '\'', '#'])))?;
    let body = &text[prefix.len()..];
    if prefix.ends_with('r') {
        let hashes = body.len() - body.trim_start_matches('#').len();
        let inner = body[hashes..].strip_prefix('"')?;
        let close = format!("\"{}", "#".repeat(hashes));
        let end = inner.find(&close).map_or(inner.len(), |end| end + close.len());
        return Some(prefix.len() + hashes + 1 + end);
    }
    let quote = body.chars().next().filter(|first| *first != '#')?;
    if quote == '\'' {
        let mut inner = body[1..].chars();
        let first = inner.next()?;
        if first != '\\' && inner.next() != Some('\'') {
            return None;
        }
    }
    let mut escaped = false;
    for (offset, part) in body.char_indices().skip(1) {
        match part {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if part == quote => return Some(prefix.len() + offset + 1),
            _ => {}
        }
    }
    Some(text.len())
}

fn tokens(bare: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = bare[at..].chars().next() {
        let rest = &bare[at..];
        let length = if first.is_alphanumeric() || first == '_' {
            rest.find(|part: char| !part.is_alphanumeric() && part != '_').unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        if !first.is_whitespace() {
            found.push(Token { text: &rest[..length], start: at });
        }
        at += length;
    }
    found
}

/// Whether the word at `at` follows `something::`; a leading `::` begins a path.
fn continues_a_path(tokens: &[Token<'_>], at: usize) -> bool {
    at >= 2 && tokens[at - 1].text == "::" && (tokens[at - 2].is_word() || tokens[at - 2].text == ">")
}

/// Unfolds the path at `at` into `found`; returns where it ends.
fn path_tree(
    tokens: &[Token<'_>],
    at: usize,
    prefix: &[String],
    found: &mut Vec<(Vec<String>, Option<String>)>,
) -> usize {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    let mut path = prefix.to_vec();
    // In a group, `self` is the group's own path.
    if prefix.is_empty() || text(at) != "self" {
        path.push(text(at).to_owned());
    }
    let mut at = at + 1;
    while text(at) == "::" {
        match text(at + 1) {
            "{" => {
                at += 2;
                while at < tokens.len() && text(at) != "}" {
                    at = if text(at) == "," { at + 1 } else { path_tree(tokens, at, &path, found) };
                }
                return at + 1;
            }
            word if word == "*" || tokens.get(at + 1).is_some_and(Token::is_word) => {
                path.push(word.to_owned());
                at += 2;
            }
            _ => break,
        }
    }
    let mut alias = None;
    if text(at) == "as" {
        alias = Some(text(at + 1).to_owned());
        at += 2;
    }
    found.push((path, alias));
    at
}

/// Spans of items behind `#[cfg(test)]`, and the names of modules declared that way whose code is in
/// another file. `#![cfg(test)]` makes the whole file one span.
fn test_items(tokens: &[Token<'_>], length: usize) -> (Vec<(usize, usize)>, Vec<String>) {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    let mut spans = Vec::new();
    let mut modules = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let inner = text(at + 1) == "!";
        let bracket = at + 1 + usize::from(inner);
        if text(at) != "#" || text(bracket) != "[" {
            at += 1;
            continue;
        }
        let close = matching(tokens, bracket);
        let words: Vec<&str> = tokens[bracket..close].iter().map(|token| token.text).collect();
        let for_tests = words.get(1) == Some(&"cfg") && words.contains(&"test") && !words.contains(&"not");
        if for_tests && inner {
            return (vec![(0, length)], modules);
        }
        let mut item = close + 1;
        while text(item) == "#" && text(item + 1) == "[" {
            item = matching(tokens, item + 1) + 1;
        }
        if !for_tests || !ITEM_WORDS.contains(&text(item)) {
            at = close + 1;
            continue;
        }
        let end = item_end(tokens, item);
        if text(end) == ";" && end >= 2 && text(end - 2) == "mod" {
            modules.push(text(end - 1).to_owned());
        }
        spans.push((tokens[at].start, tokens.get(end).map_or(length, Token::end)));
        at = end + 1;
    }
    (spans, modules)
}

/// What an item can begin with. An attribute on anything else (a field, a match arm) hides nothing.
const ITEM_WORDS: [&str; 14] = [
    "async",
    "const",
    "enum",
    "extern",
    "fn",
    "impl",
    "macro_rules",
    "mod",
    "pub",
    "static",
    "struct",
    "trait",
    "type",
    "use",
];

/// Position of an item's last token: its `;`, or the brace that closes its body.
fn item_end(tokens: &[Token<'_>], item: usize) -> usize {
    let mut at = item;
    let mut is_use = false;
    while let Some(token) = tokens.get(at) {
        match token.text {
            "use" => is_use = true,
            ";" => return at,
            "{" if !is_use => return matching(tokens, at),
            "(" | "[" | "{" => at = matching(tokens, at),
            _ => {}
        }
        at += 1;
    }
    tokens.len()
}

/// Position of the token that closes the bracket at `open`, or the last one.
fn matching(tokens: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}
