//! What is the lowest of some prices, and what the middle one?

/// Some prices, equal ones together.
#[derive(Default)]
pub(super) struct Prices {
    /// Each with how often it occurs. Those that came last stand at the end, one by one.
    counted: Vec<(f64, u64)>,
    /// How many there were when equal ones were last put together.
    distinct: usize,
}

/// So many may stand one by one before equal ones are put together, or as many as there are others.
const LOOSE_MAX: usize = 4_096;

impl Prices {
    /// Takes a price; one that is not known, NaN, is left out.
    pub(super) fn add(&mut self, price: f64) {
        if price.is_nan() {
            return;
        }
        self.counted.push((price, 1));
        if self.counted.len() - self.distinct > LOOSE_MAX.max(self.distinct) {
            self.put_together();
        }
    }

    /// The lowest and the median, if there is any price. None is left.
    pub(super) fn take(&mut self) -> Option<(f64, f64)> {
        self.put_together();
        let count: u64 = self.counted.iter().map(|(_, times)| times).sum();
        let (lowest, _) = *self.counted.first()?;
        let middle = (self.at((count - 1) / 2) + self.at(count / 2)) / 2.0;
        self.counted.clear();
        self.distinct = 0;
        Some((lowest, middle))
    }

    fn put_together(&mut self) {
        self.counted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        self.counted.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            if is_same {
                kept.1 += next.1;
            }
            is_same
        });
        self.distinct = self.counted.len();
    }

    /// The price at a place in their order.
    fn at(&self, place: u64) -> f64 {
        let mut passed = 0;
        let mut prices = self.counted.iter();
        let reached = prices.find(|(_, times)| {
            passed += times;
            passed > place
        });
        reached.map_or(0.0, |(price, _)| *price)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_that_of_all_however_many_there_are() {
        let mut prices = Prices::default();
        assert_eq!(prices.take(), None);
        for count in [1_usize, 2, 3, 4_096, 4_097, 30_001] {
            // In an order that is none, many alike, and now and then an unknown one.
            let mut all: Vec<f64> = (0..count).map(|n| (n * 7_919 % 5_003) as f64).collect();
            for &price in &all {
                prices.add(price);
                prices.add(f64::NAN);
            }
            all.sort_by(f64::total_cmp);
            let median = (all[(count - 1) / 2] + all[count / 2]) / 2.0;
            assert_eq!(prices.take(), Some((all[0], median)), "{count}");
        }
    }
}
