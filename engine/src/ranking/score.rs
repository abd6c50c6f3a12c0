//! The match score: a weighted mean of components, in points from `base` to 100.
//!
//! ```text
//! score = base + (100 - base) * sum(weight * component) / sum(weight)
//! ```
//!
//! Each component is a number in [0, 1] without a unit. Weights and `base` come from the profile;
//! only their ratios matter. The score and the base are points from 0 to 100. The sums run over the
//! components that apply to the query: without query terms there is no text component, without a
//! center no distance, without any rating in the collection no rating, and without a signal for it
//! no exposure.
//!
//! An example: base 50, and the weights capacity 20, activity 15 and performance 15, which add up
//! to 50. So a component of 1 adds `50 / 50 = 1` point per weight. An owner who uses one of four
//! contracts, was active an hour ago, accepts most requests and takes two hours to respond has
//! these components and points:
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
pub(crate) struct Values([f64; Component::ALL.len()]);

/// The weights of a profile, converted to points for one query.
#[derive(Clone, Debug)]
pub(crate) struct Scorer {
    base: f64,
    weights: [f64; Component::ALL.len()],
    /// The points of a component of 1; 0 for one that does not apply.
    points: [f64; Component::ALL.len()],
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

    /// The score of a document whose components are all 0.
    pub(crate) fn base(&self) -> f64 {
        self.base
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
        const LAST: usize = Component::Exposure as usize;
        let points = self.points[..LAST].iter().zip(&values.0[..LAST]);
        let score = points.fold(self.base, |score, (points, value)| score + points * value);
        // Each sum waits for the one before, and few collections have an exposure.
        match self.uses(Component::Exposure) {
            true => score + self.points[LAST] * values.0[LAST],
            false => score,
        }
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

/// The budget component: 1 for the number 0, 1/2 for the whole budget, and beyond the budget it
/// halves with each further half of the budget. It is 0 for an unknown number.
pub(crate) fn budget_fit(number: Option<f64>, budget: f64) -> f64 {
    let Some(number) = number else { return 0.0 };
    if number <= budget {
        1.0 - number / budget / 2.0
    } else {
        0.5 * (-2.0 * (number / budget - 1.0)).exp2()
    }
}

/// The exposure component: 1 for the number 0, and the less the higher the number is.
pub(crate) fn exposure(number: f64) -> f64 {
    1.0 / (1.0 + number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ranking::profile::DecayShape;

    fn profile(base: f64, weights: [(Component, f64); 3]) -> Profile {
        let profile = Profile::new("test", base, DecayShape::Exponential, 2_000.0).unwrap();
        let weigh = |profile: Profile, (component, weight)| profile.with_weight(component, weight);
        weights.into_iter().try_fold(profile, weigh).unwrap()
    }

    #[test]
    fn a_score_is_the_base_and_the_points_of_its_components() {
        let weights = [
            (Component::Capacity, 20.0),
            (Component::Activity, 15.0),
            (Component::Performance, 15.0),
        ];
        let scorer = Scorer::new(&profile(50.0, weights), |_| true);
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
        let weights = [
            (Component::Text, 100.0),
            (Component::Distance, 30.0),
            (Component::Rating, 10.0),
        ];
        let is_distance = |component| component == Component::Distance;
        let scorer = Scorer::new(&profile(0.0, weights), is_distance);
        let mut values = Values::default();
        values.set(Component::Distance, 0.5);
        assert_eq!(scorer.score(&values), 50.0);
    }

    #[test]
    fn the_exposure_halves_with_the_first_and_falls_with_each_further_one() {
        assert_eq!([0.0, 1.0, 3.0].map(exposure), [1.0, 0.5, 0.25]);
        assert!((0.0..1e-300).contains(&exposure(f64::MAX)));
    }

    #[test]
    fn lower_numbers_fit_better_and_unknown_ones_do_not_fit() {
        let fits: Vec<f64> = [0.0, 500.0, 1000.0, 1500.0, 9000.0]
            .map(|p| budget_fit(Some(p), 1000.0))
            .to_vec();
        assert_eq!(fits[..4], [1.0, 0.75, 0.5, 0.25]);
        assert!(fits.is_sorted_by(|a, b| a >= b));
        assert_eq!(budget_fit(None, 1000.0), 0.0);
    }
}
