//! How the table looks: width, colour and line breaks.

use comfy_table::{Attribute, Cell, Color, ContentArrangement, LineStyle, Table, TableStyle};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::finding::verdict::Severity;
use crate::output::text::visible;

/// What the terminal can show.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Columns that a line may take; less than 30 counts as 30.
    pub width: usize,
    /// Colour and box-drawing characters; without it plain ASCII, for files, logs and pipes.
    pub color: bool,
}

/// A column of a grid.
pub(super) struct Column {
    pub(super) title: &'static str,
    pub(super) width: usize,
}

impl Look {
    pub(super) fn width(self) -> usize {
        self.width.max(30)
    }

    /// `text` in an ANSI style, where there is colour.
    pub(super) fn styled(self, style: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{style}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// A line across the page with a title in it; what doesn't fit stands below.
    pub(in crate::output) fn heading(self, style: &str, title: &str) -> String {
        let (bar, room) = (if self.color { "━" } else { "=" }, self.width());
        let lines = wrap(title, room.saturating_sub(5));
        let headings = lines.iter().enumerate().map(|(at, line)| match at {
            0 => {
                let rest = room.saturating_sub(line.width() + 4);
                self.styled(style, &format!("{bar}{bar} {line} {}", bar.repeat(rest)))
            }
            _ => self.styled(style, &format!("   {line}")),
        });
        headings.collect::<Vec<_>>().join("\n")
    }

    /// Rows under column titles, with an empty line between them, behind two blanks. Cells are broken
    /// to their column's width here, at places where a reader would break them.
    pub(super) fn grid(self, columns: &[Column], rows: &[Vec<Vec<String>>]) -> String {
        let mut table = Table::new();
        table
            .load_style(style(if self.color { '─' } else { '-' }))
            .set_content_arrangement(ContentArrangement::Disabled)
            .set_header(columns.iter().map(|column| {
                let title = Cell::new(wrap(column.title, column.width).join("\n"));
                if self.color { title.fg(Color::DarkGrey) } else { title }
            }));
        if self.color {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        for row in rows {
            table.add_row(row.iter().zip(columns).enumerate().map(|(at, (paragraphs, column))| {
                let lines: Vec<String> =
                    paragraphs.iter().flat_map(|text| wrap(text, column.width)).collect();
                let cell = Cell::new(lines.join("\n"));
                if self.color && at == 0 { cell.add_attribute(Attribute::Bold) } else { cell }
            }));
        }
        let text = table.trim_fmt();
        let indented = text.lines().map(|line| format!(" {line}"));
        indented.flat_map(|line| [line.trim_end().to_owned(), "\n".to_owned()]).collect()
    }

    /// Text broken to the page's width behind `indent` blanks.
    pub(in crate::output) fn paragraph(self, indent: usize, text: &str) -> String {
        let blanks = " ".repeat(indent);
        let lines = wrap(text, self.width().saturating_sub(indent));
        lines.iter().flat_map(|line| [blanks.as_str(), line, "\n"]).collect()
    }
}

/// A line below the titles and an empty one between rows: frames would outweigh small groups.
fn style(line: char) -> TableStyle {
    TableStyle::new()
        .header_separator(LineStyle::none().fill(line).junction(' '))
        .row_separator(LineStyle::none().fill(' ').junction(' '))
}

/// What a grid of so many columns takes besides their widths: the blank before it, a blank on each
/// side of a cell, and one between cells.
pub(super) fn frame(columns: usize) -> usize {
    3 * columns
}

/// The ANSI style of a severity.
pub(super) fn severity_style(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "1;97;41",
        Severity::High => "1;31",
        Severity::Medium => "1;33",
        Severity::Low => "1;34",
    }
}

/// Text without hostile characters in lines of at most `width` columns: broken at blanks, then in
/// long words after the punctuation of ids and property paths, and only then anywhere. The lines of a
/// list's item (`- `) hang.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    let shown = visible(text);
    if let Some(item) = shown.strip_prefix("- ").filter(|_| width > 8) {
        return wrap(item, width - 2)
            .into_iter()
            .enumerate()
            .map(|(at, line)| format!("{} {line}", if at == 0 { "-" } else { " " }))
            .collect();
    }
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in shown.split(' ').filter(|word| !word.is_empty()) {
        let gap = usize::from(!line.is_empty());
        let mut rest = word;
        let mut room = width.saturating_sub(line.width() + gap);
        // A long word begins in what is left of the line, unless that is a mere corner.
        while rest.width() > room {
            if rest.width() > width && room * 3 > width {
                let (head, tail) = rest.split_at(break_in(rest, room));
                line.push_str(if line.is_empty() { "" } else { " " });
                line.push_str(head);
                rest = tail;
            }
            lines.push(std::mem::take(&mut line));
            room = width;
        }
        line.push_str(if line.is_empty() { "" } else { " " });
        line.push_str(rest);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Where to break a word that is wider than `width`; never at its beginning.
fn break_in(word: &str, width: usize) -> usize {
    let mut used = 0;
    let mut good = 0;
    let mut last = 0;
    for (at, character) in word.char_indices() {
        used += character.width().unwrap_or(0);
        if used > width {
            break;
        }
        last = at + character.len_utf8();
        if matches!(character, '/' | '.' | '-' | '_' | ']' | '=' | ',' | ':') {
            good = last;
        }
    }
    let first = word.chars().next().map_or(0, char::len_utf8);
    // A break in the first third would leave a ragged column.
    if good * 3 > last { good } else { last.max(first) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_line_is_wider_and_no_word_is_lost(text in any::<String>(), width in 2..40usize) {
            let lines = wrap(&text, width);
            prop_assert!(lines.iter().all(|line| line.width() <= width), "{:?}", lines);
            let squeezed = |text: &str| text.replace(' ', "");
            prop_assert_eq!(squeezed(&lines.concat()), squeezed(&visible(&text)));
        }
    }

    #[test]
    fn a_long_word_breaks_where_a_reader_would() {
        assert_eq!(
            wrap("set properties.securityRules[1].properties.sourceAddressPrefix = \"*\"", 30),
            ["set properties.", "securityRules[1].properties.", "sourceAddressPrefix = \"*\""]
        );
    }
}
