//! Rules: their files, the checks on them, the compiled pack, and their evaluation.

mod access;
mod access_holders;
mod chain;
pub mod compare;
pub mod compile;
mod compile_access;
mod compile_chain;
mod compile_condition;
mod compile_fix;
mod compile_nsg;
mod compile_range;
mod compile_reachable;
mod compile_template;
mod encoded;
pub mod evaluate;
pub mod examples;
mod explain;
pub mod files;
mod fill;
mod frame;
pub mod framework;
pub mod model;
pub mod model_access;
pub mod pack;
pub mod pages;
pub mod profile;
pub mod properties;
pub mod prove;
mod reach;
pub mod text;
pub mod tri;
pub mod yaml;

/// How many slots (the resource and the bindings of a rule) there can be.
pub(crate) const MAX_SLOTS: u8 = 20;
