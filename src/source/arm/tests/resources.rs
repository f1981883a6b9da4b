//! Declarations in every form, and the resources they become.

use super::*;

/// Address, type and id of every resource, without what they all share.
fn listed(root: &Root) -> Vec<String> {
    let short = |id: &str| id.replace("/subscriptions/main.json/resourceGroups/deployment/providers/", "…/");
    let lines = root.resources.iter().map(|resource| {
        let label = resource.address.strip_prefix("arm:main.json#").unwrap();
        format!("{label} {} {} {}", resource.kind, short(&resource.id), shown(at(&resource.body, "name")))
    });
    lines.collect()
}

fn template(inside: &str) -> Root {
    root_of(&format!("{{{inside}}}"))
}

fn check(inside: &str, expected: &[&str]) {
    let root = template(inside);
    assert_eq!(root.unread, [], "{inside}");
    assert_eq!(listed(&root), expected, "{inside}");
}

#[test]
fn children_in_every_form() {
    check(
        r#""parameters": {"p": {"type": "string"}}, "variables": {"v": "[concat(parameters('p'), '-x')]"},
        "resources": [
        {"type": "N/vnets", "name": "hub", "resources": [
            {"type": "subnets", "name": "web", "resources": [{"type": "deep", "name": "d"}]},
            {"type": "N/vnets/subnets", "name": "hub/full"},
            {"type": "providers/locks", "name": "Microsoft.Authorization/keep"}]},
        {"type": "N/vnets/subnets", "name": "hub/db"},
        {"type": "N/vnets/subnets", "name": "[concat(variables('v'), '/', 'app')]"},
        {"type": "N/vnets", "name": "[format('{0}-x', parameters('p'))]"},
        {"type": "N/vnets/providers/diagnosticSettings", "name": "hub/Microsoft.Insights/all"},
        {"type": "M.Auth/locks", "name": "ext", "scope": "[resourceId('N/vnets', 'hub')]"},
        {"type": "M.Auth/locks", "name": "ext", "scope": "N/vnets/other"},
        {"type": "M.Auth/locks", "name": "ext", "scope": "[format('N/vnets/{0}', parameters('p'))]"}]"#,
        &[
            r#"hub N/vnets …/N/vnets/hub "hub""#,
            r#"hub/web N/vnets/subnets …/N/vnets/hub/subnets/web "web""#,
            r#"hub/web/d N/vnets/subnets/deep …/N/vnets/hub/subnets/web/deep/d "d""#,
            r#"hub/hub/full N/vnets/subnets …/N/vnets/hub/subnets/full "full""#,
            r#"hub/Microsoft.Authorization/keep Microsoft.Authorization/locks …/N/vnets/hub/providers/Microsoft.Authorization/locks/keep "keep""#,
            r#"hub/db N/vnets/subnets …/N/vnets/hub/subnets/db "db""#,
            r#"[concat(variables('v'), '/', 'app')] N/vnets/subnets …/N/vnets/~parameters('p')-x/subnets/app "app""#,
            "[format('{0}-x', parameters('p'))] N/vnets …/N/vnets/~parameters('p')-x ?depends on parameter 'p', which has no default?",
            r#"hub/Microsoft.Insights/all Microsoft.Insights/diagnosticSettings …/N/vnets/hub/providers/Microsoft.Insights/diagnosticSettings/all "all""#,
            r#"ext M.Auth/locks …/N/vnets/hub/providers/M.Auth/locks/ext "ext""#,
            r#"M.Auth/locks/ext M.Auth/locks …/N/vnets/other/providers/M.Auth/locks/ext "ext""#,
            r#"M.Auth/locks/ext#2 M.Auth/locks …/N/vnets/~parameters('p')/providers/M.Auth/locks/ext "ext""#,
        ],
    );
}

#[test]
fn loops_and_conditions() {
    check(
        r#""parameters": {"n": {"type": "int", "defaultValue": 2}, "open": {"type": "int"}, "no": {"type": "bool", "defaultValue": false}},
        "resources": [
        {"type": "A/b", "name": "[concat('vm', copyIndex(1))]", "copy": {"name": "vms", "count": "[parameters('n')]"},
            "resources": [{"type": "ext", "name": "[format('e{0}', copyIndex('vms'))]"}]},
        {"type": "A/b", "name": "none", "copy": {"name": "none", "count": 0}},
        {"type": "A/b", "name": "[concat('open', copyIndex())]", "copy": {"name": "open", "count": "[parameters('open')]"}},
        {"type": "A/b", "name": "no", "condition": "[parameters('no')]", "resources": [{"type": "c", "name": "d"}]},
        {"type": "A/b", "name": "odd", "condition": "[equals(copyIndex(), 1)]", "copy": {"name": "x", "count": 3}},
        {"type": "A/b", "name": "maybe", "condition": "[equals(parameters('open'), 1)]"}]"#,
        &[
            r#"vm1 A/b …/A/b/vm1 "vm1""#,
            r#"vm1/e0 A/b/ext …/A/b/vm1/ext/e0 "e0""#,
            r#"vm2 A/b …/A/b/vm2 "vm2""#,
            r#"vm2/e1 A/b/ext …/A/b/vm2/ext/e1 "e1""#,
            "[concat('open', copyIndex())][*] A/b …/A/b/~opencopyIndex() ?is made by a loop whose length isn't known?",
            r#"odd A/b …/A/b/odd "odd""#,
            r#"maybe A/b …/A/b/maybe "maybe""#,
        ],
    );
    let root = template(
        r#""resources": {"vm": {"type": "A/b", "name": "[concat('vm', copyIndex())]", "copy": {"name": "vm", "count": 2},
            "properties": {"copy": [{"name": "disks", "count": 2, "input": {"lun": "[copyIndex('disks')]", "of": "[copyIndex()]"}}], "copies": 1}},
            "old": {"existing": true, "type": "A/b", "name": "old"}},
            "languageVersion": "2.0""#,
    );
    assert_eq!(listed(&root), [r#"vm[0] A/b …/A/b/vm0 "vm0""#, r#"vm[1] A/b …/A/b/vm1 "vm1""#]);
    assert_eq!(
        shown(at(&root.resources[1].body, "properties")),
        r#"{"disks":[{"lun":0,"of":1},{"lun":1,"of":1}],"copies":1}"#
    );
}

#[test]
fn a_member_without_a_known_name_leaves_the_others_open() {
    let root = template(
        r#""parameters": {"p": {"type": "string"}},
        "resources": [{"type": "A/b", "name": "n", "location": "x", "[parameters('p')]": {"a": 1}}]"#,
    );
    let body = &resource(&root, "n").body;
    assert_eq!(shown(at(body, "location")), r#""x""#);
    assert_eq!(shown(at(body, "properties")), "?depends on parameter 'p', which has no default?");
}

#[test]
fn nested_templates_of_both_scopes() {
    const OTHER: &str = "/subscriptions/main.json/resourceGroups/other/providers/";
    let nested = |scope: &str| {
        format!(
            r#""parameters": {{"x": {{"type": "string", "defaultValue": "outer"}}}},
            "resources": [{{"type": "Microsoft.Resources/deployments", "name": "[concat('n', copyIndex())]", "copy": {{"name": "c", "count": 2}},
            "resourceGroup": "other", "properties": {{
                "expressionEvaluationOptions": {{"scope": "{scope}"}},
                "parameters": {{"x": {{"value": "[concat('passed', copyIndex())]"}}}},
                "template": {{"parameters": {{"x": {{"type": "string"}}}},
                    "resources": [{{"type": "A/b", "name": "[parameters('x')]", "tags": {{"own": "[[parameters('x')]"}}}}],
                    "outputs": {{"y": {{"type": "string", "value": "[toUpper(parameters('x'))]"}}}}}}}}}},
            {{"type": "A/c", "name": "c", "properties": {{
                "y": "[reference('n1').outputs.y.value]", "z": "[reference('n1').outputs.z.value]"}}}}]"#
        )
    };
    let inner = template(&nested("inner"));
    assert_eq!(
        listed(&inner),
        [
            format!(r#"n0/passed0 A/b {OTHER}A/b/passed0 "passed0""#),
            format!(r#"n1/passed1 A/b {OTHER}A/b/passed1 "passed1""#),
            r#"c A/c …/A/c/c "c""#.to_owned(),
        ]
    );
    assert_eq!(shown(at(&inner.resources[1].body, "tags.own")), r#""[parameters('x')]""#);
    assert_eq!(
        shown(at(&inner.resources[2].body, "properties")),
        r#"{"y":"PASSED1","z":?depends on output 'z', which the deployment doesn't have?}"#
    );
    let outer = template(&nested("outer"));
    assert_eq!(listed(&outer)[1], format!(r#"n1/outer A/b {OTHER}A/b/outer#2 "outer""#));
    assert_eq!(shown(at(&outer.resources[1].body, "tags.own")), r#""passed1""#, "escaped for the nested one");
    assert_eq!(at(&outer.resources[2].body, "properties.y").as_str(), Some("OUTER"));
}

#[test]
fn what_resources_read_of_each_other() {
    let root = template(
        r#""parameters": {"p": {"type": "string"}},
        "resources": {
            "store": {"type": "M.S/accounts", "name": "[parameters('p')]", "apiVersion": "2023-01-01",
                "sku": {"name": "LRS"}, "tags": {"a": "b"}, "identity": {"type": "SystemAssigned"},
                "properties": {"tls": "TLS1_2", "acl": {"rules": ["x"], "nets": [{"id": "y"}]}}},
            "old": {"existing": true, "type": "M.S/accounts", "name": "old"},
            "reads": {"type": "A/b", "name": "r", "properties": {
                "tls": "[reference('store').tls]", "list": "[reference('store').acl.rules]", "more": "[reference('store').acl]",
                "nets": "[reference('store').acl.nets]",
                "sku": "[reference('store', '2023-01-01', 'full').sku.name]", "tags": "[reference('store', '2023-01-01', 'full').tags]",
                "blob": "[reference('store').primaryEndpoints.blob]",
                "principal": "[reference('store', '2023-01-01', 'full').identity.principalId]",
                "byId": "[reference(resourceId('M.S/accounts', parameters('p'))).tls]",
                "old": "[reference('old').tls]", "info": "[resourceInfo('old').id]", "none": "[reference('none').x]"}}}"#,
    );
    let properties = at(&resource(&root, "reads").body, "properties");
    let later = |path: &str, of: &str| format!("?depends on {path} of '{of}', which is known at deployment?");
    for (name, expected) in [
        ("tls", r#""TLS1_2""#.to_owned()),
        ("list", r#"["x"]"#.to_owned()),
        ("more", later("properties.acl", "store")),
        ("nets", later("properties.acl.nets", "store")),
        ("sku", r#""LRS""#.to_owned()),
        ("tags", r#"{"a":"b"}"#.to_owned()),
        ("blob", later("properties.primaryEndpoints.blob", "store")),
        ("principal", later("identity.principalId", "store")),
        ("byId", r#""TLS1_2""#.to_owned()),
        ("old", later("properties.tls", "old")),
        (
            "info",
            r#""/subscriptions/main.json/resourceGroups/deployment/providers/M.S/accounts/old""#.to_owned(),
        ),
        ("none", "?depends on 'none' as it is in Azure, which this template doesn't declare?".to_owned()),
    ] {
        assert_eq!(shown(at(properties, name)), expected, "{name}");
    }
    let Content::Unknown(why) = &at(properties, "principal").content else { panic!() };
    let reference = why.reference.as_ref().unwrap();
    assert_eq!((&*reference.address, &*reference.attribute), ("store", "identity.principalId"));
    assert_eq!(
        root.files.text(at(properties, "tls").span),
        "\"TLS1_2\"",
        "the literal in the other resource"
    );
}

#[test]
fn scopes_above_the_group() {
    let root = template(
        r#""$schema": "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#",
        "resources": [
        {"type": "Microsoft.Resources/resourceGroups", "name": "rg", "location": "[deployment().location]"},
        {"type": "Microsoft.Authorization/roleAssignments", "name": "ra"},
        {"type": "Microsoft.Resources/deployments", "name": "d", "resourceGroup": "rg", "properties": {"template": {
            "resources": [{"type": "A/b", "name": "x", "properties": {"group": "[resourceGroup().name]"}}]}}}]"#,
    );
    assert_eq!(
        listed(&root),
        [
            r#"rg Microsoft.Resources/resourceGroups /subscriptions/main.json/resourceGroups/rg "rg""#,
            r#"ra Microsoft.Authorization/roleAssignments /subscriptions/main.json/providers/Microsoft.Authorization/roleAssignments/ra "ra""#,
            r#"d/x A/b /subscriptions/main.json/resourceGroups/rg/providers/A/b/x "x""#,
        ]
    );
    assert_eq!(at(&root.resources[2].body, "properties.group").as_str(), Some("rg"));
}

#[test]
fn odd_parts_are_unread_and_their_neighbours_are_not() {
    let cases = [
        (r#""resources": null"#, vec![], vec![]),
        (r#""resources": 5"#, vec!["1:2 resources: 'resources' must be a list or an object"], vec![]),
        (
            r#""parameters": "p", "variables": null, "resources": ["x", {"type": "A/b"}, {"type": 1, "name": "n"}, {"type": "A/b", "name": "ok", "properties": {"a": "[f(]", "b": 1}}]"#,
            vec![
                "1:16 parameters: 'parameters' must be an object",
                "1:54 a resource: a resource must be an object",
                "1:59 A/b: a resource needs a name, which is a text",
                "1:76 n: a resource needs a type, which is a text",
                "1:156 : this expression can't be understood: expected a function, a text in single quotes, or a number, found its end; correct it, or write [[ for a text that begins with [",
            ],
            vec!["ok"],
        ),
        (
            r#""resources": [{"type": "[concat('A/', parameters('x'))]", "name": "n"}, {"type": "Microsoft.Resources/deployments", "name": "d"}]"#,
            vec![
                "1:16 arm:main.json#n: its type can't be found out: write it as a text such as 'Microsoft.Storage/storageAccounts'",
                "1:74 arm:main.json#d: it has neither a template nor a link to one",
            ],
            vec![],
        ),
        (
            r#""resources": [], "x": }"#,
            vec!["1:24 : the file is no valid JSON: expected a value, found '}'"],
            vec![],
        ),
    ];
    for (inside, unread, labels) in cases {
        let root = template(inside);
        let said: Vec<_> = root
            .unread
            .iter()
            .map(|unread| {
                let place = unread.place.unwrap();
                format!("{}:{} {}: {}", place.line, place.column, unread.what, unread.reason)
            })
            .collect();
        assert_eq!(said, unread, "{inside}");
        let found: Vec<_> =
            root.resources.iter().map(|resource| resource.address.rsplit('#').next().unwrap()).collect();
        assert_eq!(found, labels, "{inside}");
    }
}

#[test]
fn files_beside_the_template() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "infra/azuredeploy.json",
        r#"{"parameters": {"a": {"type": "string", "defaultValue": "default"}, "pw": {"type": "securestring"}},
        "resources": [{"type": "A/b", "name": "r", "properties": {"a": "[parameters('a')]", "pw": "[parameters('pw')]"}},
        {"type": "Microsoft.Resources/deployments", "name": "l", "properties": {"templateLink": {"relativePath": "../modules/x.json"},
            "parameters": {"n": {"value": "linked"}}}},
        {"type": "Microsoft.Resources/deployments", "name": "out", "properties": {"templateLink": {"relativePath": "../../../x.json"}}},
        {"type": "Microsoft.Resources/deployments", "name": "self", "properties": {"templateLink": {"relativePath": "azuredeploy.json"}}}]}"#,
    );
    write(
        "infra/azuredeploy.parameters.json",
        r#"{"$schema": "x", "parameters": {"a": {"value": "given"},
        "pw": {"reference": {"keyVault": {"id": "k"}, "secretName": "s"}}}}"#,
    );
    write(
        "modules/x.json",
        r#"{"parameters": {"n": {"type": "string"}}, "resources": [{"type": "A/b", "name": "[parameters('n')]", "location": "x"}]}"#,
    );
    let root =
        root_at(&folder.path().join("infra/azuredeploy.json"), folder.path(), "infra/azuredeploy.json");
    assert_eq!(root.notes, ["parameters have the values of infra/azuredeploy.parameters.json"]);
    let r = &resource(&root, "r").body;
    let given = at(r, "properties.a");
    assert_eq!((given.as_str(), root.files.text(given.span)), (Some("given"), "\"given\""));
    assert_eq!(root.files.get(given.span.file).unwrap().path, "infra/azuredeploy.parameters.json");
    assert_eq!(
        shown(at(r, "properties.pw")),
        "?depends on a secret of a key vault, which skytjek never reads?*"
    );
    let linked = resource(&root, "l/linked");
    assert_eq!(root.files.get(linked.block.file).unwrap().path, "modules/x.json");
    let unread: Vec<_> =
        root.unread.iter().map(|unread| (&*unread.what, unread.reason.contains("can't be read"))).collect();
    // Once the file, once the deployment that needs it.
    assert_eq!(
        unread,
        [("", true), ("arm:infra/azuredeploy.json#out", true), ("arm:infra/azuredeploy.json#self", false)]
    );
    assert_eq!(root.unread[2].reason, "its template deploys itself");
}

#[test]
fn a_parameter_file_that_cannot_be_read_leaves_parameters_open() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("main.json");
    std::fs::write(&path, r#"{"parameters": {"a": {"type": "string", "defaultValue": "d"}}, "resources": [{"type": "A/b", "name": "[parameters('a')]"}]}"#).unwrap();
    std::fs::write(folder.path().join("main.parameters.json"), "{").unwrap();
    let root = root_at(&path, folder.path(), "main.json");
    assert_eq!(root.unread.len(), 1);
    assert_eq!(
        shown(at(&root.resources[0].body, "name")),
        "?depends on the parameter file main.parameters.json, which can't be read?"
    );
}
