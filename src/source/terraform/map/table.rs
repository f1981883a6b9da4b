//! The table of `azurerm`: which argument of which resource becomes which property of which ARM resource.
//!
//! Its facts come from the provider's documentation and schemas, majors 2 to 5 (August 2026). The format is
//! described at the head of `table/format.txt`. A section is taken apart when its resource is first asked for.

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
    Some(section.kind.get_or_init(|| parse(section.header, section.lines)))
}

/// All types of the provider that the table knows.
pub fn names() -> impl Iterator<Item = &'static str> {
    sections().keys().copied().filter(|name| !name.starts_with('_'))
}

fn parse(header: &'static str, lines: &'static str) -> Kind {
    let mut words = header.split_whitespace().skip(1);
    let mut kind = Kind { arm: words.next().unwrap_or_default(), ..Kind::default() };
    while let Some(word) = words.next() {
        match word {
            "in" => kind.stands = Stands::Below(parent(words.next().unwrap_or_default())),
            "into" => kind.stands = Stands::Into(parent(words.next().unwrap_or_default())),
            "on" => kind.stands = Stands::Extends(words.next().unwrap_or_default().split(',').collect()),
            "subscription" => kind.stands = Stands::Subscription,
            "tenant" => kind.stands = Stands::Tenant,
            _ => match word.strip_prefix("name=") {
                Some(name) => {
                    kind.name = name
                        .strip_prefix('\'')
                        .map_or(Name::Argument(name), |fixed| Name::Fixed(fixed.trim_end_matches('\'')));
                }
                None => debug_assert!(false, "{header}"),
            },
        }
    }
    read_lines(lines, &mut kind, None, 0);
    kind
}

/// `a_id,a_name&b_name/fixed/default`.
fn parent(text: &'static str) -> Parent {
    let (arguments, between) = text.split_once('/').map_or((text, None), |(own, rest)| (own, Some(rest)));
    Parent { arguments: arguments.split(',').map(|names| names.split('&').collect()).collect(), between }
}

/// Reads lines into `kind`; paths that begin with `properties` begin with `under` instead.
fn read_lines(lines: &'static str, kind: &mut Kind, under: Option<&'static str>, depth: u32) {
    for line in lines.lines() {
        let Some(first) = line.split_whitespace().next() else { continue };
        let rest = line.get(first.len()..).unwrap_or_default().trim();
        match first {
            "#" => {}
            "<" if depth < 4 => {
                let mut words = rest.split_whitespace();
                let section = words.next().and_then(|name| sections().get(name));
                if let Some((_, lines)) = section {
                    read_lines(lines, kind, words.next().or(under), depth + 1);
                }
            }
            "+" => {
                let mut words = rest.split_whitespace();
                let suffix = words.next().unwrap_or_default();
                let when = words.next().map(|_| words.next().unwrap_or_default().split(',').collect());
                kind.children.push(Child { suffix, when: when.unwrap_or_default(), ..Child::default() });
            }
            "!" => {
                let paths = rest.split_whitespace().map(|path| match under.zip(path.split_once('.')) {
                    Some((under, (_, rest))) => format!("{under}.{rest}"),
                    None => path.to_owned(),
                });
                match kind.children.last_mut() {
                    Some(child) => child.absent.extend(paths),
                    None => kind.absent.extend(paths),
                }
            }
            "-" => {
                let (attribute, why) = rest.split_once(' ').unwrap_or((rest, ""));
                kind.listed.push((attribute, why.trim()));
            }
            _ => {
                let Some(mut row) = row(line) else {
                    debug_assert!(false, "{line}");
                    continue;
                };
                if let Some(under) = under {
                    row.to.splice(..1, steps(under, '.'));
                }
                match kind.children.last_mut() {
                    Some(child) => child.rows.push(row),
                    None => kind.rows.push(row),
                }
            }
        }
    }
}

fn row(line: &'static str) -> Option<Row> {
    let mut words = line.split_whitespace();
    let from = words.next()?;
    if words.next()? != ">" {
        return None;
    }
    let mut row = Row {
        from: if from == "." { Vec::new() } else { steps(from, '/') },
        to: steps(words.next()?, '.'),
        how: How::Same,
        default: Absent::Absent,
        majors: u32::MAX,
    };
    while let Some(mark) = words.next() {
        if let Some(majors) = mark.strip_prefix('@') {
            row.majors =
                majors.chars().filter_map(|c| c.to_digit(10)).fold(0, |bits, major| bits | 1 << major);
            continue;
        }
        let word = words.next()?;
        match mark {
            ":" => row.how = how(word)?,
            "=" => {
                let mut parts = word.split('|');
                let first = parts.next()?;
                row.default = {
                    let others = parts
                        .map(|part| {
                            part.split_once('=').and_then(|(major, value)| Some((major.parse().ok()?, value)))
                        })
                        .collect::<Option<_>>()?;
                    Absent::Value(first, others)
                };
            }
            _ => return None,
        }
    }
    Some(row)
}

fn steps(path: &'static str, between: char) -> Vec<Step> {
    // Names with dots in them stand in brackets: `properties.customProperties.<Microsoft.X>`.
    let (path, quoted) = match path.split_once(".<") {
        Some((path, quoted)) => (path, quoted.strip_suffix('>')),
        None => (path, None),
    };
    path.split(between)
        .map(|step| {
            let name = step.split('[').next().unwrap_or(step);
            Step { name, each: step.ends_with("[*]"), first: step.ends_with("[0]") }
        })
        .chain(quoted.map(|name| Step { name, each: false, first: false }))
        .collect()
}

fn how(word: &'static str) -> Option<How> {
    let (name, arguments) = word
        .split_once('(')
        .map_or((word, ""), |(name, rest)| (name, rest.strip_suffix(')').unwrap_or(rest)));
    Some(match name {
        "negate" => How::Negate,
        "on" => How::Words(vec![("true", "Enabled"), ("false", "Disabled")]),
        "words" => How::Words(arguments.split(',').map(|pair| pair.split_once('=')).collect::<Option<_>>()?),
        "present" => How::Present(arguments),
        "object" => How::Object,
        "joined" => How::Joined(if arguments.is_empty() { "," } else { arguments }),
        "text" => How::AsText,
        "seconds" => How::Seconds,
        "json" => How::Json,
        "part" => How::PartId(arguments),
        "pairs" => arguments.split_once(',').map(|(name, value)| How::Pairs(name, value))?,
        "vault" => How::KeyPart(KeyPart::Vault),
        "key" => How::KeyPart(KeyPart::Name),
        "version" => How::KeyPart(KeyPart::Version),
        "last" => How::LastSegment,
        "code" => How::Code,
        _ => return None,
    })
}
