//! Bicep from its text to what it would deploy.

mod expressions;
mod files;
mod hostile;
mod parameters;
mod resources;

use super::{Request, read};
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
