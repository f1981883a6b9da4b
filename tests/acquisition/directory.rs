//! Microsoft Graph: what is read of the directory, and the two reasons for which it refuses.

use serde_json::json;
use skytjek::inventory::coverage::CoverageState::{Complete, Denied};
use skytjek::inventory::id::ResourceId;
use skytjek::inventory::index::{BodyRef, Builder, Completeness, Inventory};
use skytjek::inventory::value::{State, Unread};
use skytjek::source::recording::Recording;

use crate::azure::Fault;
use crate::setting::*;
use crate::wide::{directory, directory_reads, insufficient};

/// The inventory that a scan makes of a recording.
fn inventory(recording: &Recording) -> Inventory {
    let mut builder = Builder::new(&directory_reads());
    for record in recording.resources.iter().chain(&recording.graph) {
        builder.add(record.body.as_bytes(), BodyRef { file: 0, offset: 0, length: 0 }).unwrap();
    }
    builder.finish(coverage(recording), &[])
}

fn reason(inventory: &Inventory, id: &str, kind: &str) -> String {
    match inventory.completeness(&ResourceId::parse(id).unwrap(), kind) {
        Completeness::Complete => "complete".into(),
        Completeness::Incomplete { reason, .. } => reason,
    }
}

#[tokio::test]
async fn every_type_of_the_directory_is_read() {
    let azure = directory().serve().page(1).start();
    let recording = scan(&azure, &directory_reads()).await;
    let unread: Vec<_> = recording.coverage.iter().filter(|entry| !entry.state.is_whole()).collect();
    assert!(unread.is_empty(), "{unread:#?}");
    let inventory = inventory(&recording);
    for read in directory_reads().iter().filter(|read| read.name.starts_with("Microsoft.Graph/")) {
        assert!(!inventory.of_type(&read.name).is_empty(), "nothing of {}", read.name);
    }
    // Named locations come as what they are, and as the kinds of them.
    assert_eq!(inventory.of_type("Microsoft.Graph/namedLocation").len(), 2);
    assert_eq!(inventory.of_type("Microsoft.Graph/ipNamedLocation").len(), 1);
    let partner = "/providers/Microsoft.Graph/crossTenantAccessPolicyConfigurationPartner/t-partner";
    assert_eq!(body(&recording, partner)["properties"]["isServiceProvider"], true);
}

#[tokio::test]
async fn what_belongs_to_an_object_lies_below_it() {
    let azure = directory().serve().start();
    let recording = scan(&azure, &directory_reads()).await;
    let inventory = inventory(&recording);
    let children = |parent: &str, kind: &str| {
        let parent = ResourceId::parse(&format!("/providers/Microsoft.Graph/{parent}")).unwrap();
        let at = inventory.find(&parent).unwrap();
        let kind = format!("Microsoft.Graph/{kind}");
        let names: Vec<String> =
            inventory.children(at, &kind).map(|child| inventory.get(child).id.name().to_owned()).collect();
        (names, inventory.children_complete(at, &kind) == Completeness::Complete)
    };
    let one = |name: &str| (vec![name.to_owned()], true);
    assert_eq!(children("application/a1", "application/owners"), one("u1"));
    assert_eq!(children("application/a1", "application/federatedIdentityCredentials"), one("f1"));
    assert_eq!(children("servicePrincipal/servicePrincipal-1", "servicePrincipal/owners"), one("u2"));
    assert_eq!(children("domain/old.example", "domain/federationConfiguration"), one("adfs"));
    // A domain that Entra itself signs in for has none, and needs no call to know it.
    assert_eq!(children("domain/town.example", "domain/federationConfiguration"), (vec![], true));
    assert!(azure.calls().of("GET", "domains/town.example").is_empty());
    // Members are read of the groups that hold a role; of the others nothing is claimed.
    assert_eq!(children("group/g-azure", "group/members"), one("u-g-azure"));
    assert_eq!(children("group/g-directory", "group/members"), one("u-g-directory"));
    assert_eq!(children("group/g-plain", "group/members"), (vec![], false));
}

#[tokio::test]
async fn a_refusal_names_the_permission_unless_a_licence_is_missing() {
    let risky = "Microsoft.Graph/riskyUser";
    let eligible = "Microsoft.Graph/unifiedRoleEligibilityScheduleInstance";
    let unlicensed = json!({"error": {
        "code": "AadPremiumLicenseRequired",
        "message": "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.",
    }});
    let azure = directory()
        .serve()
        .fault(Fault::on("/riskyUsers").body(403, &insufficient()))
        .fault(Fault::on("/roleEligibilityScheduleInstances").body(400, &unlicensed))
        .start();
    let recording = scan(&azure, &directory_reads()).await;
    let found = entry(&recording, "/", risky);
    assert_eq!(
        found.reason(),
        "Microsoft.Graph/riskyUser was not read (denied, HTTP 403, Authorization_RequestDenied); missing permission: IdentityRiskyUser.Read.All"
    );
    let found = entry(&recording, "/", eligible);
    assert_eq!((found.state, found.status, found.missing_action.as_deref()), (Denied, Some(400), None));
    assert!(
        found.reason().ends_with("the tenant has no licence for it: Microsoft Entra ID P2 or Microsoft Entra ID Governance is needed"),
        "{}",
        found.reason()
    );
    assert_eq!(state(&recording, "/", "Microsoft.Graph/unifiedRoleAssignmentScheduleInstance"), Complete);
    assert_eq!(azure.calls().of("GET", "/riskyUsers").len(), 1, "a refusal is not asked again");
}

#[tokio::test]
async fn without_sign_in_activity_the_rest_of_the_users_is_read() {
    let unlicensed = json!({"error": {
        "code": "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
        "message": "Neither tenant is B2C or tenant doesn't have premium license",
    }});
    for (body_of_refusal, ending) in [
        (insufficient(), "missing permission: AuditLog.Read.All"),
        (unlicensed, "the tenant has no licence for it: Microsoft Entra ID P1 or P2 is needed"),
    ] {
        let azure =
            directory().serve().fault(Fault::on("signInActivity").body(403, &body_of_refusal)).start();
        let recording = scan(&azure, &directory_reads()).await;
        let user = "/providers/Microsoft.Graph/user/u1";
        assert_eq!(body(&recording, user)["properties"], json!({"id": "u1", "userType": "Guest"}));
        assert_eq!(state(&recording, "/", USERS), Complete);
        let part = entry(&recording, "/", "Microsoft.Graph/user/signInActivity");
        assert!(part.state == Denied && part.reason().ends_with(ending), "{}", part.reason());

        // What is missing of a user is unread there, and absent elsewhere.
        let inventory = inventory(&recording);
        let at = inventory.find(&ResourceId::parse(user).unwrap()).unwrap();
        let state = |path: &[&str], gap| {
            let keys: Vec<_> = path.iter().map(|name| inventory.keys.find(name).unwrap()).collect();
            inventory.state(at, &inventory.get(at).value, &keys, gap)
        };
        let seen = ["properties", "signInActivity", "lastSignInDateTime"];
        assert_eq!(state(&seen, true), State::Unreadable(Unread::NotInRow));
        assert!(matches!(state(&["properties", "userType"], false), State::Present(_)));
        let why = inventory.part_completeness(at, "properties.signInActivity.lastSignInDateTime");
        assert!(matches!(why, Some(Completeness::Incomplete { reason, .. }) if reason.ends_with(ending)));
    }
}

#[tokio::test]
async fn a_user_who_never_signed_in_is_not_an_unread_one() {
    let azure = directory().serve().start();
    let inventory = inventory(&scan(&azure, &directory_reads()).await);
    let never = inventory.find(&ResourceId::parse("/providers/Microsoft.Graph/user/u2").unwrap()).unwrap();
    let keys: Vec<_> =
        ["properties", "signInActivity"].iter().map(|name| inventory.keys.find(name).unwrap()).collect();
    assert_eq!(inventory.state(never, &inventory.get(never).value, &keys, true), State::Absent);
}

#[tokio::test]
async fn children_are_unknown_where_their_parents_are() {
    let azure = directory()
        .serve()
        .fault(Fault::on("/v1.0/applications").body(403, &insufficient()))
        .fault(Fault::on("/old.example/federationConfiguration").status(429).retry_after(3600))
        .start();
    let inventory = inventory(&scan(&azure, &directory_reads()).await);
    let owners =
        reason(&inventory, "/providers/Microsoft.Graph/application/a1", "Microsoft.Graph/application/owners");
    assert!(owners.contains("Application.Read.All"), "{owners}");
    let federation = "Microsoft.Graph/domain/federationConfiguration";
    let of =
        |name: &str| reason(&inventory, &format!("/providers/Microsoft.Graph/domain/{name}"), federation);
    assert!(of("old.example").contains("throttled"), "{}", of("old.example"));
    assert_eq!(of("town.example"), "complete");
}
