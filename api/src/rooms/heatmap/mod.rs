//! The heat map of rooms: counts, prices and best scores by H3 cell.

mod geojson;

use std::time::Instant;

use axum::extract::{RawQuery, State};
use roost_collections::rooms;
use roost_engine::{Cell, HeatMap, HeatMapError, HeatMapOptions, Reader};
use serde::Serialize;
use utoipa::ToSchema;

use self::geojson::FeatureCollection;
use super::filters::CONDITIONS;
use super::filters::area::AREA;
use super::filters::attributes::ATTRIBUTES;
use super::filters::stay::STAY;
use super::ranking::RANKING;
use super::search::request::{REACH, RoomSearch};
use super::search::understood::UnderstoodQuery;
use crate::admission::{Client, Limit, Outcome, Ticket};
use crate::app::state::App;
use crate::http::envelope::{Answer, took_us};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::freshness::Index;
use crate::http::list::SerializedAnswer;
use crate::params::declaration::{Documented, Group, Param, QueryParams, params};
use crate::params::presence::WithDefault;
use crate::params::scalar::{Choice, Whole};
use crate::query::at_least::POSITION;
use crate::query::place::{POINT, VENUE_PLACE};

/// The maximum number of cells if the service chooses the resolution, and if the caller does. The
/// description of `resolution` repeats both.
const CELLS_CHOSEN_MAX: usize = 1_000;
const CELLS_MAX: usize = 10_000;

params! {
    /// The cells of the heat map, and their format.
    const CELLS;

    /// The H3 resolution of the cells, 0 for the largest cells; rejected if rooms lie in more than
    /// 10,000 cells. The default is one with at most 1,000 cells in the searched area.
    RESOLUTION: Whole<u8> = Param::new("resolution", Whole { min: 0, max: Cell::RESOLUTION_MAX })
        .example("8");

    /// `geojson`: each cell with its corners. `compact`: lists of equal length.
    FORMAT: WithDefault<Choice<Format>> = Param::new("format", Choice(&[
        ("geojson", Format::GeoJson),
        ("compact", Format::Compact),
    ]))
    .default(Format::GeoJson)
    .example("geojson");
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    GeoJson,
    Compact,
}

/// The cells of a heat map, in the order of their H3 indexes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Cells {
    /// With `format=geojson`.
    GeoJson(FeatureCollection),
    /// With `format=compact`.
    Compact(CellColumns),
}

/// The cells as columns, one element for each cell.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct CellColumns {
    /// H3 indexes.
    #[schema(example = json!(["88608b0b31fffff"]))]
    cell: Vec<String>,
    /// The number of matching rooms.
    #[schema(example = json!([12]))]
    count: Vec<u64>,
    /// The lowest price; null if none is known.
    #[schema(example = json!([450.0]))]
    price_min: Vec<Option<f64>>,
    /// The median price; null if none is known.
    #[schema(example = json!([800.0]))]
    price_median: Vec<Option<f64>>,
    /// The highest match score.
    #[schema(example = json!([81.25]))]
    match_score_max: Vec<f64>,
}

/// How a heat map was computed.
#[derive(Debug, Serialize, ToSchema)]
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
    query: UnderstoodQuery,
}

/// The query parameters of the heat map.
struct HeatmapParams;

impl QueryParams for HeatmapParams {
    const GROUPS: &'static [Group] = &[
        VENUE_PLACE,
        POINT,
        REACH,
        RANKING,
        ATTRIBUTES,
        CONDITIONS,
        STAY,
        AREA,
        CELLS,
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
    params(Documented<HeatmapParams>),
    responses(
        (status = 200, description = "The cells with rooms.", body = Answer<Cells, HeatmapMeta>),
        (status = 404, description = "There is no such venue: `venue_not_found`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn heatmap(
    State(app): State<App>,
    client: Client,
    RawQuery(raw): RawQuery,
) -> Result<SerializedAnswer, ApiError> {
    let started = Instant::now();
    let params = HeatmapParams::parse(raw.as_deref())?;
    let search = RoomSearch::read(&params, &app, started)?;
    let resolution = RESOLUTION.read(&params)?;
    let format = FORMAT.read(&params)?;
    app.wait_for(search.at_least, search.deadline).await?;
    let ticket = Ticket::new(client, started, search.deadline);
    app.run(ticket, move |reader, limit| {
        let index = Index::now(reader);
        let (map, query) = match answer(&search, reader, resolution, limit)? {
            Outcome::Done(answer) => answer,
            Outcome::Exceeds(cost) => return Ok(Outcome::Exceeds(cost)),
        };
        let meta = HeatmapMeta {
            total: map.total,
            partial: map.is_partial,
            resolution: map.resolution,
            cells: map.cells.len(),
            took_us: took_us(started),
            index: index.seen_at(map.position),
            query,
        };
        let cells = match format {
            Format::GeoJson => Cells::GeoJson(FeatureCollection::of(&map)),
            Format::Compact => Cells::Compact(CellColumns::of(&map)),
        };
        SerializedAnswer::of(&Answer::json(cells, meta).0).map(Outcome::Done)
    })
    .await
}

fn answer(
    search: &RoomSearch,
    reader: &Reader,
    resolution: Option<u8>,
    limit: Limit,
) -> Result<Outcome<(HeatMap, UnderstoodQuery)>, ApiError> {
    let (mut query, center) = search.query(reader)?;
    let options = HeatMapOptions {
        resolution,
        cells_max: match resolution {
            Some(_) => CELLS_MAX,
            None => CELLS_CHOSEN_MAX,
        },
        number: Some(rooms::PRICE),
    };
    let cost = reader.estimate_heat_map(rooms::collection(), &query, options);
    if !limit.admits(cost) {
        return Ok(Outcome::Exceeds(cost));
    }
    query.steps_max = limit.steps_max;
    let map = reader.heat_map(rooms::collection(), &query, options);
    let map = map.map_err(|error| match (error, resolution) {
        (HeatMapError::TooManyCells(max), Some(resolution)) => {
            let expected = format!("one by which the rooms lie in at most {max} cells");
            let value = resolution.to_string();
            let error = ApiError::parameter(RESOLUTION.name(), &value, expected);
            error.with_hint("give a lower one or a smaller area, or leave it out")
        }
        (error, _) => ApiError::internal(error),
    })?;
    if limit.has_cut(map.is_partial, search.deadline) {
        return Ok(Outcome::Exceeds(limit.exceeded()));
    }
    let understood = UnderstoodQuery::new(&query, center).without_order();
    Ok(Outcome::Done((map, understood)))
}

impl CellColumns {
    fn of(map: &HeatMap) -> CellColumns {
        let mut columns = CellColumns::default();
        for cell in &map.cells {
            columns.cell.push(cell.cell.to_string());
            columns.count.push(cell.count);
            columns.price_min.push(cell.number_min);
            columns.price_median.push(cell.number_median);
            columns.match_score_max.push(cell.score_max);
        }
        columns
    }
}
