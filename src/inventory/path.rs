//! Property paths in text: `properties.ipRules[*].value`.

/// `properties.ipRules[*].value` → `properties`, `ipRules`, `[*]`, `value`; a name that holds a dot
/// is written in brackets and quotes (`tags["a.b"]`).
pub fn segments(path: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("[\"") {
            let end = after.find("\"]").unwrap_or(after.len());
            out.push(&after[..end]);
            rest = after.get(end + 2..).unwrap_or_default();
        } else {
            let end = match rest.as_bytes()[0] {
                b'[' => rest.find(']').map_or(rest.len(), |at| at + 1),
                _ => rest.find(['.', '[']).unwrap_or(rest.len()),
            };
            out.push(&rest[..end]);
            rest = &rest[end..];
        }
        rest = rest.strip_prefix('.').unwrap_or(rest);
    }
    out
}

/// Appends a segment to a path.
pub fn push(path: &mut String, segment: &str) {
    if segment.starts_with('[') {
        path.push_str(segment);
    } else if segment != "{*}" && segment.contains('.') {
        path.push_str(&format!("[\"{segment}\"]"));
    } else {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(segment);
    }
}

/// The inverse of [`segments`].
pub fn join<'a>(segments: impl IntoIterator<Item = &'a str>) -> String {
    segments.into_iter().fold(String::new(), |mut path, segment| {
        push(&mut path, segment);
        path
    })
}

/// `path` below `prefix`; either may be empty.
pub fn below(prefix: &str, path: &str) -> String {
    if path.is_empty() {
        return prefix.to_owned();
    }
    if prefix.is_empty() || path.starts_with('[') {
        return format!("{prefix}{path}");
    }
    format!("{prefix}.{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_fall_into_segments_and_come_back() {
        let cases: [(&str, &[&str]); 5] = [
            ("properties.a[*].b", &["properties", "a", "[*]", "b"]),
            (
                "identity.userAssignedIdentities.{*}.clientId",
                &["identity", "userAssignedIdentities", "{*}", "clientId"],
            ),
            ("tags[\"a.b\"]", &["tags", "a.b"]),
            ("a[3][\"x.y\"].z", &["a", "[3]", "x.y", "z"]),
            ("", &[]),
        ];
        for (path, expected) in cases {
            assert_eq!(segments(path), expected);
            assert_eq!(join(expected.iter().copied()), path);
        }
    }
}
