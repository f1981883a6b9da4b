//! Where the evidence of a resource lies: `azure/<subscription>/<group>/<provider.type>/<name>.json`.
//!
//! Two resources never share a path and no path leaves its directory:
//! - everything is lower case, and every byte outside `[a-z0-9._-]` is percent-encoded;
//! - the names of a child and its parents are joined with a dot, so a dot in a name is `%2E`;
//! - an extension resource (a diagnostic setting, a role assignment) carries its parent's id before
//!   its own name, with `%2F` for the slashes, which can come from no name;
//! - `-` stands for a subscription or group that an id lacks, so a group called `-` is `%2D`;
//! - a segment that a file system could refuse as too long ends in `%-` and a digest.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::finding::fingerprint::hex;
use crate::inventory::id::ResourceId;

/// Longest segment that is written out; file systems take 255 bytes.
const MAX_SEGMENT: usize = 200;
/// How much of a longer one is kept before its digest.
const KEPT: usize = 120;

/// The path of a resource's evidence file, relative, with `/`.
pub fn file_path(id: &ResourceId) -> String {
    let folded = id.folded();
    let segments: Vec<&str> = folded.split('/').filter(|segment| !segment.is_empty()).collect();
    let (subscription, group, rest) = match segments.as_slice() {
        ["subscriptions", subscription, "resourcegroups", group, rest @ ..]
            if matches!(rest.first(), None | Some(&"providers")) =>
        {
            (Some(*subscription), Some(*group), rest)
        }
        ["subscriptions", subscription, rest @ ..] if matches!(rest.first(), None | Some(&"providers")) => {
            (Some(*subscription), None, rest)
        }
        rest => (None, None, rest),
    };
    let (kind, name) = match (rest, group, subscription) {
        ([], Some(group), _) => ("resourcegroups".to_owned(), encode(group, Dots::Encoded)),
        ([], None, Some(subscription)) => ("subscriptions".to_owned(), encode(subscription, Dots::Encoded)),
        _ => provider_resource(rest).unwrap_or_else(|| ("-".to_owned(), joined(rest))),
    };
    format!(
        "azure/{}/{}/{}/{}",
        directory(subscription),
        directory(group),
        shortened(&kind, ""),
        shortened(&name, ".json"),
    )
}

/// Type and name segments of what follows the resource group: the last provider's resource, behind
/// the path of what it extends.
fn provider_resource(rest: &[&str]) -> Option<(String, String)> {
    let at = rest.iter().rposition(|segment| *segment == "providers")?;
    let (extended, own) = (&rest[..at], &rest[at + 1..]);
    let (namespace, pairs) = own.split_first()?;
    if pairs.is_empty() || pairs.len() % 2 == 1 {
        return None;
    }
    let mut kind = encode(namespace, Dots::Kept);
    let mut names = Vec::new();
    for pair in pairs.chunks_exact(2) {
        kind.push('.');
        kind.push_str(&encode(pair[0], Dots::Encoded));
        names.push(encode(pair[1], Dots::Encoded));
    }
    let name = names.join(".");
    if extended.is_empty() {
        return Some((kind, name));
    }
    Some((kind, format!("{}%2F{name}", joined(extended))))
}

fn joined(segments: &[&str]) -> String {
    let encoded: Vec<String> = segments.iter().map(|segment| encode(segment, Dots::Kept)).collect();
    encoded.join("%2F")
}

fn directory(name: Option<&str>) -> String {
    match name {
        None => "-".to_owned(),
        Some("-") => "%2D".to_owned(),
        // `.` and `..` are no names.
        Some(dots) if dots.bytes().all(|byte| byte == b'.') => encode(dots, Dots::Encoded),
        Some(name) => shortened(&encode(name, Dots::Kept), ""),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Dots {
    Kept,
    Encoded,
}

fn encode(text: &str, dots: Dots) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' => encoded.push(char::from(byte)),
            b'.' if dots == Dots::Kept => encoded.push('.'),
            // Writing to a String can't fail.
            _ => drop(write!(encoded, "%{byte:02X}")),
        }
    }
    encoded
}

fn shortened(segment: &str, suffix: &str) -> String {
    if segment.len() + suffix.len() <= MAX_SEGMENT {
        return format!("{segment}{suffix}");
    }
    format!("{}%-{}{suffix}", &segment[..KEPT], hex(&Sha256::digest(segment)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn path(id: &str) -> String {
        file_path(&ResourceId::parse(id).unwrap())
    }

    #[test]
    fn examples() {
        let group = "/subscriptions/5F0C/resourceGroups/RG-School";
        let nsg = format!("{group}/providers/Microsoft.Network/networkSecurityGroups/nsg1");
        let cases = [
            (nsg.clone(), "azure/5f0c/rg-school/microsoft.network.networksecuritygroups/nsg1.json"),
            (
                format!("{nsg}/securityRules/rule1"),
                "azure/5f0c/rg-school/microsoft.network.networksecuritygroups.securityrules/nsg1.rule1.json",
            ),
            (
                format!("{nsg}/providers/Microsoft.Insights/diagnosticSettings/all"),
                "azure/5f0c/rg-school/microsoft.insights.diagnosticsettings/providers%2Fmicrosoft.network%2Fnetworksecuritygroups%2Fnsg1%2Fall.json",
            ),
            (
                format!("{group}/providers/Microsoft.Network/privateDnsZones/a.b c"),
                "azure/5f0c/rg-school/microsoft.network.privatednszones/a%2Eb%20c.json",
            ),
            (
                "/subscriptions/5f0c/providers/Microsoft.Security/pricings/KeyVaults".into(),
                "azure/5f0c/-/microsoft.security.pricings/keyvaults.json",
            ),
            ("/providers/Microsoft.Graph/users/1".into(), "azure/-/-/microsoft.graph.users/1.json"),
            (group.into(), "azure/5f0c/rg-school/resourcegroups/rg-school.json"),
            ("/subscriptions/5F0C".into(), "azure/5f0c/-/subscriptions/5f0c.json"),
            ("/".into(), "azure/-/-/-/.json"),
            (
                "/subscriptions/../resourceGroups/-/providers/../../..".into(),
                "azure/%2E%2E/%2D/...%2E%2E/%2E%2E.json",
            ),
        ];
        for (id, expected) in cases {
            assert_eq!(path(&id), expected);
        }
    }

    fn segment() -> impl Strategy<Value = String> {
        prop_oneof![
            2 => Just("providers".to_owned()),
            1 => Just("subscriptions".to_owned()),
            1 => Just("resourceGroups".to_owned()),
            6 => "[a.%-]{1,3}",
            1 => "[a-zæ .]{1,12}",
            1 => "[a-zæ. ]{150,260}",
        ]
    }

    fn id() -> impl Strategy<Value = ResourceId> {
        (0..3usize, prop::collection::vec(segment(), 0..9)).prop_filter_map("no id", |(head, tail)| {
            let head = ["", "/subscriptions/a", "/subscriptions/a/resourceGroups/a"][head];
            ResourceId::parse(&format!("{head}/{}", tail.join("/")))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn one_id_one_path_inside_the_directory(one in id(), two in id()) {
            let (first, second) = (file_path(&one), file_path(&two));
            prop_assert_eq!(one == two, first == second, "{} {}", first, second);
            prop_assert_eq!((first.split('/').next(), first.rsplit('.').next()), (Some("azure"), Some("json")));
            prop_assert_eq!(first.split('/').count(), 5);
            for segment in first.split('/') {
                prop_assert!(!segment.is_empty() && segment != "." && segment != "..");
                prop_assert!(segment.len() <= 255);
                prop_assert!(segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-%".contains(&b)));
            }
        }
    }
}
