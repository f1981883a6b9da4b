//! Network exposure: which addresses reach which ports.
//!
//! [`solve::Exposure`] answers for every interface of an inventory. On the way: public addresses and the
//! services in front (`public_address`, `load_balancer`, `app_gateway`, `firewall`) give [`way`]s; the security
//! groups of subnet and interface (`filter`, from `security_group`) make a `gate`; what gets through both is
//! the [`answer`]. [`nsg`] asks one group alone.

pub mod address;
mod admin_rule;
pub mod answer;
mod app_gateway;
pub mod cidr;
mod filter;
mod firewall;
mod gate;
mod gates;
pub mod interval;
mod line;
mod load_balancer;
mod network;
pub mod nsg;
pub mod protocol;
mod public_address;
pub mod reads;
pub mod region;
mod security_group;
pub mod security_rule;
pub mod service_tag;
pub mod services;
pub mod solve;
mod target;
mod view;
mod way;
mod ways;
