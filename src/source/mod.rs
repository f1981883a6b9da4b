//! Where an inventory comes from. Azure's own words end in a [`Recording`](recording::Recording): raw bodies,
//! and the coverage of what was asked for. Code ends in [`Root`](code::resource::Root)s: bodies in which every
//! value knows its place.

pub mod arm;
pub mod bicep;
pub mod code;
pub mod export;
pub mod live;
pub mod opened;
pub mod recording;
pub mod snapshot;
pub mod suppression;
pub mod terraform;
