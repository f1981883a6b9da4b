//! Made-up reports for tests and benches.

use std::collections::BTreeMap;

use crate::finding::baseline::{BaselineFacts, BaselineState, Unmatched, WhyUnmatched};
use crate::finding::compliance::{ControlRow, ControlStatus, FrameworkRow, RuleRow};
use crate::finding::evidence::Evidence;
use crate::finding::fingerprint::fingerprint;
use crate::finding::report::{
    CoverageRow, CoverageSummary, Edit, Fix, Location, PackFacts, ProofStep, Report, ResourceFacts,
    ResultRow, RuleFacts, ScanFacts, SeverityCounts, SourceFacts, SourceText, Summary, Tool, VerdictCounts,
};
use crate::finding::suppression::{SuppressionFacts, SuppressionKind, SuppressionNote, SuppressionState};
use crate::finding::verdict::{Severity, Verdict};
use crate::inventory::coverage::CoverageState;
use crate::inventory::id::ResourceId;

const SUBSCRIPTION: &str = "5f0c2b7a-1d3e-4c9b-8a61-0e2f4d6b8c11";
const TENANT: &str = "3c1a9d52-77b0-4f0e-9d5c-2b6f1e0a4d33";
/// Id, title, severity, type, property, its value, message, fix, command.
type RuleSketch = (
    &'static str,
    &'static str,
    Severity,
    &'static str,
    &'static str,
    Option<&'static str>,
    &'static str,
    &'static str,
    &'static str,
);

const RULES: [RuleSketch; 6] = [
    (
        "nsg-rdp-from-internet",
        "Remote Desktop is not reachable from the Internet",
        Severity::Critical,
        "Microsoft.Network/networkSecurityGroups",
        "properties.securityRules[1].properties.sourceAddressPrefix",
        Some("*"),
        "{name} lets any address reach port 3389 by rule allow-rdp",
        "Limit the rule to the addresses that need it, or use Azure Bastion.",
        "az network nsg rule update --ids {id}/securityRules/allow-rdp --source-address-prefixes 10.0.0.0/8",
    ),
    (
        "key-vault-purge-protection",
        "Key vaults keep deleted keys",
        Severity::High,
        "Microsoft.KeyVault/vaults",
        "properties.enablePurgeProtection",
        None,
        "{name} has no purge protection",
        "Turn on purge protection; it can't be turned off again.",
        "az keyvault update --name {name} --enable-purge-protection true",
    ),
    (
        "storage-secure-transfer",
        "Storage accounts refuse unencrypted transfer",
        Severity::High,
        "Microsoft.Storage/storageAccounts",
        "properties.supportsHttpsTrafficOnly",
        Some("false"),
        "{name} accepts plain HTTP",
        "Require secure transfer.",
        "az storage account update --ids {id} --https-only true",
    ),
    (
        "sql-auditing",
        "SQL servers keep an audit log",
        Severity::Medium,
        "Microsoft.Sql/servers",
        "properties.auditingSettings.state",
        Some("Disabled"),
        "{name} writes no audit log",
        "Send the audit log to the Log Analytics workspace.",
        "az sql server audit-policy update --ids {id} --state Enabled --lats Enabled --lawri <workspace id>",
    ),
    (
        "storage-minimum-tls",
        "Storage accounts require TLS 1.2",
        Severity::Medium,
        "Microsoft.Storage/storageAccounts",
        "properties.minimumTlsVersion",
        Some("TLS1_0"),
        "{name} accepts TLS 1.0",
        "Set the minimum version to TLS 1.2.",
        "az storage account update --ids {id} --min-tls-version TLS1_2",
    ),
    (
        "resource-owner-tag",
        "Resources name their owner",
        Severity::Low,
        "Microsoft.Network/networkSecurityGroups",
        "tags.owner",
        None,
        "{name} has no tag `owner`",
        "Tag the resource with its owner.",
        "az tag update --resource-id {id} --operation Merge --tags owner=<team>",
    ),
];

fn rule_facts() -> Vec<RuleFacts> {
    let mut rules: Vec<RuleFacts> = RULES
        .iter()
        .map(|(id, title, severity, kind, _, _, _, fix, command)| RuleFacts {
            id: (*id).into(),
            title: (*title).into(),
            domain: id.split('-').next().unwrap_or_default().into(),
            severity: *severity,
            resource_types: vec![(*kind).into()],
            rationale: format!(
                "{title}: what is open to everybody is found within minutes.\nSee also `docs`."
            ),
            fix_summary: (*fix).into(),
            fix_azure_cli: (*command).into(),
            controls: controls(id),
            references: vec!["https://learn.microsoft.com/azure/security/fundamentals/overview".into()],
        })
        .collect();
    rules.sort_by(|one, two| one.id.cmp(&two.id));
    rules
}

fn controls(rule: &str) -> BTreeMap<String, Vec<String>> {
    BTreeMap::from([
        ("cis-azure-6.0.0".into(), vec![format!("{}.1", rule.len() % 9), "7.2".into()]),
        ("mcsb-v2".into(), vec!["NS-2".into()]),
    ])
}

fn body(id: &ResourceId, kind: &str, path: &str, value: Option<&str>) -> String {
    let mut body = serde_json::json!({
        "id": id.as_str(), "name": id.name(), "type": kind, "location": "westeurope",
        "tags": {"department": "School", "note": "=HYPERLINK(\"http://e\")"},
        "properties": {
            "provisioningState": "Succeeded", "primaryKey": "hunter2",
            "securityRules": [
                {"name": "deny-all", "properties": {"access": "Deny", "sourceAddressPrefix": "*"}},
                {"name": "allow-rdp", "properties": {
                    "access": "Allow", "destinationPortRange": "3389", "sourceAddressPrefix": "*"}},
            ],
        },
    });
    if let (Some(value), Some(key)) = (value, path.strip_prefix("properties."))
        && !key.contains('[')
    {
        let mut at = &mut body["properties"];
        for step in key.split('.') {
            at = &mut at[step];
        }
        *at = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    }
    body.to_string()
}

/// A result of rule number `rule` on a resource called `name`, and its evidence.
fn result(rule: usize, name: &str, verdict: Verdict) -> (ResultRow, Evidence) {
    let (rule, title, severity, kind, path, value, message, summary, command) = RULES[rule % RULES.len()];
    let group = if name.len().is_multiple_of(2) { "rg-school-prod" } else { "rg-elderly-care" };
    let id = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/providers/{kind}/{name}");
    let id = ResourceId::parse(&id).unwrap_or_else(ResourceId::tenant);
    let filled = |text: &str| text.replace("{name}", name).replace("{id}", id.as_str());
    #[allow(clippy::unwrap_used, reason = "a body made here is JSON; benches use this too")]
    let evidence = Evidence::of(&id, body(&id, kind, path, value).as_bytes()).unwrap();
    let failing = verdict == Verdict::Fail;
    let row = ResultRow {
        rule: rule.into(),
        verdict,
        severity,
        title: title.into(),
        message: match verdict {
            Verdict::Unknown => format!("{name} could not be checked"),
            Verdict::Fail => filled(message),
            _ => format!("{name} is as it should be"),
        },
        resource: ResourceFacts {
            id: id.to_string(),
            kind: kind.into(),
            name: name.into(),
            location: "westeurope".into(),
            subscription: SUBSCRIPTION.into(),
            resource_group: group.into(),
            tags: BTreeMap::from([("department".into(), "School".into())]),
        }
        .into(),
        sub_key: if path.contains('[') { "allow-rdp".into() } else { String::new() },
        path: path.into(),
        path_resource: None,
        value: if verdict == Verdict::Unknown {
            serde_json::Value::Null
        } else {
            evidence.value(path).unwrap_or_default()
        },
        reason: (verdict == Verdict::Unknown).then(|| {
            "Microsoft.Sql/servers/auditingSettings was not read (denied, HTTP 403, AuthorizationFailed); \
             missing permission: Microsoft.Sql/servers/auditingSettings/read"
                .into()
        }),
        location: Some(evidence.locate(path)),
        proof: if failing && severity == Severity::Critical {
            vec![
                ProofStep {
                    resource: format!(
                        "/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/providers/Microsoft.Network/publicIPAddresses/pip-{name}"
                    ),
                    says: "gives the interface a public address".into(),
                    location: None,
                },
                ProofStep {
                    resource: id.to_string(),
                    says: "allows Tcp 3389 from * by rule allow-rdp".into(),
                    location: None,
                },
            ]
        } else {
            Vec::new()
        },
        fix: failing.then(|| Fix {
            summary: summary.into(),
            azure_cli: filled(command),
            set: BTreeMap::new(),
        }),
        controls: controls(rule).into(),
        fingerprint: fingerprint(rule, id.as_str(), ""),
        baseline_state: None,
        suppression: None,
    };
    (row, evidence)
}

fn report(found: Vec<(ResultRow, Evidence)>, coverage: Vec<CoverageRow>) -> Report {
    let mut verdicts = VerdictCounts { pass: 240, not_applicable: 12, ..VerdictCounts::default() };
    let mut findings = SeverityCounts::default();
    let mut results = Vec::new();
    let mut files = BTreeMap::new();
    for (row, evidence) in found {
        match (row.verdict, row.severity) {
            (Verdict::Unknown, _) => verdicts.unknown += 1,
            (Verdict::Fail, Severity::Critical) => findings.critical += 1,
            (Verdict::Fail, Severity::High) => findings.high += 1,
            (Verdict::Fail, Severity::Medium) => findings.medium += 1,
            (Verdict::Fail, Severity::Low) => findings.low += 1,
            _ => {}
        }
        verdicts.fail += usize::from(row.verdict == Verdict::Fail);
        results.push(row);
        let (path, file) = evidence.into_file();
        files.insert(path, file);
    }
    results.sort_by(|one: &ResultRow, two: &ResultRow| {
        (one.severity, &one.rule, &one.resource.id, &one.sub_key).cmp(&(
            two.severity,
            &two.rule,
            &two.resource.id,
            &two.sub_key,
        ))
    });
    let complete = coverage.iter().all(|row| row.state.is_whole());
    Report {
        version: 1,
        tool: Tool {
            name: "skytjek".into(),
            version: "0.1.0".into(),
            pack: PackFacts {
                version: "2026.11".into(),
                digest: "sha256:6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b".into(),
                rules: RULES.len(),
            },
        },
        scan: ScanFacts {
            clock: "2026-11-24T03:00:00Z".into(),
            source: SourceFacts { kind: "live".into(), location: "https://management.azure.com".into() },
            tenant_id: Some(TENANT.into()),
            scopes: vec![format!("/subscriptions/{SUBSCRIPTION}")],
        },
        summary: Summary {
            resources: 412,
            verdicts,
            findings,
            suppressed: 0,
            unchanged: 0,
            coverage: if complete { CoverageSummary::Complete } else { CoverageSummary::Incomplete },
            exit_code: if verdicts.fail > 0 { 1 } else { u8::from(!complete) * 3 },
        },
        coverage,
        results,
        compliance: Vec::new(),
        baseline: None,
        suppressions: Vec::new(),
        rules: rule_facts(),
        evidence: files,
        sources: BTreeMap::new(),
        edits: BTreeMap::new(),
    }
}

/// A scan that was asked what it knows of a framework's controls.
pub(crate) fn by_framework() -> Report {
    let control = |id: &str, status, fail, pass, rules: &[&str]| ControlRow {
        id: id.into(),
        status,
        verdicts: VerdictCounts { fail, pass, ..VerdictCounts::default() },
        rules: rules
            .iter()
            .enumerate()
            .map(|(at, rule)| RuleRow {
                id: (*rule).to_owned(),
                status: if at == 0 { status } else { ControlStatus::Pass },
                coverage: "partial".into(),
            })
            .collect(),
    };
    let controls = vec![
        control("6.1.1", ControlStatus::NotAssessed, 0, 0, &[]),
        control("6.1.2", ControlStatus::NotAssessed, 0, 0, &[]),
        control("7.1", ControlStatus::Fail, 2, 11, &["nsg-rdp-from-internet", "nsg-ssh-from-internet"]),
        control("7.2", ControlStatus::Partial, 0, 4, &["nsg-broad-public-cidr-allowed"]),
        control("8.3", ControlStatus::NotApplicable, 0, 0, &["keyvault-key-expiry-missing"]),
        control("9.3.4", ControlStatus::Pass, 0, 9, &["storage-https-only", "storage-min-tls-12"]),
    ];
    Report { compliance: vec![FrameworkRow { framework: "cis-azure-6.0.0".into(), controls }], ..small() }
}

fn whole() -> CoverageRow {
    CoverageRow {
        scope: format!("/subscriptions/{SUBSCRIPTION}"),
        read: "Microsoft.ResourceGraph/resources".into(),
        state: CoverageState::Complete,
        status: Some(200),
        code: None,
        missing_action: None,
        affected: 0,
        message: None,
    }
}

/// A complete, a denied and a throttled read.
fn gaps(affected: usize) -> Vec<CoverageRow> {
    vec![
        whole(),
        CoverageRow {
            read: "Microsoft.Sql/servers/auditingSettings".into(),
            state: CoverageState::Denied,
            status: Some(403),
            code: Some("AuthorizationFailed".into()),
            missing_action: Some("Microsoft.Sql/servers/auditingSettings/read".into()),
            affected,
            message: Some("The client does not have authorization\u{1b}[2J to perform the action.".into()),
            ..whole()
        },
        CoverageRow {
            scope: "/".into(),
            read: "Microsoft.Graph/users".into(),
            state: CoverageState::Throttled,
            status: Some(429),
            code: Some("TooManyRequests".into()),
            ..whole()
        },
    ]
}

/// Nothing found, everything seen.
pub fn empty() -> Report {
    report(Vec::new(), vec![whole()])
}

/// One finding, everything seen.
pub fn single() -> Report {
    report(vec![result(0, "nsg-school", Verdict::Fail)], vec![whole()])
}

/// A finding of each kind, hostile names, and gaps.
pub fn small() -> Report {
    report(
        vec![
            result(0, "nsg-school", Verdict::Fail),
            result(1, "kv-payroll", Verdict::Fail),
            result(2, "=cmd|' /C calc'!A0", Verdict::Fail),
            result(2, "stlogs\u{202e}[x](http:evil)<img src=x>", Verdict::Fail),
            result(3, "sql-elderly", Verdict::Unknown),
            result(4, "stbøgehøj", Verdict::Pass),
            result(5, "nsg-`guest`", Verdict::NotApplicable),
        ],
        gaps(1),
    )
}

/// The file that findings in code point into.
const FILE: &str = "infra/hub network.bicep";
/// Its text.
const CODE: &str = "param name string = 'stlogs'

// skytjek:ignore storage-secure-transfer until=2027-01-31 reason=\"moves in March\"
resource account 'Microsoft.Storage/storageAccounts@2023-01-01' = {
  name: name
  properties: {
    supportsHttpsTrafficOnly: false
    minimumTlsVersion: 'TLS1_0' // \u{202e}old\tclients
  }
}
";

fn place(line: usize, start_column: usize, end_column: usize) -> Location {
    Location { file: FILE.into(), start_line: line, start_column, end_line: line, end_column }
}

/// Findings in a Bicep file, with its text and what would fix one of them.
pub fn in_code() -> Report {
    let mut found = vec![result(4, "stlogs", Verdict::Fail), result(2, "stlogs", Verdict::Fail)];
    found[0].0.location = Some(place(8, 24, 32));
    found[0].0.value = "TLS1_0".into();
    found[1].0.location = Some(place(7, 31, 36));
    let edit = Edit { at: place(8, 24, 32), text: "'TLS1_2'".into() };
    let edits = BTreeMap::from([(found[0].0.fingerprint.clone(), vec![edit])]);
    let sources = BTreeMap::from([(FILE.to_owned(), SourceText { text: CODE.into() })]);
    let report = report(found, vec![whole()]);
    let source = SourceFacts { kind: "bicep".into(), location: "infra".into() };
    Report { scan: ScanFacts { source, ..report.scan }, evidence: BTreeMap::new(), sources, edits, ..report }
}

/// [`in_code`] beside [`small`]: one finding suppressed, one in the baseline, a comment that ended, one
/// that is wrong, and a finding of the baseline that is gone.
pub fn accepted() -> Report {
    let code = in_code();
    let mut report = small();
    report.scan.source = code.scan.source;
    report.sources = code.sources;
    report.edits = code.edits;
    report.results.extend(code.results);
    report.results.sort_by(|one, two| {
        (one.severity, &one.rule, &one.resource.id).cmp(&(two.severity, &two.rule, &two.resource.id))
    });
    report.summary.verdicts.fail += 2;
    report.summary.findings.high += 1;
    report.summary.findings.medium += 1;
    report.summary.suppressed = 1;
    report.summary.unchanged = 1;
    for row in &mut report.results {
        row.baseline_state = Some(BaselineState::New);
        if row.rule == "key-vault-purge-protection" {
            row.baseline_state = Some(BaselineState::Unchanged);
        }
        if row.rule == "storage-secure-transfer" && row.resource.name == "stlogs" {
            row.suppression = Some(SuppressionFacts {
                kind: SuppressionKind::InSource,
                reason: "moves \u{202e}in March".into(),
                until: "2027-01-31".into(),
                file: FILE.into(),
                line: 3,
            });
        }
    }
    let gone = Unmatched {
        rule: "sql-auditing".into(),
        resource: Some("/subscriptions/s/resourceGroups/g/providers/Microsoft.Sql/servers/old".into()),
        fingerprint: "f".repeat(64),
        why: WhyUnmatched::NotFound,
    };
    report.baseline =
        Some(BaselineFacts { files: vec!["main.sarif".into()], findings: 2, unmatched: vec![gone] });
    let note = |line, rule: Option<&str>, state, message: &str| SuppressionNote {
        file: FILE.into(),
        line,
        rule: rule.map(str::to_owned),
        state,
        message: message.into(),
    };
    report.suppressions = vec![
        note(
            20,
            Some("storage-minimum-tls"),
            SuppressionState::Expired,
            "it ended on 2026-10-01; fix the finding, or decide again and write a new date",
        ),
        note(
            31,
            None,
            SuppressionState::Invalid,
            "the reason is missing: reason=\"why\" @everyone \u{1b}[2J",
        ),
    ];
    report
}

/// `count` results over all rules, one in ten of them unknown, with gaps.
pub fn many(count: usize) -> Report {
    let found = (0..count).map(|at| {
        let kind = ["nsg", "kv", "st", "sql", "stdata", "nsg-avd"][at % RULES.len()];
        let department = ["school", "elderly-care", "roads", "library", "hr"][at % 5];
        if at % 10 == 3 {
            result(3, &format!("sql-{department}-{at:03}"), Verdict::Unknown)
        } else {
            result(at, &format!("{kind}-{department}-{at:03}"), Verdict::Fail)
        }
    });
    report(found.collect(), gaps(count.div_ceil(10)))
}
