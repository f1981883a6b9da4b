//! Who is encrypted with which key: every place that names one, followed to the key, and the way back.

use std::collections::BTreeMap;

use super::consumer::{self, Consumer, ENCRYPTION_SET, Names};
use super::key::Key;
use super::key_uri::KeyUri;
use super::stores::{self, Link, Stores};
use crate::analysis::answer::{Gap, unread};
use crate::analysis::place::Place;
use crate::inventory::id::ResourceId;
use crate::inventory::index::{Completeness, Inventory, ResourceIndex};

/// One place where a key is named, followed as far as it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The resource that names it.
    pub holder: ResourceIndex,
    /// Where in its body.
    pub path: String,
    /// The key that is named, or why that can't be understood.
    pub key: Result<KeyUri, Gap>,
    /// What holds the key.
    pub store: Link,
    /// The key itself.
    pub item: Link,
    /// Whether the service takes a new version by itself; `None` where that can't be told.
    pub follows: Option<bool>,
    /// The row of the table that names it; none for a path that a rule names.
    pub(super) consumer: Option<&'static Consumer>,
    /// Path of the object that names it.
    pub(super) base: String,
}

/// A reference to a disk encryption set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetReference {
    /// Where in the body.
    pub path: String,
    /// The set.
    pub set: Link,
}

/// All of it, for one inventory.
#[derive(Debug)]
pub struct Encryption {
    /// Every place that names a key, in order of the resources' ids.
    pub uses: Vec<Use>,
    stores: Stores,
    by_holder: BTreeMap<ResourceIndex, Vec<usize>>,
    by_store: BTreeMap<ResourceIndex, Vec<usize>>,
    by_key: BTreeMap<ResourceIndex, Vec<usize>>,
    sets: BTreeMap<ResourceIndex, Vec<SetReference>>,
    /// What can't be told of one resource.
    open: BTreeMap<ResourceIndex, Vec<Gap>>,
    /// Why there may be more who use a key than are known.
    unread: Vec<Gap>,
}

impl Encryption {
    /// Follows every key that the inventory names.
    pub fn read(inventory: &Inventory) -> Self {
        let mut all = Self {
            uses: Vec::new(),
            stores: Stores::read(inventory),
            by_holder: BTreeMap::new(),
            by_store: BTreeMap::new(),
            by_key: BTreeMap::new(),
            sets: BTreeMap::new(),
            open: BTreeMap::new(),
            unread: consumer::kinds().filter_map(|kind| unread(inventory, kind)).collect(),
        };
        all.unread.sort();
        all.unread.dedup();
        for kind in consumer::kinds() {
            for &at in inventory.of_type(kind) {
                for consumer in consumer::of_kind(kind) {
                    if let Err(gap) = all.place(inventory, at, consumer) {
                        all.open.entry(at).or_default().push(gap);
                    }
                }
            }
        }
        for (index, one) in all.uses.iter().enumerate() {
            all.by_holder.entry(one.holder).or_default().push(index);
            if let Some(store) = one.store.there() {
                all.by_store.entry(store).or_default().push(index);
            }
            if let Some(item) = one.item.there() {
                all.by_key.entry(item).or_default().push(index);
            }
        }
        all
    }

    fn place(
        &mut self,
        inventory: &Inventory,
        at: ResourceIndex,
        consumer: &'static Consumer,
    ) -> Result<(), Gap> {
        let body = Place::of(inventory, at);
        let (bases, gaps) = body.each(consumer.base);
        for base in &bases {
            if let Names::Set(name) = consumer.names {
                if let Some(id) = base.text(name)? {
                    let reference =
                        SetReference { path: base.path_to(name), set: encryption_set(inventory, id) };
                    self.sets.entry(at).or_default().push(reference);
                }
                continue;
            }
            let Some((path, key)) = named(base, consumer)? else { continue };
            if !in_use(&body, consumer)? {
                continue;
            }
            let id = if consumer.vault_id.is_empty() { None } else { base.text(consumer.vault_id)? };
            let follows = follows(&body, consumer, key.as_ref().ok());
            let base = base.path().to_owned();
            self.uses.push(self.follow(inventory, at, path, key, id, follows, Some(consumer), base));
        }
        gaps.into_iter().next().map_or(Ok(()), Err)
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of a use, each known by then")]
    fn follow(
        &self,
        inventory: &Inventory,
        holder: ResourceIndex,
        path: String,
        key: Result<KeyUri, Gap>,
        id: Option<&str>,
        follows: Option<bool>,
        consumer: Option<&'static Consumer>,
        base: String,
    ) -> Use {
        let store = match &key {
            Ok(key) => self.stores.find(inventory, key, id),
            Err(gap) => Link::Open(gap.clone()),
        };
        let item = match (&store, &key) {
            (Link::There(at), Ok(key)) => stores::key_in(inventory, *at, &key.name),
            (Link::Gone(says), _) => Link::Gone(says.clone()),
            (Link::Open(gap), _) | (Link::There(_), Err(gap)) => Link::Open(gap.clone()),
        };
        Use { holder, path, key, store, item, follows, consumer, base }
    }

    /// The key whose identifier is `text`, as a rule found it at a path of its own.
    pub fn use_of_text(&self, inventory: &Inventory, holder: ResourceIndex, path: &str, text: &str) -> Use {
        let key = KeyUri::parse(text).map_err(|why| Gap::note(format!("{path} {why}")));
        let follows = key.as_ref().ok().map(|key| key.version.is_none());
        self.follow(inventory, holder, path.to_owned(), key, None, follows, None, String::new())
    }

    /// The places where a resource itself names keys.
    pub fn of_holder(&self, holder: ResourceIndex) -> impl Iterator<Item = &Use> {
        self.by_holder.get(&holder).into_iter().flatten().map(|index| &self.uses[*index])
    }

    /// The disk encryption sets that a resource refers to.
    pub fn sets_of(&self, holder: ResourceIndex) -> &[SetReference] {
        self.sets.get(&holder).map_or(&[], Vec::as_slice)
    }

    /// The resources whose disks are encrypted through a set, in order.
    pub fn through(&self, set: ResourceIndex) -> impl Iterator<Item = ResourceIndex> {
        let refers = move |references: &[SetReference]| {
            references.iter().any(|reference| reference.set == Link::There(set))
        };
        self.sets.iter().filter(move |(_, references)| refers(references)).map(|(holder, _)| *holder)
    }

    /// Everything that names a key which is in the inventory.
    pub fn of_key(&self, key: ResourceIndex) -> impl Iterator<Item = &Use> {
        self.by_key.get(&key).into_iter().flatten().map(|index| &self.uses[*index])
    }

    /// Everything that names a key of a vault, also one that isn't there.
    pub fn of_store(&self, store: ResourceIndex) -> impl Iterator<Item = &Use> {
        self.by_store.get(&store).into_iter().flatten().map(|index| &self.uses[*index])
    }

    /// What can't be told of the keys of one resource.
    pub fn gaps_of(&self, holder: ResourceIndex) -> &[Gap] {
        self.open.get(&holder).map_or(&[], Vec::as_slice)
    }

    /// Why more resources may use a key than are known.
    pub fn unread(&self) -> impl Iterator<Item = &Gap> {
        // A place that can't be understood may name any key.
        let open = self.uses.iter().filter_map(|one| match (&one.store, &one.key) {
            (Link::Open(gap), Err(_)) => Some(gap),
            _ => None,
        });
        self.unread.iter().chain(self.open.values().flatten()).chain(open)
    }
}

impl Use {
    /// The key as far as it is known of the version that is in use.
    ///
    /// # Errors
    /// When the key was not read, or another version than the current one is in use: only of the current version
    /// it is known whether and until when it works.
    pub fn version_in_use<'a>(&self, inventory: &'a Inventory) -> Result<Key<'a>, Gap> {
        let at = match &self.item {
            Link::There(at) => *at,
            Link::Gone(says) => return Err(Gap::note(says.clone())),
            Link::Open(gap) => return Err(gap.clone()),
        };
        let key = Key::at(inventory, at);
        let named = self.key.as_ref().map_err(Clone::clone)?.version.as_deref();
        let Some(named) = named.filter(|_| self.follows != Some(true)) else {
            return Ok(key);
        };
        match key.version() {
            Some(current) if current == named => Ok(key),
            Some(current) => Err(Gap::note(format!(
                "version {named} is in use, which is not the current one ({current}); older versions are not read"
            ))),
            None => Err(Gap::of_value(
                inventory,
                at,
                "properties.keyUriWithVersion",
                &format!("does not tell whether version {named}, which is in use, is the current one"),
            )),
        }
    }
}

/// A path, and the key that is named there or why that can't be understood.
type Named = (String, Result<KeyUri, Gap>);

/// The key that an object names; `None` where it names none.
fn named(base: &Place<'_>, consumer: &Consumer) -> Result<Option<Named>, Gap> {
    let wrong = |path: &str, why: &str| Gap::note(format!("{path} {why}"));
    match consumer.names {
        Names::Uri(name) => {
            let path = base.path_to(name);
            Ok(base.text(name)?.map(|text| {
                let key = KeyUri::parse(text).map_err(|why| wrong(&path, why));
                (path, key)
            }))
        }
        Names::Parts(vault, name, version) => {
            let path = base.path_to(vault);
            // Some services write the whole identifier, or leave the name empty until a key is chosen.
            let (Some(vault), Some(name)) = (base.text(vault)?, base.text(name)?) else { return Ok(None) };
            let version = if version.is_empty() { None } else { base.text(version)? };
            let key = KeyUri::of_parts(vault, name, version.unwrap_or_default());
            let key = key.map_err(|why| wrong(&path, why));
            Ok(Some((path, key)))
        }
        Names::Set(_) => Ok(None),
    }
}

/// Whether the key that is named is in use.
fn in_use(body: &Place<'_>, consumer: &Consumer) -> Result<bool, Gap> {
    let (path, value) = consumer.only;
    if path.is_empty() {
        return Ok(true);
    }
    if value == "true" {
        return Ok(body.flag(path)? == Some(true));
    }
    // Who names a key without saying so uses it: the property came later than the key.
    Ok(body.text(path)?.is_none_or(|found| found.eq_ignore_ascii_case(value)))
}

fn follows(body: &Place<'_>, consumer: &Consumer, key: Option<&KeyUri>) -> Option<bool> {
    if key?.version.is_none() {
        return Some(true);
    }
    if consumer.follows.is_empty() {
        return Some(false);
    }
    // The platform's default is to stay with the version.
    body.flag(consumer.follows).ok().map(|flag| flag == Some(true))
}

fn encryption_set(inventory: &Inventory, id: &str) -> Link {
    let Some(id) = ResourceId::parse(id) else {
        return Link::Open(Gap::note("the id of the disk encryption set can't be understood"));
    };
    if let Some(at) = inventory.find(&id) {
        return if inventory.type_of(at).eq_ignore_ascii_case(ENCRYPTION_SET) {
            Link::There(at)
        } else {
            Link::Open(Gap::note(format!("{id} is no disk encryption set")))
        };
    }
    match inventory.completeness(&id, ENCRYPTION_SET) {
        Completeness::Complete => Link::Gone(format!("the disk encryption set {id} does not exist")),
        incomplete @ Completeness::Incomplete { .. } => {
            Link::Open(Gap::of(incomplete).unwrap_or_else(|| Gap::note("it was not read")))
        }
    }
}
