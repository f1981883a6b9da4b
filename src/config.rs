//! `skytjek.toml`: what a project or a machine settles once. Every key is known, or it is an error.

mod wave;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use crate::analysis::migration::wave::Wave;
use crate::azure::cloud::{Cloud, CloudError, CloudFile};

/// The name of the file that is looked for in the working directory.
pub const FILE_NAME: &str = "skytjek.toml";

/// What `skytjek.toml` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The cloud to scan, where the file has a `[cloud]` table.
    pub cloud: Option<Cloud>,
    /// The waves in which machines were migrated, in order of their names.
    pub waves: Vec<Wave>,
}

/// The file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It could not be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no TOML, or has a key or value that is not known.
    #[error("{}:{line}:{column}: {message}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong there, with the nearest known key.
        message: String,
    },
    /// Its `[cloud]` can't be used.
    #[error("{}{}: {source}", path.display(), line.map(|line| format!(":{line}")).unwrap_or_default())]
    Cloud {
        /// The file.
        path: PathBuf,
        /// Line of the key, from 1, where it is written down.
        line: Option<usize>,
        /// What is wrong.
        source: CloudError,
    },
    /// A file was named for its cloud and has none.
    #[error("{}: there is no [cloud] table in it", path.display())]
    NoCloud {
        /// The file.
        path: PathBuf,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    cloud: Option<CloudFile>,
    #[serde(default)]
    waves: BTreeMap<String, Spanned<wave::WaveFile>>,
}

impl Config {
    /// Reads the file at `path`.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        Self::parse(&text, path)
    }

    /// Reads the file at `path` for its cloud, which it must have (`--cloud-file`).
    pub fn load_cloud(path: &Path) -> Result<Cloud, ConfigError> {
        Self::load(path)?.cloud.ok_or_else(|| ConfigError::NoCloud { path: path.to_owned() })
    }

    /// Reads `text`; `path` names it in errors and says what a relative path is relative to.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let file: File = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let (line, column) = position(text, at);
            ConfigError::Parse {
                path: path.to_owned(),
                line,
                column,
                message: with_suggestion(error.message()),
            }
        })?;
        let directory = path.parent().unwrap_or(Path::new(""));
        let cloud =
            file.cloud.map(|cloud| Cloud::from_file(&cloud, directory)).transpose().map_err(|source| {
                ConfigError::Cloud { path: path.to_owned(), line: line_of(text, &source), source }
            })?;
        let waves = wave::waves(file.waves, directory).map_err(|wrong| {
            let (line, column) = position(text, wrong.at);
            ConfigError::Parse { path: path.to_owned(), line, column, message: wrong.message }
        })?;
        Ok(Self { cloud, waves })
    }
}

/// Line and column, from 1, of a byte offset.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

fn line_of(text: &str, error: &CloudError) -> Option<usize> {
    let CloudError::Value { key, value, .. } = error else {
        return None;
    };
    let key = key.strip_prefix("resolve.").unwrap_or(key);
    text.lines()
        .position(|line| line.trim_start().starts_with(key) && line.contains(value.as_str()))
        .map(|index| index + 1)
}

/// Adds the nearest known key to serde's "unknown field `x`, expected one of `a`, `b`".
fn with_suggestion(message: &str) -> String {
    let mut names = message.split('`').skip(1).step_by(2);
    let unknown = match names.next() {
        Some(name) if message.starts_with("unknown field") => name,
        _ => return message.to_owned(),
    };
    let nearest = names
        .map(|known| (strsim::jaro_winkler(unknown, known), known))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|one, two| one.0.total_cmp(&two.0));
    match nearest {
        Some((_, known)) => format!("unknown key `{unknown}`; did you mean `{known}`?"),
        None => message.replacen("unknown field", "unknown key", 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Config::parse(text, Path::new("conf/skytjek.toml")).unwrap_err().to_string()
    }

    #[test]
    fn the_documented_example_loads() {
        let text = r#"
[cloud]
name = "custom"
authority_host = "https://login.microsoftonline.com"
resource_manager = "https://management.azure.com"
microsoft_graph = "https://graph.microsoft.com"
vault_suffixes = [".vault.azure.net"]
ca_file = "ca.pem"
[cloud.resolve]
"management.azure.com" = "127.0.0.1:8443"
"*.vault.azure.net" = "127.0.0.1:8443"
"#;
        let cloud = Config::parse(text, Path::new("conf/skytjek.toml")).unwrap().cloud.unwrap();
        assert_eq!(cloud.ca_file.as_deref(), Some(Path::new("conf/ca.pem")));
        assert_eq!(cloud.resolve.address_of("kv.vault.azure.net"), "127.0.0.1:8443".parse().ok());
        assert_eq!(Config::parse("", Path::new("x")).unwrap(), Config::default());
    }

    #[test]
    fn errors_name_file_line_and_the_nearest_key() {
        let cases = [
            (
                "[cloud]\nname = \"public\"\nca_fil = \"x\"\n",
                "conf/skytjek.toml:3:1: unknown key `ca_fil`; did you mean `ca_file`?",
            ),
            ("\n[clouds]\n", "conf/skytjek.toml:2:2: unknown key `clouds`; did you mean `cloud`?"),
            (
                "[cloud]\nname = \"public\"\nresource_manager = \"http://x.org\"\n",
                "conf/skytjek.toml:3: [cloud] resource_manager = \"http://x.org\": must begin with https://, a token would go over the wire unencrypted",
            ),
            (
                "[cloud]\nname = \"public\"\n[cloud.resolve]\n\"a.org\" = \"here\"\n",
                "conf/skytjek.toml:4: [cloud] resolve.\"a.org\" = \"here\": must be an IP address and a port, like 127.0.0.1:8443",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(error(text), expected);
        }
        assert!(error("[cloud\n").starts_with("conf/skytjek.toml:1:"));
    }
}
