//! Key identifiers: `https://kv.vault.azure.net/keys/name/version`.
//!
//! Source: <https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates>. The text comes
//! from bodies that anybody with write access to a resource may have written: what isn't exactly a key of a
//! vault is refused, never repaired into one.

use std::fmt;

/// Longest text that is looked at; a real identifier has at most about 230 characters.
const MAX_LENGTH: usize = 1024;

/// What the host names of vaults end with, in the clouds that Microsoft runs.
/// Source: <https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates>.
const VAULT_SUFFIXES: [&str; 4] =
    [".vault.azure.net", ".vault.azure.cn", ".vault.usgovcloudapi.net", ".vault.microsoftazure.de"];
/// The same for managed HSMs.
const HSM_SUFFIXES: [&str; 3] =
    [".managedhsm.azure.net", ".managedhsm.azure.cn", ".managedhsm.usgovcloudapi.net"];

/// What holds a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Store {
    /// A key vault.
    Vault,
    /// A managed HSM.
    ManagedHsm,
}

impl Store {
    /// Its resource type.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Vault => "Microsoft.KeyVault/vaults",
            Self::ManagedHsm => "Microsoft.KeyVault/managedHSMs",
        }
    }
}

/// A key, as a body names it; everything in lower case, as Azure compares it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyUri {
    /// Host name of the vault or HSM.
    pub host: String,
    /// The key's name.
    pub name: String,
    /// The version that is named; without one, the current version is meant.
    pub version: Option<String>,
}

impl KeyUri {
    /// Reads an identifier.
    ///
    /// # Errors
    /// What is wrong with it, as half a sentence.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (host, path) = split(text)?;
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let (name, version) = match segments.as_slice() {
            [kind, name] if kind.eq_ignore_ascii_case("keys") => (*name, None),
            [kind, name, version] if kind.eq_ignore_ascii_case("keys") => (*name, Some(*version)),
            _ => return Err("is no address of a key"),
        };
        Self::of(&host, name, version.unwrap_or_default())
    }

    /// A key by the address of its vault, its name, and its version, which may be empty.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn of_parts(vault: &str, name: &str, version: &str) -> Result<Self, &'static str> {
        Self::of(&host_of(vault)?, name.trim(), version.trim())
    }

    fn of(host: &str, name: &str, version: &str) -> Result<Self, &'static str> {
        let is_name = (1..=127).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let is_version = version.len() <= 64 && version.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_name {
            return Err("has no valid key name");
        }
        if !is_version {
            return Err("has no valid key version");
        }
        let version = (!version.is_empty()).then(|| version.to_ascii_lowercase());
        Ok(Self { host: host.to_owned(), name: name.to_ascii_lowercase(), version })
    }

    /// Whether two identifiers name the same key, whatever the version.
    pub fn is_same_key(&self, other: &Self) -> bool {
        self.host == other.host && self.name == other.name
    }

    /// What holds it, and the name of that, where the host is one of a cloud that Microsoft runs.
    pub fn store(&self) -> Option<(Store, &str)> {
        let named = |suffixes: &[&str]| {
            let names = suffixes.iter().find_map(|suffix| self.host.strip_suffix(suffix));
            names.filter(|name| !name.is_empty() && !name.contains('.'))
        };
        named(&VAULT_SUFFIXES)
            .map(|name| (Store::Vault, name))
            .or_else(|| named(&HSM_SUFFIXES).map(|name| (Store::ManagedHsm, name)))
    }
}

impl fmt::Display for KeyUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}/keys/{}", self.host, self.name)?;
        match &self.version {
            Some(version) => write!(f, "/{version}"),
            None => Ok(()),
        }
    }
}

/// The host name in the address of a vault, in lower case.
///
/// # Errors
/// What is wrong with it.
pub fn host_of(text: &str) -> Result<String, &'static str> {
    split(text).map(|(host, _)| host)
}

/// Host and path.
fn split(text: &str) -> Result<(String, &str), &'static str> {
    let text = text.trim();
    if text.len() > MAX_LENGTH {
        return Err("is longer than any address of a key");
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("has characters that no address of a vault has");
    }
    let scheme = text.get(..8).filter(|scheme| scheme.eq_ignore_ascii_case("https://"));
    let rest = scheme.map(|_| &text[8..]).ok_or("is no https address")?;
    if rest.contains(['?', '#', '%', '@', '\\']) {
        return Err("is no plain address of a vault");
    }
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let host = match authority.rsplit_once(':') {
        Some((host, "443")) => host,
        Some(_) => return Err("names a port, which vaults do not have"),
        None => authority,
    };
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if host.split('.').all(is_label) { Ok((host, path)) } else { Err("has no valid host name") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_are_read_as_azure_writes_them() {
        let cases = [
            ("https://kv.vault.azure.net/keys/k/0123abcd", "https://kv.vault.azure.net/keys/k/0123abcd"),
            ("https://kv.vault.azure.net/keys/k", "https://kv.vault.azure.net/keys/k"),
            ("https://kv.vault.azure.net/keys/k/", "https://kv.vault.azure.net/keys/k"),
            (
                " HTTPS://KV.Vault.Azure.Net:443/Keys/My-Key/AB \n",
                "https://kv.vault.azure.net/keys/my-key/ab",
            ),
            ("https://kv.vault.azure.net.//keys/k", "https://kv.vault.azure.net/keys/k"),
            (
                "https://vault.local.azurestack.external/keys/k",
                "https://vault.local.azurestack.external/keys/k",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(KeyUri::parse(text).map(|key| key.to_string()).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let cases = [
            "",
            "kv.vault.azure.net/keys/k",
            "http://kv.vault.azure.net/keys/k",
            "https://kv.vault.azure.net/secrets/k",
            "https://kv.vault.azure.net/keys",
            "https://kv.vault.azure.net/keys/k/v/w",
            "https://kv.vault.azure.net:8443/keys/k",
            "https://kv.vault.azure.net@evil.example/keys/k",
            "https://evil.example\\.vault.azure.net/keys/k",
            "https://kv.vault.azure.net/keys/k?x=1",
            "https://kv.vault.azure.net/keys/k#f",
            "https://kv.vault.azure.net/keys/%6b",
            "https://kv.vault.azure.net/keys/k_1",
            "https://kv.vault.azure.net/keys/nøgle",
            "https://ｋv.vault.azure.net/keys/k",
            "https://kv..vault.azure.net/keys/k",
            "https:///keys/k",
            "https://kv.vault.azure.net/keys/k\u{202e}/v",
        ];
        for text in cases {
            assert!(KeyUri::parse(text).is_err(), "{text}");
        }
        assert!(KeyUri::parse(&format!("https://kv.vault.azure.net/keys/{}", "k".repeat(128))).is_err());
    }

    #[test]
    fn the_host_says_what_holds_the_key() {
        let store = |host: &str| {
            let key = KeyUri::of_parts(&format!("https://{host}/"), "k", "").unwrap();
            key.store().map(|(store, name)| (store, name.to_owned()))
        };
        assert_eq!(store("KV.vault.azure.cn"), Some((Store::Vault, "kv".into())));
        assert_eq!(store("h.managedhsm.azure.net"), Some((Store::ManagedHsm, "h".into())));
        assert_eq!(store("kv.vault.azure.net.evil.example"), None);
        assert_eq!(store("a.kv.vault.azure.net"), None);
        assert_eq!(store("vault.azure.net"), None);
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_again(
            host in "[a-z0-9-]{1,24}(\\.vault\\.azure\\.net)?",
            name in "[A-Za-z0-9-]{1,127}",
            version in "[a-zA-Z0-9]{0,32}",
        ) {
            let key = KeyUri::of_parts(&format!("https://{host}"), &name, &version).unwrap();
            prop_assert_eq!(KeyUri::parse(&key.to_string()), Ok(key.clone()));
            let shouted = key.to_string().to_ascii_uppercase();
            prop_assert_eq!(KeyUri::parse(&shouted), Ok(key));
        }

        #[test]
        fn any_text_is_a_key_of_a_plain_host_or_none(text in "(https://)?[a-zæ.:@/%?\\\\ -]{0,40}(/keys/[a-z%æ]{0,4}){0,2}") {
            if let Ok(key) = KeyUri::parse(&text) {
                prop_assert!(key.host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-'));
                prop_assert!(!key.name.is_empty());
                prop_assert_eq!(KeyUri::parse(&key.to_string()), Ok(key));
            }
        }
    }
}
