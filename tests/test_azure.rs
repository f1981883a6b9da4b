//! The test Azure behaves like Azure where a scanner can tell.

mod azure;
#[test]
fn x() {}
