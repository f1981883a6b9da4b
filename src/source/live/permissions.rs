//! What a scan needs to be allowed to do, type by type: for documentation, and for people who grant it.

use super::arm_endpoints::{address, child_paths, is_enumerated};
use super::graph_endpoints;
use crate::inventory::reads::{RESOURCES, Supply, supply};

/// Which service is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Api {
    /// Azure Resource Graph.
    ResourceGraph,
    /// Azure Resource Manager.
    ResourceManager,
    /// Microsoft Graph.
    MicrosoftGraph,
    /// A key vault's data plane.
    KeyVault,
}

/// What reads a type, and the least that allows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Which service is asked.
    pub api: Api,
    /// The address, in words: `{Microsoft.Storage/storageAccounts}/blobServices`.
    pub call: String,
    /// The role and where it is given, or the application permission.
    pub permission: String,
    /// The licence without which the service refuses.
    pub licence: Option<&'static str>,
}

const READER: &str = "Reader on the subscription";

/// What reads `kind`, and the least that allows it; `None` where no call is known.
pub fn least_permission(kind: &str) -> Option<Access> {
    let graph = |table: &str| (Api::ResourceGraph, table.to_owned(), READER.to_owned());
    let arm = |call: String, permission: &str| (Api::ResourceManager, call, permission.to_owned());
    let (at, _) = address(kind);
    let (api, call, permission) = match supply(kind) {
        Supply::Row => is_enumerated(kind).then(|| graph(RESOURCES))?,
        Supply::Nested(_) => graph(RESOURCES),
        Supply::Table(table) => graph(table),
        Supply::Child | Supply::Under(_) => {
            let holder = match supply(kind) {
                Supply::Under(holder) => holder,
                _ => kind.rsplit_once('/')?.0,
            };
            // A child of something that nothing reads is read by nothing.
            least_permission(holder)?;
            let path = child_paths(kind, None).into_iter().next()?.path;
            arm(format!("{{{holder}}}/{path}"), READER)
        }
        Supply::Subscription => arm(format!("{{subscription}}/providers/{at}"), READER),
        Supply::Code => return None,
        Supply::Container => arm(format!("{{subscription or resource group}}/providers/{at}"), READER),
        Supply::Extension => arm(format!("{{resource}}/providers/{at}"), READER),
        Supply::Tenant => {
            let namespace = kind.split('/').next().unwrap_or_default();
            let at_provider = format!("Reader at /providers/{namespace}");
            arm(format!("/providers/{at}"), &at_provider)
        }
        Supply::VaultItem => {
            let items = kind.rsplit('/').next().unwrap_or_default();
            let role = "Key Vault Reader on the vault, or list (and for keys and certificates get) in its access policies";
            (Api::KeyVault, format!("{{vault}}/{items}"), role.to_owned())
        }
        Supply::Graph | Supply::GraphChild => (
            Api::MicrosoftGraph,
            graph_endpoints::address(kind)?,
            graph_endpoints::permission(kind)?.to_owned(),
        ),
    };
    Some(Access { api, call, permission, licence: graph_endpoints::licence(kind) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_says_what_it_takes() {
        let cases = [
            ("Microsoft.Storage/storageAccounts", "resources", READER),
            ("Microsoft.Security/assessments", "securityresources", READER),
            ("Microsoft.Web/sites/config", "{Microsoft.Web/sites}/config/web", READER),
            (
                "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems",
                "{Microsoft.RecoveryServices/vaults}/backupProtectedItems",
                READER,
            ),
            (
                "Microsoft.Security/locations/jitNetworkAccessPolicies",
                "{subscription}/providers/Microsoft.Security/jitNetworkAccessPolicies",
                READER,
            ),
            (
                "microsoft.aadiam/diagnosticSettings",
                "/providers/microsoft.aadiam/diagnosticSettings",
                "Reader at /providers/microsoft.aadiam",
            ),
            ("Microsoft.Graph/application/owners", "/v1.0/applications/{id}/owners", "Application.Read.All"),
        ];
        for (kind, call, permission) in cases {
            let access = least_permission(kind).unwrap();
            assert_eq!((access.call.as_str(), access.permission.as_str()), (call, permission), "{kind}");
        }
        let risky = least_permission("Microsoft.Graph/riskyUser").unwrap();
        assert_eq!((risky.api, risky.licence), (Api::MicrosoftGraph, Some("Microsoft Entra ID P2")));
        for kind in
            ["Microsoft.Graph/unheardOf", "Microsoft.Security/locations", "Microsoft.Graph/group/unheardOf"]
        {
            assert_eq!(least_permission(kind), None, "{kind}");
        }
    }
}
