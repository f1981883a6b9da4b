//! How deep brackets nest and how much they hold, before a parser is given the text: it recurses, and compares
//! each member of an object with all others.

use super::SyntaxError;

/// Deepest nesting of brackets that is read.
pub const MAX_DEPTH: usize = 128;

/// Most comparisons of members: about 14,000 members of one object.
const MAX_COMPARISONS: u64 = 200_000_000;

/// Brackets and lines are counted wherever they stand, in text and comments too: real files come nowhere near.
///
/// # Errors
/// Where the text nests deeper than [`MAX_DEPTH`], or holds objects that are too large.
pub fn check(text: &str) -> Result<(), SyntaxError> {
    // Members so far of each object that is open; nothing for lists and groups.
    let mut open: Vec<Option<u64>> = Vec::new();
    let mut comparisons = 0_u64;
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            b'{' | b'[' | b'(' => {
                open.push((byte == b'{').then_some(0));
                if open.len() > MAX_DEPTH {
                    let reason = format!("brackets nest deeper than {MAX_DEPTH} levels; split the value up");
                    return Err(SyntaxError { offset, reason });
                }
            }
            b'}' | b']' | b')' => drop(open.pop()),
            b',' | b'\n' => {
                let Some(Some(members)) = open.last_mut() else { continue };
                *members += 1;
                comparisons += *members;
                if comparisons > MAX_COMPARISONS {
                    let reason = "an object holds too much to be read; split it up".to_owned();
                    return Err(SyntaxError { offset, reason });
                }
            }
            _ => {}
        }
    }
    Ok(())
}
