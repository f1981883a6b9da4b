//! Which Azure is meant: the addresses of one cloud, from a preset or from `[cloud]` in TOML.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use azure_core::http::Url;
use serde::Deserialize;

/// The addresses of one cloud. Tokens are asked for and sent to these hosts only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cloud {
    /// `public`, `us-government`, `china`, or the name that the file gives.
    pub name: String,
    /// Where tokens come from (Entra ID).
    pub authority_host: Url,
    /// Azure Resource Manager; Resource Graph lives there too.
    pub resource_manager: Url,
    /// Microsoft Graph.
    pub microsoft_graph: Url,
    /// What the host name of a key vault ends with, each beginning with a dot.
    pub vault_suffixes: Vec<String>,
    /// PEM file with certificates that are trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// Host names that are not looked up in DNS.
    pub resolve: Resolve,
}

/// Fixed addresses of host names: exact names, and suffixes written with a leading `*.`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolve {
    exact: BTreeMap<String, SocketAddr>,
    suffixes: BTreeMap<String, SocketAddr>,
}

impl Resolve {
    /// The fixed address of `host`: its own, else the longest suffix that fits.
    pub fn address_of(&self, host: &str) -> Option<SocketAddr> {
        let host = host.to_ascii_lowercase();
        self.exact.get(&host).copied().or_else(|| {
            self.suffixes
                .iter()
                .filter(|(suffix, _)| host.len() > suffix.len() && host.ends_with(suffix.as_str()))
                .max_by_key(|(suffix, _)| suffix.len())
                .map(|(_, address)| *address)
        })
    }

    /// Whether every name goes to DNS.
    pub fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.suffixes.is_empty()
    }
}

/// `[cloud]` as it stands in a TOML file. With the name of a preset, what is left out comes from it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloudFile {
    /// Name of the cloud; `custom` when left out.
    pub name: Option<String>,
    /// Address of Entra ID.
    pub authority_host: Option<String>,
    /// Address of Azure Resource Manager.
    pub resource_manager: Option<String>,
    /// Address of Microsoft Graph.
    pub microsoft_graph: Option<String>,
    /// Endings of vault host names.
    pub vault_suffixes: Option<Vec<String>>,
    /// PEM file, relative to the TOML file.
    pub ca_file: Option<PathBuf>,
    /// Host name, or `*.suffix`, to `address:port`.
    #[serde(default)]
    pub resolve: BTreeMap<String, String>,
}

/// What is wrong with the description of a cloud.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CloudError {
    /// The name is no preset.
    #[error("there is no cloud `{name}`; known are {}", PRESETS.join(", "))]
    UnknownName {
        /// The name that was given.
        name: String,
    },
    /// A custom cloud lacks an address.
    #[error(
        "[cloud] has no `{key}`; a custom cloud needs authority_host, resource_manager, microsoft_graph and vault_suffixes"
    )]
    Missing {
        /// The key that is needed.
        key: &'static str,
    },
    /// An address that tokens must not be sent to.
    #[error("[cloud] {key} = \"{value}\": {problem}")]
    Value {
        /// The key.
        key: String,
        /// Its value, as written.
        value: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// Names of the clouds that are built in.
pub const PRESETS: &[&str] = &["public", "us-government", "china"];

/// Name, authority, Resource Manager, Microsoft Graph, vault suffix.
const ADDRESSES: &[[&str; 5]] = &[
    [
        "public",
        "https://login.microsoftonline.com",
        "https://management.azure.com",
        "https://graph.microsoft.com",
        ".vault.azure.net",
    ],
    [
        "us-government",
        "https://login.microsoftonline.us",
        "https://management.usgovcloudapi.net",
        "https://graph.microsoft.us",
        ".vault.usgovcloudapi.net",
    ],
    [
        "china",
        "https://login.chinacloudapi.cn",
        "https://management.chinacloudapi.cn",
        "https://microsoftgraph.chinacloudapi.cn",
        ".vault.azure.cn",
    ],
];

impl Cloud {
    /// One of [`PRESETS`].
    pub fn preset(name: &str) -> Result<Self, CloudError> {
        if !PRESETS.contains(&name) {
            return Err(CloudError::UnknownName { name: name.to_owned() });
        }
        let file = CloudFile { name: Some(name.to_owned()), ..CloudFile::default() };
        Self::from_file(&file, Path::new(""))
    }

    /// The cloud that `file` describes; `ca_file` is taken relative to `directory`.
    pub fn from_file(file: &CloudFile, directory: &Path) -> Result<Self, CloudError> {
        let name = file.name.as_deref().unwrap_or("custom");
        let preset = ADDRESSES.iter().find(|row| row[0] == name);
        let address = |key: &'static str, given: &Option<String>, column: usize| {
            let text = given.as_deref().or_else(|| preset.map(|row| row[column]));
            origin(key, text.ok_or(CloudError::Missing { key })?)
        };
        let suffixes = match (&file.vault_suffixes, preset) {
            (Some(given), _) => given.clone(),
            (None, Some(row)) => vec![row[4].to_owned()],
            (None, None) => {
                return Err(CloudError::Missing { key: "vault_suffixes" });
            }
        };
        Ok(Self {
            name: name.to_owned(),
            authority_host: address("authority_host", &file.authority_host, 1)?,
            resource_manager: address("resource_manager", &file.resource_manager, 2)?,
            microsoft_graph: address("microsoft_graph", &file.microsoft_graph, 3)?,
            vault_suffixes: suffixes.iter().map(|text| suffix(text)).collect::<Result<_, _>>()?,
            ca_file: file.ca_file.as_ref().map(|path| directory.join(path)),
            resolve: resolve(&file.resolve)?,
        })
    }

    /// The address of a vault, when `uri` is one of this cloud: https, no user name, no port, no
    /// path, and a host of one label before a known suffix. `vaultUri` comes from a resource's body,
    /// so whoever may write that could otherwise point a token at a host of theirs.
    pub fn vault(&self, uri: &str) -> Option<Url> {
        let url = Url::parse(uri).ok()?;
        let host = url.host_str()?;
        let bare = url.scheme() == "https"
            && url.username().is_empty()
            && url.password().is_none()
            && url.port().is_none()
            && matches!(url.path(), "" | "/")
            && url.query().is_none()
            && url.fragment().is_none();
        let known = self.vault_suffixes.iter().any(|suffix| {
            host.strip_suffix(suffix.as_str()).is_some_and(|label| !label.is_empty() && !label.contains('.'))
        });
        (bare && known).then_some(url)
    }

    /// Whether a token may be sent to the vault at `uri`.
    pub fn vault_host_allowed(&self, uri: &str) -> bool {
        self.vault(uri).is_some()
    }

    /// What a token for Resource Manager is asked for.
    pub fn resource_manager_scope(&self) -> String {
        scope(&self.resource_manager)
    }

    /// What a token for Microsoft Graph is asked for.
    pub fn microsoft_graph_scope(&self) -> String {
        scope(&self.microsoft_graph)
    }
}

fn scope(endpoint: &Url) -> String {
    format!("{}/.default", endpoint.as_str().trim_end_matches('/'))
}

fn wrong(key: impl Into<String>, value: &str, problem: impl Into<String>) -> CloudError {
    CloudError::Value { key: key.into(), value: value.to_owned(), problem: problem.into() }
}

fn origin(key: &str, text: &str) -> Result<Url, CloudError> {
    let url = Url::parse(text).map_err(|error| wrong(key, text, format!("not an address ({error})")))?;
    let problem = if url.scheme() != "https" {
        "must begin with https://, a token would go over the wire unencrypted"
    } else if !url.username().is_empty() || url.password().is_some() {
        "must not hold a user name or password"
    } else if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        "must be only https://host, without path or query"
    } else {
        return Ok(url);
    };
    Err(wrong(key, text, problem))
}

fn suffix(text: &str) -> Result<String, CloudError> {
    let sound = text.starts_with('.')
        && text.len() > 1
        && text[1..]
            .split('.')
            .all(|label| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'));
    // A single label would let any host of a top-level domain pass as a vault.
    if !sound || text[1..].split('.').count() < 2 {
        return Err(wrong(
            "vault_suffixes",
            text,
            "must begin with a dot and name a domain, like .vault.azure.net",
        ));
    }
    Ok(text.to_ascii_lowercase())
}

fn resolve(entries: &BTreeMap<String, String>) -> Result<Resolve, CloudError> {
    let mut resolve = Resolve::default();
    for (host, text) in entries {
        let key = || format!("resolve.\"{host}\"");
        let address: SocketAddr = text
            .parse()
            .map_err(|_| wrong(key(), text, "must be an IP address and a port, like 127.0.0.1:8443"))?;
        let folded = host.to_ascii_lowercase();
        let bare = folded.strip_prefix("*.").unwrap_or(&folded);
        if bare.is_empty() || bare.contains(['*', '/', ':', ' ']) {
            return Err(wrong(key(), text, "the name must be a host name, or *. and a suffix"));
        }
        if folded.starts_with("*.") {
            resolve.suffixes.insert(format!(".{bare}"), address);
        } else {
            resolve.exact.insert(folded, address);
        }
    }
    Ok(resolve)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn custom(change: impl FnOnce(&mut CloudFile)) -> Result<Cloud, CloudError> {
        let mut file = CloudFile {
            authority_host: Some("https://login.example.org".into()),
            resource_manager: Some("https://arm.example.org:8443/".into()),
            microsoft_graph: Some("https://graph.example.org".into()),
            vault_suffixes: Some(vec![".Vault.example.org".into()]),
            ..CloudFile::default()
        };
        change(&mut file);
        Cloud::from_file(&file, Path::new("/etc/skytjek"))
    }

    #[test]
    fn presets_are_complete_and_scopes_follow_the_endpoint() {
        for name in PRESETS {
            assert_eq!(Cloud::preset(name).unwrap().name, *name);
        }
        let public = Cloud::preset("public").unwrap();
        assert_eq!(public.resource_manager_scope(), "https://management.azure.com/.default");
        assert!(matches!(Cloud::preset("germany"), Err(CloudError::UnknownName { .. })));
    }

    #[test]
    fn a_preset_name_fills_what_the_file_leaves_out() {
        let file = CloudFile {
            name: Some("china".into()),
            ca_file: Some("proxy.pem".into()),
            ..CloudFile::default()
        };
        let cloud = Cloud::from_file(&file, Path::new("/etc/skytjek")).unwrap();
        assert_eq!(cloud.vault_suffixes, [".vault.azure.cn"]);
        assert_eq!(cloud.ca_file.as_deref(), Some(Path::new("/etc/skytjek/proxy.pem")));
    }

    #[test]
    fn unsafe_addresses_are_refused() {
        let set = |text: &str| custom(|file| file.resource_manager = Some(text.into()));
        for text in [
            "http://arm.example.org",
            "https://me:pw@arm.example.org",
            "https://arm.example.org/path",
            "https://arm.example.org/?x=1",
            "arm.example.org",
        ] {
            assert!(matches!(set(text), Err(CloudError::Value { .. })), "{text}");
        }
        for text in ["vault.example.org", ".", "..org", ".net", ".a b.org"] {
            let result = custom(|file| file.vault_suffixes = Some(vec![text.into()]));
            assert!(matches!(result, Err(CloudError::Value { .. })), "{text}");
        }
        assert_eq!(
            custom(|file| file.microsoft_graph = None),
            Err(CloudError::Missing { key: "microsoft_graph" })
        );
    }

    #[test]
    fn only_vaults_of_this_cloud_are_allowed() {
        let cloud = custom(|_| {}).unwrap();
        assert!(cloud.vault_host_allowed("https://KV1.vault.example.org/"));
        for uri in [
            "http://kv1.vault.example.org/",
            "https://vault.example.org/",
            "https://.vault.example.org/",
            "https://a.b.vault.example.org/",
            "https://kv1.vault.example.org.evil.net/",
            "https://kv1.vault.example.org@evil.net/",
            "https://kv1.vault.example.org:444/",
            "https://kv1.vault.example.org/path",
            "https://evilvault.example.org/",
            "",
        ] {
            assert!(!cloud.vault_host_allowed(uri), "{uri}");
        }
    }

    #[test]
    fn names_resolve_exactly_or_by_suffix() {
        let cloud = custom(|file| {
            file.resolve = [
                ("arm.example.org", "127.0.0.1:1"),
                ("*.example.org", "127.0.0.1:2"),
                ("*.vault.example.org", "[::1]:3"),
            ]
            .map(|(host, address)| (host.to_owned(), address.to_owned()))
            .into();
        })
        .unwrap();
        let port = |host: &str| cloud.resolve.address_of(host).map(|address| address.port());
        assert_eq!(port("ARM.example.org"), Some(1));
        assert_eq!(port("graph.example.org"), Some(2));
        assert_eq!(port("kv1.vault.example.org"), Some(3));
        assert_eq!(port("example.org"), None);
        for (host, address) in [("a", "localhost:1"), ("a.*", "127.0.0.1:1"), ("*.", "127.0.0.1:1")] {
            let result = custom(|file| {
                file.resolve.insert(host.into(), address.into());
            });
            assert!(result.is_err(), "{host} {address}");
        }
    }
}
