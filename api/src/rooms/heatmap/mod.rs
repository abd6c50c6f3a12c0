//! How many rooms are there where on the map, and what do they cost?

mod geojson;

use std::time::Instant;

use axum::Json;
use axum::extract::{RawQuery, State};
use roost_engine::{Cell, Collection, HeatMap, HeatMapError, HeatMapOptions, Reader};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::filters::FilterParams;
use super::search::{ReachParams, RoomSearch};
use super::stay::StayParams;
use super::understood::UnderstoodQuery;
use super::wish::WishParams;
use crate::app::App;
use crate::area::AreaParams;
use crate::at_least::AtLeastParams;
use crate::envelope::{Answer, Index, Refused, took_us};
use crate::error::ApiError;
use crate::params::Params;
use crate::place::{PointParams, VenueParam};
use geojson::FeatureCollection;

/// Of a resolution that is chosen here, and of one that the caller gives; as the OpenAPI document says.
const CELLS_CHOSEN: usize = 1_000;
const CELLS_MAX: usize = 10_000;

#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it names the parameters for the OpenAPI document")]
pub(crate) struct HeatmapParams {
    /// The resolution of the cells in H3, 0 for the largest; refused where rooms lie in more than 10,000
    /// cells. When left out, one by which the area searched has at most 1,000.
    #[param(minimum = 0, maximum = 15, example = 8)]
    resolution: Option<u8>,
    /// `geojson`, the default: each cell with its corners. `compact`: lists of equal length.
    #[param(inline, example = "geojson")]
    format: Option<FormatWord>,
}

impl HeatmapParams {
    pub(crate) const NAMES: &[&str] = &["resolution", "format"];
}

#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
enum FormatWord {
    GeoJson,
    Compact,
}

/// The cells of a heat map, in the order of H3.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Cells {
    /// As `format=geojson`.
    GeoJson(FeatureCollection),
    /// As `format=compact`.
    Compact(CellColumns),
}

/// What each cell holds, one place a cell.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct CellColumns {
    /// H3 indexes.
    #[schema(example = json!(["88608b0b31fffff"]))]
    cell: Vec<String>,
    /// How many rooms match there.
    #[schema(example = json!([12]))]
    count: Vec<u64>,
    /// The lowest price; null where none is known.
    #[schema(example = json!([450.0]))]
    price_min: Vec<Option<f64>>,
    /// The median price; null where none is known.
    #[schema(example = json!([800.0]))]
    price_median: Vec<Option<f64>>,
    /// The highest match score.
    #[schema(example = json!([81.25]))]
    match_score_max: Vec<f64>,
}

/// How a heat map came about.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HeatmapMeta {
    /// How many rooms match in all cells; exact unless `partial`.
    #[schema(example = 412)]
    total: u64,
    /// Whether time ran out, see `timeout_ms`: there are more rooms than counted.
    #[schema(example = false)]
    partial: bool,
    /// The resolution of the cells in H3.
    #[schema(minimum = 0, maximum = 15, example = 7)]
    resolution: u8,
    /// How many cells there are.
    #[schema(example = 96)]
    cells: usize,
    /// Time taken here, in microseconds.
    #[schema(example = 1830)]
    took_us: u64,
    index: Index,
    query: UnderstoodQuery,
}

const KNOWN: &[&[&str]] = &[
    VenueParam::NAMES,
    PointParams::NAMES,
    ReachParams::NAMES,
    WishParams::NAMES,
    FilterParams::NAMES,
    StayParams::NAMES,
    AreaParams::NAMES,
    HeatmapParams::NAMES,
    AtLeastParams::NAMES,
];

/// Tell how many rooms there are where.
///
/// All rooms that a search by the same parameters finds, whatever its page, by cells of H3: how many,
/// their lowest and median price and their highest match score. The counts add up to the search's
/// exact total.
#[utoipa::path(
    get,
    path = "/api/v1/rooms/heatmap",
    operation_id = "map_rooms",
    tag = "rooms",
    params(
        VenueParam, PointParams, ReachParams, WishParams, FilterParams, StayParams, AreaParams,
        HeatmapParams, AtLeastParams,
    ),
    responses(
        (status = 200, description = "The cells that hold rooms.", body = Answer<Cells, HeatmapMeta>),
        (status = 404, description = "There is no such venue: `venue_not_found`.", body = Refused),
    )
)]
pub(crate) async fn heatmap(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Json<Answer<Cells, HeatmapMeta>>, ApiError> {
    let started = Instant::now();
    let params = Params::parse(raw.as_deref(), KNOWN)?;
    let search = RoomSearch::read(&params, &app, started)?;
    let resolution = params.whole("resolution", 0..=Cell::RESOLUTION_MAX)?;
    let formats = [
        ("geojson", FormatWord::GeoJson),
        ("compact", FormatWord::Compact),
    ];
    let format = params.choice("format", &formats)?;
    app.reach(search.at_least, search.deadline).await?;
    app.ask(search.deadline, move |reader| {
        let index = Index::now(reader);
        let (map, query) = answer(&search, reader, resolution)?;
        let meta = HeatmapMeta {
            total: map.total,
            partial: map.is_partial,
            resolution: map.resolution,
            cells: map.cells.len(),
            took_us: took_us(started),
            index: index.seen_at(map.position),
            query,
        };
        let cells = match format.unwrap_or(FormatWord::GeoJson) {
            FormatWord::GeoJson => Cells::GeoJson(FeatureCollection::of(&map)),
            FormatWord::Compact => Cells::Compact(CellColumns::of(&map)),
        };
        Ok(Answer::json(cells, meta))
    })
    .await
}

fn answer(
    search: &RoomSearch,
    reader: &Reader,
    resolution: Option<u8>,
) -> Result<(HeatMap, UnderstoodQuery), ApiError> {
    let (query, place) = search.query(reader)?;
    let asked = HeatMapOptions {
        resolution,
        cells_max: match resolution {
            Some(_) => CELLS_MAX,
            None => CELLS_CHOSEN,
        },
    };
    let map = reader.heat_map(Collection::Rooms, &query, asked);
    let map = map.map_err(|error| match (error, resolution) {
        (HeatMapError::TooManyCells(most), Some(resolution)) => {
            let expected = format!("one by which the rooms lie in at most {most} cells");
            let error = ApiError::parameter("resolution", &resolution.to_string(), expected);
            error.hint("give a lower one or a smaller area, or leave it out")
        }
        (error, _) => ApiError::internal(error),
    })?;
    let understood = UnderstoodQuery::new(&query, place).without_order();
    Ok((map, understood))
}

impl CellColumns {
    fn of(map: &HeatMap) -> CellColumns {
        let mut columns = CellColumns::default();
        for cell in &map.cells {
            columns.cell.push(cell.cell.to_string());
            columns.count.push(cell.count);
            columns.price_min.push(cell.price_min);
            columns.price_median.push(cell.price_median);
            columns.match_score_max.push(cell.score_max);
        }
        columns
    }
}
