//! Which documents are best among those that hold the words, in the order of their postings?
//!
//! Documents stand in the order of H3 cells, so the nodes that filters and radius leave over are
//! ranges of the postings, and the cursors skip what lies between. Nodes whose bound can't come in
//! are skipped as well once enough matches are counted.

use super::every_match::EveryMatch;
use super::filter::Relation;
use super::judge::Reach;
use super::{Search, Source};

pub(super) fn run(search: &mut Search<'_>, sources: &mut [Source<'_>]) {
    for source in sources {
        if walk(search, source) {
            return;
        }
    }
}

/// Counts matches as far as they are of interest, and does nothing else.
pub(super) fn count(search: &mut Search<'_>, sources: &mut [Source<'_>]) {
    for source in sources {
        if !search.counter.wants_more() {
            return;
        }
        let view = &search.snapshot.segments[source.segment as usize];
        let Some(mut matches) = source.matches.take() else {
            continue;
        };
        matches.rewind();
        let mut every = EveryMatch::new(view, search.judge.filter(), Some(matches));
        while search.counter.wants_more() && every.next(&mut search.effort).is_some() {
            search.counter.add(1);
        }
    }
}

/// `true` if there is no time to go on.
fn walk(search: &mut Search<'_>, source: &mut Source<'_>) -> bool {
    let view = &search.snapshot.segments[source.segment as usize];
    let tree = &view.segment.tree;
    // The nodes left, the first in the order of documents on top.
    let mut nodes = vec![0];
    while let Some(at) = nodes.pop() {
        let node = tree.node(at);
        let next = source
            .matches
            .as_mut()
            .map_or(u32::MAX, |matches| matches.seek(node.docs.start));
        if next >= node.docs.end {
            continue;
        }
        if search.effort.visit_node() {
            return true;
        }
        // What can neither be counted nor come in is of no use.
        let is_of_use = search.counter.wants_more()
            || source
                .bound(search, tree, at)
                .is_some_and(|bound| search.top.may_take(bound));
        if !is_of_use || search.judge.filter().relation(tree, at) == Relation::Outside {
            continue;
        }
        if !node.children.is_empty() {
            nodes.extend(node.children.clone().rev());
        } else if let Some(matches) = &mut source.matches {
            let docs = node.docs.clone();
            let matching = search.offer_matches(view, source.segment, matches, docs, Reach::ALL);
            search.counter.add(matching);
        }
    }
    false
}
