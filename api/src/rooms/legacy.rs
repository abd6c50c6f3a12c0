//! The room search of the earlier platform.
//!
//! Its clients keep their path and parameters, and get the answer of `/api/v1`.

use std::time::Instant;

use axum::extract::{RawQuery, State};

use super::search::answer::RoomSearchMeta;
use super::search::hit::RoomHit;
use super::search::request::RoomSearch;
use crate::admission::Client;
use crate::app::state::App;
use crate::collections::access::Access;
use crate::collections::search::answer::run;
use crate::http::envelope::Answer;
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::list::SerializedAnswer;
use crate::params::declaration::{Documented, Group, Param, QueryParams, params};
use crate::params::presence::{Required, WithDefault};
use crate::params::scalar::Id;
use crate::query::paging::{PAGE_PARAMS, Paging};
use crate::query::place::{Length, Origin, RADIUS_DEFAULT};

params! {
    /// The place in the terms of the earlier platform.
    const LEGACY_PLACE;

    /// Id of the exam venue.
    EXAM_LOCATION_ID: Required<Id> = Param::new("examLocationId", Id)
        .required()
        .example("019b76da-a800-70d2-8655-38fdde9a178b");

    /// The maximum distance of a room from the venue, in kilometres; above 0.
    RADIUS: WithDefault<Length> = Param::new("radius", Length::KILOMETRES)
        .default(RADIUS_DEFAULT)
        .example("5");
}

/// The query parameters of the earlier platform.
struct LegacyParams;

impl QueryParams for LegacyParams {
    const GROUPS: &'static [Group] = &[LEGACY_PLACE, PAGE_PARAMS];
}

/// Search rooms near an exam venue, for clients of the earlier platform.
///
/// New clients should use `/api/v1/rooms/search`.
#[utoipa::path(
    get,
    path = "/api/rooms/search",
    operation_id = "search_rooms_as_before",
    tag = "older",
    security((), ("access_token" = []), ("api_key" = [])),
    params(Documented<LegacyParams>),
    responses(
        (status = 200, description = "The matching rooms, best match first.", body = Answer<Vec<RoomHit>, RoomSearchMeta>),
        (status = 404, description = "There is no such venue: `venue_not_found`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn search(
    State(app): State<App>,
    client: Client,
    access: Access,
    RawQuery(raw): RawQuery,
) -> Result<SerializedAnswer, ApiError> {
    let started = Instant::now();
    let params = LegacyParams::parse(raw.as_deref())?;
    let venue = Origin::Venue(EXAM_LOCATION_ID.read(&params)?);
    let search = RoomSearch::around(
        (EXAM_LOCATION_ID.name(), venue),
        RADIUS.read(&params)?,
        Paging::read(&params)?,
        &access,
        (&app, started),
    )?;
    run(search, &app, client, started).await
}
