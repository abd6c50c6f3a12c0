//! Which documents are best by place, signals and attributes alone?
//!
//! A queue holds nodes of all segments by the best that a document below could reach. The best
//! node is taken apart first; when the k-th best document is better than every node left, nothing
//! unseen can come in. What is visited hardly grows with the radius.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::filter::Verdict;
use super::plan::Plan;
use super::top::{Candidate, Top};
use super::{Total, count_limit, total};
use crate::index::{SegmentView, Snapshot};
use crate::query::Count;

/// Offers every document that may be among the best.
pub(crate) fn search(snapshot: &Snapshot, plan: &Plan<'_>, top: &mut Top) {
    let mut queue = BinaryHeap::new();
    for (segment, view) in (0..).zip(&snapshot.segments) {
        push(&mut queue, plan, top, view, segment, 0);
    }
    while let Some(Open {
        bound,
        segment,
        node,
    }) = queue.pop()
    {
        if !top.may_take(bound) {
            break;
        }
        let view = &snapshot.segments[segment as usize];
        let opened = view.segment.tree.node(node);
        for child in opened.children.clone() {
            push(&mut queue, plan, top, view, segment, child);
        }
        if opened.children.is_empty() {
            offer(plan, top, view, segment, opened.docs.clone());
        }
    }
}

/// Counts the matches. A node whose documents all match adds its number without a look at them.
pub(crate) fn count(snapshot: &Snapshot, plan: &Plan<'_>, count: Count) -> Option<Total> {
    let limit = count_limit(count);
    let mut counted = 0u64;
    let mut nodes: Vec<(&SegmentView, u32)> = Vec::new();
    if limit > 0 {
        nodes.extend(snapshot.segments.iter().map(|view| (view, 0)));
    }
    while let Some((view, at)) = nodes.pop() {
        let node = view.segment.tree.node(at);
        match plan.verdict(&view.segment.tree, at) {
            Verdict::Outside => {}
            Verdict::Inside => counted += u64::from(view.alive_count(node.docs.clone())),
            Verdict::Border if node.children.is_empty() => {
                let matching = node.docs.clone().filter(|&doc| plan.admits(view, doc));
                counted += matching.count() as u64;
            }
            Verdict::Border => nodes.extend(node.children.clone().map(|child| (view, child))),
        }
        if counted > limit {
            break;
        }
    }
    total(count, counted)
}

struct Open {
    bound: f64,
    segment: u32,
    node: u32,
}

fn push(
    queue: &mut BinaryHeap<Open>,
    plan: &Plan<'_>,
    top: &Top,
    view: &SegmentView,
    segment: u32,
    node: u32,
) {
    let tree = &view.segment.tree;
    if plan.verdict(tree, node) == Verdict::Outside {
        return;
    }
    let bound = plan.bound(tree, node, 0.0);
    if top.may_take(bound) {
        queue.push(Open {
            bound,
            segment,
            node,
        });
    }
}

fn offer(
    plan: &Plan<'_>,
    top: &mut Top,
    view: &SegmentView,
    segment: u32,
    docs: std::ops::Range<u32>,
) {
    let columns = &view.segment.columns;
    for doc in docs {
        if plan.admits(view, doc) {
            let rank_value = plan.rank_value(columns, doc, 0.0);
            let key = columns.keys[doc as usize];
            top.offer(Candidate {
                rank_value,
                key,
                text: 0.0,
                segment,
                doc,
            });
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
