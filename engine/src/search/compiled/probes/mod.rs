//! The probes of a reverse search, prepared once for each search.
//!
//! A document matches if at least one probe meets all of its conditions. The values of a probe do
//! not change during a search: its owner's signals and its busy days are read when the search
//! starts, and the signals of a document when it is first visited. So the best probe of a document
//! is the same whenever it is determined.

mod compared;
mod condition;

use std::collections::HashMap;

use crate::document::Document;
use crate::geo::UnitVector;
use crate::geo::area::Relation;
use crate::index::{Columns, SegmentView, Snapshot, Tree};
use crate::query::Probes;
use crate::ranking::rating::RatingScale;
use crate::schema::{Key, Matching, Tags};
use crate::signals::{SignalView, Signals};
use compared::{Compared, ComparedNodes, ProbeSet};
use condition::ProbeCondition;

/// With fewer probes it takes less time to compare all of them with each node than to remember
/// which are possible.
const PROBES_TO_REMEMBER: usize = 4;

/// The probes of a search.
#[derive(Debug)]
pub(crate) struct PreparedProbes {
    probes: Vec<PreparedProbe>,
    compared: ComparedNodes,
    /// The index of the preferred tags among the tags of the searched documents.
    pub(crate) preferred_tags: Option<usize>,
    /// The index of the budget among the numbers of the searched documents.
    pub(crate) budget: Option<usize>,
    /// Whether any document of the probes' collection has a rating.
    pub(crate) are_rated: bool,
}

/// A probe with all that conditions and scores read of it.
#[derive(Debug)]
pub(crate) struct PreparedProbe {
    pub(crate) key: Key,
    pub(crate) point: UnitVector,
    pub(crate) signals: Signals,
    /// The rating component.
    pub(crate) rating: f64,
    /// Those that a document may prefer.
    pub(crate) tags: Tags,
    /// The number that is compared with the budget of a document.
    pub(crate) number: Option<f64>,
    /// All must be met, and are compared with nodes in this order.
    conditions: Vec<ProbeCondition>,
    /// The same, the cheap ones first, as they are compared with documents.
    of_documents: Vec<ProbeCondition>,
}

impl PreparedProbes {
    /// The probes of available owners, with the ratings and busy days of a snapshot of their
    /// collection. There are none for a search of another collection than the probes match.
    pub(crate) fn new(
        probes: &Probes,
        searched: &Snapshot,
        probed: &Snapshot,
        signals: &SignalView,
    ) -> PreparedProbes {
        let matching = &*probes.matching;
        let documents = match probes.searched() == searched.collection {
            true => &probes.documents[..],
            false => &[],
        };
        // All probes of an owner have the same signals, whatever changes meanwhile.
        let mut of_owners = HashMap::new();
        let prepared = documents.iter().map(|probe| {
            let of_owner = of_owners.entry(probe.owner);
            let signals = of_owner.or_insert_with(|| signals.of_owner(probe.owner));
            PreparedProbe::new(probe, matching, probed, *signals)
        });
        let pair = matching.preferred_tags;
        let preferred_tags = pair.and_then(|pair| matching.documents.tags_index(pair.document));
        let pair = matching.budget;
        let budget = pair.and_then(|pair| matching.documents.number_index(pair.document));
        PreparedProbes {
            probes: prepared.filter(|probe| probe.signals.available).collect(),
            compared: ComparedNodes::default(),
            preferred_tags,
            budget,
            are_rated: probed.statistics.rating_mean > 0.0,
        }
    }

    /// The number of probes.
    pub(crate) fn len(&self) -> usize {
        self.probes.len()
    }

    /// All probes, in the order of the query.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &PreparedProbe> {
        self.probes.iter()
    }

    /// The probes that a document, or any other of its leaf, may accept, by their index.
    #[inline]
    pub(crate) fn possible_for_doc(
        &self,
        view: &SegmentView,
        doc: u32,
    ) -> impl Iterator<Item = usize> + Clone {
        let tree = &view.segment.tree;
        let compared = match self.len() < PROBES_TO_REMEMBER {
            true => None,
            false => self.compared.get(tree, tree.cells().leaf_of(doc)),
        };
        let possible = compared.map_or(ProbeSet::ALL, |compared| compared.possible);
        possible.indexes(self.len())
    }

    /// The probes that a document below a node may accept, by their index.
    pub(crate) fn possible(&self, tree: &Tree, node: u32) -> impl Iterator<Item = usize> {
        self.compare(tree, node).possible.indexes(self.len())
    }

    /// The probe at an index.
    #[inline]
    pub(crate) fn probe(&self, index: usize) -> &PreparedProbe {
        &self.probes[index]
    }

    /// Which of up to 64 documents accept one of the probes that are possible for them, by their
    /// index. Each bit stands for the document at its position after `first`.
    pub(crate) fn accepting(
        &self,
        possible: impl Iterator<Item = usize>,
        columns: &Columns,
        first: u32,
        docs: u64,
    ) -> u64 {
        let mut left = docs;
        for index in possible {
            if left == 0 {
                break;
            }
            left &= !self.probes[index].accepted_by(columns, first, left);
        }
        docs & !left
    }

    /// The relation to a node: whether all, none or some of the documents below accept a probe.
    pub(crate) fn relation(&self, tree: &Tree, node: u32) -> Relation {
        self.compare(tree, node).relation
    }

    /// Compares a node with the probes that are possible below its parent.
    fn compare(&self, tree: &Tree, node: u32) -> Compared {
        if self.len() < PROBES_TO_REMEMBER {
            let relations = self.iter().map(|probe| probe.relation(tree, node));
            let any = relations.reduce(Relation::or);
            return Compared {
                relation: any.unwrap_or(Relation::Outside),
                possible: ProbeSet::ALL,
            };
        }
        if let Some(compared) = self.compared.get(tree, node) {
            return compared;
        }
        let parent = tree.cells().parent(node);
        let parent = parent.and_then(|parent| self.compared.get(tree, parent));
        let candidates = parent.map_or(ProbeSet::ALL, |parent| parent.possible);
        let mut compared = Compared {
            relation: Relation::Outside,
            possible: ProbeSet::NONE,
        };
        for index in candidates.indexes(self.len()) {
            let relation = self.probes[index].relation(tree, node);
            compared.relation = compared.relation.or(relation);
            if relation != Relation::Outside {
                compared.possible = compared.possible.with(index);
            }
        }
        self.compared.insert(tree, node, compared);
        compared
    }
}

impl PreparedProbe {
    fn new(
        probe: &Document,
        matching: &Matching,
        probed: &Snapshot,
        signals: Signals,
    ) -> PreparedProbe {
        let of =
            |&condition| ProbeCondition::of(condition, probe, matching, &probed.document_signals);
        let conditions: Vec<ProbeCondition> = matching.conditions.iter().filter_map(of).collect();
        let mut of_documents = conditions.clone();
        of_documents.sort_by_key(ProbeCondition::cost);
        let rating = probed.collection.rating();
        let scale = RatingScale {
            mean: probed.statistics.rating_mean,
            max: rating.map_or(1.0, |rating| rating.max),
        };
        let mean = rating.and_then(|rating| probe.number(rating.mean));
        let count = rating.and_then(|rating| probe.number(rating.count));
        let tags = matching.preferred_tags;
        let budget = matching.budget;
        PreparedProbe {
            key: probe.key,
            point: probe.place.into(),
            signals,
            rating: scale.component(mean, count.unwrap_or(0.0).max(0.0)),
            tags: tags.map_or(Tags::NONE, |pair| probe.tags(pair.candidate)),
            number: budget.and_then(|pair| probe.number(pair.candidate)),
            conditions,
            of_documents,
        }
    }

    /// Whether the probe meets all conditions of a document.
    #[inline]
    pub(crate) fn is_accepted(&self, columns: &Columns, doc: u32) -> bool {
        self.accepted_by(columns, doc, 1) != 0
    }

    /// Which of up to 64 documents have only conditions that the probe meets. Each bit stands for
    /// the document at its position after `first`.
    #[inline]
    fn accepted_by(&self, columns: &Columns, first: u32, mut docs: u64) -> u64 {
        for condition in &self.of_documents {
            if docs == 0 {
                break;
            }
            docs = condition.retain(columns, first, docs);
        }
        docs
    }

    /// The relation of the probe to a node: whether all, none or some of the documents below accept
    /// it.
    #[inline]
    pub(crate) fn relation(&self, tree: &Tree, node: u32) -> Relation {
        let mut all = Relation::Inside;
        for condition in &self.conditions {
            all = all.and(condition.relation(tree, node));
            if all == Relation::Outside {
                break;
            }
        }
        all
    }
}
