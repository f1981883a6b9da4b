//! The table of `azurerm`: which argument of which resource becomes which property of which ARM resource.
//!
//! Its facts come from the provider's documentation and schemas, majors 2 to 5 (August 2026). The format is
//! described at the head of `table/format.txt`. A section is taken apart when its resource is first asked for.

mod lines;

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The files of the table.
const FILES: &[&str] = &[
    include_str!("table/storage.txt"),
    include_str!("table/key-vault.txt"),
    include_str!("table/network.txt"),
    include_str!("table/gateway.txt"),
    include_str!("table/compute.txt"),
    include_str!("table/container.txt"),
    include_str!("table/web.txt"),
    include_str!("table/sql.txt"),
    include_str!("table/database.txt"),
    include_str!("table/messaging.txt"),
    include_str!("table/analytics.txt"),
    include_str!("table/governance.txt"),
];

/// The ARM type of what is no resource in ARM: data in a service, a relation that Azure keeps elsewhere.
pub const NOTHING: &str = "-";

/// What the provider makes of one of its resources.
#[derive(Debug, Default)]
pub struct Kind {
    /// Type in ARM: `Microsoft.Storage/storageAccounts`.
    pub arm: &'static str,
    /// Where it stands.
    pub stands: Stands,
    /// What its name is.
    pub name: Name,
    /// What becomes of its arguments.
    pub rows: Vec<Row>,
    /// ARM resources below it that the same block makes.
    pub children: Vec<Child>,
    /// ARM paths that the provider has no argument for and never sends.
    pub absent: Vec<String>,
    /// Arguments that become nothing, and why.
    pub listed: Vec<(&'static str, &'static str)>,
}

/// Where a resource stands.
#[derive(Debug, Default, PartialEq, Eq)]
pub enum Stands {
    /// In its resource group.
    #[default]
    Group,
    /// Below a resource.
    Below(Parent),
    /// It extends the resource or scope that one of these arguments names.
    Extends(Vec<&'static str>),
    /// In the subscription.
    Subscription,
    /// Above all subscriptions.
    Tenant,
    /// It is no resource of its own, but a part of one.
    Into(Parent),
}

/// The arguments that name a parent.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Parent {
    /// Alternatives; each one is an id, or the names from the outermost to the parent's own.
    pub arguments: Vec<Vec<&'static str>>,
    /// Fixed segments between that parent and the resource: `blobServices/default`.
    pub between: Option<&'static str>,
}

/// What a resource's name is.
#[derive(Debug, Default, PartialEq, Eq)]
pub enum Name {
    /// The argument `name`.
    #[default]
    Own,
    /// Another argument.
    Argument(&'static str),
    /// Always the same.
    Fixed(&'static str),
}

/// An ARM resource that a block makes besides its own.
#[derive(Debug, Default)]
pub struct Child {
    /// Segments below the block's own resource, types and names by turns: `blobServices/default`.
    pub suffix: &'static str,
    /// The arguments one of which makes it; none: it is always there.
    pub when: Vec<&'static str>,
    /// What becomes of the arguments.
    pub rows: Vec<Row>,
    /// ARM paths that the provider never sends.
    pub absent: Vec<String>,
}

/// One argument, and what becomes of it.
#[derive(Debug)]
pub struct Row {
    /// The argument, through blocks. Empty: a constant.
    pub from: Vec<Step>,
    /// The property.
    pub to: Vec<Step>,
    /// What is done to the value.
    pub how: How,
    /// What the provider sends when the argument is absent.
    pub default: Absent,
    /// The provider's majors that know the argument, as bits.
    pub majors: u32,
}

/// One step of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The member.
    pub name: &'static str,
    /// Whether it is a list, each element of which is meant.
    pub each: bool,
    /// Whether it is a list, the first element of which is meant.
    pub first: bool,
}

/// What an absent argument comes to.
#[derive(Debug, PartialEq, Eq)]
pub enum Absent {
    /// The property is absent, too.
    Absent,
    /// A value of the provider, by major; the first is for the majors that aren't named. `?`: nobody has
    /// looked it up; `null`: absent.
    Value(&'static str, Vec<(u32, &'static str)>),
}

/// What is done to a value.
#[derive(Debug, PartialEq, Eq)]
pub enum How {
    /// Nothing.
    Same,
    /// true becomes false.
    Negate,
    /// These words become those, letter case aside; others stay.
    Words(Vec<(&'static str, &'static str)>),
    /// Whatever it is, once it is there.
    Present(&'static str),
    /// A block that becomes an object, also when nothing in it is set.
    Object,
    /// Elements in one text, with this between them.
    Joined(&'static str),
    /// A value as text.
    AsText,
    /// A point in time after RFC 3339 as seconds since 1970.
    Seconds,
    /// JSON in a text.
    Json,
    /// The name of a part of the same resource as that part's id.
    PartId(&'static str),
    /// A map as a list of objects with these two members.
    Pairs(&'static str, &'static str),
    /// A part of a Key Vault object's address.
    KeyPart(KeyPart),
    /// The id's last segment.
    LastSegment,
    /// Written in Rust, see `special`.
    Code,
}

/// A part of `https://<vault>/keys/<name>/<version>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPart {
    /// `https://<vault>`.
    Vault,
    /// `<name>`.
    Name,
    /// `<version>`.
    Version,
}

struct Section {
    header: &'static str,
    lines: &'static str,
    kind: OnceLock<Kind>,
}

fn sections() -> &'static BTreeMap<&'static str, (usize, &'static str)> {
    static INDEX: OnceLock<BTreeMap<&'static str, (usize, &'static str)>> = OnceLock::new();
    INDEX.get_or_init(|| {
        let mut index = BTreeMap::new();
        for (at, section) in all().iter().enumerate() {
            for name in section.header.split_whitespace().next().unwrap_or_default().split(',') {
                index.insert(name, (at, section.lines));
            }
        }
        index
    })
}

fn all() -> &'static [Section] {
    static SECTIONS: OnceLock<Vec<Section>> = OnceLock::new();
    SECTIONS.get_or_init(|| {
        let mut found = Vec::new();
        for file in FILES {
            let starts = std::iter::once(0).chain(file.match_indices('\n').map(|(at, _)| at + 1));
            let mut heads: Vec<usize> = starts
                .filter(|at| {
                    file.get(*at..).is_some_and(|rest| rest.starts_with("azurerm_") || rest.starts_with('_'))
                })
                .collect();
            heads.push(file.len());
            for (from, to) in heads.iter().zip(heads.iter().skip(1)) {
                let text = file.get(*from..*to).unwrap_or_default();
                let (header, lines) = text.split_once('\n').unwrap_or((text, ""));
                found.push(Section { header, lines, kind: OnceLock::new() });
            }
        }
        found
    })
}

/// What the provider makes of a resource of this type, if the table knows.
pub fn kind(name: &str) -> Option<&'static Kind> {
    if name.starts_with('_') {
        return None;
    }
    let (at, _) = sections().get(name)?;
    let section = all().get(*at)?;
    Some(section.kind.get_or_init(|| lines::parse(section.header, section.lines)))
}

/// All types of the provider that the table knows.
pub fn names() -> impl Iterator<Item = &'static str> {
    sections().keys().copied().filter(|name| !name.starts_with('_'))
}
