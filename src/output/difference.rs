//! The difference of two texts, as `diff -u` and `git apply` have it.

use similar::TextDiff;

use super::text::visible;

/// Lines of context around a change.
const CONTEXT: usize = 3;

/// The change of one file as a unified difference; empty when nothing changes. Lines keep their text, so that
/// the difference can be applied; only control characters that a terminal would obey are shown instead.
pub fn unified(file: &str, before: &str, after: &str) -> String {
    let difference = TextDiff::from_lines(before, after);
    let (from, to) = (format!("a/{file}"), format!("b/{file}"));
    let text = difference.unified_diff().context_radius(CONTEXT).header(&from, &to).to_string();
    let lines: Vec<_> = text.split('\n').map(line).collect();
    lines.join("\n")
}

fn line(text: &str) -> String {
    let (text, end) = text.strip_suffix('\r').map_or((text, ""), |text| (text, "\r"));
    let parts: Vec<_> = text.split('\t').map(visible).collect();
    parts.join("\t") + end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_in_its_lines() {
        let before = "resource \"x\" {\n  a = 1\n  b = true\n}\n";
        insta::assert_snapshot!(unified("main.tf", before, &before.replace("true", "false")), @r#"
        --- a/main.tf
        +++ b/main.tf
        @@ -1,4 +1,4 @@
         resource "x" {
           a = 1
        -  b = true
        +  b = false
         }
        "#);
        assert_eq!(unified("main.tf", before, before), "");
    }
}
