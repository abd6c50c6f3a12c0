//! Upper bounds of rank values and match scores for the documents below a tree node.

use super::document_scorer::DocumentScorer;
use crate::index::{AttributeBounds, BestSignals, StaticBounds, StaticScorer, StaticWeights, Tree};
use crate::query::Sort;
use crate::ranking::profile::Component;
use crate::ranking::score::{self, Values};
use crate::signals;

/// Bounds of what a scorer gives to any document below a node.
#[derive(Clone, Copy)]
pub(crate) struct NodeBounds<'a> {
    scorer: &'a DocumentScorer<'a>,
}

/// Upper bounds of the parts that a match score below a node is the sum of.
#[derive(Clone, Copy)]
pub(super) struct ScoreParts {
    pub(super) text: f64,
    pub(super) distance: f64,
    /// The query-independent score: capacity, activity, performance and review.
    pub(super) query_independent: f64,
    /// The base, preferred tags and price.
    pub(super) rest: f64,
}

impl ScoreParts {
    pub(super) fn sum(&self) -> f64 {
        self.rest + self.query_independent + self.text + self.distance
    }
}

impl<'a> NodeBounds<'a> {
    pub(crate) fn new(scorer: &'a DocumentScorer<'a>) -> NodeBounds<'a> {
        NodeBounds { scorer }
    }

    /// An upper bound of the rank value of every document below a node, if `text` is one of their
    /// text component.
    pub(crate) fn rank_value_max(
        &self,
        tree: &Tree,
        node: u32,
        text: f64,
        static_bounds: Option<&StaticBounds>,
    ) -> f64 {
        let exact = match self.scorer.query().sort {
            Sort::Match => self.parts(tree, node, text, static_bounds).sum(),
            Sort::Distance => -self.distance_min_m(tree, node).unwrap_or(0.0),
            Sort::Price => -tree.attributes(node).price_min,
            Sort::Rating => self.review_max(tree.attributes(node)),
        };
        // Sums in another order differ in their last bits, and the library's sines and powers are
        // not guaranteed to be monotone there.
        if exact.is_finite() {
            exact + exact.abs() * 1e-12 + 1e-12
        } else {
            exact
        }
    }

    /// An upper bound of what everything but text and the query-independent score adds to a match
    /// score below a node.
    pub(crate) fn rest_max(&self, tree: &Tree, node: u32, static_bounds: &StaticBounds) -> f64 {
        let parts = self.parts(tree, node, 0.0, Some(static_bounds));
        parts.rest + parts.distance
    }

    /// An upper bound of what a text component of 1 adds to a match score.
    pub(crate) fn text_points(&self) -> f64 {
        self.scorer.scorer().points(Component::Text)
    }

    /// An upper bound of what a step of the static bounds adds to a match score.
    pub(crate) fn step_points(&self, static_bounds: &StaticBounds, step: u8) -> f64 {
        let scorer = self.scorer.scorer();
        scorer.points_per_weight() * static_bounds.upper_bound_of(step, self.scorer.rating_mean())
    }

    /// What the query-independent score depends on; `None` if hits are sorted by something else.
    pub(crate) fn static_scorer(&self) -> Option<StaticScorer> {
        let weight = |component| self.scorer.scorer().weight(component);
        (self.scorer.query().sort == Sort::Match).then(|| StaticScorer {
            weights: StaticWeights {
                capacity: weight(Component::Capacity),
                activity: weight(Component::Activity),
                performance: weight(Component::Performance),
                review: weight(Component::Review),
            },
            now_s: self.scorer.query().now_s,
            rating_mean: self.scorer.rating_mean(),
        })
    }

    pub(super) fn scorer(&self) -> &'a DocumentScorer<'a> {
        self.scorer
    }

    pub(super) fn parts(
        &self,
        tree: &Tree,
        node: u32,
        text: f64,
        static_bounds: Option<&StaticBounds>,
    ) -> ScoreParts {
        let scorer = self.scorer.scorer();
        let mut values = Values::default();
        // Attributes lie far from the boxes in memory, so they are read only where they apply.
        if scorer.uses(Component::Amenity) {
            let amenity = self.scorer.amenity(tree.attributes(node).tags_any);
            values.set(Component::Amenity, amenity);
        }
        if let Some(budget) = self.scorer.budget() {
            let price = tree.attributes(node).price_min;
            let price = Some(price).filter(|price| price.is_finite());
            values.set(Component::Price, score::price(price, budget));
        }
        let query_independent = if let Some(bounds) = static_bounds {
            scorer.points_per_weight() * bounds.upper_bound(node, self.scorer.rating_mean())
        } else {
            let review = self.review_max(tree.attributes(node));
            values.set(Component::Review, review);
            self.signal_points_max(&tree.best_signals(node))
        };
        let decay = |distance_m| self.scorer.query().profile.decay(distance_m);
        let distance = self.distance_min_m(tree, node).map_or(0.0, decay);
        ScoreParts {
            text: scorer.points(Component::Text) * text,
            distance: scorer.points(Component::Distance) * distance,
            query_independent,
            rest: scorer.score(&values),
        }
    }

    /// A lower bound of the distance of every document below a node.
    fn distance_min_m(&self, tree: &Tree, node: u32) -> Option<f64> {
        let bounds = &tree.node(node).bounds;
        let center = self.scorer.center();
        center.map(|center| bounds.nearest(center).distance_min_m())
    }

    /// An upper bound of what the signals of any owner below a node add to a score.
    fn signal_points_max(&self, signals: &BestSignals<'_>) -> f64 {
        let (scorer, now_s) = (self.scorer.scorer(), self.scorer.query().now_s);
        let points = signals.performers().map(|best| {
            let activity = signals::activity(best.active_at_s, now_s);
            scorer.points(Component::Capacity) * best.capacity
                + scorer.points(Component::Activity) * activity
                + scorer.points(Component::Performance) * best.performance
        });
        points.fold(0.0, f64::max)
    }

    /// An upper bound of the review component below a node. A rating above the mean counts most
    /// with many reviews, one below the mean with few.
    fn review_max(&self, attributes: &AttributeBounds) -> f64 {
        let mean = self.scorer.rating_mean();
        let unrated = score::review(None, 0, mean);
        if attributes.rating_max < 0.0 {
            return unrated;
        }
        let is_above = attributes.rating_max > mean;
        let reviews = if is_above {
            attributes.reviews_max
        } else {
            attributes.reviews_min
        };
        let rated = score::review(Some(attributes.rating_max), reviews, mean);
        if attributes.any_unrated {
            rated.max(unrated)
        } else {
            rated
        }
    }
}
