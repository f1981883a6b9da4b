//! Functions whose value is made or looked up at deployment, and the cloud's own addresses.

use super::{Failure, Outcome, Site, text_of};
use crate::source::arm::frame::Value;
use crate::source::code::node::{Content, Node, Unknown};

/// Calls a function of this family.
pub(super) fn call(name: &str, arguments: &[Value], site: &Site<'_>) -> Option<Outcome> {
    let later =
        |what: &str| Some(Err(Failure::reason(format!("depends on {what}, which is known at deployment"))));
    match name {
        "newguid" => later("newGuid()"),
        "utcnow" => later("utcNow()"),
        // Their algorithms aren't documented to the last bit, and they are mostly fed with ids.
        "uniquestring" => later("uniqueString()"),
        "guid" => later("guid()"),
        "providers" => later("providers()"),
        "pickzones" => later("pickZones()"),
        "tologicalzone" | "tologicalzones" | "tophysicalzone" | "tophysicalzones" => {
            later("the zones of a subscription")
        }
        "deployer" => later("deployer()"),
        "externalinput" => later("externalInput()"),
        "extensions" => later("the configuration of an extension"),
        "readenvironmentvariable" => {
            Some(Err(Failure::reason("depends on an environment variable, which is not read")))
        }
        "fail" => {
            let said = arguments.first().and_then(|node| text_of(node).ok()).unwrap_or_default();
            Some(Err(Failure::reason(format!("fails the deployment: {said}"))))
        }
        "environment" => Some(site.value(environment(site))),
        _ if name == "getsecret" || name.starts_with("list") => {
            let what = if name == "getsecret" {
                "a secret of a key vault"
            } else {
                "keys or other answers of a list…() call"
            };
            let reason = format!("depends on {what}, which skytjek never reads");
            let content = Content::Unknown(Unknown { reason, reference: None });
            Some(Ok(std::rc::Rc::new(Node { content, span: site.span, secret: true })))
        }
        _ => None,
    }
}

/// Azure's public cloud, as
/// <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-deployment#environment>
/// prints it: which cloud is deployed to isn't known, and templates build service addresses with these.
fn environment(site: &Site<'_>) -> Content {
    let text = |text: &str| Node::text(text, site.span);
    let object = |members: &[(&str, &str)]| {
        members.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect::<Vec<_>>()
    };
    let mut out = object(&[
        ("name", "AzureCloud"),
        ("gallery", "https://gallery.azure.com/"),
        ("graph", "https://graph.windows.net/"),
        ("portal", "https://portal.azure.com"),
        ("graphAudience", "https://graph.windows.net/"),
        ("activeDirectoryDataLake", "https://datalake.azure.net/"),
        ("batch", "https://batch.core.windows.net/"),
        ("media", "https://rest.media.azure.net"),
        ("sqlManagement", "https://management.core.windows.net:8443/"),
        ("resourceManager", "https://management.azure.com/"),
    ]);
    let mut authentication = object(&[
        ("loginEndpoint", "https://login.microsoftonline.com/"),
        ("tenant", "common"),
        ("identityProvider", "AAD"),
    ]);
    let audiences = ["https://management.core.windows.net/", "https://management.azure.com/"];
    let audiences = Content::Array(audiences.iter().map(|audience| text(audience)).collect());
    authentication.push(("audiences".to_owned(), Node::new(audiences, site.span)));
    let suffixes = object(&[
        ("acrLoginServer", ".azurecr.io"),
        ("azureDatalakeAnalyticsCatalogAndJob", "azuredatalakeanalytics.net"),
        ("azureDatalakeStoreFileSystem", "azuredatalakestore.net"),
        ("azureFrontDoorEndpointSuffix", "azurefd.net"),
        ("keyvaultDns", ".vault.azure.net"),
        ("sqlServerHostname", ".database.windows.net"),
        ("storage", "core.windows.net"),
    ]);
    out.push(("authentication".to_owned(), Node::new(Content::Object(authentication), site.span)));
    out.push(("suffixes".to_owned(), Node::new(Content::Object(suffixes), site.span)));
    Content::Object(out)
}
