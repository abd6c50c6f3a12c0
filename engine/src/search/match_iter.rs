//! Which documents match, one after the other?
//!
//! Where all matches count, there is nothing to prune: the nodes that filters and radius leave over
//! are walked in the order of documents, which is that of H3 cells, and the postings beside them.
//! Nodes that match as a whole are not taken apart.

use std::ops::Range;

use super::effort::Effort;
use super::filter::{Filter, Relation};
use super::text::{Matches, Text};
use crate::index::{SegmentView, Snapshot, StoreError};

/// The matches of one segment, in the order of documents.
pub(super) struct EveryMatch<'a> {
    view: &'a SegmentView,
    filter: &'a Filter<'a>,
    matches: Option<Matches<'a>>,
    /// The nodes left, the first in the order of documents on top.
    nodes: Vec<u32>,
    /// What is left of the node before.
    docs: Range<u32>,
    /// All of them match that are shown and hold the words.
    is_inside: bool,
}

impl<'a> EveryMatch<'a> {
    /// `None` if a word does not occur in the segment.
    pub(super) fn of_segment(
        snapshot: &'a Snapshot,
        segment: usize,
        filter: &'a Filter<'a>,
        text: Option<&'a Text>,
    ) -> Result<Option<EveryMatch<'a>>, StoreError> {
        let view = &snapshot.segments[segment];
        let matches = match text {
            None => None,
            Some(text) => match text.matches(segment, view)? {
                None => return Ok(None),
                matches => matches,
            },
        };
        Ok(Some(EveryMatch::new(view, filter, matches)))
    }

    /// Those of the words, which stand at their first one, or all that the filter admits.
    pub(super) fn new(
        view: &'a SegmentView,
        filter: &'a Filter<'a>,
        matches: Option<Matches<'a>>,
    ) -> EveryMatch<'a> {
        EveryMatch {
            view,
            filter,
            matches,
            nodes: vec![0],
            docs: 0..0,
            is_inside: false,
        }
    }

    pub(super) fn view(&self) -> &'a SegmentView {
        self.view
    }

    /// The next match; `None` at the end, or if there is no time to go on.
    #[inline]
    pub(super) fn next(&mut self, effort: &mut Effort) -> Option<u32> {
        loop {
            while self.docs.start < self.docs.end {
                let doc = match &mut self.matches {
                    None => self.docs.start,
                    Some(matches) => matches.seek(self.docs.start),
                };
                if doc >= self.docs.end {
                    break;
                }
                if effort.step() {
                    return None;
                }
                self.docs.start = doc + 1;
                let is_admitted = match self.is_inside {
                    true => self.view.is_shown(doc),
                    false => self.filter.admits(self.view, doc),
                };
                // A phrase is looked for last: it takes the longest.
                if is_admitted && self.matches.as_mut().is_none_or(Matches::is_match) {
                    return Some(doc);
                }
            }
            self.enter_a_node(effort)?;
        }
    }

    /// The text component of the match that came last.
    pub(super) fn text(&mut self) -> f64 {
        self.matches.as_mut().map_or(0.0, Matches::value)
    }

    /// Goes on to the next node that matches as a whole or is a leaf.
    fn enter_a_node(&mut self, effort: &mut Effort) -> Option<()> {
        let tree = &self.view.segment.tree;
        loop {
            let at = self.nodes.pop()?;
            let node = tree.node(at);
            if let Some(matches) = &mut self.matches
                && matches.seek(node.docs.start) >= node.docs.end
            {
                continue;
            }
            if effort.visit_node() {
                return None;
            }
            match self.filter.relation(tree, at) {
                Relation::Outside => {}
                Relation::Crosses if !node.children.is_empty() => {
                    self.nodes.extend(node.children.clone().rev());
                }
                relation => {
                    self.docs = node.docs.clone();
                    self.is_inside = relation == Relation::Inside;
                    return Some(());
                }
            }
        }
    }
}
