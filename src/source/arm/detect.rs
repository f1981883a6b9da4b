//! Whether a JSON text is an ARM template, without reading all of it.

/// Whether a text is an ARM template: by its `$schema`, or without one by `resources` and `contentVersion`.
/// Parameter files, and files that only carry a template somewhere inside, are none.
pub fn looks_like_template(text: &str) -> bool {
    let bytes = text.trim_start_matches('\u{feff}').as_bytes();
    let (mut at, mut depth, mut is_name) = (0, 0usize, true);
    let (mut schema, mut resources, mut version) = (false, false, false);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let end = closing_quote(bytes, at);
                let token = bytes.get(at + 1..end).unwrap_or_default();
                if depth == 1 && schema && !is_name {
                    return is_schema(token);
                }
                if depth == 1 && is_name {
                    schema = token.eq_ignore_ascii_case(b"$schema");
                    resources |= token.eq_ignore_ascii_case(b"resources");
                    version |= token.eq_ignore_ascii_case(b"contentVersion");
                }
                at = end;
            }
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                let rest = bytes.get(at..).unwrap_or_default();
                at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                let rest = bytes.get(at + 2..).unwrap_or_default();
                at += rest.windows(2).position(|two| two == b"*/").map_or(rest.len() + 2, |end| end + 3);
            }
            b'[' if depth == 0 => return false,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    break;
                }
            }
            b':' if depth == 1 => is_name = false,
            b',' if depth == 1 => {
                is_name = true;
                schema = false;
            }
            _ if depth == 0 && !byte.is_ascii_whitespace() => return false,
            _ => {}
        }
        at += 1;
    }
    resources && version
}

/// Where the text that opens at `at` closes.
fn closing_quote(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    at
}

/// `https://schema.management.azure.com/schemas/<date>/<scope>deploymentTemplate.json#`
fn is_schema(url: &[u8]) -> bool {
    let url = String::from_utf8_lossy(url).to_ascii_lowercase();
    url.trim_end_matches('#').ends_with("deploymenttemplate.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_told_from_what_only_carries_them() {
        let schema = |name: &str| {
            format!("\"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/{name}.json#\"")
        };
        for (text, expected) in [
            (format!("\u{feff}// x\n/* y */{{ {} }}", schema("deploymentTemplate")), true),
            (format!("{{ {} , \"a\": ", schema("subscriptionDeploymentTemplate")), true),
            (format!("{{ {} }}", schema("deploymentParameters")), false),
            (format!("{{ \"inner\": {{ {} }} }}", schema("deploymentTemplate")), false),
            (format!("[{{ {} }}]", schema("deploymentTemplate")), false),
            ("{\"contentVersion\": \"1\", \"resources\": []}".to_owned(), true),
            ("{\"a\": \"contentVersion\", \"resources\": []}".to_owned(), false),
            ("{\"planned_values\": {\"contentVersion\": 1, \"resources\": []}}".to_owned(), false),
            (String::new(), false),
            ("\"".to_owned(), false),
            ("{\"\\".to_owned(), false),
        ] {
            assert_eq!(looks_like_template(&text), expected, "{text}");
        }
    }
}
