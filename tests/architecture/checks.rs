//! The checks: functions from sources to violations, each `file:line: what is wrong`.

use std::collections::{BTreeMap, BTreeSet};

use crate::syntax::Source;

/// For each room, the rooms that it must never name.
const NEVER: &[(&str, &[&str])] = &[
    ("inventory", KNOWS_NO_EDGE),
    ("analysis", KNOWS_NO_EDGE),
    ("rule", KNOWS_NO_EDGE),
    ("finding", KNOWS_NO_EDGE),
    ("azure", &["rule", "cli", "scan"]),
    ("source", &["rule", "cli", "scan"]),
    ("track", &["cli", "scan"]),
    ("output", &["rule", "source", "azure", "cli", "analysis", "scan"]),
];

/// What the core doesn't know: where data comes from, where it goes, and who asked.
const KNOWS_NO_EDGE: &[&str] = &["azure", "source", "track", "output", "cli", "scan"];

/// Names that say nothing of what is inside.
const EMPTY_NAMES: &[&str] = &["util", "utils", "helper", "helpers", "manager", "common", "misc"];

/// Pieces of Azure's endpoints, which rules must not know.
const ENDPOINTS: &[&str] = &[
    "://management.",
    "://graph.",
    "://login.",
    ".vault.azure.net",
    ".vault.usgovcloudapi.net",
    ".vault.azure.cn",
    "api-version=",
];

/// Imports that the list forbids, under whatever spelling: groups, `super`, re-exports of the root.
pub fn forbidden_imports(sources: &[Source]) -> Vec<String> {
    let exports = root_exports(sources);
    let mut found = Vec::new();
    for source in sources {
        let room = room(source);
        let Some((_, never)) = NEVER.iter().find(|(name, _)| *name == room) else {
            continue;
        };
        for path in source.paths() {
            let Some(mut target) = path.in_crate() else {
                continue;
            };
            if let Some(behind) = target.first().and_then(|name| exports.get(name)) {
                target = behind.clone();
            }
            let spelled = path.segments.join("::");
            let complaint = match target.first().map(String::as_str) {
                Some("*") => "imports everything",
                None if path.alias.is_some() => "gives the crate's root another name",
                Some(first) if never.contains(&first) => "must not name",
                _ => continue,
            };
            found.push(format!("{}:{}: {room} {complaint}: {spelled}", source.file, path.line));
        }
    }
    found
}

/// What `lib.rs` re-exports: name → path from the root.
fn root_exports(sources: &[Source]) -> BTreeMap<String, Vec<String>> {
    sources
        .iter()
        .filter(|source| source.file == "src/lib.rs")
        .flat_map(Source::paths)
        .filter_map(|path| {
            let target = path.in_crate()?;
            let name = path.alias.or_else(|| target.last().cloned())?;
            (target.len() > 1).then_some((name, target))
        })
        .collect()
}

/// Files or modules that get their code from elsewhere, or re-export a room whole: both would hide
/// imports from [`forbidden_imports`].
pub fn hidden_imports(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        for it in source.tokens().windows(4) {
            let words = [it[0].text, it[1].text, it[2].text, it[3].text];
            if words == ["#", "[", "path", "="] {
                let line = source.line(it[0].start);
                found.push(format!("{}:{line}: #[path] hides where a module lives", source.file));
            }
        }
        if source.file == "src/lib.rs" {
            let globs = source.paths().into_iter().filter(|path| path.segments.ends_with(&["*".to_owned()]));
            found.extend(globs.map(|path| format!("src/lib.rs:{}: re-exports a room whole", path.line)));
        }
    }
    found
}

/// Outputs are functions of the report: they write, they never read.
pub fn outputs_reading_files(sources: &[Source]) -> Vec<String> {
    let reads = |one: &str, two: &str| match one {
        "fs" => two == "*" || two.starts_with("read"),
        "File" => two.starts_with("open"),
        _ => false,
    };
    named_pairs(sources, &reads)
        .into_iter()
        .filter(|(source, _, _)| room(source) == "output")
        .map(|(source, line, pair)| format!("{}:{line}: output reads a file: {pair}", source.file))
        .collect()
}

/// The process ends in one place, so that nothing is cut off half written.
pub fn exits_outside_main(sources: &[Source]) -> Vec<String> {
    named_pairs(sources, &|one, two| one == "process" && matches!(two, "exit" | "abort" | "*"))
        .into_iter()
        .filter(|(source, _, _)| source.file != "src/main.rs")
        .map(|(source, line, pair)| format!("{}:{line}: only main.rs ends the process: {pair}", source.file))
        .collect()
}

/// Neighbouring segments of paths that `wanted` picks.
fn named_pairs<'a>(
    sources: &'a [Source],
    wanted: &dyn Fn(&str, &str) -> bool,
) -> Vec<(&'a Source, usize, String)> {
    let mut found = Vec::new();
    for source in sources {
        for path in source.paths() {
            for pair in path.segments.windows(2).filter(|pair| wanted(&pair[0], &pair[1])) {
                found.push((source, path.line, pair.join("::")));
            }
        }
    }
    found
}

/// Numbers used as exit codes (`exit_code: 3`, `ExitCode::from(3)`, `const EXIT_DENIED: u8 = 3`) in more
/// than one file: their meaning would have two homes.
pub fn scattered_exit_codes(sources: &[Source]) -> Vec<String> {
    let mut homes = BTreeMap::<&str, Vec<usize>>::new();
    for source in sources {
        let tokens = source.tokens();
        for (at, token) in tokens.iter().enumerate() {
            let names_a_code = token.text == "exit_code"
                || token.text.starts_with("EXIT_")
                || token.text == "exit"
                || token.text == "ExitCode";
            // The number follows after at most a type and some punctuation.
            let number = tokens[at + 1..]
                .iter()
                .take(5)
                .take_while(|next| matches!(next.text, ":" | "::" | "=" | "!" | "(" | "from" | "u8" | "i32"))
                .count();
            let follows = tokens.get(at + 1 + number).map_or("", |next| next.text);
            if names_a_code && number > 0 && follows.starts_with(|first: char| first.is_ascii_digit()) {
                homes.entry(&source.file).or_default().push(source.line(token.start));
            }
        }
    }
    if homes.len() <= 1 {
        return Vec::new();
    }
    homes.iter().map(|(file, lines)| format!("{file}: exit codes as numbers in lines {lines:?}")).collect()
}

/// Endpoints in the code of rules; comments may cite them.
pub fn endpoints_in_rules(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| room(source) == "rule") {
        for (number, line) in source.code.lines().enumerate() {
            let line = line.to_ascii_lowercase();
            for endpoint in ENDPOINTS.iter().filter(|endpoint| line.contains(**endpoint)) {
                found.push(format!("{}:{}: a rule knows an endpoint: {endpoint}", source.file, number + 1));
            }
        }
    }
    found
}

/// Files and modules under names that say nothing.
pub fn empty_names(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        let stems = source.file.trim_end_matches(".rs").split('/');
        for stem in stems.filter(|stem| EMPTY_NAMES.contains(stem)) {
            found.push(format!("{}: a file or folder called {stem}", source.file));
        }
        for (name, line) in source.declared_modules() {
            if EMPTY_NAMES.contains(&name.as_str()) {
                found.push(format!("{}:{line}: a module called {name}", source.file));
            }
        }
    }
    found
}

/// Entries that `allowed` doesn't name.
pub fn strangers(entries: &BTreeSet<String>, allowed: &[&str]) -> Vec<String> {
    entries
        .iter()
        .filter(|entry| !allowed.contains(&entry.as_str()))
        .map(|entry| format!("{entry} has no place there"))
        .collect()
}

/// The room a file belongs to: `src/rule/check.rs` → `rule`.
fn room(source: &Source) -> &str {
    match source.file.strip_prefix("src/") {
        Some(inner) => inner.split('/').next().unwrap_or(inner).trim_end_matches(".rs"),
        None => "",
    }
}
