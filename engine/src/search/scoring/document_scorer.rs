//! What is a document worth to a query, and what at most one below a node of the tree?

use std::ops::Range;

use super::filter::Filter;
use crate::collection::Tags;
use crate::geo::{ChordSquared, UnitVector};
use crate::index::{
    AttributeBounds, BestSignals, Columns, Snapshot, StaticBounds, StaticTerms, StaticWeights,
    StoreError, Tree,
};
use crate::profile::Component;
use crate::query::{Query, Sort, Words};
use crate::score::{self, Scorer, Values};
use crate::signals::{self, SignalView, Signals};

/// A query made ready for one snapshot.
pub(crate) struct Judge<'a> {
    query: &'a Query,
    scorer: Scorer,
    filter: Filter<'a>,
    signals: SignalView,
    center: Option<UnitVector>,
    /// Above 0.
    budget: Option<f64>,
    rating_mean: f64,
}

/// What a document must have at least to come in: whatever lacks it need not be scored.
#[derive(Clone, Copy)]
pub(crate) struct Reach<'a> {
    disc: Option<(UnitVector, ChordSquared)>,
    text_least: f64,
    statics: Option<(&'a StaticBounds, u8)>,
}

/// What the parts of a match score add at most below a node.
#[derive(Clone, Copy)]
struct Parts {
    text: f64,
    near: f64,
    /// What neither words, places nor the query's wishes matter to.
    statics: f64,
    rest: f64,
}

/// Far more than sums, powers and sines are off by.
const ROUNDING: f64 = 1e-9;

impl Reach<'_> {
    pub(crate) const ALL: Reach<'static> = Reach {
        disc: None,
        text_least: f64::NEG_INFINITY,
        statics: None,
    };

    /// The first of some documents whose place and signals are within reach.
    pub(crate) fn first(&self, columns: &Columns, mut docs: Range<u32>) -> Option<u32> {
        docs.find(|&doc| self.holds_statics(doc) && self.holds_place(columns, doc))
    }

    pub(crate) fn holds_text(&self, text: f64) -> bool {
        text >= self.text_least
    }

    fn holds_statics(&self, doc: u32) -> bool {
        self.statics
            .is_none_or(|(bounds, step)| bounds.holds(step, doc))
    }

    fn holds_place(&self, columns: &Columns, doc: u32) -> bool {
        self.disc.is_none_or(|(center, chord)| {
            center.chord_squared(columns.points[doc as usize]) <= chord
        })
    }
}

impl Parts {
    fn sum(&self) -> f64 {
        self.rest + self.statics + self.text + self.near
    }
}

impl<'a> Judge<'a> {
    pub(crate) fn new(
        query: &'a Query,
        snapshot: &Snapshot,
        signals: SignalView,
    ) -> Result<Judge<'a>, StoreError> {
        // Nothing costs less than nothing.
        let budget = query.budget.filter(|&budget| budget > 0.0);
        let applies = |component| match component {
            Component::Text => query.text.as_ref().is_some_and(Words::has_words),
            Component::Distance => query.center.is_some(),
            Component::Amenity => !query.preferred_tags.is_empty(),
            Component::Price => budget.is_some(),
            // Where nobody has rated anything, a rating can tell nothing apart.
            Component::Review => snapshot.statistics.rating_mean > 0.0,
            Component::Capacity | Component::Activity | Component::Performance => true,
        };
        Ok(Judge {
            query,
            scorer: Scorer::new(&query.profile, applies),
            filter: Filter::new(query, snapshot, signals.clone())?,
            signals,
            center: query.center.map(UnitVector::from),
            budget,
            rating_mean: snapshot.statistics.rating_mean,
        })
    }

    pub(crate) fn scorer(&self) -> &Scorer {
        &self.scorer
    }

    pub(crate) fn filter(&self) -> &Filter<'a> {
        &self.filter
    }

    pub(crate) fn has_center(&self) -> bool {
        self.center.is_some()
    }

    /// The signals of a document's owner as they are now.
    pub(crate) fn signals_of(&self, columns: &Columns, doc: u32) -> Signals {
        self.signals.get(columns.slots[doc as usize])
    }

    /// What the order of the answer goes by: larger is better.
    pub(crate) fn rank_value(
        &self,
        columns: &Columns,
        doc: u32,
        text: f64,
        signals: &Signals,
    ) -> f64 {
        let at = doc as usize;
        match self.query.sort {
            Sort::Match => self.scorer.score(&self.values(columns, doc, text, signals)),
            Sort::Distance => -self.distance_m(columns, doc).unwrap_or(0.0),
            Sort::Price => -known(columns.prices[at]).unwrap_or(f64::INFINITY),
            Sort::Rating => self.review(columns, at),
        }
    }

    /// At least the rank value of every document below a node whose text component is at most
    /// `text`.
    pub(crate) fn bound(
        &self,
        tree: &Tree,
        node: u32,
        text: f64,
        statics: Option<&StaticBounds>,
    ) -> f64 {
        let exact = match self.query.sort {
            Sort::Match => self.parts(tree, node, text, statics).sum(),
            Sort::Distance => -self.nearest_m(tree, node).unwrap_or(0.0),
            Sort::Price => -tree.attributes(node).price_min,
            Sort::Rating => self.best_review(tree.attributes(node)),
        };
        // Sums in another order differ in their last bits, and the library's sines and powers are
        // not promised to be monotone there.
        if exact.is_finite() {
            exact + exact.abs() * 1e-12 + 1e-12
        } else {
            exact
        }
    }

    /// What documents of a node must have to reach a match score of `least`, if the text component
    /// is at most `text` for all of them.
    pub(crate) fn reach<'s>(
        &self,
        tree: &Tree,
        node: u32,
        text: f64,
        statics: Option<&'s StaticBounds>,
        least: f64,
    ) -> Reach<'s> {
        let mut reach = Reach::ALL;
        if self.query.sort != Sort::Match {
            return reach;
        }
        let parts = self.parts(tree, node, text, statics);
        let missing = least - parts.sum() - ROUNDING;
        let points = self.scorer.points(Component::Text);
        if points > 0.0 {
            reach.text_least = (missing + parts.text) / points - ROUNDING;
        }
        let points = self.scorer.points(Component::Distance);
        if let Some(center) = self.center
            && points > 0.0
        {
            let decay = (missing + parts.near) / points - ROUNDING;
            if decay > 0.0 {
                let distance_m = self.query.profile.distance_of_decay(decay);
                let chord = ChordSquared::of_distance(distance_m * (1.0 + ROUNDING) + 0.001);
                reach.disc = Some((center, chord));
            }
        }
        if let Some(statics) = statics {
            reach.statics = self
                .reach_of_statics(statics, missing + parts.statics)
                .statics;
        }
        reach
    }

    /// At least what is added to the match score of any document below a node by all but its text
    /// and by what [`StaticBounds`] know.
    pub(crate) fn most_of_the_rest(&self, tree: &Tree, node: u32, statics: &StaticBounds) -> f64 {
        let parts = self.parts(tree, node, 0.0, Some(statics));
        parts.rest + parts.near
    }

    /// At least what a step of static bounds adds to a match score.
    pub(crate) fn points_of_step(&self, statics: &StaticBounds, step: u8) -> f64 {
        self.scorer.points_a_weight() * statics.most_of(step, self.rating_mean)
    }

    /// What documents must have of whose match score `missing` has to come from what static bounds
    /// know.
    pub(crate) fn reach_of_statics<'s>(
        &self,
        statics: &'s StaticBounds,
        missing: f64,
    ) -> Reach<'s> {
        let value = (missing - ROUNDING) / self.scorer.points_a_weight() - ROUNDING;
        Reach {
            statics: Some((statics, statics.step_of(value, self.rating_mean))),
            ..Reach::ALL
        }
    }

    /// At least what each part adds to the match score of any document below a node.
    fn parts(&self, tree: &Tree, node: u32, text: f64, statics: Option<&StaticBounds>) -> Parts {
        let mut values = Values::default();
        // What does not apply is not looked at: the attributes lie far from the boxes.
        if self.scorer.uses(Component::Amenity) {
            let amenity = self.amenity(tree.attributes(node).tags_any);
            values.set(Component::Amenity, amenity);
        }
        if let Some(budget) = self.budget {
            let price = tree.attributes(node).price_min;
            let price = Some(price).filter(|price| price.is_finite());
            values.set(Component::Price, score::price(price, budget));
        }
        let statics = if let Some(statics) = statics {
            self.scorer.points_a_weight() * statics.most(node, self.rating_mean)
        } else {
            let review = self.best_review(tree.attributes(node));
            values.set(Component::Review, review);
            self.best_points(&tree.best_signals(node))
        };
        let decay = |nearest_m| self.query.profile.decay(nearest_m);
        let near = self.nearest_m(tree, node).map_or(0.0, decay);
        Parts {
            text: self.scorer.points(Component::Text) * text,
            near: self.scorer.points(Component::Distance) * near,
            statics,
            rest: self.scorer.score(&values),
        }
    }

    /// At most the distance of any document below a node.
    fn nearest_m(&self, tree: &Tree, node: u32) -> Option<f64> {
        let bounds = &tree.node(node).bounds;
        self.center
            .map(|center| bounds.nearest(center).distance_at_least_m())
    }

    /// What the part of a score depends on that neither words nor places matter to; `None` if the
    /// order goes by something else.
    pub(crate) fn static_terms(&self) -> Option<StaticTerms> {
        let weight = |component| self.scorer.weight(component);
        (self.query.sort == Sort::Match).then(|| StaticTerms {
            weights: StaticWeights {
                capacity: weight(Component::Capacity),
                activity: weight(Component::Activity),
                performance: weight(Component::Performance),
                review: weight(Component::Review),
            },
            now_s: self.query.now_s,
            rating_mean: self.rating_mean,
        })
    }

    pub(crate) fn signals(&self) -> &SignalView {
        &self.signals
    }

    pub(crate) fn distance_m(&self, columns: &Columns, doc: u32) -> Option<f64> {
        let point = columns.points[doc as usize];
        self.center
            .map(|center| center.chord_squared(point).distance_m())
    }

    /// The component values of one document whose owner has these signals.
    pub(crate) fn values(
        &self,
        columns: &Columns,
        doc: u32,
        text: f64,
        signals: &Signals,
    ) -> Values {
        let at = doc as usize;
        let mut values = Values::default();
        values.set(Component::Text, text);
        if let Some(distance_m) = self.distance_m(columns, doc) {
            values.set(Component::Distance, self.query.profile.decay(distance_m));
        }
        values.set(Component::Capacity, signals.capacity());
        values.set(Component::Activity, signals.activity(self.query.now_s));
        values.set(Component::Performance, signals.performance());
        values.set(Component::Amenity, self.amenity(columns.tags[at]));
        values.set(Component::Review, self.review(columns, at));
        if let Some(budget) = self.budget {
            values.set(
                Component::Price,
                score::price(known(columns.prices[at]), budget),
            );
        }
        values
    }

    /// At least what the signals of any owner below a node add to a score.
    fn best_points(&self, signals: &BestSignals<'_>) -> f64 {
        let points = signals.performers().map(|best| {
            let activity = signals::activity(best.active_at_s, self.query.now_s);
            self.scorer.points(Component::Capacity) * best.capacity
                + self.scorer.points(Component::Activity) * activity
                + self.scorer.points(Component::Performance) * best.performance
        });
        points.fold(0.0, f64::max)
    }

    fn amenity(&self, tags: Tags) -> f64 {
        let wanted = self.query.preferred_tags;
        if wanted.is_empty() {
            return 0.0;
        }
        f64::from(tags.shared_with(wanted).len()) / f64::from(wanted.len())
    }

    fn review(&self, columns: &Columns, at: usize) -> f64 {
        score::review(
            known(columns.ratings[at]),
            columns.reviews[at],
            self.rating_mean,
        )
    }

    /// A rating above the mean counts most with the most reviews, one below it with the fewest.
    fn best_review(&self, attributes: &AttributeBounds) -> f64 {
        let mean = self.rating_mean;
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

fn known(value: f64) -> Option<f64> {
    Some(value).filter(|value| !value.is_nan())
}
