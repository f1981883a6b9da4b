//! Strings: escapes, interpolation, several lines.

/// How a string is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `'text'`: on one line, with escapes and `${…}`.
    Line,
    /// `'''text'''`: as it stands; with dollars before it, as many begin a hole.
    Lines {
        /// Number of dollars.
        dollars: usize,
    },
}

/// A string, or the part of one up to, between or behind its holes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The text meant, escapes resolved.
    pub text: String,
    /// Whether the string begins with it.
    pub begins: bool,
    /// Whether the string ends with it; else a hole follows.
    pub ends: bool,
}

/// Why a string can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// For people.
    pub reason: &'static str,
    /// Bytes to pass.
    pub length: usize,
    /// Whether the end is missing.
    pub open: bool,
}

/// Reads from behind the quotes (or the `}` of a hole) to behind the closing quotes or the next `${`.
///
/// # Errors
/// When the string has no end, or an escape is none of Bicep's.
pub fn read(rest: &str, style: Style, begins: bool) -> Result<(Piece, usize), Wrong> {
    match style {
        Style::Line => line(rest, begins),
        Style::Lines { dollars } => lines(rest, dollars, begins),
    }
}

fn line(rest: &str, begins: bool) -> Result<(Piece, usize), Wrong> {
    let mut text = String::new();
    let mut at = 0;
    loop {
        let tail = rest.get(at..).unwrap_or_default();
        let plain = tail.find(['\'', '\\', '$', '\n', '\r']).unwrap_or(tail.len());
        text.push_str(tail.get(..plain).unwrap_or_default());
        at += plain;
        let tail = tail.get(plain..).unwrap_or_default();
        match tail.chars().next() {
            Some('\'') => return Ok((Piece { text, begins, ends: true }, at + 1)),
            Some('$') if tail.starts_with("${") => {
                return Ok((Piece { text, begins, ends: false }, at + 2));
            }
            Some('$') => {
                text.push('$');
                at += 1;
            }
            Some('\\') => {
                let Some((meant, length)) = escape(tail) else {
                    return Err(Wrong {
                        reason: "this escape is none of \\\\ \\' \\n \\r \\t \\$ \\u{…}",
                        length: at + 1,
                        open: false,
                    });
                };
                text.push(meant);
                at += length;
            }
            _ => {
                return Err(Wrong {
                    reason: "this string has no end on its line; close it with '",
                    length: at,
                    open: true,
                });
            }
        }
    }
}

/// What the escape at the beginning of `tail` means, and its length.
fn escape(tail: &str) -> Option<(char, usize)> {
    let meant = match tail.chars().nth(1)? {
        '\\' => '\\',
        '\'' => '\'',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        '$' => '$',
        'u' => {
            let (code, length) = code_point(tail)?;
            if let Some(meant) = char::from_u32(code) {
                return Some((meant, length));
            }
            // Two halves of a character as UTF-16 has them.
            let (low, more) = code_point(tail.get(length..)?)?;
            let halves = [u16::try_from(code).ok()?, u16::try_from(low).ok()?];
            return Some((char::decode_utf16(halves).next()?.ok()?, length + more));
        }
        _ => return None,
    };
    Some((meant, 2))
}

/// The number in `\\u{…}`, and the length of that.
fn code_point(tail: &str) -> Option<(u32, usize)> {
    let tail = tail.strip_prefix("\\u{")?;
    let length = tail.bytes().take_while(u8::is_ascii_hexdigit).take(7).count();
    let digits = tail.get(..length).filter(|digits| (1..=6).contains(&digits.len()))?;
    tail.get(length..)?.starts_with('}').then_some(())?;
    Some((u32::from_str_radix(digits, 16).ok()?, length + 4))
}

fn lines(rest: &str, dollars: usize, begins: bool) -> Result<(Piece, usize), Wrong> {
    let open = Wrong { reason: "this string has no end; close it with '''", length: rest.len(), open: true };
    let mut at = 0;
    loop {
        let tail = rest.get(at..).unwrap_or_default();
        at += tail.find(['\'', '$']).ok_or(open)?;
        let tail = rest.get(at..).unwrap_or_default();
        let quotes = tail.len() - tail.trim_start_matches('\'').len();
        if quotes >= 3 {
            // Of more than three quotes the last three close.
            let text = rest.get(..at + quotes - 3).unwrap_or_default().to_owned();
            return Ok((Piece { text, begins, ends: true }, at + quotes));
        }
        let found = tail.len() - tail.trim_start_matches('$').len();
        let hole = tail.get(found..).is_some_and(|tail| tail.starts_with('{'));
        if dollars > 0 && found >= dollars && hole {
            let text = rest.get(..at + found - dollars).unwrap_or_default().to_owned();
            return Ok((Piece { text, begins, ends: false }, at + found + 1));
        }
        at += quotes.max(found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_resolved() {
        for (rest, expected) in [
            (r"a\n\r\t\\\'\$b'", Some("a\n\r\t\\'$b")),
            (r"\u{41}\u{1F600}'", Some("A😀")),
            (r"\${x}$y$'", Some("${x}$y$")),
            (r"\u{D801}\u{DC37}'", Some("𐐷")),
            (r"\u{D801}'", None),
            (r"\u{D801}\u{41}'", None),
            (r"\x'", None),
            (r"\u{110000}'", None),
            (r"\u{}'", None),
            (r"\u41'", None),
            ("open", None),
            ("open\\", None),
        ] {
            let read = read(rest, Style::Line, true);
            assert_eq!(read.as_ref().ok().map(|(piece, _)| piece.text.as_str()), expected, "{rest:?}");
        }
    }

    #[test]
    fn several_lines_are_taken_as_they_stand() {
        for (rest, dollars, expected, length) in [
            ("a\\n\n'x' ''y'''z", 0, "a\\n\n'x' ''y", 14),
            ("a'''''", 0, "a''", 6),
            ("$${x}'''", 1, "$", 3),
            ("${x}$", 0, "", 0),
        ] {
            match read(rest, Style::Lines { dollars }, true) {
                Ok((piece, read)) => assert_eq!((piece.text.as_str(), read), (expected, length), "{rest:?}"),
                Err(wrong) => assert!(wrong.open && length == 0, "{rest:?}"),
            }
        }
    }
}
