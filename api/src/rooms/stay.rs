//! The parameters `check_in` and `check_out`: the nights for which a room must be available.

use roost_collections::rooms;
use roost_engine::{Date, DateRange, Reader};

use crate::http::error::ApiError;
use crate::params::declaration::{Param, params};
use crate::params::values::Params;
use crate::query::day::Day;

/// The longest stay. The description of `check_out` repeats it.
pub(super) const NIGHTS_MAX: i32 = 92;

params! {
    /// The nights for which a room must be available.
    pub(crate) const STAY;

    /// The date of arrival in the room's time zone, as `YYYY-MM-DD`, yesterday (UTC) or later.
    /// Rooms that are booked for a night from then until `check_out`, or that require more nights,
    /// do not match. Requires `check_out`.
    CHECK_IN: Day = Param::new("check_in", Day).example("7");

    /// The date of departure, 1 to 92 nights after `check_in`, which it requires. The room may be
    /// booked for the night of that day. Bookings are indexed for more than a year ahead.
    CHECK_OUT: Day = Param::new("check_out", Day).example("10");
}

/// The stay of a request, not yet checked against the availability window of the index.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestedStay {
    check_in: Date,
    check_out: Date,
}

impl RequestedStay {
    pub(crate) fn read(params: &Params) -> Result<Option<RequestedStay>, ApiError> {
        match (CHECK_IN.read(params)?, CHECK_OUT.read(params)?) {
            (None, None) => Ok(None),
            (Some(check_in), Some(check_out)) => Ok(Some(RequestedStay {
                check_in,
                check_out,
            })),
            (Some(_), None) => Err(ApiError::missing(CHECK_OUT.name(), "the date of departure")),
            (None, Some(_)) => Err(ApiError::missing(CHECK_IN.name(), "the date of arrival")),
        }
    }

    /// The stay, if the index that answers knows the bookings of all its nights.
    pub(crate) fn resolve(self, reader: &Reader) -> Result<DateRange, ApiError> {
        let window = reader
            .availability_window(rooms::collection())
            .ok_or_else(|| ApiError::not_ready("bookings are being loaded"))?;
        let last_night = window.end().plus_days(-1);
        require_between(&CHECK_IN, self.check_in, window.start(), last_night)?;
        let earliest = self.check_in.plus_days(1);
        let latest = self.check_in.plus_days(NIGHTS_MAX).min(window.end());
        require_between(&CHECK_OUT, self.check_out, earliest, latest)?;
        DateRange::new(self.check_in, self.check_out).map_err(ApiError::internal)
    }
}

fn require_between(
    param: &Param<Day>,
    date: Date,
    earliest: Date,
    latest: Date,
) -> Result<(), ApiError> {
    if (earliest..=latest).contains(&date) {
        return Ok(());
    }
    let expected = format!("a date from {earliest} to {latest}, in the format YYYY-MM-DD");
    Err(ApiError::parameter(
        param.name(),
        &date.to_string(),
        expected,
    ))
}
