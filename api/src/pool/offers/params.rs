//! Filters of the list of offers.

use roost_market::pool::offers::Status;

use crate::params::declaration::{Param, params};
use crate::params::scalar::{Choice, Id};

params! {
    /// Which offers.
    pub(super) const WHICH;

    /// Only offers for the request with this id.
    REQUEST: Id = Param::new("request", Id).example("019b76da-a900-7c11-8a55-2f0c4be1a001");

    /// Only offers in this state.
    STATUS: Choice<Status> = Param::new("status", Choice(&[
        ("open", Status::Open),
        ("accepted", Status::Accepted),
        ("declined", Status::Declined),
        ("withdrawn", Status::Withdrawn),
        ("expired", Status::Expired),
    ]))
    .example("open");
}
