//! Where in the code it says so: file and line, the line itself with the deciding value underlined, and
//! the fix as a difference.
//!
//! Drawn here and not by `annotate-snippets`: that crate takes invisible characters out and breaks no
//! long line or title, and here every one is shown and no line is wider than the page.

use std::borrow::Cow;
use std::collections::BTreeMap;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::paint::{Look, wrap};
use crate::finding::report::{Edit, Location, SourceText};
use crate::output::text::{plural, visible};

/// Lines that a difference shows of either side.
const DIFFERENCE: usize = 12;
/// Characters of a line that are looked at. Minified JSON has lines of megabytes.
const LONGEST: usize = 20_000;
/// Columns of a tab.
const TAB: usize = 4;

/// Source files, with the beginnings of their lines.
#[derive(Debug, Default)]
pub struct Sources<'a>(BTreeMap<&'a str, Vec<&'a str>>);

impl<'a> Sources<'a> {
    /// The files of a report, by `Location::file`.
    pub fn of(files: &'a BTreeMap<String, SourceText>) -> Self {
        let lines = |file: &'a SourceText| file.text.lines().collect();
        Self(files.iter().map(|(name, file)| (name.as_str(), lines(file))).collect())
    }

    fn line(&self, file: &str, number: usize) -> Option<&'a str> {
        let lines = self.0.get(file)?;
        lines.get(number.checked_sub(1)?).copied()
    }
}

/// A finding in its file; `None` where the file's text or the line is not there.
pub fn source_frame(
    sources: &Sources<'_>,
    at: &Location,
    message: &str,
    edit: Option<&Edit>,
    look: Look,
) -> Option<String> {
    let line = sources.line(&at.file, at.start_line)?;
    let gutter = digits(at.end_line.max(at.start_line));
    let blank = " ".repeat(gutter + 3);
    let bar = look.styled("34", "|");
    let to = if at.end_line > at.start_line { usize::MAX } else { at.end_column };
    let (text, marks) = window(&pieces(line, at.start_column, to), look.width() - gutter - 5);

    let mut out = look.paragraph(2, &format!("{}:{}:{}", at.file, at.start_line, at.start_column));
    let number = look.styled("34", &format!("{:>gutter$}", at.start_line));
    out.push_str(&format!("  {number} {bar} {text}\n"));
    out.push_str(&format!("{blank}{bar} {}\n", look.styled("1;31", &marks)));
    if at.end_line > at.start_line {
        let more = plural(at.end_line - at.start_line, "more line");
        for line in wrap(&format!("... and {more}, to line {}", at.end_line), look.width() - gutter - 5) {
            out.push_str(&format!("{blank}{bar} {line}\n"));
        }
    }
    out.push_str(&look.paragraph(gutter + 5, message));
    if let Some(difference) = edit.and_then(|edit| difference(sources, edit, &at.file, look)) {
        out.push_str(&difference);
    }
    Some(trimmed(&out))
}

/// What an edit changes, line by line: `-` before, `+` after.
pub fn difference(sources: &Sources<'_>, edit: &Edit, shown_file: &str, look: Look) -> Option<String> {
    let at = &edit.at;
    let (first, last) = (sources.line(&at.file, at.start_line)?, sources.line(&at.file, at.end_line)?);
    let before: Vec<&str> =
        (at.start_line..=at.end_line).map_while(|number| sources.line(&at.file, number)).collect();
    let (head, tail) = (split_at(first, at.start_column).0, split_at(last, at.end_column).1);
    let whole = format!("{head}{}{tail}", edit.text);
    let after: Vec<&str> = whole.split('\n').map(|line| line.trim_end_matches('\r')).collect();

    let above = before.iter().zip(&after).take_while(|(one, two)| one == two).count();
    let most = before.len().min(after.len()) - above;
    let below =
        before.iter().rev().zip(after.iter().rev()).take(most).take_while(|(one, two)| one == two).count();
    let (before, after) = (before.get(above..before.len() - below)?, after.get(above..after.len() - below)?);
    if before.is_empty() && after.is_empty() {
        return None;
    }
    let from = at.start_line + above;
    let title = if at.file == shown_file {
        "Fix in the code:".to_owned()
    } else {
        format!("Fix in {}:{from}:", at.file)
    };
    let mut out = look.paragraph(2, &title);
    let gutter = digits(from + before.len().max(after.len()));
    for (sign, style, lines, others) in [('-', "31", before, after), ('+', "32", after, before)] {
        for (index, line) in lines.iter().enumerate().take(DIFFERENCE) {
            let other = others.get(index).copied().unwrap_or_default();
            let same = line.chars().zip(other.chars()).take_while(|(one, two)| one == two);
            let column = 1 + same.map(|(one, _)| one.len_utf16()).sum::<usize>();
            let (text, _) = window(&pieces(line, column, usize::MAX), look.width() - gutter - 5);
            let line = format!("{:>gutter$} {sign} {text}", from + index);
            out.push_str(&format!("  {}\n", look.styled(style, &line)));
        }
        if lines.len() > DIFFERENCE {
            let more = plural(lines.len() - DIFFERENCE, "more line");
            out.push_str(&format!("  {} {sign} ... and {more}\n", " ".repeat(gutter)));
        }
    }
    Some(trimmed(&out))
}

/// A character as it is shown, its width, and whether it is marked.
type Piece<'a> = (Cow<'a, str>, usize, bool);

/// The characters of a line; those from column `from` up to, not including, `to` are marked (in UTF-16
/// units, from 1). An empty region marks the character behind it, and one at the line's end a blank.
fn pieces(line: &str, from: usize, to: usize) -> Vec<Piece<'_>> {
    let to = to.max(from.saturating_add(1));
    let mut pieces = Vec::new();
    let mut column = 1;
    let mut marked = false;
    for (at, character) in line.char_indices().take(LONGEST) {
        let is_marked = (from..to).contains(&column);
        marked |= is_marked;
        let text = line.get(at..at + character.len_utf8()).unwrap_or_default();
        let shown = if character == '\t' { Cow::Owned(" ".repeat(TAB)) } else { visible(text) };
        let width = shown.chars().map(|character| character.width().unwrap_or(0)).sum();
        pieces.push((shown, width, is_marked));
        column += character.len_utf16();
    }
    if !marked {
        pieces.push((Cow::Borrowed(" "), 1, true));
    }
    pieces
}

/// As much of a line as `room` columns hold, around its first mark, and the marks below it.
fn window(pieces: &[Piece<'_>], room: usize) -> (String, String) {
    const MORE: &str = "...";
    let total: usize = pieces.iter().map(|(_, width, _)| width).sum();
    let (mut from, mut cut) = (0, 0);
    if total > room {
        let before: usize = pieces.iter().take_while(|piece| !piece.2).map(|piece| piece.1).sum();
        while before - cut > room / 3 && total - cut > room - MORE.len() {
            cut += pieces.get(from).map_or(0, |piece| piece.1);
            from += 1;
        }
    }
    let (mut text, mut marks) = (String::new(), String::new());
    if from > 0 {
        text.push_str(MORE);
        marks.push_str("   ");
    }
    let rest = total - cut;
    let fits = text.width() + rest <= room;
    let limit = if fits { room } else { room - MORE.len() };
    let mut used = text.width();
    for (shown, width, is_marked) in pieces.get(from..).unwrap_or_default() {
        if used + width > limit {
            break;
        }
        used += width;
        text.push_str(shown);
        marks.push_str(&if *is_marked { "^" } else { " " }.repeat(*width));
    }
    if !fits {
        text.push_str(MORE);
    }
    (text, marks.trim_end().to_owned())
}

/// A line before and from a column on, in UTF-16 units from 1.
fn split_at(line: &str, column: usize) -> (&str, &str) {
    let mut units = 1;
    for (at, character) in line.char_indices() {
        if units >= column {
            return line.split_at(at);
        }
        units += character.len_utf16();
    }
    (line, "")
}

fn digits(number: usize) -> usize {
    number.to_string().len()
}

fn trimmed(text: &str) -> String {
    text.lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}

#[cfg(test)]
mod tests;
