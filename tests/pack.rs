//! The shipped rules: every example comes out as its rule file says.
#![allow(missing_docs)]

use skytjek::rule::files::compile_all;
use skytjek::rule::pack::Pack;
use skytjek::rule::properties::PropertyTable;
use skytjek::rule::prove::prove;

#[test]
fn every_example_comes_out_as_its_rule_says() {
    let table = PropertyTable::shipped().unwrap();
    let compiled = compile_all(&Pack::shipped_sources().unwrap(), table).unwrap();
    assert!(!compiled.is_empty());
    let surprises: Vec<String> = compiled
        .iter()
        .flat_map(|compiled| prove(compiled, table))
        .map(|surprise| {
            format!("{}:{} {}: {}", surprise.rule, surprise.line, surprise.example, surprise.text)
        })
        .collect();
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}
