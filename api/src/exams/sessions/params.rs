//! Filters of the list of exam sessions.

use roost_market::exams::SessionFilter;

use crate::exams::params::{IN_USE, OF_UNIVERSITY, STATUS, UNIVERSITY};
use crate::http::error::ApiError;
use crate::params::declaration::{Group, Param, QueryParams, params};
use crate::params::values::Params;
use crate::query::day::Day;
use crate::query::list::{LIST_CURSOR, LIST_SIZE};

params! {
    /// When they are.
    const DAYS;

    /// Only sessions that end on this day or later, as `YYYY-MM-DD`.
    FROM: Day = Param::new("from", Day).example("0");

    /// Only sessions that start on this day or earlier, as `YYYY-MM-DD`.
    UNTIL: Day = Param::new("until", Day).example("365");
}

/// The query parameters of the list.
pub(super) struct ListParams;

impl QueryParams for ListParams {
    const GROUPS: &'static [Group] = &[LIST_SIZE, OF_UNIVERSITY, DAYS, IN_USE, LIST_CURSOR];
}

pub(super) fn read_filter(params: &Params) -> Result<SessionFilter, ApiError> {
    Ok(SessionFilter {
        university: UNIVERSITY.read(params)?,
        from: FROM.read(params)?.map(|day| day.to_string()),
        until: UNTIL.read(params)?.map(|day| day.to_string()),
        status: STATUS.read(params)?,
    })
}
