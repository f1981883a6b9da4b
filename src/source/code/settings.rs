//! Settings that Azure keeps in children of its own making: the blob service of a storage account, the
//! configuration of an app. Code may leave them out, or write them into the parent; deployed, they are there.

use std::collections::{HashMap, HashSet};

use super::file::Span;
use super::node::{Content, Node};
use super::resource::CodeResource;
use crate::inventory::path::segments;

/// Parent's type, and the child below it that Azure makes with it. What is not set in it has the platform's
/// default, which rules know.
const MADE_WITH_PARENT: &[(&str, &str, &str)] = &[
    ("Microsoft.Storage/storageAccounts", "blobServices", "default"),
    ("Microsoft.Storage/storageAccounts", "fileServices", "default"),
    ("Microsoft.Storage/storageAccounts", "queueServices", "default"),
    ("Microsoft.Storage/storageAccounts", "tableServices", "default"),
    ("Microsoft.Web/sites", "config", "web"),
    ("Microsoft.Web/sites", "basicPublishingCredentialsPolicies", "ftp"),
    ("Microsoft.Web/sites", "basicPublishingCredentialsPolicies", "scm"),
    ("Microsoft.Web/sites/slots", "config", "web"),
    ("Microsoft.Web/sites/slots", "basicPublishingCredentialsPolicies", "ftp"),
    ("Microsoft.Web/sites/slots", "basicPublishingCredentialsPolicies", "scm"),
    ("Microsoft.Sql/servers", "auditingSettings", "default"),
    ("Microsoft.Sql/servers", "securityAlertPolicies", "Default"),
    ("Microsoft.Sql/servers", "encryptionProtector", "current"),
    ("Microsoft.Sql/servers/databases", "transparentDataEncryption", "current"),
    ("Microsoft.EventHub/namespaces", "networkRuleSets", "default"),
    ("Microsoft.ServiceBus/namespaces", "networkRuleSets", "default"),
];

/// Services that a kind of storage account doesn't have:
/// <https://learn.microsoft.com/azure/storage/common/storage-account-overview>.
const NOT_ON_KIND: &[(&str, &[&str])] = &[
    ("FileStorage", &["blobServices", "queueServices", "tableServices"]),
    ("BlockBlobStorage", &["fileServices", "queueServices", "tableServices"]),
    ("BlobStorage", &["fileServices", "queueServices", "tableServices"]),
];

const PRIVATE_ENDPOINT: &str = "Microsoft.Network/privateEndpoints";
const CONNECTIONS: &str = "privateEndpointConnections";

/// Adds the children that the code doesn't declare, with what the parent says of them, and what private
/// endpoints in it will say of the resources that they connect to.
pub fn complete(resources: &mut Vec<CodeResource>) {
    let known: HashSet<String> = resources.iter().map(|resource| resource.id.to_ascii_lowercase()).collect();
    let mut added = Vec::new();
    for parent in resources.iter() {
        for (kind, segment, name) in MADE_WITH_PARENT {
            if !kind.eq_ignore_ascii_case(&parent.kind) || lacks(parent, segment) {
                continue;
            }
            let id = format!("{}/{segment}/{name}", parent.id);
            let inline = (*segment == "config").then(|| site_config(parent)).flatten();
            if known.contains(&id.to_ascii_lowercase()) {
                continue;
            }
            let properties = inline.unwrap_or(Node::new(Content::Object(Vec::new()), parent.block));
            let body = Content::Object(vec![("properties".to_owned(), properties)]);
            added.push(CodeResource {
                address: format!("{}/{segment}/{name}", parent.address),
                id,
                kind: format!("{}/{segment}", parent.kind),
                body: Node::new(body, parent.block),
                block: parent.block,
            });
        }
    }
    resources.extend(added);
    merge_site_config(resources);
    connect_private_endpoints(resources);
}

/// Makes unknown what Azure alone will set below `path` of a resource.
pub fn leave_to_azure(resource: &mut CodeResource, path: &str) {
    let mut node = &mut resource.body;
    for name in segments(path) {
        let span = node.span;
        let Content::Object(members) = &mut node.content else { return };
        let found = members.iter().position(|(own, _)| own.eq_ignore_ascii_case(name));
        let at = found.unwrap_or_else(|| {
            let value = if name.eq_ignore_ascii_case("properties") {
                Node::new(Content::Object(Vec::new()), span)
            } else {
                Node::unknown("is set by Azure when it is deployed", span)
            };
            members.push((name.to_owned(), value));
            members.len() - 1
        });
        match members.get_mut(at) {
            Some((_, below)) => node = below,
            None => return,
        }
    }
}

/// Says on a resource which private endpoints of the same code connect to it. Azure writes them there when
/// they are deployed.
fn connect_private_endpoints(resources: &mut [CodeResource]) {
    let mut connections: HashMap<String, Vec<Node>> = HashMap::new();
    for endpoint in resources.iter().filter(|one| one.kind.eq_ignore_ascii_case(PRIVATE_ENDPOINT)) {
        let properties = endpoint.body.member("properties");
        for (list, status) in [
            ("privateLinkServiceConnections", "Approved"),
            ("manualPrivateLinkServiceConnections", "Pending"),
        ] {
            let all = properties.and_then(|properties| properties.member(list)?.elements());
            for connection in all.unwrap_or_default() {
                let target = connection
                    .member("properties")
                    .and_then(|properties| properties.member("privateLinkServiceId")?.as_str());
                if let Some(target) = target {
                    let node = connected(endpoint, status, connection.span);
                    connections.entry(target.to_ascii_lowercase()).or_default().push(node);
                }
            }
        }
    }
    for resource in resources {
        let Some(found) = connections.remove(&resource.id.to_ascii_lowercase()) else { continue };
        let span = resource.block;
        let Content::Object(members) = &mut resource.body.content else { continue };
        let properties = members.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case("properties"));
        if let Some((_, Node { content: Content::Object(properties), .. })) = properties
            && !properties.iter().any(|(name, _)| name.eq_ignore_ascii_case(CONNECTIONS))
        {
            properties.push((CONNECTIONS.to_owned(), Node::new(Content::Array(found), span)));
        }
    }
}

/// A connection as the resource that is connected shows it.
fn connected(endpoint: &CodeResource, status: &str, span: Span) -> Node {
    let object = |members: Vec<(&str, Node)>| {
        let members = members.into_iter().map(|(name, node)| (name.to_owned(), node)).collect();
        Node::new(Content::Object(members), span)
    };
    let state = object(vec![("status", Node::text(status, span))]);
    let endpoint = object(vec![("id", Node::text(&endpoint.id, span))]);
    let properties =
        object(vec![("privateLinkServiceConnectionState", state), ("privateEndpoint", endpoint)]);
    object(vec![("properties", properties)])
}

fn lacks(parent: &CodeResource, segment: &str) -> bool {
    let kind = parent.body.member("kind").and_then(Node::as_str).unwrap_or_default();
    NOT_ON_KIND
        .iter()
        .any(|(known, services)| known.eq_ignore_ascii_case(kind) && services.contains(&segment))
}

/// What the parent says of its configuration; the whole may be unknown.
fn site_config(parent: &CodeResource) -> Option<Node> {
    let config = parent.body.member("properties")?.member("siteConfig")?;
    (!matches!(config.content, Content::Null)).then(|| config.clone())
}

/// A configuration that is declared beside one that the parent carries: it is deployed later, so its values
/// overrule the parent's, and the parent's stay for what it doesn't say.
fn merge_site_config(resources: &mut [CodeResource]) {
    let inline: Vec<(String, Node)> = resources
        .iter()
        .filter_map(|parent| Some((format!("{}/config/web", parent.id), site_config(parent)?)))
        .collect();
    for (id, config) in inline {
        let declared = resources.iter_mut().find(|resource| resource.id.eq_ignore_ascii_case(&id));
        let Some(Content::Object(members)) = declared.map(|declared| &mut declared.body.content) else {
            continue;
        };
        let own = members.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case("properties"));
        match own.map(|(_, properties)| &mut properties.content) {
            Some(Content::Object(own)) => {
                for (name, value) in config.members().unwrap_or_default() {
                    if !own.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                        own.push((name.clone(), value.clone()));
                    }
                }
            }
            Some(_) => {}
            None => members.push(("properties".to_owned(), config)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::code::file::{FileId, Span};

    const SPAN: Span = Span { file: FileId(0), start: 0, end: 1 };

    fn resource(id: &str, kind: &str, members: &[(&str, Node)]) -> CodeResource {
        let members = members.iter().map(|(name, node)| ((*name).to_owned(), node.clone())).collect();
        CodeResource {
            address: format!("arm:t#{id}"),
            id: id.to_owned(),
            kind: kind.to_owned(),
            body: Node::new(Content::Object(members), SPAN),
            block: SPAN,
        }
    }

    fn object(members: &[(&str, Node)]) -> Node {
        resource("", "", members).body
    }

    fn ids(resources: &[CodeResource]) -> Vec<&str> {
        resources.iter().map(|resource| resource.id.as_str()).collect()
    }

    #[test]
    fn services_of_an_account_are_there_where_its_kind_has_them() {
        let kind = |kind: &str| {
            vec![resource("a", "Microsoft.Storage/storageAccounts", &[("kind", Node::text(kind, SPAN))])]
        };
        let mut files = kind("FileStorage");
        complete(&mut files);
        assert_eq!(ids(&files), ["a", "a/fileServices/default"]);
        let mut all = kind("StorageV2");
        all.push(resource("A/blobservices/DEFAULT", "Microsoft.Storage/storageAccounts/blobServices", &[]));
        complete(&mut all);
        assert_eq!(all.len(), 5);
    }

    #[test]
    fn an_apps_inline_configuration_is_its_configuration() {
        let config = object(&[
            ("ftpsState", Node::text("AllAllowed", SPAN)),
            ("minTlsVersion", Node::text("1.0", SPAN)),
        ]);
        let properties = object(&[("siteConfig", config)]);
        let site = resource("s", "Microsoft.Web/sites", &[("properties", properties)]);
        let value = |resources: &[CodeResource], name: &str| {
            let web = resources.iter().find(|resource| resource.id == "s/config/web").unwrap();
            web.body.member("properties").unwrap().member(name).and_then(Node::as_str).unwrap().to_owned()
        };
        let mut inline = vec![site.clone()];
        complete(&mut inline);
        assert_eq!(value(&inline, "ftpsState"), "AllAllowed");
        let own = object(&[("ftpsState", Node::text("Disabled", SPAN))]);
        let mut both =
            vec![site, resource("s/config/web", "Microsoft.Web/sites/config", &[("properties", own)])];
        complete(&mut both);
        assert_eq!(
            (value(&both, "ftpsState"), value(&both, "minTlsVersion")),
            ("Disabled".into(), "1.0".into())
        );
    }
}
