//! What isn't known stays so, and what is known decides where it can.

use super::{check, evaluated};

const AROUND: &str = "variable \"x\" {}\nvariable \"s\" {\n  sensitive = true\n  default = \"p\"\n}\n";
const X: &str = "<?depends on variable 'x', which has no default and no value>";

#[test]
fn through_operators() {
    check(
        AROUND,
        &[
            ("var.x", X),
            ("var.x + 1", X),
            ("var.x == 1", X),
            ("false && var.x", "false"),
            ("var.x && false", "false"),
            ("true || var.x", "true"),
            ("var.x || true", "true"),
            ("true && var.x", X),
            ("!var.x", X),
            ("var.x ? 1 : 2", X),
            ("var.x ? \"same\" : \"same\"", "\"same\""),
            ("[1, var.x] == [2, var.x]", "false"),
            ("[1, var.x] == [1, var.x]", X),
            ("\"a-${var.x}\"", X),
            ("\"%{ if var.x }a%{ endif }\"", X),
        ],
    );
}

#[test]
fn through_collections_and_functions() {
    let list = format!("[1, {X}]");
    check(
        AROUND,
        &[
            ("[1, var.x]", &list),
            ("{ a = 1, b = var.x }.a", "1"),
            ("{ (var.x) = 1 }", X),
            ("length([1, var.x])", "2"),
            ("length(toset([1, var.x]))", X),
            ("length(toset([var.x]))", "1"),
            ("contains([1, var.x], 1)", "true"),
            ("contains([1, var.x], 2)", X),
            ("concat([1], [var.x])", &list),
            ("concat([1], var.x)", X),
            ("merge({ a = var.x }, { a = 1 })", "{a: 1}"),
            ("merge({ a = 1 }, var.x)", X),
            ("keys({ a = var.x })", "[\"a\"]"),
            ("flatten([[1], var.x])", X),
            ("coalesce(\"a\", var.x)", "\"a\""),
            ("coalesce(null, var.x)", X),
            ("lookup({ a = var.x }, \"b\", 1)", "1"),
            ("lookup({ a = 1 }, var.x, 1)", X),
            ("anytrue([var.x, true])", "true"),
            ("anytrue([var.x, false])", X),
            ("join(\",\", [\"a\", var.x])", X),
            ("jsonencode({ a = var.x })", X),
            ("try(var.x, 1)", X),
            ("try(var.x.y, 1)", X),
            ("can(var.x)", X),
            ("var.x.a[0]", X),
            ("[1, 2][var.x]", X),
            ("var.x[*].a", X),
            ("[for v in var.x : v]", X),
            ("[for v in [1, 2] : v if var.x]", X),
            ("{ for v in [1, 2] : \"${v}${var.x}\" => v }", X),
            ("max(1, var.x)", X),
            ("zipmap([var.x], [1])", X),
            ("upper(var.x)", X),
        ],
    );
}

#[test]
fn secrets_are_passed_on() {
    let evaluated = evaluated(&format!(
        "{AROUND}resource \"t_t\" \"t\" {{\n{}}}\n",
        concat!(
            "  direct = var.s\n  text = \"a-${var.s}\"\n  call = upper(var.s)\n  joined = join(\"\", [\"a\", var.s])\n",
            "  inside = [var.s]\n  chosen = var.s == \"p\" ? 1 : 2\n  marked = sensitive(\"a\")\n",
            "  plain = \"a\"\n  bare = nonsensitive(var.s)\n  other = [var.s, \"b\"][1]\n",
        )
    ));
    let secret = |name: &str| {
        let node = evaluated.resource("t_t.t").arguments.member(name).unwrap();
        node.secret || node.elements().is_some_and(|items| items.iter().any(|item| item.secret))
    };
    for name in ["direct", "text", "call", "joined", "inside", "chosen", "marked"] {
        assert!(secret(name), "{name}");
    }
    for name in ["plain", "bare", "other"] {
        assert!(!secret(name), "{name}");
    }
}
