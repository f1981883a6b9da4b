//! Effective access: who may do what where, and how it comes about.
//!
//! What is exact, what is approximated, and the documentation behind each rule: `docs/access.md`.

pub mod access;
pub mod action;
pub mod assignment;
mod body;
pub mod condition;
mod deny;
pub mod directory;
pub mod grant;
pub mod hierarchy;
pub mod identity;
mod membership;
pub mod path;
pub mod reads;
pub mod role;
mod role_table;
#[cfg(test)]
mod tests;
pub mod vault;

pub use access::Access;
