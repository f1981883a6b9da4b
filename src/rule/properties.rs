//! The table of property paths that Azure's resource types have, in the newest stable api-version of
//! each: rule files are checked against it, so that a mistyped path fails when the rule is loaded
//! instead of never matching.
//!
//! Source: Azure's published type definitions (Bicep types, August 2026) and Microsoft Graph v1.0
//! metadata. The compact form is written by `fixtures/generate/property_table.rs`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::OnceLock;

use crate::inventory::path::{join, push, segments};

/// What a property holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Text.
    Text,
    /// Text out of a known list.
    Enum,
    /// A number without fraction.
    Integer,
    /// true or false.
    Boolean,
    /// An object or a map.
    Object,
    /// A list.
    Array,
    /// Anything; nothing below it is checked.
    Any,
}

/// One property of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// Its full path, `[*]` for elements, `{*}` for entries of a map.
    pub path: String,
    /// What it holds.
    pub shape: Shape,
    /// The values of an enum, as Azure spells them.
    pub values: Vec<String>,
    /// Azure sets it; a fix can't.
    pub read_only: bool,
}

/// All properties of one type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeTable {
    /// The type as Azure spells it.
    pub name: String,
    /// Newest stable api-version.
    pub api_version: String,
    /// By folded path.
    properties: BTreeMap<String, Property>,
}

/// Where the search for a path ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// The table has it.
    Known(&'a Property),
    /// It lies below a property that may hold anything.
    Open,
    /// It doesn't exist; the nearest path that does.
    Missing(Option<String>),
}

/// The table, or a small one that stands beside rule files.
#[derive(Clone, Debug, Default)]
pub struct PropertyTable {
    text: Cow<'static, str>,
    /// Folded type → start and end of its lines in `text`.
    types: BTreeMap<String, (usize, usize)>,
}

impl PropertyTable {
    /// The table that is compiled into the program; unpacked at the first use.
    ///
    /// # Errors
    /// When the compiled-in bytes are damaged.
    pub fn shipped() -> Result<&'static Self, std::io::Error> {
        static TABLE: OnceLock<PropertyTable> = OnceLock::new();
        if let Some(table) = TABLE.get() {
            return Ok(table);
        }
        let packed: &[u8] = include_bytes!("property-table.zst");
        let bytes = zstd::decode_all(packed)?;
        let text = String::from_utf8(bytes).map_err(std::io::Error::other)?;
        Ok(TABLE.get_or_init(|| Self::from_text(text)))
    }

    /// A table in the compact form.
    pub fn from_text(text: String) -> Self {
        let mut types = BTreeMap::new();
        let mut open: Option<(String, usize)> = None;
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            if !line.starts_with([' ', '\n', '#']) {
                if let Some((name, start)) = open.take() {
                    types.insert(name, (start, at));
                }
                let name = line.trim_end().split('@').next().unwrap_or_default();
                open = Some((name.to_ascii_lowercase(), at));
            }
            at += line.len();
        }
        if let Some((name, start)) = open {
            types.insert(name, (start, at));
        }
        Self { text: text.into(), types }
    }

    /// A table from tab-separated files with the columns `arm_type api_version path kind values access`
    /// (`arm_type` first, the others by their names).
    pub fn from_tsv(files: &[&str]) -> Self {
        Self::from_text(compact(files))
    }

    /// The compact form.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Takes over the types of `other`; to a type in both, the paths of the other are added.
    #[must_use]
    pub fn extended(&self, other: &Self) -> Self {
        let mut text = self.text.clone().into_owned();
        let mut types = self.types.clone();
        for (name, (start, end)) in &other.types {
            let added = other.text.get(*start..*end).unwrap_or_default();
            let from = text.len();
            match self.types.get(name).and_then(|(start, end)| self.text.get(*start..*end)) {
                Some(known) => {
                    text.push_str(known);
                    text.push_str(added.split_once('\n').map_or("", |(_, properties)| properties));
                }
                None => text.push_str(added),
            }
            types.insert(name.clone(), (from, text.len()));
        }
        Self { text: text.into(), types }
    }

    /// The properties of a type; `None` when the table doesn't know it.
    pub fn resource_type(&self, name: &str) -> Option<TypeTable> {
        let (start, end) = *self.types.get(&name.to_ascii_lowercase())?;
        let mut lines = self.text.get(start..end)?.lines();
        let (name, api_version) = lines.next()?.split_once('@')?;
        let mut table = TypeTable {
            name: name.to_owned(),
            api_version: api_version.trim().to_owned(),
            properties: BTreeMap::new(),
        };
        let mut above: Vec<&str> = Vec::new();
        for line in lines {
            let depth = line.len() - line.trim_start_matches(' ').len();
            let mut columns = line.trim_start_matches(' ').split('\t');
            let (Some(last), Some(shape)) = (columns.next(), columns.next()) else {
                continue;
            };
            above.truncate(depth.saturating_sub(1));
            above.push(last);
            let path = join(above.iter().copied());
            let property = Property {
                shape: match shape.as_bytes().first() {
                    Some(b's') => Shape::Text,
                    Some(b'e') => Shape::Enum,
                    Some(b'i') => Shape::Integer,
                    Some(b'b') => Shape::Boolean,
                    Some(b'o') => Shape::Object,
                    Some(b'a') => Shape::Array,
                    _ => Shape::Any,
                },
                values: columns.next().map_or_else(Vec::new, |values| {
                    values.split('|').filter(|value| !value.is_empty()).map(str::to_owned).collect()
                }),
                read_only: shape.ends_with('r'),
                path: path.clone(),
            };
            // What is only on the way to an added path is known better already.
            match table.properties.entry(path.to_ascii_lowercase()) {
                Entry::Occupied(_) if property.shape == Shape::Object => {}
                Entry::Occupied(mut known) => *known.get_mut() = property,
                Entry::Vacant(place) => {
                    place.insert(property);
                }
            }
        }
        Some(table)
    }

    /// The known type whose name is nearest to `name`.
    pub fn nearest_type(&self, name: &str) -> Option<String> {
        let nearest = nearest(name, self.types.keys().map(String::as_str))?;
        self.resource_type(&nearest).map(|table| table.name)
    }
}

impl TypeTable {
    /// Finds a path in rule spelling. What every resource has is known of every type, although the table
    /// leaves it out of bodies with branches.
    pub fn find(&self, path: &str) -> Lookup<'_> {
        let is_envelope = ["id", "name", "type"].iter().any(|name| path.eq_ignore_ascii_case(name));
        if is_envelope && !self.properties.contains_key(&path.to_ascii_lowercase()) {
            return Lookup::Open;
        }
        let parts = segments(path);
        let mut known = String::new();
        for (depth, segment) in parts.iter().enumerate() {
            let parent = known.clone();
            push(&mut known, segment);
            if self.properties.contains_key(&known.to_ascii_lowercase()) {
                continue;
            }
            // A named entry of a map.
            let mut entry = parent.clone();
            push(&mut entry, "{*}");
            if self.properties.contains_key(&entry.to_ascii_lowercase()) {
                known = entry;
                continue;
            }
            let above = self.properties.get(&parent.to_ascii_lowercase());
            let childless = !self.has_children(&parent);
            if above
                .is_some_and(|above| above.shape == Shape::Any || (above.shape == Shape::Object && childless))
            {
                return Lookup::Open;
            }
            return Lookup::Missing(self.suggestion(&parts[..depth], segment, &parts[depth + 1..]));
        }
        self.properties.get(&known.to_ascii_lowercase()).map_or(Lookup::Missing(None), Lookup::Known)
    }

    fn has_children(&self, path: &str) -> bool {
        let prefix = path.to_ascii_lowercase();
        self.properties
            .range(prefix.clone()..)
            .skip(1)
            .take_while(|(known, _)| known.starts_with(&prefix))
            .any(|(known, _)| matches!(known.as_bytes().get(prefix.len()), Some(b'.' | b'[')))
    }

    /// The path with its wrong segment replaced by the nearest sibling, else the nearest whole path.
    fn suggestion(&self, before: &[&str], wrong: &str, after: &[&str]) -> Option<String> {
        let parent = join(before.iter().copied());
        let depth = before.len();
        let siblings: Vec<&str> = self
            .properties
            .values()
            .filter_map(|property| {
                let parts = segments(&property.path);
                let same = parts.len() == depth + 1
                    && join(parts[..depth].iter().copied()).eq_ignore_ascii_case(&parent);
                same.then(|| parts.last().copied()).flatten()
            })
            .collect();
        if let Some(sibling) = nearest(wrong, siblings.into_iter()) {
            let mut path = before.to_vec();
            path.push(&sibling);
            path.extend(after);
            return Some(join(path));
        }
        let whole = join([before, &[wrong], after].concat());
        nearest(&whole, self.properties.values().map(|property| property.path.as_str()))
    }
}

/// The compact form of tab-separated tables: a line `type@api-version` for each type, then a line for each
/// property, indented by its depth: last segment, tab, kind letter (`r` behind it: read-only), tab, enum
/// values. A Microsoft Graph object is an ARM-shaped resource here, with the object under `properties`.
fn compact(files: &[&str]) -> String {
    // Type@version → path in segments → kind, access and enum values as they are written.
    let mut types: BTreeMap<String, BTreeMap<Vec<String>, String>> = BTreeMap::new();
    for text in files {
        let mut lines = text.lines().filter(|line| !line.starts_with('#'));
        let header: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
        for line in lines {
            let cells: Vec<&str> = line.split('\t').collect();
            let cell = |name: &str| {
                header
                    .iter()
                    .position(|known| *known == name)
                    .and_then(|at| cells.get(at))
                    .copied()
                    .unwrap_or("")
            };
            let kind = cells.first().copied().unwrap_or_default();
            // The branches of a discriminated body are written with a leading dot.
            let path = cell("path").trim_start_matches('.');
            if path.is_empty() {
                continue;
            }
            let properties = types.entry(format!("{kind}@{}", cell("api_version"))).or_default();
            let path = if kind.starts_with("Microsoft.Graph/") {
                for (name, shape) in [("id", "sr"), ("name", "sr"), ("type", "sr"), ("properties", "o")] {
                    properties.insert(vec![name.to_owned()], shape.to_owned());
                }
                format!("properties.{path}")
            } else {
                path.to_owned()
            };
            let path: Vec<String> = segments(&path).into_iter().map(str::to_owned).collect();
            for depth in 1..path.len() {
                properties.entry(path[..depth].to_vec()).or_insert_with(|| "o".to_owned());
            }
            properties.insert(path, letter(cell("kind"), cell("access"), cell("values")));
        }
    }
    let mut out = String::new();
    for (name, properties) in &types {
        out.push_str(name);
        out.push('\n');
        for (path, shape) in properties {
            let depth = path.len();
            let last = path.last().map_or("", String::as_str);
            out.push_str(&format!("{:depth$}{last}\t{shape}\n", ""));
        }
    }
    out
}

fn letter(kind: &str, access: &str, values: &str) -> String {
    let letter = match kind {
        "string" | "guid" | "datetimeoffset" | "duration" | "date" | "timeofday" => "s",
        "object" => "o",
        "enum" => "e",
        "array" => "a",
        "integer" | "int32" | "int64" => "i",
        "boolean" => "b",
        _ => "*",
    };
    let read_only = if access.starts_with("readonly") { "r" } else { "" };
    if letter == "e" { format!("{letter}{read_only}\t{values}") } else { format!("{letter}{read_only}") }
}

/// The candidate that is nearest to `word`, if any is near enough to be what was meant.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    let folded = word.to_ascii_lowercase();
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(&folded, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= (word.len() / 3).clamp(1, 4))
        .min()
        .map(|(_, candidate)| candidate.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn storage() -> TypeTable {
        PropertyTable::shipped().unwrap().resource_type("microsoft.storage/STORAGEACCOUNTS").unwrap()
    }

    #[test]
    fn known_paths_are_found_without_letter_case() {
        let storage = storage();
        assert_eq!(storage.name, "Microsoft.Storage/storageAccounts");
        let Lookup::Known(tls) = storage.find("properties.MINIMUMTlsVersion") else { panic!("not known") };
        assert_eq!(tls.shape, Shape::Enum);
        assert!(tls.values.iter().any(|value| value == "TLS1_2"));
        assert!(matches!(storage.find("properties.networkAcls.ipRules[*].value"), Lookup::Known(_)));
        assert!(matches!(storage.find("tags.department"), Lookup::Known(_)));
        assert!(matches!(storage.find("identity.userAssignedIdentities.{*}.clientId"), Lookup::Known(_)));
    }

    #[test]
    fn a_mistyped_path_is_missing_and_the_right_one_is_suggested() {
        let cases = [
            ("properties.supportHttpsTrafficOnly", "properties.supportsHttpsTrafficOnly"),
            ("properties.networkAcls.ipRule[*].value", "properties.networkAcls.ipRules[*].value"),
            ("properties.networkAcls.ipRules[*].vallue", "properties.networkAcls.ipRules[*].value"),
        ];
        for (wrong, right) in cases {
            assert_eq!(storage().find(wrong), Lookup::Missing(Some(right.to_owned())), "{wrong}");
        }
    }

    #[test]
    fn a_table_beside_the_rules_adds_types_and_paths() {
        let own = "arm_type\tapi_version\tpath\tkind\tvalues\taccess\n\
            Microsoft.Storage/storageAccounts\t2024-01-01\tproperties.networkAcls.ipRules[*].note\tstring\t\t\n\
            Microsoft.Own/things\t2024-01-01\tproperties.colour\tenum\tRed|Blue\t\n";
        let table = PropertyTable::shipped().unwrap().extended(&PropertyTable::from_tsv(&[own]));
        let storage = table.resource_type("Microsoft.Storage/storageAccounts").unwrap();
        for path in ["properties.networkAcls.ipRules[*].note", "properties.networkAcls.ipRules[*].value"] {
            assert!(matches!(storage.find(path), Lookup::Known(_)), "{path}");
        }
        let Lookup::Known(list) = storage.find("properties.networkAcls.ipRules") else { panic!("not known") };
        assert_eq!(list.shape, Shape::Array);
        assert!(table.resource_type("microsoft.own/THINGS").is_some());
    }

    #[test]
    fn types_are_suggested_too() {
        let table = PropertyTable::shipped().unwrap();
        assert!(table.resource_type("Microsoft.Storage/storageAcounts").is_none());
        assert_eq!(
            table.nearest_type("Microsoft.Storage/storageAcounts").as_deref(),
            Some("Microsoft.Storage/storageAccounts")
        );
    }
}
