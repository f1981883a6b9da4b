//! Service tags: names for the public addresses of Azure's services.
//!
//! The shipped table is Microsoft's list for the public cloud, made by
//! `fixtures/generate/service_tags.rs`; its first line has its date. Tags change weekly; a newer list can be
//! given as Microsoft's own download. Source: <https://learn.microsoft.com/azure/virtual-network/service-tags-overview>.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::address::AddressSet;

/// Why a file gives no service tags.
#[derive(Debug, thiserror::Error)]
pub enum ServiceTagError {
    /// It is not Microsoft's format.
    #[error("expected Microsoft's ServiceTags_Public.json (`values[].properties.addressPrefixes`): {0}")]
    Format(#[from] serde_json::Error),
    /// A prefix that is none.
    #[error("service tag {tag} holds {prefix:?}, which is no prefix")]
    Prefix {
        /// The tag.
        tag: String,
        /// The text.
        prefix: String,
    },
}

/// The known tags.
#[derive(Clone, Debug, Default)]
pub struct ServiceTags {
    /// From a file, by folded name.
    own: BTreeMap<String, AddressSet>,
}

#[derive(Deserialize)]
struct Download {
    values: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    properties: Prefixes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Prefixes {
    address_prefixes: Vec<String>,
}

impl ServiceTags {
    /// The shipped tags, with those of Microsoft's download before them.
    ///
    /// # Errors
    /// When the text isn't that download.
    pub fn with_download(text: &str) -> Result<Self, ServiceTagError> {
        let download: Download = serde_json::from_str(text.trim_start_matches('\u{feff}'))?;
        let mut own = BTreeMap::new();
        for entry in download.values {
            let mut parts = Vec::new();
            for prefix in &entry.properties.address_prefixes {
                parts.push(AddressSet::parse(prefix).ok_or_else(|| ServiceTagError::Prefix {
                    tag: entry.name.clone(),
                    prefix: prefix.clone(),
                })?);
            }
            own.insert(entry.name.to_ascii_lowercase(), AddressSet::union_of(&parts));
        }
        Ok(Self { own })
    }

    /// The addresses of a tag, without letter case; `None` for one that neither list has.
    pub fn find(&self, tag: &str) -> Option<AddressSet> {
        let folded = tag.to_ascii_lowercase();
        if let Some(known) = self.own.get(&folded) {
            return Some(known.clone());
        }
        let lines = shipped();
        let at = lines.binary_search_by(|line| name_of(line).cmp(folded.as_str())).ok()?;
        let prefixes = lines[at].split_once('\t').map_or("", |(_, prefixes)| prefixes);
        let parts: Vec<AddressSet> = prefixes.split(' ').filter_map(AddressSet::parse).collect();
        Some(AddressSet::union_of(&parts))
    }

    /// The month of the shipped table.
    pub fn shipped_date() -> &'static str {
        text().lines().next().unwrap_or_default()
    }
}

fn name_of(line: &str) -> &str {
    line.split_once('\t').map_or(line, |(name, _)| name)
}

/// The table: a line with its date, then a line for each tag in order: name in lower case, tab, prefixes.
fn text() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let packed: &[u8] = include_bytes!("service-tags.zst");
        let bytes = zstd::decode_all(packed).unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default()
    });
    &TEXT
}

fn shipped() -> &'static [&'static str] {
    static LINES: LazyLock<Vec<&'static str>> = LazyLock::new(|| text().lines().skip(1).collect());
    &LINES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_table_is_whole_and_in_order() {
        assert_eq!(ServiceTags::shipped_date(), "2026-06");
        assert!(shipped().len() > 3000);
        assert!(shipped().is_sorted_by_key(|line| name_of(line)));
        let tags = ServiceTags::default();
        let cloud = tags.find("azurecloud").unwrap();
        assert!(cloud.covers(&tags.find("AzureCloud.WestEurope").unwrap()));
        assert!(cloud.is_wider_than(8) && !cloud.covers(AddressSet::public()));
        assert_eq!(tags.find("NoSuchTag"), None);
        for line in shipped() {
            let (name, prefixes) = line.split_once('\t').unwrap();
            let sound = prefixes.split(' ').all(|prefix| AddressSet::parse(prefix).is_some());
            assert!(sound, "{name}");
        }
    }

    #[test]
    fn a_download_comes_first() {
        let text = r#"{"changeNumber":1,"cloud":"Public","values":[
            {"name":"Storage","id":"Storage","properties":{"region":"","addressPrefixes":["20.1.0.0/16","2603:1000::/40"]}}]}"#;
        let tags = ServiceTags::with_download(text).unwrap();
        let mut expected = AddressSet::parse("20.1.0.0/16").unwrap();
        expected = expected.union(&AddressSet::parse("2603:1000::/40").unwrap());
        assert_eq!(tags.find("storage"), Some(expected));
        assert!(tags.find("AzureCloud").is_some());
        assert!(ServiceTags::with_download("[]").is_err());
        let wrong = text.replace("20.1.0.0/16", "20.1.0.0/99");
        assert!(ServiceTags::with_download(&wrong).unwrap_err().to_string().contains("20.1.0.0/99"));
    }
}
