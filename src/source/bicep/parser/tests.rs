use super::*;
use crate::source::bicep::syntax::{Operator, Part, StatementKind};

/// An expression with all its brackets.
fn written(expr: &Expr) -> String {
    let list = |list: &[Expr]| list.iter().map(written).collect::<Vec<_>>().join(", ");
    match &expr.kind {
        ExprKind::Null => "null".to_owned(),
        ExprKind::Bool(is) => is.to_string(),
        ExprKind::Integer(number) => number.to_string(),
        ExprKind::Text(text) => format!("{text:?}"),
        ExprKind::Interpolated(parts) => {
            let part = |part: &Part| match part {
                Part::Text(text) => format!("{text:?}"),
                Part::Hole(hole) => written(hole),
            };
            format!("<{}>", parts.iter().map(part).collect::<Vec<_>>().join(" "))
        }
        ExprKind::Array(items) => {
            let item = |item: &crate::source::bicep::syntax::Item| {
                format!("{}{}", if item.spread { "..." } else { "" }, written(&item.value))
            };
            format!("[{}]", items.iter().map(item).collect::<Vec<_>>().join(", "))
        }
        ExprKind::Object(object) => {
            let member = |(name, value): &(Option<Expr>, Expr)| match name {
                Some(name) => format!("{}: {}", written(name), written(value)),
                None => format!("...{}", written(value)),
            };
            let resources = format!("+{}", object.resources.len());
            let members = object.members.iter().map(member).collect::<Vec<_>>().join(", ");
            format!("{{{members}{}}}", if object.resources.is_empty() { "" } else { &resources })
        }
        ExprKind::For(each) => format!(
            "for {}{} in {}: {}",
            each.item.text,
            each.index.as_ref().map(|index| format!(",{}", index.text)).unwrap_or_default(),
            written(&each.over),
            written(&each.body)
        ),
        ExprKind::If(condition, body) => format!("if {} {}", written(condition), written(body)),
        ExprKind::Name(name) => name.clone(),
        ExprKind::Call(name, arguments) => format!("{}({})", name.text, list(arguments)),
        ExprKind::Method(of, name, arguments) => {
            format!("{}.{}({})", written(of), name.text, list(arguments))
        }
        ExprKind::Access(access) => {
            let (safe, end) = (if access.safe { "?" } else { "" }, if access.from_end { "^" } else { "" });
            format!("{}[{safe}{end}{}]", written(&access.of), written(&access.at))
        }
        ExprKind::Nested(of, name) => format!("{}::{}", written(of), name.text),
        ExprKind::NotNull(of) => format!("{}!", written(of)),
        ExprKind::Group(of) => written(of),
        ExprKind::Not(of) => format!("(!{})", written(of)),
        ExprKind::Minus(of) => format!("(-{})", written(of)),
        ExprKind::Binary(operator, sides) => {
            let mark = match operator {
                Operator::Coalesce => "??",
                Operator::Or => "||",
                Operator::And => "&&",
                Operator::Equals => "==",
                Operator::NotEquals => "!=",
                Operator::EqualsAnyCase => "=~",
                Operator::NotEqualsAnyCase => "!~",
                Operator::Less => "<",
                Operator::LessOrEquals => "<=",
                Operator::Greater => ">",
                Operator::GreaterOrEquals => ">=",
                Operator::Add => "+",
                Operator::Subtract => "-",
                Operator::Multiply => "*",
                Operator::Divide => "/",
                Operator::Modulo => "%",
            };
            format!("({} {mark} {})", written(&sides.0), written(&sides.1))
        }
        ExprKind::Choice(parts) => {
            format!("({} ? {} : {})", written(&parts.0), written(&parts.1), written(&parts.2))
        }
        ExprKind::Lambda(names, body) => {
            let names: Vec<&str> = names.iter().map(|name| name.text.as_str()).collect();
            format!("({} => {})", names.join(" "), written(body))
        }
    }
}

fn value(text: &str) -> Result<String, String> {
    let file = parse(&format!("var x = {text}"), FileId(0));
    if let Some(error) = file.errors.first() {
        return Err(error.reason.clone());
    }
    match file.statements.first().map(|statement| &statement.kind) {
        Some(StatementKind::Variable(value)) => Ok(value.value.as_ref().map(written).unwrap_or_default()),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn operators_bind_as_in_bicep() {
    for (text, expected) in [
        ("1 + 2 * 3 - 4", "((1 + (2 * 3)) - 4)"),
        ("a || b && c == d", "(a || (b && (c == d)))"),
        ("a ?? b ?? c || d", "((a ?? b) ?? (c || d))"),
        ("a < b == c >= d", "((a < b) == (c >= d))"),
        ("a =~ b && c !~ d != e", "((a =~ b) && ((c !~ d) != e))"),
        ("!a.b && -c % 2 == 0", "((!a[\"b\"]) && (((-c) % 2) == 0))"),
        ("a ? b : c ? d : e", "(a ? b : (c ? d : e))"),
        ("a == b ? c ?? d : e", "((a == b) ? (c ?? d) : e)"),
        ("a\n  ? b\n  : c", "(a ? b : c)"),
        ("(a\n  && b)", "(a && b)"),
        ("a / b / c", "((a / b) / c)"),
        ("(a + b) * c", "((a + b) * c)"),
        ("x => x > 1 ? x : 0", "(x => ((x > 1) ? x : 0))"),
        ("map(a, (x, i) => x + i)", "map(a, (x i => (x + i)))"),
        ("f(() => 1)", "f(( => 1))"),
    ] {
        assert_eq!(value(text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn chains_collections_and_strings() {
    for (text, expected) in [
        ("a.b[0].?c[?'d']!.e", r#"a["b"][0][?"c"][?"d"]!["e"]"#),
        ("a[^1]", "a[^1]"),
        ("a[?^i]", "a[?^i]"),
        ("a::b::c.d", "a::b::c[\"d\"]"),
        ("az.resourceGroup().location", "az.resourceGroup()[\"location\"]"),
        ("'a${b}c${'d${e}'}'", r#"<"a" b "c" <"d" e ""> "">"#),
        ("'a\\${b}\\u{41}'", r#""a${b}A""#),
        ("'''\n a'${b}\n'''", r#"" a'${b}\n""#),
        ("$'''a${b}'''", r#"<"a" b "">"#),
        ("[]", "[]"),
        ("[1, 2\n 3\n\n, ...x]", "[1, 2, 3, ...x]"),
        ("[\n -1\n -2\n]", "[(-1), (-2)]"),
        ("{}", "{}"),
        (
            "{ a: 1, 'b-c': 2, '${d}': 3\n\n ...e\n if: 4 }",
            r#"{"a": 1, "b-c": 2, <"" d "">: 3, ...e, "if": 4}"#,
        ),
        ("[for x in xs: x]", "for x in xs: x"),
        ("[for (x, i) in range(0, 2): {\n a: x }]", "for x,i in range(0, 2): {\"a\": x}"),
        ("[\n for x in y ? a : b: if (x) x\n]", "for x in (y ? a : b): if x x"),
        ("[for]", "[for]"),
        ("true ? null : false", "(true ? null : false)"),
    ] {
        assert_eq!(value(text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn what_is_wrong_is_said() {
    for (text, expected) in [
        ("", "a value is expected here, and the file ends"),
        ("'a", "this string has no end on its line; close it with '"),
        ("\"a\"", "strings stand in single quotes in Bicep"),
        ("a b", "the end of the line is expected here, not b"),
        ("[1 2]", "a comma, the end of the line or ']' is expected here, not 2"),
        ("{ a 1 }", "':' is expected here, not 1"),
        ("'${a b}'", "'}' is expected here, not b"),
        ("f(a b)", "',' is expected here, not b"),
        ("18446744073709551616", "this number does not fit into 64 bits"),
        ("a.", "the name of a property is expected here, and the file ends"),
        ("a ? b", "':' is expected here, and the file ends"),
        ("'''a", "this string has no end; close it with '''"),
    ] {
        assert_eq!(value(text), Err(expected.to_owned()), "{text}");
    }
}

/// Declarations as words, and errors as `line:column symbol`.
fn outline(text: &str) -> (Vec<String>, Vec<String>) {
    let file = parse(text, FileId(0));
    let word = |statement: &super::super::syntax::Statement| {
        let text = &text[statement.span.start as usize..statement.span.end as usize];
        text.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
    };
    let place = |error: &SyntaxError| {
        let place = crate::source::code::file::place_after(&text[..error.span.start as usize]);
        format!("{}:{} {}", place.line, place.column, error.symbol.as_deref().unwrap_or("-"))
    };
    (file.statements.iter().map(word).collect(), file.errors.iter().map(place).collect())
}

#[test]
fn every_declaration_is_read() {
    let text = "
targetScope = 'subscription'
metadata name = 'x'
import { a, b as c } from 'y.bicep'
import * as d from 'br/public:x:1'
import 'az@1.0.0' as az
extension microsoftGraphV1
extension 'br:x' with { a: 1 } as k
@sys.description('''
two lines''')
@secure()
param p string = newGuid()
param q 'a' | 'b'?
param r {
  @secure()
  a: string?
  *: int[]
}[]
param s resourceInput<'Microsoft.X/y@2024-01-01'>.properties = {}
param t [string, int]
param u types.thing[*].b
param v =
  | 'a'
type w = {
  kind: 'a'
  n: (1 | -2)?
} | {
  kind: 'b'
}
var x string = 'y'
func f(a string, b int) string => '${a}${b}'
resource e 'Microsoft.X/y@2024-01-01' existing = { name: 'e' }
resource g 'Microsoft.X/y@2024-01-01' = if (a) {
  name: 'g'
  @batchSize(1)
  resource h 'z' = [for i in range(0, 2): if (i > 0) {
    name: 'h'
  }]
}
module m 'm.bicep' = [for i in j: { name: 'm' }]
output o string = m[0].outputs.o
output oo resource 'Microsoft.X/y@2024-01-01' = g
assert b = a == 1
";
    let (declared, errors) = outline(text);
    // `param v =` needs a value: a type can't stand there.
    assert_eq!(errors, ["22:10 v"]);
    assert_eq!(
        declared.join("; "),
        "targetScope =; metadata name; import {; import *; import 'az@1.0.0'; extension microsoftGraphV1; \
         extension 'br:x'; param p; param q; param r; param s; param t; param u; type w; var x; \
         func f(a; resource e; resource g; module m; output o; output oo; assert b"
    );
    let (declared, errors) = outline("using 'main.bicep'\nextends 'a.bicepparam'\nusing none\nparam x = 1\n");
    assert_eq!(declared, ["using 'main.bicep'", "extends 'a.bicepparam'", "using none", "param x"]);
    assert!(errors.is_empty());
}

#[test]
fn a_broken_declaration_costs_no_other() {
    for (text, declared, errors) in [
        ("param a string\nvar b = \nvar c = 1", "param a; var c", "2:9 b"),
        ("var a = [\n  1\nvar b = 2", "var b", "3:5 a"),
        ("var a = 'open\nvar b = 2", "var b", "1:9 a"),
        ("var a = '${b\nvar c = 2", "var c", "2:1 a"),
        ("var a = '''open\nvar b = 2", "var b", "1:9 a"),
        ("/* open\nvar b = 2", "var b", "1:1 -"),
        ("resource a 'x' = {\n  name: 'a'\n  b: = 1\n}\noutput c string = 'd'", "output c", "3:6 a"),
        ("resource a 'x' = 'y'\nvar b = 1", "var b", "1:18 a"),
        ("nonsense\n  here\n@secure()\nparam b string", "param b", "1:1 -"),
        ("param a string {\n  default: 'x'\n  x y\n}\nvar b = 1", "var b", "1:16 a"),
        ("var a = 1 var b = 2\nvar c = 3", "var c", "1:11 a"),
        ("\u{feff}var ø = 1\r\nvar b = 1", "var b", "1:5 -"),
    ] {
        let (is, wrong) = outline(text);
        assert_eq!((is.join("; ").as_str(), wrong.join("; ").as_str()), (declared, errors), "{text:?}");
    }
}

#[test]
fn depth_is_bounded() {
    let n = 50_000;
    for (open, close, count) in [
        ("[", "]", 1),
        ("(", ")", 1),
        ("{a:", "}", 1),
        ("'${", "}'", 1),
        ("!", "", 1),
        ("-", "", 1),
        ("a ? b : ", "", 1),
        ("x => ", "", 1),
        ("f(", ")", 1),
        ("a[", "]", 1),
        ("", " + a", 1),
        ("", ".b", 1),
        ("", "!", 1),
    ] {
        let text = format!("var a = {}1{}\nvar b = 2", open.repeat(n), close.repeat(n));
        let (declared, errors) = outline(&text);
        assert_eq!((declared.as_slice(), errors.len()), (["var b".to_owned()].as_slice(), count), "{open}");
    }
    let types = format!("param a {}int{}\nvar b = 2", "[".repeat(n), "]".repeat(n));
    assert_eq!(outline(&types).0, ["var b"]);
    let suffixes = format!("param a int{}\nvar b = 2", "[]".repeat(n));
    assert_eq!(outline(&suffixes).0, ["var b"]);
    let deep = 120;
    assert!(value(&format!("{}1{}", "[".repeat(deep), "]".repeat(deep))).is_ok());
}

#[test]
fn hostile_text_takes_linear_time() {
    let begun = std::time::Instant::now();
    for line in [
        "var a = '''",
        "/*",
        "var a = {",
        "var a = '${",
        "var a = (((((",
        "var a = (a, a,",
        "@a(",
        "'''",
        "var a = '\\u{",
        "param a {\n@d\n",
        "var a = [\nx: y\nvar : ",
        "$'''${",
    ] {
        let text = format!("{line}\n").repeat(20_000);
        parse(&text, FileId(0));
    }
    // Far above what it takes (well below a second each), far below what a square would.
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}
