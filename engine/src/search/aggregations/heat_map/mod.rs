//! How many matches are there where, and what do they cost?
//!
//! Documents stand in the order of H3 cells, so a cell is a range of each segment: all segments are
//! walked side by side, and a cell is finished before the next one begins. Memory is taken for the
//! cells, and for the different prices of the one that is under way.

mod prices;
mod resolution;

use std::sync::Arc;

use h3o::{CellIndex, Resolution};
use tantivy::columnar::ColumnValues;

use super::effort::Effort;
use super::every_match::EveryMatch;
use super::find;
use super::judge::Judge;
use super::text::Text;
use super::top::Top;
use crate::checkpoint::Position;
use crate::geo::Cell;
use crate::index::{CELL, SegmentView, Snapshot, StoreError};
use crate::query::{Count, Query};
use crate::signals::SignalView;
use prices::Prices;

/// Which cells a heat map is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeatMapOptions {
    /// Their resolution, at most [`Cell::RESOLUTION_MAX`]; `None` for one that suits the area.
    pub resolution: Option<u8>,
    /// So many at most.
    pub cells_max: usize,
}

/// All matches of a query, counted by cell.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatMap {
    /// The resolution of all cells.
    pub resolution: u8,
    /// Those that hold matches, in the order of H3.
    pub cells: Vec<HeatCell>,
    /// The matches in all of them.
    pub total: u64,
    /// The answer shows the source up to here, or a little later.
    pub position: Position,
    /// The deadline came first, so that there are more.
    pub is_partial: bool,
}

/// The matches in one cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeatCell {
    /// The cell.
    pub cell: Cell,
    /// How many matches lie in it.
    pub count: u64,
    /// The lowest price; `None` if none is known.
    pub price_min: Option<f64>,
    /// Half of the known prices are at most this, and half at least; the mean of the middle two.
    pub price_median: Option<f64>,
    /// The highest match score.
    pub score_max: f64,
}

/// Why there is no heat map.
#[derive(Debug, thiserror::Error)]
pub enum HeatMapError {
    /// At the resolution asked for, matches lie in more cells than are allowed.
    #[error("the matches lie in more than {0} cells")]
    TooManyCells(usize),
    /// The index can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

pub(crate) fn heat_map(
    snapshot: &Snapshot,
    signals: SignalView,
    query: &Query,
    asked: HeatMapOptions,
    position: Position,
) -> Result<HeatMap, HeatMapError> {
    let judge = Judge::new(query, snapshot, signals)?;
    // Which words count is a matter of the search itself.
    let text = match query.text {
        None => None,
        Some(_) => find(snapshot, &judge, &without_hits(query), || Top::new(1, None))?.text,
    };
    let mut effort = Effort::until(query.deadline);
    let given = asked.resolution.map(|resolution| {
        let resolution = resolution.min(Cell::RESOLUTION_MAX);
        Resolution::try_from(resolution).unwrap_or(Resolution::Fifteen)
    });
    let mut resolution =
        given.unwrap_or_else(|| resolution::suited(query, snapshot, asked.cells_max));
    let cells = loop {
        let mut sources = sources(snapshot, &judge, text.as_ref())?;
        match fill(
            &mut sources,
            &judge,
            resolution,
            asked.cells_max,
            &mut effort,
        ) {
            Some(cells) => break cells,
            None => match resolution.pred().filter(|_| given.is_none()) {
                Some(coarser) => resolution = coarser,
                None => return Err(HeatMapError::TooManyCells(asked.cells_max)),
            },
        }
    };
    Ok(HeatMap {
        resolution: resolution.into(),
        total: cells.iter().map(|cell| cell.count).sum(),
        cells,
        position: snapshot.position().unwrap_or(position),
        is_partial: effort.is_over(),
    })
}

fn without_hits(query: &Query) -> Query {
    Query {
        offset: 0,
        limit: 0,
        after: None,
        count: Count::None,
        ..query.clone()
    }
}

/// The matches of one segment, of which the next one waits to be counted.
struct Source<'a> {
    view: &'a SegmentView,
    every: EveryMatch<'a>,
    /// The finest cell of each document.
    finest: Arc<dyn ColumnValues<u64>>,
    next: Option<u32>,
    /// The cell of the next match, and where its documents end.
    cell: CellIndex,
    end: u32,
}

fn sources<'a>(
    snapshot: &'a Snapshot,
    judge: &'a Judge<'a>,
    text: Option<&'a Text>,
) -> Result<Vec<Source<'a>>, StoreError> {
    let mut sources = Vec::new();
    for (segment, view) in snapshot.segments.iter().enumerate() {
        let every = EveryMatch::of_segment(snapshot, segment, judge.filter(), text)?;
        let Some(every) = every else { continue };
        let finest = view.reader.fast_fields().u64(CELL)?.values;
        sources.push(Source {
            view,
            every,
            finest,
            next: None,
            cell: CellIndex::first(Resolution::Zero),
            end: 0,
        });
    }
    Ok(sources)
}

/// The cells with what they hold; `None` if there are too many.
fn fill(
    sources: &mut [Source<'_>],
    judge: &Judge<'_>,
    resolution: Resolution,
    most: usize,
    effort: &mut Effort,
) -> Option<Vec<HeatCell>> {
    let mut cells = Vec::new();
    let mut prices = Prices::default();
    for source in &mut *sources {
        source.advance(resolution, effort);
    }
    while let Some(cell) = sources.iter().filter_map(Source::next_cell).min() {
        if cells.len() == most {
            return None;
        }
        let mut filled = HeatCell {
            cell: Cell(cell),
            count: 0,
            price_min: None,
            price_median: None,
            score_max: 0.0,
        };
        for source in &mut *sources {
            while let Some(doc) = source.next.filter(|_| source.cell == cell) {
                filled.count += 1;
                filled.score_max = filled.score_max.max(source.score(judge, doc));
                prices.add(source.view.segment.columns.prices[doc as usize]);
                source.advance(resolution, effort);
            }
        }
        (filled.price_min, filled.price_median) = prices.take().unzip();
        cells.push(filled);
    }
    Some(cells)
}

impl Source<'_> {
    fn next_cell(&self) -> Option<CellIndex> {
        self.next.map(|_| self.cell)
    }

    fn score(&mut self, judge: &Judge<'_>, doc: u32) -> f64 {
        let columns = &self.view.segment.columns;
        let signals = judge.signals_of(columns, doc);
        let values = judge.values(columns, doc, self.every.text(), &signals);
        judge.scorer().score(&values)
    }

    /// Goes to the next match, and where that is in another cell, finds out which and how far it goes.
    fn advance(&mut self, resolution: Resolution, effort: &mut Effort) {
        self.next = self.every.next(effort);
        let Some(doc) = self.next.filter(|&doc| doc >= self.end) else {
            return;
        };
        let finest = self.finest.get_val(doc);
        let cell = CellIndex::try_from(finest).ok();
        if let Some(cell) = cell.and_then(|cell| cell.parent(resolution)) {
            self.cell = cell;
        }
        // Three bits a resolution, the finest lowest.
        let below = (1_u64 << (3 * (15 - u8::from(resolution)))) - 1;
        self.end = self.first_behind(doc, finest | below);
    }

    /// The first document behind `doc` whose finest cell comes after `last`. Most cells are small next
    /// to the segment, so the search begins near.
    fn first_behind(&self, doc: u32, last: u64) -> u32 {
        let max = self.finest.num_vals();
        let (mut low, mut step) = (doc, 1);
        while low + step < max && self.finest.get_val(low + step) <= last {
            low += step;
            step *= 2;
        }
        let mut high = max.min(low + step);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.finest.get_val(middle) <= last {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }
}
