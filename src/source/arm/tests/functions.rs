//! Functions against the values that Microsoft's documentation gives or implies.

use super::*;

/// The value of an expression in a small template.
fn value_of(expression: &str) -> String {
    let expression = serde_json::to_string(&format!("[{expression}]")).unwrap();
    let root = root_of(&format!(
        r#"{{
        "parameters": {{
            "open": {{"type": "string"}},
            "secret": {{"type": "securestring", "defaultValue": "s3"}},
            "list": {{"type": "array", "defaultValue": ["one", "two", "three"]}},
            "object": {{"type": "object", "defaultValue": {{"b": {{"c": 1}}, "a": [1, null], "B2": true}}}},
            "loop": {{"type": "string", "defaultValue": "[parameters('loop')]"}}
        }},
        "variables": {{
            "dogs": [{{"name": "Evie", "age": 5}}, {{"name": "Casper", "age": 3}}, {{"name": "Indy", "age": 2}}],
            "open": {{"known": 1, "open": "[parameters('open')]"}},
            "copy": [{{"name": "looped", "count": 3, "input": "[concat('x', copyIndex('looped', 1))]"}}],
            "one": "[variables('two')]", "two": "[variables('one')]"
        }},
        "functions": [{{"namespace": "own", "members": {{"twice": {{
            "parameters": [{{"name": "x", "type": "int"}}], "output": {{"type": "int", "value": "[mul(parameters('x'), 2)]"}}
        }}}}}}],
        "resources": [{{"type": "A.B/c", "name": "r", "properties": {{"value": {expression}}}}}]
        }}"#
    ));
    assert_eq!(root.unread, [], "{expression}");
    shown(at(&root.resources[0].body, "properties.value"))
}

fn check(cases: &[(&str, &str)]) {
    for (expression, expected) in cases {
        assert_eq!(value_of(expression), *expected, "{expression}");
    }
}

#[test]
fn text() {
    check(&[
        ("concat('prefix-', 'a', 1, true())", r#""prefix-a1True""#),
        (
            "format('{0}, {1}. Formatted number: {2:D5}', 'Hello', 'User', 8175133)",
            r#""Hello, User. Formatted number: 8175133""#,
        ),
        ("format('{{{0}}} {1,4}|{1,-4}|{2:X4}', true(), 7, 255)", r#""{True}    7|7   |00FF""#),
        ("format('{0}', createObject('a', createArray(1, null(), 'ø')))", r#""{\"a\":[1,null,\"ø\"]}""#),
        ("toLower('One Two Ø')", r#""one two ø""#),
        ("toUpper('One Two')", r#""ONE TWO""#),
        ("trim('  one two  ')", r#""one two""#),
        ("substring('one two three', 4, 3)", r#""two""#),
        ("substring('a😀b', 3)", r#""b""#),
        ("substring('abc', 2, 2)", "?takes a part that reaches beyond the text?"),
        ("replace('123-123-1234', '-', '')", r#""1231231234""#),
        ("padLeft('123', 10, '0')", r#""0000000123""#),
        ("padLeft(7, 3)", r#""  7""#),
        ("split('one,two,three', ',')", r#"["one","two","three"]"#),
        ("split('one;two,three', createArray(',', ';'))", r#"["one","two","three"]"#),
        ("join(parameters('list'), '+')", r#""one+two+three""#),
        ("startsWith('abcdef', 'AB')", "true"),
        ("endsWith('abcdef', 'F')", "true"),
        ("indexOf('abcdef', 'CD')", "2"),
        ("lastIndexOf('test', 'T')", "3"),
        ("indexOf('abcdef', 'z')", "-1"),
        ("string(parameters('list'))", r#""[\"one\",\"two\",\"three\"]""#),
        ("string(5)", r#""5""#),
        ("json('{\"a\": [1, true]}').a[0]", "1"),
        ("json('null')", "null"),
        (
            "json('{')",
            "?is read from JSON that is none: expected a name in double quotes or '}', but the file ends here?",
        ),
        ("base64('one, two, three')", r#""b25lLCB0d28sIHRocmVl""#),
        ("base64ToString(base64('a'))", r#""a""#),
        ("base64ToJson(base64('{\"one\": \"a\"}')).one", r#""a""#),
        ("dataUri('Hello')", r#""data:text/plain;charset=utf8;base64,SGVsbG8=""#),
        ("dataUriToString('data:;base64,SGVsbG8sIFdvcmxkIQ==')", r#""Hello, World!""#),
        ("uriComponent('http://contoso.com/x/y.json')", r#""http%3A%2F%2Fcontoso.com%2Fx%2Fy.json""#),
        ("uriComponentToString('http%3A%2F%2Fa%C3%B8')", r#""http://aø""#),
        ("uri('http://contoso.org/firstpath', 'myscript.sh')", r#""http://contoso.org/myscript.sh""#),
        ("uri('http://contoso.org/a/b/', '../c/./d.json?e')", r#""http://contoso.org/a/c/d.json?e""#),
        ("uri('http://contoso.org', 'x')", r#""http://contoso.org/x""#),
        ("uri('http://contoso.org/a', 'https://b/c')", r#""https://b/c""#),
    ]);
}

#[test]
fn lists_and_objects() {
    check(&[
        ("length(parameters('list'))", "3"),
        ("length('One Two Three')", "13"),
        ("length(parameters('object'))", "3"),
        ("first(parameters('list'))", r#""one""#),
        ("last('One Two')", r#""o""#),
        ("first(createArray())", "null"),
        ("take(parameters('list'), 2)", r#"["one","two"]"#),
        ("take('abc', 9)", r#""abc""#),
        ("skip(parameters('list'), 2)", r#"["three"]"#),
        ("skip('abc', 1)", r#""bc""#),
        ("range(5, 3)", "[5,6,7]"),
        ("contains(parameters('list'), 'Three')", "false"),
        ("contains(parameters('object'), 'A')", "true"),
        ("contains('OneTwo', 'eT')", "true"),
        ("indexOf(parameters('list'), 'two')", "1"),
        ("union(createArray('one', 'two'), createArray('two', 'three'))", r#"["one","two","three"]"#),
        (
            "union(createObject('a', 1, 'b', createObject('c', 1)), createObject('b', createObject('d', 2), 'a', 3))",
            r#"{"a":3,"b":{"c":1,"d":2}}"#,
        ),
        (
            "intersection(createArray('one', 'two', 'three'), createArray('two', 'three'))",
            r#"["two","three"]"#,
        ),
        ("intersection(createObject('a', 1, 'b', 2), createObject('b', 2, 'a', 3))", r#"{"b":2}"#),
        ("flatten(createArray(createArray('one'), createArray('two', 'three')))", r#"["one","two","three"]"#),
        ("array('efgh')", r#"["efgh"]"#),
        ("concat(createArray(1), createArray(2))", "[1,2]"),
        ("empty('')", "true"),
        ("empty(createObject())", "true"),
        ("empty(null())", "true"),
        ("items(parameters('object'))[1].key", r#""b""#),
        ("objectKeys(parameters('object'))", r#"["a","b","B2"]"#),
        (
            "shallowMerge(createArray(createObject('a', createObject('x', 1)), createObject('a', createObject('y', 1))))",
            r#"{"a":{"y":1}}"#,
        ),
        ("tryGet(parameters('object'), 'b', 'c')", "1"),
        ("tryGet(parameters('object'), 'z', 'c')", "null"),
        ("tryGet(parameters('list'), 9)", "null"),
        ("parameters('object').B.C", "1"),
        ("parameters('object').?z.y", "null"),
        ("parameters('object').z", "?depends on member 'z', which the object doesn't have?"),
        ("parameters('list')[3]", "?depends on element 3 of a list of 3?"),
        ("tryIndexFromEnd(parameters('list'), 1)", r#""three""#),
        ("coalesce(null(), 'a', parameters('open'))", r#""a""#),
        ("createObject('a', 1, 'A', 2)", r#"{"A":2}"#),
        ("variables('looped')", r#"["x1","x2","x3"]"#),
    ]);
}

#[test]
fn numbers_logic_and_time() {
    check(&[
        ("add(1, 2)", "3"),
        ("sub(7, 3)", "4"),
        ("mul(5, 3)", "15"),
        ("div(8, 3)", "2"),
        ("mod(7, 3)", "1"),
        ("div(1, 0)", "?is a number out of bounds, or divides by zero?"),
        ("add(9223372036854775807, 1)", "?is a number out of bounds, or divides by zero?"),
        ("int('4')", "4"),
        ("int('x')", "?turns \"x\" into a whole number?"),
        ("float('3.5')", "3.5"),
        ("min(createArray(0, 3, 2))", "0"),
        ("max(0, 3, 2)", "3"),
        ("own.twice(21)", "42"),
        ("equals(createObject('a', 1), createObject('A', 1))", "true"),
        ("equals('a', 'A')", "false"),
        ("equals(1, '1')", "false"),
        ("less('a', 'b')", "true"),
        ("greaterOrEquals(2, 2)", "true"),
        ("greater('a', 'B')", "true"),
        ("if(equals(1, 1), 'yes', parameters('open'))", r#""yes""#),
        ("bool('false')", "false"),
        ("bool(1)", "true"),
        ("not(bool(0))", "true"),
        ("and(true(), true(), false())", "false"),
        ("or(false(), true())", "true"),
        ("dateTimeFromEpoch(1683040573)", r#""2023-05-02T15:16:13Z""#),
        ("dateTimeToEpoch('2023-05-02T15:16:13Z')", "1683040573"),
        ("dateTimeAdd('2020-04-07 14:53:14Z', 'P3Y', 'yyyy-MM-dd')", r#""2023-04-07""#),
        ("dateTimeAdd('2020-01-31T00:00:00Z', 'P1M', 'u')", r#""2020-02-29 00:00:00Z""#),
        ("dateTimeAdd('2020-04-07 14:53:14Z', '-P9DT1H', 's')", r#""2020-03-29T13:53:14""#),
        ("dateTimeAdd('2020-04-07 14:53:14Z', 'P1D')", "?is a point in time without a format of its own?"),
    ]);
}

#[test]
fn lambdas_and_ranges_of_addresses() {
    check(&[
        ("filter(variables('dogs'), lambda('d', less(lambdaVariables('d').age, 5)))[0].name", r#""Casper""#),
        (
            "map(variables('dogs'), lambda('d', 'i', format('{0}{1}', lambdaVariables('d').name, lambdaVariables('i'))))",
            r#"["Evie0","Casper1","Indy2"]"#,
        ),
        ("reduce(range(1, 4), 0, lambda('a', 'b', add(lambdaVariables('a'), lambdaVariables('b'))))", "10"),
        (
            "map(sort(variables('dogs'), lambda('a', 'b', less(lambdaVariables('a').age, lambdaVariables('b').age))), lambda('d', lambdaVariables('d').age))",
            "[2,3,5]",
        ),
        ("sort(range(0, 3), lambda('a', 'b', true()))", "[0,1,2]"),
        (
            "toObject(variables('dogs'), lambda('d', lambdaVariables('d').name), lambda('d', lambdaVariables('d').age))",
            r#"{"Evie":5,"Casper":3,"Indy":2}"#,
        ),
        (
            "groupBy(createArray('a1', 'b1', 'a2'), lambda('x', first(lambdaVariables('x'))))",
            r#"{"a":["a1","a2"],"b":["b1"]}"#,
        ),
        ("mapValues(createObject('a', 1), lambda('v', add(lambdaVariables('v'), 1)))", r#"{"a":2}"#),
        (
            "parseCidr('10.144.0.0/20')",
            r#"{"network":"10.144.0.0","netmask":"255.255.240.0","broadcast":"10.144.15.255","firstUsable":"10.144.0.1","lastUsable":"10.144.15.254","cidr":20}"#,
        ),
        (
            "map(range(0, 3), lambda('i', cidrSubnet('10.144.0.0/20', 24, lambdaVariables('i'))))",
            r#"["10.144.0.0/24","10.144.1.0/24","10.144.2.0/24"]"#,
        ),
        ("cidrSubnet('fdad:3236:5555::/48', 52, 15)", r#""fdad:3236:5555:f000::/52""#),
        ("cidrHost('10.144.3.0/24', 0)", r#""10.144.3.1""#),
        ("cidrHost('10.144.3.0/24', 254)", "?takes an address that lies outside of its range?"),
        ("cidrSubnet('10.0.0.0/24', 26, 4)", "?takes a subnet that lies outside of its range?"),
    ]);
}

#[test]
fn what_is_not_known_stays_so_unless_a_known_part_decides() {
    const OPEN: &str = "?depends on parameter 'open', which has no default?";
    for expression in [
        "parameters('open')",
        "toLower(parameters('open'))",
        "concat('a', parameters('open'))",
        "format('{0}-{1}', 'a', parameters('open'))",
        "length(parameters('open'))",
        "split(parameters('open'), ',')",
        "equals(parameters('open'), 'a')",
        "and(true(), equals(parameters('open'), 'a'))",
        "if(equals(parameters('open'), 'a'), 1, 2)",
        "coalesce(parameters('open'), 'a')",
        "contains(createArray('a', parameters('open')), 'b')",
        "string(variables('open'))",
        "union(createArray(parameters('open')), createArray('a'))",
        "filter(createArray(1), lambda('x', equals(parameters('open'), 'a')))",
        "parameters('open').x[0]",
        "createArray(1, 2)[if(equals(parameters('open'), ''), 0, 1)]",
        "own.twice(parameters('open'))",
        "variables(parameters('open'))",
        "parameters('object')[parameters('open')]",
        "json(parameters('open'))",
    ] {
        assert_eq!(value_of(expression), OPEN, "{expression}");
    }
    check(&[
        ("and(equals(parameters('open'), 'a'), false())", "false"),
        ("or(equals(parameters('open'), 'a'), true())", "true"),
        ("contains(createArray('b', parameters('open')), 'b')", "true"),
        ("equals(createArray(parameters('open'), 1), createArray('a', 2))", "false"),
        ("variables('open').known", "1"),
        ("length(createArray(parameters('open')))", "1"),
        ("createObject('a', parameters('open'), 'b', 1).b", "1"),
        ("union(variables('open'), createObject('x', 2)).x", "2"),
        ("newGuid()", "?depends on newGuid(), which is known at deployment?"),
        ("toLower(utcNow())", "?depends on utcNow(), which is known at deployment?"),
        ("nonsense(1)", "?depends on nonsense(), which is not a known function?"),
        ("other.twice(1)", "?depends on other.twice(), which is defined nowhere?"),
        ("variables('one')", "?depends on variable 'one', which depends on itself?"),
        ("parameters('loop')", "?depends on parameter 'loop', which depends on itself?"),
        ("parameters('none')", "?depends on parameter 'none', which is not declared?"),
    ]);
}

#[test]
fn secrets_stay_secret() {
    check(&[
        ("parameters('secret')", r#""s3"*"#),
        ("concat('a', parameters('secret'))", r#""as3"*"#),
        ("base64(parameters('secret'))", r#""czM="*"#),
        ("if(equals(parameters('secret'), 's3'), 'a', 'b')", r#""a"*"#),
        ("split(parameters('secret'), '')[0]", r#""s3"*"#),
        (
            "listKeys('x', '2023-01-01').keys[0].value",
            "?depends on keys or other answers of a list…() call, which skytjek never reads?*",
        ),
    ]);
}

#[test]
fn ids_are_the_roots_own_and_nothing_is_read_out_of_them() {
    const GROUP: &str = "/subscriptions/main.json/resourceGroups/deployment";
    const LATER: &str = "?depends on the subscription and the resource group, which are known at deployment?";
    for (expression, expected) in [
        ("resourceGroup().id", format!("{GROUP:?}")),
        ("resourceId('A.B/c', 'x')", format!("\"{GROUP}/providers/A.B/c/x\"")),
        ("resourceId('A.B/c/d', 'x', 'y')", format!("\"{GROUP}/providers/A.B/c/x/d/y\"")),
        ("resourceId(resourceGroup().name, 'A.B/c', 'x')", format!("\"{GROUP}/providers/A.B/c/x\"")),
        ("resourceId(subscription().subscriptionId, 'g', 'A.B/c', 'x')", "\"/subscriptions/main.json/resourceGroups/g/providers/A.B/c/x\"".to_owned()),
        ("resourceId('A.B/c', parameters('open'))", format!("\"{GROUP}/providers/A.B/c/~parameters(:open:)\"")),
        ("concat('/subscriptions/', subscription().subscriptionId, '/resourceGroups/', resourceGroup().name, '/providers/A.B/c/x')", format!("\"{GROUP}/providers/A.B/c/x\"")),
        ("subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'g')", "\"/subscriptions/main.json/providers/Microsoft.Authorization/roleDefinitions/g\"".to_owned()),
        ("tenantResourceId('Microsoft.Authorization/policyDefinitions', 'g')", "\"/providers/Microsoft.Authorization/policyDefinitions/g\"".to_owned()),
        ("extensionResourceId(resourceId('A.B/c', 'x'), 'D.E/f', 'y')", format!("\"{GROUP}/providers/A.B/c/x/providers/D.E/f/y\"")),
        ("extensionResourceId('/providers/Microsoft.Management/managementGroups/m', 'D.E/f', 'y')", "\"/subscriptions/main.json/providers/Microsoft.Management/managementGroups/m/providers/D.E/f/y\"".to_owned()),
        ("resourceId('A.B/c', 'x', 'y')", "?is the id of a resource of type A.B/c with 2 names instead of 1?".to_owned()),
        ("last(split(resourceId('A.B/c', 'x'), '/'))", "\"x\"".to_owned()),
        ("split(resourceGroup().id, '/')[2]", "?depends on a part of an id that is known at deployment?".to_owned()),
        ("substring(resourceGroup().id, 0, 3)", LATER.to_owned()),
        ("length(resourceGroup().id)", LATER.to_owned()),
        ("uniqueString(resourceGroup().id)", "?depends on uniqueString(), which is known at deployment?".to_owned()),
        ("resourceGroup().location", "?depends on the location of the resource group, which is known at deployment?".to_owned()),
        ("equals(resourceId('A.B/c', 'x'), resourceId('A.B/c', 'x'))", "true".to_owned()),
        ("equals(resourceId('A.B/c', 'x'), resourceId('A.B/c', 'y'))", "false".to_owned()),
        ("equals(resourceId('A.B/c', 'x'), '')", "false".to_owned()),
        ("equals(resourceGroup().id, '/subscriptions/s/resourceGroups/g')", "?depends on ids that are known at deployment?".to_owned()),
        ("concat('x.vault', environment().suffixes.keyvaultDns)", "\"x.vault.vault.azure.net\"".to_owned()),
    ] {
        assert_eq!(value_of(expression), expected, "{expression}");
    }
}
