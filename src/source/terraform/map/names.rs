//! Ids of resources before they have one, and what references to them come to.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::ids::{NO_VERSION, interleave, real_id, subscription_of, type_of, up_to, vault_url, words};
use super::pick::argument;
use super::table::{self, Kind, Name, Parent, Stands};
use crate::source::code::node::{Content, Node, Reference};
use crate::source::code::scope;
use crate::source::terraform::resource::TerraformResource;

/// Longest chain of parents that is followed.
const MAX_DEPTH: u32 = 16;

/// All resources of a root by address.
pub struct Names<'a> {
    subscription: String,
    by_address: BTreeMap<&'a str, &'a TerraformResource>,
    roles: BTreeMap<String, &'a str>,
    ids: RefCell<BTreeMap<String, Option<String>>>,
}

impl<'a> Names<'a> {
    /// Of these resources, in a root with this path.
    pub fn new(all: &'a [TerraformResource], root: &'a str) -> Self {
        let by_address = all.iter().map(|resource| (resource.address.as_str(), resource)).collect();
        // A plan knows the ids of what is there already. What it makes comes to the same subscription.
        let mut real: Vec<&str> = all.iter().filter_map(real_id).filter_map(subscription_of).collect();
        real.sort_unstable();
        real.dedup();
        let subscription = match real.as_slice() {
            [one] => (*one).to_owned(),
            _ => scope::subscription(root),
        };
        let role =
            |resource: &&TerraformResource| resource.kind == "azurerm_role_definition" && !resource.data;
        let roles = all
            .iter()
            .filter(role)
            .filter_map(|own| {
                let name = argument(&own.arguments, "name")?.as_str()?;
                Some((name.to_ascii_lowercase(), own.address.as_str()))
            })
            .collect();
        Self { subscription, by_address, roles, ids: RefCell::default() }
    }

    /// The resource at an address.
    pub fn get(&self, address: &str) -> Option<&'a TerraformResource> {
        self.by_address.get(address).copied()
    }

    /// The address of the custom role with this name.
    pub fn role(&self, name: &str) -> Option<&'a str> {
        self.roles.get(&name.to_ascii_lowercase()).copied()
    }

    /// The subscription that all is deployed to.
    pub fn subscription(&self) -> &str {
        &self.subscription
    }

    fn resource_group(&self, name: &str) -> String {
        format!("{}/resourceGroups/{}", self.subscription, scope::segment(name))
    }

    /// The id of the resource at this address.
    pub fn id(&self, address: &str) -> Option<String> {
        self.id_at(address, 0)
    }

    fn id_at(&self, address: &str, depth: u32) -> Option<String> {
        if depth > MAX_DEPTH {
            return None;
        }
        if let Some(known) = self.ids.borrow().get(address) {
            return known.clone();
        }
        let id = self.get(address).and_then(|resource| self.id_of(resource, depth));
        self.ids.borrow_mut().insert(address.to_owned(), id.clone());
        id
    }

    fn id_of(&self, resource: &TerraformResource, depth: u32) -> Option<String> {
        if let Some(id) = real_id(resource) {
            return Some(id.to_owned());
        }
        let arguments = &resource.arguments;
        let name = argument(arguments, "name");
        match resource.kind.as_str() {
            "azurerm_subscription" => {
                let id = argument(arguments, "subscription_id").and_then(Node::as_str);
                Some(id.map_or_else(|| self.subscription.clone(), |id| format!("/subscriptions/{id}")))
            }
            "azurerm_resource_group" => {
                let name = self.segment(name, &resource.address);
                Some(self.resource_group(&name))
            }
            "azurerm_management_group" => {
                let name = self.segment(name, &resource.address);
                Some(format!("/providers/Microsoft.Management/managementGroups/{name}"))
            }
            "azurerm_role_definition" if resource.data => {
                let role = argument(arguments, "role_definition_id").and_then(Node::as_str);
                let role = role.or_else(|| name?.as_str().and_then(super::role::built_in))?;
                let subscription = self.subscription.clone();
                Some(format!("{subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"))
            }
            "azapi_resource" | "azapi_update_resource" => self.azapi_id(resource, depth),
            kind => {
                let kind = table::kind(kind)?;
                Some(self.id_below(resource, kind, depth))
            }
        }
    }

    /// The id of an `azapi_resource`.
    fn azapi_id(&self, resource: &TerraformResource, depth: u32) -> Option<String> {
        let arguments = &resource.arguments;
        if let Some(id) = argument(arguments, "resource_id") {
            return self.target(id, depth);
        }
        let kind = argument(arguments, "type")?.as_str()?.split('@').next()?;
        let name = self.segment(argument(arguments, "name"), &resource.address);
        let parent = argument(arguments, "parent_id").map(|parent| {
            self.target(parent, depth)
                .unwrap_or_else(|| self.resource_group(&scope::unknown_name(&words(parent))))
        });
        let parent = parent.unwrap_or_else(|| self.resource_group(scope::GROUP));
        if kind.eq_ignore_ascii_case("Microsoft.Resources/resourceGroups") {
            return Some(self.resource_group(&name));
        }
        let (before, last) = kind.rsplit_once('/')?;
        let below = type_of(&parent).is_some_and(|own| own.eq_ignore_ascii_case(before));
        Some(if below {
            format!("{parent}/{last}/{name}")
        } else {
            format!("{parent}/providers/{kind}/{name}")
        })
    }

    fn id_below(&self, resource: &TerraformResource, kind: &Kind, depth: u32) -> String {
        let arguments = &resource.arguments;
        let name = match kind.name {
            Name::Own => self.segment(argument(arguments, "name"), &resource.address),
            // The plan of Defender for servers needs no name. The provider's default.
            Name::Argument(own) if own == "resource_type" && argument(arguments, own).is_none() => {
                "VirtualMachines".to_owned()
            }
            Name::Argument(own) => self.segment(argument(arguments, own), &resource.address),
            Name::Fixed(name) => name.to_owned(),
        };
        match &kind.stands {
            Stands::Group => format!("{}/providers/{}/{name}", self.group(arguments, depth), kind.arm),
            Stands::Subscription => {
                format!("{}/providers/{}/{name}", self.subscription.clone(), kind.arm)
            }
            Stands::Tenant => format!("/providers/{}/{name}", kind.arm),
            Stands::Extends(by) => {
                let target = by.iter().find_map(|by| argument(arguments, by));
                let target = target.map_or_else(
                    || self.subscription.clone(),
                    |target| {
                        self.target(target, depth)
                            .unwrap_or_else(|| self.resource_group(&scope::unknown_name(&words(target))))
                    },
                );
                format!("{}/providers/{}/{name}", target.trim_end_matches('/'), kind.arm)
            }
            Stands::Below(parent) => {
                let own = kind.arm.rsplit('/').next().unwrap_or_default();
                format!("{}/{own}/{name}", self.parent(resource, kind, parent, depth))
            }
            Stands::Into(parent) => match parent.between {
                Some(_) => self.parent(resource, kind, parent, depth),
                None => self.into(resource, parent, depth).unwrap_or_default(),
            },
        }
    }

    /// The id of the parent with the fixed segments between.
    fn parent(&self, resource: &TerraformResource, kind: &Kind, parent: &Parent, depth: u32) -> String {
        let arguments = &resource.arguments;
        let between = parent.between.map(|between| format!("/{between}")).unwrap_or_default();
        let fixed = parent.between.map_or(0, |between| between.split('/').count().div_ceil(2));
        let own = usize::from(matches!(kind.stands, Stands::Below(_)));
        let mut types: Vec<&str> = kind.arm.split('/').collect();
        types.truncate(types.len().saturating_sub(fixed + own));
        let types = types.join("/");
        for names in &parent.arguments {
            let found: Option<Vec<&Node>> = names.iter().map(|name| argument(arguments, name)).collect();
            let Some(found) = found else { continue };
            let [.., last] = found.as_slice() else { continue };
            if let Some(id) = self.target(last, depth) {
                return format!("{}{between}", up_to(&id, &types));
            }
            let names: Vec<String> =
                found.iter().map(|name| self.segment(Some(name), &words(name))).collect();
            let group = self.group(arguments, depth);
            return format!("{group}/providers/{}{between}", interleave(&types, &names));
        }
        let group = self.group(arguments, depth);
        let name = scope::unknown_name(&resource.address);
        format!("{group}/providers/{}{between}", interleave(&types, &[name]))
    }

    /// The id of what a part belongs to, if that is known.
    fn into(&self, resource: &TerraformResource, parent: &Parent, depth: u32) -> Option<String> {
        let arguments = &resource.arguments;
        let kind = table::kind(&resource.kind)?;
        for names in &parent.arguments {
            let found: Option<Vec<&Node>> = names.iter().map(|name| argument(arguments, name)).collect();
            let Some(found) = found else { continue };
            let last = found.last()?;
            if let Some(id) = self.target(last, depth) {
                return Some(id);
            }
            let names: Option<Vec<String>> =
                found.iter().map(|name| name.as_str().map(scope::segment)).collect();
            return Some(format!(
                "{}/providers/{}",
                self.group(arguments, depth),
                interleave(kind.arm, &names?)
            ));
        }
        None
    }

    /// The resource that this value names by id or by reference.
    pub fn target_of(&self, node: &Node) -> Option<String> {
        self.target(node, 0)
    }

    fn target(&self, node: &Node, depth: u32) -> Option<String> {
        match &node.content {
            Content::Text(text) if text.starts_with('/') => Some(text.clone()),
            Content::Unknown(unknown) => {
                let reference = unknown.reference.as_ref()?;
                let resource = self.get(&reference.address)?;
                match reference.attribute.as_str() {
                    "id" | "name" | "resource_id" | "resource_manager_id" | "virtual_machine_id" => {
                        self.id_at(&resource.address, depth + 1)
                    }
                    attribute => {
                        let argument = argument(&resource.arguments, attribute)?;
                        if depth > MAX_DEPTH { None } else { self.target(argument, depth + 1) }
                    }
                }
            }
            _ => None,
        }
    }

    /// The resource group that the arguments name.
    fn group(&self, arguments: &Node, depth: u32) -> String {
        for name in ["resource_group_name", "resource_group_id"] {
            let Some(node) = argument(arguments, name) else { continue };
            return match (&node.content, self.target(node, depth)) {
                (_, Some(id)) => id,
                (Content::Text(name), None) => self.resource_group(name),
                _ => self.resource_group(&scope::unknown_name(&words(node))),
            };
        }
        self.resource_group(scope::GROUP)
    }

    /// A name as a segment of an id.
    fn segment(&self, name: Option<&Node>, otherwise: &str) -> String {
        let known = name.and_then(|name| match &name.content {
            Content::Unknown(unknown) => {
                let value = self.attribute(unknown.reference.as_ref()?)?;
                super::change::words_of(&value)
            }
            _ => super::change::words_of(name),
        });
        known.map_or_else(|| scope::unknown_name(otherwise), |name| scope::segment(&name))
    }

    /// What an attribute of a resource of this root comes to, if that is known.
    pub fn attribute(&self, reference: &Reference) -> Option<Node> {
        let resource = self.get(&reference.address)?;
        let at = resource.block;
        match reference.attribute.as_str() {
            "id" => match resource.kind.as_str() {
                // Their id is an address in the vault, not one in ARM.
                kind @ ("azurerm_key_vault_key"
                | "azurerm_key_vault_secret"
                | "azurerm_key_vault_certificate") => {
                    self.vault_item(resource, kind, true).map(|url| Node::text(url, at))
                }
                _ => self.id(&resource.address).map(|id| Node::text(id, at)),
            },
            "versionless_id" => {
                self.vault_item(resource, &resource.kind, false).map(|url| Node::text(url, at))
            }
            "resource_versionless_id" | "resource_manager_id" => {
                self.id(&resource.address).map(|id| Node::text(id, at))
            }
            "vault_uri" if resource.kind == "azurerm_key_vault" => {
                vault_url(&self.id(&resource.address)?).map(|url| Node::text(format!("{url}/"), at))
            }
            attribute => {
                let node = argument(&resource.arguments, attribute)?;
                (!node.has_unknown()).then(|| node.clone())
            }
        }
    }

    fn vault_item(&self, resource: &TerraformResource, kind: &str, version: bool) -> Option<String> {
        let vault = self.target(argument(&resource.arguments, "key_vault_id")?, 0)?;
        let name = argument(&resource.arguments, "name")?.as_str()?;
        let collection = match kind {
            "azurerm_key_vault_key" => "keys",
            "azurerm_key_vault_secret" => "secrets",
            "azurerm_key_vault_certificate" => "certificates",
            _ => return None,
        };
        let url = format!("{}/{collection}/{name}", vault_url(&vault)?);
        // The version is made at deployment; that there is one is known.
        Some(if version { format!("{url}/{NO_VERSION}") } else { url })
    }

    /// A value with references to known attributes replaced by what they come to.
    pub fn resolve(&self, node: Node) -> Node {
        match node.content {
            Content::Unknown(ref unknown) => {
                let known = unknown.reference.as_ref().and_then(|reference| self.attribute(reference));
                match known {
                    Some(known) => {
                        Node { content: known.content, span: node.span, secret: node.secret || known.secret }
                    }
                    None => node,
                }
            }
            Content::Array(elements) => {
                let elements = elements.into_iter().map(|element| self.resolve(element)).collect();
                Node { content: Content::Array(elements), ..node }
            }
            Content::Object(members) => {
                let members =
                    members.into_iter().map(|(name, member)| (name, self.resolve(member))).collect();
                Node { content: Content::Object(members), ..node }
            }
            content => Node { content, ..node },
        }
    }
}
