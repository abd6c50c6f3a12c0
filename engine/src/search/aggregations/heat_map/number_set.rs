//! The lowest and the median of a set of numbers.

/// A set of numbers, in which equal numbers are counted together.
#[derive(Default)]
pub(super) struct NumberSet {
    /// Each number with its count. Numbers added since the last merge follow at the end, one by
    /// one.
    counted: Vec<(f64, u64)>,
    /// The number of entries after the last merge.
    distinct: usize,
}

/// Numbers that may wait for a merge, unless there are more distinct ones.
const UNMERGED_MAX: usize = 4_096;

impl NumberSet {
    /// Adds a number; NaN stands for an unknown number and is ignored.
    pub(super) fn add(&mut self, number: f64) {
        if number.is_nan() {
            return;
        }
        self.counted.push((number, 1));
        if self.counted.len() - self.distinct > UNMERGED_MAX.max(self.distinct) {
            self.merge_equal();
        }
    }

    /// The lowest and the median number, if there is any. Empties the set.
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

    /// The number at this index in sorted order.
    fn at(&self, index: u64) -> f64 {
        let mut passed = 0;
        let mut numbers = self.counted.iter();
        let reached = numbers.find(|(_, times)| {
            passed += times;
            passed > index
        });
        reached.map_or(0.0, |(number, _)| *number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lowest_and_median_equal_those_of_the_sorted_numbers() {
        let mut numbers = NumberSet::default();
        assert_eq!(numbers.take(), None);
        for count in [1_usize, 2, 3, 4_096, 4_097, 30_001] {
            // Unsorted, with duplicates and unknown numbers.
            let mut all: Vec<f64> = (0..count).map(|n| (n * 7_919 % 5_003) as f64).collect();
            for &number in &all {
                numbers.add(number);
                numbers.add(f64::NAN);
            }
            all.sort_by(f64::total_cmp);
            let median = (all[(count - 1) / 2] + all[count / 2]) / 2.0;
            assert_eq!(numbers.take(), Some((all[0], median)), "{count}");
        }
    }
}
