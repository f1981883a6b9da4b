//! What a rule asks of who may do what, in its compiled form.

use serde::{Deserialize, Serialize};

use super::model::{Absent, Order, Path};

/// A question about who may do what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccessTest {
    /// Whose access.
    pub of: AccessOf,
    /// The actions.
    pub grants: Vec<Asked>,
    /// Whether all of them are needed, and not any.
    pub every: bool,
    /// How wide the scope has to be where they are granted; for [`AccessOf::Anyone`] it is the resource.
    pub at: Breadth,
    /// Scopes in the resource group that this path names don't count.
    pub outside: Option<Path>,
    /// What a grant counts as that a condition decides.
    pub conditional: Absent,
    /// Whether roles count that can be activated.
    pub eligible: bool,
    /// Who may one of these anyway does not count.
    pub lacking: Vec<Asked>,
    /// Only who may not do one of these where the resource's own identity may.
    pub borrows: Vec<Asked>,
    /// How many there must be.
    pub count: (Order, u32),
}

/// Whose access is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum AccessOf {
    /// That of the identities that the resource carries.
    Identity,
    /// That of the principal whose object id stands at a path.
    Principal(Path),
    /// That of everybody, on the resource.
    Anyone,
}

/// An action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// As Azure writes it, or a pattern all of which must be granted.
    pub action: String,
    /// Whether it works on data.
    pub data: bool,
}

/// How wide a scope is, at the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Breadth {
    /// Any.
    Resource,
    /// A resource group or wider.
    ResourceGroup,
    /// A subscription or wider.
    Subscription,
    /// A management group or the tenant.
    ManagementGroup,
}
