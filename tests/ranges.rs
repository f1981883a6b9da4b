//! What rules range over, look up and join: small inventories, and what a rule says of them and why.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::type_complexity)]

use proptest::prelude::*;
use skytjek::inventory::coverage::{Coverage, CoverageEntry, CoverageState};
use skytjek::inventory::id::ResourceId;
use skytjek::inventory::index::{BodyRef, Builder, Completeness, Inventory};
use skytjek::inventory::reads::Reads;
use skytjek::rule::compile::compile;
use skytjek::rule::pack::full_table;
use skytjek::rule::prove::{prove, run};

const ALERT: &str = "Microsoft.Insights/activityLogAlerts";
const ONE: &str = "/subscriptions/a/resourceGroups/g/providers/Microsoft.Insights/activityLogAlerts/one";

/// A rule around `fail_when`, with three examples: what the verdicts are is said with each.
fn rule(resource: &str, fail_when: &str, examples: &str) -> String {
    format!(
        "id: some-rule\ntitle: t\ndomain: logging\nseverity: low\nresource: {resource}\nrationale: r\n\
         fail_when:\n{fail_when}\nmessage: \"{{name}}\"\nfix: {{ azure_cli: az version }}\n\
         references: [https://learn.microsoft.com/azure]\nexamples:\n{examples}"
    )
}

/// Runs a rule's examples; each has to come out as it says. The reasons come back, one for each outcome.
fn prove_all(text: &str) -> Vec<String> {
    let table = full_table().unwrap();
    let compiled = compile("rules/logging/some-rule.yaml", text, &table).unwrap_or_else(|errors| {
        panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    });
    assert_eq!(prove(&compiled), []);
    let outcomes = compiled.examples.iter().flat_map(|example| run(&compiled, example).unwrap());
    outcomes.map(|outcome| format!("{} {}", outcome.verdict, outcome.why.text)).collect()
}

fn complaints(text: &str) -> String {
    let errors = compile("rules/logging/some-rule.yaml", text, &full_table().unwrap()).unwrap_err();
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn all_resources_of_a_subscription() {
    let fail = "  none:\n    resources: Microsoft.Insights/activityLogAlerts\n    within: subscription\n    as: alert\n    \
                where: { path: alert.properties.enabled, absent: true, equals: true }";
    let said = prove_all(&rule(
        "Microsoft.Resources/subscriptions",
        fail,
        "  - { name: none, expect: fail, resource: { properties: {} } }\n  \
           - { name: one, expect: pass, resource: { properties: {} }, with: [{ type: Microsoft.Insights/activityLogAlerts, name: a, properties: {} }] }\n  \
           - name: only in a subscription whose id begins alike\n    expect: fail\n    resource: { properties: {} }\n    with: [{ type: Microsoft.Insights/activityLogAlerts, id: /subscriptions/00000000-0000-0000-0000-0000000000001/resourceGroups/g/providers/Microsoft.Insights/activityLogAlerts/a, properties: {} }]\n  \
           - { name: off, expect: fail, resource: { properties: {} }, with: [{ type: Microsoft.Insights/activityLogAlerts, name: a, properties: { enabled: false } }] }\n  \
           - { name: denied, expect: unknown, resource: { properties: {} }, unread: Microsoft.Insights/activityLogAlerts }\n  \
           - { name: denied but seen, expect: pass, resource: { properties: {} }, unread: Microsoft.Insights/activityLogAlerts, with: [{ type: Microsoft.Insights/activityLogAlerts, name: a, properties: {} }] }\n",
    ));
    assert!(
        said[4].starts_with("unknown Microsoft.Insights/activityLogAlerts was not read (denied, HTTP 403"),
        "{said:?}"
    );
}

#[test]
fn joins_by_text() {
    let fail = "  any:\n    referrers: Microsoft.Authorization/roleAssignments\n    at: properties.principalId\n    \
                to: identity.principalId\n    as: assignment\n    \
                where: { path: assignment.properties.roleDefinitionId, absent: unknown, ends_with: owner }";
    let assignment = |principal: &str, role: &str| {
        format!(
            "{{ type: Microsoft.Authorization/roleAssignments, name: a, properties: {{ principalId: {principal}, roleDefinitionId: {role} }} }}"
        )
    };
    let machine = "resource: { identity: { principalId: AA-1 }, properties: {} }";
    let said = prove_all(&rule(
        "Microsoft.Compute/virtualMachines",
        fail,
        &format!(
            "  - {{ name: owner, expect: fail, {machine}, with: [{}] }}\n  \
               - {{ name: reader, expect: pass, {machine}, with: [{}] }}\n  \
               - {{ name: another's, expect: pass, {machine}, with: [{}] }}\n  \
               - {{ name: no identity, expect: pass, resource: {{ properties: {{}} }}, with: [{}] }}\n  \
               - {{ name: assignments denied, expect: unknown, {machine}, unread: Microsoft.Authorization/roleAssignments }}\n  \
               - {{ name: an assignment without properties, expect: unknown, {machine}, with: [{{ type: Microsoft.Authorization/roleAssignments, name: b }}] }}\n",
            assignment("aa-1", "owner"),
            assignment("aa-1", "reader"),
            assignment("bb-2", "owner"),
            assignment("aa-1", "owner"),
        ),
    ));
    assert!(said[5].contains("its record carries no properties"), "{said:?}");
}

#[test]
fn joins_by_what_stands_in_a_map() {
    let fail = "  any:\n    referrers: Microsoft.Compute/virtualMachines\n    \
                at: identity.userAssignedIdentities.{*}.principalId\n    to: properties.principalId";
    let machine = "with: [{ type: Microsoft.Compute/virtualMachines, name: m, properties: {}, identity: { \
                   userAssignedIdentities: { /subscriptions/x: { principalId: AA-1 } } } }]";
    prove_all(&rule(
        "Microsoft.ManagedIdentity/userAssignedIdentities",
        fail,
        &format!(
            "  - {{ name: used, expect: fail, resource: {{ properties: {{ principalId: aa-1 }} }}, {machine} }}\n  \
               - {{ name: another, expect: pass, resource: {{ properties: {{ principalId: bb-2 }} }}, {machine} }}\n  \
               - {{ name: none, expect: pass, resource: {{ properties: {{}} }}, {machine} }}\n",
        ),
    ));
}

/// `settings` of an extension may be anything; the table doesn't say whether it is a list or a map.
#[test]
fn a_map_of_unknown_shape_is_ranged_over() {
    let fail = "  any: { in: properties.settings, absent: empty, as: setting, where: { path: setting.kind, absent: pass, equals: bad } }";
    prove_all(&rule(
        "Microsoft.Compute/virtualMachines/extensions",
        fail,
        "  - { name: map, expect: fail, resource: { properties: { settings: { a: { kind: good }, b: { kind: bad } } } } }\n  \
           - { name: list, expect: fail, resource: { properties: { settings: [{ kind: good }, { kind: bad }] } } }\n  \
           - { name: good, expect: pass, resource: { properties: { settings: { a: { kind: good } } } } }\n  \
           - { name: none, expect: pass, resource: { properties: {} } }\n",
    ));
}

#[test]
fn two_properties_compared_and_what_nobody_can_tell() {
    let fail = "  any_of:\n    - { path: location, same_as: tags.region, absent: pass }\n    \
                - all_of:\n        - { path: tags.strange, absent: \"\", equals: \"yes\" }\n        - unknown: no API says it";
    let said = prove_all(&rule(
        ALERT,
        fail,
        "  - { name: same, expect: fail, resource: { properties: {}, location: WestEurope, tags: { region: westeurope } } }\n  \
           - { name: another, expect: pass, resource: { properties: {}, location: westeurope, tags: { region: northeurope } } }\n  \
           - { name: none, expect: pass, resource: { properties: {}, location: westeurope } }\n  \
           - { name: strange, expect: unknown, resource: { properties: {}, location: westeurope, tags: { strange: yes } } }\n",
    ));
    assert_eq!(said[3], "unknown no API says it");
}

#[test]
fn ids_in_a_list_are_looked_up() {
    let fail = "  any:\n    in: properties.scopes\n    absent: empty\n    as: scope\n    where:\n      \
                lookup: { path: scope, type: Microsoft.Resources/resourceGroups, absent: pass, missing: fail, as: group, where: { path: group.location, absent: unknown, equals: westus } }";
    prove_all(&rule(
        ALERT,
        fail,
        "  - { name: there, expect: pass, resource: { properties: { scopes: [$group] } }, with: [{ type: Microsoft.Resources/resourceGroups, location: westeurope, properties: {} }] }\n  \
           - { name: abroad, expect: fail, resource: { properties: { scopes: [$group] } }, with: [{ type: Microsoft.Resources/resourceGroups, location: westus, properties: {} }] }\n  \
           - { name: gone, expect: fail, resource: { properties: { scopes: [/subscriptions/x/resourceGroups/y] } } }\n  \
           - { name: none, expect: pass, resource: { properties: {} } }\n",
    ));
}

#[test]
fn what_lies_above() {
    let fail = "  lookup:\n    ancestor: Microsoft.Resources/resourceGroups\n    as: group\n    missing: unknown\n    \
                where: { path: group.tags.department, absent: \"\", equals: it }";
    let with = |text: &str| format!("with: [{{ type: Microsoft.Resources/resourceGroups, {text} }}]");
    let said = prove_all(&rule(
        ALERT,
        fail,
        &format!(
            "  - {{ name: theirs, expect: fail, resource: {{ properties: {{}} }}, {} }}\n  \
               - {{ name: another's, expect: pass, resource: {{ properties: {{}} }}, {} }}\n  \
               - {{ name: no group, expect: unknown, resource: {{ properties: {{}} }} }}\n  \
               - {{ name: unread, expect: unknown, resource: {{ properties: {{}} }}, unread: Microsoft.Resources/resourceGroups }}\n",
            with("tags: { department: IT }"),
            with("properties: {}"),
        ),
    ));
    assert!(said[2].ends_with("the Microsoft.Resources/resourceGroups it names does not exist"), "{said:?}");
}

#[test]
fn dates_and_secrets() {
    let fail = |since: &str| {
        format!(
            "  all_of:\n    - since: {since}\n    - {{ path: properties.description, absent: pass, secret: true }}"
        )
    };
    let examples = |last: &str| {
        format!(
            "  - {{ name: a key, expect: {last}, resource: {{ properties: {{ description: \"AccountName=a;AccountKey=abc==\" }} }} }}\n  \
               - {{ name: a word, expect: pass, resource: {{ properties: {{ description: hello }} }} }}\n  \
               - {{ name: none, expect: pass, resource: {{ properties: {{}} }} }}\n"
        )
    };
    // Examples run at 2026-11-24T03:00:00Z.
    prove_all(&rule(ALERT, &fail("2026-11-24"), &examples("fail")));
    let later = rule(ALERT, &fail("2026-11-25"), &examples("pass"));
    assert!(complaints(&later).contains("no example expects `fail`"));
    assert!(complaints(&rule(ALERT, &fail("November"), &examples("fail"))).contains("`November` is no date"));
}

#[test]
fn keys_of_another_kind_of_range_are_refused() {
    let examples =
        "  - { name: a, expect: fail, resource: {} }\n  - { name: b, expect: pass, resource: {} }\n";
    for (range, complaint) in [
        (
            "resources: Microsoft.Insights/activityLogAlerts, at: id",
            "`at` means nothing beside this `resources`",
        ),
        (
            "children: Microsoft.Insights/diagnosticSettings, within: tenant",
            "`within` means nothing beside this `children`",
        ),
        ("in: properties.scopes, absent: empty, to: id", "`to` means nothing beside this `in`"),
        ("resources: Microsoft.Insights/activityLogAlerts, within: planet", "`planet` is not known here"),
        (
            "resources: Microsoft.Insights/activityLogAlert",
            "did you mean `Microsoft.Insights/activityLogAlerts`",
        ),
    ] {
        let text = rule(ALERT, &format!("  any: {{ {range} }}"), examples);
        let said = complaints(&text);
        assert!(said.contains(complaint), "{range}: {said}");
    }
}

fn inventory(ids: &[String], coverage: Coverage) -> Inventory {
    let mut reads = Reads::default();
    reads.entry(ALERT);
    let mut builder = Builder::new(&reads);
    for id in ids {
        let body = serde_json::json!({ "id": id, "type": ALERT, "properties": {} });
        builder.add(body.to_string().as_bytes(), BodyRef { file: 0, offset: 0, length: 0 }).unwrap();
    }
    builder.finish(coverage, &[])
}

proptest! {
    /// Against a plain filter, over ids that begin alike and differ in letter case.
    #[test]
    fn what_lies_below_a_scope(
        ids in proptest::collection::vec(("[aAbB]{1,2}", "[gGhH]{1,2}-?", "[xX]{1,2}"), 0..40),
        subscription in "[aAbB]{1,2}", group in proptest::option::of("[gGhH]{1,2}-?"),
    ) {
        let ids: Vec<String> = ids
            .iter()
            .map(|(sub, group, name)| format!("/subscriptions/{sub}/resourceGroups/{group}/providers/{ALERT}/{name}"))
            .collect();
        let inventory = inventory(&ids, Coverage::default());
        let scope = match &group {
            Some(group) => format!("/subscriptions/{subscription}/resourceGroups/{group}"),
            None => format!("/subscriptions/{subscription}"),
        };
        let found: Vec<String> = inventory
            .below(&ResourceId::parse(&scope).unwrap(), ALERT)
            .iter()
            .map(|at| inventory.get(*at).id.folded())
            .collect();
        let mut expected: Vec<String> = ids
            .iter()
            .map(|id| id.to_ascii_lowercase())
            .filter(|id| id.starts_with(&format!("{}/", scope.to_ascii_lowercase())))
            .collect();
        expected.sort();
        expected.dedup();
        prop_assert_eq!(found, expected);
        let everything = inventory.below(&ResourceId::tenant(), ALERT).len();
        prop_assert_eq!(everything, inventory.len());
    }
}

#[test]
fn the_whole_is_complete_when_every_part_is() {
    let table = "Microsoft.ResourceGraph/resources";
    let cases: &[(&[(&str, &str, CoverageState)], bool)] = &[
        (&[], false),
        (&[("/subscriptions/a", table, CoverageState::Complete)], true),
        (
            &[
                ("/subscriptions/a", table, CoverageState::Complete),
                ("/subscriptions/b", table, CoverageState::Denied),
            ],
            false,
        ),
        (&[("/", ALERT, CoverageState::Complete), ("/subscriptions/b", table, CoverageState::Denied)], true),
        (
            &[
                ("/subscriptions/a", ALERT, CoverageState::Partial),
                ("/subscriptions/a", table, CoverageState::Complete),
            ],
            false,
        ),
        // What was read of one resource is no word on another subscription, nor on the list it stands in.
        (&[(ONE, ALERT, CoverageState::Complete), ("/subscriptions/b", table, CoverageState::Denied)], false),
        (&[(ONE, ALERT, CoverageState::Denied), ("/subscriptions/a", table, CoverageState::Complete)], true),
        (&[(ONE, ALERT, CoverageState::Complete)], false),
        // A part that was refused is missing from the whole, whatever the whole says.
        (
            &[
                ("/", ALERT, CoverageState::Complete),
                ("/subscriptions/a/resourceGroups/g", ALERT, CoverageState::Denied),
            ],
            false,
        ),
        (
            &[
                ("/subscriptions/a", ALERT, CoverageState::Complete),
                ("/subscriptions/a", table, CoverageState::Denied),
            ],
            true,
        ),
    ];
    for (entries, expected) in cases {
        let mut coverage = Coverage::default();
        for (scope, read, state) in *entries {
            coverage.add(CoverageEntry::new(*scope, *read, *state));
        }
        let inventory = inventory(&[], coverage);
        let complete = inventory.completeness_below(&ResourceId::tenant(), ALERT) == Completeness::Complete;
        assert_eq!(complete, *expected, "{entries:?}");
    }
}
