//! Which way is the cheapest for a query?
//!
//! Without words, best-first visits some hundred nodes for a page of hits, whatever the radius. It
//! loses to a scan only where nearly every document that may match must be looked at anyhow: for a
//! page far down, among few documents. With words, best-first needs bounds of each word, which cost
//! a walk along its postings once. For rare words, and for the first searches near a place, the
//! postings themselves are walked instead.

use super::Relation;
use super::judge::Judge;
use super::text::Text;
use crate::index::Snapshot;
use crate::query::{PlanName, Query};

/// Where no more documents hold every word, scoring them all is as cheap as any bound.
const FEW_MATCHES: u64 = if cfg!(test) { 16 } else { 1_024 };

/// So many searches near a place do without the bounds of a word before they are made.
const MISSES_MAX: u32 = 4;

/// A scan is the better way when the hits asked for are more than this share of the documents that
/// may match.
const SHARE_TO_SCAN: u64 = 8;

/// A page that ends before this is always found faster best first.
const SHORT_PAGE: usize = if cfg!(test) { 10 } else { 100 };

/// The plan to take: the one that was asked for where it applies, else the one that looks cheapest.
pub(super) fn choose(
    snapshot: &Snapshot,
    judge: &Judge<'_>,
    query: &Query,
    text: Option<&Text>,
) -> PlanName {
    match (text, query.plan) {
        (None, Some(PlanName::Scan)) => PlanName::Scan,
        (None, Some(_)) => PlanName::BestFirst,
        (None, None) => choose_without_words(snapshot, judge, query),
        (Some(_), Some(PlanName::BestFirst | PlanName::WordsBestFirst)) => PlanName::WordsBestFirst,
        (Some(_), Some(PlanName::Postings | PlanName::Scan)) => PlanName::Postings,
        (Some(text), None) => choose_with_words(snapshot, query, text),
    }
}

fn choose_without_words(snapshot: &Snapshot, judge: &Judge<'_>, query: &Query) -> PlanName {
    let wanted = query.offset.saturating_add(query.limit);
    let most = wanted as u64 * SHARE_TO_SCAN;
    if wanted > SHORT_PAGE && !holds_more_than(most, snapshot, judge) {
        PlanName::Scan
    } else {
        PlanName::BestFirst
    }
}

fn choose_with_words(snapshot: &Snapshot, query: &Query, text: &Text) -> PlanName {
    if text.matches_at_most() <= FEW_MATCHES {
        return PlanName::Postings;
    }
    let is_near = query.center.is_some() && query.radius.is_some();
    let segments = snapshot.segments.iter().enumerate();
    let misses = segments.map(|(segment, view)| text.misses(segment, view));
    if is_near && misses.min().unwrap_or(0) < MISSES_MAX {
        PlanName::Postings
    } else {
        PlanName::WordsBestFirst
    }
}

/// Whether more than so many documents lie in nodes that filters and radius leave over. It looks at
/// few nodes: those that are certain, or small, are not taken apart.
fn holds_more_than(most: u64, snapshot: &Snapshot, judge: &Judge<'_>) -> bool {
    let mut nodes: Vec<_> = snapshot.segments.iter().map(|view| (view, 0)).collect();
    let mut held = 0;
    while let Some((view, at)) = nodes.pop() {
        let tree = &view.segment.tree;
        let node = tree.node(at);
        match judge.filter().relation(tree, at) {
            Relation::Outside => {}
            Relation::Crosses if !node.children.is_empty() => {
                nodes.extend(node.children.clone().map(|child| (view, child)));
            }
            Relation::Crosses | Relation::Inside => {
                held += u64::from(node.docs.end - node.docs.start);
            }
        }
        if held > most {
            return true;
        }
    }
    false
}
