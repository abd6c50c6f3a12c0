//! How good a match is a document?
//!
//! Every component lies in [0, 1]; the score lies in [base, 100]:
//!
//! ```text
//! score = base + (100 - base) * sum(weight * component) / sum(weight)
//! ```
//!
//! over the components that apply: without text in the query there is no text component, without a
//! place no distance, and without any rating in the collection no review. With the profile `landlord` (base 50, capacity 20,
//! activity 15, performance 15), an owner with one of four places taken who was active an hour
//! ago, accepts most requests and takes two hours to answer scores
//! `50 + 50 * (20 * 0.75 + 15 * 1 + 15 * 10/15) / 50 = 50 + 15 + 15 + 10 = 90`.

use crate::profile::{Component, Profile};

/// How a score came about. The base and the points add up to the score.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// What every match gets.
    pub base: f64,
    /// A part for each component that applies, in the order of [`Component::ALL`].
    pub parts: Vec<ScorePart>,
}

/// What one component adds to a score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScorePart {
    /// Which component.
    pub component: Component,
    /// Its value for this document, 0 to 1.
    pub value: f64,
    /// Its weight in the profile.
    pub weight: f64,
    /// What it adds to the score.
    pub points: f64,
}

/// The values of all components for one document, or bounds of them for many.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Values([f64; 8]);

/// A profile made ready for one query.
#[derive(Clone, Debug)]
pub(crate) struct Scorer {
    base: f64,
    weights: [f64; 8],
    /// The points of a component of value 1; 0 for one that does not apply.
    points: [f64; 8],
    points_a_weight: f64,
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
        let points_a_weight = if total > 0.0 { span / total } else { 0.0 };
        Scorer {
            base: profile.base(),
            weights,
            points,
            points_a_weight,
        }
    }

    /// What a component of value 1 adds to a score.
    pub(crate) fn points(&self, component: Component) -> f64 {
        self.points[component as usize]
    }

    pub(crate) fn weight(&self, component: Component) -> f64 {
        self.weights[component as usize]
    }

    /// What a weight of 1 adds to a score for a component of value 1.
    pub(crate) fn points_a_weight(&self) -> f64 {
        self.points_a_weight
    }

    /// Whether the component can move the score at all.
    pub(crate) fn uses(&self, component: Component) -> bool {
        self.points[component as usize] > 0.0
    }

    /// The score. Products and sums round monotonically, so bounds of the values give a bound of
    /// the score.
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
    /// The score that the base and the points add up to.
    pub fn score(&self) -> f64 {
        self.parts
            .iter()
            .fold(self.base, |score, part| score + part.points)
    }
}

/// The review component: the rating, pulled towards the mean of all by as much as
/// [`REVIEWS_PRIOR`] reviews would, over 5. Without a rating it is the mean itself.
pub(crate) fn review(rating: Option<f64>, reviews: u32, mean: f64) -> f64 {
    let Some(rating) = rating else {
        return mean / RATING_MAX;
    };
    let reviews = f64::from(reviews);
    (REVIEWS_PRIOR * mean + reviews * rating) / (REVIEWS_PRIOR + reviews) / RATING_MAX
}

/// The price component: 1 for nothing, one half for the whole budget, and beyond the budget half
/// as much again for every further half of it. A price that is not known fits no budget.
pub(crate) fn price(price: Option<f64>, budget: f64) -> f64 {
    let Some(price) = price else { return 0.0 };
    if price <= budget {
        1.0 - price / budget / 2.0
    } else {
        0.5 * (-2.0 * (price / budget - 1.0)).exp2()
    }
}

const REVIEWS_PRIOR: f64 = 5.0;
/// The best rating.
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
    fn a_component_that_does_not_apply_leaves_its_weight_to_the_others() {
        let scorer = Scorer::new(&Profile::room(), |component| {
            component == Component::Distance
        });
        let mut values = Values::default();
        values.set(Component::Distance, 0.5);
        assert_eq!(scorer.score(&values), 50.0);
    }

    #[test]
    fn a_few_reviews_move_the_rating_little() {
        assert_eq!(review(None, 0, 4.0), 0.8);
        assert_eq!(review(Some(5.0), 5, 4.0), 0.9);
        assert!(review(Some(1.0), 1, 4.0) > review(Some(1.0), 10, 4.0));
    }

    #[test]
    fn a_lower_price_fits_better_and_an_unknown_one_not_at_all() {
        let fits: Vec<f64> = [0.0, 500.0, 1000.0, 1500.0, 9000.0]
            .map(|p| price(Some(p), 1000.0))
            .to_vec();
        assert_eq!(fits[..4], [1.0, 0.75, 0.5, 0.25]);
        assert!(fits.is_sorted_by(|a, b| a >= b));
        assert_eq!(price(None, 1000.0), 0.0);
    }
}
