//! Facts computed over several values or resources, exactly; rules read the answers.

pub mod access;
pub mod answer;
pub mod encryption;
pub mod exposure;
pub mod migration;
mod place;
