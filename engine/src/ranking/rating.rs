//! The rating component: a mean rating, smoothed by the number of ratings.

/// The scale of the ratings of a collection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct RatingScale {
    /// The mean of all ratings in the collection, 0 without any.
    pub(crate) mean: f64,
    /// The best rating.
    pub(crate) max: f64,
}

/// The number of further ratings with the mean of all, as if each document had these.
const COUNT_PRIOR: f64 = 5.0;

impl RatingScale {
    /// The component of a document, from 0 to 1: its mean rating over the best one, smoothed
    /// towards the mean of all as if there were [`COUNT_PRIOR`] further ratings with that mean.
    /// Without a rating it is the mean of all.
    pub(crate) fn component(self, rating: Option<f64>, count: f64) -> f64 {
        let RatingScale { mean, max } = self;
        let Some(rating) = rating else {
            return mean / max;
        };
        (COUNT_PRIOR * mean + count * rating) / (COUNT_PRIOR + count) / max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_ratings_change_the_component_little() {
        let scale = RatingScale {
            mean: 4.0,
            max: 5.0,
        };
        assert_eq!(scale.component(None, 0.0), 0.8);
        assert_eq!(scale.component(Some(5.0), 5.0), 0.9);
        let (one, ten) = (
            scale.component(Some(1.0), 1.0),
            scale.component(Some(1.0), 10.0),
        );
        assert!(one > ten);
    }
}
