//! Heat map: counts, numbers and best scores of all matches by H3 cell.
//!
//! Documents are in H3 order, so a cell is a range of each segment. All segments are walked side by
//! side, and a cell is finished before the next one begins. Memory depends on the number of cells
//! and on the distinct numbers in one cell.

mod number_set;
mod resolution;

use std::sync::Arc;

use h3o::{CellIndex, Resolution};
use tantivy::columnar::ColumnValues;

use crate::checkpoint::Position;
use crate::control::search_budget::SearchBudget;
use crate::geo::Cell;
use crate::index::{CELL, SegmentView, Snapshot, StoreError};
use crate::query::Query;
use crate::schema::FieldId;
use crate::search::compiled::CompiledQuery;
use crate::search::compiled::scoring::DocumentScorer;
use crate::search::match_iter::MatchIter;
use crate::search::terms::TermQuery;
use number_set::NumberSet;

/// The cells of a heat map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeatMapOptions {
    /// The resolution of the cells, up to [`Cell::RESOLUTION_MAX`]; `None` for one that suits the
    /// searched area.
    pub resolution: Option<u8>,
    /// The maximum number of cells.
    pub cells_max: usize,
    /// The number whose lowest and median value each cell gets.
    pub number: Option<FieldId>,
}

/// All matches of a query, by cell.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatMap {
    /// The resolution of all cells.
    pub resolution: u8,
    /// The cells with matches, in H3 order.
    pub cells: Vec<HeatCell>,
    /// The number of matches in all cells.
    pub total: u64,
    /// The heat map shows the source as of this position, or a little later.
    pub position: Position,
    /// Whether the deadline has cut counting short, so that there are more matches.
    pub is_partial: bool,
}

/// The matches in one cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeatCell {
    /// The cell.
    pub cell: Cell,
    /// The number of matches in it.
    pub count: u64,
    /// The lowest of the requested numbers; `None` if none is known.
    pub number_min: Option<f64>,
    /// The median of those that are known: the mean of the middle two if their count is even.
    pub number_median: Option<f64>,
    /// The highest match score.
    pub score_max: f64,
}

/// Why there is no heat map.
#[derive(Debug, thiserror::Error)]
pub enum HeatMapError {
    /// At the requested resolution, the matches lie in too many cells.
    #[error("the matches lie in more than {0} cells")]
    TooManyCells(usize),
    /// The index can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Aggregates all matches. Without a requested resolution it tries coarser ones until the cells are
/// few enough.
pub(crate) fn heat_map(
    snapshot: &Snapshot,
    compiled: &CompiledQuery<'_>,
    query: &Query,
    terms: Option<&TermQuery>,
    (options, position): (HeatMapOptions, Position),
    budget: &mut SearchBudget,
) -> Result<HeatMap, HeatMapError> {
    let cells_max = options.cells_max;
    let requested = options.resolution.map(|resolution| {
        let resolution = resolution.min(Cell::RESOLUTION_MAX);
        Resolution::try_from(resolution).unwrap_or(Resolution::Fifteen)
    });
    let mut resolution =
        requested.unwrap_or_else(|| resolution::suited(query, snapshot, cells_max));
    let number = options
        .number
        .and_then(|field| snapshot.collection.number_index(field));
    let cells = loop {
        let mut sources = sources(snapshot, compiled, terms, budget)?;
        let scorer = &compiled.scorer;
        match fill(
            &mut sources,
            scorer,
            number,
            (resolution, cells_max),
            budget,
        ) {
            Some(cells) => break cells,
            None => match resolution.pred().filter(|_| requested.is_none()) {
                Some(coarser) => resolution = coarser,
                None => return Err(HeatMapError::TooManyCells(cells_max)),
            },
        }
    };
    Ok(HeatMap {
        resolution: resolution.into(),
        total: cells.iter().map(|cell| cell.count).sum(),
        cells,
        position: snapshot.position().unwrap_or(position),
        is_partial: budget.is_exhausted(),
    })
}

/// The matches of one segment, standing at the next one to count.
struct Source<'a> {
    view: &'a SegmentView,
    matches: MatchIter<'a>,
    /// The finest cell of each document.
    finest: Arc<dyn ColumnValues<u64>>,
    next: Option<u32>,
    /// The cell of the next match.
    cell: CellIndex,
    /// The end of that cell's documents.
    end: u32,
}

fn sources<'a>(
    snapshot: &'a Snapshot,
    compiled: &'a CompiledQuery<'a>,
    terms: Option<&'a TermQuery>,
    budget: &mut SearchBudget,
) -> Result<Vec<Source<'a>>, StoreError> {
    let mut sources = Vec::new();
    for (segment, view) in snapshot.segments.iter().enumerate() {
        let matches = MatchIter::of_segment(snapshot, segment, &compiled.filter, terms, budget)?;
        let Some(matches) = matches else { continue };
        let finest = view.reader.fast_fields().u64(CELL)?.values;
        sources.push(Source {
            view,
            matches,
            finest,
            next: None,
            cell: CellIndex::first(Resolution::Zero),
            end: 0,
        });
    }
    Ok(sources)
}

/// The cells with their matches; `None` if there are too many cells.
fn fill(
    sources: &mut [Source<'_>],
    scorer: &DocumentScorer<'_>,
    number: Option<usize>,
    (resolution, cells_max): (Resolution, usize),
    budget: &mut SearchBudget,
) -> Option<Vec<HeatCell>> {
    let mut cells = Vec::new();
    let mut numbers = NumberSet::default();
    for source in &mut *sources {
        source.advance(resolution, budget);
    }
    while let Some(cell) = sources.iter().filter_map(Source::next_cell).min() {
        if cells.len() == cells_max {
            return None;
        }
        let mut filled = HeatCell {
            cell: Cell(cell),
            count: 0,
            number_min: None,
            number_median: None,
            score_max: 0.0,
        };
        for source in &mut *sources {
            while let Some(doc) = source.next.filter(|_| source.cell == cell) {
                filled.count += 1;
                filled.score_max = filled.score_max.max(source.score(scorer, doc));
                if let Some(number) = number {
                    numbers.add(source.view.segment.columns.numbers[number].get(doc as usize));
                }
                source.advance(resolution, budget);
            }
        }
        (filled.number_min, filled.number_median) = numbers.take().unzip();
        cells.push(filled);
    }
    Some(cells)
}

impl Source<'_> {
    fn next_cell(&self) -> Option<CellIndex> {
        self.next.map(|_| self.cell)
    }

    fn score(&mut self, scorer: &DocumentScorer<'_>, doc: u32) -> f64 {
        scorer.score(self.view, doc, self.matches.text_score())
    }

    /// Goes to the next match. If that lies in another cell, finds the cell and the end of its
    /// documents.
    fn advance(&mut self, resolution: Resolution, budget: &mut SearchBudget) {
        self.next = self.matches.next(budget);
        let Some(doc) = self.next.filter(|&doc| doc >= self.end) else {
            return;
        };
        let finest = self.finest.get_val(doc);
        let cell = CellIndex::try_from(finest).ok();
        if let Some(cell) = cell.and_then(|cell| cell.parent(resolution)) {
            self.cell = cell;
        }
        // Each resolution takes three bits, the finest one the lowest.
        let below = (1_u64 << (3 * (15 - u8::from(resolution)))) - 1;
        self.end = self.first_after(doc, finest | below);
    }

    /// The first document after `doc` whose finest cell comes after `last`. Most cells are small
    /// compared to the segment, so the search gallops from `doc`.
    fn first_after(&self, doc: u32, last: u64) -> u32 {
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
