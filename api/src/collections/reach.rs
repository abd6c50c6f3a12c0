//! The parameters of how far a search reaches, in metres and in time.

use std::time::{Duration, Instant};

use roost_engine::Radius;

use crate::app::state::App;
use crate::http::error::ApiError;
use crate::params::declaration::{Param, params};
use crate::params::presence::WithDefault;
use crate::params::scalar::Whole;
use crate::params::values::Params;
use crate::query::place::{Length, RADIUS_DEFAULT, requires_place};

params! {
    /// How far a search reaches, in metres.
    pub(crate) const REACH;

    /// The maximum distance of a document from the place, in metres; above 0. Requires a place.
    /// With `polygon` or `bbox` there is no default.
    RADIUS_M: WithDefault<Length> = Param::new("radius_m", Length::METRES)
        .default(RADIUS_DEFAULT)
        .example("5000");

    /// The minimum distance of a document from the place, in metres; above 0 and at most
    /// `radius_m`. Requires a place.
    RADIUS_MIN_M: Length = Param::new("radius_min_m", Length::METRES).example("500");
}

params! {
    /// How long a search may take.
    pub(crate) const TIMEOUT;

    /// Milliseconds after which the search stops. The default is the node's `search_timeout_ms`,
    /// 1000 unless configured. The answer then contains the best hits visited so far,
    /// `meta.partial` is true, and `meta.total` is `at_least`. A search that is still waiting to
    /// start by then fails with 503 `overloaded`.
    TIMEOUT_MS: Whole<u64> = Param::new("timeout_ms", Whole { min: 1, max: 10_000 }).example("250");
}

/// The parameters that name the place, as errors state them.
const PLACES: &str = "venue, or lat and lng";

/// Reads `timeout_ms`. The time starts when the request arrives.
pub(crate) fn read_deadline(
    params: &Params,
    app: &App,
    started: Instant,
) -> Result<Instant, ApiError> {
    Ok(match TIMEOUT_MS.read(params)? {
        Some(timeout_ms) => started + Duration::from_millis(timeout_ms),
        None => app.deadline(started),
    })
}

/// Reads `radius_m`, which has a default only around a place and without an area.
pub(crate) fn read_radius(
    params: &Params,
    has_place: bool,
    has_area: bool,
) -> Result<Option<Radius>, ApiError> {
    match RADIUS_M.given(params)? {
        Some(_) if !has_place => {
            let text = params.text(RADIUS_M.name())?.unwrap_or_default();
            Err(requires_place(&RADIUS_M, text, PLACES))
        }
        None if has_place && !has_area => RADIUS_M.read(params).map(Some),
        given => Ok(given),
    }
}

/// Reads `radius_min_m`, which may not exceed the radius.
pub(crate) fn read_radius_min(
    params: &Params,
    has_place: bool,
    radius: Option<Radius>,
) -> Result<Option<Radius>, ApiError> {
    let Some(text) = params.text(RADIUS_MIN_M.name())? else {
        return Ok(None);
    };
    let radius_min = match (RADIUS_MIN_M.read(params), radius) {
        (Ok(Some(min)), Some(max)) if min <= max => Ok(Some(min)),
        (_, Some(max)) => {
            let max = max.metres();
            let expected =
                format!("a number of metres above 0 and at most radius_m, which is {max}");
            Err(ApiError::parameter(RADIUS_MIN_M.name(), text, expected))
        }
        (radius_min, None) => radius_min,
    }?;
    match has_place {
        true => Ok(radius_min),
        false => Err(requires_place(&RADIUS_MIN_M, text, PLACES)),
    }
}
