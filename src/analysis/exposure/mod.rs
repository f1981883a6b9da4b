//! Network exposure: which addresses reach which ports.

pub mod address;
pub mod interval;
pub mod nsg;
pub mod region;
pub mod security_rule;
