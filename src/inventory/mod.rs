//! All resources of one scan: what was read, by id, type and reference, and what could not be read.

pub mod coverage;
pub mod duration;
pub mod id;
pub mod index;
pub mod licence;
pub mod path;
pub mod projection;
pub mod reads;
pub mod value;
