//! What is wrong, deep, or no Bicep at all.

use proptest::prelude::*;

use super::{addresses, property, root, value};

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
fn a_file_that_is_not_there_is_unread() {
    let root = root(&[("other.bicep", "")]);
    assert_eq!(root.resources.len(), 0);
    assert_eq!(root.unread.len(), 1);
    assert!(root.unread[0].reason.starts_with("the file can't be read: "), "{}", root.unread[0].reason);
}

#[test]
fn a_file_of_errors_is_given_up() {
    let root = root(&[("main.bicep", &"var x\n".repeat(200_000))]);
    assert_eq!(root.unread.len(), 201);
    assert!(root.unread[200].reason.ends_with("from here on the file is not read"));
    let loads = format!("var a = [\n{}]\n", "  loadTextContent('gone')\n".repeat(20_000));
    let root = super::root(&[("main.bicep", &loads)]);
    assert!(root.unread.len() < 500);
    assert_eq!(root.unread.last().unwrap().reason, "more can't be read than is listed here");
}

#[test]
fn deep_values_are_read_or_not_known() {
    let (many, deep) = ("+ 1 ".repeat(250), 120);
    for (x, known) in [
        (format!("{}1{}", "[".repeat(deep), "]".repeat(deep)), true),
        (format!("{}1{}", "{a: ".repeat(deep), "}".repeat(deep)), true),
        (format!("{}1{}", "(".repeat(deep), ")".repeat(deep)), true),
        (format!("{}1{}", "length([".repeat(60), "])".repeat(60)), true),
        (format!("1 {many}"), false),
    ] {
        let value = value("", &x).0;
        assert_eq!(!value.contains('?'), known, "{value}");
    }
    let loops = format!("{}x{}", "[for x in [1]: ".repeat(60), "]".repeat(60));
    assert!(value("", &loops).0.ends_with(&"]".repeat(60)));
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
}
