//! Evidence: the body of a resource as it was read, as a file that a finding can point into.

mod document;
mod file_path;
pub mod property_path;
mod redact;
mod redact_text;

use sha2::{Digest, Sha256};
use thiserror::Error;

use self::document::Node;
pub use self::file_path::file_path;
pub use self::redact::{REDACTED, is_secret_name};
pub use self::redact_text::{holds_secret, redact_text};
use super::fingerprint::hex;
use super::report::{EvidenceFile, Location};
use crate::inventory::id::ResourceId;

/// Why a body can't be evidence.
#[derive(Debug, Error)]
#[error("the body of {resource} is not JSON: {source}")]
pub struct EvidenceError {
    /// Id of the resource.
    pub resource: String,
    /// What the JSON parser says.
    pub source: serde_json::Error,
}

/// One resource's body: canonical, redacted, and searchable by property.
#[derive(Debug)]
pub struct Evidence {
    path: String,
    file: EvidenceFile,
    root: Node,
}

impl Evidence {
    /// From the raw body of a resource. Anything that is JSON is taken, also what Azure would not
    /// send: duplicate keys, numbers of any length, bodies that are no object.
    pub fn of(id: &ResourceId, body: &[u8]) -> Result<Self, EvidenceError> {
        let mut root =
            Node::parse(body).map_err(|source| EvidenceError { resource: id.to_string(), source })?;
        redact::redact(&mut root);
        let text = root.lay_out();
        let sha256 = hex(&Sha256::digest(text.as_bytes()));
        Ok(Self { path: file_path(id), file: EvidenceFile { text, sha256, resource: id.to_string() }, root })
    }

    /// Where the file lies below the evidence directory, with `/`; the key of `Report::evidence` and
    /// the `file` of every location in it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The file.
    pub fn file(&self) -> &EvidenceFile {
        &self.file
    }

    /// The path and the file, when every location was asked for.
    pub fn into_file(self) -> (String, EvidenceFile) {
        (self.path, self.file)
    }

    /// Where a property stands: its key and value; for an object or an array up to the opening
    /// bracket. A property that is absent is shown by the nearest value above it, and the empty path
    /// by the body's first bracket.
    ///
    /// Paths are written as in [`property_path`].
    pub fn locate(&self, path: &str) -> Location {
        let (node, _) = self.root.find(&property_path::steps(path));
        Location {
            file: self.path.clone(),
            start_line: node.place.line,
            start_column: node.place.start_column,
            end_line: node.place.line,
            end_column: node.place.end_column,
        }
    }

    /// The value of a property without its secrets; `None` when it is absent.
    pub fn value(&self, path: &str) -> Option<serde_json::Value> {
        let (node, found) = self.root.find(&property_path::steps(path));
        found.then(|| node.to_value())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn of(body: &str) -> Evidence {
        let id = ResourceId::parse(
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityGroups/n",
        );
        Evidence::of(&id.unwrap(), body.as_bytes()).unwrap()
    }

    /// The part of the evidence that a location covers, as a reader would select it.
    fn shown(evidence: &Evidence, path: &str) -> String {
        let place = evidence.locate(path);
        assert_eq!(place.start_line, place.end_line);
        let line = evidence.file().text.lines().nth(place.start_line - 1).unwrap();
        let units: Vec<u16> = line.encode_utf16().collect();
        String::from_utf16(&units[place.start_column - 1..place.end_column - 1]).unwrap()
    }

    const BODY: &str = r#"{"type":"T","name":"n","tags":{"cost.center":"42","Æ😀":"ø","a":"😀"},
        "properties":{"securityRules":[{"name":"one"},{"name":"two","properties":{"Access":"Allow",
        "ports":["22","3389"],"none":[],"nothing":{}, "priority": 1e400}}],"x":null}}"#;

    #[test]
    fn the_file_is_sorted_and_one_property_a_line() {
        insta::assert_snapshot!(of(BODY).file().text, @r#"
        {
          "name": "n",
          "properties": {
            "securityRules": [
              {
                "name": "one"
              },
              {
                "name": "two",
                "properties": {
                  "Access": "Allow",
                  "none": [],
                  "nothing": {},
                  "ports": [
                    "22",
                    "3389"
                  ],
                  "priority": 1e400
                }
              }
            ],
            "x": null
          },
          "tags": {
            "a": "😀",
            "cost.center": "42",
            "Æ😀": "ø"
          },
          "type": "T"
        }
        "#);
    }

    #[test]
    fn a_region_covers_the_property_or_the_nearest_one_above() {
        let evidence = of(BODY);
        for (path, expected) in [
            ("name", r#""name": "n""#),
            ("properties.securityRules[1].properties.access", r#""Access": "Allow""#),
            ("PROPERTIES.SecurityRules[1].properties.ports[1]", r#""3389""#),
            ("properties.securityRules[1]", "{"),
            ("properties.securityRules", r#""securityRules": ["#),
            ("properties.securityRules[1].properties.none", r#""none": []"#),
            ("properties.securityRules[1].properties.nothing.deep", r#""nothing": {}"#),
            ("properties.securityRules[1].properties.priority", r#""priority": 1e400"#),
            ("properties.x", r#""x": null"#),
            ("tags[\"cost.center\"]", r#""cost.center": "42""#),
            ("tags[\"Æ😀\"]", r#""Æ😀": "ø""#),
            ("properties.minimumTlsVersion", r#""properties": {"#),
            ("properties.securityRules[9].name", r#""securityRules": ["#),
            ("name.deeper", r#""name": "n""#),
            ("sku.name", "{"),
            ("", "{"),
        ] {
            assert_eq!(shown(&evidence, path), expected, "{path}");
        }
        assert_eq!(
            evidence.value("properties.securityRules[1].properties.ports"),
            Some(json!(["22", "3389"]))
        );
        assert_eq!(evidence.value("properties.x"), Some(json!(null)));
        assert_eq!(evidence.value("properties.y"), None);
    }

    #[test]
    fn secrets_are_gone_and_structure_stays() {
        let evidence = of(
            r#"{"properties":{"adminPassword":"p1","allowSharedKeyAccess":true,"keyVaultUri":"https://k/",
            "password":null,"token":"","protectedSettings":{"script":"p2","n":[7, true]},
            "appSettings":[{"name":"DB_PASSWORD","value":"p3"},{"name":"MODE","value":"fast"}],
            "connectionStrings":{"Main":{"value":"p4","type":"SQLAzure"}},
            "accessPolicies":[{"permissions":{"secrets":["get"],"keys":["list"]}}],
            "settings":"{\"clientSecret\": \"p5\"}",
            "url":"https://a/?sig=p6","parameters":{"adminPassword":{"type":"securestring","value":"p7"}}}}"#,
        );
        insta::assert_snapshot!(evidence.file().text, @r#"
        {
          "properties": {
            "accessPolicies": [
              {
                "permissions": {
                  "keys": [
                    "list"
                  ],
                  "secrets": [
                    "get"
                  ]
                }
              }
            ],
            "adminPassword": "[redacted]",
            "allowSharedKeyAccess": true,
            "appSettings": [
              {
                "name": "DB_PASSWORD",
                "value": "[redacted]"
              },
              {
                "name": "MODE",
                "value": "fast"
              }
            ],
            "connectionStrings": {
              "Main": {
                "type": "SQLAzure",
                "value": "[redacted]"
              }
            },
            "keyVaultUri": "https://k/",
            "parameters": {
              "adminPassword": {
                "type": "securestring",
                "value": "[redacted]"
              }
            },
            "password": null,
            "protectedSettings": {
              "n": [
                "[redacted]",
                true
              ],
              "script": "[redacted]"
            },
            "settings": "{\"clientSecret\":\"[redacted]\"}",
            "token": "",
            "url": "https://a/?sig=[redacted]"
          }
        }
        "#);
    }

    #[test]
    fn odd_bodies() {
        assert_eq!(of("[1, 2]").file().text, "[\n  1,\n  2\n]\n");
        assert_eq!(of("null").file().text, "null\n");
        let double = of(r#"{"a":1,"A":3,"a":2}"#);
        assert_eq!(double.file().text, "{\n  \"A\": 3,\n  \"a\": 1,\n  \"a\": 2\n}\n");
        assert_eq!(double.value("a"), Some(json!(2)));
        let long = of("{\"n\":123456789012345678901234567890.10}");
        assert!(long.file().text.contains("123456789012345678901234567890.10"));
        let half = of(r#"{"n":"\ud800"}"#);
        assert_eq!(half.value("n"), Some(json!("\\ud800")));
        let deep = format!("{}{{\"password\":\"p\"}}{}", "[".repeat(20_000), "]".repeat(20_000));
        assert!(of(&deep).file().text.contains("[nested too deeply]"));
        assert!(!of("{\"n\":\"a\\u202eb\"}").file().text.contains('\u{202e}'));
        for broken in ["", "{", "{} {}", "{\"a\":}"] {
            assert!(Evidence::of(&ResourceId::tenant(), broken.as_bytes()).is_err(), "{broken}");
        }
        assert!(Evidence::of(&ResourceId::tenant(), b"\"\xff\"").is_err());
    }

    fn json_value() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(json!(null)),
            any::<bool>().prop_map(|flag| json!(flag)),
            any::<i64>().prop_map(|number| json!(number)),
            "[a-zæ😀\u{202e}\n\"\\\\.]{0,8}".prop_map(|text| json!(text)),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(serde_json::Value::from),
                prop::collection::btree_map("[a-c.æ😀\\[\"]{0,3}", inner, 0..5)
                    .prop_map(|members| members.into_iter().collect()),
            ]
        })
    }

    /// Every path of a value, with the value.
    fn paths(value: &serde_json::Value, path: &str, out: &mut Vec<(String, serde_json::Value)>) {
        out.push((path.to_owned(), value.clone()));
        let below = |add: &dyn Fn(&mut String)| {
            let mut below = path.to_owned();
            add(&mut below);
            below
        };
        match value {
            serde_json::Value::Array(elements) => {
                for (at, element) in elements.iter().enumerate() {
                    paths(element, &below(&|path| property_path::push_index(path, at)), out);
                }
            }
            serde_json::Value::Object(members) => {
                for (key, member) in members {
                    paths(member, &below(&|path| property_path::push_key(path, key)), out);
                }
            }
            _ => {}
        }
    }

    proptest! {
        #[test]
        fn every_property_is_found_where_its_text_stands(value in json_value()) {
            let evidence = of(&value.to_string());
            let text = &evidence.file().text;
            prop_assert_eq!(&serde_json::from_str::<serde_json::Value>(text).unwrap(), &value);
            let mut all = Vec::new();
            paths(&value, "", &mut all);
            for (path, expected) in all {
                prop_assert_eq!(evidence.value(&path), Some(expected.clone()), "{}", path);
                let shown = shown(&evidence, &path);
                match &expected {
                    serde_json::Value::Object(members) if !members.is_empty() => prop_assert_eq!(shown.chars().last(), Some('{')),
                    serde_json::Value::Array(elements) if !elements.is_empty() => prop_assert_eq!(shown.chars().last(), Some('[')),
                    scalar => {
                        // `"key": value` or a bare element: the value is what follows.
                        let mut literal = String::new();
                        match scalar {
                            serde_json::Value::String(text) => {
                                crate::finding::hostile::push_json_string(&mut literal, text);
                            }
                            other => literal = other.to_string(),
                        }
                        prop_assert!(shown.ends_with(&literal), "{} in {}", literal, shown);
                    }
                }
            }
        }
    }
}
