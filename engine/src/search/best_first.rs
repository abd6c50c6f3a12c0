//! Which documents are best, looking at the most promising first?
//!
//! A queue holds nodes of all segments by the best that a document below could reach. The best
//! node is taken apart first; when the k-th best document is better than every node left, nothing
//! unseen can come in. What is visited hardly grows with the radius. Where words are asked for, the
//! bound of a node knows the most that each word adds below there, and nodes without them drop out.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::filter::Verdict;
use super::{Search, Source};
use crate::index::SegmentView;

/// A search that visits more nodes than this is worth the making of tighter bounds.
const NODES_BEFORE_STATIC_BOUNDS: u64 = 256;

pub(super) fn run(search: &mut Search<'_>, sources: &mut [Source<'_>]) {
    let mut queue = BinaryHeap::new();
    for (at, source) in (0..).zip(&*sources) {
        push(&mut queue, search, source, at, (0, false));
    }
    let mut is_tight = search.judge.static_terms().is_none();
    while let Some(open) = queue.pop() {
        if !search.top.may_take(open.bound) || search.effort.step() {
            search.bound_at_stop = Some(open.bound);
            break;
        }
        if !is_tight && search.effort.nodes_visited > NODES_BEFORE_STATIC_BOUNDS {
            is_tight = true;
            for source in &mut *sources {
                source.learn_static_bounds(search);
            }
        }
        let source = &mut sources[open.source as usize];
        let view = &search.snapshot.segments[source.segment as usize];
        let node = view.segment.tree.node(open.node);
        if node.children.is_empty() {
            offer(search, view, source, node.docs.clone());
        } else {
            for child in node.children.clone() {
                push(&mut queue, search, source, open.source, (child, open.is_inside));
            }
        }
    }
}

/// A node that waits for its turn.
struct Open {
    bound: f64,
    source: u32,
    node: u32,
    /// Filters and radius leave all of its documents over, as far as bounds tell.
    is_inside: bool,
}

fn push(
    queue: &mut BinaryHeap<Open>,
    search: &mut Search<'_>,
    source: &Source<'_>,
    at: u32,
    (node, is_inside): (u32, bool),
) {
    search.effort.nodes_visited += 1;
    let tree = &search.snapshot.segments[source.segment as usize]
        .segment
        .tree;
    // What all documents of a node match, those of its children do.
    let is_inside = is_inside
        || match search.judge.filter().verdict(tree, node) {
            Verdict::Outside => return,
            Verdict::Border => false,
            Verdict::Inside => true,
        };
    let Some(bound) = source.bound(search, tree, node) else {
        return;
    };
    if search.top.may_take(bound) {
        queue.push(Open {
            bound,
            source: at,
            node,
            is_inside,
        });
    }
}

fn offer(
    search: &mut Search<'_>,
    view: &SegmentView,
    source: &mut Source<'_>,
    docs: std::ops::Range<u32>,
) {
    if let Some(matches) = &mut source.matches {
        matches.jump(docs.start);
        search.offer_matches(view, source.segment, matches, docs.end);
        return;
    }
    for doc in docs {
        if search.effort.step() {
            return;
        }
        if let Some(signals) = search.judge.filter().admits(view, doc) {
            search.offer(view, source.segment, doc, 0.0, signals);
        }
    }
}

impl Ord for Open {
    fn cmp(&self, other: &Open) -> Ordering {
        self.bound.total_cmp(&other.bound)
    }
}

impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Open) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Open {
    fn eq(&self, other: &Open) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Open {}
