//! Blocks of each family, and what they come to.

mod databases;
mod governance;
mod network;
mod storage;
mod vaults;
mod web;
