//! Network security perimeters over services.

use serde_json::{Value as Json, json};

use super::{answer, id, line, with_properties};

const ACCOUNT: &str = "Microsoft.Storage/storageAccounts";
const PERIMETER: &str = "Microsoft.Network/networkSecurityPerimeters";
const ASSOCIATION: &str = "Microsoft.Network/networkSecurityPerimeters/resourceAssociations";
const RULE: &str = "Microsoft.Network/networkSecurityPerimeters/profiles/accessRules";

fn world(mode: &Json, account: Json, rules: &[(&str, Json)]) -> Vec<Json> {
    let profile = "Microsoft.Network/networkSecurityPerimeters/profiles";
    let mut out = vec![
        with_properties(ACCOUNT, "x", account),
        with_properties(PERIMETER, "p", json!({})),
        with_properties(profile, "p/web", json!({})),
        with_properties(
            ASSOCIATION,
            "p/a",
            json!({ "accessMode": mode, "privateLinkResource": { "id": id(ACCOUNT, "x").to_uppercase() }, "profile": { "id": id(profile, "p/web") } }),
        ),
    ];
    for (name, rule) in rules {
        out.push(with_properties(RULE, &format!("p/web/{name}"), rule.clone()));
    }
    out
}

fn said(bodies: &[Json], unread: &[&str]) -> String {
    line(&answer(bodies, unread, &id(ACCOUNT, "x")))
}

#[test]
fn enforced_only_the_perimeter_counts() {
    let open = json!({ "publicNetworkAccess": "Enabled", "networkAcls": { "defaultAction": "Allow" } });
    assert_eq!(said(&world(&json!("Enforced"), open.clone(), &[]), &[]), "restricted:  | a");
    let office = ("office", json!({ "direction": "Inbound", "addressPrefixes": ["20.1.2.0/24"] }));
    let out = ("out", json!({ "direction": "Outbound", "fullyQualifiedDomainNames": ["example.com"] }));
    let ours = ("ours", json!({ "direction": "Inbound", "subscriptions": [{ "id": "/subscriptions/s" }] }));
    assert_eq!(
        said(&world(&json!("Enforced"), open, &[office, out, ours]), &[]),
        "restricted: 20.1.2.0/24 | a office ours"
    );
}

#[test]
fn learning_lets_everything_through_as_before() {
    let open = json!({ "networkAcls": { "defaultAction": "Allow" } });
    assert!(said(&world(&json!("Learning"), open.clone(), &[]), &[]).starts_with("public: 0.0.0.0/0 ::/0 |"));
    // Learning is the default.
    assert!(said(&world(&Json::Null, open, &[]), &[]).starts_with("public:"));
}

#[test]
fn a_perimeter_opens_what_the_switch_closed() {
    let all = ("all", json!({ "direction": "Inbound", "addressPrefixes": ["0.0.0.0/0"] }));
    for switch in ["Disabled", "SecuredByPerimeter"] {
        for mode in ["Learning", "Enforced"] {
            let account = json!({ "publicNetworkAccess": switch });
            let line = said(&world(&json!(mode), account, std::slice::from_ref(&all)), &[]);
            assert!(line.starts_with("public: 0.0.0.0/0 |"), "{switch} {mode}: {line}");
        }
    }
}

#[test]
fn what_was_not_read_of_a_perimeter_is_unknown() {
    let off = json!({ "publicNetworkAccess": "Disabled" });
    let bodies = world(&json!("Enforced"), off.clone(), &[]);
    assert!(said(&bodies, &[RULE]).starts_with("unknown:"));
    let unmarried = [with_properties(ACCOUNT, "x", off.clone()), with_properties(PERIMETER, "p", json!({}))];
    assert!(said(&unmarried, &[ASSOCIATION]).starts_with("unknown:"));
    assert!(said(&unmarried, &[]).starts_with("private:"));
    // Nothing speaks of a perimeter, so that unread ones change nothing; here something does.
    let alone = [with_properties(ACCOUNT, "x", off)];
    assert!(said(&alone, &[PERIMETER]).starts_with("private:"));
    let secured = [with_properties(ACCOUNT, "x", json!({ "publicNetworkAccess": "SecuredByPerimeter" }))];
    assert!(said(&secured, &[PERIMETER]).starts_with("unknown:"));
    assert!(
        said(&world(&json!("Sometimes"), json!({ "publicNetworkAccess": "Disabled" }), &[]), &[])
            .starts_with("unknown:")
    );
}
