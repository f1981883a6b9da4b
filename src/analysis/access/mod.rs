//! Effective access: who may do what where, and how it comes about.
//!
//! What is exact, what is approximated, and the documentation behind each rule: `docs/access.md`.

pub mod action;
pub mod assignment;
mod body;
pub mod condition;
mod deny;
pub mod directory;
pub mod effective;
pub mod grant;
pub mod hierarchy;
pub mod identity;
mod membership;
pub mod path;
mod question;
pub mod reads;
pub mod role;
mod role_table;
#[cfg(test)]
mod tests;
pub mod vault;

pub use effective::Access;
