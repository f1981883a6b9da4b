//! Azure's own roles as the program ships them, for sources that don't carry role definitions.
//!
//! Source: Azure's published list of built-in roles of August 2026. The compact form is written by
//! `fixtures/generate/built_in_roles.rs`: a line with the role's GUID and title, then a line for each pattern,
//! marked with what it is; `/` starts the next block of permissions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use super::role::{Permission, Role};

const PACKED: &[u8] = include_bytes!("built-in-roles.zst");

struct Table {
    roles: BTreeMap<String, Role>,
    data_actions: BTreeSet<String>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        // A test reads the bytes that are compiled in.
        let text = zstd::decode_all(PACKED).unwrap_or_default();
        Table::of(&String::from_utf8_lossy(&text))
    })
}

impl Table {
    fn of(text: &str) -> Self {
        let mut roles = BTreeMap::new();
        let mut open: Option<Role> = None;
        for line in text.lines() {
            let (mark, rest) = line.split_at_checked(1).unwrap_or_default();
            let block = open.as_mut().and_then(|role| role.permissions.last_mut());
            match (mark, block) {
                ("+", Some(block)) => block.actions.push(rest.to_owned()),
                ("-", Some(block)) => block.not_actions.push(rest.to_owned()),
                (">", Some(block)) => block.data_actions.push(rest.to_owned()),
                ("<", Some(block)) => block.not_data_actions.push(rest.to_owned()),
                ("?", Some(block)) => block.condition = Some(rest.to_owned()),
                ("/", Some(_)) => {
                    if let Some(role) = &mut open {
                        role.permissions.push(Permission::default());
                    }
                }
                _ => {
                    if let Some(role) = open.take() {
                        roles.insert(role.name.clone(), role);
                    }
                    let (name, title) = line.split_once(' ').unwrap_or((line, ""));
                    open = Some(Role {
                        name: name.to_owned(),
                        title: title.to_owned(),
                        is_custom: false,
                        permissions: vec![Permission::default()],
                    });
                }
            }
        }
        roles.extend(open.map(|role| (role.name.clone(), role)));
        let named = roles.values().flat_map(|role| &role.permissions);
        let named = named.flat_map(|block| block.data_actions.iter().chain(&block.not_data_actions));
        let data_actions = named
            .filter(|pattern| !pattern.contains('*'))
            .map(|action| action.to_ascii_lowercase())
            .collect();
        Self { roles, data_actions }
    }
}

/// The built-in role with a GUID, in lower case.
pub(super) fn find(name: &str) -> Option<&'static Role> {
    table().roles.get(name)
}

/// Whether one of Azure's own roles names the action among its `dataActions`, without a wildcard.
pub(super) fn is_data_action(action: &str) -> bool {
    table().data_actions.contains(&action.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::super::action::Action;
    use super::super::role::Granted;
    use super::*;

    fn role(title: &str) -> &'static Role {
        let found: Vec<_> = table().roles.values().filter(|role| role.title == title).collect();
        assert_eq!(found.len(), 1, "{title}");
        found[0]
    }

    /// Role, actions it grants, actions it doesn't, data actions it grants, data actions it doesn't.
    type Case = (&'static str, Texts, Texts, Texts, Texts);
    type Texts = &'static [&'static str];

    #[test]
    fn the_documented_roles_do_what_their_documentation_says() {
        const ASSIGN: &str = "Microsoft.Authorization/roleAssignments/write";
        const UNASSIGN: &str = "Microsoft.Authorization/roleAssignments/delete";
        const ELEVATE: &str = "Microsoft.Authorization/elevateAccess/action";
        const SECRET: &str = "Microsoft.KeyVault/vaults/secrets/getSecret/action";
        const VM: &str = "Microsoft.Compute/virtualMachines/write";
        const VM_READ: &str = "microsoft.compute/VIRTUALMACHINES/read";
        let cases: [Case; 8] = [
            ("Owner", &[ASSIGN, UNASSIGN, ELEVATE, VM, VM_READ, "*"], &[], &[], &[SECRET, "*"]),
            ("Contributor", &[VM, VM_READ, "*/write"], &[ASSIGN, UNASSIGN, ELEVATE], &[], &[SECRET]),
            (
                "Reader",
                &[VM_READ, "*/read"],
                &[VM, ASSIGN, "Microsoft.Compute/virtualMachines/start/action"],
                &[],
                &[SECRET],
            ),
            ("User Access Administrator", &[ASSIGN, UNASSIGN, VM_READ], &[VM], &[], &[SECRET]),
            (
                "Key Vault Administrator",
                &["Microsoft.KeyVault/checkNameAvailability/read"],
                &["Microsoft.KeyVault/vaults/write", ASSIGN],
                &[SECRET, "Microsoft.KeyVault/vaults/keys/purge/action", "Microsoft.KeyVault/vaults/*"],
                &["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"],
            ),
            (
                "Key Vault Secrets User",
                &[],
                &["Microsoft.KeyVault/vaults/secrets/write"],
                &[SECRET, "Microsoft.KeyVault/vaults/secrets/readMetadata/action"],
                &["Microsoft.KeyVault/vaults/secrets/setSecret/action"],
            ),
            (
                "Storage Blob Data Reader",
                &["Microsoft.Storage/storageAccounts/blobServices/containers/read"],
                &["Microsoft.Storage/storageAccounts/listKeys/action"],
                &["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"],
                &["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write"],
            ),
            (
                "Virtual Machine Contributor",
                &[
                    VM,
                    "Microsoft.Compute/virtualMachines/runCommand/action",
                    "Microsoft.Compute/virtualMachines/extensions/write",
                ],
                &[ASSIGN, "Microsoft.Network/networkSecurityGroups/write"],
                &[],
                &["Microsoft.Compute/virtualMachines/login/action"],
            ),
        ];
        for (title, actions, not, data, not_data) in cases {
            let role = role(title);
            for action in actions {
                assert_eq!(role.grants(&Action::control(action)), Granted::Yes, "{title} {action}");
            }
            for action in not {
                assert_eq!(role.grants(&Action::control(action)), Granted::No, "{title} {action}");
            }
            for action in data {
                assert_eq!(role.grants(&Action::data(action)), Granted::Yes, "{title} {action}");
            }
            for action in not_data {
                assert_eq!(role.grants(&Action::data(action)), Granted::No, "{title} {action}");
            }
        }
    }

    #[test]
    fn a_role_with_a_condition_of_its_own_grants_under_it() {
        let role = role("Key Vault Data Access Administrator");
        let assign = Action::control("Microsoft.Authorization/roleAssignments/write");
        assert!(matches!(role.grants(&assign), Granted::Conditional(_)), "{role:?}");
        // The condition speaks of role assignments only.
        assert_eq!(role.grants(&Action::control("Microsoft.KeyVault/vaults/keys/read")), Granted::Yes);
    }

    #[test]
    fn the_table_is_whole() {
        assert!(table().roles.len() > 900, "{}", table().roles.len());
        assert!(table().roles.keys().all(|name| name.len() == 36), "a GUID names each");
    }
}
