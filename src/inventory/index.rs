//! The inventory: resources by id, type, parent and reference, with the coverage that says whether
//! "not there" means "doesn't exist".

use std::collections::HashMap;

use compact_str::CompactString;
use hashbrown::HashTable;

use super::coverage::{Coverage, CoverageEntry, CoverageState};
use super::id::ResourceId;
use super::projection::{Parsed, Projection, RecordError};
use super::reads::{self, NESTED, RESOURCES, Reads, Supply};
use super::value::{Keys, State, Unread, Value, is_envelope};

/// A resource's place in the inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceIndex(u32);

/// A type's place in the inventory's list of types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct TypeIndex(u32);

/// Where the raw body of a resource lies, for whoever holds the recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyRef {
    /// Which file of the recording.
    pub file: u8,
    /// First byte.
    pub offset: u64,
    /// Length in bytes.
    pub length: u32,
}

/// One resource.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Id as Azure spelled it.
    pub id: ResourceId,
    /// The projected body.
    pub value: Value,
    /// Where the raw body lies; a nested child's is its parent's.
    pub body: BodyRef,
    /// For a nested child: one more than its index into [`NESTED`]; 0 for all others.
    nested_in: u8,
    /// Its index into the array there.
    nested_index: u32,
    /// Place in the inventory's list of regions.
    location: u32,
    kind: TypeIndex,
    has_properties: bool,
    /// One bit for each nested array that was seen in the body.
    nested_seen: u8,
    /// One bit for each nested array of which the body says that it isn't known before deployment.
    nested_unknown: u8,
    /// How code names the resource, where it comes from code.
    address: Option<Box<str>>,
}

impl Resource {
    /// For a nested child: index into [`NESTED`] and into the array there.
    pub fn nested_at(&self) -> Option<(usize, usize)> {
        let list = usize::from(self.nested_in).checked_sub(1)?;
        Some((list, self.nested_index as usize))
    }
}

/// Whether a set of resources is all there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// All of them were read.
    Complete,
    /// Some may be missing; why.
    Incomplete {
        /// The sentence for the verdict.
        reason: String,
        /// What wasn't read, and where: the key of a coverage entry.
        scope: String,
        /// The read that is missing.
        read: String,
    },
}

impl Completeness {
    /// What a read that is not whole means.
    fn of(entry: &CoverageEntry) -> Self {
        Self::Incomplete { reason: entry.reason(), scope: entry.scope.clone(), read: entry.read.clone() }
    }
}

/// Resources of one scan.
#[derive(Debug, Default)]
pub struct Inventory {
    /// Interned property names.
    pub keys: Keys,
    /// What was read and what was not.
    pub coverage: Coverage,
    resources: Vec<Resource>,
    /// Regions as the bodies spell them; the first is that of resources without one.
    locations: Vec<CompactString>,
    locations_by_name: HashMap<CompactString, u32>,
    types: Vec<Box<str>>,
    types_by_folded: HashMap<Box<str>, TypeIndex>,
    by_type: Vec<Vec<ResourceIndex>>,
    by_id: HashTable<u32>,
    /// (parent, child), sorted.
    children: Vec<(ResourceIndex, ResourceIndex)>,
    /// Type and path that refers, to (target, referrer), sorted.
    referrers: HashMap<(String, String), Vec<(ResourceIndex, ResourceIndex)>>,
    /// Type and path of a join, to the resources whose record carries no properties.
    slim: HashMap<(String, String), Vec<ResourceIndex>>,
    /// Whether the resources come from code: then what is not there may be deployed by other code.
    is_code: bool,
    /// Type and path, to the resources by the folded text that stands there.
    holders: HashMap<(String, String), HashMap<Box<str>, Vec<ResourceIndex>>>,
}

/// A path by whose value resources of a type are to be found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Join {
    /// Their type.
    pub kind: String,
    /// Where in them the value stands (`properties.ipConfigurations[*].properties.subnet.id`).
    pub path: String,
    /// Whether the value is compared as text, and not the id of the resource that is referred to.
    pub by_text: bool,
}

/// A text as joins compare it: without letter case and blanks, so that `West Europe` is `westeurope`.
fn joinable(text: &str) -> Box<str> {
    text.chars().filter(|c| *c != ' ').map(|c| c.to_ascii_lowercase()).collect::<String>().into()
}

/// The read of the Resource Graph table that enumerates a type.
fn table_of(kind: &str) -> Option<String> {
    match reads::supply(kind) {
        Supply::Row | Supply::Nested(_) => Some(reads::table_read(RESOURCES)),
        Supply::Table(table) => Some(reads::table_read(table)),
        _ => None,
    }
}

/// Children that Azure or others make beside the code that declares their parent.
const MADE_BY_OTHERS: &[&str] = &[
    "administrators",
    "advancedThreatProtectionSettings",
    "agentPools",
    "certificates",
    "configurations",
    "extensions",
    "functions",
    "keys",
    "privateEndpointConnections",
    "secrets",
    "sessionHosts",
    "sqlVulnerabilityAssessments",
    "vulnerabilityAssessments",
];

/// How the reason ends when resources may exist that the code doesn't deploy.
pub const ELSEWHERE: &str = " may be deployed by other code";

/// Whether a parent that code deploys anew has no children of this type but those in the code.
fn code_names_all(kind: &str) -> bool {
    let last = kind.rsplit('/').next().unwrap_or_default();
    reads::supply(kind) == Supply::Child
        && !MADE_BY_OTHERS.iter().any(|known| known.eq_ignore_ascii_case(last))
}

fn hash(id: &ResourceId) -> u64 {
    // Ids are hashed only against each other, in memory: eight bytes at a time, with the bit set in which
    // letter cases differ.
    const CASE: u64 = 0x2020_2020_2020_2020;
    let mix = |hash: u64, block: u64| (hash.rotate_left(5) ^ block).wrapping_mul(0x517c_c1b7_2722_0a95);
    let mut blocks = id.as_str().as_bytes().chunks_exact(8);
    let hash = blocks.by_ref().fold(id.as_str().len() as u64, |hash, block| {
        mix(hash, u64::from_le_bytes(block.try_into().unwrap_or_default()) | CASE)
    });
    let rest = blocks.remainder().iter().fold(0, |rest, byte| rest << 8 | u64::from(*byte));
    let hash = mix(hash, rest | CASE);
    // The table takes the top bits for its tags and the low bits for places.
    hash ^ (hash >> 32)
}

/// Fills an [`Inventory`] from raw bodies.
#[derive(Debug)]
pub struct Builder {
    projection: Projection,
    inventory: Inventory,
}

impl Builder {
    /// A builder that keeps what `reads` names.
    pub fn new(reads: &Reads) -> Self {
        let mut inventory = Inventory::default();
        let projection = Projection::new(reads, &mut inventory.keys);
        Self { projection, inventory }
    }

    /// Reads one body and adds its resource, and the children nested in it.
    ///
    /// A resource that was already there is replaced when the new body says more: a slim row, or a
    /// nested stub, never replaces a full body.
    ///
    /// # Errors
    /// When the body gives no resource.
    pub fn add(&mut self, body: &[u8], at: BodyRef) -> Result<(), RecordError> {
        for parsed in self.projection.parse(body, &mut self.inventory.keys)? {
            self.inventory.insert(parsed, at, None);
        }
        Ok(())
    }

    /// Reads the body of a resource in code. `address` is how the code names it; children nested in it are
    /// named below it.
    ///
    /// # Errors
    /// When the body gives no resource.
    pub fn add_code(&mut self, body: &[u8], at: BodyRef, address: &str) -> Result<(), RecordError> {
        self.inventory.is_code = true;
        for parsed in self.projection.parse_code(body, &mut self.inventory.keys)? {
            let below = parsed.nested_at.map(|_| format!("/{}", parsed.id.name())).unwrap_or_default();
            self.inventory.insert(parsed, at, Some(format!("{address}{below}").into()));
        }
        Ok(())
    }

    /// Indexes everything; `joins` says by what resources are to be found.
    pub fn finish(self, coverage: Coverage, joins: &[Join]) -> Inventory {
        let mut inventory = self.inventory;
        inventory.coverage = coverage;
        inventory.order();
        inventory.index_children();
        for Join { kind, path, by_text } in joins {
            inventory.index_slim(kind, path);
            if *by_text {
                inventory.index_holders(kind, path);
            } else {
                inventory.index_referrers(kind, path);
            }
        }
        inventory
    }
}

impl Inventory {
    fn insert(&mut self, parsed: Parsed, body: BodyRef, address: Option<Box<str>>) {
        let kind = self.type_index(&parsed.kind);
        let location = self.location_index(&parsed.location);
        let bits = |of: &[usize]| of.iter().fold(0, |bits, at| bits | 1 << at);
        let (nested_seen, nested_unknown) = (bits(&parsed.nested_seen), bits(&parsed.nested_unknown));
        let place = parsed
            .nested_at
            .and_then(|(list, at)| Some((u8::try_from(list + 1).ok()?, u32::try_from(at).ok()?)));
        let (nested_in, nested_index) = place.unwrap_or_default();
        let resource = Resource {
            id: parsed.id,
            location,
            value: parsed.value,
            body,
            nested_in,
            nested_index,
            kind,
            has_properties: parsed.has_properties,
            nested_seen,
            nested_unknown,
            address,
        };
        let hashed = hash(&resource.id);
        let resources = &self.resources;
        let found = self.by_id.find(hashed, |at| resources[*at as usize].id == resource.id);
        if let Some(at) = found.copied() {
            let old = &mut self.resources[at as usize];
            if resource.has_properties || !old.has_properties {
                *old = resource;
            }
            return;
        }
        let at = u32::try_from(self.resources.len()).unwrap_or(u32::MAX);
        self.resources.push(resource);
        let resources = &self.resources;
        self.by_id.insert_unique(hashed, at, |at| hash(&resources[*at as usize].id));
    }

    fn location_index(&mut self, location: &CompactString) -> u32 {
        if self.locations.is_empty() {
            self.locations.push(CompactString::default());
            self.locations_by_name.insert(CompactString::default(), 0);
        }
        if let Some(known) = self.locations_by_name.get(location) {
            return *known;
        }
        let index = u32::try_from(self.locations.len()).unwrap_or(u32::MAX);
        self.locations.push(location.clone());
        self.locations_by_name.insert(location.clone(), index);
        index
    }

    fn type_index(&mut self, kind: &str) -> TypeIndex {
        let folded = kind.to_ascii_lowercase();
        if let Some(known) = self.types_by_folded.get(folded.as_str()) {
            return *known;
        }
        let index = TypeIndex(u32::try_from(self.types.len()).unwrap_or(u32::MAX));
        self.types.push(kind.into());
        self.types_by_folded.insert(folded.into(), index);
        index
    }

    /// Puts resources in the order of their folded ids, so that nothing depends on the order in which
    /// they came, and groups them by type.
    fn order(&mut self) {
        // In place: a copy of a million resources, or of their ids, would be the most memory of the scan.
        self.resources.sort_unstable_by(|one, two| one.id.cmp(&two.id));
        self.resources.shrink_to_fit();
        let resources = &self.resources;
        self.by_id.clear();
        self.by_type = vec![Vec::new(); self.types.len()];
        for (at, resource) in resources.iter().enumerate() {
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            self.by_id.insert_unique(hash(&resource.id), at, |at| hash(&resources[*at as usize].id));
            self.by_type[resource.kind.0 as usize].push(ResourceIndex(at));
        }
    }

    fn index_children(&mut self) {
        let mut children = Vec::new();
        for at in self.all() {
            if matches!(reads::supply(self.type_of(at)), Supply::Row | Supply::Table("resourcecontainers")) {
                continue;
            }
            let id = &self.get(at).id;
            let parent = match reads::supply(self.type_of(at)) {
                Supply::Under(holder) => id.ancestors().skip(1).find(|above| {
                    above.resource_type().is_some_and(|kind| kind.eq_ignore_ascii_case(holder))
                }),
                _ => id.parent(),
            };
            let parent = parent.and_then(|parent| self.find(&parent));
            children.extend(parent.map(|parent| (parent, at)));
        }
        children.sort_unstable();
        children.shrink_to_fit();
        self.children = children;
    }

    fn index_referrers(&mut self, kind: &str, path: &str) {
        let segments = super::path::segments(path);
        let mut found = Vec::new();
        for &referrer in self.of_type(kind) {
            let mut texts = Vec::new();
            self.collect_texts(&self.get(referrer).value, &segments, &mut texts);
            for text in texts {
                let target = ResourceId::parse(text).and_then(|id| self.find(&id));
                found.extend(target.map(|target| (target, referrer)));
            }
        }
        found.sort_unstable();
        found.dedup();
        self.referrers.insert((kind.to_ascii_lowercase(), path.to_ascii_lowercase()), found);
    }

    fn index_slim(&mut self, kind: &str, path: &str) {
        let needs_properties = super::path::segments(path).first().is_some_and(|name| *name == "properties");
        let slim = |at: &ResourceIndex| needs_properties && !self.get(*at).has_properties;
        let slim: Vec<_> = self.of_type(kind).iter().copied().filter(slim).collect();
        self.slim.insert((kind.to_ascii_lowercase(), path.to_ascii_lowercase()), slim);
    }

    fn index_holders(&mut self, kind: &str, path: &str) {
        let segments = super::path::segments(path);
        let mut found: HashMap<Box<str>, Vec<ResourceIndex>> = HashMap::new();
        for &holder in self.of_type(kind) {
            let mut texts = Vec::new();
            self.collect_texts(&self.get(holder).value, &segments, &mut texts);
            for text in texts {
                let holders = found.entry(joinable(text)).or_default();
                if holders.last() != Some(&holder) {
                    holders.push(holder);
                }
            }
        }
        self.holders.insert((kind.to_ascii_lowercase(), path.to_ascii_lowercase()), found);
    }

    fn collect_texts<'a>(&'a self, value: &'a Value, segments: &[&str], out: &mut Vec<&'a str>) {
        let Some((first, rest)) = segments.split_first() else {
            out.extend(value.as_str());
            return;
        };
        match (value, *first) {
            (Value::Array(items), "[*]") => {
                for item in items {
                    self.collect_texts(item, rest, out);
                }
            }
            // The names of a map's entries are ids, where nothing inside of them is asked for.
            (Value::Object(members), "{*}" | "[*]") => {
                for (key, inner) in members {
                    if rest.is_empty() {
                        out.push(self.keys.spelling(*key));
                    } else {
                        self.collect_texts(inner, rest, out);
                    }
                }
            }
            (value, name) => {
                let member = self.keys.find(name).and_then(|key| value.member(key));
                if let Some(member) = member {
                    self.collect_texts(member, rest, out);
                }
            }
        }
    }

    /// How many resources there are, nested children included.
    pub fn len(&self) -> usize {
        self.resources.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty()
    }

    /// All resources, in order of their ids.
    pub fn all(&self) -> impl Iterator<Item = ResourceIndex> + use<> {
        (0..u32::try_from(self.resources.len()).unwrap_or(u32::MAX)).map(ResourceIndex)
    }

    /// The resource at an index that this inventory gave out.
    pub fn get(&self, at: ResourceIndex) -> &Resource {
        &self.resources[at.0 as usize]
    }

    /// Whether the resources come from infrastructure code.
    pub fn is_code(&self) -> bool {
        self.is_code
    }

    /// What a resource is called in reports: its id, or how the code names it.
    pub fn address(&self, at: ResourceIndex) -> &str {
        let resource = self.get(at);
        resource.address.as_deref().unwrap_or_else(|| resource.id.as_str())
    }

    /// A resource's name; in code, where it isn't known before deployment, the code's own word for it.
    pub fn name(&self, at: ResourceIndex) -> &str {
        let resource = self.get(at);
        match (&resource.address, resource.id.name()) {
            (Some(address), name) if name.starts_with('~') => {
                address.rsplit(['/', '#', ':']).next().unwrap_or(name)
            }
            (_, name) => name,
        }
    }

    /// A resource's region; empty where there is none.
    pub fn location_of(&self, at: ResourceIndex) -> &str {
        self.locations.get(self.get(at).location as usize).map_or("", CompactString::as_str)
    }

    /// A resource's type, as its id spells it.
    pub fn type_of(&self, at: ResourceIndex) -> &str {
        &self.types[self.get(at).kind.0 as usize]
    }

    /// The resource with this id.
    pub fn find(&self, id: &ResourceId) -> Option<ResourceIndex> {
        self.by_id.find(hash(id), |at| self.resources[*at as usize].id == *id).map(|at| ResourceIndex(*at))
    }

    /// All resources of a type, in order of their ids.
    pub fn of_type(&self, kind: &str) -> &[ResourceIndex] {
        self.types_by_folded
            .get(kind.to_ascii_lowercase().as_str())
            .and_then(|index| self.by_type.get(index.0 as usize))
            .map_or(&[], Vec::as_slice)
    }

    /// The children, or extension resources, of one type that were read below `parent`.
    pub fn children<'a>(
        &'a self,
        parent: ResourceIndex,
        kind: &'a str,
    ) -> impl Iterator<Item = ResourceIndex> + 'a {
        let start = self.children.partition_point(|(at, _)| *at < parent);
        self.children[start..]
            .iter()
            .take_while(move |(at, _)| *at == parent)
            .map(|(_, child)| *child)
            .filter(move |child| self.type_of(*child).eq_ignore_ascii_case(kind))
    }

    /// Whether [`Self::children`] are all there are.
    pub fn children_complete(&self, parent: ResourceIndex, kind: &str) -> Completeness {
        let resource = self.get(parent);
        let own = self.type_of(parent);
        let holder = match reads::supply(kind) {
            Supply::Child | Supply::Nested(_) | Supply::VaultItem | Supply::GraphChild => {
                kind.rsplit_once('/').map(|(holder, _)| holder)
            }
            Supply::Under(holder) => Some(holder),
            _ => None,
        };
        if holder.is_some_and(|holder| !holder.eq_ignore_ascii_case(own)) {
            // Children of another type: this resource has none.
            return Completeness::Complete;
        }
        let Some(at) = NESTED.iter().position(|(_, _, child)| child.eq_ignore_ascii_case(kind)) else {
            if resource.address.is_some() && code_names_all(kind) {
                return Completeness::Complete;
            }
            return self.completeness(&resource.id, kind);
        };
        if resource.nested_unknown & (1 << at) != 0 {
            return Completeness::Incomplete {
                reason: format!("{} of {} is not known before deployment", NESTED[at].1, self.name(parent)),
                scope: resource.id.as_str().to_owned(),
                read: kind.to_owned(),
            };
        }
        // Code that declares a parent, and children beside it instead of in its list, declares all of them.
        if resource.address.is_some() && self.children(parent, kind).next().is_some() {
            return Completeness::Complete;
        }
        // A whole body without the list is one where Azure left an empty list out.
        let whole = resource.has_properties && self.enumerated_at(&resource.id, own).is_none();
        if resource.nested_seen & (1 << at) != 0 || whole {
            return Completeness::Complete;
        }
        match self.completeness(&resource.id, kind) {
            Completeness::Complete => Completeness::Incomplete {
                reason: format!("{kind} was not read: the record of its parent carries no properties"),
                scope: resource.id.as_str().to_owned(),
                read: kind.to_owned(),
            },
            incomplete @ Completeness::Incomplete { .. } => incomplete,
        }
    }

    /// The resources of `kind` that refer to `target` at `path`; only for pairs given to
    /// [`Builder::finish`].
    pub fn referrers(
        &self,
        target: ResourceIndex,
        kind: &str,
        path: &str,
    ) -> impl Iterator<Item = ResourceIndex> + '_ {
        let all = self
            .referrers
            .get(&(kind.to_ascii_lowercase(), path.to_ascii_lowercase()))
            .map_or(&[][..], Vec::as_slice);
        let start = all.partition_point(|(at, _)| *at < target);
        all[start..].iter().take_while(move |(at, _)| *at == target).map(|(_, referrer)| *referrer)
    }

    /// The resources of `kind` that hold `text` at `path`; only for joins given to [`Builder::finish`].
    pub fn holders(&self, text: &str, kind: &str, path: &str) -> &[ResourceIndex] {
        self.holders
            .get(&(kind.to_ascii_lowercase(), path.to_ascii_lowercase()))
            .and_then(|holders| holders.get(&joinable(text)))
            .map_or(&[], Vec::as_slice)
    }

    /// All resources of `kind` at or below `scope`, in order of their ids.
    pub fn below(&self, scope: &ResourceId, kind: &str) -> &[ResourceIndex] {
        let all = self.of_type(kind);
        if scope.as_str() == "/" {
            return all;
        }
        let prefix = scope.folded();
        let order = |at: &ResourceIndex| {
            let id = self.get(*at).id.as_str().as_bytes();
            let start = &id[..id.len().min(prefix.len())];
            start.iter().map(u8::to_ascii_lowercase).cmp(prefix.bytes())
        };
        let from = all.partition_point(|at| order(at).is_lt());
        let to = from + all[from..].partition_point(|at| order(at).is_eq());
        // Names that only begin alike stand before and behind what lies below the scope.
        let inside = |at: &ResourceIndex| {
            matches!(self.get(*at).id.as_str().as_bytes().get(prefix.len()), None | Some(b'/'))
        };
        let from = from + all[from..to].iter().position(inside).unwrap_or(to - from);
        let to = from + all[from..to].iter().take_while(|at| inside(at)).count();
        &all[from..to]
    }

    /// Whether all resources of `kind` at or below `scope` were read; `/` is the whole inventory.
    pub fn completeness_below(&self, scope: &ResourceId, kind: &str) -> Completeness {
        let prefix = scope.folded();
        let is_below = |entry: &&CoverageEntry| {
            let at = entry.scope.to_ascii_lowercase();
            prefix == "/"
                || at.strip_prefix(&prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        // What one resource's own GET said is no word on which others there are.
        let is_detail = |entry: &&CoverageEntry| {
            let id = ResourceId::parse(&entry.scope);
            id.and_then(|id| id.resource_type()).is_some_and(|own| own.eq_ignore_ascii_case(kind))
        };
        let own: Vec<_> =
            self.coverage.of_read(kind).filter(is_below).filter(|entry| !is_detail(entry)).collect();
        let gap = |entries: &[&CoverageEntry]| {
            entries.iter().find(|entry| !entry.state.is_whole()).map(|entry| Completeness::of(entry))
        };
        if let Some(incomplete) = gap(&own) {
            return incomplete;
        }
        let at_scope = self.completeness(scope, kind);
        if prefix != "/" || at_scope == Completeness::Complete {
            return at_scope;
        }
        // There is no entry for the whole: each subscription has its own, of the type or of the table it stands in.
        let of_tables: Vec<_> = table_of(kind)
            .iter()
            .flat_map(|table| self.coverage.of_read(table))
            .filter(|entry| !own.iter().any(|own| own.scope.eq_ignore_ascii_case(&entry.scope)))
            .collect();
        match gap(&of_tables) {
            Some(incomplete) => incomplete,
            None if own.is_empty() && of_tables.is_empty() => at_scope,
            None => Completeness::Complete,
        }
    }

    /// Whether the value at a join's `path` is known of all resources of `kind` at or below `scope`.
    pub fn join_complete(&self, scope: &ResourceId, kind: &str, path: &str) -> Completeness {
        let slim = self.slim.get(&(kind.to_ascii_lowercase(), path.to_ascii_lowercase()));
        // Nearly always there is none.
        let Some(slim) = slim.filter(|slim| !slim.is_empty()) else {
            return Completeness::Complete;
        };
        let below = self.below(scope, kind);
        match slim.iter().find(|at| below.binary_search(at).is_ok()) {
            None => Completeness::Complete,
            Some(at) => {
                let id = self.get(*at).id.as_str();
                Completeness::Incomplete {
                    reason: format!("{id} was not read: its record carries no properties"),
                    scope: id.to_owned(),
                    read: kind.to_owned(),
                }
            }
        }
    }

    /// Whether all resources of `kind` that could refer to something near `id` were read.
    pub fn completeness(&self, id: &ResourceId, kind: &str) -> Completeness {
        match self.enumerated_at(id, kind) {
            None => Completeness::Complete,
            Some(incomplete) => incomplete,
        }
    }

    /// `None` when resources of `kind` at or below `scope`'s place were all read.
    fn enumerated_at(&self, scope: &ResourceId, kind: &str) -> Option<Completeness> {
        let table = table_of(kind);
        let own = self.coverage.at(scope, kind);
        let entry = own.or_else(|| table.as_deref().and_then(|table| self.coverage.at(scope, table)));
        match entry {
            Some(entry) if entry.state.is_whole() => None,
            Some(entry) => Some(Completeness::of(entry)),
            None if self.is_code => Some(Completeness::Incomplete {
                reason: format!("{kind}{ELSEWHERE}"),
                scope: scope.as_str().to_owned(),
                read: kind.to_owned(),
            }),
            None => Some(Completeness::Incomplete {
                reason: format!("{kind} was not read"),
                scope: scope.as_str().to_owned(),
                read: kind.to_owned(),
            }),
        }
    }

    /// The state of the value at `path` below `value`, a part of `resource`'s body.
    pub fn state<'a>(
        &'a self,
        resource: ResourceIndex,
        value: &'a Value,
        path: &[super::value::Key],
        gap: bool,
    ) -> State<'a> {
        let mut here = value;
        for key in path {
            match here {
                Value::Object(_) => match here.member(*key) {
                    Some(member) => here = member,
                    None => return self.missing(resource, value, path, gap),
                },
                Value::Unknown => return State::Unknown,
                Value::Null => return self.missing(resource, value, path, gap),
                _ => return State::Unreadable(Unread::Shape),
            }
        }
        match here {
            Value::Null => self.missing(resource, value, path, gap),
            Value::Unknown => State::Unknown,
            _ => State::Present(here),
        }
    }

    fn missing(&self, at: ResourceIndex, value: &Value, path: &[super::value::Key], gap: bool) -> State<'_> {
        let resource = self.get(at);
        let from_root = std::ptr::eq(value, &raw const resource.value);
        let first = path.first().map_or("", |key| self.keys.spelling(*key));
        if from_root && !is_envelope(first) && !resource.has_properties {
            return State::Unreadable(Unread::SlimRow);
        }
        if gap && from_root && !self.has_detail(at, path) {
            return State::Unreadable(Unread::NotInRow);
        }
        State::Absent
    }

    /// Whether what lists may not carry was read: the part of its own in which `path` lies, or the
    /// resource's own GET, whose body carries everything.
    fn has_detail(&self, at: ResourceIndex, path: &[super::value::Key]) -> bool {
        let path = super::path::join(path.iter().map(|key| self.keys.spelling(*key)));
        if let Some(part) = self.part_completeness(at, &path) {
            return part == Completeness::Complete;
        }
        let id = &self.get(at).id;
        self.coverage.at(id, self.type_of(at)).is_some_and(|entry| {
            entry.state == CoverageState::Complete && entry.scope.eq_ignore_ascii_case(id.as_str())
        })
    }

    /// Whether the part of a resource in which `path` lies was read, where that part can be refused
    /// alone and coverage says how it went.
    pub fn part_completeness(&self, at: ResourceIndex, path: &str) -> Option<Completeness> {
        let entry = self.coverage.at(&self.get(at).id, reads::part_read(self.type_of(at), path)?)?;
        Some(if entry.state.is_whole() {
            Completeness::Complete
        } else {
            Completeness::Incomplete {
                reason: entry.reason(),
                scope: entry.scope.clone(),
                read: entry.read.clone(),
            }
        })
    }
}
