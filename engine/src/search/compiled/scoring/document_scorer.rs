//! Scores one document: the values of all components, the match score and the rank value.

use crate::collection::Tags;
use crate::geo::UnitVector;
use crate::index::{Columns, SegmentView, Snapshot};
use crate::query::{Query, Sort, Words};
use crate::ranking::profile::Component;
use crate::ranking::score::{self, Explanation, Scorer, Values};
use crate::search::collector::Candidate;
use crate::signals::{SignalView, Signals};

/// The scoring half of a query, compiled for one snapshot.
pub(crate) struct DocumentScorer<'a> {
    query: &'a Query,
    scorer: Scorer,
    signals: SignalView,
    center: Option<UnitVector>,
    /// Above 0.
    budget: Option<f64>,
    rating_mean: f64,
}

impl<'a> DocumentScorer<'a> {
    pub(crate) fn new(
        query: &'a Query,
        snapshot: &Snapshot,
        signals: SignalView,
    ) -> DocumentScorer<'a> {
        // No price fits a budget of nothing, so such a budget is ignored.
        let budget = query.budget.filter(|&budget| budget > 0.0);
        let applies = |component| match component {
            Component::Text => query.text.as_ref().is_some_and(Words::has_words),
            Component::Distance => query.center.is_some(),
            Component::Amenity => !query.preferred_tags.is_empty(),
            Component::Price => budget.is_some(),
            // Without any rating in the collection, all documents have the same review component.
            Component::Review => snapshot.statistics.rating_mean > 0.0,
            Component::Capacity | Component::Activity | Component::Performance => true,
        };
        DocumentScorer {
            query,
            scorer: Scorer::new(&query.profile, applies),
            signals,
            center: query.center.map(UnitVector::from),
            budget,
            rating_mean: snapshot.statistics.rating_mean,
        }
    }

    /// The candidate that stands for a matching document with this text component.
    pub(crate) fn candidate(
        &self,
        view: &SegmentView,
        segment: u32,
        doc: u32,
        text: f64,
    ) -> Candidate {
        let columns = &view.segment.columns;
        let signals = self.signals_of(columns, doc);
        Candidate {
            rank_value: self.rank_value(columns, doc, text, &signals),
            key: columns.keys[doc as usize],
            text,
            signals,
            owner: columns.owners[doc as usize],
            segment,
            doc,
        }
    }

    /// The match score of a document with this text component.
    pub(crate) fn score(&self, columns: &Columns, doc: u32, text: f64) -> f64 {
        let signals = self.signals_of(columns, doc);
        let values = self.values(columns, doc, text, &signals);
        self.scorer.score(&values)
    }

    /// The match score of a candidate, with its explanation if the query wants one.
    pub(crate) fn explain(
        &self,
        columns: &Columns,
        candidate: &Candidate,
    ) -> (f64, Option<Explanation>) {
        let values = self.values(columns, candidate.doc, candidate.text, &candidate.signals);
        let explanation = self.query.explain.then(|| self.scorer.explain(&values));
        (self.scorer.score(&values), explanation)
    }

    /// The great-circle distance to the query's center.
    pub(crate) fn distance_m(&self, columns: &Columns, doc: u32) -> Option<f64> {
        let point = columns.points[doc as usize];
        self.center
            .map(|center| center.chord_squared(point).distance_m())
    }

    pub(crate) fn has_center(&self) -> bool {
        self.center.is_some()
    }

    pub(super) fn query(&self) -> &'a Query {
        self.query
    }

    pub(super) fn scorer(&self) -> &Scorer {
        &self.scorer
    }

    pub(super) fn center(&self) -> Option<UnitVector> {
        self.center
    }

    pub(super) fn budget(&self) -> Option<f64> {
        self.budget
    }

    pub(super) fn rating_mean(&self) -> f64 {
        self.rating_mean
    }

    /// The share of the preferred tags that are among `tags`; 0 without preferred tags.
    pub(super) fn amenity(&self, tags: Tags) -> f64 {
        let preferred = self.query.preferred_tags;
        if preferred.is_empty() {
            return 0.0;
        }
        f64::from(tags.intersection(preferred).len()) / f64::from(preferred.len())
    }

    /// The current signals of a document's owner.
    fn signals_of(&self, columns: &Columns, doc: u32) -> Signals {
        self.signals.get(columns.owners[doc as usize])
    }

    /// The value that hits are sorted by, larger first.
    fn rank_value(&self, columns: &Columns, doc: u32, text: f64, signals: &Signals) -> f64 {
        let at = doc as usize;
        match self.query.sort {
            Sort::Match => self.scorer.score(&self.values(columns, doc, text, signals)),
            Sort::Distance => -self.distance_m(columns, doc).unwrap_or(0.0),
            Sort::Price => -known(columns.prices[at]).unwrap_or(f64::INFINITY),
            Sort::Rating => self.review(columns, at),
        }
    }

    /// The component values of a document whose owner has these signals.
    fn values(&self, columns: &Columns, doc: u32, text: f64, signals: &Signals) -> Values {
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

    fn review(&self, columns: &Columns, at: usize) -> f64 {
        score::review(
            known(columns.ratings[at]),
            columns.reviews[at],
            self.rating_mean,
        )
    }
}

/// Columns store NaN for an unknown number.
fn known(value: f64) -> Option<f64> {
    Some(value).filter(|value| !value.is_nan())
}
