//! Facts computed over several values or resources, exactly; rules read the answers.

pub mod answer;
pub mod encryption;
pub mod exposure;
pub mod migration;
mod place;
