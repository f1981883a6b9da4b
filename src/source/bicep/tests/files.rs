//! Other files: imports, files as values, and what a file names.

use std::path::PathBuf;

use super::super::{modules, using};
use super::{property, root, unread};

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
      loadFileAsBase64((('data/a.txt')))
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
fn the_template_of_a_parameter_file_is_found() {
    for (text, expected) in [
        ("// x\nusing './main.bicep'\n", Some("./main.bicep")),
        ("using none\n", None),
        ("param using = 'x'\n", None),
        ("", None),
    ] {
        assert_eq!(using(text), expected.map(PathBuf::from), "{text:?}");
    }
}
