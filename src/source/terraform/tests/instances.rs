//! `count`, `for_each`, `dynamic`, modules.

use super::{Folder, evaluated};

#[test]
fn instances_are_named_as_terraform_names_them() {
    let evaluated = evaluated(
        r#"
variable "unknown" {}
resource "t_t" "none" { count = 0 }
resource "t_t" "two" { count = 2 }
resource "t_t" "each" {
  for_each = toset(["b", "a\"q"])
  name     = each.value
}
resource "t_t" "perhaps" {
  count = var.unknown ? 1 : 0
  name  = "n${count.index}"
  fixed = 1
}
resource "t_t" "some" {
  for_each = var.unknown
  name     = each.value.name
  provider = azurerm.hub
  depends_on = [t_t.two]
  lifecycle { prevent_destroy = true }
}
resource "t_t" "refers" {
  perhaps = t_t.perhaps[0].id
  some    = t_t.some["k"].id
  all     = t_t.some[*].id
}
"#,
    );
    assert_eq!(
        evaluated.addresses(),
        [
            "t_t.two[0]",
            "t_t.two[1]",
            "t_t.each[\"a\\\"q\"]",
            "t_t.each[\"b\"]",
            "t_t.perhaps",
            "t_t.some",
            "t_t.refers"
        ]
    );
    assert_eq!(evaluated.argument("t_t.each[\"b\"]", "name"), "\"b\"");
    let unknown = "<?depends on variable 'unknown', which has no default and no value>";
    for (address, name, expected) in [
        ("t_t.perhaps", "name", unknown),
        ("t_t.perhaps", "fixed", "1"),
        ("t_t.perhaps", "count", "absent"),
        ("t_t.some", "name", unknown),
        ("t_t.some", "depends_on", "absent"),
        ("t_t.some", "lifecycle", "absent"),
        ("t_t.some", "provider", "absent"),
        ("t_t.refers", "perhaps", "<t_t.perhaps/id>"),
        ("t_t.refers", "some", "<t_t.some/id>"),
        ("t_t.refers", "all", unknown),
    ] {
        assert_eq!(evaluated.argument(address, name), expected, "{address} {name}");
    }
    assert_eq!(evaluated.resource("t_t.some").provider, "azurerm");
    assert_eq!(evaluated.notes.iter().filter(|note| note.contains("one stands for all")).count(), 2);
}

#[test]
fn nested_blocks_are_lists_of_objects() {
    let evaluated = evaluated(
        r#"
variable "unknown" {}
variable "rules" { default = { b = 2, a = 1 } }
resource "t_t" "t" {
  identity { type = "SystemAssigned" }
  rule {
    name = "fixed"
  }
  dynamic "rule" {
    for_each = var.rules
    content {
      name = rule.key
      port = rule.value
      dynamic "inner" {
        for_each = toset(["x"])
        iterator = it
        content {
          text = "${rule.key}-${it.key}-${it.value}"
        }
      }
    }
  }
  dynamic "none" {
    for_each = []
    content {}
  }
  dynamic "hidden" {
    for_each = var.unknown
    content { a = 1 }
  }
}
"#,
    );
    for (name, expected) in [
        ("identity", "[{type: \"SystemAssigned\"}]"),
        (
            "rule",
            "[{name: \"fixed\"}, {inner: [{text: \"a-x-x\"}], name: \"a\", port: 1}, {inner: [{text: \"b-x-x\"}], name: \"b\", port: 2}]",
        ),
        ("none", "[]"),
        (
            "hidden",
            "<?stands in a dynamic block whose for_each depends on variable 'unknown', which has no default and no value>",
        ),
    ] {
        assert_eq!(evaluated.argument("t_t.t", name), expected, "{name}");
    }
}

#[test]
fn modules_are_given_values_and_give_them_back() {
    let folder = Folder::new(&[
        (
            "infra/main.tf",
            r#"
module "net" {
  source   = "../modules/net"
  for_each = { a = "10.0.0.0/16", b = "10.1.0.0/16" }
  name     = each.key
  settings = { space = each.value }
}
module "one" {
  source = "../modules/net"
  name   = "one"
  settings = { space = "10.9.0.0/16", dns = ["1.1.1.1"] }
}
module "far" {
  source  = "Azure/network/azurerm"
  version = "1.0"
}
resource "t_t" "t" {
  subnet  = module.net["a"].subnet_id
  all     = [for n in module.net : n.subnet_id]
  listed  = values(module.net)[*].space
  known   = module.one.space
  far     = module.far.id
  none    = module.one.nothing
}
"#,
        ),
        (
            "modules/net/main.tf",
            r#"
variable "name" { type = string }
variable "settings" {
  type = object({ space = string, dns = optional(list(string), []), extra = optional(string) })
}
resource "azurerm_virtual_network" "v" {
  name          = "v-${var.name}"
  address_space = [var.settings.space]
  dns_servers   = var.settings.dns
  extra         = var.settings.extra
}
resource "azurerm_subnet" "s" { count = 1 }
output "subnet_id" { value = azurerm_subnet.s[0].id }
output "space" { value = azurerm_virtual_network.v.address_space[0] }
"#,
        ),
    ]);
    let evaluated = folder.evaluate("infra", &[]);
    assert_eq!(
        evaluated.addresses(),
        [
            "t_t.t",
            "module.net[\"a\"].azurerm_virtual_network.v",
            "module.net[\"a\"].azurerm_subnet.s[0]",
            "module.net[\"b\"].azurerm_virtual_network.v",
            "module.net[\"b\"].azurerm_subnet.s[0]",
            "module.one.azurerm_virtual_network.v",
            "module.one.azurerm_subnet.s[0]",
        ]
    );
    let one = "module.one.azurerm_virtual_network.v";
    for (address, name, expected) in [
        ("t_t.t", "subnet", "<module.net[\"a\"].azurerm_subnet.s[0]/id>"),
        (
            "t_t.t",
            "all",
            "[<module.net[\"a\"].azurerm_subnet.s[0]/id>, <module.net[\"b\"].azurerm_subnet.s[0]/id>]",
        ),
        ("t_t.t", "listed", "[\"10.0.0.0/16\", \"10.1.0.0/16\"]"),
        ("t_t.t", "known", "\"10.9.0.0/16\""),
        (
            "t_t.t",
            "none",
            "<?depends on output 'nothing' of module.one, which is not declared in what was read>",
        ),
        (one, "name", "\"v-one\""),
        (one, "dns_servers", "[\"1.1.1.1\"]"),
        (one, "extra", "null"),
        ("module.net[\"b\"].azurerm_virtual_network.v", "dns_servers", "[]"),
    ] {
        assert_eq!(evaluated.argument(address, name), expected, "{address} {name}");
    }
    assert!(evaluated.argument("t_t.t", "far").starts_with("<?depends on module 'far', which is not read: "));
    let files: Vec<&str> = evaluated.files.iter().map(|(_, file)| file.path.as_str()).collect();
    assert_eq!(files, ["infra/main.tf", "modules/net/main.tf"]);
    let [unread] = evaluated.unread().try_into().unwrap();
    assert!(
        unread.starts_with("infra/main.tf:13:1 module.far: its source 'Azure/network/azurerm'"),
        "{unread}"
    );
}

#[test]
fn modules_that_are_not_there_or_come_back() {
    let folder = Folder::new(&[
        (
            "a/main.tf",
            "module \"self\" {\n  source = \"../a\"\n}\nmodule \"out\" {\n  source = \"../../..\"\n}\nmodule \"none\" {\n  source = \"./none\"\n}\nmodule \"b\" {\n  source = \"../b\"\n}\nmodule \"inst\" {\n  source = \"x/y/z\"\n}\n",
        ),
        (
            "a/.terraform/modules/modules.json",
            "{\"Modules\":[{\"Key\":\"inst\",\"Dir\":\".terraform/modules/inst/sub\"},{\"Key\":\"\",\"Dir\":\".\"}]}",
        ),
        ("a/.terraform/modules/inst/sub/main.tf", "resource \"t_t\" \"t\" {}\n"),
        ("b/main.tf", "module \"back\" {\n  source = \"../a\"\n}\nresource \"t_t\" \"b\" {}\n"),
    ]);
    let evaluated = folder.evaluate("a", &[]);
    assert_eq!(evaluated.addresses(), ["module.b.t_t.b", "module.inst.t_t.t"]);
    let unread = evaluated.unread();
    for (at, start) in [
        "a/main.tf:4:1 module.out: its source '../../..' is not read: it lies outside of",
        "a/main.tf:7:1 module.none: its source './none' is not read: ",
        "a/main.tf:1:1 module.self: it calls itself",
        "b/main.tf:1:1 module.back: it calls itself",
    ]
    .into_iter()
    .enumerate()
    {
        assert!(unread[at].starts_with(start), "{unread:?}");
    }
    assert_eq!(unread.len(), 4);
}

#[test]
fn called_modules_are_told() {
    let folder = Folder::new(&[
        (
            "a/main.tf",
            "module \"b\" {\n  source = \"../b\"\n}\nmodule \"c\" {\n  source = \"hashicorp/c\"\n}\n",
        ),
        ("b/x.tf", ""),
    ]);
    let reader = crate::source::code::read::Reader::new(folder.path()).unwrap();
    let called = super::super::called_modules(&folder.path().join("a"), &reader);
    assert_eq!(called, [folder.path().join("b").canonicalize().unwrap()]);
}
