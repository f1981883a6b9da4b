#![allow(clippy::needless_pass_by_value)] // json!() in calls reads better than references to it.

use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::*;
use crate::source::code::node::Content;
use crate::source::code::resource::CodeResource;

/// A plan in a folder of its own, with sources beside it.
fn read_plan(plan: &str, sources: &[(&str, &str)], all_resources: bool) -> Root {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("plan.json"), plan).unwrap();
    for (name, text) in sources {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let reader = Reader::new(folder.path()).unwrap();
    let root = folder.path().join("infra");
    let mut plan = read(&Request {
        path: &folder.path().join("plan.json"),
        shown: "plan.json",
        reader: &reader,
        terraform_dir: (!sources.is_empty()).then_some(root.as_path()),
    });
    if !all_resources {
        plan.root.resources.retain(|resource| !plan.unchanged.contains(&resource.address));
    }
    plan.root
}

/// A resource of `planned_values`.
fn planned(address: &str, values: Value) -> Value {
    let own = address.rsplit_once("azurerm_").map(|(_, own)| format!("azurerm_{own}")).unwrap();
    let (kind, name) = own.split_once('.').unwrap();
    json!({
        "address": address, "mode": "managed", "type": kind, "name": name.split('[').next().unwrap(),
        "provider_name": "registry.terraform.io/hashicorp/azurerm", "values": values, "sensitive_values": {}
    })
}

/// An entry of `resource_changes`.
fn change(address: &str, actions: &[&str], after_unknown: Value) -> Value {
    json!({"address": address, "change": {"actions": actions, "before": {"x": [1]}, "after": {}, "after_unknown": after_unknown}})
}

fn plan(resources: Value, changes: Value, configuration: Value) -> String {
    json!({
        "format_version": "1.2", "terraform_version": "1.9.0",
        "planned_values": {"outputs": {"secret": {"value": "s"}}, "root_module": {"resources": resources}},
        "resource_changes": changes,
        "prior_state": {"values": {"root_module": {}}},
        "configuration": {
            "provider_config": {"azurerm": {"name": "azurerm", "full_name": "registry.terraform.io/hashicorp/azurerm", "version_constraint": "~> 3.0"}},
            "root_module": configuration
        },
    })
    .to_string()
}

fn at<'a>(root: &'a Root, address: &str, path: &[&str]) -> Option<&'a Node> {
    let resource = root.resources.iter().find(|own| own.address == address)?;
    path.iter().try_fold(&resource.body, |node, name| node.member(name))
}

fn addresses(root: &Root) -> Vec<&str> {
    root.resources.iter().map(|CodeResource { address, .. }| address.as_str()).collect()
}

#[test]
fn only_what_changes_is_judged() {
    let resources = json!([
        planned("azurerm_network_security_group.made", json!({"name": "a", "resource_group_name": "rg"})),
        planned("azurerm_network_security_group.same", json!({"name": "b", "resource_group_name": "rg"})),
        planned("azurerm_network_security_group.replaced", json!({"name": "c", "resource_group_name": "rg"})),
        planned(
            "azurerm_subnet.fed",
            json!({"name": "s", "virtual_network_name": "v", "resource_group_name": "rg",
            "id": "/subscriptions/1/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/s"})
        ),
        planned(
            "azurerm_subnet_network_security_group_association.a",
            json!({
            "subnet_id": "/subscriptions/1/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/s",
            "network_security_group_id": "/subscriptions/1/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups/x"})
        ),
    ]);
    let changes = json!([
        change("azurerm_network_security_group.made", &["create"], json!({})),
        change("azurerm_network_security_group.same", &["no-op"], json!({})),
        change("azurerm_network_security_group.replaced", &["delete", "create"], json!({})),
        change("azurerm_network_security_group.gone", &["delete"], json!({})),
        change("azurerm_subnet.fed", &["no-op"], json!({})),
        change("azurerm_subnet_network_security_group_association.a", &["create"], json!({})),
    ]);
    let text = plan(resources, changes, json!({}));
    let root = read_plan(&text, &[], false);
    assert_eq!(
        addresses(&root),
        [
            "terraform:azurerm_network_security_group.made",
            "terraform:azurerm_network_security_group.replaced",
            // It doesn't change itself, but its security group does.
            "terraform:azurerm_subnet.fed",
        ]
    );
    assert_eq!(
        root.notes.first().map(String::as_str),
        Some("azurerm 3 (version_constraint in the plan: ~> 3.0)")
    );
    assert!(root.notes.contains(&"1 resource is deleted".to_owned()), "{:?}", root.notes);
    assert_eq!(root.unread, []);
    assert_eq!(read_plan(&text, &[], true).resources.len(), 4);
    // What is made stands beside what is there.
    assert_eq!(
        root.resources[0].id,
        "/subscriptions/1/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups/a"
    );
}

#[test]
fn what_is_known_after_apply_is_unknown() {
    let subnet = json!({"references": ["azurerm_subnet.s[0].id", "azurerm_subnet.s[0]", "azurerm_subnet.s"]});
    let resources = json!([
        planned(
            "azurerm_subnet.s[0]",
            json!({"name": "s", "virtual_network_name": "v", "resource_group_name": "rg"})
        ),
        planned(
            "azurerm_network_interface.n",
            json!({"name": "n", "resource_group_name": "rg",
            "ip_configuration": [{"name": "i", "private_ip_address_version": "IPv4"}]})
        ),
        planned(
            "azurerm_storage_account.a",
            json!({"name": "acc", "resource_group_name": "rg", "account_tier": "Standard",
            "account_replication_type": "LRS", "min_tls_version": "TLS1_2"})
        ),
    ]);
    let changes = json!([
        change(
            "azurerm_network_interface.n",
            &["create"],
            json!({"id": true, "ip_configuration": [{"subnet_id": true, "private_ip_address": true}]})
        ),
        change(
            "azurerm_storage_account.a",
            &["create"],
            json!({"id": true, "network_rules": true, "public_network_access_enabled": true, "primary_access_key": true})
        ),
    ]);
    let configuration = json!({"resources": [
        {"address": "azurerm_network_interface.n", "mode": "managed", "type": "azurerm_network_interface", "name": "n",
            "expressions": {"name": {"constant_value": "n"}, "ip_configuration": [{"name": {"constant_value": "i"}, "subnet_id": subnet}]}},
        {"address": "azurerm_storage_account.a", "mode": "managed", "type": "azurerm_storage_account", "name": "a",
            "expressions": {"public_network_access_enabled": {"references": ["random_id.x.dec", "random_id.x"]}}},
    ]});
    let root = read_plan(&plan(resources, changes, configuration), &[], false);
    let interface =
        at(&root, "terraform:azurerm_network_interface.n", &["properties", "ipConfigurations"]).unwrap();
    let own = interface.elements().unwrap()[0].member("properties").unwrap();
    // A subnet of this plan, by its reference.
    assert_eq!(
        own.member("subnet").unwrap().member("id").unwrap().as_str(),
        Some(
            "/subscriptions/plan.json/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/s"
        )
    );
    // An address that nobody asks for is the platform's to give.
    assert_eq!(own.member("privateIPAddress"), None);
    let account = |name| at(&root, "terraform:azurerm_storage_account.a", &["properties", name]);
    assert!(matches!(account("publicNetworkAccess").unwrap().content, Content::Unknown(_)));
    // Rules that nobody writes are no rules.
    assert_eq!(account("networkAcls"), None);
    assert_eq!(account("minimumTlsVersion").unwrap().as_str(), Some("TLS1_2"));
}

#[test]
fn references_lead_through_modules() {
    let module = json!({
        "variables": {"subnet": {}},
        "resources": [{"address": "azurerm_network_interface.n", "mode": "managed", "type": "azurerm_network_interface",
            "name": "n", "expressions": {"ip_configuration": [{"subnet_id": {"references": ["var.subnet"]}}]}}],
    });
    let net = json!({
        "outputs": {"id": {"expression": {"references": ["azurerm_subnet.s.id", "azurerm_subnet.s"]}}},
        "resources": [],
    });
    let configuration = json!({"module_calls": {
        "vm": {"source": "./vm", "expressions": {"subnet": {"references": ["module.net.id", "module.net"]}}, "module": module},
        "net": {"source": "./net", "module": net},
    }});
    let resources = json!([
        planned(
            "module.vm[\"a.b\"].azurerm_network_interface.n",
            json!({"name": "n", "resource_group_name": "rg", "ip_configuration": [{"name": "i"}]})
        ),
        planned(
            "module.net.azurerm_subnet.s",
            json!({"name": "s", "virtual_network_name": "v", "resource_group_name": "rg"})
        ),
    ]);
    let changes = json!([change(
        "module.vm[\"a.b\"].azurerm_network_interface.n",
        &["create"],
        json!({"ip_configuration": [{"subnet_id": true}]})
    )]);
    let root = read_plan(&plan(resources, changes, configuration), &[], false);
    let configurations = at(
        &root,
        "terraform:module.vm[\"a.b\"].azurerm_network_interface.n",
        &["properties", "ipConfigurations"],
    )
    .unwrap();
    let id = configurations.elements().unwrap()[0]
        .member("properties")
        .unwrap()
        .member("subnet")
        .unwrap()
        .member("id");
    assert!(id.unwrap().as_str().unwrap().ends_with("/virtualNetworks/v/subnets/s"));
}

#[test]
fn places_are_in_the_sources_when_they_are_there() {
    let resources = json!([
        planned(
            "module.s.azurerm_storage_account.a",
            json!({"name": "acc", "resource_group_name": "rg", "account_tier": "Standard",
            "account_replication_type": "LRS", "min_tls_version": "TLS1_0", "network_rules": [{"default_action": "Allow", "ip_rules": []}]})
        ),
        planned("azurerm_storage_account.elsewhere", json!({"name": "other", "min_tls_version": "TLS1_0"})),
    ]);
    let configuration =
        json!({"module_calls": {"s": {"source": "../modules/storage", "module": {"resources": []}}}});
    let source = "resource \"azurerm_storage_account\" \"a\" {\n  min_tls_version = local.old\n  network_rules {\n    default_action = \"Allow\"\n  }\n}\n";
    let sources = [
        ("infra/main.tf", "module \"s\" {\n  source = \"../modules/storage\"\n}\n"),
        ("modules/storage/main.tf", source),
    ];
    let text = plan(resources, json!([]), configuration);
    let root = read_plan(&text, &sources, false);
    let cut = |address: &str, path: &[&str]| {
        let node = at(&root, address, path).unwrap();
        let file = root.files.get(node.span.file).unwrap().path.clone();
        (file.rsplit('/').take(3).collect::<Vec<_>>().join("<"), root.files.text(node.span).to_owned())
    };
    let own = "terraform:module.s.azurerm_storage_account.a";
    let (file, text) = cut(own, &["properties", "minimumTlsVersion"]);
    assert_eq!((file.as_str(), text.as_str()), ("main.tf<storage<modules", "local.old"));
    assert_eq!(cut(own, &["properties", "networkAcls", "defaultAction"]).1, "\"Allow\"");
    assert!(cut(own, &["properties", "networkAcls"]).1.starts_with("network_rules {"));
    // What nobody writes is the block that lacks it.
    assert!(
        cut(own, &["properties", "supportsHttpsTrafficOnly"])
            .1
            .starts_with("resource \"azurerm_storage_account\"")
    );
    assert_eq!(
        cut("terraform:azurerm_storage_account.elsewhere", &["properties", "minimumTlsVersion"]).0,
        "plan.json"
    );
    assert!(
        root.notes.iter().any(|note| note.contains("1 resource is not found in the sources")),
        "{:?}",
        root.notes
    );
}

#[test]
fn secrets_are_marked() {
    let mut machine =
        planned("azurerm_linux_virtual_machine.m", json!({"name": "m", "admin_password": "hunter2"}));
    machine["sensitive_values"] = json!({"admin_password": true});
    let root = read_plan(&plan(json!([machine]), json!([]), json!({})), &[], false);
    let password =
        at(&root, "terraform:azurerm_linux_virtual_machine.m", &["properties", "osProfile", "adminPassword"])
            .unwrap();
    assert!(password.secret);
}

#[test]
fn what_is_no_plan_is_said() {
    for (text, place, reason) in [
        ("{\"a\":", Some((1, 6)), "this is no plan: it ends too early"),
        ("{\n \"format_version\" 1}", Some((2, 19)), "this is no plan: a colon is missing"),
        ("{}", None, "this is no plan: it has no format_version; write it by `terraform show -json`"),
        ("{\"format_version\": \"2.0\"}", None, "the plan's format 2.0 is not known; versions 0 and 1 are"),
        (
            "{\"format_version\": \"1.0\", \"values\": {}}",
            None,
            "it has no planned_values: a state rather than a plan",
        ),
    ] {
        let root = read_plan(text, &[], false);
        let [unread] = root.unread.as_slice() else { panic!("{text}: {:?}", root.unread) };
        assert_eq!(unread.reason, reason);
        assert_eq!(unread.place.map(|place| (place.line, place.column)), place, "{text}");
    }
}

#[test]
fn large_plans_take_no_more_than_their_size() {
    let many = 5_000;
    let name = |at: usize| format!("azurerm_network_security_group.g{at}");
    let resources: Vec<Value> = (0..many)
        .map(|at| planned(&name(at), json!({"name": format!("g{at}"), "resource_group_name": "rg"})))
        .collect();
    let changes: Vec<Value> =
        (0..many).map(|at| change(&name(at), &["create"], json!({"id": true}))).collect();
    let written: Vec<Value> = (0..many)
        .map(|at| json!({"mode": "managed", "type": "azurerm_network_security_group", "name": format!("g{at}"), "expressions": {}}))
        .collect();
    let text = plan(json!(resources), json!(changes), json!({"resources": written}));
    let began = std::time::Instant::now();
    let root = read_plan(&text, &[], false);
    assert_eq!(root.resources.len(), many);
    // A quadratic way of looking things up takes a minute here.
    assert!(began.elapsed() < std::time::Duration::from_secs(20), "{:?}", began.elapsed());
}

#[test]
fn plans_are_told_from_other_json() {
    for (text, is) in [
        ("\u{feff}{\"format_version\":\"1.2\",\"terraform_version\":\"1.9\",\"planned_values\":{}}", true),
        ("{\"format_version\":\"1.0\",\"terraform_version\":\"1.9\",\"values\":{}}", false),
        ("{\"$schema\":\"…deploymentTemplate.json#\",\"resources\":[]}", false),
        ("[]", false),
        ("", false),
    ] {
        assert_eq!(looks_like_plan(text), is, "{text}");
    }
}

#[test]
fn the_corpus_goes_through() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/plan/infracost+infracost");
    if !folder.is_dir() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: there is no {}", folder.display());
        return;
    }
    let reader = Reader::new(&folder).unwrap();
    for (name, resources) in [("azure_firewall_plan.json", 11), ("express_route_gateway_plan.json", 8)] {
        let path = folder.join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(looks_like_plan(&text), "{name}");
        let request = Request { path: &path, shown: name, reader: &reader, terraform_dir: None };
        let Plan { root, .. } = read(&request);
        assert_eq!((root.resources.len(), root.unread.as_slice()), (resources, [].as_slice()), "{name}");
        for resource in &root.resources {
            assert!(
                root.files.text(resource.block).contains(&resource.address["terraform:".len()..]),
                "{name}"
            );
        }
    }
}
