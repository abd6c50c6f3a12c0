//! Which documents are best among those that hold the words?
//!
//! The words' postings are walked in the order of documents, which is the order of H3 cells, so
//! the leaves that filters and radius leave over are ranges of the postings. Leaves whose bound
//! can't come in are jumped over once enough matches are counted.

use super::filter::Verdict;
use super::plan::Plan;
use super::text::{Matches, Text};
use super::top::{Candidate, Top};
use super::{Total, count_limit, total};
use crate::index::{SegmentView, Snapshot, StoreError};
use crate::query::Count;

/// Offers every document that may be among the best, and counts the matches.
pub(crate) fn search(
    snapshot: &Snapshot,
    plan: &Plan<'_>,
    text: &Text,
    count: Count,
    top: &mut Top,
) -> Result<Option<Total>, StoreError> {
    let mut counted = 0;
    for (segment, view) in snapshot.segments.iter().enumerate() {
        if let Some(matches) = text.matches(segment, view)? {
            let mut walk = Walk {
                plan,
                view,
                segment,
                matches,
                top,
                counted,
                count,
            };
            walk.run();
            counted = walk.counted;
        }
    }
    Ok(total(count, counted))
}

struct Walk<'a> {
    plan: &'a Plan<'a>,
    view: &'a SegmentView,
    segment: usize,
    matches: Matches<'a>,
    top: &'a mut Top,
    counted: u64,
    count: Count,
}

impl Walk<'_> {
    fn run(&mut self) {
        let tree = &self.view.segment.tree;
        // The nodes left, the first in the order of documents on top.
        let mut nodes = vec![0];
        while let Some(at) = nodes.pop() {
            let node = tree.node(at);
            if self.matches.seek(node.docs.start) >= node.docs.end
                || self.plan.verdict(tree, at) == Verdict::Outside
                || !self.is_of_use(at)
            {
                continue;
            }
            if node.children.is_empty() {
                self.visit(node.docs.end);
            } else {
                nodes.extend(node.children.clone().rev());
            }
        }
    }

    /// Whether anything below a node may be counted or come in.
    fn is_of_use(&self, node: u32) -> bool {
        let is_counting = self.count != Count::None && self.counted <= count_limit(self.count);
        is_counting
            || self
                .top
                .may_take(self.plan.bound(&self.view.segment.tree, node, TEXT_MAX))
    }

    fn visit(&mut self, end: u32) {
        let columns = &self.view.segment.columns;
        while self.matches.doc() < end {
            let doc = self.matches.doc();
            if self.plan.admits(self.view, doc) {
                self.counted += 1;
                let text = self.matches.value();
                self.top.offer(Candidate {
                    rank_value: self.plan.rank_value(columns, doc, text),
                    key: columns.keys[doc as usize],
                    text,
                    segment: u32::try_from(self.segment).unwrap_or(u32::MAX),
                    doc,
                });
            }
            self.matches.seek(doc + 1);
        }
    }
}

/// No document's text component is larger.
const TEXT_MAX: f64 = 1.0;
