//! The match score: a weighted mean of components, in points from `base` to 100.
//!
//! ```text
//! score = base + (100 - base) * sum(weight * component) / sum(weight)
//! ```
//!
//! Each component is a number in [0, 1] without a unit. Weights and `base` come from the profile;
//! only their ratios matter. The score and the base are points from 0 to 100. The sums run over the
//! components that apply to the query: without query terms there is no text component, without a
//! center no distance, and without any rating in the collection no review.
//!
//! An example with the profile `landlord`: base 50, and the weights capacity 20, activity 15 and
//! performance 15, which add up to 50. So a component of 1 adds `50 / 50 = 1` point per weight. An
//! owner who uses one of four contracts, was active an hour ago, accepts most requests and takes
//! two hours to respond has these components and points:
//!
//! | component | value | weight | points |
//! |---|---|---|---|
//! | capacity | 1 - 1/4 = 0.75 | 20 | 15 |
//! | activity | 1 | 15 | 15 |
//! | performance | 10/15 | 15 | 10 |
//!
//! The score is 50 + 15 + 15 + 10 = 90.

use crate::ranking::profile::{Component, Profile};

/// The parts of a score. The base and the points add up to the score.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The points that every match gets.
    pub base: f64,
    /// The components that apply, in the order of [`Component::ALL`].
    pub parts: Vec<ScorePart>,
}

/// One component of a score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScorePart {
    /// The component.
    pub component: Component,
    /// Its value for the document, 0 to 1.
    pub value: f64,
    /// Its weight in the profile.
    pub weight: f64,
    /// The points that it adds to the score.
    pub points: f64,
}

/// The values of all components for one document, or upper bounds of them for several.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Values([f64; 8]);

/// The weights of a profile, converted to points for one query.
#[derive(Clone, Debug)]
pub(crate) struct Scorer {
    base: f64,
    weights: [f64; 8],
    /// The points of a component of 1; 0 for one that does not apply.
    points: [f64; 8],
    points_per_weight: f64,
}

impl Values {
    pub(crate) fn set(&mut self, component: Component, value: f64) {
        self.0[component as usize] = value;
    }
}

impl Scorer {
    pub(crate) fn new(profile: &Profile, applies: impl Fn(Component) -> bool) -> Scorer {
        let weights = Component::ALL.map(|component| {
            if applies(component) {
                profile.weight(component)
            } else {
                0.0
            }
        });
        let total: f64 = weights.iter().sum();
        let span = 100.0 - profile.base();
        let points = weights.map(|weight| {
            if total > 0.0 {
                span * weight / total
            } else {
                0.0
            }
        });
        let points_per_weight = if total > 0.0 { span / total } else { 0.0 };
        Scorer {
            base: profile.base(),
            weights,
            points,
            points_per_weight,
        }
    }

    /// The points that a component of 1 adds to a score.
    pub(crate) fn points(&self, component: Component) -> f64 {
        self.points[component as usize]
    }

    pub(crate) fn weight(&self, component: Component) -> f64 {
        self.weights[component as usize]
    }

    /// The points that a component of 1 adds to a score per unit of weight.
    pub(crate) fn points_per_weight(&self) -> f64 {
        self.points_per_weight
    }

    /// Whether the component can change the score.
    pub(crate) fn uses(&self, component: Component) -> bool {
        self.points[component as usize] > 0.0
    }

    /// The score. Products and sums round monotonically, so upper bounds of the values give an
    /// upper bound of the score.
    pub(crate) fn score(&self, values: &Values) -> f64 {
        let points = self.points.iter().zip(&values.0);
        points.fold(self.base, |score, (points, value)| score + points * value)
    }

    pub(crate) fn explain(&self, values: &Values) -> Explanation {
        let parts = Component::ALL
            .into_iter()
            .filter(|&component| self.uses(component));
        let part = |component: Component| ScorePart {
            component,
            value: values.0[component as usize],
            weight: self.weights[component as usize],
            points: self.points[component as usize] * values.0[component as usize],
        };
        Explanation {
            base: self.base,
            parts: parts.map(part).collect(),
        }
    }
}

impl Explanation {
    /// The sum of the base and all points.
    pub fn score(&self) -> f64 {
        self.parts
            .iter()
            .fold(self.base, |score, part| score + part.points)
    }
}

/// The review component: the rating over 5, smoothed towards the overall mean as if there were
/// [`REVIEWS_PRIOR`] further reviews with the mean rating. Without a rating it is the mean.
pub(crate) fn review(rating: Option<f64>, reviews: u32, mean: f64) -> f64 {
    let Some(rating) = rating else {
        return mean / RATING_MAX;
    };
    let reviews = f64::from(reviews);
    (REVIEWS_PRIOR * mean + reviews * rating) / (REVIEWS_PRIOR + reviews) / RATING_MAX
}

/// The price component: 1 for a price of 0, 1/2 for the whole budget, and beyond the budget it
/// halves with each further half of the budget. It is 0 for an unknown price.
pub(crate) fn price(price: Option<f64>, budget: f64) -> f64 {
    let Some(price) = price else { return 0.0 };
    if price <= budget {
        1.0 - price / budget / 2.0
    } else {
        0.5 * (-2.0 * (price / budget - 1.0)).exp2()
    }
}

const REVIEWS_PRIOR: f64 = 5.0;
/// The highest rating.
pub(crate) const RATING_MAX: f64 = 5.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_landlord_profile_is_the_request_pool_formula() {
        let scorer = Scorer::new(&Profile::landlord(), |_| true);
        let mut values = Values::default();
        values.set(Component::Capacity, 0.75);
        values.set(Component::Activity, 1.0);
        values.set(Component::Performance, 10.0 / 15.0);
        assert_eq!(scorer.score(&values), 90.0);
        assert_eq!(scorer.score(&Values::default()), 50.0);
        assert_eq!(scorer.explain(&values).score(), 90.0);
    }

    #[test]
    fn components_that_do_not_apply_are_left_out_of_the_mean() {
        let scorer = Scorer::new(&Profile::room(), |component| {
            component == Component::Distance
        });
        let mut values = Values::default();
        values.set(Component::Distance, 0.5);
        assert_eq!(scorer.score(&values), 50.0);
    }

    #[test]
    fn few_reviews_change_the_component_little() {
        assert_eq!(review(None, 0, 4.0), 0.8);
        assert_eq!(review(Some(5.0), 5, 4.0), 0.9);
        assert!(review(Some(1.0), 1, 4.0) > review(Some(1.0), 10, 4.0));
    }

    #[test]
    fn lower_prices_fit_better_and_unknown_ones_do_not_fit() {
        let fits: Vec<f64> = [0.0, 500.0, 1000.0, 1500.0, 9000.0]
            .map(|p| price(Some(p), 1000.0))
            .to_vec();
        assert_eq!(fits[..4], [1.0, 0.75, 0.5, 0.25]);
        assert!(fits.is_sorted_by(|a, b| a >= b));
        assert_eq!(price(None, 1000.0), 0.0);
    }
}
