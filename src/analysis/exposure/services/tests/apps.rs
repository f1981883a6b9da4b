//! Apps, containers, clusters, gateways.

use serde_json::{Value as Json, json};

use super::{EVERYONE, answer, check, check_with, id, line, public, with_properties};

const SITE: &str = "Microsoft.Web/sites";
const CONFIG: &str = "Microsoft.Web/sites/config";

fn config(properties: Json) -> Json {
    with_properties(CONFIG, "x/web", properties)
}

/// The lines of the app and of its deployment site.
fn site(properties: Json, others: &[Json]) -> [String; 2] {
    let mut bodies = vec![with_properties(SITE, "x", properties)];
    bodies.extend_from_slice(others);
    let own = id(SITE, "x");
    [line(&answer(&bodies, &[], &own)), line(&answer(&bodies, &[], &format!("{own}#scm")))]
}

/// The line of the app with these rules.
fn with_rules(rules: &Json) -> String {
    let [app, _] = site(
        json!({ "publicNetworkAccess": "Enabled" }),
        &[config(json!({ "ipSecurityRestrictions": rules }))],
    );
    app.replace("/config/web#properties.", "")
}

#[test]
fn an_app_and_its_deployment_site_are_two_doors() {
    let closed_app = config(json!({
        "ipSecurityRestrictions": [{ "priority": 1, "action": "Allow", "ipAddress": "20.1.2.3/32" }],
        "scmIpSecurityRestrictions": [{ "priority": 1, "action": "Allow", "ipAddress": "Any" }],
    }));
    let [app, scm] = site(json!({ "publicNetworkAccess": "Enabled" }), &[closed_app]);
    assert!(app.starts_with("restricted: 20.1.2.3/32 |"), "{app}");
    assert!(scm.starts_with(&format!("public: {EVERYONE} |")), "{scm}");

    let shared = config(json!({
        "ipSecurityRestrictions": [{ "priority": 1, "action": "Allow", "ipAddress": "20.1.2.3/32" }],
        "scmIpSecurityRestrictionsUseMain": true,
    }));
    let [_, scm] = site(json!({ "publicNetworkAccess": "Enabled" }), &[shared]);
    assert!(scm.starts_with("restricted: 20.1.2.3/32 |"), "{scm}");
}

#[test]
fn rules_are_asked_by_priority() {
    let cases = [
        (json!([]), format!("public: {EVERYONE} | publicNetworkAccess ipSecurityRestrictionsDefaultAction")),
        (
            json!([{ "ipAddress": "20.1.2.3/32" }]),
            "restricted: 20.1.2.3/32 | publicNetworkAccess ipSecurityRestrictions[0] ipSecurityRestrictionsDefaultAction".into(),
        ),
        (
            // The deny comes later in the list and first by priority.
            json!([{ "priority": 200, "action": "Allow", "ipAddress": "Any" }, { "priority": 100, "action": "Deny", "ipAddress": "0.0.0.0/0" }, { "priority": 100, "action": "Deny", "ipAddress": "::/0" }]),
            "restricted:  | publicNetworkAccess ipSecurityRestrictions[1] ipSecurityRestrictions[2]".into(),
        ),
        (
            json!([{ "priority": 100, "action": "Deny", "ipAddress": "20.0.0.0/8" }, { "priority": 200, "action": "Allow", "ipAddress": "20.0.0.0/7" }]),
            "restricted: 21.0.0.0/8 | publicNetworkAccess ipSecurityRestrictions[0] ipSecurityRestrictions[1] ipSecurityRestrictionsDefaultAction".into(),
        ),
        (
            json!([{ "action": "Allow", "ipAddress": "20.1.2.3/32,20.1.2.5/32" }, { "action": "Allow", "ipAddress": "21.1.2.0", "subnetMask": "255.255.255.0" }]),
            "restricted: 20.1.2.3/32 20.1.2.5/32 21.1.2.0/24 | publicNetworkAccess ipSecurityRestrictions[0] ipSecurityRestrictions[1] ipSecurityRestrictionsDefaultAction".into(),
        ),
        (
            json!([{ "action": "Allow", "vnetSubnetResourceId": "/subscriptions/s/x" }]),
            "restricted:  | publicNetworkAccess ipSecurityRestrictionsDefaultAction".into(),
        ),
        (
            json!([{ "action": "Allow", "ipAddress": "0.0.0.0/1" }, { "action": "Allow", "ipAddress": "128.0.0.0/1" }]),
            "public: 0.0.0.0/0 | publicNetworkAccess ipSecurityRestrictions[0] ipSecurityRestrictions[1] ipSecurityRestrictionsDefaultAction".into(),
        ),
        (
            // Anyone who knows the header's value gets in, and nobody else.
            json!([{ "action": "Allow", "ipAddress": "Any", "headers": { "X-Azure-FDID": ["a"] } }]),
            format!("restricted: {EVERYONE} | publicNetworkAccess ipSecurityRestrictions[0] ipSecurityRestrictionsDefaultAction"),
        ),
        (
            json!([{ "priority": 1, "action": "Deny", "tag": "ServiceTag", "ipAddress": "NoSuchTag" }, { "priority": 2, "action": "Allow", "ipAddress": "20.1.2.3/32" }]),
            "unknown:  | publicNetworkAccess ipSecurityRestrictions[1] ipSecurityRestrictionsDefaultAction".into(),
        ),
        (
            json!([{ "priority": 1, "action": "Allow", "ipAddress": "Any" }, { "priority": 2, "action": "Deny", "tag": "ServiceTag", "ipAddress": "NoSuchTag" }]),
            format!("public: {EVERYONE} | publicNetworkAccess ipSecurityRestrictions[0]"),
        ),
        (json!([{ "action": "Perhaps", "ipAddress": "Any" }]), "unknown:  | publicNetworkAccess".into()),
    ];
    for (rules, expected) in cases {
        assert_eq!(with_rules(&rules), expected, "{rules}");
    }
}

#[test]
fn the_default_action_speaks_of_the_rest() {
    let listed = json!([{ "action": "Deny", "ipAddress": "20.0.0.0/8" }]);
    let [app, _] = site(
        json!({ "publicNetworkAccess": "Enabled" }),
        &[config(
            json!({ "ipSecurityRestrictions": listed, "ipSecurityRestrictionsDefaultAction": "Allow" }),
        )],
    );
    assert!(app.starts_with("public: "), "{app}");
    assert!(!app.contains("20.0.0.0/6"), "what is denied is no source: {app}");
    let [app, _] = site(
        json!({ "publicNetworkAccess": "Enabled" }),
        &[config(json!({ "ipSecurityRestrictionsDefaultAction": "Deny" }))],
    );
    assert!(app.starts_with("restricted:  |"), "{app}");
}

#[test]
fn front_door_with_its_header_is_restricted_to_front_door() {
    let rules = json!([{ "action": "Allow", "tag": "ServiceTag", "ipAddress": "AzureFrontDoor.Backend", "headers": { "x-azure-fdid": ["a"] } }]);
    let line = with_rules(&rules);
    assert!(line.starts_with("restricted: 4.") || line.starts_with("restricted: 1"), "{line}");
    assert!(!line.contains("0.0.0.0/0"));
}

#[test]
fn the_switch_of_an_app() {
    let endpoint = with_properties(
        "Microsoft.Network/privateEndpoints",
        "pe",
        json!({ "privateLinkServiceConnections": [{ "properties": { "privateLinkServiceId": id(SITE, "x"), "privateLinkServiceConnectionState": { "status": "Approved" } } }] }),
    );
    let open = config(json!({}));
    let [app, scm] = site(json!({ "publicNetworkAccess": "Disabled" }), std::slice::from_ref(&open));
    assert_eq!(
        (app.as_str(), scm.as_str()),
        ("private:  | publicNetworkAccess", "private:  | publicNetworkAccess")
    );
    let [app, _] = site(json!({}), &[open.clone(), endpoint.clone()]);
    assert_eq!(app, "private:  | publicNetworkAccess pe");
    let [app, _] = site(json!({ "publicNetworkAccess": "Enabled" }), &[open.clone(), endpoint]);
    assert!(app.starts_with("public: "), "{app}");
    let [app, _] = site(json!({ "publicNetworkAccess": "" }), &[open]);
    assert!(app.starts_with("public: "), "{app}");
}

#[test]
fn slots_have_rules_of_their_own() {
    let slot = "Microsoft.Web/sites/slots";
    let bodies = [
        with_properties(SITE, "x", json!({ "publicNetworkAccess": "Disabled" })),
        config(json!({})),
        with_properties(slot, "x/staging", json!({ "publicNetworkAccess": "Enabled" })),
        with_properties("Microsoft.Web/sites/slots/config", "x/staging/web", json!({})),
    ];
    assert_eq!(answer(&bodies, &[], &id(slot, "x/staging")).state.word(), "public");
    assert_eq!(answer(&bodies, &[], &id(SITE, "x")).state.word(), "private");
}

#[test]
fn an_internal_environment_hides_its_apps() {
    let environment = |mode: &str| {
        with_properties(
            "Microsoft.Web/hostingEnvironments",
            "e",
            json!({ "internalLoadBalancingMode": mode }),
        )
    };
    let hosted = json!({ "publicNetworkAccess": "Enabled", "hostingEnvironmentProfile": { "id": id("Microsoft.Web/hostingEnvironments", "e") } });
    let open = config(json!({}));
    let [app, scm] = site(hosted.clone(), &[environment("Web, Publishing"), open.clone()]);
    assert_eq!(app, "private:  | e#properties.internalLoadBalancingMode");
    assert!(scm.starts_with("private:"), "{scm}");
    let [app, _] = site(hosted.clone(), &[environment("None"), open.clone()]);
    assert!(app.starts_with("public:"), "{app}");
    let [app, _] = site(hosted, &[open]);
    assert!(app.starts_with("unknown:"), "{app}");
}

#[test]
fn container_apps() {
    let environment =
        |properties: Json| with_properties("Microsoft.App/managedEnvironments", "e", properties);
    let app = |ingress: Json| json!({ "environmentId": id("Microsoft.App/managedEnvironments", "e"), "configuration": { "ingress": ingress } });
    let outside = json!({ "external": true, "targetPort": 80 });
    check_with(
        "Microsoft.App/containerApps",
        &[
            (app(Json::Null), vec![environment(json!({}))], "private:  | configuration.ingress"),
            (
                app(json!({ "external": false, "targetPort": 80 })),
                vec![environment(json!({}))],
                "private:  | configuration.ingress.external",
            ),
            (
                app(outside.clone()),
                vec![environment(json!({}))],
                &public("e#properties.publicNetworkAccess configuration.ingress.ipSecurityRestrictions"),
            ),
            (
                app(outside.clone()),
                vec![environment(json!({ "vnetConfiguration": { "internal": true } }))],
                "private:  | e#properties.vnetConfiguration.internal",
            ),
            (
                app(outside.clone()),
                vec![environment(json!({ "publicNetworkAccess": "Disabled" }))],
                "private:  | e#properties.publicNetworkAccess",
            ),
            (app(outside), vec![], "unknown:  | configuration.ingress.ipSecurityRestrictions"),
            (
                app(
                    json!({ "external": true, "ipSecurityRestrictions": [{ "action": "Allow", "ipAddressRange": "20.1.2.0/24" }] }),
                ),
                vec![environment(json!({}))],
                "restricted: 20.1.2.0/24 | e#properties.publicNetworkAccess configuration.ingress.ipSecurityRestrictions[0] configuration.ingress.ipSecurityRestrictions",
            ),
        ],
    );
    let denied = app(
        json!({ "external": true, "ipSecurityRestrictions": [{ "action": "Deny", "ipAddressRange": "20.1.2.0/24" }] }),
    );
    let bodies = [with_properties("Microsoft.App/containerApps", "x", denied), environment(json!({}))];
    let service = answer(&bodies, &[], &id("Microsoft.App/containerApps", "x"));
    assert_eq!(service.state.word(), "public");
    assert!(!service.sources.v4.contains(u32::from_be_bytes([20, 1, 2, 3])));
}

#[test]
fn container_groups_and_clusters() {
    check(
        "Microsoft.ContainerInstance/containerGroups",
        &[
            (json!({ "containers": [] }), "private:  | ipAddress"),
            (json!({ "ipAddress": { "type": "Private", "ip": "10.0.0.4" } }), "private:  | ipAddress.type"),
            (json!({ "ipAddress": { "type": "Public", "ip": "20.1.2.3" } }), &public("ipAddress.type")),
            (json!({ "ipAddress": { "ip": "20.1.2.3" } }), "unknown:  | "),
        ],
    );
    let profile = |profile: Json| json!({ "apiServerAccessProfile": profile });
    let (private, ranges) =
        ("apiServerAccessProfile.enablePrivateCluster", "apiServerAccessProfile.authorizedIPRanges");
    check(
        "Microsoft.ContainerService/managedClusters",
        &[
            (json!({}), &public(&format!("{private} {ranges}"))),
            (profile(json!({ "authorizedIPRanges": [] })), &public(&format!("{private} {ranges}"))),
            (
                profile(json!({ "authorizedIPRanges": ["20.1.2.0/24", "0.0.0.0/32"] })),
                &format!("restricted: 20.1.2.0/24 | {private} {ranges}[0] {ranges}[1]"),
            ),
            (
                profile(json!({ "enablePrivateCluster": true, "enablePrivateClusterPublicFQDN": true })),
                &format!("private:  | {private} apiServerAccessProfile.enablePrivateClusterPublicFQDN"),
            ),
            (
                profile(json!({ "authorizedIPRanges": ["0.0.0.0/1", "128.0.0.0/1"] })),
                &format!("public: 0.0.0.0/0 | {private} {ranges}[0] {ranges}[1]"),
            ),
        ],
    );
}

#[test]
fn api_management_and_fronts() {
    check(
        "Microsoft.ApiManagement/service",
        &[
            (json!({}), &public("publicNetworkAccess virtualNetworkType")),
            (json!({ "virtualNetworkType": "None" }), &public("publicNetworkAccess virtualNetworkType")),
            (
                json!({ "virtualNetworkType": "Internal" }),
                "private:  | publicNetworkAccess virtualNetworkType",
            ),
            (json!({ "publicNetworkAccess": "Disabled" }), "private:  | publicNetworkAccess"),
            (
                json!({ "virtualNetworkType": "External", "virtualNetworkConfiguration": { "subnetResourceId": id("Microsoft.Network/virtualNetworks/subnets", "n/s") } }),
                "unknown:  | publicNetworkAccess virtualNetworkType",
            ),
        ],
    );
    check(
        "Microsoft.Network/frontDoors",
        &[(json!({}), &public("")), (json!({ "enabledState": "Disabled" }), "private:  | enabledState")],
    );
    check(
        "Microsoft.Network/applicationGateways",
        &[(json!({ "frontendIPConfigurations": [] }), "private:  | ")],
    );
    let endpoint = "Microsoft.Cdn/profiles/afdEndpoints";
    let bodies = [
        with_properties("Microsoft.Cdn/profiles", "p", json!({})),
        with_properties(endpoint, "p/x", json!({})),
    ];
    assert_eq!(answer(&bodies, &[], &id(endpoint, "p/x")).state.word(), "public");
}
