//! References between resources.

use super::evaluated;

const CODE: &str = r#"
resource "azurerm_resource_group" "rg" {
  name     = "rg-${random_pet.p.id}"
  location = "westeurope"
}
resource "random_pet" "p" {}
resource "azurerm_subnet" "many" {
  count = 2
  name  = "s${count.index}"
}
resource "azurerm_subnet" "each" {
  for_each = { a = "10.0.0.0/24", b = "10.0.1.0/24" }
  name     = each.key
  address_prefixes = [each.value]
}
data "azurerm_client_config" "current" {}
data "azurerm_key_vault" "kv" {
  name = "kv"
}
resource "azurerm_linux_web_app" "app" {
  identity {
    type = "SystemAssigned"
  }
  https_only = null
}
resource "t_t" "t" {
  id          = azurerm_resource_group.rg.id
  set         = azurerm_resource_group.rg.location
  half_set    = azurerm_resource_group.rg.name
  interpolated = "${azurerm_resource_group.rg.id}/x"
  alone       = "${azurerm_resource_group.rg.id}"
  indexed     = azurerm_subnet.many[1].id
  indexed_set = azurerm_subnet.many[1].name
  legacy      = azurerm_subnet.many.0.id
  all         = azurerm_subnet.many[*].id
  old_all     = azurerm_subnet.many.*.id
  keyed       = azurerm_subnet.each["b"].id
  keyed_set   = azurerm_subnet.each["b"].address_prefixes[0]
  gathered    = [for s in azurerm_subnet.each : s.id]
  mapped      = { for k, s in azurerm_subnet.each : k => s.id }
  valued      = values(azurerm_subnet.each)[*].id
  flat        = flatten([[for s in azurerm_subnet.each : s.id]])
  chosen      = element(azurerm_subnet.many[*].id, 1)
  data        = data.azurerm_client_config.current.tenant_id
  data_set    = data.azurerm_key_vault.kv.name
  data_id     = data.azurerm_key_vault.kv.id
  nested      = azurerm_linux_web_app.app.identity[0].principal_id
  nested_set  = azurerm_linux_web_app.app.identity[0].type
  nested_all  = azurerm_linux_web_app.app.identity.*.type
  null_set    = azurerm_linux_web_app.app.https_only
  counted     = length(azurerm_subnet.many)
  missing     = azurerm_subnet.many[5].id
  tried       = try(azurerm_subnet.many[5].id, azurerm_subnet.many[0].id)
  whole       = azurerm_resource_group.rg
  undeclared  = azurerm_subnet.none.id
}
"#;

#[test]
fn what_is_set_is_followed_and_what_is_not_is_a_reference() {
    let evaluated = evaluated(CODE);
    assert_eq!(evaluated.unread(), Vec::<String>::new());
    for (name, expected) in [
        ("id", "<azurerm_resource_group.rg/id>"),
        ("set", "\"westeurope\""),
        ("half_set", "<azurerm_resource_group.rg/name>"),
        ("interpolated", "<?is known only after deployment, as attribute 'id' of azurerm_resource_group.rg>"),
        ("alone", "<azurerm_resource_group.rg/id>"),
        ("indexed", "<azurerm_subnet.many[1]/id>"),
        ("indexed_set", "\"s1\""),
        ("legacy", "<azurerm_subnet.many[0]/id>"),
        ("all", "[<azurerm_subnet.many[0]/id>, <azurerm_subnet.many[1]/id>]"),
        ("old_all", "[<azurerm_subnet.many[0]/id>, <azurerm_subnet.many[1]/id>]"),
        ("keyed", "<azurerm_subnet.each[\"b\"]/id>"),
        ("keyed_set", "\"10.0.1.0/24\""),
        ("gathered", "[<azurerm_subnet.each[\"a\"]/id>, <azurerm_subnet.each[\"b\"]/id>]"),
        ("mapped", "{a: <azurerm_subnet.each[\"a\"]/id>, b: <azurerm_subnet.each[\"b\"]/id>}"),
        ("valued", "[<azurerm_subnet.each[\"a\"]/id>, <azurerm_subnet.each[\"b\"]/id>]"),
        ("flat", "[<azurerm_subnet.each[\"a\"]/id>, <azurerm_subnet.each[\"b\"]/id>]"),
        ("chosen", "<azurerm_subnet.many[1]/id>"),
        ("data", "<data.azurerm_client_config.current/tenant_id>"),
        ("data_set", "\"kv\""),
        ("data_id", "<data.azurerm_key_vault.kv/id>"),
        ("nested", "<azurerm_linux_web_app.app/identity[0].principal_id>"),
        ("nested_set", "\"SystemAssigned\""),
        ("nested_all", "[\"SystemAssigned\"]"),
        ("null_set", "<azurerm_linux_web_app.app/https_only>"),
        ("counted", "2"),
        ("missing", "<?can't be evaluated: a list has no element 5>"),
        ("tried", "<azurerm_subnet.many[0]/id>"),
        ("whole", "<?is all of azurerm_resource_group.rg, of which much is known only after deployment>"),
        ("undeclared", "<?depends on azurerm_subnet.none, which is not declared in what was read>"),
    ] {
        assert_eq!(evaluated.argument("t_t.t", name), expected, "{name}");
    }
    let kinds: Vec<(&str, bool, &str)> = evaluated
        .resources
        .iter()
        .filter(|resource| resource.address.contains("azurerm_key_vault") || resource.kind == "random_pet")
        .map(|resource| (resource.address.as_str(), resource.data, resource.provider.as_str()))
        .collect();
    assert_eq!(kinds, [("random_pet.p", false, "random"), ("data.azurerm_key_vault.kv", true, "azurerm")]);
}

#[test]
fn circles_end() {
    let evaluated = evaluated(
        "resource \"t_t\" \"a\" {\n  x = t_t.b.x\n}\nresource \"t_t\" \"b\" {\n  x = t_t.a.x\n  y = t_t.b.z\n}\nresource \"t_t\" \"c\" {\n  count = length(t_t.c)\n}\n",
    );
    assert_eq!(evaluated.argument("t_t.b", "y"), "<t_t.b/z>");
    assert!(evaluated.argument("t_t.a", "x").starts_with("<t_t."));
    assert!(evaluated.addresses().contains(&"t_t.c"), "{:?}", evaluated.addresses());
    assert!(
        evaluated.notes.iter().any(|note| note.contains("how many t_t.c there are depends on itself")),
        "{:?}",
        evaluated.notes
    );
}
