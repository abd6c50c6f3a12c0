//! Filters of the list of universities.

use roost_market::exams::UniversityFilter;

use crate::exams::params::{CITY, COUNTRY_CODE, IN_USE, STATUS, WHERE};
use crate::http::error::ApiError;
use crate::params::declaration::{Group, QueryParams};
use crate::params::values::Params;
use crate::query::list::{LIST_CURSOR, LIST_SIZE};

/// The query parameters of the list.
pub(super) struct ListParams;

impl QueryParams for ListParams {
    const GROUPS: &'static [Group] = &[LIST_SIZE, WHERE, IN_USE, LIST_CURSOR];
}

pub(super) fn read_filter(params: &Params) -> Result<UniversityFilter, ApiError> {
    Ok(UniversityFilter {
        country_code: COUNTRY_CODE.read(params)?,
        city: CITY.read(params)?,
        status: STATUS.read(params)?,
    })
}
