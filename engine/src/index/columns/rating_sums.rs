//! The sums that give the mean rating of a collection.

use super::Columns;

/// Sums of ratings, each weighted by its number of ratings.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RatingSums {
    weighted: f64,
    count: f64,
}

impl RatingSums {
    pub(crate) fn of(columns: &Columns) -> RatingSums {
        let mut sums = RatingSums::default();
        for doc in 0..columns.keys.len() {
            if let Some(rating) = columns.rating(doc) {
                let count = columns.rating_count(doc);
                sums.weighted += rating * count;
                sums.count += count;
            }
        }
        sums
    }

    pub(crate) fn add(&mut self, other: RatingSums) {
        self.weighted += other.weighted;
        self.count += other.count;
    }

    /// The mean of all ratings, 0 without any.
    pub(crate) fn mean(self) -> f64 {
        if self.count > 0.0 {
            self.weighted / self.count
        } else {
            0.0
        }
    }
}
