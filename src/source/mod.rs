//! Where an inventory comes from. Every source ends in a [`Recording`]: raw bodies as Azure
//! returned them, and the coverage of what was asked for.

pub mod arm;
pub mod code;
pub mod export;
pub mod live;
pub mod recording;
pub mod snapshot;
pub mod terraform;
