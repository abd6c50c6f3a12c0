//! For which nights must a room be free?

use roost_engine::{Collection, Date, Reader, Stay};
use utoipa::IntoParams;

use crate::error::ApiError;
use crate::params::Params;

/// As the OpenAPI document says below.
const NIGHTS_MAX: u32 = 92;

#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it names the parameters for the OpenAPI document")]
pub(crate) struct StayParams {
    /// Date of arrival at the room's place, as `YYYY-MM-DD`, yesterday (UTC) or later. Rooms that
    /// are booked for any night from it on and before `check_out`, or are let for more nights only,
    /// are left out. Needs `check_out`.
    #[param(value_type = Option<String>, format = Date, example = "2026-12-05")]
    check_in: Option<Date>,
    /// Date of departure, 1 to 92 nights after `check_in`, which it needs. That day's night may be
    /// booked by others. Bookings are known for more than a year ahead.
    #[param(value_type = Option<String>, format = Date, example = "2026-12-08")]
    check_out: Option<Date>,
}

impl StayParams {
    pub(crate) const NAMES: &[&str] = &["check_in", "check_out"];
}

pub(super) fn read(params: &Params, reader: &Reader) -> Result<Option<Stay>, ApiError> {
    let (check_in, check_out) = (params.text("check_in")?, params.text("check_out")?);
    let (check_in, check_out) = match (check_in, check_out) {
        (None, None) => return Ok(None),
        (Some(check_in), Some(check_out)) => (check_in, check_out),
        (Some(_), None) => return Err(ApiError::missing("check_out", "the date of departure")),
        (None, Some(_)) => return Err(ApiError::missing("check_in", "the date of arrival")),
    };
    let known = reader
        .availability_window(Collection::Rooms)
        .ok_or_else(|| ApiError::not_ready("the bookings are being read"))?;
    let last_night = known.check_out().plus_days(-1);
    let from = date("check_in", check_in, known.check_in(), last_night)?;
    let longest = from.plus_days(i32::try_from(NIGHTS_MAX).unwrap_or(i32::MAX));
    let latest = longest.min(known.check_out());
    let to = date("check_out", check_out, from.plus_days(1), latest)?;
    let stay = Stay::new(from, to).map_err(ApiError::internal)?;
    Ok(Some(stay))
}

fn date(field: &str, text: &str, earliest: Date, latest: Date) -> Result<Date, ApiError> {
    let date = text.parse().ok();
    date.filter(|date| (earliest..=latest).contains(date))
        .ok_or_else(|| {
            let expected = format!("a date from {earliest} to {latest}");
            ApiError::parameter(field, text, expected)
        })
}
