//! Filter of documents and tree nodes: everything that a match must satisfy but the query terms.

mod candidates;
mod compile;
mod excluded_phrases;
mod order;
mod predicate;
mod relations;
mod steps;

use std::ops::Range;

use crate::control::search_budget::{BudgetExhausted, SearchBudget};
use crate::geo::area::Relation;
use crate::index::{SegmentView, Snapshot, StoreError, Tree};
use crate::query::{Filters, Query};
use crate::search::compiled::context::SearchContext;
use crate::signals::OwnerOrdinal;

use predicate::{Predicate, retain_all};
pub(crate) use relations::Relations;
use relations::relations_of_all;
pub(crate) use steps::{steps_per_document, steps_per_node};

/// The filters of a query, compiled once, so that nothing is allocated per document or node.
pub(crate) struct Filter<'a> {
    /// All of these must hold, and are evaluated in this order.
    predicates: Vec<Predicate<'a>>,
    /// Whether a document must be listed and its owner available, as the visible-documents bits
    /// say. Otherwise the predicates decide that.
    requires_visible: bool,
    steps: u32,
    steps_per_node: u32,
}

impl<'a> Filter<'a> {
    pub(crate) fn new(
        query: &'a Query,
        snapshot: &Snapshot,
        context: &SearchContext,
    ) -> Result<Filter<'a>, StoreError> {
        let mut predicates = compile::predicates(query, snapshot, context)?;
        order::sort(&mut predicates, snapshot);
        Ok(Filter {
            predicates,
            requires_visible: !compile::names_visibility(query, snapshot),
            steps: steps_per_document(query),
            steps_per_node: steps_per_node(query),
        })
    }

    /// Restricts the filter to documents of these owners.
    pub(crate) fn of_owners(mut self, mut owners: Vec<OwnerOrdinal>) -> Filter<'a> {
        owners.sort_unstable();
        self.predicates.push(Predicate::Owner(owners));
        self
    }

    /// The steps that checking a document takes.
    pub(crate) fn steps(&self) -> u32 {
        self.steps
    }

    /// The steps that finding the relation to a node takes.
    pub(crate) fn steps_per_node(&self) -> u32 {
        self.steps_per_node
    }

    /// The shown documents of a range of up to 64, one bit each, the first one lowest. Only these
    /// can be accepted.
    #[inline]
    pub(crate) fn shown(&self, view: &SegmentView, docs: Range<u32>) -> u64 {
        match self.requires_visible {
            true => view.visible_bits(docs),
            false => view.live_bits(docs),
        }
    }

    /// Which of some shown documents the filter accepts: all of them, if they lie inside it. Each
    /// bit stands for the document at its position after `first`.
    #[inline]
    pub(crate) fn accepted(
        &self,
        view: &SegmentView,
        first: u32,
        shown: u64,
        are_inside: bool,
    ) -> u64 {
        match are_inside {
            true => shown,
            false => retain_all(&self.predicates, view, first, shown),
        }
    }

    /// Whether bitmaps can tell documents that the filter does not accept.
    pub(crate) fn has_bitmaps(&self) -> bool {
        self.predicates.iter().any(candidates::has_bitmaps)
    }

    /// The shown documents of a segment that the filter accepts as far as bitmaps tell, in words of
    /// 64.
    pub(crate) fn candidates(
        &self,
        view: &SegmentView,
        budget: &mut SearchBudget,
    ) -> Result<Vec<u64>, BudgetExhausted> {
        let segment = &view.segment;
        let mut docs = candidates::candidates(&self.predicates, segment, budget)?;
        let end = u32::try_from(segment.columns.keys.len()).unwrap_or(u32::MAX);
        for (first, docs) in (0..).step_by(64).zip(&mut docs) {
            if *docs != 0 {
                *docs &= self.shown(view, first..end.min(first + 64));
            }
        }
        Ok(docs)
    }

    /// Whether the filter shows and accepts a document. Inside the filter all are accepted.
    #[inline]
    pub(crate) fn accepts(&self, view: &SegmentView, doc: u32, is_inside: bool) -> bool {
        self.shows(view, doc) && self.accepted(view, doc, 1, is_inside) != 0
    }

    /// Whether the filter shows a document.
    #[inline]
    fn shows(&self, view: &SegmentView, doc: u32) -> bool {
        match self.requires_visible {
            true => view.is_visible(doc),
            false => view.is_live(doc),
        }
    }

    /// The relation of the filter to a node: whether it accepts all, none or some of the documents
    /// below. Inside says so only of shown documents.
    #[inline]
    pub(crate) fn relation(&self, tree: &Tree, node: u32) -> Relation {
        self.relations(tree, node, 1).first()
    }

    /// The relations of the filter to up to 64 nodes. Each bit stands for the node at its position
    /// after `first`.
    #[inline]
    pub(crate) fn relations(&self, tree: &Tree, first: u32, nodes: u64) -> Relations {
        relations_of_all(&self.predicates, tree, first, nodes)
    }
}

/// Whether anything but the place is filtered.
pub(crate) fn has_attribute_filters(filters: &Filters) -> bool {
    let Filters {
        attributes,
        visibility,
        owners,
        exclude,
        polygon: _,
        bounding_box: _,
        free,
        condition,
        restriction,
    } = filters;
    !attributes.is_empty()
        || !visibility.is_empty()
        || !owners.is_empty()
        || !exclude.is_empty()
        || free.is_some()
        || condition.is_some()
        || restriction.is_some()
}
