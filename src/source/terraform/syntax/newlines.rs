//! Line breaks that mean nothing. HCL passes over them between brackets and in `{for …}`; the parser doesn't
//! everywhere, so a text that it refuses is given to it again with blanks for them, byte for byte.

/// What is open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    /// `(`, `[`, `{for`, and `${` in a text: line breaks mean nothing.
    Loose,
    /// `{`: line breaks separate.
    Brace,
    /// `"`.
    Quote,
}

/// The text with blanks for meaningless line breaks and for comments beside them; of the same length.
pub(super) fn blanked(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut open: Vec<Open> = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.as_bytes().get(at..).filter(|rest| !rest.is_empty()) {
        let loose = open.last() == Some(&Open::Loose);
        let length = if open.last() == Some(&Open::Quote) {
            quoted(rest, &mut open)
        } else {
            match rest {
                [b'#', ..] | [b'/', b'/', ..] => {
                    let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
                    blank(&mut bytes, at, end, loose)
                }
                [b'/', b'*', inside @ ..] => {
                    let end =
                        inside.windows(2).position(|pair| pair == b"*/").map_or(rest.len(), |end| end + 4);
                    blank(&mut bytes, at, end, loose)
                }
                [b'<', b'<', ..] => heredoc(rest),
                [b'\n' | b'\r', ..] => blank(&mut bytes, at, 1, loose),
                [first, inside @ ..] => {
                    match first {
                        b'"' => open.push(Open::Quote),
                        b'(' | b'[' => open.push(Open::Loose),
                        b'{' => open.push(if is_for(inside) { Open::Loose } else { Open::Brace }),
                        b')' | b']' | b'}' => drop(open.pop()),
                        _ => {}
                    }
                    1
                }
                [] => 1,
            }
        };
        at += length;
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// Length of the next piece of a text in quotes.
fn quoted(rest: &[u8], open: &mut Vec<Open>) -> usize {
    match rest {
        [b'\\', _, ..] => 2,
        [b'$', b'$', b'{', ..] | [b'%', b'%', b'{', ..] => 3,
        [b'$' | b'%', b'{', ..] => {
            open.push(Open::Loose);
            2
        }
        [b'"', ..] => {
            open.pop();
            1
        }
        _ => 1,
    }
}

fn blank(bytes: &mut [u8], from: usize, length: usize, yes: bool) -> usize {
    if let (true, Some(part)) = (yes, bytes.get_mut(from..from + length)) {
        part.fill(b' ');
    }
    length.max(1)
}

fn is_for(inside: &[u8]) -> bool {
    let inside = inside.trim_ascii_start();
    inside.strip_prefix(b"for").is_some_and(|rest| rest.first().is_some_and(u8::is_ascii_whitespace))
}

/// Longest first line of a heredoc, so that a line of many `<<` is gone through once.
const MAX_WORD: usize = 256;

/// Length of a heredoc up to the end of its last word; of what only looks like one, two.
fn heredoc(rest: &[u8]) -> usize {
    let Some(first_end) = rest.iter().take(MAX_WORD).position(|byte| *byte == b'\n') else { return 2 };
    let word = rest.get(2..first_end).unwrap_or_default();
    let word = word.strip_prefix(b"-").unwrap_or(word).trim_ascii();
    let named = word.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if word.is_empty() || !named {
        return 2;
    }
    let mut at = first_end + 1;
    while let Some(line) = rest.get(at..).filter(|line| !line.is_empty()) {
        let end = line.iter().position(|byte| *byte == b'\n').unwrap_or(line.len());
        let content = line.get(..end).unwrap_or_default().trim_ascii_start();
        if content.strip_prefix(word).is_some_and(|tail| {
            tail.first().is_none_or(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')))
        }) {
            return at + (end - content.len()) + word.len();
        }
        at += end + 1;
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_meaningless_line_breaks_go() {
        for (text, blanked) in [
            ("a = [\n1, # x\n2]\nb = 1\n", "a = [ 1,     2]\nb = 1\n"),
            ("a = {\nb = (1 +\n2)\n}", "a = {\nb = (1 + 2)\n}"),
            ("a = {for k in x :\nk => y &&\nz}\n", "a = {for k in x : k => y && z}\n"),
            ("a = \"(\"\nb = 1\n", "a = \"(\"\nb = 1\n"),
            ("a = \"${f(\n1)}\"\nb = \"$${(\"\nc", "a = \"${f( 1)}\"\nb = \"$${(\"\nc"),
            ("a = [<<-EOT\n (\n EOT\n, 1\n]\n", "a = [<<-EOT\n (\n EOT , 1 ]\n"),
        ] {
            assert_eq!(super::blanked(text), blanked);
        }
    }
}
