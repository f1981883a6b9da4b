//! Ids as texts: their types, parts and addresses of vaults.

use super::pick::argument;
use super::table::{self, Stands};
use crate::source::code::node::{Content, Node};
use crate::source::terraform::resource::TerraformResource;

/// `https://<vault>.vault.azure.net`, for the vault with this id, if its name is known, in Azure's public cloud,
/// which is the provider's default environment.
pub fn vault_url(vault: &str) -> Option<String> {
    let name = vault.rsplit('/').next()?;
    (!name.starts_with('~')).then(|| format!("https://{}.vault.azure.net", name.to_ascii_lowercase()))
}

/// The part of an id that names a resource of this type: of a policy of a server, the server.
pub fn up_to<'a>(id: &'a str, kind: &str) -> &'a str {
    let whole = id.trim_end_matches('/');
    let mut part = whole;
    while let Some(own) = type_of(part) {
        if own.eq_ignore_ascii_case(kind) {
            return part;
        }
        let Some(shorter) = part.rsplit_once('/').and_then(|(rest, _)| rest.rsplit_once('/')) else { break };
        part = shorter.0;
    }
    whole
}

/// The id that a plan knows of a resource that is there already. Some have ids of the provider's own, which
/// are no paths in ARM.
pub fn real_id(resource: &TerraformResource) -> Option<&str> {
    let id = argument(&resource.arguments, "id")?.as_str()?;
    let adds = table::kind(&resource.kind).is_some_and(|kind| matches!(kind.stands, Stands::Into(_)));
    (!adds && id.starts_with('/') && !id.contains('|')).then_some(id.trim_end_matches('/'))
}

pub fn subscription_of(id: &str) -> Option<&str> {
    let rest = id.strip_prefix("/subscriptions/")?;
    let end = "/subscriptions/".len() + rest.find('/').unwrap_or(rest.len());
    id.get(..end)
}

/// Stands for a version that a vault gives at deployment.
pub const NO_VERSION: &str = "00000000000000000000000000000000";

/// The words by which something is named that isn't known.
pub fn words(node: &Node) -> String {
    match &node.content {
        Content::Unknown(unknown) => match &unknown.reference {
            Some(reference) => format!("{}.{}", reference.address, reference.attribute),
            None => unknown.reason.clone(),
        },
        Content::Text(text) => text.clone(),
        _ => "not known".to_owned(),
    }
}

/// `Microsoft.Sql/servers/a/databases/b` of `Microsoft.Sql/servers/databases` and the names.
pub fn interleave(kind: &str, names: &[String]) -> String {
    let mut segments = kind.split('/');
    let mut id = segments.next().unwrap_or_default().to_owned();
    let types: Vec<_> = segments.collect();
    // Fewer names than types: the last ones are known.
    let missing = types.len().saturating_sub(names.len());
    for (at, own) in types.iter().enumerate() {
        let name = at.checked_sub(missing).and_then(|at| names.get(at));
        id.push('/');
        id.push_str(own);
        id.push('/');
        id.push_str(name.map_or("~", String::as_str));
    }
    id
}

/// The ARM type of an id.
pub fn type_of(id: &str) -> Option<String> {
    let (_, rest) = id.rsplit_once("/providers/").or_else(|| {
        let at = id.to_ascii_lowercase().rfind("/providers/")?;
        Some((id.get(..at)?, id.get(at + 11..)?))
    })?;
    let mut segments = rest.split('/');
    let mut kind = segments.next()?.to_owned();
    for own in segments.step_by(2) {
        kind.push('/');
        kind.push_str(own);
    }
    Some(kind)
}
