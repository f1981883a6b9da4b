//! ARM templates: from JSON text to what would be deployed.
//!
//! JSON (and Bicep, by its own front end) becomes a [`template::Template`] of [`expression::Expression`]s; the
//! evaluator turns that into resources.

pub mod expression;
pub mod template;
