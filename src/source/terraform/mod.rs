//! Terraform: its resources in the provider's own terms, and what the provider makes of them.

pub mod map;
pub mod plan;
pub mod resource;
