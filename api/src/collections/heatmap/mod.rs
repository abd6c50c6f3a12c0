//! Heat maps: counts and best scores of the documents of a collection by H3 cell.

pub(crate) mod geojson;

use std::time::Instant;

use roost_engine::{Cell, FieldId, HeatMap, HeatMapError, HeatMapOptions, Reader};
use serde::Serialize;
use utoipa::ToSchema;

use self::geojson::FeatureCollection;
use super::search::answer::Searchable;
use super::search::understood::UnderstoodQuery;
use crate::admission::{Client, Limit, Outcome, Ticket};
use crate::app::state::App;
use crate::http::envelope::{Answer, took_us};
use crate::http::error::ApiError;
use crate::http::freshness::Index;
use crate::http::list::SerializedAnswer;
use crate::params::declaration::{Param, params};
use crate::params::presence::WithDefault;
use crate::params::scalar::{Choice, Whole};
use crate::params::values::Params;

/// The maximum number of cells if the service chooses the resolution, and if the caller does. The
/// description of `resolution` repeats both.
const CELLS_CHOSEN_MAX: usize = 1_000;
const CELLS_MAX: usize = 10_000;

params! {
    /// The cells of the heat map.
    pub(crate) const CELLS;

    /// The H3 resolution of the cells, 0 for the largest cells; rejected if documents lie in more
    /// than 10,000 cells. The default is one with at most 1,000 cells in the searched area.
    RESOLUTION: Whole<u8> = Param::new("resolution", Whole { min: 0, max: Cell::RESOLUTION_MAX })
        .example("8");
}

params! {
    /// The format of the cells.
    pub(crate) const FORMATS;

    /// `geojson`: each cell with its corners. `compact`: lists of equal length.
    FORMAT: WithDefault<Choice<Format>> = Param::new("format", Choice(&[
        ("geojson", Format::GeoJson),
        ("compact", Format::Compact),
    ]))
    .default(Format::GeoJson)
    .example("geojson");
}

/// The format of the cells of a heat map.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
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
    /// The number of matching documents.
    #[schema(example = json!([12]))]
    count: Vec<u64>,
    /// Of rooms: the lowest price; null if none is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<Option<f64>>, required = true, example = json!([450.0]))]
    price_min: Option<Vec<Option<f64>>>,
    /// Of rooms: the median price; null if none is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<Option<f64>>, required = true, example = json!([800.0]))]
    price_median: Option<Vec<Option<f64>>>,
    /// The highest match score.
    #[schema(example = json!([81.25]))]
    match_score_max: Vec<f64>,
}

/// How a heat map was computed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CollectionHeatmapMeta)]
pub(crate) struct HeatmapMeta {
    /// The number of matching documents in all cells; exact unless `partial`.
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

/// Which cells a request maps the matches of its search to, and how they are written.
pub(crate) struct CellOptions {
    resolution: Option<u8>,
    format: Format,
    /// The price of which each cell reports the lowest and the median.
    price: Option<FieldId>,
}

impl CellOptions {
    pub(crate) fn read(params: &Params, price: Option<FieldId>) -> Result<CellOptions, ApiError> {
        Ok(CellOptions {
            resolution: RESOLUTION.read(params)?,
            format: FORMAT.read(params)?,
            price,
        })
    }
}

/// Maps the matches of a search when admission lets it.
pub(crate) async fn run<S: Searchable>(
    search: S,
    options: CellOptions,
    app: &App,
    client: Client,
    started: Instant,
) -> Result<SerializedAnswer, ApiError> {
    let (at_least, deadline) = (search.search().at_least, search.search().deadline);
    app.wait_for(at_least, deadline).await?;
    let ticket = Ticket::new(client, started, deadline);
    app.run(ticket, move |reader, limit| {
        let index = Index::now(reader);
        let (map, query) = match answer(&search, reader, &options, limit)? {
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
        let has_price = options.price.is_some();
        let cells = match options.format {
            Format::GeoJson => Cells::GeoJson(FeatureCollection::of(&map, has_price)),
            Format::Compact => Cells::Compact(CellColumns::of(&map, has_price)),
        };
        SerializedAnswer::of(&Answer::json(cells, meta).0).map(Outcome::Done)
    })
    .await
}

fn answer<S: Searchable>(
    searchable: &S,
    reader: &Reader,
    options: &CellOptions,
    limit: Limit,
) -> Result<Outcome<(HeatMap, UnderstoodQuery)>, ApiError> {
    let (search, resolution) = (searchable.search(), options.resolution);
    let (mut query, center) = searchable.query(reader)?;
    let options = HeatMapOptions {
        resolution,
        cells_max: match resolution {
            Some(_) => CELLS_MAX,
            None => CELLS_CHOSEN_MAX,
        },
        number: options.price,
    };
    let cost = reader.estimate_heat_map(search.indexed(), &query, options);
    if !limit.admits(cost) {
        return Ok(Outcome::Exceeds(cost));
    }
    query.steps_max = limit.steps_max;
    let map = reader.heat_map(search.indexed(), &query, options);
    let map = map.map_err(|error| match (error, resolution) {
        (HeatMapError::TooManyCells(max), Some(resolution)) => {
            let name = search.collection.name();
            let expected = format!("one by which the {name} lie in at most {max} cells");
            let value = resolution.to_string();
            let error = ApiError::parameter(RESOLUTION.name(), &value, expected);
            error.with_hint("give a lower one or a smaller area, or leave it out")
        }
        (error, _) => ApiError::internal(error),
    })?;
    if limit.has_cut(map.is_partial, search.deadline) {
        return Ok(Outcome::Exceeds(limit.exceeded()));
    }
    let understood = UnderstoodQuery::new(search.collection, &query, center).without_order();
    Ok(Outcome::Done((map, understood)))
}

impl CellColumns {
    fn of(map: &HeatMap, has_price: bool) -> CellColumns {
        let prices = || has_price.then(|| Vec::with_capacity(map.cells.len()));
        let mut columns = CellColumns {
            price_min: prices(),
            price_median: prices(),
            ..CellColumns::default()
        };
        for cell in &map.cells {
            columns.cell.push(cell.cell.to_string());
            columns.count.push(cell.count);
            columns
                .price_min
                .iter_mut()
                .for_each(|it| it.push(cell.number_min));
            columns
                .price_median
                .iter_mut()
                .for_each(|it| it.push(cell.number_median));
            columns.match_score_max.push(cell.score_max);
        }
        columns
    }
}
