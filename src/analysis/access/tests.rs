//! A small tenant with everything in it that changes who may do what.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Access;
use super::action::Action;
use super::directory::Presence;
use super::grant::Certainty;
use super::path::{Hop, Power};
use super::reads;
use crate::inventory::coverage::{Coverage, CoverageEntry, CoverageState};
use crate::inventory::id::ResourceId;
use crate::inventory::index::{BodyRef, Builder, Inventory};
use crate::inventory::reads::Reads;

const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const RBAC_ADMIN: &str = "f58310d9-a9f6-439a-9e8d-f62e7b41a168";
const SECRETS_USER: &str = "4633458b-17de-408a-b874-0445c86b69e6";
const VM_CONTRIBUTOR: &str = "9980e02c-c2be-4d73-94e8-173b1dc7cf3c";

const ASSIGN: &str = "Microsoft.Authorization/roleAssignments/write";
const VM_WRITE: &str = "Microsoft.Compute/virtualMachines/write";
const VM_READ: &str = "Microsoft.Compute/virtualMachines/read";
const SECRET: &str = "Microsoft.KeyVault/vaults/secrets/getSecret/action";

const S1: &str = "/subscriptions/S1";
const S2: &str = "/subscriptions/s2";
const MG: &str = "/providers/Microsoft.Management/managementGroups/";

/// What is in the tenant, and what was not read of it.
#[derive(Default)]
struct Tenant {
    bodies: Vec<Value>,
    unread: Vec<(String, String)>,
}

impl Tenant {
    fn add(mut self, id: &str, mut body: Value) -> Self {
        body["id"] = id.into();
        self.bodies.push(body);
        self
    }

    fn assign(self, name: &str, principal: &str, kind: &str, role: &str, scope: &str) -> Self {
        self.assign_if(name, principal, kind, role, scope, &Value::Null)
    }

    fn assign_if(
        self,
        name: &str,
        principal: &str,
        kind: &str,
        role: &str,
        scope: &str,
        condition: &Value,
    ) -> Self {
        let head = if scope == "/" { "" } else { scope };
        self.add(
            &format!("{head}/providers/Microsoft.Authorization/roleAssignments/{name}"),
            json!({"properties": {
                "principalId": principal, "principalType": kind, "scope": scope, "condition": condition,
                "roleDefinitionId": format!("{S1}/providers/Microsoft.Authorization/roleDefinitions/{role}"),
            }}),
        )
    }

    fn eligible(self, name: &str, principal: &str, kind: &str, role: &str, scope: &str) -> Self {
        self.add(
            &format!("{scope}/providers/Microsoft.Authorization/roleEligibilityScheduleInstances/{name}"),
            json!({"properties": {
                "principalId": principal, "principalType": kind, "scope": scope, "endDateTime": null,
                "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{role}"),
            }}),
        )
    }

    fn user(self, id: &str, enabled: bool) -> Self {
        let body = json!({"properties": {"id": id, "displayName": id.to_uppercase(), "accountEnabled": enabled,
            "userPrincipalName": format!("{id}@havlund.example"), "userType": "Member"}});
        self.add(&format!("/providers/Microsoft.Graph/user/{id}"), body)
    }

    fn group(mut self, id: &str, members: &[&str]) -> Self {
        self = self.add(&format!("/providers/Microsoft.Graph/group/{id}"), json!({"properties": {"id": id}}));
        for member in members {
            let child = format!("/providers/Microsoft.Graph/group/{id}/members/{member}");
            self = self.add(&child, json!({"properties": {"id": member}}));
        }
        self
    }

    fn unread(mut self, scope: &str, read: &str) -> Self {
        self.unread.push((scope.to_owned(), read.to_owned()));
        self
    }

    fn read(self) -> (Inventory, Access) {
        let mut wanted = Reads::default();
        reads::reads(&mut wanted);
        let mut builder = Builder::new(&wanted);
        let nowhere = BodyRef { file: 0, offset: 0, length: 0 };
        for body in &self.bodies {
            builder.add(body.to_string().as_bytes(), nowhere).unwrap();
        }
        let mut coverage = Coverage::default();
        for kind in reads::types() {
            coverage.add(CoverageEntry::new("/", kind, CoverageState::Complete));
        }
        for (scope, read) in self.unread {
            coverage.add(CoverageEntry::new(scope, read, CoverageState::Denied));
        }
        let inventory = builder.finish(coverage, &[]);
        let access = Access::read(&inventory);
        (inventory, access)
    }
}

/// Two subscriptions below management groups, people, groups in groups, roles of all kinds.
fn tenant() -> Tenant {
    let chain = |names: &[&str]| {
        let chain: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
        json!({"properties": {"managementGroupAncestorsChain": chain}})
    };
    let delegation = format!(
        "((!(ActionMatches{{'{ASSIGN}'}})) OR (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] \
         ForAnyOfAnyValues:GuidEquals {{{READER}}}))"
    );
    Tenant::default()
        .add(S1, chain(&["landing", "top"]))
        .add(S2, chain(&["top"]))
        .add(&format!("{MG}Landing"), json!({"properties": {"details": {"parent": {"id": format!("{MG}TOP")}}}}))
        .add(&format!("{MG}top"), json!({"properties": {"details": {"parent": {}}}}))
        .add(
            &format!("{S1}/providers/Microsoft.Authorization/roleDefinitions/custom"),
            json!({"properties": {"roleName": "Operator", "type": "CustomRole", "permissions": [
                {"actions": ["*/read", "Microsoft.Compute/*"], "notActions": ["Microsoft.Compute/virtualMachines/WRITE"]},
                {"actions": ["microsoft.compute/virtualMachines/extensions/*"], "notActions": null},
            ]}}),
        )
        .user("anna", true)
        .user("bent", true)
        .user("carl", false)
        .user("dora", true)
        .user("emil", true)
        .group("outer", &["inner", "anna"])
        .group("inner", &["bent", "outer"])
        .group("ops", &["dora"])
        .assign("a1", "outer", "Group", OWNER, &format!("{MG}landing"))
        .assign("a2", "CARL", "User", CONTRIBUTOR, S1)
        .assign("a3", "dora", "User", READER, &format!("{S1}/resourceGroups/App"))
        .assign("a4", "gone", "User", CONTRIBUTOR, S2)
        .assign("a5", "ops", "Group", "custom", &format!("{S1}/resourceGroups/app"))
        .assign_if("a6", "emil", "User", RBAC_ADMIN, S2, &delegation.into())
        .assign("a7", "foreign", "ForeignGroup", READER, S2)
        .eligible("e1", "ops", "Group", OWNER, S2)
}

fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).unwrap()
}

/// `holder<group<group certainty standing`, for everybody who may.
fn who(tenant: Tenant, action: &str, target: &str) -> Vec<String> {
    let (inventory, access) = tenant.read();
    let answer = access.who(&inventory, &Action::named(action), &id(target));
    answer
        .grants
        .iter()
        .map(|grant| {
            let mut line = grant.holder.clone();
            for group in grant.through.iter().rev() {
                let _ = write!(line, "<{group}");
            }
            if grant.certainty != Certainty::Certain {
                let _ = write!(line, " {}", grant.certainty.word());
            }
            if let super::grant::Source::Assignment(index) = grant.source
                && access.assignments[index].standing.word() == "eligible"
            {
                line.push_str(" eligible");
            }
            line
        })
        .collect()
}

#[test]
fn who_may_do_what() {
    let machine = format!("{S1}/resourceGroups/app/providers/Microsoft.Compute/virtualMachines/web");
    let extension = format!("{machine}/extensions/x");
    let elsewhere = format!("{S1}/resourceGroups/application");
    let (landing, top) = (format!("{MG}landing"), format!("{MG}top"));
    let cases: Vec<(&str, &str, &[&str])> = vec![
        // Inherited from a management group, through groups that contain each other.
        (ASSIGN, &machine, &["anna<outer", "bent<inner<outer"]),
        (ASSIGN, S1, &["anna<outer", "bent<inner<outer"]),
        // Not below the other subscription; there, one is eligible, and one is held by a condition.
        (ASSIGN, S2, &["dora<ops eligible", "emil conditional"]),
        (VM_WRITE, S2, &["dora<ops eligible", "gone"]),
        // The custom role's first block takes writing away again; its second doesn't give it.
        (VM_WRITE, &machine, &["anna<outer", "bent<inner<outer", "carl"]),
        (
            "Microsoft.Compute/virtualMachines/extensions/write",
            &extension,
            &["anna<outer", "bent<inner<outer", "carl", "dora<ops"],
        ),
        // Reader and the custom role, both.
        (VM_READ, &machine, &["anna<outer", "bent<inner<outer", "carl", "dora", "dora<ops"]),
        // A resource group is not one whose name only begins alike.
        (VM_READ, &elsewhere, &["anna<outer", "bent<inner<outer", "carl"]),
        (VM_READ, &landing, &["anna<outer", "bent<inner<outer"]),
        (VM_READ, &top, &[]),
        (VM_READ, "/", &[]),
        // Owners may do everything to resources, and nothing to data.
        (SECRET, S1, &[]),
        ("*", S1, &["anna<outer", "bent<inner<outer", "carl"]),
    ];
    for (action, target, expected) in cases {
        assert_eq!(who(tenant(), action, target), expected, "{action} on {target}");
    }
}

#[test]
fn nothing_is_open_where_everything_was_read() {
    let (inventory, access) = tenant().read();
    assert_eq!(access.who(&inventory, &Action::control(ASSIGN), &id(S1)).gaps, []);
    assert_eq!(access.held_gaps(&inventory, "anna"), []);
}

#[test]
fn principals_are_what_the_directory_says() {
    let (_, access) = tenant().read();
    for (principal, presence) in [
        ("anna", Presence::Enabled),
        ("carl", Presence::Disabled),
        ("gone", Presence::Deleted),
        ("foreign", Presence::Foreign),
    ] {
        assert_eq!(access.principal(principal).presence, presence, "{principal}");
    }
    let (_, access) = tenant().unread("/", reads::USER).read();
    assert_eq!(access.principal("gone").presence, Presence::Unread);
    let found = access.directory.find("ANNA@Havlund.example");
    assert_eq!(found.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["anna"]);
    let (_, access) = tenant().read();
    assert_eq!(access.directory.find("BENT")[0].id, "bent");
    assert!(access.directory.find("nobody").is_empty());
}

#[test]
fn privileged_identity_management_says_how_long() {
    let instance = |origin: &str, kind: &str, end: Value| {
        json!({"properties": {
            "principalId": "carl", "principalType": "User", "scope": S1, "assignmentType": kind, "endDateTime": end,
            "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{CONTRIBUTOR}"),
            "originRoleAssignmentId": format!("{S1}/providers/Microsoft.Authorization/roleAssignments/{origin}"),
        }})
    };
    let at = format!("{S1}/providers/Microsoft.Authorization/roleAssignmentScheduleInstances/i");
    for (kind, end, expected) in [
        ("Assigned", Value::Null, "permanent"),
        ("Assigned", json!("2027-01-01T00:00:00Z"), "until"),
        ("activated", json!("2026-11-24T08:00:00Z"), "activated"),
    ] {
        let (_, access) = tenant().add(&at, instance("A2", kind, end)).read();
        let held = access.held_by("carl");
        assert_eq!(held.len(), 1, "an instance of what is listed anyway adds nothing");
        assert_eq!(access.assignments[held[0].assignment].standing.word(), expected);
    }
    // An activated role that the list of assignments doesn't have is one all the same.
    let mut only = instance("unheard-of", "Activated", Value::Null);
    only["properties"]["principalId"] = "emil".into();
    let (_, access) = tenant().add(&at, only).read();
    let standings: Vec<_> = access
        .held_by("emil")
        .iter()
        .map(|held| access.assignments[held.assignment].standing.word())
        .collect();
    assert_eq!(standings, ["assigned", "activated"]);
}

#[test]
fn deny_assignments_take_away() {
    let deny = |properties: Value| {
        let mut properties = properties;
        properties["scope"] = S1.into();
        json!({ "properties": properties })
    };
    let everyone = json!([{"id": "00000000-0000-0000-0000-000000000000", "type": "SystemDefined"}]);
    let writes = json!([{"actions": ["*/WRITE"], "notActions": ["Microsoft.Authorization/*"]}]);
    let at = format!("{S1}/providers/Microsoft.Authorization/denyAssignments/d");
    let machine = format!("{S1}/resourceGroups/app/providers/Microsoft.Compute/virtualMachines/web");
    let all = ["anna<outer", "bent<inner<outer", "carl"];
    let cases: Vec<(Value, &str, &str, Vec<&str>)> = vec![
        (json!({"principals": everyone, "permissions": writes}), VM_WRITE, &machine, vec![]),
        (json!({"principals": everyone, "permissions": writes}), VM_READ, S1, all.to_vec()),
        // What the deny assignment excludes from itself stays.
        (json!({"principals": everyone, "permissions": writes}), ASSIGN, S1, all[..2].to_vec()),
        // A part of what is asked for is forbidden, so not all of it is granted.
        (json!({"principals": everyone, "permissions": writes}), "Microsoft.Compute/*", S1, vec![]),
        (
            json!({"principals": everyone, "permissions": writes, "excludePrincipals": [{"id": "INNER"}]}),
            VM_WRITE,
            &machine,
            // Each group contains the other, so both people are in both.
            vec!["anna<outer", "bent<inner<outer"],
        ),
        (json!({"principals": [{"id": "carl"}], "permissions": writes}), VM_WRITE, S1, all[..2].to_vec()),
        (
            json!({"principals": everyone, "permissions": writes, "doNotApplyToChildScopes": true}),
            VM_WRITE,
            &machine,
            all.to_vec(),
        ),
        (
            json!({"principals": everyone, "permissions": writes, "doNotApplyToChildScopes": true}),
            VM_WRITE,
            S1,
            vec![],
        ),
        (
            json!({"principals": everyone, "permissions": writes, "denyAssignmentEffect": "Audit"}),
            VM_WRITE,
            S1,
            all.to_vec(),
        ),
        (
            json!({"principals": [{"id": "carl"}], "permissions": writes, "condition": "@Resource[x] StringEquals 'a'"}),
            VM_WRITE,
            S1,
            vec!["anna<outer", "bent<inner<outer", "carl conditional"],
        ),
    ];
    for (properties, action, target, expected) in cases {
        let shown = properties.to_string();
        assert_eq!(
            who(tenant().add(&at, deny(properties)), action, target),
            expected,
            "{action} {target} {shown}"
        );
    }
}

#[test]
fn what_was_not_read_leaves_only_its_part_open() {
    let (inventory, access) = tenant().unread("/providers/Microsoft.Graph/group/ops", reads::MEMBER).read();
    let answer = access.who(&inventory, &Action::control(ASSIGN), &id(S2));
    let holders: Vec<_> = answer.grants.iter().map(|grant| grant.holder.as_str()).collect();
    assert_eq!(holders, ["dora", "emil", "ops"], "who else is in the group is not known");
    assert_eq!(answer.gaps.len(), 1);
    assert!(answer.gaps[0].reason.contains("Microsoft.Graph/group/members was not read"), "{answer:?}");
    // The other subscription's answer doesn't need that group.
    assert_eq!(access.who(&inventory, &Action::control(ASSIGN), &id(S1)).gaps, []);

    let (inventory, access) = tenant().unread("/", reads::ROLE_ASSIGNMENT).read();
    assert!(
        access.may(&inventory, "anna", &Action::control(ASSIGN), &id(S1)).gaps[0]
            .reason
            .contains("roleAssignments")
    );

    let unheard = tenant().assign("b", "anna", "User", "11111111-2222-3333-4444-555555555555", S2);
    let (inventory, access) = unheard.read();
    let answer = access.may(&inventory, "anna", &Action::control(ASSIGN), &id(S2));
    assert_eq!(answer.grants[0].certainty.word(), "unknown");
    assert_eq!(answer.gaps[0].read, reads::ROLE_DEFINITION);
}

#[test]
fn a_chain_of_management_groups_that_was_not_read_is_said() {
    let other = "/subscriptions/s3";
    assert_eq!(who(tenant(), ASSIGN, other), ["anna<outer unknown", "bent<inner<outer unknown"]);
    // The group at the top is above all.
    let top = tenant().assign("t", "dora", "User", OWNER, &format!("{MG}TOP"));
    assert!(who(top, ASSIGN, other).contains(&"dora".to_owned()));
    // Groups that are each other's parents are no tree.
    let parent = |name: &str| json!({"properties": {"details": {"parent": {"id": format!("{MG}{name}")}}}});
    let looped = Tenant::default()
        .add(&format!("{MG}a"), parent("b"))
        .add(&format!("{MG}b"), parent("a"))
        .assign("x", "anna", "User", OWNER, &format!("{MG}c"));
    assert_eq!(who(looped, ASSIGN, &format!("{MG}a")), ["anna unknown"]);
}

fn vault(by_roles: &Value, policies: &Value) -> Value {
    json!({"properties": {"enableRbacAuthorization": by_roles, "accessPolicies": policies}})
}

#[test]
fn a_vault_goes_by_roles_or_by_its_own_policies() {
    let at = format!("{S1}/resourceGroups/app/providers/Microsoft.KeyVault/vaults/kv");
    let policies = json!([
        {"objectId": "ops", "permissions": {"secrets": ["Get", "list"]}},
        {"objectId": "emil", "permissions": {"secrets": ["all"]}, "applicationId": "tool"},
        {"objectId": "anna", "permissions": {"secrets": ["set"], "keys": ["get"]}},
    ]);
    let with = |by_roles: Value| {
        tenant().assign("kv", "bent", "User", SECRETS_USER, S1).add(&at, vault(&by_roles, &policies))
    };
    assert_eq!(who(with(json!(true)), SECRET, &at), ["bent"]);
    for unset in [json!(false), Value::Null] {
        assert_eq!(who(with(unset), SECRET, &format!("{at}/secrets/x")), ["dora<ops", "emil conditional"]);
    }
    // A row without properties: nobody can tell.
    let slim = tenant().assign("kv", "bent", "User", SECRETS_USER, S1).add(&at, json!({"location": "x"}));
    assert_eq!(who(slim, SECRET, &at), ["bent unknown"]);
}

fn machine(identity: &Value) -> Value {
    json!({"identity": identity, "properties": {}})
}

#[test]
fn paths_lead_from_machines_to_power_in_at_most_four_hops() {
    let vm =
        |name: &str| format!("{S1}/resourceGroups/app/providers/Microsoft.Compute/virtualMachines/{name}");
    let uami = |name: &str| {
        format!("{S1}/resourceGroups/app/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}")
    };
    let kv = format!("{S2}/resourceGroups/kv/providers/Microsoft.KeyVault/vaults/kv");
    let system = |principal: &str| machine(&json!({"type": "SystemAssigned", "principalId": principal}));
    let strong = json!({"type": "UserAssigned", "userAssignedIdentities": {(uami("strong")): {"principalId": "p-strong"}}});
    let (inventory, access) = tenant()
        .add(&vm("web"), system("P-WEB"))
        .add(&vm("job"), machine(&strong))
        .add(&vm("plain"), json!({"properties": {}}))
        .add(&uami("strong"), json!({"properties": {"principalId": "p-strong"}}))
        .add(&kv, vault(&json!(true), &json!([])))
        .assign("p1", "p-web", "ServicePrincipal", VM_CONTRIBUTOR, &vm("job"))
        .assign("p2", "p-strong", "ServicePrincipal", RBAC_ADMIN, S2)
        .assign("p3", "p-strong", "ServicePrincipal", SECRETS_USER, &kv)
        .read();
    let web = inventory.find(&id(&vm("web"))).unwrap();
    let paths = access.paths(&inventory, &|at| Some(at == web));
    let shown: Vec<String> = paths
        .iter()
        .map(|path| {
            let kinds: String = path
                .hops
                .iter()
                .map(|hop| match hop {
                    Hop::Carries { .. } => 'c',
                    Hop::Runs { .. } => 'r',
                    Hop::Takes { .. } => 't',
                    Hop::Has { .. } => 'h',
                })
                .collect();
            let start = inventory.get(path.start).id.name();
            format!("{start} {kinds} {} {} {:?}", path.power.words(), path.at.name(), path.exposed)
        })
        .collect();
    assert_eq!(
        shown,
        [
            "job ch grant roles s2 Some(false)",
            "job ch read secrets kv Some(false)",
            "web crch grant roles s2 Some(true)",
            "web crch read secrets kv Some(true)",
            "web ch run commands elsewhere job Some(true)",
        ]
    );
    assert!(
        paths.iter().all(|path| path.hops.len() <= super::path::MAX_HOPS && path.power <= Power::RunCommands)
    );
}

#[test]
fn an_identity_is_borrowed_by_who_may_attach_or_federate_it() {
    let uami =
        format!("{S1}/resourceGroups/id/providers/Microsoft.ManagedIdentity/userAssignedIdentities/strong");
    let vm = format!("{S1}/resourceGroups/app/providers/Microsoft.Compute/virtualMachines/web");
    let system = machine(&json!({"type": "SystemAssigned", "principalId": "p-web"}));
    let paths = |role: &str, scope: &str| {
        let (inventory, access) = tenant()
            .add(&vm, system.clone())
            .add(&uami, json!({"properties": {"principalId": "p-strong"}}))
            .assign("p1", "p-web", "ServicePrincipal", role, scope)
            .assign("p2", "p-strong", "ServicePrincipal", OWNER, S2)
            .read();
        let paths = access.paths(&inventory, &|_| None);
        paths
            .iter()
            .filter(|path| path.power == Power::GrantRoles)
            .map(|path| path.hops.len())
            .collect::<Vec<_>>()
    };
    assert_eq!(paths(CONTRIBUTOR, S1), [3]);
    assert_eq!(paths(READER, S1), [0; 0]);
    // To assign it is of no use to somebody with nothing to attach it to; to federate it is.
    assert_eq!(paths("f1a07417-d97a-45cb-824c-7a7467783830", S1), [0; 0], "Managed Identity Operator");
    assert_eq!(paths("e40ec5ca-96e0-45a2-b4ff-59039f2c2b59", S1), [3], "Managed Identity Contributor");
}

#[test]
fn ten_thousand_members_and_groups_in_circles_end() {
    let members: Vec<String> = (0..10_000).map(|at| format!("m{at}")).collect();
    let names: Vec<&str> = members.iter().map(String::as_str).collect();
    let mut all = Tenant::default().group("big", &names).assign("a", "big", "Group", OWNER, S1);
    for at in 0..200 {
        let next = format!("g{}", (at + 1) % 200);
        all = all.group(&format!("g{at}"), &[&next, "anna"]);
    }
    all = all.assign("b", "g0", "Group", OWNER, S1);
    let (inventory, access) = all.read();
    let answer = access.who(&inventory, &Action::control(ASSIGN), &id(S1));
    assert_eq!(answer.grants.len(), 10_001);
    assert_eq!(access.held_by("m77").len(), 1);
}

#[test]
fn wrong_ids_and_shapes_are_no_assignments_and_said() {
    let at = |name: &str| format!("{S1}/providers/Microsoft.Authorization/roleAssignments/{name}");
    let (inventory, access) = Tenant::default()
        .add(&at("slim"), json!({}))
        .add(
            &at("odd"),
            json!({"properties": {"principalId": {"a": 1}, "roleDefinitionId": 5, "scope": "no id"}}),
        )
        .add(
            &at("no-scope"),
            json!({"properties": {"principalId": "p", "roleDefinitionId": OWNER, "scope": "no id"}}),
        )
        .add(
            &format!("{S1}/providers/Microsoft.Authorization/roleDefinitions/x"),
            json!({"properties": {"permissions": "all"}}),
        )
        .add("/providers/Microsoft.Graph/group/g/members/g", json!({"properties": null}))
        .read();
    // An assignment lies at the scope it is assigned at.
    assert_eq!(access.assignments.len(), 1);
    assert_eq!(access.assignments[0].scope, id(S1));
    let gaps = access.who(&inventory, &Action::control(ASSIGN), &id(S1)).gaps;
    assert_eq!(gaps.len(), 2, "{gaps:?}");
}
