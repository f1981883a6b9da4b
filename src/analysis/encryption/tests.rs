//! A small tenant for each kind of consumer, built from the table, and chains with broken links.

#![allow(clippy::needless_pass_by_value, clippy::type_complexity, reason = "bodies are written in place")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::chain::Encryption;
use super::consumer::{CONSUMERS, Consumer, ENCRYPTION_SET, Identity, Names, paths};
use super::key_state::KeyState;
use super::question::{Answer, Asker, From, Question};
use super::stores::Link;
use super::{consumer, reads};
use crate::analysis::answer::Holds;
use crate::inventory::coverage::{Coverage, CoverageEntry, CoverageState};
use crate::inventory::id::ResourceId;
use crate::inventory::index::{BodyRef, Builder, Inventory, ResourceIndex};
use crate::inventory::path::segments;
use crate::inventory::reads::{Reads, table_read};

const GROUP: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg";
const CLOCK: i64 = 1_800_000_000;
const DAY: i64 = 86_400;
const PRINCIPAL: &str = "aaaaaaaa-0000-0000-0000-000000000000";

fn id(kind: &str, name: &str) -> String {
    let (namespace, types) = kind.split_once('/').unwrap();
    let names = std::iter::repeat_n("example", types.matches('/').count()).chain([name]);
    let pairs =
        types.split('/').zip(names).fold(String::new(), |path, (kind, name)| format!("{path}/{kind}/{name}"));
    format!("{GROUP}/providers/{namespace}{pairs}")
}

fn vault(extra: Value) -> Value {
    let mut body = json!({"id": id("Microsoft.KeyVault/vaults", "kv"), "properties": {
        "vaultUri": "https://kv.vault.azure.net/", "enablePurgeProtection": true,
    }});
    merge(&mut body, extra);
    body
}

fn key(attributes: Value) -> Value {
    json!({"id": format!("{}/keys/k", id("Microsoft.KeyVault/vaults", "kv")), "properties": {
        "keyUriWithVersion": "https://kv.vault.azure.net/keys/k/v2", "attributes": attributes,
        "rotationPolicy": {"lifetimeActions": [
            {"action": {"type": "rotate"}, "trigger": {"timeBeforeExpiry": "P30D"}},
        ]},
    }})
}

fn set(url: &str) -> Value {
    json!({"id": id(ENCRYPTION_SET, "des"), "identity": {"principalId": PRINCIPAL},
        "properties": {"activeKey": {"keyUrl": url}}})
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

/// Sets a value at a path; `[*]` is the first element of a list.
fn put(body: &mut Value, path: &str, value: Value) {
    let mut here = body;
    for segment in segments(path) {
        if segment == "[*]" {
            if !here.is_array() {
                *here = json!([{}]);
            }
            here = &mut here[0];
        } else {
            if !here.is_object() {
                *here = json!({});
            }
            here = &mut here[segment];
        }
    }
    *here = value;
}

fn inventory_without(bodies: &[Value], unread: &[&str]) -> Inventory {
    let mut wanted = Reads::default();
    reads(&mut wanted);
    let mut builder = Builder::new(&wanted);
    for body in bodies {
        builder.add(body.to_string().as_bytes(), BodyRef { file: 0, offset: 0, length: 0 }).unwrap();
    }
    let mut coverage = Coverage::default();
    for table in ["resources", "authorizationresources"] {
        coverage.add(CoverageEntry::new("/", table_read(table), CoverageState::Complete));
    }
    for kind in wanted.iter() {
        coverage.add(CoverageEntry::new("/", kind.name.clone(), CoverageState::Complete));
    }
    for body in bodies {
        // Each was read by its own GET.
        let id = ResourceId::parse(body["id"].as_str().unwrap()).unwrap();
        let kind = id.resource_type().unwrap();
        coverage.add(CoverageEntry::new(id.as_str(), kind, CoverageState::Complete));
    }
    for kind in unread {
        coverage.add(CoverageEntry::new("/", *kind, CoverageState::Denied));
    }
    builder.finish(coverage, &[])
}

fn inventory(bodies: &[Value]) -> Inventory {
    inventory_without(bodies, &[])
}

fn at(inventory: &Inventory, id: &str) -> ResourceIndex {
    inventory.find(&ResourceId::parse(id).unwrap()).unwrap()
}

fn ask(inventory: &Inventory, id: &str, from: From, any: KeyState, all: &[KeyState]) -> Answer {
    let encryption = Encryption::read(inventory);
    let asker = Asker { inventory, encryption: &encryption, clock: CLOCK, access: None };
    asker.ask(at(inventory, id), from, &Question { any: vec![any], all: all.to_vec() })
}

fn of_set(inventory: &Inventory, state: KeyState) -> Holds {
    ask(inventory, &id(ENCRYPTION_SET, "des"), From::Consumer, state, &[]).holds
}

/// A body of a consumer that names the key `k` of the vault `kv`, with a version where there is room for one.
fn body_of(consumer: &Consumer, version: &str) -> Value {
    let mut body = json!({"id": id(consumer.kind, "data"), "properties": {}});
    let uri = match version {
        "" => "https://kv.vault.azure.net/keys/k".to_owned(),
        version => format!("https://kv.vault.azure.net/keys/k/{version}"),
    };
    let base = |name: &str| format!("{}.{name}", consumer.base);
    match consumer.names {
        Names::Uri(name) => put(&mut body, &base(name), json!(uri)),
        Names::Set(name) => put(&mut body, &base(name), json!(id(ENCRYPTION_SET, "des"))),
        Names::Parts(vault, name, at) => {
            put(&mut body, &base(vault), json!("https://kv.vault.azure.net"));
            put(&mut body, &base(name), json!("K"));
            if !at.is_empty() {
                put(&mut body, &base(at), json!(version));
            }
        }
    }
    if let (path, value) = consumer.only
        && !path.is_empty()
    {
        put(&mut body, path, if value == "true" { json!(true) } else { json!(value) });
    }
    body
}

#[test]
fn each_kind_of_consumer_leads_to_its_key() {
    for consumer in CONSUMERS {
        let mut bodies = vec![vault(json!({})), key(json!({"enabled": false}))];
        let body = body_of(consumer, "v2");
        if let Names::Set(_) = consumer.names {
            bodies.push(set("https://kv.vault.azure.net/keys/k/v2"));
        }
        bodies.push(body.clone());
        let inventory = inventory(&bodies);
        let asked = body["id"].as_str().unwrap();
        let what = format!("{} {}", consumer.kind, consumer.base);
        let answer = ask(&inventory, asked, From::Consumer, KeyState::Disabled, &[]);
        assert_eq!(answer.holds, Holds::Yes, "{what}: {:?}", answer.gaps);
        assert_eq!(answer.facts[0].at, at(&inventory, asked), "{what}");
        let key = format!("{}/keys/k", id("Microsoft.KeyVault/vaults", "kv"));
        assert!(answer.steps.iter().any(|(step, _)| *step == at(&inventory, &key)), "{what}");
        // And the way back.
        for (from, id) in [(From::Key, key.as_str()), (From::Store, key.strip_suffix("/keys/k").unwrap())] {
            assert_eq!(ask(&inventory, id, from, KeyState::Used, &[]).holds, Holds::Yes, "{what}");
        }
    }
}

#[test]
fn a_key_that_is_named_but_not_in_use_is_none() {
    let other = |value: &str| if value == "true" { json!(false) } else { json!("Microsoft.Other") };
    for consumer in CONSUMERS.iter().filter(|consumer| !consumer.only.0.is_empty()) {
        let mut body = body_of(consumer, "");
        put(&mut body, consumer.only.0, other(consumer.only.1));
        let inventory = inventory(&[vault(json!({})), body.clone()]);
        let answer = ask(&inventory, body["id"].as_str().unwrap(), From::Consumer, KeyState::Used, &[]);
        assert_eq!(answer.holds, Holds::No, "{}", consumer.kind);
    }
}

#[test]
fn the_table_is_in_order_and_its_paths_are_whole() {
    let kinds: Vec<&str> = CONSUMERS.iter().map(|consumer| consumer.kind).collect();
    assert!(kinds.is_sorted(), "{kinds:?}");
    for path in CONSUMERS.iter().flat_map(paths) {
        assert!(path.starts_with("properties") && !path.contains(".."), "{path}");
    }
    assert!(consumer::with_identity().any(|kind| kind == ENCRYPTION_SET));
    let parents = CONSUMERS.iter().filter(|consumer| matches!(consumer.identity, Identity::Parent(_)));
    assert!(parents.clone().all(|consumer| consumer.kind.matches('/').count() == 2));
}

#[test]
fn links_that_are_missing() {
    let url = "https://kv.vault.azure.net/keys/k/v2";
    let missing = |inventory: &Inventory| of_set(inventory, KeyState::Missing);
    assert_eq!(missing(&inventory(&[vault(json!({})), key(json!({})), set(url)])), Holds::No);
    assert_eq!(missing(&inventory(&[vault(json!({})), set(url)])), Holds::Yes);
    // A vault of that name may lie in a subscription or tenant that nobody read.
    assert_eq!(missing(&inventory(&[set(url)])), Holds::Unknown);
    // Where its id is kept, and its subscription was read, it is gone.
    let mut with_id = set(url);
    put(&mut with_id, "properties.activeKey.sourceVault.id", json!(id("Microsoft.KeyVault/vaults", "KV")));
    assert_eq!(missing(&inventory(&[with_id.clone()])), Holds::Yes);
    let denied = inventory_without(&[with_id], &["Microsoft.KeyVault/vaults"]);
    assert_eq!(missing(&denied), Holds::Unknown);
    let unread = inventory_without(&[vault(json!({})), set(url)], &["Microsoft.KeyVault/vaults/keys"]);
    assert_eq!(missing(&unread), Holds::Unknown);
}

#[test]
fn a_disk_whose_encryption_set_is_gone_has_no_key() {
    let body = json!({"id": id("Microsoft.Compute/disks", "data"), "properties": {
        "encryption": {"diskEncryptionSetId": id(ENCRYPTION_SET, "des")}}});
    let asked = body["id"].as_str().unwrap();
    let holds = |inventory: &Inventory, state| ask(inventory, asked, From::Consumer, state, &[]).holds;
    assert_eq!(holds(&inventory(std::slice::from_ref(&body)), KeyState::Missing), Holds::Yes);
    assert_eq!(holds(&inventory(std::slice::from_ref(&body)), KeyState::Used), Holds::Yes);
    let denied = inventory_without(std::slice::from_ref(&body), &[ENCRYPTION_SET]);
    assert_eq!(holds(&denied, KeyState::Missing), Holds::Unknown);
    // A set that names itself, or something else, is no way to a key, and no way round in a circle.
    let mut circle = set("https://kv.vault.azure.net/keys/k");
    put(&mut circle, "properties.encryption.diskEncryptionSetId", json!(id(ENCRYPTION_SET, "des")));
    put(&mut circle, "properties.activeKey", json!({"keyUrl": id(ENCRYPTION_SET, "des")}));
    assert_eq!(holds(&inventory(&[body.clone(), circle]), KeyState::Disabled), Holds::Unknown);
    let mut other = body.clone();
    put(&mut other, "properties.encryption.diskEncryptionSetId", body["id"].clone());
    assert_eq!(holds(&inventory(&[other]), KeyState::Missing), Holds::Unknown);
}

#[test]
fn hostile_addresses_lead_nowhere() {
    for url in [
        "https://kv.vault.azure.net.evil.example/keys/k",
        "https://kv.vault.azure.net:8443/keys/k",
        "https://kv.vault.azure.net@evil.example/keys/k",
        "http://kv.vault.azure.net/keys/k",
        "https://kv.vault.azure.net/secrets/k",
        "https://\u{212a}v.vault.azure.net/keys/k",
        "https://kv.vault.azure.net/keys/k\u{202e}",
        "keys/k",
    ] {
        let inventory = inventory(&[vault(json!({})), key(json!({"enabled": false})), set(url)]);
        assert_eq!(of_set(&inventory, KeyState::Disabled), Holds::Unknown, "{url}");
        let key = format!("{}/keys/k", id("Microsoft.KeyVault/vaults", "kv"));
        let used = ask(&inventory, &key, From::Key, KeyState::Used, &[]).holds;
        assert_ne!(used, Holds::Yes, "{url}");
    }
    // Odd spellings of the same address are the same address.
    let url = "HTTPS://KV.VAULT.azure.net:443/KEYS/K/V2/";
    let inventory = inventory(&[vault(json!({})), key(json!({"enabled": false})), set(url)]);
    assert_eq!(of_set(&inventory, KeyState::Disabled), Holds::Yes);
}

#[test]
fn the_clock_at_the_edges() {
    let url = "https://kv.vault.azure.net/keys/k/v2";
    let within = KeyState::ExpiresWithin(60 * DAY);
    let (yes, no) = (Holds::Yes, Holds::No);
    let cases = [
        (json!({"exp": CLOCK}), KeyState::Expired, yes),
        (json!({"exp": CLOCK + 1}), KeyState::Expired, no),
        (json!({"exp": CLOCK}), within, no),
        (json!({"exp": CLOCK + 1}), within, yes),
        (json!({"exp": CLOCK + 60 * DAY}), within, yes),
        (json!({"exp": CLOCK + 60 * DAY + 1}), within, no),
        (json!({"exp": null}), within, no),
        (json!({}), KeyState::Expired, no),
        (json!({"exp": (CLOCK + 1).to_string()}), within, yes),
        (json!({"exp": "soon"}), within, Holds::Unknown),
        (json!({"exp": 1e300}), KeyState::Expired, Holds::Unknown),
        (json!({"nbf": CLOCK}), KeyState::NotYetValid, no),
        (json!({"nbf": CLOCK + 1}), KeyState::NotYetValid, yes),
        (json!({"enabled": "FALSE"}), KeyState::Disabled, yes),
        (json!({"enabled": null}), KeyState::Disabled, no),
        (json!({"enabled": 0}), KeyState::Disabled, Holds::Unknown),
    ];
    for (attributes, state, expected) in cases {
        let inventory = inventory(&[vault(json!({})), key(attributes.clone()), set(url)]);
        assert_eq!(of_set(&inventory, state), expected, "{attributes} {state:?}");
    }
}

#[test]
fn of_an_older_version_nothing_is_known() {
    let old = "https://kv.vault.azure.net/keys/k/v1";
    let attributes = json!({"enabled": false, "exp": CLOCK - 1});
    let tenant = inventory(&[vault(json!({})), key(attributes.clone()), set(old)]);
    assert_eq!(of_set(&tenant, KeyState::Disabled), Holds::Unknown);
    assert_eq!(of_set(&tenant, KeyState::Pinned), Holds::Yes);
    let mut follows = set(old);
    put(&mut follows, "properties.rotationToLatestKeyVersionEnabled", json!(true));
    let tenant = inventory(&[vault(json!({})), key(attributes.clone()), follows]);
    assert_eq!(of_set(&tenant, KeyState::Disabled), Holds::Yes);
    assert_eq!(of_set(&tenant, KeyState::Pinned), Holds::No);
    let mut untold = key(attributes);
    put(&mut untold, "properties.keyUriWithVersion", Value::Null);
    let tenant = inventory(&[vault(json!({})), untold, set("https://kv.vault.azure.net/keys/k/v2")]);
    assert_eq!(of_set(&tenant, KeyState::Disabled), Holds::Unknown);
}

#[test]
fn rotation_counts_only_in_time_and_where_it_is_followed() {
    let asked = format!("{}/keys/k", id("Microsoft.KeyVault/vaults", "kv"));
    let near = |rotate: Value, follows: bool| {
        let mut item = key(json!({"created": CLOCK - 100 * DAY, "exp": CLOCK + 30 * DAY}));
        put(&mut item, "properties.rotationPolicy.lifetimeActions", rotate);
        let mut set = set("https://kv.vault.azure.net/keys/k/v2");
        put(&mut set, "properties.rotationToLatestKeyVersionEnabled", json!(follows));
        let inventory = inventory(&[vault(json!({})), item, set]);
        let within = KeyState::ExpiresWithin(60 * DAY);
        ask(&inventory, &asked, From::Key, within, &[KeyState::Unrotated]).holds
    };
    let action = |kind: &str, trigger: Value| json!([{"action": {"type": kind}, "trigger": trigger}]);
    let before = json!({"timeBeforeExpiry": "P7D"});
    let cases = [
        (action("rotate", before.clone()), true, Holds::No),
        (action("Rotate", before.clone()), false, Holds::Yes),
        (action("notify", before), true, Holds::Yes),
        (json!([]), true, Holds::Yes),
        (Value::Null, true, Holds::Yes),
        (action("rotate", json!({"timeAfterCreate": "P129D"})), true, Holds::No),
        (action("rotate", json!({"timeAfterCreate": "P130D"})), true, Holds::Yes),
        (action("rotate", json!({"timeAfterCreate": "often"})), true, Holds::Unknown),
        (action("rotate", json!({})), true, Holds::Unknown),
    ];
    for (rotate, follows, expected) in cases {
        assert_eq!(near(rotate.clone(), follows), expected, "{rotate} {follows}");
    }
}

#[test]
fn who_uses_a_key_is_open_while_somebody_was_not_read() {
    let asked = format!("{}/keys/k", id("Microsoft.KeyVault/vaults", "kv"));
    let tenant = |exp: i64| {
        let bodies = [vault(json!({})), key(json!({"exp": exp}))];
        inventory_without(&bodies, &["Microsoft.Storage/storageAccounts"])
    };
    let within = KeyState::ExpiresWithin(60 * DAY);
    let holds = |exp: i64, all: &[KeyState]| ask(&tenant(exp), &asked, From::Key, within, all).holds;
    assert_eq!(holds(CLOCK + DAY, &[]), Holds::Unknown);
    assert_eq!(holds(CLOCK + 90 * DAY, &[]), Holds::No);
    assert_eq!(holds(CLOCK + DAY, &[KeyState::Used]), Holds::Unknown);
    let answer = ask(&tenant(CLOCK + DAY), &asked, From::Key, within, &[]);
    assert!(answer.gaps[0].reason.contains("Microsoft.Storage/storageAccounts"), "{:?}", answer.gaps);
}

#[test]
fn vaults_by_name_where_their_address_is_not_told() {
    let mut untold = vault(json!({}));
    put(&mut untold, "properties.vaultUri", Value::Null);
    let store = |url: &str| {
        let inventory = inventory(&[untold.clone(), set(url)]);
        let encryption = Encryption::read(&inventory);
        let one = encryption.of_holder(at(&inventory, &id(ENCRYPTION_SET, "des"))).next().unwrap();
        matches!(one.store, Link::There(_))
    };
    assert!(store("https://kv.vault.azure.net/keys/k"));
    assert!(store("https://kv.vault.usgovcloudapi.net/keys/k"));
    assert!(!store("https://kv.managedhsm.azure.net/keys/k"));
    assert!(!store("https://kv.vault.example.org/keys/k"));
    // A cloud of one's own: the vault's address says it.
    let own = vault(json!({"properties": {"vaultUri": "https://kv.vault.local.azurestack.external/"}}));
    let inventory = inventory(&[
        own,
        key(json!({"enabled": false})),
        set("https://kv.vault.local.azurestack.external/keys/k"),
    ]);
    assert_eq!(of_set(&inventory, KeyState::Disabled), Holds::Yes);
}

proptest! {
    #[test]
    fn any_text_as_an_address_is_answered(text in "(https://kv\\.vault\\.azure\\.net|https://)?[\\PC]{0,30}", version in "[\\PC]{0,10}") {
        let account = json!({"id": id("Microsoft.Storage/storageAccounts", "data"), "properties": {"encryption": {
            "keySource": "Microsoft.Keyvault",
            "keyvaultproperties": {"keyvaulturi": text, "keyname": "k", "keyversion": version},
        }}});
        let inventory = inventory(&[vault(json!({})), key(json!({"enabled": false})), account, set(&text)]);
        let account = id("Microsoft.Storage/storageAccounts", "data");
        let answer = ask(&inventory, &account, From::Consumer, KeyState::Disabled, &[]);
        prop_assert!(answer.holds != Holds::Yes || text.to_ascii_lowercase().starts_with("https://kv.vault.azure.net"));
        prop_assert!(of_set(&inventory, KeyState::Disabled) != Holds::Yes || text.contains("/keys/"));
    }
}
