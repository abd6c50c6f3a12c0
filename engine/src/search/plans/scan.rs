//! Which documents are best, looking at every one that may match?
//!
//! The nodes that filters and radius leave over are walked in the order of documents. There is no
//! queue and no bound, so this is the way to go where nearly all must be looked at anyhow: few
//! documents, a page far down, or filters that admit next to nothing. It counts as it goes.

use super::Search;
use super::filter::Relation;
use crate::index::SegmentView;

pub(super) fn run(search: &mut Search<'_>) {
    for (segment, view) in (0..).zip(&search.snapshot.segments) {
        // The nodes left, the first in the order of documents on top, and whether all below match.
        let mut nodes = vec![(0, false)];
        while let Some((at, is_inside)) = nodes.pop() {
            if search.effort.visit_node() {
                return;
            }
            let tree = &view.segment.tree;
            let is_inside = is_inside
                || match search.judge.filter().relation(tree, at) {
                    Relation::Outside => continue,
                    Relation::Crosses => false,
                    Relation::Inside => true,
                };
            let node = tree.node(at);
            if node.children.is_empty() {
                if scan(search, view, segment, node.docs.clone()) {
                    return;
                }
            } else {
                let children = node.children.clone().rev();
                nodes.extend(children.map(|child| (child, is_inside)));
            }
        }
    }
}

/// `true` if there is no time to go on.
fn scan(
    search: &mut Search<'_>,
    view: &SegmentView,
    segment: u32,
    docs: std::ops::Range<u32>,
) -> bool {
    for doc in docs {
        if search.effort.step() {
            return true;
        }
        if search.judge.filter().admits(view, doc) {
            search.counter.add(1);
            search.offer(view, segment, doc, 0.0);
        }
    }
    false
}
