//! Filters of the list of venues.

use roost_market::exams::VenueFilter;

use crate::exams::params::{CITY, COUNTRY_CODE, IN_USE, OF_UNIVERSITY, STATUS, UNIVERSITY, WHERE};
use crate::http::error::ApiError;
use crate::params::declaration::{Group, QueryParams};
use crate::params::values::Params;
use crate::query::list::{LIST_CURSOR, LIST_SIZE};

/// The query parameters of the list.
pub(super) struct ListParams;

impl QueryParams for ListParams {
    const GROUPS: &'static [Group] = &[LIST_SIZE, OF_UNIVERSITY, WHERE, IN_USE, LIST_CURSOR];
}

pub(super) fn read_filter(params: &Params) -> Result<VenueFilter, ApiError> {
    Ok(VenueFilter {
        university: UNIVERSITY.read(params)?,
        country_code: COUNTRY_CODE.read(params)?,
        city: CITY.read(params)?,
        status: STATUS.read(params)?,
    })
}
