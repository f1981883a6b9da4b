//! Resources and modules: names, ids, addresses.

use super::{addresses, property, root, unread};

#[test]
fn resources_are_named_and_nested() {
    let text = "
param list array = ['a', 'b']
param on bool = false
param maybe bool

resource net 'Microsoft.Network/virtualNetworks@2024-01-01' = {
  name: 'net'
  resource sub 'subnets' = {
    name: 'sub'
    properties: { x: net.name }
    resource deep 'things' = {
      name: 'deep'
      properties: { x: sub.id }
    }
  }
  resource other 'subnets' = {
    name: 'other'
    properties: { x: sub::deep.name }
  }
}
resource child 'Microsoft.Network/virtualNetworks/subnets@2024-01-01' = {
  parent: net
  name: 'child'
  properties: { x: net::sub::deep.id }
}
resource there 'Microsoft.Network/virtualNetworks@2024-01-01' existing = {
  name: 'there'
  scope: resourceGroup('rg')
  resource sub 'subnets' existing = { name: 'sub' }
}
resource many 'Microsoft.X/y@2024-01-01' = [for (name, i) in list: {
  name: '${name}${i}'
  properties: { x: there::sub.id }
}]
resource lock 'Microsoft.Authorization/locks@2020-05-01' = {
  name: 'lock'
  scope: many[1]
  properties: { x: many[0].name }
}
resource off 'Microsoft.X/y@2024-01-01' = if (on) { name: 'off' }
resource unsure 'Microsoft.X/y@2024-01-01' = if (maybe) { name: 'unsure', properties: { x: 1 } }
resource some 'Microsoft.X/y@2024-01-01' = [for i in range(0, 3): if (i != 1) {
  name: 's${i}'
  properties: { x: i }
}]
";
    let root = root(&[("main.bicep", text)]);
    assert_eq!(unread(&root), Vec::<String>::new());
    assert_eq!(
        addresses(&root),
        [
            "net",
            "net/sub",
            "net/sub/deep",
            "net/other",
            "child",
            "many[0]",
            "many[1]",
            "lock",
            "unsure",
            "some[0]",
            "some[2]"
        ]
    );
    let group = "/subscriptions/main.bicep/resourceGroups/deployment/providers";
    let net = format!("{group}/Microsoft.Network/virtualNetworks/net");
    for (address, expected) in [
        ("net/sub", "\"net\"".to_owned()),
        ("net/sub/deep", format!("\"{net}/subnets/sub\"")),
        ("net/other", "\"deep\"".to_owned()),
        ("child", format!("\"{net}/subnets/sub/things/deep\"")),
        (
            "many[1]",
            "\"/subscriptions/main.bicep/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/there/\
             subnets/sub\""
                .to_owned(),
        ),
        ("lock", "\"a0\"".to_owned()),
        ("some[2]", "2".to_owned()),
    ] {
        assert_eq!(property(&root, address).0, expected, "{address}");
    }
    let id = |address: &str| {
        let address = format!("bicep:main.bicep#{address}");
        let found = root.resources.iter().find(|resource| resource.address == address).unwrap();
        (found.kind.clone(), found.id.replace(group, "…"))
    };
    assert_eq!(
        id("net/sub/deep"),
        (
            "Microsoft.Network/virtualNetworks/subnets/things".to_owned(),
            "…/Microsoft.Network/virtualNetworks/net/subnets/sub/things/deep".to_owned()
        )
    );
    assert_eq!(id("lock").1, "…/Microsoft.X/y/b1/providers/Microsoft.Authorization/locks/lock");
    assert_eq!(id("child").1, "…/Microsoft.Network/virtualNetworks/net/subnets/child");
}

#[test]
fn names_that_are_not_known_are_the_same_words_everywhere() {
    let text = "
param p string
resource a 'Microsoft.X/a@2024-01-01' = { name: p }
resource b 'Microsoft.X/a/b@2024-01-01' = { name: '${a.name}/b', properties: { x: a.id } }
resource c 'Microsoft.X/c@2024-01-01' = [for i in range(0, 1): { name: '${p}${i}' }]
resource d 'Microsoft.X/c/d@2024-01-01' = { name: '${c[0].name}/d' }
";
    let root = root(&[("main.bicep", text)]);
    let ids: Vec<_> = root
        .resources
        .iter()
        .map(|resource| resource.id.rsplit_once("/Microsoft.X/").unwrap().1.to_owned())
        .collect();
    assert_eq!(ids[..2], ["a/~parameters(:p:)".to_owned(), "a/~parameters(:p:)/b/b".to_owned()]);
    assert_eq!(ids[3], format!("{}/d/d", ids[2]));
}

const PART: &str = "
param x string
@secure()
param hidden string = ''
resource r 'Microsoft.X/y@2024-01-01' = { name: 'part', properties: { x: x, hidden: hidden } }
output out string = '${x}!'
";

#[test]
fn modules_are_read_with_what_they_get() {
    let text = "
param vault string = 'v'
resource kv 'Microsoft.KeyVault/vaults@2023-07-01' existing = { name: vault }
module one 'parts/part.bicep' = {
  name: 'one'
  params: { x: 'given', hidden: kv.getSecret('s') }
}
module loop './parts/part.bicep' = [for i in range(0, 2): {
  name: 'loop${i}'
  scope: resourceGroup('rg${i}')
  params: { x: '${one.outputs.out}${i}' }
}]
module unnamed 'parts/part.bicep' = { params: { x: loop[1].outputs.out } }
module old 'old.json' = { params: { y: 'z' } }
module far 'br/public:avm/res/x:1.0.0' = { name: 'far' }
module gone 'gone.bicep' = { name: 'gone' }
module outside '../outside.bicep' = { name: 'outside' }
resource after 'Microsoft.X/y@2024-01-01' = { name: 'after', properties: { x: far.outputs.id } }
";
    let old = r#"{"parameters": {"y": {"type": "string"}}, "resources": [
        {"type": "Microsoft.X/y", "apiVersion": "2024-01-01", "name": "o", "properties": {"x": "[parameters('y')]"}}]}"#;
    let root = root(&[("main.bicep", text), ("parts/part.bicep", PART), ("old.json", old)]);
    assert_eq!(addresses(&root), ["one/r", "loop[0]/r", "loop[1]/r", "unnamed/r", "old/o", "after"]);
    assert_eq!(property(&root, "one/r"), ("\"given\"".to_owned(), "'given'".to_owned()));
    assert_eq!(property(&root, "loop[1]/r").0, "\"given!1\"");
    assert_eq!(property(&root, "unnamed/r").0, "\"given!1!\"");
    assert_eq!(property(&root, "old/o"), ("\"z\"".to_owned(), "'z'".to_owned()));
    assert!(
        property(&root, "after").0.starts_with("?depends on output 'id' of a deployment that can't be read")
    );
    let hidden = &root.resources[0].body.member("properties").unwrap().member("hidden").unwrap();
    assert!(hidden.secret && hidden.has_unknown(), "{hidden:?}");
    let group = |at: usize| root.resources[at].id.split("/providers/").next().unwrap().to_owned();
    assert_eq!(
        (group(0), group(2)),
        (
            "/subscriptions/main.bicep/resourceGroups/deployment".to_owned(),
            "/subscriptions/main.bicep/resourceGroups/rg1".to_owned()
        )
    );
    let unread = unread(&root);
    assert_eq!(unread.len(), 3, "{unread:#?}");
    for (at, words) in
        [(0, "'br/public:avm/res/x:1.0.0' lies in a registry"), (1, "gone.bicep"), (2, "outside.bicep")]
    {
        assert!(unread[at].contains(words), "{}", unread[at]);
    }
    assert!(unread[0].starts_with("main.bicep:15:1 #far"), "{}", unread[0]);
}

#[test]
fn a_module_that_deploys_itself_ends() {
    let text = "module again 'main.bicep' = { name: 'again' }\nresource r 'Microsoft.X/y@2024-01-01' = { name: 'r' }";
    let root = root(&[("main.bicep", text)]);
    assert!(!root.unread.is_empty());
    assert!(addresses(&root).contains(&"r"));
}

#[test]
fn a_template_in_an_object_is_not_passed_over() {
    let deployment = |template: &str| {
        let text = format!(
            "resource d 'Microsoft.Resources/deployments@2024-03-01' = {{\n  name: 'd'\n  properties: {{\n    \
             mode: 'Incremental'\n    template: {template}\n  }}\n}}\n"
        );
        let inner = r#"{"resources": [{"type": "Microsoft.X/y", "apiVersion": "1", "name": "in"}]}"#;
        root(&[("main.bicep", text.as_str()), ("in.json", inner)])
    };
    let trace = deployment("{ '$schema': 'x', contentVersion: '1.0.0.0', resources: [] }");
    assert_eq!((addresses(&trace).len(), unread(&trace)), (0, Vec::new()));
    let linked = deployment("loadJsonContent('in.json')");
    assert_eq!((addresses(&linked), unread(&linked)), (vec!["d/in"], Vec::new()));
    let written = deployment("{ resources: [ { type: 'Microsoft.X/y' } ] }");
    assert_eq!(unread(&written).len(), 1);
}
