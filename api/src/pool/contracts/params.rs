//! Filters of the list of contracts.

use roost_market::pool::contracts::Status;

use crate::params::declaration::{Param, params};
use crate::params::scalar::{Choice, Id};

params! {
    /// Which contracts.
    pub(super) const WHICH;

    /// Only contracts of the request with this id.
    REQUEST: Id = Param::new("request", Id).example("019b76da-a900-7c11-8a55-2f0c4be1a001");

    /// Only contracts in this state.
    STATUS: Choice<Status> = Param::new("status", Choice(&[
        ("pending", Status::Pending),
        ("active", Status::Active),
        ("ended", Status::Ended),
        ("cancelled", Status::Cancelled),
    ]))
    .example("active");
}
