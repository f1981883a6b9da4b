//! How deep brackets nest, before a parser that recurses is given the text.

use super::SyntaxError;

/// Deepest nesting of brackets that is read.
pub const MAX_DEPTH: usize = 128;

/// Brackets are counted wherever they stand, in text and comments too: real files come nowhere near.
///
/// # Errors
/// Where the text nests deeper than [`MAX_DEPTH`].
pub fn check(text: &str) -> Result<(), SyntaxError> {
    let mut depth = 0_usize;
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            b'{' | b'[' | b'(' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    let reason = format!("brackets nest deeper than {MAX_DEPTH} levels; split the value up");
                    return Err(SyntaxError { offset, reason });
                }
            }
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}
