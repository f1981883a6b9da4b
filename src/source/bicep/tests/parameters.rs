//! Parameter files.

use super::{property, root, root_with, unread};

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
    let other =
        [("main.bicep", text), ("main.bicepparam", "using 'y.bicep'\nparam a = 'x'\n"), ("y.bicep", "")];
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
