//! Which documents are best, looking at the most promising first?
//!
//! A queue holds nodes of all segments by the best that a document below could reach. The best
//! node is taken apart first; when the k-th best document is better than every node left, nothing
//! unseen can come in. What is visited hardly grows with the radius. Where words are asked for, the
//! bound of a node knows the most that each word adds below there, and nodes without them drop out.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::filter::Relation;
use super::judge::Reach;
use super::{Search, Source, leaf_by_leaf};
use crate::index::{SegmentView, Tree};

/// A search that visits more nodes than this is worth the making of tighter bounds. Worlds in tests
/// are small, here and below, and want every turn of the way to be taken.
const NODES_BEFORE_STATIC_BOUNDS: u64 = if cfg!(test) { 24 } else { 256 };

/// After so many leaves the k-th best is about as good as it gets, and the order of visits matters
/// less than that they go forward through memory and postings.
const LEAVES_BY_BOUND: usize = if cfg!(test) { 6 } else { 256 };

/// Where words but no place are asked for, all leaves are passed over in the time that the queue takes
/// for this share of them.
const SHARE_TO_PASS_OVER: u64 = if cfg!(test) { 2 } else { 64 };

pub(super) fn run(search: &mut Search<'_>, sources: &mut [Source<'_>]) {
    let mut queue = BinaryHeap::new();
    for (at, source) in (0..).zip(&*sources) {
        push(&mut queue, search, source, at, (0, false));
    }
    let mut is_tight = search.judge.static_terms().is_none();
    let segments = search.snapshot.segments.iter();
    let leaves_all: usize = segments.map(|view| view.segment.tree.leaves().len()).sum();
    let nodes_max = leaves_all as u64 / SHARE_TO_PASS_OVER;
    let mut leaves = Vec::new();
    while let Some(open) = queue.pop() {
        if !search.top.may_take(open.bound) || search.effort.step() {
            search.bound_at_stop = Some(open.bound);
            return;
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
            offer(search, view, source, open.node);
            leaves.push((open.source, open.node));
        } else {
            for child in node.children.clone() {
                push(
                    &mut queue,
                    search,
                    source,
                    open.source,
                    (child, open.is_inside),
                );
            }
        }
        if !search.judge.has_center()
            && search.effort.nodes_visited > nodes_max
            && sources.iter().all(leaf_by_leaf::applies)
        {
            return leaf_by_leaf::run(search, sources, &leaves);
        }
        if leaves.len() == LEAVES_BY_BOUND {
            break;
        }
    }
    go_forward(search, sources, queue.into_vec());
}

/// Visits what the queue still holds, in the order of documents.
fn go_forward(search: &mut Search<'_>, sources: &mut [Source<'_>], mut rest: Vec<Open>) {
    let segments = &search.snapshot.segments;
    let first_doc = |sources: &[Source<'_>], open: &Open| {
        let segment = &segments[sources[open.source as usize].segment as usize].segment;
        segment.tree.node(open.node).docs.start
    };
    rest.sort_by_cached_key(|open| (open.source, first_doc(sources, open)));
    for open in rest {
        let source = &mut sources[open.source as usize];
        let view = &segments[source.segment as usize];
        if go_below(search, view, source, (open.node, open.is_inside)) {
            return;
        }
    }
}

/// Visits a node and what is below, in the order of documents. `true` if there is no time to go on.
fn go_below(
    search: &mut Search<'_>,
    view: &SegmentView,
    source: &mut Source<'_>,
    node: (u32, bool),
) -> bool {
    let tree = &view.segment.tree;
    let mut nodes = vec![node];
    while let Some((at, is_inside)) = nodes.pop() {
        if search.effort.visit_node() {
            return true;
        }
        let Some((_, is_inside)) = bound_to_come_in(search, source, tree, (at, is_inside)) else {
            continue;
        };
        let node = tree.node(at);
        if node.children.is_empty() {
            offer(search, view, source, at);
        } else {
            nodes.extend(node.children.clone().rev().map(|child| (child, is_inside)));
        }
    }
    false
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
    let view = &search.snapshot.segments[source.segment as usize];
    let tree = &view.segment.tree;
    if let Some((bound, is_inside)) = bound_to_come_in(search, source, tree, (node, is_inside)) {
        queue.push(Open {
            bound,
            source: at,
            node,
            is_inside,
        });
    }
}

/// The bound of a node that holds matches, as far as bounds tell, one of which may come in; and
/// whether filters and radius leave all of its documents over.
fn bound_to_come_in(
    search: &Search<'_>,
    source: &Source<'_>,
    tree: &Tree,
    (node, is_inside): (u32, bool),
) -> Option<(f64, bool)> {
    let bound = || {
        let bound = source.bound(search, tree, node)?;
        search.top.may_take(bound).then_some(bound)
    };
    // What all documents of a node match, those of its children do.
    let relation = || match is_inside {
        true => Relation::Inside,
        false => search.judge.filter().relation(tree, node),
    };
    // The cheaper one comes first: without a place that is the bound.
    let (bound, relation) = if search.judge.has_center() {
        match relation() {
            Relation::Outside => return None,
            relation => (bound()?, relation),
        }
    } else {
        (bound()?, relation())
    };
    (relation != Relation::Outside).then_some((bound, relation == Relation::Inside))
}

/// Offers what a leaf holds.
fn offer(search: &mut Search<'_>, view: &SegmentView, source: &mut Source<'_>, leaf: u32) {
    let (tree, columns) = (&view.segment.tree, &view.segment.columns);
    let mut docs = tree.node(leaf).docs.clone();
    let Source {
        segment,
        matches,
        statics,
    } = source;
    let reach = match search.top.least() {
        None => Reach::ALL,
        Some(least) => {
            let text = matches
                .as_ref()
                .and_then(|matches| matches.most(tree, leaf));
            let statics = statics.as_deref();
            search
                .judge
                .reach(tree, leaf, text.unwrap_or(0.0), statics, least)
        }
    };
    let Some(matches) = matches else {
        while let Some(doc) = reach.first(columns, docs.clone()) {
            if search.effort.step() {
                return;
            }
            docs.start = doc + 1;
            if search.judge.filter().admits(view, doc) {
                search.offer(view, *segment, doc, 0.0);
            }
        }
        return;
    };
    if let Some(first) = reach.first(columns, docs.clone()) {
        matches.jump(tree.number_of_leaf(leaf), first);
        search.offer_matches(view, *segment, matches, first..docs.end, reach);
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
