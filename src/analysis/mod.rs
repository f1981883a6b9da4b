//! Facts computed over several values or resources, exactly; rules read the answers.

pub mod access;
pub mod exposure;
