//! Scores one document: the values of all components, the match score and the rank value.

use super::order::Order;
use super::pair_scorer::{BestPair, PairScorer};
use crate::geo::UnitVector;
use crate::index::{Columns, SegmentView, Snapshot};
use crate::query::{Query, Words};
use crate::ranking::profile::Component;
use crate::ranking::rating::RatingScale;
use crate::ranking::score::{self, Explanation, Scorer, Values};
use crate::schema::{Key, Tags};
use crate::search::collector::{Candidate, ScoreInputs};
use crate::search::compiled::context::SearchContext;
use crate::signals::SignalView;

/// The scoring half of a query, compiled for one snapshot.
pub(crate) struct DocumentScorer<'a> {
    query: &'a Query,
    scorer: Scorer,
    signals: SignalView,
    center: Option<UnitVector>,
    budget: Option<Budget>,
    /// The index of the preferred tags among the tags.
    preferred_tags: Option<usize>,
    rating: RatingScale,
    rating_columns: Option<(usize, usize)>,
    /// The index of the exposure among the signals of a number, if it counts.
    exposure: Option<usize>,
    order: Order,
    /// `None` unless the query has probes.
    pairs: Option<PairScorer<'a>>,
}

/// The match score of a document, and where it comes from.
pub(crate) struct Scored {
    pub(crate) score: f64,
    pub(crate) explanation: Option<Explanation>,
    pub(crate) distance_m: Option<f64>,
    /// The best probe, if the query has probes.
    pub(crate) probe: Option<Key>,
}

/// What the user would spend on a number.
#[derive(Clone, Copy)]
pub(super) struct Budget {
    /// Its index among the numbers.
    pub(super) number: usize,
    /// Above 0.
    pub(super) value: f64,
}

impl<'a> DocumentScorer<'a> {
    pub(crate) fn new(
        query: &'a Query,
        snapshot: &Snapshot,
        context: &SearchContext,
    ) -> DocumentScorer<'a> {
        let collection = snapshot.collection;
        let number = |field| collection.number_index(field);
        let index = |field| collection.tags_index(field);
        let preferred_tags = collection.preferred_tags().and_then(index);
        // Nothing fits a budget of nothing, so such a budget is ignored.
        let budget = query.budget.filter(|&budget| budget > 0.0);
        let budget = budget.and_then(|value| {
            let number = number(collection.budget()?)?;
            Some(Budget { number, value })
        });
        let rating = RatingScale {
            mean: snapshot.statistics.rating_mean,
            max: collection.rating().map_or(1.0, |rating| rating.max),
        };
        let exposure = collection.exposure();
        let exposure = exposure.and_then(|signal| collection.number_signal_index(signal));
        let pairs = context.probes.clone();
        let pairs = pairs.map(|probes| PairScorer::new(query, probes));
        let probes = pairs.as_ref().map(PairScorer::probes);
        let applies = |component| match component {
            Component::Text => query.text.as_ref().is_some_and(Words::has_words),
            Component::Capacity | Component::Activity | Component::Performance => true,
            Component::Distance => query.center.is_some() || probes.is_some(),
            Component::Tags => match probes {
                Some(probes) => probes.preferred_tags.is_some(),
                None => preferred_tags.is_some() && !query.preferred_tags.is_empty(),
            },
            Component::Budget => match probes {
                Some(probes) => probes.budget.is_some(),
                None => budget.is_some(),
            },
            // Without any rating in the collection, all documents have the same rating component.
            Component::Rating => probes.map_or(rating.mean > 0.0, |probes| probes.are_rated),
            Component::Exposure => exposure.is_some(),
        };
        let scorer = Scorer::new(&query.profile, applies);
        DocumentScorer {
            exposure: exposure.filter(|_| scorer.uses(Component::Exposure)),
            scorer,
            query,
            signals: context.signals.clone(),
            pairs,
            center: query
                .center
                .filter(|_| query.probes.is_none())
                .map(UnitVector::from),
            budget,
            preferred_tags,
            rating,
            rating_columns: collection
                .rating()
                .and_then(|rating| number(rating.mean).zip(number(rating.count))),
            order: Order::of(query.sort, collection),
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
        let inputs = self.inputs(view, doc, text);
        let rank_value = self.rank_value(view, &inputs);
        inputs.ranked(view, segment, rank_value)
    }

    /// The same; `None` if the rank value is below `min`. Most documents are, so nothing but the
    /// rank value is determined for these.
    #[inline]
    pub(crate) fn competitive_candidate(
        &self,
        view: &SegmentView,
        segment: u32,
        (doc, text): (u32, f64),
        min: Option<f64>,
    ) -> Option<Candidate> {
        let is_competitive = |rank_value: f64| min.is_none_or(|min| rank_value >= min);
        // Signals are read last: they are the most likely to be in no cache.
        let unscored = self.rank_value_without_score(&view.segment.columns, doc);
        if !unscored.is_none_or(is_competitive) {
            return None;
        }
        let inputs = self.inputs(view, doc, text);
        let rank_value = unscored.unwrap_or_else(|| self.rank_value(view, &inputs));
        is_competitive(rank_value).then(|| inputs.ranked(view, segment, rank_value))
    }

    /// The match score of a document with this text component.
    pub(crate) fn score(&self, view: &SegmentView, doc: u32, text: f64) -> f64 {
        let inputs = self.inputs(view, doc, text);
        if self.pairs.is_some()
            && let Some(pair) = self.pair(view, &inputs)
        {
            return pair.score;
        }
        self.scorer
            .score(&self.values(&view.segment.columns, &inputs))
    }

    /// A document and its best probe; `None` if the query has no probes.
    #[inline(never)]
    pub(crate) fn pair(&self, view: &SegmentView, inputs: &ScoreInputs) -> Option<BestPair> {
        let pairs = self.pairs.as_ref()?;
        let of_document = self.number_in_order(&view.segment.columns, inputs.doc as usize);
        let scoring = (&self.scorer, self.order);
        pairs.best(scoring, view, inputs, of_document)
    }

    /// The match score of a candidate, with its explanation if the query wants one.
    pub(crate) fn explain(&self, view: &SegmentView, candidate: &Candidate) -> Scored {
        let (columns, inputs) = (&view.segment.columns, candidate.inputs());
        let pair = self.pair(view, &inputs);
        let values = match &pair {
            Some(pair) => pair.values,
            None => self.values(columns, &inputs),
        };
        let explanation = self.query.explain.then(|| self.scorer.explain(&values));
        Scored {
            score: self.scorer.score(&values),
            explanation,
            distance_m: self.distance_of(pair.as_ref(), columns, candidate.doc),
            probe: pair.map(|pair| pair.probe),
        }
    }

    /// The great-circle distance of a document from its best probe, or else from the center.
    pub(crate) fn distance_of(
        &self,
        pair: Option<&BestPair>,
        columns: &Columns,
        doc: u32,
    ) -> Option<f64> {
        pair.map_or_else(
            || self.distance_m(columns, doc),
            |pair| Some(pair.distance_m),
        )
    }

    /// The great-circle distance to the query's center, if it has one and no probes.
    fn distance_m(&self, columns: &Columns, doc: u32) -> Option<f64> {
        let point = columns.points[doc as usize];
        self.center
            .map(|center| center.chord_squared(point).distance_m())
    }

    /// Whether documents near some place are better than others.
    pub(crate) fn prefers_places(&self) -> bool {
        self.center.is_some() || self.pairs.is_some()
    }

    pub(super) fn pairs(&self) -> Option<&PairScorer<'a>> {
        self.pairs.as_ref()
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

    pub(super) fn budget(&self) -> Option<Budget> {
        self.budget
    }

    pub(super) fn preferred_tags(&self) -> Option<usize> {
        self.preferred_tags
    }

    /// The index of the exposure among the signals of a number, if it counts.
    pub(super) fn exposure(&self) -> Option<usize> {
        self.exposure
    }

    pub(super) fn rating(&self) -> RatingScale {
        self.rating
    }

    /// The indexes of the mean and of the number of ratings among the numbers.
    pub(super) fn rating_columns(&self) -> Option<(usize, usize)> {
        self.rating_columns
    }

    pub(super) fn order(&self) -> Order {
        self.order
    }

    /// The share of the preferred tags that are among `tags`; 0 without preferred tags.
    pub(super) fn share_of_preferred(&self, tags: Tags) -> f64 {
        self.query.preferred_tags.share_among(tags).unwrap_or(0.0)
    }

    /// What a document is scored by. Signals are read here and nowhere else, because they may
    /// change meanwhile.
    #[inline]
    fn inputs(&self, view: &SegmentView, doc: u32, text: f64) -> ScoreInputs {
        let owner = view.segment.columns.owners[doc as usize];
        ScoreInputs {
            doc,
            text,
            signals: self.signals.get(owner),
            exposure: self.exposure.map_or(0.0, |index| {
                let numbers = &view.segment.tree.document_signals.numbers;
                score::exposure(numbers[index].number(doc))
            }),
        }
    }

    /// The value that hits are sorted by, larger first.
    #[inline]
    fn rank_value(&self, view: &SegmentView, inputs: &ScoreInputs) -> f64 {
        if self.pairs.is_some()
            && let Some(pair) = self.pair(view, inputs)
        {
            return pair.rank_value;
        }
        let columns = &view.segment.columns;
        let unscored = self.rank_value_without_score(columns, inputs.doc);
        unscored.unwrap_or_else(|| self.scorer.score(&self.values(columns, inputs)))
    }

    /// The rank value of a document; `None` if that is the match score or depends on the probe.
    #[inline]
    fn rank_value_without_score(&self, columns: &Columns, doc: u32) -> Option<f64> {
        match self.order {
            Order::Match => None,
            _ if self.pairs.is_some() => None,
            Order::Distance => Some(-self.distance_m(columns, doc).unwrap_or(0.0)),
            Order::Rating => Some(self.rating_of(columns, doc as usize)),
            Order::Ascending(_) | Order::Descending(_) => {
                Some(self.number_in_order(columns, doc as usize))
            }
        }
    }

    /// The number that hits are sorted by, larger first; 0 if they are sorted by something else.
    fn number_in_order(&self, columns: &Columns, at: usize) -> f64 {
        let number = |index: Option<usize>| known(columns.numbers[index?].get(at));
        match self.order {
            Order::Ascending(index) => -number(index).unwrap_or(f64::INFINITY),
            Order::Descending(index) => number(index).unwrap_or(f64::NEG_INFINITY),
            Order::Match | Order::Distance | Order::Rating => 0.0,
        }
    }

    /// The component values of a document.
    #[inline]
    fn values(&self, columns: &Columns, inputs: &ScoreInputs) -> Values {
        let (at, signals) = (inputs.doc as usize, &inputs.signals);
        let mut values = Values::default();
        values.set(Component::Text, inputs.text);
        values.set(Component::Exposure, inputs.exposure);
        if let Some(distance_m) = self.distance_m(columns, inputs.doc) {
            values.set(Component::Distance, self.query.profile.decay(distance_m));
        }
        values.set(Component::Capacity, signals.capacity());
        values.set(Component::Activity, signals.activity(self.query.now_s));
        values.set(Component::Performance, signals.performance());
        if let Some(index) = self.preferred_tags {
            let share = self.share_of_preferred(columns.tags[index][at]);
            values.set(Component::Tags, share);
        }
        values.set(Component::Rating, self.rating_of(columns, at));
        if let Some(Budget { number, value }) = self.budget {
            let number = known(columns.numbers[number].get(at));
            values.set(Component::Budget, score::budget_fit(number, value));
        }
        values
    }

    fn rating_of(&self, columns: &Columns, at: usize) -> f64 {
        let (rating, count) = (columns.rating(at), columns.rating_count(at));
        self.rating.component(rating, count)
    }
}

/// Columns store NaN for an unknown number.
fn known(value: f64) -> Option<f64> {
    Some(value).filter(|value| !value.is_nan())
}
