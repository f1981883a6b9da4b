//! From the provider's terms to Resource Manager's: what `azurerm` and `azapi` make of their resources.

mod azapi;
mod build;
mod change;
mod complete;
mod identity;
mod ids;
mod links;
mod merge;
mod names;
mod pick;
mod place;
mod role;
mod special;
mod table;

use std::collections::BTreeMap;

pub use complete::{complete, covers};

use self::names::Names;
use self::table::Stands;
use crate::source::code::file::{Files, Span};
use crate::source::code::resource::{CodeResource, Unread};
use crate::source::terraform::resource::{ProviderVersion, TerraformResource};

/// What a root's resources come to.
#[derive(Debug, Default)]
pub struct Mapped {
    /// Resources in Resource Manager's shape.
    pub resources: Vec<CodeResource>,
    /// For each of them, where it comes from.
    pub origins: Vec<Origin>,
    /// What could not be mapped, see [`Mapped::unread`].
    pub lost: Vec<Lost>,
    /// What people should know.
    pub notes: Vec<String>,
}

impl Mapped {
    /// What could not be mapped, as it is reported; `files` are those of the root.
    pub fn unread(&self, files: &Files) -> Vec<Unread> {
        self.lost.iter().map(|lost| lost.unread(files)).collect()
    }
}

/// The blocks that a resource comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Address of the block that makes it, without a prefix.
    pub block: String,
    /// Whether the block makes it besides another resource of its own.
    pub besides: bool,
    /// Addresses of blocks that add to it.
    pub parts: Vec<String>,
}

/// Something that is not mapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// The first block of it.
    pub at: Span,
    /// Its address.
    pub what: String,
    /// Why.
    pub reason: String,
}

impl Lost {
    /// As it is reported.
    fn unread(&self, files: &Files) -> Unread {
        Unread {
            file: files.get(self.at.file).map(|file| file.path.clone()).unwrap_or_default(),
            place: Some(files.place(self.at.file, self.at.start)),
            what: self.what.clone(),
            reason: self.reason.clone(),
        }
    }
}

/// Types of `azurerm` whose content is a template, which is not taken apart.
const TEMPLATES: &[&str] = &[
    "azurerm_resource_group_template_deployment",
    "azurerm_subscription_template_deployment",
    "azurerm_management_group_template_deployment",
    "azurerm_tenant_template_deployment",
    "azurerm_template_deployment",
];

/// Maps the resources of the root at `root`. Addresses become `terraform:<prefix><address>`.
pub fn resources(all: &[TerraformResource], version: &ProviderVersion, root: &str, prefix: &str) -> Mapped {
    let names = Names::new(all, root);
    let context = build::Context { names: &names, version, prefix };
    let mut mapped = Mapped::default();
    let mut additions = Vec::new();
    let mut unmapped: BTreeMap<&str, (&TerraformResource, usize)> = BTreeMap::new();
    let mut directory = 0_usize;
    for resource in all.iter().filter(|resource| !resource.data) {
        let kind = resource.kind.as_str();
        if TEMPLATES.contains(&kind) {
            mapped.lost.push(Lost {
                at: resource.block,
                what: format!("terraform:{prefix}{}", resource.address),
                reason: format!("the template that {kind} deploys is not read; scan the template itself"),
            });
        } else if kind == "azapi_resource" {
            azapi::resource(resource, &context, &mut mapped);
        } else if kind == "azapi_update_resource" {
            additions.extend(azapi::update(resource, &context));
        } else if let Some(own) = table::kind(kind) {
            if own.arm == table::NOTHING {
                continue;
            }
            if let Stands::Into(_) = own.stands {
                additions.push(build::addition(resource, own, &context));
            } else {
                build::resource(resource, own, &context, &mut mapped);
                additions.extend(special::elsewhere(resource, &context));
            }
        } else if kind.starts_with("azurerm_") || kind.starts_with("azapi_") {
            unmapped.entry(kind).or_insert((resource, 0)).1 += 1;
        } else if kind.starts_with("azuread_") {
            directory += 1;
        }
    }
    merge::add(&mut mapped, additions);
    links::add(&mut mapped);
    for (kind, (first, count)) in unmapped {
        let more = if count > 1 { format!(" ({count} resources)") } else { String::new() };
        mapped.lost.push(Lost {
            at: first.block,
            what: format!("terraform:{prefix}{}", first.address),
            reason: format!("{kind} is not mapped{more}, so no rule looks at it"),
        });
    }
    if directory > 0 {
        let plural = if directory == 1 { "" } else { "s" };
        mapped.notes.push(format!("{directory} azuread resource{plural}: Entra ID is not judged from code"));
    }
    unique_ids(&mut mapped.resources);
    mapped
}

/// Two resources may have one id, as when both names aren't known.
fn unique_ids(resources: &mut [CodeResource]) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for resource in resources {
        let count = seen.entry(resource.id.to_ascii_lowercase()).or_insert(0);
        *count += 1;
        if *count > 1 {
            resource.id = format!("{}#{count}", resource.id);
        }
    }
}

#[cfg(test)]
mod tests;
