//! Bicep from its text to what it would deploy.

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::{Request, modules, read};
use crate::source::code::node::{Content, Node};
use crate::source::code::read::Reader;
use crate::source::code::resource::Root;

/// Reads `main.bicep` of a folder with these files.
fn root(files: &[(&str, &str)]) -> Root {
    root_with(files, None)
}

fn root_with(files: &[(&str, &str)], parameter_file: Option<&str>) -> Root {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let reader = Reader::new(folder.path()).unwrap();
    let path = folder.path().join("main.bicep");
    let parameter_file = parameter_file.map(|name| folder.path().join(name));
    let parameter_file = parameter_file.as_deref();
    read(&Request { path: &path, shown: "main.bicep", reader: &reader, parameter_file })
}

fn addresses(root: &Root) -> Vec<&str> {
    root.resources.iter().map(|resource| resource.address.trim_start_matches("bicep:main.bicep#")).collect()
}

fn unread(root: &Root) -> Vec<String> {
    root.unread
        .iter()
        .map(|unread| {
            let place = unread.place.map(|place| format!("{}:{}", place.line, place.column));
            let (place, reason) = (place.unwrap_or_default(), &unread.reason);
            format!("{}:{place} {}: {reason}", unread.file, unread.what.replace("bicep:main.bicep", ""))
        })
        .collect()
}

/// A value as JSON, with `?reason` for what isn't known and a `!` behind secrets.
fn json(node: &Node) -> String {
    let text = match &node.content {
        Content::Null => "null".to_owned(),
        Content::Bool(is) => is.to_string(),
        Content::Number(number) => number.to_string(),
        Content::Text(text) => format!("{text:?}"),
        Content::Array(elements) => {
            format!("[{}]", elements.iter().map(json).collect::<Vec<_>>().join(","))
        }
        Content::Object(members) => {
            let member = |(name, node): &(String, Node)| format!("{name}:{}", json(node));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
        }
        Content::Unknown(why) => format!("?{}", why.reason),
    };
    if node.secret { format!("{text}!") } else { text }
}

/// What `properties.x` of the resource at an address is, and the text that decides it.
fn property(root: &Root, address: &str) -> (String, String) {
    let address = format!("bicep:main.bicep#{address}");
    let resource = root.resources.iter().find(|resource| resource.address == address);
    let resource = resource.unwrap_or_else(|| panic!("{address}: {:?} {:?}", addresses(root), unread(root)));
    let node = resource.body.member("properties").and_then(|properties| properties.member("x")).unwrap();
    (json(node), root.files.text(node.span).to_owned())
}

/// What `x` is in a file with these declarations.
fn value(before: &str, x: &str) -> (String, String) {
    let text = format!(
        "{before}\nresource r 'Microsoft.X/y@2024-01-01' = {{\n  name: 'r'\n  properties: {{\n    x: {x}\n  }}\n}}\n"
    );
    let root = root(&[("main.bicep", &text)]);
    assert_eq!(root.unread, [], "{text}");
    property(&root, "r")
}

#[test]
fn expressions_mean_what_the_compiler_makes_of_them() {
    let before = "
param known string = 'k'
param open string
param none string?
param secret string
var object = { a: { b: [1, 2, 3] }, 'c-d': true }
var list = [1, 2, 3]
func twice(what string) string => '${what}${what}'
func length(what string) int => 42
";
    for (x, expected) in [
        ("1 + 2 * 3", "7"),
        ("-5 - -3", "-2"),
        ("-length('abc') + sys.length('abc')", "-39"),
        ("7 % 4 / 2", "1"),
        ("'a' == 'A'", "false"),
        ("'a' =~ 'A'", "true"),
        ("'a' !~ 'A'", "false"),
        ("1 < 2 && 2 <= 2 && !(3 > 4)", "true"),
        ("known == 'k' ? 'yes' : open", "\"yes\""),
        ("false && open == 'x'", "false"),
        ("open == 'x' || true", "true"),
        ("open", "?depends on parameter 'open', which has no default"),
        ("'a${open}'", "?depends on parameter 'open', which has no default"),
        ("none ?? 'other'", "\"other\""),
        ("none", "null"),
        ("'{${known}} {0} ${1 + 1}'", "\"{k} {0} 2\""),
        ("'''\n${known}'''", "\"${known}\""),
        ("$'''\n${known}'''", "\"k\""),
        ("object.a.b[2]", "3"),
        ("object['c-d']", "true"),
        ("object[?'e']", "null"),
        ("object.?e.f.g ?? 'gone'", "\"gone\""),
        ("object.e", "?depends on member 'e', which the object doesn't have"),
        ("list[^1]", "3"),
        ("list[?7]", "null"),
        ("twice(known)", "\"kk\""),
        ("[0, ...list, 4]", "[0,1,2,3,4]"),
        ("{ a: 1, ...object, b: 2 }", "{a:{b:[1,2,3]},c-d:true,b:2}"),
        ("{ '${known}': 1 }", "{k:1}"),
        ("[for i in list: i * 2]", "[2,4,6]"),
        ("[for (item, index) in list: item * index]", "[0,2,6]"),
        ("[for i in list: { i: i, in: [for j in range(0, i): '${i}${j}'] }][1]", "{i:2,in:[\"20\",\"21\"]}"),
        ("map(list, i => i + 1)", "[2,3,4]"),
        ("map(list, (i, n) => i * n)", "[0,2,6]"),
        ("filter(list, i => i > 1)", "[2,3]"),
        ("reduce(list, 0, (sum, next) => sum + next)", "6"),
        ("map([1], x => map([10], X => X + x))", "[[11]]"),
        ("toObject(list, i => 'n${i}', i => i)", "{n1:1,n2:2,n3:3}"),
        ("any(known)!", "\"k\""),
        ("nameof(object.a)", "\"a\""),
        ("sys.toUpper(known)", "\"K\""),
        ("az.subscriptionResourceId('Microsoft.X/y', 'z')", "\"/subscriptions/main.bicep/providers/Microsoft.X/y/z\""),
        ("nothing", "?uses 'nothing', which is not declared here, or could not be read"),
        ("loadYamlContent('x.yaml')", "?comes from a file through loadYamlContent, which is not followed"),
        ("json('[1.5]')[0]", "1.5"),
        ("9223372036854775807", "9223372036854775807"),
    ] {
        assert_eq!(value(before, x).0, expected, "{x}");
    }
}

#[test]
fn a_value_points_at_the_literal_that_decides_it() {
    let before = "
param p string = 'default'
var v = p
var o = { deep: { inside: 'it' } }
var l = [for n in ['one', 'two']: { n: n }]
func f(a bool) string => a ? 'yes' : 'no'
";
    for (x, expected) in [
        ("'here'", "'here'"),
        ("v", "'default'"),
        ("o.deep.inside", "'it'"),
        ("l[1].n", "'two'"),
        ("true ? v : 'x'", "'default'"),
        ("f(false)", "'no'"),
        ("null ?? 'second'", "'second'"),
        ("utcNow()", "utcNow()"),
    ] {
        assert_eq!(value(before, x).1, expected, "{x}");
    }
}

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
            "net", "net/sub", "net/sub/deep", "net/other", "child", "many[0]", "many[1]", "lock", "unsure",
            "some[0]", "some[2]"
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
    assert_eq!(ids[..2], ["a/~parameters('p')".to_owned(), "a/~parameters('p')/b/b".to_owned()]);
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
    assert!(property(&root, "after").0.starts_with("?depends on output 'id' of a deployment that can't be read"));
    let hidden = &root.resources[0].body.member("properties").unwrap().member("hidden").unwrap();
    assert!(hidden.secret && hidden.has_unknown(), "{hidden:?}");
    let group = |at: usize| root.resources[at].id.split("/providers/").next().unwrap().to_owned();
    assert_eq!((group(0), group(2)), (
        "/subscriptions/main.bicep/resourceGroups/deployment".to_owned(),
        "/subscriptions/main.bicep/resourceGroups/rg1".to_owned()
    ));
    let unread = unread(&root);
    assert_eq!(unread.len(), 3, "{unread:#?}");
    for (at, words) in [(0, "'br/public:avm/res/x:1.0.0' lies in a registry"), (1, "gone.bicep"), (2, "outside.bicep")] {
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
fn other_files_lend_variables_functions_and_types() {
    let shared = "
import { last } from 'more.bicep'
@export()
var region = 'west'
var inner = '${region}-${last}'
@export()
var full = inner
@export()
func shout(what string) string => toUpper('${what}${region}')
@export()
@secure()
type password = string
";
    let more = "import * as back from 'shared.bicep'\nvar last = 'end'\nvar round = back.region\n";
    let text = "
import { full, shout as cry, password } from 'shared.bicep'
import * as shared from 'shared.bicep'
import { lost } from 'br/public:x:1'
param p password = 'geheim'
param q { name: shared.password }? = { name: 'x' }
resource r 'Microsoft.X/y@2024-01-01' = {
  name: 'r'
  properties: { x: [full, cry('a'), shared.region, shared.shout('b'), lost, p, q, shared.none] }
}
";
    let root = root(&[("main.bicep", text), ("shared.bicep", shared), ("more.bicep", more)]);
    assert_eq!(unread(&root), Vec::<String>::new());
    assert_eq!(
        property(&root, "r").0,
        "[\"west-end\",\"AWEST\",\"west\",\"BWEST\",?comes from 'br/public:x:1', a registry, which is not read,\
         \"geheim\"!,{name:\"x\"}!,?uses 'shared.none', which that file does not declare]"
    );
}

#[test]
fn files_are_values() {
    let text = "
var config = loadJsonContent('data/config.json')
resource r 'Microsoft.X/y@2024-01-01' = {
  name: 'r'
  properties: {
    x: [
      config.tier
      loadJsonContent('data/config.json', 'list[1]')
      loadTextContent('data/a.txt')
      loadFileAsBase64('data/a.txt')
      loadTextContent('../a.txt')
      config.text
    ]
  }
}
resource s 'Microsoft.X/y@2024-01-01' = { name: 's', properties: { x: config.tier } }
";
    let config = r#"{ "tier": "Premium", "list": [1, 2], "text": "[not('an expression')]" }"#;
    let root = root(&[("main.bicep", text), ("data/config.json", config), ("data/a.txt", "\u{feff}hé\n")]);
    assert_eq!(
        property(&root, "r").0,
        "[\"Premium\",2,\"hé\\n\",\"77u/aMOpCg==\",?comes from '../a.txt', which could not be read,\
         \"[not('an expression')]\"]"
    );
    assert_eq!(property(&root, "s").1, "\"Premium\"", "the place is in the file that was loaded");
    assert_eq!(unread(&root).len(), 1);
}

#[test]
fn parameter_files_give_values() {
    let text = "
param a string = 'default'
param b string = 'default'
param c string = 'default'
@secure()
param d string
param e string
resource r 'Microsoft.X/y@2024-01-01' = { name: 'r', properties: { x: [a, b, c, d, e] } }
";
    let own = "
using './main.bicep'
extends 'base.bicepparam'
import { y } from 'y.bicep'
var word = 'w'
param a = '${word}${y}'
param d = readEnvironmentVariable('SECRET', 'x')
param e = '${a}/${base.b}'
";
    let base = "using none\nvar word = 'other'\nparam b = word\nparam a = 'covered'\n";
    let json = r#"{"parameters": {"a": {"value": "from json"}, "e": {"value": "[not] an expression"}}}"#;
    let files = [
        ("main.bicep", text),
        ("main.bicepparam", own),
        ("base.bicepparam", base),
        ("y.bicep", "@export()\nvar y = 'y'\n"),
        ("main.parameters.json", json),
    ];
    let beside = root(&files);
    assert_eq!(unread(&beside), Vec::<String>::new());
    assert_eq!(
        property(&beside, "r").0,
        "[\"wy\",\"other\",\"default\",?depends on the environment variable 'SECRET' of whoever deploys it!,\
         \"wy/other\"]"
    );
    assert_eq!(beside.notes, ["parameters have the values of main.bicepparam"]);
    let named = root_with(&files, Some("main.parameters.json"));
    assert_eq!(
        property(&named, "r").0,
        "[\"from json\",\"default\",\"default\",?depends on parameter 'd', which has no default!,\
         \"[not] an expression\"]"
    );
    // A file of the same name for another template is not for this one.
    let other = [("main.bicep", text), ("main.bicepparam", "using 'y.bicep'\nparam a = 'x'\n"), ("y.bicep", "")];
    assert!(property(&root(&other), "r").0.starts_with("[\"default\""));
}

#[test]
fn a_value_that_can_not_be_read_is_not_the_default() {
    let text = "param a string = 'default'\nparam b string = 'default'\n\
        resource r 'Microsoft.X/y@2024-01-01' = { name: 'r', properties: { x: [a, b] } }\n";
    for (own, expected) in [
        (
            "using 'main.bicep'\nparam a = = 'x'\nparam b = 'given'\n",
            "[?has a value in main.bicepparam that can't be read,\"given\"]",
        ),
        (
            "using 'main.bicep'\nparam = 'x'\n",
            "[?depends on the parameter file main.bicepparam, which can't be read,?depends on the parameter file \
             main.bicepparam, which can't be read]",
        ),
        (
            "using 'main.bicep'\nextends 'gone.bicepparam'\nparam a = 'x'\n",
            "[?depends on the parameter file main.bicepparam, which can't be read,?depends on the parameter file \
             main.bicepparam, which can't be read]",
        ),
    ] {
        let root = root(&[("main.bicep", text), ("main.bicepparam", own)]);
        assert_eq!(property(&root, "r").0, expected, "{own}");
        assert!(!root.unread.is_empty());
    }
}

#[test]
fn what_is_lost_is_said_and_its_neighbours_come_through() {
    let text = "
param broken string = =
resource first 'Microsoft.X/y@2024-01-01' = {
  name: 'first'
  properties: { x: broken }
}
resource wrong 'Microsoft.X/y@2024-01-01' = {
  name: 'wrong'
  properties: { x: 1 2 }
}
resource nameless 'Microsoft.X/y@2024-01-01' = { properties: {} }
resource typeless 'y' = { name: 'a' }
resource pod 'core/Pod@v1' = { metadata: { name: 'a' } }
resource group 'Microsoft.Graph/groups@v1.0' = { uniqueName: 'a' }
resource last 'Microsoft.X/y@2024-01-01' = { name: 'last' }
";
    let root = root(&[("main.bicep", text)]);
    assert_eq!(addresses(&root), ["first", "last"]);
    assert_eq!(
        property(&root, "first").0,
        "?uses 'broken', which is not declared here, or could not be read"
    );
    let places: Vec<_> = root
        .unread
        .iter()
        .map(|unread| {
            let place = unread.place.unwrap();
            format!("{}:{} {}", place.line, place.column, unread.what.replace("bicep:main.bicep#", ""))
        })
        .collect();
    assert_eq!(
        places,
        ["2:23 broken", "9:22 wrong", "11:10 nameless", "12:19 typeless", "13:14 pod", "14:16 group"]
    );
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

#[test]
fn modules_of_a_file_are_found() {
    let text = "
// module a 'no.bicep' = {}
/* module b 'no.bicep' = {} */
var module = 'no.bicep'
module c './one.bicep' = { name: 'c' }
@batchSize(1)
module d '../two.json' = [for x in y: { name: 'd' }]
module e 'br/public:x:1' = {}
module f 'ts:x' = {}
var s = '''
module g 'no.bicep' = {}
'''
module h 'three.bicep' = {
";
    let found: Vec<PathBuf> = modules(text);
    assert_eq!(found, ["./one.bicep", "../two.json", "three.bicep"].map(PathBuf::from));
}

#[test]
fn a_file_that_is_not_there_is_unread() {
    let root = root(&[("other.bicep", "")]);
    assert_eq!(root.resources.len(), 0);
    assert_eq!(root.unread.len(), 1);
    assert!(root.unread[0].reason.starts_with("the file can't be read: "), "{}", root.unread[0].reason);
}

const SEED: &str = "@secure()\nparam a string?\nvar b = [for (x, i) in c: { 'd-${x}': '''y''' }]\n\
    resource e 'Microsoft.X/y@2024-01-01' = if (a == 'b') {\n  name: 'e'\n  ...f\n  g: h.?i[?0]!.j ?? -1\n}\n\
    module k 'l.bicep' = [for m in n: { name: $'''${m}''' }]\nfunc o(p int) array => map(q, r => r::s(1))\n";

proptest! {
    #[test]
    fn any_text_is_read_to_its_end(text in "[\\PC\\n]{0,200}") {
        reads(&text);
    }

    #[test]
    fn any_tokens_are_read_to_their_end(words in proptest::collection::vec(
        prop_oneof![
            Just("param "), Just("var "), Just("resource "), Just("module "), Just("output "), Just("type "),
            Just("func "), Just("for "), Just("in "), Just("if "), Just("a"), Just("1"), Just("'"), Just("'''"),
            Just("${"), Just("}"), Just("{"), Just("("), Just(")"), Just("["), Just("]"), Just("\n"), Just("="),
            Just("=>"), Just("."), Just("?"), Just(":"), Just("::"), Just("!"), Just("@"), Just(","), Just("..."),
            Just("/*"), Just("//"), Just("-"), Just("|"), Just("<"), Just(" "), Just("'a'"), Just("\\u{"),
        ], 0..60)) {
        reads(&words.concat());
    }

    #[test]
    fn changed_files_are_read_to_their_end(cut in 0..SEED.len(), length in 0_usize..20, put in "[\\PC\\n]{0,4}") {
        let end = (cut + length).min(SEED.len());
        reads(&format!("{}{put}{}", &SEED[..cut], &SEED[end..]));
    }
}

/// Reads a text as a file, and looks at every place it gives.
fn reads(text: &str) {
    let root = root(&[("main.bicep", text)]);
    for unread in &root.unread {
        assert!(unread.place.is_none_or(|place| place.line <= text.lines().count() + 1));
    }
    for resource in &root.resources {
        assert!(!root.files.text(resource.block).is_empty(), "{text}");
    }
    let _: &Path = Path::new(&root.path);
}
