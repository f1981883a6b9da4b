//! Parsing a body while keeping only the paths that are read.
//!
//! A tree of the paths for each resource type steers the parser: members that no path names are
//! skipped without being built. Children that Azure nests in their parent are lifted out on the way.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use compact_str::CompactString;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use smallvec::SmallVec;

use super::id::ResourceId;
use super::path::segments;
use super::reads::{NESTED, Reads};
use super::value::{Key, Keys, Value};

/// The one member of the object that stands in a body of code for a value that isn't known before deployment.
/// Only bodies read by [`Projection::parse_code`] can say so.
pub const UNKNOWN: &str = "\0unknown";
/// Members or elements that are being read. They are copied into a box that fits: one that was shrunk
/// would leave a hole behind, and there are millions.
type Gathered<T> = SmallVec<[T; 12]>;

#[derive(Clone, Debug, Default)]
struct Node {
    members: Vec<(Box<str>, Key, usize)>,
    /// `[*]`: the elements of an array.
    element: Option<usize>,
    /// `{*}`: the values of a map, whatever their names.
    entry: Option<usize>,
    /// The elements are child resources: index into [`NESTED`].
    lifts: Option<usize>,
}

/// The paths to keep, by resource type.
#[derive(Clone, Debug, Default)]
pub struct Projection {
    nodes: Vec<Node>,
    roots: HashMap<String, usize>,
}

/// One resource read out of a body, not yet indexed.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// Id as it stands in the body; for a nested child without id, built from its parent's.
    pub id: ResourceId,
    /// Type: from the id, else from the body.
    pub kind: String,
    /// Region.
    pub location: CompactString,
    /// The projected body.
    pub value: Value,
    /// Whether the body has a `properties` object.
    pub has_properties: bool,
    /// For a lifted child: the index into [`NESTED`] and into the array there.
    pub nested_at: Option<(usize, usize)>,
    /// Nested arrays that were seen in this body (indexes into [`NESTED`]), so that "none" is known.
    pub nested_seen: Vec<usize>,
    /// Nested arrays that stand in this body but aren't known before deployment.
    pub nested_unknown: Vec<usize>,
}

/// Why a record gives no resource: it is no JSON object, is nested too deeply, or has no id.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct RecordError(#[from] serde_json::Error);

impl Projection {
    /// The tree for everything in `reads`. Keys are interned in `keys`.
    pub fn new(reads: &Reads, keys: &mut Keys) -> Self {
        let mut projection = Self::default();
        for reads in reads.iter() {
            let root = projection.root(&reads.name);
            for path in &reads.paths {
                projection.insert(root, path, keys);
            }
        }
        for (index, (parent, path, child)) in NESTED.iter().enumerate() {
            let root = projection.root(parent);
            let node = projection.insert(root, path, keys);
            projection.nodes[node].lifts = Some(index);
            projection.root(child);
        }
        projection
    }

    fn root(&mut self, resource_type: &str) -> usize {
        let next = self.nodes.len();
        let root = *self.roots.entry(resource_type.to_ascii_lowercase()).or_insert(next);
        if root == next {
            self.nodes.push(Node::default());
        }
        root
    }

    /// The nested arrays at or below a node.
    fn lifts_below(&self, node: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut open = vec![node];
        while let Some(at) = open.pop() {
            let node = &self.nodes[at];
            found.extend(node.lifts);
            open.extend(node.members.iter().map(|(_, _, below)| *below));
        }
        found
    }

    fn insert(&mut self, root: usize, path: &str, keys: &mut Keys) -> usize {
        let mut node = root;
        for segment in segments(path) {
            let next = self.nodes.len();
            let here = &mut self.nodes[node];
            let slot = match segment {
                "[*]" => here.element.get_or_insert(next),
                "{*}" => here.entry.get_or_insert(next),
                name => {
                    let key = keys.intern(name);
                    let known = here.members.iter().position(|(_, known, _)| *known == key);
                    let at = known.unwrap_or_else(|| {
                        here.members.push((name.into(), key, next));
                        here.members.len() - 1
                    });
                    &mut here.members[at].2
                }
            };
            node = *slot;
            if node == next {
                self.nodes.push(Node::default());
            }
        }
        node
    }

    /// Reads one body. Children nested in it come before their parent.
    ///
    /// # Errors
    /// When the text is no JSON object, has no id, or no type can be told.
    pub fn parse(&self, body: &[u8], keys: &mut Keys) -> Result<Vec<Parsed>, RecordError> {
        self.read(body, keys, false)
    }

    /// Reads the body of a resource in code, in which values can be [`UNKNOWN`].
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_code(&self, body: &[u8], keys: &mut Keys) -> Result<Vec<Parsed>, RecordError> {
        self.read(body, keys, true)
    }

    fn read(&self, body: &[u8], keys: &mut Keys, code: bool) -> Result<Vec<Parsed>, RecordError> {
        let mut walk = Walk { projection: self, keys, parents: Vec::new(), out: Vec::with_capacity(1), code };
        let mut deserializer = serde_json::Deserializer::from_slice(body);
        let parsed = Body { walk: &mut walk, nested_at: None }.deserialize(&mut deserializer)?;
        deserializer.end()?;
        let mut out = walk.out;
        out.push(parsed);
        Ok(out)
    }
}

/// What all visitors of one body share.
struct Walk<'p> {
    projection: &'p Projection,
    keys: &'p mut Keys,
    /// The resource being read, below those it is nested in.
    parents: Vec<ResourceId>,
    /// Children lifted so far.
    out: Vec<Parsed>,
    /// Whether values can be [`UNKNOWN`].
    code: bool,
}

/// A resource: the outermost object, or a nested child.
struct Body<'w, 'p> {
    walk: &'w mut Walk<'p>,
    nested_at: Option<(usize, usize)>,
}

impl<'de> DeserializeSeed<'de> for Body<'_, '_> {
    type Value = Parsed;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Parsed, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Body<'_, '_> {
    type Value = Parsed;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object that describes a resource")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parsed, A::Error> {
        let Self { walk, nested_at } = self;
        let mut name = None;
        let mut kind = None;
        let mut identified: Option<(ResourceId, String)> = None;
        let mut fields = Fields::default();
        let mut region_unknown = false;
        // Members that came before the id told which paths to keep.
        let mut waiting: Vec<(Cow<'de, str>, &'de RawValue)> = Vec::new();
        while let Some(Text(key)) = map.next_key()? {
            if key.eq_ignore_ascii_case("id") {
                let text = map.next_value::<MaybeText<'de>>()?.0;
                if let Some(id) = text.as_deref().and_then(ResourceId::parse_link) {
                    let known =
                        nested_at.map_or_else(|| id.resource_type(), |at| Some(NESTED[at.0].2.to_owned()));
                    if let Some(known) = known {
                        fields.root = walk.projection.roots.get(&known.to_ascii_lowercase()).copied();
                        walk.parents.push(id.clone());
                        identified = Some((id, known));
                    } else {
                        identified = Some((id, String::new()));
                    }
                }
            } else if key.eq_ignore_ascii_case("name") {
                name = map.next_value::<MaybeText<'de>>()?.0;
            } else if key.eq_ignore_ascii_case("type") {
                kind = map.next_value::<MaybeText<'de>>()?.0;
            } else if key.eq_ignore_ascii_case("location") {
                let text = map.next_value::<MaybeText<'de>>()?.0;
                // In code, a region that is no text is one that isn't known.
                region_unknown = walk.code && text.is_none();
                fields.location = text.unwrap_or_default().into();
            } else if identified.as_ref().is_some_and(|(_, kind)| !kind.is_empty()) {
                fields.take(walk, &key, &mut map)?;
            } else {
                waiting.push((key, map.next_value()?));
            }
        }
        let (id, known) = match (identified, nested_at) {
            (Some(found), _) => found,
            (None, Some((index, _))) => {
                let child = NESTED[index].2;
                let segment = child.rsplit('/').next().unwrap_or_default();
                let parent = walk.parents.last();
                let id = name.as_deref().zip(parent).and_then(|(name, parent)| parent.child(segment, name));
                (id.ok_or_else(|| A::Error::custom("a nested child has neither id nor name"))?, String::new())
            }
            (None, None) => return Err(A::Error::custom("the object has no usable \"id\"")),
        };
        let waited = known.is_empty();
        let kind = match (nested_at, known, kind) {
            (Some((index, _)), _, _) => NESTED[index].2.to_owned(),
            (None, known, _) if !known.is_empty() => known,
            (None, _, Some(kind)) if !kind.trim_matches('/').is_empty() => kind.into_owned(),
            _ => {
                return Err(A::Error::custom(format!("neither the id {id} nor a \"type\" tells what it is")));
            }
        };
        if waited {
            fields.root = walk.projection.roots.get(&kind.to_ascii_lowercase()).copied();
            walk.parents.push(id.clone());
        }
        for (key, text) in waiting {
            fields.take_raw(walk, &key, text).map_err(A::Error::custom)?;
        }
        walk.parents.pop();
        // What every resource has is a path like any other, where a rule reads it.
        // The name is the id's: bodies of children carry `parent/child` (firewall rules, session hosts,
        // extensions) or the parent's name alone (an app's `config/web`).
        let envelope =
            [("id", id.as_str()), ("name", id.name()), ("type", &kind), ("location", &fields.location)];
        for (name, text) in envelope {
            let is_unknown = match name {
                "name" => walk.code && text.starts_with('~'),
                "location" => region_unknown,
                _ => false,
            };
            if let Some((key, _)) = fields.wanted(walk, name).filter(|_| is_unknown || !text.is_empty()) {
                let value = if is_unknown { Value::Unknown } else { Value::String(text.into()) };
                fields.members.push((key, value));
            }
        }
        Ok(Parsed {
            id,
            kind,
            location: fields.location,
            value: Value::Object(fields.members.into_boxed_slice()),
            has_properties: fields.has_properties,
            nested_at,
            nested_seen: fields.seen.nested,
            nested_unknown: fields.seen.unknown,
        })
    }
}

/// What is gathered while a resource's members pass by.
#[derive(Default)]
struct Fields {
    root: Option<usize>,
    location: CompactString,
    members: Gathered<(Key, Value)>,
    has_properties: bool,
    seen: Seen,
}

/// The nested arrays of a body.
#[derive(Default)]
struct Seen {
    /// Those that were read.
    nested: Vec<usize>,
    /// Those that aren't known.
    unknown: Vec<usize>,
}

impl Fields {
    fn wanted(&self, walk: &Walk<'_>, name: &str) -> Option<(Key, usize)> {
        self.root.and_then(|root| walk.projection.nodes[root].member(name))
    }

    fn take<'de, A: MapAccess<'de>>(
        &mut self,
        walk: &mut Walk<'_>,
        name: &str,
        map: &mut A,
    ) -> Result<(), A::Error> {
        let is_properties = name.eq_ignore_ascii_case("properties");
        match self.wanted(walk, name) {
            Some((key, node)) => {
                let seen = &mut self.seen;
                let value = map.next_value_seed(Projected { walk, node: Some(node), seen })?;
                self.has_properties |= is_properties && matches!(value, Value::Object(_) | Value::Unknown);
                self.members.push((key, value));
            }
            None if is_properties => self.has_properties |= map.next_value::<IsObject>()?.0,
            None => {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn take_raw(&mut self, walk: &mut Walk<'_>, name: &str, text: &RawValue) -> serde_json::Result<()> {
        self.has_properties |= name.eq_ignore_ascii_case("properties") && text.get().starts_with('{');
        if let Some((key, node)) = self.wanted(walk, name) {
            let mut deserializer = serde_json::Deserializer::from_str(text.get());
            let seen = &mut self.seen;
            let value = Projected { walk, node: Some(node), seen }.deserialize(&mut deserializer)?;
            self.members.push((key, value));
        }
        Ok(())
    }
}

impl Node {
    fn member(&self, name: &str) -> Option<(Key, usize)> {
        self.members
            .iter()
            .find(|(known, _, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, key, node)| (*key, *node))
    }
}

/// A value at a node of the tree; without a node, only its shape is kept (scalars, lengths).
struct Projected<'w, 'p> {
    walk: &'w mut Walk<'p>,
    node: Option<usize>,
    seen: &'w mut Seen,
}

impl<'de> DeserializeSeed<'de> for Projected<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Projected<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let Self { walk, node, seen } = self;
        let node = node.map(|node| &walk.projection.nodes[node]);
        if let Some(index) = node.and_then(|node| node.lifts) {
            seen.nested.push(index);
            let mut at = 0;
            while let Some(child) = seq.next_element_seed(Child { walk: &mut *walk, at: (index, at) })? {
                walk.out.extend(child);
                at += 1;
            }
            return Ok(Value::Array(Box::default()));
        }
        let element = node.and_then(|node| node.element);
        let mut items: Gathered<Value> = SmallVec::new();
        while let Some(item) =
            seq.next_element_seed(Projected { walk: &mut *walk, node: element, seen: &mut *seen })?
        {
            items.push(item);
        }
        Ok(Value::Array(items.into_boxed_slice()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let Self { walk, node, seen } = self;
        let mut members: Gathered<(Key, Value)> = SmallVec::new();
        while let Some(Text(name)) = map.next_key()? {
            let here = node.map(|node| &walk.projection.nodes[node]);
            if walk.code && name == UNKNOWN {
                map.next_value::<IgnoredAny>()?;
                seen.unknown.extend(node.into_iter().flat_map(|node| walk.projection.lifts_below(node)));
                return Ok(Value::Unknown);
            }
            let found = here.and_then(|here| {
                // Where the table doesn't say whether it is a list or a map, the elements are either's.
                let entry = here.entry.or(here.element);
                here.member(&name).or_else(|| entry.map(|entry| (walk.keys.intern(&name), entry)))
            });
            match found {
                Some((key, node)) => {
                    let value = map.next_value_seed(Projected {
                        walk: &mut *walk,
                        node: Some(node),
                        seen: &mut *seen,
                    })?;
                    // A name given twice: the last one counts, as in every JSON library Azure uses.
                    match members.iter_mut().find(|(known, _)| *known == key) {
                        Some(member) => member.1 = value,
                        None => members.push((key, value)),
                    }
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Value::Object(members.into_boxed_slice()))
    }
}

/// An element of a nested array: a child resource, if it is an object.
struct Child<'w, 'p> {
    walk: &'w mut Walk<'p>,
    at: (usize, usize),
}

impl<'de> DeserializeSeed<'de> for Child<'_, '_> {
    type Value = Option<Parsed>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<Parsed>, D::Error> {
        Body { walk: self.walk, nested_at: Some(self.at) }.deserialize(deserializer).map(Some)
    }
}

/// A member's name, borrowed where it has no escapes.
struct Text<'de>(Cow<'de, str>);

impl<'de> serde::Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowing;
        impl<'de> Visitor<'de> for Borrowing {
            type Value = Cow<'de, str>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }
        deserializer.deserialize_str(Borrowing).map(Text)
    }
}

/// Text, or nothing where another kind of value stands.
struct MaybeText<'de>(Option<Cow<'de, str>>);

impl<'de> serde::Deserialize<'de> for MaybeText<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?.get();
        if !raw.starts_with('"') {
            return Ok(Self(None));
        }
        let text: Text<'de> = serde_json::from_str(raw).map_err(D::Error::custom)?;
        Ok(Self(Some(text.0)))
    }
}

/// Whether a value is an object; its content is skipped.
struct IsObject(bool);

impl<'de> serde::Deserialize<'de> for IsObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&'de RawValue>::deserialize(deserializer).map(|raw| Self(raw.get().starts_with('{')))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VNET: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/hub";

    fn projection(reads: &[(&str, &str)]) -> (Projection, Keys) {
        let mut wanted = Reads::default();
        for (kind, path) in reads {
            wanted.entry(kind).paths.insert((*path).to_owned());
        }
        let mut keys = Keys::default();
        (Projection::new(&wanted, &mut keys), keys)
    }

    fn show(value: &Value, keys: &Keys) -> String {
        match value {
            Value::Null => "null".into(),
            Value::Unknown => "?".into(),
            Value::Bool(value) => value.to_string(),
            Value::Number(value) => value.to_string(),
            Value::String(text) => format!("{text:?}"),
            Value::Array(items) => {
                format!("[{}]", items.iter().map(|item| show(item, keys)).collect::<Vec<_>>().join(","))
            }
            Value::Object(members) => format!(
                "{{{}}}",
                members
                    .iter()
                    .map(|(key, value)| format!("{}:{}", keys.spelling(*key), show(value, keys)))
                    .collect::<Vec<_>>()
                    .join(",")
            ),
        }
    }

    #[test]
    fn only_the_paths_that_are_read_are_kept() {
        let (projection, mut keys) = projection(&[
            ("Microsoft.Storage/storageAccounts", "properties.networkAcls.ipRules[*].value"),
            ("Microsoft.Storage/storageAccounts", "properties.minimumTlsVersion"),
            ("Microsoft.Storage/storageAccounts", "tags.{*}"),
        ]);
        let body = r#"{"properties":{"MinimumTlsVersion":"TLS1_2","secret":{"a":[1,2]},"networkAcls":{"ipRules":[{"value":"1.2.3.4","action":"Allow"}],"x":1}},
            "ID":"/subscriptions/s/resourceGroups/g/providers/microsoft.storage/storageaccounts/a","tags":{"Dept":"school"},"location":"westeurope"}"#;
        let parsed = projection.parse(body.as_bytes(), &mut keys).unwrap();
        assert_eq!(parsed.len(), 1);
        assert_eq!(parsed[0].kind, "microsoft.storage/storageaccounts");
        assert_eq!(parsed[0].location, "westeurope");
        assert!(parsed[0].has_properties);
        assert_eq!(
            show(&parsed[0].value, &keys),
            r#"{tags:{Dept:"school"},properties:{minimumTlsVersion:"TLS1_2",networkAcls:{ipRules:[{value:"1.2.3.4"}]}}}"#
        );
    }

    #[test]
    fn id_name_type_and_location_are_paths_too() {
        let kind = "Microsoft.Network/virtualNetworks";
        let (projection, mut keys) =
            projection(&[(kind, "id"), (kind, "name"), (kind, "type"), (kind, "location")]);
        let body = format!(r#"{{"name":"rg-network/Hub","id":"{VNET}"}}"#);
        let parsed = projection.parse(body.as_bytes(), &mut keys).unwrap();
        let expected = format!(r#"{{id:"{VNET}",name:"hub",type:"{kind}"}}"#);
        assert_eq!(show(&parsed[0].value, &keys), expected);
    }

    #[test]
    fn nested_children_become_resources_of_their_own() {
        let (projection, mut keys) = projection(&[(
            "Microsoft.Network/virtualNetworks/subnets",
            "properties.networkSecurityGroup.id",
        )]);
        for order in ["first", "last"] {
            let subnets = r#""properties":{"subnets":[{"name":"web","properties":{"networkSecurityGroup":{"id":"/n"}}},{"id":"VNET/subnets/db"}]}"#
                .replace("VNET", VNET);
            let body = match order {
                "first" => format!(r#"{{"id":"{VNET}",{subnets}}}"#),
                _ => format!(r#"{{{subnets},"id":"{VNET}"}}"#),
            };
            let parsed = projection.parse(body.as_bytes(), &mut keys).unwrap();
            let ids: Vec<_> = parsed.iter().map(|parsed| parsed.id.name()).collect();
            assert_eq!(ids, ["web", "db", "hub"], "{order}");
            assert_eq!(parsed[0].id.as_str(), format!("{VNET}/subnets/web"));
            assert_eq!(parsed[1].nested_at, Some((0, 1)));
            assert_eq!(parsed[2].nested_seen, [0]);
            assert_eq!(show(&parsed[0].value, &keys), r#"{properties:{networkSecurityGroup:{id:"/n"}}}"#);
            assert!(!parsed[1].has_properties);
        }
    }

    #[test]
    fn what_is_no_resource_is_an_error_not_a_panic() {
        let (projection, mut keys) = projection(&[]);
        let deep = format!("{}{}", "{\"a\":".repeat(200), "1".to_owned() + &"}".repeat(200));
        for body in
            ["", "[]", "{}", "{\"id\":5}", "{\"id\":\"/x\"}", "{\"id\":\"/subscriptions/s\"", "nul", &deep]
        {
            assert!(projection.parse(body.as_bytes(), &mut keys).is_err(), "{body}");
        }
    }
}
