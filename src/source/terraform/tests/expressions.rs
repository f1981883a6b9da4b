//! Expressions and what they give.

use super::check;

#[test]
fn operators_and_conditions() {
    check(
        "",
        &[
            ("1 + 2 * 3", "7"),
            ("(1 + 2) * 3", "9"),
            ("7 / 2", "3.5"),
            ("6 / 2", "3"),
            ("7 % 4", "3"),
            ("-(2) - 1", "-3"),
            ("\"2\" + 1", "3"),
            ("1 / 0", "<?can't be evaluated: it divides by zero>"),
            ("9223372036854775807 + 1", "9.223372036854776e+18"),
            ("0.1 + 0.2 < 0.4", "true"),
            ("1 == 1.0", "true"),
            ("1 == \"1\"", "false"),
            ("null == null", "true"),
            ("[1, {a = 2}] == [1, {a = 2}]", "true"),
            ("{a = 1} != {a = 2}", "true"),
            ("!true || 1 >= 2", "false"),
            ("true && \"true\"", "true"),
            ("1 > 2 ? \"a\" : \"b\"", "\"b\""),
            ("true ? 1 : 1 / 0", "1"),
            ("\"x\" < 1", "<?can't be evaluated: 'x' is given where a number is wanted>"),
        ],
    );
}

#[test]
fn templates() {
    check(
        "locals {\n  names = [\"a\", \"b\"]\n  n = 3\n}",
        &[
            ("\"x-${local.n}-${true}\"", "\"x-3-true\""),
            ("\"${local.names}\"", "[\"a\", \"b\"]"),
            ("\"n: ${local.names}\"", "<?can't be evaluated: a list is given where text is wanted>"),
            ("\"$${a} %%{b} \\u00e9\\n\"", "\"${a} %{b} é\\n\""),
            ("\"%{ if local.n > 2 }big%{ else }small%{ endif }\"", "\"big\""),
            ("\"%{ for i, n in local.names }${i}${n};%{ endfor }\"", "\"0a;1b;\""),
            ("<<EOT\n  a\n b\nEOT", "\"  a\\n b\\n\""),
            ("<<-EOT\n    a\n      ${local.n}\n    EOT", "\"a\\n  3\\n\""),
            (
                "<<-EOT\n  %{ for n in local.names ~}\n  ${n}\n  %{ endfor ~}\n  end\n  EOT",
                "\"a\\nb\\nend\\n\"",
            ),
            ("<<EOT\n%{ for n in local.names ~}\n  - ${n}\n%{ endfor ~}\nEOT", "\"  - a\\n  - b\\n\""),
            ("\"a ${~ 1 ~} b\"", "\"a1b\""),
        ],
    );
}

#[test]
fn collections() {
    check(
        "locals {\n  list = [\"b\", \"a\"]\n  map = { y = 1, x = 2 }\n  rows = [{ n = 1, t = [\"p\"] }, { n = 2, t = [\"q\", \"r\"] }]\n}",
        &[
            ("local.list[1]", "\"a\""),
            ("local.list.0", "\"b\""),
            ("local.map[\"x\"]", "2"),
            ("local.map.y", "1"),
            ("local.rows[*].n", "[1, 2]"),
            ("local.rows.*.n", "[1, 2]"),
            ("local.rows[*].t[0]", "[\"p\", \"q\"]"),
            ("local.rows.*.t[1]", "[\"q\", \"r\"]"),
            ("null[*]", "[]"),
            ("\"x\"[*]", "[\"x\"]"),
            ("[for x in local.list : upper(x)]", "[\"B\", \"A\"]"),
            ("[for i, x in local.list : \"${i}${x}\" if x != \"b\"]", "[\"1a\"]"),
            ("[for k, v in local.map : \"${k}${v}\"]", "[\"x2\", \"y1\"]"),
            ("{ for k, v in local.map : v => k }", "{1: \"y\", 2: \"x\"}"),
            ("{ for r in local.rows : (r.n > 0 ? \"p\" : \"n\") => r.n... }", "{p: [1, 2]}"),
            (
                "{ for k, v in local.map : \"same\" => k }",
                "<?can't be evaluated: two elements of 'for' have the key 'same'>",
            ),
            ("[for s in toset([\"b\", \"a\", \"b\"]) : s]", "[\"a\", \"b\"]"),
            ("{ for k, v in toset([\"a\"]) : k => v }", "{a: \"a\"}"),
            ("{ (local.list[0]) = 1, \"k\" : 2, plain = 3 }", "{b: 1, k: 2, plain: 3}"),
            ("local.list[7]", "<?can't be evaluated: a list has no element 7>"),
            ("[local.list[7], 1]", "[<?can't be evaluated: a list has no element 7>, 1]"),
            ("max(local.rows[*].n...)", "2"),
            ("{ \"a\" = 1, \"b\" = 2, \"a\" = 3, \"a\" = 4 }", "{a: 4, b: 2}"),
            ("{ ab = 1, ab = 2, ab = 3 }", "{ab: 3}"),
            ("{ for k, v in { a = true, b = false } :\n k =>\n v &&\n true }", "{a: true, b: false}"),
        ],
    );
}

#[test]
fn names_that_stand_for_themselves() {
    check(
        "locals {\n  a = local.b\n  b = local.a\n  c = { x = local.c2 }\n  c2 = 1\n}",
        &[
            ("local.a", "<?can't be evaluated: local 'a' depends on itself>"),
            ("local.c.x", "1"),
            ("path.module", "\".\""),
            ("path.root", "\".\""),
            ("path.cwd", "<?depends on the folder in which Terraform is run>"),
            ("terraform.workspace", "<?depends on the workspace in which Terraform is run>"),
            ("local.none", "<?depends on local 'none', which is not declared in what was read>"),
            ("try(local.none, 1)", "<?depends on local 'none', which is not declared in what was read>"),
            ("each.key", "<?can't be evaluated: 'each.key' has no meaning here>"),
        ],
    );
}
