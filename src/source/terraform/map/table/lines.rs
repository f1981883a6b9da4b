//! Reading the lines of the table.

use super::{Absent, Child, How, KeyPart, Kind, Name, Parent, Row, Stands, Step, sections};

/// A section, of which the header and the lines below it are given.
pub fn parse(header: &'static str, lines: &'static str) -> Kind {
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
