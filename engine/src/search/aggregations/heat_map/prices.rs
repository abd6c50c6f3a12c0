//! The lowest and the median of a set of prices.

/// A set of prices, in which equal prices are counted together.
#[derive(Default)]
pub(super) struct Prices {
    /// Each price with its count. Prices added since the last merge follow at the end, one by one.
    counted: Vec<(f64, u64)>,
    /// The number of entries after the last merge.
    distinct: usize,
}

/// Prices that may wait for a merge, unless there are more distinct ones.
const UNMERGED_MAX: usize = 4_096;

impl Prices {
    /// Adds a price; NaN stands for an unknown price and is ignored.
    pub(super) fn add(&mut self, price: f64) {
        if price.is_nan() {
            return;
        }
        self.counted.push((price, 1));
        if self.counted.len() - self.distinct > UNMERGED_MAX.max(self.distinct) {
            self.merge_equal();
        }
    }

    /// The lowest and the median price, if there is any. Empties the set.
    pub(super) fn take(&mut self) -> Option<(f64, f64)> {
        self.merge_equal();
        let count: u64 = self.counted.iter().map(|(_, times)| times).sum();
        let (lowest, _) = *self.counted.first()?;
        let middle = (self.at((count - 1) / 2) + self.at(count / 2)) / 2.0;
        self.counted.clear();
        self.distinct = 0;
        Some((lowest, middle))
    }

    fn merge_equal(&mut self) {
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

    /// The price at this index in sorted order.
    fn at(&self, index: u64) -> f64 {
        let mut passed = 0;
        let mut prices = self.counted.iter();
        let reached = prices.find(|(_, times)| {
            passed += times;
            passed > index
        });
        reached.map_or(0.0, |(price, _)| *price)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lowest_and_median_equal_those_of_the_sorted_prices() {
        let mut prices = Prices::default();
        assert_eq!(prices.take(), None);
        for count in [1_usize, 2, 3, 4_096, 4_097, 30_001] {
            // Unsorted, with duplicates and unknown prices.
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
