//! Scores the pair of a document and its best probe, and bounds such scores for tree nodes.

use std::cmp::Ordering;
use std::rc::Rc;

use super::order::Order;
use crate::index::{Columns, SegmentView, TagBounds, Tree};
use crate::query::Query;
use crate::ranking::profile::Component;
use crate::ranking::score::{self, Scorer, Values};
use crate::schema::{Key, Tags};
use crate::search::collector::ScoreInputs;
use crate::search::compiled::probes::{PreparedProbe, PreparedProbes};

/// The scoring of a reverse search.
pub(super) struct PairScorer<'a> {
    query: &'a Query,
    probes: Rc<PreparedProbes>,
    /// By probe: the components that are the same for every document, and a distance component of
    /// 1, which is an upper bound.
    of_probes: Vec<Values>,
}

/// A document with its best probe.
#[derive(Clone, Copy)]
pub(crate) struct BestPair {
    /// The probe.
    pub(crate) probe: Key,
    /// The great-circle distance between both.
    pub(crate) distance_m: f64,
    pub(super) values: Values,
    pub(super) score: f64,
    pub(super) rank_value: f64,
}

impl<'a> PairScorer<'a> {
    pub(super) fn new(query: &'a Query, probes: Rc<PreparedProbes>) -> PairScorer<'a> {
        let values = |probe: &PreparedProbe| {
            let mut values = Values::default();
            values.set(Component::Distance, 1.0);
            values.set(Component::Capacity, probe.signals.capacity());
            values.set(Component::Activity, probe.signals.activity(query.now_s));
            values.set(Component::Performance, probe.signals.performance());
            values.set(Component::Rating, probe.rating);
            values
        };
        PairScorer {
            query,
            of_probes: probes.iter().map(values).collect(),
            probes,
        }
    }

    pub(super) fn probes(&self) -> &PreparedProbes {
        &self.probes
    }

    /// The best of the probes that a document accepts: the one with the highest rank value, of
    /// equal ones that with the highest score, of equal ones the first. If the document accepts
    /// none, the best of all; `None` without probes. A document with the same number in the order
    /// of hits has the rank value `of_document` with every probe.
    pub(super) fn best(
        &self,
        (scorer, order): (&Scorer, Order),
        view: &SegmentView,
        inputs: &ScoreInputs,
        of_document: f64,
    ) -> Option<BestPair> {
        let (columns, doc) = (&view.segment.columns, inputs.doc);
        let document = DocumentValues::of(&self.probes, columns, inputs);
        let mut best: Option<BestPair> = None;
        for index in self.probes.possible_for_doc(view, doc) {
            let probe = self.probes.probe(index);
            let mut values = self.of_probes[index];
            document.add_to(&mut values, probe);
            // Most probes cannot exceed the best one even at no distance.
            let is_beaten = order == Order::Match
                && best.is_some_and(|best| scorer.score(&values) <= best.score);
            if is_beaten || !probe.is_accepted(columns, doc) {
                continue;
            }
            let pair = self.pair((scorer, order), columns, doc, (probe, values), of_document);
            best = Some(best.map_or(pair, |best| best.better(pair)));
        }
        best.or_else(|| self.best_of_all((scorer, order), columns, inputs, of_document))
    }

    /// The best of all probes, as if the document accepted every one.
    #[cold]
    fn best_of_all(
        &self,
        scoring: (&Scorer, Order),
        columns: &Columns,
        inputs: &ScoreInputs,
        of_document: f64,
    ) -> Option<BestPair> {
        let (document, doc) = (
            DocumentValues::of(&self.probes, columns, inputs),
            inputs.doc,
        );
        let probes = self.probes.iter().zip(&self.of_probes);
        let pairs = probes.map(|(probe, values)| {
            let mut values = *values;
            document.add_to(&mut values, probe);
            self.pair(scoring, columns, doc, (probe, values), of_document)
        });
        pairs.reduce(BestPair::better)
    }

    /// The pair of a document and a probe, of which all components but the distance are known.
    fn pair(
        &self,
        (scorer, order): (&Scorer, Order),
        columns: &Columns,
        doc: u32,
        (probe, mut values): (&PreparedProbe, Values),
        of_document: f64,
    ) -> BestPair {
        let chord = probe.point.chord_squared(columns.points[doc as usize]);
        let distance_m = chord.distance_m();
        values.set(Component::Distance, self.query.profile.decay(distance_m));
        let score = scorer.score(&values);
        BestPair {
            probe: probe.key,
            distance_m,
            values,
            score,
            rank_value: match order {
                Order::Match => score,
                Order::Distance => -distance_m,
                Order::Rating => probe.rating,
                Order::Ascending(_) | Order::Descending(_) => of_document,
            },
        }
    }

    /// An upper bound of the score of every document below a node, without what the text adds, if
    /// `exposure` is one of their exposure component.
    #[inline(never)]
    pub(super) fn score_max(&self, scorer: &Scorer, tree: &Tree, node: u32, exposure: f64) -> f64 {
        let node_values = NodeValues::of(&self.probes, scorer, tree, node);
        let mut max = f64::NEG_INFINITY;
        for index in self.probes.possible(tree, node) {
            let (probe, mut values) = (self.probes.probe(index), self.of_probes[index]);
            values.set(Component::Exposure, exposure);
            node_values.add_to(&mut values, probe);
            // Most probes cannot exceed the best one even at no distance.
            if scorer.score(&values) > max {
                let distance_m = tree.node(node).bounds.nearest(probe.point).distance_min_m();
                values.set(Component::Distance, self.query.profile.decay(distance_m));
                max = max.max(scorer.score(&values));
            }
        }
        max
    }

    /// A lower bound of the distance of every document below a node from its best probe.
    #[inline(never)]
    pub(super) fn distance_min_m(&self, tree: &Tree, node: u32) -> f64 {
        let bounds = &tree.node(node).bounds;
        let possible = self.probes.possible(tree, node);
        let distances = possible.map(|index| {
            let probe = self.probes.probe(index);
            bounds.nearest(probe.point).distance_min_m()
        });
        distances.fold(f64::INFINITY, f64::min)
    }

    /// An upper bound of the rating component of every probe.
    pub(super) fn rating_max(&self) -> f64 {
        let ratings = self.probes.iter().map(|probe| probe.rating);
        ratings.fold(0.0, f64::max)
    }
}

impl BestPair {
    /// The better of two pairs of one document, the first if they are equal.
    fn better(self, other: BestPair) -> BestPair {
        let by_rank = self.rank_value.total_cmp(&other.rank_value);
        match by_rank.then(self.score.total_cmp(&other.score)) {
            Ordering::Less => other,
            Ordering::Equal | Ordering::Greater => self,
        }
    }
}

/// What a document has that the score of a pair depends on.
struct DocumentValues {
    text: f64,
    exposure: f64,
    preferred: Option<Tags>,
    /// NaN for a document without a budget.
    budget: Option<f64>,
}

impl DocumentValues {
    fn of(probes: &PreparedProbes, columns: &Columns, inputs: &ScoreInputs) -> DocumentValues {
        let at = inputs.doc as usize;
        DocumentValues {
            text: inputs.text,
            exposure: inputs.exposure,
            preferred: probes.preferred_tags.map(|index| columns.tags[index][at]),
            budget: probes.budget.map(|index| columns.numbers[index].get(at)),
        }
    }

    fn add_to(&self, values: &mut Values, probe: &PreparedProbe) {
        values.set(Component::Text, self.text);
        values.set(Component::Exposure, self.exposure);
        if let Some(preferred) = self.preferred {
            // A document that prefers nothing has all that it prefers.
            let share = preferred.share_among(probe.tags).unwrap_or(1.0);
            values.set(Component::Tags, share);
        }
        if let Some(budget) = self.budget {
            values.set(Component::Budget, fit(probe, budget));
        }
    }
}

/// What the documents below a node have, as far as the score depends on it. Attributes lie far from
/// the boxes in memory, so they are read only where they count.
struct NodeValues {
    preferred: Option<TagBounds>,
    /// The largest budget, or NaN if some document may have none.
    budget: Option<f64>,
}

impl NodeValues {
    fn of(probes: &PreparedProbes, scorer: &Scorer, tree: &Tree, node: u32) -> NodeValues {
        let preferred = probes
            .preferred_tags
            .filter(|_| scorer.uses(Component::Tags));
        let budget = probes.budget.filter(|_| scorer.uses(Component::Budget));
        NodeValues {
            preferred: preferred.map(|index| tree.attributes(node).tags(index)),
            budget: budget.map(|index| {
                let budgets = tree.attributes(node).number(index);
                let have_all = budgets.are_all_known && budgets.min() > 0.0;
                if have_all { budgets.max() } else { f64::NAN }
            }),
        }
    }

    fn add_to(&self, values: &mut Values, probe: &PreparedProbe) {
        if let Some(TagBounds { any, all }) = self.preferred {
            values.set(Component::Tags, share_max(probe.tags, any, all));
        }
        if let Some(budget) = self.budget {
            values.set(Component::Budget, fit(probe, budget));
        }
    }
}

/// How well a probe fits the budget of a document. Without a budget, or with one of nothing, every
/// probe does.
fn fit(probe: &PreparedProbe, budget: f64) -> f64 {
    match budget > 0.0 {
        true => score::budget_fit(probe.number, budget),
        false => 1.0,
    }
}

/// An upper bound of the share of the preferred tags that are among `tags`, for documents that each
/// prefer all of `all` and nothing beyond `any`.
fn share_max(tags: Tags, any: Tags, all: Tags) -> f64 {
    let (found_max, missing_min) = (
        any.intersection(tags).len(),
        all.len() - all.intersection(tags).len(),
    );
    match missing_min {
        0 => 1.0,
        _ => f64::from(found_max) / f64::from(found_max + missing_min),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_preferred_tags_is_bounded_by_what_is_certainly_missing() {
        let (wifi, desk, tv) = (Tags(1), Tags(2), Tags(4));
        assert_eq!(share_max(wifi, wifi.with(desk), Tags::NONE), 1.0);
        assert_eq!(share_max(wifi, wifi.with(desk), desk), 0.5);
        assert_eq!(share_max(tv, wifi.with(desk), desk), 0.0);
        assert_eq!(
            share_max(wifi.with(tv), wifi.with(desk).with(tv), desk),
            2.0 / 3.0
        );
    }
}
