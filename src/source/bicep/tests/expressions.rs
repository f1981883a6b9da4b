//! What expressions are, and where their values come from.

use super::value;

#[test]
fn expressions_mean_what_the_compiler_makes_of_them() {
    let before = "
param known string = 'k'
param open string
param none string?
param secret string
var object = { a: { b: [1, 2, 3] }, 'c-d': true }
var list = [1, 2, 3]
func twice(what string) string => '${what}${what}'
func length(what string) int => 42
";
    for (x, expected) in [
        ("1 + 2 * 3", "7"),
        ("-5 - -3", "-2"),
        ("-length('abc') + sys.length('abc')", "-39"),
        ("7 % 4 / 2", "1"),
        ("'a' == 'A'", "false"),
        ("'a' =~ 'A'", "true"),
        ("'a' !~ 'A'", "false"),
        ("1 < 2 && 2 <= 2 && !(3 > 4)", "true"),
        ("known == 'k' ? 'yes' : open", "\"yes\""),
        ("false && open == 'x'", "false"),
        ("open == 'x' || true", "true"),
        ("open", "?depends on parameter 'open', which has no default"),
        ("'a${open}'", "?depends on parameter 'open', which has no default"),
        ("none ?? 'other'", "\"other\""),
        ("none", "null"),
        ("'{${known}} {0} ${1 + 1}'", "\"{k} {0} 2\""),
        ("'''\n${known}'''", "\"${known}\""),
        ("$'''\n${known}'''", "\"k\""),
        ("object.a.b[2]", "3"),
        ("object['c-d']", "true"),
        ("object[?'e']", "null"),
        ("object.?e.f.g ?? 'gone'", "\"gone\""),
        ("object.e", "?depends on member 'e', which the object doesn't have"),
        ("list[^1]", "3"),
        ("list[?7]", "null"),
        ("twice(known)", "\"kk\""),
        ("[0, ...list, 4]", "[0,1,2,3,4]"),
        ("{ a: 1, ...object, b: 2 }", "{a:{b:[1,2,3]},c-d:true,b:2}"),
        ("{ '${known}': 1 }", "{k:1}"),
        ("[for i in list: i * 2]", "[2,4,6]"),
        ("[for (item, index) in list: item * index]", "[0,2,6]"),
        ("[for i in list: { i: i, in: [for j in range(0, i): '${i}${j}'] }][1]", "{i:2,in:[\"20\",\"21\"]}"),
        ("map(list, i => i + 1)", "[2,3,4]"),
        ("map(list, (i, n) => i * n)", "[0,2,6]"),
        ("filter(list, i => i > 1)", "[2,3]"),
        ("reduce(list, 0, (sum, next) => sum + next)", "6"),
        ("map([1], x => map([10], X => X + x))", "[[11]]"),
        ("toObject(list, i => 'n${i}', i => i)", "{n1:1,n2:2,n3:3}"),
        ("any(known)!", "\"k\""),
        ("nameof(object.a)", "\"a\""),
        ("sys.toUpper(known)", "\"K\""),
        (
            "az.subscriptionResourceId('Microsoft.X/y', 'z')",
            "\"/subscriptions/main.bicep/providers/Microsoft.X/y/z\"",
        ),
        ("nothing", "?uses 'nothing', which is not declared here, or could not be read"),
        ("loadYamlContent('x.yaml')", "?comes from a file through loadYamlContent, which is not followed"),
        ("json('[1.5]')[0]", "1.5"),
        ("9223372036854775807", "9223372036854775807"),
    ] {
        assert_eq!(value(before, x).0, expected, "{x}");
    }
}

#[test]
fn a_value_points_at_the_literal_that_decides_it() {
    let before = "
param p string = 'default'
var v = p
var o = { deep: { inside: 'it' } }
var l = [for n in ['one', 'two']: { n: n }]
func f(a bool) string => a ? 'yes' : 'no'
";
    for (x, expected) in [
        ("'here'", "'here'"),
        ("v", "'default'"),
        ("o.deep.inside", "'it'"),
        ("l[1].n", "'two'"),
        ("true ? v : 'x'", "'default'"),
        ("f(false)", "'no'"),
        ("null ?? 'second'", "'second'"),
        ("utcNow()", "utcNow()"),
    ] {
        assert_eq!(value(before, x).1, expected, "{x}");
    }
}
