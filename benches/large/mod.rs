//! A large made-up tenant: bodies of the shapes and sizes that Resource Graph returns, good and bad
//! mixed by a fixed pattern.

use std::fmt::Write as _;

use skytjek::inventory::coverage::{CoverageEntry, CoverageState};
use skytjek::rule::pack::Pack;
use skytjek::source::recording::{Record, Recording};

/// How many of 100 resources are of each kind.
const MIX: [(usize, Make); 7] =
    [(20, storage), (8, nsg), (22, machine), (10, vault), (22, interface), (10, address), (8, sql)];

type Make = fn(usize) -> (String, String);

/// A private endpoint that is in use.
const PRIVATE: &str = r#""privateEndpointConnections":[{"id":"pe","properties":{"privateLinkServiceConnectionState":{"status":"Approved"}}}]"#;

const SUBSCRIPTION: &str = "/subscriptions/11111111-2222-3333-4444-555555555555";

/// A recording with `count` resources, about 2.4 KB each.
pub fn recording(count: usize) -> Recording {
    let mut recording = Recording {
        tenant_id: Some("99999999-8888-7777-6666-555555555555".to_owned()),
        cloud: "public".to_owned(),
        taken_at: "2026-11-24T03:00:00Z".to_owned(),
        scopes: vec![SUBSCRIPTION.to_owned()],
        ..Recording::default()
    };
    for index in 0..count {
        let mut place = index % 100;
        for (share, make) in MIX {
            if place < share {
                let (id, body) = make(index);
                recording.resources.push(Record { id, body });
                break;
            }
            place -= share;
        }
    }
    let pack = Pack::shipped().map(|pack| pack.reads()).unwrap_or_default();
    let tables = ["resources", "resourcecontainers", "authorizationresources"];
    let reads = pack.iter().map(|reads| reads.name.clone());
    for read in reads.chain(tables.map(|table| format!("Microsoft.ResourceGraph/{table}"))) {
        recording.coverage.push(CoverageEntry::new(SUBSCRIPTION, read, CoverageState::Complete));
    }
    recording
}

fn id(index: usize, kind: &str, name: &str) -> String {
    format!("{SUBSCRIPTION}/resourceGroups/rg-{:03}/providers/{kind}/{name}-{index:06}", index % 400)
}

fn body(id: &str, kind: &str, rest: &str, padding: usize) -> String {
    let name = id.rsplit('/').next().unwrap_or_default();
    let mut filler = String::new();
    for line in 0..padding {
        let _ = write!(
            filler,
            r#""note{line:02}":"a value that no rule reads, as real bodies are full of {line}","#
        );
    }
    format!(
        r#"{{"id":"{id}","name":"{name}","type":"{}","location":"westeurope","kind":"FileStorage","sku":{{"name":"Standard","tier":"Standard"}},"tags":{{"department":"elder-care","wave":"3","owner":"drift@example.org"}},"properties":{{{filler}{rest}}}}}"#,
        kind.to_ascii_lowercase()
    )
}

fn storage(index: usize) -> (String, String) {
    let kind = "Microsoft.Storage/storageAccounts";
    let id = id(index, kind, "st");
    let bad = index.is_multiple_of(10);
    let rest = format!(
        r#""supportsHttpsTrafficOnly":{},"minimumTlsVersion":"{}","allowBlobPublicAccess":{bad},"allowSharedKeyAccess":{bad},"networkAcls":{{"defaultAction":"{}","bypass":"AzureServices","ipRules":[{{"value":"198.51.100.7","action":"Allow"}}],"virtualNetworkRules":[]}},"defaultToOAuthAuthentication":true,"creationTime":"2026-01-01T00:00:00Z","keyCreationTime":{{"key1":"2026-11-01T00:00:00Z","key2":"2026-11-01T00:00:00Z"}},{PRIVATE},"encryption":{{"keySource":"Microsoft.Keyvault","services":{{"blob":{{"enabled":true}}}}}},"publicNetworkAccess":"{}""#,
        !bad,
        if bad { "TLS1_0" } else { "TLS1_2" },
        if bad { "Allow" } else { "Deny" },
        if bad { "Enabled" } else { "Disabled" },
    );
    let text = body(&id, kind, &rest, 20);
    (id, text)
}

fn nsg(index: usize) -> (String, String) {
    let kind = "Microsoft.Network/networkSecurityGroups";
    let id = id(index, kind, "nsg");
    let mut rules = String::new();
    for rule in 0..10 {
        let (source, access) = match (index % 5, rule) {
            (0, 4) => ("Internet", "Allow"),
            (1, 2) => ("*", "Deny"),
            (1, 4) => ("*", "Allow"),
            _ => ("10.0.0.0/8", "Allow"),
        };
        let comma = if rule == 0 { "" } else { "," };
        let _ = write!(
            rules,
            r#"{comma}{{"id":"{id}/securityRules/rule-{rule}","name":"rule-{rule}","etag":"W/\"00000000-0000-0000-0000-000000000000\"","type":"Microsoft.Network/networkSecurityGroups/securityRules","properties":{{"provisioningState":"Succeeded","protocol":"Tcp","sourcePortRange":"*","destinationPortRange":"{}","sourceAddressPrefix":"{source}","destinationAddressPrefix":"*","access":"{access}","priority":{},"direction":"Inbound","sourcePortRanges":[],"destinationPortRanges":[],"sourceAddressPrefixes":[],"destinationAddressPrefixes":[]}}}}"#,
            3386 + rule,
            100 + rule * 10,
        );
    }
    let text = body(&id, kind, &format!(r#""securityRules":[{rules}],"defaultSecurityRules":[]"#), 4);
    (id, text)
}

fn machine(index: usize) -> (String, String) {
    let kind = "Microsoft.Compute/virtualMachines";
    let id = id(index, kind, "vm");
    let rest = format!(
        r#""hardwareProfile":{{"vmSize":"Standard_D4s_v5"}},"storageProfile":{{"osDisk":{{"osType":"Linux","name":"os","managedDisk":{{"id":"{id}-disk"}}}},"dataDisks":[]}},"osProfile":{{"linuxConfiguration":{{"disablePasswordAuthentication":{}}}}},"securityProfile":{{"encryptionAtHost":{},"securityType":"TrustedLaunch","uefiSettings":{{"secureBootEnabled":true,"vTpmEnabled":true}}}}"#,
        !index.is_multiple_of(10),
        !index.is_multiple_of(10),
    );
    let text = body(&id, kind, &rest, 18);
    (id, text)
}

fn vault(index: usize) -> (String, String) {
    let kind = "Microsoft.KeyVault/vaults";
    let id = id(index, kind, "kv");
    let rest = format!(
        r#""vaultUri":"https://kv.vault.azure.net/","enableSoftDelete":true,{}"enableRbacAuthorization":{},"accessPolicies":[],{PRIVATE},"networkAcls":{{"defaultAction":"Deny","bypass":"AzureServices","ipRules":[]}},"publicNetworkAccess":"Disabled""#,
        if index.is_multiple_of(3) { "" } else { r#""enablePurgeProtection":true,"# },
        !index.is_multiple_of(10),
    );
    let text = body(&id, kind, &rest, 22);
    (id, text)
}

fn interface(index: usize) -> (String, String) {
    let kind = "Microsoft.Network/networkInterfaces";
    let id = id(index, kind, "nic");
    let rest = format!(
        r#""ipConfigurations":[{{"name":"ip","properties":{{"privateIPAddress":"10.1.2.3","subnet":{{"id":"{SUBSCRIPTION}/resourceGroups/rg-000/providers/Microsoft.Network/virtualNetworks/hub/subnets/web"}}}}}}],"enableIPForwarding":false"#
    );
    let text = body(&id, kind, &rest, 22);
    (id, text)
}

fn address(index: usize) -> (String, String) {
    let kind = "Microsoft.Network/publicIPAddresses";
    let id = id(index, kind, "pip");
    let text = body(&id, kind, r#""ipAddress":"20.1.2.3","publicIPAllocationMethod":"Static""#, 24);
    (id, text)
}

fn sql(index: usize) -> (String, String) {
    let kind = "Microsoft.Sql/servers";
    let id = id(index, kind, "sql");
    let rest = format!(
        r#""minimalTlsVersion":"{}","publicNetworkAccess":"{}","administrators":{{"azureADOnlyAuthentication":true,"login":"dba","sid":"0","tenantId":"0"}}"#,
        if index.is_multiple_of(10) { "1.0" } else { "1.2" },
        if index.is_multiple_of(3) { "Enabled" } else { "Disabled" },
    );
    let text = body(&id, kind, &rest, 24);
    (id, text)
}
