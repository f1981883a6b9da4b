//! The form in which a family says where its types keep their switches and lists.

use super::ask::Ask;
use super::reach::Reach;
use crate::inventory::index::ResourceIndex;

/// One type of platform service.
#[derive(Clone, Copy)]
pub(super) struct Spec {
    /// The type.
    pub(super) kind: &'static str,
    /// The switch of its public endpoint.
    pub(super) switch: Option<Switch>,
    /// Properties that, where they hold text, say that it lives inside of a virtual network only.
    pub(super) inside: &'static [&'static str],
    /// What happens to those who are not listed.
    pub(super) filter: Filter,
    /// Lists of addresses in its body.
    pub(super) lists: &'static [List],
    /// Lists of subnets in its body: path, and where an element has the subnet's id.
    pub(super) subnets: &'static [(&'static str, &'static str)],
    /// Children that hold ranges of addresses.
    pub(super) ranges: &'static [Ranges],
    /// Children that hold subnets: type, API version, path of the id.
    pub(super) subnet_children: &'static [(&'static str, &'static str, &'static str)],
    /// Where it lets Azure's own services in, and the default.
    pub(super) bypass: Option<(&'static str, &'static str)>,
    /// A list of resources it lets in wherever they are: path, and where an element has the id.
    pub(super) instances: Option<(&'static str, &'static str)>,
    /// A subnet in front of which a network security group filters this port.
    pub(super) behind: Option<(&'static str, u16)>,
    /// For types that need code: their own firewall, or all of their endpoints.
    pub(super) code: Code,
    /// What code reads besides: type, API version where it is listed under a parent, paths.
    pub(super) more: &'static [More],
}

/// Type, API version where it is listed under a parent, paths.
pub(super) type More = (&'static str, Option<&'static str>, &'static [&'static str]);

/// What the table can't say.
#[derive(Clone, Copy)]
pub(super) enum Code {
    /// Nothing.
    None,
    /// What its own firewall lets in while the switch is on.
    Firewall(fn(&Ask<'_>, ResourceIndex) -> Reach),
    /// All of it: endpoints with the suffix of their ids.
    Endpoints(fn(&Ask<'_>, &Spec, ResourceIndex) -> Vec<(&'static str, Reach)>),
}

/// The switch of a public endpoint: `Enabled` or `true`, `Disabled` or `false`, `SecuredByPerimeter`.
#[derive(Clone, Copy)]
pub(super) struct Switch {
    pub(super) path: &'static str,
    pub(super) absent: Absent,
}

/// What a switch that was never set means.
#[derive(Clone, Copy)]
pub(super) enum Absent {
    /// On.
    On,
    /// Off.
    Off,
    /// On until the first private endpoint is approved.
    OnUntilEndpoint,
    /// Azure doesn't say.
    Unknown,
}

/// What happens to those who are not listed.
#[derive(Clone, Copy)]
pub(super) enum Filter {
    /// There is no list.
    None,
    /// A default action, by which they are let in unless it is `Deny`.
    Action(&'static str),
    /// They are let in while nobody is listed.
    OpenUntilListed,
    /// They are kept out.
    Listed,
}

/// A list of addresses, prefixes or ranges in a body.
#[derive(Clone, Copy)]
pub(super) struct List {
    pub(super) path: &'static str,
    /// Where an element has it; empty for a list of texts.
    pub(super) field: &'static str,
    /// Whether `0.0.0.0` stands for all of Azure.
    pub(super) mark: bool,
}

/// Children with a first and a last address.
#[derive(Clone, Copy)]
pub(super) struct Ranges {
    pub(super) kind: &'static str,
    pub(super) api_version: &'static str,
    pub(super) first: &'static str,
    pub(super) last: &'static str,
    /// Whether `0.0.0.0` to `0.0.0.0` stands for all of Azure.
    pub(super) mark: bool,
    /// A property without whose `Enabled` they are not asked.
    pub(super) needs: Option<&'static str>,
}

/// The switch that nearly all types have.
pub(super) const SWITCH: Switch = Switch { path: "properties.publicNetworkAccess", absent: Absent::On };

/// The same where the first private endpoint closes what was never set.
pub(super) const SWITCH_UNTIL_ENDPOINT: Switch = Switch { absent: Absent::OnUntilEndpoint, ..SWITCH };

impl Spec {
    /// A type with the usual switch and nothing else.
    pub(super) const fn of(kind: &'static str) -> Self {
        Self {
            kind,
            switch: Some(SWITCH),
            inside: &[],
            filter: Filter::None,
            lists: &[],
            subnets: &[],
            ranges: &[],
            subnet_children: &[],
            bypass: None,
            instances: None,
            behind: None,
            code: Code::None,
            more: &[],
        }
    }
}

impl List {
    /// A list whose elements are objects with the address in `field`, or texts where that is empty.
    pub(super) const fn of(path: &'static str, field: &'static str) -> Self {
        Self { path, field, mark: false }
    }
}

impl Ranges {
    /// Children with `startIpAddress` and `endIpAddress`, where `0.0.0.0` stands for all of Azure.
    pub(super) const fn of(kind: &'static str, api_version: &'static str) -> Self {
        Self {
            kind,
            api_version,
            first: "properties.startIpAddress",
            last: "properties.endIpAddress",
            mark: true,
            needs: None,
        }
    }
}
