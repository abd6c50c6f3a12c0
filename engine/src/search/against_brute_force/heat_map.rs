//! Does a heat map hold every match once?

use std::collections::BTreeMap;

use h3o::Resolution;
use rand::RngExt;

use super::World;
use super::expected::near;
use crate::*;

impl World {
    /// By a resolution at random, and by one that is chosen.
    pub(super) fn check_heat_map(&mut self, query: &Query) {
        let resolution = self.random.random_range(0..=Cell::RESOLUTION_MAX);
        self.check_cells(query, Some(resolution), usize::MAX);
        let most = self.random.random_range(125..1_000);
        let map = self.check_cells(query, None, most);
        assert!(map.cells.len() <= most, "{query:?}");
        // At that resolution there is no room for one cell less.
        if let Some(fewer) = map.cells.len().checked_sub(1) {
            let asked = HeatMapOptions {
                resolution: Some(map.resolution),
                cells_max: fewer,
            };
            let refused = self.reader.heat_map(Collection::Rooms, query, asked);
            assert!(matches!(refused, Err(HeatMapError::TooManyCells(_))));
        }
    }

    fn check_cells(&self, query: &Query, resolution: Option<u8>, cells_max: usize) -> HeatMap {
        let asked = HeatMapOptions {
            resolution,
            cells_max,
        };
        let map = self.reader.heat_map(Collection::Rooms, query, asked);
        let map = map.unwrap();
        assert!(resolution.is_none_or(|resolution| map.resolution == resolution));
        assert!(!map.is_partial);
        let counted = Query {
            count: Count::Exact,
            ..query.clone()
        };
        assert_eq!(Some(map.total), self.ask(&counted).total.map(|it| it.value));
        let expected = self.expected_cells(query, map.resolution);
        assert_eq!(map.cells.len(), expected.len(), "{query:?}");
        for (found, (cell, (prices, scores))) in map.cells.iter().zip(expected) {
            assert_eq!(found.cell.to_string(), cell, "{query:?}");
            assert_eq!(found.count, scores.len() as u64);
            let best = scores.into_iter().fold(0.0, f64::max);
            assert!(near(found.score_max, best), "{found:?}, {best}: {query:?}");
            let (count, lowest) = (prices.len(), prices.first().copied());
            let middle = |_| (prices[(count - 1) / 2] + prices[count / 2]) / 2.0;
            assert_eq!(found.price_min, lowest, "{query:?}");
            assert_eq!(found.price_median, lowest.map(middle), "{query:?}");
        }
        map
    }

    /// The sorted prices and the scores in each cell.
    fn expected_cells(
        &self,
        query: &Query,
        resolution: u8,
    ) -> BTreeMap<String, (Vec<f64>, Vec<f64>)> {
        let resolution = Resolution::try_from(resolution).unwrap();
        let mut cells: BTreeMap<String, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
        for expected in self.expected(query) {
            let document = &self.documents[&expected.key];
            let place = h3o::LatLng::new(document.place.lat(), document.place.lng()).unwrap();
            // A cell is made of smaller ones that do not fit into it exactly.
            let cell = place.to_cell(Resolution::Fifteen).parent(resolution);
            let (prices, scores) = cells.entry(cell.unwrap().to_string()).or_default();
            prices.extend(document.price);
            scores.push(expected.score);
        }
        for (prices, _) in cells.values_mut() {
            prices.sort_by(f64::total_cmp);
        }
        cells
    }
}
