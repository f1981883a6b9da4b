//! `[waves]`: which machines were migrated together, by tag, resource group, subscription, or a list of servers.
//!
//! ```toml
//! [waves.social-services]
//! tags = { department = "social" }
//! resource_groups = ["rg-social-*"]
//! subscriptions = ["9f0f9b4a-…"]
//! servers = "waves/social.csv"
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use crate::analysis::migration::wave::{Wave, server_name};

/// Largest list of servers that is read.
const MAX_CSV: u64 = 16 << 20;

/// A wave as it stands in the file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WaveFile {
    #[serde(default)]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    resource_groups: Vec<String>,
    #[serde(default)]
    subscriptions: Vec<String>,
    servers: Option<Spanned<PathBuf>>,
}

/// What is wrong with a wave, and where in the file.
#[derive(Debug)]
pub(super) struct Wrong {
    /// Byte offset in the file.
    pub(super) at: usize,
    /// What it is.
    pub(super) message: String,
}

/// The waves of a file in `directory`, in order of their names.
pub(super) fn waves(
    files: BTreeMap<String, Spanned<WaveFile>>,
    directory: &Path,
) -> Result<Vec<Wave>, Wrong> {
    files.into_iter().map(|(name, file)| wave(name, file, directory)).collect()
}

fn wave(name: String, file: Spanned<WaveFile>, directory: &Path) -> Result<Wave, Wrong> {
    let at = file.span().start;
    let file = file.into_inner();
    let servers = match &file.servers {
        Some(path) => servers(&directory.join(path.get_ref()))
            .map_err(|message| Wrong { at: path.span().start, message })?,
        None => BTreeSet::new(),
    };
    let names = [&file.resource_groups, &file.subscriptions];
    let is_blank = |text: &String| text.trim().is_empty();
    if names.iter().any(|list| list.iter().any(is_blank)) || file.tags.keys().any(is_blank) {
        return Err(Wrong { at, message: format!("[waves.{name}] has an empty name in it") });
    }
    let wave = Wave {
        name,
        tags: file.tags.into_iter().collect(),
        resource_groups: file.resource_groups,
        subscriptions: file.subscriptions,
        servers,
    };
    let names_nothing = wave.tags.is_empty()
        && wave.resource_groups.is_empty()
        && wave.subscriptions.is_empty()
        && wave.servers.is_empty();
    if names_nothing {
        let message = format!(
            "[waves.{}] names no machine; give it tags, resource_groups, subscriptions or servers",
            wave.name
        );
        return Err(Wrong { at, message });
    }
    Ok(wave)
}

/// The servers in a CSV: of the column `server` or `name`, else of the first one; its title is no server.
fn servers(path: &Path) -> Result<BTreeSet<String>, String> {
    let shown = path.display();
    let length = std::fs::metadata(path).map_err(|error| format!("{shown}: {error}"))?.len();
    if length > MAX_CSV {
        return Err(format!("{shown}: larger than 16 MiB, which no list of servers is"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| format!("{shown}: {error}"))?;
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().next().unwrap_or_default();
    // Excel writes semicolons where a comma is the decimal sign, as in Denmark.
    let delimiter = if first.contains(';') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let (mut column, mut found) = (0, BTreeSet::new());
    for (row, record) in reader.records().enumerate() {
        let record = record.map_err(|error| format!("{shown}: {error}"))?;
        let titled =
            |title: &str| ["server", "name", "machine"].iter().any(|t| t.eq_ignore_ascii_case(title));
        if row == 0
            && let Some(at) = record.iter().position(titled)
        {
            column = at;
            continue;
        }
        let name = server_name(record.get(column).unwrap_or_default());
        if !name.is_empty() {
            found.insert(name);
        }
    }
    if found.is_empty() {
        return Err(format!("{shown}: there is no server in it"));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    #[test]
    fn a_wave_is_read_with_its_list() {
        let directory = tempfile::tempdir().unwrap();
        let csv = "\u{feff}Department;Server\r\nsocial;SRV01.kommune.local\r\n;\r\nsocial; srv02 \r\n";
        std::fs::write(directory.path().join("social.csv"), csv).unwrap();
        let text = r#"
[waves.social]
tags = { department = "social" }
resource_groups = ["rg-social-*"]
servers = "social.csv"

[waves.archive]
subscriptions = ["0000"]
"#;
        let waves = Config::parse(text, &directory.path().join("skytjek.toml")).unwrap().waves;
        assert_eq!(waves.iter().map(|wave| wave.name.as_str()).collect::<Vec<_>>(), ["archive", "social"]);
        assert_eq!(waves[1].servers.iter().collect::<Vec<_>>(), ["srv01", "srv02"]);
        assert_eq!(waves[1].tags, [("department".to_owned(), "social".to_owned())]);
    }

    #[test]
    fn errors_name_the_line() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("empty.csv"), "server\n").unwrap();
        let cases = [
            ("\n[waves.a]\ntag = {}\n", ":3:1: unknown key `tag`; did you mean `tags`?"),
            ("[waves.a]\n", ":1:1: [waves.a] names no machine"),
            ("[waves.b]\nresource_groups = [\" \"]\n", ":1:1: [waves.b] has an empty name in it"),
            ("[waves.a]\nsubscriptions = [1]\n", ":2:18: invalid type"),
            ("[waves.a]\n\nservers = \"missing.csv\"\n", ":3:11: "),
            ("[waves.a]\nservers = \"empty.csv\"\n", "there is no server in it"),
            ("[wave.a]\n", ":1:2: unknown key `wave`; did you mean `waves`?"),
        ];
        for (text, expected) in cases {
            let error = Config::parse(text, &directory.path().join("skytjek.toml")).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
