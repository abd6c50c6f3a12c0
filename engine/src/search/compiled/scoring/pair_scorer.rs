//! Scores the pair of a document and its best probe, and bounds such scores for tree nodes.

use std::cmp::Ordering;
use std::sync::Arc;

use super::order::Order;
use crate::geo::area::Relation;
use crate::index::{Columns, Tree};
use crate::query::Query;
use crate::ranking::profile::Component;
use crate::ranking::score::{self, Scorer, Values};
use crate::schema::Key;
use crate::schema::Tags;
use crate::search::compiled::probes::{PreparedProbe, PreparedProbes};

/// The scoring of a reverse search.
pub(super) struct PairScorer<'a> {
    query: &'a Query,
    probes: Arc<PreparedProbes>,
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
    pub(super) fn new(query: &'a Query, probes: Arc<PreparedProbes>) -> PairScorer<'a> {
        PairScorer { query, probes }
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
        columns: &Columns,
        doc: u32,
        text: f64,
        of_document: f64,
    ) -> Option<BestPair> {
        let pair = |probe: &PreparedProbe| {
            let chord = probe.point.chord_squared(columns.points[doc as usize]);
            let distance_m = chord.distance_m();
            let values = self.values(columns, doc, text, (probe, distance_m));
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
        };
        let is_accepted = |probe: &&PreparedProbe| probe.is_accepted(columns, doc);
        let accepted = self.probes.iter().filter(is_accepted);
        let best = accepted.map(pair).reduce(BestPair::better);
        best.or_else(|| self.probes.iter().map(pair).reduce(BestPair::better))
    }

    /// An upper bound of the score of every document below a node, without what the text adds.
    pub(super) fn score_max(&self, scorer: &Scorer, tree: &Tree, node: u32) -> f64 {
        let possible = self.possible(tree, node);
        let scores =
            possible.map(|probe| scorer.score(&self.values_max(scorer, tree, node, probe)));
        scores.fold(f64::NEG_INFINITY, f64::max)
    }

    /// A lower bound of the distance of every document below a node from its best probe.
    pub(super) fn distance_min_m(&self, tree: &Tree, node: u32) -> f64 {
        let bounds = &tree.node(node).bounds;
        let possible = self.possible(tree, node);
        let distances = possible.map(|probe| bounds.nearest(probe.point).distance_min_m());
        distances.fold(f64::INFINITY, f64::min)
    }

    /// An upper bound of the rating component of every probe.
    pub(super) fn rating_max(&self) -> f64 {
        let ratings = self.probes.iter().map(|probe| probe.rating);
        ratings.fold(0.0, f64::max)
    }

    /// The probes that a document below a node may accept.
    fn possible(&self, tree: &Tree, node: u32) -> impl Iterator<Item = &PreparedProbe> {
        let is_possible =
            move |probe: &&PreparedProbe| probe.relation(tree, node) != Relation::Outside;
        self.probes.iter().filter(is_possible)
    }

    fn values(
        &self,
        columns: &Columns,
        doc: u32,
        text: f64,
        (probe, distance_m): (&PreparedProbe, f64),
    ) -> Values {
        let mut values = self.values_of_probe(probe);
        values.set(Component::Text, text);
        values.set(Component::Distance, self.query.profile.decay(distance_m));
        if let Some(index) = self.probes.preferred_tags {
            let preferred = columns.tags[index][doc as usize];
            // A document that prefers nothing has all that it prefers.
            let share = preferred.share_among(probe.tags).unwrap_or(1.0);
            values.set(Component::Tags, share);
        }
        if let Some(index) = self.probes.budget {
            let budget = columns.numbers[index][doc as usize];
            values.set(Component::Budget, fit(probe, budget));
        }
        values
    }

    fn values_max(&self, scorer: &Scorer, tree: &Tree, node: u32, probe: &PreparedProbe) -> Values {
        let mut values = self.values_of_probe(probe);
        let distance_m = tree.node(node).bounds.nearest(probe.point).distance_min_m();
        values.set(Component::Distance, self.query.profile.decay(distance_m));
        // Attributes lie far from the boxes in memory, so they are read only where they count.
        if let Some(index) = self
            .probes
            .preferred_tags
            .filter(|_| scorer.uses(Component::Tags))
        {
            let preferred = tree.attributes(node).tags(index);
            let share = share_max(probe.tags, preferred.any, preferred.all);
            values.set(Component::Tags, share);
        }
        if let Some(index) = self
            .probes
            .budget
            .filter(|_| scorer.uses(Component::Budget))
        {
            let budgets = tree.attributes(node).number(index);
            let have_all = budgets.are_all_known && budgets.min() > 0.0;
            let budget = if have_all { budgets.max() } else { f64::NAN };
            values.set(Component::Budget, fit(probe, budget));
        }
        values
    }

    /// The components that are the same for every document.
    fn values_of_probe(&self, probe: &PreparedProbe) -> Values {
        let mut values = Values::default();
        values.set(Component::Capacity, probe.signals.capacity());
        values.set(
            Component::Activity,
            probe.signals.activity(self.query.now_s),
        );
        values.set(Component::Performance, probe.signals.performance());
        values.set(Component::Rating, probe.rating);
        values
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
