//! A compiled rule: what the YAML says, checked, in the form that is evaluated and that the pack is
//! stored in. Nothing is parsed from text while scanning.

use serde::{Deserialize, Serialize};

use super::model_access::{AccessOf, AccessTest};
use crate::analysis::encryption::key_state::KeyState;
use crate::analysis::migration::strength::Strength;
use crate::inventory::value::Key;

/// One rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Kebab-case id, the file's name.
    pub id: String,
    /// One line, said as what is right ("Storage accounts refuse unencrypted transfer").
    pub title: String,
    /// The folder: `network`, `identity`, …
    pub domain: String,
    /// `critical`, `high`, `medium` or `low`.
    pub severity: String,
    /// Who is asked: everybody, or those who want to be strict.
    pub profile: Profile,
    /// Types it looks at, as Azure spells them.
    pub resource_types: Vec<String>,
    /// Why it matters.
    pub rationale: String,
    /// When false, the rule does not apply.
    pub applies_when: Option<Condition>,
    /// When it fails.
    pub decision: Decision,
    /// The property that the finding points at, when it is not the first that decides.
    pub point_at: Option<Path>,
    /// One sentence about the resource that fails.
    pub message: Template,
    /// How to fix it.
    pub fix: FixTemplate,
    /// Controls it serves.
    pub controls: Vec<Control>,
    /// Public documentation.
    pub references: Vec<String>,
    /// What the slots of paths are bound to; slot 0 is the resource.
    pub slots: Vec<Slot>,
    /// SHA-256 of the rule file, hex.
    pub digest: String,
}

/// How far a rule's demand goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Profile {
    /// What every tenant should fix.
    #[default]
    Baseline,
    /// A matter of policy, or of the value of what is protected; would fire nearly everywhere.
    Strict,
}

impl Profile {
    /// The word in rule files and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Strict => "strict",
        }
    }
}

/// How a rule decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant, reason = "one of them per rule")]
pub enum Decision {
    /// The resource fails when the condition holds.
    Whole(Condition),
    /// Each element fails on its own, named by its sub key.
    Each {
        /// The elements.
        over: Over,
        /// Slot the element is bound to.
        slot: u8,
        /// Elements it concerns; the others are passed over.
        matching: Option<Condition>,
        /// Names the element in fingerprints.
        sub_key: Template,
        /// When an element fails.
        fail_when: Condition,
    },
    /// A network security group lets traffic in: one finding for each rule that does.
    NsgInbound(NsgInbound),
    /// The Internet reaches it: one finding for each protocol and port that was asked for.
    Reachable(Reachable),
}

/// What a slot of a rule is bound to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slot {
    /// Its name in the rule file; empty for the resource itself.
    pub name: String,
    /// Types of the resource that holds it.
    pub types: Vec<String>,
    /// Path of the bound value in that resource (`properties.ipRules[*]`), empty for a resource.
    pub prefix: String,
}

/// A path below a slot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Path {
    /// Which slot it starts at.
    pub slot: u8,
    /// Names, outermost first.
    pub names: Vec<String>,
    /// The names as interned keys; set when the rule is linked to an inventory's keys.
    #[serde(skip)]
    pub keys: Vec<Key>,
    /// Whether list rows of the type are known not to carry it.
    #[serde(skip)]
    pub gap: bool,
}

/// A condition, in three-valued logic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Condition {
    /// True when all are.
    All(Vec<Condition>),
    /// True when any is.
    Any(Vec<Condition>),
    /// The opposite.
    Not(Box<Condition>),
    /// A property compared with literals.
    Compare {
        /// The property.
        path: Path,
        /// What its absence means.
        absent: Absent,
        /// The comparison.
        test: Test,
    },
    /// A property is there, or is not.
    Exists {
        /// The property.
        path: Path,
        /// Whether it is to be there.
        exists: bool,
    },
    /// Some number of elements, children or referrers satisfies a condition.
    Quantified {
        /// How many.
        quantifier: Quantifier,
        /// Of what.
        over: Over,
        /// Slot the element is bound to.
        slot: u8,
        /// The condition on one.
        matching: Box<Condition>,
    },
    /// The resource whose id stands at a path, or one above it.
    Lookup {
        /// Where the id stands; a path without names is the id of the resource in the slot.
        path: Path,
        /// Whether the resource of the type above that id is meant: its parent, group or subscription.
        ancestor: bool,
        /// What it means that no id stands there.
        absent: Absent,
        /// Type of the resource.
        resource_type: String,
        /// What it means that there is an id but no such resource.
        missing: Absent,
        /// Slot the resource is bound to.
        slot: u8,
        /// The condition on it.
        matching: Box<Condition>,
    },
    /// Two properties hold the same text, number or truth.
    Same {
        /// One of them.
        path: Path,
        /// The other.
        other: Path,
        /// What it means that either is absent.
        absent: Absent,
    },
    /// Can't be told; why.
    Unknown(String),
    /// Who may do what where.
    Access(Box<AccessTest>),
    /// The scan's clock stands at or after a moment, in Unix seconds.
    Since(i64),
    /// The Internet reaches the machine, interface or scale set in a slot.
    Reachable(Reachable),
    /// At least so many of these hold.
    SomeOf {
        /// How many.
        at_least: u32,
        /// Of what.
        parts: Vec<Condition>,
    },
    /// Something is true of a key that the resource's data is encrypted with, as the encryption chain knows it.
    Key(KeyQuestion),
    /// A machine came to Azure from somewhere else, by signals of at least this strength.
    Migrated(Strength),
    /// Public addresses that a list of prefixes or a range covers.
    Addresses {
        /// The list; without one, the range stands in the slot of `first`.
        over: Option<Over>,
        /// Slot an element of the list is bound to.
        slot: u8,
        /// Prefix, address, or first address of a range.
        first: Path,
        /// Last address of a range.
        last: Option<Path>,
        /// True when they cover more public addresses than one IPv4 prefix of this length does.
        wider_than: u8,
    },
}

/// What is asked of keys in use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeyQuestion {
    /// Of which keys.
    pub of: KeyOf,
    /// Any of these holds.
    pub any: Vec<KeyState>,
    /// And all of these, of the same key in the same use.
    pub all: Vec<KeyState>,
}

impl KeyQuestion {
    /// Whether it asks who may use a key.
    pub fn asks_for_permission(&self) -> bool {
        self.any.iter().chain(&self.all).any(|state| *state == KeyState::IdentityWithoutPermission)
    }
}

/// Which keys are asked about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum KeyOf {
    /// Those that the resource's data is encrypted with, directly or through a disk encryption set.
    Consumer,
    /// The resource itself, as others use it.
    Key,
    /// Those in the resource, a vault or managed HSM, as others use them.
    Vault,
    /// The one whose identifier stands at a path.
    Path(Path),
}

/// What the absence of a property means for a comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Absent {
    /// The platform's default stands in its place.
    Is(Literal),
    /// The comparison counts as this.
    Holds(bool),
    /// It can't be told.
    Unknown,
}

/// A value in a rule file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Literal {
    /// true or false; also equals Azure's texts `"true"` and `"False"`.
    Bool(bool),
    /// A number; also equals its text.
    Number(f64),
    /// Text, compared without letter case.
    Text(String),
}

/// A comparison of one value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Test {
    /// Equal to one of these.
    In(Vec<Literal>),
    /// Equal to none of these.
    NotIn(Vec<Literal>),
    /// A list with an element equal to one of these.
    Contains(Vec<Literal>),
    /// Text that begins with one of these.
    StartsWith(Vec<String>),
    /// Text that ends with one of these.
    EndsWith(Vec<String>),
    /// Text with one of these in it.
    Includes(Vec<String>),
    /// Text that lists one of these, separated by commas, semicolons or blanks.
    Lists(Vec<String>),
    /// An action of a role definition, with `*` for any text, that grants one of these actions.
    CoversAction(Vec<String>),
    /// A number.
    Number(Order, f64),
    /// How many elements a list or map has.
    Length(Order, u64),
    /// A version (`1.2`, `TLS1_2`, `TLSv1.2`).
    Version(Order, Vec<u32>),
    /// A length of time (`P90D`, `7.00:00:00`), in seconds.
    Duration(Order, i64),
    /// A moment (RFC 3339, or Unix seconds), in seconds from the scan's clock.
    Moment(Order, i64),
    /// Text that carries a credential, or none.
    Secret(bool),
    /// Text in base64 that carries one.
    SecretInBase64,
}

/// An order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// Less than.
    Below,
    /// Less than or equal.
    AtMost,
    /// Greater than or equal.
    AtLeast,
    /// Greater than.
    Above,
}

impl Order {
    /// Whether `left` stands in this order to `right`.
    pub fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Below => left < right,
            Self::AtMost => left <= right,
            Self::AtLeast => left >= right,
            Self::Above => left > right,
        }
    }
}

/// How many elements must satisfy a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Quantifier {
    /// At least one.
    Any,
    /// Every one; true where there is none.
    All,
    /// Not one.
    None,
    /// A number of them.
    Count(Order, u32),
}

/// What a quantifier ranges over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Over {
    /// The elements of a list, or the values of a map.
    Elements {
        /// The list or map.
        path: Path,
        /// What its absence means.
        absent: AbsentList,
    },
    /// Children, or extension resources, of the resource in a slot.
    Children {
        /// The parent's slot.
        slot: u8,
        /// Type of the children.
        resource_type: String,
    },
    /// Resources that refer to the resource in a slot.
    Referrers {
        /// The slot of the resource that is referred to.
        slot: u8,
        /// Type of those that refer.
        resource_type: String,
        /// Where in them the id stands (`properties.ipConfigurations[*].properties.subnet.id`).
        path: String,
    },
    /// Resources that hold the same text as a bound one does elsewhere.
    Matches {
        /// The value that they hold.
        to: Path,
        /// Their type.
        resource_type: String,
        /// Where in them it stands.
        path: String,
        /// How far away they may be from the resource that `to` belongs to.
        within: Within,
    },
    /// All resources of a type.
    Resources {
        /// The slot of the resource they are near to.
        slot: u8,
        /// Their type.
        resource_type: String,
        /// How near.
        within: Within,
    },
}

/// What part of the inventory is looked at, from a resource's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Within {
    /// All of it.
    Tenant,
    /// The resource's subscription.
    Subscription,
    /// The resource's group.
    ResourceGroup,
}

/// What the absence of a list means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AbsentList {
    /// An empty list.
    Empty,
    /// The quantifier counts as this.
    Holds(bool),
    /// It can't be told.
    Unknown,
}

/// What a network security group is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NsgInbound {
    /// From where.
    pub from: NsgSource,
    /// Over which protocols (`Tcp`, `Udp`); any of them is enough.
    pub protocols: Vec<String>,
    /// To which ports.
    pub to: NsgPorts,
}

/// Where traffic comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum NsgSource {
    /// The Internet at large: an eighth or more of the public IPv4 or IPv6 space.
    Internet,
    /// Literal public prefixes that together cover a /8 or more, without being the Internet at large.
    BroadPrefixes,
    /// These service tags; a tag's regional forms (`AzureCloud.westeurope`) count too.
    ServiceTags(Vec<String>),
}

/// Which ports traffic goes to; ranges are inclusive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum NsgPorts {
    /// Any of these.
    Any(Vec<(u16, u16)>),
    /// Any port but these.
    Except(Vec<(u16, u16)>),
    /// More than this many ports at once.
    MoreThan(u32),
}

/// What is asked of network exposure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reachable {
    /// Slot of the machine, interface or scale set.
    pub slot: u8,
    /// By whom.
    pub from: ReachableFrom,
    /// Over which protocols (`Tcp`, `Udp`, `Icmp`, `Esp`, `Ah`); any of them.
    pub protocols: Vec<String>,
    /// At which ports of the interface; empty for any.
    pub ports: Vec<(u16, u16)>,
    /// Ways through application gateways don't count.
    pub directly: bool,
}

/// By whom something is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReachableFrom {
    /// An eighth or more of the public IPv4 or IPv6 space.
    Internet,
    /// Any public address.
    Anyone,
    /// More addresses than an IPv4 `/24` holds, public or private, as far as security groups decide it: whether
    /// a way leads from there is not asked.
    Networks,
}

/// Text with placeholders.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// Text and placeholders, in order.
    pub parts: Vec<Part>,
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Part {
    /// As it stands.
    Text(String),
    /// `{id}`: the resource's id.
    Id(u8),
    /// `{name}`: the resource's name.
    Name(u8),
    /// `{type}`: its type.
    Type(u8),
    /// `{location}`: its region.
    Location(u8),
    /// `{resource_group}`: its resource group.
    ResourceGroup(u8),
    /// `{subscription}`: its subscription's GUID.
    Subscription(u8),
    /// `{parent}`: name of the resource it is a child of.
    Parent(u8),
    /// `{value}`: the value that decides.
    Value,
    /// `{sub_key}`: the element that fails.
    SubKey,
    /// `{port}`: the ports at the machine that is reached.
    Port,
    /// `{public_port}`: those at the public address.
    PublicPort,
    /// `{public_address}`: the public address that it is reached through.
    PublicAddress,
    /// `{opened_by}`: id of the security rule that lets it in, or else of the public address.
    OpenedBy,
    /// `{properties.x}`: a property.
    Property(Path),
}

/// How a rule says to fix a finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FixTemplate {
    /// One sentence.
    pub summary: String,
    /// A command to paste.
    pub azure_cli: Template,
    /// Properties to set, as JSON text, by path.
    pub set: Vec<(String, String)>,
}

/// A control that a rule serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// The framework (`cis-azure-6.0.0`).
    pub framework: String,
    /// The control's id in it.
    pub id: String,
    /// How much of the control this rule proves.
    pub coverage: ControlCoverage,
}

/// How much of a control one rule proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ControlCoverage {
    /// The rule alone proves it.
    Full,
    /// A part of it.
    Partial,
    /// It only hints at it.
    Indirect,
}

impl ControlCoverage {
    /// The word in rule files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Partial => "partial",
            Self::Indirect => "indirect",
        }
    }
}

impl Condition {
    /// Calls `visit` on this condition and all inside of it, outermost first.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        match self {
            Self::All(parts) | Self::Any(parts) | Self::SomeOf { parts, .. } => {
                parts.iter().for_each(|part| part.walk(visit));
            }
            Self::Not(inner) => inner.walk(visit),
            Self::Quantified { matching, .. } | Self::Lookup { matching, .. } => matching.walk(visit),
            Self::Compare { .. }
            | Self::Same { .. }
            | Self::Exists { .. }
            | Self::Unknown(_)
            | Self::Since(_)
            | Self::Access(_)
            | Self::Reachable(_)
            | Self::Key(_)
            | Self::Migrated(_)
            | Self::Addresses { .. } => {}
        }
    }

    /// Calls `visit` on every path in it.
    pub fn paths_mut(&mut self, visit: &mut dyn FnMut(&mut Path)) {
        match self {
            Self::All(parts) | Self::Any(parts) | Self::SomeOf { parts, .. } => {
                parts.iter_mut().for_each(|part| part.paths_mut(visit));
            }
            Self::Not(inner) => inner.paths_mut(visit),
            Self::Since(_) | Self::Unknown(_) | Self::Reachable(_) | Self::Migrated(_) => {}
            Self::Key(question) => {
                if let KeyOf::Path(path) = &mut question.of {
                    visit(path);
                }
            }
            Self::Same { path, other, .. } => {
                visit(path);
                visit(other);
            }
            Self::Access(test) => {
                if let AccessOf::Principal(path) = &mut test.of {
                    visit(path);
                }
                test.outside.iter_mut().for_each(visit);
            }
            Self::Compare { path, .. } | Self::Exists { path, .. } => visit(path),
            Self::Quantified { over, matching, .. } => {
                over.paths_mut(visit);
                matching.paths_mut(visit);
            }
            Self::Lookup { path, matching, .. } => {
                visit(path);
                matching.paths_mut(visit);
            }
            Self::Addresses { over, first, last, .. } => {
                over.iter_mut().for_each(|over| over.paths_mut(visit));
                visit(first);
                last.iter_mut().for_each(visit);
            }
        }
    }
}

impl Over {
    fn paths_mut(&mut self, visit: &mut dyn FnMut(&mut Path)) {
        match self {
            Self::Elements { path, .. } | Self::Matches { to: path, .. } => visit(path),
            Self::Children { .. } | Self::Referrers { .. } | Self::Resources { .. } => {}
        }
    }
}

impl std::fmt::Display for Template {
    /// The template as a rule file writes it, with the placeholders of bound resources by slot number.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let envelope = |f: &mut std::fmt::Formatter<'_>, slot: u8, name: &str| match slot {
            0 => write!(f, "{{{name}}}"),
            _ => write!(f, "{{{slot}.{name}}}"),
        };
        for part in &self.parts {
            match part {
                Part::Text(text) => f.write_str(&text.replace('{', "{{").replace('}', "}}"))?,
                Part::Id(slot) => envelope(f, *slot, "id")?,
                Part::Name(slot) => envelope(f, *slot, "name")?,
                Part::Type(slot) => envelope(f, *slot, "type")?,
                Part::Location(slot) => envelope(f, *slot, "location")?,
                Part::ResourceGroup(slot) => envelope(f, *slot, "resource_group")?,
                Part::Subscription(slot) => envelope(f, *slot, "subscription")?,
                Part::Parent(slot) => envelope(f, *slot, "parent")?,
                Part::Value => f.write_str("{value}")?,
                Part::SubKey => f.write_str("{sub_key}")?,
                Part::Port => f.write_str("{port}")?,
                Part::PublicPort => f.write_str("{public_port}")?,
                Part::PublicAddress => f.write_str("{public_address}")?,
                Part::OpenedBy => f.write_str("{opened_by}")?,
                Part::Property(path) => envelope(f, path.slot, &path.names.join("."))?,
            }
        }
        Ok(())
    }
}

impl Template {
    fn paths_mut(&mut self, visit: &mut dyn FnMut(&mut Path)) {
        for part in &mut self.parts {
            if let Part::Property(path) = part {
                visit(path);
            }
        }
    }
}

impl Rule {
    /// All conditions of the rule, in the order they are evaluated.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        let (matching, deciding) = match &self.decision {
            Decision::Whole(condition) => (None, Some(condition)),
            Decision::Each { matching, fail_when, .. } => (matching.as_ref(), Some(fail_when)),
            Decision::NsgInbound(_) | Decision::Reachable(_) => (None, None),
        };
        self.applies_when.iter().chain(matching).chain(deciding)
    }

    /// Whether it asks what the Internet reaches.
    pub fn asks_exposure(&self) -> bool {
        matches!(self.decision, Decision::Reachable(_))
            || self.has(|condition| matches!(condition, Condition::Reachable(_)))
    }

    /// Whether it asks who may use a key, and so who may do what.
    pub fn asks_for_permission(&self) -> bool {
        self.has(|condition| matches!(condition, Condition::Key(asked) if asked.asks_for_permission()))
    }

    /// Whether it asks who may do what.
    pub fn asks_access(&self) -> bool {
        self.has(|condition| matches!(condition, Condition::Access(_))) || self.asks_for_permission()
    }

    /// Whether it asks the encryption chain.
    pub fn asks_of_keys(&self) -> bool {
        self.has(|condition| matches!(condition, Condition::Key(_)))
    }

    /// Whether it asks where machines came from.
    pub fn asks_of_migration(&self) -> bool {
        self.has(|condition| matches!(condition, Condition::Migrated(_)))
    }

    fn has(&self, wanted: fn(&Condition) -> bool) -> bool {
        let mut found = false;
        self.conditions().for_each(|condition| condition.walk(&mut |inner| found |= wanted(inner)));
        found
    }

    /// Everything the rule ranges over.
    pub fn ranges(&self) -> Vec<&Over> {
        let mut out = Vec::new();
        if let Decision::Each { over, .. } = &self.decision {
            out.push(over);
        }
        for condition in self.conditions() {
            condition.walk(&mut |inner| match inner {
                Condition::Quantified { over, .. } => out.push(over),
                Condition::Addresses { over, .. } => out.extend(over),
                _ => {}
            });
        }
        out
    }

    /// Calls `visit` on every path of the rule, templates included.
    pub fn paths_mut(&mut self, visit: &mut dyn FnMut(&mut Path)) {
        if let Some(condition) = &mut self.applies_when {
            condition.paths_mut(visit);
        }
        match &mut self.decision {
            Decision::Whole(condition) => condition.paths_mut(visit),
            Decision::Each { over, matching, sub_key, fail_when, .. } => {
                over.paths_mut(visit);
                matching.iter_mut().for_each(|matching| matching.paths_mut(visit));
                sub_key.paths_mut(visit);
                fail_when.paths_mut(visit);
            }
            Decision::NsgInbound(_) | Decision::Reachable(_) => {}
        }
        self.point_at.iter_mut().for_each(&mut *visit);
        self.message.paths_mut(visit);
        self.fix.azure_cli.paths_mut(visit);
    }
}
