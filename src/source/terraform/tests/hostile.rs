//! Code that is written to hurt.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{evaluated, shown};

/// Evaluates, and says how the argument `a` of `t_t.t` comes out.
fn outcome(code: &str) -> String {
    let start = Instant::now();
    let evaluated = evaluated(code);
    assert!(start.elapsed() < Duration::from_mins(1), "it takes {:?}", start.elapsed());
    evaluated.resources.iter().find(|resource| resource.address == "t_t.t").map_or_else(
        || evaluated.unread().join("\n"),
        |resource| resource.arguments.member("a").map_or_else(String::new, shown),
    )
}

const USE: &str = "resource \"t_t\" \"t\" {\n  a = local.x\n}\n";

#[test]
fn bounds_hold() {
    let nested = format!("locals {{\n  x = {}1{}\n}}\n{USE}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(outcome(&nested).contains("main.tf:2:134 : brackets nest deeper"), "{}", outcome(&nested));
    let mut members = String::new();
    for at in 0..50_000 {
        writeln!(members, "k{at} = 1").unwrap();
    }
    let wide = outcome(&format!("locals {{\n  x = {{\n{members}}}\n}}\n{USE}"));
    assert!(wide.contains("an object holds too much"), "{}", &wide[..200.min(wide.len())]);
    let mut chain = "locals {\n  l0 = [1]\n".to_owned();
    for at in 1..3_000 {
        writeln!(chain, "  l{at} = [local.l{}]", at - 1).unwrap();
    }
    let deep = format!("{chain}  x = local.l2999\n}}\n{USE}");
    assert!(outcome(&deep).contains("nests deeper"), "{}", outcome(&deep));
    let doubled = |first: &str, make: &dyn Fn(usize) -> String| {
        let mut code = format!("locals {{\n  l0 = {first}\n");
        for at in 1..60 {
            writeln!(code, "  l{at} = {}", make(at - 1)).unwrap();
        }
        outcome(&format!("{code}  x = local.l59\n}}\n{USE}"))
    };
    let lists = doubled("[1]", &|at| format!("[local.l{at}, local.l{at}]"));
    assert!(lists.contains("steps"), "{}", &lists[..200.min(lists.len())]);
    let joined = doubled("[1]", &|at| format!("concat(local.l{at}, local.l{at})"));
    assert!(joined.contains("steps"));
    let texts = doubled("\"abcdefgh\"", &|at| format!("\"${{local.l{at}}}${{local.l{at}}}\""));
    assert!(texts.contains("1 MiB"), "{}", &texts[..200.min(texts.len())]);
    let products = outcome(&format!(
        "locals {{\n  r = range(1000)\n  x = setproduct(local.r, local.r, local.r, local.r)\n}}\n{USE}"
    ));
    assert!(products.contains("steps"));
    let loops = outcome(&format!(
        "locals {{\n  r = range(1000)\n  x = [for a in local.r : [for b in local.r : [for c in local.r : a]]]\n}}\n{USE}"
    ));
    assert!(loops.contains("steps"));
    let replaced = outcome(&format!(
        "locals {{\n  r = join(\"\", [for i in range(1000) : \"aaaaaaaaaaaaaaaa\"])\n  x = replace(local.r, \"/a/\", local.r)\n}}\n{USE}"
    ));
    assert!(replaced.contains("1 MiB"), "{}", &replaced[..200.min(replaced.len())]);
    let counted = outcome("resource \"t_t\" \"t\" {\n  count = 1000000000\n  a = 1\n}\n");
    assert_eq!(counted, "1", "one stands for all");
}

#[test]
fn modules_do_not_multiply_without_end() {
    let mut files = vec![];
    for at in 0..30 {
        let mut code = String::new();
        for name in ["a", "b"] {
            writeln!(code, "module \"{name}\" {{\n  source = \"../m{}\"\n}}", at + 1).unwrap();
        }
        files.push((format!("m{at}/main.tf"), code));
    }
    files.push(("m30/main.tf".to_owned(), "resource \"t_t\" \"t\" {}\n".to_owned()));
    let files: Vec<(&str, &str)> = files.iter().map(|(name, code)| (name.as_str(), code.as_str())).collect();
    let evaluated = super::Folder::new(&files).evaluate("m0", &[]);
    assert!(evaluated.unread().iter().any(|unread| unread.contains("more than 100000 instances")));
}

/// Code with most of the language in it.
const SEED: &str = r#"
variable "v" {
  type    = object({ a = optional(string, "x"), b = list(number) })
  default = { b = [1, 2] }
}
locals {
  m = { for k, v in { a = 1, b = 2 } : k => "${v}-${k}" if v > 0 }
  t = <<-EOT
    %{ for x in var.v.b ~}
    ${x}
    %{ endfor ~}
  EOT
}
resource "azurerm_subnet" "s" {
  for_each = local.m
  name     = "s-${each.key}"
  prefix   = cidrsubnet("10.0.0.0/16", 8, index(keys(local.m), each.key))
  dynamic "rule" {
    for_each = toset(["p", "q"])
    content {
      name = rule.value
      ok   = try(local.m[rule.key], regex("[a-z]+", rule.value), null)
    }
  }
}
output "ids" { value = [for s in azurerm_subnet.s : s.id] }
resource "t_t" "t" {
  a = azurerm_subnet.s["a"].rule[*].name
  b = var.v.a == "x" && !false ? merge(local.m, { c = 3 }) : {}
  c = format("%05.1f %s", 1.25, join(",", values(azurerm_subnet.s)[*].name))
}
"#;

#[test]
fn the_seed_evaluates() {
    let evaluated = evaluated(SEED);
    assert_eq!(evaluated.unread(), Vec::<String>::new());
    assert_eq!(evaluated.argument("t_t.t", "a"), "[\"p\", \"q\"]");
    assert_eq!(evaluated.argument("t_t.t", "c"), "\"001.2 s-a,s-b\"");
    assert_eq!(evaluated.argument("azurerm_subnet.s[\"b\"]", "prefix"), "\"10.0.1.0/24\"");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn mutated_code_never_panics(
        edits in prop::collection::vec((0_usize..SEED.len(), 0_usize..12, "[\\[\\]{}()\"$%~.,:=>?!*a-z0-9\n #<-]{0,4}"), 1..6),
    ) {
        let mut code = SEED.to_owned();
        for (at, length, with) in edits {
            let start = at.min(code.len());
            let end = (start + length).min(code.len());
            if code.is_char_boundary(start) && code.is_char_boundary(end) {
                code.replace_range(start..end, &with);
            }
        }
        let evaluated = evaluated(&code);
        prop_assert!(!evaluated.unread().iter().any(|unread| unread.contains("defect")), "{code}");
        for resource in &evaluated.resources {
            prop_assert!(!evaluated.files.text(resource.block).is_empty());
        }
    }

    #[test]
    fn evaluation_is_deterministic(unit in "[a-c]{1,3}") {
        let code = SEED.replace("\"p\"", &format!("\"{unit}\""));
        let texts = |e: super::Evaluated| e.resources.iter().map(|r| shown(&r.arguments)).collect::<Vec<_>>();
        prop_assert_eq!(texts(evaluated(&code)), texts(evaluated(&code)));
    }
}
