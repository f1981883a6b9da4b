//! A Terraform resource in its provider's own terms, from code or from a plan.

use crate::source::code::file::Span;
use crate::source::code::node::Node;

/// A resource instance.
#[derive(Clone, Debug)]
pub struct TerraformResource {
    /// Address of the instance: `module.net["a"].azurerm_subnet.web[0]`.
    pub address: String,
    /// `azurerm_subnet`.
    pub kind: String,
    /// Whether it is a `data` source: never judged, only referred to.
    pub data: bool,
    /// Local name of the provider: `azurerm`, `azapi`, `azuread`.
    pub provider: String,
    /// Arguments as an object. Nested blocks are arrays of objects, as plans have them, also when there is one. Meta-arguments (`count`, `for_each`, `depends_on`, `lifecycle`, `provider`) are not in it.
    pub arguments: Node,
    /// The whole block; for a plan the place in the plan, or the block in the sources where that was found.
    pub block: Span,
}

/// The provider's version that decides defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderVersion {
    /// Major version of `azurerm`.
    pub major: u32,
    /// How it is known, for people: `.terraform.lock.hcl: 4.14.0`, `required_providers: ~> 3.0`, `assumed, nothing says`.
    pub why: String,
}
