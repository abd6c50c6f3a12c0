//! Upper bounds of rank values and match scores for the documents below a tree node.

use super::document_scorer::{Budget, DocumentScorer};
use super::order::Order;
use crate::index::{
    BestSignals, Columns, NodeAttributes, NumberBounds, StaticBounds, StaticScorer, StaticWeights,
    Tree,
};
use crate::ranking::profile::Component;
use crate::ranking::score;
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
    /// The query-independent score: capacity, activity, performance and rating.
    pub(super) query_independent: f64,
    /// The base, preferred tags, budget and exposure.
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
    #[inline]
    pub(crate) fn rank_value_max(
        &self,
        tree: &Tree,
        node: u32,
        text: f64,
        static_bounds: Option<&StaticBounds>,
    ) -> f64 {
        let exact = match self.scorer.order() {
            Order::Match => self.parts(tree, node, text, static_bounds).sum(),
            Order::Distance => -self.distance_min_m(tree, node).unwrap_or(0.0),
            Order::Ascending(Some(number)) => -tree.attributes(node).number(number).min(),
            Order::Descending(Some(number)) => tree.attributes(node).number(number).max(),
            Order::Ascending(None) | Order::Descending(None) => f64::NEG_INFINITY,
            Order::Rating => match self.scorer.pairs() {
                Some(pairs) => pairs.rating_max(),
                None => self.rating_max(tree.attributes(node)),
            },
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

    /// An upper bound of the match score of a document, without reading its signals: `rest` is one
    /// of what everything but its text, distance and query-independent score adds. The query has no
    /// probes.
    #[inline]
    pub(super) fn score_max(
        &self,
        columns: &Columns,
        static_bounds: &StaticBounds,
        (doc, text): (u32, f64),
        rest: f64,
    ) -> f64 {
        let scorer = self.scorer.scorer();
        let distance = self.scorer.center().map_or(0.0, |center| {
            let chord = center.chord_squared(columns.points[doc as usize]);
            let profile = &self.scorer.query().profile;
            scorer.points(Component::Distance) * profile.decay_max(chord.distance_min_m())
        });
        let step = self.step_points(static_bounds, static_bounds.step_of_doc(doc as usize));
        rest + step + scorer.points(Component::Text) * text + distance
    }

    /// An upper bound of what a text component of 1 adds to a match score.
    pub(crate) fn text_points(&self) -> f64 {
        self.scorer.scorer().points(Component::Text)
    }

    /// An upper bound of what a step of the static bounds adds to a match score.
    pub(crate) fn step_points(&self, static_bounds: &StaticBounds, step: u8) -> f64 {
        let scorer = self.scorer.scorer();
        scorer.points_per_weight() * static_bounds.upper_bound_of(step, self.scorer.rating().mean)
    }

    /// What the query-independent score depends on; `None` if hits are sorted by something else.
    pub(crate) fn static_scorer(&self) -> Option<StaticScorer> {
        let weight = |component| self.scorer.scorer().weight(component);
        // The signals of a pair are those of the probe's owner.
        let is_static = self.scorer.order() == Order::Match && self.scorer.pairs().is_none();
        is_static.then(|| StaticScorer {
            weights: StaticWeights {
                capacity: weight(Component::Capacity),
                activity: weight(Component::Activity),
                performance: weight(Component::Performance),
                rating: weight(Component::Rating),
            },
            now_s: self.scorer.query().now_s,
            rating: self.scorer.rating(),
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
        if let Some(pairs) = self.scorer.pairs() {
            return ScoreParts {
                text: scorer.points(Component::Text) * text,
                distance: 0.0,
                query_independent: 0.0,
                rest: pairs.score_max(scorer, tree, node, self.exposure_max(tree, node)),
            };
        }
        // Most components do not apply to most queries, and each sum waits for the one before.
        let mut rest = scorer.base();
        // Attributes lie far from the boxes in memory, so they are read only where they apply.
        if scorer.uses(Component::Tags)
            && let Some(index) = self.scorer.preferred_tags()
        {
            let tags = tree.attributes(node).tags(index).any;
            rest += scorer.points(Component::Tags) * self.scorer.share_of_preferred(tags);
        }
        if let Some(Budget { number, value }) = self.scorer.budget() {
            let min = tree.attributes(node).number(number).min();
            let min = Some(min).filter(|min| min.is_finite());
            rest += scorer.points(Component::Budget) * score::budget_fit(min, value);
        }
        if scorer.uses(Component::Exposure) {
            rest += scorer.points(Component::Exposure) * self.exposure_max(tree, node);
        }
        let query_independent = if let Some(bounds) = static_bounds {
            scorer.points_per_weight() * bounds.upper_bound(node, self.scorer.rating().mean)
        } else {
            let rating = self.rating_max(tree.attributes(node));
            let rating = scorer.points(Component::Rating) * rating;
            rating + self.signal_points_max(&tree.best_signals(node))
        };
        let decay = |distance_m| self.scorer.query().profile.decay_max(distance_m);
        let distance = self.distance_min_m(tree, node).map_or(0.0, decay);
        ScoreParts {
            text: scorer.points(Component::Text) * text,
            distance: scorer.points(Component::Distance) * distance,
            query_independent,
            rest,
        }
    }

    /// An upper bound of the exposure component below a node; 0 if it does not count.
    fn exposure_max(&self, tree: &Tree, node: u32) -> f64 {
        self.scorer.exposure().map_or(0.0, |index| {
            let numbers = &tree.document_signals.numbers[index];
            score::exposure(numbers.number_min(node))
        })
    }

    /// A lower bound of the distance of every document below a node.
    #[inline]
    fn distance_min_m(&self, tree: &Tree, node: u32) -> Option<f64> {
        if let Some(pairs) = self.scorer.pairs() {
            return Some(pairs.distance_min_m(tree, node));
        }
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

    /// An upper bound of the rating component below a node. A rating above the mean counts most
    /// with many ratings, one below the mean with few.
    fn rating_max(&self, attributes: NodeAttributes<'_>) -> f64 {
        let scale = self.scorer.rating();
        let unrated = scale.component(None, 0.0);
        let Some((ratings, counts)) = self.rating_bounds(attributes) else {
            return unrated;
        };
        let is_above = ratings.max() > scale.mean;
        let count = match is_above {
            true => counts.max().max(0.0),
            false if counts.are_all_known => counts.min(),
            false => 0.0,
        };
        let rated = scale.component(Some(ratings.max()), count);
        if ratings.are_all_known {
            rated
        } else {
            rated.max(unrated)
        }
    }

    /// The bounds of the mean ratings and of the numbers of ratings below a node; `None` if no
    /// document has a rating.
    fn rating_bounds(
        &self,
        attributes: NodeAttributes<'_>,
    ) -> Option<(NumberBounds, NumberBounds)> {
        let (mean, count) = self.scorer.rating_columns()?;
        let ratings = attributes.number(mean);
        ratings
            .is_any_known()
            .then(|| (ratings, attributes.number(count)))
    }
}
