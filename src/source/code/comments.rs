//! Suppression comments of a root, and the resource that each stands in or above.

use std::collections::BTreeMap;

use super::file::FileId;
use super::resource::Root;
use crate::finding::suppression::{Block, Comment};
use crate::source::suppression::statements;

/// What begins a comment in the languages that are read.
const MARKS: &[&str] = &["#", "//", "/*"];
/// The word that a suppression holds.
const WORD: &str = "skytjek:";

/// All suppression comments of a root, in order of files and lines.
pub fn comments(root: &Root) -> Vec<Comment> {
    let mut found = Vec::new();
    for (id, file) in root.files.iter() {
        if !file.text.contains(WORD) {
            continue;
        }
        let blocks = blocks(root, id);
        for (at, line) in file.text.lines().enumerate() {
            let Some(comment) = comment_of(line) else { continue };
            let line = at + 1;
            for statement in statements(comment) {
                found.push(Comment {
                    file: file.path.clone(),
                    line,
                    covers: covering(&blocks, &file.text, line),
                    says: statement.says.map_err(|error| error.to_string()),
                });
            }
        }
    }
    found
}

/// The comment on a line that is a suppression: from its mark on.
fn comment_of(line: &str) -> Option<&str> {
    let word = line.find(WORD)?;
    let before = line.get(..word)?.trim_end();
    let mark = MARKS.iter().find(|mark| before.ends_with(**mark))?;
    line.get(before.len() - mark.len()..)
}

/// The resources of a file, by the lines of their blocks.
fn blocks(root: &Root, file: FileId) -> BTreeMap<(usize, usize), Vec<String>> {
    let mut blocks = BTreeMap::<(usize, usize), Vec<String>>::new();
    for resource in root.resources.iter().filter(|resource| resource.block.file == file) {
        let first = root.files.place(file, resource.block.start).line;
        let last = root.files.place(file, resource.block.end).line;
        blocks.entry((first, last)).or_default().push(resource.address.clone());
    }
    blocks
}

/// The smallest block that the line lies in, else the one that begins below it with nothing but comments,
/// decorators and blank lines between.
fn covering(blocks: &BTreeMap<(usize, usize), Vec<String>>, text: &str, line: usize) -> Option<Block> {
    let inside = blocks
        .iter()
        .filter(|((first, last), _)| (*first..=*last).contains(&line))
        .min_by_key(|((first, last), _)| last - first);
    let below = || {
        let next = text.lines().enumerate().skip(line).find(|(_, text)| {
            let text = text.trim_start();
            !text.is_empty() && !text.starts_with('@') && !MARKS.iter().any(|mark| text.starts_with(mark))
        });
        let next = next.map(|(at, _)| at + 1)?;
        blocks.iter().find(|((first, _), _)| *first == next)
    };
    let ((first, last), resources) = inside.or_else(below)?;
    Some(Block { lines: *first..=*last, resources: resources.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::code::file::{Files, Span};
    use crate::source::code::node::{Content, Node};
    use crate::source::code::resource::{CodeResource, Language};

    const TEXT: &str = "\
# skytjek:ignore rule-a until=2027-01-31 reason=\"above\"
resource one {
  x = 1 # skytjek:ignore rule-b until=2027-01-31 reason=\"inside\"
}

y = \"skytjek:ignore rule-c\"
# skytjek:ignore rule-d
z = 2
";

    #[test]
    fn a_comment_covers_the_block_around_or_below_it() {
        let mut files = Files::default();
        let file = files.add("main.tf", TEXT.into());
        let start = TEXT.find("resource").unwrap();
        let block = Span::new(file, start..TEXT.find("\n\n").unwrap());
        let resource = CodeResource {
            address: "terraform:one".into(),
            id: "/a".into(),
            kind: "T/t".into(),
            body: Node::new(Content::Object(Vec::new()), block),
            block,
        };
        let root = Root {
            language: Language::Terraform,
            path: String::new(),
            files,
            resources: vec![resource],
            unread: Vec::new(),
            notes: Vec::new(),
        };
        let found = comments(&root);
        let shown: Vec<_> = found
            .iter()
            .map(|comment| {
                let covers = comment.covers.as_ref().map(|block| block.resources.join(","));
                (comment.line, covers, comment.says.as_ref().map(|says| says.rule.clone()).ok())
            })
            .collect();
        let one = Some("terraform:one".to_owned());
        assert_eq!(
            shown,
            [(1, one.clone(), Some("rule-a".into())), (3, one, Some("rule-b".into())), (7, None, None)]
        );
    }
}
