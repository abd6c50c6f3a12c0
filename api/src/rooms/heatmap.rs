//! The route of the heat map of rooms: counts, prices and best scores by H3 cell.

use std::time::Instant;

use axum::extract::{RawQuery, State};
use roost_collections::rooms;
use utoipa::ToSchema;

use super::params::{AREA, ATTRIBUTES, CELLS, CONDITIONS, RANKING, REACH};
use super::schema::RoomQuery;
use super::search::assignment::{EXAM, Exam};
use super::search::request::RoomSearch;
use super::stay::STAY;
use crate::admission::Client;
use crate::app::state::App;
use crate::collections::access::Access;
use crate::collections::heatmap::{CellOptions, Cells, FORMATS, run};
use crate::collections::reach::TIMEOUT;
use crate::http::envelope::Answer;
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::freshness::Index;
use crate::http::list::SerializedAnswer;
use crate::params::declaration::{Documented, Group, QueryParams};
use crate::query::at_least::POSITION;
use crate::query::place::{POINT, VENUE_PLACE};

/// How a heat map was computed.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it describes the answer for the OpenAPI document")]
pub(crate) struct HeatmapMeta {
    /// The number of matching rooms in all cells; exact unless `partial`.
    #[schema(example = 412)]
    total: u64,
    /// Whether the search stopped at its deadline, see `timeout_ms`: the counts are lower bounds.
    #[schema(example = false)]
    partial: bool,
    /// The H3 resolution of the cells.
    #[schema(minimum = 0, maximum = 15, example = 7)]
    resolution: u8,
    /// The number of cells.
    #[schema(example = 96)]
    cells: usize,
    /// Time spent in this service, in microseconds.
    #[schema(example = 1830)]
    took_us: u64,
    index: Index,
    query: RoomQuery,
}

/// The query parameters of the heat map.
struct HeatmapParams;

impl QueryParams for HeatmapParams {
    const GROUPS: &'static [Group] = &[
        EXAM,
        VENUE_PLACE,
        POINT,
        REACH,
        TIMEOUT,
        RANKING,
        ATTRIBUTES,
        CONDITIONS,
        STAY,
        AREA,
        CELLS,
        FORMATS,
        POSITION,
    ];
}

/// Count rooms by map cell.
///
/// Returns all rooms that a search with the same parameters matches, whatever its page, by H3 cell:
/// their number, lowest and median price, and highest match score. The counts add up to the exact
/// total of the search.
#[utoipa::path(
    get,
    path = "/api/v1/rooms/heatmap",
    operation_id = "map_rooms",
    tag = "rooms",
    security((), ("access_token" = []), ("api_key" = [])),
    params(Documented<HeatmapParams>),
    responses(
        (status = 200, description = "The cells with rooms.", body = Answer<Cells, HeatmapMeta>),
        (status = 401, description = "With `assignment`: the caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 404, description = "There is no such venue: `venue_not_found`; or the caller has no such assignment: `not_found`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn heatmap(
    State(app): State<App>,
    client: Client,
    access: Access,
    RawQuery(raw): RawQuery,
) -> Result<SerializedAnswer, ApiError> {
    let started = Instant::now();
    let params = HeatmapParams::parse(raw.as_deref())?;
    let exam = Exam::read(&params, access.actor(), &app).await?;
    let search = RoomSearch::read(exam, &params, &access, (&app, started))?;
    let options = CellOptions::read(&params, Some(rooms::PRICE))?;
    run(search, options, &app, client, started).await
}
