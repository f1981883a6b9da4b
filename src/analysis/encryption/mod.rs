//! The encryption chain: resource → disk encryption set → key vault or managed HSM → key → version, and what
//! becomes of the data when a link is missing, expires, or can be deleted.
//!
//! What is exact, what is approximated, and the documentation behind each fact: `docs/encryption-chain.md`.

pub mod chain;
pub mod consumer;
pub mod key;
pub mod key_state;
pub mod key_uri;
pub mod permission;
pub mod question;
mod reads;
pub mod stores;
#[cfg(test)]
mod tests;

pub use chain::Encryption;
pub use reads::reads;
