//! Any text as a rule file: it compiles, or there are diagnostics with a place.

#![no_main]

use std::sync::LazyLock;

use skytjek::rule::compile::compile;
use skytjek::rule::pack::full_table;
use skytjek::rule::properties::PropertyTable;

static TABLE: LazyLock<PropertyTable> = LazyLock::new(|| full_table().expect("the table loads"));

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Err(diagnostics) = compile("rule.yaml", text, &TABLE) {
        assert!(!diagnostics.is_empty());
    }
});
