//! Code in, resources out.

mod corpus;
mod expressions;
mod folders;
mod functions;
mod hostile;
mod instances;
mod places;
mod references;
mod unknowns;

use std::path::{Path, PathBuf};

use super::resource::TerraformResource;
use super::{Evaluated, Request, evaluate};
use crate::source::code::node::{Content, Node};
use crate::source::code::read::Reader;

/// A folder of files that goes away with the test.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Evaluates the folder `root` in it, with all of it readable.
    fn evaluate(&self, root: &str, variable_files: &[&str]) -> Evaluated {
        let reader = Reader::new(self.path()).unwrap();
        let variable_files: Vec<PathBuf> = variable_files.iter().map(|name| self.path().join(name)).collect();
        let folder = self.path().join(root);
        evaluate(&Request { folder: &folder, shown: root, reader: &reader, variable_files: &variable_files })
    }
}

/// Evaluates one file.
fn evaluated(code: &str) -> Evaluated {
    Folder::new(&[("main.tf", code)]).evaluate("", &[])
}

impl Evaluated {
    fn resource(&self, address: &str) -> &TerraformResource {
        self.resources.iter().find(|resource| resource.address == address).unwrap_or_else(|| {
            panic!("no {address} in {:?}", self.resources.iter().map(|r| &r.address).collect::<Vec<_>>())
        })
    }

    /// An argument of a resource, as [`shown`].
    fn argument(&self, address: &str, name: &str) -> String {
        self.resource(address).arguments.member(name).map_or_else(|| "absent".to_owned(), shown)
    }

    /// The text that decides an argument.
    fn decided_by(&self, address: &str, name: &str) -> String {
        let node = self.resource(address).arguments.member(name).unwrap();
        let file = self.files.get(node.span.file).unwrap();
        format!("{}: {}", file.path, self.files.text(node.span))
    }

    fn addresses(&self) -> Vec<&str> {
        self.resources.iter().map(|resource| resource.address.as_str()).collect()
    }

    fn unread(&self) -> Vec<String> {
        self.unread
            .iter()
            .map(|unread| {
                let place = unread.place.map(|place| format!(":{}:{}", place.line, place.column));
                format!("{}{} {}: {}", unread.file, place.unwrap_or_default(), unread.what, unread.reason)
            })
            .collect()
    }
}

/// A value in short: JSON, `<address/attribute>` for a reference, `<?reason>` for what isn't known.
fn shown(node: &Node) -> String {
    let joined = |parts: Vec<String>| parts.join(", ");
    match &node.content {
        Content::Null => "null".to_owned(),
        Content::Bool(value) => value.to_string(),
        Content::Number(value) => value.to_string(),
        Content::Text(value) => format!("{value:?}"),
        Content::Array(items) => format!("[{}]", joined(items.iter().map(shown).collect())),
        Content::Object(members) => {
            let members = members.iter().map(|(name, value)| format!("{name}: {}", shown(value)));
            format!("{{{}}}", joined(members.collect()))
        }
        Content::Unknown(unknown) => match &unknown.reference {
            Some(reference) => format!("<{}/{}>", reference.address, reference.attribute),
            None => format!("<?{}>", unknown.reason),
        },
    }
}

/// Evaluates expressions and compares what they give.
fn check(around: &str, table: &[(&str, &str)]) {
    let arguments: Vec<String> =
        table.iter().enumerate().map(|(at, (code, _))| format!("  a{at} = {code}\n")).collect();
    let evaluated = evaluated(&format!("{around}\nresource \"t_t\" \"t\" {{\n{}}}\n", arguments.concat()));
    assert_eq!(evaluated.unread(), Vec::<String>::new());
    for (at, (code, expected)) in table.iter().enumerate() {
        assert_eq!(&evaluated.argument("t_t.t", &format!("a{at}")), expected, "{code}");
    }
}
