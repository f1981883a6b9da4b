//! What all infrastructure code ends in, whatever its language: ARM-shaped bodies in which every value knows
//! the text that decides it, and every value that isn't known before deployment says why.

pub mod base64;
pub mod body;
pub mod changed;
pub mod comments;
pub mod discover;
pub mod edit;
pub mod file;
pub mod locate;
pub mod network;
pub mod node;
pub mod open;
pub mod read;
pub mod resource;
pub mod scope;
pub mod settings;
