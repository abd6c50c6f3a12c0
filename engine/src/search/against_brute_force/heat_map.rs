//! Checks heat maps against the oracle: each match counts in exactly one cell.

use std::collections::BTreeMap;

use h3o::Resolution;
use rand::RngExt;

use super::expected::{expected, near};
use super::things::THINGS;
use super::world::World;
use crate::*;

/// Checks a random resolution, and one that the engine chooses.
pub(super) fn check_heat_map(world: &mut World, query: &Query) {
    let resolution = world.random.random_range(0..=Cell::RESOLUTION_MAX);
    check_cells(world, query, Some(resolution), usize::MAX);
    let cells_max = world.random.random_range(125..1_000);
    let map = check_cells(world, query, None, cells_max);
    assert!(map.cells.len() <= cells_max, "{query:?}");
    // At that resolution a lower limit is an error.
    if let Some(fewer) = map.cells.len().checked_sub(1) {
        let options = HeatMapOptions {
            resolution: Some(map.resolution),
            cells_max: fewer,
            number: None,
        };
        let result = world.reader.heat_map(THINGS.collection, query, options);
        assert!(matches!(result, Err(HeatMapError::TooManyCells(_))));
    }
}

fn check_cells(world: &World, query: &Query, resolution: Option<u8>, cells_max: usize) -> HeatMap {
    let options = HeatMapOptions {
        resolution,
        cells_max,
        number: Some(THINGS.price),
    };
    let map = world.reader.heat_map(THINGS.collection, query, options);
    let map = map.unwrap();
    assert!(resolution.is_none_or(|resolution| map.resolution == resolution));
    assert!(!map.is_partial);
    let counted = Query {
        count: Count::Exact,
        ..query.clone()
    };
    assert_eq!(
        Some(map.total),
        world.rank(&counted).total.map(|it| it.value)
    );
    let cells = expected_cells(world, query, map.resolution);
    assert_eq!(map.cells.len(), cells.len(), "{query:?}");
    for (found, (cell, (prices, scores))) in map.cells.iter().zip(cells) {
        assert_eq!(found.cell.to_string(), cell, "{query:?}");
        assert_eq!(found.count, scores.len() as u64);
        let best = scores.into_iter().fold(0.0, f64::max);
        assert!(near(found.score_max, best), "{found:?}, {best}: {query:?}");
        let (count, lowest) = (prices.len(), prices.first().copied());
        let middle = |_| (prices[(count - 1) / 2] + prices[count / 2]) / 2.0;
        assert_eq!(found.number_min, lowest, "{query:?}");
        assert_eq!(found.number_median, lowest.map(middle), "{query:?}");
    }
    map
}

/// The sorted prices and the scores of the matches in each cell.
fn expected_cells(
    world: &World,
    query: &Query,
    resolution: u8,
) -> BTreeMap<String, (Vec<f64>, Vec<f64>)> {
    let resolution = Resolution::try_from(resolution).unwrap();
    let mut cells: BTreeMap<String, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
    for found in expected(world, query) {
        let document = &world.documents[&found.key];
        let place = h3o::LatLng::new(document.place.lat(), document.place.lng()).unwrap();
        // Smaller cells do not nest exactly, so the cell is the ancestor of the finest one.
        let cell = place.to_cell(Resolution::Fifteen).parent(resolution);
        let (prices, scores) = cells.entry(cell.unwrap().to_string()).or_default();
        prices.extend(document.number(THINGS.price));
        scores.push(found.score);
    }
    for (prices, _) in cells.values_mut() {
        prices.sort_by(f64::total_cmp);
    }
    cells
}
