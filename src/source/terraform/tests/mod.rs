//! Code in, resources out.
