//! Contracts: what an accepted offer leads to.

mod accept;
mod access;
mod close_due;
mod contract;
mod instalment;
mod lists;
mod status;
mod steps;

pub use accept::accept_offer;
pub use close_due::close_contracts;
pub use contract::Contract;
pub use instalment::Instalment;
pub use lists::{ContractFilter, contract, contracts};
pub use status::Status;
pub use steps::{cancel_contract, end_contract};

pub(super) use access::{locked_contract, visible_contract};
pub(super) use instalment::unmark_covered;
pub(super) use steps::activate;
